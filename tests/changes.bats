# What happens in Outlook to events that are in the CRM: the inbound part of the
# scenarios, under the requirements that it proves.  Every test ends with a run
# that must do nothing.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; }

@test "pipeline: both sides changed, Microsoft wins; one-way leaves the CRM's edit until Outlook changes (P-005 P-031 P-032)" {
  e2e_fresh "$(world "$(MORE='{"subject":"Review","location":"Cafe"}' meeting e1 ann 2025-03-12T10:00 xia@client.test)" \
    "$(meeting o ann 2025-03-13T10:00 xia@client.test)")"
  profile practifi
  sync
  sql "update crm.events set subject = 'Review B', location = 'Hall' where subject = 'Review'"
  ann update e1 '"set":{"subject":"Review A"}'
  later 15m
  sync
  is "$(sql "select subject, location from crm.events where event_id = 1")" "Review A|Cafe"
  is "$(ops)" "crm.update done"
  is "$(sql "select l.rule, string_agg(x.field || '=' || (x.value #>> '{}'), ' ' order by x.field) from calsync.lost x join calsync.log l on l.id = x.log group by 1")" \
    "conflict|location=Hall subject=Review B"
  sync_nothing
  # One-way: an edit of the CRM is no conflict as long as Outlook is still.
  sql "update crm.events set location = 'Attic' where subject = 'o'"
  later 15m
  ann touch o
  sync --set direction.events=to_crm
  is "$(ops)" ''
  sync_nothing --set direction.events=to_crm
  is "$(sql "select location from crm.events where subject = 'o'")" Attic
  ann update o '"set":{"location":"Pub"}'
  later 15m
  sync --set direction.events=to_crm
  is "$(sql "select location from crm.events where subject = 'o'")" Pub
  sync_nothing --set direction.events=to_crm
}

@test "pipeline: only the changed side goes over (P-006 P-032 U1 U2)" {
  local E2E_OUT=1
  e2e_fresh "$(world "$(MORE='{"location":"Cafe","body":"Agenda"}' meeting e1 ann 2025-03-12T10:00 xia@client.test)")"
  profile practifi 'conflict.scope = field'
  sync
  sql "update crm.events set location = 'Hall'"
  ann update e1 '"set":{"subject":"Renamed"}'
  later 15m
  sync
  is "$(sql "select subject, location from crm.events")" "Renamed|Hall"
  # The CRM's edit goes out, and nothing with it.
  is "$(sim writes | jq -c '[.value[] | {method, body}]')" '[{"method":"PATCH","body":{"location":{"displayName":"Hall"}}}]'
  is "$(sql "select count(*) from calsync.lost")" 0
  sync_nothing
  # To Graph only: what Outlook does is left alone.
  ann update e1 '"set":{"subject":"Again"}'
  ann create - '"event":'"$(meeting n ann 2025-03-13T10:00 xia@client.test)"
  later 15m
  sync --set direction.events=to_graph
  is "$(events)" "Ann|03-12 10:00|11:00|Renamed|xia:none"
}

@test "pipeline: coarse values come in once, and turn inside their class without a write (P-033 P-086 P-087 P-092 U2 U3)" {
  e2e_fresh "$(world \
    "$(MORE='{"showAs":"tentative"}' meeting a ann 2025-03-12T10:00)" "$(MORE='{"showAs":"workingElsewhere"}' meeting b ann 2025-03-12T11:00)" \
    "$(MORE='{"sensitivity":"personal"}' meeting c ann 2025-03-12T12:00)" "$(MORE='{"sensitivity":"confidential"}' meeting d ann 2025-03-12T13:00)" \
    "$(MORE='{"showAs":"unknown"}' meeting e ann 2025-03-12T14:00)" "$(MORE='{"showAs":"oof","sensitivity":"private"}' meeting f ann 2025-03-12T15:00)")"
  profile practifi 'unmatched.mode = sync'
  sync
  is "$(sql "select subject, show_as, private from crm.events order by 1")" "a|Free|f
b|OutOfOffice|f
c|Busy|t
d|Busy|t
e|Free|f
f|OutOfOffice|t"
  sync_nothing
  written=$(crm_dump)
  ann update a '"set":{"showAs":"free"}'
  ann update b '"set":{"showAs":"oof"}'
  ann update d '"set":{"sensitivity":"personal"}'
  later 15m
  sync
  is "$(crm_dump)" "$written"
  is "$(ops)" "link.base done,link.base done,link.base done"
  sync_nothing
}

@test "pipeline: gone in Outlook: keep, delete, mark (P-024 P-025 U8 U10)" {
  local world
  world=$(world "$(meeting a ann 2025-03-12T10:00 xia@client.test bob@firm.test)" "$(meeting b ann 2025-03-13T10:00 xia@client.test)")
  gone() {
    sync
    ann delete a
    ann cancel b
    later 15m
    sync
    sync_nothing
    later 15m
    sync_nothing
    sql "select subject, status, sync_status, deleted from crm.events order by 1"
  }
  e2e_fresh "$world"
  profile practifi
  is "$(gone)" "a|Planned|Inactive|f
b|Planned|Inactive|f"
  e2e_fresh "$world"
  profile practifi 'delete.to_crm = delete'
  is "$(gone)" "a|Planned|Inactive|t
b|Planned|Inactive|t"
  e2e_fresh "$world"
  profile practifi 'delete.to_crm = mark'
  is "$(gone)" "a|Cancelled|Inactive|f
b|Cancelled|Inactive|f"
}

@test "pipeline: deleted in the CRM: it stays in Outlook and is not imported again (P-027 U10)" {
  e2e_fresh "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test bob@firm.test)")"
  profile practifi
  sync
  sql "update crm.events set deleted = true"
  later 15m
  sync
  is "$(ops)" "link.end done"
  sync_nothing
  ann update e1 '"set":{"start":"2025-03-12T15:00","end":"2025-03-12T16:00"}'
  later 15m
  sync
  is "$(reasons)" "ended ended"
  is "$(events)" ""
  is "$(sql "select state, ended from calsync.meeting")" "ended|deleted_in_crm"
  later 15m
  ann update e1 '"set":{"subject":"Once more"}'
  sync
  is "$(events)" ""
  sync_nothing
}

@test "pipeline: a draft waits until it is sent, edits that were not sent too (P-049 P-051 P-052)" {
  e2e_fresh "$(world "$(MORE='{"draft":true}' meeting d ann 2025-03-12T10:00 xia@client.test)" "$(meeting e1 ann 2025-03-13T10:00 xia@client.test)")"
  profile practifi
  sync
  is "$(events)" "Ann|03-13 10:00|11:00|e1|xia:none"
  is "$(reasons)" draft
  ann send d
  ann edit-draft e1 '"set":{"subject":"Unsent"}'
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|d|xia:none
Ann|03-13 10:00|11:00|e1|xia:none"
  is "$(reasons)" draft
  sync_nothing
  ann send e1
  later 15m
  sync
  is "$(events)" "Ann|03-12 10:00|11:00|d|xia:none
Ann|03-13 10:00|11:00|Unsent|xia:none"
  ann attach e1
  later 15m
  before=$(crm_dump)
  sync
  is "$(crm_dump)" "$before"
  sync_nothing
}

@test "pipeline: notes come in once (O-027 C-047 C-048 C-049)" {
  e2e_fresh "$(world "$(MORE='{"body":"prep"}' meeting m ann 2025-03-12T10:00 xia@client.test)")"
  profile opencrm
  sync
  is "$(sql "select description from crm.events")" prep
  later 15m
  ann update m '"set":{"body":"our price: 10"}'
  sync
  is "$(sql "select description from crm.events")" prep
  sync_nothing
  later 15m
  sql "update crm.events set description = 'mine'"
  ann update m '"set":{"subject":"M"}'
  sync
  is "$(sql "select subject, description from crm.events")" "M|mine"
  sync_nothing
  # With always a change of the text goes over; what differed before is a matter of the conflict key.
  later 15m
  ann update m '"set":{"body":"final"}'
  sync --set description.mode=always --set conflict.events=graph
  is "$(sql "select description from crm.events")" final
  sync_nothing --set description.mode=always --set conflict.events=graph
}

@test "pipeline: cancelled in Outlook, deleted in the CRM (C-055)" {
  e2e_fresh "$(world "$(meeting e1 ann 2025-03-12T10:00 xia@client.test bob@firm.test)")"
  profile smartcloud 'category.write = none'
  sync
  is "$(subjects)" e1
  later 15m
  ann cancel e1
  sync
  is "$(subjects)" ""
  is "$(ops)" "crm.delete done"
  sync_nothing
}

@test "pipeline: the window slides (C-016 C-017 C-018 C-019 U12 U19)" {
  e2e_fresh "$(world "$(meeting early ann 2025-02-24T08:59 xia@client.test)" "$(meeting first ann 2025-02-24T09:00 xia@client.test)" \
    "$(MORE='{"zone":"UTC"}' meeting last ann 2025-05-09T09:00 xia@client.test)" "$(MORE='{"zone":"UTC"}' meeting beyond ann 2025-05-10T09:00 xia@client.test)" \
    "$(MORE='{"zone":"UTC","categories":["Salesforce"]}' meeting marked ann 2025-05-10T09:00 xia@client.test)")"
  profile smartcloud 'category.write = none'
  sync
  is "$(subjects)" "first last"
  is "$(reasons)" "window_future window_future window_past"
  sync_nothing
  clock 2025-03-11T09:00:00Z
  sync
  is "$(subjects)" "beyond first last marked"
  # It ended at ten on 24 February, and stops two weeks later.
  clock 2025-03-10T10:00:00Z
  sync_nothing
  clock 2025-03-11T10:00:01Z
  sync
  is "$(sql "select sync_status from crm.events where subject = 'first'")" Inactive
  ann update first '"set":{"subject":"Too late"}'
  later 15m
  sync
  is "$(subjects)" "beyond first last marked"
  sync_nothing
}

@test "pipeline: a series is one event with its exceptions (S-024 C-034 C-035 C-036 U2)" {
  e2e_fresh "$(world "$(MORE='{"subject":"Gym","recurrence":{"pattern":{"type":"weekly","daysOfWeek":["tuesday"]},"range":{"type":"noEnd"}}}' meeting gym ann 2025-03-11T18:00)")"
  profile salesexec
  sync
  is "$(sql "select subject, recurring, recurrence_rule, series_kind, to_char(starts_at at time zone 'UTC', 'MM-DD HH24:MI') from crm.events")" "Gym|t|FREQ=WEEKLY;BYDAY=TU;WKST=SU|master|03-11 18:00"
  sync_nothing
  later 15m
  ann edit-occurrence gym '"occurrence":"2025-03-18","set":{"start":"2025-03-19T18:00","end":"2025-03-19T19:00"}'
  sync
  is "$(sql "select series_kind, original_date, to_char(starts_at at time zone 'UTC', 'MM-DD HH24:MI') from crm.events order by starts_at")" "master||03-11 18:00
exception|2025-03-18|03-19 18:00"
  sync_nothing
}

@test "pipeline: expand takes no notice of what happens to one date (O-020)" {
  e2e_fresh "$(world "$(MORE='{"subject":"Jour","recurrence":{"pattern":{"type":"weekly","daysOfWeek":["wednesday"]},"range":{"type":"numbered","numberOfOccurrences":4}}}' meeting jour ann 2025-03-12T09:00 bob@firm.test)")"
  profile opencrm
  sync
  is "$(events)" "Ann|03-12 09:00|10:00|Jour|bob:none
Ann|03-19 09:00|10:00|Jour|bob:none
Ann|03-26 09:00|10:00|Jour|bob:none
Ann|04-02 08:00|09:00|Jour|bob:none"
  later 15m
  ann edit-occurrence jour '"occurrence":"2025-03-19","set":{"start":"2025-03-20T09:00","end":"2025-03-20T10:00","attendees":["bob@firm.test","cy@firm.test"]}'
  before=$(crm_dump)
  sync
  is "$(crm_dump)" "$before"
  sync_nothing
}
