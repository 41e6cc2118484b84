# Rooms: the scenario under its number, and places that several people name at once.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; }

# Event, its location, and the calendars it stands in.
places() {
  sql "select e.subject, e.location, coalesce((select string_agg(r.name, ',' order by r.name)
      from crm.event_attendees a join crm.resources r using (resource_id) where a.event_id = e.event_id), '')
    from crm.events e where not e.deleted order by e.subject"
}
calendars() { sql "select name, email, kind, active from crm.resources where name like 'Room%' order by name"; }
create() { act "{\"as\":\"$1@firm.test\",\"do\":\"create\",\"event\":$2}"; }

@test "scenario: SC-17 rooms and the daily limit (P-046 P-047 P-048 P-064 P-065 P-066 P-067 P-068 P-069 P-070 P-082 P-097 P-099 U13)" {
  E2E_BREAK=1
  local n
  e2e_fresh "$(world \
    "$(MORE='{"location":"Cafe"}' meeting e2 ann 2025-03-12T10:00 xia@client.test room@firm.test)" \
    "$(MORE='{"location":"Hall"}' meeting e3 ann 2025-03-13T10:00 xia@client.test)" \
    "$(MORE='{"location":"boardroom"}' meeting e4 ann 2025-03-14T10:00 xia@client.test)")"
  sql "insert into crm.resources (name) values ('Hall'), ('Hall')"
  profile practifi
  sync
  is "$(places)" "e2|Cafe|Boardroom
e3|Hall|
e4|boardroom|"
  is "$(problems)" room_ambiguous
  is "$(sql "select m.subject from calsync.log l join crm.events m on m.event_id = (select crm_id from calsync.meeting x where x.id = l.meeting)::bigint where l.code = 'room_ambiguous'")" e3
  # Boardroom's busy times, next to other events.
  is "$(sql "select to_char(e.starts_at at time zone 'UTC', 'MM-DD HH24:MI'), to_char(e.ends_at at time zone 'UTC', 'HH24:MI'), e.subject, a.kind
      from crm.event_attendees a join crm.events e using (event_id) join crm.resources r using (resource_id) where r.name = 'Boardroom'")" "03-12 10:00|11:00|e2|resource"
  later 15m
  ann update e2 '"set":{"locations":[{"displayName":"Cafe","locationType":"restaurant"}]}'
  sync_nothing
  is "$(places | head -1)" "e2|Cafe|Boardroom"

  profile practifi 'locations.mode = create' 'limit.per_day = 2'
  act '{"as":"ann@firm.test","do":"add-user","room":{"upn":"room9@firm.test","name":"Room 9"}}'
  # Made in another order than they begin in.
  for n in 7 6 5; do
    create ann "$(MORE='{"location":"Cafe"}' meeting "e$n" ann "2025-03-17T1$n:00" xia@client.test room9@firm.test)"
  done
  later 15m
  sync
  is "$(calendars)" "Room 9|room9@firm.test|room|t"
  is "$(places | tail -1)" "e5|Cafe|Room 9"
  is "$(reasons)" "limit limit"
  # The place stands before the event in the log of the run.
  is "$(sql "select string_agg(code, ' ' order by id) from calsync.log where kind = 'op' and run ~ '^(broken-)?$E2E_TOLD\$'")" "crm.location.create crm.create"
  is "$(sql "select day, ops from calsync.day_ops")" "2025-03-10|2"
  later 15m
  sync_nothing
  clock 2025-03-11T00:00:00Z
  sync
  is "$(places)" "e2|Cafe|Boardroom
e3|Hall|
e4|boardroom|
e5|Cafe|Room 9
e6|Cafe|Room 9
e7|Cafe|Room 9"
  is "$(reasons)" ""
  is "$(sql "select day, ops from calsync.day_ops order by day")" "2025-03-10|2
2025-03-11|2"
  is "$(sql "select name from crm.resources order by name" | paste -sd ,)" "Boardroom,Hall,Hall,Room 9"
  sync_nothing
  # A change made by hand waits like the rest.
  ann update e2 '"set":{"subject":"e2b"}'
  later 15m
  sync
  is "$(reasons)" limit
  is "$(places | head -1)" "e2|Cafe|Boardroom"
  # It waits, and is not counted as skipped.
  is "$(CALSYNC_BIN=$BIN "$TOP/scripts/calsync" status --json | jq -c 'select(.mailbox == "ann@firm.test") | [.linked, .skipped, .again, .tomorrow]')" "[6,0,0,1]"
  clock 2025-03-12T00:00:00Z
  sync
  is "$(places | head -1)" "e2b|Cafe|Boardroom"
  is "$(reasons)" ""
  sync_nothing
}

@test "places: two mailboxes name a place in one run, and it is made once; each event stands in it" {
  e2e_fresh '{"rooms":[{"upn":"room@firm.test","name":"Boardroom"},{"upn":"room8@firm.test","name":"Room 8"}]}'
  firm_policy 'locations.mode = create' 'unmatched.mode = sync'
  create ann "$(meeting a ann 2025-03-12T10:00 xia@client.test room8@firm.test)"
  create ann "$(meeting both ann 2025-03-12T13:00 bob@firm.test xia@client.test room8@firm.test)"
  create bob "$(meeting b bob 2025-03-13T10:00 xia@client.test room8@firm.test)"
  sync
  is "$(calendars)" "Room 8|room8@firm.test|room|t"
  is "$(places)" "a||Room 8
b||Room 8
both||Room 8"
  is "$(logged "code = 'crm.location.create'")" crm.location.create
  # Both mailboxes asked for it.
  is "$(jq -r 'select(.op == "crm.location.create") | .outcome' "$E2E_TEE/apply.ndjson" | sort)" "done
joined"
  sync_nothing
  # Taken off in Outlook: the relation goes, the calendar stays.
  ann update a '"set":{"attendees":[{"emailAddress":{"address":"xia@client.test"}}],"locations":[]}'
  sync
  is "$(places | head -1)" "a||"
  is "$(calendars)" "Room 8|room8@firm.test|room|t"
  sync_nothing
}
