# An event whose owner does not sync: each syncing user on it has an own copy
# (owner.unsynced_out = copies, A-37).  A change of it is acknowledged by each of their
# mailboxes for itself, and gone when the last one has.

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

copies=('direction.events = both' 'owner.unsynced_out = copies' 'mail.allow = none' 'attendees.to_graph = all' 'attendees.trigger = yes')
pitch() { OWNER=3 crm_event Pitch 2025-03-12T10:00Z 60 ann@firm.test bob@firm.test xia@client.test; }
# What people see: both boxes, one event a line.
boxes() { box ann | sed 's/^/ann /'; box bob | sed 's/^/bob /'; }
pending() { sql "select count(*) from calsync.change where reason is null"; }
links() { sql "select string_agg(concat_ws(',', m.slot, m.state, m.born), ' ' order by m.slot, m.id) from calsync.meeting m"; }

@test "O-061: each syncing user has an own copy without attendees, whatever the CRM does, and nobody is mailed" {
  begin '{}' "${copies[@]}" 'delete.to_graph = delete' 'locations.mode = match'
  pitch
  crm_add Pitch room@firm.test
  sql "update crm.event_attendees set kind = 'resource', resource_id = 1, user_id = null where email = 'room@firm.test'"
  turn
  is "$(writes)" $'POST ann Pitch []\nPOST bob Pitch []'
  is "$(boxes)" $'ann 2025-03-12T10:00|Pitch|||busy\nbob 2025-03-12T10:00|Pitch|||busy'
  is "$(links) $(pending)" '1,active,crm 2,active,crm 0'
  # An edit reaches both, attendees neither.
  crm_edit Pitch "subject = 'Pitch 2', location = 'Cafe'"
  crm_add 'Pitch 2' yan@client.test
  turn
  is "$(writes)" $'PATCH ann Pitch location,subject\nPATCH bob Pitch location,subject'
  is "$(boxes)" $'ann 2025-03-12T10:00|Pitch 2||Cafe|busy\nbob 2025-03-12T10:00|Pitch 2||Cafe|busy'
  is "$(sql "select string_agg(response, ' ') from crm.event_attendees where user_id is not null")" 'none none'
  # Somebody else on it who syncs gets one then.
  crm_delete 'Pitch 2'
  turn
  is "$(writes)" $'DELETE ann Pitch 2\nDELETE bob Pitch 2'
  is "$(boxes) $(pending) $(sim outbox | jq .count)" ' 0 0'
  is "$(sql "select sync_status from crm.events")" Inactive
}

@test "O-061: a mailbox that could not take its part has it later; what was done is not done again (L2 L5)" {
  begin '{}' "${copies[@]}"
  pitch
  later 15m
  # Bob's cannot be read.
  fault '{"kind":"status","status":503,"count":-1,"mailbox":"bob@firm.test"}'
  sync_ends 1
  is "$(writes) $(links)" 'POST ann Pitch [] 1,active,crm'
  is "$(sql "select string_agg(distinct for_account::text, ' ') from calsync.change")" 2
  # Ann's has nothing to do with it any more, and new changes are for both.
  sync_ends 1
  is "$(writes)" ''
  crm_edit Pitch "location = 'Cafe'"
  later 15m
  sync_ends 1
  is "$(writes)" 'PATCH ann Pitch location'
  faults_off
  turn
  is "$(writes)" 'POST bob Pitch []'
  is "$(boxes)" $'ann 2025-03-12T10:00|Pitch||Cafe|busy\nbob 2025-03-12T10:00|Pitch||Cafe|busy'
  is "$(pending)" 0
}

@test "O-061: a mailbox that is off leaves the others theirs, and gets its own when it is back" {
  begin '{}' "${copies[@]}"
  sql "update calsync.account set health = 'no_email' where id = 2" >/dev/null
  pitch
  turn
  is "$(writes)" 'POST ann Pitch []'
  is "$(pending)" 0
  # A user who is added, or comes back, with the next change.
  sql "update calsync.account set health = null where id = 2" >/dev/null
  crm_edit Pitch "location = 'Cafe'"
  turn
  is "$(writes)" $'PATCH ann Pitch location\nPOST bob Pitch []'
  # Off between two runs: what waits for Bob waits for Bob alone.
  crm_edit Pitch "location = 'Hall'"
  later 15m
  fault '{"kind":"status","status":503,"count":-1,"mailbox":"bob@firm.test"}'
  sync_ends 1
  faults_off
  sql "update calsync.account set health = 'no_email' where id = 2" >/dev/null
  turn
  is "$(writes)" ''
  sql "update calsync.account set health = null where id = 2" >/dev/null
  turn
  is "$(writes)" 'PATCH bob Pitch location'
  is "$(boxes)" $'ann 2025-03-12T10:00|Pitch||Hall|busy\nbob 2025-03-12T10:00|Pitch||Hall|busy'
}

@test "O-061: each user's own policy decides; what one leaves out sleeps for them alone" {
  begin '{}' "${copies[@]}" 'private.mode = no_attendees' 'users.edit = yes'
  sql "select calsync.admin_setting(2, 'private.mode', 'skip')" >/dev/null
  pitch
  crm_edit Pitch 'private = true'
  turn
  is "$(writes)|$(reasons)" 'POST ann Pitch []|private'
  is "$(sql "select string_agg(concat_ws(',', reason, for_account), ' ') from calsync.change")" private,2
  crm_edit Pitch "location = 'Cafe'"
  turn
  is "$(writes)" 'PATCH ann Pitch location'
  sql "select calsync.admin_setting(2, 'private.mode', null)" >/dev/null
  turn
  is "$(writes)" 'POST bob Pitch []'
  is "$(pending)$(sql 'select count(*) from calsync.change')" 00
}

@test "O-061: what a user changes in their copy reaches the CRM and the other copies; who deletes theirs deletes no more" {
  begin '{}' "${copies[@]}" 'delete.to_crm = delete'
  pitch
  turn
  ann update "$(of_box ann Pitch .id)" '"set":{"location":"Pub"}'
  later 15m
  sync
  is "$(crm_has Pitch location)" Pub
  turn
  is "$(writes)" 'PATCH bob Pitch location'
  is "$(boxes)" $'ann 2025-03-12T10:00|Pitch||Pub|busy\nbob 2025-03-12T10:00|Pitch||Pub|busy'
  ann delete "$(of_box ann Pitch .id)"
  turn
  is "$(writes)|$(links)|$(live)|$(crm_has Pitch sync_status)" '|1,ended,crm 2,active,crm|1|Active'
  crm_edit Pitch "location = 'Hall'"
  turn
  is "$(writes)" 'PATCH bob Pitch location'
}

@test "O-061: the owner who comes to sync gets no further copy (A-37)" {
  begin '{"users":[{"upn":"ann@firm.test","name":"Ann","zone":"Europe/London"},{"upn":"bob@firm.test","name":"Bob","zone":"Europe/London"},{"upn":"cy@firm.test","name":"Cy","zone":"Europe/London"}]}' "${copies[@]}"
  pitch
  turn
  sql "select calsync.admin_account('{\"user\":\"cy@firm.test\",\"since\":\"2025-03-01T00:00:00Z\"}')" >/dev/null
  turn
  crm_edit Pitch "location = 'Cafe'"
  turn
  is "$(writes)" $'PATCH ann Pitch location\nPATCH bob Pitch location'
  is "$(box cy)$(pending)" 0
}
