# shellcheck shell=bash
# graphsim itself: each test names the behaviour (S-number) that it proves.
# The tests of a file share one server; each begins with the same world.
# Use: load graphsim
bats_require_minimum_version 1.5.0
load trace

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
