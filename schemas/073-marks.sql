-- repeatable
--
-- Our categories on a copy (op graph.mark).  It is about one copy, linked or not, and
-- about no meeting: no version, no change of the CRM and no link hangs on it.  So it
-- carries neither meeting nor CRM id, and it never takes the place of what an event
-- waits for in `again`.

create or replace function calsync.is_mark(o jsonb) returns boolean
language sql immutable as $$
  select coalesce(o ->> 'op' = 'graph.mark' or o #>> '{held,op}' = 'graph.mark', false)
$$;

-- The meeting of the copy, for the log.
create or replace function calsync.marked_meeting(o jsonb, account text, item text)
returns bigint
language sql stable as $$
  select c.meeting from calsync.copy c
   where calsync.is_mark(o) and c.account = marked_meeting.account::bigint
     and c.id = marked_meeting.item
$$;

-- The CRM refused what stands before it, in this page or an earlier one: then what it
-- says for that case is written.  What has moved comes again anyway.  A hold is listed
-- with its meeting.
create or replace function calsync.marks_judge(p calsync.plan[], page jsonb)
returns calsync.plan[]
language plpgsql stable set enable_seqscan = off set jit = off as $$
declare
  this constant bigint := page ->> 'account';
begin
  if not exists (select from unnest(p) x where calsync.is_mark(x.o)) then
    return p;
  end if;
  return (
    select array_agg(row(
             x.n,
             case when x.op = 'graph.mark' and g.reason = 'crm_error' and x.o ? 'failed'
                  then x.o || jsonb_build_object('categories', x.o -> 'failed')
                  else x.o end,
             x.op, x.id,
             case when x.op = 'hold' and calsync.is_mark(x.o)
                  then calsync.marked_meeting(x.o, page ->> 'account', x.id)
                  else x.meeting end,
             x.crm_id,
             case when x.op = 'graph.mark' and x.outcome is null
                       and (g.reason in ('moved', 'limit')
                            or (g.reason = 'crm_error' and not x.o ? 'failed'))
                  then 'moved' else x.outcome end,
             x.intent, x.fresh, x.version, x.digest)::calsync.plan order by x.n)
      from unnest(p) x
      left join calsync.again g
        on calsync.is_mark(x.o) and g.id = x.id and g.account = this);
end $$;

-- Read again, unless that is to be done for another reason: what is planned and never
-- sent is wanted still.
create or replace function calsync.marks_again(p calsync.plan[], page jsonb) returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
begin
  insert into calsync.again (account, id, calendar, reason, due, tries, since)
  select (page ->> 'account')::bigint, x.id, coalesce(page ->> 'calendar', ''),
         min(x.outcome), (page ->> 'now')::timestamptz, 1, (page ->> 'now')::timestamptz
    from unnest(p) x
   where x.op = 'graph.mark' and x.outcome in ('planned', 'moved', 'incomplete')
   group by x.id order by x.id
  on conflict (id, account) do nothing;
end $$;
