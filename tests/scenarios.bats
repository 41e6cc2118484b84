# The scenarios whose whole text is about Outlook to CRM, under their numbers.
# Every run is done again after an apply that broke off, and every test ends
# with a run that must do nothing.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; }

@test "scenario: SC-01 an Outlook meeting comes in once, as it is (P-003 P-059 P-071 P-072 P-075 P-077 P-078 P-080 P-081 P-084 P-088 P-089 P-091 P-094 P-098 P-100 U2 U18)" {
  E2E_BREAK=1
  e2e_fresh '{"events":[
    {"key":"e1","organizer":"ann@firm.test","subject":"Review","start":"2025-03-12T10:00","end":"2025-03-12T11:00",
     "zone":"Europe/London","body":"<p><b>Agenda</b></p>","location":"Cafe","reminder":15,
     "attendees":["xia@client.test",{"address":"bob@firm.test","response":"accepted"}]},
    {"key":"day","organizer":"ann@firm.test","subject":"Fair","start":"2025-03-14","zone":"Europe/London",
     "allDay":true,"attendees":["xia@client.test"]},
    {"key":"wk","organizer":"ann@firm.test","subject":"Weekly","start":"2025-03-19T10:00","end":"2025-03-19T10:30",
     "zone":"Europe/London","attendees":["xia@client.test"],
     "recurrence":{"pattern":{"type":"weekly","daysOfWeek":["wednesday"]},
       "range":{"type":"numbered","numberOfOccurrences":3}}}]}'
  profile practifi
  sync
  # From 30 March London is an hour ahead of UTC.
  is "$(events)" "Ann|03-12 10:00|11:00|Review|bob:accepted xia:none
Ann|03-14 00:00|00:00|Fair|xia:none
Ann|03-19 10:00|10:30|Weekly|xia:none
Ann|03-26 10:00|10:30|Weekly|xia:none
Ann|04-02 09:00|09:30|Weekly|xia:none"
  is "$(sql "select description, show_as, private, reminder_set, to_char(reminder_at at time zone 'UTC', 'HH24:MI'), location, duration_min, sync_status, source, recurring_in_m365 from crm.events where subject = 'Review'")" \
    "Agenda|Busy|f|t|09:45|Cafe|60|Active|sync|"
  is "$(sql "select all_day, duration_min, to_char(ends_at at time zone 'UTC', 'MM-DD HH24:MI') from crm.events where subject = 'Fair'")" "t|1440|03-15 00:00"
  is "$(sql "select distinct recurring_in_m365 from crm.events where subject = 'Weekly'")" "Weekly on Wed, 3 times"
  # The id in Ann's mailbox is kept for her copy; the CRM shows the id that all copies share.
  is "$(sql "select c.id, e.external_id from crm.events e join calsync.meeting m on m.crm_id = e.event_id::text
      join calsync.copy c on c.meeting = m.id and c.account = 1 where e.subject = 'Review'")" \
    "$(sim 'events?mailbox=ann@firm.test' | jq -r '.value[] | select(.key == "e1") | "\(.immutableId)|\(.iCalUId)"')"
  is "$(sql "select string_agg(c.account || c.role, ' ' order by c.account) from calsync.copy c join calsync.meeting m on m.id = c.meeting
      join crm.events e on m.crm_id = e.event_id::text where e.subject = 'Review'")" "1organizer 2attendee"
  later 15m
  for key in e1 day wk; do ann touch $key; done
  bob touch e1
  sync_nothing
  # Both mailboxes did deliver them again.
  [ "$(jq -s '[.[] | select(.type == "graph.event")] | length' "$E2E_TEE/fetch.ndjson")" -ge 6 ]
}

@test "scenario: SC-26 life of an appointment (I-001 I-002 I-003 I-004 I-005 I-008 I-010 I-011 I-034 I-035 I-037 I-045 U12)" {
  E2E_BREAK=1
  e2e_fresh '{"tenants":[{"id":"firm","domains":["firm.test"],
      "apps":[{"client_id":"calsync","secret":"s3cret","permissions":["Calendars.Read","User.Read.All"]}]}],
    "events":[{"key":"lunch","organizer":"ann@firm.test","subject":"Lunch","start":"2025-03-12T12:00","end":"2025-03-12T13:00",
     "zone":"Europe/London","body":"At noon","created":"2025-03-05T08:00:00Z","modified":"2025-03-05T08:00:00Z",
     "attendees":["xia@client.test","bob@firm.test","zed@nowhere.test"]}]}'
  profile interaction
  shown() { sql "select kind, activity_type, subject, description, sync_status, (select string_agg(a.email, ' ') from crm.event_attendees a where a.event_id = e.event_id) from crm.events e"; }
  sync
  is "$(shown)" "appointment|CalendarSyncMeeting_System|Lunch|At noon|Active|xia@client.test"
  is "$(sql "select contact_id from crm.event_attendees")" 1
  clock 2025-03-12T12:45:00Z
  sync_nothing
  clock 2025-03-12T13:00:00Z
  before=$(sql "select to_jsonb(e) - '{kind,modified_at}'::text[] from crm.events e")
  sync
  is "$(shown)" "activity|CalendarSyncMeeting_System|Lunch|At noon|Active|xia@client.test"
  is "$(sql "select to_jsonb(e) - '{kind,modified_at}'::text[] from crm.events e")" "$before"
  sync_nothing
  clock 2025-03-20T09:00:00Z
  ann update lunch '"set":{"subject":"Lunch, long"}'
  sync
  is "$(shown)" "activity|CalendarSyncMeeting_System|Lunch, long|At noon|Active|xia@client.test"
  clock 2025-04-11T12:50:00Z
  ann update lunch '"set":{"subject":"Lunch, very long"}'
  clock 2025-04-11T13:00:00Z
  sync
  is "$(shown)" "activity|CalendarSyncMeeting_System|Lunch, very long|At noon|Active|xia@client.test"
  later 15m
  sync
  is "$(shown)" "activity|CalendarSyncMeeting_System|Lunch, very long|At noon|Inactive|xia@client.test"
  ann update lunch '"set":{"subject":"Too late"}'
  later 15m
  sync
  is "$(shown)" "activity|CalendarSyncMeeting_System|Lunch, very long|At noon|Inactive|xia@client.test"
  sync_nothing
}

@test "scenario: SC-29 what never syncs (I-013 I-014 I-020 I-027 I-041 I-061 I-068 L8 U21)" {
  E2E_BREAK=1
  local made='"created":"2025-03-05T08:00:00Z"'
  e2e_fresh "$(world \
    '{"key":"theirs","organizer":{"address":"zed@nowhere.test","name":"Zed"},"subject":"Theirs","start":"2025-03-12T10:00","zone":"Europe/London","attendees":["ann@firm.test","xia@client.test"],'"$made"'}' \
    '{"key":"dee","organizer":"dee@firm.test","subject":"Of Dee","start":"2025-03-12T11:00","zone":"Europe/London","attendees":["ann@firm.test","xia@client.test"],'"$made"'}' \
    '{"key":"wk","organizer":"ann@firm.test","subject":"Weekly","start":"2025-03-12T12:00","zone":"Europe/London","attendees":["xia@client.test"],'"$made"',
      "recurrence":{"pattern":{"type":"weekly","daysOfWeek":["wednesday"]},"range":{"type":"numbered","numberOfOccurrences":2}}}' \
    '{"key":"own","organizer":"ann@firm.test","subject":"Sanatorium","sensitivity":"private","start":"2025-03-12T14:00","zone":"Europe/London","attendees":["xia@client.test"],'"$made"'}' \
    '{"key":"turns","organizer":"ann@firm.test","subject":"Turns","start":"2025-03-13T10:00","zone":"Europe/London","attendees":["xia@client.test"],'"$made"'}')"
  profile interaction
  sql "insert into crm.events (assigned_to, subject, starts_at, ends_at) values (1, 'By hand', '2025-03-12T10:00Z', '2025-03-12T11:00Z')"
  by_hand() { sql "select to_jsonb(e) from crm.events e where subject = 'By hand'"; }
  local hand
  hand=$(by_hand)
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|By hand|
Ann|03-12 11:00|12:00|Of Dee|xia:none
Ann|03-13 10:00|11:00|Turns|xia:none"
  # The series: its master and two occurrences.
  # The CRM's own event has no way out here.
  is "$(reasons)" "direction organizer_external private recurring recurring recurring"
  run ! grep -rl Sanatorium "$E2E_TEE/reconcile.ndjson" "$E2E_TEE/apply.ndjson" "$PGHOST/log"
  is "$(sql "select count(*) from calsync.log l where l::text ~ 'Sanatorium'")" 0
  later 15m
  ann update turns '"set":{"sensitivity":"private","subject":"Not for you"}'
  sync
  is "$(sql "select subject, private, sync_status from crm.events where source = 'sync' and assigned_to = 1 order by 1")" "Of Dee|f|Active
Turns|t|Inactive"
  later 15m
  ann update turns '"set":{"sensitivity":"normal","start":"2025-03-13T15:00","end":"2025-03-13T16:00"}'
  sync
  is "$(sql "select subject, private, to_char(starts_at at time zone 'UTC', 'HH24:MI') from crm.events where subject = 'Turns'")" "Turns|t|10:00"
  is "$(by_hand)" "$hand"
  sync_nothing
}

@test "scenario: SC-31 private contact, no text, distribution list (I-028 I-029 I-037 I-038 I-043)" {
  E2E_BREAK=1
  local made='"created":"2025-03-05T08:00:00Z","body":"Text"'
  e2e_fresh "$(world \
    '{"key":"p","organizer":"ann@firm.test","subject":"P","start":"2025-03-12T10:00","zone":"Europe/London","attendees":["xia@client.test","pia@secret.test"],'"$made"'}')"
  profile interaction
  sync
  is "$(events)" ""
  is "$(reasons)" private_contact
  later 15m
  ann remove-attendee p '"who":"pia@secret.test"'
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|P|xia:none"
  is "$(sql "select description from crm.events")" Text
  sync_nothing
  later 15m
  act '{"as":"ann@firm.test","do":"create","event":{"key":"n","organizer":"ann@firm.test","subject":"N","start":"2025-03-12T12:00","zone":"Europe/London","body":"New","attendees":["xia@client.test"]}}'
  ann update p '"set":{"body":"Other"}'
  sync --set description.mode=never
  is "$(sql "select subject, description from crm.events order by 1")" "N|
P|Text"
  later 15m
  act '{"as":"ann@firm.test","do":"create","event":{"key":"l","organizer":"ann@firm.test","subject":"L","start":"2025-03-12T14:00","zone":"Europe/London","attendees":["xia@client.test","all@firm.test"]}}'
  ann attach l
  sync --set description.mode=never
  is "$(events)" "Ann|03-12 10:00|11:00|P|xia:none
Ann|03-12 12:00|13:00|N|xia:none
Ann|03-12 14:00|15:00|L|xia:none"
  is "$(sql "select string_agg(email, ' ') from crm.event_attendees a join crm.events e using (event_id) where e.subject = 'L'")" xia@client.test
  is "$(sql "select count(*) from crm.event_files")" 0
  sync_nothing --set description.mode=never
}

@test "scenario: SC-49 a syncing organizer in Outlook (O-007 O-063 O-066)" {
  E2E_BREAK=1
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 bob@firm.test cy.alt@firm.test dee@firm.test xia@client.test)")"
  profile opencrm
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|m|bob:none cy.alt:none"
  is "$(sql "select string_agg(user_id::text, ' ' order by user_id) from crm.event_attendees")" "2 3"
  sync_nothing
  # Bob's own change of his copy does not count.
  later 15m
  bob update m '"set":{"subject":"Of Bob","showAs":"free"}'
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|m|bob:none cy.alt:none"
  sync_nothing
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 bob@firm.test cy.alt@firm.test dee@firm.test xia@client.test)")"
  profile opencrm 'direction.events = to_graph'
  sync
  is "$(events)" ""
  is "$(reasons)" "direction direction"
  sync_nothing
}
