# shellcheck shell=bash
# signin: people who sign in to their mailboxes themselves, and what a run asked of
# Graph.  Loaded after e2e.

calsync() { CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" "$@"; }
person() { sim act "{\"as\":\"$1\",\"do\":\"$2\"${3:+,$3}}" >/dev/null; }
# connect WHO [AS]: the command, and the person in the browser (as AS).
connect() {
  : >"$BATS_TEST_TMPDIR/connect.err"
  calsync account connect "$1@firm.test" >"$BATS_TEST_TMPDIR/connect.out" 2>"$BATS_TEST_TMPDIR/connect.err" 3>&- &
  local job=$! n
  for n in {1..100}; do
    grep -q 'enter the code' "$BATS_TEST_TMPDIR/connect.err" && break
    kill -0 "$job" 2>/dev/null || break
    sleep 0.1
  done
  person "${2:-$1@firm.test}" "${3:-sign-in}" "\"code\":\"$(grep -oE 'code [0-9A-F]{8}' "$BATS_TEST_TMPDIR/connect.err" | cut -c6-)\"" || :
  wait "$job"
}
health() { sql "select string_agg(split_part(mailbox, '@', 1) || ':' || coalesce(health, 'ok'), ' ' order by mailbox) from calsync.account"; }
# Paths of all requests to Graph since the log was cleared.
asked() { sim requests | jq -r '.value[].target | select(startswith("/v1.0"))'; }
forget_requests() { curl -sS --cacert "$E2E_SIM/ca.pem" -X DELETE "$E2E_URL/__sim/requests" >/dev/null; }
