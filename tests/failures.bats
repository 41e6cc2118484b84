# Failures that other calendar syncs had, from Outlook to the CRM, under their
# numbers: what was changed, and exactly what the CRM shows after it.  Here:
# duplicates, deletions, the delta and its cursor, conflicts.
# Every test ends with a run that must do nothing (L1).
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load two_way; }

# A First connection and duplicates

@test "failure: F005 a mailbox that was off and comes back has its links again" {
  e2e_fresh "$(many 5)"
  sync
  before=$(sql "select id, crm_id, state from calsync.meeting order by id")
  sql "update calsync.account set events = false" >/dev/null
  later 1d
  sync
  sql "update calsync.account set events = true" >/dev/null
  ann update e3 '"set":{"subject":"Meanwhile"}'
  sync
  is "$(sql "select id, crm_id, state from calsync.meeting order by id")" "$before"
  is "$(live)" 5
  is "$(subjects)" "E0 E1 E2 E4 Meanwhile"
  is "$(did)" "1 crm.update done"
  sync_nothing
}

@test "failure: F010 a copied item carries the stored key of the first: it is a meeting of its own" {
  local key='"properties":{"String {0d1f8a4e-5b59-4a6c-9d65-0c8f5a7e2f11} Name crm":"m1"}'
  e2e_fresh "$(world "$(MORE="{$key}" meeting e1 ann 2025-03-12T10:00 xia@client.test)")"
  sync
  ann create - "\"event\":$(MORE="{\"subject\":\"e1\",$key}" meeting e2 ann 2025-03-19T10:00 xia@client.test)"
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|e1|xia:none
Ann|03-19 10:00|11:00|e1|xia:none"
  is "$(ops)" "crm.create done"
  sync_nothing
}

@test "failure: F011 the item is copied, then the original deleted: one made, one deleted, not merged" {
  e2e_fresh "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test)")"
  firm_policy 'delete.to_crm = delete'
  sync
  ann create - "\"event\":$(MORE='{"subject":"e1"}' meeting e2 ann 2025-03-19T10:00 xia@client.test)"
  ann delete e1
  later 15m
  sync
  is "$(ops)" "crm.create done,crm.delete done"
  is "$(sql "select event_id, to_char(starts_at, 'DD'), deleted from crm.events order by 1")" "1|12|t
2|19|f"
  sync_nothing
}

@test "failure: a lost link table makes no second event (U18)" {
  e2e_fresh "$(many 5)"
  sync
  before=$(sql "select event_id, external_id, subject from crm.events order by 1")
  sql "truncate calsync.meeting, calsync.meeting_key, calsync.copy, calsync.seen, calsync.again, calsync.cursor"
  later 15m
  sync
  is "$(ops | tr ',' '\n' | sort | uniq -c | xargs)" "5 link.adopt adopted"
  is "$(sql "select event_id, external_id, subject from crm.events order by 1")" "$before"
  sync_nothing
}

# C Deletions

@test "failure: F040 an empty but successful answer deletes nothing; too many real deletions are held" {
  e2e_fresh "$(many 24)"
  firm_policy 'delete.to_crm = delete'
  sync
  is "$(live)" 24
  act '{"as":"ann@firm.test","do":"reset-sync"}'
  fault '{"kind":"status","path":"calendarView/delta\\?startDateTime","mailbox":"ann@firm.test","status":200,
    "body":"{\"value\":[],\"@odata.deltaLink\":\"'"$E2E_URL"'/v1.0/users/ann%40firm.test/calendarView/delta?$deltatoken=none\"}"}'
  later 15m
  sync
  is "$(live)" 24
  is "$(ops)" ""
  faults_off
  later 15m
  sync
  for i in {0..11}; do ann delete "e$i"; done
  later 15m
  sync
  is "$(live)" 24
  is "$(logged "error" | tr ' ' '\n' | sort | uniq -c | xargs)" "12 delete_max"
  is "$(sql "select distinct evidence, policy from calsync.log where error")" "12 deletions, 5 allowed|delete.max = 5, 10%"
  sync_nothing
  # Somebody says that they are meant.
  later 15m
  sync --set delete.max=unlimited --set delete.max_day=unlimited
  is "$(live)" 12
  sync_nothing --set delete.max=unlimited --set delete.max_day=unlimited
}

@test "failure: F043 the organizer deletes: the CRM event goes once, and nobody else is told" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 xia@client.test bob@firm.test)")"
  firm_policy 'delete.to_crm = delete'
  sync
  ann delete m
  later 15m
  sync
  is "$(ops)" "crm.delete done"
  is "$(live)" 0
  sync_nothing
}

@test "failure: F050 an event that only left the window stays as it is" {
  e2e_fresh "$(world "$(meeting old ann 2025-02-20T10:00 xia@client.test)" "$(meeting new ann 2025-03-12T10:00 xia@client.test)")"
  firm_policy 'delete.to_crm = delete' 'window.past_in = 20d'
  sync
  is "$(subjects)" "new old"
  # The window of the token ends too: a new baseline, in which the old one is not.
  clock 2025-03-24T09:00:00Z
  act '{"as":"ann@firm.test","do":"reset-sync"}'
  sync
  is "$(subjects)" "new old"
  is "$(ops)" ""
  is "$(sql "select state, count(*) from calsync.meeting group by 1")" "active|2"
  sync_nothing
}

@test "failure: F052 what was never seen may be removed; F053 what lived between two runs leaves no trace" {
  e2e_fresh "$(world "$(meeting a ann 2025-03-12T10:00 xia@client.test)")"
  sim mode '{"delta.noise":100}' >/dev/null
  sync
  ann create - "\"event\":$(meeting b ann 2025-03-13T10:00 xia@client.test)"
  ann delete b
  later 15m
  sync_nothing
  is "$(subjects)" a
  is "$(sql "select count(*) from calsync.again")" 0
  is "$(sql "select count(*) from calsync.copy")" 1
}

@test "failure: F055 declined, then moved by the organizer: the guest is asked again" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 xia@client.test bob@firm.test)")"
  firm_policy 'delete.to_crm = delete'
  sync
  bob decline m
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|m|bob:declined xia:none"
  sync_nothing
  sim mode '{"responses.reset":"yes"}' >/dev/null
  ann update m '"set":{"start":"2025-03-12T14:00","end":"2025-03-12T15:00"}'
  later 15m
  sync
  is "$(events)" "Ann|03-12 14:00|15:00|m|bob:none xia:none"
  is "$(sql "select count(*) from crm.events")" 1
  is "$(did)" "1 crm.update done 1 link.copy done"
  sync_nothing
}

@test "failure: F056 a mailbox without a licence: its rows stay, the others go on" {
  e2e_fresh "$(jq -c '.events += [{key: "b", organizer: "bob@firm.test", subject: "B", start: "2025-03-12T10:00", zone: "UTC", attendees: ["yan@client.test"]}]' <<<"$(many 25)")"
  firm_policy 'delete.to_crm = delete'
  sync
  before=$(crm_dump && state_dump)
  act '{"as":"ann@firm.test","do":"set-user","set":{"state":"none"}}'
  bob update b '"set":{"subject":"B2"}'
  later 15m
  sync_ends 1
  is "$(problems)" no_mailbox
  is "$(live)" 26
  is "$(sql "select subject from crm.events where assigned_to = 2")" B2
  # It is said once, and asked once a day.
  later 15m
  sync
  is "$(problems)$(sql "select health from calsync.account where id = 1")" no_cloud_mailbox
  later 1d
  sync_ends 1
  is "$(problems)" ''
  act '{"as":"ann@firm.test","do":"set-user","set":{"state":"normal"}}'
  bob update b '"set":{"subject":"B"}'
  later 1d
  sync
  is "$(sql "select count(health) from calsync.account")" 0
  sync_nothing
  is "$(live)" 26
}

# G Delta, cursor, window

@test "failure: F118 a token that is refused as 410 or 400, in any spelling, is a new baseline" {
  for gone in 410 400 resync malformed fullsync empty; do
    e2e_fresh "$(many 3)"
    firm_policy 'delete.to_crm = delete'
    sim mode "{\"delta.gone\":\"$gone\"}" >/dev/null
    sync
    act '{"as":"ann@firm.test","do":"reset-sync"}'
    ann delete e1
    ann update e2 '"set":{"subject":"Two"}'
    later 15m
    sync
    is "$(subjects)" "E0 Two"
    is "$(did)" "1 crm.delete done 1 crm.update done"
    sync_nothing
  done
}

@test "failure: F119 what was fetched and not written comes again" {
  e2e_fresh "$(many 3)"
  sync
  for i in 0 1 2; do ann update e$i '"set":{"location":"Pub"}'; done
  later 15m
  cursors=$(sql "select link from calsync.cursor order by account")
  # All stages but the last.
  CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" plan --json --now "$(sim_now)" >"$BATS_TEST_TMPDIR/plan"
  is "$(jq -r 'select(.type == "op") | .op' "$BATS_TEST_TMPDIR/plan" | paste -sd ' ')" "crm.update crm.update crm.update"
  is "$(sql "select link from calsync.cursor order by account")" "$cursors"
  sync
  is "$(ops)" "crm.update done,crm.update done,crm.update done"
  is "$(sql "select count(*) from crm.events where location = 'Pub'")" 3
  sync_nothing
}

@test "failure: F121 one of three is poison: two are applied, the third is remembered, the cursor moves (L5)" {
  e2e_fresh "$(many 3)"
  sync
  sql "alter table crm.events add constraint no_poison check (subject <> 'poison')"
  ann update e0 '"set":{"subject":"a"}'
  ann update e1 '"set":{"subject":"poison"}'
  ann update e2 '"set":{"subject":"b"}'
  cursor=$(sql "select link from calsync.cursor where account = 1")
  later 15m
  sync_ends 1
  is "$(subjects)" "E1 a b"
  is "$(ops)" "crm.update done,crm.update done,crm.update failed"
  is "$(sql "select sqlstate from calsync.log where error")" 23514
  [ "$(sql "select link from calsync.cursor where account = 1")" != "$cursor" ]
  is "$(sql "select reason, tries from calsync.again")" "crm_error|1"
  sync_nothing
  # Put right in the CRM, it comes without any change in Outlook.
  sql "alter table crm.events drop constraint no_poison"
  later 15m
  sync
  is "$(subjects)" "a b poison"
  sync_nothing
}

@test "failure: F122 the window moves on: what is made beyond the first one is seen, nothing is deleted by it" {
  e2e_fresh "$(many 2)"
  firm_policy 'delete.to_crm = delete' 'window.past_in = 7d' 'window.future_in = 31d'
  sync
  ann create - "\"event\":$(meeting may ann 2025-06-20T10:00 xia@client.test)"
  clock 2025-03-25T09:00:00Z
  sync
  is "$(subjects)" "E0 E1"
  clock 2025-05-28T09:00:00Z
  sync
  is "$(subjects)" "E0 E1 may"
  is "$(did)" "1 crm.create done"
  sync_nothing
}

@test "failure: F124 bare occurrences keep what they do not name" {
  e2e_fresh "$(world "$(MORE="{\"body\":\"Agenda\",\"location\":\"Cafe\",\"showAs\":\"oof\",$(weekly 3 wednesday)}" meeting wk ann 2025-03-12T09:00 xia@client.test)")"
  sync
  is "$(sql "select distinct subject, description, location, show_as from crm.events")" "wk|Agenda|Cafe|OutOfOffice"
  before=$(crm_dump)
  ann edit-occurrence wk '"occurrence":"2025-03-19","set":{"start":"2025-03-19T12:00","end":"2025-03-19T13:00"}'
  later 15m
  sync
  is "$(sql "select distinct subject, description, location, show_as from crm.events")" "wk|Agenda|Cafe|OutOfOffice"
  is "$(starts)" "03-12 09:00 03-19 12:00 03-26 09:00"
  is "$(did)" "1 crm.update done"
  sync_nothing
}

@test "failure: F125 an id that comes twice in a round counts as it came last" {
  e2e_fresh "$(many 12)"
  sim mode '{"delta.page":2,"delta.repeat":100,"delta.shuffle":"on"}' >/dev/null
  sync
  is "$(live)" 12
  for i in {0..11}; do ann update "e$i" '"set":{"location":"Old"}'; ann update "e$i" '"set":{"location":"New"}'; done
  later 15m
  sync
  is "$(sql "select location, count(*) from crm.events group by 1")" "New|12"
  is "$(did)" "12 crm.update done"
  sync_nothing
}

@test "failure: F128 new change keys every day, and nothing else" {
  e2e_fresh "$(many 50)"
  sync
  sql "update crm.events set location = 'Edited in the CRM' where subject = 'E7'"
  later 15m
  E2E_OUT=1
  sync
  is "$(writes)" "PATCH ann E7 location"
  is "$(mails)" "update xia E7"
  for _ in 1 2 3; do
    for i in {0..49..7}; do ann touch "e$i"; done
    later 1d
    sync_nothing
  done
  is "$(sql "select location from crm.events where subject = 'E7'")" "Edited in the CRM"
}

@test "failure: F130 the CRM changes while the run goes on: nothing is overwritten, the next run merges" {
  e2e_fresh "$(world "$(MORE='{"location":"Cafe"}' meeting m ann 2025-03-12T10:00 xia@client.test)")"
  firm_policy 'conflict.scope = field' 'enable.rules = none'
  sync
  ann update m '"set":{"subject":"From Outlook"}'
  later 15m
  CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" plan --json --now "$(sim_now)" >"$BATS_TEST_TMPDIR/plan"
  sql "update crm.events set location = 'Hall'"
  run tool apply -q <"$BATS_TEST_TMPDIR/plan"
  is "$(jq -r 'select(.type == "result") | .outcome' <<<"$output")" moved
  is "$(sql "select subject, location from crm.events")" "m|Hall"
  is "$(graph_writes)" 0
  E2E_OUT=1
  sync
  is "$(writes)" "PATCH ann From Outlook location"
  is "$(mails)" "update xia From Outlook"
  is "$(did)" "1 crm.update done 1 graph.update done 1 graph.update planned"
  later 15m
  is "$(sql "select subject, location from crm.events")" "From Outlook|Hall"
  sync_nothing
}

# H Conflicts

@test "failure: F133 the same field, two values: Outlook's stays, the other is kept for the admin" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 xia@client.test)")"
  sync
  ann update m '"set":{"start":"2025-03-12T11:00","end":"2025-03-12T12:00"}'
  sql "update crm.events set starts_at = '2025-03-12T12:00Z', ends_at = '2025-03-12T13:00Z'"
  later 15m
  sync
  is "$(starts)" "03-12 11:00"
  is "$(did)" "1 crm.update done"
  is "$(sql "select field, side, value #>> '{}' from calsync.conflicts order by 1")" "end|crm|2025-03-12T13:00:00Z
start|crm|2025-03-12T12:00:00Z"
  sync_nothing
}

@test "failure: F134 both sides say the same: agreed, no conflict, no write" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 xia@client.test)")"
  sync
  ann update m '"set":{"subject":"S2"}'
  sql "update crm.events set subject = 'S2'"
  before=$(crm_dump)
  later 15m
  sync
  is "$(ops)" "link.base done"
  is "$(crm_dump)" "$before"
  is "$(sql "select base_crm::json ->> 'subject', base_graph::json ->> 'subject' from calsync.meeting")" "S2|S2"
  is "$(sql "select count(*) from calsync.lost")" 0
  sync_nothing
}

@test "failure: F137 accents and emoji are stable" {
  local text=$'Cafe\u0301 \U1F600 na\u00efve'
  e2e_fresh "$(world "$(MORE="$(jq -cn --arg t "$text" '{subject: $t, location: $t, body: $t}')" meeting m ann 2025-03-12T10:00 xia@client.test)")"
  firm_policy 'description.mode = always'
  sync
  is "$(sql "select subject, location, description from crm.events")" "$text|$text|$text"
  for _ in 1 2 3; do
    ann touch m
    later 15m
    sync_nothing
  done
}

@test "failure: F143 the base is lost: equal fields are agreed anew, a difference is for people" {
  e2e_fresh "$(many 2)"
  sync
  sql "update calsync.meeting set base_graph = null, base_crm = null; update crm.events set subject = 'Other' where event_id = 2;
    update calsync.copy set digest = null"
  before=$(crm_dump)
  ann touch e0
  ann touch e1
  later 15m
  sync
  is "$(crm_dump)" "$before"
  is "$(ops)" "link.base done"
  is "$(reasons)" conflict
  sync_nothing
}
