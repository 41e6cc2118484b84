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
  sql "insert into calsync.hold (id, meeting, crm_id, account, item, op, fields, digest, mail, reason, made ${2:+, $2})
    values ($1, 12, '1', 1, 'AAA1', 'graph.update', '{start,end}', 'd$1', '{xia@client.test,yan@client.test}',
      'mail_held', '2025-03-10T09:15Z' ${3:+, $3})"
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
