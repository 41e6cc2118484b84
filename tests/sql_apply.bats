# The functions of docs/stream.md section 8 that write: pages and cursors, also two at once.
load sql

event() { is "select ${2:-subject} from crm.events where event_id = $1" "$3"; }

@test "apply: an update in the name of somebody who is no user is refused, and not said to be done" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1')))" >/dev/null
  is "select t.page(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"owner\":\"999\",\"set\":{\"subject\":\"Z\"}}')))" 'A=failed 23503'
  is "select e.subject, e.assigned_to, m.owner, m.version from crm.events e, calsync.meeting m" 'Review|1|1|1'
}

@test "apply: a create makes event, key, link, copy and both bases, and settles the item" {
  ask "insert into calsync.again values (1, 'A', '', 'moved', t.now()::timestamptz, 3, t.now()::timestamptz);
       select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('A', 'unmatched', '{\"waits\":[\"w\"]}'))))"
  [ "$(ask "select result from calsync.apply_page(t.doc(1, jsonb_build_array(t.create('A', 'U1', jsonb_build_object(
      'attendees', jsonb_build_object('add', jsonb_build_array(t.person('xia@client.test', 'contact', '7')))))))) ")" = \
    '{"type":"result","op":"crm.create","id":"A","meeting":1,"crm_id":"1","outcome":"done","why":{"rule": "create", "policy": "unmatched.mode = skip", "evidence": "matched"}}' ]
  is "select uid, crm_id, owner, state, version, rank, made_run, base_graph, base_crm::json ->> 'subject', base_crm::json #>> '{attendees,0,id}', base_crm::jsonb ? 'body', base_crm::jsonb ? 'owner' or base_crm::jsonb ? 'modified' from calsync.meeting" 'U1|1|1|active|1|0|r1|{"subject": "Review"}|Review|7|f|f'
  is "select account, id, meeting, etag, digest, role, state, starts from calsync.copy" '1|A|1|W/1|d-A|organizer|present|2026-11-24 09:00:00+00'
  is "select external_id, assigned_to, source, sync_status, time_zone from crm.events" 'U1|1|sync|Active|Europe/Berlin'
  is "select (select count(*) from calsync.seen), (select count(*) from calsync.seen where waits is not null), (select count(*) from calsync.again)" '0|0|0'
  is "select kind, code, outcome, rule, evidence, error from calsync.log order by id desc limit 1" 'op|crm.create|done|create|matched|f'
}

@test "apply: the CRM can tell our writes from those of people, and only those" {
  ask "create table crm.by (origin text); create function crm.note() returns trigger language plpgsql as \$\$ begin insert into crm.by values (current_setting('calsync.origin', true)); return null; end \$\$; create trigger note after insert or update on crm.events for each row execute function crm.note()"
  ask "set local calsync.origin = 'import'; select t.page(1, jsonb_build_array(t.create('A', 'U1'))); update crm.events set subject = 'x'" >/dev/null
  is "select string_agg(origin, ' ') from crm.by" 'sync import'
}

@test "apply: a create whose key exists joins; copies of two mailboxes are one event (C-003, F154)" {
  one A U1
  is "select t.page(2, jsonb_build_array(t.create('B', 'U1', jsonb_build_object('rank', 2, 'owner', '2', 'set', '{\"subject\":\"Other\"}'::jsonb, 'copy', t.copy('B', 'attendee')))))" 'B=joined'
  event 1 'subject, assigned_to' 'Review|1'
  is "select string_agg(account || id || meeting || digest, ' ' order by account), (select count(*) from crm.events), (select version from calsync.meeting) from calsync.copy" '1A1d-A 2B1d-B|1|1'
  is "select t.page(2, jsonb_build_array(t.create('C', 'U9'), t.create('D', 'U9', '{\"set\":{\"subject\":\"twice\"}}')))" 'C=done D=joined'
  event 2 subject Review
  # Other slots and other dates are other meetings.
  is "select t.page(2, jsonb_build_array(t.create('E', 'U1', '{\"owner\":\"2\",\"key\":{\"uid\":\"U1\",\"original_date\":\"\",\"slot\":\"2\"}}'), t.create('F', 'U1', '{\"key\":{\"uid\":\"U1\",\"original_date\":\"2026-12-01\",\"slot\":\"\"}}')))" 'E=done F=done'
}

@test "apply: whoever ranks lower in the same run takes over owner, content and people, in any order (L6)" {
  local order
  a="1, jsonb_build_array(t.create('A', 'U1', jsonb_build_object('owner', '1', 'rank', 0, 'set', '{\"subject\":\"Ann\"}'::jsonb, 'attendees', jsonb_build_object('add', jsonb_build_array(t.person('xia@client.test', 'contact', '7'), t.person('bob@firm.test', 'user', '2'))), 'rooms', '{\"add\":[{\"resource\":\"1\"}]}'::jsonb)))"
  b="2, jsonb_build_array(t.create('B', 'U1', jsonb_build_object('owner', '2', 'rank', 2, 'set', '{\"subject\":\"Bob\"}'::jsonb, 'attendees', jsonb_build_object('add', jsonb_build_array(t.person('leo@vendor.test', 'lead', '9'), t.person('bob@firm.test', 'user', '2'))), 'rooms', '{\"add\":[{\"resource\":\"4\"}]}'::jsonb, 'copy', t.copy('B', 'attendee'))))"
  c="3, jsonb_build_array(t.create('C', 'U1', jsonb_build_object('owner', '3', 'rank', 3, 'set', '{\"subject\":\"Cyd\"}'::jsonb, 'copy', t.copy('C', 'attendee'))))"
  for order in "$a~$b~$c" "$c~$b~$a" "$b~$a~$c" "$c~$a~$b" "$b~$c~$a" "$a~$c~$b"; do
    local pages=() p
    IFS='~' read -ra pages <<<"$order"
    ask 'savepoint start'
    for p in "${pages[@]}"; do ask "select t.page($p)" >>"$BATS_TEST_TMPDIR/outcomes"; done
    is "select e.subject, e.assigned_to, m.owner, m.rank, m.base_crm::json ->> 'subject', (select string_agg(email, ' ' order by email) from crm.event_attendees), (select count(*) from crm.events), (select string_agg(id || role, ' ' order by id) from calsync.copy), (select count(*) from calsync.again) from calsync.meeting m join crm.events e on e.event_id::text = m.crm_id" \
      'Ann|1|1|0|Ann|board@firm.test bob@firm.test xia@client.test|1|Aorganizer Battendee Cattendee|0'
    ask 'rollback to start; alter sequence calsync.meeting_id restart; alter sequence crm.events_event_id_seq restart'
  done
  [ "$(sort "$BATS_TEST_TMPDIR/outcomes" | uniq -c | awk '{print $2 $1}' | paste -sd' ')" = 'A=done2 A=took_over4 B=done2 B=joined3 B=took_over1 C=done2 C=joined4' ]
}

@test "apply: a later run's joiner takes nothing over; its copy is read again if it decides" {
  ask "select t.page(2, jsonb_build_array(t.create('B', 'U1', jsonb_build_object('owner', '2', 'rank', 2, 'copy', t.copy('B', 'attendee')))))"
  is "select t.page(1, jsonb_build_array(t.create('A', 'U1', '{\"set\":{\"subject\":\"Ann\"}}')), '{\"run\":\"r2\"}')" 'A=joined'
  event 1 'subject, assigned_to' 'Review|2'
  is "select t.again(1), t.again(2)" 'A:deciding|'
  # Read again and unchanged: it settles, and does not come for ever.
  op 1 link.base A U1 "$(ask "select jsonb_build_object('base', '{\"graph\":{\"subject\":\"Ann\"}}'::jsonb, 'copy', t.copy('A'))")"
  is "select t.again(1)" ''
  op 1 link.copy A U1 "$(ask "select jsonb_build_object('copy', t.copy('A'))")"
  is "select t.again(1)" ''
}

@test "apply: when match has seen the meeting of the same run, owner and decider end the same (L6)" {
  ask "select t.page(2, jsonb_build_array(t.create('B', 'U1', jsonb_build_object('owner', '2', 'rank', 2, 'copy', t.copy('B', 'attendee')))))"
  op 1 link.copy A U1 "$(ask "select jsonb_build_object('copy', t.copy('A'))")"
  event 1 assigned_to 1
  is "select owner, rank, (select t.again(1)) from calsync.meeting" '1|0|A:deciding'
}

@test "apply: an update writes the named fields, moves bases and version; an op with an older state is moved (F130)" {
  one A U1
  stale=$(ask "select t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"Late\"}}')")
  op 1 crm.update A U1 "$(ask "select jsonb_build_object('set', '{\"subject\":\"New\"}'::jsonb, 'base', '{\"graph\":{\"subject\":\"New\"}}'::jsonb, 'copy', t.copy('A') || '{\"digest\":\"d2\"}')")"
  event 1 'subject, description' 'New|Agenda'
  is "select version, base_graph::json ->> 'subject', base_crm::json ->> 'subject', (select digest from calsync.copy) from calsync.meeting" '2|New|New|d2'
  is "select t.page(1, jsonb_build_array('$stale'::jsonb))" 'A=moved'
  event 1 subject New
  is "select t.again(1)" 'A:moved'
  # The CRM's state moved: a person edited it after match had read it.
  fresh=$(ask "select t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"Ours\"}}')")
  ask "update crm.events set location = 'Cafe'"
  is "select t.page(1, jsonb_build_array('$fresh'::jsonb))" 'A=moved'
  event 1 'subject, location' 'New|Cafe'
  is "select version, (select tries from calsync.again) from calsync.meeting" '2|2'
  # A mere touch is no change.
  fresh=$(ask "select t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"Ours\"}}')")
  ask "update crm.events set modified_by = 1"
  is "select t.page(1, jsonb_build_array('$fresh'::jsonb))" 'A=done'
  is "select count(*) from calsync.again" 0
  ask "delete from crm.events"
  is "select t.page(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"x\"},\"expect\":{\"version\":3,\"digest\":\"d\"}}'), t.op('crm.update', 'Z', 'U1', '{\"meeting\":99,\"expect\":{\"version\":1,\"digest\":null}}')))" 'A=moved Z=moved'
  is "select t.page(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"x\"},\"expect\":{\"version\":3,\"digest\":null}}')))" 'A=failed 02000'
}

@test "apply: of two ops on one meeting in a page the second is moved" {
  one A U1
  is "select t.page(1, jsonb_build_array(t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"1\"}}'), t.op('crm.update', 'A2', 'U1', '{\"set\":{\"subject\":\"2\"}}')))" 'A=done A2=moved'
  event 1 subject 1
}

@test "apply: what the CRM refuses fails alone, comes again later and later, and the rest is done (L5, F121)" {
  ask "alter table crm.events add check (subject <> 'bad')"
  ask "create function crm.no() returns trigger language plpgsql as \$\$ begin if new.subject = 'worse' then raise exception 'no'; end if; return new; end \$\$; create trigger no before insert on crm.events for each row execute function crm.no()"
  page="select t.page(1, jsonb_build_array(t.create('A', 'U1', '{\"set\":{\"subject\":\"bad\"}}'), t.create('B', 'U2'), t.create('C', 'U3', '{\"set\":{\"subject\":\"worse\"}}'), t.create('D', 'U4', '{\"set\":{\"end\":\"2026-01-01T00:00:00Z\"}}'), t.create('E', 'U5', '{\"owner\":\"x\"}'), t.create('F', 'U1'), t.create('G', 'U6')))"
  is "$page" 'A=failed 23514 B=done C=failed P0001 D=failed 23514 E=failed 22P02 F=moved G=done'
  is 'select string_agg(external_id, $$ $$ order by 1), (select string_agg(uid, $$ $$ order by uid) from calsync.meeting_key), (select count(*) from calsync.copy) from crm.events' 'U2 U6|U2 U6|2'
  is "select string_agg(id || reason || tries || to_char(due, 'HH24:MI'), ' ' order by id) from calsync.again" 'Acrm_error109:10 Ccrm_error109:10 Dcrm_error109:10 Ecrm_error109:10 Fmoved109:00'
  is "select string_agg(item || sqlstate, ' ' order by item), bool_and(evidence = 'matched') from calsync.errors" 'A23514 CP0001 D23514 E22P02|t'
  is "select t.page(1, jsonb_build_array(t.create('A', 'U1', '{\"set\":{\"subject\":\"bad\"}}')))" 'A=failed 23514'
  is "select tries, to_char(due, 'HH24:MI') from calsync.again where id = 'A'" '2|09:20'
  ask "alter table crm.events drop constraint events_subject_check"
  is "select t.page(1, jsonb_build_array(t.create('A', 'U1', '{\"set\":{\"subject\":\"bad\"}}')))" 'A=done'
  is "select count(*) from calsync.again where id = 'A'" 0
  is "select calsync.retry_delay(1), calsync.retry_delay(99)" '00:10:00|1 day'
}

@test "apply: trouble of the whole database is no fault of an item: nothing is written" {
  ask "create function crm.no() returns trigger language plpgsql as \$\$ begin raise exception 'x' using errcode = '53100'; end \$\$; create trigger no before insert on crm.events for each row execute function crm.no()"
  fails 53100 "select t.page(1, jsonb_build_array(t.create('A', 'U1')))"
  is 'select (select count(*) from calsync.meeting_key) + (select count(*) from calsync.again) + (select count(*) from calsync.log)' 0
}

@test "apply: an id or uid that fits no index is refused, not the page (L5)" {
  is "select replace(replace(t.page(1, jsonb_build_array(t.create(repeat('i', 3000), 'U1'), t.create('B', repeat('u', 3000)), t.create('C', 'U3')), jsonb_build_object('skips', jsonb_build_array(t.skip(repeat('s', 3000), 'unmatched')))), repeat('i', 3000), 'I'), 'u', 'u')" 'I=failed 54000 B=failed 54000 C=done'
  is 'select count(*) from calsync.again' 1
}

@test "apply: the end of a meeting: removed or marked in the CRM, a tombstone that nothing joins (U10)" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U2'), t.create('C', 'U3')))"
  ask "select t.page(2, jsonb_build_array(t.op('link.copy', 'A2', 'U1', jsonb_build_object('copy', t.copy('A2', 'attendee')))))"
  is "select t.page(1, jsonb_build_array(t.op('crm.delete', 'A', 'U1', '{\"how\":\"delete\"}'), t.op('crm.delete', 'B', 'U2', '{\"how\":\"mark\"}'), t.op('link.end', 'C', 'U3', '{\"why\":{\"rule\":\"unlinked\"}}')))" 'A=done B=done C=done'
  is "select string_agg(concat_ws(',', event_id, deleted, status, sync_status), ' ' order by event_id) from crm.events" '1,t,Planned,Inactive 2,f,Cancelled,Inactive 3,f,Planned,Inactive'
  is "select string_agg(concat_ws(',', state, version, ended), ' ' order by id) from calsync.meeting" 'ended,2,crm.delete ended,2,crm.delete ended,2,unlinked'
  is "select string_agg(concat_ws(',', id, state, coalesce(digest, '-')), ' ' order by id) from calsync.copy" 'A,gone,- A2,present,- B,gone,- C,present,-'
  is "select t.page(2, jsonb_build_array(t.create('A3', 'U1'), t.op('link.copy', 'A2', 'U1', jsonb_build_object('copy', t.copy('A2', 'attendee')))))" 'A3=moved A2=moved'
  is "select t.again(2), (select count(*) from crm.events where not deleted)" 'A2:moved A3:moved|2'
  is "select t.page(1, jsonb_build_array(t.op('link.end', 'C', 'U3', '{\"state\":\"inactive\"}')))" 'C=done'
}

@test "apply: past the window's end a link is inactive, and its copies stay known (P-085)" {
  one A U1
  op 1 link.end A U1 '{"state":"inactive"}'
  is 'select state, (select sync_status from crm.events), (select calsync.match_known(1, $${A}$$, $${d-A}$$)) from calsync.meeting' 'inactive|Inactive|1'
}

@test "apply: a copy that is gone leaves the meeting, the next one decides; the last one is not dropped (U6)" {
  one A U1
  ask "select t.page(2, jsonb_build_array(t.op('link.copy', 'B', 'U1', jsonb_build_object('copy', t.copy('B', 'attendee')))));
       select t.page(3, jsonb_build_array(t.op('link.copy', 'C', 'U1', jsonb_build_object('copy', t.copy('C', 'attendee')))))"
  is "select version, (select count(*) from calsync.again) from calsync.meeting" '1|0'
  # An attendee's copy decides nothing.
  [ "$(op 3 link.drop C U1)" = C=done ]
  is "select count(*) from calsync.again" 0
  [ "$(op 1 link.drop A U1)" = A=done ]
  is "select t.again(2)" B:deciding
  [ "$(op 2 link.drop B U1)" = B=moved ]
  is "select string_agg(id || state, ' ' order by id), (select state from calsync.meeting) from calsync.copy" 'Agone Bpresent Cgone|active'
}

@test "apply: two copies in one mailbox, both gone: the second does not leave the meeting without any" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U1')))"
  is "select t.page(1, jsonb_build_array(t.op('link.drop', 'A', 'U1'), t.op('link.drop', 'B', 'U1')))" 'A=done B=moved'
}

@test "apply: bases move without a write to the CRM (link.base)" {
  one A U1
  ask "update crm.events set subject = 'Hand'; update crm.events set modified_at = '2020-01-01'"
  ask "alter table crm.events disable trigger user; update crm.events set modified_at = '2020-01-01'"
  op 1 link.base A U1 '{"base":{"graph":{"subject":"G2"}},"copy":{"digest":"d9","role":"organizer"}}'
  is "select base_graph::json ->> 'subject', base_crm::json ->> 'subject', version, (select modified_at::date from crm.events), (select digest from calsync.copy) from calsync.meeting" 'G2|Hand|2|2020-01-01|d9'
}

@test "apply: what an update leaves pending stays a change of the CRM (U1)" {
  one A U1
  ask "update crm.events set subject = 'Hand', description = 'Hand', location = 'Hand'"
  op 1 crm.update A U1 '{"set":{"show_as":"free"},"pending":["subject","body"]}'
  is "select base_crm::json ->> 'subject', base_crm::json ->> 'body_digest' = calsync.text_digest('Agenda'), base_crm::json ->> 'location', base_crm::json ->> 'show_as' from calsync.meeting" 'Review|t|Hand|free'
}

@test "apply: what time or a contact may change in what is linked is looked at then (U12)" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1', '{\"due\":\"2026-12-01T00:00:00Z\",\"waits\":[\"w\"]}')))" >/dev/null
  is "select t.again(1), t.again(1, '2026-12-01T00:00:00Z'), (select waits from calsync.copy), (select count(*) from calsync.seen)" '|A:due|{w}|0'
  op 1 crm.update A U1 '{"set":{"subject":"x"},"due":null,"waits":[],"copy":{"digest":"d","role":"organizer"}}'
  is "select t.again(1, '2027-12-01T00:00:00Z'), (select count(*) from calsync.copy where waits is not null)" '|0'
}

@test "apply: a mark that is set anew makes another event; the tombstone stays (U10)" {
  one A U1
  ask "select t.page(2, jsonb_build_array(t.op('link.copy', 'B', 'U1', jsonb_build_object('copy', t.copy('B', 'attendee')))))"
  op 1 link.end A U1
  again="t.create('A', 'U1', jsonb_build_object('meeting', 1, 'expect', '{\"version\":2,\"digest\":null}'::jsonb"
  is "select t.page(1, jsonb_build_array($again, 'owner', 'x'))))" 'A=failed 22P02'
  is "select meeting from calsync.meeting_key" 1
  is "select t.page(1, jsonb_build_array(t.create('A', 'U1', '{\"meeting\":1,\"expect\":{\"version\":1}}')))" 'A=moved'
  is "select t.page(1, jsonb_build_array($again))))" 'A=done'
  is "select string_agg(state, ' ' order by id), (select string_agg((meeting = (select max(id) from calsync.meeting)) || id, ' ' order by id) from calsync.copy), (select meeting = (select max(id) from calsync.meeting) from calsync.meeting_key) from calsync.meeting" 'ended active|trueA trueB|t'
}

@test "apply: an end may set fields, notes are logged, silent skips are not (U21)" {
  one A U1
  op 1 link.end A U1 '{"set":{"sensitivity":"private"},"why":{"rule":"private","notes":["room_ambiguous"]}}'
  is 'select private, sync_status from crm.events' 't|Inactive'
  ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('S', 'series_master'), t.skip('T', 'removed'))))"
  is "select string_agg(kind || ':' || code, ' ' order by id) from calsync.log where id > 1" 'op:link.end problem:room_ambiguous'
}

@test "apply: a URL that the CRM has no room for is logged (P-096)" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1', jsonb_build_object('set', jsonb_build_object('online', jsonb_build_object('provider', 'teamsForBusiness', 'url', repeat('x', 300)))))))"
  is "select code, item, error from calsync.log where kind = 'problem'" 'url_too_long|A|f'
}

@test "apply: lost values are kept for the admin, of private events never (L8)" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U2', '{\"set\":{\"sensitivity\":\"private\"}}')))"
  for i in 'A U1' 'B U2'; do
    read -r id uid <<<"$i"
    op 1 crm.update "$id" "$uid" '{"set":{"subject":"G"},"lost":{"subject":"Hand"}}'
  done
  is "select meeting, field, side, value from calsync.conflicts" '1|subject|crm|"Hand"'
}

# Cursors ---------------------------------------------------------------------------

@test "cursor: moves only from where the section began, else nothing of the page is written (F119)" {
  is "select t.section(1, null, 'L1')" ''
  fails CS001 "select t.section(1, null, 'L9', jsonb_build_object('ops', jsonb_build_array(t.create('A', 'U1'))))"
  fails CS001 "select t.section(1, 'L0', 'L9')"
  is "select link, (select count(*) from calsync.meeting_key) from calsync.cursor" 'L1|0'
  is "select first from calsync.account where id = 1" t
  is "select t.section(1, 'L1', 'L2', '{\"outward\":true}')" ''
  is "select link, committed, (select first::text || due_now || last_read::text from calsync.account where id = 1) from calsync.cursor" 'L2|2026-11-21 09:00:00+00|falsefalse2026-11-21 09:00:00+00'
  fails CS001 "select t.section(2, 'L1', 'L2')"
}

@test "cursor: the last change is when something was written, not when the mailbox was read (I-050)" {
  ask "select t.section(1, null, 'L1', jsonb_build_object('ops', jsonb_build_array(t.create('A', 'U1'))))" >/dev/null
  ask "select t.section(1, 'L1', 'L2', '{\"now\":\"2026-11-21T10:00:00Z\"}')"
  is "select to_char(last_read, 'HH24'), to_char(last_change, 'HH24') from calsync.account where id = 1" '10|09'
}

@test "cursor: a page mark keeps the delta link of the same window, drops that of another one" {
  mark() { jq -nc --arg r "$1" --arg s "$2" '{resume:$r,round:"2026-11-21T09:00:00Z",window:{start:$s,end:"2027-11-22T00:00:00Z"}}'; }
  m1=$(mark R1 2026-10-22T00:00:00Z) m2=$(mark R2 2026-01-01T00:00:00Z)
  ask "select t.section(1, null, 'L1', '{\"outward\":true}')"
  ask "select t.page(1, '[]', jsonb_build_object('cursor', jsonb_build_object('from', t.cursor('L1'), 'to', '$m1'::jsonb, 'complete', false)))"
  is 'select link, resume, (select first from calsync.account where id = 1) from calsync.cursor' 'L1|R1|f'
  ask "select t.page(1, '[]', jsonb_build_object('cursor', jsonb_build_object('from', '$m1'::jsonb, 'to', '$m2'::jsonb, 'complete', false)))"
  is 'select link, resume, window_start from calsync.cursor' '|R2|2026-01-01 00:00:00+00'
  fails CS001 "select t.page(1, '[]', jsonb_build_object('cursor', jsonb_build_object('from', '$m1'::jsonb, 'to', '$m2'::jsonb, 'complete', false)))"
  ask "select t.page(1, '[]', jsonb_build_object('cursor', jsonb_build_object('from', '$m2'::jsonb, 'to', t.cursor('L3'), 'complete', true)))"
  is 'select link, resume from calsync.cursor' 'L3|'
  # The first mark of a mailbox that was never read.
  ask "select t.page(2, '[]', jsonb_build_object('cursor', jsonb_build_object('from', null, 'to', '$m1'::jsonb, 'complete', false), 'outward', true))"
  is 'select first, last_read is null, due_now from calsync.account where id = 2' 't|t|t'
}

# Two at once ------------------------------------------------------------------------

@test "two connections on the same keys: one meeting, whoever comes first (L6, F154)" {
  own
  a="select t.page(1, jsonb_build_array(t.create('A1', 'U1'), t.create('A2', 'U2')))"
  b="select t.page(2, jsonb_build_array(t.create('B2', 'U2', '{\"rank\":2,\"owner\":\"2\"}'), t.create('B1', 'U1', '{\"rank\":2,\"owner\":\"2\"}')))"
  at_once "$a" "$b"
  [ "$(cat "$BATS_TEST_TMPDIR/second")" = 'B2=joined B1=joined' ]
  is "select count(*), min(assigned_to), max(assigned_to), (select count(*) from calsync.copy) from crm.events" '2|1|1|4'
  ask 'truncate crm.events cascade; truncate calsync.meeting, calsync.meeting_key, calsync.copy, calsync.again'
  at_once "$b" "$a"
  [ "$(cat "$BATS_TEST_TMPDIR/second")" = 'A1=took_over A2=took_over' ]
  is "select count(*), min(assigned_to), max(assigned_to), (select count(*) from calsync.copy) from crm.events" '2|1|1|4'
}

@test "two connections: an update that waited for another one is moved, not lost (F130)" {
  own
  one A U1
  up() { ask "select 'select t.page($1, jsonb_build_array(' || quote_literal(t.op('crm.update', 'A', 'U1', '{\"set\":{\"subject\":\"$2\"}}')) || '::jsonb))'"; }
  first=$(up 1 first) second=$(up 2 second)
  at_once "$first" "$second"
  [ "$(cat "$BATS_TEST_TMPDIR/second")" = 'A=moved' ]
  event 1 subject first
}

@test "two connections: an account is worked on by one of them" {
  own
  is 'select calsync.apply_lock(1)' t
  [ "$(sql 'select calsync.apply_lock(1), calsync.apply_lock(2)')" = 'f|t' ]
  ask 'select calsync.apply_unlock(1)' >/dev/null
  [ "$(sql 'select calsync.apply_lock(1)')" = t ]
}

@test "apply: an op of the CRM alone, which has no id in Graph, has a result like any other (L5)" {
  [ "$(sql "select r ->> 'outcome', (r -> 'id')::text from calsync.result_line(jsonb_populate_record(null::calsync.work, '{\"op\":\"link.end\",\"outcome\":\"moved\"}'), '{}') r")" = "moved|null" ]
}

# What turned into the first date of a series, as an op of account 1.
turned() { # OP ID UID DATE FORMER [MORE]
  ask "select t.op('$1', '$2', '$3', jsonb_build_object('key', '{\"uid\":\"$3\",\"original_date\":\"$4\",\"slot\":\"\"}'::jsonb, 'former', '$5', 'set', '{\"subject\":\"Weekly\"}'::jsonb, 'copy', t.copy('$2') || '{\"master\":\"$5\",\"original_date\":\"$4\"}') || '${6:-{\}}')"
}
links='select string_agg(concat_ws($$ $$, k.uid || k.original_date, m.crm_id, m.version, (select string_agg(c.id || c.state, $$,$$ order by c.id) from calsync.copy c where c.meeting = m.id)), $$|$$ order by k.uid, k.original_date) from calsync.meeting_key k join calsync.meeting m on m.id = k.meeting and (m.uid, m.original_date, m.slot) = (k.uid, k.original_date, k.slot)'

@test "apply: the link of what has turned gets the new key and copy, the CRM event its date (F067, F068)" {
  one A U1
  op=$(turned crm.update A1 U1 2026-11-24 A)
  # Another mailbox still brings the single event, or has brought the date: both ways one meeting.
  ask "select t.page(2, jsonb_build_array(t.op('link.copy', 'B1', 'U1', jsonb_build_object('former', null, 'copy', t.copy('B1', 'attendee')))))"
  is "select t.page(1, jsonb_build_array('$op'::jsonb, t.create('A2', 'U1', '{\"key\":{\"uid\":\"U1\",\"original_date\":\"2026-12-01\",\"slot\":\"\"}}')))" 'A1=done A2=done'
  is "$links" 'U12026-11-24 1 2 A1present,B1present|U12026-12-01 2 1 A2present'
  is 'select external_id || original_date || subject from crm.events where event_id = 1' U12026-11-24Weekly
  is 'select count(*) from calsync.meeting_key' 2
  # Again from the state before: nothing; and a date that comes as new joins it.
  is "select t.page(1, jsonb_build_array('$op'::jsonb))" 'A1=moved'
  is "select t.page(2, jsonb_build_array(t.create('B2', 'U1', '{\"key\":{\"uid\":\"U1\",\"original_date\":\"2026-11-24\",\"slot\":\"\"},\"owner\":\"2\",\"rank\":2}')))" 'B2=joined'
  is "$links" 'U12026-11-24 1 2 A1present,B1present,B2present|U12026-12-01 2 1 A2present'
  # And back, with another uid.
  is "select t.page(1, jsonb_build_array(jsonb_build_object('type', 'op', 'op', 'crm.update', 'id', 'A', 'meeting', 1, 'expect', '{\"version\":2,\"digest\":null}'::jsonb, 'key', '{\"uid\":\"U9\",\"original_date\":\"\",\"slot\":\"\"}'::jsonb, 'former', 'A1', 'set', '{}'::jsonb, 'copy', t.copy('A'), 'why', '{}'::jsonb, 'mail', '[]'::jsonb)))" 'A=done'
  is "$links" 'U12026-12-01 2 1 A2present|U9 1 3 Apresent,B1present,B2present'
  is 'select external_id || original_date from crm.events where event_id = 1' U9
}

@test "apply: a link goes to no key that is another's, and what is not done leaves none behind (F067)" {
  one A U1
  late=$(turned crm.update A1 U1 2026-11-24 A '{"expect":{"version":7,"digest":null}}')
  is "select t.page(1, jsonb_build_array('$late'::jsonb))" 'A1=moved'
  is "$links" 'U1 1 1 Apresent'
  is 'select count(*) from calsync.meeting_key' 1
  ask "alter table crm.events add check (subject <> 'Weekly')"
  is "select t.page(1, jsonb_build_array('$(turned crm.update A1 U1 2026-11-24 A)'::jsonb))" 'A1=failed 23514'
  is "$links" 'U1 1 1 Apresent'
  is 'select count(*) from calsync.meeting_key' 1
  ask "select t.page(2, jsonb_build_array(t.create('B1', 'U1', '{\"key\":{\"uid\":\"U1\",\"original_date\":\"2026-11-24\",\"slot\":\"\"}}')))"
  is "select t.page(1, jsonb_build_array('$(turned link.base A1 U1 2026-11-24 A)'::jsonb))" 'A1=moved'
  is "$links" 'U1 1 1 Apresent|U12026-11-24 2 1 B1present'
}

@test "match: the link of what has turned is found by the master's id or the uid, of several dates the one of that day (F067, F068, F077)" {
  from() { ask "select concat_ws(' ', f.meeting, f.former) from calsync.turned_from(1, $1) f"; }
  one A U1
  # Another uid, the same Graph id; then the other way round.
  [ "$(from "'A1', 'U9', '2026-11-24', '{\"\"}', '2026-11-24', 'A'")" = '1 A' ]
  [ "$(from "'X1', 'U1', '2026-11-24', '{\"\"}', '2026-11-24', 'X'")" = '1 A' ]
  [ -z "$(from "'X1', 'U9', '2026-11-24', '{\"\"}', '2026-11-24', 'X'")" ]
  [ -z "$(from "'X1', 'U1', '2026-11-24', '{7}', '2026-11-24', 'X'")" ]
  # Also in a first section that comes again: it broke off, and has no cursor.
  is "select count(*), (select d -> 'turned' ->> 'former' from (select t.ask(1, '{\"id\":\"A1\",\"uid\":\"U9\",\"original_date\":\"2026-11-24\",\"first\":\"2026-11-24\",\"master\":\"A\"}')::json) q(d)) from calsync.cursor" '0|A'
  is "select t.page(1, jsonb_build_array('$(turned crm.update A1 U1 2026-11-24 A)'::jsonb, t.create('A2', 'U1', jsonb_build_object('key', '{\"uid\":\"U1\",\"original_date\":\"2026-12-01\",\"slot\":\"\"}'::jsonb, 'copy', t.copy('A2') || '{\"master\":\"A\",\"original_date\":\"2026-12-01\"}'))))" 'A1=done A2=done'
  [ "$(from "'A', 'U9', null, '{\"\"}', '2026-12-01', null")" = '2 A2' ]
  [ "$(from "'A', 'U1', '', '{\"\"}', '2026-12-24', null")" = '1 A1' ]
  # As a candidate: the copy that it was counts as this one, and decides.
  is "select (d ->> 'turned') || (d #>> '{link,deciding}') || (d #>> '{link,copies}') from (select t.ask(1, '{\"id\":\"A\",\"uid\":\"U1\",\"original_date\":null,\"first\":\"2026-11-24\",\"master\":null}')::json) q(d)" '{"former" : "A1"}true[{"account" : 1, "id" : "A", "role" : "organizer", "state" : "present", "original_date" : ""}]'
  # Neither a tombstone nor a series that the CRM has as one.
  ask "update calsync.meeting set state = 'ended' where original_date = '2026-11-24'"
  [ "$(from "'A', 'U1', '', '{\"\"}', '2026-11-24', null")" = '2 A2' ]
}
