# One event, now: calsync sync-one, which an add-in or a person calls.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

calsync() { CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" "$@"; }
# one STATUS [EVENT ...]: of Ann's mailbox.
one() {
  E2E_RUN=$((E2E_RUN + 1)) E2E_TOLD=$E2E_RUN
  E2E_TEE=$BATS_FILE_TMPDIR/runs/$BATS_TEST_NUMBER/$E2E_RUN
  mkdir -p "${E2E_TEE%/*}"
  export CALSYNC_RUN=$E2E_RUN
  run "-$1" --separate-stderr calsync sync-one -q --now "$(sim_now)" --tee "$E2E_TEE" ann@firm.test "${@:2}"
  unset CALSYNC_RUN
}
id_of() { of_box "${2:-ann}" "$1" .id; }
cursor() { sql "select to_jsonb(k) from calsync.cursor k order by account; select id, last_read, due_now, first from calsync.account order by id"; }
switch() { sql "select calsync.admin_account('{\"user\":\"ann@firm.test\",\"enabled\":$1}')" >/dev/null; }

@test "sync-one: a linked event is brought into the CRM at once, even while sync is off; a new one is not (C-001 C-002)" {
  begin "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test)" "$(meeting e2 ann 2025-03-13T10:00 xia@client.test)")" smartcloud 'category.write = none'
  is "$(subjects)" "e1 e2"
  ann update e1 '"set":{"subject":"e1!"}'
  ann update e2 '"set":{"subject":"e2!"}'
  before=$(cursor)
  one 0 "$(id_of 'e1!')"
  is "$output" "changed in the CRM"
  # This one alone, and no page of the calendar was read; the next run finds its place.
  is "$(subjects)" "e1! e2"
  is "$(cursor)" "$before"
  is "$(jq -c 'select(.type == "graph.event") | .again' "$E2E_TEE/fetch.ndjson")" '"asked"'
  one 0 "$(id_of 'e1!')"
  is "$output" "nothing to do"
  turn
  is "$(subjects)" "e1! e2!"

  switch false
  ann update e1 '"set":{"subject":"e1?"}'
  ann create - "\"event\":$(meeting e3 ann 2025-03-14T10:00 xia@client.test)"
  crm_edit 'e2!' "location = 'Hall'"
  turn
  is "$(subjects)" "e1! e2!"
  # By the CRM's own key, as somebody has it on the screen.
  one 0 "$(crm_id 'e1!')"
  is "$output" "changed in the CRM"
  is "$(subjects)" "e1? e2!"
  one 0 "$(id_of e3)"
  is "$output" "its user's sync is off"
  one 0 "$(id_of 'e2!')"
  is "$(graph_writes)$(live)" 02
  one 65 nothing-of-the-kind
  [[ $stderr == *"ann@firm.test has no event nothing-of-the-kind"* ]]
  one 64
  nothing_more
  # On again: what was left comes.
  switch true
  turn
  is "$(subjects)" "e1? e2! e3"
  is "$(writes)" "PATCH ann e2! location"
  is "$(mails)" "update xia e2!"
}

@test "sync-one: of who is on, what the next run would do: a new event, both sides of one, one date of a series" {
  begin "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test)" \
    "$(MORE="{$(weekly 3 wednesday)}" meeting s ann 2025-03-19T09:00 xia@client.test)")" "${both_ways[@]}"
  is "$(live)" 4
  ann create - "\"event\":$(meeting new ann 2025-03-14T10:00 xia@client.test)"
  crm_edit e1 "location = 'Hall'"
  ann update e1 '"set":{"subject":"E1"}'
  act '{"as":"ann@firm.test","do":"edit-occurrence","event":"s","occurrence":"2025-03-26","set":{"subject":"other"}}'
  E2E_WRITES=$(graph_writes) E2E_MAILS=$(sim outbox | jq .count)
  one 0 "$(id_of new)"
  is "$output" "made in the CRM"
  is "$(subjects)" "e1 new s s s"
  one 0 "$(id_of E1)"
  is "$(subjects)" "E1 new s s s"
  is "$(writes)" "PATCH ann E1 location"
  is "$(mails)" "update xia E1"
  one 0 "$(sql "select c.id from calsync.copy c where c.original_date = '2025-03-26'")"
  is "$(subjects)" "E1 new other s s"
  nothing_more
  # Another run holds the lock: it will do it.
  exec 8>>"$CALSYNC_STATE/lock"
  flock -n 8
  one 75 "$(id_of new)"
  exec 8>&-
  # A proof that it is gone counts here as well.
  ann delete new
  out_policy "${both_ways[@]}" 'delete.to_crm = delete'
  one 0 "$(sql "select c.id from calsync.copy c join calsync.meeting m on m.id = c.meeting where m.base_graph::json ->> 'subject' = 'new'")"
  is "$output" "deleted in the CRM"
  is "$(subjects)" "E1 other s s"
}
