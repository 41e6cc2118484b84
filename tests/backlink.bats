# The line that leads from an Outlook event to its record (policy key backlink).
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

text() { of_box ann "$1" '.body | gsub("\u00a0"; " ") | gsub("\r"; "")'; }

@test "backlink: what the CRM makes leads back to its lead; what was imported does not (S-010 S-011 SC-20)" {
  begin "$(world "$(MORE='{"body":"Imported"}' meeting in ann 2025-03-12T10:00 xia@client.test)")" salesexec
  sql "insert into crm.contacts (contact_id, kind, first_name, last_name) overriding system value values (7, 'lead', 'Lea', 'Ude');
    insert into crm.contact_emails (contact_id, email) values (7, 'lea@lead.test')"
  sql "insert into crm.site (url) values ('https://crm.firm.test')"
  MORE="description = 'notes', contact_id = 7" crm_event Call 2025-03-10T15:00Z 30
  crm_event Bare 2025-03-11T15:00Z 30
  turn
  is "$(writes)" "POST ann Bare []
POST ann Call []"
  is "$(text Call)" 'notes

Show Lead https://crm.firm.test/lead/7'
  is "$(text Bare)" "Show Lead https://crm.firm.test/event/$(crm_id Bare)"
  is "$(crm_has Call description)|$(crm_has Bare description)" "notes|"
  later 15m
  sync_nothing
  # The CRM's new text takes the link along.
  crm_edit Call "description = 'more'"
  turn
  is "$(writes)" "PATCH ann Call body"
  is "$(text Call)" 'more

Show Lead https://crm.firm.test/lead/7'
  # Outlook's new text comes without it.
  ann update "$(of_box ann Call .id)" '"set":{"body":"from Outlook\n\nShow Lead https://crm.firm.test/lead/7"}'
  turn
  wrote_nothing
  is "$(crm_has Call description)" "from Outlook"
  # Its user takes the link away: it is not put back.
  ann update "$(of_box ann Call .id)" '"set":{"body":"from Outlook"}'
  turn
  wrote_nothing
  is "$(text Call)|$(crm_has Call description)" "from Outlook|from Outlook"
  # What came from Outlook is not written, and gets no link with the CRM's text.
  is "$(text in)" Imported
  crm_edit in "description = 'From the CRM', contact_id = 7"
  turn
  is "$(writes)" "PATCH ann in body"
  is "$(text in)" "From the CRM"
}
