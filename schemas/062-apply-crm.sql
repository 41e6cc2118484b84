-- repeatable
--
-- apply_page's way to the CRM: the adapter, refusals, and what the CRM then shows.

-- One batch through the adapter.  If the CRM refuses it, its elements one by one,
-- each in its own subtransaction: only the bad ones fail.  What says that the
-- whole database or the adapter is in trouble is passed on.  An element with
-- `remove` is a deletion.
-- Gives also the CRM base of what it need not read for that (put_shown).
create or replace function calsync.apply_put(items jsonb[])
returns table (n integer, crm_id text, code text, base text)
language plpgsql set jit = off as $$
declare
  b record;
  ids text[];
  item jsonb;
begin
  begin
    b := calsync.apply_put_batch(items);
    return query select u.n::integer, u.crm_id, null::text, s.base
                   from unnest(b.ids) with ordinality u(crm_id, n)
                   left join calsync.shown_bases(b.events, b.attendees) s
                     on s.crm_id = u.crm_id;
    return;
  exception when others then
    if calsync.not_the_item(sqlstate) then
      raise;
    end if;
  end;
  n := 0;
  foreach item in array items loop
    n := n + 1;
    begin
      ids := (calsync.apply_put_batch(array[item])).ids;
      crm_id := ids[1];
      code := null;
    exception when others then
      if calsync.not_the_item(sqlstate) then
        raise;
      end if;
      crm_id := null;
      code := sqlstate;
    end;
    return next;
  end loop;
end $$;

-- Errors that another item of the same batch would meet as well, or that the
-- caller has to repeat.
create or replace function calsync.not_the_item(state text) returns boolean
language sql immutable as $$
  select left(state, 2) = any('{08,28,40,42,53,55,57,58,F0,XX}')
$$;

-- The CRM keys of the elements, in order; null where the CRM has no such event.
create or replace function calsync.apply_put_batch(
  items jsonb[], out ids text[], out events calsync.event[],
  out attendees calsync.attendee[])
language plpgsql set jit = off as $$
declare
  puts jsonb[] := items;
  places bigint[];
begin
  -- Deletions are rare: only then is the array taken apart.
  if exists (select from unnest(items) i where i ? 'remove') then
    select array_agg(i.o order by i.n) filter (where not i.o ? 'remove'),
           array_agg(i.n order by i.n) filter (where not i.o ? 'remove'),
           array_agg(case when i.o ? 'remove' and calsync.remove_event(i.o ->> 'crm_id')
                          is not null then i.o ->> 'crm_id' end order by i.n)
      into puts, places, ids
      from unnest(items) with ordinality i(o, n);
    if puts is null then
      return;
    end if;
    ids := (select array_agg(coalesce(d.crm_id, p.crm_id) order by d.n)
              from unnest(ids) with ordinality d(crm_id, n)
              left join calsync.put_events(puts) p on places[p.n] = d.n);
  elsif to_regprocedure('calsync.put_shown(jsonb[])') is not null then
    select p.ids, p.events, p.attendees into ids, events, attendees
      from calsync.put_shown(items) p;
  else
    ids := (select array_agg(p.crm_id order by i.n)
              from generate_series(1, cardinality(items)) i(n)
              left join calsync.put_events(items) p on p.n = i.n);
  end if;
end $$;

-- What the adapter gets for an op that writes to an event that is there.  `before`
-- is the CRM's state: whoever takes over replaces all people and rooms.
create or replace function calsync.apply_item(x calsync.work, o jsonb, before jsonb)
returns jsonb
language sql stable as $$
  select jsonb_build_object('crm_id', (x).crm_id)
    || case when (x).op in ('crm.update', 'link.base') and o ? 'key'
            then jsonb_build_object('key', (o -> 'key') - 'slot') else '{}' end
    || case (x).op
    when 'crm.create' then jsonb_build_object(
      'restore', (x).fresh, 'owner', (x).owner, 'set', o -> 'set',
      'attendees', jsonb_build_object(
        'add', coalesce(o #> '{attendees,add}', '[]'),
        'remove', to_jsonb(array(
          select a ->> 'address' from jsonb_array_elements(before -> 'attendees') a
          except
          select a ->> 'address' from jsonb_array_elements(o #> '{attendees,add}') a))),
      'rooms', jsonb_build_object(
        'add', coalesce(o #> '{rooms,add}', '[]'),
        'remove', to_jsonb(array(
          select a ->> 'resource' from jsonb_array_elements(before -> 'rooms') a
          except
          select a ->> 'resource' from jsonb_array_elements(o #> '{rooms,add}') a))))
    when 'crm.update' then jsonb_build_object(
      'owner', (x).owner, 'set', coalesce(o -> 'set', '{}'),
      'attendees', o -> 'attendees', 'rooms', o -> 'rooms')
    when 'crm.delete' then
      case o ->> 'how'
        when 'mark' then '{"set":{"cancelled":true,"sync_status":"inactive"}}'::jsonb
        else '{"remove":true}' end
    when 'link.end' then jsonb_build_object(
      'set', coalesce(o -> 'set', '{}') || case
        -- It has other copies.
        when exists (select from calsync.meeting m
                      where m.crm_id = (x).crm_id and m.id <> (x).meeting
                        and m.state = 'active')
          then '{}'::jsonb else '{"sync_status":"inactive"}' end)
    else jsonb_build_object('owner', (x).owner, 'set', '{}'::jsonb) end
$$;

-- Checks the CRM's state against the one that each op was made from, and writes.
-- `shown`: the CRM bases that are known without reading, by place.
create or replace function calsync.apply_crm(inout w calsync.work[], o jsonb[],
                                             out shown text[])
language plpgsql set timezone = 'UTC' set jit = off as $$
declare
  ids text[];
  before jsonb[];
  items jsonb[];
  places integer[];
  old constant text := coalesce(current_setting('calsync.origin', true), '');
begin
  w := calsync.apply_adopt(w, o);
  w := calsync.apply_pair(w, o);
  ids := array(
    select distinct x.crm_id from unnest(w) x
     where x.outcome is null and x.content and x.crm_id is not null
       and (o[x.n] #>> '{expect,digest}' is not null or x.op = 'crm.create'));
  if cardinality(ids) > 0 then
    perform calsync.lock_events(ids);
    select array_agg(s.doc order by x.n) into before
      from unnest(w) x left join calsync.snapshot(ids) s on s.crm_id = x.crm_id;
    select array_agg(row(
             x.n, x.op, x.id, x.meeting, x.fresh, x.content,
             case when x.outcome is null and x.content and x.op <> 'crm.create'
                       and o[x.n] #>> '{expect,digest}' <> coalesce(
                             calsync.crm_digest(before[x.n]), '')
                  then 'moved' else x.outcome end,
             x.code, x.crm_id, x.owner, x.rank)::calsync.work order by x.n)
      into w from unnest(w) x;
  end if;
  -- In order, as unnest gives them: sorting them would copy each once more.
  select array_agg(x.n),
         array_agg(case when x.fresh and x.crm_id is null then o[x.n]
                        else calsync.apply_item(x, o[x.n], before[x.n]) end)
    into places, items
    from unnest(w) x
   where x.outcome is null and x.content and (x.fresh or x.crm_id is not null)
     and (x.op not in ('link.base', 'link.copy') or x.owner is not null
          or (x.op = 'link.base' and o[x.n] ? 'key'))
     and x.op <> 'link.adopt';
  if items is null then
    return;
  end if;
  perform set_config('calsync.origin', 'sync', true);
  select array_agg(row(
           x.n, x.op, x.id, x.meeting, x.fresh, x.content,
           case when p.n is not null and p.crm_id is null
                     and not (x.op = 'link.end' and p.code = '02000')
                then 'failed' else x.outcome end,
           case when p.n is not null and p.crm_id is null
                     and not (x.op = 'link.end' and p.code = '02000')
                then p.code else x.code end,
           coalesce(p.crm_id, x.crm_id), x.owner, x.rank)::calsync.work order by x.n),
         array_agg(p.base order by x.n)
    into w, shown
    from unnest(w) x left join (
        -- A link can end although the CRM's event is no more.
        select y.n, y.crm_id, coalesce(y.code, '02000') as code, y.base
          from calsync.apply_put(items) y) p on places[p.n] = x.n;
  perform set_config('calsync.origin', old, true);
  -- A copy that would have joined what was refused comes again.
  if exists (select from unnest(w) x where x.fresh and x.outcome = 'failed') then
    select array_agg(row(
             x.n, x.op, x.id, x.meeting, x.fresh, x.content,
             case when x.outcome is null and x.op = 'crm.create' and not x.fresh
                       and exists (select from unnest(w) y
                                    where y.fresh and y.outcome = 'failed'
                                      and y.meeting = x.meeting)
                  then 'moved' else x.outcome end,
             x.code, x.crm_id, x.owner, x.rank)::calsync.work order by x.n)
      into w from unnest(w) x;
  end if;
end $$;

-- What the CRM now shows of what was written: the new CRM bases, by place.  Those
-- that are known are not read.
create or replace function calsync.apply_shown(w calsync.work[], known text[])
returns text[]
language plpgsql set timezone = 'UTC' set jit = off as $$
declare
  ids text[] := array(
    select x.crm_id from unnest(w) x
     where x.outcome is null and x.crm_id is not null and known[x.n] is null
       and (x.content or x.op = 'link.adopt')
       and x.op in ('crm.create', 'crm.update', 'link.base', 'link.copy', 'link.adopt'));
begin
  if cardinality(ids) = 0 then
    return known;
  end if;
  return (select array_agg(coalesce(known[x.n], s.base) order by x.n)
            from unnest(w) x
            left join calsync.snapshot_bases(ids) s
              on s.crm_id = x.crm_id and x.outcome is null
             and (x.content or x.op = 'link.adopt'));
end $$;

-- The new CRM base of an op.  Fields that people changed and that the op leaves
-- alone keep their old value, or the change would be forgotten.
create or replace function calsync.kept_base(shown text, old text, pending jsonb)
returns text
language sql immutable as $$
  select case when coalesce(jsonb_typeof(pending), 'null') <> 'array' then shown
    else (select (shown::jsonb - k.names || coalesce(
            (select jsonb_object_agg(e.key, e.value) from jsonb_each(old::jsonb) e
              where e.key = any(k.names)), '{}'))::text
            from (select array_agg(case p when 'body' then 'body_digest' else p end)
                         as names
                    from jsonb_array_elements_text(pending) p) k) end
$$;
