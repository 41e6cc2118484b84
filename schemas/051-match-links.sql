-- repeatable
--
-- What match asks of events that something is known of.

-- Everything about these events that hangs on a link, a key or a remembered skip: members
-- of the doc of match_context, which calls it only for those that have any of these, and
-- `addresses`, those of the people in `relations`.
create or replace function calsync.match_links(account bigint, asked calsync.asked[],
                                               at timestamptz)
returns table (n integer, linked boolean, link json, base json, crm jsonb, seen json,
               owner json, in_flight json, guid text, turned json, series_as text,
               relations json, addresses text[], holds json, series_gone jsonb,
               series_left bigint, wrote json)
language plpgsql stable set enable_seqscan = off set jit = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
begin
  return query
  with item as materialized (
    select a.* from unnest(asked) a),
  linked as materialized (
    select i.n, t.meeting is not null as has_turned, t.former, m.*
      from item i
      left join lateral (select c.meeting from calsync.copy c
                          where c.account = account and c.id = i.id offset 0) own on true
      left join lateral (
        select k.id from unnest(i.slots) with ordinality s(slot, o)
         cross join lateral (
           select x.meeting as id from calsync.meeting_key x
            where x.uid = i.uid and x.original_date = coalesce(i.original_date, '')
              and x.slot = s.slot offset 0) k
         order by s.o limit 1) keyed on own.meeting is null
      left join lateral (
        select f.meeting, f.former
          from calsync.turned_from(account, i.id, i.uid, i.original_date, i.slots,
                                   i.first, i.master) f
         where own.meeting is null and keyed.id is null and i.first is not null
        offset 0) t on true
     cross join lateral (
       select x.*, x as m from calsync.meeting x
        where x.id = coalesce(own.meeting, keyed.id, t.meeting) offset 0) m),
  series_gone as materialized (
    select g.* from (
      select i.n, s.series ->> 'uid' as uid, s.series, f.crm_id, f.last
        from item i
        join calsync.seen s on s.account + 0 = account and s.id = i.id
       cross join lateral calsync.series_stands(account, s.series ->> 'uid') f
       where i.uid is null and s.series is not null offset 0) g
     where g.crm_id is not null),
  crm as materialized (
    select s.crm_id, s.doc
      from calsync.snapshot(array(select l.crm_id from linked l where l.crm_id is not null
                                  union select g.crm_id from series_gone g)) s),
  -- Dates of a series that the CRM has no more; of their series, those that it has.
  dropped as materialized (
    select l.n, l.uid, l.slot from linked l left join crm c on c.crm_id = l.crm_id
     where l.original_date <> '' and (c.doc is null or (c.doc ->> 'deleted')::boolean)),
  series as materialized (
    select k.uid, k.slot, m.crm_id
      from (select distinct d.uid, d.slot from dropped d) s
      join calsync.meeting_key k on k.uid = s.uid and k.slot = s.slot
      join calsync.meeting m on m.id = k.meeting),
  left_over as materialized (
    select s.uid, s.slot, count(e.crm_id) as dates
      from series s
      left join calsync.read_events(array(
        select x.crm_id from series x where x.crm_id is not null)) e
        on e.crm_id = s.crm_id and not e.deleted
     group by s.uid, s.slot),
  relation as materialized (
    select r.*
      from calsync.match_relations(array(select c.crm_id from crm c order by 1),
                                   array(select c.doc from crm c order by c.crm_id)) r)
  select i.n, l.id is not null,
         calsync.link_json(l.m, o.id, d.mine, d.copies),
         case when l.id is not null then json_build_object(
           'graph', l.base_graph::json, 'crm', l.base_crm::json) end,
         c.doc,
         -- What waits as a link was looked at and found to be as it is.
         coalesce(
           (select json_build_object('reason', s.reason, 'digest', s.digest)
              from calsync.seen s where s.account + 0 = account and s.id = i.id),
           (select json_build_object('reason', 'unchanged', 'digest', c.digest)
              from calsync.copy c
             where c.account = account and c.id = i.id
               and num_nonnulls(c.policy_digest) = 1)),
         case when o.id is not null then json_build_object(
           'account', o.id, 'since', calsync.instant(o.since),
           'public', case when o.graph_user like 'groups/%' then true end,
           'settings', (select coalesce(json_object_agg(s.key, s.value order by s.key), '{}')
                          from calsync.setting s where s.account = o.id)) end,
         case when z.n is null then u.in_flight
              else coalesce(calsync.series_sent(z.uid), u.in_flight) end,
         case when i.guid then (
           select g.guid from calsync.crm_guid(array[l.crm_id]) g) end,
         case when l.has_turned then json_build_object('former', l.former) end,
         -- As a limit: EXISTS could be answered by hashing all keys.
         case when l.id is null and (
           select true from calsync.meeting_key k where k.uid = i.uid limit 1)
           then calsync.series_as(account, i.uid) end,
         r.people, r.addresses, u.holds,
         case when z.n is not null then
           z.series || jsonb_build_object('last', calsync.instant(z.last), 'crm_id', z.crm_id,
                                          'owner_account', account) end,
         (select f.dates from dropped p
            join left_over f on f.uid = p.uid and f.slot = p.slot
           where p.n = i.n),
         -- By field the last write to Graph that named it, within a day.
         (select json_object_agg(p.name, p.id order by p.name)
            from (select f.name, max(y.id) as id
                    from calsync.intent y cross join lateral unnest(y.wrote) f(name)
                   where y.meeting = l.id and y.op = 'graph.update'
                     and y.sent > at - interval '24 hours'
                   group by f.name) p)
    from item i
    left join linked l on l.n = i.n
    left join series_gone z on z.n = i.n and l.id is null
    left join crm c on c.crm_id = coalesce(l.crm_id, z.crm_id)
    left join relation r on r.crm_id = coalesce(l.crm_id, z.crm_id)
    left join lateral (
      select y.* from calsync.under_way(l.id, coalesce(l.crm_id, z.crm_id)) y
       where l.id is not null or z.n is not null offset 0) u on true
    left join lateral (
      select a.id, a.since, a.graph_user from calsync.account a where a.crm_user = l.owner
       order by (a.synced_xid is null), (not a.is_primary), a.id limit 1) o on true
    left join lateral (
      -- The organizer's copy decides, else the lowest account's, among those that
      -- are present in a mailbox that is synced; this one counts as present, and its
      -- mailbox as synced: the event may have been asked for by name.
      select json_agg(json_build_object('account', x.account, 'id', x.id,
                                        'role', x.role, 'state', x.state,
                                        'original_date', x.original_date)
                      order by x.account, x.id) as copies,
             (array_agg(x.account = account and x.id = i.id
                        order by (x.role <> 'organizer'), x.account, x.id)
              filter (where (x.state = 'present' or (x.account = account and x.id = i.id))
                        and (x.account = account or exists (
                              select from calsync.account a
                               where a.id = x.account
                                 and a.synced_xid is not null))))[1] as mine
        from (select c.account, c.role,
                     -- The copy that it was counts as this one.
                     case when c.account = account and c.id = l.former then i.id
                          else c.id end as id,
                     case when c.account = account and c.id = l.former then 'present'
                          else c.state end as state,
                     case when c.account = account and c.id = l.former then ''
                          else c.original_date end as original_date
                from calsync.copy c where c.meeting = l.id) x) d on true;
end $$;
