# A single event becomes a series in Outlook, and a series a single event again: the
# CRM's record goes on as its first date, and back.
# Every test ends with a run that must do nothing (L1).
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load two_way; }

keys() { sql "select string_agg(k.original_date || '=' || m.crm_id, ' ' order by k.original_date) from calsync.meeting_key k join calsync.meeting m on m.id = k.meeting where m.state <> 'ended' and (k.uid, k.original_date, k.slot) = (m.uid, m.original_date, m.slot)"; }
rows() { sql "select string_agg(event_id || '@' || to_char(starts_at at time zone 'UTC', 'MM-DD'), ' ' order by starts_at) from crm.events where not deleted"; }
made_weekly() { echo "\"set\":{\"recurrence\":{\"pattern\":{\"type\":\"weekly\",\"interval\":1,\"daysOfWeek\":[\"wednesday\"],\"firstDayOfWeek\":\"sunday\"},\"range\":{\"type\":\"numbered\",\"startDate\":\"2025-03-12\",\"numberOfOccurrences\":$1}}}"; }

@test "failure: F067 F068 a single event becomes a series, and that one a single event: the same record" {
  e2e_fresh "$(world "$(meeting m ann 2025-03-12T09:00 xia@client.test bob@firm.test)")"
  firm_policy 'delete.to_crm = delete' "$@"
  sync
  is "$(keys)" "=1"
  ann update m "$(made_weekly 3)"
  later 15m
  sync
  rows; did; keys
  sql "select * from calsync.copy"
  sync_nothing
  ann update m '"set":{"recurrence":null}'
  later 15m
  sync
  rows; did; keys
  sql "select * from calsync.copy"
  sync_nothing
  false
}
