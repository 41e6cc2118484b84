-- repeatable
--
-- A single event that is made a series in Outlook keeps its Graph id, as the master's,
-- and its first date is an event of its own; where the rule is taken off again the
-- master is a single event, and the dates are gone.  The link follows the content: it
-- gets another key, (uid, date) or (uid, ''), and another copy, and the CRM's event
-- stays what it is.

-- The link that was this event's while it was of the other kind, and the Graph id of the
-- copy that it has in this mailbox (former; null: none).  `first` is the local date of
-- the start: of a single event, or that with which the series begins, of the member
-- with that original date; no other member is asked about.  Of several dates that of the
-- same start goes on, else the first.
--
-- Found by the Graph id of the master and by the uid: Exchange may give another uid, and
-- another mailbox may know the meeting.
create or replace function calsync.turned_from(
  account bigint, id text, uid text, original_date text, slots text[], first text,
  master text)
returns table (meeting bigint, former text)
language plpgsql stable set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
declare
  this constant bigint := account;
  single constant boolean := coalesce(original_date, '') = '';
begin
  return query
  select m.id, c.id
    from (select y.meeting, 0 as rank from calsync.copy y
           where single and y.master = id and y.account = this and y.state = 'present'
          union
          select y.meeting, 0 from calsync.copy y
           where not single and y.id = master and y.account = this
          union
          select k.meeting, 1 from calsync.meeting_key k
           where k.uid = uid and k.slot = any(slots)
             and (k.original_date = '') <> single) f
    join lateral (select x.* from calsync.meeting x where x.id = f.meeting offset 0) m
      on m.state not in ('ended', 'pending') and (m.original_date = '') <> single
     and m.base_graph::json #>> '{series,kind}' is distinct from 'master'
    left join lateral (
      select y.id from (select x.* from calsync.copy x where x.meeting = m.id offset 0) y
       where y.account = this and y.original_date = m.original_date
       order by (y.state <> 'present'), y.id limit 1) c on true
   order by f.rank, (single and m.original_date <> first), m.original_date, m.id
   limit 1;
end $$;

-- apply_page's part of it.  Of those that are done the old key is given up, and the copy
-- goes whose content the link has under another id now; of the others the new key is.
create or replace function calsync.apply_turned(w calsync.work[], o jsonb[], this bigint)
returns void
language plpgsql set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off as $$
begin
  delete from calsync.copy c
   using unnest(w) x
   where x.outcome is null and o[x.n] ? 'former' and c.account = this
     and c.id = o[x.n] ->> 'former' and c.meeting = x.meeting and c.id <> x.id;
  -- A mirror of it waits for the end of the old key.
  perform calsync.note_ended(array(
    select x.meeting from unnest(w) x
     where x.outcome is null and o[x.n] ?& '{key,former}'));
  delete from calsync.meeting_key k
   using unnest(w) x, calsync.meeting m
   where x.outcome is null and o[x.n] ?& '{key,former}' and m.id = x.meeting
     and k.uid = m.uid and k.original_date = m.original_date and k.slot = m.slot
     and k.meeting = m.id
     and (k.uid, k.original_date, k.slot) is distinct from
         (o[x.n] #>> '{key,uid}', o[x.n] #>> '{key,original_date}',
          o[x.n] #>> '{key,slot}');
  delete from calsync.meeting_key k
   using unnest(w) x
   where x.outcome is not null and o[x.n] ?& '{key,former}'
     and k.uid = o[x.n] #>> '{key,uid}'
     and k.original_date = o[x.n] #>> '{key,original_date}'
     and k.slot = o[x.n] #>> '{key,slot}' and k.meeting = x.meeting
     and not exists (select from calsync.meeting m
                      where m.id = x.meeting and m.uid = k.uid
                        and m.original_date = k.original_date and m.slot = k.slot);
  update calsync.meeting m
     set uid = o[x.n] #>> '{key,uid}', original_date = o[x.n] #>> '{key,original_date}',
         slot = o[x.n] #>> '{key,slot}'
    from unnest(w) x
   where x.outcome is null and o[x.n] ?& '{key,former}' and m.id = x.meeting;
end $$;
