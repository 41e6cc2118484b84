# feed: what people change in the CRM is captured, and goes to the mailbox that it
# would be written through.  The world is that of tests/data/match: Ann (account 1)
# and Bob (2) sync, Cy does not; Xia is contact 7.

setup_file() { load helper; load db; pg_suite_start; }
teardown_file() { load helper; load db; pg_suite_stop; }
setup() {
  load helper
  load db
  pg_fresh
  psql -X -q -v ON_ERROR_STOP=1 -f "$DATA/match/base.sql"
}

NOW=2026-11-21T09:00:00Z

is() { # GOT WANTED
  [ "$1" = "$2" ] || { diff <(echo "$2") <(echo "$1"); return 1; }
}
# event ID OWNER ["columns" "values"]: an event that nobody has just written.
event() {
  sql "set calsync.origin = 'sync';
       insert into crm.events (event_id, assigned_to, starts_at, ends_at${3:+, $3}) overriding system value
       values ($1, $2, '2026-11-24T09:00Z', '2026-11-24T10:00Z'${4:+, $4})"
}
# attends ID USER
attends() {
  sql "set calsync.origin = 'sync';
       insert into crm.event_attendees (event_id, email, user_id) select $1, email, user_id from crm.users where user_id = $2"
}
# link MEETING CRM_ID OWNER [STATE [SLOT]]
link() {
  sql "insert into calsync.meeting (id, uid, crm_id, owner, state, slot, made_run, made, changed)
       values ($1, 'u$1', '$2', '$3', '${4:-active}', '${5:-}', 'r0', '$NOW', '$NOW')"
}
# copy MEETING ACCOUNT ID [ROLE [STATE]]
copy() {
  sql "insert into calsync.copy (account, id, meeting, role, state, starts, ends, confirmed)
       values ($2, '$3', $1, '${4:-organizer}', '${5:-present}', '2026-11-24T09:00Z', '2026-11-24T10:00Z', '$NOW')"
}
# captured: what was, since the last call.
captured() {
  sql "with c as (delete from calsync.change returning *)
       select string_agg(concat_ws(':', op, part, crm_id, origin), ' ' order by seq) from c"
}
change() { sql "insert into calsync.change (crm_id, op, part) select x, 'update', 'event' from unnest('{$1}'::text[]) x"; }
# routes [COPIES]: crm_id>account:id[changes] ...
routes() {
  sql "select string_agg(format('%s>%s%s%s', crm_id, coalesce(account::text, '-'), ':' || id, '[' || changes || ']'), ' ')
         from calsync.fetch_routes('$NOW', ${1:-false})"
}
# to CRM_ID [COPIES]: where a change of it goes.
to() {
  change "$1"
  sql "select string_agg(concat_ws(':', coalesce(account::text, '-'), id), ' ')
         from calsync.fetch_routes('$NOW', ${2:-false}) where crm_id = '$1'"
  sql 'delete from calsync.change'
}
usable() { sql "update calsync.account set events = $2 where id = $1"; }

# Capture --------------------------------------------------------------------------

@test "capture: a statement gives one row per event, whatever it writes" {
  sql "insert into crm.events (event_id, assigned_to, starts_at, ends_at) overriding system value
       select g, 1, now(), now() from generate_series(1, 3) g"
  is "$(captured)" 'insert:event:1 insert:event:2 insert:event:3'
  sql "update crm.events set subject = 'x', location = 'y' where event_id <> 2"
  is "$(captured)" 'update:event:1 update:event:3'
  sql "begin; update crm.events set subject = 'a' where event_id = 1; update crm.events set subject = 'b' where event_id = 1; commit"
  is "$(captured)" 'update:event:1 update:event:1'
  sql 'update crm.events set deleted = true where event_id = 3'
  is "$(captured)" 'update:event:3'
  sql 'delete from crm.events where event_id in (1, 2)'
  is "$(captured)" 'delete:event:1 delete:event:2'
  sql "begin; update crm.events set subject = 'c' where event_id = 3; rollback"
  is "$(captured)" ''
}

@test "capture: our own writes are not" {
  sql "begin; select set_config('calsync.origin', 'sync', true);
       select calsync.put_events(array['{\"owner\":\"1\",\"key\":{\"uid\":\"U\"},\"set\":{\"start\":\"2027-02-03T09:00:00Z\",\"end\":\"2027-02-03T10:00:00Z\"},\"attendees\":{\"add\":[{\"address\":\"xia@client.test\",\"person\":\"contact\",\"id\":\"7\"}]}}'::jsonb]);
       select calsync.remove_event('1'); commit" >/dev/null
  is "$(captured)" ''
  # The mark is the transaction's alone.
  sql "begin; select set_config('calsync.origin', 'sync', true); commit; update crm.events set subject = 'x'" >/dev/null
  is "$(captured)" update:event:1
}

@test "capture: a save that changes nothing that is exchanged is not (U2)" {
  event 1 1
  attends 1 2
  sql "update crm.events set subject = subject, starts_at = starts_at, categories = categories;
       update crm.events set modified_at = now(), modified_by = 1, sync_status = 'Active', external_id = 'u', online_url = 'x';
       update crm.events set subject = 'x' where false;
       update crm.event_attendees set email = email, kind = kind"
  is "$(captured)" ''
}

@test "capture: an answer that a clerk notes is the CRM's alone (F091), but a user's may go out (F031)" {
  event 1 1
  attends 1 2
  sql "set calsync.origin = 'sync'; insert into crm.event_attendees (event_id, email, contact_id) values (1, 'xia@client.test', 7)"
  sql "update crm.event_attendees set response = 'accepted' where contact_id = 7"
  is "$(captured)" ''
  sql "update crm.event_attendees set response = 'accepted'"
  is "$(captured)" update:attendee:1
}

@test "capture: people alone are told apart" {
  event 1 1
  event 2 1
  sql "insert into crm.event_attendees (event_id, email, contact_id) values (1, 'xia@client.test', 7), (1, 'y@client.test', null)"
  is "$(captured)" insert:attendee:1
  sql "update crm.event_attendees set kind = 'optional'"
  is "$(captured)" update:attendee:1
  sql "update crm.event_attendees set event_id = 2 where contact_id is null"
  is "$(captured)" 'update:attendee:1 update:attendee:2'
  sql 'delete from crm.event_attendees where event_id = 1'
  is "$(captured)" delete:attendee:1
  # With their event, by cascade.
  sql 'delete from crm.events where event_id = 2'
  is "$(captured | tr ' ' '\n' | sort | paste -sd' ')" 'delete:attendee:2 delete:event:2'
}

@test "capture: who loads data says so, or the CRM does; who edits later is a person (P-051)" {
  sql "set calsync.origin = 'import'; set application_name = 'loader';
       insert into crm.events (event_id, assigned_to, starts_at, ends_at) overriding system value values (1, 1, now(), now());
       update crm.events set subject = 'x'"
  is "$(sql 'select distinct app, usr from calsync.change')" 'loader|postgres'
  is "$(captured)" 'insert:event:1:import update:event:1:import'
  sql "insert into crm.events (event_id, assigned_to, starts_at, ends_at, source) overriding system value
       values (2, 1, now(), now(), 'import'), (3, 1, now(), now(), 'ui')"
  is "$(captured)" 'insert:event:2:import insert:event:3'
  sql "update crm.events set subject = 'y' where event_id = 2"
  is "$(captured)" update:event:2
}

@test "capture: a CRM user needs no right on calsync" {
  sql 'create role clerk; grant usage on schema crm to clerk; grant all on all tables in schema crm to clerk; grant all on all sequences in schema crm to clerk'
  sql "set role clerk; insert into crm.events (assigned_to, starts_at, ends_at) values (1, now(), now())"
  is "$(captured)" insert:event:1
  run ! sql 'set role clerk; select * from calsync.change'
  run ! sql "set role calsync_write; select calsync.watch('crm.users', 'event', 'r.user_id', null)"
  sql 'drop owned by clerk; drop role clerk'
}

@test "capture: a table is watched again with other columns; without a key it cannot be" {
  event 1 1
  sql "select calsync.watch('crm.events', 'event', 'r.event_id', '{location}')" >/dev/null
  sql "update crm.events set subject = 'x'; update crm.events set location = 'x'"
  is "$(captured)" update:event:1
  sql "select calsync.watch('crm.events', 'event', 'r.event_id', null)" >/dev/null
  sql "update crm.events set modified_by = 1"
  is "$(captured)" update:event:1
  sql 'create table crm.loose (event_id bigint)'
  run ! --separate-stderr sql "select calsync.watch('crm.loose', 'event', 'r.event_id', null)"
  [[ $stderr == *'has no primary key'* ]]
}

@test "capture: what is committed late is not missed" {
  event 1 1
  event 2 1
  rival "begin; update crm.events set subject = 'slow' where event_id = 1"
  sql "update crm.events set subject = 'quick' where event_id = 2"
  is "$(routes)" '2>1[2]'
  sql 'delete from calsync.change where seq = 2'
  is "$(routes)" ''
  rival_end commit
  is "$(routes)" '1>1[1]'
}

# Where it goes ----------------------------------------------------------------------

@test "routes: linked, to the organizer's copy in a mailbox that syncs, else to the lowest account (U6)" {
  event 101 1
  link 12 101 1
  copy 12 1 B attendee
  copy 12 2 A organizer
  is "$(to 101)" 2:A
  usable 2 false
  is "$(to 101)" 1:B
  usable 2 true
  sql "update calsync.copy set role = 'attendee'"
  is "$(to 101)" 1:B
  sql "update calsync.copy set state = 'gone' where account = 1"
  is "$(to 101)" 2:A
}

@test "routes: a linked event that is gone from the CRM goes to its copy all the same" {
  link 12 101 1
  copy 12 1 A
  is "$(to 101)" 1:A
}

@test "routes: a link without a copy goes to the mailbox that it is or was made in" {
  event 101 1
  link 12 101 1 pending
  is "$(to 101)" 1
  sql "update calsync.meeting set state = 'active'"
  copy 12 1 A organizer gone
  is "$(to 101)" 1
  usable 1 false
  is "$(to 101)" -
}

@test "routes: a tombstone goes to the owner, without its copy, and only if nothing else is there (U10)" {
  event 101 1
  link 12 101 1 ended
  copy 12 2 A
  is "$(to 101)" 1
  link 11 101 1
  copy 11 2 B
  is "$(to 101)" 2:B
}

@test "routes: unlinked, to the owner's mailbox; of several to the primary one" {
  event 101 1
  is "$(to 101)" 1
  sql "insert into calsync.account (id, crm_user, mailbox, graph_user, connection) overriding system value values (3, '1', 'ann2@firm.test', 'g3', 1)"
  is "$(to 101)" -
  sql 'update calsync.account set is_primary = true where id = 3'
  is "$(to 101)" 3
  sql 'update crm.users set active = false where user_id = 1'
  is "$(to 101)" -
}

@test "routes: an owner who does not sync has none, or each user on it has one (O-061)" {
  event 101 3
  attends 101 1
  attends 101 2
  attends 101 3
  is "$(to 101)" -
  is "$(to 101 true)" '1 2'
  usable 1 false
  is "$(to 101 true)" 2
  usable 2 false
  is "$(to 101 true)" -
  # One has got theirs, the other has not yet.
  usable 1 true
  usable 2 true
  link 12 101 3 active 2
  copy 12 2 B
  is "$(to 101 true)" '1 2:B'
  link 13 101 3 pending 1
  is "$(to 101 true)" '1 2:B'
  is "$(to 101)" '1 2:B'
}

@test "routes: what is gone and was never linked has no mailbox" {
  is "$(to 999)" -
}

@test "routes: the calendar of the copy is told" {
  link 12 101 1
  copy 12 1 A
  sql "update calsync.copy set calendar = 'K'"
  change 101
  is "$(sql "select account, calendar, id from calsync.fetch_routes('$NOW', false)")" '1|K|A'
}

@test "routes: all changes of an event are one, by the oldest; those without a mailbox come last" {
  event 101 1
  event 102 2
  event 103 1
  change 999
  change 103,101,102,101
  sql "update calsync.change set origin = 'import' where seq = 5"
  is "$(routes)" '103>1[2] 101>1[3,5] 102>2[4] 999>-[1]'
  is "$(sql "select crm_id, origin from calsync.fetch_routes('$NOW', false) where origin is not null")" '101|import'
}

@test "routes: what sleeps wakes when it is due, when its account's policy is another, or with a new change" {
  event 101 1
  event 102 1
  event 103 1
  change 101,102,103,999
  sql "update calsync.change set reason = 'window_future', account = 1, policy_digest = 'p1';
       update calsync.change set account = null where crm_id = '999';
       update calsync.change set due = '2026-11-21T09:00Z' where seq = 1;
       update calsync.change set due = '2026-11-21T09:01Z' where seq = 2"
  is "$(routes)" '101>1[1]'
  woken() { sql "select string_agg(crm_id || '[' || changes || ']', ' ') from calsync.fetch_woken($1, '', '$2', false)"; }
  is "$(woken 1 p1)" ''
  is "$(woken 1 p0)" '101[1] 102[2] 103[3]'
  is "$(woken 1 p2)" '101[1] 102[2] 103[3]'
  is "$(woken 2 p2)" ''
  is "$(woken null p1)" ''
  is "$(woken null p2)" '999[4]'
  change 103
  is "$(routes)" '101>1[1] 103>1[3,5]'
}

@test "routes: at most 1000 of a mailbox are given out, the oldest, and others are not kept waiting" {
  sql "set calsync.origin = 'sync';
       insert into crm.events (event_id, assigned_to, starts_at, ends_at) overriding system value
       select g, 1 + g / 1003, now(), now() from generate_series(1, 1003) g"
  sql "insert into calsync.change (crm_id, op, part) select g, 'update', 'event' from generate_series(1003, 1, -1) g"
  is "$(sql "select account, count(*), min(crm_id::int) from calsync.fetch_routes('$NOW', false) group by 1 order by 1")" $'1|1000|3\n2|1|1003'
}

@test "routes: without changes nothing is asked but that (L9)" {
  event 101 1
  is "$(sql "begin; select count(*) from calsync.fetch_routes('$NOW', true);
    select relname from pg_stat_xact_user_tables where coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) > 0 and schemaname in ('calsync', 'crm'); commit")" 0
}

@test "routes: what a first section lists is live, unlinked and has no change (O-060)" {
  event 101 1
  event 102 1 deleted true
  event 103 1
  event 104 1
  event 105 2
  event 106 1
  sql "set calsync.origin = 'sync'; update crm.events set starts_at = '2026-11-20', ends_at = '2026-11-20' where event_id = 106"
  link 12 103 1
  change 104
  is "$(sql "select crm_id from calsync.fetch_owned(1, '2026-11-21')")" 101
  is "$(sql "select crm_id from calsync.fetch_owned(1, '2026-11-01')")" $'106\n101'
}
