-- repeatable
--
-- apply_page's first step where policy asks for it: what events need and the CRM lacks,
-- places (locations.mode = create) and people (unmatched.create).  Each is made once,
-- whoever names it; a page without such ops pays nothing.

-- One batch through the adapter; if the CRM refuses it, one by one.
create or replace function calsync.apply_make(op text, items jsonb[])
returns table (n integer, id text, made boolean, code text)
language plpgsql set jit = off as $$
begin
  begin
    return query select p.n, p.id, p.made, null::text
                   from calsync.apply_make_batch(op, items) p;
    return;
  exception when others then
    if calsync.not_the_item(sqlstate) then
      raise;
    end if;
  end;
  for i in 1 .. cardinality(items) loop
    begin
      n := i;
      select p.id, p.made into id, made from calsync.apply_make_batch(op, items[i:i]) p;
      code := null;
    exception when others then
      if calsync.not_the_item(sqlstate) then
        raise;
      end if;
      id := null;
      made := false;
      code := sqlstate;
    end;
    return next;
  end loop;
end $$;

create or replace function calsync.apply_make_batch(op text, items jsonb[])
returns table (n integer, id text, made boolean)
language plpgsql set jit = off as $$
begin
  if op = 'crm.location.create' then
    return query select p.n, p.id, p.made from calsync.put_places(items) p;
  else
    return query select p.n, p.id, p.made from calsync.apply_make_people(items) p;
  end if;
end $$;

-- Only for addresses that are nobody's and no room's.  Few CRMs have a unique address;
-- so sessions that ask for the same one wait for each other here, in order.
create or replace function calsync.apply_make_people(items jsonb[])
returns table (n integer, id text, made boolean)
language plpgsql set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  known text[];
begin
  perform pg_advisory_xact_lock(x'ca18'::integer, k.h)
     from (select distinct hashtext(lower(i ->> 'address')) as h
             from unnest(items) i order by 1) k;
  known := array(
    select a.address
      from (select distinct lower(i ->> 'address') as address from unnest(items) i) a
     where exists (select from calsync.crm_person() p where p.email = a.address)
        or exists (select from calsync.crm_resource() r where r.email = a.address));
  -- Whoever is there already, or was switched off, is `joined`: any id says so.
  return query
    with new as materialized (
      select i.n, i.o, row_number() over (order by i.n) as place
        from unnest(items) with ordinality i(o, n)
       where lower(i.o ->> 'address') <> all(known)
         and not exists (select from unnest(items) with ordinality j(o, n)
                          where j.n < i.n
                            and lower(j.o ->> 'address') = lower(i.o ->> 'address')))
    select i.n::integer, coalesce(p.id, i.o ->> 'address'), coalesce(p.id is not null, false)
      from unnest(items) with ordinality i(o, n)
      left join new w on w.n = i.n
      left join calsync.put_persons(
        coalesce((select array_agg(x.o order by x.place) from new x), '{}')) p
        on p.n = w.place
     order by i.n;
end $$;

-- `done`, or `joined` where somebody was there before.  Places count towards the day's
-- number, and do not wait for it; people are part of the event that they are on.
create or replace function calsync.apply_makes(op text, makes jsonb[], page jsonb)
returns json[]
language plpgsql set jit = off as $$
declare
  now constant timestamptz := page ->> 'now';
  lines json[];
  made integer;
begin
  with put as materialized (
    select u.n, u.o, p.made, p.code,
           case when p.id is null then 'failed' when p.made then 'done'
                else 'joined' end as outcome
      from unnest(makes) with ordinality u(o, n)
      left join calsync.apply_make(op, array(select x -> 'set' from unnest(makes) x)) p
        on p.n = u.n),
  logged as (
    insert into calsync.log (at, run, account, calendar, kind, error, stage, code, outcome,
                             sqlstate, rule, evidence, policy)
    select now, page ->> 'run', (page ->> 'account')::bigint, page ->> 'calendar', 'op',
           p.outcome = 'failed', 'apply', op, p.outcome, p.code,
           p.o #>> '{why,rule}', p.o #>> '{why,evidence}', p.o #>> '{why,policy}'
      from put p where p.outcome <> 'joined' order by p.n)
  select array_agg(json_build_object(
           'type', 'result', 'op', op, 'id', null,
           'outcome', p.outcome, 'code', p.code, 'why', p.o -> 'why') order by p.n),
         count(*) filter (where p.made and p.o #>> '{limits,day}' is not null)
    into lines, made
    from put p;
  perform calsync.day_add(now, made);
  return lines;
end $$;

-- Rooms that an op names without a resource, because there was none when it was made:
-- they get the one that there is now, and the base says so.  One that could not be
-- made, or was switched off, is left out: its event stands without it.
create or replace function calsync.apply_rooms(o jsonb[]) returns jsonb[]
language plpgsql stable set enable_seqscan = off set jit = off as $$
begin
  return (
    with want as materialized (
      select distinct lower(r ->> 'address') as address
        from unnest(o) i cross join lateral jsonb_array_elements(i #> '{rooms,add}') r
       where r ->> 'resource' is null),
    found as materialized (
      select w.address, q.id
        from want w
       cross join lateral (
         select min(x.id) as id from calsync.crm_resource() x
          where x.email = w.address and x.active offset 0) q
       where q.id is not null)
    select array_agg(case when r.added is null then i.o
             else jsonb_set(i.o, '{rooms,add}', r.added) || jsonb_build_object(
               'base', coalesce(i.o -> 'base', '{}') || jsonb_build_object(
                 'graph', coalesce(i.o #> '{base,graph}', '{}') || jsonb_build_object(
                   'resources', coalesce(i.o #> '{base,graph,resources}', '[]')
                                || r.made))) end order by i.n)
      from unnest(o) with ordinality i(o, n)
      left join lateral (
       select coalesce(jsonb_agg(case when f.id is null then a.r
                                      else a.r || jsonb_build_object('resource', f.id) end
                                 order by a.n)
                       filter (where f.id is not null or a.r ->> 'resource' is not null),
                       '[]') as added,
              coalesce(jsonb_agg(f.id order by a.n) filter (where f.id is not null), '[]')
                as made
         from jsonb_array_elements(i.o #> '{rooms,add}') with ordinality a(r, n)
         left join found f on a.r ->> 'resource' is null
                          and f.address = lower(a.r ->> 'address')
       having bool_or(a.r ->> 'resource' is null)) r(added, made) on true);
end $$;

-- The same for people.
create or replace function calsync.apply_people(o jsonb[]) returns jsonb[]
language plpgsql stable set enable_seqscan = off set jit = off as $$
begin
  return (
    with want as materialized (
      select distinct lower(a ->> 'address') as address
        from unnest(o) i cross join lateral jsonb_array_elements(i #> '{attendees,add}') a
       where a ->> 'id' is null),
    found as materialized (
      select w.address, q.person, q.id
        from want w
       cross join lateral (
         select x.person, x.id from calsync.crm_person() x
          where x.email = w.address
          order by (x.person <> 'user'), x.rank, x.id limit 1) q)
    select array_agg(case when r.added is null then i.o
             else jsonb_set(i.o, '{attendees,add}', r.added) || jsonb_build_object(
               'base', coalesce(i.o -> 'base', '{}') || jsonb_build_object(
                 'graph', coalesce(i.o #> '{base,graph}', '{}') || jsonb_build_object(
                   'relations', coalesce(i.o #> '{base,graph,relations}', '[]')
                                || r.made))) end order by i.n)
      from unnest(o) with ordinality i(o, n)
      left join lateral (
       select coalesce(jsonb_agg(case when f.id is null then a.r
                                      else a.r || jsonb_build_object('person', f.person,
                                                                     'id', f.id) end
                                 order by a.n)
                       filter (where f.id is not null or a.r ->> 'id' is not null),
                       '[]') as added,
              coalesce(jsonb_agg(jsonb_build_object(
                         'person', f.person, 'id', f.id, 'role', a.r -> 'role',
                         'response', a.r -> 'response') order by a.n)
                       filter (where f.id is not null), '[]') as made
         from jsonb_array_elements(i.o #> '{attendees,add}') with ordinality a(r, n)
         left join found f on a.r ->> 'id' is null
                          and f.address = lower(a.r ->> 'address')
       having bool_or(a.r ->> 'id' is null)) r(added, made) on true);
end $$;
