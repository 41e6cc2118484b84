# reconcile: what holds for all its decisions.  The decisions themselves are the
# golden cases in tests/data/reconcile.

setup_file() {
  load helper
  # Every unlinked and linked candidate of the golden cases, under one policy.
  sed -s '/^{"type":"candidate"/!d; /perhaps/d' "$DATA"/reconcile/*/in.ndjson |
    sort -u >"$BATS_FILE_TMPDIR/candidates"
}

setup() {
  load helper
  POLICY='"delete.to_crm":"delete","delete.max":"unlimited","delete.max_day":"unlimited","category.mark":"CRM","private.mode":"no_attendees","recurring.mode":"series","window.stop":"1y","past.kind":"activity"'
}

# section MAILBOX ACCOUNT [complete]: wraps the records on stdin.
section() {
  local records n
  records=$(cat)
  n=$(grep -c . <<<"$records" || :)
  echo "{\"type\":\"mailbox\",\"mailbox\":\"$1\",\"account\":$2,\"user\":\"$2\",\"zone\":\"Europe/Berlin\",\"since\":\"2026-03-01T00:00:00Z\",\"policy\":{}}"
  [ -z "$records" ] || echo "$records"
  echo "{\"type\":\"mailbox.end\",\"mailbox\":\"$1\",\"records\":$n,\"complete\":${3:-true}}"
}

# stream ["policy members"]: wraps the sections on stdin.
stream() {
  local lines n
  echo "{\"type\":\"run\",\"id\":\"r1\",\"now\":\"2026-11-21T09:00:00Z\",\"schema\":1,\"policy\":{${1:-}},\"domains\":[\"firm.test\"]}"
  lines=$(cat)
  echo "$lines"
  n=$(grep -c '^{"type":"mailbox.end"' <<<"$lines")
  echo "{\"type\":\"end\",\"from\":\"match\",\"sections\":$n,\"records\":$(($(wc -l <<<"$lines") - 2 * n))}"
}

decisions() { grep -E '^\{"type":"(op|skip|problem)"'; }

# gone N: the removal of the N-th linked event.
gone() {
  printf '{"type":"candidate","id":"A%d","removed":{"proof":"404"},"link":{"meeting":%d,"state":"active","version":1,"crm_id":"1","owner":"1","slot":"","deciding":true,"copies":[{"account":1,"id":"A%d","role":"organizer","state":"present"}]},"base":{"graph":{},"crm":{}},"crm":{"subject":"S"},"crm_digest":"d","who":[],"rooms":[],"seen":null}\n' \
    "$1" "$1" "$1"
}

@test "reconcile: the golden cases say what their table says" {
  run -0 "$DATA/reconcile/make" --check
}

@test "reconcile: every reason and every op is reached by a golden case and is in the man page (L10)" {
  local reason op
  for reason in $(sed -n 's/.*\[R_[A-Z_]*\] = { "\([a-z_]*\)".*/\1/p' "$TOP/reconcile/reason.c"); do
    [ "$reason" = limit ] || # needs thousands of records: see below
      grep -qF "\"reason\":\"$reason\"" "$DATA"/reconcile/*/out.ndjson ||
      { echo "no case has $reason"; return 1; }
    grep -qE "^\.(It )?Ic .*\b$reason\b|Ic $reason\b" "$TOP/reconcile/reconcile.1" ||
      { echo "the man page lacks $reason"; return 1; }
  done
  for op in $(sed -n 's/.*\[OP_[A-Z]*\] = "\([a-z]*\.[a-z]*\)".*/\1/p' "$TOP/reconcile/ops.c"); do
    grep -qF "\"op\":\"$op\"" "$DATA"/reconcile/*/out.ndjson || { echo "no case has $op"; return 1; }
  done
}

@test "reconcile: is linked with neither libcurl nor libpq (L6)" {
  run -0 ldd "$BIN/reconcile"
  [[ $output == *libyajl* ]]
  [[ $output != *libcurl* && $output != *libpq* && $output != *libxml* ]]
}

@test "reconcile: once started it can open no file, socket or process (L6)" {
  local in=$BATS_TEST_TMPDIR/in pid limits tries=0
  [[ $BIN != */asan/* ]] || return 0 # sanitizers need files
  mkfifo "$in"
  "$BIN/reconcile" -q "$in" >"$BATS_TEST_TMPDIR/out" 3>&- &
  pid=$!
  exec 5>"$in"
  # Its first line of output says that it has read: it waits for more now.
  stream < <(section ann@firm.test 1 </dev/null) | head -1 >&5
  until grep -q . "$BATS_TEST_TMPDIR/out"; do
    [ $((tries += 1)) -lt 10000 ]
  done
  limits=$(cat "/proc/$pid/limits")
  exec 5>&-
  wait "$pid" || [ $? -eq 65 ]
  grep -qE '^Max open files +0 +0 ' <<<"$limits"
  grep -qE '^Max processes +0 +0 ' <<<"$limits"
}

@test "reconcile: same bytes in, same bytes out, in any place of the world (L6)" {
  local in=$BATS_TEST_TMPDIR/in
  section ann@firm.test 1 <"$BATS_FILE_TMPDIR/candidates" | stream "$POLICY" >"$in"
  tool reconcile -q "$in" >"$BATS_TEST_TMPDIR/a"
  TZ=Pacific/Chatham LC_ALL=C CALSYNC_RUN=other tool reconcile -q <"$in" >"$BATS_TEST_TMPDIR/b"
  [ "$(decisions <"$BATS_TEST_TMPDIR/a" | wc -l)" -gt 150 ]
  cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
}

@test "reconcile: the order of the records of a section does not matter (L6)" {
  section ann@firm.test 1 <"$BATS_FILE_TMPDIR/candidates" | stream "$POLICY" |
    tool reconcile -q | decisions | sort >"$BATS_TEST_TMPDIR/a"
  tac "$BATS_FILE_TMPDIR/candidates" | section ann@firm.test 1 | stream "$POLICY" |
    tool reconcile -q | decisions | sort >"$BATS_TEST_TMPDIR/b"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/a")" -gt 150 ]
  cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
}

@test "reconcile: the order of mailboxes does not matter (L6)" {
  local one two
  one=$(head -80 "$BATS_FILE_TMPDIR/candidates" | section ann@firm.test 1)
  two=$(tail -80 "$BATS_FILE_TMPDIR/candidates" | section bob@firm.test 2)
  printf '%s\n' "$one" "$two" | stream "$POLICY" | tool reconcile -q | decisions | sort >"$BATS_TEST_TMPDIR/a"
  printf '%s\n' "$two" "$one" | stream "$POLICY" | tool reconcile -q | decisions | sort >"$BATS_TEST_TMPDIR/b"
  cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
}

# Every candidate of the way out, under a policy that goes out and mails all.
outward() {
  sed -s '/^{"type":"candidate"/!d; /perhaps/d; /"holds":/d; /"owner_policy":/d' \
    "$DATA"/reconcile/{out,mail}-*/in.ndjson | sort -u
}
OUT='"direction.events":"both","mail.allow":"all","attendees.to_graph":"all","private.mode":"full","delete.to_graph":"delete","delete.max":"unlimited","delete.max_day":"unlimited","mail.past":"yes"'

@test "reconcile: the order of the records does not matter to what goes out (L6)" {
  local policy="$OUT"',"mail.per_run":"unlimited","mail.per_mailbox":"unlimited","mail.per_person":"unlimited"'
  outward | section ann@firm.test 1 | stream "$policy" | tool reconcile -q |
    decisions | sort >"$BATS_TEST_TMPDIR/a"
  outward | tac | section ann@firm.test 1 | stream "$policy" | tool reconcile -q |
    decisions | sort >"$BATS_TEST_TMPDIR/b"
  [ "$(grep -c '"op":"graph\.' "$BATS_TEST_TMPDIR/a")" -gt 80 ]
  cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
}

@test "reconcile: what it lets mail stays within the budgets, in any order and model (L3)" {
  local model order mailed most
  for model in strict paranoid; do
    for order in cat tac; do
      # Two mailboxes: the run's budget is smaller than theirs together.
      { outward | $order | section ann@firm.test 1
        outward | $order | section bob@firm.test 2; } |
        stream "$OUT"',"mail.per_person":"18","mail.per_run":"40","mail.per_mailbox":"25","mail.model":"'"$model\"" |
        tool reconcile -q >"$BATS_TEST_TMPDIR/out"
      jq -r 'select(.type == "op" and .op != "hold") | .mail[]' "$BATS_TEST_TMPDIR/out" >"$BATS_TEST_TMPDIR/mails"
      mailed=$(wc -l <"$BATS_TEST_TMPDIR/mails")
      most=$(sort "$BATS_TEST_TMPDIR/mails" | uniq -c | sort -rn | awk '{ print $1; exit }')
      [ "$mailed" -le 40 ]
      [ "$mailed" -gt 20 ]
      [ "$most" -le 18 ]
      grep -q '"rule":"mail.per_' "$BATS_TEST_TMPDIR/out"
    done
  done
}

@test "reconcile: no line tells who or what is on a private event that goes out, but the op itself (L8)" {
  outward | jq -c 'select(.crm) | .crm.sensitivity = "private" | .crm.subject = "TOPSECRET"' |
    section ann@firm.test 1 | stream "${OUT/'"mail.allow":"all"'/'"mail.allow":"none"'}" |
    tool reconcile 2>"$BATS_TEST_TMPDIR/err" |
    jq -c 'select(.why) | [.why, .reason]' >"$BATS_TEST_TMPDIR/why"
  grep -q '"mail.allow"' "$BATS_TEST_TMPDIR/why"
  run ! grep -hE 'TOPSECRET|Review|Agenda|Cafe|[a-z]@[a-z]' "$BATS_TEST_TMPDIR/why" "$BATS_TEST_TMPDIR/err"
}

@test "reconcile: writes to Graph are kept within bounds, too; the rest stays pending (L9)" {
  local one done put_off
  one=$(grep '^{"type":"candidate"' "$DATA/reconcile/out-create/in.ndjson")
  for n in $(seq 8000); do echo "${one/'"crm_id":"102"'/'"crm_id":"'"$n"'"'}"; done |
    section ann@firm.test 1 |
    stream "$OUT"',"mail.per_run":"unlimited","mail.per_mailbox":"unlimited","mail.per_person":"unlimited"' |
    tool reconcile >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
  done=$(grep -c '"op":"graph.create"' "$BATS_TEST_TMPDIR/out")
  put_off=$(grep -c '"reason":"limit"' "$BATS_TEST_TMPDIR/out")
  [ "$done" -gt 500 ]
  [ "$put_off" -gt 500 ]
  [ $((done + put_off)) -eq 8000 ]
  run ! grep '"reason":"limit".*"changes"' "$BATS_TEST_TMPDIR/out"
}

@test "reconcile: each candidate gives exactly one op or skip" {
  section ann@firm.test 1 <"$BATS_FILE_TMPDIR/candidates" | stream "$POLICY" |
    tool reconcile -q | decisions | wc -l >"$BATS_TEST_TMPDIR/n"
  [ "$(<"$BATS_TEST_TMPDIR/n")" -eq "$(wc -l <"$BATS_FILE_TMPDIR/candidates")" ]
}

@test "reconcile: no line tells subject, body, place or people of a private event, but the op that writes it (L8)" {
  local e
  e=$(jq -c 'select(.type == "candidate") | .event.sensitivity = "private" | .event.subject = "TOPSECRET"' \
    "$DATA"/reconcile/{create,turned-private,internal,unmatched,type-not-selected}/in.ndjson)
  section ann@firm.test 1 <<<"$e" | stream '"private.mode":"full"' | tool reconcile 2>"$BATS_TEST_TMPDIR/err" |
    jq -c 'select(.why) | [.why, .reason, .lost]' >"$BATS_TEST_TMPDIR/why"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/why")" -eq 6 ]
  run ! grep -hE 'TOPSECRET|Review|Agenda|Cafe|[a-z]@[a-z]' "$BATS_TEST_TMPDIR/why" "$BATS_TEST_TMPDIR/err"
}

@test "reconcile: deletions leave last, in their order (L2)" {
  { gone 1; grep -m1 '"seen":null}$' "$BATS_FILE_TMPDIR/candidates"; gone 2; } |
    section ann@firm.test 1 | stream "$POLICY" | tool reconcile -q |
    decisions | jq -r '.op // .type' | tail -2 >"$BATS_TEST_TMPDIR/ops"
  [ "$(paste -sd' ' "$BATS_TEST_TMPDIR/ops")" = "crm.delete crm.delete" ]
}

@test "reconcile: what it keeps for a section's end is bounded; the rest is due in the next run (L9)" {
  for n in $(seq 12000); do gone "$n"; done | section ann@firm.test 1 |
    stream "$POLICY" | tool reconcile >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
  local done put_off
  done=$(grep -c '"op":"crm.delete"' "$BATS_TEST_TMPDIR/out")
  put_off=$(grep -c '"reason":"limit".*"due":"2026-11-21T09:00:00Z"' "$BATS_TEST_TMPDIR/out")
  [ "$done" -gt 1000 ]
  [ "$put_off" -gt 1000 ]
  [ $((done + put_off)) -eq 12000 ]
}

@test "reconcile: its memory does not grow with the mailbox (L9)" {
  local few many one
  [[ $BIN != */asan/* ]] || return 0 # sanitizers keep what was freed
  one=$(grep -m1 '"seen":null}$' "$BATS_FILE_TMPDIR/candidates")
  rss() { # RECORDS
    yes "$one" | head -"$1" | section ann@firm.test 1 | stream |
      tool reconcile 2>&1 >/dev/null | sed -n 's/.*rss_kib=\([0-9]*\).*/\1/p'
  }
  few=$(rss 500) many=$(rss 20000) # a page
  [ "$many" -lt $((few + 1024)) ]
}

@test "reconcile: a candidate that cannot be read is a problem, and stops nobody else (L5)" {
  local good
  good=$(grep -m1 '"op":"crm.create"' "$DATA/reconcile/create/out.ndjson" >/dev/null &&
    grep '^{"type":"candidate"' "$DATA/reconcile/create/in.ndjson")
  run -1 --separate-stderr tool reconcile -q < <({
    sed 's/"start":"[^"]*"/"start":"soon"/' <<<"$good"
    sed 's/"digest":"[^"]*"}/"digest":null}/' <<<"$good"
    sed 's/"kind":"single"/"kind":"double"/' <<<"$good"
    sed 's/"link":null/"link":{"state":"wobbly"}/' <<<"$good"
    sed 's/"event":{/"nothing":{/' <<<"$good"
    echo "$good"
  } | section ann@firm.test 1 | stream)
  [ "$(decisions <<<"$output" | jq -r '.detail // .op' | paste -sd'|')" = \
    "candidate: start is missing or wrong|candidate: digest is missing or wrong|candidate: series.kind is missing or wrong|candidate: link.state is missing or wrong|candidate: event is missing or wrong|crm.create" ]
}

@test "reconcile: a master without a member, a count that is too large, a mirror of nothing: no crash, and each is answered (L5)" {
  crowd() { jq -c "select(.type == \"candidate\") | $2" "$DATA/reconcile/$1/in.ndjson"; }
  # The master of a series that is worked out by dates, without one of its times.
  run -0 --separate-stderr tool reconcile -q < <(crowd expand 'select(.event.series.kind == "master") | del(.event.all_day)' |
    section ann@firm.test 1 | stream '"recurring.mode":"expand"')
  [ "$(decisions <<<"$output" | jq -r .reason)" = series_master ]
  # How often a field was undone.
  run -0 --separate-stderr tool reconcile -q < <(crowd swings-counted '.base.graph.swings.location.n = 9223372036854775807' |
    section ann@firm.test 1 | stream)
  [ "$(decisions <<<"$output" | jq .base.graph.swings.location.n | xargs)" = "1 1 1 null 1" ]
  # What is equal to nothing that has a name is not kept out by it.
  run -1 --separate-stderr tool reconcile -q < <({ crowd mirror '.alike = [null]'; crowd mirror '.alike[0].uid = ""'; } |
    section ann@firm.test 1 | stream)
  [ "$(decisions <<<"$output" | jq -r .detail | uniq -c | xargs)" = "2 candidate: alike is missing or wrong" ]
}

@test "reconcile: counts what it wrote, by kind and reason" {
  { gone 1; gone 2; grep '^{"type":"candidate"' "$DATA"/reconcile/{create,draft}/in.ndjson -h; } |
    section ann@firm.test 1 | stream "$POLICY" | tool reconcile -q >"$BATS_TEST_TMPDIR/out"
  [ "$(jq -c 'select(.type == "mailbox.end") | [.records, .counts]' "$BATS_TEST_TMPDIR/out")" = \
    '[4,{"reconcile.skip":1,"reconcile.crm.create":1,"reconcile.crm.delete":2,"reconcile.skip.draft":1}]' ]
}

@test "reconcile: a section that is cut off leaves no deletion behind for the next one (F148)" {
  run -65 --separate-stderr tool reconcile -q < <({ gone 1; gone 2; } | section ann@firm.test 1 | stream "$POLICY" | head -4)
  [[ $output != *crm.delete* && $output != *mailbox.end* ]]
}

@test "reconcile: another policy on the same capture, as in the manual" {
  run -0 --separate-stderr tool reconcile -q \
    < <(sed '1s/"policy":{/&"unmatched.mode":"sync"/' "$DATA/reconcile/unmatched/in.ndjson")
  [[ $output == *'"op":"crm.create"'* ]]
}
