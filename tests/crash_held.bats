# The crash matrix of what is held and released (L4): in one run a release is used, one
# is void as its event was edited meanwhile, one write is held anew, one for the first
# time, and one is let through that was never held.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; load crash; }

released() { for id in $(sql "select h.id from calsync.held h join crm.events e on e.event_id::text = h.crm_id where e.subject in ($1)"); do sql "select calsync.admin_release($id)" >/dev/null; done; }
held_and_released() {
  begin "$(world "$(meeting used ann 2025-03-12T10:00 xia@client.test)" "$(meeting edited ann 2025-03-13T10:00 yan@client.test)" \
    "$(meeting waits ann 2025-03-14T10:00 val@vendor.test)" "$(meeting fresh ann 2025-03-15T10:00 xia@client.test yan@client.test)" \
    "$(meeting free ann 2025-03-16T10:00)")" "${both_ways[@]}" 'mail.per_run = 0' 'unmatched.mode = sync' 'delete.to_graph = delete'
  crm_edit used "location = 'Hall'"
  crm_edit edited "location = 'Hall'"
  crm_edit waits "location = 'Hall'"
  crm_event Made 2025-03-20T10:00Z 60 xia@client.test
  later 15m
  go first
  is "$(sql "select count(*) from calsync.held")" 4
  released "'used', 'edited', 'Made'"
  crm_edit edited "location = 'Pub'"
  crm_edit fresh "location = 'Hall'"
  crm_edit free "location = 'Hall'"
}

@test "crash: a release is used once, what is held is held once, wherever apply stops or dies (L4 U13)" {
  held_and_released
  every_step
  is "$(wrote 0)" "PATCH ann free location
PATCH ann used location
POST ann Made [xia]"
  # The invitation and the update that were released, and nobody else's.
  is "$(sim outbox | jq -r '.mails[] | select(.by == "api") | "\(.kind) \(.recipient) \(.subject)"' | sort)" "invitation xia@client.test Made
update xia@client.test used"
  is "$(sql "select e.subject, h.released_by is not null, h.consumed is not null, h.void is not null from calsync.hold h join crm.events e on e.event_id::text = coalesce(h.crm_id, (select m.crm_id from calsync.meeting m where m.id = h.meeting)) order by 1, 2, 3, 4")" "Made|t|t|f
edited|f|f|f
edited|t|f|t
fresh|f|f|f
used|t|t|f
waits|f|f|f"
  every_kill
}
