# shellcheck shell=bash
# e2e: the whole pipeline against a real cluster and graphsim.  Use:
#   setup_file() { load helper; load db; load e2e; e2e_start; }
#   teardown_file() { load helper; load db; load e2e; e2e_stop; }
#   setup() { load helper; load db; load e2e; }
# and e2e_fresh in each test.
# The firm is that of the scenarios: Ann and Bob sync, Cy is a CRM user who does
# not, Dee has a mailbox and is no CRM user; Xia, Yan, Val, Pia are contacts.
# The clock stands at 2025-03-10T09:00Z; runs follow every 15 minutes.
# E2E_MODE=worst takes graphsim's worst modes together.
# E2E_LATE=ann (or bob) lets that mailbox answer late, so that the other is done first.
# E2E_WHO= (empty) leaves out the mailboxes that are not due.
# E2E_BREAK=1 lets an apply that is stopped in its middle go before every run.

e2e_start() {
  pg_suite_start || return 1
  E2E_SIM=$(mktemp -d /tmp/calsync-sim.XXXXXX)
  export E2E_SIM GRAPHSIM=$BIN/graphsim
  "$TOP/scripts/sim-tmp" start "$E2E_SIM" >/dev/null || return 1
  (umask 077 && echo s3cret >"$E2E_SIM/secret")
  # The programs, but after a failure fetch does not wait for a second.
  mkdir "$E2E_SIM/bin"
  ln -s "$BIN"/* "$E2E_SIM/bin"
  rm "$E2E_SIM/bin/fetch"
  printf '#!/bin/sh\nexec "%s/fetch" --backoff 20 "$@"\n' "$BIN" >"$E2E_SIM/bin/fetch"
  chmod 755 "$E2E_SIM/bin/fetch"
}

# Every line of every stream of every run meets its schema.  Python starts once
# for a whole file: the paths of what is wrong name test and run.
e2e_stop() {
  local status=0
  "$TOP/scripts/sim-tmp" stop "$E2E_SIM"
  rm -rf "$E2E_SIM"
  pg_suite_stop
  [ -d "$BATS_FILE_TMPDIR/runs" ] || return 0
  find "$BATS_FILE_TMPDIR/runs" -name '*.ndjson' -print0 |
    xargs -0 /usr/bin/python3 "$TOP/tests/validate" --strict || status=1
  rm -rf "$BATS_FILE_TMPDIR/runs"
  return "$status"
}

# sim PATH [JSON]: a control call.
sim() {
  local out
  if [ $# -lt 2 ]; then set -- GET "$1"; else set -- POST "$@"; fi
  out=$(sim_control "$@") || { echo "sim $2: $out" >&2; return 1; }
  printf '%s\n' "$out"
}

# A fresh world and database.  $1: JSON that is merged over the usual world,
# such as {"events":[...]}.
e2e_fresh() {
  local extra=${1:-'{}'} log
  E2E_URL=$(<"$E2E_SIM/url") SIM_CONTROL=$(<"$E2E_SIM/control")
  export CALSYNC_CA_FILE=$E2E_SIM/ca.pem CALSYNC_STATE=$BATS_TEST_TMPDIR/state
  unset CALSYNC_POLICY
  pg_fresh && sql_session || return 1
  for log in fault outbox writes requests violations; do sim_control DELETE "$log" >/dev/null; done
  sim mode "{\"preset\":\"${E2E_MODE:-default}\"}" >/dev/null || return 1
  sim world "$(with_members '{
    "now": "2025-03-10T09:00:00Z",
    "tenants": [{"id": "firm", "domains": ["firm.test"], "apps": [{"client_id": "calsync", "secret": "s3cret"}]}],
    "users": [
      {"upn": "ann@firm.test", "name": "Ann", "zone": "Europe/London"},
      {"upn": "bob@firm.test", "name": "Bob", "zone": "Europe/London"},
      {"upn": "dee@firm.test", "name": "Dee", "zone": "Europe/London"}],
    "rooms": [{"upn": "room@firm.test", "name": "Boardroom"}],
    "events": []}' "$extra")" >/dev/null || return 1
  sql "
    insert into crm.users (user_id, email, name, time_zone) overriding system value values
      (1, 'ann@firm.test', 'Ann', 'Europe/London'), (2, 'bob@firm.test', 'Bob', 'Europe/London'),
      (3, 'cy@firm.test', 'Cy', 'Europe/London');
    insert into crm.user_emails (user_id, email) values (3, 'cy.alt@firm.test');
    insert into crm.contacts (contact_id, type, first_name, last_name, private) overriding system value values
      (1, 'Client', 'Xia', 'Li', false), (2, 'Prospect', 'Yan', 'Moor', false), (3, 'Vendor', 'Val', 'Ito', false),
      (4, 'Client', 'Pia', 'Roth', true), (5, 'Our Personnel', 'Ann', 'Firm', false), (6, 'Our Personnel', 'Bob', 'Firm', false);
    insert into crm.contact_emails (contact_id, email, label, rank) values
      (1, 'xia@client.test', 'email', 1), (2, 'yan@client.test', 'email', 1), (2, 'yan@home.test', 'alt_email', 2),
      (3, 'val@vendor.test', 'email', 1), (4, 'pia@secret.test', 'email', 1),
      (5, 'ann@firm.test', 'email', 1), (6, 'bob@firm.test', 'email', 1);
    insert into crm.resources (name, email) values ('Boardroom', 'room@firm.test');
    select setval(pg_get_serial_sequence('crm.contacts', 'contact_id'), 100);
    select calsync.admin_org(jsonb_build_object('domains', '{firm.test}'::text[], 'other_sync_off', true, 'seats', 100,
      'licence_tier', 'Professional', 'licence', 'FIRM-' || left(calsync.text_digest('FIRM'), 4))::json);
    select calsync.admin_connection(json_build_object('tenant', 'firm', 'client_id', 'calsync',
      'secret_file', '$E2E_SIM/secret', 'graph', '$E2E_URL/v1.0', 'login', '$E2E_URL'));
    select calsync.admin_account('{\"user\":\"ann@firm.test\",\"since\":\"2025-03-01T00:00:00Z\"}');
    select calsync.admin_account('{\"user\":\"bob@firm.test\",\"since\":\"2025-03-01T00:00:00Z\"}');
  " >/dev/null
  E2E_RUN=0
  [ -z "${E2E_LATE:-}" ] ||
    sim fault "{\"kind\":\"delay\",\"amount\":150,\"count\":-1,\"mailbox\":\"$E2E_LATE@firm.test\"}" >/dev/null
}

# The firm's policy file, a line an argument.  The world's connection is that of an
# application, whatever a profile says; who signs people in says so.
firm_policy() {
  printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/firm.policy"
  case " $* " in
    *' auth = '*) ;;
    *'profile = '*) echo 'auth = app' >>"$BATS_TEST_TMPDIR/firm.policy" ;;
  esac
  export CALSYNC_POLICY=$BATS_TEST_TMPDIR/firm.policy
}

# profile NAME [line ...]: the firm's policy file.
profile() { firm_policy "profile = $1" "${@:2}"; }

# Both clocks.
later() { # SECONDS, or 90m, 3d
  sim clock "{\"advance\":\"$1\"}" >/dev/null
}
clock() { # INSTANT
  sim clock "{\"now\":\"$1\"}" >/dev/null
}
sim_now() { [[ $(sim clock) =~ '"now":"'([^\"]+) ]] && echo "${BASH_REMATCH[1]}"; }

# Both sides as they are now: kept once, then gone back to.
keep_world() {
  sim 'snapshot?name=kept' '{}' >/dev/null
  KEPT=${PGDATABASE}_s
  pg_copy "$PGDATABASE" "$KEPT"
}
back_to_world() {
  sim 'rollback?name=kept' '{}' >/dev/null
  pg_again "$KEPT"
}

calsync_run() { # RUN-ID [option ...]
  # shellcheck disable=SC2086
  CALSYNC_RUN=$1 CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" run -q ${E2E_WHO---all} --now "$(sim_now)" "${@:2}"
}

# sync [option of calsync run ...]: one run at the simulated time.  The streams
# are kept in $E2E_TEE.
sync() {
  E2E_RUN=$((E2E_RUN + 1))
  E2E_TOLD=$E2E_RUN
  E2E_TEE=$BATS_FILE_TMPDIR/runs/$BATS_TEST_NUMBER/$E2E_RUN
  # Where this run's part of the logs of Graph writes and of mails begins.
  E2E_WRITES=$(graph_writes) E2E_MAILS=$(sim_count outbox)
  if [ -n "${E2E_BREAK:-}" ]; then sync_broken "$@" || return 1; fi
  mkdir -p "${E2E_TEE%/*}"
  calsync_run "$E2E_RUN" --tee "$E2E_TEE" "$@" || {
    local status=$?
    echo "run $E2E_RUN ended with $status"
    sql "select kind, stage, code, outcome, sqlstate, evidence, detail from calsync.log where run = '$E2E_RUN' and error"
    return "$status"
  }
}

# sync_ends STATUS [option ...]: a run that is expected to end with it.
sync_ends() {
  local status=0
  sync "${@:2}" >"$BATS_TEST_TMPDIR/ends" 2>&1 || status=$?
  [ "$status" -eq "$1" ] || { echo "ended with $status, expected $1"; cat "$BATS_TEST_TMPDIR/ends"; return 1; }
}

# apply is stopped after one of its first durable steps, another one each time.
sync_broken() {
  local status=0
  CALSYNC_STOP_AFTER=$((2 + E2E_RUN % 4)) calsync_run "broken-$E2E_RUN" "$@" 2>"$BATS_TEST_TMPDIR/broken" || status=$?
  [ "$status" -eq 100 ] || { echo "the broken-off run ended with $status"; cat "$BATS_TEST_TMPDIR/broken"; return 1; }
  nobody_locks
}
# The session of an apply that died, and so its lock on the mailbox, may outlive it by a moment.
nobody_locks() {
  sql "do \$\$ begin
    for i in 1..100 loop
      exit when not exists (select from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database() where l.locktype = 'advisory');
      perform pg_sleep(0.05);
    end loop; end \$\$"
}

# What must not change in a run with nothing to do (law L1).
crm_dump() {
  sql "select to_jsonb(e) from crm.events e order by event_id;
    select to_jsonb(a) from crm.event_attendees a order by event_id, email"
}
# `raw` is of the bytes that Graph sent, which may be others without any change.
state_dump() {
  sql "select to_jsonb(m) from calsync.meeting m order by id;
    select to_jsonb(c) - 'raw' from calsync.copy c order by account, id;
    select to_jsonb(a) from calsync.again a order by account, id;
    select to_jsonb(h) from calsync.hold h order by id;
    select to_jsonb(i) from calsync.intent i order by id;
    select seq, crm_id, reason, due from calsync.change order by seq"
}
graph_writes() { sim_count writes; }

# A further run at the same time does nothing on either side, and has nothing to
# say (L1); mails 0.
sync_nothing() {
  local before after said
  before=$(crm_dump && state_dump)
  E2E_BREAK='' sync "$@" || return 1
  after=$(crm_dump && state_dump)
  diff <(echo "$before") <(echo "$after") || { echo "a run with nothing to do changed something"; return 1; }
  # Most often there is nothing, and to look for that needs no jq.
  said=$(grep -E '"type":"(op|problem)"|"new":true' "$E2E_TEE/reconcile.ndjson") || said=
  [ -z "$said" ] || said=$(jq -c 'select(.type == "op" or .type == "problem" or (.new and
    (.reason | IN("removed", "cancelled", "series_master", "unchanged", "ended") | not)))' <<<"$said")
  [ -z "$said" ] || { echo "a run with nothing to do has news: $said"; return 1; }
  nobody_mailed
}
# In the whole test; where calsync may write (E2E_OUT), in the last run.
nobody_mailed() {
  local n w=$E2E_WRITES m=$E2E_MAILS
  [ -n "${E2E_OUT:-}" ] || w=0 m=0
  n=$(($(sim_count outbox) - m))
  [ "$n" -eq 0 ] || { echo "$n mails"; return 1; }
  [ "$(graph_writes)" -eq "$w" ] || { echo "writes to Graph"; return 1; }
}

act() { sim act "$1" >/dev/null; }
# ann/bob ACTION EVENT [JSON members]: what people do in Outlook.
ann() { act "{\"as\":\"ann@firm.test\",\"do\":\"$1\",\"event\":\"$2\"${3:+,$3}}"; }
bob() { act "{\"as\":\"bob@firm.test\",\"do\":\"$1\",\"event\":\"$2\"${3:+,$3}}"; }
# meeting KEY ORGANIZER START [PERSON ...]: an hour in London, as JSON of a world.
# A person is an address, or JSON; MORE=JSON members are merged in.
meeting() {
  local who=() p by=$2
  for p in "${@:4}"; do case $p in '{'*) who+=("$p") ;; *) who+=("\"$p\"") ;; esac; done
  [[ $by == *@* ]] || by=$by@firm.test
  with_members "{\"key\":\"$1\",\"organizer\":\"$by\",\"subject\":\"$1\",\"start\":\"$3\",\"zone\":\"Europe/London\",\"attendees\":[$(IFS=,; echo "${who[*]}")]}" "${MORE:-"{}"}"
}
# with_members OBJECT MORE: one JSON object of both; of a member that both have the
# latter counts, as graphsim and jq read it.  A start of jq takes 20 ms.
with_members() {
  local first=${1%\}*} more=${2#*\{}
  [[ ! ${more%\}*} =~ [^[:space:]] ]] || first+=,
  printf '%s%s\n' "$first" "$more"
}
# world EVENT ...: for e2e_fresh.
world() {
  local IFS=,
  printf '{"events":[%s]}\n' "$*"
}

# many COUNT: meetings of Ann with Xia, an hour each, from 12 March 8:00 on.
many() {
  local i list=() start
  for ((i = 0; i < $1; i++)); do
    TZ=UTC printf -v start '%(%Y-%m-%dT%H:%M:%S)T' $((1741766400 + i * 3600))
    list+=("{\"key\":\"e$i\",\"organizer\":\"ann@firm.test\",\"subject\":\"E$i\",\"zone\":\"UTC\",\"start\":\"$start\",\"attendees\":[\"xia@client.test\"]}")
  done
  world "${list[@]}"
}
# weekly COUNT DAY: a recurrence, as JSON members.
weekly() { echo "\"recurrence\":{\"pattern\":{\"type\":\"weekly\",\"daysOfWeek\":[\"$2\"]},\"range\":{\"type\":\"numbered\",\"numberOfOccurrences\":$1}}"; }
starts() { sql "select string_agg(to_char(starts_at at time zone 'UTC', 'MM-DD HH24:MI'), ' ' order by starts_at) from crm.events where not deleted"; }
live() { sql "select count(*) from crm.events where not deleted"; }
fault() { sim fault "$1" >/dev/null; }
faults_off() { sim_control DELETE fault >/dev/null; }

# The live events of the CRM, one a line: owner|start|end|subject|attendees
events() {
  sql "select u.name, to_char(e.starts_at at time zone 'UTC', 'MM-DD HH24:MI'), to_char(e.ends_at at time zone 'UTC', 'HH24:MI'), e.subject,
      coalesce((select string_agg(split_part(a.email, '@', 1) || ':' || a.response, ' ' order by a.email)
        from crm.event_attendees a where a.event_id = e.event_id and a.kind <> 'resource'), '')
    from crm.events e join crm.users u on u.user_id = e.assigned_to
    where not e.deleted order by e.starts_at, e.subject, e.event_id"
}
# subjects: of the live events, sorted, in one line.
subjects() { sql "select string_agg(subject, ' ' order by subject, event_id) from crm.events where not deleted"; }
is() { # GOT WANTED
  [ "$1" = "$2" ] || { diff <(echo "$2") <(echo "$1"); return 1; }
}
logged() { # CONDITION: the codes of the last run, sorted
  sql "select code from calsync.log where run in ('$E2E_TOLD', 'broken-$E2E_TOLD') and $1 order by 1" | paste -sd ' '
}
reasons() { logged "kind = 'skip'"; }
problems() { logged "kind = 'problem'"; }
# What was done, such as "crm.create done crm.update done".
ops() {
  sql "select code || ' ' || outcome from calsync.log where run in ('$E2E_TOLD', 'broken-$E2E_TOLD') and kind = 'op' order by 1" | paste -sd ','
}
