# Places and the day's number in the database: what apply_page makes of them, from
# one connection and from two.

load sql

fresh() { ask "alter sequence crm.resources_resource_id_seq restart with 100"; }
place() { # ADDRESS [NAME [MORE]]
  echo "jsonb_build_object('type', 'op', 'op', 'crm.location.create', 'id', null, 'set', jsonb_build_object('name', '${2:-Room 9}', 'address', '$1'), 'why', '{\"rule\":\"location\"}'::jsonb, 'mail', '[]'::jsonb) || '${3:-{\}}'::jsonb"
}
in_room() { # ID UID ADDRESS: a create in a place that has no resource yet
  echo "t.create('$1', '$2', '{\"rooms\":{\"add\":[{\"resource\":null,\"name\":\"Room 9\",\"address\":\"$3\"}],\"remove\":[]},\"base\":{\"graph\":{\"resources\":[]}}}')"
}
outcomes() { # OPS [ACCOUNT]: of one page
  ask "select string_agg((result ->> 'op') || '=' || (result ->> 'outcome'), ' ' order by n) from t.apply(${2:-1}, jsonb_build_array($1))"
}

@test "places: a calendar is made active and named, before the events, whose relation and base have it (P-065 P-067)" {
  fresh
  [ "$(outcomes "$(in_room A U1 room9@firm.test), $(place Room9@firm.test)")" = "crm.create=done crm.location.create=done" ]
  is "select name, email, active, kind from crm.resources where resource_id > 4" 'Room 9|room9@firm.test|t|room'
  is "select a.email, a.resource_id = r.resource_id from crm.event_attendees a, crm.resources r where r.name = 'Room 9'" 'room9@firm.test|t'
  is "select (base_graph::json -> 'resources')::jsonb = jsonb_build_array((select resource_id::text from crm.resources where name = 'Room 9')) from calsync.meeting" t
  is "select code, outcome from calsync.log order by id" 'crm.location.create|done
crm.create|done'
  # Named again, in whatever case: it is there, and that is no news.
  [ "$(outcomes "$(place ROOM9@firm.test Other)")" = crm.location.create=joined ]
  is "select count(*), min(name) from crm.resources where email = 'room9@firm.test'" '1|Room 9'
  is "select count(*) from calsync.log" 2
}

@test "places: a calendar that was switched off stays so; what cannot be made stops no event" {
  fresh
  ask "insert into crm.resources (name, email, active) values ('Room 9', 'room9@firm.test', false)" >/dev/null
  [ "$(outcomes "$(place room9@firm.test), $(in_room A U1 room9@firm.test)")" = "crm.location.create=joined crm.create=done" ]
  is "select count(*) from crm.event_attendees" 0
  is "select active from crm.resources where name = 'Room 9'" f
  ask "alter table crm.resources add check (name <> 'Bad')" >/dev/null
  [ "$(outcomes "$(place bad@firm.test Bad), $(place good@firm.test Good), $(in_room B U2 bad@firm.test)")" = \
    "crm.location.create=failed crm.location.create=done crm.create=done" ]
  is "select outcome, sqlstate, error from calsync.log where code = 'crm.location.create' and outcome <> 'joined' order by id" 'failed|23514|t
done||f'
  is "select base_graph::json -> 'resources' from calsync.meeting where uid = 'U2'" '[]'
}

@test "places: two sessions that name one place make it once" {
  own
  fresh
  ask "begin; select t.page(1, jsonb_build_array($(place room9@firm.test), $(in_room A U1 room9@firm.test)))" >/dev/null
  psql -X -q -At -c "select t.page(2, jsonb_build_array($(place room9@firm.test), $(in_room B U2 room9@firm.test)))" >"$F/second" &
  wait_until "select count(*) = 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
  ask commit >/dev/null
  wait $!
  is "select count(*) from crm.resources where email = 'room9@firm.test'" 1
  is "select count(*), count(distinct resource_id) from crm.event_attendees where email = 'room9@firm.test'" '2|1'
  is "select string_agg(outcome, ',' order by id) from calsync.log where code = 'crm.location.create'" done
}
wait_until() {
  local n
  for ((n = 0; n < 200; n++)); do
    # Another session: within a transaction the view stays as it was.
    [ "$(psql -X -q -At -c "$1")" != t ] || return 0
    sleep 0.02
  done
  echo "not so: $1"
  return 1
}

limited() { echo "t.create('$1', '$2', '{\"limits\":{\"day\":${3:-2}}}')"; }

@test "limit.per_day: what is over the number is not done and comes again the next day (P-066)" {
  fresh
  [ "$(outcomes "$(place room9@firm.test 'Room 9' '{"limits":{"day":2}}'), $(limited A U1), $(limited B U2)")" = \
    "crm.location.create=done crm.create=done crm.create=limit" ]
  is "select day, ops from calsync.day_ops" '2026-11-21|2'
  is "select count(*) from crm.events" 1
  # Nothing is left of it but the wish to come again.
  is "select count(*) from calsync.meeting_key" 1
  is "select id, reason, due from calsync.again" 'B|limit|2026-11-22 00:00:00+00'
  is "select calsync.roster_spent('2026-11-21T23:59:59Z'), calsync.roster_spent('2026-11-22T00:00:00Z')" '2|0'
  # Places never wait; links and copies that join are free.
  [ "$(outcomes "$(place other@firm.test Other '{"limits":{"day":2}}')")" = crm.location.create=done ]
  [ "$(outcomes "$(limited C U1)" 2)" = crm.create=joined ]
  is "select ops from calsync.day_ops" 3
  # An update and a deletion wait too, and leave all as it is.
  [ "$(op 1 crm.update A U1 '{"set":{"subject":"New"},"limits":{"day":2}}')" = "A=limit" ]
  [ "$(op 1 crm.delete A U1 '{"how":"delete","limits":{"day":2}}')" = "A=limit" ]
  is "select subject, deleted from crm.events" 'Review|f'
  # Without a limit nothing is counted.
  [ "$(one D U4)" = "D=done" ]
  is "select ops from calsync.day_ops" 3
}

@test "limit.per_day: a copy of what was not made waits with it; a mark set anew keeps its tombstone" {
  [ "$(outcomes "$(limited A U1 1), $(limited B U2 1), $(limited C U2 1)")" = "crm.create=done crm.create=limit crm.create=limit" ]
  op 1 crm.delete A U1 '{"how":"delete"}' >/dev/null
  [ "$(ask "select t.page(1, jsonb_build_array(t.create('A', 'U1', jsonb_build_object('limits', '{\"day\":1}'::jsonb, 'meeting', m.id, 'expect', jsonb_build_object('version', m.version, 'digest', null))))) from calsync.meeting m")" = "A=limit" ]
  is "select k.uid, m.state from calsync.meeting_key k join calsync.meeting m on m.id = k.meeting" 'U1|ended'
}

@test "limit.per_day: two sessions together stay within it" {
  own
  fresh
  ask "begin; select t.page(1, jsonb_build_array($(limited A U1), $(limited B U2)))" >/dev/null
  psql -X -q -At -c "select t.page(2, jsonb_build_array($(limited C U3), $(limited D U4)))" >"$F/second" &
  wait_until "select count(*) = 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
  ask rollback >/dev/null
  wait $!
  # The first was undone, and so was its count.
  [ "$(<"$F/second")" = "C=done D=done" ]
  is "select ops from calsync.day_ops" 2
  [ "$(outcomes "$(limited A U1)")" = crm.create=limit ]
}

@test "limit.per_day: writes to Graph are counted when they begin" {
  ask "select t.crm('One'); select t.crm('Two'); select t.edit('1'); select t.edit('2')" >/dev/null
  ask "select t.final(1, jsonb_build_array(t.post('1', '{\"changes\":[1]}'), t.post('2', '{\"changes\":[2]}')))" >/dev/null
  ask "update calsync.intent set doc = jsonb_set(doc, '{limits}', '{\"run\":null,\"mailbox\":null,\"person\":null,\"deletes\":null,\"day\":1}')" >/dev/null
  is "select string_agg(b.outcome, ' ' order by b.n) from calsync.intent_begin((select json_agg(json_build_object('n', i.id, 'intent', i.id, 'run', 'r1', 'now', t.now(), 'body', '{}', 'if_match', null)) from calsync.intent i)) b" 'go over_budget'
  is "select ops from calsync.day_ops" 1
  # Its change stays where it is.
  is "select string_agg(crm_id, ' ' order by seq) from calsync.change where crm_id = '2' and reason is null" 2
}
