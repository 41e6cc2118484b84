# People whom the CRM does not know: those who are made when policy says so.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; }

made() { sql "select c.kind, concat_ws(' ', c.first_name, c.last_name), c.owner_id, e.email from crm.contacts c join crm.contact_emails e using (contact_id) where c.contact_id > 100 order by e.email"; }
related() { sql "select e.subject, string_agg(a.email, ' ' order by a.email) from crm.events e join crm.event_attendees a using (event_id) where a.contact_id is not null group by 1 order by 1"; }

@test "people: C-046 F089 nobody is made unless policy says so; then once, however many events and mailboxes name them" {
  E2E_BREAK=1
  e2e_fresh "$(world \
    "$(meeting e1 ann 2025-03-12T10:00 xia@client.test bob@firm.test '{"address":"nia@new.test","name":"Nia Orr"}' dee@firm.test)" \
    "$(meeting e2 ann 2025-03-13T10:00 xia@client.test nia@new.test)" \
    "$(meeting e3 bob 2025-03-13T12:00 xia@client.test nia@new.test)" \
    "$(meeting e4 ann 2025-03-14T12:00 lou@new.test)")"
  firm_policy
  sync
  is "$(related)" "e1|xia@client.test
e2|xia@client.test
e3|xia@client.test"
  is "$(made)" ""
  later 15m
  sync_nothing

  firm_policy 'unmatched.create = contact'
  ann update e2 '"set":{"subject":"e2b"}'
  bob update e3 '"set":{"subject":"e3b"}'
  later 15m
  sync
  # Ann and Bob have asked for her; the one who was first owns her.  Dee is of the firm, Lou's event does not come in.
  is "$(made | sed 's/|[12]|/|x|/')" "contact|nia@new.test|x|nia@new.test"
  is "$(logged "code = 'crm.person.create'")" crm.person.create
  is "$(reasons)" ""
  # The first event has waited for her: the next run finds her.
  later 15m
  sync
  is "$(related)" "e1|nia@new.test xia@client.test
e2b|nia@new.test xia@client.test
e3b|nia@new.test xia@client.test"
  sync_nothing
  # The person leaves the event and stays in the CRM.
  ann update e2 '"set":{"attendees":[{"emailAddress":{"address":"xia@client.test"}}]}'
  later 15m
  sync
  is "$(related | sed -n 2p)" "e2b|xia@client.test"
  is "$(made | wc -l)" 1
  sync_nothing
}

@test "people: I-028 a distribution list is nobody, or who is on it, as policy says; its members count as mailed" {
  e2e_fresh "$(jq -cn --argjson w "$(world \
    "$(meeting e ann 2025-03-12T10:00 xia@client.test all@firm.test)" \
    "$(meeting f ann 2025-03-13T10:00 team@firm.test)" \
    "$(meeting g ann 2025-03-14T10:00 dee@firm.test xia@client.test)")" '$w + {groups: [
      {mail: "all@firm.test", name: "All", members: ["bob@firm.test", "team@firm.test", "out@client.test"]},
      {mail: "team@firm.test", name: "Team", members: ["dee@firm.test", "yan@client.test", "all@firm.test"]}]}')"
  people() { sql "select e.subject, string_agg(split_part(a.email, '@', 1), ' ' order by a.email) from crm.events e join crm.event_attendees a using (event_id) group by 1 order by 1"; }
  firm_policy
  sync
  is "$(people)" "e|xia
g|xia"
  [ "$(sim requests | grep -c /groups)" -eq 0 ]
  sync_nothing

  firm_policy 'attendees.groups = expand' 'direction.events = both' 'mail.allow = all' 'mail.per_run = unlimited'
  sql "update calsync.account set first = false" >/dev/null
  # Graph ends a page where it likes, also before the first of it.
  sim mode '{"page.empty":60,"page.max":1}' >/dev/null
  for key in e f g; do ann touch $key; done
  later 15m
  sync
  # e has waited for somebody to become known, and so is looked at under the new policy; f comes in by Yan.
  is "$(people)" "e|bob xia yan
f|bob yan
g|xia"
  ann update e '"set":{"subject":"e2"}'
  later 15m
  sync
  is "$(people)" "e2|bob xia yan
f|bob yan
g|xia"
  is "$(jq -c 'select(.type == "group") | [.address, (.members // ["?"] | map(.address? // "?") | sort | join(" "))]' "$E2E_TEE/fetch.ndjson")" \
    '["all@firm.test","bob@firm.test dee@firm.test out@client.test yan@client.test"]'
  sync_nothing

  # A change in the CRM: whom Exchange mails was foreseen, the members too.
  sql "update crm.events set starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour', reminder_at = reminder_at + interval '1 hour' where subject = 'e2'" >/dev/null
  later 15m
  before=$(sim outbox | jq .count)
  sync
  is "$(ops)" "graph.update done,graph.update planned"
  is "$(jq -c 'select(.op == "graph.update" and .type == "op") | .mail' "$E2E_TEE/reconcile.ndjson")" \
    '["all@firm.test","bob@firm.test","dee@firm.test","out@client.test","xia@client.test","yan@client.test"]'
  is "$(($(sim outbox | jq .count) - before))" 5
  later 15m
  sync

  # Without the right to read groups nobody is believed to have left, and nothing that would mail a list goes.
  fault '{"kind":"status","status":403,"code":"Authorization_RequestDenied","path":"/groups","count":-1}'
  ann update e '"set":{"location":{"displayName":"Cafe"}}'
  sql "update crm.events set starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour', reminder_at = reminder_at + interval '1 hour' where subject = 'f'" >/dev/null
  before=$(sim outbox | jq .count)
  later 15m
  sync
  is "$(people | head -1)" "e2|bob xia yan"
  is "$(sql "select reason, rule from calsync.held")" "mail_held|attendees.groups"
  is "$(sim outbox | jq .count)" "$before"
}
