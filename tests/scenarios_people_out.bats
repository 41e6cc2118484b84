# Scenarios about who is on a meeting and who owns it, and texts that stay where they
# are: the exact writes and mails of each run, and a run after it that does nothing.
# Each is told twice, the second time in the paranoid model, with an apply that breaks
# off before every run.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

twice() {
  strict "$1"
  echo "again, in the paranoid model, after runs that break off"
  E2E_BREAK=1
  paranoid "$1"
  E2E_BREAK=''
}
people() { ann update "$1" "\"set\":{\"attendees\":$(printf '%s\n' "${@:2}" | jq -R . | jq -sc .)}"; }
account() { sql "select calsync.admin_account('{\"user\":\"$1@firm.test\",\"enabled\":$2}')" >/dev/null; }

sc11() {
  begin '{}' practifi
  ann create - "\"event\":$(meeting e1 ann 2025-03-12T10:00 bob@firm.test cy@firm.test)"
  turn
  wrote_nothing
  is "$(live)" 0
  is "$(reasons)" "internal internal"
  # Dee is a colleague, but no CRM user and no contact.  Whom it is about is said.
  people e1 bob@firm.test cy@firm.test dee@firm.test
  turn
  wrote_nothing
  is "$(live)" 0
  is "$(reasons)" "unmatched unmatched"
  is "$(sql "select distinct evidence, policy from calsync.log where code = 'unmatched'")" \
    "the CRM has no record of dee@firm.test: make one, and the event comes in|unmatched.mode = skip"
  people e1 bob@firm.test cy@firm.test dee@firm.test xia@client.test
  turn
  wrote_nothing
  is "$(events)" "Ann|03-12 10:00|11:00|e1|bob:none cy:none xia:none"
  people e1 bob@firm.test cy@firm.test dee@firm.test
  turn
  wrote_nothing
  is "$(events)" "Ann|03-12 10:00|11:00|e1|bob:none cy:none"
  crm_event Pair 2025-03-20T10:00Z 30 bob@firm.test
  turn
  wrote_nothing
  is "$(reasons)" internal
  is "$(crm_has Pair sync_status)" Never
}
sc11_sync() {
  begin '{}' practifi 'internal.mode = sync'
  ann create - "\"event\":$(meeting e1 ann 2025-03-12T10:00 bob@firm.test cy@firm.test)"
  crm_event Pair 2025-03-20T10:00Z 30 bob@firm.test
  turn
  is "$(events)" "Ann|03-12 10:00|11:00|e1|bob:none cy:none
Ann|03-20 10:00|10:30|Pair|bob:none"
  is "$(writes)" "POST ann Pair [bob]"
  is "$(mails)" "invitation bob Pair"
}
@test "scenario: SC-11 internal, then not (P-021 P-022 P-023 P-034 P-073 P-074 C-045)" {
  twice sc11
  twice sc11_sync
}

WITH_CY='"users":[{"upn":"ann@firm.test","name":"Ann","zone":"Europe/London"},{"upn":"bob@firm.test","name":"Bob","zone":"Europe/London"},
  {"upn":"cy@firm.test","name":"Cy","zone":"Europe/London"},{"upn":"dee@firm.test","name":"Dee","zone":"Europe/London"}]'
cys() { world "$(MORE='{"subject":"Cys"}' meeting e1 cy 2025-03-12T10:00 ann@firm.test bob@firm.test dee@firm.test)" | jq -c ". + {$WITH_CY}"; }
sc50() {
  fresh_out "$(cys)" opencrm
  sql "select calsync.admin_org(json_build_object('licence', 'FIRM-' || left(calsync.text_digest('FIRM'), 4)))" >/dev/null
  account ann false
  quiet_run
  is "$(events)" "Bob|03-12 10:00|11:00|Cys|bob:none"
  account ann true
  turn
  is "$(events)" "Bob|03-12 10:00|11:00|Cys|ann:none bob:none"
  wrote_nothing
  crm_move Cys 2025-03-12T15:00Z
  turn
  wrote_nothing
  is "$(reasons)" not_organizer
  # It stays, and is said once.
  crm_add Cys cy@firm.test
  turn
  wrote_nothing
  is "$(sql "select count(*) from calsync.log where code = 'not_organizer'")" 1
  is "$(events)" "Bob|03-12 15:00|16:00|Cys|ann:none bob:none cy:none"
  # Cy, who organizes, moves it: his time counts.
  act '{"as":"cy@firm.test","do":"update","event":"e1","set":{"start":"2025-03-13T09:00","end":"2025-03-13T10:00"}}'
  turn
  wrote_nothing
  is "$(events | cut -d'|' -f1-4)" "Bob|03-13 09:00|10:00|Cys"
  is "$(box dee)" "2025-03-13T09:00|Cys|ann bob dee||tentative"
}
sc50_both() {
  begin "$(cys)" opencrm
  is "$(events)" "Ann|03-12 10:00|11:00|Cys|ann:none bob:none"
  wrote_nothing
}
@test "scenario: SC-50 an organizer who does not sync (O-062 O-064 O-065)" {
  twice sc50
  twice sc50_both
}

sc53() {
  begin '{}' opencrm
  MORE="description = 'prep'" crm_event Prep 2025-03-12T10:00Z 60 bob@firm.test
  turn
  is "$(writes)" "POST ann Prep [bob]"
  is "$(posted | jq -r .body.content)" prep
  is "$(mails)" "invitation bob Prep"
  clock 2025-03-12T12:00:00Z
  crm_edit Prep "description = 'client is broke'"
  turn
  wrote_nothing
  ann update "$(of_box ann Prep .id)" '"set":{"body":"minutes"}'
  turn
  wrote_nothing
  is "$(crm_has Prep description)" "client is broke"
  crm_edit Prep "subject = 'Prep 2'"
  turn
  is "$(writes)" "PATCH ann Prep subject"
  is "$(mails)" "update bob Prep 2"
  is "$(of_box ann "Prep 2" .body)" minutes
  is "$(crm_has "Prep 2" description)" "client is broke"
}
sc53_outlook() {
  begin "$(world "$(MORE='{"subject":"Review","body":"Agenda"}' meeting e1 ann 2025-03-14T10:00 bob@firm.test)")" opencrm
  is "$(crm_has Review description)" Agenda
  ann update e1 '"set":{"body":"Agenda 2"}'
  turn
  wrote_nothing
  is "$(crm_has Review description)" Agenda
  crm_edit Review "description = 'ours'"
  turn
  wrote_nothing
  is "$(of_box ann Review .body)" "Agenda 2"
  is "$(crm_has Review description)" ours
}
@test "scenario: SC-53 notes only once (O-027 O-028)" {
  twice sc53
  twice sc53_outlook
}

# What a clerk does goes out through the organizer's calendar, under her name.
mirrored() {
  begin '{}' practifi 'delete.to_graph = delete'
  crm_event Visit 2025-03-20T10:00Z 60 bob@firm.test xia@client.test
  turn
  is "$(writes)" "POST ann Visit [bob xia]"
  is "$(sim outbox | jq -r '[.mails[] | select(.by == "api").mailbox] | unique | join(" ")')" ann@firm.test
  # Whoever may edit it, here Bob as the CRM's user: it is moved through Ann's copy.
  clerk "update crm.events set modified_by = 2, location = 'Hall', starts_at = starts_at + interval '1 hour',
    ends_at = ends_at + interval '1 hour' where subject = 'Visit'"
  turn
  is "$(writes)" "PATCH ann Visit end,location,start"
  is "$(mails)" "update bob Visit
update xia Visit"
  is "$(box bob)" "2025-03-20T11:00|Visit|bob xia|Hall|tentative"
  crm_delete Visit
  turn
  is "$(writes)" "DELETE ann Visit"
  is "$(mails)" "cancellation bob Visit
cancellation xia Visit"
  is "$(box ann)$(box bob)" ""
}
@test "scenario: what the CRM makes, moves and deletes, Outlook does, through the organizer (P-019 S-026 C-053 O-025 O-067)" { twice mirrored; }

sc28() {
  local made='"created":"2025-03-05T08:00:00Z"'
  E2E_OUT='' fresh_out "$(world "$(MORE="{$made,\"body\":\"P\"}" meeting p ann 2025-03-07T10:00 xia@client.test)" "$(MORE="{$made}" meeting q ann 2025-03-07T12:00 xia@client.test)" \
    "$(MORE="{$made}" meeting r ann 2025-03-08T10:00 xia@client.test)" "$(MORE="{$made}" meeting u ann 2025-03-13T10:00 xia@client.test)")" interaction
  quiet_run
  is "$(sql "select string_agg(subject || ':' || kind, ' ' order by subject) from crm.events")" "p:activity q:activity r:activity u:appointment"
  sql "insert into crm.opportunities (name) values ('Deal')"
  crm_edit p "description = 'What was said'"
  clerk "insert into crm.event_opportunities select event_id, opportunity_id from crm.events, crm.opportunities where subject = 'q'"
  crm_edit u "subject = 'u of the CRM'"
  turn
  wrote_nothing
  is "$(sql "select subject, sync_status from crm.events order by 1")" "p|Inactive
q|Active
r|Active
u of the CRM|Active"
  is "$(sql "select rule from calsync.log where code = 'link.end'")" unlinked
  ann update p '"set":{"subject":"p2","body":"P2"}'
  ann update q '"set":{"subject":"q2"}'
  ann update u '"set":{"start":"2025-03-14T10:00","end":"2025-03-14T11:00"}'
  turn
  wrote_nothing
  is "$(sql "select subject, description, to_char(starts_at at time zone 'UTC', 'MM-DD'), (select name from crm.event_opportunities join crm.opportunities using (opportunity_id) where event_id = e.event_id)
    from crm.events e order by 1")" "p|What was said|03-07|
q2||03-07|Deal
r||03-08|
u||03-14|"
  # r's period ends.
  later 30d
  turn
  ann update r '"set":{"subject":"r2"}'
  crm_edit r "description = 'Said'"
  turn
  wrote_nothing
  is "$(sql "select subject, description, sync_status from crm.events where subject like 'r%'")" "r|Said|Inactive"
}
@test "scenario: SC-28 editing in the CRM breaks the link (I-001 I-008 I-023 I-024 I-026)" { twice sc28; }
