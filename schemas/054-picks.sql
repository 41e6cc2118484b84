-- repeatable
--
-- Records that people pick for an event by hand: it is saved, and linked to exactly
-- these.

-- Of these items of a mailbox: {"people":[...as in `who`...],"primary":{},"related":{}}.
-- A record that the CRM has no more is not among them.
create or replace function calsync.match_picks(account bigint, ids text[])
returns table (id text, picks json)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
begin
  return query
  with picked as materialized (
    select p.* from unnest(match_picks.ids) i(item)
     cross join lateral (
       select x.* from calsync.pick x
        where x.account = match_picks.account and x.item = i.item offset 0) p),
  record as materialized (
    select distinct on (r.person, r.id) r.*
      from calsync.crm_relation(
             array(select x.record from picked x where x.part <> 'related'
                    order by x.record, x.id),
             array(select x.id from picked x where x.part <> 'related'
                    order by x.record, x.id)) r
     where r.email is not null
     order by r.person, r.id, r.rank, r.email)
  select p.item, json_build_object(
           'people', coalesce(json_agg(json_build_object(
             'address', r.email, 'person', r.person, 'id', r.id, 'name', r.name,
             'type', r.type, 'private', r.private) order by r.person, r.id)
             filter (where r.id is not null), '[]'),
           'primary', (json_agg(json_build_object('person', r.person, 'id', r.id))
             filter (where p.part = 'primary' and r.id is not null)) -> 0,
           'related', (json_agg(json_build_object('record', p.record, 'id', p.id))
             filter (where p.part = 'related')) -> 0)
    from picked p left join record r on r.person = p.record and r.id = p.id
     and p.part <> 'related'
   group by p.item;
end $$;

-- An event by its Outlook id, or by its uid, in one of these mailboxes.
create or replace function calsync.pick_item(event text, accounts bigint[],
                                             out account bigint, out item text,
                                             out known boolean)
language sql stable as $$
  select x.account, x.id, x.o < 3
    from (select c.account, c.id, 0 as o from calsync.copy c where c.id = event
          union all
          select s.account, s.id, 1 from calsync.seen s where s.id = event or s.uid = event
          union all
          select c.account, c.id, 2 from calsync.meeting m
            join calsync.copy c on c.meeting = m.id and c.state = 'present'
           where m.uid = event
          union all
          select accounts[1], event, 3) x
   where x.account = any(accounts) order by x.o, x.account, x.id limit 1
$$;

-- What one picks for an event of one's own mailbox: a list of
--   {"record":"contact","id":"7"}    also lead; with "primary":true the first of them
--   {"record":"account","id":"1","related":true}
-- in place of what was picked before.  At least one person, or nothing is saved; null
-- takes the picks away.  The event is looked at in the next run.
create or replace function calsync.user_pick(event text, records json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  who constant text := calsync.me();
  boxes constant bigint[] := array(
    select a.id from calsync.account a where a.crm_user = who and a.events
     order by (not a.is_primary), a.id);
  found record;
  missing text;
  twice text;
begin
  if who is null then
    raise exception '% is no CRM user''s role', session_user using errcode = '42501';
  end if;
  if cardinality(boxes) = 0 then
    raise exception 'your mailbox is not synced' using errcode = '42501';
  end if;
  if records is not null and not exists (
       select from json_to_recordset(records) r (related boolean)
        where r.related is not true) then
    raise exception 'no contact or lead was picked: nothing is saved' using errcode = '22023';
  end if;
  select string_agg(r.record || ':' || r.id, ', ') into missing
    from json_to_recordset(records) r (record text, id text, related boolean)
   where r.related is not true
     and (r.record not in ('contact', 'lead') or r.id !~ '^[0-9A-Za-z_-]+$'
          or not exists (select from calsync.crm_relation(array[r.record], array[r.id]) c
                          where c.email is not null));
  if missing is not null then
    raise exception 'no contact or lead with an address: %', missing using errcode = '22023';
  end if;
  select string_agg(x.what, ', ') into twice
    from (select r.record || ':' || r.id as what, count(*) as n
            from json_to_recordset(records) r (record text, id text) group by 1
          union all
          select 'primary=', count(*)
            from json_to_recordset(records) r ("primary" boolean) where r."primary"
          union all
          select 'related=', count(*)
            from json_to_recordset(records) r (related boolean) where r.related) x
   where x.n > 1;
  if twice is not null then
    raise exception 'more than once: %', twice using errcode = '22023';
  end if;
  select string_agg(distinct r.record || ':' || r.id, ', ') into missing
    from json_to_recordset(records) r (record text, id text, related boolean)
   where r.related;
  if missing is not null and not (select 'related' = any(a.holds) from calsync.adapter a) then
    raise exception 'this CRM keeps nothing that an event is about beside its people: %', missing
      using errcode = '22023';
  end if;
  select string_agg(distinct r.record || ':' || r.id, ', ') into missing
    from json_to_recordset(records) r (record text, id text, related boolean)
   where r.related
     and (r.id !~ '^[0-9A-Za-z_-]{1,64}$'
          or not exists (select from calsync.crm_record(array[r.record], array[r.id])));
  if missing is not null then
    raise exception 'no record: %', missing using errcode = '22023';
  end if;
  select * into found from calsync.pick_item(event, boxes);
  -- What was never read is asked for by its id: what cannot be one, Graph would refuse
  -- in each run.  A uid that nothing was read of names nothing yet.
  if not found.known and (event !~ '^[0-9A-Za-z+/=_-]+$' or length(event) not between 16 and 1024
                          or event ~* '^040000008200E00074C5B7101A82E008') then
    raise exception 'no event % was read so far: name it by its id in Outlook, or wait for the next run',
      left(event, 64) using errcode = '22023';
  end if;
  delete from calsync.pick p where p.account = found.account and p.item = found.item;
  insert into calsync.pick (account, item, part, record, id)
  select found.account, found.item,
         case when r.related then 'related' when r."primary" then 'primary'
              else 'person' end, r.record, r.id
    from json_to_recordset(records) r (record text, id text, "primary" boolean,
                                       related boolean);
  insert into calsync.again (account, id, calendar, reason, due, since)
  select found.account, found.item,
         calsync.calendar_of(found.account, found.item),
         'picked', t.now, t.now
    from (select least(now(), coalesce((select max(r.now) from calsync.run r), now())) as now) t
  on conflict (id, account) do update set due = least(calsync.again.due, excluded.due);
  update calsync.account a set due_now = true where a.id = found.account and not a.due_now;
  return json_build_object('item', found.item,
    'mailbox', (select a.mailbox from calsync.account a where a.id = found.account),
    'picked', (select count(*) from calsync.pick p
                where p.account = found.account and p.item = found.item));
end $$;
