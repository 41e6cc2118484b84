# SmartCloud's scenarios about what is marked by hand, and about what our categories
# in Outlook say; see scenarios_smartcloud.bats.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

# Plainly, not in a condition: there the shell would not stop at what fails.
twice() {
  strict "$1"
  echo "again, in the paranoid model, after runs that break off"
  E2E_BREAK=1
  paranoid "$1"
}
# Categories of an event in a mailbox, sorted: cats ann SUBJECT.
cats() { of_box "$1" "$2" '.categories | sort | join(", ")'; }
ours="Salesforce, Status: Tracked successfully."
# The writes to events; a mailbox's list of categories is another thing.
on_events() { writes | grep -v ' color,displayName$'; }
owned() { events | cut -d'|' -f1,4,5 | sort; }
# calsync ARGUMENTS: what people call.
call() { CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" "$@"; }

# settle: a run, and the one in which guests' copies follow, which wait for the
# organizer's; told as one.  Then one that does nothing.
settle() {
  later 15m
  sync
  local w=$E2E_WRITES m=$E2E_MAILS told=$E2E_TOLD break=${E2E_BREAK:-}
  E2E_BREAK=''
  sync
  E2E_WRITES=$w E2E_MAILS=$m E2E_TOLD=$told
  nothing_more
  E2E_BREAK=$break
}

# Why nothing of Ann's came.
said() { logged "kind = 'skip' and account = 1"; }
by_hand() {
  local on=2025-03-12T1
  begin '{}' smartcloud 'select.block = @nowhere.test, subject:Dentist' "$@"
  ann create - "\"event\":$(MORE='{"sensitivity":"private"}' meeting p ann ${on}0:00 xia@client.test)"
  ann create - "\"event\":$(meeting i ann ${on}1:00 bob@firm.test dee@firm.test)"
  ann create - "\"event\":$(MORE='{"subject":"Dentist"}' meeting d ann ${on}2:00 xia@client.test)"
  ann create - "\"event\":$(meeting z ann ${on}3:00 xia@client.test zed@nowhere.test)"
  sim 'world?add=1' "$(world "$(meeting n xia@client.test ${on}4:00 ann@firm.test)")" >/dev/null
}
sc41() {
  local mark='"category":"Salesforce"' key
  by_hand
  settle
  is "$(said)" "blocked blocked internal not_accepted private"
  is "$(events)" ""
  wrote_nothing
  # Whose hand it was, Ann's or that of a delegate in her calendar, a mark does not tell.
  for key in p i d z; do ann add-category $key "$mark"; done
  ann tentative n
  settle
  is "$(events)" "Ann|03-12 10:00|11:00|p|xia:none
Ann|03-12 11:00|12:00|i|bob:none
Ann|03-12 12:00|13:00|Dentist|xia:none
Ann|03-12 13:00|14:00|z|xia:none
Ann|03-12 14:00|15:00|n|xia:accepted"
  is "$(sql "select string_agg(subject, ' ') from crm.events where private")" p
  is "$(on_events)" "PATCH ann Dentist categories
PATCH ann i categories
PATCH ann p categories
PATCH ann z categories
PATCH(guest) ann n categories"
  for key in p i Dentist z n; do is "$(cats ann $key)" "$ours"; done
  # Bob has not answered: his copy is not shared.
  is "$(cats bob i)" ""
  # That a category mails everybody is the other model's saying.
  is "$(mails)" "$(by_model '' 'update bob i
update dee i
update xia Dentist
update xia p
update xia z
update zed z')"
  mails_foreseen
  # Internal, at once, in spite of unmatched.mode = skip.
  by_hand 'internal.mode = sync'
  settle
  is "$(said)" "blocked blocked not_accepted private"
  is "$(events)" "Ann|03-12 11:00|12:00|i|bob:none"
  is "$(on_events)" "PATCH ann i categories"
}
@test "scenario: SC-41 private, internal, blocked: by hand only (C-008 C-009 C-012 C-013 C-015 C-027 C-028 C-029 C-050 C-051)" { twice sc41; }

all_day() { # KEY FROM TO [MORE]
  MORE="{\"allDay\":true,\"start\":\"$2\",\"end\":\"$3\"${4:+,$4}}" meeting "$1" ann "$2" xia@client.test
}
sc44() {
  local on=2025-03-12
  begin '{}' smartcloud 'recurring.mode = series'
  fault '{"kind":"edit","count":-1,"from":"Asia/Tokyo","to":"tzone://Microsoft/Custom"}'
  ann create - "\"event\":$(all_day a $on 2025-03-14)"
  ann create - "\"event\":$(all_day b $on 2025-03-13 "$(weekly 2 wednesday)")"
  ann create - "\"event\":$(MORE='{"zone":"Asia/Tokyo"}' meeting c ann ${on}T10:00 xia@client.test)"
  ann create - "\"event\":$(MORE='{"subject":""}' meeting d ann ${on}T11:00 xia@client.test)"
  ann create - "\"event\":$(all_day e 2025-03-15 2025-03-16)"
  ann create - "\"event\":$(MORE='{"end":"2025-03-18T10:00"}' meeting f ann 2025-03-17T10:00 xia@client.test)"
  ann attach e '"file":{"name":"a.txt","contentBytes":"aGVsbG8="}'
  turn
  is "$(events)" "Ann|03-15 00:00|00:00|e|xia:none
Ann|03-17 10:00|10:00|f|xia:none"
  is "$(reasons)" "missing_fields recurring_allday timezone too_long"
  is "$(cats ann a)" "Status: Not tracked: too long., Sync Error"
  is "$(cats ann b)" "Status: Not tracked: all-day series., Sync Error"
  is "$(cats ann c)" "Status: Not tracked: unknown time zone., Sync Error"
  is "$(cats ann '')" "Status: Required fields are missing: subject, Sync Error"
  is "$(cats ann e)" "$ours"
  is "$(cats ann f)" "$ours"
  is "$(on_events | tr -s ' ')" "PATCH ann categories
PATCH ann a categories
PATCH ann b categories
PATCH ann c categories
PATCH ann e categories
PATCH ann f categories"
  is "$(mail_count)" "$(by_model 0 6)"
  is "$(sql "select e.subject, f.name, f.content_type, convert_from(f.content, 'UTF8') from crm.event_files f join crm.events e using (event_id)")" "e|a.txt|text/plain|hello"
  is "$(call log --open --json | wc -l)" 4
  ann update d '"set":{"subject":"d"}'
  turn
  is "$(subjects)" "d e f"
  is "$(cats ann d)" "$ours"
  is "$(on_events)" "PATCH ann d categories"
  is "$(mails)" "$(by_model '' 'update xia d')"
  mails_foreseen
  # What is left to be seen to: d is no issue any more.
  is "$(call log --open --json | jq -r '"\(.error) \(.code)"')" "true recurring_allday
true timezone
true too_long"
}
@test "scenario: SC-44 what cannot sync, and how it shows (C-069 C-005 C-039 C-041 C-042 C-043 C-067 C-068 C-010)" { twice sc44; }

# Whom a CRM event is about, and who is on it.
about() {
  sql "select u.name, k.first_name, string_agg(coalesce(x.name, c.first_name), ' ' order by a.email)
    from crm.events e join crm.users u on u.user_id = e.assigned_to left join crm.contacts k on k.contact_id = e.contact_id
    join crm.event_attendees a using (event_id) left join crm.users x on x.user_id = a.user_id left join crm.contacts c on c.contact_id = a.contact_id
    where e.subject = '$1' and not e.deleted group by e.event_id, u.name, k.first_name"
}
user_sets() { sql "select calsync.admin_setting(id, '$2', '$3') from calsync.account where mailbox = '$1@firm.test'" >/dev/null; }
enable_ann() { sql "select calsync.admin_account('{\"user\":\"ann@firm.test\",\"enabled\":$1}')" >/dev/null; }
sync_one() { call sync-one -q --now "$(sim_now)" ann@firm.test "$1"; }

sc35() {
  local both='{"address":"bob@firm.test","response":"accepted"}'
  begin '{}' smartcloud
  ann create - "\"event\":$(MORE='{"body":"Agenda","categories":["Own"]}' meeting m ann 2025-03-12T10:00 "$both" xia@client.test)"
  bob add-category m '"category":"Red"'
  settle
  is "$(events)" "Ann|03-12 10:00|11:00|m|bob:accepted xia:none"
  is "$(about m)" "Ann|Xia|Bob Xia"
  is "$(crm_has m description)" "From: Ann <ann@firm.test>
To/CC: Bob <bob@firm.test>; xia@client.test <xia@client.test>
----------
Agenda"
  is "$(on_events)" "PATCH ann m categories
PATCH(guest) bob m categories"
  is "$(cats ann m)" "Own, $ours"
  is "$(cats bob m)" "Red, $ours"
  is "$(mails)" "$(by_model '' 'update bob m
update xia m')"
  later 15m
  sync_nothing
  # One that nobody else here is on.
  ann create - "\"event\":$(meeting s ann 2025-03-14T10:00 xia@client.test)"
  settle
  is "$(subjects)" "m s"
  # Her auto-share is off, and there is no mark.
  user_sets ann select.auto none
  ann create - "\"event\":$(meeting o ann 2025-03-13T10:00 "$both" xia@client.test)"
  settle
  is "$(said)" kind_off
  is "$(subjects)" "m s"
  wrote_nothing
  # Her sync is off: nothing new is saved, marked or not; what is linked can be updated.
  user_sets ann select.auto 'meeting, appointment'
  enable_ann false
  ann add-category o '"category":"Salesforce"'
  ann update s '"set":{"subject":"s2"}'
  settle
  is "$(subjects)" "m s"
  wrote_nothing
  is "$(sync_one "$(of_box ann o .id)")" "its user's sync is off"
  is "$(sync_one "$(of_box ann s2 .id)")" "changed in the CRM"
  is "$(subjects)" "m s2"
  later 15m
  sync_nothing
  mails_foreseen
}
@test "scenario: SC-35 own meeting, auto-share on (C-001 C-002 C-003 C-006 C-011 C-038 C-040 C-058 C-059 C-064)" { twice sc35; }
