# What is skipped is remembered, and read again when it can have become another thing.
load sql

# seen ID REASON [MORE]: a complete section of account 1 that skips one event.
N=0
seen() {
  local from=null
  [ "$N" -eq 0 ] || from="'L$N'"
  N=$((N + 1))
  ask "select t.section(1, $from, 'L$N', jsonb_build_object('skips', jsonb_build_array(t.skip('$1', '$2', '${3:-{\}}'))))" >/dev/null
}
wait_for() { ask "select jsonb_build_object('waits', jsonb_build_array(calsync.text_digest('$1')))"; }
# What makes a linked event wait for this guest.
for_guest() { echo "jsonb_build_object('due', null, 'waits', jsonb_build_array(calsync.text_digest('$1')))"; }
# What linked events wait for; what is remembered of others.
links() { is "select string_agg(concat_ws(':', c.account || c.id, to_char(c.due, 'MM-DD'), c.waits, c.policy_digest, c.horizon), ' ' order by c.account, c.id) from calsync.copy c" "$1"; }
skipped() { is "select string_agg(concat_ws(':', s.account || s.id, s.reason, to_char(s.due, 'MM-DD'), s.waits), ' ' order by s.account, s.id) from calsync.seen s" "$1"; }

@test "seen: remembered with reason and digest, logged when new, no address and no content (U11, L8)" {
  seen S unmatched "$(wait_for new@client.test)"
  is "select t.ask(1, '{\"id\":\"S\"}') -> 'seen'" '{"reason" : "unmatched", "digest" : "d-S"}'
  seen S private '{"new":true}'
  seen S private '{"new":false}'
  is "select string_agg(code, ' ' order by id) from calsync.log" 'unmatched private'
  is "select reason, (select count(*) from calsync.seen where waits is not null) from calsync.seen" 'private|0'
  run ! grep -q 'new@client' <(ask 'select s from calsync.seen s')
  seen S removed
  is 'select count(*) from calsync.seen' 0
}

@test "seen: read again when due, when the policy changed, and not before" {
  seen S window_future '{"due":"2026-12-01T00:00:00Z"}'
  is "select t.again(1, '2026-11-30T23:59:59Z'), t.again(1, '2026-12-01T00:00:00Z')" '|S:due'
  is "select f ->> 'reason' from calsync.fetch_again(1, '', 'p2', t.now()::timestamptz) f union all select f ->> 'reason' from calsync.fetch_again(1, '', 'p0', t.now()::timestamptz) f" $'policy\npolicy'
  is "select count(*) from calsync.fetch_again(2, '', 'p2', '2027-01-01Z')" 0
}

@test "seen: read again when somebody on it becomes known, in whatever way (C-031, U11)" {
  own
  local change i=0
  for change in "insert into crm.contact_emails values (7, 'New@client.test')" \
    "update crm.contact_emails set email = 'new@client.test' where email = 'leo@vendor.test'" \
    "update crm.users set email = 'new@client.test' where user_id = 4" \
    "insert into crm.user_emails values (4, 'new@client.test')" \
    "insert into crm.contacts (contact_id, last_name, active) values (50, 'N', false); insert into crm.contact_emails values (50, 'new@client.test'); select t.section(1, null, 'L1'); update crm.contacts set active = true where contact_id = 50" \
    "delete from crm.contact_emails where email = 'zed@client.test'; insert into crm.contact_emails values (9, 'new@client.test')"; do
    i=$((i + 1))
    ask 'begin; truncate calsync.cursor'
    N=0 seen S unmatched "$(wait_for new@client.test)"
    N=1 seen S unmatched "$(wait_for new@client.test)"
    N=2 seen T other
    is "select t.again(1)" ''
    ask "${change/select t.section*; update/update}" >/dev/null
    is "select t.again(1)" S:waits || { echo "not woken by change $i"; return 1; }
    ask 'rollback'
  done
  # What does not change who is known wakes nobody.
  n='select count(*) from calsync.person_change'
  before=$(ask "$n")
  ask "update crm.contacts set first_name = 'X'; update crm.users set name = 'Y'; update crm.contact_emails set email = email"
  is "$n" "$before"
}

# Wait until no older transaction runs, also in the databases of other tests:
# horizons are those of the whole cluster.
alone() {
  local here
  here=$(ask 'select pg_current_xact_id()')
  for _ in {1..400}; do
    [ "$(ask "select pg_snapshot_xmin(pg_current_snapshot()) > '$here'")" != t ] || return 0
    sleep 0.05
  done
  echo "a transaction elsewhere did not end"
  return 1
}

@test "seen: a contact committed after match had looked, before apply wrote, is not missed" {
  own
  seen S unmatched "$(wait_for new@client.test)"
  seen T other
  # It was begun before the section was committed, and ends after it.
  rival "begin; insert into crm.contact_emails values (7, 'late@client.test')"
  seen L unmatched "$(wait_for late@client.test)"
  is "select t.again(1)" ''
  rival_end commit
  # match had read; a contact is committed; only then apply commits the section.
  ask "insert into crm.contact_emails values (7, 'between@client.test')"
  alone
  seen M unmatched "$(wait_for between@client.test)"
  is "select t.again(1)" 'L:waits M:waits'
  # Looked at in a section that then broke off.
  ask "begin; select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('L', 'unmatched', '$(wait_for late@client.test)'), t.skip('M', 'unmatched', '$(wait_for between@client.test)'))))"
  is "select t.again(1)" ''
  ask 'rollback'
  # Looked at twice at most, and then no more: nothing changes.
  alone
  seen L unmatched "$(wait_for late@client.test)"
  seen M unmatched "$(wait_for between@client.test)"
  seen T other
  is "select t.again(1)" ''
}

@test "seen: many changes of people are looked at from the waiting events' side" {
  own
  seen S unmatched "$(wait_for c7@import.test)"
  seen T unmatched "$(wait_for nobody@import.test)"
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1', $(for_guest c8@import.test)), t.create('B', 'U2', $(for_guest nobody@import.test)), t.create('C', 'U3')))" >/dev/null
  ask "insert into crm.contacts (contact_id, last_name) select g, 'I' from generate_series(1001, 3000) g; insert into crm.contact_emails select g, 'c' || g - 1000 || '@import.test' from generate_series(1001, 3000) g"
  is "select t.again(1)" 'A:waits S:waits'
}

@test "seen: a copy that waits for its organizer is due once the meeting is made, whoever comes first (C-057, L6)" {
  own
  waiting() { echo "jsonb_build_object('skips', jsonb_build_array(t.skip('B1', 'waiting_organizer', '{\"uid\":\"U1\",\"waits_account\":1}')))"; }
  bob="select t.section(2, null, 'L1', $(waiting))"
  ann="select t.page(1, jsonb_build_array(t.create('A1', 'U1'), t.create('A2', 'U2')))"
  due="select s.due, (select count(*) from calsync.meeting) from calsync.seen s"
  clear='truncate crm.events cascade; truncate calsync.meeting, calsync.meeting_key, calsync.copy, calsync.seen, calsync.again, calsync.cursor'
  for order in "$bob;$ann" "$ann;$bob"; do
    ask "$order" >/dev/null
    is "$due" '2026-11-21 09:00:00+00|2'
    ask "$clear"
  done
  at_once "$bob" "$ann"
  is "$due" '2026-11-21 09:00:00+00|2'
  ask "$clear"
  at_once "$ann" "$bob"
  is "$due" '2026-11-21 09:00:00+00|2'
  # Another one's meeting, or an occurrence of it, is nothing to it.
  ask "$clear; select t.section(2, null, 'L1', $(waiting)); select t.page(1, jsonb_build_array(t.create('A2', 'U2'), t.create('A3', 'U1', '{\"key\":{\"uid\":\"U1\",\"original_date\":\"2026-11-24\",\"slot\":\"\"}}')))" >/dev/null
  is "$due" '|2'
}

@test "seen: an account that is enabled wakes what waits for it, and all of its own (C-057)" {
  own
  ask 'update calsync.account set events = false where id = 2'
  seen S waiting_organizer '{"waits_account":2}'
  ask "select t.section(2, null, 'L1', jsonb_build_object('skips', jsonb_build_array(t.skip('O', 'unmatched'))))"
  seen T other
  is "select t.again(1), t.again(2)" '|'
  ask "select calsync.admin_account('{\"crm_user\":\"2\",\"enabled\":true}')"
  is "select t.again(1), t.again(2)" 'S:account|O:due'
  # Its addresses became those of somebody who syncs.
  is "select count(*) > 1 from calsync.person_change where address = calsync.text_digest('bob@firm.test')" t
}

@test "seen: what everybody has looked at is forgotten, and not before" {
  own
  ask "insert into crm.contact_emails values (7, 'x1@client.test')"
  n='select count(*) from calsync.person_change'
  before=$(ask "$n")
  alone
  for a in 1 2 3; do ask "select t.section($a, null, 'L1'); select t.section($a, 'L1', 'L2')"; done
  ask "select calsync.tidy(); select t.section(1, 'L2', 'L3'), t.section(2, 'L2', 'L3'); select calsync.tidy()" >/dev/null
  ask "insert into crm.contact_emails values (7, 'x2@client.test')"
  ask "select t.section(3, 'L2', 'L3'); select calsync.tidy()" >/dev/null
  is "$n" 1
}

@test "problems: come again later and later; a deletion that waits is no failure; settled ones are gone" {
  p() { ask "select t.page(1, '[]', jsonb_build_object('problems', jsonb_build_array(jsonb_build_object('stage', 'fetch', 'code', '$1', 'id', 'P', 'detail', 'd'))))" >/dev/null; }
  p bad_time
  p bad_time
  is "select reason, tries, to_char(due, 'HH24:MI'), (select count(*) from calsync.errors where code = 'bad_time' and item = 'P' and stage = 'fetch') from calsync.again" 'bad_time|2|09:20|2'
  p late_op
  is "select reason, to_char(due, 'HH24:MI'), (select count(*) from calsync.errors) from calsync.again" 'late_op|09:00|2'
  ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('P', 'unchanged'))))"
  is 'select count(*) from calsync.again' 0
  ask "select t.page(1, '[]', '{\"problems\":[{\"stage\":\"fetch\",\"code\":\"auth\",\"id\":null,\"detail\":null}]}')"
  is "select (select count(*) from calsync.again), (select item is null from calsync.errors where code = 'auth')" '0|t'
  p bad_time
  is "select t.again(1)" ''
  is "select calsync.admin_retry('2026-11-01Z')" 1
  is "select t.again(1)" P:bad_time
}

@test "runs: begun once, ended with verdict and counts" {
  ask "select calsync.run_begin('{\"id\":\"r1\",\"now\":\"2026-11-21T09:00:00Z\",\"policy\":{\"a\":\"b\"}}'), calsync.run_begin('{\"id\":\"r1\",\"now\":\"2026-11-21T09:00:00Z\"}'), calsync.run_end('{\"id\":\"r1\",\"verdict\":\"ok\",\"status\":0,\"counts\":{\"x\":1}}')"
  is "select id, verdict, status, counts, policy, ended is not null from calsync.run" 'r1|ok|0|{"x": 1}|{"a": "b"}|t'
}

@test "seen: what is asked of one event reads its row alone, also by a plan that was made while there was none" {
  own
  ask "insert into calsync.cursor (account, window_start, window_end, committed) values (1, now(), now(), now())"
  ask "select calsync.match_known(1, '{A}', '{d}'), calsync.match_stale(1, '{A}', '{d}', '{7}'), calsync.fetch_same(1, '', '{A}', '{7}'),
      (select count(doc) from calsync.match_context(1, t.asked('[{\"n\":1,\"id\":\"A\",\"uid\":\"U\",\"slots\":[\"\"]}]')))" >/dev/null
  ask "select t.page(2, jsonb_build_array(t.create('A', 'UA')))" >/dev/null
  ask "insert into calsync.seen (account, id, reason, horizon, at, digest, raw) select 1, 'I' || g, 'unmatched', '0', now(), 'd' || g, calsync.raw_of('d' || g, g) from generate_series(1, 2000) g"
  is "begin; select calsync.match_known(1, '{I7,I8,I9}', '{d7,x,d9}');
      select doc -> 'seen' ->> 'digest' from calsync.match_context(1, t.asked('[{\"n\":1,\"id\":\"I7\",\"uid\":\"U\",\"slots\":[\"\"]}]'));
      select calsync.match_stale(1, '{I7,I8,I9}', '{d7,d8,d9}', '{7,7,9}');
      select calsync.fetch_same(1, '', '{I7,I8,I9}', '{7,7,9}');
      select idx_tup_fetch + seq_tup_read < 30 from pg_stat_xact_user_tables where relid = 'calsync.seen'::regclass; rollback" $'1\n3\nd7\n2\n1\n3\nt'
  # Nor does a mailbox of which nothing is remembered read what is remembered of another.
  ask "select t.page(2, jsonb_build_array(t.create('B', 'UB')))" >/dev/null
  is "begin; select t.page(2, jsonb_build_array(t.create('C', 'UC')));
      select idx_tup_fetch + seq_tup_read < 20 from pg_stat_xact_user_tables where relid = 'calsync.seen'::regclass; rollback" $'C=done\nt'
}

@test "match: what a first section that broke off has left is known, by a skip or by a copy" {
  is "select count(*) from calsync.match_known(1, '{S,A}', '{d,d}')" 0
  is "begin; select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('S', 'unmatched')))) is null;
      select calsync.match_known(1, array['S'], array[(select digest from calsync.seen)]); rollback" $'t\n1'
  ask "begin; select t.page(1, jsonb_build_array(t.create('A', 'U1')), jsonb_build_object('skips', jsonb_build_array(t.skip('S', 'unmatched'))))" >/dev/null
  is "select count(*) from calsync.cursor; select calsync.match_known(1, array['S'], array[(select digest from calsync.seen)]);
      select calsync.match_known(1, array['x', 'A'], array['', (select digest from calsync.copy)]);
      savepoint all_there; delete from calsync.seen; select calsync.match_known(1, array['A'], array[(select digest from calsync.copy)]); rollback to all_there;
      delete from calsync.copy; select t.ask(1, '{\"id\":\"S\",\"uid\":\"US\"}') #>> '{seen,reason}', count(k) from calsync.match_known(1, array['S'], array[(select digest from calsync.seen)]) k; rollback" $'0\n1\n2\n1\nunmatched|1'
}

@test "match: a copy in another calendar is known although no section has come to its end" {
  is "begin; select t.page(1, jsonb_build_array(t.create('A', 'U1')), '{\"calendar\":\"X\"}');
      select count(*) from calsync.cursor; select calsync.match_known(1, '{A}', array(select digest from calsync.copy)); rollback" $'A=done\n0\n1'
}

@test "match: of what nothing is known of there is no doc, and no link is looked for (L9)" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1')))" >/dev/null
  seen S unmatched
  ask "set local track_functions = 'all'"
  links="(select coalesce(sum(calls), 0) from pg_stat_xact_user_functions where funcname = 'match_links')"
  is "select t.ask(1, '{\"id\":\"X\",\"uid\":\"UX\",\"organizer\":\"a@x.test\",\"guests\":[\"b@x.test\"]}') is null, $links" 't|0'
  # A copy, a key, a skip: each is a trace.
  is "select t.ask(1, '{\"id\":\"A\"}') #>> '{link,crm_id}', t.ask(2, '{\"id\":\"B\",\"uid\":\"U1\"}') #>> '{link,crm_id}', t.ask(1, '{\"id\":\"S\"}') #>> '{seen,reason}'" '1|1|unmatched'
  is "select $links" 3
  # Whoever was mailed is told of, in whichever way they are on it.
  ask "insert into calsync.intent (run, account, op, doc, place, transaction_id, made, sent, outcome, mail) select 'r', 1, 'graph.update', '{}', 'p', 'k', t.now()::timestamptz, t.now()::timestamptz, 'done', '{a@x.test,b@x.test,c@x.test,d@x.test}'"
  is "select c.doc -> 'spent' from calsync.match_context(1, t.asked('[{\"n\":1,\"id\":\"X\",\"uid\":\"UX\",\"organizer\":\"a@x.test\",\"guests\":[\"b@x.test\"],\"addresses\":[\"c@x.test\"]}]'), false, t.now()::timestamptz) c" '{ "a@x.test" : 1, "b@x.test" : 1, "c@x.test" : 1 }'
}

# section OPS [MORE]: a complete section of account 1.
section() {
  local from=null
  [ "$N" -eq 0 ] || from="'L$N'"
  N=$((N + 1))
  ask "select t.section(1, $from, 'L$N', jsonb_build_object('ops', jsonb_build_array($1)) || '${2:-{\}}'::jsonb)" >/dev/null
}

@test "waits: a linked event waits with its link for a guest who becomes known, and is read again then, not later (C-031, U12, L9)" {
  own
  section "t.create('A', 'U1', $(for_guest new@client.test)), t.create('B', 'U2', $(for_guest other@client.test)), t.create('C', 'U3')"
  skipped ''
  is "select string_agg(id || cardinality(waits) || policy_digest, ' ' order by id) from calsync.copy where policy_digest is not null" 'A1p1 B1p1'
  section ''
  is "select t.again(1)" ''
  ask "insert into crm.contact_emails values (7, 'New@client.test')"
  is "select t.again(1), t.again(2)" 'A:waits|'
  # What they are now is another thing; it waits for somebody else.
  section "t.op('crm.update', 'A', 'U1', jsonb_build_object('set', '{\"subject\":\"x\"}'::jsonb, 'copy', t.copy('A')) || $(for_guest third@client.test))"
  is "select t.again(1)" ''
  # Looked at twice at most, and then no more, though it waits for the same still.
  ask "insert into crm.contact_emails values (7, 'other@client.test')"
  alone
  is "select t.again(1)" B:waits
  section "t.op('link.base', 'B', 'U2', jsonb_build_object('copy', t.copy('B')) || $(for_guest other@client.test))"
  section ''
  section ''
  is "select t.again(1), (select count(*) from calsync.copy where id = 'B' and horizon > '0')" '|1'
  # A linked event that waits, by its link or as one that was found unchanged, is not skipped.
  section '' "$(ask "select jsonb_build_object('skips', jsonb_build_array(t.skip('A', 'unchanged'), t.skip('S', 'private')))")"
  [ "$({ CALSYNC_BIN=$BIN "$TOP/scripts/calsync" status --json --db "dbname=$PGDATABASE" || :; } | jq -c 'select(.mailbox == "ann@firm.test") | [.linked, .skipped]')" = '[3,1]' ]
}

@test "waits: a linked event is read again when due, under another policy, and when its mailbox comes back" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1', '{\"due\":\"2026-12-02T00:00:00Z\",\"waits\":[]}'), t.create('B', 'U2', '{\"due\":\"2026-12-01T00:00:00Z\",\"waits\":[]}'), t.create('C', 'U3')), '{\"calendar\":\"X\"}')" >/dev/null
  links '1A:12-02:p1:0 1B:12-01:p1:0 1C'
  x() { is "select string_agg(f ->> 'id' || ':' || (f ->> 'reason'), ' ') from calsync.fetch_again($1, '$2', '$3', '$4') f" "$5"; }
  x 1 X p1 2026-11-30T23:59:59Z ''
  x 1 X p1 2026-12-03Z 'B:due A:due'
  x 1 X p2 2026-11-30Z 'A:policy B:policy'
  x 1 X p0 2026-12-01Z 'A:policy B:due'
  x 1 '' p2 2026-12-03Z ''
  x 2 X p2 2026-12-03Z ''
  ask "update calsync.account set events = false where id = 1; update calsync.account set events = true where id = 1"
  x 1 X p1 2026-11-30Z 'A:due B:due'
}

@test "waits: at most 1,000 of a calendar at a time, those first that are due longest or were looked at longest ago" {
  ask "insert into calsync.cursor (account, window_start, window_end, committed) values (1, now(), now(), now())"
  ask "insert into calsync.copy (account, id, meeting, role, confirmed, due, horizon, policy_digest, waits)
    select 1, 'g' || g, g, 'organizer', t.now()::timestamptz - g * interval '1 min', '2026-12-01'::timestamptz - g * interval '1 min', '0', 'p1', array[calsync.text_digest('xia@all.test')] from generate_series(1001, 2100) g"
  of="count(*), min(substr(f ->> 'id', 2)), max(substr(f ->> 'id', 2))"
  is "select $of from calsync.fetch_again(1, '', 'p1', '2026-12-01') f" '1000|1101|2100'
  is "select count(*) from calsync.fetch_again(1, '', 'p2', '2026-01-01') f" 1000
  ask "insert into crm.contact_emails values (7, 'xia@all.test')"
  is "select $of from (select item from calsync.fetch_waiting()) w(f)" '1000|1101|2100'
}

@test "waits: a skip takes it over from the link, an op takes it back; each is in one place (U11 U12)" {
  one A U1 '{"due":"2026-12-01T00:00:00Z","waits":["w"]}'
  one B U2 '{"due":"2026-12-01T00:00:00Z","waits":["w"]}'
  links '1A:12-01:{w}:p1:0 1B:12-01:{w}:p1:0'
  # To match it is what was found unchanged, as after a skip.
  is "select t.ask(1, '{\"id\":\"A\"}') -> 'seen'" '{"reason" : "unchanged", "digest" : "d-A"}'
  # What stands beside another record, and another mailbox's, says nothing about it.
  ask "savepoint s; update calsync.copy set account = 2 where id = 'B'"
  ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('A', 'limit', '{\"beside\":true,\"due\":\"2026-12-01T00:00:00Z\"}')))), t.page(2, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('A', 'unmatched'))))"
  links '1A:12-01:{w}:p1:0 2B:12-01:{w}:p1:0'
  ask 'rollback to s'
  ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('A', 'conflict', '{\"due\":\"2026-12-03T00:00:00Z\",\"waits\":[\"v\"]}'))))"
  links '1A 1B:12-01:{w}:p1:0'
  skipped '1A:conflict:12-03:{v}'
  is "select t.again(1, '2026-12-02Z'), t.again(1, '2026-12-03Z'), t.ask(1, '{\"id\":\"A\"}') #>> '{seen,reason}'" 'B:due|B:due A:due|conflict'
  # A refusal moves nothing.
  ask "select t.page(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', jsonb_build_object('copy', t.copy('A'), 'expect', '{\"version\":9}'::jsonb, 'due', null))))"
  links '1A 1B:12-01:{w}:p1:0'
  ask "select t.page(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', jsonb_build_object('copy', t.copy('A'), 'due', t.now(), 'waits', '[\"u\"]'::jsonb))))"
  links '1A:11-21:{u}:p1:0 1B:12-01:{w}:p1:0'
  skipped ''
  # Nothing to wait for any more, with a copy or without.
  ask "select t.page(1, jsonb_build_array(t.op('link.base', 'A', 'U1', jsonb_build_object('copy', t.copy('A'))), t.op('crm.update', 'B', 'U2', '{\"due\":\"2026-12-01T00:00:00Z\",\"waits\":[]}')))" >/dev/null
  links '1A 1B'
  is "select string_agg(digest, ' ' order by id) from calsync.copy" 'd-A d-B'
}

@test "waits: what is gone or has ended waits for nothing, in no mailbox" {
  one A U1 '{"due":"2026-12-01T00:00:00Z","waits":["w"]}'
  one B U2 '{"due":"2026-12-01T00:00:00Z","waits":["w"]}'
  ask "select t.page(2, jsonb_build_array(t.op('link.copy', 'A2', 'U1', jsonb_build_object('copy', t.copy('A2', 'attendee'), 'due', null, 'waits', '[\"w\"]'::jsonb))))
    union all select t.page(3, jsonb_build_array(t.op('link.base', 'A3', 'U1', jsonb_build_object('copy', t.copy('A3', 'attendee'), 'due', null, 'waits', '[\"w\"]'::jsonb))))"
  links '1A:12-01:{w}:p1:0 1B:12-01:{w}:p1:0 2A2 3A3:{w}:p1:0'
  ways() { # SQL LEFT: what waits after it, and all is as before.
    ask 'savepoint s; alter sequence calsync.intent_id_seq restart'
    ask "$1" >/dev/null
    links "$2" || { echo "after $1"; return 1; }
    ask 'rollback to s'
  }
  rest='1B:12-01:{w}:p1:0 2A2'
  ways "select t.page(1, jsonb_build_array(t.op('link.drop', 'A', 'U1')))" "1A $rest 3A3:{w}:p1:0"
  ways "select t.page(1, jsonb_build_array(t.op('crm.delete', 'A', 'U1', '{\"how\":\"delete\"}')))" "1A $rest 3A3"
  ways "select t.page(2, jsonb_build_array(t.op('link.end', 'A2', 'U1', jsonb_build_object('copy', t.copy('A2', 'attendee')))))" "1A $rest 3A3"
  ways "select t.page(1, jsonb_build_array(t.op('link.end', 'A', 'U1', '{\"state\":\"inactive\"}')))" "1A $rest 3A3:{w}:p1:0"
  ways "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('A', 'removed'))))" "1A $rest 3A3:{w}:p1:0"
  sent="select t.final(1, jsonb_build_array(t.op('graph.delete', 'A', 'U1', t.outward()))), t.begin('{1}'), t.settle('{1}', 'done', '{\"status\":204}')"
  ways "$sent" "1A $rest 3A3"
  again="select t.final(1, jsonb_build_array(t.op('graph.create', null, 'U1', t.outward('{\"crm_id\":\"1\",\"owner\":\"1\",\"slot\":\"\",\"gone\":\"A\"}')))), t.begin('{1}'), t.settle('{1}', 'done', t.answer('G', 'U9'))"
  ways "$again" "1A 1B:12-01:{w}:p1:0 1G 2A2 3A3:{w}:p1:0"
  # What we write to Graph says nothing about what it waits for.
  sent="select t.final(1, jsonb_build_array(t.op('graph.update', 'A', 'U1', t.outward()))), t.begin('{1}'), t.settle('{1}', 'done', t.answer('A', 'U1'))"
  ways "$sent" "1A:12-01:{w}:p1:0 $rest 3A3:{w}:p1:0"
  # Nor does the end of an account's calendar that is the user's own; of another's it does.
  for how in '{"gone":true}' '{"gone":true,"shared":true}'; do
    ask "savepoint c; update calsync.copy set calendar = 'X' where account = 1; select t.section(1, null, 'L1', '{\"calendar\":\"X\"}'::jsonb || ('$how'::jsonb - 'gone'))" >/dev/null
    ways "select t.page(1, '[]', jsonb_build_object('calendar', 'X', 'cursor', jsonb_build_object('from', t.cursor('L1'), 'to', null, 'complete', true)) || '$how')" \
      "$([[ $how == *shared* ]] && echo '1A 1B 2A2' || echo "1A:12-01:{w}:p1:0 $rest") 3A3:{w}:p1:0"
    ask 'rollback to c'
  done
}

@test "waits: a skip of a mailbox with many linked events reads its own row alone, also by a plan that was made before (L9)" {
  own
  for i in 1 2 3 4 5 6; do ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('S', 'private'))))"; done >/dev/null
  ask "insert into calsync.copy (account, id, meeting, role, confirmed, due, horizon, policy_digest, waits)
    select 1, 'g' || g, g, 'organizer', now(), '2027-12-01', '0', 'p1', array[calsync.text_digest('w' || g)] from generate_series(1, 3000) g"
  for plan in kept new; do
    [ "$plan" = kept ] || session
    is "begin; select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('g7', 'conflict'), t.skip('S', 'private'))));
      select count(*) from calsync.fetch_again(1, '', 'p1', '2026-12-01');
      select calsync.match_known(1, '{g8}', '{x}'), calsync.fetch_same(1, '', '{g8}', '{7}');
      select coalesce(seq_tup_read, 0) + idx_tup_fetch < 20 from pg_stat_xact_user_tables where relid = 'calsync.copy'::regclass;
      select count(*) from calsync.copy where policy_digest is null; rollback" $'\n0\nt\n1'
  done
}
