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
  if not calsync.has_met(account) then
    return;
  end if;
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

-- Who is behind these addresses (n: 1-based places): in order, the user first (`person`
-- is user), with their mailbox and whether that is synced.  Each says by which field of
-- the CRM it was found, if by another than email, as policy may not count all of them: so
-- a contact is given for every field that has one.
--
-- Most of those who are new to a run are the firm's clients.  In a long list, whose
-- domain is none of a user's or a mailbox's is looked for among contacts and leads alone.
-- No bitmaps: of tables that were never analysed the planner thinks that
-- there are many of each.
drop function if exists calsync.match_people(text[]);
create function calsync.match_people(addresses text[])
returns table (n integer, person text, id text, name text, type text, private boolean,
               field text, account bigint, synced boolean)
language plpgsql stable set enable_seqscan = off set enable_bitmapscan = off set jit = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  hidden constant text[] := array(select unnest(o.encrypted) from calsync.org o);
begin
  return query
  with domain as materialized (
    select least(u.low, b.low) as low, greatest(u.high, b.high) as high
      from calsync.crm_domains() u
     cross join (select min(split_part(x.mailbox, '@', 2)) as low,
                        max(split_part(x.mailbox, '@', 2)) as high
                   from calsync.account x) b
     where cardinality(addresses) > 32),
  w as materialized (
    select a.address, a.n::integer,
           cardinality(addresses) <= 32
             or split_part(a.address, '@', 2) between (select d.low from domain d)
                                                  and (select d.high from domain d) as own
      from unnest(addresses) with ordinality a(address, n)),
  hit as materialized (
    select w.n, q.*
      from w cross join lateral (
        select p.person, p.id, p.name, p.type, p.private, p.field, p.rank
          from calsync.crm_person() p where p.email = w.address offset 0) q
     where w.own
    union all
    select w.n, q.*
      from w cross join lateral (
        select p.person, p.id, p.name, p.type, p.private, p.field, p.rank
          from calsync.crm_person() p
         where p.email = w.address and p.person <> 'user' offset 0) q
     where w.own is not true),
  -- Whose mailbox it is counts as their first address.
  mailbox as materialized (
    select w.n, q.*
      from w cross join lateral (
        select b.id as account, b.crm_user from calsync.account b
         where b.mailbox = w.address offset 0) q
     where w.own),
  usr as (
    select distinct on (y.n) y.n, y.id, y.field
      from (select h.n, h.id, h.field, 2 * h.rank as rank, 0 as account
              from hit h where h.person = 'user'
            union all
            select m.n, m.crm_user, null, 1, m.account from mailbox m) y
     order by y.n, y.rank, y.account),
  contact as (
    select distinct on (h.n, h.field) h.*
      from hit h
     where h.person <> 'user' and h.field <> all(hidden)
     order by h.n, h.field, h.rank, h.id)
  select x.n, x.person, x.id, x.name, x.type, x.private, nullif(x.field, 'email'),
         x.account, x.synced
    from (select u.n, -1 as rank, 'user' as person, u.id, null as name, null as type,
                 null::boolean as private, u.field, a.id as account,
                 a.synced_xid is not null as synced
            from usr u
            left join lateral (
              select b.id, b.synced_xid from calsync.account b where b.crm_user = u.id
               order by (b.synced_xid is null), (not b.is_primary), b.id limit 1) a on true
          union all
          select c.n, c.rank, c.person, c.id, c.name, c.type, c.private, c.field, null, false
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
         and m.base_graph::json #>> '{series,kind}' = 'master') then 'master'
    when exists (
      select from calsync.meeting_key k join calsync.meeting m on m.id = k.meeting
       where k.uid = series_as.uid and k.original_date <> ''
         and k.slot in ('', series_as.account::text) and m.state <> 'ended')
    then 'occurrences' end
$$;

-- Everything about one batch of changed events that a decision needs, but for who is
-- who (match_people); shapes in docs/stream.md sections 4, 8 and 9.  The doc is null where
-- nothing is known of the event, as of most in a first load: so links are asked for only
-- where there is any trace of one.  `first`: the section is a first one; `at` is the run's
-- now.
create or replace function calsync.match_context(
  account bigint, asked calsync.asked[], first boolean default false,
  at timestamptz default now())
returns table (n integer, doc json)
language plpgsql stable set enable_seqscan = off set enable_bitmapscan = off set jit = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
declare
  known calsync.asked[];
  me constant text := (select a.crm_user from calsync.account a where a.id = account);
  has_met constant boolean := calsync.has_met(account);
  mailed constant boolean := exists (select from calsync.intent y
                                      where y.sent > at - interval '24 hours');
begin
  -- As limits: EXISTS could be answered by hashing all that is stored.
  select array_agg(i) filter (where coalesce(
           (select true from calsync.meeting_key k where k.uid = i.uid limit 1),
           case when has_met or i.uid is null then coalesce(
             (select true from calsync.copy c
               where c.account = account and c.id = i.id limit 1),
             (select true from calsync.seen s
               where s.account + 0 = account and s.id = i.id limit 1)) end,
           -- It may have turned.
           case when has_met and i.first is not null then coalesce(
             (select true from calsync.copy c
               where c.master = i.id and c.account = account and c.state = 'present' limit 1),
             (select true from calsync.copy c
               where c.id = i.master and c.account = account limit 1)) end))
    into known
    from unnest(asked) i;
  return query
  with linked as materialized (
    select l.* from calsync.match_links(account, known, at) l where known is not null),
  -- Of what has no link: who would own it (owner.from), the organizer or this user.
  stranger as materialized (
    select i.*, i as item, coalesce(case when i.owner_from = 'user'
                                or (i.owner_from = 'synced' and i.synced)
                              then i.organizer_user end, me) as owner
      from unnest(asked) i
     where i.uid is not null
       and i.n <> all(array(select l.n from linked l where l.linked))),
  twin as materialized (
    select t.n, t.twins
      from (select array_agg(s.n) as n, array_agg(s.owner) as owner, array_agg(s.uid) as uid,
                   array_agg(s.original_date) as original_date,
                   array_agg(s."start"::timestamptz) filter (where first) as start,
                   array_agg(s."end"::timestamptz) filter (where first) as stop,
                   array_agg(s.all_day) filter (where first) as all_day,
                   array_agg(s.subject) filter (where first) as subject,
                   array_agg(s.marker) as marker,
                   array_agg(s.transaction) as transaction
              from stranger s where s.owner is not null) q
     cross join lateral calsync.match_twins(
       q.n, q.owner, q.uid, q.original_date, q.start, q.stop, q.all_day, q.subject,
       q.marker, account, q.transaction) t),
  alike as materialized (
    select a.n, a.alike
      from (select array_agg(s.item) as items
              from stranger s where s.guests <> '{}') q
     cross join lateral calsync.match_alike(account, q.items) a
     where has_met),
  -- Accounts with a POST whose outcome is not known.
  post as materialized (
    select distinct p.account, a.crm_user, a.mailbox
      from calsync.intent p join calsync.account a on a.id = p.account
     where p.outcome is null and p.sent is not null and p.op = 'graph.create'),
  sent as materialized (
    select s.address, s.mails from calsync.mails_spent(at) s where mailed),
  room as materialized (
    select r.n, r.found
      from (select array_agg(x.n) as n, array_agg(x.rooms) as rooms
              from unnest(asked) x where json_array_length(x.rooms) > 0) q
     cross join lateral calsync.match_rooms(q.n, q.rooms) r
     where q.n is not null),
  pick as materialized (
    select p.id, p.picks
      from calsync.match_picks(account, array(select i.id from unnest(asked) i)) p
     where (select true from calsync.pick limit 1)),
  -- Held categories of what has no link: about the copy alone.
  held as materialized (
    select h.item, json_agg(json_build_object(
             'id', h.id, 'digest', h.digest, 'reason', h.reason,
             'released', h.released_at is not null) order by h.id) as holds
      from calsync.hold h
     where h.account = account and h.meeting is null and h.op = 'graph.mark'
       and h.consumed is null and h.void is null
     group by h.item),
  own as materialized (
    select distinct s.n from post p join stranger s
      on p.mailbox = s.organizer or p.crm_user = s.organizer_user)
  select i.n, case when mailed or l.n is not null or t.n is not null or g.n is not null
                     or v.n is not null or w.n is not null or k.id is not null
                     or h.item is not null then json_build_object(
    'link', l.link,
    'base', l.base,
    'crm', l.crm,
    'crm_digest', calsync.crm_digest(l.crm),
    'rooms', coalesce(g.found, '[]'),
    'seen', l.seen,
    'owner', l.owner,
    'in_flight', l.in_flight,
    'guid', l.guid,
    'own_post', case when w.n is not null then true end,
    'turned', l.turned,
    'twins', t.twins,
    'alike', v.alike,
    'series_as', l.series_as,
    'relations', l.relations,
    'holds', case when l.linked or l.series_gone is not null then l.holds else h.holds end,
    'series_gone', l.series_gone,
    'series_left', l.series_left,
    'picks', k.picks,
    'wrote', l.wrote,
    -- Whose addresses they are is made out only where anybody was mailed.
    'spent', case when mailed then (
      select json_object_agg(s.address, s.mails order by s.address)
        from sent s
       where s.address = i.organizer or s.address = any(l.addresses)
          or s.address = any(i.guests) or s.address = any(i.addresses)) end) end
    from unnest(asked) i
    left join linked l on l.n = i.n
    left join twin t on t.n = i.n
    left join room g on g.n = i.n
    left join alike v on v.n = i.n
    left join own w on w.n = i.n
    left join pick k on k.id = i.id
    left join held h on h.item = i.id;
end $$;
