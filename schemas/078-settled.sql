-- repeatable
--
-- Delivery, second half (076): what was not done, the log, and the call itself.

-- How often in a row Graph has said yes to a write of this meeting and changed nothing.
create or replace function calsync.settle_tries(i calsync.intent) returns integer
language sql stable as $$
  select 1 + coalesce((
    select case y.outcome when 'not_applied' then y.tries else 0 end
      from calsync.intent y
     where case when calsync.is_mark((i).doc)
                then y.account = (i).account and y.item = (i).item and y.op = (i).op
                else y.meeting = (i).meeting end
       and y.id < (i).id and y.outcome <> 'void'
     order by y.id desc limit 1), 0)
$$;

-- What was not done comes again: by its changes, and by its item.  What Graph refused,
-- or ignored twice, pauses.
create or replace function calsync.settle_back(d calsync.delivery[]) returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  now constant timestamptz := d[1].p ->> 'now';
  pauses jsonb;
begin
  delete from calsync.meeting m using unnest(d) x
   where x.outcome in ('void', 'refused') and m.id = (x.i).meeting and m.state = 'pending';
  select jsonb_agg(jsonb_build_object(
           'crm_id', x.crm_id, 'item', (x.i).item, 'account', (x.i).account,
           'changes', (x.i).changes, 'policy_digest', (x.i).policy_digest,
           'outcome', x.outcome,
           'reason', case x.outcome when 'refused' then 'graph_error' else x.word end,
           'mark', calsync.is_mark((x.i).doc),
           'due', case when x.outcome = 'refused' then now + interval '1 day'
                       when x.outcome = 'not_applied' and (x.i).tries > 1
                       then now + interval '1 day' else now end))
    into pauses
    from unnest(d) x where x.outcome in ('void', 'refused', 'not_applied');
  if calsync.run_copies(d[1].p ->> 'run') then
    perform calsync.apply_share(
              array(select jsonb_array_elements_text(b -> 'changes')::bigint
                      from jsonb_array_elements(pauses) b
                     where (b ->> 'due')::timestamptz > now
                       and (b ->> 'account')::bigint = x.account), x.account)
       from (select distinct (z.i).account from unnest(d) z) x;
  end if;
  perform calsync.apply_sleep((
    select jsonb_agg(b) from jsonb_array_elements(pauses) b
     where (b ->> 'due')::timestamptz > now and jsonb_array_length(b -> 'changes') > 0),
    calsync.run_copies(d[1].p ->> 'run'));
  perform calsync.apply_pend(array(
    select b ->> 'crm_id' from jsonb_array_elements(pauses) b
     where b ->> 'item' is null));
  insert into calsync.again as g (account, id, calendar, reason, due, tries, since)
  select b.account, b.item,
         calsync.calendar_of(b.account, b.item),
         b.reason, b.due, 1, now
    from jsonb_to_recordset(pauses) b (account bigint, item text, reason text,
           due timestamptz, outcome text, changes bigint[], mark boolean)
   where b.item is not null
     and (b.outcome <> 'refused' or cardinality(b.changes) = 0)
     -- What an event waits for goes before its categories.
     and not (b.mark and exists (
           select from calsync.again y
            where y.id = b.item and y.account = b.account and y.reason <> 'planned'))
   order by b.account, b.item
  on conflict (id, account) do update
    set reason = excluded.reason, tries = g.tries + 1, due = excluded.due;
end $$;

-- One row of kind op per outcome; beside it a problem for what people should look at.
create or replace function calsync.settle_log(d calsync.delivery[]) returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
begin
  insert into calsync.log (at, run, account, item, meeting, crm_id, kind, error, stage,
                           code, outcome, rule, evidence, policy, detail)
  select (x.p ->> 'now')::timestamptz, x.p ->> 'run', (x.i).account,
         coalesce(x.p ->> 'item', (x.i).item),
         coalesce(m.id, calsync.marked_meeting((x.i).doc, (x.i).account::text, (x.i).item)),
         x.crm_id, l.kind, l.error, 'apply', l.code,
         x.word, (x.i).doc #>> '{why,rule}', (x.i).doc #>> '{why,evidence}',
         (x.i).doc #>> '{why,policy}',
         nullif(concat_ws(', ', 'status ' || (x.p ->> 'status'), x.p ->> 'code',
                          'request ' || (x.p ->> 'request_id'),
                          case when (x.p ->> 'found')::boolean then 'found' end), '')
    from unnest(d) x left join calsync.meeting m on m.id = (x.i).meeting
   cross join lateral (
     values ('op', (x.i).op, false),
            ('problem', case x.outcome when 'refused' then 'graph_error'
                                       when 'not_applied' then 'not_applied'
                                       else 'unknown' end, true)) l(kind, code, error)
   where x.outcome <> 'kept'
     and (l.kind = 'op' or x.outcome = 'refused' or x.word = 'unknown'
          or (x.outcome = 'not_applied' and (x.i).tries > 1))
   order by x.n, l.kind;
  -- Of private events no value is kept.
  insert into calsync.lost (log, field, side, value)
  select l.id, f.key, coalesce((x.i).doc ->> 'lost_side', 'graph'), f.value
    from unnest(d) x
    join calsync.meeting m on m.id = (x.i).meeting
   cross join lateral (
     select max(y.id) as id from calsync.log y
      where y.meeting = m.id and y.run = x.p ->> 'run' and y.kind = 'op'
        and y.code = (x.i).op) l
   cross join lateral jsonb_each((x.i).doc -> 'lost') f
   where x.outcome = 'done' and jsonb_typeof((x.i).doc -> 'lost') = 'object'
     and coalesce(m.base_crm::json ->> 'sensitivity', 'normal') = 'normal'
     and coalesce(m.base_graph::json ->> 'sensitivity', 'normal') = 'normal';
end $$;

-- Of our categories, done: the copy, or what is remembered of the skipped event, is as Graph has it now;
-- and where the base was made from this copy, its categories.
create or replace function calsync.settle_marks(d calsync.delivery[]) returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  x record;
begin
  for x in
    select (y.i).account as account, (y.i).item as item, y.p ->> 'etag' as etag,
           y.p #>> '{event,digest}' as digest, y.p #> '{event,categories}' as categories
      from unnest(d) y
     where y.outcome = 'done' and (y.i).op = 'graph.mark'
     order by 2, 1
  loop
    update calsync.meeting m
       set base_graph = (m.base_graph::jsonb || jsonb_strip_nulls(jsonb_build_object(
             'categories', x.categories,
             'digest', case when m.base_graph::json ->> 'digest' = c.digest
                            then x.digest end)))::text
      from calsync.copy c
     where c.account = x.account and c.id = x.item and m.id = c.meeting
       and json_typeof(m.base_graph::json) = 'object'
       and (m.base_graph::json ->> 'account')::bigint = x.account;
    -- A copy that is to be looked at for another reason stays so.
    update calsync.copy c
       set etag = coalesce(x.etag, c.etag),
           digest = case when c.digest is not null then x.digest end
     where c.account = x.account and c.id = x.item;
    update calsync.seen s set digest = x.digest
     where s.account = x.account and s.id = x.item and s.digest is not null
       and x.digest is not null;
  end loop;
end $$;

-- In one transaction; may be repeated.  What was settled keeps no content.
create or replace function calsync.intent_settle(list json)
returns table (n integer, result json)
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  d calsync.delivery[];
begin
  d := calsync.settle_judge(calsync.intent_read(list::jsonb));
  if d is null then
    return;
  end if;
  update calsync.intent i set tries = case x.outcome when 'open' then i.tries + 1
                                                     else calsync.settle_tries(x.i) end
    from unnest(d) x where i.id = (x.i).id and x.outcome in ('open', 'not_applied');
  select array_agg(row(x.n, x.p, now_so, x.crm_id, x.outcome, x.word)::calsync.delivery
                   order by x.n)
    into d from unnest(d) x join calsync.intent now_so on now_so.id = (x.i).id;
  if exists (select from unnest(d) x where x.outcome = 'done') then
    perform calsync.settle_done(d);
  end if;
  if exists (select from unnest(d) x
              where x.outcome in ('void', 'refused', 'not_applied')) then
    perform calsync.settle_back(d);
  end if;
  perform calsync.settle_log(d);
  update calsync.intent i
     set outcome = nullif(x.outcome, 'open'), looked = x.p ->> 'run',
         status = (x.p ->> 'status')::integer, code = x.p ->> 'code',
         wrote = case when x.outcome = 'done' and jsonb_typeof(i.doc -> 'set') = 'object'
                      then array(select jsonb_object_keys(i.doc -> 'set')) end,
         request_id = x.p ->> 'request_id', item = coalesce(x.p ->> 'item', i.item),
         settled = case when x.outcome <> 'open' then (x.p ->> 'now')::timestamptz end,
         -- Certainly not sent: no mail, and no link.
         sent = case when x.outcome <> 'void' or i.run is distinct from x.p ->> 'run'
                     then i.sent end,
         meeting = case when x.outcome in ('void', 'refused') then m.id
                        else i.meeting end,
         body = case when x.outcome = 'open' then i.body end,
         doc = case when x.outcome = 'open' then i.doc else calsync.bare_op(i.doc) end
    from unnest(d) x left join calsync.meeting m on m.id = (x.i).meeting
   where i.id = (x.i).id and x.outcome <> 'kept';
  return query
    select x.n, json_build_object(
             'outcome', x.word, 'crm_id', x.crm_id, 'meeting', i.meeting,
             'error', x.outcome = 'refused' or (x.outcome = 'not_applied' and i.tries > 1))
      from unnest(d) x join calsync.intent i on i.id = (x.i).id order by x.n;
end $$;
