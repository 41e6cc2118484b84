# Practifi's scenario of who is synced, through which mailbox, and what becomes of
# what fails.  Under its number; see scenarios_out.bats.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; calsync=$TOP/scripts/calsync CALSYNC_BIN=$BIN; export CALSYNC_BIN; }

# Plainly, not in a condition: there the shell would not stop at what fails.
twice() {
  "$1"
  echo "again, after runs that break off"
  E2E_BREAK=1
  "$1"
}
refused() { # WHY COMMAND ...
  run -78 --separate-stderr "$calsync" "${@:2}"
  [[ $stderr == *"$1"* ]] || { echo "$stderr"; return 1; }
}
ok() { run -0 --separate-stderr "$calsync" "$@"; [ -z "$stderr" ] || { echo "$stderr"; return 1; }; }
since() { sql "update calsync.account set since = '2025-03-01T00:00Z'"; }
on() { sql "select string_agg(split_part(mailbox, '@', 1), ' ' order by id) from calsync.account where events"; }
gates() { jq -r 'select(.type == "mailbox" and .gate and .gate != "user_off") | "\(.mailbox | sub("@.*"; "")):\(.gate)"' "$E2E_TEE/roster.ndjson" | sort | paste -sd ' '; }
of_person() { # PERSON ACTION EVENT [JSON members]
  act "{\"as\":\"$1@firm.test\",\"do\":\"$2\",\"event\":\"$3\"${4:+,$4}}"
}
make_event() { of_person "$1" create - "\"event\":$(meeting "$2" "$1" "$3" xia@client.test)"; } # PERSON KEY START

# A turn that writes next to nothing, and so has no middle to break off in.
calm() { local E2E_BREAK=''; turn; }
once() { local E2E_BREAK=''; later 15m; sync; }

sc19() {
  local item
  fresh_out '{"users":[
    {"upn":"ann@firm.test","name":"Ann","zone":"Europe/London","calendars":["Calendar","Second",{"name":"Shared","canEdit":false,"owner":"dee@firm.test"}]},
    {"upn":"ann2@firm.test","name":"Ann","zone":"Europe/London"},
    {"upn":"bob@firm.test","name":"Bob","zone":"Europe/London"},{"upn":"dee@firm.test","name":"Dee","zone":"Europe/London"}]}' practifi
  sql "delete from calsync.account; update calsync.org set enabled = false, seats = null"
  # Seats.
  refused "the firm has no licence (license = seats)" org enabled=yes
  refused "the firm has no licence (license = seats)" account add ann@firm.test
  ok org seats=2 enabled=yes
  ok account add ann@firm.test
  ok account add bob@firm.test
  refused "no seat is left: 2 users can be synced" account add cy@firm.test
  is "$(on)" "ann bob"
  ok org seats=3
  ok account add cy@firm.test --graph-user ''
  ok account disable --all
  sql "update calsync.org set seats = 2; update calsync.account set contacts = true where mailbox like 'bob@%'"
  refused "no seat is left" account enable --all
  is "$(on)" ""
  ok account enable ann@firm.test
  since
  # A tick that is made while a run goes on counts from the next.
  make_event ann a 2025-03-12T10:00
  make_event bob b 2025-03-12T11:00
  CALSYNC_RUN=0 "$BIN/roster" --profiles "$TOP/profiles" --all --now "$(sim_now)" 2>/dev/null >"$BATS_TEST_TMPDIR/roster"
  ok account enable bob@firm.test
  is "$(on) $(sql "select string_agg(contacts::text, ' ' order by id) from calsync.account")" "ann bob false true false"
  since
  CALSYNC_RUN=0 "$E2E_SIM/bin/fetch" -q <"$BATS_TEST_TMPDIR/roster" | "$BIN/normalize" -q | "$BIN/match" -q | "$BIN/reconcile" -q | CALSYNC_RUN=0 "$BIN/apply" -q >/dev/null
  is "$(subjects)" a
  turn
  is "$(subjects)" "a b"
  # Cy has no mailbox connected.
  ok org seats=3
  ok account enable cy@firm.test
  calm
  is "$(gates)" "cy:no_mailbox"
  ok account disable cy@firm.test
  # Two mailboxes, and none is the one.
  ok account add ann@firm.test --mailbox ann2@firm.test --since 2025-03-01T00:00:00Z
  ann update a '"set":{"subject":"a2"}'
  crm_event Pitch 2025-03-20T14:00Z 30
  calm
  is "$(gates)" "ann2:no_primary_mailbox ann:no_primary_mailbox"
  is "$(subjects)" "Pitch a b"
  wrote_nothing
  ok account primary ann@firm.test ann2@firm.test
  # A mailbox's first run is quiet.
  once
  wrote_nothing
  turn
  is "$(writes)" "POST ann2 Pitch []"
  is "$(box ann2 | cut -d'|' -f2)|$(box ann | grep -c Pitch)" "Pitch|0"
  ok account primary ann@firm.test ann@firm.test
  turn
  is "$(subjects)" "Pitch a2 b"
  wrote_nothing
  run ! grep -i '/calendars' <(sim requests | jq -r '.value[].target')
  failing
}

# Of the last run: what the log has of errors.
errors() { ok log --errors --run "$E2E_RUN" --json; jq -r '"\(.mailbox | sub("@.*"; "")) \(.code) \(.system) \(.item)"' <<<"$output"; }

# A run that meets a failure; it is not broken off as well.
fails() { # STATUS
  local E2E_BREAK=''
  later 15m
  sync_ends "$1"
}
weeks() { # KEY DAY START: a series, whose master Graph cannot give
  local id
  of_person ann create - "\"event\":$(MORE="{$(weekly 1 "$2")}" meeting "$1" ann "$3" xia@client.test)"
  id=$(sim 'events?mailbox=ann@firm.test' | jq -r --arg s "$1" '.value[] | select(.subject == $s) | .immutableId')
  fault "{\"kind\":\"status\",\"status\":500,\"path\":\"$id\",\"count\":-1}"
  echo "$id"
}

# A run; of those that break off, after one that got no further than the first step.
soon() {
  local status=0
  if [ -n "${E2E_BREAK:-}" ]; then
    CALSYNC_STOP_AFTER=1 calsync_run "broken-$((E2E_RUN + 1))" 2>/dev/null || status=$?
    is "$status" 100
  fi
  local E2E_BREAK=''
  sync
}

failing() {
  local item old young
  # Bob's mailbox is on-premises.
  of_person bob set-user - '"set":{"state":"none"}'
  ann update a '"set":{"subject":"a3"}'
  fails 1
  is "$(errors)" "bob no_mailbox Microsoft 365 null"
  is "$(subjects)" "Pitch a3 b"
  once
  is "$(gates)" "ann2:no_primary_mailbox bob:no_cloud_mailbox"
  of_person bob set-user - '"set":{"state":"normal"}'
  # A token that is no longer good: one row, nothing was handled, and the next run works.
  ann update a '"set":{"subject":"a4"}'
  fault '{"kind":"status","status":401,"path":"/users/","count":-1}'
  fails 77
  is "$(errors)" "ann auth Microsoft 365 null"
  is "$(logged true)" auth
  is "$(sql "select coalesce(counts ->> 'done', '0'), counts ->> 'skips', counts ->> 'committed' from calsync.run where id = '$E2E_RUN'")" "0|0|0"
  is "$(subjects)" "Pitch a3 b"
  faults_off
  later 15m
  soon
  is "$(subjects)" "Pitch a4 b"
  # Graph cannot give one event, the master of a series, which is read by its id.
  sim mode '{"delta.master":"never"}' >/dev/null
  item=$(weeks w wednesday 2025-03-12T16:00)
  ann update a '"set":{"subject":"a5"}'
  fails 1
  is "$(errors)" "ann no_master Microsoft 365 $item"
  is "$(subjects)" "Pitch a5 b"
  faults_off
  ok retry "$item"
  is "$output" "1 to be read again in the next run"
  soon
  is "$(subjects)" "Pitch a5 b w"
  is "$(ops)" "crm.create done"
  # All of the last 30 days.
  young=$(weeks young thursday 2025-03-13T16:00)
  old=$(weeks old friday 2025-03-14T16:00)
  fails 1
  is "$(sql "select count(*) from calsync.again where id in ('$young', '$old')")" 2
  faults_off
  sql "update calsync.again set due = '2030-01-01', since = now() - case id when '$young' then interval '29 days' else '31 days' end"
  # And Bob's mailbox is asked.
  ok retry
  is "$output" "2 to be read again in the next run"
  soon
  is "$(gates)" ann2:no_primary_mailbox
  is "$(subjects)" "Pitch a5 b w young"
  ok retry --since 32
  soon
  is "$(subjects)" "Pitch a5 b old w young"
  later 15m
  sync_nothing
  # What the log has, newest first; errors alone.
  ok log --json --limit 1000
  is "$(jq -s 'map(.id) == (map(.id) | sort | reverse), any(.[]; .error | not)' <<<"$output" | paste -sd ' ')" "true true"
  ok log --errors --json --limit 1000
  is "$(jq -r .code <<<"$output" | paste -sd ' ')" "no_master no_master no_master auth no_mailbox"
  is "$(jq -s 'map(.id) == (map(.id) | sort | reverse), all(.[]; .error and .at and .system and .message)' <<<"$output" | paste -sd ' ')" "true true"
  mails_foreseen
  is "$(sim_count outbox)" 0
}
@test "scenario: SC-19 mailboxes, seats, failures, retry (P-007 P-010 P-016 P-020 P-008 P-009 P-015 P-017 P-018 P-057 P-058 P-105 P-106 P-107 P-108 P-109)" { twice sc19; }
