# What single values become on the way out: guests without a record, days, places,
# long texts and online meetings.  In both mail models, in the second one after runs
# that break off; every run is followed by one that does nothing.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

twice() {
  strict "$1"
  echo "again, in the paranoid model, after runs that break off"
  E2E_BREAK=1
  paranoid "$1"
}

guests() {
  begin '{}' "${both_ways[@]}"
  crm_event Pitch 2025-03-20T14:00Z 30 xia@client.test XIA@Client.test Ann@firm.test a@b@c Eve@else.test fay@else.test
  turn
  is "$(writes)" "POST ann Pitch [eve fay xia]"
  is "$(mails)" "invitation eve Pitch
invitation fay Pitch
invitation xia Pitch"
  crm_remove Pitch Eve@else.test
  turn
  is "$(writes)" "PATCH ann Pitch attendees[fay xia]"
  is "$(mails)" "$(by_model "cancellation eve Pitch" "cancellation eve Pitch
update fay Pitch
update xia Pitch")"
  # One of two lines with the same address: she stays.
  crm_remove Pitch XIA@Client.test
  turn
  wrote_nothing
  # Outlook takes Fay off, and so does the CRM.
  ann update "$(of_box ann Pitch .id)" '"set":{"attendees":["xia@client.test"]}'
  turn
  wrote_nothing
  is "$(events)" "Ann|03-20 14:00|14:30|Pitch|Ann:none a:none xia:none"
  # Gus becomes a contact: his line gets the record, nothing to write, nobody mailed.
  crm_add Pitch gus@else.test
  turn
  is "$(writes)" "PATCH ann Pitch attendees[gus xia]"
  sql "insert into crm.contacts (contact_id, last_name) overriding system value values (50, 'Gus');
    insert into crm.contact_emails (contact_id, email) values (50, 'gus@else.test')"
  ann update "$(of_box ann Pitch .id)" '"set":{"location":"Hall"}'
  turn
  wrote_nothing
  is "$(sql "select contact_id from crm.event_attendees where email like 'gus@%'")" 50
  crm_remove Pitch gus@else.test
  turn
  is "$(writes)" "PATCH ann Pitch attendees[xia]"
  mails_foreseen
}
@test "outward: guests without a record come and go by their address (U5 F025 F026)" { twice guests; }

days() {
  begin '{}' "${both_ways[@]}"
  MORE='all_day = true' crm_event Fair 2025-03-20T00:00Z 0
  MORE='all_day = true' crm_event Work 2025-03-21T09:00Z 480
  turn
  is "$(writes)" "POST ann Fair []
POST ann Work []"
  is "$(box ann)" "2025-03-20|Fair|||busy
2025-03-21|Work|||busy"
  is "$(of_box ann Fair .end)" 2025-03-21
  is "$(of_box ann Work .end)" 2025-03-22
  is "$(events | cut -d'|' -f2-4)" "03-20 00:00|00:00|Fair
03-21 09:00|17:00|Work"
  crm_move Fair 2025-03-25T00:00Z
  turn
  is "$(writes)" "PATCH ann Fair end,start"
  is "$(of_box ann Fair '"\(.start) \(.end)"')" "2025-03-25 2025-03-26"
}
@test "outward: an all-day event that ends on its day is that day (F109)" { twice days; }

PLACES='"locations":[{"displayName":"Cafe","coordinates":{"latitude":52.5,"longitude":13.4}},{"displayName":"Boardroom","locationEmailAddress":"room@firm.test","locationType":"conferenceRoom"},{"displayName":"Hall","address":{"city":"Bonn"}}]'
of_places() { graph_event Review | jq -c '.locations | map({n: .displayName, e: .locationEmailAddress, c: .coordinates.latitude, a: .address.city} | with_entries(select(.value != null)))'; }
graph_event() { # SUBJECT
  curl -sS --cacert "$E2E_SIM/ca.pem" -H "Authorization: Bearer $(token)" "$E2E_URL/v1.0/users/ann@firm.test/events/$(of_box ann "$1" .id)"
}
token() {
  curl -sS --cacert "$E2E_SIM/ca.pem" -d "grant_type=client_credentials&client_id=calsync&client_secret=s3cret&scope=$E2E_URL/.default" \
    "$E2E_URL/firm/oauth2/v2.0/token" | jq -r .access_token
}
places() {
  local all='[{"n":"Cafe","c":52.5},{"n":"Boardroom","e":"room@firm.test"},{"n":"Hall","a":"Bonn"}]'
  begin "$(world "$(MORE="{\"subject\":\"Review\",$PLACES}" meeting e1 ann 2025-03-12T10:00 xia@client.test)")" "${both_ways[@]}"
  is "$(crm_has Review location)" "Cafe; Boardroom; Hall"
  # Another field: the places are not touched.
  crm_edit Review "show_as = 'Free'"
  turn
  is "$(writes)" "PATCH ann Review showAs"
  is "$(of_places)" "$all"
  # One less and one more: those that stay are what they were.
  crm_edit Review "location = 'Boardroom; Hall; Attic'"
  turn
  is "$(writes)" "PATCH ann Review locations"
  is "$(mails)" "update xia Review"
  is "$(of_places)" '[{"n":"Boardroom","e":"room@firm.test"},{"n":"Hall","a":"Bonn"},{"n":"Attic"}]'
  is "$(crm_has Review location)" "Boardroom; Hall; Attic"
  # Nothing of it stays.
  crm_edit Review "location = 'Pub'"
  turn
  is "$(writes)" "PATCH ann Review location"
  is "$(of_places)" '[{"n":"Pub"}]'
}
@test "outward: F169 of several places those that stay keep what they are" { twice places; }

long_text() {
  local body
  body=$(printf 'word %.0s' {1..8000})
  begin "$(world "$(MORE="{\"subject\":\"Review\",\"body\":\"$body\"}" meeting e1 ann 2025-03-12T10:00 xia@client.test)")" "${both_ways[@]}"
  is "$(crm_has Review "char_length(description), right(description, 3)")" "32000|..."
  crm_edit Review "description = 'New ' || description, location = 'Hall'"
  turn
  is "$(writes)" "PATCH ann Review location"
  is "$(mails)" "update xia Review"
  is "$(sql "select reason, fields from calsync.held")" "body_cut|{body}"
  is "$(crm_has Review "left(description, 8)")" "New word"
  is "$(graph_event Review | jq -r '.body.content | length > 39000 and (contains("New") | not)')" true
  # Somebody looks and lets it go.
  sql "select calsync.admin_release(id) from calsync.held" >/dev/null
  turn
  is "$(writes)" "PATCH ann Review body"
  is "$(mails)" "update xia Review"
  is "$(sql "select count(*) from calsync.held")" 0
}
@test "outward: a text of which the CRM has only the head is held alone" { twice long_text; }

ticked() {
  begin "$(world "$(MORE='{"subject":"Review"}' meeting e1 ann 2025-03-12T10:00 xia@client.test)")" "${both_ways[@]}"
  is "$(crm_has Review online_meeting)" f
  crm_edit Review "online_meeting = true"
  later 15m
  sync
  is "$(writes)" "PATCH ann Review isOnlineMeeting,onlineMeetingProvider"
  is "$(mails)" "update xia Review"
  is "$(crm_has Review "online_meeting, online_url like 'https://teams%'")" "t|t"
  is "$(crm_has Review online_url)" "$(graph_event Review | jq -r .onlineMeeting.joinUrl)"
  nothing_more
}
@test "outward: the link of an online meeting reaches the CRM with the write (P-094 P-096)" { twice ticked; }
