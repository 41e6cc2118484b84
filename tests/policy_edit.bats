# policy diff and policy set: what two policies differ in, and a firm's file that is
# changed by a program and still its people's.
setup() {
  load helper
  FILE=$BATS_TEST_TMPDIR/firm.policy
  cat >"$FILE" <<'P'
# Our firm.

profile = practifi            # since 2024
private.mode = skip           # compliance, 2025-02-01
attendees.max=50
  delete.to_crm   =   delete  # as agreed
P
}
P() { tool policy --profiles "$TOP/profiles" "$@"; }
set_in() { P -p "$FILE" set "$@"; }

@test "policy set: the value alone changes: comments, order, blanks and column stay" {
  before=$(<"$FILE")
  run -0 --separate-stderr set_in 'private.mode=full' 'attendees.max = 20' 'delete.to_crm=keep' 'run.in=5min'
  [ -z "$output$stderr" ]
  run -1 diff <(echo "$before") "$FILE"
  [ "$(grep '^>' <<<"$output")" = "> private.mode = full           # compliance, 2025-02-01
> attendees.max=20
>   delete.to_crm   =   keep    # as agreed
> run.in = 5min" ]
  # A longer value takes of the blanks before the comment, but for one.
  set_in 'private.mode=no_attendees' 'delete.to_crm=recreate'
  run grep -E '^ *(private|delete)' "$FILE"
  [ "$output" = "private.mode = no_attendees   # compliance, 2025-02-01
  delete.to_crm   =   recreate # as agreed" ]
  # Without a value the line goes.
  set_in run.in= private.mode= attendees.max= delete.to_crm=delete
  [ "$(grep -vc '^#' "$FILE")" -eq 3 ]
  run -0 --separate-stderr P -p "$FILE" show private.mode
  [[ ${lines[1]} == *"no_attendees"*"practifi.policy:"* ]]
}

@test "policy set: what is wrong leaves the file as it is, and says its line, what is allowed and the nearest key" {
  before=$(<"$FILE")
  run -78 --separate-stderr set_in private.mode=never
  [[ $stderr == "$FILE:4: 'never' is no value of private.mode; allowed: skip, manual, no_attendees, full"*"stays as it is"* ]]
  run -64 --separate-stderr set_in privat.mode=skip
  [[ $stderr == *"there is no key 'privat.mode'; the nearest is private.mode"* ]]
  run -64 --separate-stderr set_in private.mode
  [[ $stderr == *"'private.mode' is not KEY=VALUE"* ]]
  run -64 --separate-stderr set_in $'private.mode=skip\nmail.allow=all'
  run -64 --separate-stderr P set run.in=5min
  [[ $stderr == *"set needs --policy FILE"* ]]
  # A profile's limits hold.
  run -78 --separate-stderr set_in profile=interaction direction.events=both
  [[ $stderr == *"is not what profile interaction allows"* ]]
  # One bad change of two: neither.
  run -78 --separate-stderr set_in run.in=5min run.out=never
  [ "$(<"$FILE")" = "$before" ]
  [ -z "$(find "$BATS_TEST_TMPDIR" -name '*.new-*')" ]
}

@test "policy set: mode and link stay, a missing file is made, a file without a last line end is none the worse" {
  chmod 640 "$FILE"
  ln -s firm.policy "$BATS_TEST_TMPDIR/link"
  P -p "$BATS_TEST_TMPDIR/link" set run.in=5min
  [ -L "$BATS_TEST_TMPDIR/link" ]
  [ "$(stat -c %a "$FILE")" = 640 ]
  grep -qx 'run.in = 5min' "$FILE"
  # A mistyped path is no new policy.
  run -78 --separate-stderr P -p "$BATS_TEST_TMPDIR/new" set run.in=10min
  [[ $stderr == *"there is no file $BATS_TEST_TMPDIR/new"*"--create makes it"* ]]
  [ ! -e "$BATS_TEST_TMPDIR/new" ]
  P -p "$BATS_TEST_TMPDIR/new" --create set profile=salesexec run.in=10min
  [ "$(<"$BATS_TEST_TMPDIR/new")" = "profile = salesexec
run.in = 10min" ]
  printf '# a\nrun.in = 5min' >"$FILE"
  P -p "$FILE" set run.out=10min profile=practifi
  [ "$(<"$FILE")" = "# a
profile = practifi
run.in = 5min
run.out = 10min" ]
}

@test "policy diff: keys, both values with origin, and what they mean; of one, from the policy in force" {
  run -1 --separate-stderr P diff practifi opencrm
  [[ $output == *"conflict.events"$'\n'"  - graph  (practifi.policy:"*$'\n'"  + crm  (opencrm.policy:"*"Which side wins"* ]]
  # Just the keys that differ, in the table's order; the same as the two lists say.
  want=$(diff <(P --set profile=practifi -j show | jq -r '[.key, .value] | @tsv') <(P --set profile=opencrm -j show | jq -r '[.key, .value] | @tsv') | sed -n 's/^> \([^\t]*\).*/\1/p')
  [ "$(P -j diff practifi opencrm | jq -r .key)" = "$want" ]
  [ "$(P -j diff practifi opencrm | jq -r 'select(.caution | . and startswith("Can let mails out")) | .key' | paste -sd' ')" = "backfill.out private.mode internal.mode attendees.to_graph attendees.trigger mail.past" ]
  run -1 --separate-stderr P -p "$FILE" diff practifi
  [ "$(grep -c '^[a-z]' <<<"$output")" -eq 2 ]
  [[ $output == *"delete.to_crm"$'\n'"  - delete  (firm.policy:6)"$'\n'"  + keep  (practifi.policy:"* ]]
  run -0 --separate-stderr P diff "$FILE" "$FILE"
  [ -z "$output" ]
  run -78 --separate-stderr P diff practifi nothing
  run -64 P diff
  run -64 P diff a b c
}

@test "policy set: of many at once each one's value is there; what is no file is refused" {
  local k job jobs=()
  : >"$FILE"
  for k in mail.per_run mail.per_mailbox mail.per_person attendees.max retry.days limit.per_day; do
    set_in $k=7 3>&- &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do wait "$job"; done
  [ "$(sort "$FILE" | cut -d' ' -f1 | paste -sd' ')" = "attendees.max limit.per_day mail.per_mailbox mail.per_person mail.per_run retry.days" ]
  mkfifo "$BATS_TEST_TMPDIR/fifo"
  run -78 --separate-stderr P -p "$BATS_TEST_TMPDIR/fifo" set run.in=5min
  [[ $stderr == *"is no regular file"* ]]
}
