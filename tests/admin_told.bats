# Mistakes of administrators and users that are told at once, each with the way out,
# and change nothing.  Ann is a CRM user.
# shellcheck disable=SC2154

setup_file() { load helper; load db; pg_suite_start; }
teardown_file() { load helper; load db; pg_suite_stop; }
setup() {
  load helper
  load db
  export CALSYNC_BIN=$BIN
  unset CALSYNC_POLICY
  pg_fresh
  sql "insert into crm.users (email, name) values ('ann@firm.test', 'Ann'), ('bob@firm.test', 'Bob')" >/dev/null
}
calsync() { "$TOP/scripts/calsync" "$@"; }
# told STATUS MESSAGE WORD ...
told() {
  run "-$1" --separate-stderr calsync "${@:3}"
  [[ $stderr == *"$2"* ]] || { echo "$stderr"; return 1; }
  [ -z "$output" ]
}
policy_of_firm() { printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/firm.policy"; }
connection() { sql "select calsync.admin_connection('{\"tenant\":\"firm\",\"client_id\":\"c\",\"secret_file\":\"/s\"}')" >/dev/null; }

@test "told: a secret file without a secret, and words that belong to nothing" {
  (umask 077 && : >"$BATS_TEST_TMPDIR/secret")
  told 78 "secret holds no secret" connection add --tenant firm --client-id c --secret-file "$BATS_TEST_TMPDIR/secret"
  printf ' \n\n' >"$BATS_TEST_TMPDIR/secret"
  told 78 "hint: write the application's secret into it, mode 0600" connection add --tenant firm --client-id c --secret-file "$BATS_TEST_TMPDIR/secret"
  [ "$(sql "select count(*) from calsync.connection")" = 0 ]
  told 64 "'zork' is too much" org check zork
  told 64 "'zork' is too much" account list zork
  told 64 "'zork' is too much" connection list zork
}

@test "told: an application's connection becomes one of people's only when that is asked for" {
  connection
  add=(connection add --tenant firm --client-id c --token-dir "$BATS_TEST_TMPDIR/tokens")
  told 78 "connection 1 is an application's; with --token-dir its people would have to sign in" "${add[@]}"
  [[ $stderr == *"hint: --delegated, if that is what you want"* ]]
  [ "$(sql "select auth, coalesce(token_dir, '-') from calsync.connection")" = "app|-" ]
  [ ! -e "$BATS_TEST_TMPDIR/tokens" ]
  told 64 "unknown option '--delegated'" account list --delegated
  run -0 calsync "${add[@]}" --delegated
  [ "$(sql "select auth, token_dir from calsync.connection")" = "delegated|$BATS_TEST_TMPDIR/tokens" ]
  # Once it is one, no more is asked.
  run -0 calsync "${add[@]}"
  # Who is disconnected needs no key for it.
  sql "select calsync.admin_account('{\"user\":\"ann@firm.test\"}')" >/dev/null
  (umask 077 && echo sealed >"$BATS_TEST_TMPDIR/tokens/1.token")
  rm "$BATS_TEST_TMPDIR/tokens.key"
  run -0 --separate-stderr calsync account disconnect ann@firm.test
  [ -z "$stderr" ]
  [ ! -e "$BATS_TEST_TMPDIR/tokens/1.token" ]
}

@test "told: a user's value that would not count is refused, by whoever sets it (U16 O-009)" {
  connection
  sql "select calsync.admin_account('{\"user\":\"ann@firm.test\"}'); select calsync.admin_org('{\"other_sync_off\":true}');
    create role ann_$PGDATABASE login in role calsync_user; create role bob_$PGDATABASE login in role calsync_user; create role odd_$PGDATABASE login in role calsync_user" >/dev/null
  for u in ann bob; do run -0 calsync account login $u@firm.test "${u}_$PGDATABASE"; done
  policy_of_firm 'direction.events = to_crm' 'users.edit = yes'
  run -0 calsync org domains=firm.test --policy "$BATS_TEST_TMPDIR/firm.policy"
  as_user() { CALSYNC_DB="dbname=$PGDATABASE" PGUSER=$1_$PGDATABASE told "${@:2}"; }
  wider="direction.events = both: it is wider than the org's value (the firm has to_crm)"
  as_user ann 78 "$wider" user set direction.events both
  as_user ann 64 "event.copies is no key that users may set" user set event.copies one
  as_user ann 78 "'zork' is no value of private.mode" user set private.mode zork
  told 78 "$wider" account set ann@firm.test direction.events both
  told 78 "$wider" account set ann@firm.test direction.events both --policy "$BATS_TEST_TMPDIR/firm.policy"
  [ "$(sql "select count(*) from calsync.setting")" = 0 ]
  as_user ann 0 '' user set direction.events off
  told 0 '' account set ann@firm.test direction.events off --policy "$BATS_TEST_TMPDIR/firm.policy"
  # Who is nobody, or has nothing.
  as_user odd 77 "odd_$PGDATABASE is no CRM user's role" user show
  [[ $stderr == *'hint: an administrator ties it to a user: calsync account login ADDRESS ROLE'* ]]
  as_user bob 77 "you have no mailbox that is synced: an administrator makes the account" user show
  CALSYNC_DB="dbname=$PGDATABASE" PGUSER=ann_$PGDATABASE run -0 calsync user show --json
  [ "$(jq -r .mailbox <<<"$output")" = ann@firm.test ]
}
