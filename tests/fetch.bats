# fetch: against graphsim with real TLS, and against canned servers where a
# stand-in for Graph cannot misbehave enough.  One graphsim and one cluster for
# the file; each test begins with the same world and no faults.
load helper
load db

setup_file() {
  load helper
  load db
  pg_suite_start || return 1
  export SIM=$BATS_FILE_TMPDIR/sim GRAPHSIM=$BIN/graphsim
  "$TOP/scripts/sim-tmp" start "$SIM" --world "$DATA/graphsim/world.json" >/dev/null || return 1
  (umask 077 && echo s3cret >"$BATS_FILE_TMPDIR/secret")
  export URL
  URL=$(cat "$SIM/url")
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
  curl -sS --fail-with-body --cacert "$SIM/ca.pem" -X "$1" ${3:+--data-binary @-} "$URL/__sim/$2" <<<"${3:-}"
}
sim() { sim_call GET "$1"; }
act() { sim_call POST act "$1" >/dev/null; }
# acts JSON...: many in one go.
acts() {
  local one next=
  for one; do
    printf '%s\nurl = "%s/__sim/act"\ndata = "%s"\nfail-with-body\n' "$next" "$URL" "${one//\"/\\\"}"
    next=next
  done | CURL_CA_BUNDLE=$SIM/ca.pem curl -sS -K - >/dev/null
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
  [ "$(sim violations | jq .count)" -eq 0 ] || { sim violations; return 1; }
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
  # For the last test.
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

# Rounds ---------------------------------------------------------------------------

@test "fetch: a baseline brings singles, all-day events and whole series" {
  roster ann@firm.test >in
  fetch 0 in one
  is "$(brief one | grep -v '^occurrence')" "[ann@firm.test
singleInstance Review 2026-11-24T09:00
singleInstance Day off 2026-11-26T00:00
singleInstance Outside 2026-11-27T09:00
singleInstance Alone 2026-11-25T07:00
series 
seriesMaster Standup 2026-10-05T07:00
exception Standup late 2026-12-08T13:00
series.end 17 true
ann@firm.test] true"
  jq -es 'map(select(.type == "mailbox.end"))[0] | .coverage == {start: "2026-10-22T00:00:00Z",
    end: "2027-02-20T00:00:00Z", baseline: true} and .cursor.window == (.coverage | del(.baseline)) and
    .cursor.resume == null and .cursor.round == "2026-11-21T09:00:00Z"' one
}

@test "fetch: F124 bare occurrences stay bare: absent members are unknown, not null" {
  roster ann@firm.test >in
  fetch 0 in one
  jq -es 'map(select(.data.type == "occurrence") | .data | has("subject") or has("body")) | any | not' one
}

@test "fetch: L9 F145 the second round of a quiet mailbox is one request and no record" {
  first_read ann@firm.test bob@firm.test
  fetch 0 again two
  is "$(brief two | sort)" "[ann@firm.test
[bob@firm.test
ann@firm.test] true
bob@firm.test] true"
  [ "$(asked '^/v1.0/')" -eq 2 ]
}

@test "fetch: an incremental round brings what changed, series by master and instances" {
  first_read ann@firm.test
  act '{"as":"ann@firm.test","do":"update","event":"review","set":{"subject":"New"}}'
  act '{"as":"ann@firm.test","do":"edit-occurrence","event":"standup","occurrence":"2026-12-21","set":{"subject":"Feast"}}'
  fetch 0 again two
  is "$(brief two | sed 's/^occurrence.*/occurrence/' | uniq)" "[ann@firm.test
singleInstance New 2026-11-24T09:00
series 2026-11-30
seriesMaster Standup 2026-10-05T07:00
occurrence
exception Standup late 2026-12-08T13:00
exception Feast 2026-12-21T08:00
series.end 17 true
ann@firm.test] true"
  # Full members: what normalize would have to guess is read.
  jq -es 'map(select(.data.type == "occurrence") | .data.subject == "Standup") | all' two
}

@test "fetch: Prefer stands on every request, also inside a batch" {
  serve '
def do(s):
    print("PREFER", s.headers.get("Prefer"), flush=True)
    if "page2" in s.path: s.page(**{"@odata.deltaLink": root + "/v1.0/d"})
    else: s.page(value=[{"id": "gone", "@removed": {"reason": "deleted"}}], **{"@odata.nextLink": root + "/v1.0/page2"})
def post(s):
    if "token" in s.path: return s.token()
    b = json.loads(s.rfile.read(int(s.headers["Content-Length"])))
    for r in b["requests"]: print("PREFER", r["headers"]["Prefer"], flush=True)
    print("PREFER", s.headers.get("Prefer"), flush=True)
    s.send({"responses": [{"id": r["id"], "status": 404, "body": {"error": {"code": "ErrorItemNotFound"}}} for r in b["requests"]]})
Handler.do_POST = post'
  roster ann@firm.test >in
  fetch 0 in one --page-size 77 --body text
  is "$(brief one)" "[ann@firm.test
removed 404
ann@firm.test] true"
  is "$(grep PREFER "$SERVED" | sort | uniq -c)" '      4 PREFER IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text", odata.maxpagesize=77'
}

@test "fetch: F125 an id that comes twice in a round stands once, with its last state" {
  serve '
def ev(i, n): return {"@odata.etag": "W/%d" % n, "id": i, "type": "singleInstance", "subject": "v%d" % n,
  "start": {"dateTime": "2026-11-24T09:00:00.0000000", "timeZone": "UTC"}}
def do(s):
    if "two" in s.path: s.page(value=[ev("a", 2), ev("c", 1), {"id": "b", "@removed": {"reason": "deleted"}}], **{"@odata.nextLink": root + "/v1.0/three"})
    elif "three" in s.path: s.page(value=[ev("b", 3)], **{"@odata.deltaLink": root + "/v1.0/d"})
    else: s.page(value=[ev("a", 1), ev("b", 1)], **{"@odata.nextLink": root + "/v1.0/two"})'
  roster ann@firm.test >in
  fetch 0 in one
  is "$(brief one)" "[ann@firm.test
singleInstance v2 2026-11-24T09:00
singleInstance v1 2026-11-24T09:00
singleInstance v3 2026-11-24T09:00
ann@firm.test] true"
}

@test "fetch: F122 a window that is no longer covered begins a new baseline, wider than needed" {
  first_read ann@firm.test
  # 28 + 1 days later the extra days are used up.
  jq -c 'if .type == "mailbox" then .window.end = "2027-02-20T00:00:00Z" else . end' again >still
  fetch 0 still two
  is "$(brief two)" "[ann@firm.test
ann@firm.test] true"
  jq -c 'if .type == "mailbox" then .window.end = "2027-02-21T00:00:00Z" else . end' again >over
  fetch 0 over three
  jq -es 'map(select(.type == "mailbox.end"))[0].coverage == {start: "2026-10-22T00:00:00Z", end: "2027-03-22T00:00:00Z", baseline: true}' three
  [ "$(brief three | grep -c '^singleInstance')" -eq 4 ]
}

@test "fetch: F118 a dead delta token in any spelling is a new baseline" {
  local how
  first_read ann@firm.test
  for how in 410 400 resync malformed fullsync empty; do
    mode "{\"delta.gone\":\"$how\",\"delta.location\":\"on\"}"
    fault '{"kind":"gone","path":"deltatoken"}'
    fetch 0 again two
    [ "$(brief two | grep -c '^singleInstance')" -eq 4 ] || { echo "$how"; return 1; }
    # The window differs, so that a broken-off round is not taken for the old one's.
    jq -es 'map(select(.type == "mailbox.end"))[0] | .coverage.baseline and .coverage.end == "2027-02-20T00:00:01Z"' two
  done
}

@test "fetch: a token that dies in the middle of a round, twice" {
  mode '{"delta.page":1}'
  fault '{"kind":"gone","path":"skiptoken","nth":2}'
  fault '{"kind":"gone","path":"skiptoken","nth":3}'
  roster ann@firm.test >in
  fetch 0 in one --page-size 2
  is "$(brief one | grep -c '^singleInstance')" 4
  is "$(brief one | grep -c '^series.end 17 true')" 1
}

@test "fetch: F118 tokens that die again and again end the mailbox, not the run" {
  fault '{"kind":"gone","path":"ann.*skiptoken","count":-1}'
  roster ann@firm.test bob@firm.test >in
  fetch 1 in one --page-size 2
  is "$(brief one | grep ann)" "[ann@firm.test
ann@firm.test] false graph_error 410"
  [ "$(brief one | grep -c 'bob@firm.test\] true')" -eq 1 ]
}

@test "fetch: a round without an end is broken off, tried once more, and given up" {
  fault '{"kind":"stuck","path":"ann","count":-1}'
  roster ann@firm.test bob@firm.test >in
  fetch 1 in one --page-size 2
  is "$(brief one | grep -E 'ann|problem')" "[ann@firm.test
problem graph_error 200
ann@firm.test] false graph_error 200"
  [ "$(asked 'ann.*delta\\?start')" -eq 2 ]
  [ "$(asked 'ann')" -lt 120 ]
}

@test "fetch: all modes of Graph at their worst bring the same events" {
  mode '{"preset":"worst"}'
  roster ann@firm.test bob@firm.test >in
  fetch 0 in one
  mode '{"preset":"default"}'
  for who in ann bob; do
    sim "events?mailbox=$who@firm.test" | jq -r '.value[] | .subject' | sort >want
    jq -r -s --arg m "$who@firm.test" '(map(.mailbox == $m) | indices(true)) as [$a, $b] | .[$a:$b][]
      | select(.type == "graph.event" and .data.type != "occurrence" and .data.type != "exception") | .data.subject' one | sort >got
    diff want got
  done
  nobody_hurried
}

# Proofs ---------------------------------------------------------------------------

@test "fetch: L2 a removed event is proved gone by id" {
  first_read ann@firm.test
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  fetch 0 again two
  is "$(brief two)" "[ann@firm.test
removed 404
ann@firm.test] true"
}

@test "fetch: L2 F050 what only left the window is an event, not a removal" {
  first_read ann@firm.test
  act '{"as":"ann@firm.test","do":"update","event":"alone","set":{"start":"2030-01-01T10:00","end":"2030-01-01T11:00"}}'
  fetch 0 again two
  is "$(brief two)" "[ann@firm.test
singleInstance Alone 2030-01-01T09:00
ann@firm.test] true"
}

@test "fetch: L2 any other answer than 404 makes the section incomplete" {
  first_read ann@firm.test bob@firm.test
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  act '{"as":"ann@firm.test","do":"update","event":"review","set":{"subject":"New"}}'
  fault '{"kind":"status","status":500,"path":"/events/","mailbox":"ann@firm.test","count":-1}'
  fetch 1 again two
  is "$(brief two | sort)" "[ann@firm.test
[bob@firm.test
ann@firm.test] false graph_error 500
bob@firm.test] true
problem graph_error 500
singleInstance New 2026-11-24T09:00
singleInstance New 2026-11-24T09:00"
}

@test "fetch: L2 an empty 404 proves nothing" {
  first_read ann@firm.test
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  fault '{"kind":"status","status":404,"body":"empty","path":"/events/","count":-1}'
  fetch 1 again two
  is "$(brief two)" "[ann@firm.test
problem graph_error 404
ann@firm.test] false graph_error 404"
}

@test "fetch: F160 C15 items of a batch that are throttled one by one are asked for again" {
  local all
  add_events ann@firm.test 30
  first_read ann@firm.test
  mapfile -t all < <(printf '{"as":"ann@firm.test","do":"delete","event":"e%d"}\n' $(seq 0 29))
  acts "${all[@]}"
  mode '{"batch.outer":"424","batch.shuffle":"on","latency_ms":5}'
  fetch 0 again two
  [ "$(brief two | grep -c 'removed 404')" -eq 30 ]
  # It learns: only the first batch was too large for one mailbox.
  [ "$(sim requests | jq '[.value[] | select(.status == 424)] | length')" -eq 1 ]
  [ "$(sim violations | jq '[.value[] | select(.kind == "retry-after")] | length')" -eq 0 ]
}

@test "fetch: L2 F040 an empty answer to a new baseline removes nothing that is still there" {
  first_read ann@firm.test
  known one
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  fault "{\"kind\":\"gone\",\"path\":\"deltatoken\"}"
  fault "{\"kind\":\"status\",\"status\":200,\"path\":\"delta.startDate\",\"body\":\"{\\\"value\\\":[],\\\"@odata.deltaLink\\\":\\\"$URL/v1.0/x\\\"}\"}"
  fetch 0 again two
  is "$(brief two | grep -v ^occurrence | sort)" "[ann@firm.test
ann@firm.test] true
exception Standup late 2026-12-08T13:00
removed 404
series 2026-11-30
series.end 17 true
seriesMaster Standup 2026-10-05T07:00
singleInstance Day off 2026-11-26T00:00
singleInstance Outside 2026-11-27T09:00
singleInstance Review 2026-11-24T09:00"
}

@test "fetch: L2 known events that a new baseline leaves out are read by id" {
  first_read ann@firm.test
  known one
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  act '{"as":"ann@firm.test","do":"update","event":"review","set":{"start":"2030-01-01T10:00","end":"2030-01-01T11:00"}}'
  act '{"as":"ann@firm.test","do":"reset-sync"}'
  forget_requests
  fetch 0 again two
  is "$(brief two | grep -vE '^(occ|exc|series)')" "[ann@firm.test
singleInstance Day off 2026-11-26T00:00
singleInstance Outside 2026-11-27T09:00
singleInstance Review 2030-01-01T09:00
removed 404
ann@firm.test] true"
  [ "$(asked 'batch')" -eq 1 ]
}

@test "fetch: F052 L9 what nobody knows needs no proof" {
  first_read ann@firm.test
  known one
  sql "delete from calsync.copy"
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  forget_requests
  fetch 0 again two
  is "$(brief two)" "[ann@firm.test
ann@firm.test] true"
  [ "$(asked '^/v1.0/')" -eq 1 ]
  # An event that was skipped is known, too.
  sql "insert into calsync.seen (account, id, digest, reason, policy_digest, horizon, at)
    values (1, '$(jq -r 'select(.data.subject == "Alone").data.id' one)', 'x', 'unmatched', '0123456789abcdef0123456789abcdef', '0', now())"
  fetch 0 again three
  is "$(brief three)" "[ann@firm.test
removed 404
ann@firm.test] true"
}

@test "fetch: F061 one deleted occurrence is found in each way that Graph tells of it" {
  local how
  for how in series removed; do
    sim_call POST 'rollback?name=start' >/dev/null
    mode "{\"delta.occurrence_deleted\":\"$how\"}"
    first_read ann@firm.test
    known one
    act '{"as":"ann@firm.test","do":"delete-occurrence","event":"standup","occurrence":"2026-12-14"}'
    fetch 0 again two
    is "$(brief two | grep -E 'removed|series')" "series 2026-11-30,2026-12-14
seriesMaster Standup 2026-10-05T07:00
series.end 16 true
removed $(if [ $how = series ]; then echo cancelled_occurrence; else echo 404; fi)"
    jq -es --arg id "$(jq -r 'select(.data.seriesMasterId and (.data.start.dateTime | startswith("2026-12-14"))).data.id' one)" \
      'map(select(.type == "graph.removed"))[0].id == $id' two
  done
}

@test "fetch: F061 an occurrence that vanished in silence is found by the next baseline" {
  mode '{"delta.occurrence_deleted":"silent"}'
  first_read ann@firm.test
  known one
  act '{"as":"ann@firm.test","do":"delete-occurrence","event":"standup","occurrence":"2026-12-14"}'
  fetch 0 again two
  [ "$(brief two | wc -l)" -eq 2 ]
  act '{"as":"ann@firm.test","do":"reset-sync"}'
  fetch 0 again three
  is "$(brief three | grep -E 'removed|series.end')" "series.end 16 true
removed 404"
}

@test "fetch: a series that is deleted takes its known members along, all or master said" {
  local how
  for how in all master; do
    sim_call POST 'rollback?name=start' >/dev/null
    mode "{\"delta.removed_series\":\"$how\"}"
    first_read ann@firm.test
    known one
    act '{"as":"ann@firm.test","do":"delete","event":"standup"}'
    fetch 0 again two
    is "$how $(brief two | sort | uniq -c | tr -s ' ')" "$how  1 [ann@firm.test
 1 ann@firm.test] true
 17 removed 404"
  done
}

@test "fetch: F068 a series that becomes a single event loses its members" {
  first_read ann@firm.test
  known one
  act '{"as":"ann@firm.test","do":"update","event":"standup","set":{"recurrence":null}}'
  mode '{"delta.occurrence_deleted":"silent"}'
  fetch 0 again two
  is "$(brief two | sort | uniq -c | tr -s ' ')" " 1 [ann@firm.test
 1 ann@firm.test] true
 16 removed 404
 1 singleInstance Standup 2026-10-05T07:00"
}

@test "fetch: F070 F071 a master that is not delivered is read by id" {
  mode '{"delta.master":"never"}'
  roster ann@firm.test >in
  fetch 0 in one
  is "$(brief one | grep -E 'eries|exception')" "series 2026-11-30
seriesMaster Standup 2026-10-05T07:00
exception Standup late 2026-12-08T13:00
series.end 17 true"
  # Bare members of the baseline are enough.
  [ "$(asked instances)" -eq 0 ]
}

@test "fetch: masters are read without select where Graph refuses it" {
  first_read ann@firm.test
  known one
  fault '{"kind":"status","status":400,"code":"BadRequest","path":"select=","count":-1}'
  act '{"as":"ann@firm.test","do":"delete-occurrence","event":"standup","occurrence":"2026-12-14"}'
  fetch 0 again two
  is "$(brief two | grep -E 'eries|removed')" "series 
seriesMaster Standup 2026-10-05T07:00
series.end 16 true
removed 404"
}

@test "fetch: F082 a series whose instances cannot all be read loses none of them" {
  first_read ann@firm.test
  known one
  act '{"as":"ann@firm.test","do":"update","event":"standup","set":{"subject":"Later"}}'
  act '{"as":"ann@firm.test","do":"delete-occurrence","event":"standup","occurrence":"2026-12-14"}'
  fault '{"kind":"status","status":500,"path":"instances.*skip","count":-1}'
  fetch 1 again two --page-size 5
  # The series comes again by itself; the mailbox goes on.
  is "$(brief two | grep -vE '^(occurrence|exception)')" "[ann@firm.test
problem graph_error 500
series 2026-11-30,2026-12-14
seriesMaster Later 2026-10-05T07:00
series.end 16 false
ann@firm.test] true"
  jq -es 'map(select(.type == "problem"))[0].id == (map(select(.type == "series"))[0].master)' two
}

@test "fetch: L5 a series whose master is corrupt costs itself alone" {
  first_read ann@firm.test
  act '{"as":"ann@firm.test","do":"update","event":"standup","set":{"subject":"Later"}}'
  act '{"as":"ann@firm.test","do":"update","event":"review","set":{"subject":"New"}}'
  mode '{"delta.master":"never"}'
  fault '{"kind":"status","status":500,"code":"ErrorCorruptData","path":"/events/","count":-1}'
  fetch 1 again two
  is "$(brief two)" "[ann@firm.test
singleInstance New 2026-11-24T09:00
problem no_master 500
ann@firm.test] true"
}

@test "fetch: L2 a series that is throttled too long leaves the section incomplete" {
  first_read ann@firm.test
  act '{"as":"ann@firm.test","do":"update","event":"standup","set":{"subject":"Later"}}'
  fault '{"kind":"status","status":429,"retryAfter":3600,"path":"/events/","count":-1}'
  fetch 1 again two
  is "$(brief two | grep -vE '^(occurrence|exception)')" "[ann@firm.test
problem graph_error 429
series 
seriesMaster Later 2026-10-05T07:00
series.end 17 false
ann@firm.test] false graph_error 429"
}

@test "fetch: F173 masters of another calendar are read in that calendar" {
  local calendar
  add '{"events":[{"key":"other","organizer":"ann@firm.test","calendar":"Second","subject":"Other","start":"2026-11-23T09:00",
    "recurrence":{"pattern":{"type":"weekly","daysOfWeek":["monday"]},"range":{"type":"noEnd"}}}]}'
  calendar=$(curl -sS --cacert "$SIM/ca.pem" -H "Authorization: Bearer $(curl -sS --cacert "$SIM/ca.pem" -d grant_type=client_credentials \
    -d client_id=calsync -d client_secret=s3cret --data-urlencode "scope=$URL/.default" "$URL/firm/oauth2/v2.0/token" | jq -r .access_token)" \
    "$URL/v1.0/users/ann@firm.test/calendars" | jq -r '.value[] | select(.name == "Second").id')
  MERGE="{\"calendar\":\"$calendar\"}" first_read ann@firm.test
  is "$(brief one | grep -E 'eries')" "series 
seriesMaster Other 2026-11-23T08:00
series.end 14 true"
  act '{"as":"ann@firm.test","do":"update","event":"other","set":{"subject":"Another"}}'
  fetch 0 again two
  [ "$(brief two | grep -c 'Another')" -eq 14 ]
  [ "$(asked "calendars/[^/]+/events/.*select")" -eq 1 ]
  [ "$(asked "calendars/[^/]+/events/.*instances")" -eq 1 ]
}

# Again ------------------------------------------------------------------------------

@test "fetch: what is due again is read by id, with its reason" {
  first_read ann@firm.test
  known one
  sql "insert into calsync.again (account, id, reason, due, since) select 1, id, r, '2026-11-21T08:00Z', now() from (values
    ('$(jq -r 'select(.data.subject == "Review").data.id' one)', 'waits'), ('$(jq -r 'select(.data.subject == "Alone").data.id' one)', 'crm_error'),
    ('$(jq -r 'select(.data.subject == "Outside").data.id' one)', 'moved'), ('AAMk/..+==', 'due')) v(id, r)"
  act '{"as":"ann@firm.test","do":"update","event":"outside","set":{"categories":["Red"]}}'
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  forget_requests
  fetch 1 again two
  is "$(brief two | sort)" "[ann@firm.test
ann@firm.test] true
problem graph_error 400
removed 404 again=crm_error
singleInstance Outside 2026-11-27T09:00 again=moved
singleInstance Review 2026-11-24T09:00 again=waits"
  # F172: the id is one path segment, whatever it holds.
  [ "$(asked '/events/AAMk%2F..%2B%3D%3D$')" -eq 1 ]
}

@test "fetch: a member of a series that is due again brings its series" {
  first_read ann@firm.test
  known one
  sql "insert into calsync.again (account, id, reason, due, since) values (1,
    '$(jq -r 'select(.data.subject == "Standup late").data.id' one)', 'waits', '2026-11-21T08:00Z', now())"
  fetch 0 again two
  is "$(brief two | grep -v ^occ)" "[ann@firm.test
series 2026-11-30
seriesMaster Standup 2026-10-05T07:00
exception Standup late 2026-12-08T13:00 again=waits
series.end 17 true
ann@firm.test] true"
}

# What the CRM changed -----------------------------------------------------------------

# crm: the database knows Ann (account 1) and Bob (2), who sync, and Cy, who does
# not.
crm() {
  sql "insert into crm.users (user_id, email, name) overriding system value values
         (1, 'ann@firm.test', 'Ann'), (2, 'bob@firm.test', 'Bob'), (3, 'cy@firm.test', 'Cy');
       insert into calsync.connection (id, tenant, client_id) overriding system value values (1, 'firm.test', 'c');
       insert into calsync.account (id, crm_user, mailbox, graph_user, connection) overriding system value values
         (1, '1', 'ann@firm.test', 'ann@firm.test', 1), (2, '2', 'bob@firm.test', 'bob@firm.test', 1)"
}
# row ID OWNER [SUBJECT]: a CRM event that somebody has just made.
row() {
  sql "insert into crm.events (event_id, assigned_to, subject, starts_at, ends_at) overriding system value
       values ($1, $2, '${3:-}', '2026-12-01T09:00Z', '2026-12-01T10:00Z')"
}
# tie CRM_ID SUBJECT: that CRM event is linked with that event of Graph, of `one`.
tie() {
  set -- "$1" "$(jq -r --arg s "$2" 'select(.data.subject == $s).data.id' one)"
  sql "insert into calsync.meeting (id, uid, crm_id, owner, made_run, made, changed) values ($1, 'u$1', '$1', '1', 'r0', now(), now());
       update calsync.copy set meeting = $1 where id = '$2'"
}
# fed FILE: the CRM's records and what was read because of them, a line each.
fed() {
  jq -r 'if .type == "mailbox" then "[\(.mailbox)"
    elif .type == "crm.event" then "crm \(.crm_id)\(if .id then " linked" else "" end) \(.changes | tojson)\(if .origin then " " + .origin else "" end)\(if has("data") then " \(.data.subject // .data)" else "" end)"
    elif .type == "graph.event" and .again then "event \(.data.subject) \(.again)"
    elif .type == "graph.removed" then "removed \(.again)"
    elif .type == "mailbox.end" then "\(.mailbox)] \(.complete) \(.records)"
    elif .type == "problem" then "problem"
    else empty end' "$1"
}

@test "fetch: a change of a linked event comes first, and brings the event by id" {
  first_read ann@firm.test
  known one
  crm
  row 101 1
  tie 101 Review
  sql "update crm.events set subject = 'x'"
  forget_requests
  fetch 0 again two
  is "$(fed two)" "[ann@firm.test
crm 101 linked [1,2]
event Review crm
ann@firm.test] true 2"
  [ "$(jq -r 'select(.type == "crm.event").id' two)" = "$(jq -r 'select(.again == "crm").data.id' two)" ]
  [ "$(asked '/events/')" -eq 1 ]
}

@test "fetch: what the round brings is not read a second time for the CRM's sake" {
  first_read ann@firm.test
  known one
  crm
  row 101 1
  tie 101 Review
  act '{"as":"ann@firm.test","do":"update","event":"review","set":{"location":"Cafe"}}'
  forget_requests
  fetch 0 again two
  is "$(fed two)" "[ann@firm.test
crm 101 linked [1]
ann@firm.test] true 2"
  is "$(brief two | grep Review)" "singleInstance Review 2026-11-24T09:00"
  [ "$(asked '/events/')" -eq 0 ]
  # Nor is the reason for which it is read by id anyway another one.
  sql "insert into calsync.again (account, id, reason, due, since) values (1, '$(jq -r 'select(.type == "crm.event").id' two)', 'moved', '2026-11-21T08:00Z', now())"
  fetch 0 again two
  next_roster two >again
  fetch 0 again three
  is "$(fed three | grep event)" "event Review moved"
}

@test "fetch: L2 a linked event that is gone from Graph is proved gone" {
  first_read ann@firm.test
  known one
  crm
  row 101 1
  tie 101 Alone
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  act '{"as":"ann@firm.test","do":"reset-sync"}'
  fetch 0 again two
  is "$(fed two | grep -v '^event')" "[ann@firm.test
crm 101 linked [1]
removed crm
ann@firm.test] true $(jq -r 'select(.type == "mailbox.end").records' two)"
}

@test "fetch: a linked occurrence brings its series" {
  first_read ann@firm.test
  known one
  crm
  row 101 1
  tie 101 'Standup late'
  fetch 0 again two
  is "$(fed two)" "[ann@firm.test
crm 101 linked [1]
event Standup late crm
ann@firm.test] true 20"
  is "$(brief two | grep -v ^occ | grep series)" "series 2026-11-30
seriesMaster Standup 2026-10-05T07:00
series.end 17 true"
}

@test "fetch: of an unlinked event the row comes as it is now, and who made it" {
  first_read ann@firm.test bob@firm.test
  known one
  crm
  row 101 1 Pitch
  row 102 2 Other
  sql "set calsync.origin = 'import'; update crm.events set subject = 'Loaded' where event_id = 101"
  fetch 0 again two
  is "$(fed two | sort)" "[ann@firm.test
[bob@firm.test
ann@firm.test] true 1
bob@firm.test] true 1
crm 101 [1,3] import Loaded
crm 102 [2] Other"
  [ "$(jq -c 'select(.crm_id == "101").data | [.crm_id, .owner, .start, .all_day, .attendees]' two)" = '["101","1","2026-12-01T09:00:00Z",false,[]]' ]
}

@test "fetch: a mailbox that is not due keeps its changes; what has no mailbox is the last section" {
  first_read ann@firm.test
  known one
  crm
  row 101 1
  row 102 2
  row 103 3 Cy
  sql "update crm.events set deleted = true where event_id = 102"
  sql "insert into calsync.change (crm_id, op, part) values ('999', 'delete', 'event')"
  fetch 0 again two
  is "$(fed two)" "[ann@firm.test
crm 101 [1] 
ann@firm.test] true 1
[null
crm 103 [3] Cy
crm 999 [5] null
null] true 2"
  tail -n 4 two | head -n 1 | jq -e '.data.subject == "Cy"'
  [ "$(jq -c 'select(.type == "mailbox" and .mailbox == null) | [.account, .policy, .calendar, .cursor, (.policy_digest | length)]' two)" = '[null,{},"",null,32]' ]
  [ "$(jq -c 'select(.type == "mailbox.end" and .mailbox == null) | keys' two)" = '["complete","mailbox","records","type"]' ]
  # When no mailbox is due at all, it waits, too.
  roster >in
  fetch 0 in three
  is "$(fed three)" ''
}

@test "fetch: a section that is not complete says so of the changes that it brings" {
  first_read ann@firm.test
  known one
  crm
  row 101 1
  tie 101 Review
  row 102 1
  # Of an event that cannot be read, the CRM's record is there, the event is not.
  fault '{"kind":"status","status":500,"path":"/events/","count":-1}'
  fetch 1 again two --patience 1
  is "$(fed two)" "[ann@firm.test
crm 101 linked [1]
crm 102 [2] 
problem
ann@firm.test] false 3"
  fault '{"kind":"status","status":500,"path":"delta","count":-1}'
  fetch 1 again three --patience 1
  is "$(fed three)" "[ann@firm.test
problem
ann@firm.test] false 1"
}

@test "fetch: without a database nothing of the CRM is known" {
  roster ann@firm.test >in
  pg_fresh
  crm
  row 103 3
  fetch 0 in one
  is "$(fed one | grep -c 'crm\|null')" 0
}

@test "fetch: what sleeps comes when the policy of its account is another" {
  first_read ann@firm.test
  known one
  crm
  row 101 1
  row 103 3
  sql "update calsync.change set reason = 'private', account = nullif(3 - seq, 1), policy_digest = '0123456789abcdef0123456789abcdef'"
  sql "update calsync.change set account = 1 where seq = 1; update calsync.change set account = null where seq = 2"
  fetch 0 again two
  # The org's policy is not the one under which 103 was put to sleep.
  is "$(fed two)" "[ann@firm.test
ann@firm.test] true 0
[null
crm 103 [2] 
null] true 1"
  digest=$(jq -r 'select(.type == "mailbox" and .mailbox == null).policy_digest' two)
  sql "update calsync.change set policy_digest = '$digest'"
  fetch 0 again three
  is "$(fed three)" "[ann@firm.test
crm 101 [1] 
ann@firm.test] true 1"
}

@test "fetch: a first section lists all that may go out, however much (O-060)" {
  MERGE='{"outward":true,"crm_from":"2026-11-21T09:00:00Z"}' roster ann@firm.test >in
  pg_fresh
  DB=1
  crm
  sql "set calsync.origin = 'sync';
       insert into crm.events (event_id, assigned_to, subject, starts_at, ends_at) overriding system value
       select g, 1, 'S' || g, '2026-12-01T09:00Z', '2026-12-01T10:00Z' from generate_series(1, 1203) g"
  row 2000 1 New
  sql "update crm.events set deleted = true where event_id = 7; delete from calsync.change where crm_id = '7'"
  fetch 0 in one
  [ "$(fed one | grep -c '^crm [0-9]* \[\] S')" -eq 1202 ]
  is "$(fed one | sed -n 2p)" "crm 2000 [1] New"
  [ "$(jq -r 'select(.type == "crm.event").crm_id' one | sort | uniq -d | wc -l)" -eq 0 ]
}

# Mailboxes that cannot be read --------------------------------------------------------

@test "fetch: F056 P-009 C5 a user without a mailbox in the cloud is told, the others go on" {
  local code
  for code in ResourceNotFound Request_ResourceNotFound ErrorInvalidUser; do
    mode "{\"user.unknown\":\"$code\"}"
    roster cy@firm.test bob@firm.test nobody@firm.test >in
    fetch 1 in one
    is "$(brief one | grep -E 'cy|nobody|problem|bob' | sort)" "[bob@firm.test
[cy@firm.test
[nobody@firm.test
bob@firm.test] true
cy@firm.test] false no_mailbox 404
nobody@firm.test] false no_mailbox 404
problem no_mailbox 404
problem no_mailbox 404"
  done
  # Graph's code and the id that Microsoft's support asks for were read.
  jq -es 'map(select(.type == "problem"))[0].detail | test("code MailboxNotEnabledForRESTAPI, request-id [0-9a-f-]{36}$")' one
}

@test "fetch: a mailbox that the app may not read is told, the others go on" {
  roster dee@firm.test bob@firm.test >in
  fetch 1 in one
  is "$(brief one | grep -E '\]|problem' | sort)" "bob@firm.test] true
dee@firm.test] false auth 403
problem auth 403"
}

@test "fetch: F179 only the mailboxes of the roster are asked for" {
  roster bob@firm.test >in
  fetch 0 in one
  [ "$(sim requests | jq '[.value[].target | select(startswith("/v1.0/") and (contains("/users/bob%40firm.test/") | not))] | length')" -eq 0 ]
}

@test "fetch: a user with a gate gets an empty incomplete section and no request" {
  MERGE='{"gate":"no_mailbox","window":null}' roster ann@firm.test >in
  fetch 0 in one
  is "$(brief one)" "[ann@firm.test
ann@firm.test] false"
  [ "$(sim requests | jq .count)" -eq 0 ]
}

@test "fetch: P-106 an error of Graph before any event is one problem, and the next run tries again" {
  first_read ann@firm.test
  fault '{"kind":"status","status":500,"path":"delta","count":-1}'
  fetch 1 again two
  is "$(brief two)" "[ann@firm.test
problem graph_error 500
ann@firm.test] false graph_error 500"
  sim_call DELETE fault >/dev/null
  next_roster two >third
  fetch 0 third three
  is "$(brief three)" "[ann@firm.test
ann@firm.test] true"
}

@test "fetch: F164 C4 a mailbox that hangs is given up, the others go on" {
  fault '{"kind":"stall","path":"ann","at":"start","amount":0,"count":-1}'
  roster ann@firm.test bob@firm.test >in
  fetch 1 in one --timeout 1 --patience 2
  is "$(brief one | grep -E 'ann|problem|bob@firm.test\]')" "bob@firm.test] true
[ann@firm.test
problem graph_error -
ann@firm.test] false graph_error -"
}

@test "fetch: L5 F164 one that hangs first does not make the others unreachable" {
  fault '{"kind":"stall","path":"ann","at":"start","amount":0,"count":-1}'
  roster ann@firm.test bob@firm.test >in
  fetch 1 in one --timeout 1 --patience 0 --concurrency 1
  is "$(brief one | grep '\]')" "ann@firm.test] false graph_error -
bob@firm.test] true"
}

@test "fetch: C4 waiting for a turn does not count as time of a request" {
  mode '{"latency_ms":400}'
  roster ann@firm.test bob@firm.test ann@firm.test bob@firm.test ann@firm.test bob@firm.test >in
  fetch 0 in one --concurrency 1 --timeout 1
  [ "$(brief one | grep -c '\] true')" -eq 6 ]
  grep -q ' repeated=0 ' err
}

# Throttling -----------------------------------------------------------------------------

@test "fetch: F158 C6 Retry-After in every form is waited for, and other mailboxes go on" {
  local after
  mode '{"delta.page":2}'
  for after in 0.3 '"date:1"' '"1.0001"' null 0 '"soon"'; do
    forget_requests
    fault "{\"kind\":\"status\",\"status\":429,\"code\":\"TooManyRequests\",\"retryAfter\":$after,\"path\":\"ann.*skiptoken\"}"
    roster ann@firm.test bob@firm.test >in
    fetch 0 in one --page-size 6
    is "$(brief one | grep '\]' | sort)" "ann@firm.test] true
bob@firm.test] true"
    nobody_hurried
    grep -q ' repeated=1 throttled=1 ' err
    sim_call DELETE fault >/dev/null
  done
}

@test "fetch: C6 C16 a Retry-After beyond all patience gives the mailbox up at once" {
  fault '{"kind":"status","status":429,"retryAfter":86400,"path":"ann","count":-1}'
  roster ann@firm.test bob@firm.test >in
  fetch 1 in one
  is "$(brief one | grep -E 'ann|problem')" "[ann@firm.test
problem graph_error 429
ann@firm.test] false graph_error 429"
  # Whichever was done first.
  brief one | grep -q 'bob@firm.test\] true'
  [ "$(asked '^/v1.0/users/ann')" -eq 1 ]
}

@test "fetch: 5xx, spurious 412 and gateway pages are asked again" {
  local status
  for status in 500 502 503 504 509 412 408; do
    fault "{\"kind\":\"status\",\"status\":$status,\"body\":\"html\",\"path\":\"delta\",\"count\":2}"
    roster ann@firm.test >in
    fetch 0 in one
    [ "$(brief one | grep -c 'ann@firm.test\] true')" -eq 1 ]
    grep -q ' repeated=2 ' err
    sim_call DELETE fault >/dev/null
  done
}

@test "fetch: MailboxConcurrency is never reached, two calendars of a mailbox included" {
  add "$(jq -cn '{events: [range(12) | {key: "s\(.)", organizer: "ann@firm.test", subject: "S\(.)", start: "2026-11-2\(3 + . % 5)T10:00",
    recurrence: {pattern: {type: "daily"}, range: {type: "numbered", numberOfOccurrences: 3}}}]}')"
  mode '{"delta.master":"never"}'
  roster ann@firm.test ann@firm.test >in
  fetch 0 in one
  next_roster one >again
  mapfile -t all < <(printf '{"as":"ann@firm.test","do":"touch","event":"s%d"}\n' $(seq 0 11))
  acts "${all[@]}"
  mode '{"latency_ms":10}'
  fetch 0 again two
  [ "$(brief two | grep -c 'series.end 4 true')" -eq 24 ]
  [ "$(sim violations | jq .count)" -eq 0 ]
  grep -q ' throttled=0 ' err
}

# Tokens -----------------------------------------------------------------------------------

@test "fetch: F157 a refused secret ends its mailboxes with auth and the program with 77" {
  (umask 077 && echo wrong >bad)
  SECRET=$PWD/bad
  roster ann@firm.test bob@firm.test >in
  fetch 77 in one
  is "$(brief one)" "[ann@firm.test
problem auth -
ann@firm.test] false auth -
[bob@firm.test
problem auth -
bob@firm.test] false auth -"
  [ "$(asked token)" -eq 1 ]
  grep -q 'msg="no token: the login refuses this connection" connection=1 error=invalid_client code=7000215' err
}

@test "fetch: of two connections the refused one does not stop the other" {
  roster ann@firm.test bob@firm.test | jq -c 'if .type == "run" then .connections += [.connections[0] + {id: 2, client_id: "nobody"}]
    elif .account == 2 then .connection = 2 else . end' >in
  fetch 77 in one
  is "$(brief one | grep '\]' | sort)" "ann@firm.test] true
bob@firm.test] false auth -"
}

@test "fetch: a login that fails for the moment is asked again" {
  fault '{"kind":"status","status":503,"path":"token","count":2}'
  roster ann@firm.test >in
  fetch 0 in one
  [ "$(asked token)" -eq 3 ]
}

@test "fetch: a token that ends in the middle of a round is renewed once" {
  fault '{"kind":"status","status":401,"code":"InvalidAuthenticationToken","path":"skiptoken"}'
  roster ann@firm.test >in
  fetch 0 in one --page-size 5
  [ "$(brief one | grep -c '^singleInstance')" -eq 4 ]
  [ "$(asked token)" -ge 2 ]
}

@test "fetch: tokens are renewed before they end" {
  mode '{"token.lifetime":1,"latency_ms":300}'
  roster ann@firm.test >in
  fetch 0 in one --page-size 2
  [ "$(asked 'oauth2')" -gt 1 ]
  [ "$(sim requests | jq '[.value[] | select(.status == 401)] | length')" -eq 0 ]
}

@test "fetch: a token that is refused again and again is an error of the connection" {
  fault '{"kind":"status","status":401,"code":"InvalidAuthenticationToken","path":"^/v1.0","count":-1}'
  roster ann@firm.test bob@firm.test >in
  fetch 77 in one
  is "$(brief one | grep '\]' | sed 's/auth .*/auth/' | sort)" "ann@firm.test] false auth
bob@firm.test] false auth"
  [ "$(asked oauth2)" -le 2 ]
}

# graphsim's clock is not ours: the assertion is made again by the login's.
@test "fetch: a certificate instead of a secret, and a wrong clock" {
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=app -keyout app.key -out app.pem 2>/dev/null
  add "$(jq -cn --rawfile pem app.pem '{tenants: [{id: "vendor", domains: ["vendor.test"], apps: [{client_id: "certified", certificate: $pem}]}],
    users: [{upn: "val@vendor.test"}]}')"
  CONNECTION="{\"tenant\":\"vendor\",\"client_id\":\"certified\",\"secret_file\":null,\"certificate_file\":\"$PWD/app.pem\",\"key_file\":\"$PWD/app.key\"}"
  roster val@vendor.test >in
  chmod 640 app.key
  fetch_fails 78 in
  grep -q 'app.key can be read by others' err
  chmod 600 app.key
  fetch 0 in one
  [ "$(brief one | grep -c 'val@vendor.test\] true')" -eq 1 ]
  grep -q 'msg="the clock of this machine is wrong" seconds=' err
}

@test "fetch: a secret that others can read is refused before anything is sent" {
  echo s3cret >open
  chmod 604 open
  SECRET=$PWD/open
  roster ann@firm.test >in
  fetch_fails 78 in
  grep -q 'the secret in .*/open can be read by others' err
  SECRET=$PWD/missing
  roster ann@firm.test >in
  fetch_fails 78 in
  [ "$(sim requests | jq .count)" -eq 0 ]
}

@test "fetch: L8 C14 no token, secret, subject or delta link in any message" {
  fault '{"kind":"status","status":500,"path":"skiptoken","count":3}'
  fault '{"kind":"status","status":401,"path":"skiptoken","count":1}'
  roster ann@firm.test cy@firm.test >in
  fetch 1 in one --page-size 5 -v -v
  [ "$(wc -l <err)" -gt 1 ]
  run ! grep -iE 's3cret|bearer|skiptoken|deltatoken|Review|Standup|https://[^ ]*[?]' err
  token=$(curl -sS --cacert "$SIM/ca.pem" -d grant_type=client_credentials -d client_id=calsync -d client_secret=s3cret \
    --data-urlencode "scope=$URL/.default" "$URL/firm/oauth2/v2.0/token" | jq -r .access_token)
  run ! grep -F "${token:0:16}" err
}

# The wire ---------------------------------------------------------------------------------

@test "fetch: C7 a body that is cut anywhere is asked for again, never taken" {
  local at
  for at in '' chunk json gzip; do
    fault "{\"kind\":\"cut\",\"path\":\"delta\",\"amount\":900,\"count\":2$([ -z "$at" ] || echo ",\"at\":\"$at\"")}"
    roster ann@firm.test >in
    fetch 0 in one
    [ "$(brief one | grep -c '^singleInstance')" -eq 4 ]
    [ "$(brief one | grep -c 'series.end 17 true')" -eq 1 ]
    [ "$(sed -n 's/.* repeated=\([0-9]*\) .*/\1/p' err)" -eq 2 ]
    sim_call DELETE fault >/dev/null
  done
}

@test "fetch: C7 a body of the right length that is no whole JSON is not taken" {
  serve '
asked = 0
def do(s):
    global asked
    asked += 1
    body = json.dumps({"value": [{"id": "a", "type": "singleInstance"}, {"id": "b", "type": "singleInstance"}], "@odata.deltaLink": root + "/v1.0/d"})
    cuts = [body[:-1], body[:body.index("]") + 1], body[:body.index("}") + 1], ""]
    s.send(cuts[asked - 1] if asked <= len(cuts) else body)'
  roster ann@firm.test >in
  fetch 0 in one
  [ "$(grep -c GET "$SERVED")" -eq 5 ]
  is "$(jq -r 'select(.type == "graph.event").data.id' one)" "a
b"
}

@test "fetch: C7 a page that is never whole makes the section incomplete" {
  # Asking again and again does not cost the token its life here.
  mode '{"delta.generations":100}'
  fault '{"kind":"cut","at":"json","path":"skiptoken","amount":900,"count":-1}'
  roster ann@firm.test >in
  fetch 1 in one --page-size 4
  is "$(brief one | grep -E 'problem|\]')" "problem graph_error -
ann@firm.test] false graph_error -"
}

@test "fetch: a page with both links, or none, is no page" {
  serve '
def do(s):
    if "both" in s.path: s.page(**{"@odata.deltaLink": root + "/v1.0/d", "@odata.nextLink": root + "/v1.0/n"})
    else: s.page()'
  MERGE='{"graph_user":"both"}' roster ann@firm.test >in
  fetch 1 in one
  MERGE='{"graph_user":"none"}' roster ann@firm.test >in
  fetch 1 in two
  is "$(brief one; brief two)" "[ann@firm.test
problem graph_error 200
ann@firm.test] false graph_error 200
[ann@firm.test
problem graph_error 200
ann@firm.test] false graph_error 200"
}

@test "fetch: C13 connections that are reset anywhere are opened again" {
  local at
  for at in absent headers body; do
    fault "{\"kind\":\"reset\",\"at\":\"$at\",\"path\":\"delta\",\"amount\":700,\"count\":2}"
    roster ann@firm.test >in
    fetch 0 in one
    [ "$(brief one | grep -c '^singleInstance')" -eq 4 ]
    sim_call DELETE fault >/dev/null
  done
}

@test "fetch: C1 a kept connection that the server has closed is no failure" {
  fault '{"kind":"close","path":"delta","count":-1}'
  roster ann@firm.test >in
  fetch 0 in one --page-size 4
  [ "$(brief one | grep -c '^singleInstance')" -eq 4 ]
}

@test "fetch: C3 connections are kept, and as many as asked for at most" {
  serve '
import threading, time
lock = threading.Lock()
opened = now = most = 0
class Counting(Handler):
    def setup(self):
        global opened, now, most
        with lock: opened += 1; now += 1; most = max(most, now)
        super().setup()
    def finish(self):
        global now
        with lock: now -= 1
        super().finish()
def do(s):
    time.sleep(0.02)
    print("OPENED", opened, "MOST", most, flush=True)
    s.page(**{"@odata.deltaLink": root + "/v1.0/d"})
Handler = Counting'
  roster $(printf 'u%d@firm.test ' $(seq 12)) >in
  fetch 0 in one --concurrency 3
  [ "$(brief one | grep -c '\] true')" -eq 12 ]
  is "$(grep OPENED "$SERVED" | tail -1)" "OPENED 3 MOST 3"
}

@test "fetch: C8 a compressed body is unpacked up to the limit and no further" {
  serve '
bomb = gzip.compress(b"{\"value\":[" + b" " * (70 * 1024 * 1024) + b"]}", 1)
def do(s): s.send(bomb, Content_Encoding="gzip")'
  roster ann@firm.test >in
  fetch 1 in one
  is "$(brief one | tail -2)" "problem graph_error 200
ann@firm.test] false graph_error 200"
  # Its size is final: once is enough.
  [ "$(grep -c GET "$SERVED")" -eq 1 ]
}

@test "fetch: C11 redirects are not followed" {
  local port
  serve 'def do(s): s.page(**{"@odata.deltaLink": root + "/v1.0/d"})'
  fault "{\"kind\":\"redirect\",\"host\":\"${GRAPH_URL#https://}\",\"path\":\"delta\"}"
  GRAPH_URL='' roster ann@firm.test >in
  fetch 1 in one
  is "$(brief one | tail -1)" "ann@firm.test] false graph_error 307"
  [ ! -s "$SERVED" ]
}

@test "fetch: C11 links to another host end the round, and the token stays here" {
  serve 'def do(s): s.page(**{"@odata.deltaLink": root + "/v1.0/d"})'
  local other=${GRAPH_URL#https://}
  GRAPH_URL=
  fault "{\"kind\":\"foreign\",\"host\":\"$other\",\"path\":\"delta.startDate\",\"count\":-1}"
  roster ann@firm.test >in
  fetch 1 in one --page-size 4
  is "$(brief one | grep -E 'problem|\]')" "problem graph_error -
ann@firm.test] false graph_error -"
  # Stored links as well: none of them is asked for.
  roster $(printf 'ann@firm.test %.0s' 1 2 3 4 5 6 7 8 9) | jq -c --arg url "$URL" --arg other "$other" '
    ($url | ltrimstr("https://")) as $host | if .type == "mailbox" then .cursor = {issued: "2026-11-20T09:00:00Z", resume: null,
      round: "2026-11-20T09:00:00Z", window: {start: "2026-10-22T00:00:00Z", end: "2027-02-22T00:00:00Z"}, link: [
        "https://\($other)/v1.0/x", "https://0x7f.0.0.1:\($host | split(":")[1])/x", "https://127.0.0.1/v1.0/x",
        "http://\($host)/v1.0/x", "\($url)@\($other)/x", "https://user@\($host)/x", "\($url)\\@\($other)/x",
        "//\($host)/x", "file:///etc/passwd"][.account - 1]} else . end' >in
  forget_requests
  fetch 1 in two
  is "$(brief two | grep -c '\] false graph_error -')" 9
  [ "$(asked '^/v1.0')" -eq 0 ]
  [ ! -s "$SERVED" ]
}

@test "fetch: C12 certificates that are not trusted are refused, and told apart" {
  roster ann@firm.test >in
  run -69 --separate-stderr env -u CALSYNC_CA_FILE "$BIN/fetch" --no-db --backoff 10 in
  [[ $stderr == *'msg="the server'\''s certificate is not trusted" connection=1 hint="see --ca-file"'* ]]
  run -0 --separate-stderr env CALSYNC_CA_FILE="$SIM/ca.pem" "$BIN/fetch" --no-db in
}

@test "fetch: C12 the proxy that is named is used" {
  roster ann@firm.test >in
  fetch 69 in one --proxy http://127.0.0.1:1
  is "$(brief one | tail -2)" "problem graph_error -
ann@firm.test] false graph_error -"
}

@test "fetch: nothing reachable is told fast, for any number of mailboxes" {
  GRAPH_URL=https://127.0.0.1:1 roster $(printf 'u%d@firm.test ' $(seq 50)) >in
  fetch 69 in one
  [ "$(brief one | grep -c '\] false graph_error -')" -eq 50 ]
  [ "$(sed -n 's/.* requests=\([0-9]*\) .*/\1/p' err)" -le 5 ]
}

@test "fetch: http is spoken with nobody, and in tests with this machine only" {
  GRAPH_URL=http://graph.example roster ann@firm.test >in
  fetch_fails 78 in
  fetch_fails 78 in --insecure-http
  GRAPH_URL=http://127.0.0.1:1 roster ann@firm.test >in
  fetch_fails 78 in
  fetch 69 in one --insecure-http
}

@test "fetch: F167 text that no database can hold is replaced, and the event lives" {
  fault '{"kind":"edit","from":"\"Review\"","to":"\"A\\u0000B\\ud800C\\udc00D\"","path":"delta","count":-1}'
  roster ann@firm.test >in
  fetch 0 in one
  is "$(jq -r 'select(.data.type == "singleInstance").data.subject' one | head -1)" $'A\uFFFDB\uFFFDC\uFFFDD'
  grep -q ' repaired=1 ' err
}

@test "fetch: L5 an item that is no JSON costs itself alone" {
  serve '
def do(s): s.send("""{"value":[{"id":"a","type":"singleInstance"},{"id":"b",,"type":1},{"type":"singleInstance"},
  {"id":"c","id":"d","type":"singleInstance"}, 7 ], "@odata.deltaLink":"%s/v1.0/d"}""" % root)'
  roster ann@firm.test >in
  fetch 1 in one
  is "$(jq -r 'if .type == "graph.event" then .data.id elif .type == "problem" then .code elif .type == "mailbox.end" then .complete else empty end' one)" "a
bad_record
bad_record
d
bad_record
true"
}

# Long sections ------------------------------------------------------------------------------

@test "fetch: a long section has marks, and a broken one goes on from the last" {
  add_events ann@firm.test 1300
  add "$(jq -cn '{events: [{key: "s", organizer: "ann@firm.test", subject: "S", start: "2026-11-23T10:00",
    recurrence: {pattern: {type: "daily"}, range: {type: "numbered", numberOfOccurrences: 40}}}]}')"
  roster ann@firm.test >in
  fault '{"kind":"status","status":500,"path":"skiptoken","nth":6,"count":99}'
  fetch 1 in one --page-size 200
  [ "$(brief one | grep -c '^page')" -eq 2 ]
  is "$(brief one | tail -1)" "ann@firm.test] false graph_error 500"
  sim_call DELETE fault >/dev/null
  # What stands before a mark may be committed, so it is not asked for again.
  next_roster one >again
  jq -es 'map(select(.type == "mailbox"))[0].cursor | .link == null and .round == "2026-11-21T09:00:00Z" and (.resume | test("skiptoken"))' again
  forget_requests
  fetch 0 again two
  is "$(brief two | tail -1)" "ann@firm.test] true"
  [ "$(asked 'delta.startDate')" -eq 0 ]
  jq -es 'map(select(.type == "mailbox.end"))[0].coverage.baseline' two
  # Together they hold every event once at least.
  roster ann@firm.test >in
  fetch 0 in whole
  diff <(sed '/"type":"page"/q' one | sed -n '1,/"type":"page"/p' >head1; awk '/"type":"page"/{last=NR} {l[NR]=$0} END {for (i=1;i<=last;i++) print l[i]}' one >head1
    jq -r 'select(.type == "graph.event").data.id' head1 two | sort -u) <(jq -r 'select(.type == "graph.event").data.id' whole | sort -u)
}

@test "fetch: a place to resume from that is dead leads back to the link, then to a baseline" {
  first_read ann@firm.test
  act '{"as":"ann@firm.test","do":"update","event":"review","set":{"subject":"New"}}'
  jq -c --arg r "$URL/v1.0/users/ann@firm.test/calendarView/delta?\$skiptoken=nonsense" \
    'if .type == "mailbox" then .cursor.resume = $r else . end' again >dead
  fetch 0 dead two
  is "$(brief two)" "[ann@firm.test
singleInstance New 2026-11-24T09:00
ann@firm.test] true"
  jq -es 'map(select(.type == "mailbox.end"))[0].coverage.baseline | not' two
  jq -c 'if .type == "mailbox" then .cursor.link = null else . end' dead >deader
  fetch 0 deader three
  [ "$(brief three | grep -c '^singleInstance')" -eq 4 ]
  jq -es 'map(select(.type == "mailbox.end"))[0].coverage.baseline' three
}

@test "fetch: no mark stands behind a series that could not be written yet" {
  add_events ann@firm.test 1300
  mode '{"delta.master":"never"}'
  roster ann@firm.test >in
  fault '{"kind":"status","status":500,"path":"skiptoken","nth":6,"count":99}'
  fetch 1 in one --page-size 200
  # The series of the usual world comes on the first page, without its master.
  [ "$(brief one | grep -c '^page')" -eq 0 ]
}

@test "fetch: a mailbox larger than memory is spooled, and nothing is left behind" {
  add "$(jq -cn '{events: [range(900) | {key: "e\(.)", organizer: "ann@firm.test", subject: "E\(.)",
    start: "2026-12-\(10 + . % 20)T10:00", body: ("x" * 9000)}]}')"
  mkdir tmp
  roster ann@firm.test >in
  TMPDIR=$PWD/tmp fetch 0 in one
  [ "$(brief one | grep -c '^singleInstance E')" -eq 900 ]
  [ -z "$(ls -A tmp)" ]
  TMPDIR=$PWD/missing fetch_fails 74 in
}

# The program ----------------------------------------------------------------------------------

@test "fetch: past the deadline it ends with what is there, and 75" {
  mode '{"latency_ms":300}'
  roster $(printf 'ann@firm.test bob@firm.test %.0s' 1 2 3 4) >in
  fetch 75 in one --deadline 1 --concurrency 2
  [ "$(brief one | grep -c '\] true')" -ge 2 ]
  [ "$(brief one | grep -c '\] false limit -')" -ge 2 ]
  [ "$(brief one | grep -c problem)" -eq 0 ]
  [ "$(jq -s 'map(select(.type == "end"))[0].sections' one)" -eq 8 ]
}

@test "fetch: F148 a roster that is cut ends in 65 after its whole mailboxes" {
  roster ann@firm.test bob@firm.test | sed '$d' >in
  fetch 65 in one
  is "$(brief one | grep '\]' | sort)" "ann@firm.test] true
bob@firm.test] true"
  run ! grep '"type":"end"' one
}

@test "fetch: a roster that names an unknown connection is bad data" {
  MERGE='{"connection":7}' roster ann@firm.test >in
  fetch_fails 65 in
}

# Keep this one last.
@test "fetch: every line that these tests have seen meets its schema" {
  /usr/bin/python3 "$TOP/tests/validate" --strict "$BATS_FILE_TMPDIR"/kept.*.ndjson
}
