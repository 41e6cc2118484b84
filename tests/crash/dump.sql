-- Both worlds, without what counts up: the CRM and calsync's state, by natural
-- keys.  Two runs ended alike if this is equal.
\pset format unaligned
\pset tuples_only on
set timezone = 'UTC';
select 'event', e.external_id, e.original_date, e.assigned_to, e.subject, e.description,
       e.starts_at, e.ends_at, e.location, e.show_as, e.private, e.reminder_at,
       e.status, e.sync_status, e.deleted,
       (select string_agg(concat_ws('/', a.email, a.response, a.user_id, a.contact_id), ' ' order by a.email)
          from crm.event_attendees a where a.event_id = e.event_id)
  from crm.events e order by e.external_id, e.original_date, e.assigned_to, e.event_id;
select 'meeting', m.uid, m.original_date, m.slot, m.owner, m.state, m.born, m.ended,
       m.base_graph::jsonb, m.base_crm::jsonb, e.external_id
  from calsync.meeting m left join crm.events e on e.event_id::text = m.crm_id
 order by m.uid, m.original_date, m.slot;
select 'copy', c.account, c.id, m.uid, c.etag, c.digest, c.role, c.state, c.starts, c.due,
       (select string_agg(w, ' ' order by w) from unnest(c.waits) w), c.policy_digest
  from calsync.copy c left join calsync.meeting m on m.id = c.meeting
 order by c.account, c.id;
select 'seen', s.account, s.id, s.uid, s.digest, s.reason, s.due,
       (select string_agg(w, ' ' order by w) from unnest(s.waits) w)
  from calsync.seen s order by s.account, s.id;
select 'again', g.account, g.id, g.reason from calsync.again g order by g.account, g.id;
select 'cursor', k.account, k.calendar, k.link, k.window_start, k.resume
  from calsync.cursor k order by k.account, k.calendar;
select 'account', a.id, a.first, a.health from calsync.account a order by a.id;
select 'change', count(*) from calsync.change;
