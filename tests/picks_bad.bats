# What people may say wrongly for themselves under their own login: each is refused at
# once, in one message, and nothing of it reaches a run.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

# own STATUS USER MESSAGE WORD ...: calsync user, under this role.
own() {
  CALSYNC_DB="dbname=$PGDATABASE" PGUSER=$2_$PGDATABASE CALSYNC_BIN=$BIN \
    run "-$1" --separate-stderr "$TOP/scripts/calsync" user "${@:4}"
  [ "${stderr_lines[0]:-}" = "${3:+calsync user: error: $3}" ] || { echo "$stderr"; return 1; }
}

@test "picks: what cannot be picked is refused before it is kept, and the next run has no errors (C-024)" {
  begin "$(world "$(meeting i ann 2025-03-12T10:00 xia@client.test)")" 'users.edit = yes'
  sql "create role ann_$PGDATABASE login in role calsync_user; create role odd_$PGDATABASE login in role calsync_user;
    create role none_$PGDATABASE login" >/dev/null
  CALSYNC_BIN=$BIN "$TOP/scripts/calsync" account login ann@firm.test "ann_$PGDATABASE"
  # A role that could not do anything is no login; the one before stays.
  CALSYNC_BIN=$BIN run -78 --separate-stderr "$TOP/scripts/calsync" account login ann@firm.test "none_$PGDATABASE"
  [[ $stderr == *"no role none_$PGDATABASE that is a member of calsync_user"*"grant calsync_user to none_$PGDATABASE" ]]
  CALSYNC_BIN=$BIN run -78 --separate-stderr "$TOP/scripts/calsync" account login ann@firm.test nosuch
  is "$(sql "select usr from calsync.login")" "ann_$PGDATABASE"
  uid=$(sim "events?mailbox=ann@firm.test" | jq -r '.value[0].iCalUId')
  # Events that cannot be: Graph would refuse them in each run.
  later='was read so far: name it by its id in Outlook, or wait for the next run'
  for event in x '' nosuch@uid ../bob@firm.test/events "${uid%1}2" "$(printf '%1025s' '' | tr ' ' a)"; do
    own 78 ann "no event ${event:0:64} $later" pick "$event" contact:1
  done
  own 78 ann "no event a?[31mb $later" pick $'a\e[31mb' contact:1
  # Records.
  own 78 ann 'more than once: contact:1' pick "$uid" contact:1 primary=contact:1
  own 78 ann 'more than once: primary=' pick "$uid" primary=contact:1 primary=contact:2
  own 78 ann 'more than once: related=' pick "$uid" contact:1 related=account:1 related=account:2
  own 78 ann 'no contact or lead with an address: contact:99999999999999999999' pick "$uid" contact:99999999999999999999
  own 78 ann 'no contact or lead with an address: contact:abc' pick "$uid" contact:abc
  own 78 ann "no record: account:1'" pick "$uid" contact:1 "related=account:1'"
  for record in account:99999999999999999999 account:9 opportunity:1; do
    own 78 ann "no record: $record" pick "$uid" contact:1 "related=$record"
  done
  own 0 ann '' pick "$uid" contact:1
  is "$(sql "select count(*) from calsync.pick p where p.item <> (select id from calsync.copy)")" 0
  is "$(sql "select count(*) from calsync.again")" 1
  turn
  is "$(problems)" ""
  is "$(sql "select contact_id, account_id from crm.events")" '1|'
  # Values, and who may not.
  CALSYNC_DB="dbname=$PGDATABASE" PGUSER=ann_$PGDATABASE CALSYNC_BIN=$BIN \
    run -78 --separate-stderr "$TOP/scripts/calsync" user set private.mode zork
  [[ $stderr == *"'zork' is no value of private.mode"* ]]
  is "$(sql "select count(*) from calsync.setting")" 0
  own 77 odd "odd_$PGDATABASE is no CRM user's role" pick "$uid" contact:1
  [[ $stderr == *'hint: an administrator ties it to a user: calsync account login ADDRESS ROLE' ]]
  own 77 none 'permission denied for schema calsync' show
  [[ $stderr == *'hint: grant the login calsync_user, calsync_read or'* ]]
}
