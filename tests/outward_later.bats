# What is news only some time after a write to Graph: the record of a guest, and the
# link of an online meeting.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

relations() { sql "select a.email, a.contact_id is not null from crm.event_attendees a join crm.events e using (event_id) where e.subject = '$1' order by 1"; }

later_news() {
  begin '{}' "${both_ways[@]}" 'unmatched.mode = sync'
  crm_event Pitch 2025-03-12T10:00Z 60 new@nowhere.test
  crm_event Call 2025-03-13T10:00Z 60 xia@client.test
  turn
  sim mode '{"teams.join":"later"}' >/dev/null
  crm_add Call late@nowhere.test
  crm_edit Call "online_meeting = true"
  turn
  is "$(writes)" "PATCH ann Call attendees[late xia],isOnlineMeeting,onlineMeetingProvider"
  is "$(relations Pitch)$(relations Call)" "new@nowhere.test|flate@nowhere.test|f
xia@client.test|t"
  is "$(crm_has Call online_url)" ""
  # The link is there now, but no change says so; and they are in the CRM, too.
  sql "insert into crm.contacts (contact_id, last_name) overriding system value values (30, 'New'), (31, 'Late');
    insert into crm.contact_emails (contact_id, email) values (30, 'new@nowhere.test'), (31, 'late@nowhere.test')" >/dev/null
  turn
  wrote_nothing
  is "$(relations Pitch)$(relations Call)" "new@nowhere.test|tlate@nowhere.test|t
xia@client.test|t"
  turn
  wrote_nothing
  [[ $(crm_has Call online_url) == https://teams* ]]
  # It is not looked for any more.
  is "$(sql "select count(*) from (select due from calsync.seen union all select due from calsync.copy) w where due is not null")" 0
}
@test "scenario: a guest who went out by an address gets the relation with the record; a link that comes later is fetched" { in_both_models later_news; }
