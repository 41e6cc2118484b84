# Series that are worked out from their master, both ways, each told twice: the second
# time in the worst modes and the paranoid model, with an apply that breaks off before every run.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

twice() {
  strict "$1"
  echo "again, in the worst modes and the paranoid model, after runs that break off"
  E2E_BREAK=1
  worst paranoid "$1"
}
series() { MORE="{$(weekly 4 wednesday),\"subject\":\"Weekly\"}" meeting s ann 2025-03-12T09:00 bob@firm.test; }
on_day() { clerk "update crm.events set deleted = true where subject = 'Weekly' and to_char(starts_at at time zone 'UTC', 'MM-DD') in ($1)"; }

# The part of SC-55 that this is about: dates that the CRM deletes.
deleted() {
  begin "$(world "$(series)")" opencrm
  is "$(starts)" "03-12 09:00 03-19 09:00 03-26 09:00 04-02 08:00"
  # One date: it stays in Outlook, and is not made again.
  on_day "'03-26'"
  turn
  wrote_nothing
  ann update s '"set":{"location":"Hall"}'
  turn
  wrote_nothing
  is "$(starts)" "03-12 09:00 03-19 09:00 04-02 08:00"
  # All but one: the same.
  on_day "'03-12', '03-19'"
  turn
  wrote_nothing
  is "$(box ann | wc -l)" 1
  # The last one: the series goes, with one cancellation.
  on_day "'04-02'"
  turn
  is "$(writes)" "DELETE ann Weekly"
  is "$(mails)" "cancellation bob Weekly"
  is "$(box ann)$(box bob)" ""
  is "$(live)" 0
  mails_foreseen
}
@test "scenario: O-026 of an expanded series that loses dates in the CRM, the rest stays until the last" { twice deleted; }

in_bulk() {
  begin "$(world "$(series)")" opencrm
  # A date of its own, with one guest more.
  ann edit-occurrence s '"occurrence":"2025-03-19","set":{"start":"2025-03-20T09:00","end":"2025-03-20T10:00","attendees":["bob@firm.test","cy@firm.test"]}'
  turn
  wrote_nothing
  clerk "update crm.events set deleted = true where subject = 'Weekly'"
  turn
  is "$(writes)" "DELETE ann Weekly"
  is "$(mails)" "cancellation bob Weekly"
  is "$(box ann)$(box bob)" ""
  is "$(live)" 0
  is "$(sql "select state, count(*) from calsync.meeting group by 1")" "ended|4"
  mails_foreseen
}
# The dates that are like the master went before; what is left are dates of their own,
# one with a guest more, one with another one.
exceptions_left() {
  begin "$(world "$(series)")" opencrm
  ann edit-occurrence s '"occurrence":"2025-03-19","set":{"start":"2025-03-20T09:00","end":"2025-03-20T10:00","attendees":["bob@firm.test","cy@firm.test"]}'
  ann edit-occurrence s '"occurrence":"2025-03-26","set":{"start":"2025-03-27T09:00","end":"2025-03-27T10:00","attendees":["dee@firm.test"]}'
  turn
  on_day "'03-12', '03-19', '04-02'"
  turn
  wrote_nothing
  clerk "update crm.events set deleted = true where subject = 'Weekly'"
  E2E_AT_MOST=1 turn
  is "$(writes)" "DELETE ann Weekly"
  is "$(mails | sort -u | grep -c ' bob ')" 1
  is "$(box ann)$(box bob)" ""
  is "$(live)" 0
  is "$(sql "select state, count(*) from calsync.meeting group by 1")" "ended|4"
  mails_foreseen
}
held_in_bulk() {
  begin "$(world "$(series)")" opencrm 'mail.allow = none'
  clerk "update crm.events set deleted = true where subject = 'Weekly'"
  turn
  wrote_nothing
  is "$(sql "select op, reason, mail from calsync.held")" "graph.delete|mail_held|{bob@firm.test}"
  is "$(sql "select state, count(*) from calsync.meeting group by 1")" "active|4"
  turn
  wrote_nothing
  is "$(logged "kind <> 'problem'")" ""
  sql "select calsync.admin_release(id) from calsync.held" >/dev/null
  turn
  is "$(writes)" "DELETE ann Weekly"
  is "$(mails)" "cancellation bob Weekly"
  is "$(sql "select state, count(*) from calsync.meeting group by 1")" "ended|4"
  is "$(sql "select count(*) from calsync.held")" 0
}
@test "scenario: O-080 all dates of a series are deleted in the CRM at once: one delete of the master" {
  twice in_bulk
  E2E_BREAK=''
  twice exceptions_left
  E2E_BREAK=''
  twice held_in_bulk
}

replaced() {
  begin "$(world "$(series)")" opencrm 'delete.to_crm = delete'
  is "$(starts)" "03-12 09:00 03-19 09:00 03-26 09:00 04-02 08:00"
  ann delete s
  ann create - "\"event\":$(MORE="{$(weekly 3 thursday),\"subject\":\"Weekly\"}" meeting t ann 2025-03-13T11:00 bob@firm.test)"
  turn
  wrote_nothing
  is "$(starts)" "03-13 11:00 03-20 11:00 03-27 11:00"
  is "$(sql "select state, count(*) from calsync.meeting group by 1 order by 1")" "active|3
ended|4"
  # Changed as a whole: the dates that it no longer has go, the new ones come.
  ann update t "\"set\":{$(weekly 3 friday),\"start\":\"2025-03-14T11:00\",\"end\":\"2025-03-14T12:00\"}"
  turn
  wrote_nothing
  is "$(starts)" "03-14 11:00 03-21 11:00 03-28 11:00"
}
@test "scenario: O-022 a series is replaced in Outlook: its activities go, those of the new one come" { twice replaced; }

cleared() {
  begin "$(world "$(MORE='{"subject":"Review"}' meeting e1 ann 2025-03-12T10:00 bob@firm.test)")" practifi 'internal.mode = sync' 'delete.to_crm = delete'
  ann delete e1
  turn
  wrote_nothing
  is "$(live)" 0
  # The guest puts away what is left of it: a tombstone loses its last copy.
  bob delete "$(sim "events?mailbox=bob@firm.test" | jq -r ".value[0].id")"
  turn
  wrote_nothing
  is "$(sql "select distinct state from calsync.copy")" gone
  is "$(sql "select count(*) from calsync.again")" 0
}
@test "scenario: a meeting was called off, and the guest clears his calendar: that is the end (U10)" { twice cleared; }

# SC-55 in its numbers: what happens to one date stays in Outlook, what is changed of
# the master reaches all four, the one that was moved too.
followed() {
  begin "$(world "$(series)")" opencrm
  is "$(starts)" "03-12 09:00 03-19 09:00 03-26 09:00 04-02 08:00"
  ann edit-occurrence s '"occurrence":"2025-03-19","set":{"start":"2025-03-20T09:00","end":"2025-03-20T10:00","attendees":["bob@firm.test","cy@firm.test"]}'
  turn
  wrote_nothing
  is "$(logged "kind = 'op' and code like 'crm.%'")" ""
  is "$(events | cut -d'|' -f2,5)" "$(printf '%s|bob:none\n' "03-12 09:00" "03-19 09:00" "03-26 09:00" "04-02 08:00")"
  ann update s '"set":{"subject":"Renamed"}'
  turn
  wrote_nothing
  is "$(logged "kind = 'op' and code like 'crm.%'")" "crm.update crm.update crm.update crm.update"
  is "$(events | cut -d'|' -f2,4,5)" "$(printf '%s|Renamed|bob:none\n' "03-12 09:00" "03-19 09:00" "03-26 09:00" "04-02 08:00")"
  clerk "update crm.events set deleted = true where to_char(starts_at at time zone 'UTC', 'MM-DD') = '03-26'"
  turn
  wrote_nothing
  is "$(live)" 3
  clerk "update crm.events set deleted = true where not deleted"
  turn
  is "$(writes)" "DELETE ann Renamed"
  # Who is on the master is told, once; Cy was on one date of it only, and is not.
  is "$(mails)" "cancellation bob Renamed"
  is "$(live)$(box ann)" 0
  mails_foreseen
}
@test "scenario: SC-55 O-020 O-021 a moved date follows its master, and nothing else" { twice followed; }

# What the organizer changes of the whole reaches every date of it.
whole() {
  begin "$(world "$(series)")" opencrm
  ann update s '"set":{"subject":"Renamed","location":"Hall"}'
  turn
  wrote_nothing
  is "$(sql "select count(*), min(subject), max(subject), min(location), max(location) from crm.events where not deleted")" "4|Renamed|Renamed|Hall|Hall"
  is "$(starts)" "03-12 09:00 03-19 09:00 03-26 09:00 04-02 08:00"
  is "$(logged "kind = 'op' and code like 'crm.%'")" "crm.update crm.update crm.update crm.update"
  ann update s '"set":{"attendees":["bob@firm.test","cy@firm.test"]}'
  turn
  wrote_nothing
  is "$(events | cut -d'|' -f5 | sort -u)" "bob:none cy:none"
  # One date is edited in the CRM: that makes an exception of it in Outlook, which is
  # nothing that its master said.
  clerk "update crm.events set subject = 'Mine' where starts_at = '2025-03-26T09:00Z'"
  turn
  is "$(writes)" "PATCH ann Renamed subject"
  is "$(crm_has Mine "to_char(starts_at at time zone 'UTC', 'MM-DD')")" 03-26
  ann update s '"set":{"location":"Cafe"}'
  turn
  wrote_nothing
  is "$(sql "select string_agg(subject || ' ' || location, ', ' order by starts_at) from crm.events where not deleted")" "Renamed Cafe, Renamed Cafe, Mine Cafe, Renamed Cafe"
  # And what the master says anew of that holds for each date.
  ann update s '"set":{"subject":"Anew"}'
  turn
  wrote_nothing
  is "$(sql "select string_agg(subject, ' ' order by starts_at) from crm.events where not deleted")" "Anew Anew Anew Anew"
  # An edit that is taken back is taken back in Outlook too.
  clerk "update crm.events set subject = 'Once' where starts_at = '2025-03-19T09:00Z'"
  turn
  is "$(writes)" "PATCH ann Anew subject"
  clerk "update crm.events set subject = 'Anew' where starts_at = '2025-03-19T09:00Z'"
  turn
  is "$(writes)" "PATCH ann Once subject"
  is "$(sql "select string_agg(subject, ' ' order by starts_at) from crm.events where not deleted")" "Anew Anew Anew Anew"
  # Several dates go out together, though each write gives the others another etag.
  clerk "update crm.events set subject = 'Both' where starts_at in ('2025-03-26T09:00Z', '2025-04-02T08:00Z')"
  turn
  is "$(writes | grep -v ' 4[01][29]$')" "PATCH ann Anew subject
PATCH ann Anew subject"
  is "$(sql "select string_agg(subject, ' ' order by starts_at) from crm.events where not deleted")" "Anew Anew Both Both"
}
@test "scenario: of an expanded series, what is changed of the whole reaches each of its dates" { twice whole; }

# SC-55, "Instead": the series goes in Outlook, and the CRM's dates bring it back.
instead() {
  begin "$(world "$(series)")" opencrm
  is "$(starts)" "03-12 09:00 03-19 09:00 03-26 09:00 04-02 08:00"
  ann edit-occurrence s '"occurrence":"2025-03-19","set":{"start":"2025-03-20T09:00","end":"2025-03-20T10:00","attendees":["bob@firm.test","cy@firm.test"]}'
  turn
  ann update s '"set":{"subject":"Renamed"}'
  turn
  is "$(events | cut -d'|' -f2,4 | sort -u | wc -l)" 4
  ids=$(sql "select string_agg(event_id::text, ' ' order by starts_at) from crm.events where not deleted")
  ann delete s
  later 15m
  sync
  is "$(writes)" "POST ann Renamed [bob]"
  is "$(mails)" "invitation bob Renamed"
  is "$(posted | jq -c '[.recurrence.pattern.type, .recurrence.range.numberOfOccurrences, .start.dateTime[:16], .start.timeZone]')" '["weekly",4,"2025-03-12T09:00","GMT Standard Time"]'
  nothing_more
  is "$(starts)" "03-12 09:00 03-19 09:00 03-26 09:00 04-02 08:00"
  is "$(sql "select string_agg(event_id::text, ' ' order by starts_at) from crm.events where not deleted")" "$ids"
  is "$(sql "select m.state, count(distinct m.crm_id), count(*) from calsync.meeting m join calsync.copy c on c.meeting = m.id where c.account = 1 and c.state = 'present' group by 1")" "active|4|4"
  is "$(box ann | wc -l)" 1
  # It is one like the one before: what is changed of the whole reaches each date.
  later 15m
  key=$(sim "events?mailbox=ann@firm.test" | jq -r '.value[0].key // .value[0].id')
  ann update "$key" '"set":{"location":"Hall"}'
  turn
  wrote_nothing
  is "$(sql "select string_agg(distinct location, ' ') || count(*) from crm.events where not deleted")" "Hall4"
  mails_foreseen
}
# Nobody may be mailed: it is held, and comes when it is released.  A date that the CRM
# has deleted stays in Outlook and out of the CRM (O-026).
instead_held() {
  begin "$(world "$(series)")" opencrm 'mail.allow = none'
  on_day "'03-26'"
  turn
  wrote_nothing
  ann delete s
  turn
  wrote_nothing
  is "$(sql "select op, reason, mail from calsync.held")" "graph.create|mail_held|{bob@firm.test}"
  later 15m
  sync_nothing
  is "$(sql "select count(*) from calsync.held")" 1
  clerk "update crm.events set location = 'Cafe' where starts_at = '2025-04-02T08:00Z'"
  turn
  wrote_nothing
  sql "select calsync.admin_release(id) from calsync.held" >/dev/null
  turn
  is "$(writes)" "POST ann Weekly [bob]"
  is "$(mails)" "invitation bob Weekly"
  is "$(starts)" "03-12 09:00 03-19 09:00 04-02 08:00"
  is "$(sql "select state, count(*) from calsync.meeting where original_date <> '' group by 1 order by 1")" "active|3
ended|1"
  # What the CRM has changed of one date meanwhile is that date's, and is asked about.
  is "$(crm_has Weekly "string_agg(coalesce(location, ''), ',' order by starts_at)")" ",,Cafe"
  is "$(sql "select op, reason, fields from calsync.held")" "graph.update|mail_held|{location}"
}
# A series that has been running for long: its first dates are out of the window, and
# whoever is on it is invited to what is to come.
instead_running() {
  begin "$(world "$(MORE="{$(weekly 20 wednesday),\"subject\":\"Weekly\"}" meeting s ann 2025-03-12T09:00 bob@firm.test)")" opencrm
  later 70d
  sync
  ann delete s
  later 15m
  sync
  is "$(writes)" "POST ann Weekly [bob]"
  is "$(mails)" "invitation bob Weekly"
  nothing_more
  is "$(sql "select state, count(*) from calsync.meeting where original_date <> '' group by 1 order by 1")" "active|19
inactive|1"
  is "$(live)" 20
}
@test "scenario: SC-55 O-023 O-024 an expanded series is deleted in Outlook: one POST makes it again, and its dates are linked to the new ones" {
  twice instead
  E2E_BREAK=''
  twice instead_held
  E2E_BREAK=1
  strict instead_running
}
