# OpenCRM's scenarios, under their numbers: the exact writes and mails of each run, and
# a run after it that does nothing; each told twice, the second time with an apply that
# breaks off before every run.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

# Plainly, not in a condition: there the shell would not stop at what fails.
twice() {
  "$@"
  echo "again, in the worst modes, after runs that break off"
  E2E_BREAK=1
  worst "$@"
  E2E_BREAK=''
}
count_mails() { mails | grep -c . || :; }
plan_total() { CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" plan --now "$(sim_now)" "$@" | tail -1; }

two_meetings() { # WRITES MAILS POLICY-LINE ...
  begin '{}' opencrm "${@:3}"
  crm_event Visit 2025-03-20T10:00Z 60 bob@firm.test cy@firm.test xia@client.test
  crm_event Was 2025-03-01T10:00Z 60 bob@firm.test
  turn
  is "$(writes)" "$1"
  is "$(mails)" "$2"
  later 15m
  sync_nothing
}
sc46() {
  two_meetings "POST ann Visit [bob cy]
POST ann Was []" "invitation bob Visit
invitation cy Visit"
}
@test "scenario: SC-46 a CRM meeting with users (O-006 O-057 O-058 O-059 O-060)" {
  twice sc46
  E2E_BREAK=1
  two_meetings "POST ann Visit [bob cy]
POST ann Was [bob]" "invitation bob Visit
invitation bob Was
invitation cy Visit" 'attendees.to_graph_past = users'
  two_meetings "POST ann Visit []
POST ann Was []" "" 'attendees.to_graph = none'
  # Cy's first address is nobody's in the tenant.
  begin '{}' opencrm
  sql "update crm.users set email = 'cy@elsewhere.test' where user_id = 3"
  crm_event Visit 2025-03-20T10:00Z 60 bob@firm.test cy@elsewhere.test
  turn
  is "$(writes)" "POST ann Visit [bob]"
  is "$(mails)" "invitation bob Visit"
}

# Five past and seven future meetings with Bob and Cy, and an old one.
twelve() { # POLICY-LINE ...
  fresh_out '{}' opencrm "$@"
  local i
  for i in 1 2 3 4 5; do crm_event "Past$i" "2025-03-0${i}T10:00Z" 60 bob@firm.test cy@firm.test; done
  for i in 1 2 3 4 5 6 7; do crm_event "Next$i" "2025-03-2${i}T10:00Z" 60 bob@firm.test cy@firm.test; done
  crm_event Old 2025-01-09T10:00Z 60 bob@firm.test cy@firm.test
  # They were there before calsync was; the old one was touched since.
  sql "delete from calsync.change where crm_id <> '$(crm_id Old)'"
}
first_setup() { # POSTS MAILS HELD POLICY-LINE ...
  twelve "${@:4}"
  # What the first run lists the second one does: twelve invitations are none too many to look at first.
  quiet_run
  is "$(plan_total)" "Mails: $2, to $(($2 > 0 ? 2 : 0)) people. Held: $3."
  turn
  is "$(writes | grep -c '^POST ann')" "$1"
  is "$(writes | grep -vc '^POST ann' || :)" 0
  is "$(count_mails)" "$2"
  is "$(sql "select count(*) from calsync.held")" "$3"
  is "$(sql "select reason from calsync.change c join crm.events e on e.event_id::text = c.crm_id where e.subject = 'Old'")" window_past
  later 15m
  sync_nothing
  mails_foreseen
}
@test "scenario: SC-47 first setup of a user (O-010 O-057 O-060 O-082)" {
  twice first_setup 12 14 0
  E2E_BREAK=1
  first_setup 12 24 0 'attendees.to_graph_past = users' 'mail.per_person = unlimited'
  first_setup 5 0 7 'mail.allow = none'
}

came_back() { # POLICY-LINE ...
  begin "$(world "$(meeting Next ann 2025-03-20T10:00 bob@firm.test cy@firm.test)" "$(meeting Was ann 2025-03-05T10:00 bob@firm.test)")" opencrm "$@"
  is "$(events)" "Ann|03-05 10:00|11:00|Was|bob:none
Ann|03-20 10:00|11:00|Next|bob:none cy:none"
  before=$(sql "select event_id, subject from crm.events order by 1")
  ann delete Next
  ann delete Was
}
sc52() {
  came_back
  turn
  is "$(writes)" "POST ann Next [bob cy]
POST ann Was []"
  is "$(mails)" "invitation bob Next
invitation cy Next"
  is "$(sql "select event_id, subject from crm.events order by 1")" "$before"
  is "$(box ann)" "2025-03-05T10:00|Was|||busy
2025-03-20T10:00|Next|bob cy||busy"
  later 15m
  sync_nothing
  crm_delete Next
  crm_delete Was
  turn
  is "$(writes)" "DELETE ann Next
DELETE ann Was"
  is "$(mails)" "cancellation bob Next
cancellation cy Next"
  is "$(box ann)$(live)" 0
}
sc52_stays() {
  came_back "$1"
  turn
  wrote_nothing
  is "$(live)" 2
}
@test "scenario: SC-52 deleted in Microsoft: it comes back (O-008 O-023 O-024 O-025)" {
  twice sc52
  E2E_BREAK=1
  sc52_stays 'delete.to_crm = keep'
  sc52_stays 'direction.events = to_crm'
}

gym() {
  begin "$(world "$(MORE="{$(weekly 4 wednesday)}" meeting Gym ann 2025-03-12T09:00 bob@firm.test)")" opencrm
  is "$(starts)" "03-12 09:00 03-19 09:00 03-26 09:00 04-02 08:00"
}
series_of_outlook() {
  gym
  act '{"as":"ann@firm.test","do":"edit-occurrence","event":"Gym","occurrence":"2025-03-19","set":{"start":"2025-03-19T14:00","end":"2025-03-19T15:00"}}'
  act '{"as":"ann@firm.test","do":"add-attendee","event":"Gym","occurrence":"2025-03-19","who":"cy@firm.test"}'
  before=$(crm_dump)
  turn
  wrote_nothing
  is "$(crm_dump)" "$before"
  clerk "update crm.events set deleted = true where starts_at = '2025-03-26T09:00Z'"
  turn
  wrote_nothing
  is "$(live)" 3
}
series_of_crm() {
  begin '{}' opencrm
  MORE="recurrence_rule = 'FREQ=WEEKLY;COUNT=3;BYDAY=FR', recurring = true" crm_event Weekly 2025-03-28T14:00Z 30 bob@firm.test
  turn
  is "$(writes)" "POST ann Weekly [bob]"
  is "$(mails)" "invitation bob Weekly"
  is "$(live)" 1
  later 15m
  sync_nothing
  # Deleted in Outlook, it is made there again, as one series.
  act '{"as":"ann@firm.test","do":"delete","event":"'"$(sim events?mailbox=ann@firm.test | jq -r '.value[0].key // .value[0].id')"'"}'
  turn
  is "$(writes)" "POST ann Weekly [bob]"
  is "$(mails)" "invitation bob Weekly"
  is "$(posted | jq -c '[.recurrence.pattern.type, .recurrence.range.numberOfOccurrences]')" '["weekly",3]'
  is "$(live)" 1
  later 15m
  sync_nothing
}
@test "scenario: SC-55 a series that the CRM made: one POST, and its dates do not come back; deleted in Outlook it is made again (O-079 O-024)" { twice series_of_crm; }
@test "opencrm: a series of Outlook: what happens to one date, on either side, stays there (O-020)" { twice series_of_outlook; }
