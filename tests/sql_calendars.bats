# Several calendars of a mailbox in the state: in which one a copy lies, whose turn counts,
# and what becomes of a calendar that is gone.
load sql

# in_calendar CALENDAR ACCOUNT OPS [MORE]: a page of that calendar's section.
in_calendar() { ask "select t.page($2, jsonb_build_array(${3:-}), '{\"calendar\":\"$1\",\"places\":true}'::jsonb || '${4:-{\}}'::jsonb)"; }
# first_round CALENDAR [MORE]: its first cursor.
first_round() { ask "select t.section(1, null, 'L$1', '{\"calendar\":\"$1\",\"places\":true}'::jsonb || '${2:-{\}}'::jsonb)"; }
lie() { ask "select string_agg(c.account || c.id || ':' || c.calendar || case when c.state = 'gone' then '-' else '' end, ' ' order by c.account, c.id) from calsync.copy c"; }
same() { [ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1"; return 1; }; } # GOT EXPECTED
skip_of() { echo "{\"skips\":[$(printf '{"id":"%s","uid":"u","original_date":"","digest":"d-%s","reason":"unchanged","error":false,"new":false,"due":null,"waits":[],"waits_account":null%s}' "$1" "$1" "${2:+,$2}")]}"; }

@test "calendars: a round says where a copy lies, and by id says nothing (L2 P-057)" {
  in_calendar X 1 "t.create('A', 'U1'), t.create('B', 'U2')"
  same "$(lie)" "1A:X 1B:X"
  # match lets through what a round has found in another calendar.
  is "select string_agg(k::text, ' ') from calsync.match_moved(1, 'Y', '{A,B,C}') k" '1 2'
  is "select count(*) from calsync.match_moved(1, 'X', '{A,B,C}') k" 0
  # By its id it is read in the section of what brought it.
  in_calendar X 1 "" "$(skip_of S)"
  is "select calsync.calendar_of(1, 'A'), calsync.calendar_of(1, 'S'), calsync.calendar_of(1, 'Z'), calsync.calendar_of(2, 'A')" 'X|X||'
  # Written, unchanged, or too late: it is noted; found by id it is not.
  in_calendar Y 1 "t.op('crm.update', 'A', 'U1', jsonb_build_object('set', '{\"subject\":\"New\"}'::jsonb, 'copy', t.copy('A')))"
  same "$(lie)" "1A:Y 1B:X"
  in_calendar Z 1 "t.op('crm.update', 'A', 'U1', jsonb_build_object('by_id', true, 'set', '{\"subject\":\"N\"}'::jsonb, 'copy', t.copy('A')))" "$(skip_of B '"by_id":true')"
  same "$(lie)" "1A:Y 1B:X"
  in_calendar Z 1 "t.op('crm.update', 'A', 'U1', jsonb_build_object('set', '{\"subject\":\"M\"}'::jsonb, 'copy', t.copy('A'), 'expect', '{\"version\":99}'::jsonb))" "$(skip_of B)"
  same "$(lie)" "1A:Z 1B:Z"
}

@test "calendars: each has its own cursor and its own absence; the default one's turn is the mailbox's" {
  ask "update calsync.account set first = true, due_now = true, last_read = null where id = 1"
  first_round X '{"outward":true}'
  is "select first, due_now, last_read from calsync.account where id = 1" 't|t|'
  is "select n || outcome from calsync.apply_cursors(json_build_array(t.doc(1, '[]', jsonb_build_object('calendar', 'X', 'outward', true,
    'cursor', jsonb_build_object('complete', true, 'from', t.cursor('LX'), 'to', t.cursor('LX2')))), t.doc(1, '[]', jsonb_build_object('calendar', 'S', 'shared', true,
    'cursor', jsonb_build_object('complete', true, 'from', null, 'to', t.cursor('LS'))))))" '1done
2done'
  is "select first, due_now, last_read from calsync.account where id = 1" 't|t|'
  is "select string_agg(calendar || link || shared, ' ' order by calendar) from calsync.cursor" 'SLStrue XLX2false'
  first_round '' '{"outward":true}'
  is "select first, due_now, last_read is null from calsync.account where id = 1" 'f|f|f'
  in_calendar X 1 "t.create('A', 'U1')"
  is "select count(*) from calsync.fetch_links(1, '', '2026-11-01Z', '2026-12-01Z', null)" 0
  is "select f ->> 'id' from calsync.fetch_links(1, 'X', '2026-11-01Z', '2026-12-01Z', null) f" A
}

@test "calendars: what is left of one's own that is gone is proved event by event, in the default one's section (L2)" {
  first_round X
  in_calendar X 1 "t.create('A', 'U1'), t.create('B', 'U2')" "$(skip_of C)"
  ask "insert into calsync.again (account, id, calendar, reason, due, since) values (1, 'B', 'X', 'moved', '2026-12-01Z', now())"
  is "select t.page(1, '[]', jsonb_build_object('calendar', 'X', 'places', true, 'gone', true, 'cursor', jsonb_build_object('from', t.cursor('LX'), 'to', null, 'complete', true)))" ''
  is "select count(*) from calsync.cursor where calendar = 'X'" 0
  same "$(lie)" "1A: 1B:"
  is "select t.again(1)" 'A:calendar B:moved'
  is "select calendar || reason from calsync.seen where id = 'C'" unchanged
  is "select string_agg(state, ' ') from calsync.meeting" 'active active'
  # Whoever begins from another cursor forgets nothing.
  first_round Y
  fails CS001 "select t.page(1, '[]', jsonb_build_object('calendar', 'Y', 'gone', true, 'cursor', jsonb_build_object('from', t.cursor('L9'), 'to', null, 'complete', true)))"
  # The default calendar is never gone.
  first_round ''
  ask "select t.page(1, '[]', jsonb_build_object('gone', true, 'cursor', jsonb_build_object('from', t.cursor('L'), 'to', null, 'complete', true)))"
  is "select string_agg(calendar || link, ' ' order by calendar) from calsync.cursor" 'L YLY'
}

@test "calendars: access to another's that ends proves nothing: a copy elsewhere goes on, else the link rests (L2 P-058)" {
  first_round S '{"shared":true}'
  in_calendar S 1 "t.create('A', 'U1', jsonb_build_object('rank', 1, 'copy', t.copy('A', 'attendee'))), t.create('B', 'U2', jsonb_build_object('rank', 1, 'copy', t.copy('B', 'attendee')))" "$(skip_of C)"
  ask "select t.page(2, jsonb_build_array(t.op('link.copy', 'A2', 'U1', jsonb_build_object('copy', t.copy('A2', 'attendee')))))"
  is "select t.page(1, jsonb_build_array()), string_agg(f, ' ') from calsync.fetch_shared(1, '{A,B,X}') f" '|A B'
  ask "select t.page(1, '[]', jsonb_build_object('calendar', 'S', 'gone', true, 'cursor', jsonb_build_object('from', t.cursor('LS'), 'to', null, 'complete', true)))"
  same "$(lie)" "1A:S- 1B:S 2A2:"
  is "select t.again(2), t.again(1), (select count(*) from calsync.seen where id = 'C')" 'A2:deciding||0'
  is "select string_agg(state, ' ') from calsync.meeting" 'active active'
}

@test "calendars: one that policy does not want any more rests, and is whole again when it is wanted (P-057)" {
  first_round X
  in_calendar X 1 "t.create('A', 'U1'), t.create('B', 'U2', jsonb_build_object('rank', 1, 'copy', t.copy('B', 'attendee')))"
  ask "select t.page(2, jsonb_build_array(t.op('link.copy', 'B2', 'U2', jsonb_build_object('copy', t.copy('B2', 'attendee')))));
    insert into calsync.again (account, id, calendar, reason, due, since) values (1, 'A', 'X', 'crm_error', now(), now())"
  in_calendar X 1 "t.create('W', 'U3', '{\"due\":null,\"waits\":[\"w\"]}')"
  is "select count(*) from calsync.match_known(1, '{W}', '{d-W}')" 1
  ask "select t.page(1, '[]', jsonb_build_object('calendar', 'X', 'rests', true, 'cursor', jsonb_build_object('from', t.cursor('LX'), 'to', null, 'complete', true)))"
  same "$(lie)" "1A:X 1B:X- 1W:X 2B2:"
  # Nothing waits for it, and its events are no proof by id in the default one.  What
  # waited for somebody is looked at again.
  is "select count(*) from calsync.match_known(1, '{W}', '{d-W}')" 0
  is "select count(*) from calsync.cursor where calendar = 'X'" 0
  is "select count(*) from calsync.again where account = 1" 0
  is "select f from calsync.fetch_shared(1, '{A,B}') f" 'A
B'
  is "select count(*) from calsync.match_known(1, '{A}', '{d-A}')" 0
}
