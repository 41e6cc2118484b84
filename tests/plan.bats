# calsync plan and calsync apply PLAN: what was reviewed is what is done.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() {
  load helper
  load db
  load e2e
  PLAN=$BATS_TEST_TMPDIR/plan
}

calsync() { CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" "$@"; }
# plan [option ...]: into $PLAN.
plan() {
  CALSYNC_RUN=${RUN:-planned} calsync plan --now "$(sim_now)" --out "$PLAN" "$@"
}

@test "calsync plan --out: nothing is written anywhere, the plan is its owner's, and apply does just that" {
  e2e_fresh "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test)")"
  before=$(crm_dump && state_dump)
  run -0 --separate-stderr plan
  [[ $output == *crm.create*2025-03-12T10:00Z*e1*"Mails: 0, to 0 people. Held: 0." ]]
  is "$(crm_dump && state_dump)" "$before"
  is "$(stat -c %a "$PLAN" "$PLAN.sum" | xargs)" "600 600"
  run -0 --separate-stderr calsync apply -q "$PLAN"
  [ -z "$output$stderr" ] || { echo "$output$stderr"; false; }
  is "$(subjects)" e1
  is "$(sql "select distinct run from calsync.log")" planned
}

@test "calsync apply: a plan that was edited, or has no .sum, is refused until somebody signs it (F152)" {
  e2e_fresh "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test)")"
  plan >/dev/null
  sed -i 's/"subject":"e1"/"subject":"e2"/' "$PLAN"
  run -65 --separate-stderr calsync apply -q "$PLAN"
  [[ $stderr == *"was edited since it was made"*"--accept"* ]]
  mv "$PLAN.sum" "$PLAN.away"
  run -65 --separate-stderr calsync apply -q "$PLAN"
  [[ $stderr == *"is not there"*"--accept"* ]]
  is "$(live)" 0
  run -64 calsync apply --accept
  run -65 --separate-stderr calsync apply --accept "$BATS_TEST_TMPDIR"
  [[ $stderr == *"is no file"* ]] && [ "${#stderr_lines[@]}" -eq 2 ]
  run -74 --separate-stderr calsync plan --out "$BATS_TEST_TMPDIR/no/plan"
  [ -z "$output" ] && [[ $stderr == *"there is no directory"* ]] && [ "${#stderr_lines[@]}" -eq 2 ]
  run -78 --separate-stderr calsync plan --set mail.per_run=many
  [ -z "$output" ] && [[ $stderr == *mail.per_run* ]]
  : >"$BATS_TEST_TMPDIR/empty"
  run -65 --separate-stderr calsync apply --accept "$BATS_TEST_TMPDIR/empty"
  [[ $stderr == *"is no plan of calsync plan --out"* ]]
  run -0 calsync apply -q --accept "$PLAN"
  is "$(subjects)" e2
  is "$(stat -c %a "$PLAN.sum")" 600
}

@test "calsync apply: a plan of yesterday does nothing to what changed since (F151)" {
  e2e_fresh "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test)" "$(meeting e2 ann 2025-03-13T10:00 xia@client.test)")"
  sync
  ann update e1 '"set":{"subject":"Planned"}'
  later 15m
  plan >/dev/null
  ann update e1 '"set":{"subject":"Newer"}'
  later 1d
  sync
  before=$(crm_dump)
  run -75 --separate-stderr calsync apply -q "$PLAN"
  is "$(subjects)" "Newer e2"
  is "$(crm_dump)" "$before"
  sync
  is "$(subjects)" "Newer e2"
  sync_nothing
}

@test "calsync apply: while a run goes on, it waits for the next time; --dry-run may look" {
  e2e_fresh "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test)")"
  plan >/dev/null
  mkdir -p "$CALSYNC_STATE"
  exec 8>>"$CALSYNC_STATE/lock"
  flock -n 8
  run -75 --separate-stderr calsync apply -q "$PLAN"
  [[ $stderr == *"another run holds"* ]]
  run -0 --separate-stderr calsync apply -q --dry-run "$PLAN"
  exec 8>&-
  is "$(live)" 0
}

@test "calsync apply: without a file it is the stage" {
  e2e_fresh "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test)")"
  plan --json | calsync apply -q | grep -q '"op":"crm.create".*"outcome":"done"'
  is "$(subjects)" e1
}
