# The main stories again in graphsim's worst modes together: the CRM ends as in
# its default modes, no limit of Graph is broken, and the run after does nothing.
# Then the same under faults: whatever breaks off, the end is the same.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; }

# What a CRM user sees, without the numbers of rows.
crm_end() {
  sql "select to_jsonb(e) - '{event_id,created_at,modified_at,series_id}'::text[] || jsonb_build_object('people',
      (select jsonb_agg(to_jsonb(a) - 'event_id' order by a.email) from crm.event_attendees a where a.event_id = e.event_id))
    from crm.events e order by e.external_id, e.original_date, e.deleted"
}

# both STORY: the same end in default and in worst modes.
both() {
  local calm worst
  E2E_MODE=default
  "$1"
  calm=$(crm_end)
  E2E_MODE=worst
  "$1"
  worst=$(crm_end)
  [ -n "$calm" ]
  is "$worst" "$calm"
  is "$(sim violations | jq -c .value)" '[]'
}

weekly='"recurrence":{"pattern":{"type":"weekly","daysOfWeek":["wednesday"]},"range":{"type":"numbered","numberOfOccurrences":5}}'

meetings() {
  e2e_fresh "$(world "$(MORE='{"location":"Cafe","body":"<p>Agenda</p>"}' meeting move ann 2025-03-12T10:00 xia@client.test bob@firm.test)" \
    "$(meeting gone ann 2025-03-13T10:00 xia@client.test bob@firm.test)" "$(meeting cancel ann 2025-03-14T10:00 yan@client.test bob@firm.test)" \
    "$(meeting late ann 2025-03-17T10:00 zed@nowhere.test)" "$(MORE='{"sensitivity":"private"}' meeting own bob 2025-03-17T11:00 xia@client.test)" \
    "$(MORE='{"draft":true}' meeting draft bob 2025-03-18T11:00 val@vendor.test)" "$(MORE='{"allDay":true,"showAs":"oof"}' meeting fair bob 2025-03-19 yan@client.test ann@firm.test)" \
    '{"key":"theirs","organizer":{"address":"yan@client.test","name":"Yan"},"subject":"Theirs","start":"2025-03-20T10:00","zone":"America/New_York","attendees":["ann@firm.test","bob@firm.test"]}')"
  firm_policy 'delete.to_crm = delete' 'description.mode = always'
  sync
  sync_nothing
  later 15m
  ann update move '"set":{"start":"2025-03-12T14:00","end":"2025-03-12T15:00","location":"Pub","body":"Other"}'
  ann delete gone
  ann cancel cancel
  bob decline move
  bob send draft
  ann tentative theirs
  bob update fair '"set":{"subject":"Big fair"}'
  sql "with c as (insert into crm.contacts (last_name) values ('Orr') returning contact_id)
    insert into crm.contact_emails (contact_id, email) select contact_id, 'zed@nowhere.test' from c"
  sync
  sync_nothing
  later 15m
  act '{"do":"update","event":"theirs","set":{"subject":"Still theirs"}}'
  ann add-attendee move '"who":"yan@client.test"'
  bob delete fair
  sync
  sync_nothing
}

@test "worst: meetings: made, moved, answered, deleted, cancelled (L1 L2 U2 U6 U11 F125 F128)" {
  both meetings
}

series() {
  e2e_fresh "$(world "$(MORE="{$weekly}" meeting wk ann 2025-03-12T10:00 xia@client.test bob@firm.test)" \
    "$(MORE="{$weekly}" meeting other bob 2025-03-12T12:00 yan@client.test)" \
    "$(MORE="{\"subject\":\"Old\",\"recurrence\":{\"pattern\":{\"type\":\"daily\",\"interval\":7},\"range\":{\"type\":\"noEnd\",\"startDate\":\"2019-01-02\"}}}" meeting old ann 2019-01-02T08:00 val@vendor.test)" \
    "$(MORE='{"subject":"One"}' meeting one ann 2025-03-20T08:00 xia@client.test)")"
  firm_policy 'delete.to_crm = delete' 'window.past_in = 7d' 'window.future_in = 60d' 'delete.max = unlimited'
  sync
  sync_nothing
  later 15m
  ann delete-occurrence wk '"occurrence":"2025-03-19"'
  ann edit-occurrence wk '"occurrence":"2025-03-26","set":{"start":"2025-03-27T10:00","end":"2025-03-27T11:00","subject":"Moved"}'
  bob edit-occurrence other '"occurrence":"2025-03-19","set":{"location":"Pub"}'
  sync
  sync_nothing
  later 15m
  ann update one '"set":{"recurrence":{"pattern":{"type":"weekly","interval":1,"daysOfWeek":["thursday"],"firstDayOfWeek":"sunday"},"range":{"type":"numbered","startDate":"2025-03-20","numberOfOccurrences":3}}}'
  bob delete other
  sync
  sync_nothing
  later 15m
  ann update wk '"set":{"subject":"Week"}'
  sync
  sync_nothing
  clock 2025-03-18T09:00:00Z
  sync
  sync_nothing
}

@test "worst: series: an occurrence deleted, another moved, a series deleted, a single made a series (L1 L2 U12 F061 F071 F077 F083 F124)" {
  both series
}

tokens() {
  e2e_fresh "$(world "$(meeting a ann 2025-03-12T10:00 xia@client.test)" "$(meeting b bob 2025-03-13T10:00 xia@client.test ann@firm.test)" "$(meeting c ann 2025-03-14T10:00 xia@client.test)" \
    "$(MORE="{$weekly}" meeting wk bob 2025-03-12T12:00 yan@client.test)")"
  firm_policy 'delete.to_crm = delete'
  sync
  later 15m
  for who in ann bob; do act "{\"as\":\"$who@firm.test\",\"do\":\"reset-sync\"}"; done
  act '{"do":"revoke-tokens","as":"ann@firm.test"}'
  ann delete a
  bob update b '"set":{"subject":"B"}'
  bob delete-occurrence wk '"occurrence":"2025-03-19"'
  sync
  sync_nothing
}

@test "worst: all delta tokens and all access tokens die (U8 L2 F118)" {
  both tokens
}
