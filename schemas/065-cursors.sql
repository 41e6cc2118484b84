-- repeatable
--
-- What apply calls for mailboxes in which nothing happened.  There are many of
-- them in each run, and all that they need is their new delta link: so they are
-- taken together, many in a transaction and a few statements for all of them.

-- The stored cursor (null: none) is the one that c says, by the members that c
-- names; JSON's null stands for no cursor.
create or replace function calsync.cursor_is(k calsync.cursor, c jsonb) returns boolean
language sql stable as $$
  select case
    when coalesce(jsonb_typeof(c), 'null') = 'null' then k.account is null
    else k.account is not null
     and (not c ? 'link' or k.link is not distinct from c ->> 'link')
     and (not c ? 'resume' or k.resume is not distinct from c ->> 'resume')
     and (not c ? 'round' or k.round is not distinct from (c ->> 'round')::timestamptz)
     and (not c ? 'issued' or k.issued is not distinct from (c ->> 'issued')::timestamptz)
     and (not c ? 'window' or (
           k.window_start is not distinct from (c #>> '{window,start}')::timestamptz
       and k.window_end is not distinct from (c #>> '{window,end}')::timestamptz))
  end
$$;

-- pages: an array of pages as apply_page takes them, without ops, skips and
-- problems.  Each by itself is `done`, `moved` (its cursor is not where the page
-- begins) or `locked` (another session works on the mailbox); n is its place.
-- A cursor that is already where it should go is `done`, so that the same call can
-- be repeated when it is not known whether it was committed.
create or replace function calsync.apply_cursors(pages json)
returns table (n integer, outcome text)
language plpgsql set timezone = 'UTC' set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  free bigint[];
begin
  -- A statement of its own: what follows sees what those who had the locks wrote.
  select array_agg(p.account order by p.account) into free
    from (select distinct (i ->> 'account')::bigint as account
            from json_array_elements(pages) i offset 0) p
   where pg_try_advisory_xact_lock(x'ca15'::integer, p.account::integer);
  -- They were read: there are mailboxes (apply_health).
  update calsync.account a set health = null, health_at = null
   where a.id = any(free) and a.health = 'no_cloud_mailbox';
  return query
  with page as materialized (
    select i.n::integer as n, i.p,
           (i.p ->> 'account')::bigint as account, coalesce(i.p ->> 'calendar', '') as calendar,
           (i.p ->> 'now')::timestamptz as now, i.p #> '{cursor,to}' as t,
           i.p ->> 'run' as run, coalesce((i.p ->> 'shared')::boolean, false) as shared,
           coalesce((i.p ->> 'outward')::boolean, false) as outward
      from jsonb_array_elements(pages::jsonb) with ordinality i(p, n)),
  judged as materialized (
    select p.n, p.account, p.calendar, p.now, p.t, p.run, p.shared, p.outward,
           case when p.account <> all(coalesce(free, '{}')) then 'locked'
                when calsync.cursor_is(k, p.p #> '{cursor,from}') then 'move'
                when calsync.cursor_is(k, p.t) then 'done'
                else 'moved' end as outcome
      from page p
      left join lateral (
        select x as row from calsync.cursor x
         where x.account = p.account and x.calendar = p.calendar and x.kind = 'events'
        offset 0) s on true
     cross join lateral (select (s.row).*) k),
  put as (
    insert into calsync.cursor as k (account, calendar, kind, shared, link, window_start,
      window_end, issued, resume, round, horizon, committed)
    select j.account, j.calendar, 'events', j.shared, j.t ->> 'link',
           (j.t #>> '{window,start}')::timestamptz, (j.t #>> '{window,end}')::timestamptz,
           (j.t ->> 'issued')::timestamptz, j.t ->> 'resume',
           (j.t ->> 'round')::timestamptz, pg_snapshot_xmin(pg_current_snapshot()), j.now
      from judged j where j.outcome = 'move'
     order by j.account, j.calendar
    on conflict (account, calendar, kind) do update set
      link = excluded.link, window_start = excluded.window_start,
      window_end = excluded.window_end, issued = excluded.issued,
      resume = excluded.resume, round = excluded.round, horizon = excluded.horizon,
      horizon_before = k.horizon, committed = excluded.committed),
  read as (
    update calsync.account a
       set last_read = j.now, due_now = false, first = a.first and not j.outward
      from (select x.account, max(x.now) as now, bool_or(x.outward) as outward
              from judged x where x.outcome = 'move' and x.calendar = ''
             group by x.account) j
     where a.id = j.account),
  -- As apply_page does, see apply_void_planned.
  unplan as (
    update calsync.intent i set outcome = 'void', settled = j.now,
           doc = calsync.bare_op(i.doc)
      from (select distinct x.account, x.run, x.now
              from judged x where x.outcome = 'move') j
     where i.account = j.account and i.outcome is null and i.sent is null
       and i.run <> j.run)
  select j.n, case j.outcome when 'move' then 'done' else j.outcome end from judged j;
end $$;
