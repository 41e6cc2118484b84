-- repeatable
--
-- The built-in CRM as its people see it: members of calsync_user, each under a
-- database role of their own.  They read crm.calendar() and write crm.events, all but
-- what the sync fills in.

set local client_min_messages = warning;

-- Kinds of events: the name that policy's event.type gives, and what is shown.
create table if not exists crm.event_types (
  name text primary key,
  shown text not null
);
insert into crm.event_types values ('meeting', 'Meeting'), ('appointment', 'Appointment'),
  ('CalendarSyncMeeting_System', 'Calendar sync meeting') on conflict do nothing;

-- May this CRM user see all of this event?  Its owner and those who are on it may.
create or replace function crm.on_event(who bigint, event_id bigint, assigned_to bigint)
returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(who = assigned_to, false) or exists (
    select from crm.event_attendees a
     where a.event_id = on_event.event_id and a.user_id = who)
$$;

-- The events as the one who asks may see them.  Private events of others: hidden, or
-- with nothing but their time (private.view).  A function, as a view would stop
-- changes of the table.
create or replace function crm.calendar()
returns table (event_id bigint, assigned_to bigint, starts_at timestamptz, ends_at timestamptz,
  all_day boolean, time_zone text, show_as text, private boolean, subject text,
  description text, location text, activity_type text, type_shown text, online_url text,
  recurring_in_m365 text, sync_status text, editable boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select e.event_id, e.assigned_to, e.starts_at, e.ends_at, e.all_day, e.time_zone,
         e.show_as, e.private,
         case when v.whole then e.subject else 'Private' end,
         case when v.whole then e.description end,
         case when v.whole then e.location end,
         case when v.whole then e.activity_type end,
         case when v.whole then coalesce(t.shown, e.activity_type) end,
         case when v.whole then e.online_url end,
         case when v.whole then e.recurring_in_m365 end,
         e.sync_status,
         v.whole and not (e.series_kind is not distinct from 'master' and e.source = 'sync')
    from crm.events e
    left join crm.event_types t on t.name = e.activity_type
   cross join lateral (select not e.private
       or crm.on_event(calsync.me()::bigint, e.event_id, e.assigned_to) as whole) v
   where not e.deleted and (v.whole or calsync.firm_policy('private.view') = 'masked')
$$;

-- People do not edit what they may not see, nor a series that came from Outlook.
create or replace function crm.guard() returns trigger language plpgsql as $$
begin
  if not (old.private or old.series_kind is not distinct from 'master')
     or not pg_has_role(session_user, 'calsync_user', 'usage')
     or pg_has_role(session_user, 'calsync_write', 'usage') then
    return new;
  end if;
  if old.private and not crm.on_event(calsync.me()::bigint, old.event_id, old.assigned_to) then
    raise exception 'a private event of somebody else' using errcode = '42501';
  end if;
  if old.series_kind = 'master' and old.source = 'sync' then
    raise exception 'a series from Outlook is changed there' using errcode = '42501';
  end if;
  return new;
end $$;
create or replace trigger guard before update on crm.events
  for each row execute function crm.guard();

grant usage on schema crm to calsync_user;
grant select on crm.event_types, crm.users, crm.contacts, crm.contact_emails, crm.accounts,
  crm.resources to calsync_user;
revoke execute on function crm.calendar() from public;
grant execute on function crm.calendar() to calsync_user;
grant select (event_id), insert (assigned_to, subject, description, starts_at, ends_at, all_day,
    time_zone, location, show_as, private, reminder_set, reminder_at, online_meeting,
    activity_type, kind, status, categories, send_invitations, account_id, contact_id),
  update (assigned_to, subject, description, starts_at, ends_at, all_day, time_zone, location,
    show_as, private, reminder_set, reminder_at, online_meeting, activity_type, kind, status,
    categories, send_invitations, account_id, contact_id, deleted)
  on crm.events to calsync_user;
grant select (event_id, email), insert, update, delete on crm.event_attendees to calsync_user;
grant usage on sequence crm.events_event_id_seq to calsync_user;
