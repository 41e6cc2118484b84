# The functions of docs/stream.md section 8 that ask, and what every call costs.
load sql

# What fetch and roster ask ---------------------------------------------------------

@test "roster: the firm, its connections and what the adapter holds" {
  ask "select calsync.admin_org('{\"domains\":[\"Firm.Test\"]}'), calsync.admin_connection('{\"id\":1,\"secret_file\":\"/etc/s\",\"graph\":\"https://g.test/v1.0/\"}')"
  [ "$(ask 'select calsync.roster_org()' | jq -c '[.schema, .domains, .adapter.crm, (.adapter.holds | index("attendees") != null), .connections, .enabled]')" = \
    '[1,["firm.test"],"builtin",true,[{"id":1,"tenant":"firm.test","client_id":"c1","graph":"https://g.test/v1.0","login":"https://login.microsoftonline.com","secret_file":"/etc/s"}],true]' ]
}

@test "roster: an account with settings, cursor and what is due" {
  ask "select calsync.admin_setting(1, 'private.mode', 'skip'), calsync.admin_setting(1, 'x', 'y'), calsync.admin_setting(1, 'x', null)"
  [ "$(ask "select r from calsync.roster_accounts(t.now()::timestamptz) r where r ->> 'account' = '1'" | jq -c .)" = \
    '{"account":1,"user":"1","mailbox":"ann@firm.test","graph_user":"ann@firm.test","connection":1,"zone":"Europe/Berlin","since":"2026-03-01T00:00:00Z","category":null,"settings":{"private.mode":"skip"},"first":true,"gate":null,"gate_if_on":null,"cleanup":null,"last_read":null,"due_now":true,"changes":false,"open":false,"deletes":0,"calendars":[{"calendar":"","cursor":null}]}' ]
  ask "select t.section(1, null, 'L1', '{\"outward\":true}')"
  [ "$(ask "select r from calsync.roster_accounts(t.now()::timestamptz) r where r ->> 'account' = '1'" | jq -c '[.first, .last_read, .due_now, .calendars]')" = \
    '[false,"2026-11-21T09:00:00Z",false,[{"calendar":"","cursor":{"link":"L1","window":{"start":"2026-10-22T00:00:00Z","end":"2027-11-22T00:00:00Z"},"issued":"2026-11-21T09:00:00Z","resume":null,"round":"2026-11-21T09:00:00Z"}}]]' ]
  ask "select t.page(1, '[]', '{\"problems\":[{\"stage\":\"fetch\",\"code\":\"graph_error\",\"id\":\"X\"}]}')"
  is "select r ->> 'due_now', r2 ->> 'due_now' from calsync.roster_accounts('2026-11-21T09:05Z') r, calsync.roster_accounts('2026-11-21T09:10Z') r2 where r ->> 'account' = '1' and r2 ->> 'account' = '1'" 'false|true'
}

@test "roster: gates that the database knows, the first one counts (P-010, P-014, P-017, I-047, I-048)" {
  gate() { is "select r ->> 'gate' from calsync.roster_accounts(now()) r where r ->> 'account' = '1'" "$1"; }
  gate ''
  ask "update calsync.connection set health = 'secret expired'"
  gate auth_needed
  ask "update calsync.account set connection = null where id = 1"
  gate no_server
  ask "update calsync.account set connection = 1 where id = 1"
  ask "update calsync.connection set health = null; update calsync.account set health = 'no_cloud_mailbox' where id = 1"
  gate no_cloud_mailbox
  ask "update crm.users set email = '' where user_id = 1"
  gate no_email
  ask "select calsync.admin_account('{\"crm_user\":\"1\",\"mailbox\":\"second@firm.test\"}')" >/dev/null
  gate no_primary_mailbox
  ask "select calsync.admin_account('{\"crm_user\":\"1\",\"mailbox\":\"second@firm.test\",\"primary\":true}')" >/dev/null
  gate no_primary_mailbox
  is "select r ->> 'gate' from calsync.roster_accounts(now()) r where r ->> 'mailbox' = 'second@firm.test'" no_email
  ask "update calsync.account set graph_user = null where id = 1"
  gate no_mailbox
  ask "update crm.users set active = false where user_id = 1"
  gate user_off
  ask "update crm.users set active = true where user_id = 1; select calsync.admin_account('{\"crm_user\":\"1\",\"enabled\":false}')"
  gate user_off
  is "select r ->> 'gate' from calsync.roster_accounts(now()) r where r ->> 'account' = '2'" ''
  ask "select calsync.admin_org('{\"enabled\":false}')"
  is "select r ->> 'gate' from calsync.roster_accounts(now()) r where r ->> 'account' = '2'" user_off
}

@test "admin: what is wrong is refused with a sentence" {
  fails 22023 "select calsync.admin_account('{\"user\":\"nobody@firm.test\"}')"
  fails 22023 "select calsync.admin_account('{\"user\":\"dan@firm.test\",\"connection\":9}')"
  fails 22023 "select calsync.admin_connection('{\"tenant\":\"x\"}')"
  fails 22023 "select calsync.admin_setting(99, 'a', 'b')"
  is "select calsync.admin_account('{\"user\":\"ann.lee@firm.test\"}'), calsync.admin_connection('{\"tenant\":\"firm.test\",\"client_id\":\"c1\"}')" '1|1'
}

@test "admin: no more users than seats (P-008)" {
  ask "select calsync.admin_org('{\"seats\":3}')"
  fails 22023 "select calsync.admin_account('{\"user\":\"dan@firm.test\"}')"
  ask "select calsync.admin_account('{\"user\":\"ann@firm.test\",\"enabled\":false}'), calsync.admin_account('{\"user\":\"dan@firm.test\"}')" >/dev/null
  fails 22023 "select calsync.admin_account('{\"user\":\"ann@firm.test\",\"enabled\":true}')"
}

@test "fetch: links inside the window that were not confirmed since the round began" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U2', jsonb_build_object('copy', t.copy('B') || '{\"start\":\"2026-12-01\",\"end\":\"2026-12-02\",\"master\":\"M\",\"original_date\":\"2026-12-01\"}'))))"
  q="select string_agg(f::text, '') from calsync.fetch_links(1, '', '2026-11-24T10:00Z', '2026-12-01T00:00Z', null) f"
  is "$q" '{"id" : "A", "master" : null, "original_date" : ""}{"id" : "B", "master" : "M", "original_date" : "2026-12-01"}'
  is "select count(*) from calsync.fetch_links(1, '', '2026-11-24T10:01Z', '2026-11-30T23:59Z', null)" 0
  is "select count(*) from calsync.fetch_links(1, '', '2026-01-01Z', '2027-01-01Z', t.now()::timestamptz) a" 0
  is "select count(*) from calsync.fetch_links(2, '', '2026-01-01Z', '2027-01-01Z', null)" 0
  is "select count(*) from calsync.fetch_links(1, '', '2026-01-01Z', '2027-01-01Z', t.now()::timestamptz + '1s')" 2
  is "select f ->> 'id' from calsync.fetch_series(1, '{M,N}', null, null) f" B
  is "select f ->> 'id' from calsync.fetch_series(1, '{M,N}', '2026-12-03Z', null) f" ''
  op 1 link.drop B U2
  op 1 crm.delete B U2 '{"how":"delete"}'
  is "select count(*) from calsync.fetch_series(1, '{M,N}', null, null)" 0
}

# What match asks ------------------------------------------------------------------

@test "match: known are present copies and skipped events with that digest, by place" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('G', 'U2')), jsonb_build_object('skips', jsonb_build_array(t.skip('S', 'unmatched'))))"
  q="select string_agg(n::text, ',') from calsync.match_known(1, '{X,S,A,A,G,S}', '{d-X,d-S,d-A,other,d-G,other}') n"
  is "$q" 2,3,5
  is "select count(*) from calsync.match_known(2, '{S,A}', '{d-S,d-A}')" 0
  op 1 link.end G U2
  is "$q" 2,3
  ask "select t.page(1, '[]', jsonb_build_object('skips', jsonb_build_array(t.skip('G', 'ended'))))"
  is "$q" 2,3,5
}

@test "match: a link by this mailbox's copy, else by key in each of the slots" {
  ask "select t.page(1, jsonb_build_array(t.create('A', 'U1'), t.create('B', 'U1', '{\"key\":{\"uid\":\"U1\",\"original_date\":\"2026-12-01\",\"slot\":\"2\"}}')))"
  link() { ask "select t.ask($1, '$2') -> 'link'" | jq -c "$3"; }
  [ "$(link 1 '{"id":"A"}' '[.meeting, .state, .version, .crm_id, .owner, .owner_account, .slot, .born, .deciding, .made_in_run, .copies]')" = \
    '[1,"active",1,"1","1",1,"","graph",true,false,[{"account":1,"id":"A","role":"organizer","state":"present","original_date":""}]]' ]
  [ "$(link 2 '{"id":"N","uid":"U1"}' '[.meeting, .deciding]')" = '[1,false]' ]
  [ "$(link 2 '{"id":"N","uid":"U1","original_date":"2026-12-01"}' .)" = null ]
  [ "$(link 2 '{"id":"N","uid":"U1","original_date":"2026-12-01","slots":["","2"]}' .meeting)" = 2 ]
  [ "$(link 1 '{"id":"A","uid":"U1","original_date":"2026-12-01","slots":["2"]}' .meeting)" = 1 ]
  [ "$(ask "select t.ask(1, '{\"id\":\"A\"}')" | jq -c '[.base.graph, .base.crm.subject, .base.crm.body, .crm.body, .owner]')" = \
    '[{"subject":"Review"},"Review",null,"Agenda",{"account":1,"since":"2026-03-01T00:00:00Z","public":null,"settings":{}}]' ]
  is "select t.ask(1, '{\"id\":\"A\"}') #>> '{base,crm,body_digest}' = calsync.text_digest('Agenda')" t
  is "select t.ask(1, '{\"id\":\"Z\"}') -> 'link', t.ask(1, '{\"id\":\"Z\"}') -> 'crm_digest'" '|'
}

@test "match: the organizer's copy decides, else the lowest account's, in mailboxes that are synced (U6)" {
  ask "select t.page(3, jsonb_build_array(t.create('C', 'U1', jsonb_build_object('rank', 3, 'copy', t.copy('C', 'attendee')))));
       select t.page(2, jsonb_build_array(t.create('B', 'U1', jsonb_build_object('rank', 2, 'copy', t.copy('B', 'attendee')))));
       select t.page(1, jsonb_build_array(t.create('A', 'U1')))" >/dev/null
  who() { is "select string_agg(i.x, '') from (values ('A', 1), ('B', 2), ('C', 3)) i(x, a) where (t.ask(a, jsonb_build_object('id', x)) #>> '{link,deciding}')::boolean" "$1"; }
  who A
  ask 'update calsync.account set events = false where id = 1'
  # A section of its mailbox comes only if it was asked for by name; for the others it is off.
  who AB
  is "select t.again(2)" 'B:deciding'
  ask 'update calsync.account set events = true where id = 1'
  who A
  is "select t.again(1)" 'A:deciding'
  # A copy that is gone is judged as if it were still there.
  op 1 link.drop A U1
  is "select (t.ask(1, '{\"id\":\"A\"}') #>> '{link,deciding}')::boolean, (t.ask(2, '{\"id\":\"B\"}') #>> '{link,deciding}')::boolean" 't|t'
}

@test "match: who is who: users by any address, contacts with type, both at once (P-061, P-098)" {
  [ "$(ask "select t.who('{zed@client.test,nobody@x.test,ann.lee@firm.test,xia@client.test,xia@home.test,dan@firm.test}')" | jq -c .)" = "$(jq -c . <<'J'
[{"address":"zed@client.test","person":"contact","id":"8","name":"Zed","type":"Prospect","private":true},
 {"address":"ann.lee@firm.test","user":"1","account":1,"synced":true,"field":"email2"},
 {"address":"xia@client.test","person":"contact","id":"7","name":"Xia Li","type":"Client","private":false},
 {"address":"xia@home.test","person":"contact","id":"7","name":"Xia Li","type":"Client","private":false,"field":"alt_email"},
 {"address":"dan@firm.test","user":"4","account":null,"synced":false}]
J
  )" ]
  ask "insert into crm.contact_emails values (7, 'bob@firm.test'); update calsync.account set mailbox = 'annie@firm.test' where id = 1; update calsync.account set health = 'no_mailbox' where id = 2"
  [ "$(ask "select t.who('{bob@firm.test,annie@firm.test}')" | jq -c '[.[] | [.address, .user, .synced, .id]]')" = \
    '[["bob@firm.test","2",false,null],["bob@firm.test",null,null,"7"],["annie@firm.test","1",true,null]]' ]
}

@test "match: in a long list everybody is who they are in a short one, at whatever domain" {
  ask "insert into crm.user_emails values (2, 'bob@alpha.test'), (3, 'cyd@zoo.test'); update calsync.account set mailbox = 'annie@zulu.test' where id = 1"
  few="zed@client.test,Zed@Client.test,ann.lee@firm.test,xia@client.test,xia@home.test,leo@vendor.test,bob@alpha.test,cyd@zoo.test,annie@zulu.test,ann@aaa.test,odd,@,@zzz.test,"
  short=$(ask "select t.who('{${few%,}}')" | jq -c .)
  [ "$(jq length <<<"$short")" -eq 8 ]
  [ "$(ask "select t.who(('{${few%,}}'::text[] || array(select 'n' || g || '@x.test' from generate_series(1, 40) g)))" | jq -c .)" = "$short" ]
  # All at one domain, where a contact may be, too.
  ask "delete from crm.user_emails; update calsync.account set mailbox = 'ann@firm.test' where id = 1; insert into crm.contact_emails values (8, 'zed@firm.test')"
  who='[.[] | .user // .id]'
  [ "$(ask "select t.who('{bob@firm.test,zed@firm.test,leo@vendor.test}'::text[] || array(select 'n' || g || '@x.test' from generate_series(1, 40) g))" | jq -c "$who")" = '["2","8","9"]' ]
}

@test "match: rooms by address, else by exact name; two of one name are ambiguous (P-047, P-048, P-099)" {
  rooms() { ask "select t.ask(1, jsonb_build_object('id', 'Z', 'rooms', '$1'::jsonb)) -> 'rooms'" | jq -c .; }
  [ "$(rooms '[{"name":"Other name","address":"Board@firm.test"},{"name":" Attic ","address":null},{"name":"Hall"},{"name":"attic"},{"name":"Cafe"}]')" = \
    '[{"name":"Other name","address":"Board@firm.test","resource":"1"},{"name":" Attic ","resource":"4"},{"name":"Hall","ambiguous":true}]' ]
  [ "$(rooms '[{"name":"Boardroom","address":"else@firm.test"},{"name":"Boardroom"},{"name":"Attic","address":"attic@firm.test"}]')" = \
    '[{"name":"Boardroom","resource":"1"},{"name":"Attic","address":"attic@firm.test","resource":"4"}]' ]
  ask 'update crm.resources set active = false where resource_id in (3, 4)'
  [ "$(rooms '[{"name":"Hall"},{"name":"Attic"}]')" = '[{"name":"Hall","resource":"2"}]' ]
}

# Cost --------------------------------------------------------------------------------

# touched SQL: the tables of which a call reads more rows than a small page needs.
touched() {
  ask 'select pg_stat_force_next_flush()' >/dev/null
  ask 'begin'
  ask "$1" >/dev/null
  ask "select string_agg(relname || ':' || coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0), ' ' order by relname)
         from pg_stat_xact_user_tables where coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) > 200"
  ask 'commit'
}
# Each question and kind of op, about events g10K$1 with uids u10K$1 (K a digit).
every_call() {
  cat <<S
select calsync.match_known(1, '{g101$1,s101$1,x}', '{d,d,d}')
select calsync.match_people('{c101$1@big.test,ann@firm.test,zed@client.test,nobody@x.test}')
select calsync.match_context(1, t.asked('[{"n":1,"id":"g101$1","uid":"u101$1","slots":["","1"],"addresses":["c101$1@big.test","ann@firm.test"],"rooms":[{"name":"Hall"}]},{"n":2,"id":"new","uid":"u102$1","slots":[""],"addresses":["zed@client.test"],"rooms":[]},{"n":3,"id":"gone","guid":true},{"n":5,"id":"m108$1","uid":"u108x","slots":["","1"],"addresses":[],"rooms":[],"first":"2026-12-01"},{"n":6,"id":"new6","uid":"u109$1","original_date":"2026-12-01","slots":[""],"addresses":[],"rooms":[],"first":"2026-12-01","master":"g109$1"},{"n":4,"id":"alike","uid":"v$1","slots":[""],"addresses":[],"rooms":[],"start":"2027-01-01T00:00:00Z","end":"2027-01-01T01:00:00Z","all_day":false,"subject":"x","guests":["a@b.test"]}]'))
select calsync.fetch_again(1, '', 'p1', t.now()::timestamptz)
select calsync.fetch_waiting()
select calsync.fetch_links(1, '', '2020-01-01Z', '2020-01-02Z', null)
select calsync.fetch_series(1, '{m1,m2}', null, null)
select count(*) from calsync.roster_accounts(t.now()::timestamptz)
select t.page(1, jsonb_build_array(t.create('n$1', 'n$1', jsonb_build_object('attendees', jsonb_build_object('add', jsonb_build_array(t.person('xia@client.test', 'contact', '7'))), 'rooms', '{"add":[{"resource":"1"}]}'::jsonb)), t.create('j$1', 'u102$1', '{"rank":1}')), jsonb_build_object('skips', jsonb_build_array(t.skip('k$1', 'unmatched', '{"waits":["a"]}'), t.skip('s101$1', 'unmatched', '{"waits":["b"]}')), 'problems', '[{"stage":"fetch","code":"x","id":"p$1"}]'::jsonb))
select t.page(1, jsonb_build_array(t.op('crm.update', 'g103$1', 'u103$1', '{"set":{"subject":"x"},"attendees":{"remove":["a@b.test"]},"rooms":{"remove":["1"]}}'), t.op('link.copy', 'h$1', 'u104$1', jsonb_build_object('copy', t.copy('h'))), t.op('link.drop', 'g104$1', 'u104$1'), t.op('crm.delete', 'g105$1', 'u105$1', '{"how":"delete"}'), t.op('link.end', 'g106$1', 'u106$1')))
select t.page(1, jsonb_build_array(t.create('bad$1', 'bad$1', '{"owner":"x"}')))
select t.page(1, jsonb_build_array(t.op('link.base', 'tu$1', 'u106$1', jsonb_build_object('former', 'g106$1', 'key', '{"uid":"u106$1","original_date":"2026-12-01","slot":""}'::jsonb, 'copy', t.copy('tu')))))
select calsync.find_events('{1}', '{u101$1}', '{2030-01-01Z}')
select calsync.find_twins('{1}', '{u101$1}', '{""}', '{2030-01-01Z}', '{2030-01-01Z}', '{false}', '{x}')
select calsync.match_context(1, t.asked('[{"n":1,"id":"new","uid":"u101$1","slots":[""],"addresses":["ann@firm.test"],"organizer":"ann@firm.test","rooms":[],"start":"2030-01-01","end":"2030-01-02","all_day":true,"subject":"x"},{"n":2,"id":"new2","uid":"u9x$1","slots":[""],"addresses":["ann@firm.test"],"organizer":"ann@firm.test","rooms":[],"marker":"9f1c2b3a-4d5e-4f60-0000-0000000000c9"}]'), true)
select calsync.match_crm(1, '[{"n":1,"crm_id":"101111","guid":true},{"n":2,"crm_id":"102111"}]', t.now()::timestamptz)
insert into calsync.change (crm_id, op, part) values ('101$1', 'update', 'event'), ('102$1', 'update', 'event')
select calsync.fetch_routes(t.now()::timestamptz, true)
select calsync.fetch_woken(1, '', 'p1', true)
select calsync.fetch_crm('{101111,102111}')
select t.final(1, jsonb_build_array(t.op('graph.update', 'g107$1', 'u107$1', t.outward('{"mail":["a@x.test"],"limits":{"run":900,"person":900}}')), t.post(t.crm('x')), t.held(t.op('graph.update', 'g108$1', 'u108$1'), 'd1'), t.create('ad$1', 'ad$1', jsonb_build_object('op', 'link.adopt', 'crm_id', t.crm('y')))), jsonb_build_object('skips', jsonb_build_array(t.skip(null, 'private', '{"crm_id":"101$1","changes":[1]}'), t.skip(null, 'first_run', '{"crm_id":"109$1"}'))))
select calsync.intents_due('r1', '{1,2}')
select t.begin(array(select i.id from calsync.intent i where i.account = 1 and i.outcome is null order by 1), '{"run":"r1"}')
select t.settle(array(select i.id from calsync.intent i where i.account = 1 and i.outcome is null and i.item is not null), 'done', t.answer('g107$1', 'u107$1'))
select t.settle(array(select i.id from calsync.intent i where i.account = 1 and i.outcome is null and i.item is null), 'done', t.answer('z$1', 'z$1'))
select t.final(1, jsonb_build_array(t.op('graph.update', 'g107$1', 'u107$1', t.outward())))
select t.settle(array(select i.id from calsync.intent i where i.account = 1 and i.outcome is null), 'late')
S
}
# Many rows, and nobody has analysed them.
fill() {
  ask "set calsync.origin = 'sync'; create temp table big as select g from generate_series(100000, 119999) g where g % 1000 not between 900 and 910;
    insert into crm.events (event_id, assigned_to, external_id, starts_at, ends_at) select g, 1 + g % 4, 'u' || g, '2026-12-01', '2026-12-01' from big g;
    insert into crm.event_attendees (event_id, email) select g, 'a@b.test' from big g;
    insert into crm.contacts (contact_id, last_name) select g, 'C' from big g;
    insert into crm.contact_emails select g, 'c' || g || '@big.test' from big g;
    insert into calsync.meeting_key select 'u' || g, '', '', g from big g;
    insert into calsync.meeting (id, uid, crm_id, owner, made_run, made, changed) select g, 'u' || g, g, '1', 'r0', now(), now() from big g;
    insert into calsync.copy (account, id, meeting, digest, role, starts, ends, master, confirmed, due, waits, horizon, policy_digest) select 1, 'g' || g, g, 'd', 'organizer', '2026-12-01', '2026-12-01', 'm' || g, now(), '2027-01-01', array[calsync.text_digest('v' || g)], '99999999', 'p1' from big g;
    insert into calsync.seen (account, id, digest, reason, policy_digest, horizon, due, at, waits) select 1, 's' || g, 'd', 'unmatched', 'p1', '99999999', '2027-01-01', now(), array[calsync.text_digest('w' || g)] from big g;
    insert into calsync.again (account, id, reason, due, since) select 1, 'a' || g, 'x', '2027-01-01', now() from big g;
    insert into calsync.log (at, run, item, meeting, kind, stage, code) select now(), 'r0', 'g' || g, g, 'op', 'apply', 'crm.create' from big g;
    insert into calsync.person_change select '5', calsync.text_digest('p' || g) from generate_series(1, 20000) g;
    insert into calsync.change (crm_id, op, part, reason, due, account, policy_digest) select 'o' || g, 'update', 'event', 'private', '2027-01-01', 1, 'p1' from big g;
    insert into calsync.intent (run, account, meeting, crm_id, op, doc, place, transaction_id, mail, made, sent, outcome) select 'r0', 1, g, g, 'graph.update', '{}', 'x', 't' || g, '{a@x.test}', '2026-01-01', '2026-01-01', 'done' from big g;
    insert into calsync.hold (meeting, crm_id, account, op, digest, reason, made, consumed) select g, g, 1, 'graph.update', 'd', 'mail_held', now(), case when g % 2 = 0 then now() end from big g where g % 2 = 0 or g % 1000 = 1;
    update calsync.cursor set horizon = '99999', horizon_before = '99999'; reset calsync.origin" >/dev/null
}

@test "cost: no call reads a big table, whether its plans were made when it was empty or never analysed (L9)" {
  own
  local when call got bad=0
  ask "set jit = on; select t.section(1, null, 'L1')" >/dev/null
  # More calls than it takes until PostgreSQL keeps a plan for good.
  for n in 1 2 3 4 5 6 7; do
    ask "select t.page(1, (select jsonb_agg(t.create('g10' || k || '90$n', 'u10' || k || '90$n')) from generate_series(1, 8) k))"
    while IFS= read -r call; do ask "$call"; done < <(every_call "90$n")
  done >/dev/null
  fill
  for when in kept new; do
    [ "$when" = kept ] || session
    while IFS= read -r call; do
      got=$(touched "$call")
      [ -z "$got" ] || { echo "$when plan, ${call:0:70}: $got"; bad=1; }
    done < <(every_call "$([ "$when" = kept ] && echo 111 || echo 222)")
  done
  is "select count(*) from calsync.log where code = 'crm.update' and outcome = 'done'" 9
  [ "$bad" -eq 0 ]
}
