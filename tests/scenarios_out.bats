# The scenarios of Practifi and SalesExec that go both ways, under their numbers:
# the exact writes and mails of each run, and a run after it that does nothing.
# Each is told twice, the second time with an apply that breaks off before every
# run: the same end, the same writes, the same mails.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

# Plainly, not in a condition: there the shell would not stop at what fails.
twice() {
  "$1"
  echo "again, after runs that break off"
  E2E_BREAK=1
  "$1"
}
id_of() { of_box ann "$1" .id; }
# Meeting e1 of the scenarios, with these people.
review() {
  MORE='{"subject":"Review","body":"Agenda","location":"Cafe","reminder":15,"showAs":"busy"}' meeting e1 ann 2025-03-12T10:00 "$@"
}

sc02() {
  begin '{}' practifi
  crm_event Pitch 2025-03-20T14:00Z 30 bob@firm.test xia@client.test
  turn
  is "$(writes)" "POST ann Pitch [bob xia]"
  is "$(mails)" "invitation bob Pitch
invitation xia Pitch"
  is "$(box ann)" "2025-03-20T14:00|Pitch|bob xia||busy"
  is "$(crm_has Pitch "sync_status, external_id = '$(of_box ann Pitch .iCalUId)'")" "Active|t"
  is "$(posted | jq -r '[.start.timeZone, .end.timeZone] | unique | .[] | IN("Europe/London", "GMT Standard Time")')" true
  # The echo in two mailboxes.
  later 15m
  sync_nothing
  ann external-response "$(id_of Pitch)" '"who":"xia@client.test","response":"tentative"'
  turn
  wrote_nothing
  is "$(events)" "Ann|03-20 14:00|14:30|Pitch|bob:none xia:accepted"
  clerk "update crm.event_attendees set response = 'declined' where email = 'xia@client.test'"
  turn
  wrote_nothing
  is "$(events)" "Ann|03-20 14:00|14:30|Pitch|bob:none xia:declined"
}
@test "scenario: SC-02 a CRM event goes out with invitations (P-004 P-012 P-044 P-060 P-083 P-084 P-100 P-101 P-103)" { twice sc02; }

sc04() {
  begin "$(world "$(review xia@client.test)")" practifi
  ann update e1 '"set":{"subject":"Review A"}'
  crm_edit Review "subject = 'Review B', location = 'Hall'"
  turn
  wrote_nothing
  is "$(sql "select subject, location from crm.events")" "Review A|Cafe"
  is "$(sql "select field, side, value #>> '{}' from calsync.conflicts order by 1")" "location|crm|Hall
subject|crm|Review B"
  crm_edit "Review A" "location = 'Hall'"
  turn
  is "$(writes)" "PATCH ann Review A location"
  is "$(mails)" "update xia Review A"
  is "$(box ann)" "2025-03-12T10:00|Review A|xia|Hall|busy"
  is "$(sql "select count(*) from calsync.conflicts")" 2
  # One way in: the edit stays until Outlook changes that event; a new one stays Never.
  out_policy practifi 'direction.events = to_crm'
  crm_edit "Review A" "location = 'Pub'"
  crm_event New 2025-03-21T10:00Z 30 xia@client.test
  turn
  wrote_nothing
  is "$(sql "select subject, location, sync_status from crm.events order by 1")" "New||Never
Review A|Pub|Active"
  ann update e1 '"set":{"location":"Attic"}'
  turn
  wrote_nothing
  is "$(crm_has "Review A" location)" Attic
  # One way out: what waited for that goes.
  out_policy practifi 'direction.events = to_graph'
  ann update e1 '"set":{"location":"Roof"}'
  ann create - "\"event\":$(meeting e2 ann 2025-03-13T10:00 xia@client.test)"
  turn
  is "$(writes)" "POST ann New [xia]"
  is "$(sql "select count(*) from crm.events where subject = 'e2' or location = 'Roof'")" 0
  crm_event Out 2025-03-22T10:00Z 30 xia@client.test
  turn
  is "$(writes)" "POST ann Out [xia]"
  is "$(mails)" "invitation xia Out"
}
@test "scenario: SC-04 both sides changed, Microsoft wins (P-005 P-006 P-011 P-031 P-032)" { twice sc04; }

sc05() {
  begin "$(world "$(review bob@firm.test xia@client.test yan@client.test)")" practifi
  crm_move Review 2025-03-12T11:00Z
  # What it would do, before: one op, three addresses, nothing written.
  local before plan
  before=$(crm_dump && state_dump)
  plan=$(CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" plan --now "$(sim_now)")
  is "$(grep -c '^graph' <<<"$plan")" 1
  is "$(sed -n '/^RECIPIENT/,$p' <<<"$plan" | awk 'NR > 1 && NF > 2 { print $1, $NF }' | head -3)" "bob@firm.test time
xia@client.test time
yan@client.test time"
  is "$(tail -1 <<<"$plan")" "Mails: 3, to 3 people. Held: 0."
  is "$(crm_dump && state_dump)" "$before"
  is "$(graph_writes)" 0
  turn
  is "$(writes)" "PATCH ann Review end,start"
  is "$(mails)" "update bob Review
update xia Review
update yan Review"
  is "$(box ann)" "2025-03-12T11:00|Review|bob xia yan|Cafe|busy"
  is "$(crm_has Review "to_char(reminder_at at time zone 'UTC', 'HH24:MI')")" 10:45
}
sc05_held() {
  begin "$(world "$(review bob@firm.test xia@client.test yan@client.test)")" practifi 'mail.allow = users'
  crm_move Review 2025-03-12T11:00Z
  turn
  wrote_nothing
  is "$(starts)" "03-12 11:00"
  is "$(sql "select reason, mail from calsync.held")" "mail_held|{bob@firm.test,xia@client.test,yan@client.test}"
  is "$(sql "select kind, code, outcome from calsync.log where run in ('$E2E_TOLD', 'broken-$E2E_TOLD') and code = 'hold'")" "op|hold|held"
  turn
  wrote_nothing
  is "$(logged "kind <> 'problem'")" ""
  ann update e1 '"set":{"subject":"Review A"}'
  turn
  wrote_nothing
  is "$(events | cut -d'|' -f1-4)" "Ann|03-12 10:00|11:00|Review A"
  is "$(sql "select string_agg(field, ' ' order by field) from calsync.conflicts")" "end start"
  is "$(sql "select count(*) from calsync.held")" 0
}
@test "scenario: SC-05 moving a meeting mails everyone; the gate holds it (P-011 P-013 P-031 P-089 P-090)" {
  twice sc05
  E2E_BREAK=''
  twice sc05_held
}

sc07() {
  local london='"organizer":"ann@firm.test","zone":"Europe/London"'
  begin "{\"events\":[
    {\"key\":\"a\",\"subject\":\"a\",\"start\":\"2025-03-12T10:00\",\"showAs\":\"tentative\",$london},
    {\"key\":\"b\",\"subject\":\"b\",\"start\":\"2025-03-12T11:00\",\"showAs\":\"workingElsewhere\",$london},
    {\"key\":\"c\",\"subject\":\"c\",\"start\":\"2025-03-12T12:00\",\"sensitivity\":\"personal\",$london},
    {\"key\":\"d\",\"subject\":\"d\",\"start\":\"2025-03-12T13:00\",\"sensitivity\":\"confidential\",$london},
    {\"key\":\"e\",\"subject\":\"e\",\"start\":\"2025-03-12T14:00\",\"showAs\":\"unknown\",$london}]}" practifi 'unmatched.mode = sync'
  is "$(sql "select subject, show_as, private from crm.events order by 1")" "a|Free|f
b|OutOfOffice|f
c|Busy|t
d|Busy|t
e|Free|f"
  step() { turn; is "$(writes)" "$1"; is "$(mails)" ""; }
  crm_edit a "description = 'More'"
  step "PATCH ann a body"
  is "$(of_box ann a .showAs)" tentative
  crm_edit a "show_as = 'Busy'"
  step "PATCH ann a showAs"
  crm_edit a "show_as = 'Free'"
  step "PATCH ann a showAs"
  is "$(of_box ann a .showAs)" free
  before=$(crm_dump)
  ann update b '"set":{"showAs":"oof"}'
  step ""
  is "$(crm_dump)" "$before"
  crm_edit b "show_as = 'Free'"
  step "PATCH ann b showAs"
  crm_edit c "private = false"
  step "PATCH ann c sensitivity"
  is "$(for s in a b c d e; do of_box ann $s '"\(.showAs) \(.sensitivity)"'; done)" "free normal
free normal
busy normal
busy confidential
unknown normal"
}
@test "scenario: SC-07 coarse values do not bounce (P-033 P-076 P-086 P-087 P-092 P-093 U3)" { twice sc07; }

sc08() {
  begin '{}' practifi
  ann create - "\"event\":$(MORE='{"sensitivity":"private"}' meeting Plan ann 2025-03-12T10:00 xia@client.test bob@firm.test)"
  MORE='private = true' crm_event Talk 2025-03-13T10:00Z 60 xia@client.test
  turn
  is "$(writes)" "POST ann Talk []"
  is "$(mails)" ""
  is "$(posted | jq -r .sensitivity)" private
  is "$(events)" "Ann|03-12 10:00|11:00|Plan|
Ann|03-13 10:00|11:00|Talk|xia:none"
  is "$(sql "select string_agg(subject, ' ' order by subject) from crm.events where private")" "Plan Talk"
  ann update Plan '"set":{"sensitivity":"normal"}'
  crm_edit Talk "private = false"
  turn
  is "$(writes)" "PATCH ann Talk sensitivity"
  is "$(mails)" ""
  is "$(events)" "Ann|03-12 10:00|11:00|Plan|bob:none xia:none
Ann|03-13 10:00|11:00|Talk|xia:none"
  is "$(sql "select count(*) from crm.events where private")" 0
  is "$(of_box ann Talk '"\(.sensitivity) \(.attendees | length)"')" "normal 0"
}
sc08_skip() {
  begin '{}' practifi 'private.mode = skip'
  ann create - "\"event\":$(MORE='{"sensitivity":"private"}' meeting Plan ann 2025-03-12T10:00 xia@client.test bob@firm.test)"
  MORE='private = true' crm_event Talk 2025-03-13T10:00Z 60 xia@client.test
  turn
  wrote_nothing
  is "$(live)" 1
  # Ann's and Bob's copy of Plan, and Talk.
  is "$(reasons)" "private private private"
  is "$(sql "select count(*) from calsync.log l where l::text ~ 'Plan|Talk'")" 0
}
@test "scenario: SC-08 private without attendees, both ways (P-029 P-030 P-055 P-056 P-086)" {
  twice sc08
  E2E_BREAK=''
  twice sc08_skip
}

sc13_keep() {
  begin "$(world "$(review bob@firm.test xia@client.test yan@client.test)")" practifi
  crm_delete Review
  turn
  wrote_nothing
  ann update e1 '"set":{"start":"2025-03-12T15:00","end":"2025-03-12T16:00"}'
  turn
  wrote_nothing
  is "$(live)" 0
  is "$(logged "code = 'ended'" | tr ' ' '\n' | sort -u)" ended
}
sc13_delete() {
  begin "$(world "$(review bob@firm.test xia@client.test yan@client.test)" \
    '{"key":"t","organizer":{"address":"zed@nowhere.test","name":"Zed"},"subject":"Theirs","start":"2025-03-13T10:00","zone":"Europe/London","attendees":["ann@firm.test","bob@firm.test","xia@client.test"]}')" \
    practifi 'delete.to_graph = delete'
  is "$(crm_has Theirs assigned_to)" 1
  crm_delete Review
  turn
  is "$(writes)" "DELETE ann Review"
  is "$(mails)" "cancellation bob Review
cancellation xia Review
cancellation yan Review"
  later 15m
  sync_nothing
  crm_delete Theirs
  turn
  is "$(writes)" "DELETE(guest) ann Theirs"
  is "$(mails)" ""
  is "$(box ann)" ""
  is "$(box bob | cut -d'|' -f2)" Theirs
  is "$(live)" 0
}
@test "scenario: SC-13 deleted in Practifi (P-012 P-026 P-027)" {
  twice sc13_keep
  E2E_BREAK=''
  twice sc13_delete
}

sc14() {
  fresh_out '{}' practifi
  local i
  for i in 1 2 3 4 5; do crm_event "Old$i" "2025-03-2${i}T10:00Z" 60 xia@client.test yan@client.test; done
  crm_event Far 2027-04-10T10:00Z 60 xia@client.test
  # They were there before calsync was.
  sql "truncate calsync.change"
  sql "select calsync.admin_org('{\"other_sync_off\":false}')"
  run -78 "$TOP/scripts/calsync" org check
  [[ $output == *'every other calendar sync is off'* ]]
  run -0 "$TOP/scripts/calsync" org other_sync_off=yes
  quiet_run
  is "$(sql "select distinct sync_status from crm.events")" Never
  crm_edit Old3 "subject = 'Old3!'"
  turn
  is "$(writes)" "POST ann Old3! [xia yan]"
  is "$(mails)" "invitation xia Old3!
invitation yan Old3!"
  crm_edit Far "subject = 'Far!'"
  turn
  wrote_nothing
  is "$(reasons)" window_future
  is "$(sql "select sync_status, count(*) from crm.events group by 1 order by 1")" "Active|1
Never|5"
}
@test "scenario: SC-14 the first two-way run sends nothing old (P-002 P-013 P-041 P-042 P-043 P-083)" { twice sc14; }

sc16() {
  begin "$(world "$(review xia@client.test)")" practifi
  sql "with e as (insert into crm.events (assigned_to, subject, starts_at, ends_at, source)
      select 1, 'Load' || n, '2025-04-01T10:00Z'::timestamptz + n * interval '1 hour', '2025-04-01T11:00Z'::timestamptz + n * interval '1 hour', 'import'
        from generate_series(1, 200) n returning event_id)
    insert into crm.event_attendees (event_id, email, name, contact_id) select event_id, 'xia@client.test', 'Xia Li', 1 from e"
  crm_event Hand 2025-03-20T14:00Z 30 xia@client.test
  turn
  is "$(writes)" "POST ann Hand [xia]"
  is "$(mails)" "invitation xia Hand"
  is "$(reasons | tr ' ' '\n' | sort | uniq -c | xargs)" "200 imported"
  crm_edit Load7 "location = 'Hall'"
  turn
  wrote_nothing
  # It was said, and is no news.
  is "$(reasons)" ""
  is "$(sql "select distinct reason from calsync.change where crm_id = '$(crm_id Load7)'")" imported
  is "$(crm_has Load7 sync_status)" Never
  ann create - "\"event\":$(MORE='{"draft":true}' meeting d ann 2025-03-21T10:00 xia@client.test)"
  turn
  wrote_nothing
  is "$(reasons)" draft
  is "$(crm_has d subject)" ""
  ann send d
  turn
  wrote_nothing
  is "$(crm_has d subject)" d
  ann edit-draft e1 '"set":{"subject":"Review, new"}'
  turn
  is "$(crm_has Review subject)" Review
  ann send e1
  turn
  is "$(crm_has "Review, new" subject)" "Review, new"
  ann attach e1
  before=$(crm_dump)
  turn
  wrote_nothing
  is "$(crm_dump)" "$before"
}
@test "scenario: SC-16 imports and drafts (P-049 P-050 P-051 P-052)" { twice sc16; }
