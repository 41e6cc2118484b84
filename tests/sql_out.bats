# The way out in the database (docs/stream.md section 9): what a page plans, holds,
# adopts and acknowledges, and which intents may be sent.  What becomes of them:
# sql_journal.bats.

load sql

changes() { is "select string_agg(concat_ws(',', seq, crm_id, reason, to_char(due, 'MM-DD'), account, policy_digest), ' ' order by seq) from calsync.change" "$1"; }
intents() { is "select string_agg(concat_ws(',', id, op, coalesce(outcome, '-'), sent is not null), ' ' order by id) from calsync.intent" "$1"; }
holds() { is "select string_agg(concat_ws(',', id, reason, case when consumed is not null then 'used' when void is not null then 'void' when released_at is not null then 'released' else 'open' end), ' ' order by id) from calsync.hold" "$1"; }
# state ID: of a meeting.
state() { is "select state, version, coalesce(ended, '-') from calsync.meeting where id = $1" "$2"; }

# Acknowledging ------------------------------------------------------------------

@test "changes: what a CRM op settled is acknowledged, what moved or failed stays, and so do later changes" {
  one A U1 >/dev/null
  ask "select t.edit('1', 'Hand'); select t.edit('1'); select t.edit('1')" >/dev/null
  ask "alter table crm.events add check (subject <> 'bad')"
  is "select t.page(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"bad\"},\"changes\":[1,2]}')))" 'A=failed 23514'
  is "select t.page(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"x\"},\"changes\":[1,2],\"expect\":{\"version\":7,\"digest\":null}}')))" 'A=moved'
  changes '1,1 2,1 3,1'
  is "select t.page(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"x\"},\"changes\":[1,2]}')))" 'A=done'
  changes '3,1'
  is "select t.page(1, jsonb_build_array(t.op('link.base', 'A', 'U1', jsonb_build_object('changes', '[3]'::jsonb, 'copy', t.copy('A')))))" 'A=done'
  changes ''
}

@test "changes: a skip of a linked event acknowledges at once; one that names none leaves them" {
  one A U1 >/dev/null
  ask "select t.edit('1'); select t.edit('1')" >/dev/null
  ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('A', 'in_flight', '{\"crm_id\":\"1\"}'))))"
  changes '1,1 2,1'
  ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('A', 'not_organizer', '{\"crm_id\":\"1\",\"changes\":[1,2]}'))))"
  changes ''
}

@test "changes: a skipped CRM event sleeps in one row until its time or another policy, a final one goes" {
  ask "select t.crm('Pitch'), t.crm('Other'); select t.edit('1'), t.edit('1'), t.edit('2')" >/dev/null
  skip() { ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip(null, '$1', '{\"crm_id\":\"$2\"}'::jsonb || '${3:-{\}}'))))"; }
  skip private 1 '{"changes":[1,2]}'
  changes '2,1,private,1,p1 3,2'
  # Looked at again and still so: nothing is written.
  before=$(ask "select xmin, ctid from calsync.change where seq = 2")
  ask 'savepoint s'
  skip private 1 '{"changes":[2]}'
  is "select ctid from calsync.change where seq = 2" "${before#*|}"
  skip window_future 1 '{"changes":[2],"due":"2026-12-24T00:00:00Z"}'
  changes '2,1,window_future,12-24,1,p1 3,2'
  # An edit meanwhile: it stands beside the sleeping row, and one row is left after it.
  ask "select t.edit('1')" >/dev/null
  skip private 1 '{"changes":[2]}'
  changes '2,1,private,1,p1 3,2 4,1'
  skip private 1 '{"changes":[2,4]}'
  changes '3,2 4,1,private,1,p1'
  skip imported 1 '{"changes":[4],"final":true}'
  skip removed 2 '{"changes":[3],"final":true}'
  changes ''
  is "select count(*) from calsync.seen" 0
}

@test "changes: a listed CRM event of a first section gets a change, once, so that it comes again" {
  ask "select t.crm('Pitch'), t.crm('Late')" >/dev/null
  first="select t.final(1, '[]', jsonb_build_object('skips', jsonb_build_array(
    t.skip(null, 'first_run', jsonb_build_object('crm_id', '1', 'due', t.now())),
    t.skip(null, 'private', '{\"crm_id\":\"2\",\"changes\":[]}'),
    t.skip(null, 'imported', '{\"crm_id\":\"3\",\"final\":true}'))))"
  # A section that broke off gives no last answer.
  ask 'savepoint s'
  ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip(null, 'incomplete', '{\"crm_id\":\"1\"}'))))"
  changes '1,1'
  ask 'rollback to s; alter sequence calsync.change_seq_seq restart'
  ask "$first"
  changes '1,2,private,1,p1 2,1'
  ask "$first"
  changes '1,2,private,1,p1 2,1'
  ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip(null, 'private', '{\"crm_id\":\"1\",\"changes\":[2]}'))))"
  changes '1,2,private,1,p1 2,1,private,1,p1'
}

@test "changes: a section without a mailbox acknowledges too" {
  ask "select t.crm('Pitch'); select t.edit('1')" >/dev/null
  ask "select t.page(null, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip(null, 'owner_off', '{\"crm_id\":\"1\",\"changes\":[1]}'))))"
  changes '1,1,owner_off,p1'
  is "select account is null, crm_id, code from calsync.log where kind = 'skip'" 't|1|owner_off'
  # A mailbox that comes back is news for what had none to go out through (F005).
  ask 'update calsync.account set events = false where id = 1'
  changes '1,1,owner_off,p1'
  ask 'update calsync.account set events = true where id = 1'
  changes '1,1'
}

@test "log: the skip of a CRM event is logged when its reason is new (U11)" {
  skip() { ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip(null, '$1', '{\"crm_id\":\"7\"}'))))"; }
  skip private; skip private; skip window_past; skip window_past; skip private; skip unchanged
  is "select string_agg(crm_id || code, ' ' order by id), count(item) from calsync.log where kind = 'skip'" '7private 7window_past 7private|0'
}

@test "first: a mailbox is past its first section only when that wrote to Graph" {
  is "select t.section(1, null, 'L1')" ''
  is 'select first from calsync.account where id = 1' t
  ask "select t.final(1, '[]')"
  is 'select first from calsync.account where id = 1' f
  page() { ask "select outcome from calsync.apply_cursors(json_build_array(t.doc(2, '[]', jsonb_build_object('outward', $1, 'cursor', jsonb_build_object('complete', true, 'from', (select t.cursor(k.link) from calsync.cursor k where account = 2), 'to', t.cursor('$2'))))))"; }
  [ "$(page false L1)" = 'done' ]
  is 'select first from calsync.account where id = 2' t
  [ "$(page true L2)" = 'done' ]
  is 'select first from calsync.account where id = 2' f
  [ "$(page false L3)" = 'done' ]
  is 'select first from calsync.account where id = 2' f
}

# Adoption -----------------------------------------------------------------------

# adopt ACCOUNT ID UID CRM [MORE]: link.adopt as jsonb, in SQL.
adopt() { echo "(t.create('$2', '$3') - 'set') || jsonb_build_object('op', 'link.adopt', 'crm_id', '$4', 'differs', '[\"subject\"]'::jsonb, 'expect', jsonb_build_object('version', null, 'digest', t.digest('$4'))) || '${5:-{\}}'"; }

@test "adopt: a link with both bases as they are, and nothing is written on either side" {
  ask "select t.crm('Hand'); create table crm.writes (x text); create function crm.note() returns trigger language plpgsql as \$\$ begin insert into crm.writes values (tg_op); return null; end \$\$; create trigger note after insert or update on crm.events for each row execute function crm.note()" >/dev/null
  is "select t.page(1, jsonb_build_array($(adopt 1 A U1 1 '{"changes":[1]}')))" 'A=adopted'
  is 'select count(*) from crm.writes' 0
  is "select m.uid, m.crm_id, m.owner, m.state, m.version, m.base_graph::json ->> 'subject', m.base_crm::json ->> 'subject', c.id, c.digest, c.state from calsync.meeting m join calsync.copy c on c.meeting = m.id join calsync.meeting_key k on k.meeting = m.id" 'U1|1|1|active|1|Review|Hand|A|d-A|present'
  is "select crm_id, outcome, evidence from calsync.log" '1|adopted|matched; differs: subject'
}

@test "adopt: moved when the CRM event was edited, is gone, or has a living link; not over a tombstone" {
  ask "select t.crm('Hand'), t.crm('Other')" >/dev/null
  op=$(ask "select $(adopt 1 A U1 1)")
  ask "select t.edit('1', 'New')" >/dev/null
  is "select t.page(1, jsonb_build_array('$op'::jsonb))" 'A=moved'
  is "select (select count(*) from calsync.meeting), (select count(*) from calsync.meeting_key), (select count(*) from calsync.copy), t.again(1)" '0|0|0|A:moved'
  is "select t.page(1, jsonb_build_array($(adopt 1 Z U9 99 '{"expect":{"version":null,"digest":"d"}}')))" 'Z=moved'
  is "select t.page(1, jsonb_build_array($(adopt 1 A U1 1), $(adopt 1 B U2 1), $(adopt 1 C U3 2)))" 'A=adopted B=moved C=adopted'
  is "select t.page(2, jsonb_build_array($(adopt 2 D U4 1)))" 'D=moved'
  is "select string_agg(uid, ' ' order by uid) from calsync.meeting_key" 'U1 U3'
  op 1 link.end A U1
  is "select t.page(1, jsonb_build_array($(adopt 1 E U5 1)))" 'E=adopted'
}

@test "adopt: of two mailboxes on one meeting the organizer's gives owner and base, in any order (L6)" {
  ask "select t.crm('Hand')" >/dev/null
  a=$(ask "select $(adopt 1 A U1 1 '{"base":{"graph":{"subject":"Ann"}}}')")
  b=$(ask "select $(adopt 2 B U1 1 '{"rank":2,"base":{"graph":{"subject":"Bob"}}}') || jsonb_build_object('copy', t.copy('B', 'attendee'))")
  end="select m.owner, m.rank, m.base_graph::json ->> 'subject', m.base_crm::json ->> 'subject', (select string_agg(id || state, ' ' order by id) from calsync.copy), (select count(*) from calsync.again), (select subject from crm.events) from calsync.meeting m"
  ask 'savepoint s'
  is "select t.page(1, jsonb_build_array('$a'::jsonb)) || t.page(2, jsonb_build_array('$b'::jsonb))" 'A=adoptedB=joined'
  is "$end" '1|0|Ann|Hand|Apresent Bpresent|0|Hand'
  ask 'rollback to s'
  is "select t.page(2, jsonb_build_array('$b'::jsonb)) || t.page(1, jsonb_build_array('$a'::jsonb))" 'B=adoptedA=joined'
  is "$end" '1|0|Ann|Hand|Apresent Bpresent|0|Hand'
  # A create never writes over what was adopted.
  is "select t.page(3, jsonb_build_array(t.create('C', 'U1', '{\"set\":{\"subject\":\"Graph\"}}')))" 'C=joined'
  is "select subject from crm.events" Hand
}

@test "adopt: what would have joined an adoption that moved comes again with it" {
  ask "select t.crm('Hand')" >/dev/null
  is "select t.page(1, jsonb_build_array($(adopt 1 A U1 1 '{"expect":{"version":null,"digest":"x"}}'), t.create('B', 'U1'), $(adopt 1 C U1 1)))" 'A=moved B=moved C=moved'
  is "select (select count(*) from calsync.meeting), (select count(*) from calsync.meeting_key), (select count(*) from crm.events), t.again(1)" '0|0|1|A:moved B:moved C:moved'
}

# Holds ---------------------------------------------------------------------------

@test "hold: listed once, another digest makes another, and what was released is void then" {
  one A U1 >/dev/null
  ask "select t.edit('1', 'Hand')" >/dev/null
  hold() { ask "select t.final(1, jsonb_build_array(t.held(t.op('graph.update', 'A', 'U1', '{\"crm_id\":\"1\"}'), '$1')))"; }
  [ "$(hold d1)" = 'hold=held' ]
  [ "$(hold d1)" = 'hold=held' ]
  holds '1,mail_held,open'
  changes '1,1'
  is "select id, meeting, crm_id, mailbox, op, fields, mail, reason, rule from calsync.held" '1|1|1|ann@firm.test|graph.update|{subject}|{xia@client.test}|mail_held|mail_held'
  is "select count(*), min(outcome), min(crm_id) from calsync.log where code = 'hold'" '1|held|1'
  is "select r ->> 'outcome', r ->> 'released_by' from calsync.admin_release(1) r" 'released|postgres'
  holds '1,mail_held,released'
  hold d1
  holds '1,mail_held,released'
  hold d2
  holds '1,mail_held,void 2,mail_held,open'
  is "select r ->> 'outcome' from calsync.admin_release(1) r" void
  is "select r ->> 'outcome' from calsync.admin_release(9) r" unknown
  is "select count(*) from calsync.held" 1
}

@test "hold: void once its event is decided on without it; a record that leaves it pending says nothing" {
  one A U1 >/dev/null
  ask "select t.crm('Pitch'); select t.edit('1', 'Hand'); select t.edit('2')" >/dev/null
  ask "select t.final(1, jsonb_build_array(t.held(t.op('graph.update', 'A', 'U1', '{\"crm_id\":\"1\"}'), 'd1'), t.held(t.post('2'), 'd2')))"
  # Still held: listed before.
  ask "select t.final(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('A', 'mail_held', '{\"crm_id\":\"1\"}'), t.skip(null, 'mail_held', '{\"crm_id\":\"2\"}'))))"
  # The CRM side of the same candidate is done while the other is still held.
  ask "select t.final(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"set\":{\"location\":\"x\"}}')), jsonb_build_object('skips', jsonb_build_array(t.skip('A', 'mail_held', '{\"crm_id\":\"1\"}'))))"
  # Another mailbox's section.
  ask "select t.final(2, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip(null, 'unchanged', '{\"crm_id\":\"2\",\"changes\":[]}'))))"
  holds '1,mail_held,open 2,mail_held,open'
  ask "select t.final(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"x\"},\"changes\":[1]}')))"
  holds '1,mail_held,void 2,mail_held,open'
  ask "select t.final(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip(null, 'removed', '{\"crm_id\":\"2\",\"changes\":[2],\"final\":true}'))))"
  holds '1,mail_held,void 2,mail_held,void'
}

@test "hold: an event whose cause is on Graph's side is read again, a CRM event that was listed gets a change" {
  one A U1 >/dev/null
  ask "select t.crm('Pitch')" >/dev/null
  ask "insert into calsync.again values (1, 'A', '', 'moved', t.now()::timestamptz, 1, t.now()::timestamptz)"
  ask "select t.final(1, jsonb_build_array(t.held(t.op('graph.update', 'A', 'U1', '{\"crm_id\":\"1\"}'), 'd1'), t.held(t.post('2'), 'd2')))"
  is "select t.again(1), (select count(*) from calsync.again)" 'A:due|0'
  changes '1,2'
}

# Planning --------------------------------------------------------------------------

@test "plan: an outward op becomes an intent, never at a mark; nothing is acknowledged" {
  one A U1 >/dev/null
  ask "select t.crm('Pitch'); select t.edit('1', 'Hand'); select t.edit('2')" >/dev/null
  ops="jsonb_build_array(t.op('graph.update', 'A', 'U1', t.outward('{\"crm_id\":\"1\",\"changes\":[1],\"mail\":[\"xia@client.test\"],\"start\":\"2026-11-25\"}')), t.post('2', '{\"changes\":[2]}'))"
  is "select string_agg(r.result ->> 'outcome', ' ') from calsync.apply_page(t.doc(1, $ops, jsonb_build_object('cursor', jsonb_build_object('complete', false, 'from', null, 'to', t.cursor(null, 'R1'))))) r" 'incomplete incomplete'
  intents ''
  is "select t.again(1)" A:incomplete
  ask "delete from calsync.cursor"
  is "select t.final(1, $ops)" 'graph.update=planned graph.create=planned'
  intents '1,graph.update,-,f 2,graph.create,-,f'
  changes '1,1 2,2'
  is "select run, account, meeting, crm_id, item, place, mail, changes, doc #>> '{expect,version}', doc #>> '{set,subject}' from calsync.intent where id = 1" 'r1|1|1|1|A|2026-11-25 A|{xia@client.test}|{1}|1|Ours'
  is "select count(distinct transaction_id), min(place) from calsync.intent" '2|2026-11-24T09:00:00Z 2'
  is "select (select count(*) from calsync.meeting), (select string_agg(outcome || crm_id, ' ' order by id) from calsync.log where code like 'graph.%' and outcome = 'planned')" '1|planned1 planned2'
  # Results stand in the order of the ops.
  is "select string_agg(concat_ws(',', r.n, r.result ->> 'op', r.result ->> 'intent'), ' ') from t.apply(2, jsonb_build_array(t.post(t.crm('X')), t.create('Q', 'U7'), t.post(t.crm('Y'))), jsonb_build_object('cursor', jsonb_build_object('complete', true, 'from', null, 'to', t.cursor('L1')))) r" '1,graph.create,3 2,crm.create 3,graph.create,4'
  is "select base_graph::json ->> 'subject' from calsync.meeting where uid = 'U7'" Review
}

@test "plan: with a CRM op of the same candidate only if that was done, one version later" {
  one A U1 >/dev/null
  ask "select t.edit('1', 'Hand')" >/dev/null
  pair() { echo "jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"set\":{\"location\":\"$1\"}}'), t.op('graph.update', 'A', 'U1', t.outward('{\"crm_id\":\"1\",\"changes\":[1]}')))"; }
  is "select t.final(1, $(pair Cafe))" 'crm.update=done graph.update=planned'
  is "select doc #>> '{expect,version}', doc #>> '{expect,digest}' = t.digest('1') from calsync.intent" '2|t'
  is "select t.begin('{1}')" go
  ask "select t.settle('{1}', 'done')"
  stale=$(ask "select $(pair Bar)")
  ask "select t.edit('1', 'Again')" >/dev/null
  is "select t.final(1, '$stale')" 'crm.update=moved graph.update=moved'
  intents '1,graph.update,done,t'
  is "select t.again(1)" 'A:moved'
}

@test "plan: moved when the link or the CRM event is another, ended, in flight, or there twice" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U2')))" >/dev/null
  up() { echo "t.op('graph.update', '$1', '$2', t.outward('{\"crm_id\":\"$3\"}'))"; }
  old=$(ask "select $(up A U1 1)")
  op 1 crm.update A U1 '{"set":{"subject":"x"}}' >/dev/null
  is "select t.final(1, jsonb_build_array('$old'::jsonb))" 'graph.update=moved'
  old=$(ask "select $(up A U1 1)")
  ask "select t.edit('1', 'Hand')" >/dev/null
  is "select t.final(1, jsonb_build_array('$old'::jsonb))" 'graph.update=moved'
  is "select t.final(1, jsonb_build_array($(up A U1 1), $(up A U1 1), $(up B U2 2)))" 'graph.update=planned graph.update=moved graph.update=planned'
  is "select t.begin('{1}'), t.final(1, jsonb_build_array($(up A U1 1)))" 'go|graph.update=moved'
  op 1 link.end B U2 >/dev/null
  is "select t.final(1, jsonb_build_array($(up B U2 2)))" 'graph.update=moved'
}

@test "plan: what was edited since is not held either" {
  one A U1 >/dev/null
  ask "select t.crm('Pitch')" >/dev/null
  linked=$(ask "select t.held(t.op('graph.update', 'A', 'U1', '{\"crm_id\":\"1\"}'), 'd1')")
  new=$(ask "select t.held(t.post('2'), 'd2')")
  op 1 crm.update A U1 '{"set":{"subject":"x"}}' >/dev/null
  ask "select t.edit('2', 'Edited')" >/dev/null
  is "select t.final(1, jsonb_build_array('$linked'::jsonb, '$new'::jsonb)), (select count(*) from calsync.hold)" 'hold=moved hold=moved|0'
}

@test "plan: a CRM event is sent out once: not with a living link, nor twice, nor while it is under way" {
  ask "select t.crm('Pitch'), t.crm('Linked')" >/dev/null
  is "select t.page(1, jsonb_build_array($(adopt 1 A U1 2)))" 'A=adopted'
  is "select t.final(1, jsonb_build_array(t.post('1'), t.post('1'), t.post('2'), t.post('99', '{\"expect\":{\"version\":null,\"digest\":\"d\"}}')))" 'graph.create=planned graph.create=moved graph.create=moved graph.create=moved'
  is "select t.final(2, jsonb_build_array(t.post('1')))" 'graph.create=moved'
  is "select t.begin('{1}')" go
  is "select t.final(2, jsonb_build_array(t.post('1')))" 'graph.create=moved'
  # It counts as linked for adoption as well.
  is "select t.page(2, jsonb_build_array($(adopt 2 B U5 1)))" 'B=moved'
  # Copies for two users (owner.unsynced_out = copies) have a slot each.
  ask "select t.crm('Shared')" >/dev/null
  is "select t.final(1, jsonb_build_array(t.post('3', '{\"slot\":\"1\"}'))), t.final(2, jsonb_build_array(t.post('3', '{\"slot\":\"2\"}'))), t.final(2, jsonb_build_array(t.post('3', '{\"slot\":\"2\"}')))" 'graph.create=planned|graph.create=planned|graph.create=moved'
}

@test "plan: what was planned and never sent is void in the account's next section, and comes again" {
  one A U1 >/dev/null
  ask "select t.crm('Pitch')" >/dev/null
  ask "select t.final(1, jsonb_build_array(t.op('graph.update', 'A', 'U1', t.outward('{\"crm_id\":\"1\"}')), t.post('2')))"
  # Nothing but this page knew of them: an edit on Graph's side, and an event that was listed.
  is "select t.again(1)" 'A:planned'
  changes '1,2'
  is "select changes from calsync.intent where id = 2" '{1}'
  # Not by a mark, nor another calendar's page of the same run, nor another mailbox.
  ask "select t.final(2, '[]', '{\"run\":\"r2\"}'); select t.final(1, '[]'); select t.page(1, '[]', '{\"run\":\"r2\"}')"
  intents '1,graph.update,-,f 2,graph.create,-,f'
  ask "select t.final(1, jsonb_build_array(t.post('2', '{\"changes\":[1]}')), '{\"run\":\"r2\"}')"
  intents '1,graph.update,void,f 2,graph.create,void,f 3,graph.create,-,f'
  is "select doc ? 'set' from calsync.intent where id = 1" f
  is "select t.again(1)" 'A:planned'
  changes '1,2'
  # The same where nothing happened.
  ask "select outcome from calsync.apply_cursors(json_build_array(t.doc(1, '[]', jsonb_build_object('run', 'r3', 'outward', true, 'cursor', jsonb_build_object('complete', true, 'from', (select t.cursor(k.link) from calsync.cursor k where account = 1), 'to', t.cursor('LX'))))))" >/dev/null
  intents '1,graph.update,void,f 2,graph.create,void,f 3,graph.create,void,f'
}

# What is due, and the moment before it is sent ------------------------------------------

@test "due: open ones first, then what this run planned; each is given until it was dealt with" {
  ask "select t.crm('a'), t.crm('b'), t.crm('c'), t.crm('d')" >/dev/null
  ask "select t.final(1, jsonb_build_array(t.post('1', '{\"start\":\"2026-12-02\"}'), t.post('2', '{\"start\":\"2026-12-01\"}'))); select t.final(2, jsonb_build_array(t.post('3')))"
  is "select t.due('r1', '{1,2,1}'), t.due('r1', '{2}'), t.due('r2', '{1,2}')" '2p 1p 3p|3p|'
  [ "$(ask "select * from calsync.intents_due('r1', '{2}')" | jq -c 'del(.doc, .transaction, .age, .sent)')" = \
    '{"intent":3,"account":2,"mailbox":"bob@firm.test","graph_user":"bob@firm.test","connection":1,"zone":"UTC","op":"graph.create","open":false,"item":null,"body":null,"if_match":null}' ]
  is "select t.begin('{2,3}')" 'go go'
  is "select t.due('r1', '{1,2}')" '1p'
  # The run ends here.  What it had sent is the next one's first task.
  is "select t.due('r2', '{1,2}')" '2o 3o'
  is "select d ->> 'body' from calsync.intents_due('r2', '{2}') d" 'body 3'
  is "select t.settle('{2}', 'unknown', '{\"run\":\"r2\"}')" unknown
  is "select t.due('r2', '{1,2}'), t.due('r3', '{1,2}')" '3o|2o 3o'
}

@test "begin: journaled with body, time and link before anything is sent" {
  ask "select t.crm('Pitch')" >/dev/null
  ask "select t.final(1, jsonb_build_array(t.post('1', '{\"mail\":[\"xia@client.test\"]}')))" >/dev/null
  is "select t.begin('{1}')" go
  is "select body, if_match, sent, outcome from calsync.intent" 'body 1|W/1|2026-11-21 09:00:00+00|'
  is "select m.state, m.uid = 'pending:' || i.transaction_id, m.crm_id, m.owner, m.born, (select count(*) from calsync.meeting_key) from calsync.intent i join calsync.meeting m on m.id = i.meeting" 'pending|t|1|1|crm|0'
  is "select address, outcome from calsync.mails" 'xia@client.test|'
  # It cannot be begun twice.
  is "select t.begin('{1}'), (select count(*) from calsync.meeting)" 'moved|1'
  intents '1,graph.create,-,t'
}

@test "begin: moved, and void, when link or CRM event changed since, or it was linked" {
  one A U1 >/dev/null
  ask "select t.crm('Pitch'), t.crm('Linked'), t.crm('Same')" >/dev/null
  ask "select t.edit(i::text) from generate_series(1, 4) i" >/dev/null
  is "select t.final(1, jsonb_build_array(t.op('graph.update', 'A', 'U1', t.outward('{\"crm_id\":\"1\",\"changes\":[1]}')), t.post('2', '{\"changes\":[2]}'), t.post('3', '{\"changes\":[3]}'), t.post('4', '{\"changes\":[4]}')))" 'graph.update=planned graph.create=planned graph.create=planned graph.create=planned'
  op 1 link.base A U1 '{"base":{"graph":{}}}' >/dev/null
  ask "select t.edit('2', 'Edited')" >/dev/null
  ask "select t.page(2, jsonb_build_array($(adopt 2 Q U7 3)))" >/dev/null
  is "select t.begin('{1,2,3,4,4}')" 'moved moved moved go moved'
  intents '1,graph.update,void,f 2,graph.create,void,f 3,graph.create,void,f 4,graph.create,-,t'
  is "select t.again(1)" 'A:moved'
  changes '1,1 2,2 3,3 4,4 5,2'
  is "select t.begin('{1}')" moved
  is "select t.begin('{4}', '{\"run\":\"r2\"}')" moved
  intents '1,graph.update,void,f 2,graph.create,void,f 3,graph.create,void,f 4,graph.create,-,t'
}

@test "begin: budgets of run, mailbox and person are kept, in the order of the list (L3)" {
  ask "select t.crm(i::text) from generate_series(1, 9) i" >/dev/null
  lim() { echo "jsonb_build_object('limits', '$1'::jsonb, 'mail', '$2'::jsonb)"; }
  ask "select t.final(1, jsonb_build_array(
    t.post('1', $(lim '{"run":3,"mailbox":null,"person":null}' '["a@x.test","b@x.test"]')),
    t.post('2', $(lim '{"run":3,"mailbox":null,"person":null}' '["c@x.test","d@x.test"]')),
    t.post('3', $(lim '{"run":3,"mailbox":null,"person":null}' '["e@x.test"]')),
    t.post('4', $(lim '{"run":3,"mailbox":0,"person":0}' '[]')),
    t.post('5', $(lim '{"run":null,"mailbox":3,"person":null}' '["f@x.test"]')),
    t.post('6', $(lim '{"run":null,"mailbox":null,"person":1}' '["a@x.test","g@x.test"]')),
    t.post('7', $(lim '{"run":null,"mailbox":null,"person":2}' '["a@x.test"]'))))" >/dev/null
  is "select t.begin('{1,2,3,4,5,6,7}')" 'go over_budget go go over_budget over_budget go'
  intents '1,graph.create,-,t 2,graph.create,void,f 3,graph.create,-,t 4,graph.create,-,t 5,graph.create,void,f 6,graph.create,void,f 7,graph.create,-,t'
  # Over budget: pending.
  is "select string_agg(crm_id, ' ' order by seq) from calsync.change where crm_id in ('2', '5', '6')" '2 5 6'
  # Another mailbox has its own budget, the run and the person have one.
  ask "select t.final(2, jsonb_build_array(
    t.post('2', $(lim '{"run":5,"mailbox":1,"person":null}' '["h@x.test"]')),
    t.post('5', $(lim '{"run":5,"mailbox":9,"person":null}' '["i@x.test"]')),
    t.post('6', $(lim '{"run":null,"mailbox":null,"person":2}' '["a@x.test"]'))))" >/dev/null
  is "select t.begin('{8,9,10}')" 'go over_budget over_budget'
}

@test "begin: a person's budget is a day's, of all runs; refused and unsent mails do not count, unknown ones do" {
  ask "select t.crm(i::text) from generate_series(1, 9) i" >/dev/null
  post() { echo "t.post('$1', '{\"mail\":[\"a@x.test\"],\"limits\":{\"run\":1,\"person\":2}}')"; }
  # begin CRM RUN NOW: plans and begins.
  try() { ask "select t.final(1, jsonb_build_array($(post "$1")), '{\"run\":\"$2\"}')" >/dev/null; ask "select t.begin(array[max(id)], '{\"run\":\"$2\",\"now\":\"$3\"}') from calsync.intent"; }
  [ "$(try 1 r1 2026-11-20T08:00:00Z)" = go ]
  [ "$(try 2 r2 2026-11-20T10:00:00Z)" = go ]
  [ "$(try 3 r3 2026-11-20T11:00:00Z)" = over_budget ]
  [ "$(try 4 r4 2026-11-21T07:59:00Z)" = over_budget ]
  [ "$(try 5 r5 2026-11-21T08:00:00Z)" = go ]
  is "select t.settle('{1}', 'unknown', '{\"run\":\"r1\"}'), t.settle('{2}', 'refused', '{\"run\":\"r2\"}'), t.settle('{5}', 'moved', '{\"run\":\"r5\"}')" 'unknown|refused|moved'
  is "select calsync.intent_spent('r6', '2026-11-21T07:00Z', '{1}') -> 'person'" '{"a@x.test": 1}'
  [ "$(try 6 r6 2026-11-21T08:30:00Z)" = go ]
  [ "$(try 7 r6 2026-11-21T08:30:00Z)" = over_budget ]
  is "select string_agg(concat_ws(',', id, outcome, sent is not null), ' ' order by id) from calsync.intent where id in (1, 2, 5)" '1,t 2,refused,t 5,void,f'
  is "select count(*) from calsync.mails" 2
}

@test "begin: deletions of both sides count for a mailbox's day (L2)" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U2'), t.create('C', 'U3'), t.create('D', 'U4')))" >/dev/null
  op 1 crm.delete D U4 '{"how":"delete"}' >/dev/null
  del() { echo "t.op('graph.delete', '$1', '$2', t.outward('{\"crm_id\":\"$3\",\"limits\":{\"run\":null,\"deletes\":2}}'))"; }
  ask "select t.final(1, jsonb_build_array($(del A U1 1), $(del B U2 2)))" >/dev/null
  is "select t.begin('{1,2}')" 'go over_budget'
  is "select calsync.intent_spent('r9', '2026-11-22T08:59Z', '{1}') -> 'deletes', calsync.intent_spent('r9', '2026-11-22T09:01Z', '{1}') -> 'deletes'" '{"1": 2}|{}'
}

@test "begin: a release lets one op through, once" {
  one A U1 >/dev/null
  ask "select t.crm('Pitch'); select t.edit('1'); select t.edit('2')" >/dev/null
  ask "select t.final(1, jsonb_build_array(t.held(t.op('graph.update', 'A', 'U1', '{\"crm_id\":\"1\"}'), 'd1'), t.held(t.post('2'), 'd2')))" >/dev/null
  up="t.op('graph.update', 'A', 'U1', t.outward('{\"crm_id\":\"1\",\"hold\":1}'))"
  # Not released, or of something else.
  is "select t.final(1, jsonb_build_array($up)), t.begin('{1}')" 'graph.update=planned|moved'
  ask 'select calsync.admin_release(1), calsync.admin_release(2)' >/dev/null
  is "select t.final(1, jsonb_build_array($up || '{\"hold\":2}')), t.begin('{2}')" 'graph.update=planned|moved'
  is "select t.final(1, jsonb_build_array($up)), t.begin('{3}')" 'graph.update=planned|go'
  holds '1,mail_held,used 2,mail_held,released'
  is "select r ->> 'outcome' from calsync.admin_release(1) r" used
  ask "select t.settle('{3}', 'done')" >/dev/null
  is "select t.final(1, jsonb_build_array($up)), t.begin('{4}')" 'graph.update=planned|moved'
  # Over budget it is not used up.
  ask "select t.final(1, jsonb_build_array(t.post('2', '{\"hold\":2,\"mail\":[\"a@x.test\"],\"limits\":{\"run\":0}}')))" >/dev/null
  is "select t.begin('{5}')" over_budget
  holds '1,mail_held,used 2,mail_held,released'
}

@test "snapshot: no row of the CRM is longer than a line of the stream (L5, L9)" {
  ask "select t.crm('Long')" >/dev/null
  ask "update crm.events set description = repeat('x', 9000000), subject = repeat('y', 3000000), location = repeat('z', 3000000) where subject = 'Long';
    insert into crm.event_attendees (event_id, email, name) select e.event_id, 'p' || g || '@client.test', repeat('n', 2000) from crm.events e, generate_series(1, 2100) g where e.description is not null and length(e.description) = 9000000" >/dev/null
  is "select octet_length(s.doc::text) < 4000000, jsonb_array_length(s.doc -> 'attendees'), length(s.doc ->> 'body'), s.doc -> 'cut', calsync.crm_base(s.doc) ? 'cut' from crm.events e, calsync.snapshot(array[e.event_id::text]) s where length(e.description) = 9000000" 't|2000|500000|["body", "people"]|f'
  # What is whole does not say so.
  ask "delete from crm.event_attendees where name like 'nnn%' and substring(email from 2 for 5)::text ~ '^20[0-9][0-9]@';
    update crm.events set description = left(description, 500000) where length(description) = 9000000" >/dev/null
  is "select s.doc ? 'cut' from crm.events e, calsync.snapshot(array[e.event_id::text]) s where length(e.description) = 500000" f
}
