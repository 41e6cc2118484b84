# Our categories in Outlook (category.write): what is synced is marked, what failed
# says so, in both mail models; and whom that mails.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

# Categories of an event in a mailbox, sorted: cats ann SUBJECT.
cats() { of_box "$1" "$2" '.categories | sort | join(", ")'; }
# The mailbox's own list: "Salesforce=preset7 ...".
colors() { sim "events?mailbox=$1@firm.test" | jq -r '[.categories | to_entries[] | "\(.key)=\(.value)"] | sort | join(" ")'; }
# The writes to events.
on_events() { writes | grep -v ' color,displayName$'; }
person() { echo "{\"address\":\"$1\",\"response\":\"accepted\"}"; } # who has accepted

own_meeting() {
  begin '{}' smartcloud
  ann create - "\"event\":$(MORE='{"categories":["Own"]}' meeting e1 ann 2025-03-12T10:00 "$(person bob@firm.test)" xia@client.test)"
  bob add-category e1 '"category":"Red"'
  later 15m
  sync
  is "$(on_events)" "PATCH ann e1 categories"
  is "$(cats ann e1)" "Own, Salesforce, Status: Tracked successfully."
  is "$(cats bob e1)" "Red"
  is "$(mails)" "$(by_model '' 'update bob e1
update xia e1')"
  is "$(colors ann)" "Salesforce=preset7 Sync Error=preset0"
  # Bob's copy waited for Ann's.
  sync
  is "$(on_events)" "PATCH(guest) bob e1 categories"
  is "$(cats bob e1)" "Red, Salesforce, Status: Tracked successfully."
  nobody_mailed_this_run
  sync_nothing
  later 15m
  sync_nothing
  is "$(events)" "Ann|03-12 10:00|11:00|e1|bob:accepted xia:none"
  mails_foreseen
}
nobody_mailed_this_run() { is "$(mails)" ""; }
@test "marks: what is shared gets ours beside the user's, on both copies (C-038 C-040 U7)" { in_both_models own_meeting; }

failed() {
  begin '{}' smartcloud 'recurring.mode = series'
  fault '{"kind":"edit","count":-1,"from":"Asia/Tokyo","to":"tzone://Microsoft/Custom"}'
  ann create - "\"event\":$(MORE='{"allDay":true,"start":"2025-03-12","end":"2025-03-14"}' meeting a ann 2025-03-12 xia@client.test)"
  ann create - "\"event\":$(MORE="{\"allDay\":true,\"start\":\"2025-03-12\",\"end\":\"2025-03-13\",$(weekly 2 wednesday)}" meeting b ann 2025-03-12 xia@client.test)"
  ann create - "\"event\":$(MORE='{"zone":"Asia/Tokyo"}' meeting c ann 2025-03-12T10:00 xia@client.test)"
  ann create - "\"event\":$(MORE='{"subject":"","categories":["Own"]}' meeting d ann 2025-03-12T11:00 xia@client.test)"
  ann create - "\"event\":$(MORE='{"allDay":true,"start":"2025-03-15","end":"2025-03-16"}' meeting e ann 2025-03-15 xia@client.test)"
  turn
  is "$(reasons)" "missing_fields recurring_allday timezone too_long"
  is "$(subjects)" "e"
  is "$(cats ann a)" "Status: Not tracked: too long., Sync Error"
  is "$(cats ann b)" "Status: Not tracked: all-day series., Sync Error"
  is "$(cats ann c)" "Status: Not tracked: unknown time zone., Sync Error"
  is "$(cats ann '')" "Own, Status: Required fields are missing: subject, Sync Error"
  is "$(cats ann e)" "Salesforce, Status: Tracked successfully."
  is "$(on_events | sort | uniq -c | xargs)" "1 PATCH ann categories 1 PATCH ann a categories 1 PATCH ann b categories 1 PATCH ann c categories 1 PATCH ann e categories"
  is "$(mail_count)" "$(by_model 0 5)"
  is "$(colors ann)" "Salesforce=preset7 Sync Error=preset0"
  # It gets a subject: then it comes in, and says so.
  ann update d '"set":{"subject":"d"}'
  turn
  is "$(subjects)" "d e"
  is "$(cats ann d)" "Own, Salesforce, Status: Tracked successfully."
  is "$(on_events)" "PATCH ann d categories"
  is "$(mail_count)" "$(by_model 0 1)"
  # It fails no longer, but is left out: what is said of a failure goes.
  ann update a '"set":{"sensitivity":"private"}'
  turn
  is "$(reasons)" private
  is "$(cats ann a)" ""
  mails_foreseen
}
@test "marks: what cannot sync says why, and no longer when it does (C-039 C-040 C-041 C-042)" { in_both_models failed; }

# The CRM refuses the subject "bad".
refusing() {
  sql "create or replace function crm.refuse() returns trigger language plpgsql as \$\$
    begin if new.subject like 'bad%' then raise exception 'no' using errcode = '23514'; end if; return new; end \$\$;
    create trigger refuse before insert or update on crm.events for each row execute function crm.refuse()"
}

refused() {
  begin '{}' smartcloud
  refusing
  ann create - "\"event\":$(MORE='{"subject":"bad"}' meeting e1 ann 2025-03-12T10:00 xia@client.test)"
  ann create - "\"event\":$(meeting e2 ann 2025-03-12T12:00 xia@client.test)"
  later 15m
  sync_ends 1
  is "$(cats ann bad)" "Status: Not tracked: refused by the CRM., Sync Error"
  is "$(cats ann e2)" "Salesforce, Status: Tracked successfully."
  is "$(live)" 1
  # Still refused: nothing new is said.
  later 1h
  sync_ends 1
  is "$(on_events)" ""
  is "$(cats ann bad)" "Status: Not tracked: refused by the CRM., Sync Error"
  sql "drop trigger refuse on crm.events"
  later 3h
  sync
  is "$(subjects)" "bad e2"
  is "$(cats ann bad)" "Salesforce, Status: Tracked successfully."
  is "$(on_events)" "PATCH ann bad categories"
  sync_nothing
  # An update that is refused is told with the next try.
  refusing
  ann update e2 '"set":{"subject":"bad too"}'
  later 15m
  sync_ends 1
  later 1h
  sync_ends 1
  is "$(cats ann 'bad too')" "Salesforce, Status: Not tracked: refused by the CRM., Sync Error"
  sql "drop trigger refuse on crm.events"
  later 3h
  sync
  is "$(cats ann 'bad too')" "Salesforce, Status: Tracked successfully."
  is "$(mail_count)" "$(by_model 0 1)"
  later 15m
  sync_nothing
  mails_foreseen
}
@test "marks: what the CRM refuses carries the error until it is taken (C-039 U11)" { in_both_models refused; }

# calsync ARGUMENTS: what people call.
call() { CALSYNC_BIN=$BIN "$TOP/scripts/calsync" "$@"; }

disturbed() {
  E2E_BREAK=1
  begin '{}' smartcloud
  ann create - "\"event\":$(meeting e1 ann 2025-03-12T10:00 xia@client.test)"
  turn
  is "$(cats ann e1)" "Salesforce, Status: Tracked successfully."
  E2E_BREAK=''
  # It was done, and no answer came: looked up, not written again.
  ann create - "\"event\":$(meeting e2 ann 2025-03-12T12:00 xia@client.test)"
  fault '{"kind":"reset","method":"PATCH","path":"/events/","commit":"after","count":1}'
  later 15m
  sync_ends 75
  is "$(cats ann e2)" "Salesforce, Status: Tracked successfully."
  faults_off
  later 15m
  sync
  is "$(on_events)" ""
  later 15m
  sync_nothing
  # It was not done: written again.
  ann create - "\"event\":$(meeting e3 ann 2025-03-12T14:00 xia@client.test)"
  fault '{"kind":"reset","method":"PATCH","path":"/events/","count":1}'
  later 15m
  sync_ends 75
  is "$(cats ann e3)" ""
  faults_off
  later 15m
  sync
  is "$(cats ann e3)" "Salesforce, Status: Tracked successfully."
  nothing_more
  # Somebody was faster: the next run.
  ann create - "\"event\":$(meeting e4 ann 2025-03-12T16:00 xia@client.test)"
  fault '{"kind":"status","method":"PATCH","path":"/events/","status":412,"count":1}'
  later 15m
  sync
  is "$(cats ann e4)" ""
  sync
  is "$(cats ann e4)" "Salesforce, Status: Tracked successfully."
  sync_nothing
  # No right to the list of colours: a warning, no more.
  fault '{"kind":"status","method":"GET","path":"/outlook/","status":403,"count":-1}'
  ann create - "\"event\":$(meeting e5 ann 2025-03-13T10:00 xia@client.test)"
  turn
  is "$(cats ann e5)" "Salesforce, Status: Tracked successfully."
  is "$(mail_count)" 0
}
@test "marks: broken off, without an answer, too late: written once (L4 C-038)" { strict disturbed; }

mailed() {
  begin '{}' smartcloud 'mail.allow = none'
  ann create - "\"event\":$(meeting e1 ann 2025-03-12T10:00 xia@client.test yan@client.test)"
  ann create - "\"event\":$(MORE='{"attendees":[]}' meeting alone ann 2025-03-12T12:00)"
  bob create - "\"event\":$(MORE='{"organizer":"xia@client.test"}' meeting guest xia@client.test 2025-03-12T14:00 "$(person bob@firm.test)")"
  later 15m
  sync
  is "$(cats bob guest)" "Salesforce, Status: Tracked successfully."
  if [ "$E2E_MODEL" = strict ]; then
    is "$(cats ann e1)" "Salesforce, Status: Tracked successfully."
    return
  fi
  # As any other write that mails: held, listed, and let go by a person.
  is "$(cats ann e1)" ""
  is "$(sql "select op, fields, mail, reason from calsync.held")" "graph.mark|{categories}|{xia@client.test,yan@client.test}|mail_held"
  sync_nothing
  later 1d
  sync_nothing
  call release "$(sql "select id from calsync.held")" >/dev/null
  later 15m
  sync
  is "$(cats ann e1)" "Salesforce, Status: Tracked successfully."
  is "$(mails)" "update xia e1
update yan e1"
  is "$(sql "select count(*) from calsync.held")" 0
  later 15m
  sync_nothing
  # Nor is one lost that is about an event without a link.
  ann create - "\"event\":$(MORE='{"end":"2025-03-15T12:00"}' meeting long ann 2025-03-12T10:00 xia@client.test)"
  later 15m
  sync
  is "$(sql "select op, coalesce(meeting::text, 'none'), mail from calsync.held")" "graph.mark|none|{xia@client.test}"
  sync_nothing
  call release "$(sql "select id from calsync.held")" >/dev/null
  later 15m
  sync
  is "$(cats ann long)" "Status: Not tracked: too long., Sync Error"
  is "$(mails)" "update xia long"
  is "$(sql "select count(*) from calsync.held")" 0
  later 15m
  sync_nothing
  mails_foreseen
}
@test "marks: where every write mails, this one is held, and released by a person (U14 L3)" { in_both_models mailed; }

ends() {
  begin '{}' smartcloud 'select.auto = none'
  local mark='"category":"Salesforce"'
  ann create - "\"event\":$(MORE='{"categories":["Own","Salesforce"]}' meeting e1 ann 2025-03-12T10:00 xia@client.test)"
  ann create - "\"event\":$(MORE='{"categories":["Salesforce"]}' meeting e2 ann 2025-03-12T12:00 xia@client.test)"
  turn
  is "$(on_events)" "PATCH ann e1 categories
PATCH ann e2 categories"
  # Deleted in the CRM: ours are taken off, and it is not shared again by itself.
  crm_delete e1
  turn
  is "$(cats ann e1)" "Own"
  is "$(on_events)" "PATCH ann e1 categories"
  is "$(live)" 1
  # A mark that is set anew: it is.
  ann add-category e1 "$mark"
  turn
  is "$(subjects)" "e1 e2"
  is "$(cats ann e1)" "Own, Salesforce, Status: Tracked successfully."
  # Unmarked by its user: it leaves, and so does the status.
  ann remove-category e2 "$mark"
  turn
  is "$(ops)" "graph.mark done,graph.mark planned,link.end done"
  is "$(cats ann e2)" ""
  ann add-category e2 "$mark"
  turn
  is "$(cats ann e2)" "Salesforce, Status: Tracked successfully."
  is "$(crm_has e1 sync_status) $(sql "select string_agg(sync_status, ' ' order by event_id) from crm.events where subject = 'e2'")" "Active Inactive Active"
  is "$(sim outbox | jq .count)" "$(by_model 0 6)"
  mails_foreseen
}
@test "marks: off again when the link ends; a new one brings it back (C-054 I-066 U10)" { in_both_models ends; }

@test "marks: one way in, nothing is written (P-005 I-001)" {
  begin '{}' smartcloud 'direction.events = to_crm'
  ann create - "\"event\":$(meeting e1 ann 2025-03-12T10:00 xia@client.test)"
  ann create - "\"event\":$(MORE='{"subject":""}' meeting e2 ann 2025-03-12T12:00 xia@client.test)"
  turn
  is "$(subjects)" e1
  wrote_nothing
}
