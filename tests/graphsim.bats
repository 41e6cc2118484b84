#!/usr/bin/env bats
#
# graphsim: the protocol, who may do what, and the program itself.

load graphsim

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
