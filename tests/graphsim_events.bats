#!/usr/bin/env bats
#
# graphsim: events, series, people, and the mails that Exchange would send.

load graphsim

@test "graphsim: S20 attendees inside have copies, attendees outside get mail" {
	run -0 json POST "$ANN/events" '{"subject":"Pitch","start":{"dateTime":"2026-12-01T10:00","timeZone":"Europe/Berlin"},
		"end":{"dateTime":"2026-12-01T11:00","timeZone":"Europe/Berlin"},
		"attendees":[{"emailAddress":{"address":"bob@firm.test"}},{"emailAddress":{"address":"eve@client.test"}}]}'
	[ "$output" = 201 ]
	[ "$(body .start.timeZone)" = UTC ]
	[ "$(body .start.dateTime)" = 2026-12-01T09:00:00.0000000 ]
	[ "$(body .reminderMinutesBeforeStart)" = 15 ]
	[ "$(body .responseStatus.response)" = organizer ]
	local uid id
	uid=$(body .iCalUId) id=$(body .id)
	run -0 graph -G --data-urlencode "\$filter=iCalUId eq '$uid'" "$BOB/events"
	[ "$(jq -r '.value[0].isOrganizer' <<<"$output")" = false ]
	[ "$(jq -r '.value[0].responseStatus.response' <<<"$output")" = notResponded ]
	[ "$(jq -r '.value[0].id' <<<"$output")" != "$id" ]
	[ "$(mails)" -eq 2 ]
	[ "$(sim outbox | jq -r '.kinds.invitation')" -eq 2 ]
}

@test "graphsim: S21 an answer shows at the organizer, with a new etag" {
	local before after
	before=$(graph "$ANN/events/$(id_of Review)" | jq -r '.["@odata.etag"]')
	act '{"as":"bob@firm.test","do":"accept","event":"review"}'
	after=$(graph "$ANN/events/$(id_of Review)")
	[ "$(jq -r '.["@odata.etag"]' <<<"$after")" != "$before" ]
	[ "$(jq -r '.attendees[0].status.response' <<<"$after")" = accepted ]
	[ "$(mails)" -eq 0 ]
}

@test "graphsim: S19 another's calendar that is shared: the same events, through it alone, and written only if it may be edited" {
	local id shared uri
	sim 'world?add=1' -d '{"users":[{"upn":"kim@firm.test","name":"Kim","calendars":["Calendar",
		{"name":"Bob","shares":"bob@firm.test","canEdit":false},{"name":"Ann","shares":"ann@firm.test"}]}]}' >/dev/null
	local kim=${ANN/ann/kim}
	run -0 graph "$kim/calendars"
	[ "$(jq -c '[.value[] | [.name, .owner.address, .canEdit, .isDefaultCalendar]]' <<<"$output")" = \
		'[["Calendar","kim@firm.test",true,true],["Bob","bob@firm.test",false,false],["Ann","ann@firm.test",true,false]]' ]
	shared=$(jq -r '.value[] | select(.name == "Bob").id' <<<"$output" | jq -Rr @uri)
	uri=$(jq -r '.value[] | select(.name == "Ann").id' <<<"$output" | jq -Rr @uri)
	id=$(graph "$BOB/events" | jq -r '.value[0].id')
	[ "$(graph "$kim/calendars/$shared/events" | jq -r '.value[0].id')" = "$id" ]
	run -0 status "$kim/calendars/$shared/events/$id"
	[ "$output" = 200 ]
	run -0 status "$kim/events/$id"
	[ "$output" = 404 ]
	run -0 json PATCH "$kim/calendars/$shared/events/$id" '{"categories":["Red"]}'
	[ "$output" = 403 ]
	run -0 json PATCH "$kim/calendars/$uri/events/$(id_of Alone)" '{"categories":["Red"]}'
	[ "$output" = 200 ]
	act '{"as":"kim@firm.test","do":"remove-calendar","calendar":"Bob"}'
	run -0 status "$kim/calendars/$shared/events/$id"
	[ "$output" = 404 ]
	run -0 status "$BOB/events/$id"
	[ "$output" = 200 ]
	act '{"as":"ann@firm.test","do":"move","event":"review","calendar":"Second"}'
	id=$(id_of Review)
	act '{"as":"ann@firm.test","do":"remove-calendar","calendar":"Second"}'
	run -0 status "$ANN/events/$id"
	[ "$output" = 404 ]
}

@test "graphsim: S23 ids: case matters, occurrences keep theirs, immutable ids survive a move" {
	local id imm new
	id=$(id_of Review)
	[[ $id == AAMk*BGAAAA* ]]
	run -0 status "$ANN/events/$(id_of Standup)"
	[ "$output" = 200 ]
	[ "$(graph "$ANN/events" | jq -r '.value[].id' | tr a-z A-Z | sort | uniq -d | wc -l)" -gt 0 ]
	imm=$(graph -H 'Prefer: IdType="ImmutableId"' "$ANN/events/$id" | jq -r .id)
	[ "$imm" != "$id" ]
	act '{"as":"ann@firm.test","do":"move","event":"review","calendar":"Second"}'
	run -0 status "$ANN/events/$id"
	[ "$output" = 404 ]
	[ "$(body .error.code)" = ErrorItemNotFound ]
	run -0 graph -H 'Prefer: IdType="ImmutableId"' "$ANN/events/$imm"
	[ "$(jq -r .id <<<"$output")" = "$imm" ]
	new=$(graph "$ANN/calendarView?$WINDOW&\$top=50" |
		jq -r '.value[] | select(.subject=="Standup late") | .id')
	[[ $new == *FRAAgI* ]]
}

@test "graphsim: S26 PATCH changes what it names" {
	run -0 json PATCH "$ANN/events/$(id_of Review)" '{"location":{"displayName":"Hall"}}'
	[ "$output" = 200 ]
	[ "$(body .subject)" = Review ]
	[ "$(body .locations[0].uniqueId)" = Hall ]
	[ "$(body '.attendees | length')" -eq 2 ]
	run -0 graph "$BOB/events/$(id_of Review bob@firm.test)"
	[ "$(jq -r .location.displayName <<<"$output")" = Hall ]
}

@test "graphsim: S27 zones and order of times are checked" {
	local t='"end":{"dateTime":"2026-12-01T11:00","timeZone":"UTC"}'
	run -0 json POST "$ANN/events" "{\"start\":{\"dateTime\":\"2026-12-01T10:00\"},$t}"
	[ "$output" = 400 ]
	[ "$(body .error.code)" = TimeZoneNotSupportedException ]
	run -0 json POST "$ANN/events" "{\"start\":{\"dateTime\":\"2026-12-01T12:00\",\"timeZone\":\"UTC\"},$t}"
	[ "$output" = 400 ]
	[ "$(body .error.code)" = ErrorPropertyValidationFailure ]
	run -0 json PATCH "$ANN/events/$(id_of Standup)" '{"start":{"dateTime":"2026-10-05T09:00","timeZone":"UTC"},
		"end":{"dateTime":"2026-10-05T10:00","timeZone":"UTC"}}'
	[ "$output" = 400 ]
}

@test "graphsim: S28 series keep their hour over a change of DST; zones can be asked for" {
	local w="startDateTime=2026-10-18T00:00:00Z&endDateTime=2026-11-05T00:00:00Z"
	run -0 graph "$ANN/calendarView?$w"
	[ "$(jq -r '[.value[].start.dateTime[11:16]] | join(" ")' <<<"$output")" = "07:00 08:00 08:00" ]
	run -0 status -H 'Prefer: outlook.timezone="W. Europe Standard Time"' "$ANN/calendarView?$w"
	[ "$(body '[.value[].start.dateTime[11:16]] | unique | join(" ")')" = 09:00 ]
	[ "$(body '.value[0].start.timeZone')" = "W. Europe Standard Time" ]
	[[ $(header preference-applied) == outlook.timezone* ]]
}

@test "graphsim: S29 all-day events" {
	run -0 graph "$ANN/events/$(id_of 'Day off')"
	[ "$(jq -r .start.dateTime <<<"$output")" = 2026-11-26T00:00:00.0000000 ]
	mode '{"allday.read":"shifted"}'
	run -0 graph "$ANN/events/$(id_of 'Day off')"
	[ "$(jq -r .start.dateTime <<<"$output")" = 2026-11-25T23:00:00.0000000 ]
	run -0 json PATCH "$ANN/events/$(id_of Alone)" '{"isAllDay":true}'
	[ "$output" = 400 ]
}

@test "graphsim: S30 bodies become HTML; the Teams block" {
	run -0 json PATCH "$ANN/events/$(id_of Alone)" '{"body":{"contentType":"text","content":"a < b"}}'
	[ "$(body .body.contentType)" = text ]
	run -0 graph "$ANN/events/$(id_of Alone)"
	[ "$(jq -r .body.contentType <<<"$output")" = html ]
	[[ $(jq -r .body.content <<<"$output") == *"a &lt; b"* ]]
	[ "$(jq -r .bodyPreview <<<"$output")" = "a < b" ]
	run -0 graph -H 'Prefer: outlook.body-content-type="text"' "$ANN/events/$(id_of Alone)"
	[ "$(jq -r .body.content <<<"$output")" = "a < b" ]
	run -0 json PATCH "$ANN/events/$(id_of Alone)" '{"isOnlineMeeting":true}'
	[[ $(body .onlineMeeting.joinUrl) == https://teams* ]]
	[[ $(body .body.content) == *join_link* ]]
	run -0 json PATCH "$ANN/events/$(id_of Alone)" '{"isOnlineMeeting":false}'
	[ "$(body .isOnlineMeeting)" = true ]
	run -0 json PATCH "$ANN/events/$(id_of Alone)" '{"body":{"contentType":"html","content":"new"}}'
	[ "$(body .onlineMeeting)" = null ]
}

@test "graphsim: S31 six patterns and three ranges" {
	series() { # pattern range
		json POST "$ANN/events" "{\"subject\":\"P\",\"start\":{\"dateTime\":\"2027-01-29T09:00\",\"timeZone\":\"UTC\"},
			\"end\":{\"dateTime\":\"2027-01-29T10:00\",\"timeZone\":\"UTC\"},
			\"recurrence\":{\"pattern\":$1,\"range\":$2}}"
	}
	dates() {
		graph "$ANN/events/$(body .id)/instances?startDateTime=2027-01-01T00:00:00Z&endDateTime=2029-12-31T00:00:00Z&\$top=99" |
			jq -r '[.value[].start.dateTime[2:10]] | join(" ")'
	}
	local three='{"type":"numbered","startDate":"2027-01-29","numberOfOccurrences":3}'
	series '{"type":"daily","interval":2}' "$three"
	[ "$(dates)" = "27-01-29 27-01-31 27-02-02" ]
	series '{"type":"weekly","interval":2,"daysOfWeek":["friday","monday"],"firstDayOfWeek":"monday"}' "$three"
	[ "$(dates)" = "27-01-29 27-02-08 27-02-12" ]
	series '{"type":"absoluteMonthly","interval":1,"dayOfMonth":31}' "$three"
	[ "$(dates)" = "27-01-31 27-02-28 27-03-31" ]
	series '{"type":"relativeMonthly","interval":1,"daysOfWeek":["friday"],"index":"last"}' "$three"
	[ "$(dates)" = "27-01-29 27-02-26 27-03-26" ]
	series '{"type":"absoluteYearly","interval":1,"dayOfMonth":29,"month":1}' "$three"
	[ "$(dates)" = "27-01-29 28-01-29 29-01-29" ]
	series '{"type":"relativeYearly","interval":1,"daysOfWeek":["monday"],"index":"second","month":3}' "$three"
	[ "$(dates)" = "27-03-08 28-03-13 29-03-12" ]
	series '{"type":"daily","interval":1}' '{"type":"endDate","startDate":"2027-01-29","endDate":"2027-01-30"}'
	[ "$(dates)" = "27-01-29 27-01-30" ]
	[ "$(body .recurrence.pattern.index)" = first ]
	run -0 series '{"type":"daily","interval":1}' '{"type":"noEnd","startDate":"2027-01-28"}'
	[ "$output" = 400 ]
	run -0 series '{"type":"daily"}' '{"type":"noEnd","startDate":"2027-01-29"}'
	[ "$output" = 500 ]
}

@test "graphsim: S31 exceptions: edit, crossing, deletion" {
	local id
	id=$(graph "$ANN/calendarView?$WINDOW" |
		jq -r '.value[] | select(.type=="occurrence") | .id' | head -n 1)
	run -0 json PATCH "$ANN/events/$id" '{"subject":"Other"}'
	[ "$output" = 200 ]
	[ "$(body .type)" = exception ]
	[ "$(body .id)" = "$id" ]
	[ "$(mails)" -eq 1 ]
	run -0 json PATCH "$ANN/events/$id" '{"start":{"dateTime":"2026-12-14T09:00","timeZone":"Europe/Berlin"},
		"end":{"dateTime":"2026-12-14T10:00","timeZone":"Europe/Berlin"}}'
	[ "$output" = 400 ]
	[ "$(body .error.code)" = ErrorOccurrenceCrossingBoundary ]
	run -0 status -X DELETE "$ANN/events/$id"
	[ "$output" = 204 ]
	run -0 status "$ANN/events/$id"
	[ "$output" = 404 ]
}

@test "graphsim: S32 cancelledOccurrences and exceptionOccurrences of a master" {
	local id
	id=$(id_of Standup)
	run -0 graph "$ANN/events/$id?\$select=subject,cancelledOccurrences,exceptionOccurrences&\$expand=exceptionOccurrences"
	[ "$(jq -r '.cancelledOccurrences[0]' <<<"$output")" = "OID.$id.2026-11-30" ]
	[ "$(jq -r '.exceptionOccurrences[0].subject' <<<"$output")" = "Standup late" ]
	run -0 graph "$ANN/events/$id"
	[ "$(jq 'has("cancelledOccurrences")' <<<"$output")" = false ]
	run -0 graph "$ANN/events/$id/instances?$WINDOW"
	[ "$(jq -r '[.value[].type] | sort | join(" ")' <<<"$output")" = "exception occurrence occurrence" ]
}

@test "graphsim: S33 cancelling marks the copies and mails" {
	local id
	id=$(id_of Review)
	run -0 json POST "$BOB/events/$(id_of Review bob@firm.test)/cancel" '{}'
	[ "$output" = 400 ]
	[[ $(body .error.message) == *"need to be an organizer"* ]]
	run -0 json POST "$ANN/events/$id/cancel" '{"comment":"sorry"}'
	[ "$output" = 202 ]
	run -0 status "$ANN/events/$id"
	[ "$output" = 404 ]
	run -0 graph "$BOB/events/$(id_of 'Canceled: Review' bob@firm.test)"
	[ "$(jq -r .isCancelled <<<"$output")" = true ]
	[ "$(jq -r .showAs <<<"$output")" = free ]
	[ "$(mails)" -eq 2 ]
	run -0 status -X DELETE "$ANN/events/$id"
	[ "$output" = 404 ]
}

@test "graphsim: S35 accept, decline, no answer sent" {
	local id
	id=$(id_of Review bob@firm.test)
	run -0 json POST "$BOB/events/$id/accept" '{"sendResponse":false}'
	[ "$output" = 202 ]
	[ "$(mails)" -eq 0 ]
	[ "$(graph "$ANN/events/$(id_of Review)" | jq -r '.attendees[0].status.response')" = none ]
	run -0 json POST "$BOB/events/$id/decline" '{"comment":"no"}'
	[ "$output" = 202 ]
	[ "$(mails)" -eq 1 ]
	run -0 status "$BOB/events/$id"
	[ "$output" = 404 ]
	[ "$(graph "$ANN/events/$(id_of Review)" | jq -r '.attendees[0].status.response')" = declined ]
	run -0 json POST "$BOB/events/$(id_of Outside bob@firm.test)/accept" \
		'{"proposedNewTime":{"start":{"dateTime":"2026-12-01T10:00","timeZone":"UTC"},"end":{"dateTime":"2026-12-01T11:00","timeZone":"UTC"}}}'
	[ "$output" = 400 ]
}

@test "graphsim: S36 a transactionId makes one event" {
	local e='{"transactionId":"t1","subject":"Once","start":{"dateTime":"2026-12-01T10:00","timeZone":"UTC"},
		"end":{"dateTime":"2026-12-01T11:00","timeZone":"UTC"},"attendees":[{"emailAddress":{"address":"eve@client.test"}}]}'
	run -0 json POST "$ANN/events" "$e"
	[ "$output" = 201 ]
	local id
	id=$(body .id)
	run -0 json POST "$ANN/events" "$e"
	[ "$output" = 201 ]
	[ "$(body .id)" = "$id" ]
	[ "$(mails)" -eq 1 ]
	run -0 json POST "$ANN/events" "${e/Once/Twice}"
	[ "$(body .subject)" = Once ]
	mode '{"transaction.differs":"409"}'
	run -0 json POST "$ANN/events" "${e/Once/Twice}"
	[ "$output" = 409 ]
	[ "$(body .error.code)" = ErrorDuplicateTransactionId ]
}

@test "graphsim: S37 If-Match" {
	local id etag
	id=$(id_of Alone)
	etag=$(graph "$ANN/events/$id" | jq -r '.["@odata.etag"]')
	run -0 json PATCH "$ANN/events/$id" '{"subject":"Alone"}' -H "If-Match: $etag"
	[ "$output" = 200 ]
	run -0 json PATCH "$ANN/events/$id" '{"subject":"Alone"}' -H "If-Match: $etag"
	[ "$output" = 412 ]
	[ "$(body .error.code)" = ErrorIrresolvableConflict ]
	run -0 status -X DELETE -H 'If-Match: *' "$ANN/events/$id"
	[ "$output" = 204 ]
}

@test "graphsim: S39 extended properties: never echoed, expanded, found by value" {
	local p='String {66f5a359-4659-4830-9070-00047ec6ac6e} Name CrmId' id
	id=$(id_of Review)
	run -0 json PATCH "$ANN/events/$id" "{\"singleValueExtendedProperties\":[{\"id\":\"$p\",\"value\":\"42\"}]}"
	[ "$output" = 200 ]
	[ "$(body 'has("singleValueExtendedProperties")')" = false ]
	[ "$(mails)" -eq 0 ]
	run -0 graph -G --data-urlencode "\$expand=singleValueExtendedProperties(\$filter=id eq '$p')" "$ANN/events/$id"
	[ "$(jq -r '.singleValueExtendedProperties[0].value' <<<"$output")" = 42 ]
	run -0 graph -G --data-urlencode "\$filter=singleValueExtendedProperties/Any(ep: ep/id eq '$p' and ep/value eq '42')" "$ANN/events"
	[ "$(jq -r '.value[].subject' <<<"$output")" = Review ]
	run -0 json POST "$ANN/events/$id/extensions" '{"extensionName":"Com.Firm.Crm","crmId":"7"}'
	[ "$output" = 201 ]
	run -0 graph "$ANN/events/$id?\$expand=extensions"
	[ "$(jq -r '.extensions[0].crmId' <<<"$output")" = 7 ]
	[ "$(mails)" -eq 0 ]
}

@test "graphsim: S41 bad recipients" {
	run -0 json PATCH "$ANN/events/$(id_of Alone)" '{"attendees":[{"emailAddress":{"address":"nobody"}}]}'
	[ "$output" = 400 ]
	[ "$(body .error.code)" = ErrorInvalidRecipients ]
	[ "$(mails)" -eq 0 ]
}

@test "graphsim: S43 a room answers by itself" {
	run -0 json PATCH "$ANN/events/$(id_of Alone)" '{"attendees":[{"type":"resource","emailAddress":{"address":"room@firm.test"}}]}'
	[ "$output" = 200 ]
	run -0 graph "$ANN/events/$(id_of Alone)"
	[ "$(jq -r '.attendees[0].status.response' <<<"$output")" = accepted ]
	[ "$(mails)" -eq 0 ]
	run -0 graph "$URL/v1.0/places/microsoft.graph.room"
	[ "$(jq -r '.value[0].capacity' <<<"$output")" -eq 12 ]
}

@test "graphsim: S83 mails of a PATCH" {
	local id
	id=$(id_of Review)
	patch() { # body, mails
		curl -sS -X DELETE "$URL/__sim/outbox" >/dev/null
		json PATCH "$ANN/events/$id" "$1" >/dev/null
		run -0 mails
		[ "$output" -eq "$2" ] || { echo "$1: $output mails, not $2"; return 1; }
	}
	patch '{"subject":"R2"}' 2
	patch '{"subject":"R2"}' 2
	[ "$(sim outbox | jq -r .repeated)" -eq 0 ]
	json PATCH "$ANN/events/$id" '{"subject":"R2"}' >/dev/null
	[ "$(sim outbox | jq -r .repeated)" -eq 2 ]
	patch '{"categories":["Red"]}' 0
	patch '{"showAs":"free"}' 0
	patch '{"attendees":[{"emailAddress":{"address":"bob@firm.test"}},{"emailAddress":{"address":"joe@client.test"}}]}' 2
	[ "$(sim outbox | jq -c .kinds)" = '{"invitation":1,"cancellation":1}' ]
	patch '{"subject":"R3","attendees":[{"emailAddress":{"address":"joe@client.test"}}]}' 2
	patch '{"attendees":[]}' 1
	patch '{"subject":"R4"}' 0
	id=$(id_of Standup)
	patch '{"location":{"displayName":"Hall"}}' 2
	mode '{"preset":"paranoid"}'
	patch '{"categories":["Red"]}' 1
}

@test "graphsim: S83 mails of deletion and of an attendee's own writes" {
	run -0 json PATCH "$BOB/events/$(id_of Review bob@firm.test)" '{"categories":["Mine"]}'
	[ "$output" = 200 ]
	run -0 status -X DELETE "$BOB/events/$(id_of Outside bob@firm.test)"
	[ "$output" = 204 ]
	[ "$(mails)" -eq 0 ]
	run -0 status -X DELETE "$ANN/events/$(id_of Standup)"
	[ "$(mails)" -eq 1 ]
	act '{"as":"ann@firm.test","do":"update","event":"review","set":{"subject":"By hand"}}'
	[ "$(mails)" -eq 1 ]
	[ "$(sim outbox | jq -r .byPeople)" -gt 0 ]
}

@test "graphsim: S85 the write log shows what was sent, and to whose copy" {
	run -0 json PATCH "$BOB/events/$(id_of Review bob@firm.test)" '{"categories":["Mine"]}'
	run -0 sim writes
	[ "$(jq -c '.value[0] | [.method,.isOrganizer,.mailbox,.body]' <<<"$output")" = \
		'["PATCH",false,"bob@firm.test",{"categories":["Mine"]}]' ]
	run -0 sim requests
	[ "$(jq -r '.value[-1].status' <<<"$output")" -eq 200 ]
}

@test "graphsim: S86 people act without a token; worlds go in and out" {
	act '{"as":"ann@firm.test","do":"create","event":{"key":"new","subject":"New","start":"2026-12-02T10:00","attendees":["bob@firm.test"]}}'
	act '{"as":"bob@firm.test","do":"decline","event":"new"}'
	run -0 sim 'events?mailbox=ann@firm.test'
	[ "$(jq -r '.value[] | select(.key=="new") | .attendees[0].response' <<<"$output")" = declined ]
	run -0 sim 'events?mailbox=bob@firm.test'
	[ "$(jq -r '[.value[] | select(.subject=="New")] | length' <<<"$output")" -eq 0 ]
	sim world >"$BATS_TEST_TMPDIR/w.json"
	run -0 sim world -X PUT -d "@$BATS_TEST_TMPDIR/w.json"
	[ "$(jq -r .users <<<"$output")" -eq 5 ]
	run -0 sim 'events?mailbox=ann@firm.test&brief=1'
	[ "$(jq -r .count <<<"$output")" -eq 6 ]
	[ "$(mails)" -eq 0 ]
}

@test "graphsim: S86 an organizer outside moves and cancels" {
	act '{"do":"update","event":"outside","set":{"start":"2026-11-27T15:00","end":"2026-11-27T16:00","zone":"UTC"}}'
	run -0 graph "$BOB/events/$(id_of Outside bob@firm.test)"
	[ "$(jq -r .start.dateTime <<<"$output")" = 2026-11-27T15:00:00.0000000 ]
	act '{"do":"cancel","event":"outside"}'
	run -0 graph "$BOB/events/$(id_of 'Canceled: Outside' bob@firm.test)"
	[ "$(jq -r .isCancelled <<<"$output")" = true ]
}
