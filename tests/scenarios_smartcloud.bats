# SmartCloud's scenarios, under their numbers; see scenarios_opencrm.bats.
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
review() { MORE='{"subject":"Review","body":"Agenda"}' meeting e1 ann 2025-03-12T10:00 '{"address":"bob@firm.test","response":"accepted"}' xia@client.test; }
described() { sql "select subject || ': ' || regexp_replace(regexp_replace(description, '^(From|To/CC):.*?\n\n', '', 'n'), '\s+', ' ', 'g') from crm.events where not deleted order by 1"; }

# Categories of the marks are another story.
sc38() {
  begin "$(world "$(review)")" smartcloud 'category.write = none'
  before=$(crm_dump)
  ann update e1 '"set":{"body":"Agenda\nour price: 10"}'
  turn
  wrote_nothing
  is "$(crm_has Review "description like '%our price%'")" f
  crm_edit Review "description = 'what we think of them'"
  turn
  wrote_nothing
  crm_move Review 2025-03-12T11:00Z
  turn
  is "$(writes)" "PATCH ann Review end,start"
  is "$(mails)" "update bob Review
update xia Review"
  is "$(of_box ann Review .body | grep -c 'what we think')" 0
  # For Ann an administrator sets always: of a fresh meeting the CRM follows.  Bob's stay once.
  sql "select calsync.admin_setting(a.id, 'description.mode', 'always') from calsync.account a where a.mailbox = 'ann@firm.test'" >/dev/null
  ann create - "\"event\":$(MORE='{"body":"first"}' meeting Anns ann 2025-03-13T10:00 xia@client.test)"
  bob create - "\"event\":$(MORE='{"body":"first"}' meeting Bobs bob 2025-03-14T10:00 xia@client.test)"
  turn
  ann update Anns '"set":{"body":"second"}'
  bob update Bobs '"set":{"body":"second"}'
  turn
  wrote_nothing
  is "$(sql "select subject from crm.events where description like '%second%'")" Anns
  is "$(sql "select subject from crm.events where description like '%first%'")" Bobs
}
@test "scenario: SC-38 safe description (C-047 C-048 C-049)" { twice sc38; }

cats() { of_box "$1" "$2" '.categories | sort | join(", ")'; }
# The writes to events; a mailbox's list of categories is another thing.
on_events() { writes | grep -v ' color,displayName$'; }

sc37() {
  begin '{}' smartcloud
  sql "select calsync.admin_setting(a.id, 'select.auto', 'none') from calsync.account a where a.mailbox = 'bob@firm.test'" >/dev/null
  sim 'world?add=1' "$(world "$(meeting Theirs xia@client.test 2025-03-12T10:00 zed@nowhere.test \
    '{"address":"ann@firm.test","response":"accepted"}' '{"address":"bob@firm.test","response":"accepted"}')")" >/dev/null
  turn
  is "$(on_events)" "PATCH(guest) ann Theirs categories"
  is "$(mails)" ""
  is "$(events)" "Ann|03-12 10:00|11:00|Theirs|xia:accepted"
  is "$(crm_has Theirs "description like 'From: xia%' and description like '%zed@nowhere.test%ann@firm.test%bob@firm.test%'")" t
  is "$(cats ann Theirs)" "Salesforce, Status: Tracked successfully."
  is "$(cats bob Theirs)" ""
  bob add-category Theirs '"category":"Salesforce"'
  turn
  is "$(on_events | grep -v '^PATCH(guest) bob Theirs categories$')" ""
  is "$(mails)" ""
  is "$(events)" "Ann|03-12 10:00|11:00|Theirs|xia:accepted
Bob|03-12 10:00|11:00|Theirs|xia:accepted"
  is "$(sql "select count(distinct external_id) from crm.events")" 1
  later 15m
  sync_nothing
  bobs=$(cats bob Theirs)
  clerk "update crm.events set deleted = true where assigned_to = 1"
  turn
  is "$(on_events)" "PATCH(guest) ann Theirs categories"
  is "$(mails)" ""
  is "$(cats ann Theirs)" ""
  is "$(cats bob Theirs)" "$bobs"
  is "$(events)" "Bob|03-12 10:00|11:00|Theirs|xia:accepted"
  later 15m
  sync_nothing
}
@test "scenario: SC-37 an outside organizer (C-003 C-054 C-060 C-061 C-062 C-063 C-064 C-065 C-066)" { twice sc37; }

sc40() {
  begin "$(world "$(review)")" smartcloud
  turn
  is "$(subjects)" Review
  ann cancel e1
  turn
  wrote_nothing
  is "$(live)" 0
  crm_event Visit 2025-03-20T10:00Z 60 xia@client.test
  turn
  is "$(on_events)" "POST ann Visit []"
  is "$(mails)" ""
  is "$(posted | jq -r ".categories[0]")" Salesforce
  later 15m
  sync
  crm_move Visit 2025-03-20T11:00Z
  turn
  is "$(on_events)" "PATCH ann Visit end,start"
  is "$(mails)" ""
  act "{\"as\":\"ann@firm.test\",\"do\":\"add-attendee\",\"event\":\"$(of_box ann Visit .id)\",\"who\":\"xia@client.test\"}"
  turn
  crm_move Visit 2025-03-20T12:00Z
  turn
  is "$(on_events)" "PATCH ann Visit end,start"
  is "$(mails)" "update xia Visit"
}
@test "scenario: SC-40 cancelled in Outlook; made and moved in the CRM (C-052 C-053 C-055)" { twice sc40; }
