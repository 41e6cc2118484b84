# Policy key calendars: which calendars of a mailbox are read beside the default one.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

# Ann's calendars, as JSON of a world: her own, one that nobody can write, and Dee's.
boxes() { # CALENDAR-JSON ...: beside Calendar
  printf '%s\n' '"Calendar"' "$@" | jq -cs '{users: [{upn: "ann@firm.test", name: "Ann", zone: "Europe/London", calendars: .},
    {upn: "bob@firm.test", name: "Bob", zone: "Europe/London"}, {upn: "dee@firm.test", name: "Dee", zone: "Europe/London"}]}'
}
with_events() { jq -cs '.[0] + {events: .[1:]}' <(echo "$1") <(printf '%s\n' "${@:2}"); } # WORLD EVENT ...
in_second() { MORE="{\"calendar\":\"Second\"${MORE:+,$MORE}}" meeting "$@"; }
second() { sql "select distinct calendar from calsync.cursor where calendar <> ''"; }
# Events by the calendar that their copy is noted in: "a: b:Second".
lie() {
  sql "select string_agg(e.subject || ':' || case when c.calendar = '' then '' when k.shared then 'shared' else 'other' end, ' ' order by e.subject, c.account)
    from calsync.copy c join calsync.meeting m on m.id = c.meeting join crm.events e on e.event_id::text = m.crm_id
      left join calsync.cursor k on k.account = c.account and k.calendar = c.calendar
    where c.state = 'present' and not e.deleted"
}
sections() { jq -r 'select(.type == "mailbox") | "\(.mailbox | sub("@.*"; ""))\(if .calendar == "" then "" else "+" end)\(if .gone then " gone" elif .rests then " rests" else "" end)\(if .shared then " shared" else "" end)"' "$E2E_TEE/fetch.ndjson" | sort | paste -sd ' '; }

@test "scenario: calendars=own: each has its own round; moved, cut off, deleted with its calendar (P-057 P-058 L2 F173)" {
  e2e_fresh "$(with_events "$(boxes '"Second"' '{"name":"Holidays","canEdit":false}' '{"name":"Dee","shares":"dee@firm.test"}')" \
    "$(meeting a ann 2025-03-12T10:00 xia@client.test)" "$(in_second b ann 2025-03-12T11:00 xia@client.test)" \
    "$(MORE='{"calendar":"Holidays"}' meeting h ann 2025-03-12T12:00 xia@client.test)" "$(meeting d dee 2025-03-12T13:00 xia@client.test)" \
    "$(in_second s ann 2025-03-13T09:00 xia@client.test | jq -c ". + {$(weekly 3 thursday)}")")"
  firm_policy 'calendars = own' 'recurring.mode = instances' 'delete.to_crm = delete'
  sync
  is "$(subjects)" "a b s s s"
  is "$(sections)" "ann ann+ bob"
  is "$(lie)" "a: b:other s:other s:other s:other"
  sync_nothing
  # Moved between calendars: the same event, in another place; nothing is made or removed.
  before=$(crm_dump)
  later 15m
  ann move a '"calendar":"Second"'
  ann move s '"calendar":"Calendar"'
  sync
  is "$(crm_dump)" "$before"
  is "$(lie)" "a:other b:other s: s: s:"
  sync_nothing
  # Moved and edited.
  later 15m
  ann move b '"calendar":"Calendar"'
  ann update b '"set":{"subject":"B"}'
  sync
  later 15m
  sync
  is "$(subjects)" "B a s s s"
  is "$(lie)" "B: a:other s: s: s:"
  sync_nothing
  # Deleted in the other calendar; and its round begins anew.
  later 15m
  act '{"as":"ann@firm.test","do":"create","event":'"$(in_second c ann 2025-03-14T11:00 xia@client.test)"'}'
  sync
  is "$(lie)" "B: a:other c:other s: s: s:"
  later 15m
  act '{"as":"ann@firm.test","do":"reset-sync"}'
  ann delete c
  sync
  is "$(subjects)" "B a s s s"
  sync_nothing
  # Deleted with its calendar: proved by id, in the run that follows.
  later 15m
  act '{"as":"ann@firm.test","do":"remove-calendar","calendar":"Second"}'
  sync
  is "$(sections)" "ann ann+ gone bob"
  is "$(subjects)" "B a s s s"
  is "$(second)" ""
  later 15m
  sync
  is "$(subjects)" "B s s s"
  is "$(sections)" "ann bob"
  sync_nothing
}

@test "scenario: calendars=shared: another's meeting is theirs, once; nothing is written through it, and access that ends takes nothing (P-058 L2)" {
  begin "$(with_events "$(boxes '"Second"' '{"name":"Bob","shares":"bob@firm.test"}' '{"name":"Dee","shares":"dee@firm.test","canEdit":false}')" \
    "$(meeting m bob 2025-03-12T10:00 xia@client.test)" "$(meeting d dee 2025-03-12T11:00 xia@client.test)" \
    "$(meeting e dee 2025-03-12T12:00 xia@client.test)" "$(in_second n ann 2025-03-12T13:00 xia@client.test)")" \
    'calendars = shared' "${both_ways[@]}" 'delete.to_crm = delete'
  is "$(sections)" "ann ann+ ann+ shared ann+ shared bob"
  is "$(events)" "Bob|03-12 10:00|11:00|m|xia:none
Ann|03-12 11:00|12:00|d|xia:none
Ann|03-12 12:00|13:00|e|xia:none
Ann|03-12 13:00|14:00|n|xia:none"
  is "$(lie)" "d:shared e:shared m:shared m: n:other"
  # What the CRM changes goes out where it lies, and through no other's calendar.
  crm_edit m "location = 'Hall'"
  crm_edit d "location = 'Hall'"
  crm_edit n "location = 'Hall'"
  crm_event p 2025-03-13T10:00Z 30 xia@client.test
  turn
  is "$(writes)" "PATCH ann n location
PATCH bob m location
POST ann p [xia]"
  is "$(reasons)" "not_organizer"
  is "$(sim "events?mailbox=ann@firm.test" | jq -r '.value[] | select(.subject == "p" or .subject == "n") | "\(.subject):\(.calendar)"' | sort | paste -sd ' ')" "n:Second p:Calendar"
  # Theirs ends it; the copy of another's calendar that is gone is that copy's end only.
  bob delete m
  later 15m
  sync
  later 15m
  sync
  is "$(subjects)" "d e n p"
  # Of who does not sync the last copy goes, the CRM keeps the event, and nothing is left to do.
  act '{"as":"dee@firm.test","do":"delete","event":"e"}'
  turn
  is "$(ops)" "link.end done"
  is "$(subjects)" "d e n p"
  is "$(sql "select count(*) from calsync.again")" 0
  # Access ends: that says nothing about the events.
  act '{"as":"ann@firm.test","do":"remove-calendar","calendar":"Dee"}'
  later 15m
  sync
  is "$(sections)" "ann ann+ ann+ gone ann+ shared bob"
  is "$(subjects)" "d e n p"
  turn
  is "$(sections)" "ann ann+ ann+ shared bob"
  is "$(subjects)" "d e n p"
  # Policy wants less: what was read rests, and comes again when it is wanted.
  out_policy 'calendars = default' "${both_ways[@]}" 'delete.to_crm = delete'
  later 15m
  sync
  is "$(sections)" "ann ann+ rests ann+ rests bob"
  turn
  is "$(sections)" "ann bob"
  is "$(subjects)" "d e n p"
  ann update n '"set":{"subject":"n2"}'
  out_policy 'calendars = own' "${both_ways[@]}" 'delete.to_crm = delete'
  turn
  is "$(subjects)" "d e n2 p"
  # Who signs in by themselves lets nobody into another's calendar (S-003).
  out_policy 'calendars = shared' 'auth = delegated'
  sync_ends 78
  grep -q 'calendars = shared: who signs in by themselves (auth = delegated) gives no access' "$BATS_TEST_TMPDIR/ends"
}
