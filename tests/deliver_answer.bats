# deliver: a user's own answer to somebody else's meeting (graph.respond): it is read
# after it was sent, as Graph's answer tells nothing of the event.
load deliver

# answer INTENT RESPONSE: what Ann says to Bob's meeting.
answer() {
  local e
  e=$(event Theirs)
  plan "$1" graph.respond "$(jq -cn --argjson e "$e" --arg r "$2" '
    {id: $e.id, etag: $e.etag, meeting: 12, response: $r, set: null, attendees: null,
     base: {graph: ($e | {subject, start, "end": .end, zone, all_day, location, show_as, sensitivity, reminder, online,
       recurrence, recurrence_text, series, rooms, attendees, categories, response} + {account: 1, digest: null}), crm: {}}}')"
}
said() { event Theirs | jq -r .response; }
sent() { writes | jq -r '.[] | "\(.method) \(.target | sub(".*/"; "")) \(.body | tojson) \(.status)"'; }

@test "deliver: each answer goes to the copy of its own, without a response (F031)" {
  answer 1 accepted
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = 1=done ]
  [ "$(said)" = accepted ]
  # It is busy now, which is news: the base waits for that to be read.
  settled 1 | jq -e '.base.response == "accepted" and .base.digest == null and .base.show_as == "tentative" and .event.response == "accepted"'
  answer 2 tentative
  RUN=r2 run -0 --separate-stderr deliver
  [ "$(said)" = tentativelyAccepted ]
  answer 3 declined
  RUN=r3 run -0 --separate-stderr deliver
  [ "$(outcomes)" = 3=done ]
  [ "$(count Theirs)" -eq 0 ]
  [ "$(sent)" = $'POST accept {"sendResponse":false} 202\nPOST tentativelyAccept {"sendResponse":false} 202\nPOST decline {"sendResponse":false} 202' ]
  [ "$(mails)" -eq 0 ]
}

@test "deliver: a lost answer is looked for in the copy before it is given again (U18)" {
  local n=0 commit way says
  for commit in before after; do
    for way in '{"kind":"reset"}' '{"kind":"status","status":504,"body":"html"}'; do
      for says in accepted tentative declined; do
        n=$((n + 1))
        sim world "$(<"$BATS_TEST_DIRNAME/data/deliver/world.json")" >/dev/null
        sim_control DELETE writes >/dev/null
        answer "$n" "$says"
        sim fault "$(jq -c --arg c "$commit" '. + {method: "POST", path: "/events", commit: $c, count: -1}' <<<"$way")" >/dev/null
        run --separate-stderr deliver --timeout 1
        [ "$status" -eq 75 ]
        [ "$(outcomes)" = "$n=unknown" ]
        clear_faults
        RUN=r2 run -0 --separate-stderr deliver
        [ "$(outcomes)" = "$n=done" ]
        [ "$says $(said)" = "$(case $says in accepted) echo 'accepted accepted' ;; tentative) echo 'tentative tentativelyAccepted' ;; *) echo 'declined ' ;; esac)" ]
        # What had arrived is not sent again.
        [ "$(jq -r 'select(.type == "result") | .found' <<<"$output")" = "$([ "$commit" = after ] && echo true || echo null)" ]
      done
    done
  done
  [ "$(mails)" -eq 0 ]
}

@test "deliver: stopped after any step and run again: an answer is given once, in effect (L4)" {
  local step status
  for step in {1..12}; do
    sim world "$(<"$BATS_TEST_DIRNAME/data/deliver/world.json")" >/dev/null
    sql 'truncate calsync.queue'
    answer 1 accepted
    status=0
    CALSYNC_STOP_AFTER=$step deliver >/dev/null 2>&1 || status=$?
    [ "$status" -eq 100 ] || break
    sql "update calsync.queue set run = 'r2' where sent is null"
    RUN=r2 run -0 --separate-stderr deliver
    [ "$(said)" = accepted ]
    [ "$(sql "select outcome from calsync.queue")" = done ]
  done
  [ "$status" -eq 0 ]
  [ "$step" -gt 2 ]
  [ "$(mails)" -eq 0 ]
}

@test "deliver: an answer that Graph refuses, ignores, or whose meeting has gone or moved" {
  answer 1 accepted
  sim fault '{"kind":"status","method":"POST","path":"/accept","status":403,"count":1}' >/dev/null
  run -1 --separate-stderr deliver
  [ "$(outcomes)" = 1=refused ]
  answer 2 accepted
  sim fault '{"kind":"status","method":"POST","path":"/accept","status":202,"body":"empty","commit":"before","count":1}' >/dev/null
  RUN=r2 run --separate-stderr deliver
  [ "$(outcomes)" = 2=not_applied ]
  answer 3 accepted
  sim act '{"as":"bob@firm.test","do":"update","event":"theirs","set":{"subject":"Theirs, new"}}' >/dev/null
  RUN=r3 run -0 --separate-stderr deliver
  [ "$(outcomes)" = 3=moved ]
  sim act '{"as":"bob@firm.test","do":"update","event":"theirs","set":{"subject":"Theirs"}}' >/dev/null
  answer 4 accepted
  sim act '{"as":"ann@firm.test","do":"delete","event":"theirs"}' >/dev/null
  RUN=r4 run -0 --separate-stderr deliver
  [ "$(outcomes)" = 4=moved ]
  [ "$(sim outbox | jq '[.mails[] | select(.by == "api")] | length')" -eq 0 ]
}
