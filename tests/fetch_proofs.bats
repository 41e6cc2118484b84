# fetch: what is gone and how that is proved; what is read again.
load fetch

# Proofs ---------------------------------------------------------------------------

@test "fetch: L2 a removed event is proved gone by id" {
  first_read ann@firm.test
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  fetch 0 again two
  is "$(brief two)" "[ann@firm.test
removed 404
ann@firm.test] true"
}

@test "fetch: L2 F050 what only left the window is an event, not a removal" {
  first_read ann@firm.test
  act '{"as":"ann@firm.test","do":"update","event":"alone","set":{"start":"2030-01-01T10:00","end":"2030-01-01T11:00"}}'
  fetch 0 again two
  is "$(brief two)" "[ann@firm.test
singleInstance Alone 2030-01-01T09:00
ann@firm.test] true"
}

@test "fetch: L2 any other answer than 404 makes the section incomplete" {
  first_read ann@firm.test bob@firm.test
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  act '{"as":"ann@firm.test","do":"update","event":"review","set":{"subject":"New"}}'
  fault '{"kind":"status","status":500,"path":"/events/","mailbox":"ann@firm.test","count":-1}'
  fetch 1 again two
  is "$(brief two | sort)" "[ann@firm.test
[bob@firm.test
ann@firm.test] false graph_error 500
bob@firm.test] true
problem graph_error 500
singleInstance New 2026-11-24T09:00
singleInstance New 2026-11-24T09:00"
}

@test "fetch: L2 an empty 404 proves nothing" {
  first_read ann@firm.test
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  fault '{"kind":"status","status":404,"body":"empty","path":"/events/","count":-1}'
  fetch 1 again two
  is "$(brief two)" "[ann@firm.test
problem graph_error 404
ann@firm.test] false graph_error 404"
}

@test "fetch: F160 C15 items of a batch that are throttled one by one are asked for again" {
  local all
  add_events ann@firm.test 30
  first_read ann@firm.test
  mapfile -t all < <(printf '{"as":"ann@firm.test","do":"delete","event":"e%d"}\n' $(seq 0 29))
  acts "${all[@]}"
  mode '{"batch.outer":"424","batch.shuffle":"on","latency_ms":5}'
  fetch 0 again two
  [ "$(brief two | grep -c 'removed 404')" -eq 30 ]
  # It learns: only the first batch was too large for one mailbox.
  [ "$(sim requests | jq '[.value[] | select(.status == 424)] | length')" -eq 1 ]
  [ "$(sim violations | jq '[.value[] | select(.kind == "retry-after")] | length')" -eq 0 ]
}

@test "fetch: L2 F040 an empty answer to a new baseline removes nothing that is still there" {
  first_read ann@firm.test
  known one
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  fault "{\"kind\":\"gone\",\"path\":\"deltatoken\"}"
  fault "{\"kind\":\"status\",\"status\":200,\"path\":\"delta.startDate\",\"body\":\"{\\\"value\\\":[],\\\"@odata.deltaLink\\\":\\\"$URL/v1.0/x\\\"}\"}"
  fetch 0 again two
  is "$(brief two | grep -v ^occurrence | sort)" "[ann@firm.test
ann@firm.test] true
exception Standup late 2026-12-08T13:00
removed 404
series 2026-11-30
series.end 17 true
seriesMaster Standup 2026-10-05T07:00
singleInstance Day off 2026-11-26T00:00
singleInstance Outside 2026-11-27T09:00
singleInstance Review 2026-11-24T09:00"
}

@test "fetch: L2 known events that a new baseline leaves out are read by id" {
  first_read ann@firm.test
  known one
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  act '{"as":"ann@firm.test","do":"update","event":"review","set":{"start":"2030-01-01T10:00","end":"2030-01-01T11:00"}}'
  act '{"as":"ann@firm.test","do":"reset-sync"}'
  forget_requests
  fetch 0 again two
  is "$(brief two | grep -vE '^(occ|exc|series)')" "[ann@firm.test
singleInstance Day off 2026-11-26T00:00
singleInstance Outside 2026-11-27T09:00
singleInstance Review 2030-01-01T09:00
removed 404
ann@firm.test] true"
  [ "$(asked 'batch')" -eq 1 ]
}

@test "fetch: F052 L9 what nobody knows needs no proof" {
  first_read ann@firm.test
  known one
  sql "delete from calsync.copy"
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  forget_requests
  fetch 0 again two
  is "$(brief two)" "[ann@firm.test
ann@firm.test] true"
  [ "$(asked '^/v1.0/')" -eq 1 ]
  # An event that was skipped is known, too.
  sql "insert into calsync.seen (account, id, digest, reason, policy_digest, horizon, at)
    values (1, '$(jq -r 'select(.data.subject == "Alone").data.id' one)', 'x', 'unmatched', '0123456789abcdef0123456789abcdef', '0', now())"
  fetch 0 again three
  is "$(brief three)" "[ann@firm.test
removed 404
ann@firm.test] true"
}

@test "fetch: F061 one deleted occurrence is found in each way that Graph tells of it" {
  local how
  for how in series removed; do
    sim_call POST 'rollback?name=start' >/dev/null
    mode "{\"delta.occurrence_deleted\":\"$how\"}"
    first_read ann@firm.test
    known one
    act '{"as":"ann@firm.test","do":"delete-occurrence","event":"standup","occurrence":"2026-12-14"}'
    fetch 0 again two
    is "$(brief two | grep -E 'removed|series')" "series 2026-11-30,2026-12-14
seriesMaster Standup 2026-10-05T07:00
series.end 16 true
removed $(if [ $how = series ]; then echo cancelled_occurrence; else echo 404; fi)"
    jq -es --arg id "$(jq -r 'select(.data.seriesMasterId and (.data.start.dateTime | startswith("2026-12-14"))).data.id' one)" \
      'map(select(.type == "graph.removed"))[0].id == $id' two
  done
}

@test "fetch: F061 an occurrence that vanished in silence is found by the next baseline" {
  mode '{"delta.occurrence_deleted":"silent"}'
  first_read ann@firm.test
  known one
  act '{"as":"ann@firm.test","do":"delete-occurrence","event":"standup","occurrence":"2026-12-14"}'
  fetch 0 again two
  [ "$(brief two | wc -l)" -eq 2 ]
  act '{"as":"ann@firm.test","do":"reset-sync"}'
  fetch 0 again three
  is "$(brief three | grep -E 'removed|series.end')" "series.end 16 true
removed 404"
}

@test "fetch: a series that is deleted takes its known members along, all or master said" {
  local how
  for how in all master; do
    sim_call POST 'rollback?name=start' >/dev/null
    mode "{\"delta.removed_series\":\"$how\"}"
    first_read ann@firm.test
    known one
    act '{"as":"ann@firm.test","do":"delete","event":"standup"}'
    fetch 0 again two
    is "$how $(brief two | sort | uniq -c | tr -s ' ')" "$how  1 [ann@firm.test
 1 ann@firm.test] true
 17 removed 404"
  done
}

@test "fetch: F068 a series that becomes a single event loses its members" {
  first_read ann@firm.test
  known one
  act '{"as":"ann@firm.test","do":"update","event":"standup","set":{"recurrence":null}}'
  mode '{"delta.occurrence_deleted":"silent"}'
  fetch 0 again two
  is "$(brief two | sort | uniq -c | tr -s ' ')" " 1 [ann@firm.test
 1 ann@firm.test] true
 16 removed 404
 1 singleInstance Standup 2026-10-05T07:00"
}

@test "fetch: F070 F071 a master that is not delivered is read by id" {
  mode '{"delta.master":"never"}'
  roster ann@firm.test >in
  fetch 0 in one
  is "$(brief one | grep -E 'eries|exception')" "series 2026-11-30
seriesMaster Standup 2026-10-05T07:00
exception Standup late 2026-12-08T13:00
series.end 17 true"
  # Bare members of the baseline are enough.
  [ "$(asked instances)" -eq 0 ]
}

@test "fetch: masters are read without select where Graph refuses it" {
  first_read ann@firm.test
  known one
  fault '{"kind":"status","status":400,"code":"BadRequest","path":"select=","count":-1}'
  act '{"as":"ann@firm.test","do":"delete-occurrence","event":"standup","occurrence":"2026-12-14"}'
  fetch 0 again two
  is "$(brief two | grep -E 'eries|removed')" "series 
seriesMaster Standup 2026-10-05T07:00
series.end 16 true
removed 404"
}

@test "fetch: F082 a series whose instances cannot all be read loses none of them" {
  first_read ann@firm.test
  known one
  act '{"as":"ann@firm.test","do":"update","event":"standup","set":{"subject":"Later"}}'
  act '{"as":"ann@firm.test","do":"delete-occurrence","event":"standup","occurrence":"2026-12-14"}'
  fault '{"kind":"status","status":500,"path":"instances.*skip","count":-1}'
  fetch 1 again two --page-size 5
  # The series comes again by itself; the mailbox goes on.
  is "$(brief two | grep -vE '^(occurrence|exception)')" "[ann@firm.test
problem graph_error 500
series 2026-11-30,2026-12-14
seriesMaster Later 2026-10-05T07:00
series.end 16 false
ann@firm.test] true"
  jq -es 'map(select(.type == "problem"))[0].id == (map(select(.type == "series"))[0].master)' two
}

@test "fetch: L5 a series whose master is corrupt costs itself alone" {
  first_read ann@firm.test
  act '{"as":"ann@firm.test","do":"update","event":"standup","set":{"subject":"Later"}}'
  act '{"as":"ann@firm.test","do":"update","event":"review","set":{"subject":"New"}}'
  mode '{"delta.master":"never"}'
  fault '{"kind":"status","status":500,"code":"ErrorCorruptData","path":"/events/","count":-1}'
  fetch 1 again two
  is "$(brief two)" "[ann@firm.test
singleInstance New 2026-11-24T09:00
problem no_master 500
ann@firm.test] true"
}

@test "fetch: L2 a series that is throttled too long leaves the section incomplete" {
  first_read ann@firm.test
  act '{"as":"ann@firm.test","do":"update","event":"standup","set":{"subject":"Later"}}'
  fault '{"kind":"status","status":429,"retryAfter":3600,"path":"/events/","count":-1}'
  fetch 1 again two
  is "$(brief two | grep -vE '^(occurrence|exception)')" "[ann@firm.test
problem graph_error 429
series 
seriesMaster Later 2026-10-05T07:00
series.end 17 false
ann@firm.test] false graph_error 429"
}

@test "fetch: F173 masters of another's calendar are read in that calendar, of one's own by id alone" {
  local calendar
  add '{"events":[{"key":"other","organizer":"ann@firm.test","calendar":"Second","subject":"Other","start":"2026-11-23T09:00",
    "recurrence":{"pattern":{"type":"weekly","daysOfWeek":["monday"]},"range":{"type":"noEnd"}}}]}'
  calendar=$(curl -sS --cacert "$SIM/ca.pem" -H "Authorization: Bearer $(curl -sS --cacert "$SIM/ca.pem" -d grant_type=client_credentials \
    -d client_id=calsync -d client_secret=s3cret --data-urlencode "scope=$URL/.default" "$URL/firm/oauth2/v2.0/token" | jq -r .access_token)" \
    "$URL/v1.0/users/ann@firm.test/calendars" | jq -r '.value[] | select(.name == "Second").id')
  MERGE="{\"calendar\":\"$calendar\",\"shared\":\"dee@firm.test\"}" first_read ann@firm.test
  is "$(brief one | grep -E 'eries')" "series 
seriesMaster Other 2026-11-23T08:00
series.end 14 true"
  act '{"as":"ann@firm.test","do":"update","event":"other","set":{"subject":"Another"}}'
  fetch 0 again two
  [ "$(brief two | grep -c 'Another')" -eq 14 ]
  [ "$(asked "calendars/[^/]+/events/.*select")" -eq 1 ]
  [ "$(asked "calendars/[^/]+/events/.*instances")" -eq 1 ]
  # They are where the user has them; elsewhere is not gone (L2).
  forget_requests
  MERGE="{\"calendar\":\"$calendar\"}" first_read ann@firm.test
  act '{"as":"ann@firm.test","do":"update","event":"other","set":{"subject":"A third"}}'
  fetch 0 again two
  [ "$(brief two | grep -c 'A third')" -eq 14 ]
  [ "$(asked "calendars/[^/]+/events/")" -eq 0 ]
  [ "$(asked "users/[^/]+/events/.*select")" -eq 1 ]
}

# Again ------------------------------------------------------------------------------

@test "fetch: what is due again is read by id, with its reason" {
  first_read ann@firm.test
  known one
  sql "insert into calsync.again (account, id, reason, due, since) select 1, id, r, '2026-11-21T08:00Z', now() from (values
    ('$(jq -r 'select(.data.subject == "Review").data.id' one)', 'waits'), ('$(jq -r 'select(.data.subject == "Alone").data.id' one)', 'crm_error'),
    ('$(jq -r 'select(.data.subject == "Outside").data.id' one)', 'moved'), ('AAMk/..+==', 'due')) v(id, r)"
  act '{"as":"ann@firm.test","do":"update","event":"outside","set":{"categories":["Red"]}}'
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  forget_requests
  fetch 1 again two
  is "$(brief two | sort)" "[ann@firm.test
ann@firm.test] true
problem graph_error 400
removed 404 again=crm_error
singleInstance Outside 2026-11-27T09:00 again=moved
singleInstance Review 2026-11-24T09:00 again=waits"
  # F172: the id is one path segment, whatever it holds.
  [ "$(asked '/events/AAMk%2F..%2B%3D%3D$')" -eq 1 ]
}

@test "fetch: a member of a series that is due again brings its series" {
  first_read ann@firm.test
  known one
  sql "insert into calsync.again (account, id, reason, due, since) values (1,
    '$(jq -r 'select(.data.subject == "Standup late").data.id' one)', 'waits', '2026-11-21T08:00Z', now())"
  fetch 0 again two
  is "$(brief two | grep -v ^occ)" "[ann@firm.test
series 2026-11-30
seriesMaster Standup 2026-10-05T07:00
exception Standup late 2026-12-08T13:00 again=waits
series.end 17 true
ann@firm.test] true"
}

# Keep this one last.
@test "fetch: every line that these tests have seen meets its schema" { every_line_is_valid; }
