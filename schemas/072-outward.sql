-- repeatable
--
-- apply_page's way out: writes to Graph become planned intents, in the transaction that
-- moves the section's cursor; what was held is listed for people.  Nothing is
-- acknowledged by planning.

do $$
begin
  if to_regtype('calsync.plan') is null then
    create type calsync.plan as (
      n integer,            -- 1-based place among the writes
      o jsonb,              -- the op
      op text,
      id text,              -- Graph id
      meeting bigint,
      crm_id text,
      outcome text,         -- planned, held, moved, incomplete
      intent bigint,        -- or the hold
      fresh boolean,        -- a hold that was not there
      version integer,      -- of the link, and the digest of the CRM's state, after what
      digest text           -- this page wrote
    );
  end if;
end $$;

-- What of an op may stay when it was settled: not what people wrote.
create or replace function calsync.bare_op(o jsonb) returns jsonb
language sql immutable as $$
  select o - '{set,attendees,categories,failed,colors,base,was,lost}'::text[]
$$;

-- A link that forbids another event for this CRM event: a living one of the same slot,
-- or one for all.
create or replace function calsync.has_link(crm_id text, slot text) returns boolean
language sql stable as $$
  select exists (
    select from calsync.meeting m
     where m.crm_id = has_link.crm_id and m.state <> 'ended'
       and (m.slot = coalesce(has_link.slot, '') or m.slot = ''
            or coalesce(has_link.slot, '') = ''))
$$;

-- What makes a series again, or holds that, stands for the removal of its master, which
-- no change of the CRM would bring.
create or replace function calsync.is_series(o jsonb) returns boolean
language sql immutable as $$ select o ? 'dates' $$;

-- What is remembered of the series is there until it was made again.  A link forbids
-- nothing here: dates before the window keep theirs.
create or replace function calsync.is_made_again(account bigint, o jsonb)
returns boolean
language sql stable as $$
  select calsync.is_series(o) and not exists (
    select from calsync.seen s
     where s.account = is_made_again.account and s.id = o ->> 'gone'
       and s.series is not null)
$$;

-- Whether each write may still be planned: the link's version is the expected one (one
-- more if the same candidate wrote to the CRM in this page), and so is the CRM's state.
create or replace function calsync.outward_judge(writes jsonb[], w calsync.work[], page jsonb)
returns calsync.plan[]
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  -- A mark stands in a section whose end nobody has seen.
  mark constant boolean := not (page #>> '{cursor,complete}')::boolean;
  p calsync.plan[];
  ids text[];
begin
  select array_agg(row(
           u.n, u.o, u.o ->> 'op', u.o ->> 'id', (u.o ->> 'meeting')::bigint,
           coalesce(u.o ->> 'crm_id', m.crm_id),
           case when u.o ->> 'op' = 'hold' then
                  case when c.failed
                         or (u.o ->> 'meeting' is not null
                             and m.version is distinct from
                                 (u.o #>> '{expect,version}')::integer + c.done)
                       then 'moved' end
                when mark then 'incomplete'
                when c.failed then 'moved'
                when u.o ->> 'meeting' is null then null
                when m.id is null or m.state in ('ended', 'pending')
                     or m.version is distinct from
                        (u.o #>> '{expect,version}')::integer + c.done
                     or exists (select from calsync.intent i
                                 where i.meeting = m.id and i.outcome is null)
                  then 'moved' end,
           null, false, m.version,
           case when c.done = 0 then u.o #>> '{expect,digest}' end)::calsync.plan
         order by u.n)
    into p
    from unnest(writes) with ordinality u(o, n)
    left join lateral (
      select y.* from calsync.meeting y
       where y.id = (u.o ->> 'meeting')::bigint offset 0) m on true
   cross join lateral (
      select coalesce(bool_or(x.outcome is not null), false) as failed,
             count(*) filter (where x.outcome is null and x.content) as done
        from unnest(w) x
       where x.id = u.o ->> 'id' and x.meeting = (u.o ->> 'meeting')::bigint) c;
  ids := array(select distinct x.crm_id from unnest(p) x
                where x.outcome is null and x.crm_id is not null);
  return (
    select array_agg(row(
             x.n, x.o, x.op, x.id, x.meeting, x.crm_id,
             case when x.outcome is not null then x.outcome
                  -- Of what was edited since nothing is listed that nobody would do.
                  when x.op = 'hold' then
                    case when x.digest <> coalesce(d.digest, '') then 'moved' end
                  when x.digest <> coalesce(d.digest, '')
                    or x.turn > 1
                    or (x.op = 'graph.create' and x.meeting is null
                        and ((not calsync.is_series(x.o)
                              and calsync.has_link(x.crm_id, x.o ->> 'slot'))
                             or calsync.is_made_again((page ->> 'account')::bigint, x.o)
                             or exists (select from calsync.intent i
                                         where i.crm_id = x.crm_id and i.outcome is null
                                           and (i.doc ->> 'slot') is not distinct from
                                               (x.o ->> 'slot'))))
                    then 'moved' end,
             x.intent, x.fresh, x.version,
             case when x.o #>> '{expect,digest}' is not null then d.digest end)::calsync.plan
           order by x.n)
      from (select y.*, row_number() over (
                     partition by y.op = 'hold', y.op = 'graph.mark',
                                  coalesce(y.meeting::text, y.crm_id, y.id),
                                  y.meeting is null order by y.n) as turn
              from unnest(p) y) x
      left join (select s.crm_id, calsync.crm_digest(s.doc) as digest
                   from calsync.snapshot(ids) s) d on d.crm_id = x.crm_id);
end $$;

-- Holds that are listed already are left alone.
create or replace function calsync.outward_hold(p calsync.plan[], page jsonb)
returns calsync.plan[]
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  this constant bigint := page ->> 'account';
  now constant timestamptz := page ->> 'now';
begin
  select array_agg(row(
           x.n, x.o, x.op, x.id, x.meeting, x.crm_id,
           case when x.op = 'hold' and x.outcome is null then 'held' else x.outcome end,
           case when x.op = 'hold' and x.outcome is null
                then coalesce(h.id, nextval('calsync.hold_id_seq')) end,
           x.op = 'hold' and x.outcome is null and h.id is null,
           x.version, x.digest)::calsync.plan order by x.n)
    into p
    from unnest(p) x
    left join lateral (
      select y.id from calsync.hold y
       where x.op = 'hold' and y.account = this
         and y.consumed is null and y.void is null
         and (y.meeting = x.meeting or y.crm_id = x.crm_id
              or (calsync.is_mark(x.o) and y.item = x.id))
         and y.op = x.o #>> '{held,op}' and y.digest = x.o #>> '{held,digest}'
       order by y.id limit 1) h on true;
  -- Another digest: what was released was something else.
  update calsync.hold y set void = now
    from unnest(p) x
   where x.outcome = 'held' and y.account = this and y.consumed is null and y.void is null
     and (y.meeting = x.meeting or y.crm_id = x.crm_id
          or (calsync.is_mark(x.o) and y.item = x.id)) and y.id <> x.intent;
  insert into calsync.hold (id, meeting, crm_id, account, item, op, fields, digest, mail,
                            reason, rule, evidence, policy, made)
  select x.intent, x.meeting, x.crm_id, this, x.id, x.o #>> '{held,op}',
         array(select jsonb_array_elements_text(x.o #> '{held,fields}')),
         x.o #>> '{held,digest}',
         array(select jsonb_array_elements_text(x.o #> '{held,mail}')),
         x.o ->> 'reason', x.o #>> '{why,rule}', x.o #>> '{why,evidence}',
         x.o #>> '{why,policy}', now
    from unnest(p) x where x.fresh;
  return p;
end $$;

create or replace function calsync.outward_plan(p calsync.plan[], page jsonb)
returns calsync.plan[]
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  made jsonb;
begin
  select array_agg(row(
           x.n, x.o || jsonb_build_object('expect', jsonb_build_object(
             'version', x.version, 'digest', x.digest)),
           x.op, x.id, x.meeting, x.crm_id, coalesce(x.outcome, 'planned'),
           case when x.outcome is null then nextval('calsync.intent_id_seq')
                else x.intent end,
           x.fresh, x.version, x.digest)::calsync.plan order by x.n)
    into p from unnest(p) x;
  -- An event that was only listed comes again, unless this settles it.
  select jsonb_object_agg(c.crm_id, c.seq) into made
    from calsync.apply_pend(array(
           select x.crm_id from unnest(p) x
            where x.id is null and not calsync.is_series(x.o))) c;
  insert into calsync.intent (id, run, account, meeting, crm_id, item, op, doc, place,
                              transaction_id, mail, changes, hold, policy_digest, made)
  select x.intent, page ->> 'run', (page ->> 'account')::bigint, x.meeting, x.crm_id, x.id,
         x.op, x.o, concat_ws(' ', x.o ->> 'start', coalesce(x.id, x.crm_id)),
         gen_random_uuid()::text,
         array(select jsonb_array_elements_text(x.o -> 'mail')),
         array(select jsonb_array_elements_text(x.o -> 'changes')::bigint
               union select (made ->> x.crm_id)::bigint where made ? x.crm_id),
         (x.o ->> 'hold')::bigint, coalesce(page ->> 'policy_digest', ''),
         (page ->> 'now')::timestamptz
    from unnest(p) x where x.outcome = 'planned' order by x.n;
  return p;
end $$;

-- An item is read again unless a change of the CRM brings it anyway: what was planned
-- and is never sent, and what is held, must come to be decided on again.
create or replace function calsync.outward_again(p calsync.plan[], page jsonb) returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  this constant bigint := page ->> 'account';
  now constant timestamptz := page ->> 'now';
  cal constant text := coalesce(page ->> 'calendar', '');
begin
  delete from calsync.again g using unnest(p) x
   where g.account = this and g.id = x.id and x.outcome in ('planned', 'held')
     and not calsync.is_mark(x.o);
  insert into calsync.again as g (account, id, calendar, reason, due, tries, since)
  select this, i.id, cal, min(x.outcome), now, 1, now
    from unnest(p) x
   cross join lateral (
     select case when calsync.is_series(x.o) then coalesce(x.id, x.o ->> 'gone')
                 else x.id end as id) i
   where i.id is not null and not calsync.is_mark(x.o)
     and (x.outcome in ('moved', 'incomplete')
          or (x.outcome = 'planned' and (calsync.is_series(x.o) or not exists (
                select from calsync.change c where c.crm_id = x.crm_id))))
   group by i.id order by i.id
  on conflict (id, account) do update
    set reason = excluded.reason, tries = g.tries + 1, due = excluded.due;
  perform calsync.marks_again(p, page);
  if exists (select from unnest(p) x
              where x.outcome = 'held' and x.id is not null
                and not calsync.is_mark(x.o)) then
    perform calsync.apply_skips(page || jsonb_build_object('skips', (
      select coalesce(jsonb_agg(jsonb_build_object(
               'id', x.id, 'uid', m.uid, 'original_date', m.original_date,
               'digest', null, 'reason', x.o -> 'reason', 'due', page -> 'now',
               'waits', '[]'::jsonb)), '[]')
        from unnest(p) x left join calsync.meeting m on m.id = x.meeting
       where x.outcome = 'held' and x.id is not null and not calsync.is_mark(x.o)
         and (calsync.is_series(x.o)
              or not exists (select from calsync.change c where c.crm_id = x.crm_id)))));
  end if;
end $$;

-- The result lines, by place; null without writes.
create or replace function calsync.apply_outward(writes jsonb[], w calsync.work[], page jsonb)
returns json[]
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  p calsync.plan[];
begin
  if writes is null then
    return null;
  end if;
  p := calsync.outward_judge(writes, w, page);
  p := calsync.marks_judge(p, page);
  p := calsync.outward_hold(p, page);
  p := calsync.outward_plan(p, page);
  perform calsync.outward_again(p, page);
  insert into calsync.log (at, run, account, calendar, item, meeting, crm_id, kind, stage,
                           code, outcome, rule, evidence, policy)
  select (page ->> 'now')::timestamptz, page ->> 'run', (page ->> 'account')::bigint,
         page ->> 'calendar', x.id,
         coalesce(x.meeting, calsync.marked_meeting(x.o, page ->> 'account', x.id)),
         x.crm_id, 'op', 'apply', x.op, x.outcome,
         x.o #>> '{why,rule}', x.o #>> '{why,evidence}', x.o #>> '{why,policy}'
    from unnest(p) x where x.outcome <> 'held' or x.fresh order by x.n;
  return (
    select array_agg((
             '{"type":"result","op":' || to_json(x.op)
             || ',"id":' || coalesce(to_json(x.id)::text, 'null')
             || ',"meeting":' || coalesce(x.meeting::text, 'null')
             || ',"crm_id":' || coalesce(to_json(x.crm_id)::text, 'null')
             || ',"outcome":' || to_json(x.outcome)
             || case x.outcome when 'planned' then ',"intent":' || x.intent
                               when 'held' then ',"hold":' || x.intent else '' end
             || ',"why":' || coalesce(x.o ->> 'why', 'null') || '}')::json order by x.n)
      from unnest(p) x);
end $$;
