-- repeatable
--
-- Delivery, second half: what became of what was sent.
--
-- An outcome is one of these:
--   done         the link, its bases and this copy are as Graph has them now
--   void         certainly not done: all comes again
--   not_applied  Graph said yes and changed nothing
--   refused      a repetition would change nothing: it waits for a day, or a person
--   open         not known; looked up first thing in the account's next section
--   kept         settled before: the call may be repeated, nothing is written

-- What is certain.  An intent that an earlier run had sent is not void because this
-- run could not look at it; nor is its POST when a second one met a conflict.
create or replace function calsync.settle_judge(d calsync.delivery[])
returns calsync.delivery[]
language sql stable as $$
  select array_agg(row(x.n, x.p, x.i, x.crm_id,
           case when (x.i).outcome is not null then 'kept'
                when w.word = 'unknown' then 'open'
                when w.word in ('done', 'refused') then w.word
                when w.word = 'not_applied' and (x.i).op <> 'graph.create' then w.word
                when w.word = 'not_applied' then 'open'
                when (x.i).sent is not null and (x.i).run is distinct from x.p ->> 'run'
                     and (w.word <> 'moved' or (x.i).op = 'graph.create') then 'open'
                else 'void' end,
           case when (x.i).outcome is null or (x.i).outcome = 'void' then w.word
                else (x.i).outcome end)::calsync.delivery order by x.n)
    from unnest(d) x
   cross join lateral (
     -- Without the journal entry there is no link that a POST could complete.
     select case when x.p ->> 'outcome' = 'done' and (x.i).op = 'graph.create'
                      and (x.i).meeting is null then 'moved'
                 else x.p ->> 'outcome' end as word) w
$$;

-- The keys of what was made, in order.  A key that another meeting has: Graph's event
-- came in before its POST was settled and made a second CRM event.  Ours was first, so
-- it keeps key and copies; the other link ends, and people are told (match_ambiguous).
create or replace function calsync.settle_keys(d calsync.delivery[]) returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  doubles jsonb;
begin
  insert into calsync.meeting_key (uid, original_date, slot, meeting)
  select k.uid, k.date, m.slot, m.id
    from unnest(d) x join calsync.meeting m on m.id = (x.i).meeting
   cross join lateral (
     select x.p #>> '{event,uid}' collate "C" as uid,
            coalesce(x.p #>> '{event,series,original_date}', '') collate "C" as date) k
   where x.outcome = 'done' and (x.i).op = 'graph.create' and k.uid <> ''
     and not calsync.is_series((x.i).doc)
   order by 1, 2, 3
  on conflict do nothing;
  select jsonb_agg(jsonb_build_object('old', k.meeting, 'new', m.id, 'n', x.n))
    into doubles
    from unnest(d) x join calsync.meeting m on m.id = (x.i).meeting
    join calsync.meeting_key k on k.uid = x.p #>> '{event,uid}'
     and k.original_date = coalesce(x.p #>> '{event,series,original_date}', '')
     and k.slot = m.slot
   where x.outcome = 'done' and (x.i).op = 'graph.create' and k.meeting <> m.id
     and not calsync.is_series((x.i).doc);
  if doubles is null then
    return;
  end if;
  perform from calsync.meeting m
    where m.id = any(array(select (b ->> 'old')::bigint from jsonb_array_elements(doubles) b))
    order by m.id for update;
  update calsync.meeting_key k set meeting = (b ->> 'new')::bigint
    from jsonb_array_elements(doubles) b where k.meeting = (b ->> 'old')::bigint;
  update calsync.copy c set meeting = (b ->> 'new')::bigint, digest = null
    from jsonb_array_elements(doubles) b where c.meeting = (b ->> 'old')::bigint;
  update calsync.meeting m
     set state = 'ended', ended = 'match_ambiguous', version = m.version + 1,
         changed = (d[1].p ->> 'now')::timestamptz
    from jsonb_array_elements(doubles) b where m.id = (b ->> 'old')::bigint;
  perform calsync.settle_put(
    array(select jsonb_build_object('crm_id', m.crm_id, 'set',
                                    '{"sync_status":"inactive"}'::jsonb)
            from jsonb_array_elements(doubles) b
            join calsync.meeting m on m.id = (b ->> 'old')::bigint
           where m.crm_id is not null),
    d[1].p ->> 'run', (d[1].p ->> 'now')::timestamptz);
  insert into calsync.log (at, run, account, item, meeting, crm_id, kind, error, stage,
                           code, detail)
  select (x.p ->> 'now')::timestamptz, x.p ->> 'run', (x.i).account, x.p ->> 'item', m.id,
         m.crm_id, 'problem', true, 'apply', 'match_ambiguous',
         'the same event as CRM event ' || coalesce(x.crm_id, '(gone)')
    from jsonb_array_elements(doubles) b
    join unnest(d) x on x.n = (b ->> 'n')::integer
    join calsync.meeting m on m.id = (b ->> 'old')::bigint;
end $$;

-- Writes to the CRM as the sync.  A row that is gone or refuses is no reason to forget
-- a link.
create or replace function calsync.settle_put(items jsonb[], run text, now timestamptz)
returns void
language plpgsql set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
declare
  old constant text := coalesce(current_setting('calsync.origin', true), '');
begin
  if items is null then
    return;
  end if;
  perform set_config('calsync.origin', 'sync', true);
  insert into calsync.log (at, run, crm_id, kind, error, stage, code, sqlstate)
  select now, run, items[p.n] ->> 'crm_id', 'problem', true, 'apply', 'crm_error', p.code
    from calsync.apply_put(items) p where p.code is not null;
  perform set_config('calsync.origin', old, true);
end $$;

-- The link of an online meeting that this op has ticked; null: there is none (yet).
create or replace function calsync.settle_link(x calsync.delivery) returns jsonb
language sql immutable as $$
  select x.p #> '{event,online}'
   where (x.i).doc -> 'set' ? 'online' and x.p #>> '{event,online,url}' <> ''
$$;

-- What the CRM is told: Graph's uid and link of what was made, and that it is synced
-- or no longer so.  Of several copies the first tells, and the last one's end.
create or replace function calsync.settle_crm(d calsync.delivery[]) returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  items jsonb[];
begin
  select array_agg(jsonb_strip_nulls(jsonb_build_object(
           'crm_id', x.crm_id,
           'key', case when (x.i).op = 'graph.create' then jsonb_build_object(
             'uid', x.p #> '{event,uid}',
             'original_date', coalesce(x.p #>> '{event,series,original_date}', '')) end,
           'set', jsonb_build_object(
             'sync_status', case when (x.i).op = 'graph.create' then 'active'
                                 when (x.i).op = 'graph.delete'
                                   or (x.i).doc ->> 'state' = 'ended' then 'inactive' end,
             'online', calsync.settle_link(x)))) order by x.n)
    into items
    from unnest(d) x
   where x.outcome = 'done' and x.crm_id is not null
     and not calsync.is_series((x.i).doc)
     and ((x.i).op in ('graph.create', 'graph.delete') or (x.i).doc ->> 'state' = 'ended'
          or calsync.settle_link(x) is not null)
     and not exists (
       select from calsync.meeting m
        where m.crm_id = x.crm_id and m.id <> (x.i).meeting and m.state = 'active'
          and not exists (select from unnest(d) y
                           where y.outcome = 'done' and (y.i).meeting = m.id
                             and ((y.i).op = 'graph.delete'
                                  or (y.i).doc ->> 'state' = 'ended')))
     and not exists (
       select from unnest(d) y
        where y.outcome = 'done' and y.crm_id = x.crm_id and y.n < x.n
          and (y.i).op = 'graph.create');
  perform calsync.settle_put(items, d[1].p ->> 'run', (d[1].p ->> 'now')::timestamptz);
end $$;

-- Links and copies.  The new CRM base is what the op settled, over what was agreed
-- before; of what was made, over what the CRM shows.
create or replace function calsync.settle_links(d calsync.delivery[]) returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  new_ids text[] := array(select x.crm_id from unnest(d) x
                           where x.outcome = 'done' and x.crm_id is not null
                             and ((x.i).op = 'graph.create'
                                  or calsync.settle_link(x) is not null));
begin
  update calsync.meeting m set
    version = m.version + 1, changed = (x.p ->> 'now')::timestamptz,
    -- What was made again has another uid than before.
    uid = case when (x.i).op = 'graph.create'
               then coalesce(x.p #>> '{event,uid}', m.uid) else m.uid end,
    original_date = case when m.state = 'pending'
      then coalesce(x.p #>> '{event,series,original_date}', '') else m.original_date end,
    state = case when k.ends then 'ended' when m.state = 'pending' then 'active'
                 else m.state end,
    ended = case when k.ends then (x.i).doc #>> '{why,rule}' else m.ended end,
    base_graph = coalesce((coalesce(nullif(x.p -> 'base', 'null'),
                                    (x.i).doc #> '{base,graph}'))::text, m.base_graph),
    base_crm = (coalesce(case when (x.i).op = 'graph.create' then calsync.crm_base(s.doc) end,
                         m.base_crm::jsonb, '{}')
                || coalesce((x.i).doc #> '{base,crm}', '{}')
                || case when calsync.settle_link(x) is not null and s.doc ? 'online'
                        then jsonb_build_object('online', s.doc -> 'online')
                        else '{}' end)::text
    from unnest(d) x
   cross join lateral (
     -- A series that was made again has the links of its dates.
     select (x.i).op = 'graph.delete' or (x.i).doc ->> 'state' is not distinct from 'ended'
            or calsync.is_series((x.i).doc) as ends) k
    left join calsync.snapshot(new_ids) s on s.crm_id = x.crm_id
   where x.outcome = 'done' and m.id = (x.i).meeting;
  insert into calsync.copy as c (account, id, meeting, etag, digest, role, master,
                                 original_date, starts, ends, confirmed)
  select (x.i).account, coalesce(x.p ->> 'item', (x.i).item), (x.i).meeting,
         x.p ->> 'etag', e.digest, 'organizer', e.series ->> 'master',
         coalesce(e.series ->> 'original_date', ''), e.start, e."end",
         (x.p ->> 'now')::timestamptz
    from unnest(d) x
   cross join lateral jsonb_to_record(coalesce(nullif(x.p -> 'event', 'null'), '{}')) e (
     digest text, series jsonb, start timestamptz, "end" timestamptz)
   where x.outcome = 'done' and ((x.i).op in ('graph.create', 'graph.update')
          or ((x.i).op = 'graph.respond' and jsonb_typeof(x.p -> 'event') = 'object'))
     and coalesce(x.p ->> 'item', (x.i).item) is not null
     and not calsync.is_series((x.i).doc)
   order by 2, 1
  on conflict (id, account) do update set
    meeting = excluded.meeting, etag = coalesce(excluded.etag, c.etag),
    digest = excluded.digest, state = 'present',
    starts = coalesce(excluded.starts, c.starts), ends = coalesce(excluded.ends, c.ends),
    confirmed = excluded.confirmed;
  -- What is remembered of it stands for what Graph has now: or a change back to what was
  -- remembered would be taken for known.
  update calsync.seen s set digest = c.digest
    from unnest(d) x join calsync.copy c
      on c.account = (x.i).account and c.id = coalesce(x.p ->> 'item', (x.i).item)
   where x.outcome = 'done' and (x.i).op in ('graph.update', 'graph.respond')
     and s.account = c.account and s.id = c.id and s.digest is distinct from c.digest;
  -- What was made again takes the place of a copy that is gone.
  update calsync.copy c set state = 'gone', digest = null, due = null, waits = null,
         horizon = null, policy_digest = null
    from unnest(d) x
   where x.outcome = 'done' and (x.i).op = 'graph.create'
     and c.account = (x.i).account and c.id = (x.i).doc ->> 'gone';
  update calsync.copy c
     set digest = null, due = null, waits = null, horizon = null, policy_digest = null,
         state = case when (x.i).op = 'graph.delete' and c.account = (x.i).account
                       and c.id = (x.i).item then 'gone' else c.state end
    from unnest(d) x join calsync.meeting m on m.id = (x.i).meeting
   where x.outcome = 'done' and m.state = 'ended' and c.meeting = m.id;
  perform calsync.note_moved((x.i).account, array[(x.i).meeting], (x.p ->> 'now')::timestamptz)
     from unnest(d) x
    where x.outcome = 'done' and (x.i).op = 'graph.update'
      and ((x.i).doc -> 'set' ?| '{start,end,all_day,subject}'
           or jsonb_typeof((x.i).doc -> 'attendees') = 'object');
  perform calsync.note_ended(array(
    select m.id from unnest(d) x join calsync.meeting m on m.id = (x.i).meeting
     where x.outcome = 'done' and m.state = 'ended'));
end $$;

-- A series that was made again: the links of its dates pass to its new uid, each by its
-- original date, and those that had ended because it was gone live again.  Tombstones
-- of dates that the CRM has deleted pass too, and keep them from coming in anew (O-026).
create or replace function calsync.settle_series(x calsync.delivery) returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
#variable_conflict use_variable
declare
  now constant timestamptz := x.p ->> 'now';
  uid constant text := x.p #>> '{event,uid}';
  dates bigint[];
  alive text[];
begin
  dates := array(
    select m.id
      from calsync.meeting m
     where m.id = any(array(
             select k.meeting from calsync.meeting_key k
              where k.uid = (x.i).doc ->> 'dates' and k.original_date <> ''
                and k.slot = coalesce((x.i).doc ->> 'slot', '')))
     order by m.id for update);
  alive := array(
    select e.crm_id
      from calsync.read_events(array(
             select m.crm_id from calsync.meeting m
              where m.id = any(dates) and m.crm_id is not null)) e
     where not e.deleted);
  insert into calsync.meeting_key (uid, original_date, slot, meeting)
  select uid, k.original_date, k.slot, k.meeting
    from calsync.meeting_key k
   where k.meeting = any(dates) and k.uid = (x.i).doc ->> 'dates'
   order by 1, 2, 3
  on conflict do nothing;
  update calsync.copy c set state = 'gone', digest = null
    from calsync.meeting m
   where c.meeting = any(dates) and c.account = (x.i).account and m.id = c.meeting
     and m.state = 'ended';
  perform calsync.settle_put(array(
      select jsonb_build_object(
        'crm_id', m.crm_id,
        'key', jsonb_build_object('uid', uid, 'original_date', m.original_date),
        'set', jsonb_build_object('sync_status', 'active')
               || case when jsonb_typeof(s.doc -> 'series') = 'object' then
                    jsonb_build_object('series', (s.doc -> 'series')
                      || jsonb_build_object('master', uid)) else '{}' end)
        from calsync.meeting m join calsync.snapshot(alive) s on s.crm_id = m.crm_id
       where m.id = any(dates)
         and (m.state = 'active' or m.ended in ('deleted', 'cancelled'))
       order by m.id),
    x.p ->> 'run', now);
  update calsync.meeting m set
    uid = uid, version = m.version + 1, changed = now,
    state = case when k.lives then 'active' else m.state end,
    ended = case when k.lives then null else m.ended end,
    -- What the dates agreed on with their master is what the new one says of them.
    base_graph = case when k.lives
                      then coalesce((m.base_graph::json -> 'planned')::text, m.base_graph)
                      else m.base_graph end,
    base_crm = case when k.lives and json_typeof(m.base_crm::json -> 'series') = 'object'
                    then jsonb_set(m.base_crm::jsonb, '{series,master}', to_jsonb(uid))::text
                    else m.base_crm end
    from (select y.id, y.state = 'ended' and y.ended in ('deleted', 'cancelled')
                       and y.crm_id = any(alive) as lives
            from calsync.meeting y where y.id = any(dates)) k
   where m.id = k.id;
  delete from calsync.seen s
   where s.account = (x.i).account and s.id = (x.i).doc ->> 'gone';
end $$;

-- What is settled: its changes are acknowledged, its holds void, its item is no longer
-- to be read again.
create or replace function calsync.settle_done(d calsync.delivery[]) returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
begin
  perform calsync.settle_keys(d);
  perform calsync.settle_crm(d);
  perform calsync.settle_links(d);
  perform calsync.settle_series(x) from unnest(d) x
    where x.outcome = 'done' and calsync.is_series((x.i).doc);
  perform calsync.settle_marks(d);
  perform calsync.apply_acknowledge(
            array(select unnest((y.i).changes) from unnest(d) y
                   where y.outcome = 'done' and (y.i).account = x.account),
            x.account, d[1].p ->> 'run')
     from (select distinct (z.i).account from unnest(d) z where z.outcome = 'done') x;
  update calsync.hold h set void = (x.p ->> 'now')::timestamptz
    from unnest(d) x
   where x.outcome = 'done' and h.account = (x.i).account
     and h.consumed is null and h.void is null
     and (h.meeting = (x.i).meeting or h.crm_id = x.crm_id
          or ((x.i).op = 'graph.mark' and h.op = 'graph.mark' and h.item = (x.i).item));
  delete from calsync.again g using unnest(d) x
   where x.outcome = 'done' and g.account = (x.i).account
     and g.id in (coalesce(x.p ->> 'item', (x.i).item), (x.i).doc ->> 'gone')
     and (g.reason = 'planned' or not calsync.is_mark((x.i).doc));
  update calsync.account a set last_change = (x.p ->> 'now')::timestamptz
    from (select distinct on ((y.i).account) y.* from unnest(d) y
           where y.outcome = 'done') x
   where a.id = (x.i).account
     and a.last_change is distinct from (x.p ->> 'now')::timestamptz;
end $$;
