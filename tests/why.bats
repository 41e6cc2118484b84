# What people ask calsync about what waits and what was decided: held, release,
# retry, why.  The state is written here as apply leaves it.
# shellcheck disable=SC2154

setup_file() { load helper; load db; pg_suite_start; }
teardown_file() { load helper; load db; pg_suite_stop; }
setup() {
  load helper
  load db
  calsync=$TOP/scripts/calsync
  export CALSYNC_BIN=$BIN CALSYNC_STATE=$BATS_TEST_TMPDIR/state
  pg_fresh
}

# Ann's account, a linked meeting 12 (CRM event 1), an unlinked CRM event 2.
firm() {
  sql "
    insert into crm.users (user_id, email, name) overriding system value values (1, 'ann@firm.test', 'Ann');
    select calsync.admin_connection('{\"tenant\":\"firm\",\"client_id\":\"c\"}');
    select calsync.admin_account('{\"user\":\"ann@firm.test\"}');
    insert into crm.events (event_id, assigned_to, subject, starts_at, ends_at) overriding system value values
      (1, 1, 'Secret plan', '2025-03-12T10:00Z', '2025-03-12T11:00Z'), (2, 1, 'Other plan', '2025-03-13T10:00Z', '2025-03-13T11:00Z');
    insert into calsync.meeting (id, uid, crm_id, owner, born, made_run, made, changed)
      values (12, 'uid-1', '1', '1', 'graph', 'r1', '2025-03-10T09:00Z', '2025-03-10T09:00Z');
    insert into calsync.copy (account, id, meeting, role, confirmed) values (1, 'AAA1', 12, 'organizer', '2025-03-10T09:00Z')" >/dev/null
}
# hold ID [column value ...]: a held update of meeting 12.
hold() {
  sql "insert into calsync.hold (id, meeting, crm_id, account, item, op, fields, digest, mail, reason, rule, evidence, policy, made ${2:+, $2})
    values ($1, 12, '1', 1, 'AAA1', 'graph.update', '{start,end}', 'd$1', '{xia@client.test,yan@client.test}',
      'mail_held', 'mail.per_run', '2 more after 9', 'mail.per_run = 10', '2025-03-10T09:15Z' ${3:+, $3})"
}

@test "calsync held: title, what, whom, why and the way out, in 80 columns; private ones without a title; and as JSON" {
  firm
  hold 7
  hold 8 consumed "'2025-03-10T09:30Z'"
  hold 9 void "'2025-03-10T09:30Z'"
  run -0 --separate-stderr "$calsync" held
  diff - <(echo "$output") <<'OUT'
7  Secret plan
    2025-03-12T10:00:00Z, in ann@firm.test
    would be changed in Outlook: time
    would mail xia@client.test, yan@client.test
    held since 2025-03-10T09:15Z: people would be mailed, and no budget or
      permission lets that pass (mail_held)
    because of mail.per_run = 10: 2 more after 9
    let it pass: calsync release 7
OUT
  run -0 --separate-stderr "$calsync" held --json
  [ "$(jq -r '"\(.id) \(.event) \(.title) \(.starts) \(.would_mail)"' <<<"$output")" = "7 1 Secret plan 2025-03-12T10:00:00Z xia@client.test, yan@client.test" ]
  # Longer lists, a private event, a title of two lines, one that is released.
  sql "update crm.events set private = true;
    update calsync.hold set released_at = made, released_by = 'boss', mail = array(select 'somebody' || n || '@client.test' from generate_series(1, 30) n) where id = 7"
  run -0 --separate-stderr "$calsync" held
  [[ $output == "7  (private)"*"      somebody"*"released by boss; the next run sends it" ]]
  [[ $output != *Secret* ]]
  [ "$(awk 'length > 78' <<<"$output")" = '' ]
  sql "update crm.events set private = false, subject = E'Two\nlines \u202e'"
  run -0 --separate-stderr "$calsync" held
  [ "${lines[0]}" = "7  Two lines ?" ]
}

@test "calsync release: only what is held; one message for each number that is not, and then none" {
  firm
  hold 7
  hold 8 consumed "'2025-03-10T09:30Z'"
  hold 9 void "'2025-03-10T09:30Z'"
  run -65 --separate-stderr "$calsync" release 7 8 9 99
  [ "${#stderr_lines[@]}" -eq 4 ]
  [[ ${stderr_lines[0]} == *"8: was released before, and done" ]]
  [[ ${stderr_lines[1]} == *"9: the event is another one by now"* ]]
  [[ ${stderr_lines[2]} == *"99: there is no such held write" ]]
  [ "$(sql "select count(*) from calsync.hold where released_at is not null")" -eq 0 ]
  run -64 "$calsync" release
  run -64 "$calsync" release seven
  run -64 --separate-stderr "$calsync" why --limit 99999999999999 1
  [[ $stderr == *"--limit takes a number"* ]]
}

@test "calsync release: what is held goes out in the next run; twice is once" {
  firm
  hold 7
  run -0 --separate-stderr "$calsync" release 7
  [ -z "$output$stderr" ]
  [ "$(sql "select id, released_by from calsync.hold where released_at is not null")" = "7|postgres" ]
  run -0 --separate-stderr "$calsync" release 7
  [[ $stderr == *"7: was released already" ]]
}

@test "calsync retry: one item, or what failed in so many days (P-107 P-108)" {
  firm
  sql "insert into calsync.again (account, id, reason, due, since) values
    (1, 'new', 'crm_error', now() + interval '1 day', now() - interval '29 days'),
    (1, 'old', 'crm_error', now() + interval '1 day', now() - interval '31 days')"
  due() { sql "select string_agg(id, ' ' order by id) from calsync.again where due < now()"; }
  run -65 --separate-stderr "$calsync" retry nothing
  [[ $stderr == *"nothing waits"*"calsync log --errors"* ]]
  run -64 "$calsync" retry --since week
  run -0 "$calsync" retry
  [ "$output" = "1 to be read again in the next run" ]
  [ "$(due)" = new ]
  run -0 "$calsync" retry old
  [ "$(due)" = "new old" ]
  sql "update calsync.again set due = now() + interval '1 day'"
  run -0 "$calsync" retry --since 40
  [ "$(due)" = "new old" ]
}

@test "calsync why: the decisions on an event in words, whom it mailed, and what waits now" {
  firm
  sql "insert into calsync.intent (run, account, meeting, crm_id, item, op, doc, place, transaction_id, mail, made, sent, outcome, settled)
      values ('r2', 1, 12, '1', 'AAA1', 'graph.update', '{\"set\":{\"location\":\"Vault\"}}', '', 't1', '{xia@client.test}',
        '2025-03-10T09:15Z', '2025-03-10T09:15Z', 'done', '2025-03-10T09:15Z');
    insert into calsync.log (at, run, account, item, meeting, crm_id, kind, stage, code, outcome, rule, evidence, policy) values
      ('2025-03-10T09:00Z', 'r1', 1, 'AAA1', 12, null, 'op', 'apply', 'crm.create', 'done', 'create', 'matched xia@client.test', 'unmatched.mode = skip'),
      ('2025-03-10T09:15Z', 'r2', 1, 'AAA1', 12, '1', 'op', 'apply', 'graph.update', 'done', 'crm_changed', 'location', 'direction.events = both'),
      ('2025-03-10T09:30Z', 'r3', 1, 'AAA1', 12, '1', 'op', 'apply', 'hold', 'held', 'mail', '2 mails, 0 allowed', 'mail.allow = none');
    insert into calsync.change (crm_id, op, part) values ('1', 'update', 'event')"
  sql "insert into calsync.hold (id, meeting, crm_id, account, item, op, fields, digest, mail, reason, rule, evidence, policy, made) values
    (3, 12, '1', 1, 'AAA1', 'graph.update', '{start,end}', 'd', '{xia@client.test,yan@client.test}', 'mail_held', 'mail.per_run', '2 more after 9', 'mail.per_run = 10', '2025-03-10T09:30Z')"
  local key want
  want="ann@firm.test: meeting 12, CRM event 1, active, made in Outlook
ann@firm.test: the organizer's copy, there

2025-03-10 09:30 UTC  run r3  ann@firm.test
    held, not done (start, end)
    rule: mail
    evidence: 2 mails, 0 allowed
    policy: mail.allow = none

2025-03-10 09:15 UTC  run r2  ann@firm.test
    changed in Outlook (location)
    rule: crm_changed
    evidence: location
    policy: direction.events = both
    mailed: xia@client.test

2025-03-10 09:00 UTC  run r1  ann@firm.test
    made in the CRM
    rule: create
    evidence: matched xia@client.test
    policy: unmatched.mode = skip

now  ann@firm.test
    held as number 3: graph.update (start, end); people would be mailed, and no budget or permission lets that pass
    rule: mail.per_run
    evidence: 2 more after 9
    policy: mail.per_run = 10
    would mail: xia@client.test, yan@client.test

now
    a change in the CRM waits for the next run"
  for key in AAA1 1 uid-1 meeting:12; do
    run -0 --separate-stderr "$calsync" why "$key"
    diff <(echo "$want") <(echo "$output") || { echo "by $key"; false; }
  done
  run -0 "$calsync" why --json 1
  [ "$(jq -s 'length' <<<"$output")" -eq 7 ]
  run ! grep -E 'Secret|Vault' <<<"$output"
  # Who let it pass is told as long as the decision is.
  sql "update calsync.hold set released_by = 'ops', released_at = now(), consumed = now()"
  run -0 "$calsync" why 1
  [[ $output == *'held, not done (start, end); released by ops'* && $output != *'held as number'* ]]
}

@test "calsync why: an unlinked CRM event and a skipped one of Outlook are told too; an unknown one is said to be" {
  firm
  sql "insert into calsync.log (at, run, account, crm_id, kind, stage, code, rule, evidence, policy) values
      ('2025-03-10T09:00Z', 'r1', 1, '2', 'skip', 'reconcile', 'window_future', 'window_future', 'starts 2027-04-10', 'window.future_out = 1y');
    insert into calsync.seen (account, id, uid, reason, horizon, at) values (1, 'SK1', 'u2', 'unmatched', pg_current_xact_id(), '2025-03-10T09:00Z')"
  run -0 "$calsync" why 2
  [[ $output == 2025-03-10* ]]
  [[ $output == *"left alone: it starts too late for the window"*"policy: window.future_out = 1y"* ]]
  run -0 "$calsync" why u2
  [[ $output == *"left alone: nobody on it is a contact"* ]]
  run -65 --separate-stderr "$calsync" why 99
  [[ $stderr == *"nothing is known of '99'"* ]]
}

@test "calsync plan: what is held is named by its subject, also when it was held before; a private one is not" {
  run -0 jq -n -r --arg table ops -f "$TOP/scripts/calsync-plan.jq" <<'IN'
{"type":"op","op":"hold","crm_id":"7","held":{"op":"graph.create","subject":"Pitch","fields":[],"mail":[]},"reason":"mail_held"}
{"type":"op","op":"hold","crm_id":"8","held":{"op":"graph.create","subject":null,"fields":[],"mail":[]},"reason":"mail_held"}
{"type":"skip","id":null,"crm_id":"9","reason":"mail_held","subject":"Review"}
{"type":"skip","id":null,"crm_id":"10","reason":"mail_held","subject":null}
{"type":"skip","id":null,"crm_id":"11","reason":"owner_off"}
IN
  [ "$(cut -f3 <<<"$output" | paste -sd '|')" = 'Pitch|(private)|Review|(private)|CRM event 11' ]
}
