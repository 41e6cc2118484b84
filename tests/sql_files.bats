# Files of events in the database: what is noted, what is due, what is stored.

load sql

due() { is "select string_agg(concat_ws(',', id, meeting, tries, to_char(due at time zone 'UTC', 'MM-DD HH24:MI')), ' ' order by id) from calsync.file_due" "$1"; }
file() { # CRM-ID SOURCE NAME TEXT [SIZE]
  ask "select calsync.apply_file('$1', json_build_object('source', '$2', 'name', '$3', 'kind', 'file', 'type', 'text/plain', 'size', ${5:-5}, 'modified', 'm1'), encode('$4', 'base64'))"
}
stored() { is "select string_agg(concat_ws(',', source, name, convert_from(content, 'UTF8')), ' ' order by source) from crm.event_files" "$1"; }

@test "files: a section notes them with what it writes, and once more when the event changes" {
  one A U1 '{"files":true}' >/dev/null
  one B U2 >/dev/null
  due 'A,1,0,11-21 09:00'
  # A copy that only joins has none of its own.
  ask "select t.page(2, jsonb_build_array(t.create('C', 'U1', '{\"files\":true,\"rank\":2}')))" >/dev/null
  due 'A,1,0,11-21 09:00'
  [ "$(ask "select string_agg(d ->> 'id', ',') from calsync.apply_files_due('{1,2}', t.now()::timestamptz) d")" = A ]
  [ "$(ask "select count(*) from calsync.apply_files_due('{2}', t.now()::timestamptz)")" = 0 ]
  # Not done: later; and from the beginning when the event is another one.
  ask "select calsync.apply_files_settle('{\"run\":\"r1\",\"now\":\"2026-11-21T09:00:00Z\",\"account\":1,\"id\":\"A\",\"crm_id\":\"1\",\"done\":false,\"stored\":0,\"problems\":[\"graph_error\"]}')" >/dev/null
  due 'A,1,1,11-21 09:10'
  op 1 link.base A U1 '{"files":true}' >/dev/null
  due 'A,1,0,11-21 09:00'
  # What was moved is not noted; where the link has ended nothing is due.
  op 1 crm.delete A U1 '{"how":"delete"}' >/dev/null
  [ "$(ask "select count(*) from calsync.apply_files_due('{1}', t.now()::timestamptz)")" = 0 ]
  due ''
}

@test "files: stored once by their id, and once by their content when another copy has them" {
  one A U1 >/dev/null
  [ -z "$(file 1 s1 a.txt hello)" ]
  [ -z "$(file 1 s1 a.txt hello)" ]
  stored 's1,a.txt,hello'
  file 1 s1 a.txt HELLO >/dev/null
  stored 's1,a.txt,HELLO'
  # The same file under the id of another mailbox; a second one of this name and content stays one of its own.
  file 1 t1 a.txt HELLO >/dev/null
  stored 't1,a.txt,HELLO'
  file 1 t2 a.txt other >/dev/null
  stored 't1,a.txt,HELLO t2,a.txt,other'
  is "select string_agg(concat_ws(',', source, name, size, modified), ' ' order by source) from calsync.read_files('1')" 't1,a.txt,5,m1 t2,a.txt,5,m1'
  # A name alone; an event that is gone; one that the CRM refuses.
  ask "select calsync.apply_file('1', '{\"source\":\"r\",\"name\":\"drive\",\"kind\":\"reference\",\"size\":0}', null)" >/dev/null
  is "select content is null, kind from crm.event_files where source = 'r'" 't|reference'
  [ -z "$(file 99 s1 a.txt hello)" ]
  ask "alter table crm.event_files add check (name <> 'bad')" >/dev/null
  [ "$(file 1 s9 bad hello)" = 23514 ]
  # Our own writes are no changes of people.
  is "select count(*) from calsync.change" 0
}
