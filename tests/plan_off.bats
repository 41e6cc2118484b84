# calsync apply PLAN asks what a run asks; and sync-one when Graph does not answer.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

calsync() { CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" "$@"; }
# stopped STATUS MESSAGE: the plan is not carried out, and says so in the first line.
stopped() {
  E2E_WRITES=$(graph_writes) E2E_MAILS=$(sim_count outbox)
  run "-$1" --separate-stderr calsync apply -q "$BATS_TEST_TMPDIR/plan"
  [[ ${stderr_lines[0]} == "calsync apply: error: $2"* ]] || { echo "$stderr"; return 1; }
  wrote_nothing
}

@test "calsync apply: a plan goes nowhere once firm, user or the statement about other syncs are off (P-002 F151)" {
  begin "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test)")" "${both_ways[@]}"
  crm_event new 2025-03-20T14:00Z 30 xia@client.test
  calsync plan --now "$(sim_now)" --out "$BATS_TEST_TMPDIR/plan" >/dev/null
  sql "select calsync.admin_account('{\"user\":\"ann@firm.test\",\"enabled\":false}')" >/dev/null
  stopped 75 'the sync of ann@firm.test was switched off since the plan was made'
  sql "select calsync.admin_account('{\"user\":\"ann@firm.test\",\"enabled\":true}'); update calsync.org set enabled = false" >/dev/null
  stopped 78 "the firm's sync is off: calsync org enabled=yes"
  sql "update calsync.org set enabled = true, other_sync_off_by = null"
  stopped 78 'nobody has stated that every other calendar sync is off'
  run -0 --separate-stderr calsync apply -q --dry-run "$BATS_TEST_TMPDIR/plan"
  wrote_nothing
  # A plan says what a run would end with, and is shown all the same.
  run -0 --separate-stderr calsync plan --now "$(sim_now)"
  [[ $stderr == *"a run would end with 78 under this policy"*"nobody has stated that every other calendar sync is off"* ]]
  [[ $output == "OP "*"CRM event"* ]]
  # The database that --db names is the one that is asked.
  sql "update calsync.org set other_sync_off_by = 'ann'"
  CALSYNC_DB=dbname=nowhere run -0 --separate-stderr calsync apply -q --db "$CALSYNC_DB" "$BATS_TEST_TMPDIR/plan"
  is "$(mails)" "invitation xia new"
}

@test "sync-one: no answer from Graph is no proof that there is no event (C-002)" {
  begin "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test)")" "${both_ways[@]}"
  one() { run "-$1" --separate-stderr calsync sync-one -q --now "$(sim_now)" ann@firm.test "$2"; }
  id=$(of_box ann e1 .id)
  fault '{"kind":"status","status":500,"count":-1,"path":"/events/"}'
  one 1 "$id"
  is "$output" "graph error"
  faults_off
  one 0 "$id"
  one 65 "${id%?}x"
  [[ $stderr == *"ann@firm.test has no event ${id%?}x"* ]]
  one 64 ''
}
