# db: connections, sessions, errors and what messages say, seen through match.

setup_file() {
  load helper
  load db
  # A cluster of its own: logins are tested.
  unset CALSYNC_TEST_PG
  export PGUSER=postgres PGHOST
  PGHOST=$(mktemp -d /tmp/calsync-pg.XXXXXX)
  "$TOP/scripts/pg-tmp" start "$PGHOST" password_encryption=scram-sha-256 >/dev/null
  createdb stubbed
  psql -X -q -d stubbed -f "$TOP/tests/stub.sql"
  psql -X -q -d stubbed <<'SQL'
create role calsync_read nologin;
create role member login password 'right' in role calsync_read;
create role stranger login password 'right';
alter role member set timezone = 'America/New_York';
alter role member set datestyle = 'German';
alter role member set search_path = 'evil, public';
alter database stubbed set statement_timeout = '1s';
create schema evil;
-- What the session looks like, as the candidate's "seen".
create or replace function calsync.match_context(account bigint, asked calsync.asked[], first boolean, at timestamptz)
returns table (n int, doc json) language plpgsql as $$
begin
  return query select (i->>'n')::int, json_build_object('link', null,
    'rooms', '[]'::json, 'seen', (select json_object_agg(x, current_setting(x)) from unnest(array[
      'timezone', 'datestyle', 'search_path', 'client_encoding', 'role', 'application_name',
      'default_transaction_read_only', 'statement_timeout', 'lock_timeout',
      'idle_in_transaction_session_timeout', 'standard_conforming_strings', 'jit']) x))
    from json_array_elements(to_json(asked)) i;
end $$;
SQL
  {
    echo 'local all postgres trust'
    echo 'local all all scram-sha-256'
  } >"$PGHOST/data/pg_hba.conf"
  psql -X -q -d stubbed -Atc 'select pg_reload_conf()' >/dev/null
}
teardown_file() {
  load helper
  "$TOP/scripts/pg-tmp" stop "$PGHOST"
  rm -rf "$PGHOST"
}
setup() { load helper; }

ask() { # the stream that makes match ask about one event with this id
  printf '%s\n' '{"type":"run","id":"r1","now":"2026-11-21T09:00:00Z","schema":1,"policy":{}}' \
    '{"type":"mailbox","mailbox":"ann@firm.test","account":1,"calendar":"","policy":{}}' \
    '{"type":"event","side":"graph","event":{"id":"'"${1:-A}"'","digest":"d"}}' \
    '{"type":"mailbox.end","mailbox":"ann@firm.test","records":1,"complete":true}' \
    '{"type":"end","from":"normalize","sections":1,"records":1}'
}
session() { jq -rc "select(.type==\"candidate\").seen.$1" <<<"$output"; }
db() { echo "host=$PGHOST dbname=stubbed user=${1:-postgres} ${2:-}"; }

@test "db: no setting of role, database or environment reaches the session" {
  PGTZ=Asia/Kolkata PGDATESTYLE=SQL PGCLIENTENCODING=LATIN1 PGAPPNAME=other \
    run -0 --separate-stderr tool match -q --db "$(db member password=right)" < <(ask)
  [ "$(session timezone)" = UTC ]
  [ "$(session datestyle | cut -c1-3)" = ISO ]
  [ "$(session search_path)" = pg_catalog ]
  [ "$(session client_encoding)" = UTF8 ]
  [ "$(session application_name)" = "calsync match" ]
  [ "$(session default_transaction_read_only)" = on ]
  [ "$(session statement_timeout)" = 10min ]
  [ "$(session lock_timeout)" = 30s ]
  [ "$(session idle_in_transaction_session_timeout)" = 1min ]
}

@test "db: a member of calsync_read becomes it, others stay who they are" {
  run -0 --separate-stderr tool match -q --db "$(db member password=right)" < <(ask)
  [ "$(session role)" = calsync_read ]
  run -0 --separate-stderr tool match -q --db "$(db stranger password=right)" < <(ask)
  [ "$(session role)" = none ]
}

@test "db: \$CALSYNC_DB is the default, --db goes over it" {
  CALSYNC_DB=$(db) run -0 tool match -q < <(ask)
  CALSYNC_DB='host=/nonexistent' run -0 tool match -q --db "$(db)" < <(ask)
  CALSYNC_DB='host=/nonexistent' run -69 tool match -q < <(ask)
}

@test "db: no server is 69, a server that refuses the login 77" {
  run -69 --separate-stderr tool match -q --db 'host=/nonexistent' < <(ask)
  grep -q 'No such file' <<<"$stderr"
  run -77 --separate-stderr tool match -q --db "$(db member password=wrong)" < <(ask)
  grep -q 'database: 28P01 .*hint=' <<<"$stderr"
  ! grep -q wrong <<<"$stderr" || false
  run -77 --separate-stderr tool match -q --db "$(db member)" < <(ask)
  run -77 --separate-stderr tool match -q --db "$(db nobody_like_this)" < <(ask)
}

@test "db: no such database, no schema, and a bad connection string are 78" {
  run -78 --separate-stderr tool match -q --db "$(db) dbname=nowhere" < <(ask)
  grep -q 3D000 <<<"$stderr"
  run -78 --separate-stderr tool match -q --db "$(db) dbname=postgres" < <(ask)
  grep -q 'hint="run `calsync setup`' <<<"$stderr"
  run -78 --separate-stderr tool match -q --db 'host=x password=hunter2 nonsense' < <(ask)
  ! grep -q hunter2 <<<"$stderr" || false
}

@test "db: missing rights are 77" {
  psql -X -q -d stubbed -c 'revoke all on function calsync.match_known from public'
  run -77 --separate-stderr tool match -q --db "$(db stranger password=right)" < <(ask)
  psql -X -q -d stubbed -c 'grant execute on function calsync.match_known to public'
  grep -q 42501 <<<"$stderr"
}

@test "db: what triggers say and what bad values quote is in no message (L8)" {
  createdb faults
  psql -X -q -d faults -f "$TOP/tests/stub.sql"
  run -0 --separate-stderr tool match -v --db "$(db) dbname=faults" < <(ask NOTICE)
  grep -q 'server notice.*sqlstate=01000' <<<"$stderr"
  ! grep -q secret <<<"$stderr" || false
  run -70 --separate-stderr tool match -v --db "$(db) dbname=faults" < <(ask RAISE)
  grep -q P0001 <<<"$stderr"
  ! grep -q secret <<<"$stderr" || false
  psql -X -q -d faults -c "insert into calsync.context values ('A', '{}'); alter table calsync.context alter doc type text"
  psql -X -q -d faults -c "update calsync.context set doc = 'secret'"
  run -78 --separate-stderr tool match -v --db "$(db) dbname=faults" < <(ask A)
  ! grep -q secret <<<"$stderr" || false
}

@test "db: a server that stops in the middle is 69, and not waited for" {
  local dir
  dir=$(mktemp -d /tmp/calsync-pg.XXXXXX)
  "$TOP/scripts/pg-tmp" start "$dir" >/dev/null
  createdb -h "$dir" stubbed
  psql -X -q -h "$dir" -d stubbed -f "$TOP/tests/stub.sql"
  mkfifo "$BATS_TEST_TMPDIR/pipe"
  tool match -q --db "host=$dir user=postgres dbname=stubbed" "$BATS_TEST_TMPDIR/pipe" \
    >"$BATS_TEST_TMPDIR/out" 2>/dev/null 3>&- &
  pid=$! status=0
  exec 8>"$BATS_TEST_TMPDIR/pipe"
  ask | head -3 >&8
  for _ in {1..200}; do
    grep -q candidate "$BATS_TEST_TMPDIR/out" && break
    read -rt 0.02 <> <(:) || :
  done
  "$TOP/scripts/pg-tmp" stop "$dir"
  rm -rf "$dir"
  ask B | sed -n '3p;s/"records":1,"complete"/"records":2,"complete"/p' | grep -v '"type":"run"' >&8
  exec 8>&-
  wait "$pid" || status=$?
  [ "$status" -eq 69 ]
  [ "$(grep -c candidate "$BATS_TEST_TMPDIR/out")" -eq 1 ]
}
