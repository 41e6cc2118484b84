-- A small firm, and words for writing tests: t.create, t.op, t.skip make records,
-- t.page hands them to apply_page and gives "id=outcome ..." back.
set check_function_bodies = off;
insert into crm.users (user_id, email, name, time_zone) values
  (1, 'Ann@firm.test', 'Ann', 'Europe/Berlin'), (2, 'bob@firm.test', 'Bob', 'UTC'),
  (3, 'cyd@firm.test', 'Cyd', 'America/New_York'), (4, 'dan@firm.test', 'Dan', 'UTC');
insert into crm.user_emails (user_id, email) values (1, 'ann.lee@firm.test');
insert into crm.contacts (contact_id, kind, type, first_name, last_name, private) values
  (7, 'contact', 'Client', 'Xia', 'Li', false), (8, 'contact', 'Prospect', null, 'Zed', true),
  (9, 'lead', null, 'Leo', 'Day', false);
insert into crm.contact_emails (contact_id, email, label, rank) values
  (7, 'xia@client.test', 'email', 1), (7, 'Xia@home.test', 'alt_email', 2),
  (8, 'zed@client.test', 'email', 1), (9, 'leo@vendor.test', 'email', 1),
  (9, 'xia@client.test', 'email', 1);
insert into crm.resources (resource_id, name, email) values
  (1, 'Boardroom', 'board@firm.test'), (2, 'Hall', null), (3, ' Hall ', null),
  (4, 'Attic', null);
select calsync.admin_connection('{"tenant":"firm.test","client_id":"c1"}');
select calsync.admin_account(json_build_object('user', u || '@firm.test',
         'since', '2026-03-01T00:00:00Z')) from unnest('{ann,bob,cyd}'::text[]) u;

create schema t;
create function t.now() returns text language sql as $$ select '2026-11-21T09:00:00Z' $$;

-- Members of `more` win; nested objects are replaced.
create function t.create(id text, uid text, more jsonb default '{}') returns jsonb
language sql as $$
  select jsonb_build_object('type', 'op', 'op', 'crm.create', 'id', id,
    'key', jsonb_build_object('uid', uid, 'original_date', '', 'slot', ''),
    'owner', '1', 'rank', 0,
    'set', jsonb_build_object('subject', 'Review', 'body', 'Agenda',
      'start', '2026-11-24T09:00:00Z', 'end', '2026-11-24T10:00:00Z', 'all_day', false,
      'zone', 'Europe/Berlin', 'show_as', 'busy', 'sensitivity', 'normal')
      || coalesce(more -> 'set', '{}'),
    'attendees', '{"add":[],"remove":[],"change":[]}'::jsonb,
    'rooms', '{"add":[],"remove":[]}'::jsonb,
    'base', jsonb_build_object('graph', jsonb_build_object('subject', 'Review')),
    'copy', t.copy(id), 'expect', null,
    'why', '{"rule":"create","evidence":"matched","policy":"unmatched.mode = skip"}'::jsonb,
    'mail', '[]'::jsonb) || (more - 'set')
$$;
create function t.copy(id text, role text default 'organizer') returns jsonb
language sql as $$
  select jsonb_build_object('etag', 'W/1', 'digest', 'd-' || id, 'role', role,
    'master', null, 'original_date', '', 'start', '2026-11-24T09:00:00Z',
    'end', '2026-11-24T10:00:00Z')
$$;
-- An op on the meeting with this uid, made from its present state.
create function t.op(op text, id text, uid text, more jsonb default '{}') returns jsonb
language sql as $$
  select jsonb_build_object('type', 'op', 'op', op.op, 'id', op.id, 'meeting', m.id,
    'expect', jsonb_build_object('version', m.version,
      'digest', (select calsync.crm_digest(s.doc) from calsync.snapshot(array[m.crm_id]) s)),
    'why', jsonb_build_object('rule', op), 'mail', '[]'::jsonb) || more
    from calsync.meeting_key k join calsync.meeting m on m.id = k.meeting
   where k.uid = op.uid and k.original_date = '' and k.slot = ''
$$;
create function t.skip(id text, reason text, more jsonb default '{}') returns jsonb
language sql as $$
  select jsonb_build_object('type', 'skip', 'id', id, 'uid', 'u-' || id,
    'original_date', '', 'digest', 'd-' || id, 'reason', reason, 'error', false,
    'new', true, 'due', null, 'waits', '[]'::jsonb, 'waits_account', null,
    'why', jsonb_build_object('rule', reason)) || more
$$;
create function t.doc(account bigint, ops jsonb, more jsonb default '{}') returns jsonb
language sql as $$
  select jsonb_build_object('run', 'r1', 'now', t.now(), 'account', account,
    'mailbox', 'x@firm.test', 'calendar', '', 'policy_digest', 'p1', 'ops', ops,
    'skips', '[]'::jsonb, 'problems', '[]'::jsonb, 'cursor', null) || more
$$;
-- As apply sends it: what is written to the CRM and the links has its base beside the page.
create function t.apply(account bigint, ops jsonb, more jsonb default '{}')
returns table (n integer, result json) language sql as $$
  select p.*
    from (select jsonb_agg(case when i.beside then jsonb_set(i.o, '{base,graph}', 'null')
                                else i.o end order by i.n) as ops,
                 string_agg(case when i.beside then i.o #>> '{base,graph}' else '' end,
                            E'\n' order by i.n) as bases
            from (select e.o, e.n, e.o #> '{base,graph}' is not null
                                   and e.o ->> 'op' ~ '^(crm|link)' as beside
                    from jsonb_array_elements(ops) with ordinality e(o, n)) i) q
   cross join lateral calsync.apply_page(
     t.doc(account, coalesce(q.ops, '[]'), more), coalesce(q.bases, '')) p
$$;
create function t.page(account bigint, ops jsonb, more jsonb default '{}') returns text
language sql as $$
  select string_agg(concat_ws(' ', (r.result ->> 'id') || '=' || (r.result ->> 'outcome'),
                              r.result ->> 'code'), ' ' order by r.n)
    from t.apply(account, ops, more) r
$$;
create function t.cursor(link text, resume text default null) returns jsonb
language sql as $$
  select jsonb_build_object('link', link, 'resume', resume, 'issued', t.now(),
    'round', t.now(), 'window', jsonb_build_object(
      'start', '2026-10-22T00:00:00Z', 'end', '2027-11-22T00:00:00Z'))
$$;
-- A complete section: moves the cursor from one link to the next.
create function t.section(account bigint, from_link text, to_link text,
                          more jsonb default '{}') returns text
language sql as $$
  select t.page(account, coalesce(more -> 'ops', '[]'), (more - 'ops') || jsonb_build_object(
    'cursor', jsonb_build_object('complete', true, 'to', t.cursor(to_link),
      'from', case when from_link is not null then t.cursor(from_link) end)))
$$;
create function t.ask(account bigint, item jsonb) returns json language sql as $$
  select c.doc from calsync.match_context(account, json_build_array(
    '{"n":1,"uid":null,"original_date":"","slots":[""],"addresses":[],"rooms":[]}'::jsonb
    || item)) c
$$;
create function t.who(addresses text[]) returns json language sql as $$
  select json_agg(case when p.person = 'user' and p.field is null then json_build_object(
             'address', addresses[p.n], 'user', p.id, 'account', p.account, 'synced', p.synced)
           when p.person = 'user' then json_build_object(
             'address', addresses[p.n], 'user', p.id, 'account', p.account, 'synced', p.synced,
             'field', p.field)
           else json_strip_nulls(json_build_object(
             'address', addresses[p.n], 'person', p.person, 'id', p.id, 'name', p.name,
             'type', p.type, 'private', p.private, 'field', p.field)) end)
    from calsync.match_people(addresses) p
$$;
create function t.person(address text, kind text, id text, more jsonb default '{}')
returns jsonb language sql as $$
  select jsonb_build_object('address', address, 'name', address, 'role', 'required',
    'response', 'none', 'person', kind, 'id', id) || more
$$;
create function t.again(account bigint, at text default '2026-11-21T09:00:00Z')
returns text language sql as $$
  select string_agg((f ->> 'id') || ':' || (f ->> 'reason'), ' ')
    from (select y from calsync.fetch_again(account, '', 'p1', at::timestamptz) y
          union all
          select w.item from calsync.fetch_waiting() w
           where w.account = again.account and w.calendar = '') x(f)
$$;
-- The way out -----------------------------------------------------------------

-- A CRM event that a person made; nothing captures it.
create function t.crm(subject text, more jsonb default '{}') returns text
language plpgsql as $$
declare
  old text := coalesce(current_setting('calsync.origin', true), '');
  made text;
begin
  perform set_config('calsync.origin', 'sync', true);
  insert into crm.events (assigned_to, subject, description, starts_at, ends_at, online_meeting)
  values (coalesce(more ->> 'owner', '1')::bigint, subject, 'Agenda', '2026-11-24T09:00Z',
          '2026-11-24T10:00Z', coalesce((more ->> 'online')::boolean, false))
  returning event_id::text into made;
  perform set_config('calsync.origin', old, true);
  return made;
end $$;
-- Somebody edits it; the change's number.
create function t.edit(id text, subject text default null) returns bigint
language plpgsql as $$
declare
  old text := coalesce(current_setting('calsync.origin', true), '');
  made bigint;
begin
  perform set_config('calsync.origin', 'sync', true);
  update crm.events e set subject = coalesce(edit.subject, e.subject)
   where event_id::text = id;
  perform set_config('calsync.origin', old, true);
  insert into calsync.change (crm_id, op, part) values (id, 'update', 'event')
  returning seq into made;
  return made;
end $$;
create function t.digest(id text) returns text language sql as $$
  select calsync.crm_digest(s.doc) from calsync.snapshot(array[id]) s
$$;
-- What makes an op one that goes out.
create function t.outward(more jsonb default '{}') returns jsonb language sql as $$
  select jsonb_build_object(
    'set', '{"subject":"Ours"}'::jsonb, 'start', '2026-11-24T09:00:00Z', 'mail', '[]'::jsonb,
    'limits', '{"run":null,"mailbox":null,"person":null,"deletes":null}'::jsonb,
    'base', '{"graph":{"subject":"Ours"},"crm":{"subject":"Ours"}}'::jsonb, 'etag', 'W/1',
    'changes', '[]'::jsonb, 'hold', null,
    'why', '{"rule":"crm_changed","evidence":"subject","policy":"direction.events = both"}'::jsonb) || more
$$;
create function t.post(crm_id text, more jsonb default '{}') returns jsonb
language sql as $$
  select t.outward() || jsonb_build_object('type', 'op', 'op', 'graph.create', 'id', null,
    'crm_id', crm_id, 'meeting', null, 'owner', '1', 'slot', '',
    'expect', jsonb_build_object('version', null, 'digest', t.digest(crm_id))) || more
$$;
create function t.held(op jsonb, digest text, more jsonb default '{}') returns jsonb
language sql as $$
  select jsonb_build_object('type', 'op', 'op', 'hold', 'id', op -> 'id', 'crm_id', op -> 'crm_id',
    'meeting', op -> 'meeting', 'expect', op -> 'expect', 'reason', 'mail_held', 'mail', '[]'::jsonb,
    'held', jsonb_build_object('op', op -> 'op', 'fields', '["subject"]'::jsonb, 'digest', digest,
                               'mail', '["xia@client.test"]'::jsonb),
    'why', '{"rule":"mail_held","evidence":"1 mail","policy":"mail.allow = none"}'::jsonb) || more
$$;
-- The last page of a section that writes to Graph: "op=outcome ...".
create function t.final(account bigint, ops jsonb, more jsonb default '{}') returns text
language sql as $$
  select string_agg((r.result ->> 'op') || '=' || (r.result ->> 'outcome'), ' ' order by r.n)
    from t.apply(account, ops, jsonb_build_object('outward', true,
      'cursor', jsonb_build_object('complete', true,
        'from', (select t.cursor(k.link) from calsync.cursor k where k.account = final.account),
        'to', t.cursor('L' || nextval('calsync.log_id_seq')))) || more) r
$$;
create function t.begin(ids bigint[], more jsonb default '{}') returns text
language sql as $$
  select string_agg(b.outcome, ' ' order by b.n)
    from calsync.intent_begin((select json_agg(jsonb_build_object(
           'n', o, 'intent', i, 'run', 'r1', 'now', t.now(), 'body', 'body ' || i,
           'if_match', 'W/1') || more) from unnest(ids) with ordinality u(i, o))) b
$$;
create function t.settle(ids bigint[], outcome text, more jsonb default '{}') returns text
language sql as $$
  select string_agg(b.result ->> 'outcome', ' ' order by b.n)
    from calsync.intent_settle((select json_agg(jsonb_build_object(
           'n', o, 'intent', i, 'run', 'r1', 'now', t.now(), 'outcome', outcome) || more)
           from unnest(ids) with ordinality u(i, o))) b
$$;
-- Graph's answer.
create function t.answer(id text, uid text, more jsonb default '{}') returns jsonb
language sql as $$
  select jsonb_build_object('status', 201, 'item', id, 'etag', 'W/9', 'base', '{"subject":"Graph"}'::jsonb,
    'event', jsonb_build_object('id', id, 'uid', uid, 'digest', 'd9-' || id,
      'start', '2026-11-24T09:00:00Z', 'end', '2026-11-24T10:00:00Z', 'online', null,
      'series', '{"kind":"single","master":null,"original_date":null}'::jsonb)) || more
$$;
create function t.due(run text, accounts bigint[]) returns text language sql as $$
  select string_agg((d.j ->> 'intent') || case when (d.j ->> 'open')::boolean then 'o' else 'p' end,
                    ' ' order by d.n)
    from calsync.intents_due(run, accounts) with ordinality d(j, n)
$$;
-- Those of the statements that the present role may run; without any effect.
create function t.allowed(statements text[]) returns text language plpgsql as $$
declare
  s text;
  let text := '';
begin
  foreach s in array statements loop
    begin
      execute s;
      let := let || s || '; ';
      raise exception 'undone' using errcode = 'UNDO0';
    exception
      when insufficient_privilege then null;
      when others then
        if sqlstate <> 'UNDO0' then let := let || s || ' -> ' || sqlstate || '; '; end if;
    end;
  end loop;
  return let;
end $$;
-- The SQLSTATE with which a statement is refused.
create function t.state(statement text) returns text language plpgsql as $$
begin
  execute statement;
  return 'not refused';
exception when others then
  return sqlstate;
end $$;
grant usage on schema t to public;
