-- repeatable
--
-- What match asks for the sake of mirrors: linked events that are like these.

-- Linked events of this mailbox that are equal to these: start, end, all_day, subject
-- and guests, of which there are some (docs/stream.md, section 4).  A link's base is
-- what they were when they were last read.  Arrays of one length: `places` are the n of
-- match_context.
create or replace function calsync.match_alike(
  account bigint, places integer[], starts text[], stops text[], all_days boolean[],
  subjects text[], guests json[])
returns table (n integer, alike json)
language plpgsql stable set enable_seqscan = off set jit = off set timezone = 'UTC'
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
declare
  calendars constant text[] := array(select k.calendar from calsync.cursor k
                                      where k.account = account and k.kind = 'events'
                                     union select '');
begin
  return query
  with asked as materialized (
    select i.*, i.start::timestamptz as begins,
           case when i.all_day then interval '1 day' else '0' end as off
      from unnest(places, starts, stops, all_days, subjects, guests)
           i(n, start, stop, all_day, subject, guests))
  select a.n, json_agg(json_build_object('meeting', f.id, 'crm_id', f.crm_id,
                         'id', f.copy, 'uid', f.uid, 'original_date', f.original_date)
                       order by f.id, f.copy)
    from asked a
   -- Copies first, and by time: in order, as only the index for that gives them, which
   -- the planner would not take for a table that is empty still.
   cross join lateral (
     select m.id, m.crm_id, m.uid, m.original_date, c.id as copy
       from unnest(calendars) k(calendar)
      cross join lateral (
        select x.id, x.meeting from calsync.copy x
         where x.calendar = k.calendar and x.account = account and x.state = 'present'
           and x.starts between a.begins - a.off and a.begins + a.off
         order by x.starts limit 200) c
      cross join lateral (
        select y.*, y.base_graph::json as base
          from calsync.meeting y where y.id = c.meeting offset 0) m
      where m.state not in ('ended', 'pending')
        and m.base ->> 'start' = a.start and m.base ->> 'end' = a.stop
        and (m.base ->> 'all_day')::boolean = a.all_day
        and m.base ->> 'subject' = a.subject
        and array(select distinct g.a from json_array_elements_text(a.guests) g(a)
                   order by 1) = array(
              select distinct g.e ->> 'address'
                from json_array_elements(m.base -> 'attendees') g(e)
               where g.e ->> 'address' <> '' order by 1)
      order by m.id, c.id limit 20) f
   group by a.n;
end $$;
