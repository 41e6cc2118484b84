# What a run says of itself when a stage fails: one cause, and the truth in the runs table.
# shellcheck disable=SC2154

setup_file() { load helper; load db; pg_suite_start; }
teardown_file() { load helper; load db; pg_suite_stop; }
setup() {
  load helper
  load db
  calsync=$TOP/scripts/calsync
  export CALSYNC_BIN=$BATS_TEST_TMPDIR/bin CALSYNC_STATE=$BATS_TEST_TMPDIR/state
  cp -r "$BIN/." "$CALSYNC_BIN"
  pg_fresh
  sql "insert into crm.users (user_id, email, name) overriding system value values (1, 'ann@firm.test', 'Ann')"
}
# fails STAGE STATUS: a stand-in that fails after it has begun.
fails() { rm "$CALSYNC_BIN/$1"; printf '#!/bin/sh\nhead -n 1\necho "%s: error: it is broken" >&2\nexit %s\n' "$1" "$2" >"$CALSYNC_BIN/$1"; chmod 755 "$CALSYNC_BIN/$1"; }

@test "run: a stage that fails is named last and alone, and the runs table says so" {
  fails match 70
  CALSYNC_RUN=r1 run -70 "$calsync" run -q
  [ "$output" = $'match: error: it is broken\ncalsync-run: match ended with 70' ]
  [ "$(sql "select id, verdict, status from calsync.run")" = 'r1|match failed|70' ]
  run "$calsync" status
  [[ $output == *"match failed"* ]]
  CALSYNC_RUN=r2 run -78 "$calsync" run -q --set no.such=1
  [ "$(sql "select verdict, status from calsync.run where id = 'r2'")" = 'roster failed|78' ]
  [ "$(wc -l <<<"$output")" -le 3 ] || { echo "$output"; false; }
  # What apply has said of itself stays, and that a run broke off is no end (apply_resolve).
  sql "select calsync.run_begin('{\"id\":\"r3\",\"now\":\"2026-11-21T09:00:00Z\"}'), calsync.run_end('{\"id\":\"r3\",\"verdict\":\"complete\",\"status\":0}'),
    calsync.run_verdict('{\"id\":\"r3\",\"status\":69,\"stage\":\"fetch\"}'), calsync.run_verdict('{\"id\":\"r2\",\"status\":75,\"stage\":\"apply\"}')" >/dev/null
  [ "$(sql "select string_agg(concat_ws(',', verdict, status, ended is not null), ' ' order by id) from calsync.run")" = 'match failed,70,f roster failed,75,f fetch failed,69,t' ]
}

@test "run: refused records of an earlier stage are part of the run's verdict" {
  rm "$CALSYNC_BIN/normalize"
  printf '#!/bin/sh\n"%s/normalize" "$@"\nexit 1\n' "$BIN" >"$CALSYNC_BIN/normalize"
  chmod 755 "$CALSYNC_BIN/normalize"
  CALSYNC_RUN=r1 run -1 "$calsync" run -q
  [ "$(sql "select verdict, status from calsync.run")" = 'refused|1' ]
}
