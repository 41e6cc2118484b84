# roundtrip: the CRM's changes reach Graph through all programs and the real
# journal, and a run after that has nothing to do.

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

start() { # POLICY-LINE ...
  fresh_out '{}' "${both_ways[@]}" "$@" || return 1
  sql "create or replace function calsync.feed_open() returns boolean language sql immutable as 'select true'"
  quiet_run
}
intents() { sql "select op || ' ' || coalesce(outcome, 'open') from calsync.intent order by id" | paste -sd, ; }
in_outlook() { sim 'events?mailbox=ann@firm.test' | jq -r '.value // . | map(.subject) | sort | join(",")'; }

@test "roundtrip: made, changed, moved and deleted in the CRM, each with a quiet run behind it (L1)" {
  start 'delete.to_graph = delete'
  crm_event Pitch '2025-03-12T10:00:00Z' 60 xia@client.test
  turn
  is "$(sim_count outbox)" 1
  clerk "update crm.events set subject = 'Pitch 2', location = 'Hall' where subject = 'Pitch'"
  turn
  clerk "update crm.events set starts_at = starts_at + '1 day', ends_at = ends_at + '1 day'"
  turn
  is "$(sim writes | jq -c '[.value[] | [.method, .status, (.body // {} | keys | join(" "))]]')" \
    '[["POST",201,"attendees end isReminderOn sensitivity showAs singleValueExtendedProperties start subject transactionId"],["PATCH",200,"location subject"],["PATCH",200,"end start"]]'
  clerk "delete from crm.events"
  turn
  is "$(intents)" 'graph.create done,graph.update done,graph.update done,graph.delete done'
  is "$(in_outlook)" ''
  is "$(sim outbox | jq -c '[.count, .kinds]')" '[4,{"invitation":1,"update":2,"cancellation":1}]'
}

@test "roundtrip: the answer to a POST is lost; the next run finds the event or makes it, once (F001 L4)" {
  start
  local way n=0
  for way in '{"kind":"reset","commit":"after"}' '{"kind":"reset"}' '{"kind":"status","status":503,"retryAfter":1,"commit":"after"}'; do
    n=$((n + 1))
    crm_event "P$n" "2025-03-1${n}T10:00:00Z" 60 xia@client.test
    sim fault "$(jq -c '. + {method: "POST", path: "/events", count: -1}' <<<"$way")" >/dev/null
    later 15m
    calsync_run "lost$n" --tee "$BATS_TEST_TMPDIR/lost$n" || true
    is "$(sql "select count(*) from calsync.intent where outcome is null and sent is not null")" 1
    faults_off
    turn
    is "$(sim_count outbox)" "$n"
    is "$(sql "select count(*) from calsync.intent where outcome = 'done'")" "$n"
  done
  is "$(in_outlook)" P1,P2,P3
  is "$(sql "select count(*) from calsync.meeting where state = 'active'")" 3
  is "$(sql "select count(*) from crm.events")" 3
}

@test "roundtrip: the answer to a PATCH is lost; the next run reads before it writes" {
  start
  crm_event Pitch '2025-03-12T10:00:00Z' 60 xia@client.test
  turn
  local commit n=0
  for commit in before after; do
    n=$((n + 1))
    clerk "update crm.events set location = 'Hall $n'"
    sim fault "{\"kind\":\"reset\",\"method\":\"PATCH\",\"commit\":\"$commit\"}" >/dev/null
    later 15m
    calsync_run "lost$n" --tee "$BATS_TEST_TMPDIR/lost$n" || true
    is "$(sql "select count(*) from calsync.intent where outcome is null and sent is not null")" 1
    turn
    is "$(sim_count outbox)" "$((n + 1))"
  done
  is "$(sim 'events?mailbox=ann@firm.test' | jq -r '.value // . | .[0].location')" 'Hall 2'
}
