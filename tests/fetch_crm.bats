# fetch: what the CRM changed.
load fetch

# crm: the database knows Ann (account 1) and Bob (2), who sync, and Cy, who does
# not.
crm() {
  sql "insert into crm.users (user_id, email, name) overriding system value values
         (1, 'ann@firm.test', 'Ann'), (2, 'bob@firm.test', 'Bob'), (3, 'cy@firm.test', 'Cy');
       insert into calsync.connection (id, tenant, client_id) overriding system value values (1, 'firm.test', 'c');
       insert into calsync.account (id, crm_user, mailbox, graph_user, connection) overriding system value values
         (1, '1', 'ann@firm.test', 'ann@firm.test', 1), (2, '2', 'bob@firm.test', 'bob@firm.test', 1)"
}
# row ID OWNER [SUBJECT]: a CRM event that somebody has just made.
row() {
  sql "insert into crm.events (event_id, assigned_to, subject, starts_at, ends_at) overriding system value
       values ($1, $2, '${3:-}', '2026-12-01T09:00Z', '2026-12-01T10:00Z')"
}
# tie CRM_ID SUBJECT: that CRM event is linked with that event of Graph, of `one`.
tie() {
  set -- "$1" "$(jq -r --arg s "$2" 'select(.data.subject == $s).data.id' one)"
  sql "insert into calsync.meeting (id, uid, crm_id, owner, made_run, made, changed) values ($1, 'u$1', '$1', '1', 'r0', now(), now());
       update calsync.copy set meeting = $1 where id = '$2'"
}
# fed FILE: the CRM's records and what was read because of them, a line each.
fed() {
  jq -r 'if .type == "mailbox" then "[\(.mailbox)"
    elif .type == "crm.event" then "crm \(.crm_id)\(if .id then " linked" else "" end) \(.changes | tojson)\(if .origin then " " + .origin else "" end)\(if has("data") then " \(.data.subject // .data)" else "" end)"
    elif .type == "graph.event" and .again then "event \(.data.subject) \(.again)"
    elif .type == "graph.removed" then "removed \(.again)"
    elif .type == "mailbox.end" then "\(.mailbox)] \(.complete) \(.records)"
    elif .type == "problem" then "problem"
    else empty end' "$1"
}

@test "fetch: a change of a linked event comes first, and brings the event by id" {
  first_read ann@firm.test
  known one
  crm
  row 101 1
  tie 101 Review
  sql "update crm.events set subject = 'x'"
  forget_requests
  fetch 0 again two
  is "$(fed two)" "[ann@firm.test
crm 101 linked [1,2]
event Review crm
ann@firm.test] true 2"
  [ "$(jq -r 'select(.type == "crm.event").id' two)" = "$(jq -r 'select(.again == "crm").data.id' two)" ]
  [ "$(asked '/events/')" -eq 1 ]
}

@test "fetch: what the round brings is not read a second time for the CRM's sake" {
  first_read ann@firm.test
  known one
  crm
  row 101 1
  tie 101 Review
  act '{"as":"ann@firm.test","do":"update","event":"review","set":{"location":"Cafe"}}'
  forget_requests
  fetch 0 again two
  is "$(fed two)" "[ann@firm.test
crm 101 linked [1]
ann@firm.test] true 2"
  is "$(brief two | grep Review)" "singleInstance Review 2026-11-24T09:00"
  [ "$(asked '/events/')" -eq 0 ]
  # Nor is the reason for which it is read by id anyway another one.
  sql "insert into calsync.again (account, id, reason, due, since) values (1, '$(jq -r 'select(.type == "crm.event").id' two)', 'moved', '2026-11-21T08:00Z', now())"
  fetch 0 again two
  next_roster two >again
  fetch 0 again three
  is "$(fed three | grep event)" "event Review moved"
}

@test "fetch: L2 a linked event that is gone from Graph is proved gone" {
  first_read ann@firm.test
  known one
  crm
  row 101 1
  tie 101 Alone
  act '{"as":"ann@firm.test","do":"delete","event":"alone"}'
  act '{"as":"ann@firm.test","do":"reset-sync"}'
  fetch 0 again two
  is "$(fed two | grep -v '^event')" "[ann@firm.test
crm 101 linked [1]
removed crm
ann@firm.test] true $(jq -r 'select(.type == "mailbox.end").records' two)"
}

@test "fetch: a linked occurrence brings its series" {
  first_read ann@firm.test
  known one
  crm
  row 101 1
  tie 101 'Standup late'
  fetch 0 again two
  is "$(fed two)" "[ann@firm.test
crm 101 linked [1]
event Standup late crm
ann@firm.test] true 20"
  is "$(brief two | grep -v ^occ | grep series)" "series 2026-11-30
seriesMaster Standup 2026-10-05T07:00
series.end 17 true"
}

@test "fetch: of an unlinked event the row comes as it is now, and who made it" {
  first_read ann@firm.test bob@firm.test
  known one
  crm
  row 101 1 Pitch
  row 102 2 Other
  sql "set calsync.origin = 'import'; update crm.events set subject = 'Loaded' where event_id = 101"
  fetch 0 again two
  is "$(fed two | sort)" "[ann@firm.test
[bob@firm.test
ann@firm.test] true 1
bob@firm.test] true 1
crm 101 [1,3] import Loaded
crm 102 [2] Other"
  [ "$(jq -c 'select(.crm_id == "101").data | [.crm_id, .owner, .start, .all_day, .attendees]' two)" = '["101","1","2026-12-01T09:00:00Z",false,[]]' ]
}

@test "fetch: a mailbox that is not due keeps its changes; what has no mailbox is the last section" {
  first_read ann@firm.test
  known one
  crm
  row 101 1
  row 102 2
  row 103 3 Cy
  sql "update crm.events set deleted = true where event_id = 102"
  sql "insert into calsync.change (crm_id, op, part) values ('999', 'delete', 'event')"
  fetch 0 again two
  is "$(fed two)" "[ann@firm.test
crm 101 [1] 
ann@firm.test] true 1
[null
crm 103 [3] Cy
crm 999 [5] null
null] true 2"
  tail -n 4 two | head -n 1 | jq -e '.data.subject == "Cy"'
  [ "$(jq -c 'select(.type == "mailbox" and .mailbox == null) | [.account, .policy, .calendar, .cursor, (.policy_digest | length)]' two)" = '[null,{},"",null,32]' ]
  [ "$(jq -c 'select(.type == "mailbox.end" and .mailbox == null) | keys' two)" = '["complete","mailbox","records","type"]' ]
  # When no mailbox is due at all, it waits, too.
  roster >in
  fetch 0 in three
  is "$(fed three)" ''
}

@test "fetch: a section that is not complete says so of the changes that it brings" {
  first_read ann@firm.test
  known one
  crm
  row 101 1
  tie 101 Review
  row 102 1
  # Of an event that cannot be read, the CRM's record is there, the event is not.
  fault '{"kind":"status","status":500,"path":"/events/","count":-1}'
  fetch 1 again two --patience 1
  is "$(fed two)" "[ann@firm.test
crm 101 linked [1]
crm 102 [2] 
problem
ann@firm.test] false 3"
  fault '{"kind":"status","status":500,"path":"delta","count":-1}'
  fetch 1 again three --patience 1
  is "$(fed three)" "[ann@firm.test
problem
ann@firm.test] false 1"
}

@test "fetch: without a database nothing of the CRM is known" {
  roster ann@firm.test >in
  pg_fresh
  crm
  row 103 3
  fetch 0 in one
  is "$(fed one | grep -c 'crm\|null')" 0
}

@test "fetch: what sleeps comes when the policy of its account is another" {
  first_read ann@firm.test
  known one
  crm
  row 101 1
  row 103 3
  sql "update calsync.change set reason = 'private', account = nullif(3 - seq, 1), policy_digest = '0123456789abcdef0123456789abcdef'"
  sql "update calsync.change set account = 1 where seq = 1; update calsync.change set account = null where seq = 2"
  fetch 0 again two
  # The org's policy is not the one under which 103 was put to sleep.
  is "$(fed two)" "[ann@firm.test
ann@firm.test] true 0
[null
crm 103 [2] 
null] true 1"
  digest=$(jq -r 'select(.type == "mailbox" and .mailbox == null).policy_digest' two)
  sql "update calsync.change set policy_digest = '$digest'"
  fetch 0 again three
  is "$(fed three)" "[ann@firm.test
crm 101 [1] 
ann@firm.test] true 1"
}

@test "fetch: a first section lists all that may go out, however much (O-060)" {
  MERGE='{"outward":true,"crm_from":"2026-11-21T09:00:00Z"}' roster ann@firm.test >in
  pg_fresh
  DB=1
  crm
  sql "set calsync.origin = 'sync';
       insert into crm.events (event_id, assigned_to, subject, starts_at, ends_at) overriding system value
       select g, 1, 'S' || g, '2026-12-01T09:00Z', '2026-12-01T10:00Z' from generate_series(1, 1203) g"
  row 2000 1 New
  sql "update crm.events set deleted = true where event_id = 7; delete from calsync.change where crm_id = '7'"
  fetch 0 in one
  [ "$(fed one | grep -c '^crm [0-9]* \[\] S')" -eq 1202 ]
  is "$(fed one | sed -n 2p)" "crm 2000 [1] New"
  [ "$(jq -r 'select(.type == "crm.event").crm_id' one | sort | uniq -d | wc -l)" -eq 0 ]
}

# Keep this one last.
@test "fetch: every line that these tests have seen meets its schema" { every_line_is_valid; }
