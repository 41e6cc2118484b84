# Which events come in, whose they are and who stands on them: the inbound part of
# the scenarios, under the requirements that it proves.  Every test ends with a
# run that must do nothing.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; }

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

@test "pipeline: outside organizer: an event for each who shares it, without the colleagues (C-003 C-054 C-060 C-061 C-062 C-063 C-064 C-065)" {
  e2e_fresh "$(world '{"key":"m","organizer":{"address":"xia@client.test","name":"Xia"},"subject":"Theirs","start":"2025-03-12T10:00","zone":"Europe/London",
    "body":"Text","attendees":[{"address":"zed@nowhere.test","name":"Zed"},{"address":"ann@firm.test","response":"accepted"},{"address":"bob@firm.test","response":"accepted"}]}')"
  profile smartcloud 'category.write = none'
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

@test "pipeline: private, internal, blocked, not answered: by hand only (C-008 C-009 C-012 C-013 C-015 C-027 C-028 C-029 C-050)" {
  local mark='"category":"Salesforce"'
  e2e_fresh "$(world "$(MORE='{"sensitivity":"private"}' meeting p ann 2025-03-12T10:00 xia@client.test)" "$(meeting i ann 2025-03-12T11:00 bob@firm.test dee@firm.test)" \
    "$(MORE='{"subject":"Dentist"}' meeting d ann 2025-03-12T12:00 xia@client.test)" \
    '{"key":"n","organizer":{"address":"xia@client.test","name":"Xia"},"subject":"n","start":"2025-03-12T13:00","zone":"Europe/London","attendees":["ann@firm.test"]}')"
  profile smartcloud 'select.block = @nowhere.test, subject:Dentist' 'category.write = none'
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
  # If Bob's mailbox was the first one, his copy waited for hers.
  sync
  sync_nothing
  e2e_fresh "$(world "$(meeting i ann 2025-03-12T11:00 bob@firm.test dee@firm.test)")"
  profile smartcloud 'internal.mode = sync' 'category.write = none'
  sync
  is "$(events)" "Ann|03-12 11:00|12:00|i|bob:none"
  sync
  is "$(events)" "Ann|03-12 11:00|12:00|i|bob:none"
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
  profile smartcloud 'recurring.mode = series' 'category.write = none'
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
