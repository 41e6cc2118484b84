# What is over is forgotten at a run's end, in small batches (run_purge).

load sql

# ends RUN NOW: a run that began and ended.
ends() { ask "select calsync.run_begin('{\"id\":\"$1\",\"now\":\"$2\"}'); select calsync.run_end('{\"id\":\"$1\",\"status\":0}')" >/dev/null; }
left() { is "select (select count(*) from calsync.intent), (select count(*) from calsync.hold), (select count(*) from calsync.log), (select count(*) from calsync.lost), (select count(*) from calsync.run)" "$1"; }

@test "purge: settled intents and holds after 90 days, log, lost values and runs after a year; what is open and tombstones stay" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U2')))" >/dev/null
  op 1 link.end B U2 >/dev/null
  ask "delete from calsync.log; select t.crm('Pitch'), t.crm('Other')" >/dev/null
  ask "select t.final(1, jsonb_build_array(t.post('3'), t.post('4'), t.held(t.op('graph.update', 'A', 'U1', '{\"crm_id\":\"1\"}'), 'd1')))" >/dev/null
  is "select t.begin('{1,2}')" 'go go'
  ask "select t.settle('{1}', 'refused'); update calsync.hold set void = t.now()::timestamptz;
    insert into calsync.hold (meeting, account, op, digest, reason, made) select 1, 1, 'graph.update', 'd2', 'past', t.now()::timestamptz;
    insert into calsync.lost select max(id), 'subject', 'crm', '1' from calsync.log" >/dev/null
  log=$(ask 'select count(*) from calsync.log')
  ends r1 2026-11-21T09:00:00Z
  left "2|2|$log|1|1"
  # A day before and after.
  ends r2 2027-02-19T08:59:00Z
  left "2|2|$log|1|2"
  ends r3 2027-02-19T09:01:00Z
  left "1|1|$log|1|3"
  ends r4 2027-11-21T08:59:00Z
  left "1|1|$log|1|4"
  ends r5 2027-11-21T09:01:00Z
  left '1|1|0|0|4'
  is "select string_agg(id, ' ' order by now) from calsync.run" 'r2 r3 r4 r5'
  is "select outcome, sent is not null from calsync.intent" '|t'
  is "select string_agg(state, ' ' order by state), (select count(*) from calsync.meeting_key) from calsync.meeting" 'active ended pending|2'
}

@test "purge: a batch at a time" {
  ask "insert into calsync.log (at, run, kind, stage, code) select '2020-01-01', 'r0', 'skip', 'reconcile', 'x' from generate_series(1, 25)" >/dev/null
  for n in 15 5 0; do
    ask "select calsync.run_purge(t.now()::timestamptz, 10)" >/dev/null
    is "select count(*) from calsync.log" "$n"
  done
  ask 'set role calsync_write' >/dev/null
  ask "select calsync.run_purge(t.now()::timestamptz)" >/dev/null
  ask 'reset role' >/dev/null
}
