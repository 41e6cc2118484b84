# The scenarios whose whole text is about Outlook to CRM, under their numbers;
# of the others the inbound part, under the requirements that it proves.  Every
# run of a scenario with a number is done again after an apply that broke off,
# and every test ends with a run that must do nothing.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; }

# profile NAME [line ...]
profile() { firm_policy "profile = $1" "${@:2}"; }

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
  is "$(reasons)" "organizer_external private recurring recurring recurring"
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

@test "pipeline: both sides changed, Microsoft wins; one-way leaves the CRM's edit until Outlook changes (P-005 P-031 P-032)" {
  e2e_fresh "$(world "$(MORE='{"subject":"Review","location":"Cafe"}' meeting e1 ann 2025-03-12T10:00 xia@client.test)" \
    "$(meeting o ann 2025-03-13T10:00 xia@client.test)")"
  profile practifi
  sync
  sql "update crm.events set subject = 'Review B', location = 'Hall' where subject = 'Review'"
  ann update e1 '"set":{"subject":"Review A"}'
  later 15m
  sync
  is "$(sql "select subject, location from crm.events where event_id = 1")" "Review A|Cafe"
  is "$(ops)" "crm.update done"
  is "$(sql "select l.rule, string_agg(x.field || '=' || (x.value #>> '{}'), ' ' order by x.field) from calsync.lost x join calsync.log l on l.id = x.log group by 1")" \
    "conflict|location=Hall subject=Review B"
  sync_nothing
  # One-way: an edit of the CRM is no conflict as long as Outlook is still.
  sql "update crm.events set location = 'Attic' where subject = 'o'"
  later 15m
  ann touch o
  sync_nothing --set direction.events=to_crm
  is "$(sql "select location from crm.events where subject = 'o'")" Attic
  ann update o '"set":{"location":"Pub"}'
  later 15m
  sync --set direction.events=to_crm
  is "$(sql "select location from crm.events where subject = 'o'")" Pub
  sync_nothing --set direction.events=to_crm
}

@test "pipeline: only the changed side goes over (P-006 P-032 U1 U2)" {
  e2e_fresh "$(world "$(MORE='{"location":"Cafe","body":"Agenda"}' meeting e1 ann 2025-03-12T10:00 xia@client.test)")"
  profile practifi 'conflict.scope = field'
  sync
  sql "update crm.events set location = 'Hall'"
  ann update e1 '"set":{"subject":"Renamed"}'
  later 15m
  sync
  is "$(sql "select subject, location from crm.events")" "Renamed|Hall"
  is "$(sql "select count(*) from calsync.lost")" 0
  sync_nothing
  # To Graph only: what Outlook does is left alone.
  ann update e1 '"set":{"subject":"Again"}'
  ann create - '"event":'"$(meeting n ann 2025-03-13T10:00 xia@client.test)"
  later 15m
  sync --set direction.events=to_graph
  is "$(events)" "Ann|03-12 10:00|11:00|Renamed|xia:none"
}

@test "pipeline: coarse values come in once, and turn inside their class without a write (P-033 P-086 P-087 P-092 U2 U3)" {
  e2e_fresh "$(world \
    "$(MORE='{"showAs":"tentative"}' meeting a ann 2025-03-12T10:00)" "$(MORE='{"showAs":"workingElsewhere"}' meeting b ann 2025-03-12T11:00)" \
    "$(MORE='{"sensitivity":"personal"}' meeting c ann 2025-03-12T12:00)" "$(MORE='{"sensitivity":"confidential"}' meeting d ann 2025-03-12T13:00)" \
    "$(MORE='{"showAs":"unknown"}' meeting e ann 2025-03-12T14:00)" "$(MORE='{"showAs":"oof","sensitivity":"private"}' meeting f ann 2025-03-12T15:00)")"
  profile practifi 'unmatched.mode = sync'
  sync
  is "$(sql "select subject, show_as, private from crm.events order by 1")" "a|Free|f
b|OutOfOffice|f
c|Busy|t
d|Busy|t
e|Free|f
f|OutOfOffice|t"
  sync_nothing
  written=$(crm_dump)
  ann update a '"set":{"showAs":"free"}'
  ann update b '"set":{"showAs":"oof"}'
  ann update d '"set":{"sensitivity":"personal"}'
  later 15m
  sync
  is "$(crm_dump)" "$written"
  is "$(ops)" "link.base done,link.base done,link.base done"
  sync_nothing
}

@test "pipeline: private events come in without their people, and lose and get them (P-029 P-030 P-055 L8)" {
  e2e_fresh "$(world "$(MORE='{"sensitivity":"private","subject":"Plan"}' meeting p ann 2025-03-12T10:00 xia@client.test bob@firm.test)")"
  profile practifi
  sync
  is "$(sql "select subject, private from crm.events")" "Plan|t"
  is "$(events)" "Ann|03-12 10:00|11:00|Plan|"
  sync_nothing
  ann update p '"set":{"sensitivity":"normal"}'
  later 15m
  sync
  is "$(sql "select subject, private from crm.events")" "Plan|f"
  is "$(events)" "Ann|03-12 10:00|11:00|Plan|bob:none xia:none"
  sync_nothing
  e2e_fresh "$(world "$(MORE='{"sensitivity":"private","subject":"Plan"}' meeting p ann 2025-03-12T10:00 xia@client.test bob@firm.test)")"
  profile practifi 'private.mode = skip'
  sync
  is "$(events)" ""
  is "$(reasons)" "private private"
  run ! grep -l Plan "$E2E_TEE/reconcile.ndjson"
  sync_nothing
}

@test "pipeline: unmatched until a contact exists, by any of the fields that policy names (P-033 P-034 P-061 P-098 U11)" {
  e2e_fresh "$(world "$(meeting z ann 2025-03-12T10:00 zed@nowhere.test)" "$(meeting y ann 2025-03-13T10:00 zoe@nowhere.test)")"
  profile practifi
  sync
  is "$(events)" ""
  is "$(reasons)" "unmatched unmatched"
  sync_nothing
  later 15m
  sync_nothing
  sql "with c as (insert into crm.contacts (last_name) values ('Orr'), ('Poe') returning contact_id, last_name)
    insert into crm.contact_emails (contact_id, email, label)
      select contact_id, case last_name when 'Orr' then 'zed@nowhere.test' else 'zoe@nowhere.test' end,
        case last_name when 'Orr' then 'email' else 'alt_email' end from c"
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|z|zed:none
Ann|03-13 10:00|11:00|y|zoe:none"
  sync_nothing
  # Without that field in policy the second contact is nobody; everybody may be let in.
  e2e_fresh "$(world "$(meeting h ann 2025-03-12T10:00 yan@home.test)" "$(meeting z ann 2025-03-13T10:00 zed@nowhere.test)")"
  profile practifi 'match.contact_by = email'
  sync
  is "$(events)" ""
  is "$(reasons)" "unmatched unmatched"
  profile practifi 'unmatched.mode = sync'
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|h|yan:none
Ann|03-13 10:00|11:00|z|"
  sync_nothing
  sql "with c as (insert into crm.contacts (last_name) values ('Orr') returning contact_id)
    insert into crm.contact_emails (contact_id, email) select contact_id, 'zed@nowhere.test' from c"
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|h|yan:none
Ann|03-13 10:00|11:00|z|zed:none"
  sync_nothing
}

@test "pipeline: internal, then not (P-021 P-022 P-023 P-034 P-073 P-074)" {
  e2e_fresh "$(world "$(meeting i ann 2025-03-12T10:00 bob@firm.test cy@firm.test)")"
  profile practifi
  sync
  is "$(events)" ""
  is "$(reasons)" "internal internal"
  sync_nothing
  ann add-attendee i '"who":"dee@firm.test"'
  later 15m
  sync
  is "$(events)" ""
  is "$(reasons)" "unmatched unmatched"
  ann add-attendee i '"who":"xia@client.test"'
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|i|bob:none cy:none xia:none"
  ann remove-attendee i '"who":"xia@client.test"'
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|i|bob:none cy:none"
  sync_nothing
  e2e_fresh "$(world "$(meeting i ann 2025-03-12T10:00 bob@firm.test cy@firm.test)")"
  profile practifi 'internal.mode = sync'
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|i|bob:none cy:none"
  sync_nothing
}

@test "pipeline: gone in Outlook: keep, delete, mark (P-024 P-025 U8 U10)" {
  local world
  world=$(world "$(meeting a ann 2025-03-12T10:00 xia@client.test bob@firm.test)" "$(meeting b ann 2025-03-13T10:00 xia@client.test)")
  gone() {
    sync
    ann delete a
    ann cancel b
    later 15m
    sync
    sync_nothing
    later 15m
    sync_nothing
    sql "select subject, status, sync_status, deleted from crm.events order by 1"
  }
  e2e_fresh "$world"
  profile practifi
  is "$(gone)" "a|Planned|Inactive|f
b|Planned|Inactive|f"
  e2e_fresh "$world"
  profile practifi 'delete.to_crm = delete'
  is "$(gone)" "a|Planned|Inactive|t
b|Planned|Inactive|t"
  e2e_fresh "$world"
  profile practifi 'delete.to_crm = mark'
  is "$(gone)" "a|Cancelled|Inactive|f
b|Cancelled|Inactive|f"
}

@test "pipeline: deleted in the CRM: it stays in Outlook and is not imported again (P-027 U10)" {
  e2e_fresh "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test bob@firm.test)")"
  profile practifi
  sync
  sql "update crm.events set deleted = true"
  later 15m
  sync_nothing
  ann update e1 '"set":{"start":"2025-03-12T15:00","end":"2025-03-12T16:00"}'
  later 15m
  sync
  is "$(events)" ""
  is "$(sql "select state, ended from calsync.meeting")" "ended|deleted_in_crm"
  later 15m
  ann update e1 '"set":{"subject":"Once more"}'
  sync
  is "$(reasons)" "ended ended"
  is "$(events)" ""
  sync_nothing
}

@test "pipeline: a draft waits until it is sent, edits that were not sent too (P-049 P-051 P-052)" {
  e2e_fresh "$(world "$(MORE='{"draft":true}' meeting d ann 2025-03-12T10:00 xia@client.test)" "$(meeting e1 ann 2025-03-13T10:00 xia@client.test)")"
  profile practifi
  sync
  is "$(events)" "Ann|03-13 10:00|11:00|e1|xia:none"
  is "$(reasons)" draft
  ann send d
  ann edit-draft e1 '"set":{"subject":"Unsent"}'
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|d|xia:none
Ann|03-13 10:00|11:00|e1|xia:none"
  is "$(reasons)" draft
  sync_nothing
  ann send e1
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|d|xia:none
Ann|03-13 10:00|11:00|Unsent|xia:none"
  ann attach e1
  later 15m
  before=$(crm_dump)
  sync
  is "$(crm_dump)" "$before"
  sync_nothing
}

@test "pipeline: rooms by address and exact name, never by half (P-046 P-047 P-048 P-064 P-081 P-082 P-097 P-099)" {
  e2e_fresh "$(world "$(MORE='{"location":"Cafe"}' meeting e2 ann 2025-03-12T10:00 xia@client.test '{"address":"room@firm.test","type":"resource"}')" \
    "$(MORE='{"location":"Hall"}' meeting e3 ann 2025-03-12T12:00 xia@client.test)" "$(MORE='{"location":"boardroom"}' meeting e4 ann 2025-03-12T14:00 xia@client.test)" \
    "$(MORE='{"location":"Attic"}' meeting e5 ann 2025-03-12T16:00 xia@client.test)")"
  profile practifi
  sql "insert into crm.resources (name) values ('Hall'), ('Hall'), ('Attic')"
  sync
  is "$(sql "select e.subject, e.location, r.name from crm.events e left join crm.event_attendees a on a.event_id = e.event_id and a.kind = 'resource'
      left join crm.resources r using (resource_id) order by 1")" "e2|Cafe|Boardroom
e3|Hall|
e4|boardroom|
e5|Attic|Attic"
  is "$(sql "select i.subject, l.code from calsync.log l join calsync.meeting m on m.id = l.meeting join crm.events i on i.event_id::text = m.crm_id where l.kind = 'problem'")" "e3|room_ambiguous"
  # The room's busy time stands beside the event.
  is "$(sql "select to_char(e.starts_at at time zone 'UTC', 'HH24:MI') from crm.event_attendees a join crm.events e using (event_id) where a.resource_id = 1")" 10:00
  sync_nothing
  ann remove-attendee e2 '"who":"room@firm.test"'
  ann update e5 '"set":{"location":"Boardroom"}'
  later 15m
  sync
  is "$(sql "select e.subject, r.name from crm.events e join crm.event_attendees a using (event_id) join crm.resources r using (resource_id) order by 1")" "e5|Boardroom"
  sync_nothing
}

@test "pipeline: a marked event comes in, a private or weekly one does not; unmarked it goes (I-053 I-055 I-056 I-057 I-058 I-060 I-063 I-064 I-065 I-066 I-067 P-060)" {
  local made='"created":"2025-03-05T08:00:00Z"' mark='"categories":["InterAction"]'
  ev() { # KEY ORGANIZER MORE WHO ...: created after the sync was enabled
    MORE="{$made${3:+,$3}}" meeting "$1" "$2" "2025-03-12T10:00" "${@:4}"
  }
  e2e_fresh "$(world "$(ev val ann '' val@vendor.test)" "$(ev zed ann "$mark" zed@nowhere.test)" \
    "$(ev cyb cy '"copies":{"bob@firm.test":{"categories":["InterAction"]}}' bob@firm.test)" "$(ev priv ann "$mark,\"sensitivity\":\"private\"" xia@client.test)" \
    "$(ev week ann "$mark,\"recurrence\":{\"pattern\":{\"type\":\"weekly\",\"daysOfWeek\":[\"wednesday\"]},\"range\":{\"type\":\"numbered\",\"numberOfOccurrences\":1}}" xia@client.test)" \
    "$(MORE="{\"created\":\"2025-02-05T08:00:00Z\",$mark}" meeting old ann 2025-03-12T11:00 xia@client.test)" "$(ev both ann "$mark" bob@firm.test)")"
  profile interaction 'select.mode = manual'
  sync
  is "$(subjects)" "both zed"
  is "$(events | grep zed)" "Ann|03-12 10:00|11:00|zed|"
  # For Bob, on whose copy of both there is no mark, the first gate that stops it
  # is told.
  is "$(reasons)" "backfill not_marked not_marked not_organizer private recurring recurring"
  sync_nothing
  later 15m
  ann add-category val '"category":"InterAction"'
  ann update zed '"set":{"subject":"zed2"}'
  sync
  is "$(subjects)" "both val zed2"
  is "$(events | grep val)" "Ann|03-12 10:00|11:00|val|val:none"
  later 15m
  first=$(sql "select event_id from crm.events where subject = 'val'")
  ann remove-category val '"category":"InterAction"'
  sync
  is "$(subjects)" "both zed2"
  sync_nothing
  later 15m
  ann add-category val '"category":"InterAction"'
  sync
  is "$(subjects)" "both val zed2"
  [ "$(sql "select event_id from crm.events where subject = 'val' and not deleted")" != "$first" ]
  sync_nothing
}

@test "pipeline: combined: by type or by mark (I-058 I-039 I-040 I-066)" {
  local made='"created":"2025-03-05T08:00:00Z"'
  e2e_fresh "$(world "$(MORE="{$made,\"categories\":[\"InterAction\"]}" meeting both ann 2025-03-12T10:00 xia@client.test)" \
    "$(MORE="{$made}" meeting type ann 2025-03-12T11:00 val@vendor.test)" "$(MORE="{$made}" meeting own ann 2025-03-12T12:00 bob@firm.test)" \
    "$(MORE="{$made,\"categories\":[\"InterAction\"]}" meeting mark ann 2025-03-12T13:00 yan@client.test)")"
  profile interaction 'select.mode = combined' 'select.types = Client, Vendor'
  sync
  is "$(subjects)" "both mark type"
  is "$(reasons)" "type_not_selected type_not_selected"
  later 15m
  ann remove-category both '"category":"InterAction"'
  ann remove-category mark '"category":"InterAction"'
  sync
  is "$(subjects)" "both type"
  sync_nothing
}

@test "pipeline: an organizer who does not sync: the first syncing user owns it, and keeps it (O-064 O-065 P-073 U6)" {
  e2e_fresh "$(world "$(meeting m cy 2025-03-12T10:00 ann@firm.test bob@firm.test dee@firm.test)")"
  profile opencrm
  sql "update calsync.account set events = false where id = 1" >/dev/null
  sync
  is "$(events)" "Bob|03-12 10:00|11:00|m|bob:none"
  sync_nothing
  sql "update calsync.account set events = true where id = 1" >/dev/null
  later 15m
  sync
  sync
  is "$(events)" "Bob|03-12 10:00|11:00|m|ann:none bob:none"
  sync_nothing
  later 15m
  act '{"do":"update","event":"m","set":{"start":"2025-03-12T11:00","end":"2025-03-12T12:00"}}'
  sync
  is "$(events)" "Bob|03-12 11:00|12:00|m|ann:none bob:none"
  sync_nothing
  e2e_fresh "$(world "$(meeting m cy 2025-03-12T10:00 ann@firm.test bob@firm.test dee@firm.test)")"
  profile opencrm
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|m|ann:none bob:none"
  sync_nothing
}

@test "pipeline: notes come in once (O-027 C-047 C-048 C-049)" {
  e2e_fresh "$(world "$(MORE='{"body":"prep"}' meeting m ann 2025-03-12T10:00 xia@client.test)")"
  profile opencrm
  sync
  is "$(sql "select description from crm.events")" prep
  later 15m
  ann update m '"set":{"body":"our price: 10"}'
  sync
  is "$(sql "select description from crm.events")" prep
  sync_nothing
  later 15m
  sql "update crm.events set description = 'mine'"
  ann update m '"set":{"subject":"M"}'
  sync
  is "$(sql "select subject, description from crm.events")" "M|mine"
  sync_nothing
  # With always a change of the text goes over; what differed before is a matter of the conflict key.
  later 15m
  ann update m '"set":{"body":"final"}'
  sync --set description.mode=always --set conflict.events=graph
  is "$(sql "select description from crm.events")" final
  sync_nothing --set description.mode=always --set conflict.events=graph
}

@test "pipeline: outside organizer: an event for each who shares it, without the colleagues (C-003 C-054 C-060 C-061 C-062 C-063 C-064 C-065)" {
  e2e_fresh "$(world '{"key":"m","organizer":{"address":"xia@client.test","name":"Xia"},"subject":"Theirs","start":"2025-03-12T10:00","zone":"Europe/London",
    "body":"Text","attendees":[{"address":"zed@nowhere.test","name":"Zed"},{"address":"ann@firm.test","response":"accepted"},{"address":"bob@firm.test","response":"accepted"}]}')"
  profile smartcloud
  sql "select calsync.admin_setting(2, 'select.auto', 'none')" >/dev/null
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|Theirs|xia:accepted"
  is "$(sql "select description from crm.events")" "From: Xia <xia@client.test>
To/CC: Zed <zed@nowhere.test>; Ann <ann@firm.test>; Bob <bob@firm.test>
----------
Text"
  is "$(reasons)" kind_off
  sync_nothing
  later 15m
  bob add-category m '"category":"Salesforce"'
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|Theirs|xia:accepted
Bob|03-12 10:00|11:00|Theirs|xia:accepted"
  is "$(sql "select count(distinct external_id) from crm.events")" 1
  sync_nothing
  # Ann deletes hers; Bob's stays, and nothing brings hers back.
  later 15m
  sql "update crm.events set deleted = true where assigned_to = 1"
  ann touch m
  sync --set direction.events=to_crm
  is "$(events)" "Bob|03-12 10:00|11:00|Theirs|xia:accepted"
  later 15m
  act '{"do":"update","event":"m","set":{"subject":"Still theirs"}}'
  sync --set direction.events=to_crm
  is "$(events)" "Bob|03-12 10:00|11:00|Still theirs|xia:accepted"
  sync_nothing --set direction.events=to_crm
}

@test "pipeline: cancelled in Outlook, deleted in the CRM (C-055)" {
  e2e_fresh "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test bob@firm.test)")"
  profile smartcloud
  sync
  is "$(subjects)" e1
  later 15m
  ann cancel e1
  sync
  is "$(subjects)" ""
  is "$(ops)" "crm.delete done"
  sync_nothing
}

@test "pipeline: private, internal, blocked, not answered: by hand only (C-008 C-009 C-012 C-013 C-015 C-027 C-028 C-029 C-050)" {
  local mark='"category":"Salesforce"'
  e2e_fresh "$(world "$(MORE='{"sensitivity":"private"}' meeting p ann 2025-03-12T10:00 xia@client.test)" "$(meeting i ann 2025-03-12T11:00 bob@firm.test dee@firm.test)" \
    "$(MORE='{"subject":"Dentist"}' meeting d ann 2025-03-12T12:00 xia@client.test)" \
    '{"key":"n","organizer":{"address":"xia@client.test","name":"Xia"},"subject":"n","start":"2025-03-12T13:00","zone":"Europe/London","attendees":["ann@firm.test"]}')"
  profile smartcloud 'select.block = @nowhere.test, subject:Dentist'
  sync
  is "$(subjects)" ""
  # Bob did not organize the internal one, and its organizer syncs: he waits for her.
  is "$(reasons)" "blocked internal not_accepted private waiting_organizer"
  sync_nothing
  later 15m
  ann add-category p "$mark"
  ann add-category i "$mark"
  ann add-category d "$mark"
  ann tentative n
  sim outbox >/dev/null
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|p|xia:none
Ann|03-12 11:00|12:00|i|bob:none
Ann|03-12 12:00|13:00|Dentist|xia:none
Ann|03-12 13:00|14:00|n|xia:accepted"
  is "$(sql "select subject from crm.events where private")" p
  sync_nothing
  e2e_fresh "$(world "$(meeting i ann 2025-03-12T11:00 bob@firm.test dee@firm.test)")"
  profile smartcloud 'internal.mode = sync'
  sync
  is "$(events)" "Ann|03-12 11:00|12:00|i|bob:none"
  sync_nothing
}

@test "pipeline: the window slides (C-016 C-017 C-018 C-019 U12 U19)" {
  e2e_fresh "$(world "$(meeting early ann 2025-02-24T08:59 xia@client.test)" "$(meeting first ann 2025-02-24T09:00 xia@client.test)" \
    "$(MORE='{"zone":"UTC"}' meeting last ann 2025-05-09T09:00 xia@client.test)" "$(MORE='{"zone":"UTC"}' meeting beyond ann 2025-05-10T09:00 xia@client.test)" \
    "$(MORE='{"zone":"UTC","categories":["Salesforce"]}' meeting marked ann 2025-05-10T09:00 xia@client.test)")"
  profile smartcloud
  sync
  is "$(subjects)" "first last"
  is "$(reasons)" "window_future window_future window_past"
  sync_nothing
  clock 2025-03-11T09:00:00Z
  sync
  is "$(subjects)" "beyond first last marked"
  # It ended at ten on 24 February, and stops two weeks later.
  clock 2025-03-10T10:00:00Z
  sync_nothing
  clock 2025-03-11T10:00:01Z
  sync
  is "$(sql "select sync_status from crm.events where subject = 'first'")" Inactive
  ann update first '"set":{"subject":"Too late"}'
  later 15m
  sync
  is "$(subjects)" "beyond first last marked"
  sync_nothing
}

@test "pipeline: what cannot sync is an error, until it can (C-005 C-041 C-067 C-068)" {
  local weekly='"recurrence":{"pattern":{"type":"weekly","daysOfWeek":["wednesday"]},"range":{"type":"numbered","numberOfOccurrences":2}}'
  e2e_fresh "$(world "$(MORE='{"allDay":true,"start":"2025-03-12","end":"2025-03-14"}' meeting a ann 2025-03-12 xia@client.test)" \
    "$(MORE="{\"allDay\":true,\"start\":\"2025-03-12\",$weekly}" meeting b ann 2025-03-12 xia@client.test)" \
    "$(MORE='{"zone":"Asia/Tokyo"}' meeting c ann 2025-03-12T20:00 xia@client.test)" \
    "$(MORE='{"subject":""}' meeting d ann 2025-03-12T11:00 xia@client.test)" \
    "$(MORE='{"allDay":true,"start":"2025-03-12"}' meeting e ann 2025-03-12 xia@client.test)" \
    "$(MORE='{"end":"2025-03-13T10:00"}' meeting f ann 2025-03-12T10:00 xia@client.test)" "$(MORE='{"end":"2025-03-13T10:01"}' meeting g ann 2025-03-12T10:00 xia@client.test)")"
  sim fault '{"kind":"edit","count":-1,"from":"Asia/Tokyo","to":"tzone://Microsoft/Custom"}' >/dev/null
  profile smartcloud 'recurring.mode = series'
  sync
  is "$(subjects)" "e f"
  is "$(logged 'error')" "missing_fields recurring_allday timezone too_long too_long"
  is "$(sql "select evidence from calsync.log where code = 'missing_fields'")" "missing: subject"
  sync_nothing
  later 15m
  ann update d '"set":{"subject":"d"}'
  sync
  is "$(subjects)" "d e f"
  sync_nothing
}

@test "pipeline: a series is one event with its exceptions (S-024 C-034 C-035 C-036 U2)" {
  e2e_fresh "$(world "$(MORE='{"subject":"Gym","recurrence":{"pattern":{"type":"weekly","daysOfWeek":["tuesday"]},"range":{"type":"noEnd"}}}' meeting gym ann 2025-03-11T18:00)")"
  profile salesexec
  sync
  is "$(sql "select subject, recurring, recurrence_rule, series_kind, to_char(starts_at at time zone 'UTC', 'MM-DD HH24:MI') from crm.events")" "Gym|t|FREQ=WEEKLY;BYDAY=TU;WKST=SU|master|03-11 18:00"
  sync_nothing
  later 15m
  ann edit-occurrence gym '"occurrence":"2025-03-18","set":{"start":"2025-03-19T18:00","end":"2025-03-19T19:00"}'
  sync
  is "$(sql "select series_kind, original_date, to_char(starts_at at time zone 'UTC', 'MM-DD HH24:MI') from crm.events order by starts_at")" "master||03-11 18:00
exception|2025-03-18|03-19 18:00"
  sync_nothing
}

@test "pipeline: expand takes no notice of what happens to one date (O-020)" {
  e2e_fresh "$(world "$(MORE='{"subject":"Jour","recurrence":{"pattern":{"type":"weekly","daysOfWeek":["wednesday"]},"range":{"type":"numbered","numberOfOccurrences":4}}}' meeting jour ann 2025-03-12T09:00 bob@firm.test)")"
  profile opencrm
  sync
  is "$(events)" "Ann|03-12 09:00|10:00|Jour|bob:none
Ann|03-19 09:00|10:00|Jour|bob:none
Ann|03-26 09:00|10:00|Jour|bob:none
Ann|04-02 08:00|09:00|Jour|bob:none"
  later 15m
  ann edit-occurrence jour '"occurrence":"2025-03-19","set":{"start":"2025-03-20T09:00","end":"2025-03-20T10:00","attendees":["bob@firm.test","cy@firm.test"]}'
  before=$(crm_dump)
  sync
  is "$(crm_dump)" "$before"
  sync_nothing
}

@test "pipeline: fifty relations, the first by name; the rest stays in Outlook (P-053 P-054 U5)" {
  local people
  people=$(for i in {01..55}; do printf '"p%s@client.test" ' "$i"; done)
  e2e_fresh "$(world "$(meeting big ann 2025-03-12T10:00 $(tr -d '"' <<<"$people"))")"
  profile practifi
  sql "insert into crm.contacts (contact_id, last_name) overriding system value select 1000 + i, 'P' || i from generate_series(1, 55) i;
    insert into crm.contact_emails (contact_id, email) select 1000 + i, format('p%s@client.test', lpad(i::text, 2, '0')) from generate_series(1, 55) i" >/dev/null
  sync
  is "$(sql "select count(*), min(email), max(email) from crm.event_attendees")" "50|p01@client.test|p50@client.test"
  sync_nothing
  later 15m
  ann remove-attendee big '"who":"p03@client.test"'
  ann update big '"set":{"subject":"Bigger"}'
  sync
  is "$(sql "select count(*), max(email) from crm.event_attendees")" "50|p51@client.test"
  sync_nothing
}
