-- repeatable
--
-- The adapter of the built-in CRM (builtin-crm.sql): the functions of the contract,
-- 020-contract.sql, and what of its tables is watched.  Another CRM is one such file.
--
-- Each statement can be run again: calsync-setup applies this file whenever it
-- has changed.

set local client_min_messages = warning;

insert into calsync.adapter (crm, version, holds, limits) values (
  'builtin', '1',
  '{uid,subject,body,start,end,zone,all_day,location,show_as,sensitivity,reminder,
    online,recurrence,recurrence_text,series,event_type,kind,sync_status,
    send_invites,origin,cancelled,categories,created,modified,attendees,rooms,
    primary,related}',
  '{"subject": 255, "body": 32000, "location": 255, "recurrence_text": 255,
    "online_url": 255, "file": 10485760}')
on conflict (only_one) do update
  set crm = excluded.crm, version = excluded.version, holds = excluded.holds,
      limits = excluded.limits;

create or replace function calsync.crm_user()
returns table (user_id text, email text, name text, time_zone text, active boolean,
               category text)
language sql stable as $$
  select u.user_id::text, lower(u.email), u.name, u.time_zone, u.active, u.category
    from crm.users u
$$;

-- One row per address.  The smallest rank is the one that counts when an address
-- belongs to several people; a user and a contact may share one.
create or replace function calsync.crm_person()
returns table (email text, person text, id text, name text, type text,
               private boolean, field text, rank integer)
language sql stable as $$
  select lower(u.email), 'user', u.user_id::text, u.name, null::text, false, 'email', 0
    from crm.users u where u.active
  union all
  select lower(e.email), 'user', u.user_id::text, u.name, null, false, e.label, 1
    from crm.user_emails e join crm.users u using (user_id) where u.active
  union all
  select lower(e.email), c.kind, c.contact_id::text,
         concat_ws(' ', c.first_name, c.last_name), c.type, c.private, e.label,
         case c.kind when 'contact' then 10 else 20 end + e.rank
    from crm.contact_emails e join crm.contacts c using (contact_id) where c.active
$$;

create or replace function calsync.crm_domains() returns table (low text, high text)
language sql stable as $$
  select least((select min(split_part(lower(u.email), '@', 2)) from crm.users u),
               (select min(split_part(lower(e.email), '@', 2)) from crm.user_emails e)),
         greatest((select max(split_part(lower(u.email), '@', 2)) from crm.users u),
                  (select max(split_part(lower(e.email), '@', 2)) from crm.user_emails e))
$$;

create or replace function calsync.crm_resource()
returns table (id text, email text, name text, active boolean)
language sql stable as $$
  select r.resource_id::text, lower(r.email), btrim(r.name), r.active
    from crm.resources r
$$;

-- The lead's or contact's page, else the event's own.
create or replace function crm.event_page(event_id bigint, contact_id bigint) returns text
language plpgsql stable as $$
#variable_conflict use_variable
begin
  return (select s.url from crm.site s)
         || coalesce((select '/' || c.kind || '/' || c.contact_id from crm.contacts c
                       where c.contact_id = contact_id), '/event/' || event_id);
end $$;

-- A row as the contract has it, put into the query that calls it; `zone`: its owner's.
-- Each member has the collation that calsync.event gives it, or the row would be made
-- for a single member.
create or replace function crm.event_out(e crm.events, zone text)
returns setof calsync.event language sql stable as $$
  select e.event_id::text, e.external_id collate "default", e.assigned_to::text, e.subject, e.description,
         e.starts_at, e.ends_at, e.time_zone, e.all_day, e.location,
         case e.show_as when 'Busy' then 'busy'
                        when 'OutOfOffice' then 'oof' when 'Elsewhere' then 'oof'
                        else 'free' end,
         case when e.private then 'private' else 'normal' end,
         case when e.reminder_set then greatest(0, least(floor(date_part('epoch',
           case when e.all_day
                then e.starts_at at time zone 'UTC' at time zone zone
                else e.starts_at end - e.reminder_at) / 60), 2147483647))::integer end,
         case when e.online_meeting then jsonb_build_object(
           'provider', 'teamsForBusiness', 'url', e.online_url) end,
         e.recurrence_rule, e.recurring_in_m365,
         case when e.series_kind <> 'single' then jsonb_build_object(
           'kind', e.series_kind, 'master', e.series_id,
           'original_date', nullif(e.original_date, '')) end,
         e.activity_type, e.kind, lower(e.sync_status), e.send_invitations, e.source,
         e.status = 'Cancelled', e.deleted, e.categories, e.created_at, e.modified_at,
         case when (select s.url from crm.site s) is not null
              then crm.event_page(e.event_id, e.contact_id) end
$$;

create or replace function crm.attendee_out(a crm.event_attendees, contact text)
returns setof calsync.attendee language sql stable as $$
  select a.event_id::text,
         case when a.kind = 'resource' and a.email like 'resource:%' then null
              else a.email end,
         a.name,
         case a.kind when 'resource' then null else a.kind end,
         a.response,
         case when a.kind = 'resource' then 'resource'
              when a.user_id is not null then 'user'
              when a.contact_id is not null then contact end,
         coalesce(a.resource_id, a.user_id, a.contact_id)::text
$$;

-- Null means all.  Not as `ids is null or ...`: a plan that is kept for any value
-- could then not use the index.
create or replace function calsync.read_events(ids text[] default null)
returns setof calsync.event language sql stable as $$
  select s.*
    from crm.events e
    join crm.users u on u.user_id = e.assigned_to
   cross join lateral crm.event_out(e, u.time_zone) s
   where e.event_id = any(case when ids is null
           then array(select x.event_id from crm.events x) else ids::bigint[] end)
$$;

create or replace function calsync.read_attendees(ids text[] default null)
returns setof calsync.attendee language sql stable as $$
  select s.*
    from (select a, (select c.kind from crm.contacts c
                      where c.contact_id = a.contact_id) as contact
            from crm.event_attendees a
           where a.event_id = any(case when ids is null
                   then array(select x.event_id from crm.events x)
                   else ids::bigint[] end)) x
   cross join lateral crm.attendee_out(x.a, x.contact) s
$$;

create or replace function calsync.lock_events(ids text[]) returns void
language sql as $$
  select from crm.events where event_id = any(ids::bigint[]) order by event_id for update
$$;

-- Of what it makes it gives the rows as they were stored, when there is nothing that
-- might have changed them since.  Who is a contact is known from the element; the
-- contacts are not read for it.
create or replace function calsync.put_shown(
  items jsonb[], out ids text[], out events calsync.event[],
  out attendees calsync.attendee[])
language plpgsql set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  lim jsonb := (select a.limits from calsync.adapter a where a.only_one);
  seq regclass := pg_get_serial_sequence('crm.events', 'event_id');
  old bigint[];
  keys bigint[];
  makes boolean;
  changes boolean;
begin
  select array_agg(i.id), array_agg(coalesce(i.id, nextval(seq))),
         bool_or(i.id is null), bool_or(i.id is not null)
    into old, keys, makes, changes
    from (select (item ->> 'crm_id')::bigint as id from unnest(items) item) i;
  if makes then
    select array_agg(s) into events
      from crm.make_events(items, keys, lim) e
      join crm.users u on u.user_id = e.assigned_to
     cross join lateral crm.event_out(e, u.time_zone) s;
    select array_agg(s) into attendees
      from crm.make_attendees(items, keys) a
     cross join lateral crm.attendee_out(
       a.made, case when a.lead then 'lead' else 'contact' end) s;
    if not crm.stored_as_written() then
      events := null;
    end if;
  end if;
  if changes then
    perform crm.change_events(items, lim);
    perform crm.drop_attendees(items);
    perform crm.put_attendees(items, keys);
  end if;
  select array_agg(case when u.old is null or exists (
                     select from crm.events e where e.event_id = u.old)
                   then u.id::text end order by u.n)
    into ids
    from unnest(keys, old) with ordinality u(id, old, n);
end $$;

create or replace function calsync.put_events(items jsonb[])
returns table (n integer, crm_id text)
language sql as $$
  select u.n::integer, u.id
    from calsync.put_shown(items) p cross join lateral unnest(p.ids) with ordinality u(id, n)
   where u.id is not null
$$;

-- The fallback when a batch was refused: one element, one row or a failure.
create or replace function calsync.put_event(item jsonb) returns text
language sql as $$
  select p.crm_id from calsync.put_events(array[item]) p
$$;

-- The address is what is unique: of two sessions that ask for one place the second
-- waits for the first, and then finds it.
create or replace function calsync.put_places(items jsonb[])
returns table (n integer, id text, made boolean)
language plpgsql set jit = off as $$
declare
  made bigint[];
begin
  with new as (
    insert into crm.resources (name, email)
    select distinct on (lower(i ->> 'address')) i ->> 'name', lower(i ->> 'address')
      from unnest(items) i order by lower(i ->> 'address')
    on conflict (lower(email)) do nothing
    returning resource_id)
  select array_agg(w.resource_id) into made from new w;
  return query
    select i.n::integer, r.resource_id::text,
           r.resource_id = any(coalesce(made, '{}'))
             and row_number() over (partition by r.resource_id order by i.n) = 1
      from unnest(items) with ordinality i(o, n)
      join crm.resources r on lower(r.email) = lower(i.o ->> 'address')
     order by i.n;
end $$;

-- Who is on an event is a contact or a lead; an account or an opportunity is made around
-- a contact.  The last word is the last name; without a name the address stands for it.
create or replace function calsync.put_persons(items jsonb[])
returns table (n integer, id text)
language sql set jit = off as $$
  with item as materialized (
    select i.n::integer, lower(i.o ->> 'address') as address, i.o ->> 'kind' as kind,
           nullif(i.o ->> 'owner', '')::bigint as owner,
           coalesce(nullif(btrim(i.o ->> 'name'), ''), lower(i.o ->> 'address')) as name,
           nextval(pg_get_serial_sequence('crm.contacts', 'contact_id')) as id,
           case i.o ->> 'kind' when 'account' then
             nextval(pg_get_serial_sequence('crm.accounts', 'account_id')) end as account
      from unnest(items) with ordinality i(o, n)
     where not exists (select from crm.contact_emails e
                        where lower(e.email) = lower(i.o ->> 'address'))),
  account as (
    insert into crm.accounts (account_id, name, owner_id)
    select i.account, i.name, i.owner from item i where i.account is not null),
  contact as (
    insert into crm.contacts (contact_id, kind, first_name, last_name, account_id, owner_id)
    select i.id, case i.kind when 'lead' then 'lead' else 'contact' end,
           nullif(btrim(left(i.name, -length(w.word))), ''), w.word, i.account, i.owner
      from item i
     cross join lateral (select substring(i.name from '[^ ]+$') as word) w),
  email as (
    insert into crm.contact_emails (contact_id, email) select i.id, i.address from item i),
  opportunity as (
    insert into crm.opportunities (name, contact_id, owner_id)
    select i.name, i.id, i.owner from item i where i.kind = 'opportunity')
  select i.n, i.id::text from item i order by i.n
$$;

create or replace function calsync.remove_event(crm_id text) returns boolean
language sql as $$
  with gone as (update crm.events set deleted = true, sync_status = 'Inactive'
                 where event_id = crm_id::bigint and not deleted returning 1)
  select exists (select from gone)
$$;

-- For adoption: an owner's live event with this uid, else one without any uid
-- that begins at that instant.
create or replace function calsync.find_events(owner text[], uid text[], start timestamptz[])
returns table (n integer, crm_id text, by text)
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
begin
  return query
  select w.n::integer, f.event_id::text, f.by
    from unnest(owner, uid, start) with ordinality as w (owner, uid, start, n)
   cross join lateral (
     (select e.event_id, 'uid' as by from crm.events e
       where e.external_id = w.uid and e.assigned_to = w.owner::bigint
         and not e.deleted and (w.start is null or e.starts_at = w.start))
     union all
     (select e.event_id, 'start' from crm.events e
       where e.assigned_to = w.owner::bigint and e.starts_at = w.start
         and e.external_id is null and not e.deleted)
     offset 0) f;
end $$;

create or replace function calsync.read_files(crm_id text)
returns table (source text, name text, size bigint, modified text)
language sql stable as $$
  select f.source, f.name, f.size, f.source_modified
    from crm.event_files f where f.event_id = crm_id::bigint
$$;

-- Another copy of the meeting has other ids for the same files.
create or replace function calsync.put_file(crm_id text, item jsonb, content bytea)
returns void
language sql set jit = off as $$
  with same as (
    update crm.event_files f
       set source = item ->> 'source', source_modified = item ->> 'modified'
     where f.file_id = (
             select min(g.file_id) from crm.event_files g
              where g.event_id = crm_id::bigint and g.name = item ->> 'name'
                and g.size = (item ->> 'size')::bigint
                and g.content is not distinct from put_file.content
             having bool_and(g.source <> item ->> 'source'))
       and not exists (select from crm.event_files g
                        where g.event_id = crm_id::bigint and g.source = item ->> 'source')
    returning 1)
  insert into crm.event_files as f (event_id, source, name, kind, content_type, size,
                                    content, source_modified)
  select e.event_id, item ->> 'source', coalesce(item ->> 'name', ''), item ->> 'kind',
         item ->> 'type', (item ->> 'size')::bigint, put_file.content, item ->> 'modified'
    from crm.events e
   where e.event_id = crm_id::bigint and not exists (select from same)
  on conflict (event_id, source) do update set
    name = excluded.name, kind = excluded.kind, content_type = excluded.content_type,
    size = excluded.size, content = excluded.content,
    source_modified = excluded.source_modified, modified_at = now()
$$;

-- Look-up for adoption: an owner's live events that may be the same as an event of
-- Graph.  By `uid`, with the date of an occurrence; and, where `start` is not null,
-- by `signature`: same start, end, all_day and subject, and no other uid.
create or replace function calsync.find_twins(
  owner text[], uid text[], original_date text[],
  start timestamptz[], stop timestamptz[], all_day boolean[], subject text[])
returns table (n integer, crm_id text, by text)
language sql stable as $$
  select w.n::integer, f.event_id::text, f.by
    from unnest(owner, uid, original_date, start, stop, all_day, subject)
         with ordinality as w (owner, uid, original_date, start, stop, all_day, subject, n)
   cross join lateral (
     (select e.event_id, 'uid' as by from crm.events e
       where e.external_id = w.uid and e.original_date = coalesce(w.original_date, '')
         and e.assigned_to = w.owner::bigint and not e.deleted)
     union all
     (select e.event_id, 'signature' from crm.events e
       where e.assigned_to = w.owner::bigint and e.starts_at = w.start
         and w.stop = case when e.all_day
                           then greatest(e.ends_at, e.starts_at + interval '1 day')
                           else e.ends_at end
         and e.all_day = w.all_day
         and calsync.fold(e.subject) = calsync.fold(w.subject)
         and e.external_id is null and not e.deleted)
     offset 0) f
$$;

-- A guid says of which CRM an event is, and which one: half of it is this CRM's, made
-- once and kept in every copy of the database, and half is the key.
create or replace function calsync.crm_guid(ids text[])
returns table (crm_id text, guid text)
language sql stable as $$
  select e.event_id::text,
         o.space || '-' || left(h.hex, 4) || '-' || right(h.hex, 12)
    from unnest(ids) i(id)
   cross join lateral (
     select x.event_id from crm.events x where x.event_id = crm.key_in(i.id) offset 0) e
   cross join lateral (select lpad(to_hex(e.event_id), 16, '0') as hex) h
   cross join crm.origin o
$$;

create or replace function calsync.find_guids(guid text[])
returns table (n integer, crm_id text)
language sql stable as $$
  select w.n::integer, e.event_id::text
    from unnest(guid) with ordinality as w (guid, n)
   cross join crm.origin o
   cross join lateral (
     select x.event_id from crm.events x
      where x.event_id =
            case when lower(w.guid) ~ ('^' || o.space || '-[0-9a-f]{4}-[0-9a-f]{12}$')
                 then ('x' || replace(right(lower(w.guid), 17), '-', ''))::bit(64)::bigint end
     offset 0) e
$$;

create or replace function calsync.events_from(owner text, start timestamptz)
returns setof text language sql stable as $$
  select e.event_id::text from crm.events e
   where e.assigned_to = owner::bigint and e.starts_at >= start and not e.deleted
   order by e.starts_at, e.event_id
$$;

create or replace function calsync.crm_relation(person text[], id text[])
returns table (person text, id text, email text, name text, type text,
               private boolean, rank integer)
language sql stable as $$
  select p.person, p.id, r.email, r.name, r.type, r.private, r.rank
    from unnest(person, id) as p (person, id)
   cross join lateral (
     (select lower(u.email) as email, u.name, null::text as type, false as private,
             0 as rank
        from crm.users u where p.person = 'user' and u.user_id = crm.key_in(p.id))
     union all
     (select lower(e.email), concat_ws(' ', c.first_name, c.last_name), c.type, c.private,
             e.rank::integer
        from crm.contacts c left join crm.contact_emails e using (contact_id)
       where p.person in ('contact', 'lead') and c.contact_id = crm.key_in(p.id))
     offset 0) r
$$;

create or replace function calsync.crm_record(record text[], id text[])
returns table (record text, id text)
language sql stable as $$
  select r.record, r.id
    from unnest(record, id) as r (record, id)
    join crm.accounts a on r.record = 'account' and a.account_id = crm.key_in(r.id)
$$;

-- Called once, early in a first load.
create or replace function calsync.adapter_analyze() returns void
language plpgsql as $$
begin
  analyze crm.events, crm.event_attendees;
end $$;

select calsync.watch_person('crm.users', 'r.email', '{email,active}');
select calsync.watch_person('crm.user_emails', 'r.email');
select calsync.watch_person('crm.contacts',
  'array(select e.email from crm.contact_emails e where e.contact_id = r.contact_id)',
  '{kind,type,private,active}');
select calsync.watch_person('crm.contact_emails', 'r.email');

-- What people edit.  An answer that a clerk notes is the CRM's alone, but for a user's:
-- that one goes out where policy says so (rsvp).
select calsync.watch('crm.events', 'event', 'r.event_id',
  '{assigned_to,subject,description,starts_at,ends_at,all_day,time_zone,location,show_as,
    private,reminder_set,reminder_at,recurrence_rule,online_meeting,activity_type,kind,
    status,categories,send_invitations,deleted}',
  'case when r.source = ''import'' then ''import'' end');
select calsync.watch('crm.event_attendees', 'attendee', 'r.event_id',
  '{event_id,email,kind,user_id,contact_id,resource_id}', null,
  'n.response is distinct from o.response and n.user_id is not null');

-- Rights: what the programs need and no more.  calsync_write makes and changes
-- events, and makes places and people; it deletes neither.
grant usage on schema crm to calsync_read, calsync_write, calsync_admin;
grant select on all tables in schema crm to calsync_read, calsync_write, calsync_admin;
grant insert, update on crm.events to calsync_write;
grant insert, update, delete on crm.event_attendees to calsync_write;
grant insert, update on crm.event_files to calsync_write;
grant insert on crm.resources, crm.contacts, crm.contact_emails, crm.accounts,
  crm.opportunities to calsync_write;
grant usage on sequence crm.events_event_id_seq, crm.resources_resource_id_seq,
  crm.contacts_contact_id_seq, crm.accounts_account_id_seq,
  crm.opportunities_opportunity_id_seq, crm.event_files_file_id_seq to calsync_write;
