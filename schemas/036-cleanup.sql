-- repeatable
--
-- A user's cleanup: the copies that the sync has made of their events are removed, on
-- the sides that policy names (`cleanup`).  Somebody asks; roster tells it with the
-- section, fetch reads what it is about, reconcile decides, apply does it, and the end
-- of a run ticks it off.

-- What it is about: the user's own links up to `upto` (null: all), of which the side
-- that is named has the copy.
create or replace function calsync.cleanup_links(who text, upto bigint, sides text)
returns setof calsync.meeting
language sql stable set jit = off as $$
  select m.* from calsync.meeting m
   where m.owner = who and m.state in ('active', 'inactive', 'dormant')
     and (upto is null or m.id <= upto)
     and ((m.born = 'graph' and sides in ('crm', 'both'))
          or (m.born = 'crm' and sides in ('graph', 'both')))
$$;

-- For the section of this account: the event that is to be read; `id` is null where
-- none is left, and then it is told once, in the section of the user's first account.
create or replace function calsync.fetch_cleanup(account bigint, upto bigint, sides text)
returns table (crm_id text, id text)
language plpgsql stable set jit = off as $$
#variable_conflict use_column
begin
  return query
  select m.crm_id, c.id
    from calsync.account a
   cross join lateral calsync.cleanup_links(a.crm_user, fetch_cleanup.upto,
                                            fetch_cleanup.sides) m
    left join lateral (
      select x.id, x.account from calsync.copy x
       where x.meeting = m.id and x.state = 'present'
         and x.account in (select b.id from calsync.account b where b.crm_user = a.crm_user)
         -- Another's calendar is asked for by id in its own section only.
         and (x.calendar = '' or exists (
               select from calsync.cursor k
                where k.account = x.account and k.calendar = x.calendar and not k.shared))
       order by (x.account <> a.id), x.id limit 1) c on true
   where a.id = fetch_cleanup.account and m.crm_id is not null
     and coalesce(c.account, (select min(b.id) from calsync.account b
                               where b.crm_user = a.crm_user)) = a.id
   order by m.id;
end $$;

-- {"graph":2,"crm":3,"mails":1,"people":1}: what would go on each side, and how many
-- people Exchange would tell: of meetings that the user organizes.
create or replace function calsync.cleanup_count(who text, upto bigint, sides text)
returns json
language sql stable set jit = off as $$
  with link as materialized (
    select * from calsync.cleanup_links(who, upto, sides)),
  mail as (
    select p ->> 'address' as address
      from link m cross join lateral json_array_elements(
        coalesce(m.base_graph::json -> 'attendees', '[]')) p
     where m.born = 'crm' and exists (
       select from calsync.copy c where c.meeting = m.id and c.state = 'present'
          and c.role = 'organizer'))
  select json_build_object(
    'graph', (select count(*) from link m where m.born = 'crm'),
    'crm', (select count(*) from link m where m.born = 'graph'),
    'mails', (select count(*) from mail),
    'people', (select count(distinct m.address) from mail m))
$$;

-- {"user":"ann@firm.test"} (or "crm_user"), and {"do":"ask","stay":false}: ask for it;
-- unless `stay`, the user's sync is switched off first.  {"do":"cancel"}: what is not
-- done yet is not done; {"do":"show"}: nothing.  Gives what cleanup_count does, with
-- "sides", "mailboxes" and the open "request".
create or replace function calsync.admin_cleanup(who json, c json) returns json
language plpgsql set jit = off as $$
declare
  me text := coalesce(who ->> 'crm_user', (
    select p.id from calsync.crm_person() p
     where p.email = lower(who ->> 'user') and p.person = 'user' order by p.rank limit 1));
  sides text := coalesce(calsync.firm_policy('cleanup'), 'off');
  last bigint := (select max(m.id) from calsync.meeting m);
  box text;
begin
  if me is null or not exists (select from calsync.account a where a.crm_user = me) then
    perform calsync.admin_refuse('there is no account of ' ||
                                 coalesce(who ->> 'user', 'this user'));
  end if;
  if sides = 'off' and c ->> 'do' <> 'cancel' then
    perform calsync.admin_refuse('the policy has no cleanup (cleanup = off)');
  end if;
  if c ->> 'do' = 'ask' then
    for box in select a.mailbox from calsync.account a
                where a.crm_user = me and a.events
                  and not coalesce((c ->> 'stay')::boolean, false) order by a.id loop
      perform calsync.admin_account(json_build_object(
        'crm_user', me, 'mailbox', box, 'enabled', false));
    end loop;
    insert into calsync.cleanup as k (crm_user, upto) values (me, coalesce(last, 0))
    on conflict (crm_user) where ended is null do update
      set upto = excluded.upto, asked_by = excluded.asked_by, asked = excluded.asked;
  elsif c ->> 'do' = 'cancel' then
    update calsync.cleanup k set ended = clock_timestamp(), outcome = 'cancelled'
     where k.crm_user = me and k.ended is null;
  end if;
  return (calsync.cleanup_count(me, null, sides)::jsonb || jsonb_build_object(
    'sides', sides,
    'mailboxes', (select json_agg(a.mailbox order by a.id) from calsync.account a
                   where a.crm_user = me),
    'request', (select k.id from calsync.cleanup k
                 where k.crm_user = me and k.ended is null)))::json;
end $$;

-- At a run's end: done is what has nothing left.
create or replace function calsync.cleanup_end() returns void
language sql set jit = off as $$
  update calsync.cleanup k set ended = clock_timestamp(), outcome = 'done'
   where k.ended is null and not exists (
     select from calsync.cleanup_links(k.crm_user, k.upto, calsync.firm_policy('cleanup')))
$$;

-- Who is switched on again starts afresh: the tombstones of their cleanup go, so that
-- what was removed may come again, by the policy's rules.
create or replace function calsync.cleanup_lift(who text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
  lifted bigint[];
begin
  select array_agg(m.id order by m.id) into lifted
    from calsync.meeting m
   where m.owner = who and m.state = 'ended' and m.ended = 'cleanup';
  if lifted is null then
    return;
  end if;
  perform from calsync.meeting m where m.id = any(lifted) order by m.id for update;
  -- An event of the CRM is news, and one of Outlook is read again.
  insert into calsync.change (crm_id, op, part)
  select m.crm_id, 'insert', 'event' from calsync.meeting m
   where m.id = any(lifted) and m.born = 'crm' and m.crm_id is not null order by m.id;
  insert into calsync.again as g (account, id, calendar, reason, due, since)
  select c.account, c.id, c.calendar, 'cleanup', '-infinity', now()
    from calsync.copy c join calsync.meeting m on m.id = c.meeting
   where c.meeting = any(lifted) and c.state = 'present' and m.born = 'graph'
   order by c.account, c.id
  on conflict (id, account) do update set reason = excluded.reason, due = excluded.due;
  delete from calsync.copy c where c.meeting = any(lifted);
  delete from calsync.meeting_key k where k.meeting = any(lifted);
  delete from calsync.meeting m where m.id = any(lifted);
end $$;
