# The crash matrix: a run that is cut or killed anywhere, then a whole run, must
# end as an undisturbed run does (laws L2 and L4).  tests/crash/feed plays Graph.

setup_file() {
  load helper
  load db
  pg_suite_start
  export PGDATABASE=crash_$$
  createdb -T calsync_template "$PGDATABASE"
  psql -X -q -v ON_ERROR_STOP=1 -f "$TOP/tests/crash/world.sql"
  export OPS=$BATS_FILE_TMPDIR/ops AFTER=$BATS_FILE_TMPDIR/after
  round 1
  [ "$(sql "select count(*) from calsync.meeting")" -eq 6 ]
  psql -X -q -v ON_ERROR_STOP=1 -f "$TOP/tests/crash/save.sql"
  plan 2 >"$OPS"
  round 2
  dump >"$AFTER"
}
teardown_file() { load helper; load db; pg_suite_stop; }
setup() { load helper; load db; }

# The stages are those of the programs' own; `--db ""` leaves it to PGDATABASE.
plan() { "$TOP/tests/crash/feed" "$1" | tool match -q --db '' | tool reconcile -q; }
# A whole run; 1: an event that the CRM refuses is part of the story.
round() {
  local status=0
  plan "$1" | tool apply -q --db '' >"${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/results" || status=$?
  [ "$status" -le 1 ]
}
# The world before round 2.
fresh() { sql 'select saved.restore()' >/dev/null; }
dump() { psql -X -q -f "$TOP/tests/crash/dump.sql"; }

# After the world was disturbed: run it whole.  What is there now may have been
# there after another crash too; then the end is known.
declare -gA SEEN
ends_alike() { # WHERE
  local now
  now=$(dump | sha256sum)
  [ -z "${SEEN[$now]:-}" ] || return 0
  SEEN[$now]=1
  round 2 || { echo "the run after $1 failed"; return 1; }
  dump | diff -u "$AFTER" - || { echo "another end after $1"; return 1; }
}
# deleted ACCOUNT / place ACCOUNT: what a cut run has done.
deleted() { sql "select count(*) from calsync.copy where account = $1 and state = 'gone'"; }
place() { sql "select concat_ws(' ', regexp_replace(link, '.*/', ''), regexp_replace(resume, '.*/', '')) from calsync.cursor where account = $1"; }

@test "crash: the story has every kind of op, and its second run does nothing (L1, F145)" {
  fresh
  round 2
  rows() {
    sql "select 'm', id, xmin::text from calsync.meeting union all select 'c', meeting, xmin::text from calsync.copy
         union all select 'e', event_id, xmin::text from crm.events union all select 's', account, xmin::text || id from calsync.seen
         union all select 'g', account, xmin::text from calsync.again order by 1, 2, 3"
  }
  [ "$(jq -rs '[.[] | select(.type=="result") | "\(.op) \(.outcome)"] | unique | join(", ")' "$BATS_TEST_TMPDIR/results")" = \
    'crm.create done, crm.create failed, crm.create joined, crm.delete done, crm.update done, link.base done, link.copy done' ]
  before=$(rows)
  round 2
  [ "$(jq -rs '[.[] | select(.type=="result" or .type=="skip")] | length' "$BATS_TEST_TMPDIR/results")" -eq 0 ]
  diff <(echo "$before") <(rows)
}

@test "crash: a stream cut after any line deletes nothing and moves no cursor of the open section (L2, L4, F119, F148)" {
  local total ends marks
  total=$(wc -l <"$OPS")
  mapfile -t ends < <(grep -n '"type":"mailbox.end"' "$OPS" | cut -d: -f1)
  mapfile -t marks < <(grep -n '"type":"page"' "$OPS" | cut -d: -f1)
  for ((k = 1; k < total; k++)); do
    fresh
    status=0
    head -n "$k" "$OPS" | tool apply -q --db '' >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
    [ "$status" -eq 65 ]
    want=1
    for m in "${!marks[@]}"; do [ "$k" -lt "${marks[m]}" ] || want="1 $((m + 1))"; done
    [ "$k" -lt "${ends[0]}" ] || want=2
    [ "$(place 1)" = "$want" ]
    [ "$(deleted 1)" -eq $((k < ends[0] ? 0 : 2)) ]
    [ "$(place 2)" = $((k < ends[1] ? 1 : 2)) ]
    [ "$(deleted 2)" -eq $((k < ends[1] ? 0 : 1)) ]
    ends_alike "line $k"
  done
  [ "$k" -gt 20 ]
}

@test "crash: a stream cut in the middle of a line is cut before it (L4, F149)" {
  local total
  total=$(wc -l <"$OPS")
  for ((k = 2; k <= total; k += 3)); do
    fresh
    status=0
    head -n "$k" "$OPS" | head -c -9 | tool apply --db '' >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
    [ "$status" -eq 65 ]
    grep -q "line=$k " "$BATS_TEST_TMPDIR/err"
    ends_alike "the middle of line $k"
  done
}

@test "crash: killed after any durable step, run again: the same end (L4)" {
  for connections in 1 2; do
    fresh
    CALSYNC_STEPS=$BATS_TEST_TMPDIR/steps tool apply -q --db '' -c "$connections" "$OPS" >/dev/null || [ $? -eq 1 ]
    steps=$(wc -l <"$BATS_TEST_TMPDIR/steps")
    [ "$(sort -u "$BATS_TEST_TMPDIR/steps" | paste -sd' ')" = 'lock page run.begin run.end' ]
    [ "$steps" -eq 8 ]
    rm "$BATS_TEST_TMPDIR/steps"
    for ((k = 1; k <= steps; k++)); do
      fresh
      status=0
      CALSYNC_STOP_AFTER=$k tool apply -q --db '' -c "$connections" "$OPS" >/dev/null || status=$?
      [ "$status" -eq 100 ]
      ends_alike "step $k with $connections connections"
    done
  done
}

@test "crash: killed while the database works on a page, which is then committed (L4)" {
  for op in crm.update crm.delete; do
    fresh
    event=$(sql "select crm_id from calsync.meeting where uid = '$([ "$op" = crm.update ] && echo u3 || echo u4)'")
    # The event is locked, so that the page waits.
    rival "begin; select 1 from crm.events where event_id = $event for update"
    tool apply -q --db '' "$OPS" >/dev/null 2>&1 3>&- &
    pid=$!
    blocked "application_name = 'calsync apply' and wait_event_type = 'Lock'" 1
    kill -KILL "$pid"
    wait "$pid" || :
    rival_end rollback
    blocked "application_name = 'calsync apply'" 0
    ends_alike "a kill during $op"
  done
}
# blocked CONDITION COUNT: wait until so many sessions are like this.
blocked() {
  for _ in {1..400}; do
    [ "$(sql "select count(*) from pg_stat_activity where datname = current_database() and $1")" -ne "$2" ] || return 0
  done
  echo "not reached: $1 = $2"
  return 1
}

@test "crash: sections in any order, by one or two connections, end alike (L6, F154)" {
  split() { # ROUND ORDER: the stream with its sections in that order
    local a b
    a=$(sed -n '2,/"type":"mailbox.end"/p' "$BATS_TEST_TMPDIR/r$1")
    b=$(sed '1,/"type":"mailbox.end"/d;/"type":"end"/d' "$BATS_TEST_TMPDIR/r$1")
    head -n 1 "$BATS_TEST_TMPDIR/r$1"
    if [ "$2" = ab ]; then echo "$a"; echo "$b"; else echo "$b"; echo "$a"; fi
    tail -n 1 "$BATS_TEST_TMPDIR/r$1"
  }
  for order in ab ba; do
    for connections in 1 2; do
      pg_fresh
      psql -X -q -f "$TOP/tests/crash/world.sql"
      for r in 1 2; do
        plan "$r" >"$BATS_TEST_TMPDIR/r$r"
        split "$r" "$order" >"$BATS_TEST_TMPDIR/in"
        tool apply -q --db '' -c "$connections" "$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" || [ $? -eq 1 ]
        # Bob is first to bring Ann's meeting, and she takes it over.
        [ "$order$connections" != ba1 ] || grep -q took_over "$BATS_TEST_TMPDIR/out"
      done
      dump | diff -u "$AFTER" -
    done
  done
}

@test "crash: a plan that is applied a second time writes nothing (F151)" {
  fresh
  tool apply -q --db '' "$OPS" >/dev/null || [ $? -eq 1 ]
  run -75 --separate-stderr tool apply -q --db '' "$OPS"
  [ "$(jq -rs '[.[] | select(.type=="result" and .outcome!="failed") | .outcome] | unique | join(" ")' <<<"$output")" = moved ]
  dump | diff -u "$AFTER" -
}
