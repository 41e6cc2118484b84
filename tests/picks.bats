# Records that people pick for an event by hand (calsync user pick), from the command
# to the CRM's tables.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

# What a run wrote to the events themselves.
on_events() { writes | grep -v ' color,displayName$' || true; }
# Ann's role in the database, tied to her.
login() {
  sql "create role ann_$PGDATABASE login in role calsync_user" >/dev/null
  CALSYNC_BIN=$BIN "$TOP/scripts/calsync" account login ann@firm.test "ann_$PGDATABASE" >/dev/null
}
pick() { # EVENT RECORD ...
  CALSYNC_DB="dbname=$PGDATABASE" PGUSER=ann_$PGDATABASE CALSYNC_BIN=$BIN "$TOP/scripts/calsync" user pick "$@"
}
# By its uid, as a CRM knows it.
item() { sim "events?mailbox=ann@firm.test" | jq -r --arg s "$1" '.value[] | select(.subject == $s) | .iCalUId'; }
# Whom a CRM event is linked to, first about, and about beside them.
about() {
  sql "select string_agg(coalesce(a.contact_id::text, 'user ' || a.user_id), ' ' order by a.email), e.contact_id, e.account_id
    from crm.events e left join crm.event_attendees a using (event_id) where e.subject = '$1' and not e.deleted group by e.event_id"
}
lead() { # an account and a lead
  sql "insert into crm.accounts (name) values ('Client Ltd');
    insert into crm.contacts (contact_id, kind, first_name, last_name) overriding system value values (20, 'lead', 'Lea', 'Ude');
    insert into crm.contact_emails (contact_id, email) values (20, 'lea@lead.test');
    insert into crm.contacts (contact_id, last_name) overriding system value values (21, 'Mute')"
}

@test "picks: an event is saved and linked to exactly what was picked (C-024 C-025 C-026)" {
  begin "$(world "$(meeting i ann 2025-03-12T10:00 bob@firm.test xia@client.test)" "$(MORE='{"attendees":[]}' meeting alone ann 2025-03-12T12:00)")" \
    smartcloud 'select.auto = none' 'category.write = none'
  is "$(subjects)" ""
  login
  lead
  # Nothing picked, or nothing that could be linked to: nothing is saved.
  run -64 pick "$(item i)"
  run -64 pick "$(item i)" xia
  run ! pick "$(item i)" related=account:1
  [[ $output == *"no contact or lead was picked"* ]]
  run ! pick "$(item i)" contact:99
  [[ $output == *"no contact or lead with an address: contact:99"* ]]
  run ! pick "$(item i)" contact:21
  is "$(sql "select count(*) from calsync.pick")" 0
  pick "$(item i)" contact:2 primary=lead:20 related=account:1
  pick "$(item alone)" contact:1
  turn
  is "$(subjects)" "alone i"
  is "$(about i)" "user 2 20 2|20|1"
  is "$(about alone)" "1|1|"
  is "$(ops)" "crm.create done,crm.create done"
  wrote_nothing
  # They hold: somebody who comes onto it in Outlook is no relation, the rest goes on.
  ann add-attendee i '"who":"val@vendor.test"'
  ann update i '"set":{"subject":"i2"}'
  turn
  is "$(about i2)" "user 2 20 2|20|1"
  # The CRM's people make of it what they want.
  clerk "update crm.events set account_id = null where subject = 'i2'"
  ann update i '"set":{"subject":"i3"}'
  turn
  is "$(about i3)" "user 2 20 2|20|"
  # Others are picked, by the event's id in Outlook.
  pick "$(sql "select c.id from calsync.copy c join calsync.meeting m on m.id = c.meeting join crm.events e on m.crm_id = e.event_id::text where e.subject = 'i3' and c.account = 1")" primary=contact:1
  turn
  is "$(ops)" "crm.update done"
  is "$(about i3)" "user 2 1|1|"
  # None: those who are on it count again.
  pick "$(item i3)" -
  turn
  is "$(about i3)" "user 2 3 1|1|"
  is "$(sim outbox | jq '[.mails[] | select(.by == "api")] | length')" 0
}

@test "picks: one's own mailbox only (C-024 P-001)" {
  begin "$(world "$(MORE='{"organizer":"bob@firm.test"}' meeting b bob 2025-03-12T10:00 xia@client.test)")" smartcloud 'select.auto = none'
  login
  local bobs
  bobs=$(sim "events?mailbox=bob@firm.test" | jq -r '.value[0].id')
  # An id that is not in her mailbox is looked for there, once, and so is one that is
  # none: that is told, and the picks are gone.
  pick "$bobs" contact:1
  pick AAMkAGI2THVSAAA= contact:1
  later 15m
  sync_ends 1
  is "$(subjects)" ""
  is "$(sql "select code, count(*), max(detail) from calsync.log where kind = 'problem' group by 1")" \
    "no_event|2|records were picked for it, and there is no such event in this mailbox: the picks are dropped"
  is "$(sql "select (select count(*) from calsync.pick), (select count(*) from calsync.again)")" "0|0"
  turn
  as_clerk() { sql "set role calsync_test_clerk; select calsync.user_pick('x', '[]')"; }
  run ! as_clerk
}

@test "picks: without any, an event is about the first external person who matches (C-025 C-061)" {
  begin "$(world "$(meeting m ann 2025-03-12T10:00 bob@firm.test zed@nowhere.test yan@client.test xia@client.test)")" 'direction.events = to_crm'
  is "$(about m | cut -d'|' -f2)" 2
  # A contact that is gone leaves nothing behind.
  sql "delete from crm.contacts where contact_id = 2"
  is "$(sql "select contact_id from crm.events where subject = 'm'")" ""
  later 15m
  sync
  sync_nothing
}
