# What a POST made although its answer said otherwise, or nothing, and which Graph shows
# only much later: it is one event, one mail and one record in the CRM.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

intents() { sql "select string_agg(o, ' ' order by o) from (select coalesce(outcome, 'open') as o from calsync.intent) i"; }

@test "lost: of two POSTs one is answered with 400 and one with nothing, and neither is to be seen for 25 minutes (U18 L4)" {
  # Graph forgets the transactionId before it shows the event.
  E2E_AFTER='{"create.visible_after":1500,"transaction.ttl":600}' begin '{}' "${both_ways[@]}" 'unmatched.mode = sync'
  crm_event One 2025-03-20T10:00Z 60 xia@client.test
  crm_event Two 2025-03-21T10:00Z 60 yan@client.test
  fault '{"kind":"status","status":400,"code":"BadRequest","commit":"after","method":"POST","path":"events"}'
  fault '{"kind":"reset","commit":"after","method":"POST","path":"events","count":-1}'
  sync_ends 75
  faults_off
  is "$(intents)|$(mail_count)" "open refused|2"
  # Not yet found, and sent again it would be a second one.
  later 22m
  sync_ends 75
  wrote_nothing
  is "$(intents)|$(CALSYNC_BIN=$BIN "$TOP/scripts/calsync" status --json | jq -c 'select(.mailbox == "ann@firm.test") | .unknown')" "open refused|1"
  # Now both come, and nobody takes them for new.
  later 15m
  sync
  is "$(intents)" "done refused"
  later 15m
  sync
  is "$(ops)" "link.adopt adopted"
  is "$(intents)" "done done"
  mails_foreseen
  is "$(jq -r 'select(.op == "link.adopt") | .why.rule' "$E2E_TEE/reconcile.ndjson")" same_key
  later 1d
  sync
  later 15m
  sync_nothing
  is "$(sim outbox | jq -c '[.count, .repeated]')" '[2,0]'
  is "$(sql "select count(*) from calsync.meeting where state = 'active'")" 2
  is "$(box ann)|$(subjects)" "2025-03-20T10:00|One|xia||busy
2025-03-21T10:00|Two|yan||busy|One Two"
  # From here on they are as any other.
  crm_edit One "location = 'Hall'"
  crm_edit Two "location = 'Hall'"
  turn
  is "$(writes)" "PATCH ann One location
PATCH ann Two location"
}
