# normalize: what is not about a single record (that is in tests/data).
load helper

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  python3 - <<'PY'
import json

RUN = {"type": "run", "id": "r", "now": "2026-03-02T09:00:00Z", "schema": 1, "policy": {}, "connections": []}
BOX = {"type": "mailbox", "mailbox": "ann@firm.test", "account": 1, "zone": "Europe/Berlin"}

def event(n, **more):
    return {"id": f"AAMk{n}", "iCalUId": f"0400{n}", "subject": "Secret merger",
            "originalStartTimeZone": "W. Europe Standard Time",
            "start": {"dateTime": "2026-03-10T09:00:00.0000000", "timeZone": "UTC"},
            "end": {"dateTime": "2026-03-10T10:00:00.0000000", "timeZone": "UTC"}, **more}

def html(text):
    return {"contentType": "html", "content": text}

def write(name, events):
    lines = [{"type": "graph.event", "data": e} for e in events]
    end = [{"type": "mailbox.end", "mailbox": "ann@firm.test", "records": len(lines), "complete": True},
           {"type": "end", "from": "fetch", "sections": 1, "records": len(lines)}]
    with open(name, "w", encoding="utf-8") as f:
        for r in [RUN, BOX] + lines + end:
            f.write(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n")

def person(n):
    return {"type": "required", "emailAddress": {"name": f"P {n}", "address": f"p{n}@client.test"}}

people = [person(n) for n in range(5)]
body = html("<html><body>" + "<p>Agenda &amp; notes, <b>all</b> of them</p>" * 40 + "</body></html>")
for name, n in ("few", 200), ("many", 6000):
    write(name, (event(i, body=body, attendees=people) for i in list(range(n))))

MB = 1 << 20
hostile = ["<div>" * (MB // 5), "<p " + " ".join(f"a{i}" for i in range(MB // 8)) + ">",
           "<p " + "a" * MB + ">", "<a b=\"" * (MB // 6), "<a b='<a c=\"" * (MB // 12), "<a" * (MB // 2),
           "<b>" * 200 + "</x>" * (MB // 4), "<!--" * (MB // 4), "<![if x]>" * (MB // 9), "&" * MB,
           "&foo;" * (MB // 5), "<td>x" * (MB // 5), "<br>" * (MB // 4), "<" * MB, "&nbsp;" * (MB // 6),
           ("<p>" + "_" * 20 + "</p>") * (MB // 27), "<script>" + "</" * (MB // 2)]
write("hostile", [event(i, body=html(h)) for i, h in enumerate(hostile)])
write("lines", [event(0, body={"contentType": "text", "content": ("_" * 20 + "\n") * (MB // 22)}),
                event(1, body={"contentType": "text", "content": "\n " * (MB // 3)}),
                event(2, body={"contentType": "text", "content": "https://teams\n" * (MB // 16)})])
write("people", [event(0, attendees=[person(n) for n in range(2000)]),
                 event(1, attendees=[person(n) for n in range(2001)])])
room = 4 * 1024 * 1024 - 700
write("full", [event(0, body={"contentType": "text", "content": "x" * room}),
               event(1, subject=5, body={"contentType": "text", "content": "x" * room})])
PY
}

setup() {
  IN=$BATS_FILE_TMPDIR
}

# The streams of the golden cases that are whole.
whole_streams() {
  local dir
  for dir in "$DATA"/normalize/*/; do
    [ "$(cat "$dir/rc" 2>/dev/null)" = 65 ] || echo "$dir/in.ndjson"
  done
}

@test "normalize: is linked with neither libcurl nor libpq" {
  run -0 ldd "$BIN/normalize"
  [[ $output == *libxml2* ]]
  [[ $output != *curl* && $output != *libpq* ]]
}

@test "normalize: can open nothing once it reads" {
  case $B in *asan*) return 0 ;; esac # sanitizers need files
  mkfifo "$BATS_TEST_TMPDIR/in"
  "$BIN/normalize" <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 3>&- &
  local pid=$!
  exec 5>"$BATS_TEST_TMPDIR/in"
  head -3 "$IN/few" >&5
  until [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -ge 3 ]; do
    kill -0 "$pid"
  done
  local limits
  limits=$(<"/proc/$pid/limits")
  exec 5>&-
  wait "$pid" || true
  grep -qE '^Max open files +0 +0 ' <<<"$limits"
  grep -qE '^Max processes +0 +0 ' <<<"$limits"
}

@test "normalize: the environment has no part in the output" {
  local f want got
  for f in $(whole_streams); do
    want=$(tool normalize -q <"$f" 2>/dev/null | sha256sum)
    got=$(env -i TZ=Pacific/Chatham LC_ALL=de_DE.UTF-8 LANG=tr_TR TZDIR=/nonexistent \
      OPENSSL_CONF=/nonexistent XML_CATALOG_FILES=/nonexistent HOME=/nonexistent \
      "$BIN/normalize" -q "$f" 2>/dev/null | sha256sum)
    [ "$want" = "$got" ]
  done
}

@test "normalize: one record out for each in, in the same order" {
  local streams
  mapfile -t streams < <(whole_streams)
  run -0 python3 - "$BIN/normalize" "${streams[@]}" <<'PY'
import json, subprocess, sys
for path in sys.argv[2:]:
    done = subprocess.run([sys.argv[1], "-q", path], stdout=subprocess.PIPE)
    assert done.returncode in (0, 1), path
    into, out = open(path, "rb").read().splitlines(), done.stdout.splitlines()
    assert len(into) == len(out), path
    for a, b in zip(into, out):
        if not a.startswith(b'{"type":"graph.event"'):
            continue
        record = json.loads(b)
        assert record["type"] in ("event", "problem"), path
        data = json.loads(a).get("data")
        want = data.get("id") if isinstance(data, dict) else None
        got = record["event"]["id"] if record["type"] == "event" else record["id"]
        # Problems of unreadable records may lack the id, nothing else may.
        lost = record.get("code") in ("bad_text", "too_big") or not isinstance(want, str)
        assert got == want or lost, (path, got, want)
PY
}

@test "normalize: what comes out fits the schemas" {
  run -0 python3 -W ignore "$TOP/tests/validate" "$DATA"/normalize/*/out.ndjson
}

@test "normalize: no content in messages, at any level (L8 F178)" {
  local f
  tool normalize -v <"$IN/few" >/dev/null 2>"$BATS_TEST_TMPDIR/err"
  for f in $(whole_streams); do
    tool normalize -v <"$f" 2>>"$BATS_TEST_TMPDIR/err" >/dev/null || [ $? -eq 1 ]
  done
  [ -s "$BATS_TEST_TMPDIR/err" ]
  run ! grep -iE 'review|secret|weekly|agenda|xia|client\.test|ann@' "$BATS_TEST_TMPDIR/err"
}

@test "normalize: bodies that are built to be slow are not" {
  run -1 --separate-stderr timeout 30 "$BIN/normalize" "$IN/hostile"
  [ "${#lines[@]}" -eq 21 ]
  [ "$(grep -c '"code":"too_big"' <<<"$output")" -ge 5 ]
  run -0 --separate-stderr timeout 30 "$BIN/normalize" "$IN/lines"
  [ "${#lines[@]}" -eq 7 ]
}

@test "normalize: 2000 attendees are read, more are a problem" {
  run -1 --separate-stderr tool normalize <"$IN/people"
  [ "$(jq '.event.attendees | length' <<<"${lines[2]}")" -eq 2000 ]
  [ "$(jq -r .code <<<"${lines[3]}")" = too_big ]
}

@test "normalize: an item as long as a line can be" {
  tool normalize -q <"$IN/full" >"$BATS_TEST_TMPDIR/out" || [ $? -eq 1 ]
  [ "$(sed -n 3p "$BATS_TEST_TMPDIR/out" | jq -r '.event.body // .code' | wc -c)" -gt 4000000 ] ||
    [ "$(sed -n 3p "$BATS_TEST_TMPDIR/out" | jq -r .code)" = too_big ]
  # A problem that would be too long for a line comes without the item.
  run -0 jq -r '.code, .id, has("data")' <(sed -n 4p "$BATS_TEST_TMPDIR/out")
  [ "$output" = $'bad_record\nAAMk1\nfalse' ]
  # And the next stage reads all of it.
  run -0 --separate-stderr tool normalize -q "$BATS_TEST_TMPDIR/out"
}

@test "normalize: memory does not grow with the number of events (L9)" {
  local few many slack=1024
  # Sanitizers keep what was freed for a while.
  case $B in *asan*) slack=400000 ;; esac
  few=$(tool normalize "$IN/few" 2>&1 >/dev/null | sed -n 's/.*rss_kib=\([0-9]*\).*/\1/p')
  many=$(tool normalize "$IN/many" 2>&1 >/dev/null | sed -n 's/.*rss_kib=\([0-9]*\).*/\1/p')
  [ "$few" -gt 0 ]
  [ "$many" -le $((few + slack)) ]
}

# A program in place of normalize, for check-samples.
stand_in() { # COMMANDS
  mkdir -p "$BATS_TEST_TMPDIR/b/bin" "$BATS_TEST_TMPDIR/samples"
  printf '#!/bin/bash\n%s\n' "$1" >"$BATS_TEST_TMPDIR/b/bin/normalize"
  chmod +x "$BATS_TEST_TMPDIR/b/bin/normalize"
  sed -n 3p "$IN/few" | jq '{value: [.data, {"id": "AAMk9", "@removed": {"reason": "deleted"}}]}' \
    >"$BATS_TEST_TMPDIR/samples/page.json"
  sed -n 3p "$IN/few" | jq '.data | del(.id)' >"$BATS_TEST_TMPDIR/samples/req-post.json"
  echo '{"id": 1}' >"$BATS_TEST_TMPDIR/samples/other.json"
}

@test "check-samples: finds events of all shapes and counts them" {
  stand_in "exec '$BIN/normalize' \"\$@\""
  # B is relative to the top directory.
  run -0 env B="$(realpath --relative-to="$TOP" "$BATS_TEST_TMPDIR/b")" \
    python3 "$TOP/tests/check-samples" "$BATS_TEST_TMPDIR/samples"
  [ "${lines[-1]}" = "2 passed, 0 failed" ]
  [[ $output =~ page.json\ +1\ +0\ +1 ]]
  [[ $output =~ req-post.json\ +1\ +0\ +0 ]]
}

@test "check-samples: fails on lost records, wrong times and wrong schemas" {
  local change
  for change in '/Secret/d' 's/T09:00:00Z/T08:00:00Z/' 's/"draft":false,//'; do
    stand_in "'$BIN/normalize' -q | sed '$change'"
    run -1 env B="$(realpath --relative-to="$TOP" "$BATS_TEST_TMPDIR/b")" \
      python3 "$TOP/tests/check-samples" "$BATS_TEST_TMPDIR/samples"
    [[ ${lines[-1]} == *" failed" && ${lines[-1]} != *" 0 failed" ]]
  done
}
