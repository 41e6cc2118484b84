# shellcheck shell=bash disable=SC2154
# crash: apply is stopped after each of its durable steps, or killed in the middle of
# its requests, and the next run goes on.  The end must be that of a run that nobody
# disturbed (L4): the same on both sides, the same links, the same writes, the same
# mails.  Loaded after outward.

# The world before the run: made once, then gone back to.
save() {
  later 15m
  keep_world
}
go() { CALSYNC_RUN=$1 CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" run -q --all --now "$(sim_now)"; }

# ask SQL: rows that count.  A question that fails is like no other, so nothing is alike.
ask() { sql "$1" || echo "a question failed: $RANDOM$RANDOM"; }
# What is the same whatever happened on the way.
end_state() {
  local who
  for who in ann bob; do sim "events?mailbox=$who@firm.test&brief=1" | jq -c '.value | sort_by(.subject, .start)[] | del(.properties)'; done
  ask "select to_jsonb(e) - '{event_id,created_at,modified_at,series_id,external_id}'::text[] || jsonb_build_object('linked', e.external_id is not null, 'people',
      (select jsonb_agg(to_jsonb(a) - 'event_id' order by a.email) from crm.event_attendees a where a.event_id = e.event_id))
    from crm.events e order by e.subject, e.starts_at, e.deleted"
  ask "select m.state, m.born, m.owner, m.crm_id, m.base_graph::json ->> 'subject', (m.base_crm::jsonb #- '{series,master}') - 'uid', string_agg(c.account || c.role || c.state, ' ' order by c.account, c.state)
    from calsync.meeting m left join calsync.copy c on c.meeting = m.id group by m.id order by m.crm_id, m.state, m.original_date, m.slot"
  ask "select crm_id, reason from calsync.change order by 1, 2; 
    select op, mail, reason, fields, released_by, consumed is not null, void is not null from calsync.hold order by op, mail, fields, 5, 6, 7;
    select 'used twice', hold from calsync.intent where hold is not null and sent is not null group by hold having count(*) > 1; select count(*) from calsync.again;
    select count(*) from calsync.intent where outcome is null and sent is not null"
  wrote 0 | grep -vE ' [45][0-9][0-9]$'
  sim outbox | jq -r '.mails[] | select(.by == "api") | "\(.kind) \(.recipient) \(.subject)"' | sort
}

# ends_alike WHERE: run on, and compare.
ends_alike() {
  local n now
  for n in 1 2 3 4; do
    go "on-$n" || { echo "the run after $1 ended with $?"; return 1; }
    now=$(end_state)
    [ "$now" != "$END" ] || return 0
  done
  diff <(echo "$END") <(echo "$now")
  echo "another end after $1"
  return 1
}

# every_step: the end of a whole run, then one that stops after each of its steps.
every_step() {
  local k steps status
  save
  CALSYNC_STEPS=$BATS_TEST_TMPDIR/steps go whole
  undisturbed
  steps=$(wc -l <"$BATS_TEST_TMPDIR/steps")
  echo "steps: $(sort "$BATS_TEST_TMPDIR/steps" | uniq -c | xargs)"
  [ "$steps" -ge 8 ] || return 1
  for ((k = 1; k <= steps; k++)); do
    back_to_world
    status=0
    CALSYNC_STOP_AFTER=$k go stopped 2>/dev/null || status=$?
    # How outcomes are gathered differs from run to run, and so the number of steps.
    [ "$status" -eq 100 ] || [ "$status$((k + 4 > steps))" = 01 ] || { echo "step $k ended with $status"; return 1; }
    ends_alike "step $k" || return 1
  done
}

# The end without any crash.  What Graph's worst modes put off comes in a further run.
undisturbed() {
  local before=''
  END=$(end_state)
  until [ "$END" = "$before" ]; do
    before=$END
    go again
    END=$(end_state)
  done
}

# every_kill: apply dies by SIGKILL while its n-th write is done in Graph and not answered.
every_kill() {
  local n total pid
  back_to_world
  total=$(grep -cE '^(POST|PATCH|DELETE)' <<<"$END")
  [ "$total" -ge 1 ]
  for ((n = 1; n <= total; n++)); do
    back_to_world
    fault "{\"kind\":\"stall\",\"at\":\"start\",\"amount\":0,\"path\":\"events\",\"method\":\"(POST|PATCH|DELETE)\",\"nth\":$n}"
    CALSYNC_RUN=killed CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" plan -q --now "$(sim_now)" --out "$BATS_TEST_TMPDIR/plan" >/dev/null
    "$BIN/apply" -q "$BATS_TEST_TMPDIR/plan" >/dev/null 2>&1 3>&- &
    pid=$!
    until [ "$(sim fault | jq '[.value[].fired] | add')" -ge 1 ] || ! kill -0 "$pid" 2>/dev/null; do :; done
    kill -KILL "$pid" 2>/dev/null || :
    wait "$pid" 2>/dev/null || :
    faults_off
    settled || return 1
    ends_alike "a kill at write $n" || return 1
  done
}
# The dead program's session is over, and its last request too.
settled() {
  for _ in {1..200}; do
    [ "$(sql "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'calsync apply'")" -ne 0 ] || return 0
  done
  echo "apply's session does not end"
  return 1
}
