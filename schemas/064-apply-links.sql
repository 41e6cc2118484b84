-- repeatable
--
-- apply_page's links: meetings, copies, bases, and which copy decides.

-- Of each of these meetings the copy that decides now.
create or replace function calsync.deciding_copy(meetings bigint[])
returns table (meeting bigint, account bigint, id text, calendar text, role text)
language sql stable as $$
  select m.meeting, d.account, d.id, d.calendar, d.role
    from unnest(meetings) m(meeting)
   cross join lateral (
     select c.account, c.id, c.calendar, c.role
       from calsync.copy c
      where c.meeting = m.meeting and c.state = 'present'
        and exists (select from calsync.account a
                     where a.id = c.account and a.synced_xid is not null)
      order by (c.role <> 'organizer'), c.account, c.id limit 1) d
$$;

-- These links end, or have a copy less: what seems to be a mirror of one of them, and
-- waits for that in `seen`, is looked at again.  It waits for the text digest of uid
-- and original date, as others do for an address.
create or replace function calsync.note_ended(meetings bigint[]) returns void
language sql as $$
  insert into calsync.person_change (xid, address)
  select pg_current_xact_id(), calsync.text_digest(m.uid || E'\n' || m.original_date)
    from calsync.meeting m where m.id = any(meetings)
$$;

-- What another program's copy of an event is known by, beside its uid.
create or replace function calsync.looks(base jsonb) returns jsonb
language sql immutable as $$
  select jsonb_build_array(base -> 'start', base -> 'end', base -> 'all_day', base -> 'subject',
                           jsonb_path_query_array(base, '$.attendees[*].address'))
$$;

-- These look otherwise now.  What seems to be a mirror of one of them in this mailbox is
-- looked at again in an hour, and is none unless the other program has followed.
create or replace function calsync.note_moved(this bigint, meetings bigint[],
                                              now timestamptz) returns void
language sql set enable_seqscan = off set jit = off as $$
  update calsync.seen s set due = now + interval '1 hour'
   where s.account = this
     and s.id in (
       select y.id
         from (select calsync.text_digest(m.uid || E'\n' || m.original_date) as name
                 from calsync.meeting m where m.id = any(meetings)) k
        cross join lateral (
          select x.id, x.account, x.reason from calsync.seen x
           where x.waits @> array[k.name] offset 0) y
        where y.account = this and y.reason = 'suspected_mirror')
$$;

-- Links, copies and bases, and with a copy what time or a new contact may change in its
-- event: no op that is done leaves what it waited for before.  A copy that came to decide
-- without having brought its content is read again in the next run; so is the one that
-- decides after a copy has gone.
--
-- `bases`: the new Graph base of each op, as JSON; null: it has none.
create or replace function calsync.apply_links(w calsync.work[], o jsonb[], bases text[],
                                               shown text[], page jsonb)
returns void
language plpgsql set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off set timezone = 'UTC' as $$
declare
  this constant bigint := page ->> 'account';
  cal constant text := coalesce(page ->> 'calendar', '');
  now constant timestamptz := page ->> 'now';
  policy constant text := coalesce(page ->> 'policy_digest', '');
  horizon constant xid8 := calsync.apply_horizon(this, cal);
  ours constant text[] := calsync.adopted_copies(w);
  moved bigint[];
  newcomers bigint[];
  left_by bigint[];
begin
  if exists (select from unnest(w) x where o[x.n] ? 'former') then
    perform calsync.apply_turned(w, o, this);
  end if;
  insert into calsync.meeting (id, uid, original_date, slot, crm_id, owner, rank,
                               born, made_run, made, changed, base_graph, base_crm)
  select x.meeting, o[x.n] #>> '{key,uid}', coalesce(o[x.n] #>> '{key,original_date}', ''),
         coalesce(o[x.n] #>> '{key,slot}', ''), x.crm_id, x.owner, coalesce(x.rank, 0),
         -- What the CRM had already is no copy, unless the sync has made it once.
         case when (x.content and x.op <> 'link.adopt') or x.crm_id = any(ours)
              then 'graph' else 'both' end,
         -- What was adopted was made in no run: no create takes it over.
         case when x.op = 'link.adopt' then '' else page ->> 'run' end, now, now,
         case when x.content or x.op = 'link.adopt'
              then bases[x.n] end, shown[x.n]
    from unnest(w) x where x.fresh and x.outcome is null;
  -- What was taken for refused was done, and mailed whom it was to mail.
  if exists (select from unnest(w) x where x.op = 'link.adopt' and x.outcome is null
              and o[x.n] #>> '{why,rule}' = 'same_key') then
    update calsync.intent i set outcome = 'done', meeting = x.meeting, item = x.id
      from unnest(w) x
     where x.op = 'link.adopt' and x.outcome is null
       and o[x.n] #>> '{why,rule}' = 'same_key'
       and i.id = (select max(y.id) from calsync.intent y
                    where y.account = this and y.crm_id = x.crm_id
                      and y.op = 'graph.create' and y.outcome = 'refused');
  end if;
  delete from calsync.meeting_key where ctid = any(array(
    select k.ctid from unnest(w) x
     cross join lateral (
       select y.ctid from calsync.meeting_key y
        where y.uid = o[x.n] #>> '{key,uid}'
          and y.original_date = coalesce(o[x.n] #>> '{key,original_date}', '')
          and y.slot = coalesce(o[x.n] #>> '{key,slot}', '') and y.meeting = x.meeting
       offset 0) k
     where x.fresh and x.outcome is not null));
  if exists (select from unnest(w) x where x.fresh and o[x.n] ? 'meeting') then
    -- Refused: the tombstone has its key again.  Else its other copies follow.
    insert into calsync.meeting_key (uid, original_date, slot, meeting)
    select m.uid, m.original_date, m.slot, m.id
      from unnest(w) x join calsync.meeting m on m.id = (o[x.n] ->> 'meeting')::bigint
     where x.fresh and x.outcome in ('failed', 'limit')
    on conflict do nothing;
    update calsync.copy c set meeting = x.meeting
      from unnest(w) x
     where x.fresh and x.outcome is null and c.meeting = (o[x.n] ->> 'meeting')::bigint;
  end if;
  if exists (select from unnest(w) x
              where x.content and not x.fresh and x.outcome is null) then
    moved := array(
      select m.id from unnest(w) x join calsync.meeting m on m.id = x.meeting
       where x.content and not x.fresh and x.outcome is null and x.op <> 'link.copy'
         and calsync.looks(bases[x.n]::jsonb) <> calsync.looks(m.base_graph::jsonb));
    if moved <> '{}' then
      perform calsync.note_moved(this, moved, now);
    end if;
    update calsync.meeting m set
      version = m.version + 1, changed = now,
      owner = coalesce(x.owner, m.owner), rank = least(m.rank, x.rank),
      state = case x.op when 'crm.delete' then 'ended'
                        when 'link.end' then coalesce(o[x.n] ->> 'state', 'ended')
                        when 'link.copy' then m.state else 'active' end,
      ended = case when x.op in ('crm.delete', 'link.end') then o[x.n] #>> '{why,rule}' end,
      base_graph = case when x.op = 'link.copy' then m.base_graph
                        else coalesce(bases[x.n], m.base_graph) end,
      base_crm = coalesce(calsync.kept_base(shown[x.n], m.base_crm, o[x.n] -> 'pending'),
                          m.base_crm)
      from unnest(w) x
     where x.content and not x.fresh and x.outcome is null and m.id = x.meeting;
    update calsync.copy c set due = null, waits = null, horizon = null, policy_digest = null
      from unnest(w) x
     where x.content and not x.fresh and x.outcome is null
       and coalesce(jsonb_typeof(o[x.n] -> 'copy'), 'null') = 'null'
       and c.account = this and c.id = x.id and num_nonnulls(c.policy_digest) = 1;
  end if;

  -- Plain joins and refreshed copies, whose copy is new here or has a new role.
  newcomers := array(
    select x.meeting from unnest(w) x
     where x.outcome is null
       and (x.op = 'link.copy'
            or (x.op = 'crm.create' and not x.content)
            or (x.op = 'link.adopt' and not x.content and not x.fresh))
       and not exists (select from calsync.copy c
                        where c.account = this and c.id = x.id and c.meeting = x.meeting
                          and c.state = 'present' and c.role = o[x.n] #>> '{copy,role}'));
  -- Meetings whose deciding copy is about to go.
  left_by := array(
    select d.meeting
      from calsync.deciding_copy(array(
             select x.meeting from unnest(w) x
              where x.op = 'link.drop' and x.outcome is null)) d
      join unnest(w) x on x.meeting = d.meeting and x.op = 'link.drop'
       and x.outcome is null and d.account = this and d.id = x.id
      -- Of a tombstone nothing is decided.
      join calsync.meeting m on m.id = d.meeting and m.state <> 'ended');

  insert into calsync.copy as c (account, id, meeting, calendar, etag, digest, raw,
                                 role, master, original_date, starts, ends, confirmed,
                                 due, waits, horizon, policy_digest)
  select distinct on (x.id)
         this, x.id, x.meeting,
         case when o[x.n] ? 'by_id' then calsync.apply_place(this, x.id, cal) else cal end,
         k.etag, k.digest, calsync.raw_of(k.digest, k.raw), coalesce(k.role, 'attendee'),
         k.master, coalesce(k.original_date, ''), k.start, k."end", now,
         t.due, nullif(t.waits, '{}'), case when t.op is not null then horizon end,
         case when t.op is not null then policy end
    from unnest(w) x
   cross join lateral jsonb_to_record(o[x.n] -> 'copy') as k (
     etag text, digest text, raw bigint, role text, master text, original_date text,
     start timestamptz, "end" timestamptz)
   cross join lateral jsonb_to_record(case
     when (x.content or x.op = 'link.adopt') and o[x.n] ? 'due' then o[x.n] end) as t (
     op text, due timestamptz, waits text[])
   where x.outcome is null and jsonb_typeof(o[x.n] -> 'copy') = 'object'
   order by x.id, x.n desc
  on conflict (id, account) do update set
    meeting = excluded.meeting, calendar = excluded.calendar, etag = excluded.etag,
    digest = excluded.digest, raw = coalesce(excluded.raw, c.raw),
    role = excluded.role, state = 'present',
    master = excluded.master, original_date = excluded.original_date,
    starts = excluded.starts, ends = excluded.ends, confirmed = excluded.confirmed,
    due = excluded.due, waits = excluded.waits, horizon = excluded.horizon,
    policy_digest = excluded.policy_digest;
  if exists (select from unnest(w) x where x.outcome is null
              and x.op in ('link.drop', 'crm.delete', 'link.end')) then
    update calsync.copy c set state = 'gone', digest = null, confirmed = now,
           due = null, waits = null, horizon = null, policy_digest = null
      from unnest(w) x
     where x.outcome is null and c.account = this and c.id = x.id
       and (x.op = 'link.drop'
            or (x.op = 'crm.delete' and coalesce(jsonb_typeof(o[x.n] -> 'copy'), 'null') = 'null'));
    -- The copies of a tombstone are looked at once more and then remembered as
    -- skipped; they must not count as known by themselves.
    update calsync.copy c set digest = null, due = null, waits = null, horizon = null,
           policy_digest = null
      from unnest(w) x
     where x.outcome is null and c.meeting = x.meeting
       and (x.op = 'crm.delete'
            or (x.op = 'link.end' and coalesce(o[x.n] ->> 'state', 'ended') = 'ended'));
    perform calsync.note_ended(array(
      select x.meeting from unnest(w) x
       where x.outcome is null
         and (x.op in ('link.drop', 'crm.delete')
              or (x.op = 'link.end' and coalesce(o[x.n] ->> 'state', 'ended') = 'ended'))));
  end if;

  if cardinality(newcomers) > 0 or cardinality(left_by) > 0 then
    insert into calsync.again as g (account, id, calendar, reason, due, since)
    select d.account, d.id, d.calendar, 'deciding', now, now
      from (select * from calsync.deciding_copy(newcomers) y
             where y.account = this and exists (select from unnest(w) x where x.id = y.id)
            union
            select * from calsync.deciding_copy(left_by)) d
     order by d.account, d.id
    on conflict (id, account) do update
      set reason = excluded.reason, due = least(g.due, excluded.due);
  end if;
end $$;
