-- repeatable
--
-- What apply calls.  apply_page (068) performs a page of ops, skips and problems in
-- one transaction; docs/stream.md sections 8 and 9 have the shapes.  Here: locks, the
-- cursor, and which ops may go on; 062 writes to the CRM, 064 the links, 066 what is
-- skipped, 070 and 072 the way out, 074 and 076 what becomes of it.
--
-- The page is worked on as two arrays: the op records `o`, and what became of each
-- as calsync.work, which the steps below hand on.  Each step is a few statements
-- for the whole page; none is run per op, but when the CRM refused the batch.
--
-- Planning: `enable_seqscan = off` everywhere, because the first plans are made
-- while the tables are empty and are kept; `jit = off`, because a scan that cannot
-- be avoided then looks so dear that PostgreSQL would compile it.

do $$
begin
  if to_regtype('calsync.work') is null then
    create type calsync.work as (
      n integer,            -- 1-based place in ops
      op text,
      id text,              -- Graph id
      meeting bigint,
      fresh boolean,        -- a create or an adoption that makes the meeting
      content boolean,      -- writes fields, people or state to the CRM
      outcome text,         -- null: to be done, or done
      code text,            -- SQLSTATE of a failure
      crm_id text,
      owner text,           -- the new one; null: it stays
      rank bigint           -- of this copy; null: the stored one stays
    );
  end if;
end $$;

create or replace function calsync.apply_lock(account bigint) returns boolean
language sql as $$
  select pg_try_advisory_lock(x'ca15'::integer, account::integer)
$$;
create or replace function calsync.apply_unlock(account bigint) returns void
language sql as $$
  select pg_advisory_unlock(x'ca15'::integer, account::integer)
$$;

-- Microsoft 365 has no mailbox for this user: its health says so from then on, and this
-- is said once.  A section that was read completely says that there is one.
create or replace function calsync.apply_health(page jsonb) returns void
language plpgsql as $$
declare
  this constant bigint := page ->> 'account';
begin
  if page -> 'problems' @> '[{"code":"no_mailbox","id":null}]' then
    update calsync.account a
       set health = 'no_cloud_mailbox', health_at = (page ->> 'now')::timestamptz
     where a.id = this and coalesce(a.health, 'no_cloud_mailbox') = 'no_cloud_mailbox';
  elsif (page #>> '{cursor,complete}')::boolean then
    update calsync.account a set health = null, health_at = null
     where a.id = this and a.health = 'no_cloud_mailbox';
  end if;
end $$;

-- An item that keeps failing is read less and less often, once a day at last.
create or replace function calsync.retry_delay(tries integer) returns interval
language sql immutable as $$
  select least(interval '10 min' * 2 ^ least(greatest(tries, 1) - 1, 10), interval '1 day')
$$;

-- Refuses the page (CS001) unless the stored cursor is the one that the section
-- began with (cursor_is).  Locks the row, so that two pages of one section cannot
-- both pass.
create or replace function calsync.apply_check_cursor(page jsonb) returns void
language plpgsql as $$
declare
  k calsync.cursor;
begin
  if coalesce(jsonb_typeof(page -> 'cursor'), 'null') = 'null' then
    return;
  end if;
  select * into k from calsync.cursor x
   where x.account = (page ->> 'account')::bigint
     and x.calendar = coalesce(page ->> 'calendar', '') and x.kind = 'events'
     for update;
  if not calsync.cursor_is(k, page #> '{cursor,from}') then
    raise exception 'the cursor of account % was moved by another run', page ->> 'account'
      using errcode = 'CS001';
  end if;
end $$;

-- A page mark gives only the place to resume from: the delta link stays if it is
-- one of the same window, else it belongs to a round that is over.
create or replace function calsync.apply_move_cursor(page jsonb) returns void
language plpgsql as $$
declare
  t jsonb := page #> '{cursor,to}';
  complete boolean := coalesce((page #>> '{cursor,complete}')::boolean, false);
  cal constant text := coalesce(page ->> 'calendar', '');
  now constant timestamptz := page ->> 'now';
begin
  if page ?| '{gone,rests}' then
    perform calsync.apply_calendar_left((page ->> 'account')::bigint, cal,
                                        page ? 'rests', now);
  end if;
  if coalesce(jsonb_typeof(t), 'null') = 'null' then
    return;
  end if;
  insert into calsync.cursor as k (account, calendar, kind, shared, link, window_start,
    window_end, issued, resume, round, horizon, committed)
  values ((page ->> 'account')::bigint, cal, 'events',
    coalesce((page ->> 'shared')::boolean, false), t ->> 'link', (t #>> '{window,start}')::timestamptz,
    (t #>> '{window,end}')::timestamptz, (t ->> 'issued')::timestamptz,
    t ->> 'resume', (t ->> 'round')::timestamptz,
    case when complete then pg_snapshot_xmin(pg_current_snapshot()) end, now)
  on conflict (account, calendar, kind) do update set
    link = case when t ? 'link' then excluded.link
                when k.window_start = excluded.window_start
                 and k.window_end = excluded.window_end then k.link end,
    issued = case when t ? 'link' then excluded.issued
                  when k.window_start = excluded.window_start
                   and k.window_end = excluded.window_end then k.issued end,
    window_start = excluded.window_start,
    window_end = excluded.window_end,
    resume = excluded.resume,
    round = excluded.round,
    horizon = coalesce(excluded.horizon, k.horizon),
    horizon_before = case when complete then k.horizon else k.horizon_before end,
    committed = excluded.committed;
  -- It is the default calendar's turn that counts as the mailbox's.
  if complete and cal = '' then
    update calsync.account a
       set last_read = now, due_now = false,
           first = a.first and not coalesce((page ->> 'outward')::boolean, false)
     where a.id = (page ->> 'account')::bigint;
  end if;
end $$;

-- Reads the ops and takes the keys of creates and adoptions, in sorted order: whoever
-- inserts a key makes the meeting, everybody else joins it.  So with the keys of links
-- that follow what their event has turned into (069).
--
-- `ours`: each op makes its meeting, as in most pages of a first load; then `w` is
-- what apply_resolve would say of them.
create or replace function calsync.apply_read(o jsonb[], account bigint,
                                              out w calsync.work[], out ours boolean)
language plpgsql set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
declare
  made bigint;
begin
  select array_agg(row(
           i.n, k.op, i.o ->> 'id',
           case when k.makes then nextval('calsync.meeting_id')
                else (i.o ->> 'meeting')::bigint end,
           k.makes, k.op = 'crm.create',
           k.refused, case when k.refused is not null then '54000' end,
           case when k.makes then i.o ->> 'crm_id' end,
           i.o ->> 'owner', coalesce((i.o ->> 'rank')::bigint,
             case i.o #>> '{copy,role}' when 'organizer' then 0
                                        when 'attendee' then account end))::calsync.work
           order by i.n),
         bool_and(k.makes)
    into w, ours
    from unnest(o) with ordinality i(o, n)
    -- What cannot be in an index is refused here, not by the database in the middle.
   cross join lateral (
     select i.o ->> 'op' as op, i.o ->> 'op' in ('crm.create', 'link.adopt') as makes,
            case when octet_length(i.o ->> 'id') > 2000
                   or octet_length(i.o #>> '{key,uid}') > 2000 then 'failed' end as refused) k;
  -- What exists is locked before keys are taken, both in order.
  perform from calsync.meeting m
    where m.id = any(array(select coalesce((o[x.n] ->> 'meeting')::bigint, x.meeting)
                             from unnest(w) x
                            where x.op <> 'crm.create' or o[x.n] ? 'meeting'))
    order by m.id for update;
  -- A mark that was set anew (U10): the tombstone gives up its key.
  if exists (select from unnest(w) x where x.op = 'crm.create' and o[x.n] ? 'meeting') then
    delete from calsync.meeting_key k
     using unnest(w) x, calsync.meeting m
     where x.op = 'crm.create' and m.id = (o[x.n] ->> 'meeting')::bigint
       and m.state = 'ended' and m.version = (o[x.n] #>> '{expect,version}')::integer
       and k.meeting = m.id and k.uid = m.uid and k.original_date = m.original_date
       and k.slot = m.slot;
  end if;
  insert into calsync.meeting_key (uid, original_date, slot, meeting)
  select distinct on (1, 2, 3)
         o[x.n] #>> '{key,uid}' collate "C",
         coalesce(o[x.n] #>> '{key,original_date}', '') collate "C",
         coalesce(o[x.n] #>> '{key,slot}', '') collate "C", x.meeting
    from unnest(w) x where o[x.n] ? 'key' and x.outcome is null
   order by 1, 2, 3, x.n
  on conflict do nothing;
  get diagnostics made = row_count;
  ours := ours and made = cardinality(o);
end $$;

-- Which meeting each op is about, and whether the state is still the one that it
-- was made from.  A create whose key exists is a join; it takes over owner and
-- content if the meeting was made in this run through a copy of higher rank, so
-- that the order of mailboxes does not matter.  Of those that adopt the same CRM event
-- (made_run '') the one of the lowest rank gives owner and Graph base.
create or replace function calsync.apply_resolve(w calsync.work[], o jsonb[], this bigint,
                                                 run text)
returns calsync.work[]
language plpgsql set enable_seqscan = off set jit = off as $$
declare
  me constant text := (select a.crm_user from calsync.account a where a.id = this);
  -- What a run made that broke off counts as made in this one, if no run has come to
  -- its end since: so it ends as if it had not broken off.
  runs constant text[] := run || array(
    select r.id from calsync.run r
     where r.ended is null and r.begun > coalesce(
             (select e.begun from calsync.run e where e.ended is not null
               order by e.begun desc limit 1), '-infinity'));
begin
  -- The key of a link that wants to follow its event may be another's meanwhile.
  select array_agg(row(x.n, x.op, x.id,
                       case when makes.them then coalesce(k.meeting, x.meeting)
                            else x.meeting end,
                       makes.them and coalesce(k.meeting = x.meeting, false), x.content,
                       case when x.outcome is null and not makes.them
                                 and k.meeting <> x.meeting
                            then 'moved' else x.outcome end,
                       x.code, x.crm_id, x.owner, x.rank)::calsync.work order by x.n)
    into w
    from unnest(w) x
   cross join lateral (select x.op in ('crm.create', 'link.adopt') as them) makes
    left join lateral (
      select y.meeting from calsync.meeting_key y
       where o[x.n] ? 'key' and y.uid = o[x.n] #>> '{key,uid}'
         and y.original_date = coalesce(o[x.n] #>> '{key,original_date}', '')
         and y.slot = coalesce(o[x.n] #>> '{key,slot}', '')
      offset 0) k on true;
  -- Joined meetings were made by others meanwhile.
  perform from calsync.meeting m
    where m.id = any(array(select x.meeting from unnest(w) x
                            where x.op in ('crm.create', 'link.adopt')
                              and not x.fresh))
    order by m.id for update;
  return (
    with known as (
      select x.*, m.id is not null as there, m.state, m.version, m.owner as old_owner,
             m.rank as old_rank, m.crm_id as old_crm,
             coalesce(x.rank < m.rank and m.made_run = any(
               case when x.op = 'link.adopt' then '{""}' else runs end), false) as lower
        from unnest(w) x
        left join lateral (select y.* from calsync.meeting y
                            where y.id = x.meeting and not x.fresh offset 0) m on true),
    judged as (
      select k.*, case
        when k.op = 'crm.create' then k.fresh or (k.there and k.lower)
        when k.op in ('link.copy', 'link.adopt') then k.lower
        else k.op <> 'link.drop' end as writes
        from known k),
    turns as (
      select j.*, row_number() over (partition by j.meeting, j.writes order by j.n) as turn
        from judged j)
    select array_agg(row(
             t.n, t.op, t.id, t.meeting, t.fresh, t.writes and t.turn = 1,
             case when t.outcome is not null then t.outcome
                  when t.fresh then null
                  when not t.there and t.op not in ('crm.create', 'link.adopt') then 'moved'
                  when t.state = 'ended'
                       and t.op in ('crm.create', 'link.copy', 'link.adopt') then 'moved'
                  when t.op = 'link.adopt' then
                    case when t.old_crm is distinct from o[t.n] ->> 'crm_id' then 'moved' end
                  when t.op in ('crm.create', 'link.copy') then null
                  -- A tombstone may lose its last copy, a meeting may not.
                  when t.op = 'link.drop' and t.state = 'ended' then null
                  when t.op = 'link.drop' then
                    -- Of a link that has ended the last copy may go, too.
                    case when t.state <> 'ended' and not exists (
                      select from calsync.copy c
                       where c.meeting = t.meeting and c.state = 'present'
                         and not (c.account = this and exists (
                               select from unnest(w) y
                                where y.op = 'link.drop' and y.id = c.id and y.n <= t.n)))
                    then 'moved' end
                  when t.turn > 1 or t.version is distinct from
                       (o[t.n] #>> '{expect,version}')::integer then 'moved' end,
             t.code,
             case when t.op = 'link.adopt' or t.fresh then o[t.n] ->> 'crm_id'
                  else t.old_crm end,
             coalesce(t.owner, case when t.lower and exists (
                 select from calsync.account a
                  where a.id = t.old_rank and a.crm_user = t.old_owner)
               then me end),
             t.rank)::calsync.work order by t.n)
      from turns t);
end $$;
