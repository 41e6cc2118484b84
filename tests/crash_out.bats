# The crash matrix of the way out (L4): each world holds several stories of one run;
# apply is stopped after each of its durable steps, or killed in the middle of its
# requests, and the next run goes on.  The end must be that of a run that nobody
# disturbed: the same on both sides, the same links, the same writes, the same mails.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; load crash; }

creates() {
  begin '{}' "${both_ways[@]}" 'recurring.mode = series' 'recurring.to_graph = yes' 'unmatched.mode = sync' 'private.mode = no_attendees'
  crm_event People 2025-03-20T10:00Z 60 bob@firm.test xia@client.test
  crm_event Alone 2025-03-21T10:00Z 60
  MORE="private = true" crm_event Own 2025-03-22T10:00Z 60 yan@client.test
  MORE="all_day = true, ends_at = '2025-03-24T00:00Z'" crm_event Fair 2025-03-23T00:00Z 60 yan@client.test
  MORE="recurrence_rule = 'FREQ=WEEKLY;COUNT=3;BYDAY=MO', recurring = true" crm_event Weekly 2025-03-24T10:00Z 60 xia@client.test
  OWNER=2 crm_event Bobs 2025-03-25T10:00Z 60 xia@client.test
}
updates() {
  begin "$(world "$(meeting move ann 2025-03-12T10:00 bob@firm.test xia@client.test)" "$(meeting text ann 2025-03-13T10:00 xia@client.test)" \
    "$(meeting people ann 2025-03-14T10:00 xia@client.test yan@client.test)" "$(meeting show ann 2025-03-15T10:00 xia@client.test)" \
    "$(meeting both ann 2025-03-16T10:00 xia@client.test)" "$(meeting same ann 2025-03-17T10:00 xia@client.test)" \
    "$(meeting lost ann 2025-03-18T10:00 xia@client.test)")" "${both_ways[@]}"
  crm_move move 2025-03-12T14:00Z
  crm_edit text "description = 'Other'"
  crm_add people val@vendor.test
  crm_remove people yan@client.test
  crm_edit show "show_as = 'Free'"
  crm_edit both "location = 'Hall'"
  ann update both '"set":{"start":"2025-03-16T12:00","end":"2025-03-16T13:00"}'
  crm_edit same "location = 'Pub'"
  ann update same '"set":{"location":"Pub"}'
  crm_edit lost "location = 'Mine'"
  ann update lost '"set":{"location":"Theirs"}'
}
deletes() {
  local wk='"recurrence":{"pattern":{"type":"weekly","daysOfWeek":["wednesday"]},"range":{"type":"numbered","numberOfOccurrences":3}}'
  begin "$(world "$(meeting mine ann 2025-03-12T10:00 bob@firm.test xia@client.test)" \
    '{"key":"theirs","organizer":{"address":"xia@client.test","name":"Xia"},"subject":"theirs","start":"2025-03-13T10:00","zone":"Europe/London","attendees":["ann@firm.test"]}' \
    "$(meeting edited ann 2025-03-14T10:00 xia@client.test)" "$(meeting back ann 2025-03-17T10:00 xia@client.test)" \
    "$(MORE="{$wk}" meeting wk ann 2025-03-12T12:00 xia@client.test)" "$(meeting bobs bob 2025-03-18T10:00 ann@firm.test xia@client.test)")" \
    "${both_ways[@]}" 'delete.to_graph = delete' 'delete.to_crm = recreate' 'delete.max = 20'
  crm_delete mine
  crm_delete theirs
  crm_delete edited
  ann update edited '"set":{"location":"Hall"}'
  ann delete back
  clerk "update crm.events set location = 'Special' where subject = 'wk' and original_date = '2025-03-19'"
  OWNER=2 crm_delete bobs
}
# Own copies of an event whose owner does not sync: made, changed, one of them in Outlook, deleted.
own_copies() {
  begin '{}' "${both_ways[@]}" 'owner.unsynced_out = copies' 'unmatched.mode = sync' 'delete.to_graph = delete' 'delete.max = 20'
  for e in Old Cut Theirs; do OWNER=3 crm_event $e 2025-03-19T10:00Z 60 ann@firm.test bob@firm.test xia@client.test; done
  later 15m
  go made
  is "$(graph_writes)" 6
  crm_edit Old "location = 'Hall'"
  crm_delete Cut
  ann update "$(of_box ann Theirs .id)" '"set":{"location":"Pub"}'
  OWNER=3 crm_event New 2025-03-20T10:00Z 60 ann@firm.test bob@firm.test xia@client.test
}

# An expanded series is gone from Outlook, of which the CRM had deleted a date.
series_gone() {
  begin "$(world "$(MORE="{$(weekly 3 wednesday)}" meeting wk ann 2025-03-12T09:00 xia@client.test)")" opencrm
  clerk "update crm.events set deleted = true where starts_at = '2025-03-19T09:00Z'"
  later 15m
  go dropped
  ann delete wk
}

@test "crash: what the CRM made: people, nobody, private, all-day, a series, two mailboxes (L4 U18)" { creates; every_step; }
@test "crash: what the CRM changed, and both sides at once (L4)" { updates; every_step; }
@test "crash: what was deleted on either side, an occurrence, a guest's copy (L4)" { deletes; every_step; }
@test "crash: a series is made again, and its dates pass to the new one (L4 SC-55)" { series_gone; every_step; every_kill; }
@test "crash: own copies of what an unsynced owner has (L4 O-061)" { own_copies; every_step; every_kill; }
@test "crash: killed while Graph works on creates, updates and deletes (L4)" {
  local world
  for world in creates updates deletes; do
    $world
    save
    go whole
    undisturbed
    every_kill
  done
}
@test "crash: in the paranoid model and in Graph's worst modes too (L4)" {
  E2E_MODE=worst paranoid updates
  E2E_MODEL=paranoid every_step
}
