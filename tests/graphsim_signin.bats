#!/usr/bin/env bats
# graphsim: people who sign in by device code, and what their tokens reach.

setup_file() {
  load helper
  export GRAPHSIM=$BIN/graphsim SIM=$BATS_FILE_TMPDIR/sim
  "$TOP/scripts/sim-tmp" start "$SIM" >/dev/null
  URL=$(cat "$SIM/url")
  export URL CURL_CA_BUNDLE=$SIM/ca.pem
  act() { curl -sS --fail-with-body -d "$1" "$URL/__sim/act"; }
  curl -sS --fail-with-body -X PUT -d '{"now":"2026-11-21T09:00:00Z","modes":{"device.interval":1},
    "tenants":[{"id":"firm","domains":["firm.test"],"apps":[{"client_id":"calsync"}]}],
    "users":[{"upn":"ann@firm.test"},{"upn":"bob@firm.test"},{"upn":"pat@outlook.test","personal":true}],
    "groups":[{"mail":"sales@firm.test","id":"5a1e5000-0000-4000-8000-000000000001","members":["ann@firm.test"],"calendar":true}],
    "events":[{"organizer":"sales@firm.test","subject":"Fair","start":"2026-11-24T10:00","zone":"UTC"}]}' "$URL/__sim/world" >/dev/null
  curl -sS -X POST "$URL/__sim/snapshot?name=start" >/dev/null
}
teardown_file() {
  load helper
  "$TOP/scripts/sim-tmp" stop "$SIM"
}
setup() {
  load helper
  curl -sS -X POST "$URL/__sim/rollback?name=start" >/dev/null
}
act() { curl -sS --fail-with-body -d "$1" "$URL/__sim/act"; }
mode() { curl -sS --fail-with-body -d "$1" "$URL/__sim/mode" >/dev/null; }
scope() { echo "$URL/Calendars.ReadWrite openid offline_access"; }
# device [TENANT]: begins a sign-in; keeps the answer in $DEVICE.
device() {
  DEVICE=$(curl -sS --fail-with-body "$URL/${1:-firm}/oauth2/v2.0/devicecode" -d client_id=calsync --data-urlencode "scope=$(scope)")
}
# poll [TENANT]
poll() {
  curl -sS "$URL/${1:-firm}/oauth2/v2.0/token" -d client_id=calsync -d grant_type=urn:ietf:params:oauth:grant-type:device_code \
    -d "device_code=$(jq -r .device_code <<<"$DEVICE")"
}
refresh() { # TOKEN
  curl -sS "$URL/firm/oauth2/v2.0/token" -d client_id=calsync -d grant_type=refresh_token -d "refresh_token=$1" --data-urlencode "scope=$(scope)"
}
error() { jq -r .error; }
me() { # ACCESS-TOKEN PATH
  curl -sS -o "$BATS_TEST_TMPDIR/body" -w '%{http_code}' -H "Authorization: Bearer $1" "$URL/v1.0/$2"
}

@test "graphsim: a person signs in by device code; until then it is pending, and not too often" {
  device
  [ "$(jq -r '[.interval, .expires_in, (.verification_uri | endswith("/link")), (.user_code | length)] | @csv' <<<"$DEVICE")" = '1,900,true,8' ]
  [ "$(poll | error)" = authorization_pending ]
  [ "$(poll | error)" = slow_down ]
  act "{\"do\":\"sign-in\",\"as\":\"ann@firm.test\",\"code\":$(jq .user_code <<<"$DEVICE")}" >/dev/null
  sleep 6.1
  T=$(poll)
  [ "$(jq -r 'keys | join(" ")' <<<"$T")" = "access_token expires_in id_token refresh_token scope token_type" ]
  [ "$(jq -r '.id_token | split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson | "\(.tid) \(.preferred_username)"' <<<"$T")" = "firm ann@firm.test" ]
  [ "$(poll | error)" = bad_verification_code ]
  A=$(jq -r .access_token <<<"$T")
  [ "$(me "$A" me)" = 200 ]
  [ "$(jq -r .userPrincipalName "$BATS_TEST_TMPDIR/body")" = ann@firm.test ]
  [ "$(me "$A" 'me/calendarView/delta?startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z')" = 200 ]
  [[ $(jq -r '."@odata.deltaLink"' "$BATS_TEST_TMPDIR/body") == "$URL/v1.0/me/calendarView/delta?"* ]]
  [ "$(me "$A" users/ann@firm.test/events)" = 200 ]
  [ "$(me "$A" users/bob@firm.test/events)" = 403 ]
  [ "$(curl -sS -H "Authorization: Bearer $A" -H 'Content-Type: application/json' "$URL/v1.0/\$batch" -d '{"requests":[{"id":"1","method":"GET","url":"/me/events"},
    {"id":"2","method":"GET","url":"/users/bob@firm.test/events"}]}' | jq -r '.responses | sort_by(.id) | map(.status) | join(" ")')" = "200 403" ]
}

@test "graphsim: declined, expired, another tenant's account, no consent" {
  device
  act '{"do":"decline-sign-in","as":"ann@firm.test"}' >/dev/null
  [ "$(poll | error)" = authorization_declined ]
  device
  curl -sS -d '{"advance":"15m"}' "$URL/__sim/clock" >/dev/null
  [ "$(poll | error)" = expired_token ]
  device
  run ! act '{"do":"sign-in","as":"pat@outlook.test"}'
  [[ $output == *AADSTS50020* ]]
  act '{"do":"withdraw-consent"}' >/dev/null
  run ! act '{"do":"sign-in","as":"ann@firm.test"}'
  [[ $output == *"need admin approval"* ]]
  [ "$(poll | error)" = authorization_pending ]
  device common
  act '{"do":"consent"}' >/dev/null
  act '{"do":"sign-in","as":"pat@outlook.test"}' >/dev/null
  [ "$(poll common | jq -r '.id_token | split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson | .tid')" = 9188040d-6c67-4c5b-b112-36a304b66dad ]
}

@test "graphsim: refresh tokens give new ones; what was used dies or not; all of a person die" {
  device
  act '{"do":"sign-in","as":"ann@firm.test"}' >/dev/null
  R=$(poll | jq -r .refresh_token)
  second=$(refresh "$R" | jq -r .refresh_token)
  [ "$second" != "$R" ]
  [ "$(refresh "$R" | jq 'has("access_token")')" = true ]
  mode '{"refresh.rotation":"revoke"}'
  [ "$(refresh "$R" | error)" = invalid_grant ]
  last=$(refresh "$second" | error)
  [ "$last" = invalid_grant ]
  mode '{"refresh.rotation":"never"}'
  [ "$(refresh "$R" | jq 'has("refresh_token")')" = false ]
  act '{"do":"set-user","as":"ann@firm.test","set":{"mustInteract":true}}' >/dev/null
  [ "$(refresh "$R" | error)" = interaction_required ]
  act '{"do":"set-user","as":"ann@firm.test","set":{"mustInteract":false}}' >/dev/null
  act '{"do":"revoke-sign-ins","as":"ann@firm.test"}' >/dev/null
  [ "$(refresh "$R" | error)" = invalid_grant ]
  [ "$(refresh nonsense | error)" = invalid_grant ]
  device
  act '{"do":"sign-in","as":"ann@firm.test"}' >/dev/null
  R=$(poll | jq -r .refresh_token)
  curl -sS -d '{"advance":"91d"}' "$URL/__sim/clock" >/dev/null
  [ "$(refresh "$R" | error)" = invalid_grant ]
}

@test "graphsim: a group's calendar is read by its members who let it, not by others, and has no delta" {
  local scope=Group.Read.All view='calendarView?startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z'
  local group=groups/5a1e5000-0000-4000-8000-000000000001 a
  # AS SCOPE: an access token.
  token() {
    DEVICE=$(curl -sS --fail-with-body "$URL/firm/oauth2/v2.0/devicecode" -d client_id=calsync --data-urlencode "scope=$URL/$2 offline_access")
    act "{\"do\":\"sign-in\",\"as\":\"$1@firm.test\",\"code\":$(jq .user_code <<<"$DEVICE")}" >/dev/null
    poll | jq -r .access_token
  }
  a=$(token ann "$scope")
  [ "$(me "$a" "$group/$view")" = 200 ]
  [ "$(jq -r '.value[] | "\(.subject) \(.organizer.emailAddress.address) \(.isOrganizer)"' "$BATS_TEST_TMPDIR/body")" = "Fair sales@firm.test true" ]
  [ "$(me "$a" "$group/events/$(jq -r '.value[0].id' "$BATS_TEST_TMPDIR/body")")" = 200 ]
  [ "$(me "$a" "$group/${view/View/View/delta}")" = 400 ]
  [ "$(me "$a" "me/events")" = 403 ]
  [ "$(me "$a" "users/sales@firm.test/events")" = 404 ]
  [ "$(me "$(token ann Calendars.ReadWrite)" "$group/$view")" = 403 ]
  [ "$(me "$(token bob "$scope")" "$group/$view")" = 403 ]
}
