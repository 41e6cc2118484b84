-- repeatable
--
-- apply_page and CRM events that are there already: found by uid when a link was lost,
-- and adopted by decision.

-- Creates whose event the CRM has already, though no link knows of it: the link was
-- lost.  The event is linked as it stands and gets no bases: it is read again in the
-- next run, which compares the sides.  So nothing is made twice, nor overwritten.
create or replace function calsync.apply_adopt(w calsync.work[], o jsonb[])
returns calsync.work[]
language plpgsql set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off set timezone = 'UTC' as $$
declare
  places integer[];
  owners text[];
  uids text[];
  starts timestamptz[];
  found text[];
begin
  -- Events of one series share their uid; a single one is known by it alone.
  select array_agg(x.n order by x.n), array_agg(x.owner order by x.n),
         array_agg(o[x.n] #>> '{key,uid}' order by x.n),
         array_agg(case when o[x.n] #>> '{key,original_date}' <> ''
                          or o[x.n] #> '{set,series}' is distinct from 'null'
                        then (o[x.n] #>> '{set,start}')::timestamptz end order by x.n)
    into places, owners, uids, starts
    from unnest(w) x where x.fresh and x.outcome is null and x.op = 'crm.create';
  if places is null then
    return w;
  end if;
  select array_agg(places[f.n]), array_agg(f.crm_id) into places, found
    from (select e.n, min(e.crm_id) as crm_id
            from calsync.find_events(owners, uids, starts) e
           where e.by = 'uid' and not exists (
             select from calsync.meeting m where m.crm_id = e.crm_id)
           group by e.n) f;
  if found is null then
    return w;
  end if;
  return (
    select array_agg(case when c.crm_id is null then x
             else row(x.n, x.op, x.id, x.meeting, x.fresh, false, x.outcome, x.code,
                      c.crm_id, x.owner, x.rank)::calsync.work end order by x.n)
      from unnest(w) x
      left join unnest(places, found) c(place, crm_id) on c.place = x.n);
exception when data_exception then
  -- A value that the CRM will refuse in a moment, alone.
  return w;
end $$;

-- Of CRM events that were there before their link: those that the sync has made once.
create or replace function calsync.adopted_copies(w calsync.work[]) returns text[]
language plpgsql stable set timezone = 'UTC' set jit = off as $$
declare
  ids text[] := array(
    select x.crm_id from unnest(w) x
     where x.fresh and x.outcome is null and x.crm_id is not null
       and (x.op = 'link.adopt' or not x.content));
begin
  if cardinality(ids) = 0 then
    return ids;
  end if;
  return array(select s.crm_id from calsync.snapshot(ids) s
                where s.doc ->> 'origin' = 'sync');
end $$;

-- Adoption (link.adopt) writes nothing on either side.  The CRM's event has to be the
-- one that was decided on, and without a living link: whoever links or sends it out
-- locks it first.
create or replace function calsync.apply_pair(w calsync.work[], o jsonb[])
returns calsync.work[]
language plpgsql set timezone = 'UTC' set enable_seqscan = off set jit = off as $$
declare
  ids text[] := array(select distinct x.crm_id from unnest(w) x
                       where x.op = 'link.adopt' and x.outcome is null order by 1);
begin
  if cardinality(ids) = 0 then
    return w;
  end if;
  perform calsync.lock_events(ids);
  w := (
    with turns as (
      select x.*, s.doc,
             row_number() over (partition by x.op, x.crm_id, x.fresh order by x.n) as turn
        from unnest(w) x
        left join calsync.snapshot(ids) s on s.crm_id = x.crm_id and x.op = 'link.adopt')
    select array_agg(row(
             t.n, t.op, t.id, t.meeting, t.fresh, t.content,
             case when t.op = 'link.adopt' and t.outcome is null
                   and (t.doc is null
                        or o[t.n] #>> '{expect,digest}' is distinct from
                           calsync.crm_digest(t.doc)
                        or (t.fresh and t.turn > 1)
                        or (t.fresh and exists (
                              select from calsync.meeting m
                               where m.crm_id = t.crm_id and m.state <> 'ended')))
                  then 'moved' else t.outcome end,
             t.code, t.crm_id, t.owner, t.rank)::calsync.work order by t.n)
      from turns t);
  -- What would have joined comes again with it.
  return (
    select array_agg(row(
             x.n, x.op, x.id, x.meeting, x.fresh, x.content,
             case when x.outcome is null and not x.fresh
                       and x.op in ('crm.create', 'link.adopt')
                       and exists (select from unnest(w) y
                                    where y.fresh and y.outcome = 'moved'
                                      and y.meeting = x.meeting)
                  then 'moved' else x.outcome end,
             x.code, x.crm_id, x.owner, x.rank)::calsync.work order by x.n)
      from unnest(w) x);
end $$;
