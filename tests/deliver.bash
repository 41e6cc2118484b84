# shellcheck shell=bash
# deliver: apply's way to Graph.  The journal is that of tests/stub-intents.sql,
# Graph is graphsim; what reached it is read from graphsim's own logs.
# Use: load deliver

setup_file() {
  load helper
  load db
  pg_suite_start
  SIM=$(mktemp -d /tmp/calsync-sim.XXXXXX)
  export SIM GRAPHSIM=$BIN/graphsim
  "$TOP/scripts/sim-tmp" start "$SIM" >/dev/null
  (umask 077 && echo s3cret >"$SIM/secret")
}
# What apply said, if a test fails.
teardown() { [ -z "${stderr:-}" ] || printf "%s\n" "$stderr"; }
teardown_file() {
  load helper
  load db
  "$TOP/scripts/sim-tmp" stop "$SIM"
  rm -rf "$SIM"
  pg_suite_stop
}
setup() {
  load helper
  load db
  URL=$(<"$SIM/url") SIM_CONTROL=$(<"$SIM/control")
  export CALSYNC_CA_FILE=$SIM/ca.pem
  for log in fault outbox writes requests violations; do
    sim_control DELETE "$log" >/dev/null
  done
  sim mode '{"preset":"default"}' >/dev/null
  sim world "$(<"$BATS_TEST_DIRNAME/data/deliver/world.json")" >/dev/null
  pg_fresh template1
  psql -X -q -f "$TOP/tests/stub.sql" -f "$TOP/tests/stub-intents.sql"
}

sim() {
  if [ $# -lt 2 ]; then sim_control GET "$1"; else sim_control POST "$@"; fi
}

# The stream of a run with two mailboxes in which nothing was decided.
stream() { # [RUN]
  jq -cn --arg run "${1:-r1}" --arg url "$URL" --arg secret "$SIM/secret" '
    {type: "run", id: $run, now: "2026-11-21T09:00:00Z", schema: 1, policy: {}, connections: [
      {id: 1, tenant: "firm", client_id: "calsync", graph: ($url + "/v1.0"), login: $url, secret_file: $secret}]},
    ([1, "ann@firm.test"], [2, "bob@firm.test"] |
      {type: "mailbox", mailbox: .[1], account: .[0], connection: 1, calendar: "", policy_digest: "p1", outward: true,
       cursor: {link: "L0"}},
      {type: "mailbox.end", mailbox: .[1], records: 0, complete: true, cursor: {link: "L1"}}),
    {type: "end", from: "reconcile", sections: 2, records: 0}'
}

# deliver [option ...]: apply on that stream.
deliver() { tool apply -q --backoff 20 "$@" < <(stream "${RUN:-r1}"); }

# The events of a mailbox as normalize gives them, a line each.
canonical() { # MAILBOX
  jq -cn --arg url "$URL" --arg secret "$SIM/secret" --arg m "$1" '
    {type: "run", id: "x", now: "2026-11-21T09:00:00Z", schema: 1, policy: {}, connections: [
      {id: 1, tenant: "firm", client_id: "calsync", graph: ($url + "/v1.0"), login: $url, secret_file: $secret}]},
    {type: "mailbox", mailbox: $m, account: 1, connection: 1, zone: "Europe/Berlin", calendar: "", cursor: null, policy: {},
     window: {start: "2026-09-01T00:00:00Z", end: "2027-11-01T00:00:00Z"}},
    {type: "end", from: "roster", sections: 0, records: 1}' |
    tool fetch -q --no-db --backoff 20 | tool normalize -q | jq -c 'select(.type=="event") | .event'
}
# The event as Graph gives it.
raw_event() { # SUBJECT
  local token
  token=$(curl -sS --cacert "$SIM/ca.pem" "$URL/firm/oauth2/v2.0/token" -d grant_type=client_credentials -d client_id=calsync \
    -d client_secret=s3cret -d "scope=$URL/.default" | jq -r .access_token)
  curl -sS --cacert "$SIM/ca.pem" -H "Authorization: Bearer $token" "$URL/v1.0/users/ann@firm.test/events?\$top=100" |
    jq -c --arg s "$1" '.value[] | select(.subject==$s)'
}
event() { canonical "${2:-ann@firm.test}" | jq -c --arg s "$1" 'select(.subject==$s and (.series.master == null))'; } # SUBJECT [MAILBOX]

# plan INTENT OP DOC [ACCOUNT]: an entry of the journal.
plan() {
  jq -cn --argjson d "$3" --arg op "$2" --argjson n "$1" '
    {type: "op", op: $op, id: null, crm_id: "101", meeting: null, mail: [], changes: [1], limits: {},
     why: {rule: "crm_edit"}, attendees: {add: [], remove: []}, base: {graph: {digest: null}, crm: {}}} + $d' >"$BATS_TEST_TMPDIR/doc"
  psql -X -q -v doc="$(<"$BATS_TEST_TMPDIR/doc")" -v item="$(jq -r '.id // ""' "$BATS_TEST_TMPDIR/doc")" <<SQL
insert into calsync.queue (intent, account, op, item, transaction_id, doc)
values ($1, ${4:-1}, '$2', nullif(:'item', ''), 'tx-$1', :'doc');
SQL
}
# update INTENT SUBJECT DOC: a PATCH of that event, made from its present state.
update() {
  local e
  e=$(event "$2")
  plan "$1" graph.update "$(jq -cn --argjson e "$e" --argjson d "$3" '
    {id: $e.id, etag: $e.etag, meeting: 12, mail: [$e.attendees[].address] | sort,
     base: {graph: ($e | {subject, start, "end": .end, zone, all_day, location, show_as, sensitivity, reminder, online,
       recurrence, recurrence_text, series, rooms, attendees, categories, digest} + {body_digest: "old", account: 1})},
     was: ($e | with_entries(.key as $k | select($d.set // {} | has($k))))} + $d')"
}
pitch='{"set":{"subject":"Pitch","body":"Agenda\n  - <one> & two","start":"2026-12-01T09:00:00Z","end":"2026-12-01T10:00:00Z",
  "zone":"Europe/Vienna","all_day":false,"location":"Cafe","show_as":"busy","sensitivity":"normal","reminder":15,
  "online":null,"recurrence":null,"categories":[]},
  "attendees":{"add":[{"address":"xia@client.test","name":"Xia Li","role":"required"},{"address":"bob@firm.test","name":"Bob","role":"optional"}],"remove":[]},
  "mail":["bob@firm.test","xia@client.test"],
  "base":{"graph":{"subject":"Pitch","body_digest":"x","start":"2026-12-01T09:00:00Z","end":"2026-12-01T10:00:00Z","zone":"Europe/Vienna",
    "all_day":false,"location":"Cafe","show_as":"busy","sensitivity":"normal","reminder":15,"online":null,"recurrence":null,
    "recurrence_text":null,"series":{"kind":"single","master":null,"original_date":null},"rooms":[],"attendees":[],"categories":[],"account":1,"digest":null}}}'

writes() { sim writes | jq -c '.value'; }
# Results come as they are settled.
outcomes() { jq -rs '[.[] | select(.type=="result")] | sort_by(.intent) | map("\(.intent)=\(.outcome)") | join(" ")' <<<"$output"; }
settled() { sql "select settled from calsync.queue where intent = $1"; }
mails() { sim_count outbox; }

# patched: the one PATCH's body.
patched() {
  writes | jq -cS '[.[] | select(.method=="PATCH")] | if length == 1 then .[0].body else {wrong: length} end'
}
same_json() { # WANTED GOT
  diff -u <(jq -S . <<<"$1") <(jq -S . <<<"$2")
}

remove() { # INTENT SUBJECT
  update "$1" "$2" '{"op":"graph.delete"}'
  sql "update calsync.queue set op = 'graph.delete' where intent = $1"
}
clear_faults() { sim_control DELETE fault >/dev/null; }
count() { canonical "${2:-ann@firm.test}" | jq -r --arg s "$1" 'select(.subject==$s) | .id' | wc -l; }
code() { jq -rs '[.[] | select(.type=="result") | .code // "-"] | join(" ")' <<<"$output"; }
