# What people read of calsync: refusals in its own words, and nothing that turns a line.
# shellcheck disable=SC2154

setup_file() { load helper; load db; pg_suite_start; }
teardown_file() { load helper; load db; pg_suite_stop; }
setup() {
  load helper
  load db
  calsync=$TOP/scripts/calsync
  export CALSYNC_BIN=$BIN CALSYNC_STATE=$BATS_TEST_TMPDIR/state
}

@test "log --since: what is no time is 64, with an example, and not PostgreSQL's words" {
  pg_fresh
  for t in soon 2026-13-01; do
    run -64 "$calsync" log --since "$t"
    [ "$output" = 'calsync log: error: a time is needed, such as 2026-11-21 or 2026-11-21T09:00:00Z' ]
  done
  run -0 "$calsync" log --since 2026-11-21
}

@test "tables: characters that turn the direction of a line are not printed (also in a plan)" {
  pg_fresh
  sql "insert into calsync.log (at, run, kind, stage, code, evidence) values (now(), 'r', 'skip', 'reconcile', 'unmatched', E'a\u202Eb\u2066c')"
  run -0 "$calsync" log
  [[ $output == *'a?b?c'* ]]
  run -0 jq -nr --arg table ops -f "$TOP/scripts/calsync-plan.jq" <<<'{"type":"op","op":"graph.update","set":{"subject":"a\u202eb"},"why":{"rule":"update","evidence":"waiting: start, end, zone, all_day"}}'
  [[ $output == *$'a b\t'*"waiting: time"* ]]
}

@test "a CA file that is not there is 78, and named" {
  echo '{"type":"run","id":"r1","now":"2026-11-21T09:00:00Z","schema":1,"policy":{}}' >"$BATS_TEST_TMPDIR/in"
  CALSYNC_CA_FILE=/no/such.pem run -78 "$BIN/fetch" "$BATS_TEST_TMPDIR/in"
  [[ $output == *"cannot read the CA file /no/such.pem"* ]]
}
