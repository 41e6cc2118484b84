# Scenarios of selection, switches and rules, from Outlook to the CRM, under their
# numbers where all of the text is here.  Every run is done again after an apply
# that broke off, and every test ends with a run that must do nothing.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() {
  load helper
  load db
  load e2e
  calsync=$TOP/scripts/calsync
  export CALSYNC_BIN=$BIN
}

MADE='"created":"2025-03-05T08:00:00Z"'
ev() { # KEY ORGANIZER START MORE WHO ...: made after the sync was enabled
  MORE="{$MADE${4:+,$4}}" meeting "$1" "$2" "$3" "${@:5}"
}
create() { act "{\"as\":\"$1@firm.test\",\"do\":\"create\",\"event\":$2}"; }
refused() { # WHY COMMAND ...
  run -78 --separate-stderr "$calsync" "${@:2}"
  [[ $stderr == *"$1"* ]] || { echo "$stderr"; return 1; }
}
ok() { run -0 --separate-stderr "$calsync" "$@"; [ -z "$stderr" ] || { echo "$stderr"; return 1; }; }
contact() { # ADDRESS FIELD
  sql "with c as (insert into crm.contacts (last_name) values ('Orr') returning contact_id)
    insert into crm.contact_emails (contact_id, email, label) select contact_id, '$1', '$2' from c"
}

@test "scenario: SC-10 unmatched until a contact exists (P-033 P-034 P-061 P-062 P-063 P-098 C-014 C-044 U11)" {
  E2E_BREAK=1
  local field
  zed() { e2e_fresh "$(world "$(meeting z ann 2025-03-12T10:00 zed@nowhere.test)")"; profile practifi "$@"; }
  for field in email alt_email; do
    zed
    sync
    is "$(events)" ""
    is "$(reasons)" unmatched
    later 15m
    sync_nothing
    is "$(reasons)" ""
    contact zed@nowhere.test "$field"
    later 15m
    sync
    is "$(events)" "Ann|03-12 10:00|11:00|z|zed:none"
    sync_nothing
  done
  # An encrypted field matches nobody, and says so once; other fields still match.
  zed
  CALSYNC_POLICY='' ok org encrypted=alt_email
  contact zed@nowhere.test alt_email
  sync
  is "$(events)" ""
  is "$(reasons)" unmatched
  is "$(sql "select code, detail from calsync.log where code = 'encrypted'")" "encrypted|the field alt_email is encrypted: nobody is matched by it"
  later 15m
  sync_nothing
  CALSYNC_POLICY='' ok org encrypted=alt_email
  is "$(sql "select count(*) from calsync.log where code = 'encrypted'")" 1
  contact zed@nowhere.test custom
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|z|zed:none"
  sync_nothing
  zed 'unmatched.mode = sync'
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|z|"
  contact zed@nowhere.test email
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|z|zed:none"
  sync_nothing
}

@test "scenario: a field that can be read again matches again (P-062)" {
  e2e_fresh "$(world "$(meeting z ann 2025-03-12T10:00 zed@nowhere.test)")"
  profile practifi
  contact zed@nowhere.test alt_email
  CALSYNC_POLICY='' ok org encrypted=alt_email
  sync
  is "$(reasons)" unmatched
  # Until the contact itself is no news any more.
  for _ in 1 2 3; do later 15m; sync_nothing; done
  CALSYNC_POLICY='' ok org encrypted=
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|z|zed:none"
  sync_nothing
}

@test "scenario: editing in the CRM breaks the link of what is past, and only that (I-001 I-008 I-023 I-024 I-026)" {
  E2E_BREAK=1
  e2e_fresh "$(world "$(ev p ann 2025-03-07T10:00 '"body":"P"' xia@client.test)" "$(ev q ann 2025-03-07T12:00 '' xia@client.test)" \
    "$(ev r ann 2025-03-08T10:00 '' xia@client.test)" "$(ev u ann 2025-03-13T10:00 '' xia@client.test)")"
  profile interaction
  sync
  is "$(sql "select string_agg(subject || ':' || kind, ' ' order by subject) from crm.events")" "p:activity q:activity r:activity u:appointment"
  sql "insert into crm.accounts (name) values ('Client Ltd');
    update crm.events set description = 'What was said' where subject = 'p';
    update crm.events set account_id = 1 where subject = 'q';
    update crm.events set subject = 'u of the CRM' where subject = 'u'"
  later 15m
  for key in p q u; do ann touch $key; done
  E2E_BREAK='' sync
  is "$(ops)" "link.end done"
  later 15m
  ann update p '"set":{"subject":"P2"}'
  ann update q '"set":{"subject":"Q2"}'
  ann update u '"set":{"start":"2025-03-13T15:00","end":"2025-03-13T16:00"}'
  sync
  is "$(sql "select subject, description, account_id, to_char(starts_at at time zone 'UTC', 'DD HH24:MI') from crm.events order by subject")" "Q2||1|07 12:00
p|What was said||07 10:00
r|||08 10:00
u|||13 15:00"
  is "$(ops)" "crm.update done,crm.update done"
  sync_nothing
  # The month after r's end is over: edits of it change nothing.
  clock 2025-04-08T09:00:00Z
  sync
  is "$(sql "select sync_status from crm.events where subject = 'r'")" Inactive
  sql "update crm.events set description = 'late' where subject = 'r'"
  ann update r '"set":{"subject":"R2"}'
  later 15m
  sync
  is "$(sql "select subject, description from crm.events where sync_status = 'Inactive' and description = 'late'")" "r|late"
  sync_nothing
}

@test "scenario: SC-32 manual and combined (I-053 I-055 I-056 I-057 I-058 I-060 I-062 I-063 I-064 I-065 I-066 I-067)" {
  E2E_BREAK=1
  local mark='"categories":["InterAction"]' on=2025-03-12T10:00
  e2e_fresh "$(world "$(ev val ann $on '' val@vendor.test)" "$(ev zed ann $on "$mark" zed@nowhere.test)" \
    "$(ev cyb cy $on '"copies":{"bob@firm.test":{"categories":["InterAction"]}}' bob@firm.test)" \
    "$(ev priv ann $on "$mark,\"sensitivity\":\"private\"" xia@client.test)" "$(ev week ann $on "$mark,$(weekly 1 wednesday)" xia@client.test)" \
    "$(MORE="{\"created\":\"2025-02-05T08:00:00Z\",$mark}" meeting old ann 2025-03-12T11:00 xia@client.test)" "$(ev both ann $on "$mark" bob@firm.test)")"
  profile interaction 'select.mode = manual'
  sync
  is "$(subjects)" "both zed"
  is "$(events | grep zed)" "Ann|03-12 10:00|11:00|zed|"
  # Bob's copy of Ann's meeting has no mark.
  is "$(reasons)" "backfill not_marked not_marked not_organizer private recurring recurring"
  sync_nothing
  # At once, for this mailbox alone: what the next run would do.
  ann add-category val '"category":"InterAction"'
  ok sync-one -q --now "$(sim_now)" ann@firm.test "$(sim 'events?mailbox=ann@firm.test' | jq -r '.value[] | select(.key == "val").id')"
  is "$(events | grep val)" "Ann|03-12 10:00|11:00|val|val:none"
  sync_nothing
  later 15m
  first=$(sql "select event_id from crm.events where subject = 'val'")
  ann remove-category val '"category":"InterAction"'
  sync
  is "$(subjects)" "both zed"
  sync_nothing
  later 15m
  ann add-category val '"category":"InterAction"'
  sync
  is "$(subjects)" "both val zed"
  [ "$(sql "select event_id from crm.events where subject = 'val' and not deleted")" != "$first" ]
  sync_nothing
  e2e_fresh "$(world "$(ev both ann $on "$mark" xia@client.test)")"
  profile interaction 'select.mode = combined'
  sync
  is "$(subjects)" both
  later 15m
  ann remove-category both '"category":"InterAction"'
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|both|xia:none"
  sync_nothing
}

@test "scenario: SC-34 firm and user switches (I-009 I-012 I-016 I-017 I-018 I-019 I-031 I-033 I-044 I-047 I-048 I-049 I-050 I-051 I-059)" {
  E2E_BREAK=1
  e2e_fresh "$(world "$(ev a ann 2025-03-12T10:00 '"categories":["InterAction"]' xia@client.test)" "$(ev b bob 2025-03-12T12:00 '"categories":["InterAction"]' xia@client.test)")"
  sql "delete from calsync.account; update calsync.org set enabled = false; update calsync.connection set id = 7"
  profile interaction
  local day
  # The firm.
  ok org licence_tier=Basic
  refused "the tier Basic may not configure the sync" account add ann@firm.test
  ok org licence_tier=Professional
  for u in ann bob; do ok account add $u@firm.test --since 2025-03-01T00:00:00Z --connection 7; done
  sql "create role ann_$PGDATABASE login in role calsync_user"
  ok account login ann@firm.test "ann_$PGDATABASE"
  ann_sql() { PGUSER=ann_$PGDATABASE sql "$1"; }
  run ! ann_sql "select calsync.user_switch(false)"
  [[ $output == *"the firm's sync is off"* ]]
  ok org enabled=yes
  refused "once on, the firm stays on" org enabled=no
  for day in 0d 91d; do
    run -78 --separate-stderr "$BIN/roster" --profiles "$TOP/profiles" --policy "$CALSYNC_POLICY" --set "window.stop=$day"
    [ -z "$output" ]
    [[ $stderr == *"window.stop"*"1d..90d"* ]]
  done
  for day in 1d 90d; do run -0 --separate-stderr "$BIN/roster" --profiles "$TOP/profiles" --policy "$CALSYNC_POLICY" --set "window.stop=$day"; done
  run -64 "$calsync" connection add --tenant t --client-id c
  refused "a connection needs tenant" connection add --tenant ' ' --client-id c --secret-file "$E2E_SIM/secret"
  is "$(sql "select count(*) from calsync.connection")" 1
  # Bob has no connection, Cy no address; each is told.
  ok account add cy@firm.test --connection 7
  sql "update calsync.account set connection = null where mailbox = 'bob@firm.test'; update crm.users set email = '' where user_id = 3" >/dev/null
  gates() { jq -r 'select(.type == "mailbox") | "\(.mailbox | sub("@.*"; "")):\(.gate)"' "$E2E_TEE/roster.ndjson" | sort | paste -sd ' '; }
  sync
  is "$(gates)" "ann:null bob:no_server cy:no_email"
  is "$(subjects)" a
  sync_nothing
  sql "update calsync.account set events = false where mailbox = 'cy@firm.test'; update calsync.account set connection = 7" >/dev/null
  later 15m
  sync
  is "$(subjects)" "a b"
  # Ann turns hers off, and on: what was made meanwhile comes in.
  ann_sql "select calsync.user_switch(false)" >/dev/null
  create ann '{"key":"m","organizer":"ann@firm.test","subject":"m","start":"2025-03-13T10:00","zone":"Europe/London","attendees":["xia@client.test"]}'
  ann update a '"set":{"subject":"A2"}'
  later 15m
  sync_nothing
  is "$(gates)" "ann:user_off bob:null cy:user_off"
  is "$(subjects)" "a b"
  ann_sql "select calsync.user_switch(true)" >/dev/null
  sql "update calsync.account set since = '2025-03-01T00:00:00Z'"
  later 15m
  sync
  is "$(subjects)" "A2 b m"
  sync_nothing
  # Last Automatic Sync: the run that saw the last change; empty runs leave it.
  changed() { ann_sql "select split_part(mailbox, '@', 1), to_char(last_change at time zone 'UTC', 'HH24:MI') from calsync.user_status()"; }
  day=$(changed)
  is "$day" "ann|$(sim_now | cut -c12-16)"
  for _ in 1 2 3; do later 15m; sync_nothing; done
  is "$(changed)" "$day"
  is "$(sql "select string_agg(split_part(mailbox, '@', 1), ' ') from calsync.user_status()")" "ann bob cy"
  # Manual, and Bob is not enabled.
  create bob "{\"key\":\"n\",\"organizer\":\"bob@firm.test\",\"subject\":\"n\",\"start\":\"2025-03-14T10:00\",\"zone\":\"Europe/London\",\"categories\":[\"InterAction\"],\"attendees\":[\"xia@client.test\"]}"
  ok account disable bob@firm.test
  profile interaction 'select.mode = manual'
  later 15m
  sync
  is "$(gates)" "ann:null bob:user_off cy:user_off"
  is "$(subjects)" "A2 b m"
  # The type's shown name, and a schema that is too old.
  sql "update crm.event_types set shown = 'Outlook' where name = 'CalendarSyncMeeting_System'"
  is "$(ann_sql "select distinct activity_type, type_shown from crm.calendar()")" "CalendarSyncMeeting_System|Outlook"
  sql "alter function calsync.roster_org(text) rename to new_org; create function calsync.roster_org(run text) returns json language sql as
    \$\$ select '{\"schema\":0,\"domains\":[],\"adapter\":{},\"connections\":[],\"enabled\":true}'::json \$\$"
  run -78 --separate-stderr calsync_run late
  [[ $stderr == *"calsync setup upgrades the database"* ]] || { echo "$stderr"; false; }
}

@test "scenario: own meeting, shared: one event with colleagues and the records of the others (C-001 C-006 C-011 C-020 C-037 C-058 C-059 C-064)" {
  e2e_fresh "$(world "$(MORE='{"body":"Text"}' meeting m ann 2025-03-12T10:00 '{"address":"bob@firm.test","response":"accepted"}' xia@client.test zed@nowhere.test)")"
  profile smartcloud 'category.write = none'
  sync
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|m|bob:accepted xia:none"
  is "$(sql "select email, user_id, contact_id from crm.event_attendees order by 1")" "bob@firm.test|2|
xia@client.test||1"
  is "$(sql "select description from crm.events")" "From: Ann <ann@firm.test>
To/CC: Bob <bob@firm.test>; xia@client.test <xia@client.test>; zed@nowhere.test <zed@nowhere.test>
----------
Text"
  sync_nothing
  # Auto-share off and no mark: nothing; marked: with the next session.
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 bob@firm.test xia@client.test)")"
  profile smartcloud 'category.write = none'
  sql "select calsync.admin_setting(1, 'select.auto', 'none')" >/dev/null
  sync
  is "$(events)" ""
  is "$(reasons)" "kind_off waiting_organizer"
  ann add-category m '"category":"Salesforce"'
  is "$(events)" ""
  later 15m
  sync
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|m|bob:none xia:none"
  sync_nothing
  # Sync off: no first save, marked or not.
  e2e_fresh "$(world "$(MORE='{"categories":["Salesforce"]}' meeting m ann 2025-03-12T10:00 xia@client.test)")"
  profile smartcloud 'category.write = none'
  sql "update calsync.account set events = false where id = 1" >/dev/null
  sync
  is "$(events)" ""
  sync_nothing
}

@test "scenario: a marked series comes with the next session (C-037)" {
  e2e_fresh "$(world "$(MORE="{$(weekly 2 wednesday)}" meeting w ann 2025-03-12T10:00 xia@client.test)")"
  profile smartcloud 'recurring.mode = series' 'select.mode = manual' 'category.write = none'
  sync
  is "$(events)" ""
  ann add-category w '"category":"Salesforce"'
  is "$(live)" 0
  later 15m
  sync
  is "$(sql "select count(*), min(recurring_in_m365) from crm.events where not deleted")" "1|Weekly on Wed, 2 times"
  sync_nothing
}

@test "scenario: nobody is made in the CRM for unknown people, and no room (P-047 P-069 P-070)" {
  e2e_fresh "$(world "$(MORE='{"location":"Cafe"}' meeting m ann 2025-03-12T10:00 xia@client.test zed@nowhere.test '{"address":"room@firm.test","type":"resource"}')")"
  profile practifi
  sql "create role ann_$PGDATABASE login in role calsync_user"
  people() { sql "select (select jsonb_agg(c order by contact_id) from crm.contacts c), (select jsonb_agg(a order by account_id) from crm.accounts a), (select jsonb_agg(r order by resource_id) from crm.resources r)"; }
  local before
  before=$(people)
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|m|xia:none"
  is "$(people)" "$before"
  # Another type in Graph is no news, and what a resource is, no CRM user changes.
  later 15m
  fault '{"kind":"edit","count":-1,"from":"\"locationType\":\"default\"","to":"\"locationType\":\"conferenceRoom\""}'
  ann touch m
  sync_nothing
  is "$(people)" "$before"
  run ! env PGUSER="ann_$PGDATABASE" psql -X -q -c "update crm.resources set kind = 'equipment'"
  [[ $output == *"permission denied"* ]]
}

@test "scenario: mailboxes: none connected, two, on-premises; other calendars are never read (P-010 P-017 P-057 P-058 P-009 I-052 S-018)" {
  e2e_fresh "$(jq -cn --argjson w "$(world "$(meeting a ann 2025-03-12T10:00 xia@client.test)" "$(MORE='{"calendar":"Second"}' meeting second ann 2025-03-12T11:00 xia@client.test)")" '$w + {users: [
      {upn: "ann@firm.test", name: "Ann", zone: "Europe/London", calendars: ["Calendar", "Second", {name: "Shared", canEdit: false, owner: "dee@firm.test"}]},
      {upn: "bob@firm.test", name: "Bob", zone: "Europe/London", state: "none"},
      {upn: "dee@firm.test", name: "Dee", zone: "Europe/London"}]}')"
  profile salesexec
  sql "select calsync.admin_account('{\"user\":\"cy@firm.test\",\"graph_user\":\"\"}')" >/dev/null
  sync || [ $? -eq 1 ]
  is "$(subjects)" a
  is "$(jq -r 'select(.type == "mailbox" and .gate) | "\(.mailbox | sub("@.*"; "")):\(.gate)"' "$E2E_TEE/roster.ndjson")" "cy:no_mailbox"
  is "$(sql "select split_part(mailbox, '@', 1), code, system from calsync.journal where error")" "bob|no_mailbox|Microsoft 365"
  # One range of the default calendar, between two instants, and nobody else's.
  is "$(sim requests | jq -r '[.value[].mailbox | values] | unique | join(" ")')" "ann@firm.test bob@firm.test"
  requests() { sim requests | jq -r '.value[].target'; }
  run ! grep -i '/calendars' <(requests)
  requests | grep -iqE '/users/ann.*/calendarView/delta.startDateTime=[^&]*&endDateTime='
  sql "update calsync.account set events = false where id = 2" >/dev/null
  sync_nothing
  sql "select calsync.admin_account('{\"user\":\"ann@firm.test\",\"mailbox\":\"ann2@firm.test\"}')" >/dev/null
  ann update a '"set":{"subject":"A2"}'
  later 15m
  sync
  is "$(subjects)" a
  is "$(jq -r 'select(.type == "mailbox" and .user == "1") | .gate' "$E2E_TEE/roster.ndjson" | paste -sd ' ')" "no_primary_mailbox no_primary_mailbox"
  sql "select calsync.admin_account('{\"user\":\"ann@firm.test\",\"mailbox\":\"ann@firm.test\",\"primary\":true}')" >/dev/null
  later 15m
  sync
  is "$(subjects)" A2
  sync_nothing
}

@test "scenario: one item that Graph cannot give is an error row, and is retried by itself (P-107 P-108 P-109)" {
  e2e_fresh "$(many 3)"
  profile practifi
  local bad
  sync
  is "$(subjects)" "E0 E1 E2"
  bad=$(sim 'events?mailbox=ann@firm.test' | jq -r '.value[] | select(.key == "e1").immutableId')
  later 15m
  sql "create function crm.no() returns trigger language plpgsql as \$\$ begin raise check_violation using message = 'no'; end \$\$;
    create trigger no before update on crm.events for each row when (old.subject = 'E1') execute function crm.no()"
  for key in e0 e1; do ann update $key '"set":{"location":"Hall"}'; done
  sync || [ $? -eq 1 ]
  is "$(sql "select system, error, item = '$bad' from calsync.journal where error and run = '$E2E_RUN'")" "CRM|t|t"
  is "$(sql "select string_agg(subject || ':' || location, ' ' order by subject) from crm.events where location <> ''")" "E0:Hall"
  sql "drop trigger no on crm.events"
  # By itself, and at once.
  is "$(sql "select calsync.admin_retry('2025-03-10T00:00Z', '$bad')")" 1
  sync
  is "$(sql "select string_agg(subject || ':' || location, ' ' order by subject) from crm.events where location <> ''")" "E0:Hall E1:Hall"
  sync_nothing
}

@test "scenario: the org is on and nobody is set up: nothing is synced (O-017 P-014)" {
  e2e_fresh "$(world "$(meeting a ann 2025-03-12T10:00 bob@firm.test)" "$(meeting b bob 2025-03-12T12:00 ann@firm.test)")"
  profile opencrm
  sql "delete from calsync.account"
  sync
  is "$(events)" ""
  is "$(sim_count requests)" 0
  # Ticked users are read, the others are not.
  sql "select calsync.admin_connection('{\"id\":1}'); select calsync.admin_account('{\"user\":\"bob@firm.test\",\"since\":\"2025-03-01T00:00:00Z\"}')" >/dev/null
  sync
  is "$(events)" "Bob|03-12 10:00|11:00|a|bob:none
Bob|03-12 12:00|13:00|b|ann:none"
  is "$(sim requests | jq -r '[.value[].mailbox | values] | unique | join(" ")')" bob@firm.test
  sync_nothing
}

@test "scenario: a run keeps to the settings with which it began (P-020 O-070)" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 xia@client.test)")"
  profile smartcloud 'category.write = none'
  local d=$BATS_TEST_TMPDIR
  export CALSYNC_RUN=r1
  "$BIN/roster" --profiles "$TOP/profiles" --all --now "$(sim_now)" >"$d/roster" 2>/dev/null
  sql "select calsync.admin_setting(1, 'select.auto', 'none')" >/dev/null
  "$E2E_SIM/bin/fetch" -q <"$d/roster" | "$BIN/normalize" -q | "$BIN/match" -q | "$BIN/reconcile" -q | "$BIN/apply" -q >/dev/null
  unset CALSYNC_RUN
  is "$(events)" "Ann|03-12 10:00|11:00|m|xia:none"
  create ann '{"key":"n","organizer":"ann@firm.test","subject":"n","start":"2025-03-13T10:00","zone":"Europe/London","attendees":["xia@client.test"]}'
  later 15m
  sync
  is "$(subjects)" m
  is "$(reasons)" kind_off
  sync_nothing
}

@test "scenario: a linked appointment keeps the id of its Outlook event, a series is read by its master's id (S-021 S-025)" {
  e2e_fresh "$(world "$(meeting one ann 2025-03-12T10:00 xia@client.test)" "$(MORE="{$(weekly 3 tuesday)}" meeting gym ann 2025-03-11T18:00)")"
  profile salesexec
  sim mode '{"delta.master":"never"}' >/dev/null
  sync
  is "$(subjects)" "gym one"
  for key in one gym; do
    is "$(sql "select c.id from calsync.copy c join calsync.meeting m on m.id = c.meeting join crm.events e on e.event_id::text = m.crm_id where e.subject = '$key'")" \
      "$(sim 'events?mailbox=ann@firm.test' | jq -r --arg k $key '[.value[] | select(.key == $k and (.type // "") != "occurrence")][0].immutableId')"
  done
  is "$(sql "select series_kind from crm.events where subject = 'gym'")" master
  sim requests | jq -r '.value[].target' | grep -q '/events/'
  sync_nothing
}

@test "scenario: a mark in somebody's calendar counts there, whoever set it, and in no other (C-051 C-050 I-063)" {
  e2e_fresh "$(world "$(MORE='{"sensitivity":"private","copies":{"bob@firm.test":{"categories":["Salesforce"]}}}' meeting p ann 2025-03-12T10:00 bob@firm.test xia@client.test)")"
  profile smartcloud 'category.write = none'
  sync
  is "$(events | grep -c '^Ann')" 0
  later 15m
  ann add-category p '"category":"Salesforce"'
  sync
  sync
  is "$(events | grep '^Ann')" "Ann|03-12 10:00|11:00|p|bob:none xia:none"
  sync_nothing
}

@test "scenario: other HTML of the same text is no change (F136 U2)" {
  e2e_fresh "$(world "$(MORE='{"body":"<p>Agenda</p><p>Figures</p>"}' meeting m ann 2025-03-12T10:00 xia@client.test)")"
  profile practifi
  sync
  local text
  text=$(sql "select description from crm.events")
  later 15m
  ann update m '"set":{"body":"<div style=\"color:red\"><p><span>Agenda</span></p><p>Figures</p></div><style>p {}</style>"}'
  sync_nothing
  is "$(sql "select description from crm.events")" "$text"
  ann update m '"set":{"body":"<p>Agenda</p><p>Numbers</p>"}'
  later 15m
  sync
  [ "$(sql "select description from crm.events")" != "$text" ]
}
