# deliver: what is sent.
load deliver

@test "deliver: a create is one POST with our key, and its answer is the next read (U17, L7)" {
  plan 1 graph.create "$pitch"
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=done' ]
  [ "$(writes | jq -r length)" -eq 1 ]
  diff -u <(jq -S . <<'J'
{"subject":"Pitch","body":{"contentType":"html","content":"Agenda<br>&nbsp;&nbsp;- &lt;one&gt; &amp; two"},
 "start":{"dateTime":"2026-12-01T10:00:00","timeZone":"W. Europe Standard Time"},
 "end":{"dateTime":"2026-12-01T11:00:00","timeZone":"W. Europe Standard Time"},
 "location":{"displayName":"Cafe"},"showAs":"busy","sensitivity":"normal","isReminderOn":true,"reminderMinutesBeforeStart":15,
 "attendees":[{"type":"required","emailAddress":{"address":"xia@client.test","name":"Xia Li"}},
   {"type":"optional","emailAddress":{"address":"bob@firm.test","name":"Bob"}}],
 "transactionId":"tx-1","singleValueExtendedProperties":[{"id":"String {6d1f4d0b-6a3e-4c0a-9c55-0f6b8d5a2c11} Name CalsyncKey","value":"tx-1"}]}
J
  ) <(writes | jq -S '.[0].body')
  [ "$(mails)" -eq 2 ]
  event Pitch >"$BATS_TEST_TMPDIR/read"
  [ "$(settled 1 | jq -r '.event.digest')" = "$(jq -r .digest "$BATS_TEST_TMPDIR/read")" ]
  [ "$(settled 1 | jq -r '.base.digest')" = "$(jq -r .digest "$BATS_TEST_TMPDIR/read")" ]
  [ "$(jq -r .body "$BATS_TEST_TMPDIR/read")" = $'Agenda\n  - <one> & two' ]
  [ "$(settled 1 | jq -r '[.outcome, .status, .found, .base.zone, .base.attendees[0].address] | @csv')" = '"done",201,false,"Europe/Berlin","xia@client.test"' ]
  [ "$(settled 1 | jq -r '.item == .event.id and .etag == .event.etag')" = true ]
  [ "$(jq -c 'select(.type=="result") | del(.id, .why)' <<<"$output")" = \
    '{"type":"result","op":"graph.create","mailbox":"ann@firm.test","intent":1,"meeting":12,"crm_id":"101","outcome":"done","status":201,"mail":["bob@firm.test","xia@client.test"]}' ]
}

@test "deliver: an update sends what it names and nothing else, with If-Match (U17)" {
  update 1 Review '{"set":{"subject":"Review 2","show_as":"oof"}}'
  local before
  before=$(event Review | jq -r .etag)
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=done' ]
  same_json '{"subject":"Review 2","showAs":"oof"}' "$(patched)"
  [ "$(writes | jq -r '.[0].ifMatch')" = "$before" ]
  # The echo is no news: the next read has the digest that was stored.
  [ "$(settled 1 | jq -r .base.digest)" = "$(event 'Review 2' | jq -r .digest)" ]
  [ "$(settled 1 | jq -r .base.subject)" = 'Review 2' ]
  [ "$(mails)" -eq 2 ]
}

@test "deliver: times go out together, as wall clock under the zone's Windows name (P-071)" {
  update 1 Review '{"set":{"start":"2026-11-24T13:00:00Z","end":"2026-11-24T14:00:00Z"}}'
  update 2 'Day off' '{"set":{"start":"2026-11-27","end":"2026-11-29"}}'
  update 3 Alone '{"set":{"all_day":true,"start":"2026-11-25","end":"2026-11-26","zone":"Europe/London"}}'
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=done 2=done 3=done' ]
  same_json '[
    {"isAllDay":true,"start":{"dateTime":"2026-11-25T00:00:00","timeZone":"GMT Standard Time"},"end":{"dateTime":"2026-11-26T00:00:00","timeZone":"GMT Standard Time"}},
    {"start":{"dateTime":"2026-11-24T14:00:00","timeZone":"W. Europe Standard Time"},"end":{"dateTime":"2026-11-24T15:00:00","timeZone":"W. Europe Standard Time"}},
    {"start":{"dateTime":"2026-11-27T00:00:00","timeZone":"W. Europe Standard Time"},"end":{"dateTime":"2026-11-29T00:00:00","timeZone":"W. Europe Standard Time"}}]' \
    "$(writes | jq 'map(.body) | sort_by(.start.dateTime == "2026-11-27T00:00:00", .start.dateTime == "2026-11-24T14:00:00")')"
  [ "$(event 'Day off' | jq -c '[.start, .end, .all_day]')" = '["2026-11-27","2026-11-29",true]' ]
  [ "$(event Alone | jq -c '[.start, .end, .all_day, .zone]')" = '["2026-11-25","2026-11-26",true,"Europe/London"]' ]
  for n in 1 2 3; do [ "$(settled $n | jq -r .base.digest)" = "$(settled $n | jq -r .event.digest)" ]; done
}

@test "deliver: place, privacy and reminder in Graph's words" {
  update 1 Review '{"set":{"location":"Hall","sensitivity":"private","reminder":null}}'
  update 2 Alone '{"set":{"reminder":5}}'
  run -0 --separate-stderr deliver
  same_json '[{"isReminderOn":false,"location":{"displayName":"Hall"},"sensitivity":"private"},
    {"isReminderOn":true,"reminderMinutesBeforeStart":5}]' "$(writes | jq 'map(.body) | sort_by(.isReminderOn)')"
  [ "$(event Review | jq -c '[.location, .sensitivity, .reminder]')" = '["Hall","private",null]' ]
  [ "$(settled 1 | jq -r .base.digest)" = "$(event Review | jq -r .digest)" ]
}

@test "deliver: a series is made, moved, changed and ended through its master (P-088)" {
  update 1 Alone '{"set":{"recurrence":"FREQ=MONTHLY;BYDAY=4WE;COUNT=6"}}'
  update 2 Standup '{"set":{"start":"2026-11-24T08:30:00Z","end":"2026-11-24T08:45:00Z","recurrence":"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20270331T215959Z"}}'
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=done 2=done' ]
  same_json '[
    {"pattern":{"type":"relativeMonthly","interval":1,"daysOfWeek":["wednesday"],"index":"fourth"},
     "range":{"type":"numbered","startDate":"2026-11-25","numberOfOccurrences":6,"recurrenceTimeZone":"W. Europe Standard Time"}},
    {"pattern":{"type":"weekly","interval":2,"daysOfWeek":["tuesday"],"firstDayOfWeek":"monday"},
     "range":{"type":"endDate","startDate":"2026-11-24","endDate":"2027-03-31","recurrenceTimeZone":"W. Europe Standard Time"}}]' \
    "$(writes | jq 'map(.body.recurrence) | sort_by(.range.startDate == "2026-11-24")')"
  canonical ann@firm.test >"$BATS_TEST_TMPDIR/read"
  for n in 1 2; do
    [ "$(settled $n | jq -r .base.digest)" = "$(jq -r --arg id "$(settled $n | jq -r .item)" 'select(.id==$id) | .digest' "$BATS_TEST_TMPDIR/read")" ]
  done
  update 3 Alone '{"set":{"recurrence":null}}'
  sim writes >/dev/null
  RUN=r1 run -0 --separate-stderr deliver
  [ "$(writes | jq -c '.[-1].body')" = '{"recurrence":null}' ]
  [ "$(event Alone | jq -r .series.kind)" = single ]
}

@test "deliver: a series that moves to another day or zone says so in its range" {
  local e
  e=$(event Standup)
  plan 1 graph.update "$(jq -cn --argjson e "$e" '{id: $e.id, etag: $e.etag, meeting: 12, mail: ["bob@firm.test"],
    set: {start: "2026-11-24T09:00:00Z", end: "2026-11-24T09:15:00Z", zone: "Europe/London"},
    was: {start: $e.start, "end": $e.end, zone: $e.zone}}')"
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=done' ]
  same_json '{"startDate":"2026-11-24","recurrenceTimeZone":"GMT Standard Time","type":"noEnd"}' \
    "$(patched | jq '.recurrence.range | {startDate, recurrenceTimeZone, type}')"
  [ "$(patched | jq -r .start.dateTime)" = 2026-11-24T09:00:00 ]
}

@test "deliver: what a pattern cannot say is refused and not sent" {
  update 1 Alone '{"set":{"recurrence":"FREQ=MONTHLY;BYMONTHDAY=1,15"}}'
  run -1 --separate-stderr deliver
  [ "$(outcomes)" = '1=refused' ]
  [ "$(jq -r 'select(.type=="result") | .code' <<<"$output")" = bad_recurrence ]
  [ "$(writes)" = '[]' ]
}

@test "deliver: a description of an online meeting keeps its join block, byte for byte (U17)" {
  local block
  block=$(raw_event Call | jq -r '.body.content' | grep -zo '<div class="me-email-text">.*</div>' | tr -d '\0')
  update 1 Call '{"set":{"body":"New <agenda>\n\nline"}}'
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=done' ]
  [ "$(patched | jq -r .body.content)" = "New &lt;agenda&gt;<br><br>line$block" ]
  [ "$(event Call | jq -r .body)" = $'New <agenda>\n\nline' ]
  [ "$(event Call | jq -r '.online.url')" = "$(settled 1 | jq -r .event.online.url)" ]
  [[ $(event Call | jq -r .online.url) == https://teams* ]]
  [ "$(settled 1 | jq -r .base.digest)" = "$(event Call | jq -r .digest)" ]
}

@test "deliver: a join block without Teams' class is kept by its lines (U17)" {
  update 1 Call '{"set":{"body":"New"}}'
  sim fault '{"kind":"edit","path":"/events/","method":"GET","count":-1,"from":"me-email-text","to":"x"}' >/dev/null
  run -0 --separate-stderr deliver
  patched
  [[ $(patched | jq -r .body.content) == 'New<div class="x'*'____'*'meetup-join'* ]]
  [ "$(event Call | jq -c '[.body, (.online.url | startswith("https://teams"))]')" = '["New",true]' ]
}

@test "deliver: without a join block that can be kept the description of an online meeting is not written" {
  update 1 Call '{"set":{"body":"New"}}'
  sim fault '{"kind":"edit","path":"/events/","method":"GET","count":-1,"from":"/l/meetup-join/","to":"/l/x/"}' >/dev/null
  run -1 --separate-stderr deliver
  [ "$(outcomes)" = '1=refused' ]
  [ "$(jq -r 'select(.type=="result") | .code' <<<"$output")" = join_block ]
  [ "$(writes)" = '[]' ]
}

@test "deliver: people are added to and taken from the list that Graph has (U15)" {
  update 1 Review '{"attendees":{"add":[{"address":"xia@client.test","name":"Xia","role":"optional"}],"remove":["bob@firm.test"]},
    "mail":["bob@firm.test","xia@client.test"]}'
  run -0 --separate-stderr deliver
  same_json '[{"type":"optional","address":"eve@client.test"},{"type":"resource","address":"room@firm.test"},{"type":"optional","address":"xia@client.test"}]' \
    "$(patched | jq '.attendees | map({type, address: .emailAddress.address})')"
  [ "$(patched | jq -c keys)" = '["attendees"]' ]
  # Who stays keeps his answer, and only the two are mailed.
  [ "$(event Review | jq -r '.attendees[] | select(.address=="eve@client.test") | .response')" = accepted ]
  [ "$(mails)" -eq 2 ]
  [ "$(settled 1 | jq -c '[.base.attendees[].address]')" = '["eve@client.test","xia@client.test"]' ]
}

@test "deliver: of categories only ours are touched" {
  update 1 Review '{"categories":{"add":["CRM"],"remove":[]},"mail":[]}'
  run -0 --separate-stderr deliver
  same_json '{"categories":["Red","CRM"]}' "$(patched)"
  [ "$(mails)" -eq 0 ]
}

@test "deliver: isOnlineMeeting is sent only when it is ticked, and its link is news for the CRM" {
  update 1 Alone '{"set":{"online":{"provider":"teamsForBusiness","url":null}}}'
  sim mode '{"teams.join":"later"}' >/dev/null
  run -0 --separate-stderr deliver
  same_json '{"isOnlineMeeting":true,"onlineMeetingProvider":"teamsForBusiness"}' "$(patched)"
  [ "$(settled 1 | jq -c '[.outcome, .base.online, .base.digest]')" = '["done",null,null]' ]
}

@test "deliver: the link of an online meeting that the answer brings belongs to the outcome" {
  update 1 Alone '{"set":{"online":{"provider":"teamsForBusiness","url":null}}}'
  run -0 --separate-stderr deliver
  [ "$(settled 1 | jq -r .base.online.url)" = "$(event Alone | jq -r .online.url)" ]
  [[ $(event Alone | jq -r .online.url) == https://teams* ]]
}

@test "deliver: nothing is sent when Graph has it all already" {
  update 1 Review '{"categories":{"add":["Red"],"remove":[]},"mail":[]}'
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=done' ]
  [ "$(writes)" = '[]' ]
  [ "$(settled 1 | jq -c '[.found, .etag == .event.etag]')" = '[true,true]' ]
}

@test "deliver: a delete carries If-Match and ends the event" {
  update 1 Review '{}'
  sql "update calsync.queue set op = 'graph.delete'" && sql "update calsync.queue set doc = (doc::jsonb || '{\"op\":\"graph.delete\"}')::json"
  run -0 --separate-stderr deliver
  [ "$(outcomes)" = '1=done' ]
  [ "$(writes | jq -c 'map([.method, .ifMatch != null, .body])')" = '[["DELETE",true,null]]' ]
  [ -z "$(event Review)" ]
  [ "$(mails)" -eq 2 ]
}
