-- repeatable
--
-- What fetch asks for.  Plans are pinned (index joins from the small side), so
-- that they do not depend on ANALYZE.

-- Items to read by id, oldest first, at most 1000: {"id","reason"}.  Reasons: of
-- `again` its own; `due`, `policy`, `account` and `waits` of what was skipped.
--
-- A skipped event waits for addresses.  Which of them changed since this calendar
-- was last looked at is found by transaction id: horizon_before is older than
-- every look at a person whose outcome the cursor stands for, so that a change
-- that was not visible then is not older.  It is looked at from the smaller side:
-- few changes, or this account's waiting events when there are many (an import).
create or replace function calsync.fetch_again(
  account bigint, calendar text, policy_digest text, at timestamptz)
returns setof json
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
declare
  many constant integer := 1000;
  since xid8 := coalesce((select k.horizon_before from calsync.cursor k
    where k.account = account and k.calendar = calendar and k.kind = 'events'), '0');
  addresses text[];
  keys text[];
begin
  select array_agg(distinct p.address) into addresses
    from (select c.address from calsync.person_change c
           where c.xid >= since order by c.xid limit many + 1) p;
  if cardinality(addresses) <= many then
    keys := array(select calsync.wait_key(a, account) from unnest(addresses) a);
  end if;
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
      limit many)
    union all
    (select s.id, 'waits', s.at, 4
       from ((select x.* from calsync.seen x where x.waits && keys offset 0)
             union all
             select x.* from calsync.seen x
              where cardinality(addresses) > many and x.account = account
                and x.calendar = calendar and x.waits is not null) s
      where s.account = account and s.calendar = calendar
        and exists (
          select from unnest(s.waits) w(key)
           cross join lateral (
             select from calsync.person_change p
              where p.address = split_part(w.key, ':', 1) and p.xid >= s.horizon
              limit 1) p)
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
