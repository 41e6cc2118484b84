# A running installation takes another profile: nothing is deleted, no link is lost,
# and what is linked mails nobody.  Each profile to each other one by its plan, some by
# runs.  What a plan says of new events is what the new policy lets in and out.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; load switch; }

# What a plan or a run may contain: new events, people and values that come into the
# CRM beside what is there, links that are noted anew.  Never an end, never an update
# in Outlook; a mail only for an event that Outlook does not have yet.
harmless() { # STREAM
  jq -r 'select(.type == "op") | select((.op | IN("crm.create", "link.base", "link.copy", "graph.create") | not)
      and (.op != "crm.update" or .lost or ((.attendees.remove // []) | length) > 0))
    | "\(.op) \(.why.rule) \(.set) lost=\(.lost) -\(.attendees.remove)"' "$1"
  jq -r 'select(.type == "op" and (.mail | length) > 0 and .op != "graph.create") | "mails: \(.op)"' "$1"
}
links() { sql "select id, crm_id, owner, slot from calsync.meeting where state = 'active' order by id"; }
twice_there() { sql "select subject, starts_at, assigned_to from crm.events where not deleted group by 1, 2, 3 having count(*) > 1"; }

# from PROFILE: by plan to each other one; then by runs to those that are named.
from() {
  local to plan=$BATS_TEST_TMPDIR/plan
  settle_under "$1"
  is "$(twice_there)" ""
  keep_world
  for to in "${PROFILES[@]}"; do
    [ "$to" != "$1" ] || continue
    out_policy "$to" "$(tuned "$to")"
    CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" plan --json --now "$(sim_now)" >"$plan"
    is "$(harmless "$plan")" "" || { echo "plan of $1 to $to"; return 1; }
  done
  for to in "${@:2}"; do
    echo "runs from $1 to $to"
    back_to_world
    before=$(links)
    out_policy "$to" "$(tuned "$to")"
    for _ in 1 2; do
      sync
      is "$(harmless "$E2E_TEE/reconcile.ndjson")" ""
      later 15m
    done
    sync
    later 15m
    sync_nothing
    is "$(twice_there)" ""
    # Every link is there as it was, with what it links.
    is "$(comm -23 <(sort <<<"$before") <(links | sort))" ""
    is "$(sql "select count(*) from calsync.meeting where state not in ('active', 'pending')")" 0
  done
}

@test "switch: from the defaults to any profile" { from default opencrm; }
@test "switch: from practifi to any other profile" { from practifi salesexec; }
@test "switch: from salesexec to any other profile" { from salesexec practifi opencrm; }
@test "switch: from interaction to any other profile" { from interaction opencrm practifi; }
@test "switch: from smartcloud to any other profile" { from smartcloud interaction; }
@test "switch: from opencrm to any other profile" { from opencrm smartcloud; }

@test "calsync plan --compare: what another policy would do to today's events, mails included" {
  begin "$(world "$(meeting inside ann 2025-03-12T10:00 bob@firm.test)" "$(meeting e1 ann 2025-03-13T10:00 xia@client.test)")" practifi
  crm_event Team 2025-03-27T14:00Z 30 bob@firm.test
  turn
  crm_edit e1 "location = 'Hall'"
  before=$(crm_dump && state_dump)
  printf 'profile = practifi\ninternal.mode = sync\n' >"$BATS_TEST_TMPDIR/new.policy"
  run -0 --separate-stderr env CALSYNC_BIN="$E2E_SIM/bin" "$TOP/scripts/calsync" plan --now "$(sim_now)" --compare "$BATS_TEST_TMPDIR/new.policy"
  # The edit of e1 goes out either way and is not told.
  is "$(awk '$1 == "+" || $1 == "-" { print $1, $2 }' <<<"$output" | sort | uniq -c | xargs)" "1 + bob@firm.test 2 + crm.create 1 + graph.create"
  is "$(tail -2 <<<"$output")" "Now:  Mails: 1, to 1 people. Held: 0.
Then: Mails: 2, to 2 people. Held: 0."
  is "$(crm_dump && state_dump)" "$before"
  run -64 --separate-stderr env CALSYNC_BIN="$E2E_SIM/bin" "$TOP/scripts/calsync" plan --json --compare "$BATS_TEST_TMPDIR/new.policy"
  printf 'internal.mode = sink\n' >"$BATS_TEST_TMPDIR/new.policy"
  run -78 --separate-stderr env CALSYNC_BIN="$E2E_SIM/bin" "$TOP/scripts/calsync" plan --now "$(sim_now)" --compare "$BATS_TEST_TMPDIR/new.policy"
  [[ $stderr == *"new.policy:1: 'sink' is no value of internal.mode"* ]]
}
