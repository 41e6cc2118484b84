-- repeatable
--
-- What match asks: one call a batch each.

-- The first question: which of these are known with that digest?  1-based places.
-- Known are present copies, and skipped events.  Copies that are gone, and those of
-- a tombstone, have no digest: apply takes it away.
create or replace function calsync.match_known(account bigint, ids text[], digests text[])
returns setof integer
language plpgsql stable set enable_seqscan = off set jit = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
begin
  return query
  select i.n::integer
    from unnest(ids, digests) with ordinality i(id, digest, n)
   -- As limits: EXISTS could be answered by hashing all that is stored.  `+ 0`: a plan
   -- that is made while `seen` is empty would rather read all of the account's rows.
   where (select true from calsync.copy c
           where c.account = account and c.id = i.id and c.digest = i.digest limit 1)
      or (select true from calsync.seen s
           where s.account + 0 = account and s.id = i.id and s.digest = i.digest limit 1);
end $$;

-- Of events that are known: which are not known by the bytes that they came as?
create or replace function calsync.match_stale(
  account bigint, ids text[], digests text[], marks bigint[])
returns setof integer
language plpgsql stable set enable_seqscan = off set jit = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
begin
  return query
  select i.n::integer
    from unnest(ids, digests, marks) with ordinality i(id, digest, mark, n)
   where (select true from calsync.copy c
           where c.account = account and c.id = i.id and c.digest = i.digest
             and c.raw = calsync.raw_of(c.digest, i.mark) limit 1) is null
     and (select true from calsync.seen s
           where s.account + 0 = account and s.id = i.id and s.digest = i.digest
             and s.raw = calsync.raw_of(s.digest, i.mark) limit 1) is null;
end $$;

-- Events that a round has brought: present copies that are noted for another calendar.
create or replace function calsync.match_moved(account bigint, calendar text, ids text[])
returns setof integer
language plpgsql stable set enable_seqscan = off set jit = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
begin
  return query
  select i.n::integer
    from unnest(ids) with ordinality i(id, n)
   where (select c.state = 'present' and c.calendar <> calendar from calsync.copy c
           where c.account = account and c.id = i.id);
end $$;

-- Events with files: present copies whose version is another one.
create or replace function calsync.match_files(account bigint, ids text[], etags text[])
returns setof integer
language plpgsql stable set enable_seqscan = off set jit = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
begin
  return query
  select i.n::integer
    from unnest(ids, etags) with ordinality i(id, etag, n)
   where (select c.state = 'present' and c.etag is distinct from i.etag
            from calsync.copy c where c.account = account and c.id = i.id);
end $$;

-- Who is behind these addresses (n: 1-based places): entries in order, the user first,
-- with whether that user's mailbox is synced.  Each says by which field of the CRM it
-- was found, as policy may not count all of them: so a contact is given for every field
-- that has one.  No bitmaps: of tables that were never analysed the planner thinks that
-- there are many of each.
drop function if exists calsync.match_people(text[]);
create function calsync.match_people(addresses text[])
returns table (n integer, entry text, crm_user text, synced boolean)
language plpgsql stable set enable_seqscan = off set enable_bitmapscan = off set jit = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  hidden constant text[] := array(select unnest(o.encrypted) from calsync.org o);
begin
  return query
  with w as materialized (
    select a.address, a.n::integer from unnest(addresses) with ordinality a(address, n)),
  hit as materialized (
    select w.n, w.address, q.*
      from w cross join lateral (
        select p.person, p.id, p.name, p.type, p.private, p.field, p.rank
          from calsync.crm_person() p where p.email = w.address offset 0) q),
  -- Whose mailbox it is counts as their first address.
  mailbox as materialized (
    select w.n, w.address, q.*
      from w cross join lateral (
        select b.id as account, b.crm_user from calsync.account b
         where b.mailbox = w.address offset 0) q),
  usr as (
    select distinct on (y.n) y.n, y.address, y.id, y.field
      from (select h.n, h.address, h.id, h.field, 2 * h.rank as rank, 0 as account
              from hit h where h.person = 'user'
            union all
            select m.n, m.address, m.crm_user, null, 1, m.account from mailbox m) y
     order by y.n, y.rank, y.account),
  contact as (
    select distinct on (h.n, h.field) h.*
      from hit h
     where h.person <> 'user' and h.field <> all(hidden)
     order by h.n, h.field, h.rank, h.id)
  select x.n, x.entry, x.crm_user, x.synced
    from (select u.n, -1 as rank,
                 case when coalesce(u.field, 'email') = 'email'
                      then json_build_object('address', u.address, 'user', u.id,
                             'account', a.id, 'synced', a.synced_xid is not null)
                      else json_build_object('address', u.address, 'user', u.id,
                             'account', a.id, 'synced', a.synced_xid is not null,
                             'field', u.field) end::text as entry,
                 u.id as crm_user, a.synced_xid is not null as synced
            from usr u
            left join lateral (
              select b.id, b.synced_xid from calsync.account b where b.crm_user = u.id
               order by (b.synced_xid is null), (not b.is_primary), b.id limit 1) a on true
          union all
          -- Put together as text: most entries are these, and this is the cheapest way.
          -- As json it would be parsed once more.
          select c.n, c.rank, '{"address":' || to_json(c.address)
                   || ',"person":' || to_json(c.person) || ',"id":' || to_json(c.id)
                   || coalesce(',"name":' || to_json(c.name), '')
                   || coalesce(',"type":' || to_json(c.type), '')
                   || case when c.private then ',"private":true'
                           when not c.private then ',"private":false' else '' end
                   || coalesce(',"field":' || to_json(nullif(c.field, 'email')), '')
                   || '}', null, null
            from contact c) x
   order by x.n, x.rank;
end $$;

-- Of each of these events its rooms: by address, else by exact name unless both have an
-- address.  Two of one name are ambiguous; what is unknown is left out.  Each room is
-- looked up once, as most are those of many events.
create or replace function calsync.match_rooms(places integer[], rooms json[])
returns table (n integer, found json)
language plpgsql stable set enable_seqscan = off set jit = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
  return query
  with asked as materialized (
    select p.n, r.name, r.address, r.place
      from unnest(places, rooms) p(n, rooms)
     cross join lateral rows from (
             json_to_recordset(p.rooms) as (name text, address text))
           with ordinality r(name, address, place)),
  known as materialized (
    select a.name, a.address, h.hits, h.id
      from (select distinct x.name, x.address from asked x) a
     cross join lateral (
       select h.hits, h.id from (
         (select 0 as rank, count(*) as hits, min(q.id) as id from calsync.crm_resource() q
           where q.email = lower(a.address) and q.active)
         union all
         (select 1, count(*), min(q.id) from calsync.crm_resource() q
           where q.name = btrim(a.name) and q.active
             and (a.address is null or q.email is null))) h
        where h.hits > 0 order by h.rank limit 1) h)
  select a.n, json_agg(json_strip_nulls(json_build_object(
           'name', a.name, 'address', a.address,
           'resource', case when k.hits = 1 then k.id end,
           'ambiguous', case when k.hits > 1 then true end)) order by a.place)
    from asked a
    join known k on k.name is not distinct from a.name
                and k.address is not distinct from a.address
   group by a.n;
end $$;

-- CRM events that may be these events of Graph although no link says so: by uid, by the
-- guid in their marker, by the key of a write of ours that made them (what was taken for
-- refused was done), and by signature if `starts` is given, as in a first section.
-- Arrays of one length: `places` are the n of match_context, `owners` the CRM users who
-- would own them; docs/stream.md section 9.
create or replace function calsync.match_twins(
  places integer[], owners text[], uids text[], original_dates text[],
  starts timestamptz[], stops timestamptz[], all_days boolean[], subjects text[],
  markers text[], account bigint, transactions text[])
returns table (n integer, twins json)
language plpgsql stable set enable_seqscan = off set jit = off set timezone = 'UTC'
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  this constant bigint := account;
  marked constant integer[] := array(
    -- A date of a series carries what its master does.
    select i from generate_subscripts(markers, 1) i
     where markers[i] is not null and coalesce(original_dates[i], '') = '');
  found integer[];
  ids text[];
  ways text[];
begin
  -- uid counts for more, then the marker, then the key
  select array_agg(f.n), array_agg(f.crm_id), array_agg(f.by) into found, ids, ways
    from (select distinct on (h.n, h.crm_id) h.*
            from (select t.n, t.crm_id, t.by
                    from calsync.find_twins(owners, uids, original_dates, starts, stops,
                                            all_days, subjects) t
                  union all
                  select k.o, i.crm_id, 'key'
                    from unnest(transactions) with ordinality k(key, o)
                   cross join lateral (
                     select y.crm_id from calsync.intent y
                      where y.transaction_id = k.key and y.account = this
                        and y.op = 'graph.create' offset 0) i
                   where k.key is not null and i.crm_id is not null
                  union all
                  select marked[g.n], g.crm_id, 'marker'
                    from calsync.find_guids(
                           array(select markers[i] from unnest(marked) i)) g
                   where marked <> '{}') h
           where not exists (select from calsync.meeting m where m.crm_id = h.crm_id)
           order by h.n, h.crm_id,
                    array_position(array['uid', 'marker', 'key', 'signature'], h.by)) f;
  if ids is null then
    return;
  end if;
  return query
  with crm as materialized (
    select s.crm_id, s.doc
      from calsync.snapshot(array(select distinct i from unnest(ids) i)) s)
  select places[f.n], json_agg(json_build_object(
           'crm_id', f.crm_id, 'by', f.by, 'crm', c.doc,
           'crm_digest', calsync.crm_digest(c.doc))
           order by (f.by <> 'uid'), f.crm_id)
    from unnest(found, ids, ways) f(n, crm_id, by)
    join crm c on c.crm_id = f.crm_id
   where f.by not in ('key', 'marker')
      or (c.doc ->> 'owner' = owners[f.n] and not (c.doc ->> 'deleted')::boolean)
   group by 1;
end $$;

-- As what a series is linked already, under whatever policy and slot: `master` for one
-- event with a rule, `occurrences`, or null.
create or replace function calsync.series_as(account bigint, uid text) returns text
language sql stable as $$
  select case
    when exists (
      select from calsync.meeting_key k join calsync.meeting m on m.id = k.meeting
       where k.uid = series_as.uid and k.original_date = ''
         and k.slot in ('', series_as.account::text) and m.state <> 'ended'
         and m.base_graph #>> '{series,kind}' = 'master') then 'master'
    when exists (
      select from calsync.meeting_key k join calsync.meeting m on m.id = k.meeting
       where k.uid = series_as.uid and k.original_date <> ''
         and k.slot in ('', series_as.account::text) and m.state <> 'ended')
    then 'occurrences' end
$$;

-- Everything about one batch of changed events that a decision needs, but for who is
-- who (match_people); shapes in
-- docs/stream.md sections 4, 8 and 9.  `first`: the section is a first one; `at` is the
-- run's now.
create or replace function calsync.match_context(
  account bigint, items json, first boolean default false, at timestamptz default now())
returns table (n integer, doc json)
language plpgsql stable set enable_seqscan = off set jit = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
declare
  -- A mailbox that comes in for the first time has none yet, and so no cursor either: no
  -- index of the copies begins with the account.
  has_copies constant boolean := exists (select from calsync.cursor k where k.account = account);
begin
  return query
  with item as materialized (
    select * from json_to_recordset(items) as i (
      n integer, id text, uid text, original_date text, slots text[],
      addresses json, rooms json, organizer text, organizer_user text,
      synced boolean, owner_from text, "start" text, "end" text, all_day boolean,
      subject text, guests json, marker text, transaction text,
      guid boolean, first text, master text)),
  linked as materialized (
    select i.n, t.meeting is not null as has_turned, t.former, m.*
      from item i
      left join lateral (select c.meeting from calsync.copy c
                          where c.account = account and c.id = i.id offset 0) own on true
      left join lateral (
        select k.id from unnest(i.slots) with ordinality s(slot, o)
         cross join lateral (
           select x.meeting as id from calsync.meeting_key x
            where x.uid = i.uid and x.original_date = coalesce(i.original_date, '')
              and x.slot = s.slot offset 0) k
         order by s.o limit 1) keyed on own.meeting is null
      left join lateral (
        -- Asked only where something is known of it, by the cheapest of questions.
        select f.meeting, f.former
          from calsync.turned_from(account, i.id, i.uid, i.original_date, i.slots,
                                   i.first, i.master) f
         where own.meeting is null and keyed.id is null and i.first is not null
           and coalesce((select true from calsync.meeting_key k
                          where k.uid = i.uid limit 1),
                        has_copies
                        and coalesce((select true from calsync.copy c
                                       where c.master = i.id and c.account = account
                                         and c.state = 'present' limit 1),
                                     (select true from calsync.copy c
                                       where c.id = i.master and c.account = account limit 1)))
        offset 0) t on true
     cross join lateral (
       select x.*, x as m from calsync.meeting x
        where x.id = coalesce(own.meeting, keyed.id, t.meeting) offset 0) m),
  series_gone as materialized (
    select g.* from (
      select i.n, s.series ->> 'uid' as uid, s.series, f.crm_id, f.last
        from item i
        join calsync.seen s on s.account + 0 = account and s.id = i.id
       cross join lateral calsync.series_stands(account, s.series ->> 'uid') f
       where i.uid is null and s.series is not null offset 0) g
     where g.crm_id is not null),
  crm as materialized (
    select s.crm_id, s.doc
      from calsync.snapshot(array(select l.crm_id from linked l where l.crm_id is not null
                                  union select g.crm_id from series_gone g)) s),
  -- Dates of a series that the CRM has no more; of their series, those that it has.
  dropped as materialized (
    select l.n, l.uid, l.slot from linked l left join crm c on c.crm_id = l.crm_id
     where l.original_date <> '' and (c.doc is null or (c.doc ->> 'deleted')::boolean)),
  series as materialized (
    select k.uid, k.slot, m.crm_id
      from (select distinct d.uid, d.slot from dropped d) s
      join calsync.meeting_key k on k.uid = s.uid and k.slot = s.slot
      join calsync.meeting m on m.id = k.meeting),
  left_over as materialized (
    select s.uid, s.slot, count(e.crm_id) as dates
      from series s
      left join calsync.read_events(array(
        select x.crm_id from series x where x.crm_id is not null)) e
        on e.crm_id = s.crm_id and not e.deleted
     group by s.uid, s.slot),
  relation as materialized (
    select r.*
      from calsync.match_relations(array(select c.crm_id from crm c order by 1),
                                   array(select c.doc from crm c order by c.crm_id)) r),
  -- Of what has no link: who would own it (owner.from), the organizer or this user.
  stranger as materialized (
    select i.*, coalesce(case when i.owner_from = 'user'
                                or (i.owner_from = 'synced' and i.synced)
                              then i.organizer_user end, me.crm_user) as owner
      from item i
      left join calsync.account me on me.id = account
     where i.uid is not null and not exists (select from linked l where l.n = i.n)),
  twin as materialized (
    select t.n, t.twins
      from (select array_agg(s.n) as n, array_agg(s.owner) as owner, array_agg(s.uid) as uid,
                   array_agg(s.original_date) as original_date,
                   case when first then array_agg(s."start"::timestamptz) end as start,
                   case when first then array_agg(s."end"::timestamptz) end as stop,
                   case when first then array_agg(s.all_day) end as all_day,
                   case when first then array_agg(s.subject) end as subject,
                   array_agg(s.marker) as marker,
                   array_agg(s.transaction) as transaction
              from stranger s where s.owner is not null) q
     cross join lateral calsync.match_twins(
       q.n, q.owner, q.uid, q.original_date, q.start, q.stop, q.all_day, q.subject,
       q.marker, account, q.transaction) t),
  alike as materialized (
    select a.n, a.alike
      from (select array_agg(s.n) as n, array_agg(s."start") as start,
                   array_agg(s."end") as stop, array_agg(s.all_day) as all_day,
                   array_agg(s.subject) as subject, array_agg(s.guests) as guests
              from stranger s where json_array_length(s.guests) > 0) q
     cross join lateral calsync.match_alike(
       account, q.n, q.start, q.stop, q.all_day, q.subject, q.guests) a),
  -- Accounts with a POST whose outcome is not known.
  post as materialized (
    select distinct p.account, a.crm_user, a.mailbox
      from calsync.intent p join calsync.account a on a.id = p.account
     where p.outcome is null and p.sent is not null and p.op = 'graph.create'),
  sent as materialized (select s.address, s.mails from calsync.mails_spent(at) s),
  room as materialized (
    select r.n, r.found
      from (select array_agg(x.n) as n, array_agg(x.rooms) as rooms
              from item x where json_array_length(x.rooms) > 0) q
     cross join lateral calsync.match_rooms(q.n, q.rooms) r),
  pick as materialized (
    select p.id, p.picks from calsync.match_picks(account, array(select i.id from item i)) p),
  -- Held categories of what has no link: about the copy alone.
  held as materialized (
    select h.item, json_agg(json_build_object(
             'id', h.id, 'digest', h.digest, 'reason', h.reason,
             'released', h.released_at is not null) order by h.id) as holds
      from calsync.hold h
     where h.account = account and h.meeting is null and h.op = 'graph.mark'
       and h.consumed is null and h.void is null
     group by h.item)
  select i.n, json_build_object(
    'link', calsync.link_json(l.m, o.id, d.mine, d.copies),
    'base', case when l.id is not null then json_build_object(
      'graph', l.base_graph, 'crm', l.base_crm) end,
    'crm', c.doc,
    'crm_digest', calsync.crm_digest(c.doc),
    'rooms', coalesce(g.found, '[]'),
    'seen', (select json_build_object('reason', s.reason, 'digest', s.digest)
               from calsync.seen s where s.account + 0 = account and s.id = i.id),
    'owner', case when o.id is not null then json_build_object(
      'account', o.id, 'since', calsync.instant(o.since),
      'public', case when o.graph_user like 'groups/%' then true end,
      'settings', (select coalesce(json_object_agg(s.key, s.value order by s.key), '{}')
                     from calsync.setting s where s.account = o.id)) end,
    'in_flight', case when z.n is null then u.in_flight
                      else coalesce(calsync.series_sent(z.uid), u.in_flight) end,
    'guid', case when i.guid then (
      select g.guid from calsync.crm_guid(array[l.crm_id]) g) end,
    'own_post', case when exists (
      select from post p join stranger s on s.n = i.n
       where p.mailbox = s.organizer or p.crm_user = s.organizer_user) then true end,
    'turned', case when l.has_turned then json_build_object('former', l.former) end,
    'twins', t.twins,
    'alike', v.alike,
    -- As a limit: EXISTS could be answered by hashing all keys.
    'series_as', case when l.id is null and (
      select true from calsync.meeting_key k where k.uid = i.uid limit 1)
      then calsync.series_as(account, i.uid) end,
    'relations', r.people,
    'holds', case when l.id is null and z.n is null then h.holds else u.holds end,
    'series_gone', case when z.n is not null then
      z.series || jsonb_build_object('last', calsync.instant(z.last), 'crm_id', z.crm_id,
                                     'owner_account', account) end,
    'series_left', (select f.dates from dropped p
                      join left_over f on f.uid = p.uid and f.slot = p.slot
                     where p.n = i.n),
    'picks', k.picks,
    -- By field the last write to Graph that named it, within a day.
    'wrote', (select json_object_agg(p.name, p.id order by p.name)
                from (select f.name, max(y.id) as id
                        from calsync.intent y cross join lateral unnest(y.wrote) f(name)
                       where y.meeting = l.id and y.op = 'graph.update'
                         and y.sent > at - interval '24 hours'
                       group by f.name) p),
    -- Whose addresses they are is made out only where anybody was mailed.
    'spent', case when (select true from sent limit 1) then (
      select json_object_agg(s.address, s.mails order by s.address)
        from sent s
       where s.address = any(r.addresses
               || array(select json_array_elements_text(i.addresses)))) end)
    from item i
    left join linked l on l.n = i.n
    left join series_gone z on z.n = i.n and l.id is null
    left join crm c on c.crm_id = coalesce(l.crm_id, z.crm_id)
    left join twin t on t.n = i.n
    left join room g on g.n = i.n
    left join alike v on v.n = i.n
    left join relation r on r.crm_id = coalesce(l.crm_id, z.crm_id)
    left join lateral (
      select y.* from calsync.under_way(l.id, coalesce(l.crm_id, z.crm_id)) y
       where l.id is not null or z.n is not null offset 0) u on true
    left join pick k on k.id = i.id
    left join held h on h.item = i.id
    left join lateral (
      select a.id, a.since, a.graph_user from calsync.account a where a.crm_user = l.owner
       order by (a.synced_xid is null), (not a.is_primary), a.id limit 1) o on true
    left join lateral (
      -- The organizer's copy decides, else the lowest account's, among those that
      -- are present in a mailbox that is synced; this one counts as present, and its
      -- mailbox as synced: the event may have been asked for by name.
      select json_agg(json_build_object('account', x.account, 'id', x.id,
                                        'role', x.role, 'state', x.state,
                                        'original_date', x.original_date)
                      order by x.account, x.id) as copies,
             (array_agg(x.account = account and x.id = i.id
                        order by (x.role <> 'organizer'), x.account, x.id)
              filter (where (x.state = 'present' or (x.account = account and x.id = i.id))
                        and (x.account = account or exists (
                              select from calsync.account a
                               where a.id = x.account
                                 and a.synced_xid is not null))))[1] as mine
        from (select c.account, c.role,
                     -- The copy that it was counts as this one.
                     case when c.account = account and c.id = l.former then i.id
                          else c.id end as id,
                     case when c.account = account and c.id = l.former then 'present'
                          else c.state end as state,
                     case when c.account = account and c.id = l.former then ''
                          else c.original_date end as original_date
                from calsync.copy c where c.meeting = l.id) x) d on true;
end $$;
