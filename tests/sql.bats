# The database side: setup, rights, the adapter contract with the built-in CRM,
# and the functions of docs/stream.md section 8.

load sql

# Setup ------------------------------------------------------------------------

@test "setup: a second time does nothing" {
  own
  before=$(sql 'select file, applied from calsync.schema_file order by 1')
  run -0 --separate-stderr "$TOP/scripts/calsync-setup" --db "$CALSYNC_DB"
  [ "$stderr" = 'calsync setup: up to date' ]
  is 'select file, applied from calsync.schema_file order by 1' "$before"
  run -0 "$TOP/scripts/calsync-setup" --check
}

@test "setup: an upgrade applies what is missing or changed, and keeps the data" {
  own
  one A U1 >/dev/null
  sql "delete from calsync.schema_file where file = '050-match.sql';
       update calsync.schema_file set sha = 'old' where file = '010-state.sql' or file = 'adapter-builtin.sql'"
  run -78 --separate-stderr "$TOP/scripts/calsync-setup" --check
  [ "$(grep -c missing <<<"$stderr")" -eq 2 ]
  run -0 --separate-stderr "$TOP/scripts/calsync-setup"
  [ "$(grep applied <<<"$stderr" | sed 's/.* //' | paste -sd' ')" = '050-match.sql adapter-builtin.sql 090-roles.sql' ]
  is 'select count(*) from crm.events' 1
}

@test "setup: a file that fails is not half applied" {
  own
  createdb "${PGDATABASE}_b"
  cp -r "$TOP/schemas" "$BATS_TEST_TMPDIR/"
  echo 'create table calsync.half (a int); select 1/0;' >>"$BATS_TEST_TMPDIR/schemas/040-fetch.sql"
  CALSYNC_DATADIR=$BATS_TEST_TMPDIR run -70 --separate-stderr "$TOP/scripts/calsync-setup" --db "dbname=${PGDATABASE}_b"
  [[ $stderr == *'040-fetch.sql failed with 22012'* ]]
  [ "$(PGDATABASE=${PGDATABASE}_b sql "select to_regclass('calsync.half') is null, max(file) from calsync.schema_file")" = 't|036-cleanup.sql' ]
  run -0 --separate-stderr "$TOP/scripts/calsync-setup" --db "dbname=${PGDATABASE}_b"
  dropdb "${PGDATABASE}_b"
}

@test "setup: what it says when it cannot" {
  own
  run -64 --separate-stderr "$TOP/scripts/calsync-setup" --nonsense
  [ -z "$output" ]
  [[ $stderr == *"unknown option '--nonsense'"* ]]
  run -69 "$TOP/scripts/calsync-setup" --db host=/nonexistent
  run -78 --separate-stderr "$TOP/scripts/calsync-setup" --adapter nosuch
  [[ $stderr == *"there is no adapter 'nosuch'"* ]]
  run -78 "$TOP/scripts/calsync-setup" --adapter /nonexistent/x.sql
  createdb "${PGDATABASE}_c"
  sql 'create role poor login' || :
  run -77 --separate-stderr "$TOP/scripts/calsync-setup" --db "dbname=${PGDATABASE}_c user=poor"
  [[ $stderr == *'lacks rights'* ]]
  psql -q -X -d "${PGDATABASE}_c" -c 'create schema crm'
  run -78 --separate-stderr "$TOP/scripts/calsync-setup" --db "dbname=${PGDATABASE}_c"
  [[ $stderr == *'a schema crm that calsync did not make'* ]]
  dropdb "${PGDATABASE}_c"
  sql 'drop role poor'
}

@test "setup: --help and --version" {
  run -0 --separate-stderr "$TOP/scripts/calsync-setup" --help
  [[ $output == usage:* ]]
  [ -z "$stderr" ]
  run -0 "$TOP/scripts/calsync-setup" --version
  [ "$output" = "calsync-setup $(cat "$TOP/VERSION")" ]
}

@test "setup: an adapter in a file of its own, with its own tables" {
  own
  createdb "${PGDATABASE}_d"
  sed 's/\bcrm\./other./g; s/schema if not exists crm/schema if not exists other/; s/schema crm/schema other/g' \
    "$TOP/schemas/adapter-builtin.sql" | sed "s/'builtin', '1'/'other', '1'/; s/calsync\.crm_other\./calsync.crm_/g" >"$BATS_TEST_TMPDIR/other.sql"
  run -0 "$TOP/scripts/calsync-setup" --db "dbname=${PGDATABASE}_d" --adapter "$BATS_TEST_TMPDIR/other.sql"
  run -0 "$TOP/scripts/calsync-setup" --db "dbname=${PGDATABASE}_d"
  [ "$(PGDATABASE=${PGDATABASE}_d sql "select crm, to_regclass('other.events') is not null, to_regnamespace('crm') is null from calsync.adapter")" = 'other|t|t' ]
  run -78 "$TOP/scripts/calsync-setup" --db "dbname=${PGDATABASE}_d" --adapter builtin
  dropdb "${PGDATABASE}_d"
}

@test "pg-tmp: a second cluster starts, answers and leaves nothing" {
  dir=$(mktemp -u /tmp/calsync-pgt.XXXXXX)
  run -0 --separate-stderr "$TOP/scripts/pg-tmp" start "$dir" work_mem=3MB
  [ "$output" = "$dir" ]
  [ "$(PGHOST=$dir PGUSER=postgres PGDATABASE=postgres psql -XAtc 'show work_mem')" = 3MB ]
  run -64 "$TOP/scripts/pg-tmp" start "$dir"
  run -0 "$TOP/scripts/pg-tmp" stop "$dir"
  [ ! -e "$dir/data" ]
  [ ! -e "$dir/.s.PGSQL.5432" ]
  rm -rf "$dir"
}

@test "pg-tmp: without PostgreSQL's server it says what to install" {
  mkdir "$BATS_TEST_TMPDIR/bin"
  for p in bash env dirname sort tail mkdir; do ln -s "$(command -v $p)" "$BATS_TEST_TMPDIR/bin/"; done
  sed 's|/usr/lib/postgresql/\*/bin|/nonexistent|; s|/usr/pgsql-\*/bin||' "$TOP/scripts/pg-tmp" >"$BATS_TEST_TMPDIR/pg-tmp"
  run -69 --separate-stderr env PATH="$BATS_TEST_TMPDIR/bin" bash "$BATS_TEST_TMPDIR/pg-tmp" start "$BATS_TEST_TMPDIR/x"
  [[ $stderr == *'apt-get install postgresql'* ]]
  [ "${#stderr_lines[@]}" -eq 1 ]
}

# Rights -------------------------------------------------------------------------

# refused ROLE STATEMENT...: each of them for lack of rights.
refused() {
  local role=$1 list
  shift
  list=$(printf '%s\n' "$@" | jq -Rsc 'split("\n")[:-1]')
  ask "set role $role"
  is "select t.allowed(array(select jsonb_array_elements_text(\$j\$$list\$j\$)))" ''
  ask 'reset role'
}

@test "roles: calsync_read reads what roster, fetch and match need, and writes nothing" {
  one A U1
  ask 'set role calsync_read'
  ask "select count(*) from calsync.roster_accounts(now()); select calsync.roster_org();
    select calsync.fetch_again(1, '', 'p1', now()); select calsync.fetch_links(1, '', now(), now(), null);
    select calsync.fetch_series(1, '{x}', null, null); select calsync.match_known(1, '{A}', '{x}');
    select count(*) from calsync.match_context(1, '[{\"n\":1,\"id\":\"A\",\"uid\":\"U1\",\"slots\":[\"\"],\"addresses\":[\"xia@client.test\"],\"rooms\":[{\"name\":\"Hall\"}]}]');
    select count(*) from calsync.errors, calsync.held, calsync.stale, calsync.mails; reset role" >/dev/null
  refused calsync_read "delete from calsync."{cursor,meeting,meeting_key,copy,seen,seen_wait,again,intent,hold,run,log,setting,account,org,connection,person_change} \
    "select t.page(1, '[]')" "select calsync.apply_lock(1)" "select calsync.run_begin('{}')" \
    "select calsync.put_events('{}')" "select calsync.remove_event('1')" "delete from crm.events" \
    "update crm.events set subject = ''" "select calsync.note_people('{x}')" "select calsync.admin_org('{}')" \
    "select value from calsync.lost" "select * from calsync.conflicts" "select body from calsync.intent"
}

@test "roles: calsync_write applies pages and touches no person, policy or account (P-001)" {
  ask 'set role calsync_write'
  is "select t.section(1, null, 'L1', jsonb_build_object('ops', jsonb_build_array(t.create('A', 'U1', '{\"attendees\":{\"add\":[{\"address\":\"xia@client.test\",\"person\":\"contact\",\"id\":\"7\"}]},\"rooms\":{\"add\":[{\"resource\":\"1\"}]}}'))))" 'A=done'
  is "select t.page(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"B\"},\"attendees\":{\"remove\":[\"xia@client.test\"]},\"lost\":{\"subject\":\"x\"}}')), jsonb_build_object('skips', jsonb_build_array(t.skip('S', 'unmatched', '{\"waits\":[\"x\"]}'))))" 'A=done'
  is "select t.page(1, jsonb_build_array(t.op('crm.delete', 'A', 'U1', '{\"how\":\"delete\"}')))" 'A=done'
  ask "select calsync.run_begin('{\"id\":\"r\",\"now\":\"2026-11-21T09:00:00Z\"}'); select calsync.run_end('{\"id\":\"r\",\"status\":0}'); reset role" >/dev/null
  refused calsync_write "delete from crm.events" "delete from crm.users" "update crm.contacts set active = false" \
    "insert into crm.contact_emails values (7, 'x')" "update calsync.account set mailbox = 'x'" \
    "update calsync.account set events = false" "delete from calsync.setting" "update calsync.org set domains = '{}'" \
    "select value from calsync.lost" "delete from calsync.log" "select calsync.admin_account('{}')" \
    "select calsync.note_people('{x}')" "select calsync.watch_person('crm.users', 'r.email')"
}

@test "roles: calsync_admin sets up, releases and retries, and sees lost values" {
  ask "set role calsync_admin; select calsync.admin_org('{\"domains\":[\"Firm.test\"]}'), calsync.admin_setting(1, 'private.mode', 'skip'), calsync.admin_account('{\"user\":\"dan@firm.test\"}'), calsync.admin_retry('2026-01-01Z');
    select * from calsync.conflicts; select value from calsync.lost; update calsync.hold set released_by = 'x'; reset role" >/dev/null
  refused calsync_admin "delete from crm.events" "delete from calsync.log" "delete from calsync.meeting"
}

@test "roles: a CRM user who may not look into calsync can edit people (capture is not in the way)" {
  ask 'create role clerk; grant usage on schema crm to clerk; grant all on all tables in schema crm to clerk'
  ask "set role clerk; insert into crm.contact_emails values (7, 'new@client.test'); update crm.contacts set private = true where contact_id = 7; reset role"
  is "select count(*) from calsync.person_change where address = calsync.text_digest('new@client.test')" 2
  ask 'drop owned by clerk; drop role clerk'
}

# The adapter contract ------------------------------------------------------------

# put JSON: through put_events; gives "n:crm_id ...".
put() { ask "select string_agg(n || ':' || crm_id, ' ' order by n) from calsync.put_events(array(select jsonb_array_elements('$1')))"; }
# shown ID [PATH ...]: members of the CRM's state.
shown() { ask "select jsonb_pretty(doc) from calsync.snapshot('{$1}')" | jq -c "${2:-.}"; }

@test "adapter: all its functions are there, and nothing of calsync depends on a CRM table" {
  is "select string_agg(f, ' ') from unnest('{crm_user(),crm_person(),crm_resource(),read_events(text[]),read_attendees(text[]),lock_events(text[]),put_events(jsonb[]),put_event(jsonb),remove_event(text),\"find_events(text[],text[],timestamptz[])\",\"find_twins(text[],text[],text[],timestamptz[],timestamptz[],boolean[],text[])\",\"events_from(text,timestamptz)\",\"crm_relation(text[],text[])\",adapter_analyze()}'::text[]) f where to_regprocedure('calsync.' || f) is null" ''
  is "select count(*) from pg_depend d join pg_class c on c.oid = d.refobjid and c.relnamespace = 'crm'::regnamespace
      left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid left join pg_class v on v.oid = r.ev_class
      where v.relnamespace = 'calsync'::regnamespace" 0
  is "select count(*) from pg_constraint k join pg_class r on r.oid = k.confrelid where k.contype = 'f' and k.connamespace = 'calsync'::regnamespace and r.relnamespace <> 'calsync'::regnamespace" 0
  ask "alter table crm.events alter location type varchar(300); alter table crm.events alter subject type varchar(300)"
  is "select count(*) from calsync.read_events()" 0
}

@test "adapter: a timed event is read back as it was written, its people and rooms are its relations (P-097)" {
  [ "$(put '[{"owner":"1","key":{"uid":"U1","original_date":""},"set":{"subject":"Plan","body":"a\n- b","start":"2027-02-03T09:00:00Z","end":"2027-02-03T10:15:00.5Z","zone":"Europe/London","all_day":false,"location":"Room 7","show_as":"oof","sensitivity":"private","reminder":30,"online":{"provider":"teamsForBusiness","url":"https://x.test/1"},"recurrence":"FREQ=DAILY","recurrence_text":"Daily","series":{"kind":"master","master":null,"original_date":null},"event_type":"call","kind":"activity","cancelled":false,"categories":["A","B"],"send_invites":false},
    "attendees":{"add":[{"address":"xia@client.test","name":"Xia","role":"optional","response":"accepted","person":"contact","id":"7"},{"address":"ann@firm.test","name":"Ann","role":"required","response":"none","person":"user","id":"1"},{"address":"leo@vendor.test","name":"Leo","role":"required","response":"declined","person":"lead","id":"9"}]},"rooms":{"add":[{"resource":"1","name":"Boardroom","address":"board@firm.test"},{"resource":"2","name":"Hall","address":null}]}}]')" = 1:1 ]
  [ "$(shown 1 'del(.created, .modified)')" = "$(jq -c . <<'J'
{"end":"2027-02-03T10:15:00.5Z","uid":"U1","body":"a\n- b","kind":"activity","zone":"Europe/London","owner":"1","rooms":[{"name":"Boardroom","address":"board@firm.test","resource":"1"},{"name":"Hall","address":null,"resource":"2"}],"start":"2027-02-03T09:00:00Z","crm_id":"1","online":{"url":"https://x.test/1","provider":"teamsForBusiness"},"origin":"sync","series":{"kind":"master","master":null,"original_date":null},"all_day":false,"deleted":false,"show_as":"oof","subject":"Plan","location":"Room 7","reminder":30,"attendees":[{"id":"1","name":"Ann","role":"required","person":"user","address":"ann@firm.test","response":"none"},{"id":"9","name":"Leo","role":"required","person":"lead","address":"leo@vendor.test","response":"declined"},{"id":"7","name":"Xia","role":"optional","person":"contact","address":"xia@client.test","response":"accepted"}],"cancelled":false,"categories":["A","B"],"event_type":"call","recurrence":"FREQ=DAILY","sensitivity":"private","sync_status":"active","send_invites":false,"recurrence_text":"Daily"}
J
  )" ]
  is "select duration_min, reminder_at, recurring, source from crm.events" '75|2027-02-03 08:30:00+00|t|sync'
}

@test "adapter: what an element does not name stays: fields, people, rooms" {
  put '[{"owner":"1","key":{"uid":"U1"},"set":{"subject":"A","body":"B","start":"2027-02-03T09:00:00Z","end":"2027-02-03T10:00:00Z","location":"L","reminder":15},"attendees":{"add":[{"address":"xia@client.test","person":"contact","id":"7"},{"address":"bob@firm.test","person":"user","id":"2"}]},"rooms":{"add":[{"resource":"1"},{"resource":"2"}]}}]'
  ask "insert into crm.event_attendees (event_id, email) values (1, 'hand@made.test')"
  before=$(shown 1 'del(.modified, .subject)')
  [ "$(put '[{"crm_id":"1","set":{"subject":"New"}}]')" = 1:1 ]
  [ "$(shown 1 'del(.modified, .subject)')" = "$before" ]
  [ "$(shown 1 .subject)" = '"New"' ]
  put '[{"crm_id":"1","set":{},"attendees":{"add":[{"address":"leo@vendor.test","person":"lead","id":"9"}],"remove":["xia@client.test"],"change":[{"address":"bob@firm.test","response":"accepted","role":"optional"}]},"rooms":{"add":[{"resource":"4"}],"remove":["1"]}}]'
  [ "$(shown 1 '[.attendees[] | [.address, .person, .role, .response]]')" = '[["bob@firm.test","user","optional","accepted"],["hand@made.test",null,"required","none"],["leo@vendor.test","lead","required","none"]]' ]
  [ "$(shown 1 '[.rooms[].name]')" = '["Hall","Attic"]' ]
  put '[{"crm_id":"1","set":{"body":null,"location":null,"reminder":null,"online":null}}]'
  [ "$(shown 1 '[.body, .location, .reminder, .online, .subject]')" = '[null,null,null,null,"New"]' ]
}

@test "adapter: all-day events are dates that float, one day also when clocks change (P-071, F107)" {
  put '[{"owner":"3","key":{"uid":"U1"},"set":{"subject":"Trip","start":"2026-10-25","end":"2026-10-26","all_day":true,"zone":"Europe/London","reminder":60}}]'
  [ "$(shown 1 '[.start, .end, .all_day, .reminder]')" = '["2026-10-25","2026-10-26",true,60]' ]
  ask "set timezone = 'Pacific/Auckland'"
  is "select to_char(starts_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), duration_min, to_char(reminder_at at time zone 'UTC', 'MM-DD HH24:MI') from crm.events" '2026-10-25 00:00|1440|10-25 03:00'
  ask "set timezone = 'America/New_York'"
  put '[{"crm_id":"1","set":{"start":"2026-11-01","end":"2026-11-03"}}]'
  [ "$(shown 1 '[.start, .end, .reminder]')" = '["2026-11-01","2026-11-03",60]' ]
  put '[{"crm_id":"1","set":{"start":"2026-11-01T09:00:00Z","end":"2026-11-01T10:00:00Z","all_day":false}}]'
  [ "$(shown 1 '[.start, .all_day, .reminder]')" = '["2026-11-01T09:00:00Z",false,60]' ]
}

@test "adapter: a reminder is minutes, whole and downward, and moves with the start (P-089, P-090)" {
  put '[{"owner":"1","key":{"uid":"U1"},"set":{"start":"2027-02-03T09:00:00Z","end":"2027-02-03T10:00:00Z","reminder":15}}]'
  put '[{"crm_id":"1","set":{"start":"2027-02-04T09:00:00Z","end":"2027-02-04T10:00:00Z"}}]'
  is 'select reminder_at from crm.events' '2027-02-04 08:45:00+00'
  ask "update crm.events set reminder_at = '2027-02-04 08:44:30+00'"
  [ "$(shown 1 .reminder)" = 15 ]
  ask "update crm.events set reminder_at = '2027-02-04 09:30:00+00'"
  [ "$(shown 1 .reminder)" = 0 ]
  ask 'update crm.events set reminder_set = false'
  [ "$(shown 1 .reminder)" = null ]
}

@test "adapter: text that is too long is cut on a character, a long URL is left out (P-088, P-096)" {
  put "[{\"owner\":\"1\",\"key\":{\"uid\":\"U1\"},\"set\":{\"subject\":\"$(printf '🙂%.0s' {1..300})\",\"body\":\"$(printf 'é%.0s' {1..32010})\",\"start\":\"2027-02-03T09:00:00Z\",\"end\":\"2027-02-03T09:00:00Z\",\"online\":{\"provider\":\"teamsForBusiness\",\"url\":\"https://$(printf 'x%.0s' {1..300})\"}}}]" >/dev/null
  is "select char_length(subject), right(subject, 1), char_length(description), right(description, 4), online_meeting, online_url is null, duration_min from crm.events" '255|🙂|32000|é...|t|t|0'
}

@test "adapter: CRM values are shown in their class, and stay what they are (U3)" {
  put '[{"owner":"1","key":{"uid":"U1"},"set":{"start":"2027-02-03T09:00:00Z","end":"2027-02-03T10:00:00Z","show_as":"free"},"attendees":{"add":[{"address":"xia@client.test","person":"contact","id":"7"}]}}]'
  ask "update crm.events set show_as = 'Elsewhere'; update crm.event_attendees set response = 'tentative'"
  [ "$(shown 1 '[.show_as, .attendees[0].response]')" = '["oof","accepted"]' ]
  ask "update crm.events set show_as = 'Tentative'"
  [ "$(shown 1 .show_as)" = '"free"' ]
  put '[{"crm_id":"1","set":{"subject":"x"}}]'
  is 'select show_as, (select response from crm.event_attendees) from crm.events' 'Tentative|tentative'
}

@test "adapter: an event that a person makes was never synced, one of ours is active (P-083, P-084)" {
  ask "insert into crm.events (assigned_to, starts_at, ends_at) values (1, now(), now())"
  put '[{"owner":"1","key":{"uid":"U1"},"set":{"start":"2027-02-03T09:00:00Z","end":"2027-02-03T10:00:00Z"}}]' >/dev/null
  is "select sync_status, source from crm.events order by 1 desc" $'Never|ui\nActive|sync'
}

@test "adapter: cancelled is a status, and comes back as planned" {
  put '[{"owner":"1","key":{"uid":"U1"},"set":{"start":"2027-02-03T09:00:00Z","end":"2027-02-03T10:00:00Z"}}]'
  put '[{"crm_id":"1","set":{"cancelled":true}}]'
  is 'select status from crm.events' Cancelled
  put '[{"crm_id":"1","set":{"cancelled":false}}]'
  is 'select status from crm.events' Planned
  ask "update crm.events set status = 'Completed'"
  put '[{"crm_id":"1","set":{"cancelled":false}}]'
  is 'select status from crm.events' Completed
}

@test "adapter: put_events gives a row per element, none for an event that is not there, and fails as a whole" {
  [ "$(put '[{"owner":"1","key":{"uid":"U1"},"set":{"start":"2027-02-03T09:00:00Z","end":"2027-02-03T10:00:00Z"}},{"crm_id":"999","set":{"subject":"x"}},{"owner":"2","key":{"uid":"U2"},"set":{"start":"2027-02-03T09:00:00Z","end":"2027-02-03T10:00:00Z"}}]')" = '1:1 3:2' ]
  fails 23514 "select calsync.put_events(array['{\"owner\":\"1\",\"key\":{\"uid\":\"U3\"},\"set\":{\"start\":\"2027-02-03T09:00:00Z\",\"end\":\"2027-02-03T10:00:00Z\"}}','{\"owner\":\"1\",\"key\":{\"uid\":\"U4\"},\"set\":{\"start\":\"2027-02-03T09:00:00Z\",\"end\":\"2027-02-03T08:00:00Z\"}}']::jsonb[])"
  is 'select count(*) from crm.events' 2
  is "select calsync.put_event('{\"crm_id\":\"1\",\"set\":{\"subject\":\"one\"}}'), calsync.put_event('{\"crm_id\":\"9\",\"set\":{}}')" '1|'
}

@test "adapter: removal is soft, twice is once; find_events finds by uid, else by owner and start" {
  put '[{"owner":"1","key":{"uid":"U1"},"set":{"start":"2027-02-03T09:00:00Z","end":"2027-02-03T10:00:00Z"}}]'
  ask "insert into crm.events (assigned_to, starts_at, ends_at) values (1, '2027-02-05T09:00Z', '2027-02-05T10:00Z')"
  find="select n, crm_id, by from calsync.find_events('{1,1,2}', '{U1,U9,U1}', '{2027-02-03T09:00Z,2027-02-05T09:00Z,2027-02-03T09:00Z}') order by 1"
  is "$find" $'1|1|uid\n2|2|start'
  is "select calsync.remove_event('1'), calsync.remove_event('1')" 't|f'
  [ "$(shown 1 '[.deleted, .sync_status]')" = '[true,"inactive"]' ]
  is "$find" '2|2|start'
}

@test "adapter: rows of a person count come with each of their addresses, in lower case (P-061)" {
  is "select string_agg(field || ':' || email, ' ' order by rank) from calsync.crm_person() where id = '7' and person = 'contact'" 'email:xia@client.test alt_email:xia@home.test'
  is "select person, id, private, type from calsync.crm_person() where email = 'zed@client.test'" 'contact|8|t|Prospect'
  ask 'update crm.users set active = false where user_id = 2; update crm.contacts set active = false where contact_id = 8'
  is "select count(*) from calsync.crm_person() where email in ('bob@firm.test', 'zed@client.test')" 0
}

@test "adapter: what a CRM does not hold is in no state" {
  put '[{"owner":"1","key":{"uid":"U1"},"set":{"subject":"x","start":"2027-02-03T09:00:00Z","end":"2027-02-03T10:00:00Z"}}]'
  ask "update calsync.adapter set holds = '{subject,start,end,all_day}'"
  [ "$(shown 1 -S)" = '{"all_day":false,"crm_id":"1","deleted":false,"end":"2027-02-03T10:00:00Z","owner":"1","start":"2027-02-03T09:00:00Z","subject":"x"}' ]
}

@test "adapter: read_events and snapshot of any keys use the CRM's index, null means all" {
  ask "insert into crm.events (assigned_to, external_id, starts_at, ends_at) select 1, 'E' || g, now(), now() from generate_series(1, 5000) g"
  is 'select count(*) from calsync.read_events()' 5000
  ask "prepare q(text[]) as select count(*) from calsync.read_events(\$1); set plan_cache_mode = force_generic_plan"
  plan=$(ask "explain (costs off) execute q('{1}')")
  grep -q 'Index Cond: (event_id = ANY' <<<"$plan"
  run ! grep -q 'Seq Scan on events e$' <<<"$plan"
}

# What fetch and roster ask ---------------------------------------------------------

@test "roster: the firm, its connections and what the adapter holds" {
  ask "select calsync.admin_org('{\"domains\":[\"Firm.Test\"]}'), calsync.admin_connection('{\"id\":1,\"secret_file\":\"/etc/s\",\"graph\":\"https://g.test/v1.0/\"}')"
  [ "$(ask 'select calsync.roster_org()' | jq -c '[.schema, .domains, .adapter.crm, (.adapter.holds | index("attendees") != null), .connections, .enabled]')" = \
    '[1,["firm.test"],"builtin",true,[{"id":1,"tenant":"firm.test","client_id":"c1","graph":"https://g.test/v1.0","login":"https://login.microsoftonline.com","secret_file":"/etc/s"}],true]' ]
}

@test "roster: an account with settings, cursor and what is due" {
  ask "select calsync.admin_setting(1, 'private.mode', 'skip'), calsync.admin_setting(1, 'x', 'y'), calsync.admin_setting(1, 'x', null)"
  [ "$(ask "select r from calsync.roster_accounts(t.now()::timestamptz) r where r ->> 'account' = '1'" | jq -c .)" = \
    '{"account":1,"user":"1","mailbox":"ann@firm.test","graph_user":"ann@firm.test","connection":1,"zone":"Europe/Berlin","since":"2026-03-01T00:00:00Z","settings":{"private.mode":"skip"},"first":true,"gate":null,"last_read":null,"due_now":true,"changes":false,"open":false,"deletes":0,"calendars":[{"calendar":"","cursor":null}]}' ]
  ask "select t.section(1, null, 'L1', '{\"outward\":true}')"
  [ "$(ask "select r from calsync.roster_accounts(t.now()::timestamptz) r where r ->> 'account' = '1'" | jq -c '[.first, .last_read, .due_now, .calendars]')" = \
    '[false,"2026-11-21T09:00:00Z",false,[{"calendar":"","cursor":{"link":"L1","window":{"start":"2026-10-22T00:00:00Z","end":"2027-11-22T00:00:00Z"},"issued":"2026-11-21T09:00:00Z","resume":null,"round":"2026-11-21T09:00:00Z"}}]]' ]
  ask "select t.page(1, '[]', '{\"problems\":[{\"stage\":\"fetch\",\"code\":\"graph_error\",\"id\":\"X\"}]}')"
  is "select r ->> 'due_now', r2 ->> 'due_now' from calsync.roster_accounts('2026-11-21T09:05Z') r, calsync.roster_accounts('2026-11-21T09:10Z') r2 where r ->> 'account' = '1' and r2 ->> 'account' = '1'" 'false|true'
}

@test "roster: gates that the database knows, the first one counts (P-010, P-014, P-017, I-047, I-048)" {
  gate() { is "select r ->> 'gate' from calsync.roster_accounts(now()) r where r ->> 'account' = '1'" "$1"; }
  gate ''
  ask "update calsync.connection set health = 'secret expired'"
  gate auth_needed
  ask "update calsync.account set connection = null where id = 1"
  gate no_server
  ask "update calsync.account set connection = 1 where id = 1"
  ask "update calsync.connection set health = null; update calsync.account set health = 'no_cloud_mailbox' where id = 1"
  gate no_cloud_mailbox
  ask "update crm.users set email = '' where user_id = 1"
  gate no_email
  ask "select calsync.admin_account('{\"crm_user\":\"1\",\"mailbox\":\"second@firm.test\"}')" >/dev/null
  gate no_primary_mailbox
  ask "select calsync.admin_account('{\"crm_user\":\"1\",\"mailbox\":\"second@firm.test\",\"primary\":true}')" >/dev/null
  gate no_primary_mailbox
  is "select r ->> 'gate' from calsync.roster_accounts(now()) r where r ->> 'mailbox' = 'second@firm.test'" no_email
  ask "update calsync.account set graph_user = null where id = 1"
  gate no_mailbox
  ask "update crm.users set active = false where user_id = 1"
  gate user_off
  ask "update crm.users set active = true where user_id = 1; select calsync.admin_account('{\"crm_user\":\"1\",\"enabled\":false}')"
  gate user_off
  is "select r ->> 'gate' from calsync.roster_accounts(now()) r where r ->> 'account' = '2'" ''
  ask "select calsync.admin_org('{\"enabled\":false}')"
  is "select r ->> 'gate' from calsync.roster_accounts(now()) r where r ->> 'account' = '2'" user_off
}

@test "admin: what is wrong is refused with a sentence" {
  fails 22023 "select calsync.admin_account('{\"user\":\"nobody@firm.test\"}')"
  fails 22023 "select calsync.admin_account('{\"user\":\"dan@firm.test\",\"connection\":9}')"
  fails 22023 "select calsync.admin_connection('{\"tenant\":\"x\"}')"
  fails 22023 "select calsync.admin_setting(99, 'a', 'b')"
  is "select calsync.admin_account('{\"user\":\"ann.lee@firm.test\"}'), calsync.admin_connection('{\"tenant\":\"firm.test\",\"client_id\":\"c1\"}')" '1|1'
}

@test "admin: no more users than seats (P-008)" {
  ask "select calsync.admin_org('{\"seats\":3}')"
  fails 22023 "select calsync.admin_account('{\"user\":\"dan@firm.test\"}')"
  ask "select calsync.admin_account('{\"user\":\"ann@firm.test\",\"enabled\":false}'), calsync.admin_account('{\"user\":\"dan@firm.test\"}')" >/dev/null
  fails 22023 "select calsync.admin_account('{\"user\":\"ann@firm.test\",\"enabled\":true}')"
}

@test "fetch: links inside the window that were not confirmed since the round began" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U2', jsonb_build_object('copy', t.copy('B') || '{\"start\":\"2026-12-01\",\"end\":\"2026-12-02\",\"master\":\"M\",\"original_date\":\"2026-12-01\"}'))))"
  q="select string_agg(f::text, '') from calsync.fetch_links(1, '', '2026-11-24T10:00Z', '2026-12-01T00:00Z', null) f"
  is "$q" '{"id" : "A", "master" : null, "original_date" : ""}{"id" : "B", "master" : "M", "original_date" : "2026-12-01"}'
  is "select count(*) from calsync.fetch_links(1, '', '2026-11-24T10:01Z', '2026-11-30T23:59Z', null)" 0
  is "select count(*) from calsync.fetch_links(1, '', '2026-01-01Z', '2027-01-01Z', t.now()::timestamptz) a" 0
  is "select count(*) from calsync.fetch_links(2, '', '2026-01-01Z', '2027-01-01Z', null)" 0
  is "select count(*) from calsync.fetch_links(1, '', '2026-01-01Z', '2027-01-01Z', t.now()::timestamptz + '1s')" 2
  is "select f ->> 'id' from calsync.fetch_series(1, '{M,N}', null, null) f" B
  is "select f ->> 'id' from calsync.fetch_series(1, '{M,N}', '2026-12-03Z', null) f" ''
  op 1 link.drop B U2
  op 1 crm.delete B U2 '{"how":"delete"}'
  is "select count(*) from calsync.fetch_series(1, '{M,N}', null, null)" 0
}

# What match asks ------------------------------------------------------------------

@test "match: known are present copies and skipped events with that digest, by place" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('G', 'U2')), jsonb_build_object('skips', jsonb_build_array(t.skip('S', 'unmatched'))))"
  q="select string_agg(n::text, ',') from calsync.match_known(1, '{X,S,A,A,G,S}', '{d-X,d-S,d-A,other,d-G,other}') n"
  is "$q" 2,3,5
  is "select count(*) from calsync.match_known(2, '{S,A}', '{d-S,d-A}')" 0
  op 1 link.end G U2
  is "$q" 2,3
  ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('G', 'ended'))))"
  is "$q" 2,3,5
}

@test "match: a link by this mailbox's copy, else by key in each of the slots" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U1', '{\"key\":{\"uid\":\"U1\",\"original_date\":\"2026-12-01\",\"slot\":\"2\"}}')))"
  link() { ask "select t.ask($1, '$2') -> 'link'" | jq -c "$3"; }
  [ "$(link 1 '{"id":"A"}' '[.meeting, .state, .version, .crm_id, .owner, .owner_account, .slot, .born, .deciding, .made_in_run, .copies]')" = \
    '[1,"active",1,"1","1",1,"","graph",true,false,[{"account":1,"id":"A","role":"organizer","state":"present","original_date":""}]]' ]
  [ "$(link 2 '{"id":"N","uid":"U1"}' '[.meeting, .deciding]')" = '[1,false]' ]
  [ "$(link 2 '{"id":"N","uid":"U1","original_date":"2026-12-01"}' .)" = null ]
  [ "$(link 2 '{"id":"N","uid":"U1","original_date":"2026-12-01","slots":["","2"]}' .meeting)" = 2 ]
  [ "$(link 1 '{"id":"A","uid":"U1","original_date":"2026-12-01","slots":["2"]}' .meeting)" = 1 ]
  [ "$(ask "select t.ask(1, '{\"id\":\"A\"}')" | jq -c '[.base.graph, .base.crm.subject, .base.crm.body, .crm.body, .owner]')" = \
    '[{"subject":"Review"},"Review",null,"Agenda",{"account":1,"since":"2026-03-01T00:00:00Z","settings":{}}]' ]
  is "select t.ask(1, '{\"id\":\"A\"}') #>> '{base,crm,body_digest}' = calsync.text_digest('Agenda')" t
  is "select t.ask(1, '{\"id\":\"Z\"}') -> 'link', t.ask(1, '{\"id\":\"Z\"}') -> 'crm_digest'" 'null|null'
}

@test "match: the organizer's copy decides, else the lowest account's, in mailboxes that are synced (U6)" {
  ask "select t.page(3, jsonb_build_array(t.create('C', 'U1', jsonb_build_object('rank', 3, 'copy', t.copy('C', 'attendee')))));
       select t.page(2, jsonb_build_array(t.create('B', 'U1', jsonb_build_object('rank', 2, 'copy', t.copy('B', 'attendee')))));
       select t.page(1, jsonb_build_array(t.create('A', 'U1')))" >/dev/null
  who() { is "select string_agg(i.x, '') from (values ('A', 1), ('B', 2), ('C', 3)) i(x, a) where (t.ask(a, jsonb_build_object('id', x)) #>> '{link,deciding}')::boolean" "$1"; }
  who A
  ask 'update calsync.account set events = false where id = 1'
  who B
  is "select t.again(2)" 'B:deciding'
  ask 'update calsync.account set events = true where id = 1'
  who A
  is "select t.again(1)" 'A:deciding'
  # A copy that is gone is judged as if it were still there.
  op 1 link.drop A U1
  is "select (t.ask(1, '{\"id\":\"A\"}') #>> '{link,deciding}')::boolean, (t.ask(2, '{\"id\":\"B\"}') #>> '{link,deciding}')::boolean" 't|t'
}

@test "match: who is who: users by any address, contacts with type, both at once (P-061, P-098)" {
  [ "$(ask "select t.ask(1, '{\"id\":\"Z\",\"addresses\":[\"zed@client.test\",\"nobody@x.test\",\"ann.lee@firm.test\",\"xia@client.test\",\"xia@home.test\",\"dan@firm.test\"]}') -> 'who'" | jq -c .)" = "$(jq -c . <<'J'
[{"address":"zed@client.test","person":"contact","id":"8","name":"Zed","type":"Prospect","private":true},
 {"address":"ann.lee@firm.test","user":"1","account":1,"synced":true,"field":"email2"},
 {"address":"xia@client.test","person":"contact","id":"7","name":"Xia Li","type":"Client","private":false},
 {"address":"xia@home.test","person":"contact","id":"7","name":"Xia Li","type":"Client","private":false,"field":"alt_email"},
 {"address":"dan@firm.test","user":"4","account":null,"synced":false}]
J
  )" ]
  ask "insert into crm.contact_emails values (7, 'bob@firm.test'); update calsync.account set mailbox = 'annie@firm.test' where id = 1; update calsync.account set health = 'no_mailbox' where id = 2"
  [ "$(ask "select t.ask(1, '{\"id\":\"Z\",\"addresses\":[\"bob@firm.test\",\"annie@firm.test\"]}') -> 'who'" | jq -c '[.[] | [.address, .user, .synced, .id]]')" = \
    '[["bob@firm.test","2",false,null],["bob@firm.test",null,null,"7"],["annie@firm.test","1",true,null]]' ]
}

@test "match: rooms by address, else by exact name; two of one name are ambiguous (P-047, P-048, P-099)" {
  rooms() { ask "select t.ask(1, jsonb_build_object('id', 'Z', 'rooms', '$1'::jsonb)) -> 'rooms'" | jq -c .; }
  [ "$(rooms '[{"name":"Other name","address":"Board@firm.test"},{"name":" Attic ","address":null},{"name":"Hall"},{"name":"attic"},{"name":"Cafe"}]')" = \
    '[{"name":"Other name","address":"Board@firm.test","resource":"1"},{"name":" Attic ","resource":"4"},{"name":"Hall","ambiguous":true}]' ]
  [ "$(rooms '[{"name":"Boardroom","address":"else@firm.test"},{"name":"Boardroom"},{"name":"Attic","address":"attic@firm.test"}]')" = \
    '[{"name":"Boardroom","resource":"1"},{"name":"Attic","address":"attic@firm.test","resource":"4"}]' ]
  ask 'update crm.resources set active = false where resource_id in (3, 4)'
  [ "$(rooms '[{"name":"Hall"},{"name":"Attic"}]')" = '[{"name":"Hall","resource":"2"}]' ]
}

# apply_page -----------------------------------------------------------------------

event() { is "select ${2:-subject} from crm.events where event_id = $1" "$3"; }

@test "apply: a create makes event, key, link, copy and both bases, and settles the item" {
  ask "insert into calsync.again values (1, 'A', '', 'moved', t.now()::timestamptz, 3, t.now()::timestamptz);
       select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('A', 'unmatched', '{\"waits\":[\"w\"]}'))))"
  [ "$(ask "select result from calsync.apply_page(t.doc(1, jsonb_build_array(t.create('A', 'U1', jsonb_build_object(
      'attendees', jsonb_build_object('add', jsonb_build_array(t.person('xia@client.test', 'contact', '7')))))))) ")" = \
    '{"type":"result","op":"crm.create","id":"A","meeting":1,"crm_id":"1","outcome":"done","why":{"rule": "create", "policy": "unmatched.mode = skip", "evidence": "matched"}}' ]
  is "select uid, crm_id, owner, state, version, rank, made_run, base_graph, base_crm ->> 'subject', base_crm #>> '{attendees,0,id}', base_crm ? 'body', base_crm ? 'owner' or base_crm ? 'modified' from calsync.meeting" 'U1|1|1|active|1|0|r1|{"subject": "Review"}|Review|7|f|f'
  is "select account, id, meeting, etag, digest, role, state, starts from calsync.copy" '1|A|1|W/1|d-A|organizer|present|2026-11-24 09:00:00+00'
  is "select external_id, assigned_to, source, sync_status, time_zone from crm.events" 'U1|1|sync|Active|Europe/Berlin'
  is "select (select count(*) from calsync.seen), (select count(*) from calsync.seen_wait), (select count(*) from calsync.again)" '0|0|0'
  is "select kind, code, outcome, rule, evidence, error from calsync.log order by id desc limit 1" 'op|crm.create|done|create|matched|f'
}

@test "apply: the CRM can tell our writes from those of people, and only those" {
  ask "create table crm.by (origin text); create function crm.note() returns trigger language plpgsql as \$\$ begin insert into crm.by values (current_setting('calsync.origin', true)); return null; end \$\$; create trigger note after insert or update on crm.events for each row execute function crm.note()"
  ask "set local calsync.origin = 'import'; select t.page(1, jsonb_build_array(t.create('A', 'U1'))); update crm.events set subject = 'x'" >/dev/null
  is "select string_agg(origin, ' ') from crm.by" 'sync import'
}

@test "apply: a create whose key exists joins; copies of two mailboxes are one event (C-003, F154)" {
  one A U1
  is "select t.page(2, jsonb_build_array(t.create('B', 'U1', jsonb_build_object('rank', 2, 'owner', '2', 'set', '{\"subject\":\"Other\"}'::jsonb, 'copy', t.copy('B', 'attendee')))))" 'B=joined'
  event 1 'subject, assigned_to' 'Review|1'
  is "select string_agg(account || id || meeting || digest, ' ' order by account), (select count(*) from crm.events), (select version from calsync.meeting) from calsync.copy" '1A1d-A 2B1d-B|1|1'
  is "select t.page(2, jsonb_build_array(t.create('C', 'U9'), t.create('D', 'U9', '{\"set\":{\"subject\":\"twice\"}}')))" 'C=done D=joined'
  event 2 subject Review
  # Other slots and other dates are other meetings.
  is "select t.page(2, jsonb_build_array(t.create('E', 'U1', '{\"owner\":\"2\",\"key\":{\"uid\":\"U1\",\"original_date\":\"\",\"slot\":\"2\"}}'), t.create('F', 'U1', '{\"key\":{\"uid\":\"U1\",\"original_date\":\"2026-12-01\",\"slot\":\"\"}}')))" 'E=done F=done'
}

@test "apply: whoever ranks lower in the same run takes over owner, content and people, in any order (L6)" {
  local order
  a="1, jsonb_build_array(t.create('A', 'U1', jsonb_build_object('owner', '1', 'rank', 0, 'set', '{\"subject\":\"Ann\"}'::jsonb, 'attendees', jsonb_build_object('add', jsonb_build_array(t.person('xia@client.test', 'contact', '7'), t.person('bob@firm.test', 'user', '2'))), 'rooms', '{\"add\":[{\"resource\":\"1\"}]}'::jsonb)))"
  b="2, jsonb_build_array(t.create('B', 'U1', jsonb_build_object('owner', '2', 'rank', 2, 'set', '{\"subject\":\"Bob\"}'::jsonb, 'attendees', jsonb_build_object('add', jsonb_build_array(t.person('leo@vendor.test', 'lead', '9'), t.person('bob@firm.test', 'user', '2'))), 'rooms', '{\"add\":[{\"resource\":\"4\"}]}'::jsonb, 'copy', t.copy('B', 'attendee'))))"
  c="3, jsonb_build_array(t.create('C', 'U1', jsonb_build_object('owner', '3', 'rank', 3, 'set', '{\"subject\":\"Cyd\"}'::jsonb, 'copy', t.copy('C', 'attendee'))))"
  for order in "$a~$b~$c" "$c~$b~$a" "$b~$a~$c" "$c~$a~$b" "$b~$c~$a" "$a~$c~$b"; do
    local pages=() p
    IFS='~' read -ra pages <<<"$order"
    ask 'savepoint start'
    for p in "${pages[@]}"; do ask "select t.page($p)" >>"$BATS_TEST_TMPDIR/outcomes"; done
    is "select e.subject, e.assigned_to, m.owner, m.rank, m.base_crm ->> 'subject', (select string_agg(email, ' ' order by email) from crm.event_attendees), (select count(*) from crm.events), (select string_agg(id || role, ' ' order by id) from calsync.copy), (select count(*) from calsync.again) from calsync.meeting m join crm.events e on e.event_id::text = m.crm_id" \
      'Ann|1|1|0|Ann|board@firm.test bob@firm.test xia@client.test|1|Aorganizer Battendee Cattendee|0'
    ask 'rollback to start; alter sequence calsync.meeting_id restart; alter sequence crm.events_event_id_seq restart'
  done
  [ "$(sort "$BATS_TEST_TMPDIR/outcomes" | uniq -c | awk '{print $2 $1}' | paste -sd' ')" = 'A=done2 A=took_over4 B=done2 B=joined3 B=took_over1 C=done2 C=joined4' ]
}

@test "apply: a later run's joiner takes nothing over; its copy is read again if it decides" {
  ask "select t.page(2, jsonb_build_array(t.create('B', 'U1', jsonb_build_object('owner', '2', 'rank', 2, 'copy', t.copy('B', 'attendee')))))"
  is "select t.page(1, jsonb_build_array(t.create('A', 'U1', '{\"set\":{\"subject\":\"Ann\"}}')), '{\"run\":\"r2\"}')" 'A=joined'
  event 1 'subject, assigned_to' 'Review|2'
  is "select t.again(1), t.again(2)" 'A:deciding|'
  # Read again and unchanged: it settles, and does not come for ever.
  op 1 link.base A U1 "$(ask "select jsonb_build_object('base', '{\"graph\":{\"subject\":\"Ann\"}}'::jsonb, 'copy', t.copy('A'))")"
  is "select t.again(1)" ''
  op 1 link.copy A U1 "$(ask "select jsonb_build_object('copy', t.copy('A'))")"
  is "select t.again(1)" ''
}

@test "apply: when match has seen the meeting of the same run, owner and decider end the same (L6)" {
  ask "select t.page(2, jsonb_build_array(t.create('B', 'U1', jsonb_build_object('owner', '2', 'rank', 2, 'copy', t.copy('B', 'attendee')))))"
  op 1 link.copy A U1 "$(ask "select jsonb_build_object('copy', t.copy('A'))")"
  event 1 assigned_to 1
  is "select owner, rank, (select t.again(1)) from calsync.meeting" '1|0|A:deciding'
}

@test "apply: an update writes the named fields, moves bases and version; an op with an older state is moved (F130)" {
  one A U1
  stale=$(ask "select t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"Late\"}}')")
  op 1 crm.update A U1 "$(ask "select jsonb_build_object('set', '{\"subject\":\"New\"}'::jsonb, 'base', '{\"graph\":{\"subject\":\"New\"}}'::jsonb, 'copy', t.copy('A') || '{\"digest\":\"d2\"}')")"
  event 1 'subject, description' 'New|Agenda'
  is "select version, base_graph ->> 'subject', base_crm ->> 'subject', (select digest from calsync.copy) from calsync.meeting" '2|New|New|d2'
  is "select t.page(1, jsonb_build_array('$stale'::jsonb))" 'A=moved'
  event 1 subject New
  is "select t.again(1)" 'A:moved'
  # The CRM's state moved: a person edited it after match had read it.
  fresh=$(ask "select t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"Ours\"}}')")
  ask "update crm.events set location = 'Cafe'"
  is "select t.page(1, jsonb_build_array('$fresh'::jsonb))" 'A=moved'
  event 1 'subject, location' 'New|Cafe'
  is "select version, (select tries from calsync.again) from calsync.meeting" '2|2'
  # A mere touch is no change.
  fresh=$(ask "select t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"Ours\"}}')")
  ask "update crm.events set modified_by = 1"
  is "select t.page(1, jsonb_build_array('$fresh'::jsonb))" 'A=done'
  is "select count(*) from calsync.again" 0
  ask "delete from crm.events"
  is "select t.page(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"x\"},\"expect\":{\"version\":3,\"digest\":\"d\"}}'), t.op('crm.update', 'Z', 'U1', '{\"meeting\":99,\"expect\":{\"version\":1,\"digest\":null}}')))" 'A=moved Z=moved'
  is "select t.page(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"x\"},\"expect\":{\"version\":3,\"digest\":null}}')))" 'A=failed 02000'
}

@test "apply: of two ops on one meeting in a page the second is moved" {
  one A U1
  is "select t.page(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"1\"}}'), t.op('crm.update', 'A2', 'U1', '{\"set\":{\"subject\":\"2\"}}')))" 'A=done A2=moved'
  event 1 subject 1
}

@test "apply: what the CRM refuses fails alone, comes again later and later, and the rest is done (L5, F121)" {
  ask "alter table crm.events add check (subject <> 'bad')"
  ask "create function crm.no() returns trigger language plpgsql as \$\$ begin if new.subject = 'worse' then raise exception 'no'; end if; return new; end \$\$; create trigger no before insert on crm.events for each row execute function crm.no()"
  page="select t.page(1, jsonb_build_array(t.create('A', 'U1', '{\"set\":{\"subject\":\"bad\"}}'), t.create('B', 'U2'), t.create('C', 'U3', '{\"set\":{\"subject\":\"worse\"}}'), t.create('D', 'U4', '{\"set\":{\"end\":\"2026-01-01T00:00:00Z\"}}'), t.create('E', 'U5', '{\"owner\":\"x\"}'), t.create('F', 'U1'), t.create('G', 'U6')))"
  is "$page" 'A=failed 23514 B=done C=failed P0001 D=failed 23514 E=failed 22P02 F=moved G=done'
  is 'select string_agg(external_id, $$ $$ order by 1), (select string_agg(uid, $$ $$ order by uid) from calsync.meeting_key), (select count(*) from calsync.copy) from crm.events' 'U2 U6|U2 U6|2'
  is "select string_agg(id || reason || tries || to_char(due, 'HH24:MI'), ' ' order by id) from calsync.again" 'Acrm_error109:10 Ccrm_error109:10 Dcrm_error109:10 Ecrm_error109:10 Fmoved109:00'
  is "select string_agg(item || sqlstate, ' ' order by item), bool_and(evidence = 'matched') from calsync.errors" 'A23514 CP0001 D23514 E22P02|t'
  is "select t.page(1, jsonb_build_array(t.create('A', 'U1', '{\"set\":{\"subject\":\"bad\"}}')))" 'A=failed 23514'
  is "select tries, to_char(due, 'HH24:MI') from calsync.again where id = 'A'" '2|09:20'
  ask "alter table crm.events drop constraint events_subject_check"
  is "select t.page(1, jsonb_build_array(t.create('A', 'U1', '{\"set\":{\"subject\":\"bad\"}}')))" 'A=done'
  is "select count(*) from calsync.again where id = 'A'" 0
  is "select calsync.retry_delay(1), calsync.retry_delay(99)" '00:10:00|1 day'
}

@test "apply: trouble of the whole database is no fault of an item: nothing is written" {
  ask "create function crm.no() returns trigger language plpgsql as \$\$ begin raise exception 'x' using errcode = '53100'; end \$\$; create trigger no before insert on crm.events for each row execute function crm.no()"
  fails 53100 "select t.page(1, jsonb_build_array(t.create('A', 'U1')))"
  is 'select (select count(*) from calsync.meeting_key) + (select count(*) from calsync.again) + (select count(*) from calsync.log)' 0
}

@test "apply: an id or uid that fits no index is refused, not the page (L5)" {
  is "select replace(replace(t.page(1, jsonb_build_array(t.create(repeat('i', 3000), 'U1'), t.create('B', repeat('u', 3000)), t.create('C', 'U3')), jsonb_build_object('skips', jsonb_build_array(t.skip(repeat('s', 3000), 'unmatched')))), repeat('i', 3000), 'I'), 'u', 'u')" 'I=failed 54000 B=failed 54000 C=done'
  is 'select count(*) from calsync.again' 1
}

@test "apply: the end of a meeting: removed or marked in the CRM, a tombstone that nothing joins (U10)" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U2'), t.create('C', 'U3')))"
  ask "select t.page(2, jsonb_build_array(t.op('link.copy', 'A2', 'U1', jsonb_build_object('copy', t.copy('A2', 'attendee')))))"
  is "select t.page(1, jsonb_build_array(t.op('crm.delete', 'A', 'U1', '{\"how\":\"delete\"}'), t.op('crm.delete', 'B', 'U2', '{\"how\":\"mark\"}'), t.op('link.end', 'C', 'U3', '{\"why\":{\"rule\":\"unlinked\"}}')))" 'A=done B=done C=done'
  is "select string_agg(concat_ws(',', event_id, deleted, status, sync_status), ' ' order by event_id) from crm.events" '1,t,Planned,Inactive 2,f,Cancelled,Inactive 3,f,Planned,Inactive'
  is "select string_agg(concat_ws(',', state, version, ended), ' ' order by id) from calsync.meeting" 'ended,2,crm.delete ended,2,crm.delete ended,2,unlinked'
  is "select string_agg(concat_ws(',', id, state, coalesce(digest, '-')), ' ' order by id) from calsync.copy" 'A,gone,- A2,present,- B,gone,- C,present,-'
  is "select t.page(2, jsonb_build_array(t.create('A3', 'U1'), t.op('link.copy', 'A2', 'U1', jsonb_build_object('copy', t.copy('A2', 'attendee')))))" 'A3=moved A2=moved'
  is "select t.again(2), (select count(*) from crm.events where not deleted)" 'A2:moved A3:moved|2'
  is "select t.page(1, jsonb_build_array(t.op('link.end', 'C', 'U3', '{\"state\":\"inactive\"}')))" 'C=done'
}

@test "apply: past the window's end a link is inactive, and its copies stay known (P-085)" {
  one A U1
  op 1 link.end A U1 '{"state":"inactive"}'
  is 'select state, (select sync_status from crm.events), (select calsync.match_known(1, $${A}$$, $${d-A}$$)) from calsync.meeting' 'inactive|Inactive|1'
}

@test "apply: a copy that is gone leaves the meeting, the next one decides; the last one is not dropped (U6)" {
  one A U1
  ask "select t.page(2, jsonb_build_array(t.op('link.copy', 'B', 'U1', jsonb_build_object('copy', t.copy('B', 'attendee')))));
       select t.page(3, jsonb_build_array(t.op('link.copy', 'C', 'U1', jsonb_build_object('copy', t.copy('C', 'attendee')))))"
  is "select version, (select count(*) from calsync.again) from calsync.meeting" '1|0'
  # An attendee's copy decides nothing.
  [ "$(op 3 link.drop C U1)" = C=done ]
  is "select count(*) from calsync.again" 0
  [ "$(op 1 link.drop A U1)" = A=done ]
  is "select t.again(2)" B:deciding
  [ "$(op 2 link.drop B U1)" = B=moved ]
  is "select string_agg(id || state, ' ' order by id), (select state from calsync.meeting) from calsync.copy" 'Agone Bpresent Cgone|active'
}

@test "apply: two copies in one mailbox, both gone: the second does not leave the meeting without any" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U1')))"
  is "select t.page(1, jsonb_build_array(t.op('link.drop', 'A', 'U1'), t.op('link.drop', 'B', 'U1')))" 'A=done B=moved'
}

@test "apply: bases move without a write to the CRM (link.base)" {
  one A U1
  ask "update crm.events set subject = 'Hand'; update crm.events set modified_at = '2020-01-01'"
  ask "alter table crm.events disable trigger user; update crm.events set modified_at = '2020-01-01'"
  op 1 link.base A U1 '{"base":{"graph":{"subject":"G2"}},"copy":{"digest":"d9","role":"organizer"}}'
  is "select base_graph ->> 'subject', base_crm ->> 'subject', version, (select modified_at::date from crm.events), (select digest from calsync.copy) from calsync.meeting" 'G2|Hand|2|2020-01-01|d9'
}

@test "apply: what an update leaves pending stays a change of the CRM (U1)" {
  one A U1
  ask "update crm.events set subject = 'Hand', description = 'Hand', location = 'Hand'"
  op 1 crm.update A U1 '{"set":{"show_as":"free"},"pending":["subject","body"]}'
  is "select base_crm ->> 'subject', base_crm ->> 'body_digest' = calsync.text_digest('Agenda'), base_crm ->> 'location', base_crm ->> 'show_as' from calsync.meeting" 'Review|t|Hand|free'
}

@test "apply: what time or a contact may change in what is linked is looked at then (U12)" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1', '{\"due\":\"2026-12-01T00:00:00Z\",\"waits\":[\"w\"]}')))" >/dev/null
  is "select t.again(1), t.again(1, '2026-12-01T00:00:00Z'), (select string_agg(address, ' ') from calsync.seen_wait)" '|A:due|w'
  op 1 crm.update A U1 '{"set":{"subject":"x"},"due":null,"waits":[]}'
  is "select t.again(1, '2027-12-01T00:00:00Z'), (select count(*) from calsync.seen_wait)" '|0'
}

@test "apply: a mark that is set anew makes another event; the tombstone stays (U10)" {
  one A U1
  ask "select t.page(2, jsonb_build_array(t.op('link.copy', 'B', 'U1', jsonb_build_object('copy', t.copy('B', 'attendee')))))"
  op 1 link.end A U1
  again="t.create('A', 'U1', jsonb_build_object('meeting', 1, 'expect', '{\"version\":2,\"digest\":null}'::jsonb"
  is "select t.page(1, jsonb_build_array($again, 'owner', 'x'))))" 'A=failed 22P02'
  is "select meeting from calsync.meeting_key" 1
  is "select t.page(1, jsonb_build_array(t.create('A', 'U1', '{\"meeting\":1,\"expect\":{\"version\":1}}')))" 'A=moved'
  is "select t.page(1, jsonb_build_array($again))))" 'A=done'
  is "select string_agg(state, ' ' order by id), (select string_agg((meeting = (select max(id) from calsync.meeting)) || id, ' ' order by id) from calsync.copy), (select meeting = (select max(id) from calsync.meeting) from calsync.meeting_key) from calsync.meeting" 'ended active|trueA trueB|t'
}

@test "apply: an end may set fields, notes are logged, silent skips are not (U21)" {
  one A U1
  op 1 link.end A U1 '{"set":{"sensitivity":"private"},"why":{"rule":"private","notes":["room_ambiguous"]}}'
  is 'select private, sync_status from crm.events' 't|Inactive'
  ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('S', 'series_master'), t.skip('T', 'removed'))))"
  is "select string_agg(kind || ':' || code, ' ' order by id) from calsync.log where id > 1" 'op:link.end problem:room_ambiguous'
}

@test "apply: a URL that the CRM has no room for is logged (P-096)" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1', jsonb_build_object('set', jsonb_build_object('online', jsonb_build_object('provider', 'teamsForBusiness', 'url', repeat('x', 300)))))))"
  is "select code, item, error from calsync.log where kind = 'problem'" 'url_too_long|A|f'
}

@test "apply: lost values are kept for the admin, of private events never (L8)" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U2', '{\"set\":{\"sensitivity\":\"private\"}}')))"
  for i in 'A U1' 'B U2'; do
    read -r id uid <<<"$i"
    op 1 crm.update "$id" "$uid" '{"set":{"subject":"G"},"lost":{"subject":"Hand"}}'
  done
  is "select meeting, field, side, value from calsync.conflicts" '1|subject|crm|"Hand"'
}

@test "adapter: a contact that is deleted is no relation any more, its attendee stays" {
  one A U1 '{"attendees":{"add":[{"address":"xia@client.test","name":"Xia","role":"required","response":"none","person":"contact","id":"7"}],"remove":[],"change":[]}}'
  is 'select email, contact_id from crm.event_attendees' 'xia@client.test|7'
  ask 'delete from crm.contacts where contact_id = 7'
  is 'select email, contact_id from crm.event_attendees' 'xia@client.test|'
}

# Cursors ---------------------------------------------------------------------------

@test "cursor: moves only from where the section began, else nothing of the page is written (F119)" {
  is "select t.section(1, null, 'L1')" ''
  fails CS001 "select t.section(1, null, 'L9', jsonb_build_object('ops', jsonb_build_array(t.create('A', 'U1'))))"
  fails CS001 "select t.section(1, 'L0', 'L9')"
  is "select link, (select count(*) from calsync.meeting_key) from calsync.cursor" 'L1|0'
  is "select first from calsync.account where id = 1" t
  is "select t.section(1, 'L1', 'L2', '{\"outward\":true}')" ''
  is "select link, committed, (select first::text || due_now || last_read::text from calsync.account where id = 1) from calsync.cursor" 'L2|2026-11-21 09:00:00+00|falsefalse2026-11-21 09:00:00+00'
  fails CS001 "select t.section(2, 'L1', 'L2')"
}

@test "cursor: the last change is when something was written, not when the mailbox was read (I-050)" {
  ask "select t.section(1, null, 'L1', jsonb_build_object('ops', jsonb_build_array(t.create('A', 'U1'))))" >/dev/null
  ask "select t.section(1, 'L1', 'L2', '{\"now\":\"2026-11-21T10:00:00Z\"}')"
  is "select to_char(last_read, 'HH24'), to_char(last_change, 'HH24') from calsync.account where id = 1" '10|09'
}

@test "cursor: a page mark keeps the delta link of the same window, drops that of another one" {
  mark() { jq -nc --arg r "$1" --arg s "$2" '{resume:$r,round:"2026-11-21T09:00:00Z",window:{start:$s,end:"2027-11-22T00:00:00Z"}}'; }
  m1=$(mark R1 2026-10-22T00:00:00Z) m2=$(mark R2 2026-01-01T00:00:00Z)
  ask "select t.section(1, null, 'L1', '{\"outward\":true}')"
  ask "select t.page(1, '[]', jsonb_build_object('cursor', jsonb_build_object('from', t.cursor('L1'), 'to', '$m1'::jsonb, 'complete', false)))"
  is 'select link, resume, (select first from calsync.account where id = 1) from calsync.cursor' 'L1|R1|f'
  ask "select t.page(1, '[]', jsonb_build_object('cursor', jsonb_build_object('from', '$m1'::jsonb, 'to', '$m2'::jsonb, 'complete', false)))"
  is 'select link, resume, window_start from calsync.cursor' '|R2|2026-01-01 00:00:00+00'
  fails CS001 "select t.page(1, '[]', jsonb_build_object('cursor', jsonb_build_object('from', '$m1'::jsonb, 'to', '$m2'::jsonb, 'complete', false)))"
  ask "select t.page(1, '[]', jsonb_build_object('cursor', jsonb_build_object('from', '$m2'::jsonb, 'to', t.cursor('L3'), 'complete', true)))"
  is 'select link, resume from calsync.cursor' 'L3|'
  # The first mark of a mailbox that was never read.
  ask "select t.page(2, '[]', jsonb_build_object('cursor', jsonb_build_object('from', null, 'to', '$m1'::jsonb, 'complete', false), 'outward', true))"
  is 'select first, last_read is null, due_now from calsync.account where id = 2' 't|t|t'
}

# Two at once ------------------------------------------------------------------------

# at_once SQL-1 SQL-2: both in open transactions, the second waits for the first.
at_once() {
  local pid until=$((SECONDS + 30)) waits=0
  rival "begin; $1"
  sql "$2" >"$BATS_TEST_TMPDIR/second" 2>&1 6>&- 7>&- &
  pid=$!
  while [ "$waits" = 0 ] && [ "$SECONDS" -lt "$until" ] && kill -0 "$pid" 2>/dev/null; do
    waits=$(ask "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
  done
  rival_end commit
  wait "$pid" || :
  [ "$waits" != 0 ] || { echo 'the second did not wait'; return 1; }
}

@test "two connections on the same keys: one meeting, whoever comes first (L6, F154)" {
  own
  a="select t.page(1, jsonb_build_array(t.create('A1', 'U1'), t.create('A2', 'U2')))"
  b="select t.page(2, jsonb_build_array(t.create('B2', 'U2', '{\"rank\":2,\"owner\":\"2\"}'), t.create('B1', 'U1', '{\"rank\":2,\"owner\":\"2\"}')))"
  at_once "$a" "$b"
  [ "$(cat "$BATS_TEST_TMPDIR/second")" = 'B2=joined B1=joined' ]
  is "select count(*), min(assigned_to), max(assigned_to), (select count(*) from calsync.copy) from crm.events" '2|1|1|4'
  ask 'truncate crm.events cascade; truncate calsync.meeting, calsync.meeting_key, calsync.copy, calsync.again'
  at_once "$b" "$a"
  [ "$(cat "$BATS_TEST_TMPDIR/second")" = 'A1=took_over A2=took_over' ]
  is "select count(*), min(assigned_to), max(assigned_to), (select count(*) from calsync.copy) from crm.events" '2|1|1|4'
}

@test "two connections: an update that waited for another one is moved, not lost (F130)" {
  own
  one A U1
  up() { ask "select 'select t.page($1, jsonb_build_array(' || quote_literal(t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"$2\"}}')) || '::jsonb))'"; }
  first=$(up 1 first) second=$(up 2 second)
  at_once "$first" "$second"
  [ "$(cat "$BATS_TEST_TMPDIR/second")" = 'A=moved' ]
  event 1 subject first
}

@test "two connections: an account is worked on by one of them" {
  own
  is 'select calsync.apply_lock(1)' t
  [ "$(sql 'select calsync.apply_lock(1), calsync.apply_lock(2)')" = 'f|t' ]
  ask 'select calsync.apply_unlock(1)' >/dev/null
  [ "$(sql 'select calsync.apply_lock(1)')" = t ]
}

# What is skipped ----------------------------------------------------------------------

# seen ID REASON [MORE]: a complete section of account 1 that skips one event.
N=0
seen() {
  local from=null
  [ "$N" -eq 0 ] || from="'L$N'"
  N=$((N + 1))
  ask "select t.section(1, $from, 'L$N', jsonb_build_object('skips', jsonb_build_array(t.skip('$1', '$2', '${3:-{\}}'))))" >/dev/null
}
wait_for() { ask "select jsonb_build_object('waits', jsonb_build_array(calsync.text_digest('$1')))"; }

@test "seen: remembered with reason and digest, logged when new, no address and no content (U11, L8)" {
  seen S unmatched "$(wait_for new@client.test)"
  is "select t.ask(1, '{\"id\":\"S\"}') -> 'seen'" '{"reason" : "unmatched", "digest" : "d-S"}'
  seen S private '{"new":true}'
  seen S private '{"new":false}'
  is "select string_agg(code, ' ' order by id) from calsync.log" 'unmatched private'
  is "select reason, (select count(*) from calsync.seen_wait) from calsync.seen" 'private|0'
  run ! grep -q 'new@client' <(ask 'select s, w from calsync.seen s, calsync.seen_wait w')
  seen S removed
  is 'select count(*) from calsync.seen' 0
}

@test "seen: read again when due, when the policy changed, and not before" {
  seen S window_future '{"due":"2026-12-01T00:00:00Z"}'
  is "select t.again(1, '2026-11-30T23:59:59Z'), t.again(1, '2026-12-01T00:00:00Z')" '|S:due'
  is "select f ->> 'reason' from calsync.fetch_again(1, '', 'p2', t.now()::timestamptz) f union all select f ->> 'reason' from calsync.fetch_again(1, '', 'p0', t.now()::timestamptz) f" $'policy\npolicy'
  is "select count(*) from calsync.fetch_again(2, '', 'p2', '2027-01-01Z')" 0
}

@test "seen: read again when somebody on it becomes known, in whatever way (C-031, U11)" {
  own
  local change i=0
  for change in "insert into crm.contact_emails values (7, 'New@client.test')" \
    "update crm.contact_emails set email = 'new@client.test' where email = 'leo@vendor.test'" \
    "update crm.users set email = 'new@client.test' where user_id = 4" \
    "insert into crm.user_emails values (4, 'new@client.test')" \
    "insert into crm.contacts (contact_id, last_name, active) values (50, 'N', false); insert into crm.contact_emails values (50, 'new@client.test'); select t.section(1, null, 'L1'); update crm.contacts set active = true where contact_id = 50" \
    "delete from crm.contact_emails where email = 'zed@client.test'; insert into crm.contact_emails values (9, 'new@client.test')"; do
    i=$((i + 1))
    ask 'begin; truncate calsync.cursor'
    N=0 seen S unmatched "$(wait_for new@client.test)"
    N=1 seen S unmatched "$(wait_for new@client.test)"
    N=2 seen T other
    is "select t.again(1)" ''
    ask "${change/select t.section*; update/update}" >/dev/null
    is "select t.again(1)" S:waits || { echo "not woken by change $i"; return 1; }
    ask 'rollback'
  done
  # What does not change who is known wakes nobody.
  n='select count(*) from calsync.person_change'
  before=$(ask "$n")
  ask "update crm.contacts set first_name = 'X'; update crm.users set name = 'Y'; update crm.contact_emails set email = email"
  is "$n" "$before"
}

# Wait until no older transaction runs, also in the databases of other tests:
# horizons are those of the whole cluster.
alone() {
  local here
  here=$(ask 'select pg_current_xact_id()')
  for _ in {1..400}; do
    [ "$(ask "select pg_snapshot_xmin(pg_current_snapshot()) > '$here'")" != t ] || return 0
    sleep 0.05
  done
  echo "a transaction elsewhere did not end"
  return 1
}

@test "seen: a contact committed after match had looked, before apply wrote, is not missed" {
  own
  seen S unmatched "$(wait_for new@client.test)"
  seen T other
  # It was begun before the section was committed, and ends after it.
  rival "begin; insert into crm.contact_emails values (7, 'late@client.test')"
  seen L unmatched "$(wait_for late@client.test)"
  is "select t.again(1)" ''
  rival_end commit
  # match had read; a contact is committed; only then apply commits the section.
  ask "insert into crm.contact_emails values (7, 'between@client.test')"
  alone
  seen M unmatched "$(wait_for between@client.test)"
  is "select t.again(1)" 'L:waits M:waits'
  # Looked at in a section that then broke off.
  ask "begin; select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('L', 'unmatched', '$(wait_for late@client.test)'), t.skip('M', 'unmatched', '$(wait_for between@client.test)'))))"
  is "select t.again(1)" ''
  ask 'rollback'
  # Looked at twice at most, and then no more: nothing changes.
  alone
  seen L unmatched "$(wait_for late@client.test)"
  seen M unmatched "$(wait_for between@client.test)"
  seen T other
  is "select t.again(1)" ''
}

@test "seen: many changes of people are looked at from the waiting events' side" {
  own
  seen S unmatched "$(wait_for c7@import.test)"
  seen T unmatched "$(wait_for nobody@import.test)"
  ask "insert into crm.contacts (contact_id, last_name) select g, 'I' from generate_series(1001, 3000) g; insert into crm.contact_emails select g, 'c' || g - 1000 || '@import.test' from generate_series(1001, 3000) g"
  is "select t.again(1)" S:waits
}

@test "seen: a copy that waits for its organizer is due once the meeting is made, whoever comes first (C-057, L6)" {
  own
  waiting() { echo "jsonb_build_object('skips', jsonb_build_array(t.skip('B1', 'waiting_organizer', '{\"uid\":\"U1\",\"waits_account\":1}')))"; }
  bob="select t.section(2, null, 'L1', $(waiting))"
  ann="select t.page(1, jsonb_build_array(t.create('A1', 'U1'), t.create('A2', 'U2')))"
  due="select s.due, (select count(*) from calsync.meeting) from calsync.seen s"
  clear='truncate crm.events cascade; truncate calsync.meeting, calsync.meeting_key, calsync.copy, calsync.seen, calsync.again, calsync.cursor'
  for order in "$bob;$ann" "$ann;$bob"; do
    ask "$order" >/dev/null
    is "$due" '2026-11-21 09:00:00+00|2'
    ask "$clear"
  done
  at_once "$bob" "$ann"
  is "$due" '2026-11-21 09:00:00+00|2'
  ask "$clear"
  at_once "$ann" "$bob"
  is "$due" '2026-11-21 09:00:00+00|2'
  # Another one's meeting, or an occurrence of it, is nothing to it.
  ask "$clear; select t.section(2, null, 'L1', $(waiting)); select t.page(1, jsonb_build_array(t.create('A2', 'U2'), t.create('A3', 'U1', '{\"key\":{\"uid\":\"U1\",\"original_date\":\"2026-11-24\",\"slot\":\"\"}}')))" >/dev/null
  is "$due" '|2'
}

@test "seen: an account that is enabled wakes what waits for it, and all of its own (C-057)" {
  own
  ask 'update calsync.account set events = false where id = 2'
  seen S waiting_organizer '{"waits_account":2}'
  ask "select t.section(2, null, 'L1', jsonb_build_object('skips', jsonb_build_array(t.skip('O', 'unmatched'))))"
  seen T other
  is "select t.again(1), t.again(2)" '|'
  ask "select calsync.admin_account('{\"crm_user\":\"2\",\"enabled\":true}')"
  is "select t.again(1), t.again(2)" 'S:account|O:due'
  # Its addresses became those of somebody who syncs.
  is "select count(*) > 1 from calsync.person_change where address = calsync.text_digest('bob@firm.test')" t
}

@test "seen: what everybody has looked at is forgotten, and not before" {
  own
  ask "insert into crm.contact_emails values (7, 'x1@client.test')"
  n='select count(*) from calsync.person_change'
  before=$(ask "$n")
  for a in 1 2 3; do ask "select t.section($a, null, 'L1'); select t.section($a, 'L1', 'L2')"; done
  ask "select calsync.tidy(); select t.section(1, 'L2', 'L3'), t.section(2, 'L2', 'L3'); select calsync.tidy()" >/dev/null
  ask "insert into crm.contact_emails values (7, 'x2@client.test')"
  ask "select t.section(3, 'L2', 'L3'); select calsync.tidy()" >/dev/null
  is "$n" 1
}

@test "problems: come again later and later; a deletion that waits is no failure; settled ones are gone" {
  p() { ask "select t.page(1, '[]', jsonb_build_object('problems', jsonb_build_array(jsonb_build_object('stage', 'fetch', 'code', '$1', 'id', 'P', 'detail', 'd'))))" >/dev/null; }
  p bad_time
  p bad_time
  is "select reason, tries, to_char(due, 'HH24:MI'), (select count(*) from calsync.errors where code = 'bad_time' and item = 'P' and stage = 'fetch') from calsync.again" 'bad_time|2|09:20|2'
  p late_op
  is "select reason, to_char(due, 'HH24:MI'), (select count(*) from calsync.errors) from calsync.again" 'late_op|09:00|2'
  ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('P', 'unchanged'))))"
  is 'select count(*) from calsync.again' 0
  ask "select t.page(1, '[]', '{\"problems\":[{\"stage\":\"fetch\",\"code\":\"auth\",\"id\":null,\"detail\":null}]}')"
  is "select (select count(*) from calsync.again), (select item is null from calsync.errors where code = 'auth')" '0|t'
  p bad_time
  is "select t.again(1)" ''
  is "select calsync.admin_retry('2026-11-01Z')" 1
  is "select t.again(1)" P:bad_time
}

@test "runs: begun once, ended with verdict and counts" {
  ask "select calsync.run_begin('{\"id\":\"r1\",\"now\":\"2026-11-21T09:00:00Z\",\"policy\":{\"a\":\"b\"}}'), calsync.run_begin('{\"id\":\"r1\",\"now\":\"2026-11-21T09:00:00Z\"}'), calsync.run_end('{\"id\":\"r1\",\"verdict\":\"ok\",\"status\":0,\"counts\":{\"x\":1}}')"
  is "select id, verdict, status, counts, policy, ended is not null from calsync.run" 'r1|ok|0|{"x": 1}|{"a": "b"}|t'
}

# Cost --------------------------------------------------------------------------------

# touched SQL: the tables of which a call reads more rows than a small page needs.
touched() {
  ask 'select pg_stat_force_next_flush()' >/dev/null
  ask 'begin'
  ask "$1" >/dev/null
  ask "select string_agg(relname || ':' || coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0), ' ' order by relname)
         from pg_stat_xact_user_tables where coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) > 200"
  ask 'commit'
}
# Each question and kind of op, about events g10K$1 with uids u10K$1 (K a digit).
every_call() {
  cat <<S
select calsync.match_known(1, '{g101$1,s101$1,x}', '{d,d,d}')
select calsync.match_context(1, '[{"n":1,"id":"g101$1","uid":"u101$1","slots":["","1"],"addresses":["c101$1@big.test","ann@firm.test"],"rooms":[{"name":"Hall"}]},{"n":2,"id":"new","uid":"u102$1","slots":[""],"addresses":["zed@client.test"],"rooms":[]}]')
select calsync.fetch_again(1, '', 'p1', t.now()::timestamptz)
select calsync.fetch_links(1, '', '2020-01-01Z', '2020-01-02Z', null)
select calsync.fetch_series(1, '{m1,m2}', null, null)
select count(*) from calsync.roster_accounts(t.now()::timestamptz)
select t.page(1, jsonb_build_array(t.create('n$1', 'n$1', jsonb_build_object('attendees', jsonb_build_object('add', jsonb_build_array(t.person('xia@client.test', 'contact', '7'))), 'rooms', '{"add":[{"resource":"1"}]}'::jsonb)), t.create('j$1', 'u102$1', '{"rank":1}')), jsonb_build_object('skips', jsonb_build_array(t.skip('k$1', 'unmatched', '{"waits":["a"]}'), t.skip('s101$1', 'unmatched', '{"waits":["b"]}')), 'problems', '[{"stage":"fetch","code":"x","id":"p$1"}]'::jsonb))
select t.page(1, jsonb_build_array(t.op('crm.update', 'g103$1', 'u103$1', '{"set":{"subject":"x"},"attendees":{"remove":["a@b.test"]},"rooms":{"remove":["1"]}}'), t.op('link.copy', 'h$1', 'u104$1', jsonb_build_object('copy', t.copy('h'))), t.op('link.drop', 'g104$1', 'u104$1'), t.op('crm.delete', 'g105$1', 'u105$1', '{"how":"delete"}'), t.op('link.end', 'g106$1', 'u106$1')))
select t.page(1, jsonb_build_array(t.create('bad$1', 'bad$1', '{"owner":"x"}')))
select calsync.find_events('{1}', '{u101$1}', '{2030-01-01Z}')
select calsync.find_twins('{1}', '{u101$1}', '{""}', '{2030-01-01Z}', '{2030-01-01Z}', '{false}', '{x}')
select calsync.match_context(1, '[{"n":1,"id":"new","uid":"u101$1","slots":[""],"addresses":["ann@firm.test"],"organizer":"ann@firm.test","rooms":[],"start":"2030-01-01","end":"2030-01-02","all_day":true,"subject":"x"}]', true)
select calsync.match_crm(1, '[{"n":1,"crm_id":"101111"},{"n":2,"crm_id":"102111"}]', t.now()::timestamptz)
insert into calsync.change (crm_id, op, part) values ('101$1', 'update', 'event'), ('102$1', 'update', 'event')
select calsync.fetch_routes(t.now()::timestamptz, true)
select calsync.fetch_woken(1, '', 'p1', true)
select calsync.fetch_crm('{101111,102111}')
select t.final(1, jsonb_build_array(t.op('graph.update', 'g107$1', 'u107$1', t.outward('{"mail":["a@x.test"],"limits":{"run":900,"person":900}}')), t.post(t.crm('x')), t.held(t.op('graph.update', 'g108$1', 'u108$1'), 'd1'), t.create('ad$1', 'ad$1', jsonb_build_object('op', 'link.adopt', 'crm_id', t.crm('y')))), jsonb_build_object('skips', jsonb_build_array(t.skip(null, 'private', '{"crm_id":"101$1","changes":[1]}'), t.skip(null, 'first_run', '{"crm_id":"109$1"}'))))
select calsync.intents_due('r1', '{1,2}')
select t.begin(array(select i.id from calsync.intent i where i.account = 1 and i.outcome is null order by 1), '{"run":"r1"}')
select t.settle(array(select i.id from calsync.intent i where i.account = 1 and i.outcome is null and i.item is not null), 'done', t.answer('g107$1', 'u107$1'))
select t.settle(array(select i.id from calsync.intent i where i.account = 1 and i.outcome is null and i.item is null), 'done', t.answer('z$1', 'z$1'))
select t.final(1, jsonb_build_array(t.op('graph.update', 'g107$1', 'u107$1', t.outward())))
select t.settle(array(select i.id from calsync.intent i where i.account = 1 and i.outcome is null), 'late')
S
}
# Many rows, and nobody has analysed them.
fill() {
  ask "set calsync.origin = 'sync'; create temp table big as select g from generate_series(100000, 119999) g where g % 1000 not between 900 and 910;
    insert into crm.events (event_id, assigned_to, external_id, starts_at, ends_at) select g, 1 + g % 4, 'u' || g, '2026-12-01', '2026-12-01' from big g;
    insert into crm.event_attendees (event_id, email) select g, 'a@b.test' from big g;
    insert into crm.contacts (contact_id, last_name) select g, 'C' from big g;
    insert into crm.contact_emails select g, 'c' || g || '@big.test' from big g;
    insert into calsync.meeting_key select 'u' || g, '', '', g from big g;
    insert into calsync.meeting (id, uid, crm_id, owner, made_run, made, changed) select g, 'u' || g, g, '1', 'r0', now(), now() from big g;
    insert into calsync.copy (account, id, meeting, digest, role, starts, ends, master, confirmed) select 1, 'g' || g, g, 'd', 'organizer', '2026-12-01', '2026-12-01', 'm' || g, now() from big g;
    insert into calsync.seen (account, id, digest, reason, policy_digest, horizon, due, at) select 1, 's' || g, 'd', 'unmatched', 'p1', '99999999', '2027-01-01', now() from big g;
    insert into calsync.seen_wait select calsync.text_digest('w' || no), 1, no from calsync.seen;
    insert into calsync.again (account, id, reason, due, since) select 1, 'a' || g, 'x', '2027-01-01', now() from big g;
    insert into calsync.log (at, run, item, meeting, kind, stage, code) select now(), 'r0', 'g' || g, g, 'op', 'apply', 'crm.create' from big g;
    insert into calsync.person_change select '5', calsync.text_digest('p' || g) from generate_series(1, 20000) g;
    insert into calsync.change (crm_id, op, part, reason, due, account, policy_digest) select 'o' || g, 'update', 'event', 'private', '2027-01-01', 1, 'p1' from big g;
    insert into calsync.intent (run, account, meeting, crm_id, op, doc, place, transaction_id, mail, made, sent, outcome) select 'r0', 1, g, g, 'graph.update', '{}', 'x', 't' || g, '{a@x.test}', '2026-01-01', '2026-01-01', 'done' from big g;
    insert into calsync.hold (meeting, crm_id, account, op, digest, reason, made, consumed) select g, g, 1, 'graph.update', 'd', 'mail_held', now(), case when g % 2 = 0 then now() end from big g where g % 2 = 0 or g % 1000 = 1;
    update calsync.cursor set horizon = '99999', horizon_before = '99999'; reset calsync.origin" >/dev/null
}

@test "cost: no call reads a big table, whether its plans were made when it was empty or never analysed (L9)" {
  own
  local when call got bad=0
  ask "set jit = on; select t.section(1, null, 'L1')" >/dev/null
  # More calls than it takes until PostgreSQL keeps a plan for good.
  for n in 1 2 3 4 5 6 7; do
    ask "select t.page(1, (select jsonb_agg(t.create('g10' || k || '90$n', 'u10' || k || '90$n')) from generate_series(1, 8) k))"
    while IFS= read -r call; do ask "$call"; done < <(every_call "90$n")
  done >/dev/null
  fill
  for when in kept new; do
    [ "$when" = kept ] || session
    while IFS= read -r call; do
      got=$(touched "$call")
      [ -z "$got" ] || { echo "$when plan, ${call:0:70}: $got"; bad=1; }
    done < <(every_call "$([ "$when" = kept ] && echo 111 || echo 222)")
  done
  is "select count(*) from calsync.log where code = 'crm.update' and outcome = 'done'" 9
  [ "$bad" -eq 0 ]
}
