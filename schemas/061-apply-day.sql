-- repeatable
--
-- The day's number of ops (limit.per_day).  Nothing is counted where there is none.

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
