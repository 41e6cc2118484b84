# shellcheck shell=bash
# sql: a small firm (tests/sql/world.sql) and a session, for bats files about the
# database.  Use: load sql

# Most tests share one psql, whose plans stay, and undo what they did.  Those
# that need several transactions or sessions say `own` first and get a database.
setup_file() {
  load helper
  load db
  pg_suite_start
  export WORLD=sql_world_$$ SHARED=sql_shared_$$ F=$BATS_FILE_TMPDIR
  createdb -T calsync_template "$WORLD"
  PGDATABASE=$WORLD psql -X -q -v ON_ERROR_STOP=1 -o /dev/null -f "$TOP/tests/sql/world.sql"
  createdb -T "$WORLD" "$SHARED"
  mkfifo "$F/in" "$F/out"
  # Opened for both, so that neither end ever finds the other one closed.
  psql -X -q -At -d "$SHARED" <>"$F/in" 1<>"$F/out" 2>"$F/err" 3>&- 4>&- 8>&- 9>&- &
}
teardown_file() {
  load helper
  load db
  echo '\q' >"$F/in"
  wait
  dropdb --if-exists --force "$SHARED"
  dropdb --if-exists "$WORLD"
  pg_suite_stop
}
setup() {
  local line
  load helper
  load db
  export PGDATABASE=$SHARED
  exec 8<>"$F/out" 9>"$F/in"
  : >"$F/err"
  printf ';rollback;\n\\echo @@%s\n' "$BATS_TEST_NUMBER" >&9
  while IFS= read -r -t 20 line <&8 && [ "$line" != "@@$BATS_TEST_NUMBER" ]; do :; done
  ask 'set client_min_messages = warning; begin; alter sequence calsync.meeting_id restart;
    alter sequence crm.events_event_id_seq restart; alter sequence calsync.log_id_seq restart;
    alter sequence calsync.intent_id_seq restart; alter sequence calsync.hold_id_seq restart;
    alter sequence calsync.change_seq_seq restart'
}
own() {
  printf ';rollback;\n' >&9
  OWN=1
  pg_fresh "$WORLD"
  session
}
# A new session of this test's database.
session() {
  [ -z "${SESSION:-}" ] || { echo '\q' >&9; exec 8<&- 9>&-; wait "$SESSION" || :; }
  coproc psql -X -q -At -v ON_ERROR_STOP=1 2>"$F/err" 3>&-
  SESSION=$COPROC_PID
  exec 8<&"${COPROC[0]}" 9>&"${COPROC[1]}"
  ask 'set client_min_messages = warning'
}
teardown() {
  [ -n "${OWN:-}" ] || { echo ';rollback;' >&9; return; }
  exec 8<&- 9>&-
  dropdb --if-exists --force "$PGDATABASE"
}

# ask SQL: its rows, unaligned.
ask() {
  local line
  printf '%s\n;\\echo ~~ :ERROR\n' "$1" >&9
  while IFS= read -r -t 20 line <&8; do
    case $line in
      '~~ false') return 0 ;;
      '~~ true') break ;;
    esac
    printf '%s\n' "$line"
  done
  cat "$F/err" >&2
  return 1
}
# is SQL EXPECTED: the rows of SQL.
is() {
  local got
  got=$(ask "$1") || return 1
  [ "$got" = "$2" ] && return 0
  printf 'asked:    %s\nexpected: %s\ngot:      %s\n' "$1" "$2" "$got"
  return 1
}
# fails SQLSTATE SQL: SQL must be refused with that state.
fails() {
  is "select t.state(\$sql\$$2\$sql\$)" "$1"
}
# one ID UID [MORE]: a page of account 1 with one create.
one() { ask "select t.page(1, jsonb_build_array(t.create('$1', '$2', '${3:-{\}}')))"; }
# op ACCOUNT OP ID UID [MORE]: a page with one op on a meeting.
op() { ask "select t.page($1, jsonb_build_array(t.op('$2', '$3', '$4', '${5:-{\}}')))"; }
# at_once SQL-1 SQL-2: both in open transactions, the second waits for the first.
at_once() {
  local pid until=$((SECONDS + 30)) waits=0
  rival "begin; $1"
  sql "$2" >"$BATS_TEST_TMPDIR/second" 2>&1 6>&- 7>&- &
  pid=$!
  while [ "$waits" = 0 ] && [ "$SECONDS" -lt "$until" ] && kill -0 "$pid" 2>/dev/null; do
    waits=$(ask "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
  done
  rival_end commit
  wait "$pid" || :
  [ "$waits" != 0 ] || { echo 'the second did not wait'; return 1; }
}
