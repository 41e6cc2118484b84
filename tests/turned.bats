# A single event becomes a series in Outlook, and a series a single event again: the
# CRM's record goes on as its first date, and back.
# Every test ends with a run that must do nothing (L1).
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; }

m() { meeting m ann 2025-03-12T09:00 xia@client.test bob@firm.test; }
weekly_from() { echo "\"set\":{\"recurrence\":{\"pattern\":{\"type\":\"weekly\",\"interval\":1,\"daysOfWeek\":[\"wednesday\"],\"firstDayOfWeek\":\"sunday\"},\"range\":{\"type\":\"numbered\",\"startDate\":\"$1\",\"numberOfOccurrences\":3}}}"; }
single='"set":{"recurrence":null}'
# The live records: id@date of the start, with what only the CRM has; and the live keys.
rows() { sql "select string_agg(event_id || '@' || to_char(starts_at at time zone 'UTC', 'MM-DD') || coalesce(' ' || array_to_string(nullif(categories, '{}'), ','), ''), ' ' order by starts_at) from crm.events where not deleted"; }
keys() { sql "select string_agg(k.original_date || '=' || m.crm_id, ' ' order by k.original_date) from calsync.meeting_key k join calsync.meeting m on m.id = k.meeting where m.state <> 'ended' and (k.uid, k.original_date, k.slot) = (m.uid, m.original_date, m.slot)"; }
rules() { sql "select recurrence_rule from crm.events where not deleted"; }
# Every live link has the copies of its event in both mailboxes, and no other.
copies() { sql "select string_agg(distinct n::text, ' ') from (select count(*) filter (where c.state = 'present') || case when bool_or(c.state <> 'present' or c.original_date <> m.original_date) then '!' else '' end as n from calsync.meeting m join calsync.copy c on c.meeting = m.id where m.state <> 'ended' group by m.id) q"; }

# Of records that were there; those that are new may be made through either mailbox.
done_in_crm() { logged "kind = 'op' and code in ('crm.update', 'crm.delete') and outcome = 'done'"; }

# Into a series of three, and back.
turns() {
  local kept
  ann update m "$(weekly_from 2025-03-12)"
  later 15m
  sync
  # A broken-off run may have used up ids.
  kept=$(sql "select string_agg(event_id::text, ' ' order by starts_at) from crm.events where not deleted and event_id <> 1")
  is "$(rows)" "1@03-12 ours ${kept% *}@03-19 ${kept#* }@03-26"
  is "$(keys)" "2025-03-12=1 2025-03-19=${kept% *} 2025-03-26=${kept#* }"
  is "$(copies)" 2
  is "$(sql "select count(*) from crm.events where deleted")" 0
  is "$(done_in_crm)" "crm.update"
  sync_nothing
  is "$(sql "select count(*) from calsync.change")" 0
  ann update m "$single"
  later 15m
  sync
  is "$(rows)" "1@03-12 ours"
  is "$(keys)" "=1"
  is "$(copies)" 2
  is "$(sql "select string_agg(event_id::text, ' ' order by event_id) from crm.events where deleted")" "$(printf '%s\n' $kept | sort -n | paste -sd ' ')"
  is "$(done_in_crm)" "crm.delete crm.delete crm.update"
  sync_nothing
}

@test "failure: F067 F068 a single event becomes a series, and that one a single event: the same record" {
  e2e_fresh "$(world "$(m)")"
  firm_policy 'delete.to_crm = delete'
  sync
  is "$(rows)" "1@03-12"
  sql "update crm.events set categories = '{ours}'"
  keep_world
  echo "bob first, after runs that break off"
  E2E_LATE=ann E2E_BREAK=1 turns
  # Where series come in as one the row is the same anyway, and gets the rule.
  back_to_world
  firm_policy 'delete.to_crm = delete' 'recurring.mode = series'
  ann update m "$(weekly_from 2025-03-12)"
  later 15m
  sync
  is "$(rows)|$(rules)" "1@03-12 ours|FREQ=WEEKLY;BYDAY=WE;WKST=SU;COUNT=3"
  sync_nothing
  ann update m "$single"
  later 15m
  sync
  is "$(rows)|$(rules)" "1@03-12 ours|"
  is "$(done_in_crm)" "crm.update"
  sync_nothing
}

# While somebody edits the record in the CRM: what was edited is written to the date, or
# to the single event, and nothing is taken for an answer to it.
edited() {
  begin "$(world "$(meeting m ann 2025-03-12T09:00 bob@firm.test xia@client.test)")" "${both_ways[@]}" "$@" 'delete.to_crm = delete' 'delete.to_graph = delete'
  crm_edit m "location = 'Hall'"
  ann update m "$(weekly_from 2025-03-12)"
  later 15m
  sync
  as_foreseen
  is "$(rows | cut -d ' ' -f 1)" "1@03-12"
  is "$(writes)" "PATCH ann m location"
  is "$(mails)" "update bob m
update xia m"
  is "$(sql "select string_agg(coalesce(nullif(location, ''), '-'), ' ' order by starts_at) from crm.events where not deleted")" "Hall - -"
  # What comes back is an exception by now, and the CRM says so to its people.
  sync
  wrote_nothing
  nothing_more
  clerk "update crm.events set subject = 'Talk' where event_id = 1"
  ann update m "$single"
  turn
  is "$(rows)" "1@03-12"
  is "$(keys)" "=1"
  is "$(writes)" "PATCH ann m subject"
  is "$(mails)" "update bob Talk
update xia Talk"
  is "$(sql "select subject || location from crm.events where not deleted")" "Talk"
  crm_delete Talk
  turn
  is "$(writes)" "DELETE ann Talk"
  is "$(mails)" "cancellation bob Talk
cancellation xia Talk"
}

@test "failure: F067 F068 both ways, while the record is edited in the CRM" {
  load outward
  edited 'recurring.mode = expand'
}
