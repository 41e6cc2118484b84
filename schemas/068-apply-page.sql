-- repeatable
--
-- apply_page itself, the log and the results.

-- Codes and ids, never a record.  A skip is logged when its reason is new.
create or replace function calsync.apply_log(w calsync.work[], o jsonb[],
                                             bases text[], shown text[], page jsonb)
returns void
language plpgsql set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
declare
  this constant bigint := page ->> 'account';
  cal constant text := page ->> 'calendar';
  now constant timestamptz := page ->> 'now';
  run constant text := page ->> 'run';
begin
  insert into calsync.log (at, run, account, calendar, item, meeting, crm_id, kind, error,
                           stage, code, outcome, sqlstate, rule, evidence, policy)
  select now, run, this, cal, x.id, x.meeting,
         case when x.op = 'link.adopt' then x.crm_id end,
         'op', coalesce(x.outcome = 'failed', false),
         'apply', x.op, calsync.outcome_word(x), x.code,
         o[x.n] #>> '{why,rule}',
         case when x.op = 'link.adopt' then calsync.differs_text(o[x.n])
              else o[x.n] #>> '{why,evidence}' end,
         o[x.n] #>> '{why,policy}'
    from unnest(w) x;
  -- Of private events no value is kept.
  if exists (select from unnest(w) x where o[x.n] ? 'lost' and x.outcome is null) then
    insert into calsync.lost (log, field, side, value)
    select l.id, f.key, coalesce(o[x.n] ->> 'lost_side', 'crm'), f.value
      from unnest(w) x
     cross join lateral (
       select max(y.id) as id from calsync.log y
        where y.meeting = x.meeting and y.item = x.id and y.run = run) l
     cross join lateral jsonb_each(o[x.n] -> 'lost') f
     where jsonb_typeof(o[x.n] -> 'lost') = 'object' and x.outcome is null
       and coalesce(shown[x.n]::json ->> 'sensitivity', 'normal') = 'normal'
       and coalesce(bases[x.n]::json ->> 'sensitivity', 'normal') = 'normal';
  end if;
  insert into calsync.log (at, run, account, calendar, item, meeting, crm_id, kind, error,
                           stage, code, rule, evidence, policy, detail)
  select now, run, this, cal, s.id, null::bigint, s.crm_id, 'skip',
         coalesce(s.error, false), 'reconcile', s.reason, y.rule, y.evidence, y.policy, null
    from jsonb_to_recordset(page -> 'skips')
         s (id text, crm_id text, reason text, error boolean, new boolean, why jsonb)
   cross join lateral jsonb_to_record(coalesce(s.why, '{}'))
         as y (rule text, evidence text, policy text)
   where s.new and (s.reason not in ('removed', 'cancelled', 'series_master', 'unchanged')
                    -- What stays in the CRM is told.
                    or s.reason = 'unchanged' and y.evidence is not null)
     -- Nobody but the log remembers the last reason of a CRM event.
     and (s.id is not null or s.reason is distinct from (
            select l.code from calsync.log l
             where l.crm_id = s.crm_id order by l.id desc limit 1))
  union all
  select now, run, this, cal, p.id, null, p.crm_id, 'problem', true, p.stage, p.code,
         null, null, null, p.detail
    from jsonb_to_recordset(page -> 'problems')
         p (id text, crm_id text, stage text, code text, detail text)
   where p.code <> 'late_op'
     and not (p.code = 'no_mailbox' and p.id is null and exists (
       select from calsync.account a where a.id = this and a.health is not null))
     -- A row of the CRM is told about once.
     and (p.id is not null or p.crm_id is null or p.code is distinct from (
            select l.code from calsync.log l
             where l.crm_id = p.crm_id order by l.id desc limit 1))
  union all
  select now, run, this, cal, x.id, x.meeting, null, 'problem', false, 'reconcile',
         note, null, null, null, null
    from unnest(w) x
   cross join lateral jsonb_array_elements_text(o[x.n] #> '{why,notes}') note
   where x.outcome is null and x.content and note <> 'url_too_long'
  union all
  -- What the adapter really left out.
  select now, run, this, cal, x.id, x.meeting, null, 'problem', false, 'apply',
         'url_too_long', null, null, null, null
    from unnest(w) x
   where x.outcome is null and shown[x.n] is not null
     and case when char_length(o[x.n] #>> '{set,online,url}')
                   > (select (a.limits ->> 'online_url')::integer from calsync.adapter a)
              then shown[x.n]::json #>> '{online,url}' is null end;
end $$;

create or replace function calsync.outcome_word(x calsync.work) returns text
language sql immutable as $$
  select coalesce((x).outcome, case
    when (x).op = 'link.adopt' then case when (x).fresh then 'adopted' else 'joined' end
    when (x).op <> 'crm.create' or (x).fresh then 'done'
    when (x).content then 'took_over' else 'joined' end)
$$;

-- Each side's value is its base, so the difference stays; people can see it here.
create or replace function calsync.differs_text(o jsonb) returns text
language sql immutable as $$
  select concat_ws('; ', o #>> '{why,evidence}',
    (select 'differs: ' || string_agg(d, ', ')
       from jsonb_array_elements_text(o -> 'differs') d))
$$;

-- Whether an op is about Graph, and not about the CRM and the links.
create or replace function calsync.goes_out(op text) returns boolean
language sql immutable as $$
  select op = 'hold' or starts_with(op, 'graph.')
$$;

-- Statistics for our own tables, once early in a first load.  Only one session at
-- a time: ANALYZE's lock must not make two pages wait for each other.
create or replace function calsync.analyze_once() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if (select c.reltuples < 0 and pg_relation_size(c.oid) > 1000000
        from pg_class c where c.oid = 'calsync.copy'::regclass)
     and pg_try_advisory_xact_lock(x'ca15'::integer, 0) then
    analyze calsync.meeting, calsync.meeting_key, calsync.copy, calsync.seen,
            calsync.again;
    perform calsync.adapter_analyze();
  end if;
end $$;

-- The Graph bases of these ops: of the lines those with their places, or as they have them.
create or replace function calsync.page_bases(o jsonb[], places integer[] default null,
                                              bases text default null) returns text[]
language plpgsql immutable as $$
declare
  lines constant text[] := string_to_array(bases, E'\n');
begin
  if bases is null then
    return array(select nullif(i.o #> '{base,graph}', 'null')::text
                   from unnest(o) with ordinality i(o, n) order by i.n);
  elsif cardinality(lines) = cardinality(o) then
    return array_replace(lines, '', null);
  end if;
  return array(select nullif(lines[p.place], '')
                 from unnest(places) with ordinality p(place, n) order by p.n);
end $$;

create or replace function calsync.with_bases(o jsonb[], bases text[]) returns jsonb[]
language sql immutable as $$
  select array_agg(case when b.base is null then i.o
                        else i.o || jsonb_build_object('base', jsonb_build_object(
                               'graph', b.base::jsonb)) end order by i.n)
    from unnest(o) with ordinality i(o, n) join unnest(bases) with ordinality b(base, n)
         using (n)
$$;

-- docs/stream.md section 8: (n, result) per op, in order.  What goes out (`writes`) is
-- only planned here, after what the same candidates write to the CRM.
--
-- Plans are generic from the start, here and in all that is called: making one for each
-- page costs more than it can save.  For the same reason what is called once a page is
-- plpgsql: a function in SQL that is not put into its caller is planned at each call.
--
-- `bases`: the Graph bases of the ops, a line each, empty where it has none: they are kept
-- as they come, and so need not be made part of the page.  Null: the ops have them.
create or replace function calsync.apply_page(page jsonb, bases text default null)
returns table (n integer, result json)
language plpgsql set timezone = 'UTC' set enable_seqscan = off set jit = off
set plan_cache_mode = force_generic_plan as $$
declare
  p jsonb := page;
  this constant bigint := p ->> 'account';
  -- A page that has nothing of the CRM's side pays nothing for it, nor one without
  -- these for what is made, and for limit.per_day.
  goes_out boolean;
  two_way boolean;
  has_places boolean;
  has_people boolean;
  has_files boolean;
  limited boolean;
  o jsonb[];
  places integer[];
  writes jsonb[];
  write_places integer[];
  kept text[];
  shown text[];
  w calsync.work[];
  ours boolean;
  planned json[];
  made json[];
  made_places integer[];
begin
  perform calsync.apply_check_cursor(p);
  -- The ops are most of a page; the steps below do not carry them along.
  o := array(select jsonb_array_elements(p -> 'ops'));
  p := p - 'ops';
  select coalesce(bool_or(calsync.goes_out(e ->> 'op')), false),
         coalesce(bool_or(e ->> 'op' = 'crm.location.create'), false),
         coalesce(bool_or(e ->> 'op' = 'crm.person.create'), false),
         coalesce(bool_or(e ? 'files'), false),
         coalesce(bool_or(e #>> '{limits,day}' is not null), false),
         coalesce(bool_or(e ?| '{crm_id,changes}'), false)
    into goes_out, has_places, has_people, has_files, limited, two_way
    from unnest(o) e;
  two_way := two_way or goes_out or exists (
    select from jsonb_array_elements(p -> 'skips') s where s ?| '{crm_id,changes}')
    or exists (select from jsonb_array_elements(p -> 'problems') s where s ? 'crm_id');
  if has_places or has_people then
    select array_agg(x.n order by m.op, x.n), array_agg(x.line order by m.op, x.n)
      into made_places, made
      from (select e.o ->> 'op' as op, array_agg(e.n::integer order by e.n) as n,
                   array_agg(e.o order by e.n) as o
              from unnest(o) with ordinality e(o, n)
             where e.o ->> 'op' in ('crm.location.create', 'crm.person.create')
             group by 1 order by 1) m
     cross join lateral unnest(m.n, calsync.apply_makes(m.op, m.o, p)) x(n, line);
  end if;
  if goes_out or has_places or has_people then
    select array_agg(i.o order by i.n) filter (where not i.out),
           array_agg(i.n::integer order by i.n) filter (where not i.out),
           array_agg(i.o order by i.n) filter (where i.out),
           array_agg(i.n::integer order by i.n) filter (where i.out)
      into o, places, writes, write_places
      from (select e.o, e.n, calsync.goes_out(e.o ->> 'op') as out
              from unnest(o) with ordinality e(o, n)
             where e.o ->> 'op' not in ('crm.location.create', 'crm.person.create')) i;
  elsif o = '{}' then
    o := null;
  else
    places := array(select generate_series(1, cardinality(o)));
  end if;
  if o is not null then
    kept := calsync.page_bases(o, places, bases);
    if has_places or has_people then
      o := calsync.with_bases(o, kept);
      if has_places then
        o := calsync.apply_rooms(o);
      end if;
      if has_people then
        o := calsync.apply_people(o);
      end if;
      kept := calsync.page_bases(o);
    end if;
    select r.w, r.ours into w, ours from calsync.apply_read(o, this) r;
    if not ours then
      w := calsync.apply_resolve(w, o, this, p ->> 'run');
    end if;
    if limited then
      w := calsync.apply_limit(w, o, p);
    end if;
    select k.w, k.shown into w, shown from calsync.apply_crm(w, o) k;
    if limited then
      perform calsync.apply_spent(w, o, p);
    end if;
    shown := calsync.apply_shown(w, shown);
  end if;
  perform calsync.apply_skips(p);
  -- Before the links: they may ask for an item again.
  perform calsync.apply_settle(w, p);
  if o is not null then
    perform calsync.apply_links(w, o, kept, shown, p);
    perform calsync.apply_wake(w, p);
    if has_files then
      perform calsync.apply_files(w, o, p);
    end if;
  end if;
  if p ? 'known' then
    perform calsync.apply_known(p);
  end if;
  if p ? 'places' then
    perform calsync.apply_places(o, p);
  end if;
  perform calsync.apply_log(w, o, kept, shown, p);
  if two_way then
    perform calsync.apply_changes(w, o, p);
  end if;
  perform calsync.apply_health(p);
  perform calsync.apply_signin(p);
  if w is not null and calsync.run_copies(p ->> 'run') then
    perform calsync.apply_tell_others(w);
  end if;
  perform calsync.apply_void_holds(w, writes, p);
  perform calsync.apply_void_planned(p);
  planned := calsync.apply_outward(writes, w, p);
  perform calsync.apply_move_cursor(p);
  if exists (select from unnest(w) x where x.outcome is null) then
    update calsync.account a set last_change = (p ->> 'now')::timestamptz
     where a.id = this
       and a.last_change is distinct from (p ->> 'now')::timestamptz;
  end if;
  perform calsync.analyze_once();
  return query
    select r.place, r.line from (
      select places[x.n] as place, calsync.result_line(x, o[x.n]) as line from unnest(w) x
      union all
      select u.place, u.line from unnest(write_places, planned) u(place, line)
      union all
      select u.place, u.line from unnest(made_places, made) u(place, line)) r
     order by r.place;
end $$;

create or replace function calsync.result_line(x calsync.work, o jsonb) returns json
language sql stable as $$
  select ('{"type":"result","op":' || to_json((x).op) || ',"id":' || coalesce(to_json((x).id)::text, 'null')
    || ',"meeting":' || coalesce(to_json(case when (x).outcome is not null and (x).fresh
                                   then null else (x).meeting end)::text, 'null')
    || ',"crm_id":' || coalesce(to_json((x).crm_id)::text, 'null')
    || ',"outcome":' || to_json(calsync.outcome_word(x))
    || case when (x).code is not null then ',"code":' || to_json((x).code) else '' end
    || ',"why":' || coalesce(o ->> 'why', 'null') || '}')::json
$$;
