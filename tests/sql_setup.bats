# The database side: setup, a cluster for tests, rights.
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
       update calsync.schema_file set sha = 'old' where file = 'adapter-builtin.sql'"
  run -78 --separate-stderr "$TOP/scripts/calsync-setup" --check
  [ "$(grep -c missing <<<"$stderr")" -eq 2 ]
  run -0 --separate-stderr "$TOP/scripts/calsync-setup"
  [ "$(grep applied <<<"$stderr" | sed 's/.* //' | paste -sd' ')" = '050-match.sql adapter-builtin.sql 090-roles.sql' ]
  is 'select count(*) from crm.events' 1
  # What is applied once cannot follow: nothing is begun.
  sql "update calsync.schema_file set sha = 'old' where file in ('020-contract.sql', '050-match.sql')"
  run -78 --separate-stderr "$TOP/scripts/calsync-setup"
  [[ $stderr == *'an unreleased version with another 020-contract.sql; nothing was changed'* ]]
  is "select string_agg(file, ' ' order by file) from calsync.schema_file where sha = 'old'" '020-contract.sql 050-match.sql'
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
    "$TOP"/schemas/{builtin-crm,builtin-attendees,adapter-builtin}.sql | sed "s/'builtin', '1'/'other', '1'/; s/calsync\.crm_other\./calsync.crm_/g" >"$BATS_TEST_TMPDIR/other.sql"
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
    select count(*) from calsync.match_context(1, t.asked('[{\"n\":1,\"id\":\"A\",\"uid\":\"U1\",\"slots\":[\"\"],\"addresses\":[\"xia@client.test\"],\"rooms\":[{\"name\":\"Hall\"}]}]'));
    select count(*) from calsync.errors, calsync.held, calsync.stale, calsync.mails; reset role" >/dev/null
  refused calsync_read "delete from calsync."{cursor,meeting,meeting_key,copy,seen,again,intent,hold,run,log,setting,account,org,connection,person_change} \
    "select t.page(1, '[]')" "select calsync.apply_lock(1)" "select calsync.run_begin('{}')" \
    "select calsync.put_events('{}')" "select calsync.remove_event('1')" "delete from crm.events" \
    "update crm.events set subject = ''" "select calsync.note_people('{x}')" "select calsync.admin_org('{}')" \
    "select value from calsync.lost" "select * from calsync.conflicts" "select body from calsync.intent"
}

@test "roles: calsync_write applies pages and changes no person, policy or account (P-001)" {
  ask 'set role calsync_write'
  is "select t.section(1, null, 'L1', jsonb_build_object('ops', jsonb_build_array(t.create('A', 'U1', '{\"attendees\":{\"add\":[{\"address\":\"xia@client.test\",\"person\":\"contact\",\"id\":\"7\"}]},\"rooms\":{\"add\":[{\"resource\":\"1\"}]}}'))))" 'A=done'
  is "select t.page(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"B\"},\"attendees\":{\"remove\":[\"xia@client.test\"]},\"lost\":{\"subject\":\"x\"}}')), jsonb_build_object('skips', jsonb_build_array(t.skip('S', 'unmatched', '{\"waits\":[\"x\"]}'))))" 'A=done'
  is "select t.page(1, jsonb_build_array(t.op('crm.delete', 'A', 'U1', '{\"how\":\"delete\"}')))" 'A=done'
  ask "select calsync.run_begin('{\"id\":\"r\",\"now\":\"2026-11-21T09:00:00Z\"}'); select calsync.run_end('{\"id\":\"r\",\"status\":0}'); reset role" >/dev/null
  refused calsync_write "delete from crm.events" "delete from crm.users" "update crm.contacts set active = false" \
    "update crm.contact_emails set email = 'x'" "update calsync.account set mailbox = 'x'" \
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
