# fetch: rounds, long sections, and how the program ends.
load fetch

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
@test "fetch: every line that these tests have seen meets its schema" { every_line_is_valid; }
