# deliver: what is not sent, not done, or not heard of in time.
load deliver

@test "deliver: nothing due: no connection, no result, no token" {
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '' ]
  [ "$(sim_count requests)" -eq 0 ]
  [ "$(jq -r .type <<<"$output" | paste -sd' ')" = 'run mailbox mailbox.end mailbox mailbox.end end' ]
}

@test "deliver: an event that has changed since is not written: moved" {
  update 1 Review '{"set":{"subject":"Review 2"}}'
  remove 2 Alone
  update 3 Call '{"set":{"subject":"Call 2"}}'
  sim act '{"as":"ann@firm.test","do":"touch","event":"review"}' >/dev/null
  sim act '{"as":"ann@firm.test","do":"touch","event":"alone"}' >/dev/null
  sim act '{"as":"ann@firm.test","do":"delete","event":"call"}' >/dev/null
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=moved 2=moved 3=moved' ]
  [ "$(writes)" = '[]' ]
  [ "$(settled 3 | jq .status)" -eq 404 ]
}

# As lib/content.h has it.
content() {
  jq -nj --argjson e "$(cat)" '["subject","body","start","end","all_day","location","rooms","show_as","sensitivity","reminder","organizer","attendees","online",
      "categories","draft","cancelled"] + (if $e.series.master then [] else ["zone","recurrence"] end)
    | .[] as $k | $k + ($e[$k] | tojson) + "\n"' | sha256sum | cut -c1-32
}
@test "deliver: another etag over the same content is no change: it is written under that one" {
  update 1 Review "{\"set\":{\"subject\":\"Review 2\"},\"content\":\"$(event Review | content)\"}"
  update 2 Call "{\"set\":{\"subject\":\"Call 2\"},\"content\":\"$(event Call | content)\"}"
  local e now
  for e in review call; do sim act "{\"as\":\"ann@firm.test\",\"do\":\"touch\",\"event\":\"$e\"}" >/dev/null; done
  sim act '{"as":"ann@firm.test","do":"update","event":"call","set":{"subject":"Call me"}}' >/dev/null
  now=$(event Review | jq -r .etag)
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=done 2=moved' ]
  [ "$(writes | jq -c 'map([.body.subject, .ifMatch])')" = "[[\"Review 2\",$(jq -cn --arg e "$now" '$e')]]" ]
}

@test "deliver: 412 and 409 say that it was not done" {
  update 1 Review '{"set":{"subject":"Review 2"}}'
  remove 2 Alone
  local said method
  for said in 412 409; do
    for method in PATCH DELETE; do
      sim fault "{\"kind\":\"status\",\"status\":$said,\"code\":\"ErrorIrresolvableConflict\",\"method\":\"$method\"}" >/dev/null
    done
    sql "update calsync.queue set outcome = null, sent = null"
    run -0 --separate-stderr deliver
    [ "$(outcomes)" = '1=moved 2=moved' ]
    [ "$(settled 1 | jq .status)" -eq "$said" ]
  done
  [ "$(mails)" -eq 0 ]
}

@test "deliver: more people than predicted: not sent, mail_moved (L3)" {
  update 1 Review '{"set":{"subject":"Review 2"},"mail":["bob@firm.test"]}'
  update 2 Call '{"set":{"show_as":"free"},"mail":[]}'
  update 3 Alone '{"set":{"subject":"Alone 2"},"attendees":{"add":[{"address":"xia@client.test","name":"Xia"}],"remove":[]},"mail":[]}'
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=mail_moved 2=done 3=mail_moved' ]
  [ "$(writes | jq length)" -eq 1 ]
  [ "$(mails)" -eq 0 ]
}

@test "deliver: a create that invites somebody it does not foresee is not sent, mail_moved (L3)" {
  plan 1 graph.create "$(jq -c '.attendees.add += [{"address":"else@nowhere.test","name":"E","role":"required"}]' <<<"$pitch")"
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = 1=mail_moved ]
  [ "$(mails)" -eq 0 ]
}

@test "deliver: what the budget does not let through is not sent, in the journal's order" {
  plan 1 graph.create "$pitch"
  plan 2 graph.create "$pitch"
  sql "update calsync.queue set begin_as = case intent when 1 then 'over_budget' else 'moved' end"
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=over_budget 2=moved' ]
  [ "$(writes)" = '[]' ]
}

@test "deliver: 429 and 401 are not done, and repeated (F158)" {
  local method
  for method in POST PATCH; do
    sim fault "{\"kind\":\"status\",\"status\":429,\"retryAfter\":1,\"method\":\"$method\",\"path\":\"/events\"}" >/dev/null
    sim fault "{\"kind\":\"status\",\"status\":401,\"code\":\"InvalidAuthenticationToken\",\"method\":\"$method\",\"path\":\"/events\"}" >/dev/null
  done
  plan 1 graph.create "$pitch"
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=done' ]
  update 2 Review '{"set":{"subject":"Review 2"}}'
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '2=done' ]
  [ "$(writes | jq -c 'group_by(.method) | map(map(.status))')" = '[[429,401,200],[429,401,201]]' ]
  [ "$(count Pitch)" -eq 1 ]
  [ "$(mails)" -eq 4 ]
  [ "$(sim_count violations)" -eq 0 ]
}

@test "deliver: a 4xx is refused with Graph's code, and is 1" {
  plan 1 graph.create "$pitch"
  update 2 Review '{"set":{"subject":"Review 2"}}'
  sim fault '{"kind":"status","status":403,"code":"ErrorAccessDenied","method":"POST","path":"/events"}' >/dev/null
  sim fault '{"kind":"status","status":400,"code":"ErrorPropertyValidationFailure","method":"PATCH"}' >/dev/null
  run -1 --separate-stderr deliver
  [ "$(outcomes)" = '1=refused 2=refused' ]
  [ "$(settled 1 | jq -c '[.status, .code, (.request_id | length > 8)]')" = '[403,"ErrorAccessDenied",true]' ]
  [ "$(settled 2 | jq -c '[.status, .code]')" = '[400,"ErrorPropertyValidationFailure"]' ]
}

@test "deliver: Graph says yes and changes nothing: not_applied" {
  update 1 Review '{"set":{"subject":"Review 2","location":"Hall"}}'
  sim fault '{"kind":"edit","method":"PATCH","from":"Review 2","to":"Review"}' >/dev/null
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=not_applied' ]
  [ "$(settled 1 | jq -c '[.status, .event.subject, .base.subject, .base.location]')" = '[200,"Review","Review","Hall"]' ]
}

@test "deliver: a value that the server rewrites was applied, and the base has the server's" {
  local long
  long=$(printf 'x%.0s' {1..300})
  update 1 Alone "{\"set\":{\"subject\":\"$long\"}}"
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=done' ]
  [ "$(settled 1 | jq '.base.subject | length')" -eq 255 ]
}

@test "deliver: an account that is worked on elsewhere is left alone: locked, 75" {
  plan 1 graph.create "$pitch"
  plan 2 graph.create "$(jq -c '.set.subject = "Other" | .attendees.add = [] | .mail = []' <<<"$pitch")" 2
  rival 'select pg_advisory_lock(77, 1)'
  run -75 --separate-stderr deliver
  rival_end
  [ "$(outcomes)" = '1=locked 2=done' ]
  [ "$(sql 'select sent, outcome from calsync.queue where intent = 1')" = '|' ]
  [ "$(count Other bob@firm.test)" -eq 1 ]
  [ "$(mails)" -eq 0 ]
}

@test "deliver: the deadline ends what was not sent as late, 75" {
  for n in {1..12}; do plan "$n" graph.create "$(jq -c ".set.subject = \"N$n\" | .attendees.add = [] | .mail = []" <<<"$pitch")"; done
  sim fault '{"kind":"delay","amount":700,"method":"POST","path":"/events","count":-1}' >/dev/null
  run -75 --separate-stderr deliver --deadline 2
  [[ $(outcomes) == *late* ]]
  clear_faults
  # Whatever was under way is settled by the next run, and nothing comes twice.
  sql "update calsync.queue set run = 'r2' where outcome is null and sent is null"
  sql "update calsync.queue set outcome = null, sent = null, run = 'r2' where outcome = 'late'"
  RUN=r2 run -0 --separate-stderr deliver
  canonical ann@firm.test >"$BATS_TEST_TMPDIR/read"
  for n in {1..12}; do [ "$(jq -r --arg s "N$n" 'select(.subject==$s) | .id' "$BATS_TEST_TMPDIR/read" | wc -l)" -eq 1 ]; done
}

@test "deliver: --dry-run sends nothing and asks for nothing" {
  plan 1 graph.create "$pitch"
  run -0 --separate-stderr deliver --dry-run
  [ "$(outcomes)" = '' ]
  [ "$(sim_count requests)" -eq 0 ]
  [ "$(sql 'select sent from calsync.queue')" = '' ]
}

@test "deliver: many mailboxes at once, at most three requests of each (F160)" {
  for n in {1..8}; do
    plan "$n" graph.create "$(jq -c ".set.subject = \"N$n\" | .attendees.add = [] | .mail = []" <<<"$pitch")"
    plan "$((n + 20))" graph.create "$(jq -c ".set.subject = \"N$n\" | .attendees.add = [] | .mail = []" <<<"$pitch")" 2
  done
  sim mode '{"latency_ms":100}' >/dev/null
  local start=${EPOCHREALTIME/./}
  run -0 --separate-stderr deliver
  # One after the other these 16 would take 1.6 s, a mailbox after the other 0.6 s.
  [ "$((${EPOCHREALTIME/./} - start))" -lt 1500000 ]
  sim mode '{"latency_ms":0}' >/dev/null
  [ "$(jq -s '[.[] | select(.type=="result" and .outcome=="done")] | length' <<<"$output")" -eq 16 ]
  [ "$(sim_count violations)" -eq 0 ]
  [ "$(sql "select max((arg#>>'{}')::int) <= 20 from calsync.call where what = 'intent_settle'")" = t ]
}

@test "deliver: an outcome that the database refuses stays open, and costs no other (L5)" {
  plan 1 graph.create "$pitch"
  plan 2 graph.create "$(jq -c '.set.subject = "Other" | .attendees.add = [] | .mail = []' <<<"$pitch")"
  sim fault '{"kind":"status","status":400,"code":"RAISE","method":"POST","path":"/events","count":1}' >/dev/null
  run -75 --separate-stderr deliver
  [ "$(outcomes | tr ' ' '\n' | cut -d= -f2 | sort | paste -sd' ')" = 'done unknown' ]
  ! grep -q 'secret subject' <<<"$stderr" || false
}

@test "deliver: a stream that breaks off: what was committed is delivered" {
  plan 1 graph.create "$pitch"
  run -65 --separate-stderr tool apply -q < <(stream | head -n 4)
  [ "$(outcomes)" = '1=done' ]
}

# How the events were asked for: requests of their own, batches, and the statuses of what was in these.
asked() {
  sim requests | jq -r '.value | [([.[] | select(.method == "GET" and (.inBatch | not))] | length),
    ([.[] | select(.target | endswith("/$batch"))] | length), ([.[] | select(.inBatch) | .status] | sort | join(","))] | join(" ")'
}
@test "deliver: what several writes have to see is read by one batch; what is throttled, gone or broken in it is so alone" {
  update 1 Review '{"set":{"subject":"Review 2"}}'
  update 2 Call '{"set":{"subject":"Call 2"}}'
  update 3 'Day off' '{"set":{"subject":"Away"}}'
  remove 4 Alone
  update 5 Standup '{"set":{"subject":"Standup 2"}}'
  sim act '{"as":"ann@firm.test","do":"delete","event":"call"}' >/dev/null
  sim_control DELETE requests >/dev/null
  sim fault '{"kind":"status","status":429,"retryAfter":1,"method":"GET","path":"/events/","nth":1}' >/dev/null
  sim fault '{"kind":"status","status":503,"method":"GET","path":"/events/","nth":3}' >/dev/null
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=done 2=moved 3=done 4=done 5=done' ]
  [[ $(asked) == "0 2 200,200,200,200,404,429,503" ]] || { asked; false; }
  [ "$(writes | jq length)" -eq 4 ]
  # One alone needs no batch.
  clear_faults
  update 7 'Away' '{"set":{"subject":"Away 2"}}'
  sim_control DELETE requests >/dev/null
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = 7=done ]
  [ "$(asked)" = "1 0 " ]
}
