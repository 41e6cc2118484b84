-- repeatable
--
-- Which mailbox a change of the CRM goes to.  roster asks it to see who is due, and
-- fetch asks it once a run for everybody: the work grows with the changes that wait,
-- not with the mailboxes.  Tables are joined by index from the changes' side (lateral,
-- offset 0), what was found of them by hash.

-- The mailbox of each user who syncs: as roster's gates, one per user.
create or replace function calsync.boxes()
returns table (crm_user text, account bigint)
language sql stable as $$
  select a.crm_user, min(a.id)
    from calsync.account a
   where a.synced_xid is not null
     and (a.is_primary or not exists (
            select from calsync.account b
             where b.crm_user = a.crm_user and b.id <> a.id and b.events))
   group by a.crm_user
$$;

-- Where these CRM events would be written: a row per account, account null where
-- there is none.  `item` is the copy of it that decides, null if none is there.
--
--   linked    the account of the copy that decides; with no copy in a mailbox that
--             syncs, the one that it was or will be made in: the slot's or the owner's
--   ended     the owner's: it can only be told that nothing brings it back
--   unlinked  the owner's; if the owner does not sync and `copies` holds
--             (owner.unsynced_out = copies), of each user on it who does; who owns it
--             and came to sync later gets none beside the others' copies (A-37)
--   neither   none: the row is gone
create or replace function calsync.change_routes(ids text[], copies boolean)
returns table (crm_id text, account bigint, item text, calendar text)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
begin
  return query
  with asked as materialized (
    select distinct i.crm_id from unnest(ids) i(crm_id) where i.crm_id is not null),
  box as materialized (
    select x.crm_user, x.account as id from calsync.boxes() x),
  link as materialized (
    select k.crm_id, m.*,
           bool_and(m.state = 'ended') over w as ended, max(m.id) over w as last
      from asked k
     cross join lateral (
       select x.id, x.owner, x.state, x.slot from calsync.meeting x
        where x.crm_id = k.crm_id offset 0) m
    window w as (partition by k.crm_id)),
  -- A tombstone counts only where nothing else is.
  live as materialized (
    select l.* from link l
     where l.state <> 'ended' or (l.ended and l.id = l.last)),
  linked as materialized (
    select l.crm_id, l.slot,
           coalesce(d.account, s.id, b.id) as account, d.id as item, d.calendar
      from live l
      left join lateral (
        select c.account, c.id, c.calendar
          from (select x.* from calsync.copy x where x.meeting = l.id offset 0) c
         where c.state = 'present' and l.state <> 'ended'
           and exists (select from calsync.account a
                        where a.id = c.account and a.synced_xid is not null)
         order by (c.role <> 'organizer'), c.account, c.id limit 1) d on true
      left join box s on d.account is null and s.id::text = l.slot
      left join box b on d.account is null and s.id is null and b.crm_user = l.owner),
  -- Those without a link; with copies, also where only some users have theirs.
  others as materialized (
    select k.crm_id from asked k
     where not exists (select from link l where l.crm_id = k.crm_id)
    union all
    select distinct l.crm_id from live l where copies and l.slot <> ''),
  owned as materialized (
    select e.crm_id, b.id as account, u.user_id is not null as active
      from calsync.read_events(array(select o.crm_id from others o)) e
      left join calsync.crm_user() u on u.user_id = e.owner and u.active and u.email <> ''
      left join box b on b.crm_user = u.user_id),
  on_it as materialized (
    select distinct p.crm_id, b.id as account
      from calsync.read_attendees(array(
             select o.crm_id from owned o where o.account is null and copies)) p
      join box b on b.crm_user = p.id
     where p.person = 'user'),
  made as (
    select o.crm_id, coalesce(o.account, t.account) as account
      from owned o left join on_it t on o.account is null and t.crm_id = o.crm_id
     where o.account is null or not exists (select from live l where l.crm_id = o.crm_id)
    union
    select o.crm_id, null from others o
     where not exists (select from owned x where x.crm_id = o.crm_id))
  select l.crm_id, l.account, l.item, coalesce(l.calendar, '') from linked l
  union
  select m.crm_id, m.account, null, '' from made m
   where not exists (
     select from linked l where l.crm_id = m.crm_id
       and (m.account is null or l.account = m.account or l.slot = ''));
end $$;

-- The CRM events with changes that are not asleep, or whose time has come.
create or replace function calsync.changes_awake(at timestamptz)
returns table (crm_id text, first bigint, since timestamptz)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
begin
  return query
  select c.crm_id, min(c.seq), min(c.at)
    from ((select x.crm_id, x.seq, x.at from calsync.change x
            where x.reason is null)
          union all
          (select x.crm_id, x.seq, x.at from calsync.change x
            where x.due <= changes_awake.at and x.reason is not null)) c
   group by c.crm_id;
end $$;

-- Where what is awake of these CRM events goes.  With `copies` some of its rows may be
-- of one account only: the others have nothing to do then.  Rows of an account that
-- has no part in the event any more are decided without a mailbox.
create or replace function calsync.change_targets(ids text[], copies boolean,
                                                  at timestamptz)
returns table (crm_id text, account bigint, item text, calendar text)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
begin
  if not copies then
    return query select r.* from calsync.change_routes(ids, copies) r;
    return;
  end if;
  return query
  with route as materialized (select r.* from calsync.change_routes(ids, copies) r),
  awake as materialized (
    select c.crm_id, c.for_account, bool_or(k.account is not null) as routed
      from unnest(ids) i(id)
     cross join lateral (
       select x.crm_id, x.for_account from calsync.change x
        where x.crm_id = i.id and (x.reason is null or x.due <= change_targets.at)
       offset 0) c
      left join route k on k.crm_id = c.crm_id and k.account = c.for_account
     group by c.crm_id, c.for_account)
  select r.* from route r
   where exists (select from awake a
                  where a.crm_id = r.crm_id
                    and (a.for_account is null or a.for_account = r.account))
  union
  select a.crm_id, null, null, '' from awake a
   where a.for_account is not null and not a.routed;
end $$;

-- What fetch writes into a section for these CRM events of an account: `changes` are
-- all rows of the event, also those asleep, since the state is read anew and decided on
-- as a whole; `origin` is that of the last.  `routed` are all accounts that it goes to,
-- where rows may be of one alone; else null.
create or replace function calsync.change_list(id text, account bigint, routed bigint[],
                                               out changes text, out origin text)
language plpgsql stable set enable_seqscan = off set jit = off as $$
begin
  select string_agg(c.seq::text, ',' order by c.seq),
         (array_agg(c.origin order by c.seq desc))[1]
    into changes, origin
    from calsync.change c
   where c.crm_id = id
     and (routed is null or c.for_account = change_list.account
          or (c.for_account is null
              and (change_list.account is not null or cardinality(routed) = 0))
          or (change_list.account is null and c.for_account <> all(routed)));
end $$;

-- All that is awake, by account and calendar, oldest first, at most 1000 of each;
-- those without an account last.  `id` is the linked event's.
create or replace function calsync.fetch_routes(at timestamptz, copies boolean)
returns table (account bigint, calendar text, crm_id text, id text, changes text,
               origin text)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  ids text[];
  firsts bigint[];
begin
  select array_agg(a.crm_id order by a.crm_id), array_agg(a.first order by a.crm_id)
    into ids, firsts
    from calsync.changes_awake(at) a;
  if ids is null then
    return;
  end if;
  return query
  select r.account, r.calendar, r.crm_id, r.item, l.changes, l.origin
    from (select t.*, f.first,
                 case when copies then coalesce(array_agg(t.account)
                   filter (where t.account is not null) over (partition by t.crm_id),
                   '{}') end as routed,
                 row_number() over (partition by t.account, t.calendar
                                        order by f.first) as place
            from calsync.change_targets(ids, copies, at) t
            join (select u.crm_id, u.first
                    from unnest(ids, firsts) u(crm_id, first)) f using (crm_id)) r
   cross join lateral calsync.change_list(r.crm_id, r.account, r.routed) l
   where r.place <= 1000
   order by r.account nulls last, r.calendar, r.place;
end $$;

-- The seconds by which more than 20 linked events moved since both sides agreed, of
-- those whose change is awake: a reader or a clock with another zone, rather than
-- people (reconcile holds them).
create or replace function calsync.equal_shifts() returns setof bigint
language plpgsql stable set enable_seqscan = off set jit = off as $$
declare
  many constant integer := 20;
  ids text[];
begin
  select array_agg(a.crm_id order by a.crm_id) into ids
    from (select distinct c.crm_id from calsync.change c
           where c.reason is null and c.op = 'update') a
   where exists (select from calsync.meeting m
                  where m.crm_id = a.crm_id and m.state <> 'ended');
  if coalesce(cardinality(ids), 0) <= many then
    return;
  end if;
  return query
  select extract(epoch from (s.doc ->> 'start')::timestamptz
                            - (m.base_crm::json ->> 'start')::timestamptz)::bigint as shift
    from calsync.snapshot(ids) s
    join calsync.meeting m on m.crm_id = s.crm_id and m.state <> 'ended'
   where (s.doc ->> 'start')::timestamptz <> (m.base_crm::json ->> 'start')::timestamptz
   group by 1 having count(*) > many;
end $$;

-- The same for changes of one account that sleep since its policy was another one.
-- account null: those without a mailbox, by the org's policy.
create or replace function calsync.fetch_woken(
  account bigint, calendar text, policy_digest text, copies boolean)
returns table (crm_id text, id text, changes text, origin text)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  many constant integer := 1000;
  this constant bigint := fetch_woken.account;
  cal constant text := fetch_woken.calendar;
  digest constant text := fetch_woken.policy_digest;
  ids text[];
begin
  select array_agg(distinct c.crm_id) into ids
    from ((select x.crm_id from calsync.change x
            where x.account = this and x.policy_digest < digest
              and x.reason is not null order by x.policy_digest limit many)
          union all
          (select x.crm_id from calsync.change x
            where x.account = this and x.policy_digest > digest
              and x.reason is not null order by x.policy_digest limit many)
          union all
          (select x.crm_id from calsync.change x
            where this is null and x.account is null and x.policy_digest <> digest
              and x.reason is not null order by x.policy_digest limit many)) c;
  if ids is null then
    return;
  end if;
  return query
  select r.crm_id, r.item, l.changes, l.origin
    from (select t.*,
                 case when copies then coalesce(array_agg(t.account)
                   filter (where t.account is not null) over (partition by t.crm_id),
                   '{}') end as routed
            from calsync.change_routes(ids, copies) t) r
   cross join lateral calsync.change_list(r.crm_id, r.account, r.routed) l
   where r.account is not distinct from this and r.calendar = cal
   order by r.crm_id limit many;
end $$;

-- The rows that these keys have now, in this order; null: it is gone.
create or replace function calsync.fetch_crm(ids text[])
returns table (crm_id text, doc jsonb, lost text)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
begin
  return query
  select i.id, s.doc,
         case when not (s.doc ->> 'deleted')::boolean
                and coalesce(s.doc #>> '{series,original_date}', '') = ''
                and not exists (select from calsync.meeting m where m.crm_id = i.id)
              then s.doc ->> 'uid' end
    from unnest(ids) with ordinality i(id, n)
    left join calsync.snapshot(ids) s on s.crm_id = i.id
   order by i.n;
end $$;

-- For a first section under backfill.out = all: the user's live events that start
-- from there on, have no link, and of which no change tells.
create or replace function calsync.fetch_owned(account bigint, start timestamptz)
returns table (crm_id text)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
begin
  return query
  select e.id
    from calsync.account a
   cross join lateral calsync.events_from(a.crm_user, start) e(id)
   where a.id = account
     and not exists (select from calsync.meeting m where m.crm_id = e.id)
     and not exists (select from calsync.change c where c.crm_id = e.id);
end $$;
