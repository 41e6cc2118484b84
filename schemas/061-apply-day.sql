-- repeatable
--
-- apply_page's places (locations.mode = create) and the day's number of ops
-- (limit.per_day).  Both cost nothing where policy does not ask for them.

create or replace function calsync.next_day(at timestamptz) returns timestamptz
language sql stable as $$
  select ((at at time zone 'UTC')::date + 1)::timestamp at time zone 'UTC'
$$;

-- Ops that were applied on this day.  Until the transaction ends nobody else counts:
-- so two connections together stay within the number.
create or replace function calsync.day_lock(at timestamptz) returns bigint
language sql as $$
  insert into calsync.day_ops as d (day, ops) values ((at at time zone 'UTC')::date, 0)
  on conflict (day) do update set ops = d.ops
  returning ops
$$;

create or replace function calsync.day_add(at timestamptz, n integer) returns void
language plpgsql as $$
begin
  if n > 0 then
    insert into calsync.day_ops as d (day, ops) values ((at at time zone 'UTC')::date, n)
    on conflict (day) do update set ops = d.ops + n;
  end if;
end $$;

-- Does this op write an event?  Copies that join, links and bases are free.
create or replace function calsync.day_counts(x calsync.work, o jsonb) returns boolean
language sql immutable as $$
  select (x).outcome is null and (x).content
         and (x).op = any('{crm.create,crm.update,crm.delete}')
         and o #>> '{limits,day}' is not null
$$;

-- What is over the number is not done: `limit`, and it comes again the next day.
create or replace function calsync.apply_limit(w calsync.work[], o jsonb[], page jsonb)
returns calsync.work[]
language plpgsql set enable_seqscan = off set jit = off as $$
declare
  spent bigint;
begin
  if not exists (select from unnest(w) x where calsync.day_counts(x, o[x.n])) then
    return w;
  end if;
  spent := calsync.day_lock((page ->> 'now')::timestamptz);
  with counted as materialized (
    select x.*, calsync.day_counts(x, o[x.n]) as counts from unnest(w) x),
  judged as (
    select c.*, c.counts and spent + row_number() over (partition by c.counts order by c.n)
                             > (o[c.n] #>> '{limits,day}')::bigint as is_over
      from counted c)
  select array_agg(row(
           j.n, j.op, j.id, j.meeting, j.fresh, j.content,
           case when j.is_over then 'limit'
                -- A copy that would have joined what is not made waits with it.
                when j.outcome is null and j.op = 'crm.create' and not j.fresh
                     and exists (select from judged y where y.fresh and y.is_over
                                  and y.meeting = j.meeting) then 'limit'
                else j.outcome end,
           j.code, j.crm_id, j.owner, j.rank)::calsync.work order by j.n)
    into w from judged j;
  return w;
end $$;

create or replace function calsync.apply_spent(w calsync.work[], o jsonb[], page jsonb)
returns void
language sql as $$
  select calsync.day_add((page ->> 'now')::timestamptz, (
    select count(*) from unnest(w) x where calsync.day_counts(x, o[x.n]))::integer)
$$;

-- One batch through the adapter; if the CRM refuses it, one by one.
create or replace function calsync.apply_put_places(items jsonb[])
returns table (n integer, id text, made boolean, code text)
language plpgsql set jit = off as $$
begin
  begin
    return query select p.n, p.id, p.made, null::text from calsync.put_places(items) p;
    return;
  exception when others then
    if calsync.not_the_item(sqlstate) then
      raise;
    end if;
  end;
  for i in 1 .. cardinality(items) loop
    begin
      n := i;
      select p.id, p.made into id, made from calsync.put_places(items[i:i]) p;
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

-- Places, before everything else of the page: `done`, or `joined` where somebody made
-- it before.  They count towards the day's number, and do not wait for it.
create or replace function calsync.apply_places(places jsonb[], page jsonb) returns json[]
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
      from unnest(places) with ordinality u(o, n)
      left join calsync.apply_put_places(
        array(select jsonb_build_object('name', x #> '{set,name}',
                                        'address', x #> '{set,address}')
                from unnest(places) x)) p on p.n = u.n),
  logged as (
    insert into calsync.log (at, run, account, calendar, kind, error, stage, code, outcome,
                             sqlstate, rule, evidence, policy)
    select now, page ->> 'run', (page ->> 'account')::bigint, page ->> 'calendar', 'op',
           p.outcome = 'failed', 'apply', 'crm.location.create', p.outcome, p.code,
           p.o #>> '{why,rule}', p.o #>> '{why,evidence}', p.o #>> '{why,policy}'
      from put p where p.outcome <> 'joined' order by p.n)
  select array_agg(json_build_object(
           'type', 'result', 'op', 'crm.location.create', 'id', null,
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
