# SalesExec's scenarios that go both ways; see scenarios_out.bats, backlink.bats for
# the link line, and marker.bats.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

# Plainly, not in a condition: there the shell would not stop at what fails.
twice() {
  "$1"
  echo "again, in the worst modes, after runs that break off"
  E2E_BREAK=1
  worst "$1"
}

# A push is a run of the mailboxes that are due, for a change of the CRM alone.
push() {
  clock "$1"
  E2E_WHO='' sync
}
appointment() {
  fresh_out '{}' salesexec
  sql "insert into crm.contacts (contact_id, kind, first_name, last_name) overriding system value values (7, 'lead', 'Lea', 'Ude')"
  sql "insert into crm.site (url) values ('https://crm.firm.test')"
  sync
  clock 2025-03-10T09:02Z
  MORE="description = 'Ask for the budget', location = 'Phone', contact_id = 7" crm_event Call 2025-03-10T15:00Z 30 xia@client.test
  push 2025-03-10T09:02Z
  is "$(writes)" "POST ann Call []"
  is "$(mails)" ""
  is "$(posted | jq -r 'keys - ["transactionId", "singleValueExtendedProperties"] | join(" ")')" "body end extensions start subject"
  is "$(posted | jq -c '[.start.dateTime, .end.dateTime]')" '["2025-03-10T15:00:00","2025-03-10T15:30:00"]'
  is "$(posted | jq -c '.extensions[0] | del(.AppointmentGuid)')" '{"@odata.type":"microsoft.graph.openTypeExtension","extensionName":"SalesExec.Appointment"}'
  is "$(posted | jq -r '.extensions[0].AppointmentGuid')" "$(sql "select guid from calsync.crm_guid('{$(crm_id Call)}')")"
  is "$(posted | jq -r .body.content)" "Ask for the budget<br><br>Show Lead https://crm.firm.test/lead/7"
  clock 2025-03-10T09:15Z
  sync_nothing
  clock 2025-03-10T09:20Z
  crm_edit Call "description = 'Ask again'"
  push 2025-03-10T09:20Z
  is "$(writes)" "PATCH ann Call body"
  is "$(mails)" ""
  is "$(of_box ann Call '.body | gsub("\u00a0"; " ") | gsub("\r"; "")')" "Ask again

Show Lead https://crm.firm.test/lead/7"
  clock 2025-03-10T09:30Z
  sync_nothing
}
@test "scenario: SC-20 an appointment goes out at once, with what is exchanged and nothing else (S-001 S-004 S-005 S-006 S-008 S-010 S-017 S-019 S-022 S-028)" { twice appointment; }

lost_links() {
  local i
  begin "$(many 10)" salesexec
  for i in 0 1 2 3 4 5 6 7 8 9; do crm_event "C$i" "2025-03-2${i}T15:00Z" 30 xia@client.test; done
  turn
  is "$(writes | grep -c POST)" 10
  local before
  before=$(sql "select event_id, external_id, subject, starts_at from crm.events order by 1")
  is "$(wc -l <<<"$before")" 20
  sql "truncate calsync.meeting, calsync.meeting_key, calsync.copy, calsync.seen, calsync.again, calsync.cursor"
  local posts
  posts=$(graph_writes)
  E2E_BREAK='' later 15m
  sync
  later 15m
  sync
  later 15m
  sync_nothing
  is "$(sql "select event_id, external_id, subject, starts_at from crm.events order by 1")" "$before"
  is "$(graph_writes)" "$posts"
  is "$(sql "select count(*) from calsync.meeting where state = 'active'")" 20
  # The links are good: an edit on either side goes over.
  crm_edit C3 "subject = 'C3!'"
  ann update e4 '"set":{"subject":"E4!"}'
  turn
  is "$(writes)" "PATCH ann C3 subject"
  is "$(crm_has 'E4!' subject)" 'E4!'
}
@test "scenario: SC-22 the link table is lost (S-025)" { twice lost_links; }

series() {
  begin "$(world "$(MORE='{"subject":"Gym","end":"2025-03-18T19:00","recurrence":{"pattern":{"type":"weekly","daysOfWeek":["tuesday"]},"range":{"type":"noEnd","startDate":"2025-03-18"}}}' meeting gym ann 2025-03-18T18:00)")" salesexec
  is "$(sql "select subject from crm.events")" Gym
  MORE="recurrence_rule = 'FREQ=WEEKLY;COUNT=10;BYDAY=MO', recurring = true" crm_event Stand-up 2025-03-17T09:00Z 30
  turn
  is "$(writes)" "POST ann Stand-up []"
  is "$(mails)" ""
  is "$(posted | jq -c '[.recurrence.pattern.type, .recurrence.pattern.interval, .recurrence.pattern.daysOfWeek, .recurrence.range.type, .recurrence.range.startDate, .recurrence.range.numberOfOccurrences]')" \
    '["weekly",1,["monday"],"numbered","2025-03-17",10]'
  later 15m
  sync_nothing
  is "$(subjects)" "Gym Stand-up"
  # Summer time: nine o'clock in London stays nine o'clock.
  is "$(of_box ann Stand-up '"\(.start) \(.zone)"')" "2025-03-17T09:00:00 GMT Standard Time"
  ann edit-occurrence gym '"occurrence":"2025-03-18","set":{"start":"2025-03-19T18:00","end":"2025-03-19T19:00"}'
  turn
  wrote_nothing
  is "$(sql "select subject, to_char(starts_at, 'MM-DD'), original_date from crm.events where not deleted order by starts_at, event_id")" "Stand-up|03-17|
Gym|03-18|
Gym|03-19|2025-03-18"
  crm_edit Stand-up "subject = 'Stand up'"
  turn
  is "$(writes)" "PATCH ann Stand-up subject"
  is "$(mails)" ""
}
@test "scenario: SC-23 series (S-009 S-021 S-024)" { twice series; }
