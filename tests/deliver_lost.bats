# deliver: answers that are lost, and runs that are stopped.
load deliver

# libcurl repeats a POST by itself when a connection that was kept open breaks: so
# the faults of these tests hold until the run has ended.
# Each way in which an answer can be lost; commit says whether it was done.
lost_ways='{"kind":"reset"} {"kind":"reset","at":"headers"} {"kind":"cut"} {"kind":"stall","at":"start"}
  {"kind":"status","status":503,"retryAfter":1} {"kind":"status","status":500} {"kind":"status","status":504,"body":"html"}'
# lost METHOD N [COMMIT ...]: for each way, deliver loses the answer; a second run settles it.
lost() {
  local way commit n=$2
  for commit in "${@:3}"; do
    for way in $lost_ways; do
      n=$((n + 1))
      clear_faults
      prepare "$n"
      sim fault "$(jq -c --arg m "$1" --arg c "$commit" '. + {method: $m, path: "/events", commit: $c, count: -1}' <<<"$way")" >/dev/null
      run --separate-stderr deliver --timeout 1
      [ "$status" -eq 75 ] || { echo "$way $commit: $status"; return 1; }
      [ "$(outcomes)" = "$n=unknown" ] || { echo "$way $commit: $(outcomes)"; return 1; }
      clear_faults
      RUN=r2 run -0 --separate-stderr deliver
      [ "$(outcomes)" = "$n=done" ] || { echo "$way $commit: $(outcomes)"; return 1; }
      check "$n" || { echo "$way $commit"; return 1; }
    done
  done
}

@test "deliver: a lost answer to a POST makes no second event and no second mail (F001)" {
  prepare() { plan "$1" graph.create "$(jq -c ".set.subject = \"N$1\"" <<<"$pitch")"; }
  check() { [ "$(count "N$1")" -eq 1 ] && [ "$(mails)" -eq $((2 * $1)) ]; }
  lost POST 0 before after
  # Those in which something did arrive.
  lost_ways='{"kind":"reset","at":"body"} {"kind":"cut","at":"chunk"} {"kind":"cut","at":"json"} {"kind":"cut","at":"gzip"} {"kind":"stall"}
    {"kind":"drip","amount":20} {"kind":"status","status":201,"body":"empty"} {"kind":"status","status":201,"body":"html"}'
  lost POST 14 after
}

@test "deliver: after a lost POST the journaled body goes out again, byte for byte, unless Graph has it" {
  plan 1 graph.create "$pitch"
  sim fault '{"kind":"reset","method":"POST","path":"/events","count":-1}' >/dev/null
  run -75 --separate-stderr deliver
  clear_faults
  local body
  body=$(sql 'select body from calsync.queue')
  # The op of the journal counts no more.
  sql "update calsync.queue set doc = (doc::jsonb || '{\"set\":{\"subject\":\"Other\"}}')::json"
  RUN=r2 run -0 --separate-stderr deliver
  [ "$(writes | jq -c '.[-1].body')" = "$(jq -c . <<<"$body")" ]
  [ "$(jq -r 'select(.type=="result") | .found' <<<"$output")" = null ]
  # Found by the key, although Graph has forgotten the transaction.
  plan 2 graph.create "$(jq -c '.set.subject = "Second"' <<<"$pitch")"
  sim fault '{"kind":"reset","method":"POST","path":"/events","commit":"after","count":-1}' >/dev/null
  RUN=r1 run -75 --separate-stderr deliver
  clear_faults
  sim act '{"as":"ann@firm.test","do":"forget-transactions"}' >/dev/null
  RUN=r2 run -0 --separate-stderr deliver
  [ "$(jq -r 'select(.type=="result") | .found' <<<"$output")" = true ]
  [ "$(count Second)" -eq 1 ]
}

@test "deliver: a lost answer to a PATCH is settled by reading, not by writing again" {
  prepare() { update "$1" Review "{\"set\":{\"location\":\"Place $1\"}}"; }
  check() { [ "$(event Review | jq -r .location)" = "Place $1" ] && [ "$(mails)" -eq $((2 * $1)) ]; }
  lost PATCH 0 before after
}

@test "deliver: a lost answer to a DELETE is settled by reading" {
  # A 204 is whole with its headers.
  lost_ways='{"kind":"reset"} {"kind":"status","status":503,"retryAfter":1} {"kind":"status","status":504,"body":"html"}'
  for n in {1..6}; do
    sim act "{\"as\":\"ann@firm.test\",\"do\":\"create\",\"event\":{\"subject\":\"N$n\",\"start\":\"2026-12-0$((n % 9 + 1))T10:00\",\"attendees\":[\"eve@client.test\"]}}" >/dev/null
  done
  prepare() { remove "$1" "N$1"; }
  check() { [ "$(count "N$1")" -eq 0 ] && [ "$(mails)" -eq "$1" ]; }
  lost DELETE 0 before after
}

@test "deliver: an open write whose event was changed by somebody else is void" {
  update 1 Review '{"set":{"subject":"Review 2"}}'
  sim fault '{"kind":"reset","method":"PATCH"}' >/dev/null
  run -75 --separate-stderr deliver
  sim act '{"as":"ann@firm.test","do":"update","event":"review","set":{"subject":"Hers"}}' >/dev/null
  RUN=r2 run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=moved' ]
  [ "$(event Hers | jq -r .subject)" = Hers ]
  [ "$(mails)" -eq 0 ]
}

@test "deliver: what was lost is not sent again for a user whose policy no longer writes to Graph" {
  plan 1 graph.create "$pitch"
  sim fault '{"kind":"reset","method":"POST","path":"/events","count":-1}' >/dev/null
  run -75 --separate-stderr deliver
  clear_faults
  RUN=r2 run -0 --separate-stderr tool apply -q < <(stream r2 | jq -c 'if .account == 1 then del(.outward) else . end')
  [ "$(outcomes)" = '1=moved' ]
  [ "$(count Pitch)" -eq 0 ]
}

@test "deliver: open writes of a mailbox are settled before anything new is begun" {
  update 1 Review '{"set":{"subject":"Review 2"}}'
  sim fault '{"kind":"reset","method":"PATCH"}' >/dev/null
  run -75 --separate-stderr deliver
  plan 2 graph.create "$pitch"
  sql "update calsync.queue set run = 'r2' where intent = 2"
  RUN=r2 run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=done 2=done' ]
  [ "$(writes | jq -r '[.[] | select(.status < 300) | .method] | join(" ")')" = 'PATCH POST' ]
}

@test "deliver: stopped after any step and run again: the same events, the same mails (L4)" {
  local step status
  for step in {1..20}; do
    sim world "$(<"$BATS_TEST_DIRNAME/data/deliver/world.json")" >/dev/null
    sim_control DELETE outbox >/dev/null
    sql 'truncate calsync.queue'
    plan 1 graph.create "$pitch"
    update 2 Review '{"set":{"subject":"Review 2"}}'
    remove 3 Call
    status=0
    CALSYNC_STOP_AFTER=$step deliver >/dev/null 2>&1 || status=$?
    [ "$status" -eq 100 ] || break
    sql "update calsync.queue set run = 'r2' where sent is null"
    RUN=r2 run -0 --separate-stderr deliver
    canonical ann@firm.test | jq -r 'select(.series.master == null) | .subject' | sort >"$BATS_TEST_TMPDIR/read"
    [ "$(paste -sd' ' "$BATS_TEST_TMPDIR/read")" = 'Alone Day off Pitch Review 2 Standup Theirs' ]
    [ "$(mails)" -eq 5 ] || { echo "step $step: $(mails) mails"; false; }
    [ "$(sql "select string_agg(outcome, ' ') from calsync.queue")" = 'done done done' ]
  done
  [ "$status" -eq 0 ]
  [ "$step" -gt 6 ]
}

@test "deliver: in graphsim's worst modes it comes to the same" {
  sim mode '{"preset":"worst"}' >/dev/null
  plan 1 graph.create "$pitch"
  update 2 Review '{"set":{"subject":"Review 2","body":"New"}}'
  update 3 Call '{"set":{"body":"New"}}'
  remove 4 Alone
  run --separate-stderr deliver
  for n in 1 2 3; do
    sql "update calsync.queue set run = 'r2', sent = null, outcome = null where outcome in ('moved', 'late')"
    RUN=r2 run --separate-stderr deliver
  done
  [ "$(count Pitch)" -eq 1 ]
  [[ $(event Call | jq -r .online.url) == https://teams* ]]
}

@test "deliver: a POST that was done and is answered as if it had been refused is found by its key (U18)" {
  local way n=0
  for way in '"kind":"status","status":400' '"kind":"status","status":403,"code":"ErrorAccessDenied"' '"kind":"status","status":404,"body":"html"' \
    '"kind":"status","status":409' '"kind":"status","status":422' '"kind":"redirect","status":307' '"kind":"redirect","status":302'; do
    n=$((n + 1))
    plan "$n" graph.create "$(jq -c ".set.subject = \"N$n\"" <<<"$pitch")"
    sim fault "{$way,\"commit\":\"after\",\"method\":\"POST\",\"path\":\"/events\",\"count\":-1}" >/dev/null
    run -0 --separate-stderr deliver
    clear_faults
    [ "$(outcomes)" = "$n=done" ] || { echo "$way: $(outcomes)"; return 1; }
    [ "$(jq -r 'select(.type=="result") | .found' <<<"$output")" = true ]
    [ "$(count "N$n") $(mails)" = "1 $((2 * n))" ]
  done
  # It cannot be asked for, or not now: then it is not known.
  plan 20 graph.create "$pitch"
  sim fault '{"kind":"status","status":400,"commit":"after","method":"POST","path":"/events"}' >/dev/null
  sim fault '{"kind":"status","status":503,"method":"GET","path":"/events","count":-1}' >/dev/null
  run -75 --separate-stderr deliver --patience 1
  [ "$(outcomes)" = 20=unknown ]
}

@test "deliver: a lost POST is sent again while Graph knows its key for sure, or when it would be seen, and not in between" {
  local age
  for age in 1200 1799 1800 1199; do
    sql 'truncate calsync.queue'
    plan 1 graph.create "$(jq -c ".set.subject = \"N$age\"" <<<"$pitch")"
    sql "update calsync.queue set sent = 'r0', age = $age, body = '{\"subject\":\"N$age\",\"start\":{\"dateTime\":\"2026-12-01T09:00:00\",\"timeZone\":\"UTC\"},\"end\":{\"dateTime\":\"2026-12-01T10:00:00\",\"timeZone\":\"UTC\"}}'"
    case $age in
      1200 | 1799)
        run -75 --separate-stderr deliver
        [ "$(outcomes) $(code) $(count N$age)" = '1=unknown waits 0' ] || { echo "$age: $(outcomes)"; return 1; } ;;
      *)
        run -0 --separate-stderr deliver
        [ "$(outcomes) $(count N$age)" = '1=done 1' ] || { echo "$age: $(outcomes)"; return 1; } ;;
    esac
  done
}
