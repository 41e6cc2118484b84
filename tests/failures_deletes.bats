# Failures that other calendar syncs had, on the way out, under their numbers:
# deletions (C), in both models of who is mailed.
# Every turn ends with a run that must do nothing (L1).
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

deletes=('direction.events = both' 'mail.allow = all' 'attendees.to_graph = all' 'delete.to_graph = delete' 'delete.to_crm = delete')
calsync() { CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" "$@"; }
demo() { MORE="{\"subject\":\"Demo\"${EXTRA:+,$EXTRA}}" meeting e1 ann "${WHEN:-2025-03-12T10:00}" "$@"; }

f041() {
  begin "$(many 40)" "${deletes[@]}" 'delete.max = 5' 'delete.max_day = 10'
  local run i
  for run in 0 1 2 3; do
    for i in 0 1 2 3 4; do ann delete "e$((run * 5 + i))"; done
    turn
  done
  wrote_nothing
  is "$(live)" 30
  is "$(sql "select distinct code from calsync.log where error")" delete_max
  # A day later the ten that wait are more than a run may delete; if somebody allows
  # that, they are as many as a day may.
  later 1d
  turn
  is "$(live)" 30
  sync --set delete.max=unlimited
  is "$(live)" 20
  wrote_nothing
}
@test "failure: F041 deletions that leak through run by run stop at the day's limit" { in_both_models f041; }

f041_out() {
  begin "$(many 40)" "${deletes[@]}" 'delete.max = 5' 'delete.max_day = 10'
  clerk "update crm.events set deleted = true where subject in ('E0', 'E1', 'E2', 'E3', 'E4', 'E5')"
  turn
  wrote_nothing
  is "$(box ann | wc -l)" 40
  is "$(sql "select reason, count(*) from calsync.held group by 1")" "delete_max|6"
  local id
  id=$(sql "select id from calsync.held where crm_id = (select event_id::text from crm.events where subject = 'E3')")
  calsync release "$id"
  turn
  is "$(writes)" "DELETE ann E3"
  is "$(mails)" "cancellation xia E3"
}
@test "failure: F040 too many deletions in the CRM: none goes out, an administrator lets one pass" { in_both_models f041_out; }

f043() {
  begin "$(world "$(demo bob@firm.test xia@client.test)")" "${deletes[@]}"
  ann delete e1
  turn
  wrote_nothing
  is "$(live)" 0
}
@test "failure: F043 the organizer deletes: Exchange cancels, we do not cancel again" { in_both_models f043; }

f044() {
  begin "$(world '{"key":"t","organizer":{"address":"xia@client.test","name":"Xia"},"subject":"Theirs","start":"2025-03-13T10:00","zone":"Europe/London","attendees":["ann@firm.test"]}')" \
    'direction.events = both' 'mail.allow = all'
  crm_delete Theirs
  turn
  wrote_nothing
  is "$(box ann | wc -l)" 1
  is "$(live)" 0
}
f044_quietly() {
  begin "$(world '{"key":"t","organizer":{"address":"xia@client.test","name":"Xia"},"subject":"Theirs","start":"2025-03-13T10:00","zone":"Europe/London","attendees":["ann@firm.test"]}')" "${deletes[@]}"
  crm_delete Theirs
  turn
  # In the paranoid model the organizer is told.
  is "$(writes)" "DELETE(guest) ann Theirs"
  is "$(mails)" "$(by_model '' 'response xia Theirs')"
  is "$(box ann)$(live)" 0
  # Without a budget it waits where it is foreseen.
  [ "${E2E_MODEL:-strict}" = paranoid ] || return 0
  begin "$(world '{"key":"t","organizer":{"address":"xia@client.test","name":"Xia"},"subject":"Theirs","start":"2025-03-13T10:00","zone":"Europe/London","attendees":["ann@firm.test"]}')" \
    "${deletes[@]}" 'mail.per_run = 0'
  crm_delete Theirs
  turn
  wrote_nothing
  is "$(sql "select op, reason, mail from calsync.held")" "graph.delete|mail_held|{xia@client.test}"
  calsync release 1
  turn
  is "$(writes)" "DELETE(guest) ann Theirs"
  is "$(mails)" "response xia Theirs"
}
@test "failure: F044 a meeting of somebody outside, deleted in the CRM: it stays in Outlook; at most the own copy goes" {
  in_both_models f044
  in_both_models f044_quietly
}

f046() {
  begin "$(world "$(WHEN=2025-03-05T10:00 demo xia@client.test yan@client.test)")" "${deletes[@]}"
  crm_delete Demo
  turn
  wrote_nothing
  is "$(sql "select op, reason from calsync.held")" "graph.delete|past"
  is "$(live)" 0
  is "$(box ann | wc -l)" 1
}
@test "failure: F046 a meeting that is over, deleted in the CRM: no cancellations" { in_both_models f046; }

f047() {
  begin "$(world "$(demo)")" 'direction.events = both' 'unmatched.mode = sync'
  ann update e1 '"set":{"start":"2025-03-12T15:00","end":"2025-03-12T16:00"}'
  crm_delete Demo
  turn
  wrote_nothing
  # The change stands on its own side, the deletion on its own, and the link ends.
  is "$(box ann)" "2025-03-12T15:00|Demo|||busy"
  is "$(live)" 0
  is "$(sql "select state from calsync.meeting")" ended
  is "$(sql "select evidence from calsync.log where code = 'link.end'")" "edited in Outlook: start, end"
  # Where deletions go out, it wins; what was lost by it is there to be read.
  begin "$(world "$(demo)")" "${deletes[@]}" 'unmatched.mode = sync'
  ann update e1 '"set":{"start":"2025-03-12T15:00","end":"2025-03-12T16:00"}'
  crm_delete Demo
  turn
  is "$(writes)" "DELETE ann Demo"
  is "$(sql "select field, side, value #>> '{}' from calsync.conflicts order by 1")" "end|graph|2025-03-12T16:00:00Z
start|graph|2025-03-12T15:00:00Z"
}
@test "failure: F047 moved in Outlook, deleted in the CRM: neither is lost" { in_both_models f047; }

f049() { # FAULT
  begin "$(world "$(demo)")" "${deletes[@]}" 'unmatched.mode = sync'
  crm_delete Demo
  fault "$1"
  sync || [ $? -eq 1 ]
}
f049_all() {
  local code
  for code in '"status":404,"code":"ErrorItemNotFound"' '"status":410,"code":"ErrorItemNotFound"'; do
    # It is read for fetch and before the write; then it is gone.
    f049 "{\"kind\":\"status\",\"path\":\"/events/AA\",\"nth\":3,\"count\":9,$code}"
    is "$(sql "select state from calsync.meeting")" ended
    is "$(logged error)" ""
    is "$(writes)" "DELETE ann Demo $(jq -r .status <<<"{$code}")"
    faults_off
    nothing_more
  done
  f049 '{"kind":"status","method":"DELETE","path":"events","status":403,"code":"ErrorAccessDenied","count":-1}'
  is "$(sql "select state from calsync.meeting")" active
  is "$(sql "select outcome from calsync.log where run = '$E2E_TOLD' and code = 'graph_error' and error")" refused
  is "$(box ann | wc -l)" 1
  faults_off
  later 2d
  sync
  is "$(box ann)" ""
  is "$(sql "select state from calsync.meeting")" ended
  nothing_more
}
@test "failure: F049 DELETE answers 404 or 410: done; 403: refused, the link stays" { in_both_models f049_all; }

f058() {
  begin "$(many 60)" "${deletes[@]}"
  clerk "update crm.events set status = 'Completed'"
  turn
  wrote_nothing
  is "$(box ann | wc -l)" 60
  # And if somebody calls that a deletion, the breaker holds.
  clerk "update crm.events set deleted = true"
  turn
  wrote_nothing
  is "$(box ann | wc -l)" 60
  is "$(sql "select reason, count(*) from calsync.held group by 1")" "delete_max|60"
}
@test "failure: F058 a whole calendar is archived in the CRM: nobody is uninvited" { in_both_models f058; }

restored() {
  dropdb --force "$PGDATABASE"
  createdb "$PGDATABASE"
  pg_restore --no-owner -d "$PGDATABASE" "$BATS_TEST_TMPDIR/dump" 2>/dev/null || :
}
f059() {
  begin "$(world "$(demo xia@client.test)")" "${deletes[@]}" 'description.mode = always'
  calsync org generation=accept
  # The dump of yesterday.
  pg_dump -Fc -f "$BATS_TEST_TMPDIR/dump" "$PGDATABASE" 2>/dev/null
  crm_event Today 2025-03-20T10:00Z 60 xia@client.test
  crm_edit Demo "subject = 'Demo 2'"
  turn
  is "$(writes)" "PATCH ann Demo subject
POST ann Today [xia]"
  nobody_in restored
  crm_delete Demo
  turn
  wrote_nothing
  is "$(box ann | wc -l)" 2
  is "$(sql "select op, reason from calsync.held")" "graph.delete|delete_max"
  calsync org generation=accept
  sync
  is "$(writes)" "DELETE ann Demo 2"
  is "$(mails)" "cancellation xia Demo 2"
  nothing_more
}
@test "failure: F059 the database is yesterday's dump: nothing is deleted in Outlook until somebody says that it is right" { in_both_models f059; }
