# People who are made because an event needs them (unmatched.create), in the database.

load sql

person() { # ADDRESS [KIND [NAME]]
  echo "jsonb_build_object('type', 'op', 'op', 'crm.person.create', 'id', null, 'set', jsonb_build_object('kind', '${2:-contact}', 'name', '${3-Nia van Orr}', 'address', '$1', 'owner', '1'), 'why', '{\"rule\":\"unmatched\"}'::jsonb, 'mail', '[]'::jsonb)"
}
with() { # ID UID ADDRESS ...: a create with people who have no record yet
  local a list=
  for a in "${@:3}"; do list+=",{\"address\":\"$a\",\"name\":\"N\",\"role\":\"required\",\"response\":\"accepted\",\"person\":\"contact\",\"id\":null}"; done
  echo "t.create('$1', '$2', '{\"attendees\":{\"add\":[${list#,}],\"remove\":[],\"change\":[]},\"base\":{\"graph\":{\"relations\":[]}}}')"
}
fresh() { ask "alter sequence crm.contacts_contact_id_seq restart with 100"; }
outcomes() { # OPS [ACCOUNT]: of one page
  ask "select string_agg((result ->> 'op') || '=' || (result ->> 'outcome'), ' ' order by n) from t.apply(${2:-1}, jsonb_build_array($1))"
}
relations() { is "select m.uid, a.email, a.contact_id, m.base_graph::json -> 'relations' from calsync.meeting m join crm.event_attendees a on a.event_id = m.crm_id::bigint order by 1, 2" "$1"; }

@test "people: a contact is made once, and every event has it as a relation (C-046)" {
  fresh
  [ "$(outcomes "$(person nia@new.test), $(with A U1 nia@new.test), $(with B U2 Nia@new.test), $(person NIA@new.test)")" = \
    "crm.person.create=done crm.create=done crm.create=done crm.person.create=joined" ]
  is "select kind, first_name, last_name, owner_id, e.email, e.label, active from crm.contacts join crm.contact_emails e using (contact_id) where contact_id >= 100" 'contact|Nia van|Orr|1|nia@new.test|email|t'
  relations 'U1|nia@new.test|100|[{"id": "100", "role": "required", "person": "contact", "response": "accepted"}]
U2|Nia@new.test|100|[{"id": "100", "role": "required", "person": "contact", "response": "accepted"}]'
  # Said once, and without the address.
  is "select code, outcome, item, evidence from calsync.log where code = 'crm.person.create'" 'crm.person.create|done||'
  # Another run: nobody is made again.
  [ "$(outcomes "$(person nia@new.test)" 2)" = crm.person.create=joined ]
  is "select count(*) from crm.contacts where contact_id >= 100" 1
}

@test "people: a lead, an account or an opportunity, whatever the name is" {
  fresh
  [ "$(outcomes "$(person l@new.test lead Solo), $(person a@new.test account ''), $(person o@new.test opportunity 'Nia Orr'), $(with A U1 l@new.test a@new.test o@new.test)")" = \
    "crm.person.create=done crm.person.create=done crm.person.create=done crm.create=done" ]
  is "select c.kind, c.first_name, c.last_name, a.name, o.name from crm.contacts c left join crm.accounts a using (account_id) left join crm.opportunities o using (contact_id) where contact_id >= 100 order by contact_id" \
    'lead||Solo||
contact||a@new.test|a@new.test|
contact|Nia|Orr||Nia Orr'
  is "select string_agg((r ->> 'person') || (r ->> 'id'), ' ' order by n) from calsync.meeting, json_array_elements(base_graph::json -> 'relations') with ordinality x(r, n)" 'lead100 contact101 contact102'
}

@test "people: nobody is made for an address of a user, of a room, or of somebody who was switched off" {
  fresh
  ask "update crm.contacts set active = false where contact_id = 8" >/dev/null
  [ "$(outcomes "$(person bob@firm.test), $(person board@firm.test), $(person zed@client.test), $(with A U1 bob@firm.test board@firm.test zed@client.test)")" = \
    "crm.person.create=joined crm.person.create=joined crm.person.create=joined crm.create=done" ]
  is "select count(*) from crm.contacts where contact_id >= 100" 0
  # Bob is a user: so he is on the event.
  is "select email, user_id from crm.event_attendees" 'bob@firm.test|2'
  # One that the CRM refuses does not stop the others.
  ask "alter table crm.contacts add check (last_name <> 'Bad')" >/dev/null
  [ "$(outcomes "$(person bad@new.test contact Bad), $(person good@new.test contact Good), $(with B U2 bad@new.test good@new.test)")" = \
    "crm.person.create=failed crm.person.create=done crm.create=done" ]
  is "select email from crm.event_attendees where email like '%new.test'" good@new.test
  is "select outcome, sqlstate, error from calsync.log where code = 'crm.person.create' order by id" 'failed|23514|t
done||f'
}

@test "people: two sessions that need somebody make one" {
  own
  fresh
  ask "begin; select t.page(1, jsonb_build_array($(person nia@new.test), $(with A U1 nia@new.test)))" >/dev/null
  psql -X -q -At -c "select t.page(2, jsonb_build_array($(person nia@new.test), $(with B U2 nia@new.test)))" >"$F/second" &
  local n
  for ((n = 0; n < 200; n++)); do
    [ "$(psql -X -q -At -c "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")" = 0 ] || break
    sleep 0.02
  done
  ask commit >/dev/null
  wait $!
  is "select count(*) from crm.contacts where contact_id >= 100" 1
  is "select count(*), count(distinct contact_id) from crm.event_attendees where email = 'nia@new.test'" '2|1'
}
