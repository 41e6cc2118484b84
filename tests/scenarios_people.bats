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
