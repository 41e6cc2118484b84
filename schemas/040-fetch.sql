-- repeatable
--
-- What fetch asks for.  Plans are pinned (index joins from the small side), so
-- that they do not depend on ANALYZE.

-- Events of all calendars that wait for somebody who became known since, or is no more:
-- at most 1000 of each calendar, oldest first.  A change counts if the event was not
-- looked at after it: by transaction id, and horizon_before is older than every look at
-- a person whose outcome the cursor stands for, so that a change that was not visible
-- then is not older.  It is looked at from the smaller side: few changes, or all that
-- wait when there are many (an import).
create or replace function calsync.fetch_waits()
returns table (account bigint, calendar text, id text)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  many constant integer := 1000;
  since constant xid8 := coalesce((select k.horizon_before from calsync.cursor k
    where k.kind = 'events' order by k.horizon_before nulls first limit 1), '0');
  addresses text[];
  last xid8[];
begin
  select array_agg(c.address), array_agg(c.xid) into addresses, last
    from (select distinct on (p.address) p.address, p.xid
            from calsync.person_change p where p.xid >= since
           order by p.address, p.xid desc limit many + 1) c;
  if addresses is null then
    return;
  end if;
  return query
  with waiting as (
    select s.* from unnest(addresses, last) c(address, xid)
     cross join lateral (
       select x.account, x.calendar, x.id, x.at, x.horizon, c.xid
         from calsync.seen x where x.waits @> array[c.address] offset 0) s
     where cardinality(addresses) <= many
    union all
    select s.account, s.calendar, s.id, s.at, s.horizon, c.xid
      from calsync.seen s
     cross join lateral unnest(s.waits) w(address)
      join (select p.address, p.xid from calsync.person_change p where p.xid >= since) c
        on c.address = w.address
     where cardinality(addresses) > many),
  due as (
    select w.account, w.calendar, w.id, min(w.at) as at
      from waiting w
      left join calsync.cursor k on k.account = w.account and k.calendar = w.calendar
       and k.kind = 'events'
     where w.xid >= greatest(w.horizon, k.horizon_before)
     group by 1, 2, 3)
  select d.account, d.calendar, d.id
    from (select x.*, row_number() over (partition by x.account, x.calendar
                                         order by x.at, x.id) as place
            from due x) d
   where d.place <= many
   order by 1, 2, d.place;
end $$;

-- Items to read by id, oldest first, at most 1000: {"id","reason"}.  Reasons: of
-- `again` its own; `due`, `policy` and `account` of what was skipped.
create or replace function calsync.fetch_again(
  account bigint, calendar text, policy_digest text, at timestamptz)
returns setof json
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
declare
  many constant integer := 1000;
  since xid8 := coalesce((select k.horizon_before from calsync.cursor k
    where k.account = account and k.calendar = calendar and k.kind = 'events'), '0');
begin
  return query
  with found as (
    (select g.id, g.reason, g.due, 0 as rank
       from calsync.again g
      where g.account = account and g.calendar = calendar and g.due <= at
      order by g.due limit many)
    union all
    (select s.id, 'due', s.due, 1
       from calsync.seen s
      where s.account = account and s.calendar = calendar and s.due <= at
      order by s.due limit many)
    union all
    (select s.id, 'policy', s.at, 2
       from calsync.seen s
      where s.account = account and s.calendar = calendar
        and s.policy_digest < policy_digest
      order by s.policy_digest limit many)
    union all
    (select s.id, 'policy', s.at, 2
       from calsync.seen s
      where s.account = account and s.calendar = calendar
        and s.policy_digest > policy_digest
      order by s.policy_digest limit many)
    union all
    (select s.id, 'account', s.at, 3
       from calsync.account a
      cross join lateral (
        select x.id, x.at from calsync.seen x
         where x.waits_account = a.id and x.account = account
           and x.calendar = calendar and x.horizon <= a.synced_xid
        offset 0) s
      where a.synced_xid >= since
      limit many)),
  first as (
    select distinct on (f.id) f.id, f.reason, f.due, f.rank
      from found f order by f.id, f.rank)
  select json_build_object('id', f.id, 'reason', f.reason)
    from first f order by f.due, f.id limit many;
end $$;

-- Present copies inside the window that no run wrote since `round` began:
-- {"id","master","original_date"}.  Those that were delivered unchanged are among
-- them: fetch knows which ids it has met.
create or replace function calsync.fetch_links(
  account bigint, calendar text, start timestamptz, stop timestamptz, round timestamptz)
returns setof json
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
begin
  return query
  select json_build_object('id', c.id, 'master', c.master,
                           'original_date', c.original_date)
    from calsync.copy c
   where c.account = account and c.calendar = calendar and c.state = 'present'
     and c.starts <= stop and coalesce(c.ends, c.starts) >= start
     and (round is null or c.confirmed < round)
   order by c.starts, c.id;
end $$;

-- Present copies of these series: {"id","master","original_date"}; start and stop
-- may be null.
create or replace function calsync.fetch_series(
  account bigint, masters text[], start timestamptz, stop timestamptz)
returns setof json
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
begin
  return query
  select json_build_object('id', c.id, 'master', c.master,
                           'original_date', c.original_date)
    from unnest(masters) with ordinality m(master, n)
   cross join lateral (
     select x.* from calsync.copy x
      where x.account = account and x.master = m.master and x.state = 'present'
        and (stop is null or x.starts <= stop)
        and (start is null or coalesce(x.ends, x.starts) >= start)
     offset 0) c
   order by m.n, c.starts, c.id;
end $$;

-- Which of these ids mean anything to us: events that are present, that were
-- skipped, or that are to be read again, and masters of present occurrences.
create or replace function calsync.fetch_known(account bigint, ids text[])
returns setof text
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
begin
  return query
  select i.id
    from unnest(ids) with ordinality i(id, n)
   where exists (select from calsync.copy x
                  where x.account = account and x.id = i.id and x.state = 'present')
      or exists (select from calsync.copy x
                  where x.account = account and x.master = i.id and x.state = 'present')
      or exists (select from calsync.seen s
                  where s.account = account and s.id = i.id)
      or exists (select from calsync.again g
                  where g.account = account and g.id = i.id)
   order by i.n;
end $$;
