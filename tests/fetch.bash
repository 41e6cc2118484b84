# shellcheck shell=bash
# fetch: against graphsim with real TLS, and against canned servers where a
# stand-in for Graph cannot misbehave enough.  One graphsim and one cluster for
# a file; each test begins with the same world and no faults.  Use: load fetch,
# and every_line_is_valid in the last test.
load helper
load db
setup_file() {
  load helper
  load db
  pg_suite_start || return 1
  export SIM=$BATS_FILE_TMPDIR/sim GRAPHSIM=$BIN/graphsim
  "$TOP/scripts/sim-tmp" start "$SIM" --world "$DATA/graphsim/world.json" >/dev/null || return 1
  (umask 077 && echo s3cret >"$BATS_FILE_TMPDIR/secret")
  export URL SIM_CONTROL
  URL=$(<"$SIM/url") SIM_CONTROL=$(<"$SIM/control")
  sim_call POST 'snapshot?name=start' >/dev/null
}

teardown_file() {
  load helper
  load db
  "$TOP/scripts/sim-tmp" stop "$SIM"
  pg_suite_stop
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  SECRET=$BATS_FILE_TMPDIR/secret
  NOW=2026-11-21T09:00:00Z
  # The rollback covers faults, modes and logs.
  sim_call POST 'rollback?name=start' >/dev/null
}

teardown() {
  [ -z "${SERVER:-}" ] || kill "$SERVER"
}

sim_call() { # METHOD CALL [JSON]
  sim_control "$@"
}
sim() { sim_call GET "$1"; }
act() { sim_call POST act "$1" >/dev/null; }
# acts JSON...: many in one go.
acts() {
  local one
  for one; do act "$one"; done
}
mode() { sim_call POST mode "$1" >/dev/null; }
fault() { sim_call POST fault "$1" >/dev/null; }
# Add to the world.
add() { sim_call POST 'world?add=1' "$1" >/dev/null; }
# N single events of a mailbox, e0 to eN-1, one a day.
add_events() { # MAILBOX N
  add "$(jq -cn --arg m "$1" --argjson n "$2" '{events: [range($n) | {key: "e\(.)", organizer: $m, subject: "E\(.)",
    start: "2026-12-\(10 + . % 20)T10:00", body: "Some text"}]}')"
}
# Requests whose target matches the expression.
asked() { sim requests | jq "[.value[] | select(.target | test(\"$1\"; \"i\"))] | length"; }
forget_requests() { sim_call DELETE requests >/dev/null; }
nobody_hurried() {
  [ "$(sim_count violations)" -eq 0 ] || { sim violations; return 1; }
}
id_of() { # KEY|SUBJECT [MAILBOX]
  sim "events?mailbox=${2:-ann@firm.test}" | jq -er --arg s "$1" '.value[] | select(.subject == $s) | .id'
}

# roster MAILBOX...: roster's stream for these, without cursors.  Members of the
# mailbox records are changed by MERGE, those of the connection by CONNECTION.
roster() {
  jq -cn --arg now "$NOW" --arg url "${GRAPH_URL:-$URL}" --arg secret "$SECRET" \
    --argjson merge "${MERGE:-{\}}" --argjson connection "${CONNECTION:-{\}}" --args '
    {type: "run", id: "r1", now: $now, schema: 1, tzdata: "2026b", policy: {}, policy_origin: {},
     domains: ["firm.test"], adapter: {crm: "builtin", holds: []}, connections: [
       {id: 1, tenant: "firm", client_id: "calsync", graph: "\($url)/v1.0", login: $url, secret_file: $secret}
       + $connection], spent: {}},
    ($ARGS.positional | to_entries[] | {type: "mailbox", mailbox: .value, account: (.key + 1),
     user: "\(.key + 1)", graph_user: .value, connection: 1, zone: "Europe/Berlin",
     since: "2026-03-01T00:00:00Z", policy: {}, policy_digest: "0123456789abcdef0123456789abcdef",
     first: true, window: {start: "2026-10-22T00:00:00Z", end: "2027-01-22T00:00:00Z"},
     calendar: "", cursor: null} + $merge),
    {type: "end", from: "roster", sections: 0, records: ($ARGS.positional | length)}' "$@"
}

# next_roster FILE: roster's stream after that output of fetch was applied.
next_roster() {
  jq -c -s '(.[] | select(.type == "run")),
    ([.[] | select(.type | test("^(mailbox|page)"))] as $l | reduce $l[] as $r ([];
       if $r.type == "mailbox" then . + [$r]
       elif $r.type == "page" then .[-1].cursor |= {
         link: (if .window == $r.window then .link else null end), issued: null,
         resume: $r.resume, window: $r.window, round: $r.round}
       elif $r.complete then .[-1].cursor = $r.cursor | .[-1].first = false
       else . end) | sort_by(.account) | .[]),
    {type: "end", from: "roster", sections: 0, records: ([.[] | select(.type == "mailbox")] | length)}' "$1"
}

# fetch STATUS IN OUT [option ...]: no database unless DB is set.
fetch() {
  local want=$1 in=$2 out=$3 status=0 db=(--no-db)
  shift 3
  [ -z "${DB:-}" ] || db=()
  tool fetch "${db[@]}" --ca-file "$SIM/ca.pem" --backoff 20 "$@" <"$in" >"$out" 2>err || status=$?
  [ "$status" -eq "$want" ] || { echo "status $status, expected $want"; cat err; cut -c1-300 "$out"; return 1; }
  # For every_line_is_valid.
  KEPT=$((${KEPT:-0} + 1))
  cp "$out" "$BATS_FILE_TMPDIR/kept.$BATS_TEST_NUMBER.$KEPT.ndjson"
}

# fetch_fails STATUS IN [option ...]: it gives up, with a message.
fetch_fails() {
  local want=$1 in=$2 status=0
  shift 2
  tool fetch --no-db --ca-file "$SIM/ca.pem" --backoff 20 "$@" <"$in" >failed 2>err || status=$?
  [ "$status" -eq "$want" ] || { echo "status $status, expected $want"; cat err; return 1; }
  run ! grep '"type":"end"' failed
}

# brief FILE: the sections, a line a record.
brief() {
  jq -r 'def at: .start.dateTime[0:16];
    if .type == "mailbox" then "[\(.mailbox)"
    elif .type == "graph.event" then "\(.data.type) \(.data.subject // "-") \(.data | at)\(if .again then " again=\(.again)" else "" end)"
    elif .type == "graph.removed" then "removed \(.proof)\(if .again then " again=\(.again)" else "" end)"
    elif .type == "series" then "series \(.cancelled | join(","))"
    elif .type == "series.end" then "series.end \(.members) \(.complete)"
    elif .type == "problem" then "problem \(.code) \(.status // "-")"
    elif .type == "mailbox.end" then "\(.mailbox)] \(.complete)\(if .error then " \(.error.code) \(.error.status // "-")" else "" end)"
    elif .type == "page" then "page"
    else empty end' "$1"
}
is() { # GOT WANTED
  [ "$1" = "$2" ] || { diff <(echo "$2") <(echo "$1"); return 1; }
}
# All events of the stream, sorted: id and etag.
ids() { jq -r 'select(.type == "graph.event") | .data | "\(.id) \(.["@odata.etag"])"' "$@" | sort; }
# first_read MAILBOX...: a baseline into `one`, the next roster into `again`.
first_read() {
  roster "$@" >in
  fetch 0 in one && next_roster one >again && forget_requests
}
# known FILE: the database has a present copy of each event of that output, and
# DB is set.
known() {
  pg_fresh
  DB=1
  jq -r 'if .type == "mailbox" then "\\set account \(.account)"
    elif .type == "graph.event" and .data.type != "seriesMaster" then .data |
      "insert into calsync.copy (account, id, meeting, role, master, original_date, starts, ends, confirmed) values (:account, \u0027\(.id)\u0027, 1, \u0027organizer\u0027, \(if .seriesMasterId then "\u0027\(.seriesMasterId)\u0027" else "null" end), \u0027\(if .seriesMasterId then .start.dateTime[0:10] else "" end)\u0027, \u0027\(.start.dateTime)Z\u0027, \u0027\(.end.dateTime)Z\u0027, \u00272026-11-20T00:00Z\u0027);"
    else empty end' "$1" >known.sql
  sql "$(cat known.sql)"
}
# serve CODE: a canned https server written in Python; sets GRAPH_URL, SERVER.
# `do(self)` answers one request; lines that it prints are in $SERVED.
serve() {
  SERVED=$BATS_TEST_TMPDIR/served
  cat >server.py <<P
import gzip, http.server, json, ssl, sys, socketserver
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *a): pass
    def send(self, body, status=200, **headers):
        if not isinstance(body, bytes): body = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for k, v in headers.items(): self.send_header(k.replace("_", "-"), v)
        if "Content_Length" not in headers: self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def page(self, **members):
        self.send(dict({"@odata.context": "c", "value": []}, **members))
    def token(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send({"token_type": "Bearer", "expires_in": 3599, "access_token": "tok"})
    def do_POST(self): self.token()
    def do_GET(self):
        print(self.command, self.path, self.headers.get("Authorization"), flush=True)
        do(self)
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
$1
server = Server(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("$SIM/cert.pem", "$SIM/key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
root = "https://127.0.0.1:%d" % server.server_port
open("port", "w").write(root)
server.serve_forever()
P
  /usr/bin/python3 server.py >"$SERVED" 2>server.err 3>&- 4>&- &
  SERVER=$!
  local end=$((SECONDS + 20))
  until [ -s port ]; do
    [ "$SECONDS" -lt "$end" ] && kill -0 "$SERVER" || { cat server.err; return 1; }
    read -rt 0.02 <> <(:) || :
  done
  GRAPH_URL=$(cat port)
}

# Every line that the tests of this file have seen meets its schema.
every_line_is_valid() { /usr/bin/python3 "$TOP/tests/validate" --strict "$BATS_FILE_TMPDIR"/kept.*.ndjson; }
