# fetch: what a connection, a proxy or a server can do to an answer.
load fetch

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

# Keep this one last.
@test "fetch: every line that these tests have seen meets its schema" { every_line_is_valid; }
