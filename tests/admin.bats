# What an administrator may set up under the firm's policy, what CRM users may do for
# themselves, and what they see.  Ann, Bob and Cy are CRM users; Xia is a contact.
# shellcheck disable=SC2154

setup_file() { load helper; load db; pg_suite_start; }
teardown_file() { load helper; load db; pg_suite_stop; }
setup() {
  load helper
  load db
  calsync=$TOP/scripts/calsync
  export CALSYNC_BIN=$BIN
  unset CALSYNC_POLICY
}

# firm PROFILE [line ...]: a fresh database, and the firm's policy file.
firm() {
  pg_fresh
  printf '%s\n' "profile = $1" "${@:2}" >"$BATS_TEST_TMPDIR/firm.policy"
  export CALSYNC_POLICY=$BATS_TEST_TMPDIR/firm.policy
  sql "insert into crm.users (email, name, time_zone) values ('ann@firm.test', 'Ann', 'Europe/London'),
         ('bob@firm.test', 'Bob', 'Europe/London'), ('cy@firm.test', 'Cy', 'Europe/London');
       insert into crm.contacts (type, last_name) values ('Client', 'Xia');
       insert into crm.contact_emails (contact_id, email) values (1, 'xia@client.test');
       select calsync.admin_connection('{\"tenant\":\"firm\",\"client_id\":\"c\",\"secret_file\":\"/s\"}')" >/dev/null
}
# refused WHY COMMAND ...: it ends with 78, in one line that says why.
refused() {
  run -78 --separate-stderr "$calsync" "${@:2}"
  [ -z "$output" ]
  [ "${#stderr_lines[@]}" -eq 1 ]
  [[ $stderr == *"$1"* ]] || { echo "$stderr"; return 1; }
}
ok() { run -0 --separate-stderr "$calsync" "$@"; [ -z "$stderr" ] || { echo "$stderr"; return 1; }; }
on() { sql "select coalesce(string_agg(split_part(mailbox, '@', 1), ' ' order by id), '') from calsync.account where events"; }
# as USER SQL: under that user's own database role.
as() { PGUSER=$1_$PGDATABASE sql "$2"; }
# logins USER ...: roles of theirs.
logins() {
  local u
  for u in "$@"; do
    sql "create role ${u}_$PGDATABASE login in role calsync_user" || return 1
    ok account login "$u@firm.test" "${u}_$PGDATABASE" || return 1
  done
}
# denied USER WHY SQL: it fails and says why.
denied() {
  run ! as "$1" "$3"
  [[ $output == *"$2"* ]] || { echo "$output"; return 1; }
}

@test "admin: without the statement that other syncs are off nobody is enabled for writing to Microsoft (P-002)" {
  firm practifi
  run -64 --separate-stderr "$calsync" org seats=two
  [[ $stderr == *"seats is a number of people, not 'two'"* ]]
  ok org seats=2
  refused "every other calendar sync is off" account add ann@firm.test
  refused "every other calendar sync is off" org check
  is_off=$(sql "select count(*) from calsync.account")
  [ "$is_off" -eq 0 ]
  ok org other_sync_off=yes
  [ "$(sql "select other_sync_off_by = session_user, now() - other_sync_off_at < interval '1 minute' from calsync.org")" = 't|t' ]
  ok account add ann@firm.test
  [ "$(on)" = ann ]
  # What only reads needs no statement; a statement can be taken back.
  ok org other_sync_off=no
  refused "every other calendar sync is off" account add bob@firm.test
  printf 'direction.events = to_crm\n' >>"$CALSYNC_POLICY"
  ok account add bob@firm.test
}

@test "admin: without a licence nobody is enabled, with one as many as it is for (P-007 P-008 P-015 I-049)" {
  firm practifi
  ok org other_sync_off=yes
  refused "the firm has no licence (license = seats)" account add ann@firm.test
  sql "update calsync.org set enabled = false"
  refused "the firm has no licence (license = seats)" org enabled=yes
  [ "$(sql "select enabled from calsync.org")" = f ]
  ok org seats=2 enabled=yes
  for u in ann bob; do ok account add $u@firm.test; done
  refused "no seat is left: 2 users can be synced" account add cy@firm.test
  [ "$(on)" = "ann bob" ]
  # The column's header: all of those who are listed or none.
  ok org seats=3
  ok account add cy@firm.test
  ok account disable --all
  [ "$(on)" = "" ]
  sql "update calsync.org set seats = 2"
  refused "no seat is left" account enable --all
  [ "$(on)" = "" ]
  ok org seats=3
  ok account enable --all
  [ "$(on)" = "ann bob cy" ]
  ok account disable bob@firm.test
  ok account enable bob@firm.test
}

@test "admin: a tier that may not configure, and one that may (I-009)" {
  firm interaction
  ok org licence_tier=Basic
  (umask 077 && echo s >"$BATS_TEST_TMPDIR/secret")
  for call in "org domains=firm.test" "org enabled=yes" "account add ann@firm.test" "org check" \
    "connection add --tenant t --client-id c --secret-file $BATS_TEST_TMPDIR/secret"; do
    # shellcheck disable=SC2086
    refused "the tier Basic may not configure the sync" $call
  done
  [ "$(sql "select domains, (select count(*) from calsync.account), (select count(*) from calsync.connection) from calsync.org")" = '{}|0|1' ]
  ok org licence_tier=Professional
  ok account add ann@firm.test
  refused "the tier Basic may not configure the sync" org licence_tier=Basic domains=firm.test
  ok org licence_tier=Strategic domains=firm.test
  ok account set ann@firm.test select.mode manual
}

@test "admin: an activation key is needed, and a mistyped one is noticed (O-016)" {
  local key
  firm opencrm
  ok org other_sync_off=yes
  refused "the activation key is missing" account add ann@firm.test
  key=FIRM-2025
  ok org "licence=$key-zzzz"
  refused "the activation key is wrong" account add ann@firm.test
  ok org "licence=$key-$(printf %s "$key" | sha256sum | cut -c1-4)"
  ok account add ann@firm.test
  [ "$(on)" = ann ]
}

@test "admin: the firm's switch stays on once it is on, single users go on and off at any time (I-016 I-017)" {
  firm interaction
  sql "update calsync.org set enabled = false"
  ok org licence_tier=Professional enabled=no
  ok org enabled=yes
  refused "once on, the firm stays on" org enabled=no
  [ "$(sql "select enabled from calsync.org")" = t ]
  for u in ann bob; do ok account add $u@firm.test; done
  ok account disable ann@firm.test
  [ "$(on)" = bob ]
  ok account enable ann@firm.test
  [ "$(on)" = "ann bob" ]
  # A firm without the rule may go off.
  firm smartcloud
  ok org enabled=no
  [ "$(sql "select enabled from calsync.org")" = f ]
}

@test "admin: the kinds are separate switches (P-016 O-018)" {
  firm smartcloud
  ok account add ann@firm.test
  kinds() { sql "select events, contacts, tasks from calsync.account"; }
  [ "$(kinds)" = 't|f|f' ]
  sql "update calsync.account set contacts = true"
  ok account disable ann@firm.test
  [ "$(kinds)" = 'f|t|f' ]
  ok account enable ann@firm.test
  [ "$(kinds)" = 't|t|f' ]
}

@test "admin: a connection is saved when all of it is there, and removed when nobody uses it (I-044)" {
  firm default
  (umask 077 && echo s >"$BATS_TEST_TMPDIR/secret")
  local all=(--tenant t --client-id c --secret-file "$BATS_TEST_TMPDIR/secret") i
  for i in 0 2 4; do
    local some=("${all[@]}")
    unset "some[$i]" "some[$((i + 1))]"
    run -64 "$calsync" connection add "${some[@]}"
    some=("${all[@]}")
    some[i + 1]=
    run ! "$calsync" connection add "${some[@]}"
  done
  [ "$(sql "select count(*) from calsync.connection")" -eq 1 ]
  ok connection add "${all[@]}"
  ok account add ann@firm.test --connection 1
  refused "connection 1 is that of ann@firm.test" connection remove 1
  ok connection remove 2
  refused "there is no connection 2" connection remove 2
  [ "$(sql "select string_agg(id::text, ' ') from calsync.connection")" = 1 ]
}

@test "admin: contact types are those that the CRM defines (I-042)" {
  firm interaction 'select.types = all, !Rival'
  ok org licence_tier=Professional
  ok org check
  ok org "contact_types=Client, Prospect, Our Personnel"
  refused "select.types: there is no contact type Rival; there are: Client, Prospect, Our Personnel" org check
  refused "there is no contact type Rival" account add ann@firm.test
  firm interaction 'select.types = all, !Our Personnel' 'attendees.exclude_types = Our Personel'
  ok org licence_tier=Professional "contact_types=Client, Prospect, Our Personnel"
  refused "attendees.exclude_types: there is no contact type Our Personel" org check
}

@test "admin: of several mailboxes none is read until one is chosen, then that one (P-017)" {
  firm smartcloud
  ok account add ann@firm.test
  ok account add ann@firm.test --mailbox ann.second@firm.test
  gates() { sql "select string_agg(split_part(j ->> 'mailbox', '@', 1) || ':' || coalesce(j ->> 'gate', 'ok'), ' ' order by j ->> 'mailbox') from calsync.roster_accounts(now()) j"; }
  [ "$(gates)" = "ann.second:no_primary_mailbox ann:no_primary_mailbox" ]
  run -78 --separate-stderr "$TOP/scripts/calsync" account primary ann@firm.test ann.secnod@firm.test
  [[ $stderr == *"there is no account of the mailbox ann.secnod@firm.test"* ]]
  [ "$(gates)" = "ann.second:no_primary_mailbox ann:no_primary_mailbox" ]
  ok account primary ann@firm.test ann.second@firm.test
  [ "$(gates)" = "ann.second:ok ann:no_primary_mailbox" ]
  ok account primary ann@firm.test ann@firm.test
  [ "$(gates)" = "ann.second:no_primary_mailbox ann:ok" ]
}

@test "user: under users.edit = yes one's own switch and settings, nobody else's (S-012 S-016 I-018 O-005)" {
  firm smartcloud
  for u in ann bob; do ok account add $u@firm.test; done
  logins ann cy
  PGUSER=ann_$PGDATABASE CALSYNC_DB="dbname=$PGDATABASE" ok user off
  [ "$(on)" = bob ]
  PGUSER=ann_$PGDATABASE CALSYNC_DB="dbname=$PGDATABASE" ok user on
  [ "$(on)" = "ann bob" ]
  PGUSER=ann_$PGDATABASE CALSYNC_DB="dbname=$PGDATABASE" ok user set select.mode manual
  [ "$(sql "select account, key, value, set_by from calsync.setting")" = "1|select.mode|manual|ann_$PGDATABASE" ]
  PGUSER=ann_$PGDATABASE run -64 "$calsync" user set run.in 5min
  PGUSER=ann_$PGDATABASE CALSYNC_DB="dbname=$PGDATABASE" ok user set select.mode -
  [ "$(sql "select count(*) from calsync.setting")" -eq 0 ]
  # Cy has no account: nothing to switch.  A role that is no user's cannot.
  as cy "select calsync.user_switch(false)"
  [ "$(on)" = "ann bob" ]
  sql "create role odd_$PGDATABASE login in role calsync_user"
  denied odd "is no CRM user's role" "select calsync.user_switch(false)"
  for q in "select calsync.admin_account('{\"user\":\"bob@firm.test\",\"enabled\":false}')" \
    "select calsync.admin_setting(2, 'select.mode', 'manual')" "update calsync.account set events = false" \
    "insert into calsync.setting values (1, 'a', 'b')" "select calsync.admin_org('{\"enabled\":false}')" "select * from calsync.org"; do
    denied ann "permission denied" "$q"
  done
  [ "$(on)" = "ann bob" ]
}

@test "user: under users.edit = no all of it is the administrator's: switches, ranges and the rest (P-001 P-035)" {
  firm practifi
  ok org other_sync_off=yes seats=5
  for u in ann bob; do ok account add $u@firm.test; done
  logins ann
  denied ann "an administrator does this (users.edit = no)" "select calsync.user_switch(false)"
  for key in window.past_in window.future_in window.past_out window.future_out window.stop; do
    denied ann "an administrator does this" "select calsync.user_setting('$key', '1d')"
  done
  denied ann "permission denied" "select calsync.admin_org('{\"enabled\":false}')"
  denied ann "permission denied" "update calsync.org set enabled = false"
  [ "$(on)" = "ann bob" ]
  [ "$(sql "select enabled, (select count(*) from calsync.setting) from calsync.org")" = 't|0' ]
}

@test "user: before the firm is on, a user's own switch and settings are refused (I-019)" {
  firm interaction
  ok org licence_tier=Professional
  ok account add ann@firm.test
  logins ann
  sql "update calsync.org set enabled = false"
  denied ann "the firm's sync is off" "select calsync.user_switch(false)"
  denied ann "the firm's sync is off" "select calsync.user_setting('select.mode', 'manual')"
  [ "$(on)" = ann ]
  ok org enabled=yes
  as ann "select calsync.user_switch(false)"
  [ "$(on)" = "" ]
}

@test "user: Last Automatic Sync: one's own, and everybody's for those who set it up (I-050 I-051)" {
  firm smartcloud
  for u in ann bob; do ok account add $u@firm.test; done
  logins ann
  sql "create role boss_$PGDATABASE login in role calsync_admin;
    update calsync.account set last_change = '2025-03-10T09:00Z' where id = 1;
    update calsync.account set last_change = '2025-03-10T09:15Z' where id = 2"
  seen() { as "$1" "select split_part(mailbox, '@', 1), to_char(last_change, 'HH24:MI') from calsync.user_status()" | paste -sd ' '; }
  [ "$(seen ann)" = "ann|09:00" ]
  [ "$(seen boss)" = "ann|09:00 bob|09:15" ]
  PGUSER=ann_$PGDATABASE CALSYNC_DB="dbname=$PGDATABASE" ok user show --json
  [ "$(jq -r .mailbox <<<"$output")" = ann@firm.test ]
}

@test "user: settings that are not saved yet do not count, saved ones do (P-020 O-070)" {
  local roster
  firm smartcloud
  ok account add ann@firm.test
  logins ann
  modes() { roster=$("$BIN/roster" --profiles "$TOP/profiles" --all 2>/dev/null) && jq -r 'select(.type == "mailbox").policy["select.mode"]' <<<"$roster"; }
  rival "begin; select calsync.admin_setting(1, 'select.mode', 'manual')"
  [ "$(modes)" = null ]
  rival_end "commit"
  [ "$(modes)" = manual ]
  as ann "select calsync.user_setting('select.mode', 'auto')"
  [ "$(modes)" = auto ]
}

@test "user: an org's direction is narrowed by a user, never widened (O-009 U16)" {
  firm opencrm 'auth = app'
  ok org other_sync_off=yes "licence=F-$(printf F | sha256sum | cut -c1-4)"
  for u in ann bob; do ok account add $u@firm.test; done
  logins ann bob
  as ann "select calsync.user_setting('direction.events', 'to_crm')"
  directions() { "$BIN/roster" --profiles "$TOP/profiles" --all "$@" 2>/dev/null | jq -r 'select(.type == "mailbox").policy["direction.events"]' | paste -sd ' '; }
  [ "$(directions)" = "to_crm null" ]
  as bob "select calsync.user_setting('direction.events', 'both')"
  [ "$(directions --set direction.events=to_crm)" = "null null" ]
}

@test "crm: what the sync fills in is read-only for people (P-102)" {
  firm smartcloud
  logins ann
  sql "insert into crm.events (assigned_to, subject, starts_at, ends_at, online_url) values (1, 'A', '2025-03-12T10:00Z', '2025-03-12T11:00Z', 'https://teams.test/1')"
  as ann "update crm.events set subject = 'B', location = 'Hall' where event_id = 1"
  for column in recurring_in_m365 sync_status online_url external_id source series_kind; do
    denied ann "permission denied" "update crm.events set $column = 'Never' where event_id = 1"
  done
  as ann "insert into crm.events (assigned_to, subject, starts_at, ends_at) values (1, 'C', now(), now())"
  denied ann "permission denied" "insert into crm.events (assigned_to, subject, starts_at, ends_at, source) values (1, 'D', now(), now(), 'sync')"
  [ "$(as ann "select subject, location, online_url from crm.calendar() where event_id = 1")" = "B|Hall|https://teams.test/1" ]
  [ "$(sql "select string_agg(subject || ':' || sync_status || ':' || source, ' ' order by event_id) from crm.events")" = "B:Never:ui C:Never:ui" ]
}

@test "crm: a series that came from Outlook is not edited by people (C-033)" {
  firm smartcloud
  logins ann
  sql "insert into crm.events (assigned_to, subject, starts_at, ends_at, series_kind, source) values
    (1, 'Theirs', now(), now(), 'master', 'sync'), (1, 'Ours', now(), now(), 'master', 'ui')"
  denied ann "a series from Outlook is changed there" "update crm.events set subject = 'X' where event_id = 1"
  as ann "update crm.events set subject = 'X' where event_id = 2"
  [ "$(as ann "select string_agg(subject || ':' || editable, ' ' order by event_id) from crm.calendar()")" = "Theirs:false X:true" ]
  # The sync itself may.
  [ "$(sql "set role calsync_write; select calsync.put_event('{\"crm_id\":\"1\",\"set\":{\"subject\":\"Y\"}}'); reset role; select subject from crm.events where event_id = 1" | tail -1)" = Y ]
}

@test "crm: private events of others are hidden, or masked and not editable (O-031 O-032)" {
  firm opencrm
  ok org other_sync_off=yes "licence=F-$(printf F | sha256sum | cut -c1-4)"
  ok account add ann@firm.test
  logins ann bob cy
  sql "insert into crm.events (assigned_to, subject, description, location, starts_at, ends_at, private) values
      (1, 'Doctor', 'knee', 'Clinic', '2025-03-12T10:00Z', '2025-03-12T11:00Z', true), (1, 'Open', null, null, '2025-03-12T12:00Z', '2025-03-12T13:00Z', false);
    insert into crm.event_attendees (event_id, email, user_id) values (1, 'bob@firm.test', 2)"
  shown() { as "$1" "select subject, description, location, to_char(starts_at, 'HH24:MI'), editable from crm.calendar() order by event_id" | paste -sd ' '; }
  for u in ann bob; do [ "$(shown $u)" = "Doctor|knee|Clinic|10:00|t Open|||12:00|t" ]; done
  [ "$(shown cy)" = "Open|||12:00|t" ]
  denied cy "a private event of somebody else" "update crm.events set subject = 'X' where event_id = 1"
  denied cy "permission denied" "select subject from crm.events"
  printf 'private.view = masked\n' >>"$CALSYNC_POLICY"
  ok org check
  [ "$(shown cy)" = "Private|||10:00|f Open|||12:00|t" ]
  [ "$(shown bob)" = "Doctor|knee|Clinic|10:00|t Open|||12:00|t" ]
  denied cy "a private event of somebody else" "update crm.events set subject = 'X' where event_id = 1"
  as bob "update crm.events set subject = 'Surgeon' where event_id = 1"
}

@test "crm: a type's shown name changes, its own does not (I-012)" {
  firm interaction
  ok org licence_tier=Professional
  logins ann
  sql "select calsync.put_event(jsonb_build_object('owner', '1', 'key', '{}'::jsonb, 'set', jsonb_build_object('subject', 'A', 'start', '2025-03-12T10:00Z',
    'end', '2025-03-12T11:00Z', 'event_type', 'CalendarSyncMeeting_System')))" >/dev/null
  types() { as ann "select activity_type, type_shown from crm.calendar()"; }
  [ "$(types)" = "CalendarSyncMeeting_System|Calendar sync meeting" ]
  sql "update crm.event_types set shown = 'Outlook' where name = 'CalendarSyncMeeting_System'"
  [ "$(types)" = "CalendarSyncMeeting_System|Outlook" ]
}

@test "log: id, message, system, time and whether it is an error; errors alone; newest first (P-105 P-109 C-043)" {
  firm smartcloud
  ok account add ann@firm.test
  sql "insert into calsync.log (at, run, account, item, kind, error, stage, code, detail, evidence) values
    ('2025-03-10T09:00Z', 'r1', 1, 'AAMk0123456789', 'skip', false, 'reconcile', 'unmatched', null, 'no contact'),
    ('2025-03-10T09:00Z', 'r1', 1, 'AAMkb', 'problem', true, 'fetch', 'graph_error', 'status 500', null),
    ('2025-03-10T09:15Z', 'r2', 1, 'AAMkc', 'skip', true, 'reconcile', 'too_long', null, '25 h'),
    ('2025-03-10T09:30Z', 'r3', 1, 'AAMkd', 'problem', true, 'apply', 'crm_error', 'too big', null)"
  ok log --errors --json
  [ "$(jq -c '[.id, .message, .system, .at, .error]' <<<"$output")" = '[4,"too big","CRM","2025-03-10T09:30:00+00:00",true]
[3,"25 h","calsync","2025-03-10T09:15:00+00:00",true]
[2,"status 500","Microsoft 365","2025-03-10T09:00:00+00:00",true]' ]
  ok log --json
  [ "$(jq -r .id <<<"$output" | paste -sd ' ')" = "4 3 2 1" ]
  [ "$(jq -r 'select(.id == 1) | "\(.item) \(.error)"' <<<"$output")" = "AAMk0123456789 false" ]
}

@test "retry: one failed item, or all of the last retry.days (P-107 P-108)" {
  firm practifi 'retry.days = 30'
  ok org other_sync_off=yes seats=2
  ok account add ann@firm.test
  fill() {
    sql "delete from calsync.again; insert into calsync.again (account, id, reason, due, since) select 1, i, 'graph_error', '2026-01-01', '2025-04-10T09:00Z'::timestamptz - d * interval '1 day'
      from (values ('young', 29), ('edge', 30), ('old', 31)) v(i, d)"
  }
  due() { sql "select coalesce(string_agg(id, ' ' order by id), '') from calsync.again where due = '-infinity'"; }
  fill
  [ "$(sql "select calsync.admin_retry('2025-04-10T09:00Z', 'old')")" -eq 1 ]
  [ "$(due)" = old ]
  fill
  [ "$(sql "select calsync.admin_retry_all('2025-04-10T09:00Z')")" -eq 2 ]
  [ "$(due)" = "edge young" ]
}

@test "roster: an older schema in the database stops the run with a clear message (I-031)" {
  firm interaction
  ok org licence_tier=Professional
  ok account add ann@firm.test
  sql "alter function calsync.roster_org(text) rename to new_org; create function calsync.roster_org(run text) returns json language sql as
    \$\$ select '{\"schema\":0,\"domains\":[],\"adapter\":{},\"connections\":[],\"enabled\":true}'::json \$\$"
  run -78 --separate-stderr "$BIN/roster" --profiles "$TOP/profiles" --all
  [ -z "$output" ]
  [[ $stderr == *"calsync setup upgrades the database"* ]] || { echo "$stderr"; false; }
}
