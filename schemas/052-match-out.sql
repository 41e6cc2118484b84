-- repeatable
--
-- What match tells for the way out: people as they would be written, what is under
-- way, and CRM events without a link.

-- The people of these events (doc: the CRM's state) with the address that goes out:
-- the first of the person's record, else the one that stands in the event.  The owner
-- comes first.  Who stands there with an address alone has no person.
create or replace function calsync.match_relations(ids text[], docs jsonb[])
returns table (crm_id text, people json, addresses text[], syncing bigint[])
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
begin
  return query
  with named as materialized (
    select distinct on (d.crm_id, coalesce(p.person || ':' || p.id, p.address))
           d.crm_id, p.person, p.id, p.address, p.name, p.o
      from unnest(ids, docs) d(crm_id, doc)
     cross join lateral (
       select 'user' as person, d.doc ->> 'owner' as id, null as address, null as name,
              0 as o
        where d.doc ->> 'owner' is not null
       union all
       select a.person, a.id, a.address, a.name, a.o
         from rows from (jsonb_to_recordset(coalesce(d.doc -> 'attendees', '[]'))
                      as (person text, id text, address text, name text))
              with ordinality a(person, id, address, name, o)) p
     order by d.crm_id, coalesce(p.person || ':' || p.id, p.address), p.o),
  record as materialized (
    select distinct on (r.person, r.id) r.*
      from calsync.crm_relation(
             array(select n.person from (select distinct x.person, x.id from named x) n
                    where n.person in ('user', 'contact', 'lead') order by n.person, n.id),
             array(select n.id from (select distinct x.person, x.id from named x) n
                    where n.person in ('user', 'contact', 'lead') order by n.person, n.id)) r
     order by r.person, r.id, (r.email is null), r.rank, r.email),
  told as materialized (
    select n.crm_id, n.o, n.person, n.id, lower(coalesce(r.email, n.address)) as address,
           coalesce(r.name, n.name) as name, r.type, coalesce(r.private, false) as private,
           a.id as account, a.synced
      from named n
      left join record r on r.person = n.person and r.id = n.id
      left join lateral (
        select b.id, b.synced_xid is not null as synced from calsync.account b
         where n.person = 'user' and b.crm_user = n.id
         order by (b.synced_xid is null), (not b.is_primary), b.id limit 1) a on true)
  select t.crm_id,
         json_agg(case when t.person = 'user'
           then json_build_object('person', t.person, 'id', t.id, 'address', t.address,
                  'name', t.name, 'account', t.account, 'synced', coalesce(t.synced, false))
           else json_build_object('person', t.person, 'id', t.id, 'address', t.address,
                  'name', t.name, 'type', t.type, 'private', t.private) end
           order by t.o, t.address),
         array_agg(t.address) filter (where t.address is not null),
         array_agg(distinct t.account) filter (where t.synced)
    from told t group by t.crm_id;
end $$;

-- Mails that Exchange may have sent because of us in the 24 hours before `at`: all
-- that was sent, but for what is known to have had no effect (intent_spent counts the
-- same; `sent` is null where nothing was).
create or replace function calsync.mails_spent(at timestamptz)
returns table (address text, mails bigint)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
begin
  return query
  select m.address, count(*)
    from calsync.intent i cross join lateral unnest(i.mail) m(address)
   where i.sent > mails_spent.at - interval '24 hours'
     and i.outcome is distinct from 'refused'
   group by m.address;
end $$;

-- Of those in a group to whose calendar is written: whom the CRM knows as a user, and
-- who was mailed before.
create or replace function calsync.match_members(addresses text[], at timestamptz)
returns table (address text, usr text, mails bigint)
language sql stable as $$
  with sent as materialized (select s.address, s.mails from calsync.mails_spent(at) s)
  select a.address,
         (select p.id from calsync.crm_person() p
           where p.email = a.address and p.person = 'user' order by p.rank, p.id limit 1),
         (select s.mails from sent s where s.address = a.address)
    from (select distinct u from unnest(addresses) u) a(address)
$$;

-- A link as the stream has it; of these copies `mine` decides here.
create or replace function calsync.link_json(m calsync.meeting, owner_account bigint,
                                             mine boolean, copies json)
returns json language sql stable as $$
  select case when m.id is not null then json_build_object(
    'meeting', m.id, 'state', m.state, 'version', m.version, 'crm_id', m.crm_id,
    'owner', m.owner, 'owner_account', owner_account, 'slot', m.slot, 'born', m.born,
    'deciding', coalesce(mine, false), 'made_in_run', false,
    'copies', coalesce(copies, '[]'), 'ended', m.ended) end
$$;

-- What has been sent or planned and is not settled, and what people may release, of
-- a meeting; or of a CRM event that has none.
create or replace function calsync.under_way(meeting bigint, crm_id text,
                                             out in_flight json, out holds json)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
begin
  select json_build_object('intent', i.id, 'op', i.op, 'open', i.sent is not null)
    into in_flight
    from ((select x.id, x.op, x.sent from calsync.intent x
            where x.meeting = meeting and x.outcome is null)
          union all
          (select x.id, x.op, x.sent from calsync.intent x
            where x.crm_id = crm_id and x.outcome is null)) i
   order by (i.sent is null), i.id limit 1;
  select json_agg(json_build_object('id', h.id, 'digest', h.digest, 'reason', h.reason,
                                    'released', h.released_at is not null) order by h.id)
    into holds
    from (select x.id, x.digest, x.reason, x.released_at from calsync.hold x
           where x.meeting = meeting and x.consumed is null and x.void is null
          union
          select x.id, x.digest, x.reason, x.released_at from calsync.hold x
           where x.crm_id = crm_id and x.consumed is null and x.void is null) h;
end $$;

-- Of a series that is worked out by dates and is gone from this mailbox, the CRM event
-- that stands for it: the last of its dates that the CRM has, rather one that nobody has
-- edited there by itself; and when the last of them begins.
create or replace function calsync.series_stands(account bigint, uid text,
                                                 out crm_id text, out last timestamptz)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
declare
  m calsync.meeting[] := array(
    select m from calsync.meeting_key k join calsync.meeting m on m.id = k.meeting
     where k.uid = uid and k.original_date <> '' and k.slot in ('', account::text)
       and m.crm_id is not null
       and (m.state = 'active'
            or (m.state = 'ended' and m.ended in ('deleted', 'cancelled'))));
begin
  select (array_agg(d.crm_id order by d.base_graph::json -> 'planned' is not null
                      or calsync.crm_base(s.doc) is distinct from d.base_crm::jsonb,
                    d.original_date desc))[1],
         max(c.starts)
    into crm_id, last
    from unnest(m) d
    join calsync.snapshot(array(select x.crm_id from unnest(m) x)) s
      on s.crm_id = d.crm_id and not (s.doc ->> 'deleted')::boolean
   cross join lateral (
     select max(x.starts) as starts from calsync.copy x
      where x.meeting = d.id and x.account = account and x.role = 'organizer'
     having count(*) > 0) c;
end $$;

-- A POST, of whichever of its dates, whose outcome is not known.
create or replace function calsync.series_sent(uid text) returns json
language sql stable as $$
  select json_build_object('intent', p.id, 'op', p.op, 'open', true)
    from calsync.intent p
   where p.op = 'graph.create' and p.outcome is null and p.sent is not null
     and p.crm_id in (
       select m.crm_id from calsync.meeting_key k join calsync.meeting m on m.id = k.meeting
        where k.uid = series_sent.uid)
   order by p.id limit 1
$$;

-- Everything about CRM events that are in no mailbox; shapes in docs/stream.md,
-- section 9.  account null: they have none to be written through.
create or replace function calsync.match_crm(account bigint, items json,
                                             at timestamptz default now())
returns table (n integer, doc json)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
begin
  return query
  with item as materialized (
    select * from json_to_recordset(items) as i (n integer, crm_id text, guid boolean)),
  guid as materialized (
    select g.* from calsync.crm_guid(array(
      select distinct i.crm_id from item i where i.guid)) g),
  crm as materialized (
    select s.crm_id, s.doc
      from calsync.snapshot(array(select distinct i.crm_id from item i)) s),
  people as materialized (
    select p.*
      from calsync.match_relations(array(select c.crm_id from crm c order by 1),
                                   array(select c.doc from crm c order by c.crm_id)) p),
  sent as materialized (select s.address, s.mails from calsync.mails_spent(at) s),
  box as materialized (select b.crm_user, b.account from calsync.boxes() b)
  select i.n, json_build_object(
    'link', calsync.link_json(l.m, o.id, d.mine, d.copies),
    'base', case when (l.m).id is not null then json_build_object(
      'graph', (l.m).base_graph::json, 'crm', (l.m).base_crm::json) end,
    'crm', c.doc,
    'crm_digest', calsync.crm_digest(c.doc),
    'relations', p.people,
    'owner_account', b.account,
    'guid', g.guid,
    'syncing', coalesce(array_to_json(p.syncing), '[]'),
    'in_flight', u.in_flight,
    'holds', u.holds,
    'spent', (select json_object_agg(s.address, s.mails order by s.address)
                from sent s where s.address = any(p.addresses)),
    'owner', case when o.id is not null then json_build_object(
      'account', o.id, 'since', calsync.instant(o.since),
      'public', case when o.graph_user like 'groups/%' then true end,
      'settings', (select coalesce(json_object_agg(s.key, s.value order by s.key), '{}')
                     from calsync.setting s where s.account = o.id)) end)
    from item i
    left join crm c on c.crm_id = i.crm_id
    left join people p on p.crm_id = i.crm_id
    left join guid g on g.crm_id = i.crm_id
    -- A tombstone only if there is nothing else.
    left join lateral (
      select x.m from (select y as m, y.* from calsync.meeting y
                        where y.crm_id = i.crm_id offset 0) x
       where x.slot in ('', account::text)
       order by (x.state = 'ended'), (x.slot = ''), x.id desc limit 1) l on true
    left join lateral (
      select a.id, a.since, a.graph_user from calsync.account a
       where a.crm_user = coalesce((l.m).owner, c.doc ->> 'owner')
       order by (a.synced_xid is null), (not a.is_primary), a.id limit 1) o on true
    left join box b on b.crm_user = coalesce((l.m).owner, c.doc ->> 'owner')
    left join lateral (
      select json_agg(json_build_object('account', x.account, 'id', x.id,
                                        'role', x.role, 'state', x.state,
                                        'original_date', x.original_date)
                      order by x.account, x.id) as copies,
             (array_agg(x.account = account
                        order by (x.role <> 'organizer'), x.account, x.id)
              filter (where x.state = 'present' and exists (
                select from calsync.account a
                 where a.id = x.account and a.synced_xid is not null)))[1] as mine
        from calsync.copy x where x.meeting = (l.m).id) d on true
   cross join lateral calsync.under_way((l.m).id, i.crm_id) u;
end $$;
