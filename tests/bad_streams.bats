# Streams that somebody wrote or edited by hand: what the database would refuse to cast
# is named with its place, and nothing of it is done (docs/stream.md, L5).

setup_file() { load helper; load db; pg_suite_start; }
teardown_file() { load helper; load db; pg_suite_stop; }
setup() { load helper; load db; }

run_line='{"type":"run","id":"r1","now":"2026-11-21T09:00:00Z","schema":1,"policy":{}}'
box='{"type":"mailbox","mailbox":"ann@firm.test","account":1,"user":"1","calendar":"","policy":{},"policy_digest":"p1","cursor":null,"outward":true}'
# stream RECORD ...: one section.
stream() {
  printf '%s\n' "$run_line" "$box" "$@" \
    "{\"type\":\"mailbox.end\",\"mailbox\":\"ann@firm.test\",\"records\":$#,\"complete\":true,${END:-\"cursor\":null}}" \
    "{\"type\":\"end\",\"from\":\"x\",\"sections\":1,\"records\":$#}"
}

@test "match: a key that the CRM does not take, or a row that it cannot give, is a problem that names it; the others go on" {
  pg_fresh
  sql "insert into crm.users (user_id, email, name) overriding system value values (1, 'ann@firm.test', 'Ann');
    insert into crm.events (event_id, assigned_to, starts_at, ends_at) overriding system value values (7, 1, '2026-12-01Z', '2026-12-01Z')"
  crm() { echo "{\"type\":\"event\",\"side\":\"crm\",\"crm_id\":\"$1\",\"changes\":[1],\"event\":{\"crm_id\":\"$1\"}}"; }
  run -1 --separate-stderr "$BIN/match" -q < <(stream "$(crm 7)" "$(crm abc)" "$(crm 99999999999999999999)")
  [ "$(jq -rc 'select(.type == "problem") | [.code, .crm_id, .changes, .detail]' <<<"$output")" = \
    '["bad_record","abc",[1],"the CRM does not take this key, or its row cannot be read"]
["bad_record","99999999999999999999",[1],"the CRM does not take this key, or its row cannot be read"]' ]
  [ "$(jq -r 'select(.type == "candidate").crm_id' <<<"$output")" = 7 ]
}

# refused MEMBER RECORD: apply ends with 65, says which member of which line, and writes nothing.
refused() {
  local status=0 said
  said=$(stream "$2" | "$BIN/apply" -q 2>&1 >/dev/null) || status=$?
  [ "$status" -eq 65 ] || { echo "$2: ended with $status: $said"; return 1; }
  [[ $said == *"malformed record"*"line=${LINE:-3}"*"$1 is not what it should be"* ]] || { echo "$2: $said"; return 1; }
  [ "$(wc -l <<<"$said")" -eq 1 ] || { echo "more than one message: $said"; return 1; }
}

@test "apply: a member that is not of its type: 65, with line and name, and nothing is written" {
  pg_fresh
  op() { jq -cn --argjson more "$1" '{type: "op", op: "graph.create", id: null, crm_id: "7", meeting: null, owner: "1", slot: "", set: {}, changes: [1], mail: []} + $more'; }
  skip() { jq -cn --argjson more "$1" '{type: "skip", id: "A", reason: "unmatched"} + $more'; }
  refused limits "$(op '{"limits":{"run":"many"}}')"
  refused limits "$(op '{"limits":{"person":1.5}}')"
  refused meeting "$(op '{"meeting":"x"}')"
  refused hold "$(op '{"hold":"3"}')"
  refused rank "$(op '{"rank":-1}')"
  refused changes "$(op '{"changes":["a"]}')"
  refused changes "$(op '{"changes":"1"}')"
  refused mail "$(op '{"mail":[1]}')"
  refused start "$(op '{"start":"noon"}')"
  refused expect.version "$(op '{"expect":{"version":"3"}}')"
  refused expect "$(op '{"expect":3}')"
  refused copy.start "$(op '{"copy":{"start":"2026-13-01T00:00:00Z"}}')"
  refused copy.end "$(op '{"copy":{"start":"2026-12-01","end":5}}')"
  refused held.fields "$(op '{"op":"hold","held":{"fields":"subject"}}')"
  refused why "$(op '{"why":"because"}')"
  refused set "$(op '{"set":[]}')"
  refused due "$(skip '{"due":"soon"}')"
  refused waits "$(skip '{"waits":[null]}')"
  refused waits_account "$(skip '{"waits_account":"1"}')"
  refused changes "$(skip '{"changes":[1e99]}')"
  refused id "$(skip '{"id":5}')"
  refused changes '{"type":"problem","stage":"match","code":"bad_record","crm_id":"7","changes":["x"]}'
  refused window.start '{"type":"page","resume":"R","window":{"start":"then","end":null}}'
  END='"cursor":{"link":"L1","issued":"yesterday"}' LINE=4 refused cursor.issued "$(skip '{}')"
  [ "$(sql 'select (select count(*) from calsync.log) + (select count(*) from calsync.intent) + (select count(*) from calsync.cursor)')" = 0 ]
}

@test "apply: a run without a time that is one: 65, and the database is not asked" {
  pg_fresh
  local at
  for at in '"0000-00-00T00:00:00Z"' '"soon"' 5 null; do
    run_line="{\"type\":\"run\",\"id\":\"r1\",\"now\":$at,\"schema\":1,\"policy\":{}}"
    run -65 "$BIN/apply" -q < <(stream '{"type":"skip","id":"A","reason":"unmatched"}')
    [[ $output == *'the run record has no time'* ]] || { echo "$at: $output"; return 1; }
  done
}
