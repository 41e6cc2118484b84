# calsync itself: commands, lock, deadline, verdict, installation.
# shellcheck disable=SC2154

setup_file() { load helper; load db; pg_suite_start; }
teardown_file() { load helper; load db; pg_suite_stop; }
setup() {
  load helper
  load db
  calsync=$TOP/scripts/calsync
  export CALSYNC_BIN=$BIN CALSYNC_STATE=$BATS_TEST_TMPDIR/state
}

# A pipeline of stand-ins: each stage ends with the status of its variable.
stand_ins() {
  local s
  mkdir "$BATS_TEST_TMPDIR/bin"
  for s in roster fetch normalize match reconcile apply; do
    printf '#!/bin/sh\n%s\n[ %s = roster ] || cat >/dev/null\necho "%s $*" >>"%s"\nexit ${X_%s:-0}\n' \
      "${SLOW:+[ $s != ${SLOW:-} ] || exec sleep 60}" "$s" "$s" "$BATS_TEST_TMPDIR/calls" "$s" >"$BATS_TEST_TMPDIR/bin/$s"
    chmod +x "$BATS_TEST_TMPDIR/bin/$s"
  done
  export CALSYNC_BIN=$BATS_TEST_TMPDIR/bin
}

@test "calsync: no command, an unknown one, an unknown option: 64 and nothing on stdout" {
  run -64 --separate-stderr "$calsync"
  [ -z "$output" ]
  run -64 --separate-stderr "$calsync" frobnicate
  [ -z "$output" ]
  [[ $stderr == *"no command 'frobnicate'"* ]]
  local c
  for c in run plan status log setup policy account; do
    run -64 --separate-stderr "$calsync" "$c" --no-such-option
    [ -z "$output" ] || { echo "$c prints"; false; }
  done
}

@test "calsync: every command has --help, and completion knows it" {
  local c
  for c in $("$calsync" --commands); do
    run -0 --separate-stderr "$calsync" "$c" --help
    [[ $output == usage:* ]] || { echo "$c: $output"; false; }
    grep -q "\\b$c\\b" "$TOP/scripts/calsync.1" || { echo "calsync.1 lacks $c"; false; }
  done
}

@test "calsync run: a second one ends with 75 while the first holds the lock" {
  stand_ins
  mkdir -p "$CALSYNC_STATE"
  exec 8>>"$CALSYNC_STATE/lock"
  flock -n 8
  run -75 "$calsync" run
  [[ $output == *"another run holds"* ]]
  [ ! -e "$BATS_TEST_TMPDIR/calls" ]
  exec 8>&-
  run -0 "$calsync" run
}

@test "calsync run: when it is killed, the lock stays with the apply that still works" {
  stand_ins
  cd "$BATS_TEST_TMPDIR"
  mkfifo up go
  printf '#!/bin/sh\ncat >/dev/null\necho up >up\nread -r _ <go\n' >bin/apply
  "$calsync" run --deadline 20 3>&- &
  local driver=$!
  read -rt 20 _ <up
  kill -KILL "$driver"
  wait "$driver" || :
  run -75 timeout 15 "$calsync" run --deadline 20
  echo >go
  flock -w 20 "$CALSYNC_STATE/lock" true
}

@test "calsync run: quiet when all is well and nobody watches" {
  stand_ins
  run -0 "$calsync" run
  [ -z "$output" ]
  grep -q -- 'roster .*-q' "$BATS_TEST_TMPDIR/calls"
}

@test "calsync run: the verdict is the culprit's, not its victims'" {
  stand_ins
  X_fetch=77 X_normalize=65 X_match=65 X_reconcile=65 X_apply=65 run -77 "$calsync" run
  [[ $output == *"fetch ended with 77"* ]]
  X_fetch=1 X_apply=75 run -75 "$calsync" run
  X_fetch=1 run -1 "$calsync" run
  X_roster=141 run -70 "$calsync" run
}

@test "calsync run: past the deadline the stages are ended and the lock is free" {
  SLOW=match stand_ins
  run "$calsync" run --deadline 1
  [ "$status" -eq 143 ]
  [[ $output == *"giving up"* ]]
  flock -n "$CALSYNC_STATE/lock" true
}

@test "calsync run --tee: captures are for their owner only" {
  stand_ins
  run -0 "$calsync" run --tee "$BATS_TEST_TMPDIR/tee"
  is_mode() { [ "$(stat -c %a "$1")" = "$2" ] || { stat "$1"; false; }; }
  is_mode "$BATS_TEST_TMPDIR/tee" 700
  local s
  for s in roster fetch normalize match reconcile apply; do
    is_mode "$BATS_TEST_TMPDIR/tee/$s.ndjson" 600
  done
}

@test "calsync connection add: a secret that others can read is refused, and never stored" {
  pg_fresh
  echo hush >"$BATS_TEST_TMPDIR/secret"
  chmod 640 "$BATS_TEST_TMPDIR/secret"
  run -78 --separate-stderr "$calsync" connection add --tenant t --client-id c --secret-file "$BATS_TEST_TMPDIR/secret"
  [[ $stderr == *"chmod 600"* ]]
  chmod 600 "$BATS_TEST_TMPDIR/secret"
  for u in --graph --login; do
    run -64 --separate-stderr "$calsync" connection add --tenant t --client-id c --secret-file "$BATS_TEST_TMPDIR/secret" $u http://plain.test
    [[ $stderr == "calsync connection: error: $u is an address that begins with https://, not 'http://plain.test'" ]]
  done
  run -0 "$calsync" connection add --tenant t --client-id c --secret-file "$BATS_TEST_TMPDIR/secret"
  run -0 "$calsync" connection list --json
  [ "$(jq -r .secret_file <<<"$output")" = "$BATS_TEST_TMPDIR/secret" ]
  run ! grep -rq hush <(sql "select * from calsync.connection")
}

@test "calsync account: add, list, disable, enable; an unknown user is refused in one line" {
  pg_fresh
  sql "insert into crm.users (email, name) values ('ann@firm.test', 'Ann')"
  run -78 --separate-stderr "$calsync" account add eve@firm.test
  [ "${#stderr_lines[@]}" -eq 1 ]
  run -0 "$calsync" account add Ann@firm.test
  run -0 "$calsync" account disable ann@firm.test
  run -0 "$calsync" account list --json
  [ "$(jq -r '.mailbox + " " + .events' <<<"$output")" = "ann@firm.test off" ]
  run -0 "$calsync" account enable ann@firm.test
  run -0 "$calsync" account list --json
  [ "$(jq -r .events <<<"$output")" = on ]
}

@test "calsync org: facts are kept, nonsense is refused" {
  pg_fresh
  run -0 "$calsync" org "domains=firm.test, Other.test" seats=5
  [ "$(sql "select domains, seats from calsync.org")" = "{firm.test,other.test}|5" ]
  run -64 "$calsync" org seats=many
  run -64 "$calsync" org colour=red
}

@test "calsync status and log: without a database 69, without setup 78 and the way out" {
  run -69 "$calsync" status --db 'host=/nonexistent dbname=x'
  pg_fresh template0
  run -78 --separate-stderr "$calsync" log
  [[ $stderr == *"calsync setup"* ]]
}

@test "make install: what is installed works, uninstall leaves nothing" {
  local d=$BATS_TEST_TMPDIR/root
  make -s -C "$TOP" BUILD="${B##*/}" DESTDIR="$d" PREFIX=/usr install >/dev/null
  unset CALSYNC_BIN
  sed -i "s|'/usr/|'$d/usr/|" "$d/usr/bin/calsync"
  run -0 "$d/usr/bin/calsync" --version
  run -0 "$d/usr/bin/calsync" run --help
  pg_fresh template0
  run -0 --separate-stderr "$d/usr/bin/calsync" setup
  run -0 "$d/usr/bin/calsync" policy keys
  make -s -C "$TOP" BUILD="${B##*/}" DESTDIR="$d" PREFIX=/usr uninstall
  [ -z "$(find "$d" -type f)" ]
}
