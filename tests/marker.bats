# The extension that names the CRM's record on the Graph events that the CRM created
# (policy key marker).  SC-20 is in scenarios_salesexec.bats.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

# All that a sync knows is lost, and the CRM has forgotten the External IDs too.
forget() {
  sql "truncate calsync.meeting, calsync.meeting_key, calsync.copy, calsync.seen, calsync.again, calsync.cursor"
  sql "update crm.events set external_id = null where event_id in ($1)"
}
rules() { jq -r 'select(.op == "link.adopt") | .why.rule' "$E2E_TEE/reconcile.ndjson" | sort | uniq -c | xargs; }
# How many reads asked for the extension since the log was emptied.
marked() { sim requests | jq '[.value[] | select(.target | test("[$]expand=Extensions"))] | length'; }
twice() {
  "$1"
  echo "again, after runs that break off"
  E2E_BREAK=1
  "$1"
}

lost_links() {
  local i before posts
  begin "$(many 10)" salesexec
  for i in 0 1 2 3 4 5 6 7 8 9; do crm_event "C$i" "2025-03-2${i}T15:00Z" 30; done
  turn
  is "$(writes | grep -c POST)" 10
  # One of them was edited since.
  crm_edit C3 "subject = 'C3!'"
  before=$(sql "select event_id, subject, starts_at from crm.events order by 1")
  is "$(wc -l <<<"$before")" 20
  forget "select event_id from crm.events where subject like 'C%'"
  posts=$(graph_writes)
  E2E_BREAK='' later 15m
  sync
  is "$(rules)" "10 same_marker 10 same_uid"
  later 15m
  sync
  later 15m
  sync_nothing
  is "$(sql "select event_id, subject, starts_at from crm.events order by 1")" "$before"
  is "$(graph_writes)" "$posts"
  is "$(sql "select count(*) from calsync.meeting where state = 'active'")" 20
  crm_edit C4 "subject = 'C4!'"
  turn
  is "$(writes)" "PATCH ann C4 subject"
}
@test "scenario: SC-22 the link table is lost: what the CRM created is found by its guid (S-017 S-019 S-025)" { twice lost_links; }

@test "marker: F010 an event is copied in Outlook with the guid: it is a meeting of its own, also when the links are lost (S-019 S-020)" {
  begin "$(world "$(meeting own ann 2025-03-12T10:00 xia@client.test)")" salesexec
  crm_event Call 2025-03-13T15:00Z 30
  turn
  is "$(writes)" "POST ann Call []"
  sim_control DELETE requests >/dev/null
  ann create - "\"event\":$(MORE="{\"subject\":\"Call\",\"extensions\":$(posted | jq -c .extensions)}" meeting copy ann 2025-03-20T15:00)"
  later 15m
  # It cannot be told whose it is: it is left out, and comes again; if a round brings
  # it that time, as that may repeat itself, it is asked about all the same.
  sim mode '{"delta.replay":"on"}' >/dev/null
  fault '{"kind":"status","status":400,"code":"BadRequest","path":"expand=Extensions"}'
  sync_ends 1
  is "$(problems)|$(ops)|$(subjects)" "graph_error||Call own"
  turn
  wrote_nothing
  is "$(ops)" "crm.create done"
  is "$(subjects)" "Call Call own"
  # Two reads of what was new, one of them in vain, and none of what is known.
  is "$(marked)" 2
  # Their uids tell them apart: the copy is not taken for the first.
  forget -1
  later 15m
  sync
  is "$(rules)" "3 same_uid"
  later 15m
  sync_nothing
  is "$(subjects)" "Call Call own"
}

@test "links: an edit in the CRM of an event whose link was lost makes no second one and mails nobody (S-017 U18)" {
  begin "$(world "$(meeting Born ann 2025-03-12T10:00 xia@client.test)")" practifi
  crm_event Made 2025-03-13T15:00Z 30 xia@client.test
  turn
  is "$(writes)" "POST ann Made [xia]"
  # No round brings them: nothing was changed in Outlook.
  sql "delete from calsync.meeting_key; delete from calsync.copy; delete from calsync.meeting"
  crm_edit Born "location = 'Hall'"
  crm_edit Made "location = 'Hall'"
  later 15m
  # Not before it is known whether they are there.
  fault '{"kind":"status","status":503,"code":"serviceNotAvailable","path":"iCalUId","count":-1}'
  sync_ends 1
  wrote_nothing
  is "$(ops)" ""
  faults_off
  later 15m
  sync
  wrote_nothing
  is "$(ops)" "link.adopt adopted,link.adopt adopted"
  sync_nothing
  crm_edit Made "location = 'Cafe'"
  turn
  is "$(writes)" "PATCH ann Made location"
  is "$(box ann | cut -d'|' -f2 | paste -sd ' ')" "Born Made"
}
