# shellcheck shell=bash
# soak: random worlds with edits on both sides and random faults (L1, L3, L4, U5,
# U18): in the end nothing is left to do, both sides agree on what is exchanged,
# nothing is there twice, and actual mails <= foreseen <= budget.
# shellcheck disable=SC2154

# The people of a round: all acts in Outlook, all statements in the CRM.
play() { # ROUND
  jq -c '.acts[]' <<<"$1" | while read -r a; do sim act "$a" >/dev/null 2>&1 || :; done
  clerk "$(jq -r '.sql | join(";\n")' <<<"$1")"
}
# A run whose end depends on the faults, and on when apply dies (JSON of a round; L4).
rough() {
  local status=0
  later 15m
  E2E_RUN=$((E2E_RUN + 1))
  case ${1:-null} in
    null) calsync_run "$E2E_RUN" ;;
    *after*) CALSYNC_STOP_AFTER=${1//[^0-9]/} calsync_run "$E2E_RUN" ;;
    *) E2E_SECONDS=${1//[^0-9.]/} calsync_run "$E2E_RUN" ;;
  esac 2>"$BATS_TEST_TMPDIR/err" || status=$?
  case $status in
    0 | 1 | 69 | 75 | 76) ;;
    100 | 124 | 137) nobody_locks ;; # 124: it had ended by itself as it was to be killed
    *) echo "ended with $status"; cat "$BATS_TEST_TMPDIR/err"; return 1 ;;
  esac
}
# Each name once: in the CRM (of a series once a date), and among what a mailbox's owner organizes.
no_twins() {
  local crm graph
  crm=$(sql "select split_part(subject, ' ', 1), original_date, count(*) from crm.events where not deleted group by 1, 2 having count(*) > 1")
  graph=$(boxes | jq -r '[.[] | select(.isOrganizer and (.cancelled | not)) | .subject | split(" ")[0]] | group_by(.) | .[] | select(length > 1) | .[0]')
  [ -z "$crm$graph" ] || { echo "twice: $crm $graph"; return 1; }
}
boxes() { for who in ann bob; do sim "events?mailbox=$who@firm.test" | jq -c '.value[]'; done | jq -cs .; }
agree() { # RECURRING.MODE
  local crm differ
  crm=$(sql "select coalesce(json_agg(json_build_object('uid', e.external_id, 'day', e.original_date, 'subject', e.subject,
      'location', coalesce(e.location, ''), 'show', e.show_as, 'start', to_char(e.starts_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI'),
      'end', to_char(e.ends_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI'),
      'people', coalesce((select json_agg(a.email order by a.email) from crm.event_attendees a where a.event_id = e.event_id), '[]'))), '[]')
    from crm.events e join calsync.meeting m on m.crm_id = e.event_id::text and m.state = 'active'
   where not e.deleted and e.starts_at > '$(sim_now)' -- what has begun is not written any more
     and not exists (select from calsync.hold h where h.crm_id = m.crm_id and h.consumed is null and h.void is null)")
  differ=$(printf '%s\n' "${crm//$'\n'/}" "$(boxes)" | "$TOP/tests/soak/agree" "$1" ${E2E_MODE:+silent})
  [ -z "$differ" ] || { echo "$differ"; return 1; }
}
in_budget() {
  local most per over
  most=$(sed -n 's/^mail.per_run = //p' "$CALSYNC_POLICY")
  per=$(sed -n 's/^mail.per_person = //p' "$CALSYNC_POLICY")
  mails_foreseen
  if [ "$most" != unlimited ]; then
    over=$(sql "select run, count(*) from calsync.mails group by 1 having count(*) > $most")
    [ -z "$over" ] || { echo "over the run's budget: $over"; return 1; }
  fi
  if [ "$per" != unlimited ]; then
    over=$(sql "select address, at::date, count(*) from calsync.mails group by 1, 2 having count(*) > $per")
    [ -z "$over" ] || { echo "over a person's budget: $over"; return 1; }
  fi
}

# apply, and who kills it.
mortal() {
  [ -L "$E2E_SIM/bin/apply" ] || return 0
  rm "$E2E_SIM/bin/apply"
  printf '#!/bin/sh\n[ -z "$E2E_SECONDS" ] || exec timeout --foreground -s KILL "$E2E_SECONDS" "%s/apply" "$@"\nexec "%s/apply" "$@"\n' "$BIN" "$BIN" >"$E2E_SIM/bin/apply"
  chmod 755 "$E2E_SIM/bin/apply"
}

# Until a run finds nothing to write.
settle() {
  local before
  for _ in {1..5}; do
    before=$(graph_writes && crm_dump)
    rough
    [ "$(graph_writes && crm_dump)" != "$before" ] || return 0
  done
  echo "it does not come to rest"
  return 1
}

world_of() { # SEED
  local lines first round model policy
  mortal
  mapfile -t lines < <("${SOAK_WORLD:-$TOP/tests/soak/world}" "$1")
  first=${lines[0]}
  mapfile -t policy < <(jq -r '.policy[]' <<<"$first")
  model=$(jq -r '.policy[] | select(startswith("mail.model")) | sub(".* "; "")' <<<"$first")
  E2E_MODEL=$model fresh_out "$(jq -c .world <<<"$first")" "${policy[@]}"
  firm_policy "${policy[@]}"
  quiet_run
  for round in "${lines[@]:1}"; do
    play "$round"
    [ "$(jq '.faults | length' <<<"$round")" -eq 0 ] || fault "$(jq -c '{faults}' <<<"$round")"
    rough "$(jq -c .kill <<<"$round")"
    faults_off
    rough
  done
  # Whatever had to wait for its next try is due by now.
  later 2d
  settle
  nothing_more
  no_twins
  agree "$(sed -n 's/^recurring.mode = //p' "$CALSYNC_POLICY")"
  in_budget
  echo "writes $(graph_writes), mails $(sim_count outbox), held $(sql "select count(*) from calsync.hold"), refused or lost $(sim writes | jq '[.value[] | select(.status >= 400 or .fault)] | length')"
}
five() { # FIRST
  local seed
  for seed in ${SEED:-$(seq "$1" $(($1 + 4)))}; do
    echo "seed $seed (again: SEED=$seed bats -f '1 to 5' tests/soak.bats)"
    world_of "$seed"
  done
}
