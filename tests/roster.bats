# roster: who is due, under which policy, and what is to be read.  Ann, Bob and
# Cy have mailboxes; now is 2026-11-21T09:00:00Z, and all were enabled on
# 2026-03-01 and never read.

setup_file() { load helper; load db; pg_suite_start; }
teardown_file() { load helper; load db; pg_suite_stop; }
setup() {
  load helper
  load db
  unset CALSYNC_POLICY CALSYNC_RUN
  POLICY=$BATS_TEST_TMPDIR/firm.policy
  : >"$POLICY"
}

NOW=2026-11-21T09:00:00Z

world() {
  pg_fresh
  sql "insert into crm.users (email, name, time_zone) values
         ('ann@firm.test', 'Ann', 'Europe/Berlin'), ('bob@firm.test', 'Bob', 'UTC'),
         ('cy@firm.test', 'Cy', 'UTC');
       select from calsync.admin_connection(
         '{\"tenant\":\"firm.test\",\"client_id\":\"c\",\"secret_file\":\"/etc/calsync/secret\"}');
       select from calsync.admin_org(jsonb_build_object('domains', '{firm.test}'::text[], 'other_sync_off', true, 'seats', 100,
         'licence', 'FIRM-' || left(calsync.text_digest('FIRM'), 4))::json);
       select calsync.admin_account(json_build_object('user', u, 'enabled', true,
                'since', '2026-03-01T00:00:00Z')) from unnest(array[
         'ann@firm.test', 'bob@firm.test', 'cy@firm.test']) u;
       update calsync.account set due_now = false" >/dev/null
}

roster() {
  tool roster --policy "$POLICY" --profiles "$TOP/profiles" --now "$NOW" "$@"
}
# who [option ...]: the mailboxes, one a line, up to the @.
who() { roster "$@" 2>"$BATS_TEST_TMPDIR/err" | jq -r 'select(.type == "mailbox").mailbox | sub("@.*"; "")' | paste -sd ' '; }
# of USER FILTER [option ...]: something of a mailbox record.
of() { roster --all "${@:3}" 2>"$BATS_TEST_TMPDIR/err" | jq -rc "select(.mailbox == \"$1@firm.test\") | $2"; }
read_at() { sql "update calsync.account set last_read = '$1' where mailbox like '${2:-%}'"; }
setting() { sql "select from calsync.admin_setting((select id from calsync.account where mailbox = '$1@firm.test'), '$2', '$3')"; }

@test "roster: a run record, a mailbox record each, an end, as the schemas say" {
  world
  printf 'private.mode = manual\n' >"$POLICY"
  CALSYNC_RUN=r1 run -0 --separate-stderr roster --set run.in=5min
  [ "${#lines[@]}" -eq 5 ]
  printf '%s\n' "${lines[@]}" >"$BATS_TEST_TMPDIR/out"
  run -0 "$TOP/tests/validate" --strict "$BATS_TEST_TMPDIR/out"
  [ "$(sed -n 1p "$BATS_TEST_TMPDIR/out" | jq -c '[.type, .id, .now, .schema, .policy_origin, .domains, .adapter.crm, .spent, .generation]')" = \
    '["run","r1","2026-11-21T09:00:00Z",1,{"run.in":"--set","private.mode":"firm.policy:1"},["firm.test"],"builtin",{"mails":0},"ok"]' ]
  [ "$(sed -n 1p "$BATS_TEST_TMPDIR/out" | jq -c '[.policy["run.in"], .policy["private.mode"], .policy["mail.allow"], (.policy | length)]')" = \
    '["5min","manual","none",88]' ]
  [ "$(sed -n 1p "$BATS_TEST_TMPDIR/out" | jq -c '.connections[0] | [.id, .tenant, .secret_file, .graph]')" = \
    '[1,"firm.test","/etc/calsync/secret","https://graph.microsoft.com/v1.0"]' ]
  [ "$(sed -n 2p "$BATS_TEST_TMPDIR/out" | jq -c '[.mailbox, .account, .user, .graph_user, .connection, .zone, .since, .policy, .first, .calendar, .cursor]')" = \
    '["ann@firm.test",1,"1","ann@firm.test",1,"Europe/Berlin","2026-03-01T00:00:00Z",{},true,"",null]' ]
  [ "$(sed -n 5p "$BATS_TEST_TMPDIR/out")" = '{"type":"end","from":"roster","sections":0,"records":3}' ]
}

@test "roster: the same again gives the same bytes, in any zone; the run's id is made of time and process" {
  world
  CALSYNC_RUN=r1 roster >"$BATS_TEST_TMPDIR/one" 2>/dev/null
  CALSYNC_RUN=r1 TZ=Pacific/Chatham LC_ALL=de_DE.UTF-8 PGTZ=Asia/Tokyo roster >"$BATS_TEST_TMPDIR/two" 2>/dev/null
  cmp "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two"
  [[ $(roster 2>/dev/null | jq -r 'select(.type == "run").id') =~ ^20261121T090000Z-[0-9]+$ ]]
  tool roster --policy "$POLICY" 2>/dev/null >"$BATS_TEST_TMPDIR/real"
  [[ $(jq -r 'select(.type == "run").now' "$BATS_TEST_TMPDIR/real") == 20??-??-??T??:??:??Z ]]
}

@test "roster: a wrong policy stops it before the database is asked (U15)" {
  printf 'run.in = 15min\nprivat.mode = skip\nrun.in = 5min\n' >"$POLICY"
  run -78 --separate-stderr roster --db "host=/nonexistent"
  [ -z "$output" ]
  [[ $stderr == *"$POLICY:2: there is no key 'privat.mode'; the nearest is private.mode"* ]]
  [[ $stderr == *"calsync policy check lists every error"* ]]
  : >"$POLICY"
  run -78 --separate-stderr roster --db "host=/nonexistent" --set mail.allow=some
  [ -z "$output" ]
  [[ $stderr == *"'some' is no value of mail.allow; allowed: none, users, all"* ]]
}

@test "roster: a policy file that is named must be there; without a name the defaults hold (U15)" {
  run -78 --separate-stderr tool roster --policy "$BATS_TEST_TMPDIR/none" --db "host=/nonexistent"
  [ -z "$output" ]
  [[ $stderr == *"$BATS_TEST_TMPDIR/none: cannot be read: No such file or directory"* ]]
  CALSYNC_POLICY=$BATS_TEST_TMPDIR/none run -78 --separate-stderr tool roster --db "host=/nonexistent"
  world
  run -0 --separate-stderr tool roster
  [ "$(head -1 <<<"$output" | jq -c '[.policy_origin, .policy["mail.allow"]]')" = '[{},"none"]' ]
  CALSYNC_POLICY='' run -0 --separate-stderr tool roster --profiles "$TOP/profiles" --set profile=opencrm --set auth=app
  [ "$(head -1 <<<"$output" | jq -r '.policy["mail.allow"]')" = all ]
}

@test "roster: no database, no schema, no rights, a full disk" {
  run -69 --separate-stderr roster --db "host=/nonexistent"
  [ -z "$output" ]
  pg_fresh template1
  run -78 --separate-stderr roster
  [ -z "$output" ]
  world
  sql "create role nobody_$PGDATABASE login"
  run -77 --separate-stderr roster --db "host=$PGHOST user=nobody_$PGDATABASE dbname=$PGDATABASE"
  [ -z "$output" ]
  # shellcheck disable=SC2016
  run -74 --separate-stderr bash -c '"$@" >/dev/full' - "$BIN/roster" --policy "$POLICY" --all
}

@test "roster: a member of calsync_read needs nothing else" {
  world
  sql "create role reader_$PGDATABASE login in role calsync_read"
  run -0 --separate-stderr roster --db "host=$PGHOST user=reader_$PGDATABASE dbname=$PGDATABASE"
  [ "$(grep -c '"type":"mailbox"' <<<"$output")" -eq 3 ]
}

@test "roster: standard input stays unread" {
  world
  # shellcheck disable=SC2016
  run -0 --separate-stderr bash -c 'echo kept | { "$@" >/dev/null; cat; }' - "$BIN/roster" --policy "$POLICY"
  [ "$output" = kept ]
}

@test "roster: due is what was never read, or not for run.in less a slack" {
  world
  [ "$(who)" = "ann bob cy" ]
  read_at 2026-11-21T08:45:00Z
  read_at 2026-11-21T08:47:00Z ann@%
  read_at 2026-11-21T08:47:01Z bob@%
  # Who was read longest ago comes first.
  [ "$(who)" = "cy ann" ]
  [ "$(who --set run.in=10min)" = "cy ann bob" ]
  [ "$(who --set run.in=1h)" = "" ]
  grep -q 'mailboxes=0 gated=0 not_due=3' "$BATS_TEST_TMPDIR/err"
  [ "$(who --set run.in=1h --all)" = "cy ann bob" ]
  # Of a short interval the slack is a quarter: 90 s of 2 min are enough.
  read_at 2026-11-21T08:58:30Z
  [ "$(who --set run.in=2min)" = "ann bob cy" ]
  read_at 2026-11-21T08:58:31Z
  [ "$(who --set run.in=2min)" = "" ]
}

@test "roster: a reading in the future means a wrong clock: due" {
  world
  read_at 2026-11-21T09:00:01Z
  [ "$(who)" = "ann bob cy" ]
}

@test "roster: due at once is whom somebody asks for and who has items to read again" {
  world
  read_at 2026-11-21T08:59:00Z
  [ "$(who)" = "" ]
  sql "update calsync.account set due_now = true where mailbox like 'bob@%'"
  [ "$(who)" = "bob" ]
  sql "insert into calsync.again (account, calendar, id, reason, due, since)
       values (3, '', 'A', 'waits', '2026-11-21T09:00:00Z', '2026-11-21T08:00:00Z')"
  [ "$(who)" = "bob cy" ]
  sql "update calsync.again set due = '2026-11-21T09:00:01Z'"
  [ "$(who)" = "bob" ]
}

@test "roster: --mailbox gives only these, due or not; an unknown one is an error" {
  world
  read_at 2026-11-21T08:59:00Z
  [ "$(who --mailbox CY@firm.test --mailbox ann@firm.test)" = "ann cy" ]
  run -64 --separate-stderr roster --mailbox ann@firm.test --mailbox an@firm.test
  [ "$(tail -1 <<<"$output")" = '{"type":"end","from":"roster","sections":0,"records":1}' ]
  [[ $stderr == *"no account has this mailbox"*"an@firm.test"* ]]
}

# The way out ------------------------------------------------------------------------

OUT='--set direction.events=both'
# Ann's event 1, with a change that waits.
edited() {
  sql "insert into crm.events (event_id, assigned_to, starts_at, ends_at) overriding system value
       values (1, 1, '2026-12-01T09:00Z', '2026-12-01T10:00Z')"
}

@test "roster: only a policy that writes to Graph has members for it" {
  world
  [ "$(of ann '[has("outward"), has("spent"), has("crm_from")]')" = '[false,false,false]' ]
  for way in both to_graph; do
    [ "$(of ann '[.outward, .spent, has("crm_from")]' --set direction.events=$way)" = '[true,{"deletes":0},false]' ]
  done
  setting ann direction.events to_crm
  [ "$(of ann 'has("outward")' $OUT --set users.edit=yes)" = false ]
  [ "$(of bob .outward $OUT --set users.edit=yes)" = true ]
  roster --all $OUT --set backfill.out=all 2>/dev/null >"$BATS_TEST_TMPDIR/out"
  run -0 "$TOP/tests/validate" --strict "$BATS_TEST_TMPDIR/out"
}

@test "roster: a first section under backfill.out = all says from where on (O-060 O-082)" {
  world
  [ "$(of ann .crm_from $OUT --set backfill.out=all)" = 2026-11-21T09:00:00Z ]
  [ "$(of ann .crm_from $OUT --set backfill.out=all --set window.past_out=2mo)" = 2026-09-21T09:00:00Z ]
  [ "$(of ann .crm_from $OUT --set backfill.out=all --set window.past_out=unlimited)" = 0001-01-01T00:00:00Z ]
  [ "$(of ann .crm_from $OUT)" = null ]
  [ "$(of ann .crm_from --set backfill.out=all)" = null ]
  sql 'update calsync.account set first = false'
  [ "$(of ann .crm_from $OUT --set backfill.out=all)" = null ]
}

@test "roster: a change of the CRM makes its mailbox due, as often as run.out says (P-044)" {
  world
  read_at 2026-11-21T08:50:00Z
  [ -z "$(who $OUT --set run.in=1h --set run.out=change)" ]
  edited
  [ "$(who $OUT --set run.in=1h --set run.out=change)" = ann ]
  [ "$(who $OUT --set run.in=1h --set run.out=10min)" = ann ]
  [ -z "$(who $OUT --set run.in=1h --set run.out=20min)" ]
  # One-way it waits for its turn.
  [ -z "$(who --set run.in=1h --set run.out=change)" ]
  # Asleep.
  sql "update calsync.change set reason = 'window_future', account = 1, due = '2026-11-21T09:01Z'"
  [ -z "$(who $OUT --set run.in=1h --set run.out=change)" ]
  sql "update calsync.change set due = '2026-11-21T09:00Z'"
  [ "$(who $OUT --set run.in=1h --set run.out=change)" = ann ]
  # A mailbox that cannot be read is not told of in each run.
  sql "update calsync.account set health = 'auth_needed' where id = 1"
  [ -z "$(who $OUT --set run.in=1h --set run.out=change)" ]
}

@test "roster: with owner.unsynced_out = copies a change is due at each user on it (O-061)" {
  world
  sql "update calsync.account set events = false where id = 1"
  edited
  sql "insert into crm.event_attendees (event_id, email, user_id) values (1, 'bob@firm.test', 2), (1, 'cy@firm.test', 3)"
  read_at 2026-11-21T08:59:00Z
  [ -z "$(who $OUT --set run.out=change)" ]
  [ "$(who $OUT --set run.out=change --set owner.unsynced_out=copies)" = 'bob cy' ]
}

@test "roster: a write without an outcome makes its mailbox due; a planned one does not" {
  world
  read_at 2026-11-21T08:59:00Z
  sql "insert into calsync.intent (run, account, op, doc, place, transaction_id, made, sent, outcome) values
       ('r0', 1, 'graph.create', '{}', '', 't1', now(), null, null), ('r0', 2, 'graph.create', '{}', '', 't2', now(), now(), null),
       ('r0', 3, 'graph.create', '{}', '', 't3', now(), now(), 'done')"
  [ "$(who $OUT)" = bob ]
  [ "$(who)" = bob ]
  # A mailbox that cannot be read is not told of in each run.
  sql "update calsync.account set health = 'auth_needed' where id = 2"
  [ -z "$(who $OUT)" ]
}

@test "roster: deletions of the last day are counted, on either side" {
  world
  sql "insert into calsync.log (at, run, account, kind, stage, code, outcome) values
       ('2026-11-21T08:00Z', 'r', 1, 'op', 'apply', 'crm.delete', 'done'), ('2026-11-20T09:00:01Z', 'r', 1, 'op', 'apply', 'graph.delete', 'done'),
       ('2026-11-20T09:00Z', 'r', 1, 'op', 'apply', 'graph.delete', 'done'), ('2026-11-21T08:00Z', 'r', 1, 'op', 'apply', 'crm.delete', 'failed'),
       ('2026-11-21T08:00Z', 'r', 1, 'op', 'apply', 'crm.update', 'done'), ('2026-11-21T08:00Z', 'r', 2, 'op', 'apply', 'crm.delete', 'done')"
  [ "$(of ann .spent.deletes $OUT)" = 2 ]
  [ "$(of bob .spent.deletes $OUT)" = 1 ]
  [ "$(of cy .spent.deletes $OUT)" = 0 ]
}

@test "roster: a run that goes on has spent what it has sent (L3)" {
  world
  sql "insert into calsync.run (id, now) values ('r1', '2026-11-21T08:00Z'), ('r2', '2026-11-21T08:15Z');
       insert into calsync.intent (run, account, op, doc, place, transaction_id, made, sent, mail) values
       ('r1', 1, 'graph.create', '{}', '', 't1', now(), '2026-11-21T08:00Z', '{a@x.test,b@x.test}'),
       ('r1', 1, 'graph.create', '{}', '', 't2', now(), null, '{a@x.test}'),
       ('r2', 1, 'graph.create', '{}', '', 't3', now(), '2026-11-21T08:15Z', '{a@x.test}')"
  spent() { CALSYNC_RUN=$1 roster 2>/dev/null | jq -c 'select(.type == "run").spent'; }
  [ "$(spent r1)" = '{"mails":2}' ]
  [ "$(spent r2)" = '{"mails":1}' ]
  [ "$(spent r3)" = '{"mails":0}' ]
}

@test "roster: who cannot be synced has a gate and no window (P-010 I-047)" {
  world
  sql "update calsync.account set events = false where mailbox like 'ann@%';
       update calsync.account set graph_user = null where mailbox like 'bob@%';
       update crm.users set email = '' where name = 'Cy'"
  [ "$(of ann '[.gate, has("window")]')" = '["user_off",false]' ]
  [ "$(of bob '[.gate, has("window")]')" = '["no_mailbox",false]' ]
  [ "$(of cy '[.gate, has("window")]')" = '["no_email",false]' ]
  roster >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
  run -0 "$TOP/tests/validate" --strict "$BATS_TEST_TMPDIR/out"
  grep -q 'mailboxes=3 gated=3' "$BATS_TEST_TMPDIR/err"
}

@test "roster: a sick connection is auth_needed, other ills are the account's own" {
  world
  sql "update calsync.account set health = 'no_cloud_mailbox' where mailbox like 'bob@%'"
  [ "$(of bob .gate)" = no_cloud_mailbox ]
  [ "$(of ann .gate)" = null ]
  sql "update calsync.connection set health = 'auth_needed'"
  [ "$(of ann .gate)" = auth_needed ]
}

@test "roster: a user whose policy has events off is not read (U16)" {
  world
  setting ann direction.events off
  [ "$(of ann '[.gate, .policy]')" = '["direction",{"direction.events":"off"}]' ]
  [ "$(of bob '[.gate, .policy]')" = '[null,{}]' ]
  [ "$(of bob .gate --set direction.events=off)" = direction ]
}

@test "roster: while the org is off there is nobody" {
  world
  sql "select from calsync.admin_org('{\"enabled\":false}')"
  [ "$(who --all)" = "" ]
  run -0 --separate-stderr roster --all --mailbox ann@firm.test
  [ "${#lines[@]}" -eq 2 ]
}

@test "roster: a user's rows narrow the policy; others are ignored and logged (U16)" {
  world
  setting ann private.mode full
  setting ann select.mode manual
  setting ann run.in 5min
  setting ann no.key x
  setting ann select.block '@client.test'
  setting bob select.block none
  printf 'select.block = category:Home\n' >"$POLICY"
  [ "$(of ann .policy)" = '{"select.mode":"manual","select.block":"@client.test, category:Home"}' ]
  grep -q 'msg="setting of a user ignored" account=1 key=private.mode why="it is wider than the org' "$BATS_TEST_TMPDIR/err"
  grep -q 'account=1 key=run.in why="the key is the org' "$BATS_TEST_TMPDIR/err"
  grep -q 'account=1 key=no.key why="there is no such key"' "$BATS_TEST_TMPDIR/err"
  grep -q 'settings_ignored=3' "$BATS_TEST_TMPDIR/err"
  # No value of a user is in a message.
  run ! grep -q client.test "$BATS_TEST_TMPDIR/err"
  [ "$(of bob .policy)" = '{}' ]
  [ "$(of ann .policy --set private.mode=full | jq -c 'has("private.mode")')" = false ]
}

@test "roster: policy_digest is of the effective policy" {
  local plain
  world
  plain=$(of ann .policy_digest)
  [[ $plain =~ ^[0-9a-f]{32}$ ]]
  [ "$(of bob .policy_digest)" = "$plain" ]
  setting ann select.mode manual
  [ "$(of bob .policy_digest)" = "$plain" ]
  [ "$(of ann .policy_digest)" != "$plain" ]
  [ "$(of ann .policy_digest)" = "$(of bob .policy_digest --set select.mode=manual)" ]
  # The same policy in other words.
  printf 'refuse = private_contact,  imported, draft   # as it is\n' >"$POLICY"
  [ "$(of bob .policy_digest)" = "$plain" ]
}

# window USER [option ...]: its two dates.
window() { of "$1" '[.window.start, .window.end] | map(sub("T00:00:00Z$"; "")) | join(" ")' "${@:2}"; }

@test "roster: the window is policy's, a day wider on either side, from midnight to midnight" {
  world
  sql "update calsync.account set since = '2026-11-21T08:00:00Z'"
  [ "$(window ann)" = "2026-10-21 2027-11-23" ]
  [ "$(window ann --set profile=smartcloud)" = "2026-11-06 2027-01-22" ]
  [ "$(window ann --set window.past_in=2025-01-01)" = "2024-12-31 2027-11-23" ]
  [ "$(NOW=2026-11-21T00:00:00Z window ann --set window.future_in=10d)" = "2026-10-21 2026-12-02" ]
  [ "$(NOW=2026-11-21T23:59:59Z window ann --set window.future_in=10d)" = "2026-10-21 2026-12-03" ]
}

@test "roster: enabled- counts calendar months back from the day of enabling, once (P-037)" {
  world
  sql "update calsync.account set since = '2026-08-31T12:00:00Z' where mailbox like 'ann@%'"
  [ "$(window ann --set window.past_in=enabled-6mo)" = "2026-02-27 2027-11-23" ]
  [ "$(NOW=2027-11-21T09:00:00Z window ann --set window.past_in=enabled-6mo)" = "2026-02-27 2028-11-23" ]
  [ "$(window bob --set window.past_in=enabled-6mo)" = "2025-08-31 2027-11-23" ]
}

@test "roster: an administrator's date of commencement is in the next run (P-038)" {
  world
  sql "update calsync.account set since = '2026-11-21T08:00:00Z'"
  printf 'profile = practifi\n' >"$POLICY"
  [ "$(window ann)" = "2026-05-20 2036-11-23" ]
  printf 'profile = practifi\nwindow.past_in = 2025-01-01\n' >"$POLICY"
  [ "$(window ann)" = "2024-12-31 2036-11-23" ]
}

@test "roster: what was linked is read until window.stop, however short window.past_in is" {
  world
  # Enabled on 2026-03-01: with 30 days, nothing older than 2026-01-30 is linked.
  [ "$(window ann)" = "2026-01-29 2027-11-23" ]
  [ "$(window ann --set window.stop=60d)" = "2026-09-21 2027-11-23" ]
  [ "$(window ann --set window.stop=1d)" = "2026-10-21 2027-11-23" ]
  # Outward links count where there can be some.
  [ "$(window ann --set direction.events=both --set window.past_out=1y)" = "2025-02-28 2027-11-23" ]
  [ "$(window ann --set direction.events=both --set window.past_out=unlimited)" = "2016-02-29 2027-11-23" ]
  [ "$(window ann --set window.past_out=unlimited)" = "2026-01-29 2027-11-23" ]
  [ "$(window ann --set direction.events=both --set window.future_out=24mo)" = "2026-01-29 2028-11-23" ]
}

@test "roster: a user's own window is narrower, never wider (U16)" {
  world
  setting ann window.future_in 60d
  setting bob window.future_in 2y
  [ "$(window ann)" = "2026-01-29 2027-01-22" ]
  [ "$(window bob)" = "2026-01-29 2027-11-23" ]
}

@test "roster: only the default calendar, others if policy says so; cursors go through (P-057 P-058)" {
  local cursor='{"link":"https://graph.test/d?$deltatoken=t","window":{"start":"2026-01-01T00:00:00Z","end":"2028-01-01T00:00:00Z"},"issued":"2026-11-21T08:00:00Z","resume":null,"round":null}'
  world
  sql "insert into calsync.cursor (account, calendar, kind, link, window_start, window_end, issued, committed)
       select 1, c, 'events', 'https://graph.test/d?\$deltatoken=t', '2026-01-01', '2028-01-01', '2026-11-21T08:00:00Z', now()
         from unnest(array['', 'AAMk2']) c;
       insert into calsync.cursor (account, calendar, kind, link, window_start, window_end, issued, committed)
       select 2, 'AAMk3', kind, link, window_start, window_end, issued, committed from calsync.cursor limit 1"
  [ "$(of ann '[.calendar, .cursor]')" = '["",'"$cursor"']' ]
  [ "$(of bob '[.calendar, .cursor]')" = '["",null]' ]
  # Which there are is for Graph to say: fetch asks.
  [ "$(of ann .calendars.which)$(of cy .calendars)$(of ann '[.cursor, .calendars]' --set calendars=own)" = 'defaultnull['"$cursor"',{"which":"own","known":[{"calendar":"AAMk2","cursor":'"$cursor"'}]}]' ]
  # Never in a message.
  run ! grep -q deltatoken "$BATS_TEST_TMPDIR/err"
}

@test "roster: memory does not grow with the accounts" {
  local few many
  # A sanitizer keeps what was freed, unless told not to.
  export ASAN_OPTIONS=quarantine_size_mb=0:thread_local_quarantine_size_kb=0
  world
  roster 2>"$BATS_TEST_TMPDIR/err" >/dev/null
  few=$(sed -n 's/.*rss_kib=\([0-9]*\).*/\1/p' "$BATS_TEST_TMPDIR/err")
  sql "insert into calsync.account (crm_user, mailbox, graph_user, connection)
       select 'u' || i, 'u' || i || '@firm.test', 'u' || i, 1 from generate_series(1, 5000) i"
  roster 2>"$BATS_TEST_TMPDIR/err" >"$BATS_TEST_TMPDIR/out"
  many=$(sed -n 's/.*rss_kib=\([0-9]*\).*/\1/p' "$BATS_TEST_TMPDIR/err")
  [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq 5005 ]
  echo "$few KiB for 3, $many KiB for 5003"
  [ "$many" -lt $((few + 1024)) ]
}

@test "roster: a database of another schema is refused" {
  world
  sql "alter function calsync.roster_org(text) rename to old_org;
       create function calsync.roster_org(run text) returns json language sql as
         \$\$ select '{\"schema\":2,\"domains\":[],\"adapter\":{},\"connections\":[],\"enabled\":true}'::json \$\$"
  run -78 --separate-stderr roster
  [ -z "$output" ]
  [[ $stderr == *"calsync setup upgrades the database"* ]]
}

@test "roster: --help, --version, --options, unknown options and operands" {
  run -0 --separate-stderr tool roster --help
  [[ ${lines[0]} == "usage: roster "* ]]
  run -0 --separate-stderr tool roster --version
  [ "$output" = "roster (calsync) $(cat "$TOP/VERSION")" ]
  run -0 --separate-stderr tool roster --options
  [[ $output == *--mailbox* ]]
  run -64 --separate-stderr tool roster --nope
  [ -z "$output" ]
  run -64 --separate-stderr tool roster file
  run -64 --separate-stderr tool roster --now yesterday
}

@test "roster: what had to be in order to be switched on still has to be (P-002 P-007), but not for a plan" {
  world
  sql "select from calsync.admin_org('{\"other_sync_off\":false}')"
  [ "$(who --all)" = 'ann bob cy' ]
  run -78 --separate-stderr roster --all --set direction.events=both
  [ -z "$output" ]
  [[ $stderr == *'calsync org other_sync_off=yes'* ]]
  run -0 --separate-stderr roster --all --plan --set direction.events=both
  sql "update calsync.org set seats = null"
  run -78 --separate-stderr roster --all --set license=seats
  [[ $stderr == *'calsync org seats=N'* ]]
  sql "update calsync.org set enabled = false"
  run -0 --separate-stderr roster --all --set license=seats
}
