# The crash matrix of the way out (L4): each world holds several stories of one run;
# apply is stopped after each of its durable steps, or killed in the middle of its
# requests, and the next run goes on.  The end must be that of a run that nobody
# disturbed: the same on both sides, the same links, the same writes, the same mails.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

# The world before the run: made once, then gone back to.
save() {
  later 15m
  sim 'snapshot?name=before' '{}' >/dev/null
  SAVED=${PGDATABASE}_s
  pg_copy "$PGDATABASE" "$SAVED"
}
restore() {
  sim 'rollback?name=before' '{}' >/dev/null
  pg_again "$SAVED"
}
go() { CALSYNC_RUN=$1 CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" run -q --all --now "$(sim_now)"; }

# ask SQL: rows that count.  A question that fails is like no other, so nothing is alike.
ask() { sql "$1" || echo "a question failed: $RANDOM$RANDOM"; }
# What is the same whatever happened on the way.
end_state() {
  local who
  for who in ann bob; do sim "events?mailbox=$who@firm.test&brief=1" | jq -c '.value | sort_by(.subject, .start)[] | del(.properties)'; done
  ask "select to_jsonb(e) - '{event_id,created_at,modified_at,series_id,external_id}'::text[] || jsonb_build_object('linked', e.external_id is not null, 'people',
      (select jsonb_agg(to_jsonb(a) - 'event_id' order by a.email) from crm.event_attendees a where a.event_id = e.event_id))
    from crm.events e order by e.subject, e.starts_at, e.deleted"
  ask "select m.state, m.born, m.owner, m.crm_id, m.base_graph -> 'subject', (m.base_crm #- '{series,master}') - 'uid', string_agg(c.account || c.role || c.state, ' ' order by c.account, c.state)
    from calsync.meeting m left join calsync.copy c on c.meeting = m.id group by m.id order by m.crm_id, m.state, m.original_date, m.slot"
  ask "select crm_id, reason from calsync.change order by 1, 2; select op, mail, reason from calsync.held order by op, mail; select count(*) from calsync.again;
    select count(*) from calsync.intent where outcome is null and sent is not null"
  wrote 0 | grep -vE ' [45][0-9][0-9]$'
  sim outbox | jq -r '.mails[] | select(.by == "api") | "\(.kind) \(.recipient) \(.subject)"' | sort
}

# ends_alike WHERE: run on, and compare.
ends_alike() {
  local n now
  for n in 1 2 3 4; do
    go "on-$n" || { echo "the run after $1 ended with $?"; return 1; }
    now=$(end_state)
    [ "$now" != "$END" ] || return 0
  done
  diff <(echo "$END") <(echo "$now")
  echo "another end after $1"
  return 1
}

# every_step: the end of a whole run, then one that stops after each of its steps.
every_step() {
  local k steps status
  save
  CALSYNC_STEPS=$BATS_TEST_TMPDIR/steps go whole
  undisturbed
  steps=$(wc -l <"$BATS_TEST_TMPDIR/steps")
  echo "steps: $(sort "$BATS_TEST_TMPDIR/steps" | uniq -c | xargs)"
  [ "$steps" -ge 8 ] || return 1
  for ((k = 1; k <= steps; k++)); do
    restore
    status=0
    CALSYNC_STOP_AFTER=$k go stopped 2>/dev/null || status=$?
    # How outcomes are gathered differs from run to run, and so the number of steps.
    [ "$status" -eq 100 ] || [ "$status$((k + 4 > steps))" = 01 ] || { echo "step $k ended with $status"; return 1; }
    ends_alike "step $k" || return 1
  done
}

# The end without any crash.  What Graph's worst modes put off comes in a further run.
undisturbed() {
  local before=''
  END=$(end_state)
  until [ "$END" = "$before" ]; do
    before=$END
    go again
    END=$(end_state)
  done
}

# every_kill: apply dies by SIGKILL while its n-th write is done in Graph and not answered.
every_kill() {
  local n total pid
  restore
  total=$(grep -cE '^(POST|PATCH|DELETE)' <<<"$END")
  [ "$total" -ge 1 ]
  for ((n = 1; n <= total; n++)); do
    restore
    fault "{\"kind\":\"stall\",\"at\":\"start\",\"amount\":0,\"path\":\"events\",\"method\":\"(POST|PATCH|DELETE)\",\"nth\":$n}"
    CALSYNC_RUN=killed CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" plan -q --now "$(sim_now)" --out "$BATS_TEST_TMPDIR/plan" >/dev/null
    "$BIN/apply" -q "$BATS_TEST_TMPDIR/plan" >/dev/null 2>&1 3>&- &
    pid=$!
    until [ "$(sim fault | jq '[.value[].fired] | add')" -ge 1 ] || ! kill -0 "$pid" 2>/dev/null; do :; done
    kill -KILL "$pid" 2>/dev/null || :
    wait "$pid" 2>/dev/null || :
    faults_off
    settled || return 1
    ends_alike "a kill at write $n" || return 1
  done
}
# The dead program's session is over, and its last request too.
settled() {
  local i
  for i in {1..200}; do
    [ "$(sql "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'calsync apply'")" -ne 0 ] || return 0
  done
  echo "apply's session does not end"
  return 1
}

creates() {
  begin '{}' "${both_ways[@]}" 'recurring.mode = series' 'recurring.to_graph = yes' 'unmatched.mode = sync' 'private.mode = no_attendees'
  crm_event People 2025-03-20T10:00Z 60 bob@firm.test xia@client.test
  crm_event Alone 2025-03-21T10:00Z 60
  MORE="private = true" crm_event Own 2025-03-22T10:00Z 60 yan@client.test
  MORE="all_day = true, ends_at = '2025-03-24T00:00Z'" crm_event Fair 2025-03-23T00:00Z 60 yan@client.test
  MORE="recurrence_rule = 'FREQ=WEEKLY;COUNT=3;BYDAY=MO', recurring = true" crm_event Weekly 2025-03-24T10:00Z 60 xia@client.test
  OWNER=2 crm_event Bobs 2025-03-25T10:00Z 60 xia@client.test
}
updates() {
  begin "$(world "$(meeting move ann 2025-03-12T10:00 bob@firm.test xia@client.test)" "$(meeting text ann 2025-03-13T10:00 xia@client.test)" \
    "$(meeting people ann 2025-03-14T10:00 xia@client.test yan@client.test)" "$(meeting show ann 2025-03-15T10:00 xia@client.test)" \
    "$(meeting both ann 2025-03-16T10:00 xia@client.test)" "$(meeting same ann 2025-03-17T10:00 xia@client.test)" \
    "$(meeting lost ann 2025-03-18T10:00 xia@client.test)")" "${both_ways[@]}"
  crm_move move 2025-03-12T14:00Z
  crm_edit text "description = 'Other'"
  crm_add people val@vendor.test
  crm_remove people yan@client.test
  crm_edit show "show_as = 'Free'"
  crm_edit both "location = 'Hall'"
  ann update both '"set":{"start":"2025-03-16T12:00","end":"2025-03-16T13:00"}'
  crm_edit same "location = 'Pub'"
  ann update same '"set":{"location":"Pub"}'
  crm_edit lost "location = 'Mine'"
  ann update lost '"set":{"location":"Theirs"}'
}
deletes() {
  local wk='"recurrence":{"pattern":{"type":"weekly","daysOfWeek":["wednesday"]},"range":{"type":"numbered","numberOfOccurrences":3}}'
  begin "$(world "$(meeting mine ann 2025-03-12T10:00 bob@firm.test xia@client.test)" \
    '{"key":"theirs","organizer":{"address":"xia@client.test","name":"Xia"},"subject":"theirs","start":"2025-03-13T10:00","zone":"Europe/London","attendees":["ann@firm.test"]}' \
    "$(meeting edited ann 2025-03-14T10:00 xia@client.test)" "$(meeting back ann 2025-03-17T10:00 xia@client.test)" \
    "$(MORE="{$wk}" meeting wk ann 2025-03-12T12:00 xia@client.test)" "$(meeting bobs bob 2025-03-18T10:00 ann@firm.test xia@client.test)")" \
    "${both_ways[@]}" 'delete.to_graph = delete' 'delete.to_crm = recreate' 'delete.max = 20'
  crm_delete mine
  crm_delete theirs
  crm_delete edited
  ann update edited '"set":{"location":"Hall"}'
  ann delete back
  clerk "update crm.events set location = 'Special' where subject = 'wk' and original_date = '2025-03-19'"
  OWNER=2 crm_delete bobs
}
held() {
  begin "$(world "$(meeting one ann 2025-03-12T10:00 xia@client.test)" "$(meeting two ann 2025-03-13T10:00 yan@client.test)" "$(meeting three ann 2025-03-14T10:00)")" \
    "${both_ways[@]}" 'mail.per_run = 1' 'unmatched.mode = sync'
  crm_edit one "location = 'Hall'"
  crm_edit two "location = 'Hall'"
  crm_edit three "location = 'Hall'"
  crm_event New 2025-03-20T10:00Z 60 xia@client.test
  later 15m
  go first
  [ "$(sql "select count(*) from calsync.held")" -eq 2 ]
  local id
  for id in $(sql "select id from calsync.held"); do sql "select calsync.admin_release($id)" >/dev/null; done
}
# Own copies of an event whose owner does not sync: made, changed, one of them in Outlook, deleted.
own_copies() {
  begin '{}' "${both_ways[@]}" 'owner.unsynced_out = copies' 'unmatched.mode = sync' 'delete.to_graph = delete' 'delete.max = 20'
  for e in Old Cut Theirs; do OWNER=3 crm_event $e 2025-03-19T10:00Z 60 ann@firm.test bob@firm.test xia@client.test; done
  later 15m
  go made
  is "$(graph_writes)" 6
  crm_edit Old "location = 'Hall'"
  crm_delete Cut
  ann update "$(of_box ann Theirs .id)" '"set":{"location":"Pub"}'
  OWNER=3 crm_event New 2025-03-20T10:00Z 60 ann@firm.test bob@firm.test xia@client.test
}

# An expanded series is gone from Outlook, of which the CRM had deleted a date.
series_gone() {
  begin "$(world "$(MORE="{$(weekly 3 wednesday)}" meeting wk ann 2025-03-12T09:00 xia@client.test)")" opencrm
  clerk "update crm.events set deleted = true where starts_at = '2025-03-19T09:00Z'"
  later 15m
  go dropped
  ann delete wk
}

@test "crash: what the CRM made: people, nobody, private, all-day, a series, two mailboxes (L4 U18)" { creates; every_step; }
@test "crash: what the CRM changed, and both sides at once (L4)" { updates; every_step; }
@test "crash: what was deleted on either side, an occurrence, a guest's copy (L4)" { deletes; every_step; }
@test "crash: a series is made again, and its dates pass to the new one (L4 SC-55)" { series_gone; every_step; every_kill; }
@test "crash: what was held and released is done once (L4)" { held; every_step; }
@test "crash: own copies of what an unsynced owner has (L4 O-061)" { own_copies; every_step; every_kill; }
@test "crash: killed while Graph works on creates, updates and deletes (L4)" {
  local world
  for world in creates updates deletes; do
    $world
    save
    go whole
    undisturbed
    every_kill
  done
}
@test "crash: in the paranoid model and in Graph's worst modes too (L4)" {
  E2E_MODE=worst paranoid updates
  E2E_MODEL=paranoid every_step
}
