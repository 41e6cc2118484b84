# Two programs that copy calendars are active on one of them: what the other one
# makes of a meeting is no second meeting.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

calsync() { CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" "$@"; }
# mirror KEY [MORE members]: what the other program makes of e1.
mirror() {
  ann create - "\"event\":$(MORE="{\"subject\":\"E1\",\"categories\":[\"Other sync\"]${2:+,$2}}" meeting "$1" ann 2025-03-12T10:00 bob@firm.test xia@client.test)"
}
item() { sql "select id from calsync.seen where account = 1 and reason = 'suspected_mirror' order by id limit 1"; }

f008() {
  begin "$(world "$(MORE='{"subject":"E1"}' meeting e1 ann 2025-03-12T10:00 xia@client.test bob@firm.test)" \
    "$(MORE='{"subject":"Gym"}' meeting g1 ann 2025-03-12T18:00)" "$(MORE='{"subject":"Gym"}' meeting g2 ann 2025-03-12T18:00)")" \
    "${both_ways[@]}" 'unmatched.mode = sync' 'delete.to_crm = delete' 'delete.max = unlimited'
  is "$(subjects)" "E1 Gym Gym"
  mirror m1
  turn
  wrote_nothing
  is "$(subjects)" "E1 Gym Gym"
  is "$(reasons)" "suspected_mirror suspected_mirror"
  # Again, each time the other program finds one more to copy.
  mirror m2
  mirror m3
  turn
  wrote_nothing
  is "$(subjects)" "E1 Gym Gym"
  is "$(sql "select count(*), count(distinct uid) from calsync.seen where reason = 'suspected_mirror'")" "6|3"
  run -0 calsync why "$(item)"
  [[ $output == *"copy of an event that is in the CRM already"* ]]
  run -0 calsync log --mailbox ann@firm.test
  [[ $output == *suspected_mirror* ]]
  # All are moved: nothing changes.
  local i
  for i in m1 e1 m2 m3; do
    ann update $i '"set":{"start":"2025-03-12T11:00","end":"2025-03-12T11:30"}'
  done
  turn
  is "$(subjects)" "E1 Gym Gym"
  # The first one goes: the next is what its meeting is now, of the rest one.
  ann delete e1
  later 15m
  sync
  is "$(subjects)" "Gym Gym"
  turn
  wrote_nothing
  is "$(subjects)" "E1 Gym Gym"
  # Whom an administrator, or the person, believes that it is none: it comes in.
  sql "create role ann_$PGDATABASE login in role calsync_user" >/dev/null
  CALSYNC_BIN=$BIN "$TOP/scripts/calsync" account login ann@firm.test "ann_$PGDATABASE" >/dev/null
  CALSYNC_DB="dbname=$PGDATABASE" PGUSER=ann_$PGDATABASE CALSYNC_BIN=$BIN "$TOP/scripts/calsync" user pick "$(item)" contact:1
  turn
  wrote_nothing
  is "$(subjects)" "E1 E1 Gym Gym"
}
@test "failure: F008 two connectors on one calendar: the other one's copies are no meetings of their own" { in_both_models f008; }

@test "mirrors: what is left of a mirror when the original moves, on either side, is a meeting an hour later, unless it follows" {
  begin "$(world "$(MORE='{"subject":"E1"}' meeting e1 ann 2025-03-12T10:00 xia@client.test bob@firm.test)" \
    "$(MORE='{"subject":"E2"}' meeting e2 ann 2025-03-13T10:00 xia@client.test)" "$(MORE='{"subject":"E3"}' meeting e3 ann 2025-03-14T10:00 xia@client.test)")" "${both_ways[@]}" 'unmatched.mode = sync'
  mirror m1
  ann create - "\"event\":$(MORE="{\"subject\":\"E2\"}" meeting m2 ann 2025-03-13T10:00 xia@client.test)"
  ann create - "\"event\":$(MORE="{\"subject\":\"E3\"}" meeting m3 ann 2025-03-14T10:00 xia@client.test)"
  turn
  ann update e3 '"set":{"subject":"E3!"}'
  ann update e1 '"set":{"start":"2025-03-12T12:00","end":"2025-03-12T12:30"}'
  crm_move E2 2025-03-13T12:00Z
  turn
  # The other program is slower than a run; of one it never sees the change.
  is "$(subjects)" "E1 E2 E3!"
  ann update m1 '"set":{"start":"2025-03-12T12:00","end":"2025-03-12T12:30"}'
  turn
  is "$(subjects)" "E1 E2 E3!"
  later 30m
  turn
  is "$(subjects)" "E1 E2 E2 E3 E3!"
  is "$(sql "select to_char(starts_at, 'DD HH24') from crm.events where subject = 'E2' order by 1")" "13 10
13 12"
}
