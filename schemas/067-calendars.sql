-- repeatable
--
-- Calendars of a mailbox beside the default one: in which of them an event lies, and
-- what becomes of them when they are gone.

-- In whose section an event is read by its id: the calendar's that brought it.
create or replace function calsync.calendar_of(account bigint, item text) returns text
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
begin
  return coalesce(
    (select c.calendar from calsync.copy c where c.account = account and c.id = item),
    (select s.calendar from calsync.seen s where s.account = account and s.id = item), '');
end $$;

-- Where a copy that was found by its id is noted to lie: that says nothing, while a round
-- is one calendar's.
create or replace function calsync.apply_place(account bigint, id text, calendar text)
returns text
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
begin
  return coalesce((select c.calendar from calsync.copy c
                    where c.account = account and c.id = id), calendar);
end $$;

-- Copies that the round found in this calendar, whatever else became of them.
create or replace function calsync.apply_places(o jsonb[], page jsonb) returns void
language plpgsql set enable_seqscan = off set jit = off as $$
declare
  this constant bigint := page ->> 'account';
  cal constant text := coalesce(page ->> 'calendar', '');
begin
  update calsync.copy c set calendar = cal
   where c.account = this and c.calendar <> cal and c.state = 'present'
     and c.id = any(array(
       select x.o ->> 'id' from unnest(o) x(o)
        where jsonb_typeof(x.o -> 'copy') = 'object' and not x.o ? 'by_id'
       union all
       select s.id
         from jsonb_to_recordset(page -> 'skips') s (id text, reason text, by_id boolean)
        where s.id is not null and s.reason <> 'removed' and s.by_id is not true));
end $$;

-- A calendar is read no more.  What is left of the user's own that is not in the
-- mailbox's list counts as the default one's and is read by id in the next run: 404
-- proves that it went with the calendar.  Another's that is shared no more, and one that
-- policy does not want (`rests`), say nothing about their events: where there is a copy
-- elsewhere, that one goes on, and else nothing happens.  Nothing waits for the cursor;
-- if the calendar is read again, a baseline brings what is in it.
create or replace function calsync.apply_calendar_left(this bigint, cal text, rests boolean,
                                                       now timestamptz) returns void
language plpgsql set enable_seqscan = off set jit = off as $$
declare
  was_shared boolean;
  left_by bigint[];
begin
  delete from calsync.cursor k
   where k.account = this and k.calendar = cal and cal <> ''
  returning k.shared into was_shared;
  if was_shared is null then
    return;
  end if;
  if not was_shared and not rests then
    insert into calsync.again as g (account, id, calendar, reason, due, since)
    select c.account, c.id, '', 'calendar', now, now
      from calsync.copy c
     where c.account = this and c.calendar = cal and c.state = 'present'
     order by c.id
    on conflict (id, account) do update set due = least(g.due, excluded.due);
    update calsync.copy c set calendar = ''
     where c.account = this and c.calendar = cal;
    update calsync.again g set calendar = ''
     where g.account = this and g.calendar = cal;
    update calsync.seen s set calendar = ''
     where s.account = this and s.calendar = cal;
    return;
  end if;
  update calsync.copy c set digest = null
    from calsync.again g
   where g.account = this and g.calendar = cal and c.account = this and c.id = g.id;
  -- Should the calendar come back, what waited is looked at again.
  update calsync.copy c set due = null, waits = null, horizon = null, policy_digest = null,
                            digest = null
   where c.account = this and c.calendar = cal and c.policy_digest is not null;
  delete from calsync.again g where g.account = this and g.calendar = cal;
  delete from calsync.seen s where s.account = this and s.calendar = cal;
  left_by := array(
    select c.meeting
      from calsync.copy c
      join calsync.meeting m on m.id = c.meeting and m.state <> 'ended'
     where c.account = this and c.calendar = cal and c.state = 'present'
       and exists (select from calsync.copy x
                     join calsync.account a on a.id = x.account
                    where x.meeting = c.meeting and x.state = 'present'
                      and a.synced_xid is not null
                      and (x.account <> this or x.calendar <> cal)));
  update calsync.copy c set state = 'gone', digest = null, confirmed = now
   where c.account = this and c.calendar = cal and c.meeting = any(left_by);
  insert into calsync.again as g (account, id, calendar, reason, due, since)
  select d.account, d.id, d.calendar, 'deciding', now, now
    from calsync.deciding_copy(left_by) d order by d.account, d.id
  on conflict (id, account) do update
    set reason = excluded.reason, due = least(g.due, excluded.due);
end $$;

-- Which of these ids lie in a calendar of which only its own section can tell whether
-- they are there: another's, or one that is read no more.
create or replace function calsync.fetch_shared(account bigint, ids text[])
returns setof text
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
begin
  return query
  select i.id
    from unnest(ids) with ordinality i(id, n)
    join calsync.copy c on c.account = account and c.id = i.id and c.calendar <> ''
   where not exists (select from calsync.cursor k
                      where k.account = account and k.calendar = c.calendar
                        and not k.shared)
   order by i.n;
end $$;
