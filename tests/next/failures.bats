# Failures that other calendar syncs had, from Outlook to the CRM, under their
# numbers: what was changed, and exactly what the CRM shows after it.  Every
# test ends with a run that must do nothing (L1).
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; }

# COUNT meetings of Ann with Xia, an hour each, from 12 March 8:00 on.
many() {
  jq -cn --argjson n "$1" '{events: [range($n) | {key: "e\(.)", organizer: "ann@firm.test", subject: "E\(.)", zone: "UTC",
    start: (1741766400 + . * 3600 | strftime("%Y-%m-%dT%H:%M:%S")), attendees: ["xia@client.test"]}]}'
}
# rrule KEY-VALUES ...: a recurrence; WEEKS: a weekly one of so many Wednesdays.
weekly() { echo "\"recurrence\":{\"pattern\":{\"type\":\"weekly\",\"daysOfWeek\":[\"$2\"]},\"range\":{\"type\":\"numbered\",\"numberOfOccurrences\":$1}}"; }
starts() { sql "select string_agg(to_char(starts_at at time zone 'UTC', 'MM-DD HH24:MI'), ' ' order by starts_at) from crm.events where not deleted"; }
live() { sql "select count(*) from crm.events where not deleted"; }
fault() { sim fault "$1" >/dev/null; }
faults_off() { curl -sS --cacert "$E2E_SIM/ca.pem" -X DELETE "$E2E_URL/__sim/fault" >/dev/null; }

# A First connection and duplicates

@test "failure: F005 a mailbox that was off and comes back has its links again" {
  e2e_fresh "$(many 5)"
  sync
  before=$(sql "select id, crm_id, state from calsync.meeting order by id")
  sql "update calsync.account set events = false" >/dev/null
  later 1d
  sync
  sql "update calsync.account set events = true" >/dev/null
  ann update e3 '"set":{"subject":"Meanwhile"}'
  sync
  is "$(sql "select id, crm_id, state from calsync.meeting order by id")" "$before"
  is "$(live)" 5
  is "$(subjects)" "E0 E1 E2 E4 Meanwhile"
  sync_nothing
}

@test "failure: F010 a copied item carries the stored key of the first: it is a meeting of its own" {
  local key='"properties":{"String {0d1f8a4e-5b59-4a6c-9d65-0c8f5a7e2f11} Name crm":"m1"}'
  e2e_fresh "$(world "$(MORE="{$key}" meeting e1 ann 2025-03-12T10:00 xia@client.test)")"
  sync
  ann create - "\"event\":$(MORE="{\"subject\":\"e1\",$key}" meeting e2 ann 2025-03-19T10:00 xia@client.test)"
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|e1|xia:none
Ann|03-19 10:00|11:00|e1|xia:none"
  is "$(ops)" "crm.create done"
  sync_nothing
}

@test "failure: F011 the item is copied, then the original deleted: one made, one deleted, not merged" {
  e2e_fresh "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test)")"
  firm_policy 'delete.to_crm = delete'
  sync
  ann create - "\"event\":$(MORE='{"subject":"e1"}' meeting e2 ann 2025-03-19T10:00 xia@client.test)"
  ann delete e1
  later 15m
  sync
  is "$(ops)" "crm.create done,crm.delete done"
  is "$(sql "select event_id, to_char(starts_at, 'DD'), deleted from crm.events order by 1")" "1|12|t
2|19|f"
  sync_nothing
}

@test "failure: a lost link table makes no second event (U18)" {
  e2e_fresh "$(many 5)"
  sync
  before=$(sql "select event_id, external_id, subject from crm.events order by 1")
  sql "truncate calsync.meeting, calsync.meeting_key, calsync.copy, calsync.seen, calsync.again, calsync.cursor"
  later 15m
  sync
  is "$(sql "select event_id, external_id, subject from crm.events order by 1")" "$before"
  sync_nothing
}

# C Deletions

@test "failure: F040 an empty but successful answer deletes nothing; too many real deletions are held" {
  e2e_fresh "$(many 24)"
  firm_policy 'delete.to_crm = delete'
  sync
  is "$(live)" 24
  act '{"as":"ann@firm.test","do":"reset-sync"}'
  fault '{"kind":"status","path":"calendarView/delta\\?startDateTime","mailbox":"ann@firm.test","status":200,
    "body":"{\"value\":[],\"@odata.deltaLink\":\"'"$E2E_URL"'/v1.0/users/ann%40firm.test/calendarView/delta?$deltatoken=none\"}"}'
  later 15m
  sync
  is "$(live)" 24
  is "$(ops)" ""
  faults_off
  later 15m
  sync
  for i in {0..11}; do ann delete "e$i"; done
  later 15m
  sync
  is "$(live)" 24
  is "$(logged "error" | tr ' ' '\n' | sort | uniq -c | xargs)" "12 delete_max"
  is "$(sql "select distinct evidence, policy from calsync.log where error")" "12 deletions, 5 allowed|delete.max = 5, 10%"
  sync_nothing
  # Somebody says that they are meant.
  later 15m
  sync --set delete.max=unlimited
  is "$(live)" 12
  sync_nothing --set delete.max=unlimited
}

@test "failure: F043 the organizer deletes: the CRM event goes once, and nobody else is told" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 xia@client.test bob@firm.test)")"
  firm_policy 'delete.to_crm = delete'
  sync
  ann delete m
  later 15m
  sync
  is "$(ops)" "crm.delete done"
  is "$(live)" 0
  sync_nothing
}

@test "failure: F050 an event that only left the window stays as it is" {
  e2e_fresh "$(world "$(meeting old ann 2025-02-20T10:00 xia@client.test)" "$(meeting new ann 2025-03-12T10:00 xia@client.test)")"
  firm_policy 'delete.to_crm = delete' 'window.past_in = 20d'
  sync
  is "$(subjects)" "new old"
  # The window of the token ends too: a new baseline, in which the old one is not.
  clock 2025-03-24T09:00:00Z
  act '{"as":"ann@firm.test","do":"reset-sync"}'
  sync
  is "$(subjects)" "new old"
  is "$(ops)" ""
  sync_nothing
}

@test "failure: F052 what was never seen may be removed; F053 what lived between two runs leaves no trace" {
  e2e_fresh "$(world "$(meeting a ann 2025-03-12T10:00 xia@client.test)")"
  sim mode '{"delta.noise":100}' >/dev/null
  sync
  ann create - "\"event\":$(meeting b ann 2025-03-13T10:00 xia@client.test)"
  ann delete b
  later 15m
  sync_nothing
  is "$(subjects)" a
  is "$(sql "select count(*) from calsync.again")" 0
  is "$(sql "select count(*) from calsync.copy")" 1
}

@test "failure: F055 declined, then moved by the organizer: the guest is asked again" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 xia@client.test bob@firm.test)")"
  firm_policy 'delete.to_crm = delete'
  sync
  bob decline m
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|m|bob:declined xia:none"
  sync_nothing
  sim mode '{"responses.reset":"yes"}' >/dev/null
  ann update m '"set":{"start":"2025-03-12T14:00","end":"2025-03-12T15:00"}'
  later 15m
  sync
  is "$(events)" "Ann|03-12 14:00|15:00|m|bob:none xia:none"
  is "$(live)" 1
  sync_nothing
}

@test "failure: F056 a mailbox without a licence: its rows stay, the others go on" {
  e2e_fresh "$(jq -c '.events += [{key: "b", organizer: "bob@firm.test", subject: "B", start: "2025-03-12T10:00", zone: "UTC", attendees: ["yan@client.test"]}]' <<<"$(many 25)")"
  firm_policy 'delete.to_crm = delete'
  sync
  before=$(crm_dump && state_dump)
  act '{"as":"ann@firm.test","do":"set-user","set":{"state":"none"}}'
  bob update b '"set":{"subject":"B2"}'
  later 15m
  run -1 sync
  E2E_RUN=2
  is "$(problems)" no_mailbox
  is "$(live)" 26
  is "$(sql "select subject from crm.events where assigned_to = 2")" B2
  act '{"as":"ann@firm.test","do":"set-user","set":{"state":"normal"}}'
  sql "update calsync.account set health = null" >/dev/null
  bob update b '"set":{"subject":"B"}'
  later 15m
  sync
  sync_nothing
  is "$(live)" 26
}

# D Recurrence

@test "failure: F061 F062 one deleted occurrence goes, in each way that Graph tells of it, and stays away" {
  for way in series removed silent; do
    e2e_fresh "$(world "$(MORE="{$(weekly 5 monday)}" meeting wk ann 2025-03-17T09:00 xia@client.test)")"
    firm_policy 'delete.to_crm = delete'
    sim mode "{\"delta.occurrence_deleted\":\"$way\"}" >/dev/null
    sync
    ann delete-occurrence wk '"occurrence":"2025-03-24"'
    # In silence only the next change of the series shows it.
    [ "$way" != silent ] || ann update wk '"set":{"location":"Pub"}'
    later 15m
    sync
    is "$(starts)" "03-17 09:00 03-31 08:00 04-07 08:00 04-14 08:00"
    for _ in 1 2 3; do
      later 15m
      sync_nothing
    done
  done
}

@test "failure: F064 weekly becomes fortnightly: what remains keeps its row, the past too" {
  e2e_fresh "$(world "$(MORE="{$(weekly 6 wednesday)}" meeting wk ann 2025-02-26T09:00 xia@client.test)")"
  firm_policy 'delete.to_crm = delete'
  sync
  sql "update crm.events set account_id = null, categories = '{notes}' where starts_at < '2025-03-10'"
  before=$(sql "select event_id, starts_at from crm.events where to_char(starts_at, 'MM-DD') in ('02-26', '03-12', '03-26') order by 1")
  ann update wk '"set":{"recurrence":{"pattern":{"type":"weekly","interval":2,"daysOfWeek":["wednesday"],"firstDayOfWeek":"sunday"},"range":{"type":"numbered","startDate":"2025-02-26","numberOfOccurrences":3}}}'
  later 15m
  sync
  is "$(sql "select event_id, starts_at from crm.events where not deleted order by 1")" "$before"
  sync_nothing
}

@test "failure: F068 a series becomes single again: one event remains" {
  e2e_fresh "$(world "$(MORE="{$(weekly 5 wednesday)}" meeting wk ann 2025-03-12T09:00 xia@client.test)")"
  firm_policy 'delete.to_crm = delete'
  sync
  is "$(live)" 5
  ann update wk '"set":{"recurrence":null}'
  later 15m
  sync
  is "$(events)" "Ann|03-12 09:00|10:00|wk|xia:none"
  sync_nothing
}

@test "failure: F070 an exception comes before its master" {
  e2e_fresh "$(world "$(MORE="{$(weekly 3 wednesday),\"exceptions\":[{\"originalDate\":\"2025-03-19\",\"start\":\"2025-03-20T12:00\",\"end\":\"2025-03-20T13:00\"}]}" meeting wk ann 2025-03-12T09:00 xia@client.test)" \
    "$(meeting a ann 2025-03-13T10:00 xia@client.test)")"
  sim mode '{"delta.page":1,"page.max":1,"delta.split":"on","delta.shuffle":"on","delta.master":"initial"}' >/dev/null
  for _ in 1 2 3; do
    sync
    is "$(events)" "Ann|03-12 09:00|10:00|wk|xia:none
Ann|03-13 10:00|11:00|a|xia:none
Ann|03-20 12:00|13:00|wk|xia:none
Ann|03-26 09:00|10:00|wk|xia:none"
    sql "delete from crm.events; truncate calsync.meeting, calsync.meeting_key, calsync.copy, calsync.seen, calsync.again, calsync.cursor"
  done
  sync
  sync_nothing
}

@test "failure: F071 a series that began years ago brings what lies in the window" {
  e2e_fresh "$(world "$(MORE='{"recurrence":{"pattern":{"type":"weekly","daysOfWeek":["wednesday"]},"range":{"type":"noEnd"}}}' meeting wk ann 2019-01-02T09:00 xia@client.test)")"
  firm_policy 'window.past_in = 7d' 'window.future_in = 14d'
  sync
  is "$(starts)" "03-05 09:00 03-12 09:00 03-19 09:00"
  sync_nothing
  clock 2025-03-12T09:30:00Z
  sync
  is "$(starts)" "03-05 09:00 03-12 09:00 03-19 09:00 03-26 09:00"
  sync_nothing
}

@test "failure: F073 several weekdays of a relative month" {
  e2e_fresh "$(world "$(MORE='{"recurrence":{"pattern":{"type":"relativeMonthly","index":"first","daysOfWeek":["monday","thursday"]},"range":{"type":"numbered","numberOfOccurrences":3}}}' meeting rel ann 2025-04-03T09:00 xia@client.test)")"
  sync
  is "$(starts)" "$(sim 'events?mailbox=ann@firm.test' >/dev/null; instances rel)"
  is "$(sql "select distinct recurring_in_m365 from crm.events")" "Monthly on the first of Mon, Thu, 3 times"
  sync_nothing
}
# What Graph itself says of a series, in UTC.
instances() {
  local token id
  token=$(curl -sS --cacert "$E2E_SIM/ca.pem" "$E2E_URL/firm/oauth2/v2.0/token" -d grant_type=client_credentials \
    -d client_id=calsync -d client_secret=s3cret -d "scope=$E2E_URL/.default" | jq -r .access_token)
  id=$(sim 'events?mailbox=ann@firm.test' | jq -r --arg k "$1" '.value[] | select(.key == $k) | .id')
  curl -sS --cacert "$E2E_SIM/ca.pem" -H "Authorization: Bearer $token" \
    "$E2E_URL/v1.0/users/ann@firm.test/events/$id/instances?startDateTime=2025-01-01T00:00:00Z&endDateTime=2026-01-01T00:00:00Z" |
    jq -r '[.value[].start.dateTime[5:16] | sub("T"; " ")] | sort | join(" ")'
}

@test "failure: F077 ids of occurrences with a date inside or the master's: the same events" {
  e2e_fresh "$(world "$(MORE="{$(weekly 4 wednesday)}" meeting wk ann 2025-03-12T09:00 xia@client.test bob@firm.test)")"
  sync
  before=$(crm_dump && state_dump)
  for mode in same dated same; do
    sim mode "{\"ical.occurrence\":\"$mode\"}" >/dev/null
    ann touch wk
    bob touch wk
    later 15m
    sync_nothing
  done
  is "$(crm_dump && state_dump)" "$before"
}

@test "failure: F082 the instances of a series break off: none of them is taken for deleted" {
  e2e_fresh "$(world "$(MORE='{"recurrence":{"pattern":{"type":"daily"},"range":{"type":"numbered","numberOfOccurrences":40}}}' meeting day ann 2025-03-11T09:00 xia@client.test)")"
  firm_policy 'delete.to_crm = delete' 'delete.max = unlimited'
  sim mode '{"page.max":15}' >/dev/null
  sync
  is "$(live)" 40
  ann delete-occurrence day '"occurrence":"2025-03-12"'
  ann update day '"set":{"location":"Pub"}'
  fault '{"kind":"status","path":"instances.*skip","nth":2,"count":-1,"status":404,"code":"ErrorInvalidRequest"}'
  later 15m
  sync || [ $? -eq 1 ]
  is "$(live)" 40
  faults_off
  later 20m
  sync
  is "$(live)" 39
  is "$(sql "select distinct location from crm.events where not deleted")" Pub
  sync_nothing
}

@test "failure: F083 a series with exceptions is deleted, and only its master named: all of it goes once" {
  e2e_fresh "$(world "$(MORE="{$(weekly 4 wednesday),\"exceptions\":[{\"originalDate\":\"2025-03-19\",\"start\":\"2025-03-20T12:00\",\"end\":\"2025-03-20T13:00\"},{\"originalDate\":\"2025-03-26\",\"subject\":\"Other\"}]}" meeting wk ann 2025-03-12T09:00 xia@client.test bob@firm.test)")"
  firm_policy 'delete.to_crm = delete'
  sim mode '{"delta.removed_series":"master"}' >/dev/null
  sync
  is "$(live)" 4
  ann delete wk
  later 15m
  sync
  is "$(live)" 0
  is "$(ops)" "crm.delete done,crm.delete done,crm.delete done,crm.delete done"
  sync_nothing
}

# E Attendees

@test "failure: F085 a guest without an address shifts no answers" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 '{"address":"bridge@nowhere.test","name":"Conference bridge"}' '{"address":"xia@client.test","response":"accepted"}' '{"address":"yan@client.test","response":"declined"}')")"
  fault '{"kind":"edit","count":-1,"from":",\"address\":\"bridge@nowhere.test\"","to":""}'
  sync
  run ! grep -q bridge@nowhere "$E2E_TEE/fetch.ndjson"
  is "$(events)" "Ann|03-12 10:00|11:00|m|xia:accepted yan:declined"
  sync_nothing
}

@test "failure: F088 an X500 address and a list are nobody" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 '{"address":"old@nowhere.test","name":"Old Hand"}' sales@firm.test '{"address":"xia@client.test","response":"accepted"}')")"
  fault '{"kind":"edit","count":-1,"from":"old@nowhere.test","to":"/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn=0123"}'
  sync
  grep -q '"/o=ExchangeLabs' "$E2E_TEE/fetch.ndjson"
  is "$(events)" "Ann|03-12 10:00|11:00|m|xia:accepted"
  is "$(sql "select count(*) from crm.contacts where contact_id > 6")" 0
  sync_nothing
}

@test "failure: F094 who has not answered has not accepted" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 xia@client.test bob@firm.test)")"
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|m|bob:none xia:none"
  bob accept m
  act '{"as":"ann@firm.test","do":"external-response","event":"m","who":"xia@client.test","response":"tentative"}'
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|m|bob:accepted xia:accepted"
  sync_nothing
}

@test "failure: F097 the organizer owns it, though only a guest's mailbox is read" {
  e2e_fresh "$(world "$(MORE="{$(weekly 2 wednesday)}" meeting m cy 2025-03-12T10:00 bob@firm.test xia@client.test)")"
  sync
  is "$(events)" "Cy|03-12 10:00|11:00|m|bob:none xia:none
Cy|03-19 10:00|11:00|m|bob:none xia:none"
  sync_nothing
}

@test "failure: F098 a forwarded meeting has one guest more" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 xia@client.test)")"
  sync
  ann add-attendee m '"who":"yan@client.test"'
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|m|xia:none yan:none"
  sync_nothing
}

@test "failure: F140 a guest renames the own copy: nobody else sees it" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 xia@client.test bob@firm.test)")"
  sync
  before=$(crm_dump)
  bob update m '"set":{"subject":"My name for it","location":"Home"}'
  later 15m
  sync
  is "$(crm_dump)" "$before"
  sync_nothing
}

# F Time zones and all-day

@test "failure: F103 F104 a wall clock over changes of summer time, here and elsewhere" {
  e2e_fresh "$(world "$(MORE="{\"zone\":\"Europe/Berlin\",$(weekly 4 monday)}" meeting berlin ann 2025-03-17T10:00 xia@client.test)" \
    "{\"key\":\"ny\",\"organizer\":{\"address\":\"xia@client.test\",\"name\":\"Xia\"},\"subject\":\"ny\",\"start\":\"2025-03-03T09:00\",\"zone\":\"America/New_York\",\"attendees\":[\"bob@firm.test\"],$(weekly 6 monday)}")"
  sync
  is "$(sql "select subject, string_agg(to_char(starts_at at time zone 'UTC', 'MM-DD HH24:MI'), ' ' order by starts_at) from crm.events group by 1 order by 1")" \
    "berlin|03-17 09:00 03-24 09:00 03-31 08:00 04-07 08:00
ny|03-03 14:00 03-10 13:00 03-17 13:00 03-24 13:00 03-31 13:00 04-07 13:00"
  sync_nothing
}

@test "failure: F106 the hour that comes twice stays where it is" {
  e2e_fresh "$(world "$(MORE='{"zone":"UTC","end":"2025-10-26T00:45"}' meeting first ann 2025-10-26T00:30 xia@client.test)" \
    "$(MORE='{"zone":"Europe/Berlin","end":"2025-10-26T02:45"}' meeting local ann 2025-10-26T02:30 xia@client.test)" \
    "$(MORE='{"zone":"UTC","end":"2025-10-26T01:45"}' meeting second ann 2025-10-26T01:30 xia@client.test)")"
  sync
  before=$(starts)
  [[ $before =~ ^"10-26 00:30 10-26 0"[01]":30 10-26 01:30"$ ]]
  for who in first local second; do ann touch $who; done
  later 15m
  sync_nothing
  is "$(starts)" "$before"
}

@test "failure: F107 F109 all-day is a date in every zone; made timed it follows" {
  for read in floating shifted; do
    e2e_fresh "$(world "$(MORE='{"allDay":true,"zone":"America/Los_Angeles"}' meeting west ann 2025-03-11 xia@client.test)" \
      "$(MORE='{"allDay":true,"zone":"Pacific/Auckland"}' meeting east ann 2025-03-12 xia@client.test)")"
    sim mode "{\"allday.read\":\"$read\"}" >/dev/null
    sync
    is "$(sql "select subject, all_day, duration_min, to_char(starts_at at time zone 'UTC', 'MM-DD HH24:MI') from crm.events order by 1")" \
      "east|t|1440|03-12 00:00
west|t|1440|03-11 00:00"
    sync_nothing
    ann update west '"set":{"allDay":false,"start":"2025-03-11T10:00","end":"2025-03-11T11:00","zone":"Europe/London"}'
    later 15m
    sync
    is "$(sql "select subject, all_day, duration_min, to_char(starts_at at time zone 'UTC', 'MM-DD HH24:MI') from crm.events where subject = 'west'")" \
      "west|f|60|03-11 10:00"
    sync_nothing
  done
}

@test "failure: F112 an exception's original start is in UTC: its slot is the local date" {
  e2e_fresh "$(world "$(MORE="{\"zone\":\"Pacific/Auckland\",$(weekly 3 wednesday)}" meeting wk ann 2025-03-12T09:00 xia@client.test)")"
  sync
  is "$(sql "select original_date, to_char(starts_at at time zone 'UTC', 'MM-DD HH24:MI') from crm.events order by 1")" "2025-03-12|03-11 20:00
2025-03-19|03-18 20:00
2025-03-26|03-25 20:00"
  ann edit-occurrence wk '"occurrence":"2025-03-19","set":{"start":"2025-03-21T09:00","end":"2025-03-21T10:00"}'
  later 15m
  sync
  is "$(ops)" "crm.update done"
  is "$(sql "select event_id, original_date, to_char(starts_at at time zone 'UTC', 'MM-DD HH24:MI') from crm.events order by 2")" "1|2025-03-12|03-11 20:00
2|2025-03-19|03-20 20:00
3|2025-03-26|03-25 20:00"
  sync_nothing
}

@test "failure: F113 an event without duration" {
  e2e_fresh "$(world "$(MORE='{"end":"2025-03-12T10:00"}' meeting point ann 2025-03-12T10:00 xia@client.test)")"
  sync
  is "$(events)" "Ann|03-12 10:00|10:00|point|xia:none"
  ann touch point
  later 15m
  sync_nothing
}

@test "failure: F115 dates that mean never" {
  e2e_fresh "$(world "$(MORE='{"recurrence":{"pattern":{"type":"weekly","daysOfWeek":["wednesday"]},"range":{"type":"noEnd"}}}' meeting never ann 2025-03-12T09:00 xia@client.test)" \
    "$(MORE='{"recurrence":{"pattern":{"type":"weekly","daysOfWeek":["thursday"]},"range":{"type":"endDate","endDate":"2099-12-31"}}}' meeting far ann 2025-03-13T09:00 xia@client.test)")"
  fault '{"kind":"edit","count":-1,"from":"2099-12-31","to":"9999-12-31T23:59:59.9999999"}'
  firm_policy 'window.future_in = 12d'
  sync
  grep -q '"endDate":"0001-01-01"' "$E2E_TEE/fetch.ndjson"
  grep -q '"endDate":"9999-12-31T23:59:59.9999999"' "$E2E_TEE/fetch.ndjson"
  is "$(events)" "Ann|03-12 09:00|10:00|never|xia:none
Ann|03-13 09:00|10:00|far|xia:none
Ann|03-19 09:00|10:00|never|xia:none
Ann|03-20 09:00|10:00|far|xia:none"
  sync_nothing
}

# G Delta, cursor, window

@test "failure: F118 a token that is refused as 410 or 400, in any spelling, is a new baseline" {
  for gone in 410 400 resync malformed fullsync empty; do
    e2e_fresh "$(many 3)"
    firm_policy 'delete.to_crm = delete'
    sim mode "{\"delta.gone\":\"$gone\"}" >/dev/null
    sync
    act '{"as":"ann@firm.test","do":"reset-sync"}'
    ann delete e1
    ann update e2 '"set":{"subject":"Two"}'
    later 15m
    sync
    is "$(subjects)" "E0 Two"
    sync_nothing
  done
}

@test "failure: F119 what was fetched and not written comes again" {
  e2e_fresh "$(many 3)"
  sync
  for i in 0 1 2; do ann update e$i '"set":{"location":"Pub"}'; done
  later 15m
  cursors=$(sql "select link from calsync.cursor order by account")
  # All stages but the last.
  CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" plan --json --now "$(sim_now)" >"$BATS_TEST_TMPDIR/plan"
  is "$(jq -r 'select(.type == "op") | .op' "$BATS_TEST_TMPDIR/plan" | paste -sd ' ')" "crm.update crm.update crm.update"
  is "$(sql "select link from calsync.cursor order by account")" "$cursors"
  sync
  is "$(ops)" "crm.update done,crm.update done,crm.update done"
  is "$(sql "select count(*) from crm.events where location = 'Pub'")" 3
  sync_nothing
}

@test "failure: F121 one of three is poison: two are applied, the third is remembered, the cursor moves (L5)" {
  e2e_fresh "$(many 3)"
  sync
  sql "alter table crm.events add constraint no_poison check (subject <> 'poison')"
  ann update e0 '"set":{"subject":"a"}'
  ann update e1 '"set":{"subject":"poison"}'
  ann update e2 '"set":{"subject":"b"}'
  cursor=$(sql "select link from calsync.cursor where account = 1")
  later 15m
  run -1 sync
  E2E_RUN=2
  is "$(subjects)" "E1 a b"
  is "$(ops)" "crm.update done,crm.update done,crm.update failed"
  is "$(sql "select sqlstate from calsync.log where error")" 23514
  [ "$(sql "select link from calsync.cursor where account = 1")" != "$cursor" ]
  is "$(sql "select reason, tries from calsync.again")" "crm_error|1"
  sync_nothing
  # Put right in the CRM, it comes without any change in Outlook.
  sql "alter table crm.events drop constraint no_poison"
  later 15m
  sync
  is "$(subjects)" "a b poison"
  sync_nothing
}

@test "failure: F122 the window moves on: what is made beyond the first one is seen, nothing is deleted by it" {
  e2e_fresh "$(many 2)"
  firm_policy 'delete.to_crm = delete' 'window.past_in = 7d' 'window.future_in = 31d'
  sync
  ann create - "\"event\":$(meeting may ann 2025-06-20T10:00 xia@client.test)"
  clock 2025-03-25T09:00:00Z
  sync
  is "$(subjects)" "E0 E1"
  clock 2025-05-28T09:00:00Z
  sync
  is "$(subjects)" "E0 E1 may"
  sync_nothing
}

@test "failure: F124 bare occurrences keep what they do not name" {
  e2e_fresh "$(world "$(MORE="{\"body\":\"Agenda\",\"location\":\"Cafe\",\"showAs\":\"oof\",$(weekly 3 wednesday)}" meeting wk ann 2025-03-12T09:00 xia@client.test)")"
  sync
  is "$(sql "select distinct subject, description, location, show_as from crm.events")" "wk|Agenda|Cafe|OutOfOffice"
  before=$(crm_dump)
  ann edit-occurrence wk '"occurrence":"2025-03-19","set":{"start":"2025-03-19T12:00","end":"2025-03-19T13:00"}'
  later 15m
  sync
  is "$(sql "select distinct subject, description, location, show_as from crm.events")" "wk|Agenda|Cafe|OutOfOffice"
  is "$(starts)" "03-12 09:00 03-19 12:00 03-26 09:00"
  sync_nothing
}

@test "failure: F125 an id that comes twice in a round counts as it came last" {
  e2e_fresh "$(many 12)"
  sim mode '{"delta.page":2,"delta.repeat":100,"delta.shuffle":"on"}' >/dev/null
  sync
  is "$(live)" 12
  for i in {0..11}; do ann update "e$i" '"set":{"location":"Old"}'; ann update "e$i" '"set":{"location":"New"}'; done
  later 15m
  sync
  is "$(sql "select location, count(*) from crm.events group by 1")" "New|12"
  sync_nothing
}

@test "failure: F128 new change keys every day, and nothing else" {
  e2e_fresh "$(many 50)"
  sync
  sql "update crm.events set location = 'Edited in the CRM' where subject = 'E7'"
  for _ in 1 2 3; do
    for i in {0..49..7}; do ann touch "e$i"; done
    later 1d
    sync_nothing
  done
  is "$(sql "select location from crm.events where subject = 'E7'")" "Edited in the CRM"
}

@test "failure: F130 the CRM changes while the run goes on: nothing is overwritten, the next run merges" {
  e2e_fresh "$(world "$(MORE='{"location":"Cafe"}' meeting m ann 2025-03-12T10:00 xia@client.test)")"
  firm_policy 'direction.events = both' 'conflict.scope = field' 'enable.rules = none'
  sync
  ann update m '"set":{"subject":"From Outlook"}'
  later 15m
  CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" plan --json --now "$(sim_now)" >"$BATS_TEST_TMPDIR/plan"
  sql "update crm.events set location = 'Hall'"
  run tool apply -q <"$BATS_TEST_TMPDIR/plan"
  is "$(jq -r 'select(.type == "result") | .outcome' <<<"$output")" moved
  is "$(sql "select subject, location from crm.events")" "m|Hall"
  sync
  is "$(sql "select subject, location from crm.events")" "From Outlook|Hall"
  sync_nothing
}

# H Conflicts

@test "failure: F133 the same field, two values: Outlook's stays, the other is kept for the admin" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 xia@client.test)")"
  sync
  ann update m '"set":{"start":"2025-03-12T11:00","end":"2025-03-12T12:00"}'
  sql "update crm.events set starts_at = '2025-03-12T12:00Z', ends_at = '2025-03-12T13:00Z'"
  later 15m
  sync
  is "$(starts)" "03-12 11:00"
  is "$(sql "select field, side, value #>> '{}' from calsync.conflicts order by 1")" "end|crm|2025-03-12T13:00:00Z
start|crm|2025-03-12T12:00:00Z"
  sync_nothing
}

@test "failure: F134 both sides say the same: agreed, no conflict, no write" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 xia@client.test)")"
  sync
  ann update m '"set":{"subject":"S2"}'
  sql "update crm.events set subject = 'S2'"
  before=$(crm_dump)
  later 15m
  sync
  is "$(ops)" "link.base done"
  is "$(crm_dump)" "$before"
  is "$(sql "select base_crm ->> 'subject', base_graph ->> 'subject' from calsync.meeting")" "S2|S2"
  is "$(sql "select count(*) from calsync.lost")" 0
  sync_nothing
}

@test "failure: F137 accents and emoji are stable" {
  local text=$'Cafe\u0301 \U1F600 na\u00efve'
  e2e_fresh "$(world "$(MORE="$(jq -cn --arg t "$text" '{subject: $t, location: $t, body: $t}')" meeting m ann 2025-03-12T10:00 xia@client.test)")"
  firm_policy 'description.mode = always'
  sync
  is "$(sql "select subject, location, description from crm.events")" "$text|$text|$text"
  for _ in 1 2 3; do
    ann touch m
    later 15m
    sync_nothing
  done
}

@test "failure: F143 the base is lost: equal fields are agreed anew, a difference is for people" {
  e2e_fresh "$(many 2)"
  sync
  sql "update calsync.meeting set base_graph = null, base_crm = null; update crm.events set subject = 'Other' where event_id = 2;
    update calsync.copy set digest = null"
  before=$(crm_dump)
  ann touch e0
  ann touch e1
  later 15m
  sync
  is "$(crm_dump)" "$before"
  is "$(ops)" "link.base done"
  is "$(reasons)" conflict
  sync_nothing
}

# K Data shape

@test "failure: F166 events without a uid are not one event" {
  e2e_fresh "$(many 3)"
  fault '{"kind":"edit","count":-1,"from":"\"iCalUId\":","to":"\"unknown\":"}'
  sync
  is "$(subjects)" "E0 E1 E2"
  is "$(sql "select count(distinct uid), bool_and(uid like 'graph:%') from calsync.meeting")" "3|t"
  ann update e1 '"set":{"subject":"One"}'
  later 15m
  sync
  is "$(subjects)" "E0 E2 One"
  sync_nothing
}

@test "failure: F167 a subject that no database holds costs nobody anything" {
  e2e_fresh "$(world "$(MORE='{"subject":"POISON"}' meeting m ann 2025-03-12T10:00 xia@client.test)" "$(meeting n ann 2025-03-13T10:00 xia@client.test)")"
  fault '{"kind":"edit","count":-1,"from":"POISON","to":"A\\u0000B\\ud800"}'
  sync
  is "$(sql "select subject from crm.events order by starts_at")" $'A\ufffdB\ufffd\nn'
  ann touch m
  later 15m
  sync_nothing
}

@test "failure: F170 words that Graph did not have before" {
  e2e_fresh "$(world "$(MORE='{"showAs":"oof","sensitivity":"personal"}' meeting m ann 2025-03-12T10:00 '{"address":"xia@client.test","response":"tentative"}')")"
  firm_policy 'private.mode = full'
  fault '{"kind":"edit","count":-1,"from":"\"oof\"","to":"\"astral\""}'
  sync
  is "$(sql "select show_as from crm.events")" Free
  faults_off
  fault '{"kind":"edit","count":-1,"from":"\"personal\"","to":"\"unknownFutureValue\""}'
  ann touch m
  later 15m
  sync
  is "$(sql "select show_as, private from crm.events")" "OutOfOffice|t"
  sync_nothing
}

# L Privacy

@test "failure: F176 private, then not: the details come in" {
  e2e_fresh "$(world "$(MORE='{"sensitivity":"private"}' meeting m ann 2025-03-12T10:00 xia@client.test)")"
  firm_policy 'private.mode = no_attendees'
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|m|"
  ann update m '"set":{"sensitivity":"normal"}'
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|m|xia:none"
  is "$(sql "select private from crm.events")" f
  sync_nothing
}

@test "failure: F178 no text and no guest in any message, however much is said (L8)" {
  e2e_fresh "$(world "$(MORE='{"subject":"Sanatorium","location":"Dr. Vogt","body":"Anamnese"}' meeting m ann 2025-03-12T10:00 xia@client.test)" \
    "$(MORE='{"subject":"Bankruptcy"}' meeting bad ann 2025-03-13T10:00 yan@client.test)")"
  sql "alter table crm.events add constraint no_bad check (subject <> 'Bankruptcy')"
  fault '{"kind":"status","path":"delta","nth":1,"status":503}'
  fault '{"kind":"cut","path":"delta","nth":1}'
  CALSYNC_RUN=1 CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" run -v --all --now "$(sim_now)" 2>"$BATS_TEST_TMPDIR/err" || [ $? -eq 1 ]
  is "$(subjects)" Sanatorium
  [ "$(wc -l <"$BATS_TEST_TMPDIR/err")" -ge 6 ]
  run ! grep -iE 'Sanatorium|Vogt|Anamnese|Bankruptcy|xia|yan@|deltatoken|s3cret|Bearer' "$BATS_TEST_TMPDIR/err"
  run ! grep -iE 'Sanatorium|Vogt|Anamnese|Bankruptcy' <(sql "select l from calsync.log l")
}

@test "failure: F179 only the mailboxes of the firm's list are read" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T10:00 xia@client.test dee@firm.test bob@firm.test)" "$(meeting d dee 2025-03-13T10:00 xia@client.test)")"
  sync
  is "$(sim requests | jq -r '[.value[].mailbox | values] | unique | join(" ")')" "ann@firm.test bob@firm.test"
  sync_nothing
}
