# shellcheck shell=bash
# db: PostgreSQL for bats files.  Use:
#   setup_file() { load helper; load db; pg_suite_start; }
#   teardown_file() { load helper; load db; pg_suite_stop; }
#   setup() { load helper; load db; pg_fresh; }

# A cluster and a template database with calsync and the built-in CRM: once per
# suite if $CALSYNC_TEST_PG names a directory that holds one, else per file.
pg_suite_start() {
  local top
  top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
  unset PGPORT PGPASSWORD PGSERVICE CALSYNC_DB
  # Debian's psql and createdb are wrappers that take longer than most queries.
  local bin
  bin=$(pg_config --bindir 2>/dev/null) || bin=
  [ ! -x "$bin/psql" ] || export PATH=$bin:$PATH
  export PGUSER=postgres PGHOST=${CALSYNC_TEST_PG:-}
  if [ -z "$PGHOST" ]; then
    PGHOST=$(pg_cluster) || return 1
    PG_OWN=$PGHOST
    export PG_OWN
  fi
  if ! psql -X -q -d calsync_template -c '' 2>/dev/null; then
    createdb calsync_template || return 1
    "$top/scripts/calsync-setup" --db dbname=calsync_template 2>"$PGHOST/setup.log" || {
      cat "$PGHOST/setup.log"
      return 1
    }
    # A copy of the template is no restored dump.
    psql -X -q -d calsync_template -c 'update calsync.org set generation = null' || return 1
  fi
}

# A cluster for tests; prints its directory.  In memory if there is room: a database
# is some 900 files, and to copy them there costs a tenth.
pg_cluster() {
  local place=/tmp dir
  [ "$(df -Pk /dev/shm 2>/dev/null | awk 'END { print $4 }')" -lt 1000000 ] 2>/dev/null || [ ! -w /dev/shm ] || place=/dev/shm
  dir=$(mktemp -d "$place/calsync-pg.XXXXXX") || return 1
  "$(dirname "${BASH_SOURCE[0]}")/../scripts/pg-tmp" start "$dir" jit=off wal_level=minimal max_wal_senders=0 max_wal_size=256MB
}

pg_suite_stop() {
  pg_drop_old
  [ -n "${PG_OWN:-}" ] || return 0
  "$(dirname "${BASH_SOURCE[0]}")/../scripts/pg-tmp" stop "$PG_OWN"
  rm -rf "$PG_OWN"
}

# pg_copy TEMPLATE NAME: a database, and the test after this one drops it.
pg_copy() {
  nobody_in pg_drop_old "create database \"$2\" template \"$1\" strategy file_copy" || return 1
  echo "${BATS_TEST_NUMBER:-0} $2" >>"$BATS_FILE_TMPDIR/databases"
}
# pg_again TEMPLATE: this test's database is a copy of that one once more.
pg_again() {
  nobody_in psql -X -q -v ON_ERROR_STOP=1 -d postgres -c "drop database if exists \"$PGDATABASE\" with (force)" \
    -c "create database \"$PGDATABASE\" template \"$1\" strategy file_copy"
}
# The databases of earlier tests of this file go; then SQL, if there is any.
pg_drop_old() { # [SQL]
  local list=$BATS_FILE_TMPDIR/databases n name kept='' do=()
  if [ -s "$list" ]; then
    while read -r n name; do
      if [ "$n" = "${BATS_TEST_NUMBER:-}" ]; then
        kept+="$n $name"$'\n'
      else
        do+=(-c "drop database if exists \"$name\" with (force)")
      fi
    done <"$list"
    printf %s "$kept" >"$list"
  fi
  [ -z "${1:-}" ] || do+=(-c "$1")
  [ ${#do[@]} -eq 0 ] || PGOPTIONS='-c client_min_messages=warning' psql -X -q -v ON_ERROR_STOP=1 -d postgres "${do[@]}"
}

# A database of this test's own; PGDATABASE and CALSYNC_DB name it.
pg_fresh() {
  sql_end
  PGDATABASE=t_$$_${BATS_TEST_NUMBER:-0}_$RANDOM
  pg_copy "${1:-calsync_template}" "$PGDATABASE" || return 1
  CALSYNC_DB="host=$PGHOST user=$PGUSER dbname=$PGDATABASE"
  export PGDATABASE CALSYNC_DB
}

# sql TEXT [psql option ...]: rows unaligned, columns joined by |.
sql() {
  if [ $# -eq 1 ] && [ "${SQL_SESSION:-}" = "$PGDATABASE $PGUSER ${PGOPTIONS:-}" ] && [ ! -e "$SQL_FILE.over" ]; then
    sql_ask "$1"
  else
    PGOPTIONS="-c timezone=UTC -c client_min_messages=warning ${PGOPTIONS:-}" \
      psql -X -q -At -v ON_ERROR_STOP=1 "${@:2}" -f - <<<"$1"
  fi
}

# From here on sql() asks one psql that stays, in this test and its subshells, which
# saves the start of a client and of a server process for each question.  What a
# question sets or leaves open is undone behind it, plans too, so that each finds
# what a session of its own would find.  Not for two questions at once.
sql_session() {
  sql_end
  SQL_FILE=$BATS_TEST_TMPDIR/sql
  rm -f "$SQL_FILE.in" "$SQL_FILE.out" "$SQL_FILE.over"
  mkfifo "$SQL_FILE.in" "$SQL_FILE.out" || return 1
  PGOPTIONS='-c timezone=UTC -c client_min_messages=warning' psql -X -q -At -v ON_ERROR_STOP=1 -f - \
    <"$SQL_FILE.in" >"$SQL_FILE.out" 2>>"$SQL_FILE.err" 3>&- 4>&- 6>&- 7>&- 8>&- 9>&- &
  SQL_PID=$!
  exec {SQL_IN}>"$SQL_FILE.in" {SQL_OUT}<"$SQL_FILE.out"
  SQL_SESSION="$PGDATABASE $PGUSER ${PGOPTIONS:-}"
}
# nobody_in COMMAND ...: do it, such as to drop or to copy this test's database, without
# that session.
nobody_in() {
  local open=${SQL_SESSION:-}
  sql_end
  "$@" || return
  [ -z "$open" ] || sql_session
}
sql_end() {
  [ -n "${SQL_SESSION:-}" ] || return 0
  SQL_SESSION=
  exec {SQL_IN}>&- {SQL_OUT}<&-
  wait "$SQL_PID" || :
}
# The rows come in a file, for bash reads a pipe byte by byte.  psql ends at an error.
sql_ask() {
  local rows status=3
  # bash writes line by line, and psql may have ended at the first.
  trap '' PIPE
  { printf '\\o %s\n%s\n;\n\\o\nset client_min_messages = error; rollback; discard all;\n\\echo ~~\n' "$SQL_FILE" "$1" >&"$SQL_IN"; } 2>/dev/null || :
  trap - PIPE
  while IFS= read -r rows <&"$SQL_OUT"; do
    [ "$rows" != '~~' ] || { status=0; break; }
    printf '%s\n' "$rows"
  done
  [ "$status" -eq 0 ] || : >"$SQL_FILE.over"
  IFS= read -r -d '' rows <"$SQL_FILE" || :
  printf %s "$rows"
  [ ! -s "$SQL_FILE.err" ] || { cat "$SQL_FILE.err" >&2; : >"$SQL_FILE.err"; }
  return "$status"
}

# rival SQL: a second session of this test's database does SQL and keeps its
# transaction open.  Through fifos: bash forgets the descriptors of a coproc in
# the moment in which it ends, whatever is still to be read.
rival() {
  local line fifo=$BATS_TEST_TMPDIR/rival
  if [ -z "${RIVAL:-}" ]; then
    mkfifo "$fifo.in" "$fifo.out" || return 1
    psql -X -q -At <"$fifo.in" >"$fifo.out" 2>&1 3>&- 4>&- 8>&- 9>&- &
    RIVAL=$!
    exec 6>"$fifo.in" 7<"$fifo.out"
    rm "$fifo.in" "$fifo.out"
  fi
  printf '%s\n;\\echo ~~\n' "$1" >&6
  while IFS= read -r -t 30 line <&7; do
    [ "$line" != '~~' ] || return 0
  done
  echo 'the second session does not answer'
  return 1
}
# rival_end [SQL]: its last SQL; returns when it has ended.
rival_end() {
  printf '%s\n;\\q\n' "${1:-}" >&6
  exec 6>&-
  cat <&7 >/dev/null
  exec 7<&-
  wait "$RIVAL" || :
  RIVAL=
}
