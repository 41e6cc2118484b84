#!/usr/bin/env bats
#
# graphsim: throttling, batches, faults.

load graphsim

@test "graphsim: S58 the fifth request at a time is refused; S61 is logged" {
	mode '{"latency_ms":400}'
	local i
	for i in 1 2 3 4 5; do
		graph -o /dev/null -w '%{http_code}\n' "$ANN/calendar" \
			>"$BATS_TEST_TMPDIR/c$i" 3>&- 4>&- &
	done
	wait
	[ "$(cat "$BATS_TEST_TMPDIR"/c? | sort | uniq -c | awk '{print $2 ":" $1}' | paste -sd ' ')" = "200:4 429:1" ]
	[ "$(sim violations | jq -r '.value[0].kind')" = concurrency ]
}

@test "graphsim: S59 S61 the window of requests, and impatience" {
	mode '{"limit.requests":3}'
	local i
	for i in 1 2 3; do
		run -0 status "$ANN/calendar"
		[ "$output" = 200 ]
	done
	run -0 status "$ANN/calendar"
	[ "$output" = 429 ]
	[ "$(body .error.code)" = ApplicationThrottled ]
	[ "$(header retry-after)" -gt 500 ]
	run -0 status "$BOB/calendar"
	[ "$output" = 200 ]
	run -0 status "$ANN/calendar"
	[ "$(sim violations | jq -r '[.value[].kind] | join(" ")')" = retry-after ]
	sim clock -d '{"advance":"11m"}' >/dev/null
	run -0 status "$ANN/calendar"
	[ "$output" = 200 ]
}

@test "graphsim: S60 Retry-After in all its forms" {
	local form
	for form in 2 '2.128' '"0"' '"3600"'; do
		fault "{\"kind\":\"status\",\"status\":429,\"retryAfter\":$form}"
		run -0 status "$BOB/calendar"
		[ "$output" = 429 ]
		[ "$(header retry-after)" = "${form//\"/}" ]
	done
	fault '{"kind":"status","status":429,"retryAfter":"date:30"}'
	run -0 status "$BOB/calendar"
	[ "$(header retry-after)" = "Sat, 21 Nov 2026 09:00:30 GMT" ]
	fault '{"kind":"status","status":429,"body":"empty"}'
	run -0 status "$BOB/calendar"
	[ "$output" = 429 ]
	[ -z "$(header retry-after)" ]
	[ ! -s "$BATS_TEST_TMPDIR/body" ]
}

@test "graphsim: S63 S64 S65 batches" {
	local id b
	id=$(id_of Review)
	b=$(jq -n --arg id "$id" '{requests: ([range(6) | {id: "g\(.)", method: "GET", url: "/users/ann@firm.test/events/\($id)"}] +
		[{id: "x", method: "GET", url: "/users/ann@firm.test/events/AAMk", dependsOn: ["g0"]},
		 {id: "y", method: "GET", url: "/users/ann@firm.test/calendar", dependsOn: ["x"]}])}')
	run -0 json POST "$URL/v1.0/\$batch" "$b"
	[ "$output" = 200 ]
	[ "$(body '[.responses[] | .status] | sort | map(tostring) | join(" ")')" = "200 200 200 200 400 424 429 429" ]
	[ "$(body '[.responses[] | select(.status==429) | .headers["Retry-After"]] | unique | join(" ")')" = 1 ]
	[ "$(body '[.responses[].id] | join(" ")')" != "g0 g1 g2 g3 g4 g5 x y" ]
	mode '{"batch.parallel":"queue"}'
	run -0 json POST "$URL/v1.0/\$batch" "$b"
	[ "$(body '[.responses[] | select(.status==200)] | length')" -eq 6 ]
	run -0 json POST "$URL/v1.0/\$batch" "$(jq -n '{requests: [range(21) | {id: "\(.)", method: "GET", url: "/users"}]}')"
	[ "$output" = 400 ]
}

@test "graphsim: S71 S72 failure before and after the commit" {
	local e='{"subject":"Twice","start":{"dateTime":"2026-12-01T10:00","timeZone":"UTC"},"end":{"dateTime":"2026-12-01T11:00","timeZone":"UTC"}}'
	fault '{"kind":"status","status":504,"body":"html","method":"POST","path":"events","commit":"before"}'
	run -0 json POST "$ANN/events" "$e"
	[ "$output" = 504 ]
	[ "$(sim 'events?mailbox=ann@firm.test' | jq '[.value[] | select(.subject=="Twice")] | length')" -eq 0 ]
	fault '{"kind":"reset","method":"POST","path":"events","commit":"after"}'
	run -56 json POST "$ANN/events" "$e"
	[ "$(sim 'events?mailbox=ann@firm.test' | jq '[.value[] | select(.subject=="Twice")] | length')" -eq 1 ]
}

@test "graphsim: S73 cut bodies" {
	fault '{"kind":"cut","path":"events"}'
	run -18 status "$ANN/events"
	fault '{"kind":"cut","at":"chunk","path":"events"}'
	run -18 status "$ANN/events"
	fault '{"kind":"cut","at":"json","path":"events"}'
	run -18 status "$ANN/events"
	run ! jq -e . "$BATS_TEST_TMPDIR/body"
	[ "$(tail -c 1 "$BATS_TEST_TMPDIR/body")" = '}' ] || [ "$(tail -c 1 "$BATS_TEST_TMPDIR/body")" = ']' ]
	fault '{"kind":"cut","at":"gzip","path":"events"}'
	run ! graph --compressed -o /dev/null "$ANN/events"
}

@test "graphsim: S74 S75 resets, stalls, drips, late answers" {
	fault '{"kind":"reset","at":"body","path":"events"}'
	run ! graph -o /dev/null "$ANN/events"
	fault '{"kind":"stall","path":"events"}'
	run -28 graph -m 1 -o /dev/null "$ANN/events"
	fault '{"kind":"drip","amount":20,"path":"events"}'
	run -28 graph -m 1 -o /dev/null "$ANN/events"
	fault '{"kind":"delay","amount":300,"path":"calendar"}'
	run -0 graph -o /dev/null -w '%{time_total}' "$ANN/calendar"
	[ "$(jq -n "$output >= 0.3")" = true ]
	fault '{"kind":"close","path":"calendar"}'
	run -0 graph -o /dev/null -w '%{num_connects} ' "$ANN/calendar" -o /dev/null "$ANN/calendar"
	[ "$output" = "1 1 " ]
}

@test "graphsim: S76 S77 401 once, 412 and 404 on reads" {
	fault '{"faults":[{"kind":"status","status":401,"nth":2},{"kind":"status","status":412,"path":"events/AAMk","method":"GET"}]}'
	run -0 status "$ANN/calendar"
	[ "$output" = 200 ]
	run -0 status "$ANN/calendar"
	[ "$output" = 401 ]
	run -0 status "$ANN/calendar"
	[ "$output" = 200 ]
	run -0 status "$ANN/events/$(id_of Alone)"
	[ "$output" = 412 ]
	mode '{"create.visible_after":5}'
	run -0 json POST "$ANN/events" '{"subject":"New","start":{"dateTime":"2026-12-01T10:00","timeZone":"UTC"},"end":{"dateTime":"2026-12-01T11:00","timeZone":"UTC"}}'
	[ "$output" = 201 ]
	local id
	id=$(body .id)
	run -0 status "$ANN/events/$id"
	[ "$output" = 404 ]
	sim clock -d '{"advance":6}' >/dev/null
	run -0 status "$ANN/events/$id"
	[ "$output" = 200 ]
}

@test "graphsim: S79 S80 redirects, foreign links, odd texts" {
	fault '{"kind":"redirect","path":"calendar","host":"https://elsewhere.test"}'
	run -0 status "$ANN/calendar"
	[ "$output" = 307 ]
	[[ $(header location) == https://elsewhere.test/v1.0/* ]]
	fault '{"kind":"foreign","path":"delta"}'
	run -0 status "$ANN/calendarView/delta?$WINDOW"
	[[ $(body '.["@odata.deltaLink"]') == https://elsewhere.test/v1.0/* ]]
	fault '{"kind":"edit","path":"events","from":"Alone","to":"A\\u0000B"}'
	run -0 status "$ANN/events/$(id_of Alone)"
	run -0 grep -c 'A\\u0000B' "$BATS_TEST_TMPDIR/body"
}
