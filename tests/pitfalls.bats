# What the libraries below calsync are known for, where no other test meets it.
# shellcheck disable=SC2154

setup_file() { load helper; load db; pg_suite_start; }
teardown_file() { load helper; load db; pg_suite_stop; }
setup() { load helper; load db; }

# One event of many pieces, for a process that may have 64 MiB.
many_pieces() {
  echo '{"type":"run","id":"r","now":"2026-11-21T09:00:00Z","schema":1,"policy":{}}'
  echo '{"type":"mailbox","mailbox":"ann@firm.test","account":1,"zone":"UTC","policy":{}}'
  awk 'BEGIN { printf "{\"type\":\"graph.event\",\"data\":{\"id\":\"x\",\"a\":["
    for (i = 0; i < 400000; i++) printf "%s{\"k\":1}", i ? "," : ""
    print "]}}" }'
}

@test "pitfall: Y12 a parser that gets no more memory ends with one message and 71, not by a signal" {
  many_pieces >"$BATS_TEST_TMPDIR/big"
  status=0
  (ulimit -v 65536; tool normalize <"$BATS_TEST_TMPDIR/big" >/dev/null 2>"$BATS_TEST_TMPDIR/err") || status=$?
  [ "$status" -eq 71 ]
  [ "$(cat "$BATS_TEST_TMPDIR/err")" = "calsync: error: out of memory" ]
  # With enough it is a record as any other.
  tool normalize <"$BATS_TEST_TMPDIR/big" 2>/dev/null | grep -c '"type":"problem"\|"type":"event"'
}

@test "pitfall: L17 a password file that others can read is not used: told, and 77" {
  pg_fresh
  sql "create role calsync_test_password login password 'p4ss' in role calsync_read"
  export PGPASSFILE=$BATS_TEST_TMPDIR/pgpass
  echo "*:*:*:calsync_test_password:p4ss" >"$PGPASSFILE"
  unset PGUSER
  local db="host=$PGHOST dbname=$PGDATABASE user=calsync_test_password"
  chmod 600 "$PGPASSFILE"
  tool roster -q --db "$db" >/dev/null
  chmod 644 "$PGPASSFILE"
  status=0
  tool roster -q --db "$db" >/dev/null 2>"$BATS_TEST_TMPDIR/err" || status=$?
  cat "$BATS_TEST_TMPDIR/err"
  [ "$status" -eq 77 ]
  grep -q 'pgpass (mode 0600)' "$BATS_TEST_TMPDIR/err"
}
