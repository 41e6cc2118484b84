# apply: sections, pages and transactions, and what a fault does to them.
# The world of most tests is tests/stub.sql, whose faults are ids of ops; the
# last ones use the real schema.

setup_file() { load helper; load db; pg_suite_start; }
teardown_file() { load helper; load db; pg_suite_stop; }
setup() { load helper; load db; }

# A database with canned answers.
stub() { pg_fresh template1 && psql -X -q -f "$TOP/tests/stub.sql"; }

# ops SECTION ...: a stream with a section for each argument, of these words:
#   ID        crm.create of that Graph id    del:ID    crm.delete
#   OP=ID     another op                     skip:ID   problem:ID
#   page      a page mark
#   partial   complete:false, with a cursor that must not count
ops() {
  local section word account=0 n total=0 complete
  echo '{"type":"run","id":"r1","now":"2026-11-21T09:00:00Z","schema":1,"policy":{}}'
  for section; do
    account=$((account + 1)) n=0 complete=true
    echo "{\"type\":\"mailbox\",\"mailbox\":\"m$account@firm.test\",\"account\":$account,\"calendar\":\"\",\"policy_digest\":\"p1\",\"cursor\":{\"link\":\"L0\"}}"
    for word in $section; do
      n=$((n + 1))
      case $word in
        partial) complete=false n=$((n - 1)) ;;
        page) echo "{\"type\":\"page\",\"resume\":\"R$n\",\"window\":{},\"round\":\"2026-11-21T08:00:00Z\"}" ;;
        skip:*) echo "{\"type\":\"skip\",\"id\":\"${word#*:}\",\"reason\":\"unmatched\"}" ;;
        problem:*) echo "{\"type\":\"problem\",\"stage\":\"match\",\"code\":\"bad_record\",\"id\":\"${word#*:}\",\"data\":{\"a\":1}}" ;;
        del:*) op crm.delete "${word#*:}" ;;
        *=*) op "${word%=*}" "${word#*=}" ;;
        *) op crm.create "$word" ;;
      esac
    done
    total=$((total + n))
    if [ "$complete" = true ]; then
      echo "{\"type\":\"mailbox.end\",\"mailbox\":\"m$account@firm.test\",\"records\":$n,\"complete\":true,\"cursor\":{\"link\":\"L1\"},\"coverage\":{\"baseline\":false}}"
    else
      echo "{\"type\":\"mailbox.end\",\"mailbox\":\"m$account@firm.test\",\"records\":$n,\"complete\":false,\"error\":{\"code\":\"x\"},\"cursor\":{\"link\":\"L1\"}}"
    fi
  done
  echo "{\"type\":\"end\",\"from\":\"reconcile\",\"sections\":$#,\"records\":$total}"
}
op() {
  local meeting=''
  [ "$1" = crm.create ] || meeting=',"meeting":5'
  echo "{\"type\":\"op\",\"op\":\"$1\",\"id\":\"$2\"$meeting,\"why\":{\"rule\":\"x\"},\"mail\":[]}"
}
# apply "options" SECTION ...
apply() {
  local options
  read -ra options <<<"$1"
  ops "${@:2}" >"$BATS_TEST_TMPDIR/in"
  tool apply "${options[@]}" "$BATS_TEST_TMPDIR/in"
}
# The results of a section, or of all: ID=OUTCOME ...
results() { jq -rs '[.[] | select(.type=="result") | "\(.id)=\(.outcome)"] | join(" ")' <<<"$output"; }
# The ops of the committed pages, one page a line.
pages() { sql "select account || ':' || ids from (select no, page->>'account' as account, coalesce((select string_agg(o->>'id', ',' order by n) from jsonb_array_elements(page->'ops') with ordinality x(o, n)), '') as ids from calsync.page) p order by no"; }

@test "apply: a short section is one transaction, deletions last" {
  stub
  run -0 --separate-stderr apply -q 'A del:B skip:C problem:D E'
  [ "$(pages)" = '1:A,E,B' ]
  [ "$(jq -rs '[.[] | .id // .type] | join(" ")' <<<"$output")" = 'r1 mailbox A C D E B mailbox.end end' ]
  grep -qF '"records":5,"complete":true,"cursor":{"link":"L1"},"coverage":{"baseline":false},"committed":true}' <<<"$output"
  grep -qxF '{"type":"end","from":"apply","sections":1,"records":5}' <<<"$output"
}

@test "apply: the page record is as docs/stream.md says" {
  stub
  run -0 apply -q 'A skip:C problem:D'
  [ "$(sql 'select page from calsync.page' | jq -S 'del(.ops[0].why)' -c)" = "$(jq -Sc . <<'J'
{"run":"r1","now":"2026-11-21T09:00:00Z","account":1,"mailbox":"m1@firm.test","calendar":"",
 "policy_digest":"p1","ops":[{"type":"op","op":"crm.create","id":"A","mail":[]}],
 "skips":[{"type":"skip","id":"C","reason":"unmatched"}],
 "problems":[{"stage":"match","code":"bad_record","id":"D","detail":null}],
 "cursor":{"from":{"link":"L0"},"to":{"link":"L1"},"complete":true,"coverage":{"baseline":false}}}
J
  )" ]
}

@test "apply: the base of what stays here goes beside the page as it came, a line for each op" {
  stub
  ops 'A link.base=B C crm.update=D' | sed '/"id":"[BD]"/s/,"why"/,"base":{"graph":{"subject": "é, \\u0022x\\u0022"}}&/; /"id":"D"/s/é/\\\\/' >"$BATS_TEST_TMPDIR/in"
  run -0 --separate-stderr tool apply -q "$BATS_TEST_TMPDIR/in"
  [ "$(sql 'select bases from calsync.page')" = $'\n{"subject": "é, \\u0022x\\u0022"}\n\n{"subject": "\\\\, \\u0022x\\u0022"}' ]
  [ "$(sql 'select page from calsync.page' | jq -c '[.ops[] | [.id, .base, .why.rule]]')" = '[["A",null,"x"],["B",{"graph":null},"x"],["C",null,"x"],["D",{"graph":null},"x"]]' ]
  # What goes out keeps its own: it is journaled whole.
  ops graph.update=B | sed '/"id":"B"/s/,"why"/,"base":{"graph":{"a":1}}&/' >"$BATS_TEST_TMPDIR/in"
  run -0 --separate-stderr tool apply -q "$BATS_TEST_TMPDIR/in"
  [ "$(sql "select page #> '{ops,0,base}', bases = '' from calsync.page order by no desc limit 1")" = '{"graph": {"a": 1}}|t' ]
}

@test "apply: up to a page mark creations and updates are committed with the place to resume" {
  stub
  run -0 apply -q 'A del:B link.end=C page crm.update=D link.drop=E page F'
  [ "$(pages | paste -sd' ')" = '1:A,C 1:D 1:F,B,E' ]
  [ "$(sql "select page->'cursor' from calsync.page order by no" | jq -c '[.from, .to, .complete]' | paste -sd' ')" = \
    '[{"link":"L0"},{"round":"2026-11-21T08:00:00Z","resume":"R4","window":{}},false] [{"round":"2026-11-21T08:00:00Z","resume":"R4","window":{}},{"round":"2026-11-21T08:00:00Z","resume":"R7","window":{}},false] [{"round":"2026-11-21T08:00:00Z","resume":"R7","window":{}},{"link":"L1"},true]' ]
}

@test "apply: the cursor of a mark passes no deletion that waits (F119)" {
  stub
  run -0 apply -q 'A del:B page C del:D del:E page F'
  [ "$(sql "select string_agg((select coalesce(string_agg(p->>'id' || ':' || (p->>'code'), ','), '') from jsonb_array_elements(page->'problems') p), ' ' order by no) from calsync.page")" = 'B:late_op D:late_op,E:late_op ' ]
}

@test "apply: of an incomplete section nothing is deleted and the cursor stays (L2, U8)" {
  stub
  run -0 --separate-stderr apply -q 'A del:B link.drop=C link.end=D partial'
  [ "$(pages)" = '1:A,D' ]
  [ "$(sql "select page->'cursor' from calsync.page")" = null ]
  [ "$(results)" = 'A=done D=done B=incomplete C=incomplete' ]
  grep -qF '"committed":false' <<<"$output"
}

@test "apply: a section of which nothing is known writes nothing, one that is read moves its cursor" {
  stub
  run -0 --separate-stderr apply -q partial ''
  [ "$(pages)" = '2:' ]
  [ "$(sql "select string_agg(what, ' ' order by no) from calsync.call")" = 'begin cursors end' ]
  [ "$(jq -rs '[.[] | .committed | values] | @csv' <<<"$output")" = 'false,true' ]
}

@test "apply: without sections there is no database and no row of the run" {
  run -0 --separate-stderr tool apply --db host=/nonexistent < <(ops)
  grep -qF '"sections":0' <<<"$output"
}

@test "apply: --dry-run says what would be done and needs no database" {
  run -0 --separate-stderr tool apply --dry-run --db host=/nonexistent < <(ops 'A del:B page C' 'del:D partial')
  [ "$(results)" = 'A=would C=would B=would D=incomplete' ]
  [ "$(jq -rs '[.[] | .committed | values] | @csv' <<<"$output")" = 'false,false' ]
}

@test "apply: an op that this version does not know fails and its item comes again (F121)" {
  stub
  run -1 --separate-stderr apply -q 'A graph.forward=B C'
  [ "$(pages)" = '1:A,C' ]
  [ "$(results)" = 'A=done B=failed C=done' ]
  [ "$(sql "select page->'problems' from calsync.page")" = '[{"id": "B", "code": "unknown_op", "stage": "apply", "detail": null}]' ]
}

@test "apply: what the CRM refused is 1, what moved on is no failure (L5)" {
  stub
  run -1 --separate-stderr apply -q 'A FAIL JOIN'
  [ "$(jq -rc 'select(.id=="FAIL") | [.outcome, .code]' <<<"$output")" = '["failed","23514"]' ]
  run -0 --separate-stderr apply -q 'A STALE'
  # Also where the database refuses a page that has nothing for the CRM.
  sql "alter table calsync.page add check (page -> 'skips' = '[]' or page ->> 'account' <> '1')"
  run -1 apply '' 'skip:S' 'B'
  [[ $output == *'"id":"B",'*'"outcome":"done"'* && $output == *'a page was refused'*'account=1 sqlstate=23514'* ]]
}

@test "apply: a stream that is cut leaves the open section alone, keeps the whole ones (F148)" {
  stub
  ops 'A' 'B C' >"$BATS_TEST_TMPDIR/in"
  run -65 --separate-stderr tool apply -q < <(head -n 6 "$BATS_TEST_TMPDIR/in")
  [ "$(pages)" = '1:A' ]
  [ "$(grep -c mailbox.end <<<"$output")" -eq 1 ]
  ! grep -q '"type":"end"' <<<"$output" || false
  [ "$(sql "select arg->>'verdict' from calsync.call where what = 'end'")" = broken ]
}

@test "apply: a line that is cut is refused with its number (F149)" {
  stub
  run -65 --separate-stderr tool apply < <(ops 'A B' | head -c -150)
  grep -q 'line=' <<<"$stderr"
  [ "$(sql 'select count(*) from calsync.page')" -eq 0 ]
  run -65 --separate-stderr tool apply < <(ops 'A B' | sed 's/"id":"B"/"id":"B/')
  [ "$(sql 'select count(*) from calsync.page')" -eq 0 ]
}

@test "apply: pages before a cut in a long section stay" {
  stub
  run -65 --separate-stderr tool apply -q < <(ops 'A del:B page C page D' | head -n 7)
  [ "$(pages | paste -sd' ')" = '1:A 1:C' ]
  [ "$(results)" = 'A=done C=done' ]
}

@test "apply: the run's row is begun with the first page, and ended with counts" {
  stub
  run -75 apply -q 'A skip:B' 'MOVED' 'FAIL problem:P'
  [ "$(sql "select string_agg(what, ' ' order by no) from calsync.call where what in ('begin', 'end')")" = 'begin end' ]
  [ "$(sql "select arg->>'id' from calsync.call where what = 'begin'")" = r1 ]
  [ "$(sql "select arg from calsync.call where what = 'end'" | jq -Sc .)" = \
    '{"counts":{"committed":2,"done":1,"failed":1,"moved":1,"problems":1,"sections":3,"skips":1},"id":"r1","status":75,"verdict":"again"}' ]
}

@test "apply: a cursor that somebody else moved stops the section, not the run (F119)" {
  stub
  run -75 --separate-stderr apply -q 'A page MOVED page B del:C' 'D'
  [ "$(pages | sort | paste -sd' ')" = '1:A 2:D' ]
  [ "$(results | tr ' ' '\n' | sort | paste -sd' ')" = 'A=done B=moved C=moved D=done MOVED=moved' ]
}

@test "apply: a mailbox that is worked on elsewhere is skipped with 75" {
  stub
  rival 'select pg_advisory_lock(77, 1)'
  run -75 --separate-stderr apply -q 'A' 'B'
  rival_end
  [ "$(pages)" = '2:B' ]
  [ "$(results | tr ' ' '\n' | sort | paste -sd' ')" = 'A=locked B=done' ]
}

# quiet N: a stream of N sections in which nothing happened.
quiet() {
  local sections=()
  while [ "${#sections[@]}" -lt "$1" ]; do sections+=(''); done
  ops "${sections[@]}" >"$BATS_TEST_TMPDIR/quiet"
  cat "$BATS_TEST_TMPDIR/quiet"
}
# Every mailbox's committed, in the order of the stream.
committed() { jq -rs '[.[] | select(.type=="mailbox.end")] | sort_by(.mailbox | ltrimstr("m") | split("@")[0] | tonumber) | [.[].committed] | map(if . then 1 else 0 end) | join("")' <<<"$output"; }

@test "apply: the cursors of quiet mailboxes are written many at a time (L9)" {
  stub
  quiet 150 >"$BATS_TEST_TMPDIR/in"
  run -0 --separate-stderr tool apply -q "$BATS_TEST_TMPDIR/in"
  [ "$(sql "select string_agg(jsonb_array_length(arg)::text, ' ' order by jsonb_array_length(arg) desc) from calsync.call where what = 'cursors'")" = '64 64 22' ]
  [ "$(sql "select count(*) from calsync.call where what in ('lock', 'unlock')")" -eq 0 ]
  [ "$(committed)" = "$(printf '1%.0s' {1..150})" ]
  [ "$(sql "select page->'cursor'->'to'->>'link' from calsync.page limit 1")" = L1 ]
}

@test "apply: a quiet mailbox whose cursor moved, or that is locked, is put off alone (L5)" {
  stub
  rival 'select pg_advisory_lock(77, 3)'
  run -75 --separate-stderr tool apply -q < <(quiet 5 | sed 's/"account":4,/"account":4001,/')
  rival_end
  [ "$(committed)" = 11001 ]
}

@test "apply: a quiet mailbox that spoils the others is written apart from them (L5)" {
  stub
  run -0 --separate-stderr tool apply -q < <(quiet 5 | sed 's/"account":4,/"account":4000,/')
  [ "$(committed)" = 11111 ]
  [ "$(sql "select count(*) from calsync.call where what = 'cursors'")" -eq 0 ]
  [ "$(sql "select count(*) from calsync.call where what = 'lock'")" -eq 5 ]
}

@test "apply: quiet mailboxes are sent again after a lost connection" {
  stub
  run -0 --separate-stderr tool apply < <(quiet 5 | sed 's/"account":4,/"account":4002,/')
  [ "$(committed)" = 11111 ]
  [ "$(sql "select count(*) from calsync.call where what = 'cursors'")" -eq 1 ]
  grep -q 'connection to the database lost' <<<"$stderr"
}

@test "apply: what was committed is on stdout before anything else is" {
  stub
  ops 'A page B' 'C' >"$BATS_TEST_TMPDIR/in"
  CALSYNC_STOP_AFTER=4 run -100 --separate-stderr tool apply -q "$BATS_TEST_TMPDIR/in"
  [ "$(results)" = 'A=done' ]
}

@test "apply: a quiet section and a busy one of the same account do not meet" {
  stub
  ops '' 'SLOW' '' 'B' '' | sed 's/"account":[0-9]*/"account":1/' >"$BATS_TEST_TMPDIR/in"
  run -0 --separate-stderr tool apply -q "$BATS_TEST_TMPDIR/in"
  [ "$(pages | paste -sd' ')" = '1: 1:SLOW 1: 1:B 1:' ]
}

@test "apply: a page that met another one is repeated" {
  stub
  run -0 --separate-stderr apply -q 'A RETRY B'
  [ "$(pages)" = '1:A,RETRY,B' ]
  [ "$(sql "select last_value from calsync.tries")" -eq 3 ]
}

@test "apply: a page that always meets another one is given up, the others go on (L5)" {
  stub
  run -75 --separate-stderr apply -q 'DEADLOCK' 'B'
  [ "$(pages)" = '2:B' ]
  [ "$(sql "select last_value from calsync.tries")" -eq 6 ]
  [ "$(jq -rc 'select(.id=="DEADLOCK") | [.outcome, .code]' <<<"$output")" = '["failed","40P01"]' ]
}

@test "apply: a page that the database cannot do fails alone, and says no content (L5, L8)" {
  stub
  run -1 --separate-stderr apply -v 'RAISE A' 'B'
  [ "$(pages)" = '2:B' ]
  [ "$(results | tr ' ' '\n' | sort | paste -sd' ')" = 'A=failed B=done RAISE=failed' ]
  grep -q 'sqlstate=P0001' <<<"$stderr"
  ! grep -q secret <<<"$stderr$output" || false
}

@test "apply: a connection that breaks is opened again, with the lock, and the page sent again" {
  stub
  run -0 --separate-stderr apply '-q --connections 1' 'A' 'LOST B'
  [ "$(pages | paste -sd' ')" = '1:A 2:LOST,B' ]
  [ "$(sql "select string_agg(arg::text, ' ' order by no) from calsync.call where what = 'lock'")" = '1 2 2' ]
  [ "$(sql "select count(distinct pid) from calsync.page")" -eq 2 ]
}

@test "apply: a connection that always breaks ends it with 69" {
  stub
  run -69 --separate-stderr apply -q 'A DEAD'
  [ -z "$(pages)" ]
  ! grep -q '"type":"end"' <<<"$output" || false
}

@test "apply: missing rights end it with 77" {
  stub
  run -77 --separate-stderr apply -q 'DENIED' 'A'
}

@test "apply: an answer that does not fit the page ends it with 70" {
  stub
  run -70 --separate-stderr apply -q 'A FORGET'
}

@test "apply: two connections work on two sections, whose lines do not mix" {
  stub
  run -0 --separate-stderr apply '-q --connections 2' 'SLOW A' 'B C page D' 'E'
  [ "$(sql "select count(distinct pid) from calsync.page")" -eq 2 ]
  # The slow one is overtaken, and its lines stand together.
  [ "$(jq -rs '[.[] | .id // .mailbox // .type] | join(" ")' <<<"$output")" = \
    'r1 m2@firm.test B C page D m2@firm.test m3@firm.test E m3@firm.test m1@firm.test SLOW A m1@firm.test end' ]
  # Its own: others run beside it, and the last of its sessions may still be ending.
  for _ in {1..100}; do
    locks=$(sql "select count(*) from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database() where l.locktype = 'advisory'")
    [ "$locks" -gt 0 ] || break
    sleep 0.05
  done
  [ "$locks" -eq 0 ]
}

@test "apply: two sections of one account do not meet" {
  stub
  ops 'SLOW' 'B' | sed 's/m2@/m1@/;s/"account":2/"account":1/' >"$BATS_TEST_TMPDIR/in"
  run -0 --separate-stderr tool apply -q "$BATS_TEST_TMPDIR/in"
  [ "$(pages | paste -sd' ')" = '1:SLOW 1:B' ]
}

@test "apply: results of a page are out before the next one is read" {
  stub
  mkfifo "$BATS_TEST_TMPDIR/pipe"
  tool apply -q "$BATS_TEST_TMPDIR/pipe" >"$BATS_TEST_TMPDIR/out" 2>/dev/null 3>&- &
  pid=$! status=0
  exec 8>"$BATS_TEST_TMPDIR/pipe"
  ops 'A page B' | head -n 4 >&8
  for _ in {1..200}; do
    grep -q '"type":"result"' "$BATS_TEST_TMPDIR/out" && break
    read -rt 0.02 <> <(:) || :
  done
  grep -q '"id":"A"' "$BATS_TEST_TMPDIR/out"
  exec 8>&-
  wait "$pid" || status=$?
  [ "$status" -eq 65 ]
}

@test "apply: many deletions are several transactions, the cursor moves in the last" {
  stub
  run -0 apply -q "$(printf 'del:D%d ' {1..1100})"
  [ "$(sql "select string_agg(jsonb_array_length(page->'ops') || jsonb_typeof(page->'cursor'), ' ' order by no) from calsync.page")" = '500null 500null 100object' ]
}

@test "apply: --connections is 1 to 16" {
  run -64 tool apply --connections 0 </dev/null
  run -64 tool apply --connections 17 </dev/null
}

@test "apply: full disk is 74" {
  stub
  ops 'A' >"$BATS_TEST_TMPDIR/in"
  run -74 --separate-stderr bash -c "'$BIN/apply' -q '$BATS_TEST_TMPDIR/in' >/dev/full"
}

# With the real schema.
real() {
  pg_fresh
  sql "insert into crm.users (user_id, email, name) overriding system value select g, 'u' || g || '@firm.test', 'U' from generate_series(1, 4) g;
       insert into calsync.connection (id, tenant, client_id) overriding system value values (1, 't', 'c');
       insert into calsync.account (id, crm_user, mailbox, connection) overriding system value
       select g, g, 'u' || g || '@firm.test', 1 from generate_series(1, 4) g"
}
# cursor_page ACCOUNT FROM LINK [RESUME]: a page that has only a cursor.
cursor_page() {
  printf '{"run":"r","now":"2026-11-21T09:00:00Z","account":%d,"mailbox":"m","calendar":"","policy_digest":"p","ops":[],"skips":[],"problems":[],"cursor":{"from":%s,"to":{"link":"%s","window":{"start":"2026-10-22T00:00:00Z","end":"2027-11-22T00:00:00Z"},"issued":"2026-11-21T09:00:00Z","resume":null,"round":"2026-11-21T09:00:00Z"},"complete":true,"coverage":null}}' \
    "$1" "$2" "$3"
}
stored() { sql "select to_jsonb(k) - 'account' - 'horizon' - 'horizon_before', k.horizon is not null, k.horizon_before is not null, a.first, a.due_now, a.last_read from calsync.account a left join calsync.cursor k on k.account = a.id where a.id = $1"; }

@test "apply: cursors that are written together are as if each had its page" {
  real
  for round in 'null|L1' '{"link":"L1","resume":null}|L2'; do
    from=${round%|*} to=${round#*|}
    sql "select * from calsync.apply_page('$(cursor_page 1 "$from" "$to")')"
    [ "$(sql "select * from calsync.apply_cursors('[$(cursor_page 2 "$from" "$to"),$(cursor_page 3 "$from" "$to")]') order by n" | paste -sd' ')" = '1|done 2|done' ]
    diff <(stored 1) <(stored 2)
    diff <(stored 1) <(stored 3)
  done
  # Again: they are there already.  From elsewhere: not touched.
  [ "$(sql "select * from calsync.apply_cursors('[$(cursor_page 2 '{"link":"L1"}' L2),$(cursor_page 3 '{"link":"L1"}' L3),$(cursor_page 4 '{"link":"L1"}' L3)]') order by n" | paste -sd' ')" = '1|done 2|moved 3|moved' ]
  diff <(stored 1) <(stored 2)
  diff <(stored 1) <(stored 3)
}

@test "apply: a cursor whose mailbox is locked elsewhere is left alone" {
  real
  rival 'select calsync.apply_lock(2)'
  [ "$(sql "select * from calsync.apply_cursors('[$(cursor_page 1 null L1),$(cursor_page 2 null L1)]') order by n" | paste -sd' ')" = '1|done 2|locked' ]
  rival_end
  [ "$(sql 'select string_agg(account::text, $$ $$) from calsync.cursor')" = 1 ]
}

@test "apply: the role calsync_write is enough" {
  real
  sql "do \$\$ begin create role writer login in role calsync_write; exception when duplicate_object then null; end \$\$"
  run -0 --separate-stderr tool apply -q --db "host=$PGHOST user=writer dbname=$PGDATABASE" < <(ops '' 'skip:A' | sed 's/"cursor":{"link":"L0"}/"cursor":null/;s/"cursor":{"link":"L1"}/"cursor":{"link":"L1","window":{"start":"2026-10-22T00:00:00Z","end":"2027-11-22T00:00:00Z"},"issued":null,"resume":null,"round":null}/')
  [ "$(committed)" = 11 ]
  [ "$(sql "select count(*) from calsync.seen")" -eq 1 ]
}
