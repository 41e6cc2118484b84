# What becomes of the journal's intents (docs/stream.md section 9): each outcome,
# crashes between request and outcome, budgets from two sessions, people's decisions,
# rights and costs.  What is planned and sent: sql_out.bats.

load sql

changes() { is "select string_agg(concat_ws(',', seq, crm_id, reason, to_char(due, 'MM-DD HH24:MI')), ' ' order by seq) from calsync.change" "$1"; }
intents() { is "select string_agg(concat_ws(',', id, op, coalesce(outcome, '-'), sent is not null), ' ' order by id) from calsync.intent" "$1"; }
# logged CODE: the outcomes of such an op, in order.
logged() { is "select string_agg(concat_ws(' ', kind, outcome, case when error then 'error' end), ', ' order by id) from calsync.log where code = '$1' and outcome is distinct from 'planned'" "$2"; }
# posted: CRM event 1 was sent out, its answer is not known.
posted() {
  ask "select t.crm('Pitch', '${1:-{\}}'); select t.edit('1')" >/dev/null
  is "select t.final(1, jsonb_build_array(t.post('1', '{\"changes\":[1],\"mail\":[\"xia@client.test\"]}'::jsonb || '${2:-{\}}'))), t.begin('{1}')" 'graph.create=planned|go'
}
# patched [MORE]: an update of event A was sent.
patched() {
  one A U1 >/dev/null
  ask "select t.edit('1', 'Hand')" >/dev/null
  is "select t.final(1, jsonb_build_array(t.op('graph.update', 'A', 'U1', t.outward('{\"crm_id\":\"1\",\"changes\":[1]}'::jsonb || '${1:-{\}}')))), t.begin('{1}')" 'graph.update=planned|go'
}

# Done -----------------------------------------------------------------------------

@test "done: a create has link, key, copy and bases; the CRM has uid and state; the change is acknowledged" {
  posted
  ask "select t.edit('1')" >/dev/null
  [ "$(ask "select result from calsync.intent_settle(json_build_array(jsonb_build_object('n', 5, 'intent', 1, 'run', 'r1', 'now', t.now(), 'outcome', 'done') || t.answer('G1', 'UG')))" | jq -c .)" = \
    '{"outcome":"done","crm_id":"1","meeting":1,"error":false}' ]
  is "select uid, original_date, slot, state, version, crm_id, owner, born, base_graph::json ->> 'subject', base_crm::json ->> 'subject', base_crm::jsonb ? 'event_type' from calsync.meeting" 'UG|||active|2|1|1|crm|Graph|Ours|t'
  is "select k.uid, k.meeting, c.account, c.id, c.etag, c.digest, c.role, c.state, c.starts from calsync.meeting_key k join calsync.copy c using (meeting)" 'UG|1|1|G1|W/9|d9-G1|organizer|present|2026-11-24 09:00:00+00'
  is "select external_id, sync_status, subject from crm.events" 'UG|Active|Pitch'
  changes '2,1'
  intents '1,graph.create,done,t'
  is "select item, status, body is null, doc ? 'set', settled is not null from calsync.intent" 'G1|201|t|f|t'
  logged graph.create 'op done'
  is "select rule, evidence, policy, crm_id, item from calsync.log where outcome = 'done'" 'crm_changed|subject|direction.events = both|1|G1'
  # The same answer again, when it is not known whether it was committed.
  is "select t.settle('{1}', 'done', t.answer('G1', 'UG')), (select version from calsync.meeting)" 'done|2'
  logged graph.create 'op done'
  # The event comes in: it is known.
  is "select n from calsync.match_known(1, '{G1}', '{d9-G1}') n" 1
  is "select t.ask(2, '{\"id\":\"Z\",\"uid\":\"UG\"}') #>> '{link,meeting}'" 1
}

@test "done: our own writes to the CRM are no changes of people" {
  ask "create table crm.by (origin text); create function crm.note() returns trigger language plpgsql as \$\$ begin insert into crm.by values (current_setting('calsync.origin', true)); return null; end \$\$; create trigger note after update on crm.events for each row execute function crm.note()"
  posted
  ask "truncate crm.by; set local calsync.origin = 'import'; select t.settle('{1}', 'done', t.answer('G1', 'UG')); select t.edit('1')" >/dev/null
  is "select string_agg(origin, ' ') from crm.by" 'sync sync'
  is "select current_setting('calsync.origin')" import
}

@test "done: the link to an online meeting comes back if one was asked for" {
  posted '{"online":true}' '{"set":{"online":{"provider":"teamsForBusiness"}}}'
  ask "select t.settle('{1}', 'done', jsonb_set(t.answer('G1', 'UG'), '{event,online}', '{\"provider\":\"teamsForBusiness\",\"url\":\"https://x.test/1\"}'))" >/dev/null
  is "select online_url, (select base_crm::json #>> '{online,url}' from calsync.meeting) from crm.events" 'https://x.test/1|https://x.test/1'
}

@test "done: without the canonical event the copy is looked at again; without a base Graph's planned one holds" {
  patched
  ask "select t.settle('{1}', 'done', '{\"etag\":\"W/5\"}')" >/dev/null
  is "select etag, digest, starts, (select base_graph::json ->> 'subject' from calsync.meeting) from calsync.copy" 'W/5||2026-11-24 09:00:00+00|Ours'
}

@test "done: an update moves the bases by what it settled, and no more" {
  patched
  # Meanwhile: another edit, in a field that the op has not.
  ask "update crm.events set location = 'Hall'"
  ask "insert into calsync.again values (1, 'A', '', 'crm', t.now()::timestamptz, 1, t.now()::timestamptz)"
  is "select t.settle('{1}', 'done', t.answer('A', 'U1'))" 'done'
  is "select version, base_graph::json ->> 'subject', base_crm::json ->> 'subject', base_crm::json ->> 'location', state, (select etag || digest from calsync.copy), (select count(*) from calsync.again) from calsync.meeting" '2|Graph|Ours||active|W/9d9-A|0'
  is "select count(*) from calsync.change where seq = 1" 0
}

@test "done: an update that ends the link leaves a tombstone (U21)" {
  patched '{"state":"ended","why":{"rule":"private"}}'
  ask "select t.settle('{1}', 'done', t.answer('A', 'U1'))" >/dev/null
  is "select m.state, m.ended, e.sync_status, c.state, c.digest is null from calsync.meeting m join crm.events e on e.event_id::text = m.crm_id join calsync.copy c on c.meeting = m.id" 'ended|private|Inactive|present|t'
}

@test "done: a deletion ends the link on both sides" {
  one A U1 >/dev/null
  ask "select t.page(2, jsonb_build_array(t.op('link.copy', 'B', 'U1', jsonb_build_object('copy', t.copy('B', 'attendee'))))); set local calsync.origin = 'sync'; update crm.events set deleted = true; insert into calsync.change (crm_id, op, part) values ('1', 'delete', 'event')" >/dev/null
  is "select t.final(1, jsonb_build_array(t.op('graph.delete', 'A', 'U1', t.outward('{\"crm_id\":\"1\",\"changes\":[1],\"why\":{\"rule\":\"deleted_in_crm\"}}')))), t.begin('{1}'), t.settle('{1}', 'done', '{\"status\":204}')" 'graph.delete=planned|go|done'
  is "select m.state, m.ended, e.sync_status, (select string_agg(id || c.state || coalesce(c.digest, '-'), ' ' order by id) from calsync.copy c) from calsync.meeting m, crm.events e" 'ended|deleted_in_crm|Inactive|Agone- Bpresent-'
  changes ''
  # A row that is gone altogether.
  one C U3 >/dev/null
  ask "set local calsync.origin = 'sync'; delete from crm.events where event_id = 2" >/dev/null
  is "select t.final(1, jsonb_build_array(t.op('graph.delete', 'C', 'U3', t.outward('{\"crm_id\":\"2\",\"expect\":{\"version\":1,\"digest\":null}}')))), t.begin('{2}'), t.settle('{2}', 'done')" 'graph.delete=planned|go|done'
  is "select string_agg(state, ' '), (select count(*) from calsync.errors) from calsync.meeting" 'ended ended|0'
}

@test "done: a copy that was made again for a link has its own uid, and the old one still leads there" {
  one A U1 >/dev/null
  ask "select t.edit('1')" >/dev/null
  is "select t.final(1, jsonb_build_array(t.op('graph.create', null, 'U1', t.outward('{\"crm_id\":\"1\",\"owner\":\"1\",\"slot\":\"\",\"gone\":\"A\",\"changes\":[1]}')))), t.begin('{1}'), t.settle('{1}', 'done', t.answer('G2', 'U2'))" 'graph.create=planned|go|done'
  is "select uid, version, state, (select string_agg(uid || meeting, ' ' order by uid) from calsync.meeting_key), (select external_id from crm.events), (select string_agg(id || state, ' ' order by id) from calsync.copy) from calsync.meeting" 'U2|2|active|U11 U21|U2|Agone G2present'
}

@test "done: Graph's event that came in meanwhile becomes this one; the other CRM event stays, unsynced, and is listed" {
  posted
  # Its own mailbox and another one had brought it in before the answer was known.
  ask "select t.page(2, jsonb_build_array(t.create('B', 'UG', jsonb_build_object('rank', 2, 'owner', '2', 'copy', t.copy('B', 'attendee'))))); select t.page(1, jsonb_build_array(t.create('G1', 'UG')), '{\"run\":\"r2\"}')" >/dev/null
  is "select t.settle('{1}', 'done', t.answer('G1', 'UG'))" 'done'
  is "select string_agg(concat_ws(',', id, state, crm_id, ended), ' ' order by id) from calsync.meeting" '1,active,1 2,ended,2,match_ambiguous'
  is "select uid || meeting, (select string_agg(id || meeting, ' ' order by id) from calsync.copy) from calsync.meeting_key" 'UG1|B1 G11'
  is "select string_agg(concat_ws(',', event_id, external_id, sync_status, deleted), ' ' order by event_id) from crm.events" '1,UG,Active,f 2,UG,Inactive,f'
  is "select code, meeting, detail from calsync.errors" 'match_ambiguous|2|the same event as CRM event 1'
}

@test "done: a CRM that refuses the uid loses neither link nor copy" {
  posted
  ask "alter table crm.events add check (sync_status <> 'Active')"
  is "select t.settle('{1}', 'done', t.answer('G1', 'UG'))" 'done'
  is "select state, (select id from calsync.copy), (select code || sqlstate from calsync.errors) from calsync.meeting" 'active|G1|crm_error23514'
}

@test "done: values of Graph that lost are kept for the admin, of private events never (L8)" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U2', '{\"set\":{\"sensitivity\":\"private\"}}')))" >/dev/null
  more='{"lost":{"subject":"Theirs"}}'
  ask "select t.final(1, jsonb_build_array(t.op('graph.update', 'A', 'U1', t.outward('$more')), t.op('graph.update', 'B', 'U2', t.outward('$more')))); select t.begin('{1,2}'); select t.settle('{1,2}', 'done')" >/dev/null
  is "select meeting, field, side, value from calsync.conflicts" '1|subject|graph|"Theirs"'
}

@test "done: holds of the event are void, of others not" {
  patched
  ask "select t.crm('Other'); select t.final(1, jsonb_build_array(t.held(t.post('2'), 'd2'))); insert into calsync.hold (meeting, crm_id, account, op, digest, reason, made) values (1, '1', 1, 'graph.update', 'd', 'mail_held', now())" >/dev/null
  ask "select t.settle('{1}', 'done')" >/dev/null
  is "select string_agg(crm_id, ' ') from calsync.held" 2
}

# Not done -----------------------------------------------------------------------------

@test "void: what was certainly not done comes again, and leaves no link, mail or body" {
  local word
  posted
  ask 'savepoint s'
  for word in moved mail_moved over_budget late locked; do
    is "select t.settle('{1}', '$word')" "$word"
    intents '1,graph.create,void,f'
    changes '1,1'
    is "select (select count(*) from calsync.meeting), (select count(*) from calsync.mails), (select meeting is null and body is null from calsync.intent)" '0|0|t'
    logged graph.create "op $word"
    ask 'rollback to s'
  done
  # It may be planned anew at once.
  is "select t.settle('{1}', 'moved'), t.final(1, jsonb_build_array(t.post('1', '{\"changes\":[1]}'))), t.begin('{2}')" 'moved|graph.create=planned|go'
}

@test "void: an item is read again, with the outcome as the reason" {
  patched
  ask 'savepoint s'
  for word in moved mail_moved late; do
    is "select t.settle('{1}', '$word'), t.again(1), (select state || version from calsync.meeting)" "$word|A:$word|active1"
    changes '1,1'
    ask 'rollback to s'
  done
  # Not even begun.
  ask "select t.crm('x'); select t.final(1, jsonb_build_array(t.post('2')))" >/dev/null
  is "select t.settle('{2}', 'late')" late
  intents '1,graph.update,-,t 2,graph.create,void,f'
}

@test "not_applied: once it comes again at once, then it is an error and pauses for a day" {
  one A U1 >/dev/null
  ask "select t.edit('1', 'Hand')" >/dev/null
  # again RUN: planned, sent, and not applied.
  again() {
    N=$((${N:-0} + ${1:-1}))
    is "select t.final(1, jsonb_build_array(t.op('graph.update', 'A', 'U1', t.outward('{\"crm_id\":\"1\",\"changes\":[1]}')))), t.begin('{$N}'), t.settle('{$N}', 'not_applied')" 'graph.update=planned|go|not_applied'
  }
  again
  changes '1,1'
  is "select t.again(1), (select count(*) from calsync.errors)" 'A:not_applied|0'
  again
  changes '1,1,not_applied,11-22 09:00'
  is "select t.again(1), t.again(1, '2026-11-22T09:00:00Z'), (select string_agg(code, ' ') from calsync.errors)" '|A:not_applied|not_applied'
  again
  changes '1,1,not_applied,11-22 09:00'
  # One that worked in between starts it anew.
  is "select t.final(1, jsonb_build_array(t.op('graph.update', 'A', 'U1', t.outward('{\"crm_id\":\"1\"}')))), t.begin('{4}'), t.settle('{4}', 'done')" 'graph.update=planned|go|done'
  again 2
  is "select string_agg(tries::text, ' ' order by id) from calsync.intent" '1 2 3 0 1'
}

@test "refused: an error that waits for a day, or for a person who retries" {
  posted
  is "select t.settle('{1}', 'refused', '{\"status\":400,\"code\":\"ErrorInvalidRequest\",\"request_id\":\"q-1\"}')" refused
  intents '1,graph.create,refused,t'
  changes '1,1,graph_error,11-22 09:00'
  is "select (select count(*) from calsync.meeting), (select count(*) from calsync.mails)" '0|0'
  is "select code, kind, detail from calsync.errors" 'graph_error|problem|status 400, ErrorInvalidRequest, request q-1'
  logged graph.create 'op refused'
  is "select calsync.admin_retry('2026-11-21T00:00Z')" 1
  is "select due from calsync.change" '-infinity'
}

@test "refused: an update without a change of the CRM is read again a day later" {
  patched '{"changes":[]}'
  ask "delete from calsync.change"
  is "select t.settle('{1}', 'refused', '{\"status\":403}')" refused
  is "select t.again(1), t.again(1, '2026-11-22T09:00:00Z')" '|A:graph_error'
}

# Not known ------------------------------------------------------------------------------

@test "unknown: stays open with its body, is a problem in the log, and is the next run's first task" {
  posted
  is "select t.settle('{1}', 'unknown', '{\"code\":\"timeout\"}'), t.due('r1', '{1}'), t.due('r2', '{1}')" 'unknown||1o'
  intents '1,graph.create,-,t'
  is "select body, (select state from calsync.meeting), (select count(*) from calsync.mails), (select string_agg(code || kind, ' ') from calsync.errors) from calsync.intent" 'body 1|pending|1|unknownproblem'
  changes '1,1'
}

@test "crash: sent and never heard of: the next run settles it before anything else, whatever became of it (L4)" {
  posted
  ask 'savepoint s'
  # Its account's next section voids only what was never sent.
  ask "select t.final(1, '[]', '{\"run\":\"r2\"}')"
  intents '1,graph.create,-,t'
  # This run could not look, and nobody may say that it was not done.
  for word in late locked over_budget mail_moved moved; do
    is "select t.settle('{1}', '$word', '{\"run\":\"r2\"}')" "$word"
    intents '1,graph.create,-,t'
  done
  is "select t.settle('{1}', 'done', t.answer('G1', 'UG', '{\"run\":\"r3\",\"found\":true}'))" 'done'
  is "select state, (select detail from calsync.log where outcome = 'done') from calsync.meeting" 'active|status 201, found'
  changes ''
  ask 'rollback to s'
  # Sent again, byte for byte, and refused.
  is "select d ->> 'body' from calsync.intents_due('r2', '{1}') d" 'body 1'
  is "select t.settle('{1}', 'refused', '{\"run\":\"r2\",\"status\":400}')" refused
  is "select count(*) from calsync.meeting" 0
}

@test "crash: an update whose answer was lost and that was overwritten since is void, but its mail counts" {
  patched '{"mail":["xia@client.test"]}'
  is "select t.settle('{1}', 'moved', '{\"run\":\"r2\"}'), t.again(1)" 'moved|A:moved'
  intents '1,graph.update,void,t'
  is "select count(*) from calsync.mails" 1
  changes '1,1'
}

# People -------------------------------------------------------------------------------------

@test "generation: a copy or a restored table is another one until an admin accepts it" {
  own
  is "select generation from calsync.org" ''
  ask "select calsync.admin_org('{\"generation\":\"accept\"}')" >/dev/null
  same() { is "select generation = calsync.generation() from calsync.org" "$1"; }
  same t
  ask "select calsync.admin_org('{\"enabled\":true}')" >/dev/null
  same t
  pg=$PGDATABASE
  createdb "${pg}_r"
  pg_dump -Fc -f "$BATS_TEST_TMPDIR/dump" "$pg"
  pg_restore -d "${pg}_r" "$BATS_TEST_TMPDIR/dump"
  [ "$(PGDATABASE=${pg}_r sql 'select generation = calsync.generation() from calsync.org')" = f ]
  [ "$(PGDATABASE=${pg}_r sql "select calsync.admin_org('{\"generation\":\"accept\"}'); select generation = calsync.generation() from calsync.org")" = $'\nt' ]
  dropdb "${pg}_r"
  # Set-up accepts its own tables, once.
  ask "update calsync.org set generation = null; update calsync.schema_file set sha = 'old' where file = '090-roles.sql'" >/dev/null
  run -0 "$TOP/scripts/calsync-setup" --db "$CALSYNC_DB"
  same t
  ask "update calsync.org set generation = 'other'; update calsync.schema_file set sha = 'old' where file = '090-roles.sql'" >/dev/null
  run -0 "$TOP/scripts/calsync-setup" --db "$CALSYNC_DB"
  same f
}

@test "retry: an item with its changes; others stay asleep" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U2')));
    insert into calsync.change (crm_id, op, part, reason, due) values ('1', 'update', 'event', 'graph_error', '2026-11-22Z'), ('2', 'update', 'event', 'graph_error', '2026-11-22Z'), ('1', 'update', 'event', 'private', null)" >/dev/null
  is "select calsync.admin_retry('2027-01-01Z'), calsync.admin_retry(null, 'A')" '0|1'
  is "select string_agg(coalesce(due::text, 'none'), ' ' order by seq) from calsync.change" '-infinity 2026-11-22 00:00:00+00 none'
}

# Rights ---------------------------------------------------------------------------------------

@test "roles: calsync_write delivers; calsync_read and calsync_admin do not" {
  own
  ask "select t.crm('Pitch'), t.crm('Gone'); select t.edit('1')" >/dev/null
  post=$(ask "select t.post('1', '{\"changes\":[1]}')")
  hold=$(ask "select t.held(t.post('2'), 'd2')")
  ask 'set role calsync_write'
  is "select string_agg(r.result ->> 'outcome', ' ') from calsync.apply_page(t.doc(1, jsonb_build_array('$post'::jsonb, '$hold'::jsonb), jsonb_build_object('cursor', jsonb_build_object('complete', true, 'from', null, 'to', t.cursor('L1'))))) r" 'planned held'
  is "select t.due('r1', '{1}'), t.begin('{1}'), t.settle('{1}', 'done', t.answer('G1', 'UG'))" '1p|go|done'
  is "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip(null, 'private', '{\"crm_id\":\"2\",\"changes\":[]}'))))" ''
  is "select t.state('select calsync.admin_release(1)')" 42501
  ask 'reset role; set role calsync_read'
  for call in "calsync.intents_due('r1', '{1}')" "calsync.intent_begin('[]')" "calsync.intent_settle('[]')" "calsync.admin_release(1)" "calsync.apply_pend('{1}')" "calsync.apply_sleep('[]', false)"; do
    is "select t.state(\$\$select $call\$\$)" 42501
  done
  for stmt in "update calsync.change set due = null" "delete from calsync.change" "insert into calsync.change (crm_id, op, part) values ('1', 'update', 'event')" \
    "update calsync.hold set released_at = now()" "delete from calsync.intent" "select body from calsync.intent" "select doc from calsync.intent"; do
    is "select t.state(\$\$$stmt\$\$)" 42501
  done
  is "select calsync.generation() <> '', (select count(*) from calsync.held)" 't|0'
  ask 'reset role; set role calsync_admin'
  is "select calsync.admin_release(1) ->> 'outcome'" void
  for stmt in "select calsync.intent_begin('[]')" "delete from calsync.change" "update calsync.change set crm_id = '2'" "delete from calsync.hold" "update calsync.intent set outcome = 'done'"; do
    is "select t.state(\$\$$stmt\$\$)" 42501
  done
  ask 'reset role'
}

# Two sessions -----------------------------------------------------------------------------------

@test "two connections: one budget is spent once, whoever comes first (L3)" {
  own
  ask "select t.crm('a'), t.crm('b')" >/dev/null
  lim='{"limits":{"run":1},"mail":["xia@client.test"]}'
  ask "select t.final(1, jsonb_build_array(t.post('1', '$lim'))), t.final(2, jsonb_build_array(t.post('2', '$lim')))" >/dev/null
  rival "begin; select t.begin('{1}');"
  sql "select t.begin('{2}')" >"$BATS_TEST_TMPDIR/second" &
  pid=$!
  waits=0
  for ((i = 0; i < 100 && waits == 0; i++)); do
    sleep 0.05
    waits=$(ask "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
  done
  rival_end commit
  wait "$pid"
  [ "$waits" != 0 ]
  [ "$(cat "$BATS_TEST_TMPDIR/second")" = over_budget ]
  intents '1,graph.create,-,t 2,graph.create,void,f'
}

@test "two connections: adoption and the way out of one CRM event: only one of them makes a link" {
  own
  ask "select t.crm('a')" >/dev/null
  ask "select t.final(1, jsonb_build_array(t.post('1')))" >/dev/null
  adopt=$(ask "select (t.create('B', 'U5') - 'set') || jsonb_build_object('op', 'link.adopt', 'crm_id', '1', 'differs', '[]'::jsonb, 'expect', jsonb_build_object('version', null, 'digest', t.digest('1')))")
  rival "begin; select t.begin('{1}');"
  sql "select t.page(2, jsonb_build_array('$adopt'::jsonb))" >"$BATS_TEST_TMPDIR/second" &
  pid=$!
  waits=0
  for ((i = 0; i < 100 && waits == 0; i++)); do
    sleep 0.05
    waits=$(ask "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
  done
  rival_end commit
  wait "$pid"
  [ "$waits" != 0 ]
  [ "$(cat "$BATS_TEST_TMPDIR/second")" = B=moved ]
  is "select count(*), min(state) from calsync.meeting" '1|pending'
}
