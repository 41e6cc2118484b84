-- What people type into the CRM.
update crm.events set starts_at = '2026-11-24T15:00Z', ends_at = '2026-11-24T16:00Z' where subject = 'Annual review';
with made as (
  insert into crm.events (assigned_to, subject, starts_at, ends_at, time_zone, location)
    select u.user_id, x.subject, x.starts, x.starts + interval '1 hour', u.time_zone, x.place
      from (values ('ann@firm.test', 'Pitch', '2026-12-03T10:00Z'::timestamptz, 'Client''s office'),
                   ('bob@firm.test', 'Kick-off', '2026-12-07T14:00Z', 'Boardroom')) x(owner, subject, starts, place)
      join crm.users u on u.email = x.owner
  returning event_id)
insert into crm.event_attendees (event_id, email, name, contact_id)
  select m.event_id, e.email, concat_ws(' ', c.first_name, c.last_name), c.contact_id
    from made m, crm.contacts c join crm.contact_emails e using (contact_id)
   where e.email in ('xia@client.test', 'yan@client.test');
