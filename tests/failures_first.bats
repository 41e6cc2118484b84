# Failures that other calendar syncs had, on the way out, under their numbers: first
# connection and duplicates (A), in both models of who is mailed.
# Every turn ends with a run that must do nothing (L1).
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

# The CRM held these before calsync was set up.
before_calsync() { sql "truncate calsync.change"; }
many_crm() { # COUNT: hourly from 12 March 8:00, as `many` makes them in Outlook
  local i
  for ((i = 0; i < $1; i++)); do
    crm_event "E$i" "$(date -u -d "2025-03-12T08:00Z + $i hours" +%FT%TZ)" 60 xia@client.test
  done
}
links() { sql "select count(*) from calsync.meeting where state = 'active'"; }

f001() {
  fresh_out "$(world "$(MORE='{"subject":"Demo","location":"Cafe"}' meeting e1 ann 2025-03-12T10:00 xia@client.test)")" "${both_ways[@]}"
  MORE="location = 'Hall'" crm_event Demo 2025-03-12T10:00Z 60 xia@client.test
  before_calsync
  quiet_run
  is "$(links)" 1
  is "$(live)" 1
  is "$(sql "select location from crm.events")" Hall
  is "$(box ann)" "2025-03-12T10:00|Demo|xia|Cafe|busy"
  nothing_more
  crm_edit Demo "subject = 'Demo 2'"
  turn
  is "$(writes)" "PATCH ann Demo subject"
  is "$(mails)" "update xia Demo 2"
  is "$(of_box ann 'Demo 2' .location)" Cafe
}
@test "failure: F001 the same meeting on both sides is adopted: no copy, no mail, differences are left alone" { in_both_models f001; }

f002() {
  fresh_out '{}' "${both_ways[@]}" 'backfill.out = all' 'mail.per_run = 0'
  sql "with e as (insert into crm.events (assigned_to, subject, starts_at, ends_at)
      select 1, 'Past' || n, '2025-03-01T10:00Z'::timestamptz - n * interval '1 day', '2025-03-01T11:00Z'::timestamptz - n * interval '1 day'
        from generate_series(1, 400) n returning event_id)
    insert into crm.event_attendees (event_id, email, name, contact_id)
      select event_id, x.email, x.email, x.id from e, (values ('xia@client.test', 1), ('yan@client.test', 2)) x(email, id)"
  local i
  for i in 1 2 3; do crm_event "Next$i" "2025-03-2${i}T10:00Z" 60 xia@client.test yan@client.test; done
  before_calsync
  quiet_run
  is "$(sql "select count(*) from calsync.meeting")" 0
  is "$(logged "code = 'first_run'" | wc -w)" 3
  is "$(jq -r 'select(.reason == "first_run") | .why.evidence' "$E2E_TEE/reconcile.ndjson" | sort | uniq -c | xargs)" "3 graph.create, 2 mails"
  # Three events, six mails, to whom: they wait until somebody lets them go.
  turn
  wrote_nothing
  is "$(sql "select op, reason, array_to_string(mail, ' '), count(*) from calsync.held group by 1, 2, 3")" "graph.create|mail_held|xia@client.test yan@client.test|3"
  is "$(sql "select count(*) from calsync.meeting")" 0
  sql "select calsync.admin_release(id) from calsync.held order by id limit 1" >/dev/null
  turn
  is "$(writes)" "POST ann Next1 [xia yan]"
  is "$(mail_count)" 2
}
@test "failure: F002 a CRM with years of history: the first run sends none of it" { in_both_models f002; }

f004() {
  fresh_out "$(world "$(MORE='{"subject":"Call"}' meeting e1 ann 2025-03-12T10:00)" "$(MORE='{"subject":"Call"}' meeting e2 ann 2025-03-12T10:00)")" \
    "${both_ways[@]}" 'unmatched.mode = sync'
  crm_event Call 2025-03-12T10:00Z 60
  before_calsync
  quiet_run
  is "$(links)" 0
  is "$(live)" 1
  is "$(reasons)" "match_ambiguous match_ambiguous"
  is "$(box ann | wc -l)" 2
  nothing_more
}
@test "failure: F004 two candidates for one: none is linked, none made, both are listed" { in_both_models f004; }

f007() {
  begin '{}' "${both_ways[@]}"
  many_crm 10
  turn
  is "$(mail_count)" 10
  local before
  before=$(sql "select event_id, external_id from crm.events order by 1")
  sql "truncate calsync.meeting, calsync.meeting_key, calsync.copy, calsync.seen, calsync.again, calsync.cursor, calsync.intent, calsync.change"
  sync
  wrote_nothing
  later 15m
  sync
  wrote_nothing
  nothing_more
  is "$(links)" 10
  is "$(sql "select event_id, external_id from crm.events order by 1")" "$before"
  is "$(box ann | wc -l)" 10
}
@test "failure: F007 the link table is lost: found again by what both sides keep, nothing twice" { in_both_models f007; }

f008() {
  begin '{}' "${both_ways[@]}"
  ann create - "\"event\":$(MORE='{"subject":"Demo"}' meeting e1 ann 2025-03-12T10:00 xia@client.test)"
  ann create - "\"event\":$(MORE='{"subject":"Demo","categories":["Other tool"]}' meeting e2 ann 2025-03-12T10:00 xia@client.test)"
  turn
  # Two meetings with two uids are two; neither is sent back.
  wrote_nothing
  is "$(box ann | wc -l)" 2
  is "$(links)" "$(live)"
  is "$(live)" 1
  turn
  wrote_nothing
}
@test "failure: another connector's mirror is not multiplied" { in_both_models f008; }

f013() {
  begin '{}' "${both_ways[@]}" 'internal.mode = sync' 'unmatched.mode = sync'
  local i answer
  crm_event First 2025-03-13T08:00Z 30
  turn
  is "$(writes)" "POST ann First []"
  later 15m
  sync
  answer=$(jq -c 'select(.type == "graph.event" and .data.subject == "First") | .data' "$BATS_FILE_TMPDIR/runs/$BATS_TEST_NUMBER"/*/fetch.ndjson | tail -1)
  [ -n "$answer" ]
  for i in {1..19}; do crm_event "N$i" "2025-03-14T08:00Z" 30; done
  # One of nineteen POSTs is answered with the event that was made before.
  fault "$(jq -cn --arg body "$answer" '{kind: "status", status: 201, commit: "after", method: "POST", path: "events", nth: 7, count: 1, body: $body}')"
  later 15m
  sync || [ $? -eq 1 ]
  faults_off
  turn
  turn
  # Twenty POSTs, and the one whose answer was another's is looked up, not sent again.
  is "$(wrote 0 | sort | uniq -c | awk '{print $1, $2, $3}' | sort -u | xargs)" "1 POST ann"
  is "$(wrote 0 | wc -l)" 20
  is "$(box ann | wc -l)" 20
  is "$(sql "select count(*), count(distinct c.id) from calsync.copy c where c.state = 'present'")" "20|20"
  is "$(sql "select count(*) from crm.events e join calsync.meeting m on m.crm_id = e.event_id::text where m.state = 'active' and e.external_id = m.uid")" 20
  is "$(sim_count outbox)" 0
}
@test "failure: F013 an answer that names another event's id links nothing wrongly" { in_both_models f013; }

f014() { # HOW
  local way=$1
  begin '{}' "${both_ways[@]}" 'mail.per_run = 1'
  crm_event Demo 2025-03-20T10:00Z 60 xia@client.test
  fault "$way"
  sync || :
  faults_off
  is "$(box ann | wc -l)" 1
  turn
  is "$(wrote 0 | grep -c 'POST ann Demo')" "$(sim writes | jq '[.value[] | select(.method == "POST")] | length')"
  is "$(box ann)" "2025-03-20T10:00|Demo|xia||busy"
  is "$(sim outbox | jq -c '[.count, .repeated]')" '[1,0]'
  is "$(links)" 1
  is "$(crm_has Demo sync_status)" Active
}
f014_all() {
  local kind
  for kind in '"kind":"reset"' '"kind":"reset","at":"headers"' '"kind":"reset","at":"body"' '"kind":"cut"' '"kind":"cut","at":"json"' \
    '"kind":"close"' '"kind":"status","status":503' '"kind":"status","status":500,"body":"empty"' '"kind":"status","status":504,"body":"html"' \
    '"kind":"status","status":409,"code":"ErrorIrresolvableConflict"'; do
    echo "with $kind"
    f014 "{$kind,\"commit\":\"after\",\"method\":\"POST\",\"path\":\"events\",\"count\":1}"
  done
}
@test "failure: F014 a POST whose answer is lost, in any way, makes no second event and no second mail (U18)" {
  strict f014_all
  # Who is mailed by a POST is the same in both models.
  paranoid f014 '{"kind":"reset","commit":"after","method":"POST","path":"events"}'
}

never_arrived() {
  local kind
  for kind in '"kind":"reset"' '"kind":"status","status":503' '"kind":"status","status":429,"retryAfter":0'; do
    begin '{}' "${both_ways[@]}"
    crm_event Demo 2025-03-20T10:00Z 60 xia@client.test
    fault "{$kind,\"commit\":\"before\",\"method\":\"POST\",\"path\":\"events\",\"count\":1}"
    sync || :
    faults_off
    turn
    is "$(box ann)" "2025-03-20T10:00|Demo|xia||busy"
    is "$(sim outbox | jq -c '[.count, .repeated]')" '[1,0]'
  done
}
@test "failure: a POST that never arrived is sent again, and mails once" { in_both_models never_arrived; }
