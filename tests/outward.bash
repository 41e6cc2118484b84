# shellcheck shell=bash
# outward: what the tests of the way out add to e2e: people who type into the CRM,
# and exactly what a run wrote to Graph and whom that mailed.  Loaded after e2e.
# E2E_AFTER: further modes of graphsim, as JSON.
# E2E_MODEL=paranoid: Exchange mails as in the paranoid model, and policy says so.

E2E_OUT=1

# A world as of e2e_fresh, its policy lines (the first may be a profile's name),
# and a first run, which is quiet: what was there before is linked, nothing goes out.
# begin WORLD POLICY-LINE ...
begin() {
  fresh_out "$@"
  quiet_run
}
fresh_out() {
  e2e_fresh "$1" || return 1
  out_policy "${@:2}"
  sim mode "{\"preset\":\"${E2E_MODEL:-strict}\"}" >/dev/null || return 1
  [ -z "${E2E_AFTER:-}" ] || sim mode "$E2E_AFTER" >/dev/null || return 1
  make_clerk
  sql "select calsync.admin_org('{\"other_sync_off\":true}')" >/dev/null
}
# Somebody who works with the CRM and has no rights on calsync's tables.
make_clerk() {
  sql "do \$\$ begin create role calsync_test_clerk; exception when duplicate_object or unique_violation then null; end \$\$;
    grant usage on schema crm to calsync_test_clerk;
    grant select, insert, update, delete on all tables in schema crm to calsync_test_clerk;
    grant usage on all sequences in schema crm to calsync_test_clerk" >/dev/null
}
# The policy of a test: lines, of a key the last one; a word without = is a profile.
out_policy() {
  local lines=() profile=() line seen=' ' i given
  case ${1:-} in
    '' | *=*) ;;
    *) profile=("profile = $1"); shift ;;
  esac
  given=("mail.model = ${E2E_MODEL:-strict}" "$@")
  for ((i = ${#given[@]} - 1; i >= 0; i--)); do
    line=${given[i]}
    [[ $seen != *" ${line%% = *} "* ]] || continue
    seen+="${line%% = *} "
    lines=("$line" "${lines[@]}")
  done
  firm_policy "${profile[@]}" "${lines[@]}"
}
both_ways=('direction.events = both' 'mail.allow = all' 'description.mode = always' 'attendees.to_graph = all' 'attendees.trigger = yes')

quiet_run() {
  local break=${E2E_BREAK:-}
  E2E_BREAK='' sync || return 1
  E2E_BREAK=$break
  is "$(graph_writes)$(sim_count outbox)" 00 || { echo "the first run is not quiet"; return 1; }
  later 15m
}

# turn: a quarter of an hour later, one run; then our own writes come back, which is
# no write on either side; and then a run that does nothing at all (L1).
turn() {
  later 15m
  sync "$@"
  as_foreseen
  nothing_more "$@"
}
# writes, mails, reasons and ops go on to tell of the run before.
nothing_more() {
  local w=$E2E_WRITES m=$E2E_MAILS told=$E2E_TOLD crm state break=${E2E_BREAK:-}
  crm=$(crm_dump) state=$(state_dump)
  E2E_BREAK=''
  sync "$@"
  is "$(crm_dump)" "$crm"
  nobody_mailed
  # Where links had something to note, such as a guest's new copy, once more.
  [ "$(state_dump)" = "$state" ] || sync_nothing "$@"
  E2E_WRITES=$w E2E_MAILS=$m E2E_TOLD=$told E2E_BREAK=$break
}

# People in the CRM -------------------------------------------------------------

clerk() { sql "set role calsync_test_clerk; $1"; }
# crm_event SUBJECT START MINUTES [ADDRESS ...]: Ann's (OWNER=2: Bob's); MORE='column = value, ...'.
crm_event() {
  clerk "with e as (insert into crm.events (assigned_to, subject, starts_at, ends_at, time_zone)
      values (${OWNER:-1}, '$1', '$2', '$2'::timestamptz + '$3 min', 'Europe/London') returning event_id)
    insert into crm.event_attendees (event_id, email, name, user_id, contact_id)
      select e.event_id, x.email, x.name, x.user_id, x.contact_id from e, ($(crm_people "${@:4}")) x;
    ${MORE:+update crm.events set $MORE where subject = '$1'}"
}
# A SELECT of these people as relations.
crm_people() {
  local list
  list=$(printf "'%s'," "$@")
  echo "select a.email, coalesce(p.name, a.email) as name, case when p.person = 'user' then p.id::bigint end as user_id,
      case when p.person in ('contact', 'lead') then p.id::bigint end as contact_id
    from unnest(array[${list%,}]::text[]) a(email)
    left join lateral (select * from (select lower(u.email) as email, 'user' as person, u.user_id::text as id, u.name, 0 as rank from crm.users u
      union all select lower(c.email), 'contact', c.contact_id::text, concat_ws(' ', k.first_name, k.last_name), c.rank
        from crm.contact_emails c join crm.contacts k using (contact_id)) q where q.email = a.email order by q.rank limit 1) p on true
    where a.email <> ''"
}
crm_id() { sql "select event_id from crm.events where subject = '$1' and not deleted"; }
# crm_edit SUBJECT "column = value, ...".
crm_edit() { clerk "update crm.events set $2 where subject = '$1' and not deleted"; }
crm_move() { crm_edit "$1" "starts_at = '$2', ends_at = '$2'::timestamptz + (ends_at - starts_at)"; }
crm_delete() { crm_edit "$1" "deleted = true"; }
crm_add() { # SUBJECT ADDRESS
  clerk "insert into crm.event_attendees (event_id, email, name, user_id, contact_id)
    select e.event_id, x.email, x.name, x.user_id, x.contact_id from crm.events e, ($(crm_people "$2")) x where e.subject = '$1' and not e.deleted"
}
crm_remove() { # SUBJECT ADDRESS
  clerk "delete from crm.event_attendees a using crm.events e where e.event_id = a.event_id and e.subject = '$1' and a.email = '$2'"
}
# One value of a CRM event.
crm_has() { sql "select $2 from crm.events where subject = '$1' and not deleted"; } # SUBJECT EXPRESSION

# What a run did -----------------------------------------------------------------

# The writes of the last run, one a line, sorted: method, mailbox, subject (as it was),
# members of the body, sorted; of attendees who they are: [bob xia].  A status that
# is no success follows.
writes() { wrote "$E2E_WRITES"; }
wrote() { # FROM
  [ "$(graph_writes)" -gt "$1" ] || return 0
  sim writes | jq -r --argjson from "$1" '
    def who: map(.emailAddress.address | sub("@.*"; "")) | sort | join(" ");
    .value[$from:][] | .body as $b
    | [.method + (if .isOrganizer == false then "(guest)" else "" end), (.mailbox | sub("@.*"; "")),
       (.subject // $b.subject // ""),
       (if .method == "POST" and $b.transactionId then "[\($b.attendees // [] | who)]"
        elif $b == null then empty
        else ($b | keys | map(if . == "attendees" then "attendees[\($b.attendees | who)]" else . end) | join(",")) end),
       (if .status >= 300 then .status else empty end)] | join(" ")' | sort
}
# The mails that our writes of the last run caused: kind, recipient, subject.
mails() {
  [ "$(sim_count outbox)" -gt "$E2E_MAILS" ] || return 0
  sim outbox | jq -r --argjson from "$E2E_MAILS" \
    '[.mails[] | select(.by == "api")][$from:][] | "\(.kind) \(.recipient | sub("@.*"; "")) \(.subject)"' | sort
}
mail_count() { echo $(($(sim_count outbox) - E2E_MAILS)); }
wrote_nothing() { is "$(writes)" "" && is "$(mails)" ""; }
# The last POST's body.
posted() { sim writes | jq -c '[.value[] | select(.method == "POST" and .body.transactionId)][-1].body'; }

# Outlook as its owner sees it, one event a line: start|subject|attendees|location|show as.
box() { # ann
  sim "events?mailbox=$1@firm.test" | jq -r '.value[] | select(.cancelled | not)
    | [(.start | sub(":00$"; "")), .subject, ([.attendees[].address | sub("@.*"; "")] | sort | join(" ")), .location, .showAs] | join("|")' | sort
}
# One member of an event of a mailbox: of_box ann SUBJECT .member
of_box() { sim "events?mailbox=$1@firm.test" | jq -rc --arg s "$2" ".value[] | select(.subject == \$s) | $3"; }

# As many mails as the run foresaw, not more and not fewer (L3); where something was
# sent again that an earlier run had foreseen, in all runs together.  E2E_AT_MOST=1:
# fewer will do, where it is not known whether Exchange mails at all.
as_foreseen() {
  local run all
  IFS='|' read -r run all < <(sql "select count(*) filter (where run in ('$E2E_TOLD', 'broken-$E2E_TOLD')), count(*) from calsync.mails")
  [ -z "${E2E_AT_MOST:-}" ] || [ "$(mail_count)" -gt "$run" ] || return 0
  [ "$(mail_count)" = "$run" ] || [ "$(sim_count outbox)" = "$all" ] ||
    { echo "run $E2E_TOLD: $(mail_count) mails, foreseen $run"; return 1; }
}
# Predicted >= actual, over this whole test (L3).
mails_foreseen() {
  local actual foreseen
  actual=$(sim_count outbox)
  foreseen=$(sql "select count(*) from calsync.mails")
  [ "$actual" -le "$foreseen" ] || { echo "$actual mails, foreseen $foreseen"; return 1; }
}

# strict STORY, paranoid STORY: in one mail model.
strict() { E2E_MODEL=strict "$@"; }
paranoid() { E2E_MODEL=paranoid "$@"; }
# worst STORY: in graphsim's worst modes, with the very same writes and mails.  Only
# without housekeeping, for an etag that changes by itself between our read and our
# write puts that write off to the next run.
worst() { E2E_MODE=worst E2E_AFTER='{"housekeeping":0}' "$@"; }
# Never in a condition (||, &&, if): there the shell does not stop at what fails.
in_both_models() {
  strict "$@"
  echo "in the paranoid model"
  paranoid "$@"
}
# by_model STRICT PARANOID: what this model gives.
by_model() { if [ "${E2E_MODEL:-strict}" = paranoid ]; then echo "$2"; else echo "$1"; fi; }
