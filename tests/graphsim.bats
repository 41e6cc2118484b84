#!/usr/bin/env bats
#
# graphsim itself: each test names the behaviour (S-number) that it proves.
# All tests share one server; each begins with the same world.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/.." || return 1
	export GRAPHSIM=${GRAPHSIM:-$PWD/build/release/bin/graphsim}
	export SIM="$BATS_FILE_TMPDIR/sim"
	export WORLD="$BATS_TEST_DIRNAME/data/graphsim/world.json"
	scripts/sim-tmp start "$SIM" --world "$WORLD" >/dev/null
	URL=$(cat "$SIM/url")
	export URL
	export CURL_CA_BUNDLE="$SIM/ca.pem"
	curl -sS -X POST "$URL/__sim/snapshot?name=start" >/dev/null
	TOKEN=$(get_token calsync s3cret)
	export TOKEN
	READER=$(get_token reader r3ad)
	export READER
	export WINDOW="startDateTime=2026-11-20T00:00:00Z&endDateTime=2026-12-20T00:00:00Z"
	export ANN="$URL/v1.0/users/ann@firm.test"
	export BOB="$URL/v1.0/users/bob@firm.test"
}

teardown_file() {
	cd "$BATS_TEST_DIRNAME/.." || return 1
	scripts/sim-tmp stop "$SIM"
}

setup() {
	curl -sS -X POST "$URL/__sim/rollback?name=start" >/dev/null
}

# The answer of the login service for an app.
login() {
	curl -sS -d grant_type=client_credentials -d "client_id=$1" \
		-d "client_secret=$2" \
		--data-urlencode "scope=${3:-$URL/.default}" \
		"$URL/firm/oauth2/v2.0/token"
}

get_token() {
	login "$@" | jq -er .access_token
}

# Graph as the app; further arguments go to curl.
graph() {
	curl -sS -g -H "Authorization: Bearer $TOKEN" "$@"
}

# Status only, body in $BATS_TEST_TMPDIR/body, headers in .../headers.
status() {
	graph -o "$BATS_TEST_TMPDIR/body" -D "$BATS_TEST_TMPDIR/headers" \
		-w '%{http_code}' "$@"
}

body() {
	jq -r "$@" <"$BATS_TEST_TMPDIR/body"
}

header() {
	tr -d '\r' <"$BATS_TEST_TMPDIR/headers" |
		sed -n "s/^$1: //Ip" | head -n 1
}

sim() {
	local call=$1

	shift
	curl -sS -g "$@" "$URL/__sim/$call"
}

act() {
	curl -sS --fail-with-body -d "$1" "$URL/__sim/act"
}

mode() {
	curl -sS --fail-with-body -d "$1" "$URL/__sim/mode" >/dev/null
}

fault() {
	curl -sS --fail-with-body -d "$1" "$URL/__sim/fault" >/dev/null
}

json() {
	local method=$1 url=$2 data=$3

	shift 3
	status -X "$method" -H 'Content-Type: application/json' -d "$data" \
		"$@" "$url"
}

# The id of a keyed event in a mailbox.
id_of() {
	sim "events?mailbox=${2:-ann@firm.test}" |
		jq -er --arg s "$1" '.value[] | select(.subject == $s) | .id'
}

# All pages of a delta round: items, one a line; the deltaLink goes to $DELTA.
round() {
	local link=$1 page n=0

	: >"$BATS_TEST_TMPDIR/items"
	while [ "$link" != null ]; do
		page=$(graph "${@:2}" "$link")
		jq -c '.value[]' <<<"$page" >>"$BATS_TEST_TMPDIR/items"
		DELTA=$(jq -r '.["@odata.deltaLink"]' <<<"$page")
		link=$(jq -r '.["@odata.nextLink"]' <<<"$page")
		n=$((n + 1))
		[ "$n" -lt 200 ] || return 1
	done
}

items() {
	jq -r "$@" <"$BATS_TEST_TMPDIR/items"
}

mails() {
	sim outbox | jq -r .count
}

@test "graphsim: --help and --version" {
	run -0 "$GRAPHSIM" --help
	[[ $output == usage:* ]]
	run -0 "$GRAPHSIM" --version
	[[ $output == graphsim\ * ]]
	run -64 "$GRAPHSIM"
	run -64 "$GRAPHSIM" --no-tls --mode nonsense=1
	run -0 "$GRAPHSIM" --modes
	[[ $output == *delta.generations* ]]
}

@test "graphsim: S2 headers, client-request-id, simulated Date" {
	run -0 status -H 'client-request-id: 11111111-2222-3333-4444-555555555555' "$ANN/calendar"
	[ "$output" = 200 ]
	[ "$(header date)" = "Sat, 21 Nov 2026 09:00:00 GMT" ]
	[ "$(header client-request-id)" = 11111111-2222-3333-4444-555555555555 ]
	[[ $(header content-type) == application/json* ]]
	[ "$(header odata-version)" = 4.0 ]
	[[ $(header x-ms-ags-diagnostic) == {* ]]
}

@test "graphsim: S3 gzip and chunks are decoded by a client" {
	mode '{"chunked":"always"}'
	run -0 graph --compressed "$ANN/events"
	[ "$(jq '.value | length' <<<"$output")" -eq 5 ]
	mode '{"chunked":"never"}'
	run -0 status -H 'Accept-Encoding: gzip' "$ANN/events"
	[ "$(header content-encoding)" = gzip ]
	gzip -dc "$BATS_TEST_TMPDIR/body" | jq -e '.value | length == 5'
}

@test "graphsim: S4 paths in any case, escaped, in OData's own form" {
	local id
	id=$(id_of Review)
	run -0 status "$URL/V1.0/USERS/ann%40firm.test/EVENTS/${id//=/%3D}"
	[ "$output" = 200 ]
	run -0 status "$URL/v1.0/users('ann@firm.test')/events('$id')"
	[ "$output" = 200 ]
	run -0 status "$ANN/calendarview/microsoft.graph.delta()?$WINDOW"
	[ "$output" = 200 ]
}

@test "graphsim: S7 select, filter, orderby, count" {
	run -0 graph "$ANN/events?\$select=subject&\$count=true"
	[ "$(jq '.["@odata.count"]' <<<"$output")" -eq 5 ]
	[ "$(jq -c '.value[0] | keys' <<<"$output")" = '["@odata.etag","id","subject"]' ]
	local uid
	uid=$(graph "$ANN/events" | jq -r '.value[] | select(.subject=="Review") | .iCalUId')
	run -0 graph -G --data-urlencode "\$filter=iCalUId eq '$uid'" "$BOB/events"
	[ "$(jq -r '.value[].subject' <<<"$output")" = Review ]
	run -0 status "$ANN/events?\$filter=nonsense%20eq%201"
	[ "$output" = 400 ]
	[ "$(body .error.code)" = ErrorInvalidUrlQueryFilter ]
}

@test "graphsim: S8 pages of ten, \$top, maxpagesize, empty pages" {
	run -0 graph "$ANN/events?\$top=2"
	[ "$(jq '.value | length' <<<"$output")" -eq 2 ]
	local next
	next=$(jq -r '.["@odata.nextLink"]' <<<"$output")
	[[ $next == $URL/v1.0/* ]]
	run -0 graph "$next"
	[ "$(jq -r '.value[0].subject' <<<"$output")" = "Day off" ]
	run -0 graph -H 'Prefer: odata.maxpagesize=1' "$ANN/events"
	[ "$(jq '.value | length' <<<"$output")" -eq 1 ]
	mode '{"page.empty":100}'
	run -0 graph "$ANN/events"
	[ "$(jq '.value | length' <<<"$output")" -eq 0 ]
	[ "$(jq 'has("@odata.nextLink")' <<<"$output")" = true ]
}

@test "graphsim: S9 a view without its window is refused" {
	run -0 status "$ANN/calendarView"
	[ "$output" = 400 ]
	[[ $(body .error.message) == "This request requires a time window"* ]]
	run -0 status "$ANN/calendarView/delta?startDateTime=2026-11-20T00:00:00Z"
	[ "$output" = 400 ]
}

@test "graphsim: S10 bad JSON, wrong types, unknown members" {
	run -0 json POST "$ANN/events" '{'
	[ "$output" = 400 ]
	run -0 json PATCH "$ANN/events/$(id_of Alone)" '{"isAllDay":"yes"}'
	[ "$output" = 400 ]
	run -0 json PATCH "$ANN/events/$(id_of Alone)" '{"zebra":1}'
	[ "$output" = 200 ]
	mode '{"unknown.property":"reject"}'
	run -0 json PATCH "$ANN/events/$(id_of Alone)" '{"zebra":1}'
	[ "$output" = 400 ]
}

@test "graphsim: S11 more than 4 MB is 413" {
	head -c 4300000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/big"
	run -0 json POST "$ANN/events" "@$BATS_TEST_TMPDIR/big"
	[ "$output" = 413 ]
}

@test "graphsim: S13 the token endpoint refuses what is wrong" {
	[ "$(login calsync wrong | jq -r .error)" = invalid_client ]
	[ "$(login nobody s3cret | jq -r .error)" = unauthorized_client ]
	[ "$(login calsync s3cret https://foo.test/.default | jq -r .error)" = invalid_scope ]
	run -0 curl -sS -d grant_type=password "$URL/firm/oauth2/v2.0/token"
	[ "$(jq -r .error <<<"$output")" = unsupported_grant_type ]
}

@test "graphsim: S13 a signed assertion, once" {
	local d=$BATS_TEST_TMPDIR head claims sig jwt aud x5t now
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=app \
		-keyout "$d/app.key" -out "$d/app.pem" 2>/dev/null
	jq --rawfile c "$d/app.pem" \
		'{tenants:[{id:"other",domains:["other.test"],apps:[{client_id:"certapp",certificate:$c}]}]}' \
		<<<'{}' >"$d/w.json"
	curl -sS --fail-with-body -d "@$d/w.json" "$URL/__sim/world?add=1"
	b64() { openssl base64 -A | tr '+/' '-_' | tr -d =; }
	aud="$URL/other/oauth2/v2.0/token"
	now=$(date -u -d 2026-11-21T09:00:00Z +%s)
	x5t=$(openssl x509 -in "$d/app.pem" -outform DER | openssl dgst -sha256 -binary | b64)
	head=$(printf '{"alg":"PS256","typ":"JWT","x5t#S256":"%s"}' "$x5t" | b64)
	claims=$(printf '{"aud":"%s","iss":"certapp","sub":"certapp","jti":"j1","nbf":%d,"exp":%d}' \
		"$aud" "$now" $((now + 300)) | b64)
	sig=$(printf '%s.%s' "$head" "$claims" | openssl dgst -sha256 -sign "$d/app.key" \
		-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest | b64)
	jwt="$head.$claims.$sig"
	ask() {
		curl -sS -d grant_type=client_credentials -d client_id=certapp \
			--data-urlencode "scope=$URL/.default" \
			-d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
			-d "client_assertion=$1" "$aud"
	}
	[ "$(ask "$jwt" | jq -r .token_type)" = Bearer ]
	[ "$(ask "$jwt" | jq -r .error)" = invalid_client ]
	[ "$(ask "${jwt}A" | jq -r .error)" = invalid_client ]
}

@test "graphsim: S14 tokens expire by the simulated clock, and can be revoked" {
	run -0 sim clock -d '{"advance":"59m"}'
	run -0 status "$ANN/calendar"
	[ "$output" = 200 ]
	run -0 sim clock -d '{"advance":"1m"}'
	run -0 status "$ANN/calendar"
	[ "$output" = 401 ]
	[ "$(body .error.code)" = InvalidAuthenticationToken ]
	[[ $(header www-authenticate) == Bearer* ]]
	TOKEN=$(get_token calsync s3cret)
	act '{"do":"revoke-tokens"}'
	run -0 status "$ANN/calendar"
	[ "$output" = 401 ]
}

@test "graphsim: S15 a token is longer than 2 KB" {
	[ "${#TOKEN}" -gt 2048 ]
}

@test "graphsim: S16 an app may read and not write; a policy denies a mailbox" {
	TOKEN=$READER
	run -0 status "$ANN/calendar"
	[ "$output" = 200 ]
	run -0 json PATCH "$ANN/events/$(id_of Alone)" '{"subject":"x"}'
	[ "$output" = 403 ]
	[ "$(body .error.code)" = ErrorAccessDenied ]
	run -0 status "$URL/v1.0/users"
	[ "$output" = 403 ]
	[ "$(body .error.code)" = Authorization_RequestDenied ]
	run -0 status "$URL/v1.0/users/dee@firm.test/events"
	[ "$output" = 403 ]
}

@test "graphsim: S17 states of a mailbox" {
	run -0 status "$URL/v1.0/users/cy@firm.test/calendar"
	[ "$output" = 404 ]
	[ "$(body .error.code)" = MailboxNotEnabledForRESTAPI ]
	run -0 status "$URL/v1.0/users/nobody@firm.test/calendar"
	[ "$output" = 404 ]
	[ "$(body .error.code)" = ResourceNotFound ]
	round "$ANN/calendarView/delta?$WINDOW"
	act '{"do":"set-user","as":"ann@firm.test","set":{"state":"moving","seconds":60}}'
	run -0 status "$ANN/calendar"
	[ "$output" = 503 ]
	sim clock -d '{"advance":61}' >/dev/null
	run -0 status "$ANN/calendar"
	[ "$output" = 200 ]
	run -0 status "$DELTA"
	[ "$output" = 410 ]
	run -0 status "$URL/v1.0/me/calendar"
	[ "$output" = 400 ]
}

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

@test "graphsim: S45 S46 delta delivers occurrences bare" {
	round "$ANN/calendarView/delta?$WINDOW"
	[ "$(items -s '[.[].type] | sort | join(" ")')" = \
		"exception occurrence occurrence seriesMaster singleInstance singleInstance singleInstance singleInstance" ]
	[ "$(items -s '[.[] | select(.type=="occurrence")][0] | keys | join(" ")')" = \
		"@odata.etag @odata.type end id seriesMasterId start type" ]
	[ "$(items 'select(.type=="seriesMaster") | .start.dateTime')" = 2026-10-05T07:00:00.0000000 ]
	[ "${#DELTA}" -gt 400 ]
	round "$DELTA"
	[ "$(items -s length)" -eq 0 ]
	[[ $DELTA == *deltatoken=* ]]
	round "${DELTA/deltatoken/DeltaToken}&startDateTime=2020-01-01T00:00:00Z"
	[ "$(items -s length)" -eq 0 ]
}

@test "graphsim: S47 pages, and each has exactly one link" {
	run -0 graph -H 'Prefer: odata.maxpagesize=2' "$ANN/calendarView/delta?$WINDOW"
	[ "$(jq 'has("@odata.nextLink")' <<<"$output")" = true ]
	[ "$(jq 'has("@odata.deltaLink")' <<<"$output")" = false ]
	mode '{"delta.split":"on"}'
	round "$ANN/calendarView/delta?$WINDOW" -H 'Prefer: odata.maxpagesize=1'
	[ "$(items -s length)" -eq 8 ]
}

@test "graphsim: S48 removed: deleted, moved out, and noise outside the window" {
	round "$ANN/calendarView/delta?$WINDOW"
	local alone
	alone=$(id_of Alone)
	act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
	act '{"as":"ann@firm.test","do":"update","event":"day","set":{"start":"2028-01-01","end":"2028-01-02"}}'
	act '{"as":"ann@firm.test","do":"create","event":{"subject":"Far","start":"2029-01-01T10:00"}}'
	round "$DELTA"
	[ "$(items -s '[.[] | select(.["@removed"].reason=="deleted")] | length')" -eq 3 ]
	[ "$(items -r --arg i "$alone" 'select(.id==$i) | has("@removed")')" = true ]
	[ "$(items -s '.[0] | keys | join(" ")')" = "@odata.type @removed id" ]
}

@test "graphsim: S49 one deleted occurrence, in three modes" {
	local m
	for m in series removed silent; do
		setup
		mode "{\"delta.occurrence_deleted\":\"$m\"}"
		round "$ANN/calendarView/delta?$WINDOW"
		act '{"as":"ann@firm.test","do":"delete-occurrence","event":"standup","occurrence":"2026-11-23"}'
		round "$DELTA"
		case $m in
		series) [ "$(items -s '[.[].type] | join(" ")')" = "seriesMaster occurrence exception" ] ;;
		removed) [ "$(items -s '[.[] | select(has("@removed"))] | length')" -eq 2 ] ;;
		silent) [ "$(items -s length)" -eq 0 ] ;;
		esac
	done
}

@test "graphsim: S50 a change of the master repeats its occurrences, with a new etag" {
	round "$ANN/calendarView/delta?$WINDOW"
	act '{"as":"ann@firm.test","do":"update","event":"standup","set":{"subject":"Daily"}}'
	round "$DELTA"
	[ "$(items -s '[.[].type] | sort | join(" ")')" = "exception occurrence occurrence seriesMaster" ]
	[ "$(items -s '[.[]["@odata.etag"]] | unique | length')" -eq 1 ]
}

@test "graphsim: S51 replay and late" {
	mode '{"delta.replay":"on"}'
	round "$ANN/calendarView/delta?$WINDOW"
	act '{"as":"ann@firm.test","do":"touch","event":"alone"}'
	round "$DELTA"
	[ "$(items -s length)" -eq 1 ]
	round "$DELTA"
	[ "$(items -s length)" -eq 1 ]
	setup
	mode '{"delta.late":60}'
	sim clock -d '{"advance":61}' >/dev/null
	round "$ANN/calendarView/delta?$WINDOW"
	[ "$(items -s length)" -eq 8 ]
	act '{"as":"ann@firm.test","do":"touch","event":"alone"}'
	round "$DELTA"
	[ "$(items -s length)" -eq 0 ]
	sim clock -d '{"advance":61}' >/dev/null
	round "$DELTA"
	[ "$(items -s length)" -eq 1 ]
}

@test "graphsim: S52 old tokens die, in six ways" {
	local old i
	round "$ANN/calendarView/delta?$WINDOW"
	old=$DELTA
	for i in 1 2 3; do round "$DELTA"; done
	run -0 status "$old"
	[ "$output" = 200 ]
	run -0 status "$old"
	[ "$output" = 410 ]
	[ "$(body .error.code)" = SyncStateNotFound ]
	[[ $(body .error.message) == *"generation="*"[highest="* ]]
	mode '{"delta.gone":"400","delta.location":"on"}'
	run -0 status "$old"
	[ "$output" = 400 ]
	mode '{"delta.gone":"empty"}'
	run -0 status "$old"
	[ "$output" = 410 ]
	[ ! -s "$BATS_TEST_TMPDIR/body" ]
	[[ $(header location) == */calendarView/delta ]]
	mode '{"delta.gone":"fullsync"}'
	run -0 status "$old"
	[[ $(body .error.message) == *fullSyncRequired* ]]
	mode '{"delta.gone":"malformed"}'
	run -0 status "$old"
	[ "$(body .error.code)" = ErrorInvalidIdMalformed ]
	mode '{"delta.gone":"resync"}'
	run -0 status "$old"
	[ "$(body .error.code)" = resyncRequired ]
}

@test "graphsim: S53 S54 a stuck round, and 410 in the middle" {
	fault '{"kind":"stuck","path":"delta","count":5}'
	local link="$ANN/calendarView/delta?$WINDOW" i
	for i in 1 2 3 4 5; do
		run -0 status "$link"
		link=$(body '.["@odata.nextLink"]')
		[ "$link" != null ]
	done
	run -0 status "$link"
	[ "$(body '.["@odata.nextLink"]')" = null ]
	fault '{"kind":"gone","path":"skiptoken"}'
	run -0 status -H 'Prefer: odata.maxpagesize=1' "$ANN/calendarView/delta?$WINDOW"
	run -0 status "$(body '.["@odata.nextLink"]')"
	[ "$output" = 410 ]
}

@test "graphsim: S55 options that delta does not take" {
	run -0 status "$ANN/calendarView/delta?$WINDOW&\$expand=attachments"
	[ "$output" = 500 ]
	run -0 status "$ANN/calendarView/delta?$WINDOW&\$filter=isAllDay%20eq%20true"
	[ "$output" = 400 ]
	run -0 status "$ANN/calendarView/delta?$WINDOW&\$select=subject"
	[ "$output" = 200 ]
	[ "$(body '.value[0] | has("iCalUId")')" = true ]
}

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

@test "graphsim: S87 the same seed gives the same bytes" {
	local a b
	a=$(graph "$ANN/calendarView/delta?$WINDOW" | sha256sum)
	setup
	b=$(graph "$ANN/calendarView/delta?$WINDOW" | sha256sum)
	[ "$a" = "$b" ]
}

@test "graphsim: the worst modes still let a client converge" {
	mode '{"preset":"worst"}'
	mode '{"delta.generations":8,"delta.select":"ignored"}'
	round "$ANN/calendarView/delta?$WINDOW"
	[ "$(items -s '[.[] | select(has("@removed") | not) | .id] | unique | length')" -eq 8 ]
	[ "$(items -s '[.[] | select(has("zzFutureMember"))] | length')" -gt 0 ]
	round "$DELTA"
}
