# match: batches, what stops there, what is added, what a fault does.
# The world of most tests is tests/stub.sql; tests/data/match has real ones.

setup_file() { load helper; load db; pg_suite_start; }
teardown_file() { load helper; load db; pg_suite_stop; }
setup() { load helper; load db; }

# A database with canned answers.
stub() { pg_fresh template1 && psql -X -q -f "$TOP/tests/stub.sql"; }

# event ID DIGEST ["raw members of the record"]
event() {
  printf '{"type":"event","side":"graph",%s"event":{"id":"%s","uid":"u-%s","organizer":{"address":"ann@firm.test"},"attendees":[{"address":"xia@client.test"}],"rooms":[],"series":{"kind":"single","master":null,"original_date":null},"digest":"%s"}}\n' \
    "${3:-}" "$1" "$1" "$2"
}
removed() { printf '{"type":"graph.removed","id":"%s","proof":"404"}\n' "$1"; }

# stream ["policy members"]: wraps the records on stdin into one section.
stream() {
  local records n
  records=$(cat)
  n=$(grep -c . <<<"$records" || :)
  echo "{\"type\":\"run\",\"id\":\"r1\",\"now\":\"2026-11-21T09:00:00Z\",\"schema\":1,\"policy\":{${1:-}}}"
  echo '{"type":"mailbox","mailbox":"ann@firm.test","account":1,"calendar":"","policy":{}}'
  [ -z "$records" ] || echo "$records"
  echo "{\"type\":\"mailbox.end\",\"mailbox\":\"ann@firm.test\",\"records\":$n,\"complete\":true}"
  echo "{\"type\":\"end\",\"from\":\"normalize\",\"sections\":1,\"records\":$n}"
}
match() { stream "${2:-}" >"$BATS_TEST_TMPDIR/in"; tool match "$1" "$BATS_TEST_TMPDIR/in"; }

@test "match: a section in which nothing happened needs no database" {
  run -0 --separate-stderr tool match --db 'host=/nonexistent' < <(stream </dev/null)
  [ "$(sed -n 3p <<<"$output")" = '{"type":"mailbox.end","mailbox":"ann@firm.test","records":0,"complete":true,"counts":{"match.unchanged":0,"match.unknown":0}}' ]
}

@test "match: only what passes through needs no database either" {
  run -0 --separate-stderr tool match --db 'host=/nonexistent' < <(
    printf '%s\n' '{"type":"series","master":"M"}' '{"type":"series.end","master":"M","members":0,"complete":true}' \
      '{"type":"problem","stage":"normalize","code":"bad_time","id":"A"}' | stream)
  [ "${#lines[@]}" -eq 5 ]
}

@test "match: an unchanged event stops here and is counted (L9)" {
  stub
  sql "insert into calsync.known values (1, 'A', 'd1'), (2, 'B', 'd2'), (1, 'C', 'old')"
  run -0 --separate-stderr match -q < <(event A d1; event B d2; event C d3)
  [ "$(jq -rc 'select(.type=="candidate").id' <<<"$output" | paste -sd' ')" = "B C" ]
  grep -qF '"records":2,"complete":true,"counts":{"match.unchanged":1,"match.unknown":0}' <<<"$output"
}

@test "match: an event that was asked for again passes although unchanged (U11)" {
  stub
  sql "insert into calsync.known values (1, 'A', 'd1')"
  run -0 --separate-stderr match -q < <(event A d1 '"again":"waits",')
  [ "$(jq -rc 'select(.type=="candidate") | [.id, .again]' <<<"$output")" = '["A","waits"]' ]
}

@test "match: only removals of what is linked, remembered or waited for become candidates" {
  stub
  sql "insert into calsync.context values
    ('A', '{\"link\":{\"meeting\":7,\"copies\":[]},\"who\":[],\"rooms\":[]}'),
    ('C', '{\"link\":null,\"who\":[],\"rooms\":[],\"seen\":{\"reason\":\"draft\",\"digest\":\"d\"}}')"
  run -0 --separate-stderr match -q < <(removed A; removed B; removed C; removed D | sed 's/"id"/"again":"crm_error",&/')
  [ "$(jq -rc 'select(.type=="candidate") | [.id, .removed.proof, .link.meeting, has("event")]' <<<"$output" | paste -sd' ')" = \
    '["A","404",7,false] ["C","404",null,false] ["D","404",null,false]' ]
  grep -qF '"match.unknown":1' <<<"$output"
}

@test "match: the event's bytes are copied, not printed again" {
  stub
  raw='{ "id":"A","uid":"u","subject":"\u00e4 \/ \"q\"  x","n":1.50e+2, "organizer":null,"attendees":[],"rooms":[],"unknown":[1, 2],"digest":"d"}'
  run -0 --separate-stderr match -q < <(echo "{\"type\":\"event\",\"side\":\"graph\",\"event\":$raw}")
  [ "$(grep -cF "\"event\":$raw,\"link\":null" <<<"$output")" -eq 1 ]
}

@test "match: what the database prints is squeezed to one line" {
  stub
  sql "insert into calsync.context values ('A', E'{ \"link\" : null,\n \"rooms\" : [ {\"name\":\"a \\\\\" b  c\"},\n {} ] }')"
  run -0 --separate-stderr match -q < <(event A d)
  grep -qF '"link":null,"base":null,"crm":null,"crm_digest":null,"who":[{"address":"ann@firm.test","user":"1","account":1,"synced":true},{"address":"xia@client.test","user":"1","account":1,"synced":true}],"rooms":[{"name":"a \" b  c"},{}],"seen":null}' <<<"$output"
}

@test "match: order is kept, problems and unknown records pass in their place" {
  stub
  sql "insert into calsync.known values (1, 'B', 'd')"
  run -0 --separate-stderr match -q < <(
    event A d; echo '{"type":"problem","stage":"normalize","code":"bad_time","id":"P"}'
    event B d; echo '{"type":"novelty", "x" : 1}'; event C d)
  [ "$(jq -rc '.id // .type' <<<"$output" | paste -sd' ')" = "r1 mailbox A P novelty C mailbox.end end" ]
  grep -qxF '{"type":"novelty", "x" : 1}' <<<"$output"
}

@test "match: series marks end here, page marks pass after what stands before them" {
  stub
  run -0 --separate-stderr match -q < <(
    echo '{"type":"series","master":"M"}'; event A d
    echo '{"type":"series.end","master":"M","members":1,"complete":true}'
    echo '{"type":"page","resume":"https://graph.test/r"}'; event B d)
  [ "$(jq -rc '.id // .type' <<<"$output" | paste -sd' ')" = "r1 mailbox A page B mailbox.end end" ]
  grep -qF '"records":3,' <<<"$output"
}

@test "match: slots that are asked for follow event.copies" {
  stub
  sql "create or replace function calsync.match_context(account bigint, items json, first boolean, at timestamptz)
       returns table (n int, doc json) language sql as \$\$
         select (i->>'n')::int, json_build_object('link', null, 'rooms', '[]'::json, 'crm', i)
           from json_array_elements(items) i \$\$"
  for pair in 'one|[""]' 'each|["1"]' 'foreign|["","1"]' '|[""]'; do
    run -0 --separate-stderr match -q "\"event.copies\":\"${pair%|*}\"" < <(event A d)
    [ "$(jq -c 'select(.type=="candidate").crm.slots' <<<"$output")" = "${pair#*|}" ]
  done
  [ "$(jq -c 'select(.type=="candidate").crm | [.n,.id,.uid,.original_date,.organizer,.guests,.addresses,.rooms]' <<<"$output")" = \
    '[1,"A","u-A",null,"ann@firm.test",["xia@client.test"],null,null]' ]
}

@test "match: a member of a series keeps the date that its copy was stored with" {
  stub
  sql "insert into calsync.context values ('A', '{\"link\":{\"meeting\":7,\"copies\":[{\"account\":1,\"id\":\"A\",\"original_date\":\"2026-11-24\"}]},\"who\":[],\"rooms\":[]}')"
  for date in null '"2026-11-25"' '"2026-11-24"'; do
    run -0 --separate-stderr match -q < <(event A d | sed 's/"kind":"single"/"kind":"occurrence"/;s/"original_date":null/"original_date":'"$date"'/')
    [ "$(jq -c 'select(.type=="candidate").event | [.series.original_date, .digest]' <<<"$output")" = '["2026-11-24","d"]' ]
  done
}

@test "match: ids with quotes, commas and backslashes are asked about as they are" {
  stub
  sql "insert into calsync.known values (1, 'a\"b,{c}\\d', 'd')"
  run -0 --separate-stderr match -q < <(event 'a\"b,{c}\\d' d)
  grep -qF '"match.unchanged":1' <<<"$output"
}

@test "match: an event without id or digest is a problem, the rest goes on (L5)" {
  stub
  run -1 --separate-stderr match -q < <(
    echo '{"type":"event","side":"graph","event":{"uid":"u"}}'
    echo '{"type":"graph.removed","id":"R"}'; event B d)
  [ "$(jq -rc 'select(.type=="problem") | [.stage, .code, .id]' <<<"$output" | paste -sd' ')" = '["match","bad_record",null] ["match","bad_record","R"]' ]
  [ "$(jq -rc 'select(.type=="candidate").id' <<<"$output")" = B ]
}

# calls FUNCTION: how often it was called; the server counts when a session ends.
calls() {
  local n
  for _ in {1..100}; do
    n=$(sql "select count(*) from pg_stat_activity where datname = current_database() and application_name like 'calsync%'")
    [ "$n" -ne 0 ] || break
  done
  sql "select coalesce(sum(calls), 0) from pg_stat_user_functions where funcname = '$1'"
}

@test "match: 1200 events are 3 batches of two questions each, and people are asked for once (L9)" {
  stub
  sql "alter database $PGDATABASE set track_functions = 'all'"
  for i in {1..1200}; do event "E$i" d; done | stream >"$BATS_TEST_TMPDIR/in"
  run -0 --separate-stderr tool match -q "$BATS_TEST_TMPDIR/in"
  [ "$(jq -r 'select(.type=="candidate").id' <<<"$output" | paste -sd' ')" = "$(printf 'E%d ' {1..1200} | sed 's/ $//')" ]
  [ "$(calls match_known)" -eq 3 ]
  [ "$(calls match_context)" -eq 3 ]
  [ "$(calls match_people)" -eq 1 ]
}

@test "match: a small change does not wait for the rest of a batch" {
  stub
  mkfifo "$BATS_TEST_TMPDIR/pipe"
  tool match -q "$BATS_TEST_TMPDIR/pipe" >"$BATS_TEST_TMPDIR/out" 3>&- &
  pid=$!
  exec 8>"$BATS_TEST_TMPDIR/pipe"
  event A d | stream | head -3 >&8
  for _ in {1..200}; do
    grep -q candidate "$BATS_TEST_TMPDIR/out" && break
    read -rt 0.02 <> <(:) || :
  done
  grep -q '"type":"candidate","id":"A"' "$BATS_TEST_TMPDIR/out"
  exec 8>&-
  status=0
  wait "$pid" || status=$?
  [ "$status" -eq 65 ]
}

@test "match: a stream that is cut keeps whole sections, ends the open one nowhere (F148)" {
  stub
  (event A d | stream; echo) | head -n 4 >"$BATS_TEST_TMPDIR/in"
  printf '%s\n' '{"type":"mailbox","mailbox":"bob@firm.test","account":2}' "$(event B d)" >>"$BATS_TEST_TMPDIR/in"
  run -65 --separate-stderr tool match "$BATS_TEST_TMPDIR/in"
  [ "$(grep -c '"type":"mailbox.end"' <<<"$output")" -eq 1 ]
  ! grep -q '"type":"end"' <<<"$output" || false
}

@test "match: a line that is cut ends it with 65 and its number (F149)" {
  stub
  run -65 --separate-stderr match -q < <(event A d; echo '{"type":"event","event":{]}'; event B d)
  ! grep -q mailbox.end <<<"$output" || false
  grep -q 'line=4 ' <<<"$stderr"
  run -65 --separate-stderr tool match -q /dev/null
  [ -z "$output" ]
}

@test "match: a serialization failure is asked again" {
  stub
  run -0 --separate-stderr match -v < <(event RETRY d)
  [ "$(grep -c 'sqlstate=40001' <<<"$stderr")" -eq 2 ]
  grep -q '"type":"candidate","id":"RETRY"' <<<"$output"
}

@test "match: a database that hangs up each time ends it with 69" {
  stub
  run -69 --separate-stderr match -v < <(event A d; event LOST d)
  [ "$(grep -c 'sent again' <<<"$stderr")" -eq 2 ]
  ! grep -q mailbox.end <<<"$output" || false
}

@test "match: a statement that takes too long is 75" {
  stub
  run -75 --separate-stderr match -v < <(event CANCEL d)
}

@test "match: an answer that does not fit the question ends it with 70" {
  stub
  run -70 --separate-stderr match -v < <(event FORGET d)
}

@test "match: it cannot write" {
  stub
  run -78 --separate-stderr match -v < <(event WRITE d)
  grep -q 25006 <<<"$stderr"
  [ "$(sql 'select count(*) from calsync.call')" -eq 0 ]
}

# What the CRM changed.
crm() { printf '{"type":"event","side":"crm","crm_id":"%s","changes":[%s],"event":{"crm_id":"%s"}}\n' "$1" "$2" "$1"; }
note() { printf '{"type":"crm.event","crm_id":"%s","id":"%s","changes":[%s]%s}\n' "$1" "$2" "$3" "${4:-}"; }

@test "match: an event whose meeting the CRM changed passes although unchanged, and stands for these changes" {
  stub
  sql "insert into calsync.known values (1, 'A', 'd'), (1, 'B', 'd'), (1, 'C', 'd')"
  run -0 --separate-stderr match -q < <(note 101 C 7,9 ',"origin":"import"'; note 102 A 8; note 103 X 10; event A d; event B d; event C d)
  [ "$(jq -rc 'select(.type == "candidate") | [.id, .changes, .origin]' <<<"$output" | paste -sd' ')" = '["A",[8],null] ["C",[7,9],"import"]' ]
  # The notes end here, with their section.
  [ "$(jq -r .type <<<"$output" | paste -sd' ')" = "run mailbox candidate candidate mailbox.end end" ]
  { note 101 A 7; echo '{"type":"mailbox.end","mailbox":"ann@firm.test","records":1,"complete":true}'
    echo '{"type":"mailbox","mailbox":"bob@firm.test","account":1,"policy":{}}'; event A d; } >"$BATS_TEST_TMPDIR/two"
  run -0 --separate-stderr tool match -q < <(stream '' <"$BATS_TEST_TMPDIR/two" | sed 's/ann@firm.test","records":4/bob@firm.test","records":1/; s/"sections":1,"records":4/"sections":2,"records":2/')
  [ "$(jq -r .type <<<"$output" | paste -sd' ')" = "run mailbox mailbox.end mailbox mailbox.end end" ]
}

@test "match: a removal whose meeting the CRM changed stands for the change" {
  stub
  run -0 --separate-stderr match -q < <(note 101 A 7; removed A; removed B)
  [ "$(jq -rc 'select(.type == "candidate") | [.id, .removed.proof, .changes]' <<<"$output")" = '["A","404",[7]]' ]
}

@test "match: CRM events keep their place and become candidates, also those that are gone" {
  stub
  sql "insert into calsync.context values ('101', '{\"x\" : 1}')"
  run -0 --separate-stderr match -q < <(crm 101 7; echo '{"type":"crm.event","crm_id":"102","changes":[8],"data":null}'; crm 103 ''; event A d)
  [ "$(jq -rc 'select(.type == "candidate") | [.side, .id, .crm_id, .changes, .crm, .event.id]' <<<"$output")" = \
    "$(printf '%s\n' '["crm",null,"101",[7],{"x":1},null]' '["crm",null,"102",[8],null,null]' '["crm",null,"103",[],null,null]' '[null,"A",null,null,null,"A"]')" ]
}

@test "match: a CRM event without key or changes is a problem that names it (L5)" {
  stub
  run -1 --separate-stderr match -q < <(
    echo '{"type":"event","side":"crm","crm_id":"101","event":{"crm_id":"101"}}'
    echo '{"type":"crm.event","changes":[1],"data":null}'
    echo '{"type":"event","side":"crm","crm_id":"102","id":"A","changes":[1],"event":{}}'; event A d)
  [ "$(jq -rc 'select(.type == "problem") | [.code, .id, .crm_id]' <<<"$output" | paste -sd' ')" = \
    '["bad_record",null,"101"] ["bad_record",null,null] ["bad_record","A","102"]' ]
  [ "$(jq -r 'select(.type == "candidate").id' <<<"$output")" = A ]
}

@test "match: the section without a mailbox asks without an account" {
  stub
  { stream <<<"$(crm 101 7)" | sed 's/"mailbox":"ann@firm.test"/"mailbox":null/; s/"account":1/"account":null/'; } >"$BATS_TEST_TMPDIR/in"
  run -0 --separate-stderr tool match -q "$BATS_TEST_TMPDIR/in"
  [ "$(jq -c 'select(.type == "candidate").syncing' <<<"$output")" = '[null]' ]
}

@test "match: 1200 CRM events are 3 questions (L9)" {
  stub
  for ((n = 0; n < 1200; n++)); do crm $n $((n + 1)); done >"$BATS_TEST_TMPDIR/many"
  sql "alter database $PGDATABASE set track_functions = 'all'"
  run -0 --separate-stderr match -q <"$BATS_TEST_TMPDIR/many"
  [ "$(jq -s '[.[] | select(.type == "candidate").crm_id | tonumber] | add' <<<"$output")" -eq 719400 ]
  [ "$(calls match_crm)" -eq 3 ]
}

# Cases with the real schema: tests/data/match/CASE/{world.sql,in.ndjson,out.ndjson},
# beginning from base.sql.  GOLDEN_REWRITE=1 writes out.ndjson anew.
world() { # CASE
  local dir=$DATA/match/$1
  pg_fresh
  cat "$DATA/match/base.sql" "$dir/world.sql" | psql -X -q -v ON_ERROR_STOP=1
  tool match -q "$dir/in.ndjson" >"$BATS_TEST_TMPDIR/out"
  [ -z "${GOLDEN_REWRITE:-}" ] || cp "$BATS_TEST_TMPDIR/out" "$dir/out.ndjson"
  diff -u "$dir/out.ndjson" "$BATS_TEST_TMPDIR/out"
  "$TOP/tests/validate" "$dir/out.ndjson"
}

@test "match: who is who (P-061, P-098)" { world who-is-who; }
@test "match: rooms (P-099)" { world rooms; }
@test "match: a linked event and its meeting" { world linked-organizer; }
@test "match: an attendee's copy, under its owner's policy (U6, U16)" { world linked-attendee; }
@test "match: the next copy decides (U6)" { world linked-next-decides; }
@test "match: a meeting is found by its key (F154)" { world linked-by-key; }
@test "match: each user's own meeting (C-062)" { world each-user-has-one; }
@test "match: a tombstone (U10)" { world tombstone; }
@test "match: what is gone (U8)" { world removed; }
@test "match: what is known (L9, U11)" { world unchanged; }
@test "match: the date of a moved series" { world series-moved; }
@test "match: CRM events without a link, and whose they are" { world crm-alone; }
@test "match: CRM events whose link has no copy" { world crm-linked; }
@test "match: twins, by uid and in a first section by signature" { world twins; }
@test "match: twins by the guid in the marker, and the guid of what may be created (S-019 F010)" { world marker; }
@test "match: what is under way, held and spent" { world under-way; }
