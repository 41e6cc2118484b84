# The whole pipeline, from Outlook to the CRM, against graphsim and a cluster.
# Every test ends with a run that must do nothing (L1).
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; }

@test "pipeline: a cancelled occurrence leaves, an exception follows (F061 L2)" {
  e2e_fresh '{"events":[
    {"key":"wk","organizer":"ann@firm.test","subject":"Weekly","start":"2025-03-19T10:00","end":"2025-03-19T10:30",
     "zone":"Europe/London","attendees":["xia@client.test"],
     "recurrence":{"pattern":{"type":"weekly","interval":1,"daysOfWeek":["wednesday"]},
       "range":{"type":"numbered","startDate":"2025-03-19","numberOfOccurrences":3}}}]}'
  sync --set delete.to_crm=delete
  later 900
  act '{"as":"ann@firm.test","do":"delete-occurrence","event":"wk","occurrence":"2025-03-26"}'
  act '{"as":"ann@firm.test","do":"edit-occurrence","event":"wk","occurrence":"2025-04-02","set":{"subject":"Moved"}}'
  sync --set delete.to_crm=delete
  is "$(events)" "Ann|03-19 10:00|10:30|Weekly|xia:none
Ann|04-02 09:00|09:30|Moved|xia:none"
  sync_nothing --set delete.to_crm=delete
}

@test "pipeline: an edit, a move out of the window and a deletion in Outlook (U8 P-024 P-025 L2 F050)" {
  e2e_fresh '{"events":[
    {"key":"a","organizer":"ann@firm.test","subject":"A","start":"2025-03-12T10:00","end":"2025-03-12T11:00",
     "zone":"Europe/London","attendees":["xia@client.test"]},
    {"key":"b","organizer":"ann@firm.test","subject":"B","start":"2025-03-13T10:00","end":"2025-03-13T11:00",
     "zone":"Europe/London","attendees":["xia@client.test"]},
    {"key":"c","organizer":"ann@firm.test","subject":"C","start":"2025-03-14T10:00","end":"2025-03-14T11:00",
     "zone":"Europe/London","attendees":["xia@client.test"]}]}'
  sync --set delete.to_crm=delete
  later 900
  act '{"as":"ann@firm.test","do":"update","event":"a","set":{"subject":"A2","start":"2025-03-12T12:00","end":"2025-03-12T13:00"}}'
  act '{"as":"ann@firm.test","do":"update","event":"b","set":{"start":"2027-03-13T10:00","end":"2027-03-13T11:00"}}'
  act '{"as":"ann@firm.test","do":"delete","event":"c"}'
  sync --set delete.to_crm=delete
  # B was moved, not deleted: a linked event that leaves the window stays and follows.
  is "$(events)" "Ann|03-12 12:00|13:00|A2|xia:none
Ann|03-13 10:00|11:00|B|xia:none"
  sync_nothing --set delete.to_crm=delete
}

@test "pipeline: one broken mailbox leaves the others alone (L5)" {
  e2e_fresh '{"events":[{"key":"a","organizer":"ann@firm.test","subject":"A","start":"2025-03-12T10:00",
    "end":"2025-03-12T11:00","zone":"Europe/London","attendees":["xia@client.test"]}]}'
  act '{"do":"set-user","as":"bob@firm.test","set":{"state":"none"}}'
  sync_ends 1
  is "$(events)" "Ann|03-12 10:00|11:00|A|xia:none"
  is "$(sql "select code from calsync.log where error")" no_mailbox
}

@test "pipeline: sections in any order end alike (L6)" {
  local world='{"events":[
    {"key":"a","organizer":"ann@firm.test","subject":"A","start":"2025-03-12T10:00","end":"2025-03-12T11:00",
     "zone":"Europe/London","attendees":["xia@client.test","bob@firm.test"]},
    {"key":"b","organizer":"bob@firm.test","subject":"B","start":"2025-03-13T10:00","end":"2025-03-13T11:00",
     "zone":"Europe/London","attendees":["yan@client.test","ann@firm.test"]}]}'
  e2e_fresh "$world"
  sync --mailbox ann@firm.test
  sync --mailbox bob@firm.test
  local one two
  one=$(events && sql "select account, id, role, digest from calsync.copy order by 1, 2")
  e2e_fresh "$world"
  sync --mailbox bob@firm.test
  sync --mailbox ann@firm.test
  # The organizer's copy came a run later: it decides from the next run on.
  sync
  sync_nothing
  two=$(events && sql "select account, id, role, digest from calsync.copy order by 1, 2")
  is "$two" "$one"
}
