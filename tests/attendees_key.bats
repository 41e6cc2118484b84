# What stands in the place of a foreign key of crm.event_attendees.event_id.
load sql

events() { # IDS: events of Ann
  ask "insert into crm.events (event_id, assigned_to, starts_at, ends_at) select e, 1, now(), now() from unnest('{$1}'::bigint[]) e"
}
# who EXPECTED: each attendee with the event; and nobody is on one that is not there.
who() {
  is "select string_agg(event_id || email, ' ' order by event_id, email) from crm.event_attendees" "$1"
  is "select count(*) from crm.event_attendees where event_id not in (select e.event_id from crm.events e)" 0
}
put() { printf "insert into crm.event_attendees (event_id, email) values (%s, '%s')" "$1" "$2"; }
# refusal SQL: the error's state, constraint, table and detail.
refusal() {
  ask "create or replace function pg_temp.refusal(statement text) returns text language plpgsql as \$f\$
    declare c text; s text; t text; d text;
    begin execute statement; return 'not refused';
    exception when others then
      get stacked diagnostics c = constraint_name, s = schema_name, t = table_name, d = pg_exception_detail;
      return concat_ws('|', sqlstate, c, s || '.' || t, d);
    end \$f\$; select pg_temp.refusal(\$s\$$1\$s\$)"
}
ABSENT='23503|event_attendees_event_id_fkey|crm.event_attendees|Key (event_id)=(%s) is not present in table "events".'
KEPT='23503|event_attendees_event_id_fkey|crm.event_attendees|Key (event_id)=(%s) is still referenced from table "event_attendees".'

@test "attendees' key: nobody is put on an event that is not there, alone, among many or by a change" {
  # shellcheck disable=SC2059
  absent() { [ "$(refusal "$2")" = "$(printf "$ABSENT" "$1")" ]; }
  events 1,2,3
  absent 9 "$(put 9 a)"
  absent 7 "insert into crm.event_attendees (event_id, email) values (1, 'a'), (9, 'a'), (2, 'a'), (7, 'a'), (7, 'b')"
  ask "insert into crm.event_attendees (event_id, email) values (1, 'a'), (1, 'b'), (2, 'a')"
  absent 9 "update crm.event_attendees set event_id = 9 where email = 'b'"
  absent 11 "update crm.event_attendees set event_id = event_id + 9 where event_id = 2"
  absent 9 "insert into crm.event_attendees (event_id, email) values (1, 'a') on conflict (event_id, email) do update set event_id = 9"
  # What a trigger makes of it counts, even where the statement names no event.
  ask "create function pg_temp.away() returns trigger language plpgsql as 'begin new.event_id := 9; return new; end';
    create trigger away before update on crm.event_attendees for each row execute function pg_temp.away()"
  absent 9 "update crm.event_attendees set name = 'x' where event_id = 2"
  ask "drop trigger away on crm.event_attendees; update crm.event_attendees set event_id = 3 where email = 'b'"
  who '1a 2a 3b'
  # Who is gone again by the end of the statement is on no event.
  ask "create function pg_temp.drop() returns trigger language plpgsql as 'begin delete from crm.event_attendees where event_id = 8; return null; end';
    create trigger a after insert on crm.event_attendees for each statement execute function pg_temp.drop(); $(put 8 a)"
  who '1a 2a 3b'
}

@test "attendees' key: they go with their event, which keeps its number while it has some" {
  events 1,2,3,4
  ask "insert into crm.event_attendees (event_id, email) select e, c from unnest('{1,2,3}'::int[]) e, unnest('{a,b}'::text[]) c;
    delete from calsync.change; delete from crm.events where event_id in (1, 2, 4)"
  who '3a 3b'
  is "select part, op, crm_id from calsync.change order by seq" $'event|delete|1\nevent|delete|2\nevent|delete|4\nattendee|delete|1\nattendee|delete|2'
  # shellcheck disable=SC2059
  [ "$(refusal 'update crm.events set event_id = 5 where event_id = 3')" = "$(printf "$KEPT" 3)" ]
  events 6
  ask "update crm.events set event_id = 7 where event_id = 6; update crm.events set event_id = event_id where event_id = 3"
  # That another event has the number now is as good.
  ask "alter table crm.events drop constraint events_pkey cascade, add primary key (event_id) deferrable"
  is "select pg_temp.refusal('update crm.events set event_id = 10 - event_id')" 'not refused'
  who '3a 3b'
}

@test "attendees' key: to empty the events needs CASCADE, and the right to empty the attendees" {
  own
  events 1,2
  ask "$(put 1 a)"
  fails 0A000 'truncate crm.events'
  ask "create role ${PGDATABASE}_r; grant usage on schema crm to ${PGDATABASE}_r;
    grant truncate on crm.events, crm.event_files, crm.event_opportunities to ${PGDATABASE}_r; set role ${PGDATABASE}_r"
  fails 42501 'truncate crm.events cascade'
  ask 'reset role'
  who 1a
  # Nor does it matter that this snapshot is older than the attendee.
  ask "begin isolation level repeatable read; select count(*) from crm.events" >/dev/null
  sql "truncate crm.event_attendees; $(put 2 b)"
  ask 'truncate crm.events cascade; commit'
  is 'select count(*) from crm.event_attendees' 0
  events 1
  ask "$(put 1 a); truncate crm.event_attendees, crm.events cascade"
  is 'select count(*) from crm.event_attendees' 0
  ask "drop owned by ${PGDATABASE}_r; drop role ${PGDATABASE}_r"
}

# Two sessions -----------------------------------------------------------------------

second() { [ "$(cat "$BATS_TEST_TMPDIR/second")" = "$1" ]; }
old_snapshot() { ask "begin isolation level ${1:-repeatable read}; select count(*) from crm.events" >/dev/null; }
again() { ask 'rollback' 2>/dev/null; sql "truncate crm.events cascade"; events 1,2; }

@test "attendees' key: who is put on an event that is being deleted waits, and is refused" {
  own
  events 1,2
  at_once 'delete from crm.events where event_id = 1' "select t.state(\$\$$(put 1 x)\$\$)"
  second 23503
  events 1
  at_once 'delete from crm.events where event_id = 1' "begin isolation level repeatable read; select t.state(\$\$$(put 1 x)\$\$); commit"
  second 40001
  events 1
  at_once 'update crm.events set event_id = 3 where event_id = 1' "select t.state(\$\$$(put 1 x)\$\$)"
  second 23503
  # Deleted after this snapshot was taken.
  old_snapshot
  sql 'delete from crm.events where event_id = 2'
  fails 40001 "$(put 2 x)"
  ask commit
  who ''
  # Deleted in vain; and changed otherwise: nobody waits for that.
  events 1
  at_once 'delete from crm.events where event_id = 1; rollback' "select t.state(\$\$$(put 1 x)\$\$)" || :
  second 'not refused'
  rival "begin; update crm.events set subject = 'x' where event_id = 1"
  ask "set lock_timeout = '2s'; $(put 1 y)"
  rival_end commit
  who '1x 1y'
}

@test "attendees' key: whoever deletes an event waits for those who are being put on it, and takes them along" {
  own
  events 1,2
  delete='select t.state($$delete from crm.events where event_id = 1$$)'
  at_once "$(put 1 x)" "$delete"
  second 'not refused'
  who ''
  events 1
  at_once "$(put 2 x); update crm.event_attendees set event_id = 1" "$delete"
  second 'not refused'
  who ''
  events 1
  at_once "update crm.events set subject = 'x' where event_id = 1; $(put 1 x)" "$delete"
  second 'not refused'
  who ''
  events 1
  at_once "$(put 1 x)" 'select t.state($$update crm.events set event_id = 3 where event_id = 1$$)'
  second 23503
  who 1x
}

@test "attendees' key: an old snapshot neither leaves an attendee that it does not show, nor stops what is in order" {
  own
  events 1,2
  for level in 'repeatable read' serializable; do
    old_snapshot "$level"
    sql "$(put 1 x)"
    fails 40001 'delete from crm.events where event_id in (1, 2)'
    fails 40001 'update crm.events set event_id = 3 where event_id = 1'
    # Not this one's: there are other events.
    is "select t.state('delete from crm.events where event_id = 2')" 'not refused'
    ask rollback
    who 1x
    # Anew.
    old_snapshot "$level"
    ask 'delete from crm.events where event_id = 1; commit'
    who ''
    events 1
  done
  at_once "$(put 1 x)" "begin isolation level repeatable read; select t.state('delete from crm.events where event_id = 1'); commit"
  second 40001
  who 1x
  # Moved there by a change, and away.
  old_snapshot
  sql 'update crm.event_attendees set event_id = 2'
  fails 40001 'delete from crm.events where event_id = 1'
  fails 40001 'delete from crm.events where event_id = 2'
  ask commit
  who 2x
  is 'select count(*) from crm.afresh' 0
}

# Whoever works there ------------------------------------------------------------------

@test "attendees' key: it holds for those who may not read or delete what it asks for, and lends nobody its rights" {
  own
  events 1,2
  who=${PGDATABASE}_r
  ask "create role $who; grant usage on schema crm, t to $who; grant insert on crm.event_attendees to $who; grant select (event_id), delete on crm.events to $who; set role $who;
    $(put 1 a)"
  # shellcheck disable=SC2059
  [ "$(refusal "$(put 9 a)")" = "$(printf "$ABSENT" 9)" ]
  ask "delete from crm.events where event_id = 1"
  ask "begin isolation level repeatable read; delete from crm.events where event_id = 2; commit"
  for f in event_there event_gone look_afresh events_emptied forget; do
    fails 42501 "create temp table if not exists events (event_id bigint); create trigger x after insert on events execute function crm.$f()"
  done
  fails 42501 "insert into crm.afresh (id) values (1)"
  ask 'reset role'
  who ''
  ask "drop owned by $who; drop role $who"
}

@test "attendees' key: setup replaces a declared one, and finds it done then" {
  own
  events 1
  ask "$(put 1 a); alter table crm.event_attendees add foreign key (event_id) references crm.events on delete cascade"
  is "select count(*) from pg_constraint where conname = 'event_attendees_event_id_fkey'" 1
  ask "drop trigger calsync_event_there on crm.event_attendees; drop trigger calsync_event_moved on crm.event_attendees;
    drop trigger calsync_event_gone on crm.events; drop trigger calsync_event_renamed on crm.events; drop trigger calsync_events_emptied on crm.events;
    drop function crm.event_there, crm.event_gone, crm.events_emptied, crm.look_afresh cascade; drop table crm.afresh;
    delete from calsync.schema_file where file = 'builtin-attendees.sql'"
  for n in 1 2; do
    run -0 --separate-stderr "$TOP/scripts/calsync-setup"
    [ "$(grep applied <<<"$stderr" | sed 's/.* //' | paste -sd' ')" = 'builtin-attendees.sql 090-roles.sql' ]
    is "select count(*) from pg_constraint where conrelid = 'crm.event_attendees'::regclass and contype = 'f'" 0
    fails 23503 "$(put 9 a)"
    ask "update calsync.schema_file set sha = 'old' where file = 'builtin-attendees.sql'"
  done
  ask 'delete from crm.events'
  who ''
}

# Cost -----------------------------------------------------------------------------------

@test "attendees' key: it asks once for all rows of a statement, and by the index" {
  own
  people() { ask "insert into crm.event_attendees (event_id, email) select e, '$1' || p from generate_series(1, 100) e, generate_series(1, 30) p"; }
  # asked CALLS ROWS: so often, reading so many rows of the events at the most.
  asked() {
    is "select (select calls from pg_stat_xact_user_functions where funcname = 'event_there'), seq_scan, idx_tup_fetch <= $2
          from pg_stat_xact_user_tables where relid = 'crm.events'::regclass" "$1|0|t"
  }
  begins() { ask 'select pg_stat_force_next_flush()' >/dev/null; ask "begin; set local track_functions = 'all'"; }
  begins
  events "$(seq -s, 1 100)"
  people a
  people b
  asked 2 200
  ask commit
  begins
  people c
  # A change of what is no key costs nothing.
  ask "update crm.event_attendees set response = 'accepted'"
  asked 1 100
  ask 'rollback; delete from crm.events where event_id > 50'
  is 'select count(*) from crm.event_attendees' 3000
}
