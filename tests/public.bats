# Public calendars: those of Microsoft 365 groups (policy key direction.public).  They
# are read with the sign-in of a member.  The way out is in public_out.bats.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; load signin; load public; }

# What SC-43 says of a group's calendar, but for the way out.
fair() {
  public "$(world "$(long Fair 2025-03-12T10:00 xia@client.test 2025-03-12T13:00)" "$(long Camp 2025-03-13T10:00 xia@client.test 2025-03-14T11:00)" \
    "$(MORE='{"subject":"Own"}' meeting own ann 2025-03-17T10:00 xia@client.test)")" smartcloud
  # Somebody who is no member does not see it; the application never does.
  run -77 connect sales ann@firm.test
  grep -q "who signed in does not see the group's calendar (status 403)" "$BATS_TEST_TMPDIR/connect.err"
  is "$(health)" "ann:ok bob:ok sales:auth_needed"
  connect sales bob@firm.test
  is "$(health)" "ann:ok bob:ok sales:ok"
  sim_control DELETE requests >/dev/null
  sync
  is "$(events)" "Sales|03-12 10:00|13:00|Fair|xia:none
Ann|03-17 10:00|11:00|Own|xia:none"
  is "$(sql "select s.reason from calsync.seen s join calsync.account a on a.id = s.account where a.mailbox = 'sales@firm.test' and s.reason <> 'unchanged'")" too_long
  # Nothing but its own paths, and no delta; Ann's and Bob's are the application's.
  is "$(asked | grep -c "/groups/$GROUP/calendarView?")" 1
  run ! grep -E "/me/|/groups/.*delta|/groups/[^$G]*events\$" <(asked)
  # What is written is Ann's: the mark in her own calendar.
  turn
  is "$(writes)" "PATCH ann Own categories
POST ann  color,displayName"
  # One on the public calendar in the CRM stays there, and so does an edit.
  OWNER=10 crm_event Expo 2025-03-18T10:00Z 30 xia@client.test
  crm_edit Fair "subject = 'Fair!'"
  turn
  wrote_nothing
  is "$(logged "kind = 'skip' and crm_id is not null")" "crm_changed direction"
  # What Ann's calendar gives and takes is another matter.
  crm_edit Own "subject = 'Own!'"
  turn
  is "$(writes | grep -c 'PATCH ann Own subject')|$(wrote 0 | grep -vc ann)" "1|0"
}
@test "public: a group's calendar comes in, by its own direction; nothing goes to it (C-004 C-005 C-021)" { fair; }

@test "public: changes, series and what is gone come in by the window that is listed in each run (C-004)" {
  public "$(world "$(MORE="{\"subject\":\"Stand\",$(weekly 3 wednesday)}" meeting stand sales@firm.test 2025-03-12T09:00 xia@client.test)" \
    "$(long Fair 2025-03-13T10:00 xia@client.test 2025-03-13T13:00)" "$(long Camp 2025-03-14T10:00 xia@client.test 2025-03-14T11:00)")" \
    'direction.events = off' 'direction.public = to_crm' 'delete.to_crm = delete'
  connect sales bob@firm.test
  sync
  is "$(starts)" "03-12 09:00 03-13 10:00 03-14 10:00 03-19 09:00 03-26 09:00"
  sync_nothing
  sales update Fair '"set":{"subject":"Fair 2"}'
  sales edit-occurrence stand '"occurrence":"2025-03-19","set":{"start":"2025-03-20T09:00","end":"2025-03-20T10:00"}'
  sales delete-occurrence stand '"occurrence":"2025-03-26"'
  sales delete Camp
  later 15m
  sync
  is "$(starts)|$(subjects)" "03-12 09:00 03-13 10:00 03-20 09:00|Fair 2 Stand Stand"
  sync_nothing
  # A list that breaks off, and an answer that is no proof, delete nothing.
  sales delete Fair
  fault '{"kind":"status","status":403,"code":"ErrorAccessDenied","path":"groups/.*/events/"}'
  later 15m
  sync_ends 1
  is "$(subjects)" "Fair 2 Stand Stand"
  sync
  is "$(subjects)" "Stand Stand"
  # The switch is its own: off, and nothing is asked.
  out_policy 'direction.events = both' 'direction.public = off'
  sim_control DELETE requests >/dev/null
  later 15m
  sync
  is "$(asked | grep -c groups)" 0
  is "$(subjects)" "Stand Stand"
}

@test "public: the calendar of a group needs a person, takes no seat, and counts as a way out" {
  public '{}' smartcloud
  run -78 --separate-stderr calsync account add sales@firm.test --group "$GROUP" --connection "$(sql "select min(id) from calsync.connection")"
  [[ $stderr == *"Microsoft 365 shows a group's calendar to its members only, to no application"* ]]
  sql "select calsync.admin_org('{\"seats\":2}')" >/dev/null
  calsync account enable --all
  # To write to it is to write to Graph.
  is "$(sql "update calsync.org set other_sync_off_by = null;
    select coalesce(left(calsync.enable_refusal(jsonb_build_object('enable.rules', 'other_sync_off', 'direction.events', 'to_crm', 'direction.public', x)), 26), 'may')
      from unnest('{to_crm,to_graph,both}'::text[]) x")" "may
nobody has stated that eve
nobody has stated that eve"
}
