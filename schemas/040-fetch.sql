-- repeatable
--
-- What fetch asks for.  Plans are pinned (index joins from the small side), so
-- that they do not depend on ANALYZE.

-- Items to read by id, oldest first, at most 1000: {"id","reason"}.  Reasons: of
-- `again` its own; `due` and `policy` of what was skipped or is linked, and waits.  With
-- "unknown":true: picked by somebody, and nothing was read of it so far.
create or replace function calsync.fetch_again(
  account bigint, calendar text, policy_digest text, at timestamptz)
returns setof json
language plpgsql stable set enable_seqscan = off set jit = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
declare
  many constant integer := 1000;
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
    (select c.id, 'due', c.due, 1
       from calsync.copy c
      where c.account = account and c.calendar = calendar and c.due <= at
      order by c.due limit many)
    union all
    (select c.id, 'policy', c.confirmed, 2
       from calsync.copy c
      where c.account = account and c.calendar = calendar
        and c.policy_digest < policy_digest
      order by c.policy_digest limit many)
    union all
    (select c.id, 'policy', c.confirmed, 2
       from calsync.copy c
      where c.account = account and c.calendar = calendar
        and c.policy_digest > policy_digest
      order by c.policy_digest limit many)),
  first as (
    select distinct on (f.id) f.id, f.reason, f.due, f.rank
      from found f order by f.id, f.rank)
  select case when f.reason = 'picked' and not exists (
                     select from calsync.copy c where c.account = account and c.id = f.id)
                   and not exists (
                     select from calsync.seen s where s.account = account and s.id = f.id)
              then json_build_object('id', f.id, 'reason', f.reason, 'unknown', true)
              else json_build_object('id', f.id, 'reason', f.reason) end
    from first f order by f.due, f.id limit many;
end $$;

-- The same of all mailboxes, asked once a run: what was skipped or is linked, and waits
-- for somebody, where that may have become another thing.  Reasons: `account` (whose sync
-- began) and `waits` (an address); at most 1000 of each calendar.
--
-- Which addresses changed since a calendar was last looked at is found by transaction
-- id: horizon_before is older than every look at a person whose outcome the cursor
-- stands for, so that a change that was not visible then is not older.  Asked by each
-- mailbox for itself, every change would be looked for in every mailbox.
create or replace function calsync.fetch_waiting()
returns table (account bigint, calendar text, item json)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  many constant integer := 1000;
  oldest constant xid8 := (
    select min(coalesce(k.horizon_before, '0'))
      from calsync.account a
      join calsync.cursor k on k.account = a.id and k.kind = 'events'
     where a.events);
begin
  return query
  with changed as materialized (
    select distinct p.address from calsync.person_change p where p.xid >= oldest),
  -- From the smaller side: few addresses, or all that wait where there are many (an
  -- import).
  waiting as (
    select s.* from changed w
     cross join lateral (
       select x.account, x.calendar, x.id, x.at, x.horizon, w.address from calsync.seen x
        where x.waits @> array[w.address] offset 0) s
     where (select count(*) from changed) <= many
    union all
    select s.* from changed w
     cross join lateral (
       select x.account, x.calendar, x.id, x.confirmed, x.horizon, w.address
         from calsync.copy x
        where x.waits @> array[w.address] offset 0) s
     where (select count(*) from changed) <= many
    union all
    select x.account, x.calendar, x.id, x.at, x.horizon, w.address
      from (select s.account, s.calendar, s.id, s.at, s.horizon, s.waits
              from calsync.seen s
             union all
            select c.account, c.calendar, c.id, c.confirmed, c.horizon, c.waits
              from calsync.copy c where c.policy_digest is not null) x
     cross join lateral unnest(x.waits) a(address)
      join changed w on w.address = a.address
     where (select count(*) from changed) > many),
  woken as (
    select s.account, s.calendar, s.id, s.at, 'waits' as reason, 1 as rank
      from waiting s
     where exists (
       select from calsync.person_change p
        where p.address = s.address
          and p.xid >= greatest(s.horizon, calsync.looked_before(s.account, s.calendar)))
    union all
    select s.account, s.calendar, s.id, s.at, 'account', 0
      from calsync.account a
     cross join lateral (
       select x.* from calsync.seen x where x.waits_account = a.id offset 0) s
     where a.synced_xid >= oldest
       and a.synced_xid >= greatest(s.horizon,
                                    calsync.looked_before(s.account, s.calendar))),
  first as (
    select distinct on (w.account, w.calendar, w.id) w.*
      from woken w order by w.account, w.calendar, w.id, w.rank),
  counted as (
    select f.*, row_number() over (partition by f.account, f.calendar
                                   order by f.at, f.id) as turn
      from first f)
  select c.account, c.calendar, json_build_object('id', c.id, 'reason', c.reason)
    from counted c where c.turn <= many
   order by c.account, c.calendar, c.turn;
end $$;

create or replace function calsync.looked_before(account bigint, calendar text)
returns xid8
language sql stable as $$
  select coalesce((select k.horizon_before from calsync.cursor k
                    where k.account = looked_before.account
                      and k.calendar = looked_before.calendar and k.kind = 'events'), '0')
$$;

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
   -- As limits, as in match_known.
   where (select true from calsync.copy x
           where x.account = account and x.id = i.id and x.state = 'present' limit 1)
      or (select true from calsync.copy x
           where x.account = account and x.master = i.id and x.state = 'present' limit 1)
      or (select true from calsync.seen s
           where s.account = account and s.id = i.id limit 1)
      or (select true from calsync.again g
           where g.account = account and g.id = i.id limit 1)
   order by i.n;
end $$;

-- Whether anything of this mailbox may be known: nothing is when it comes in for the first
-- time.  No index of copies begins with the account; what a first section that broke off
-- has left has no cursor yet, but the account was changed.
create or replace function calsync.has_met(account bigint) returns boolean
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
begin
  return exists (select from calsync.cursor k where k.account = account)
    or exists (select from calsync.account a
                where a.id = account and a.last_change is not null)
    or coalesce((select true from calsync.copy c
                  where c.calendar = '' and c.account = account and c.state = 'present'
                  limit 1), false)
    or coalesce((select true from calsync.seen s where s.account = account limit 1), false);
end $$;

-- The first question of a re-read: which of these came as the bytes that we know?  1-based
-- places.  Present in this calendar, or skipped, with that mark of that digest: what
-- match_known would stop as well.
create or replace function calsync.fetch_same(
  account bigint, calendar text, ids text[], marks bigint[])
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
    from unnest(ids, marks) with ordinality i(id, mark, n)
   -- As limits, as in match_known; what is asked of a copy is asked of its row, and not of
   -- the index of a calendar's.
   where (select c.calendar = calendar and c.state = 'present'
                 and c.raw = calsync.raw_of(c.digest, i.mark)
            from calsync.copy c where c.account = account and c.id = i.id limit 1)
      or (select true from calsync.seen s
           where s.account + 0 = account and s.id = i.id and s.calendar = calendar
             and s.raw = calsync.raw_of(s.digest, i.mark) limit 1);
end $$;
