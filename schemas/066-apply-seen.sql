-- repeatable
--
-- apply_page's memory of what was not written: seen and again.

do $$
begin
  if to_regtype('calsync.skip') is null then
    create type calsync.skip as (
      id text, uid text, original_date text, digest text, reason text, due timestamptz,
      waits text[], waits_account bigint, series jsonb, raw bigint);
  end if;
end $$;

-- Settled items leave `seen` and `again`; the others come again.  `late_op` is no
-- failure: a deletion that waits for the section's end, which may not come.  A skip
-- that stands beside another record of its event (`beside`) says nothing about the
-- event, only that it is to be read again.
create or replace function calsync.apply_settle(w calsync.work[], page jsonb)
returns void
language plpgsql set enable_seqscan = off set jit = off as $$
declare
  this constant bigint := page ->> 'account';
  cal constant text := coalesce(page ->> 'calendar', '');
  now constant timestamptz := page ->> 'now';
  done text[];
  -- What somebody picked records for, and is no event.
  none constant text[] := array(
    select p.id from jsonb_to_recordset(page -> 'problems') p (id text, code text)
     where p.code = 'no_event');
begin
  select coalesce(array_agg(distinct x.id), '{}') into done from (
    select y.id from unnest(w) y where y.outcome is null
    union all
    select s.id from jsonb_to_recordset(page -> 'skips') s (id text, reason text)
     where s.reason = 'removed') x;
  if (select true from calsync.seen s where s.account = this limit 1) then
    delete from calsync.seen s where s.account = this and s.id = any(done);
  end if;
  delete from calsync.again g
   where g.account = this and g.id = any(done || none || array(
     select s.id from jsonb_to_recordset(page -> 'skips') s (id text)));
  if cardinality(none) > 0 then
    delete from calsync.pick p where p.account = this and p.item = any(none);
  end if;
  insert into calsync.again as g (account, id, calendar, reason, due, tries, since)
  select distinct on (x.id) this, x.id, cal, x.reason,
         case when x.o = 2 or x.reason in ('moved', 'late_op') then now
              when x.reason = 'limit' then calsync.next_day(now)
              else now + calsync.retry_delay(1) end, 1, now
    from (select y.id, coalesce(nullif(y.outcome, 'failed'), 'crm_error') as reason, 0 as o
            from unnest(w) y
           where y.outcome is not null and octet_length(y.id) <= 2000
          union all
          select p.id, p.code, 1
            from jsonb_to_recordset(page -> 'problems') p (id text, code text)
           where p.id <> '' and p.code <> 'no_event' and octet_length(p.id) <= 2000
          union all
          select s.id, s.reason, 2
            from jsonb_to_recordset(page -> 'skips')
                 s (id text, reason text, due timestamptz, beside boolean)
           where s.beside and s.due is not null and octet_length(s.id) <= 2000) x
   order by x.id, x.o
  on conflict (id, account) do update set
    reason = excluded.reason, tries = g.tries + 1, calendar = excluded.calendar,
    due = case when excluded.reason in ('moved', 'late_op', 'limit')
                    or excluded.due = now then excluded.due
               else now + calsync.retry_delay(g.tries + 1) end;
end $$;

-- Copies that wait for their organizer's account are due as soon as the meeting is
-- there.  A page that makes meetings and one that remembers such a copy at the
-- same moment do not see each other's rows; the lock makes one of them the later.
create or replace function calsync.apply_wake(w calsync.work[], page jsonb) returns void
language plpgsql set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off as $$
declare
  this constant bigint := page ->> 'account';
begin
  if not exists (select from unnest(w) x where x.fresh and x.outcome is null) then
    return;
  end if;
  perform pg_advisory_xact_lock(x'ca16'::integer, this::integer);
  if (select true from calsync.seen s where s.waits_account = this limit 1) is null then
    return;
  end if;
  update calsync.seen s set due = (page ->> 'now')::timestamptz
    from unnest(w) x join calsync.meeting m on m.id = x.meeting
   where x.fresh and x.outcome is null and m.slot = '' and s.waits_account = this
     and s.uid = m.uid and s.original_date = m.original_date;
end $$;

create or replace function calsync.lock_waiting(skips calsync.skip[]) returns void
language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(x'ca16'::integer, a.id)
    from (select distinct s.waits_account::integer as id from unnest(skips) s
           where s.waits_account is not null order by 1) a;
end $$;

-- Of a calendar: changes of people that are older were known when it was read.
create or replace function calsync.apply_horizon(account bigint, calendar text)
returns xid8
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
begin
  return coalesce((select k.horizon from calsync.cursor k
                    where k.account = account and k.calendar = calendar
                      and k.kind = 'events'), '0');
end $$;

-- Skipped events are remembered (U11).  What one waits for stands in one place: of one
-- that is linked it moves here from its copy, until the next op.
create or replace function calsync.apply_skips(page jsonb) returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  this constant bigint := page ->> 'account';
  skips calsync.skip[];
begin
  if coalesce(jsonb_array_length(page -> 'skips'), 0) = 0 then
    return;
  end if;
  skips := array(
    select row(s.id, s.uid, s.original_date, s.digest, s.reason, s.due, s.waits,
               s.waits_account, s.series, s.raw)::calsync.skip
      from rows from (jsonb_to_recordset(page -> 'skips') as (
             id text, uid text, original_date text, digest text, reason text,
             due timestamptz, waits text[], waits_account bigint, beside boolean,
             series jsonb, raw bigint))
           with ordinality s(id, uid, original_date, digest, reason, due, waits,
                             waits_account, beside, series, raw, n)
     where s.reason <> 'removed' and s.beside is not true order by s.n);
  perform calsync.lock_waiting(skips);
  perform calsync.remember(skips, page);
  if (select true from calsync.copy c
       where c.account = this and c.policy_digest is not null limit 1) then
    -- No index of what waits is to be read for this.
    update calsync.copy c set due = null, waits = null, horizon = null, policy_digest = null
     where c.account = this and num_nonnulls(c.policy_digest) = 1
       and c.id = any(array(
         select s.id from jsonb_to_recordset(page -> 'skips') s (id text, beside boolean)
          where s.beside is not true));
  end if;
end $$;

-- Without content, and with the digests of the addresses that would change the answer.
-- Of several rows of one event the last counts.
create or replace function calsync.remember(skips calsync.skip[], page jsonb) returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  this constant bigint := page ->> 'account';
  cal constant text := coalesce(page ->> 'calendar', '');
  horizon xid8;
begin
  if cardinality(skips) = 0 then
    return;
  end if;
  horizon := calsync.apply_horizon(this, cal);
  insert into calsync.seen as x (account, id, calendar, uid, original_date, digest,
                                 raw, reason, due, waits_account, policy_digest, horizon,
                                 at, waits, series)
  select distinct on (s.id)
         this, s.id, cal, left(s.uid, 2000), coalesce(s.original_date, ''), s.digest,
         calsync.raw_of(s.digest, s.raw), s.reason,
         case when s.waits_account is not null and (
                select true from calsync.meeting_key k
                 where k.uid = s.uid and k.original_date = coalesce(s.original_date, '')
                   and k.slot = '' limit 1)
              then (page ->> 'now')::timestamptz else s.due end,
         s.waits_account, coalesce(page ->> 'policy_digest', ''), horizon,
         (page ->> 'now')::timestamptz,
         nullif(s.waits, '{}'), s.series
    from unnest(skips) with ordinality s(id, uid, original_date, digest, reason, due,
                                         waits, waits_account, series, raw, n)
   where octet_length(s.id) <= 2000
   order by s.id, s.n desc
  on conflict (id, account) do update set
    calendar = excluded.calendar, uid = excluded.uid,
    original_date = excluded.original_date, digest = excluded.digest,
    raw = coalesce(excluded.raw, x.raw), reason = excluded.reason, due = excluded.due,
    waits_account = excluded.waits_account, policy_digest = excluded.policy_digest,
    horizon = excluded.horizon, at = excluded.at, waits = excluded.waits,
    -- Until the series is made again, its removal may have to wait.
    series = case when excluded.reason = 'series_master' then excluded.series
                  else x.series end;
end $$;

-- What match stopped as known came as other bytes than before (another version of
-- calsync or of the zones, or nothing of the event that counts here): fetch knows it by
-- these the next time.  A digest that was written meanwhile is none of theirs.
create or replace function calsync.apply_known(page jsonb) returns void
language plpgsql set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off as $$
declare
  this constant bigint := page ->> 'account';
begin
  update calsync.copy c set raw = calsync.raw_of(k.digest, k.raw)
    from jsonb_to_recordset(page -> 'known') k (id text, digest text, raw bigint)
   where c.account = this and c.id = k.id and c.digest = k.digest
     and c.raw is distinct from calsync.raw_of(k.digest, k.raw);
  update calsync.seen s set raw = calsync.raw_of(k.digest, k.raw)
    from jsonb_to_recordset(page -> 'known') k (id text, digest text, raw bigint)
   where s.account = this and s.id = k.id and s.digest = k.digest
     and s.raw is distinct from calsync.raw_of(k.digest, k.raw);
end $$;
