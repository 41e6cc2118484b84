-- repeatable
--
-- The built-in CRM's attendees: their table, what ties them to their events, and the
-- functions by which they are written in bulk.
--
-- Each statement can be run again: calsync-setup applies this file whenever it
-- has changed.

set local client_min_messages = warning;

create table if not exists crm.event_attendees (
  event_id bigint not null,                   -- of crm.events; see event_there
  email text not null,                        -- of a room without one: resource:ID
  name text,
  kind text not null default 'required'
    check (kind in ('required', 'optional', 'resource')),
  response text not null default 'none'
    check (response in ('none', 'accepted', 'declined', 'tentative')),
  organizer boolean not null default false,
  user_id bigint, contact_id bigint, resource_id bigint,   -- see forget
  primary key (event_id, email)
);
create index if not exists event_attendees_contact on crm.event_attendees (contact_id)
  where contact_id is not null;

-- Attendees and their events ------------------------------------------------------

-- No declared foreign key: it would ask for the event of each attendee by itself, a
-- twentieth of a first load.  These triggers hold what it held, with its SQLSTATEs, its
-- name and its locks, and ask once per statement.  What they cannot do is to tell pg_dump
-- in which order data alone goes back: that takes its --disable-triggers.  And whoever
-- disables the triggers of these tables disables them, too.
alter table crm.event_attendees drop constraint if exists event_attendees_event_id_fkey;
comment on column crm.event_attendees.event_id is
  'Refers to crm.events(event_id), on delete cascade.  Not declared, as that would cost a '
  'look-up per row: the triggers calsync_event_... of both tables keep it, and refuse with '
  'SQLSTATE 23503 as event_attendees_event_id_fkey.';

-- As PostgreSQL refuses it.
create or replace function crm.attendees_refused(message text, detail text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception using errcode = 'foreign_key_violation',
    message = attendees_refused.message, detail = attendees_refused.detail,
    schema = 'crm', table = 'event_attendees',
    constraint = 'event_attendees_event_id_fkey';
end $$;

-- An attendee's event must be there, and stay until this transaction ends.
create or replace function crm.event_there() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off set jit = off as $$
declare
  ids bigint[];
  locked bigint[];
  missing bigint;
begin
  if tg_level = 'ROW' then
    ids := array[new.event_id];
  else
    ids := array(select distinct n.event_id from n);
  end if;
  locked := array(select e.event_id from crm.events e where e.event_id = any(ids)
                   order by e.event_id for key share);
  if cardinality(locked) < cardinality(ids) then
    select min(m.id) into missing
      from (select unnest(ids) as id except select unnest(locked)) m
     where exists (select from crm.event_attendees a where a.event_id = m.id);
    if missing is not null then
      perform crm.attendees_refused(
        'insert or update on table "event_attendees" violates foreign key constraint '
        '"event_attendees_event_id_fkey"',
        format('Key (event_id)=(%s) is not present in table "events".', missing));
    end if;
  end if;
  return null;
end $$;

-- At REPEATABLE READ whoever deletes an event does not see who was put on it since their
-- transaction began; PostgreSQL's own keys look with a snapshot of the moment, which no
-- function can ask for.  So a key is made to look: when a row of this table, else always
-- empty, is deleted, its key updates those that refer to it, with such a snapshot, and
-- a STABLE trigger of that update sees what it sees.
create table if not exists crm.afresh (
  id bigint primary key,
  of bigint references crm.afresh on delete set null
);
comment on table crm.afresh is 'Always empty; crm.event_gone() looks through its key.';
create or replace function crm.look_afresh() returns trigger
language plpgsql stable set search_path = pg_catalog, pg_temp
set enable_seqscan = off set jit = off as $$
begin
  if exists (select from crm.event_attendees a
              where a.event_id = any(current_setting('crm.gone', true)::bigint[])) then
    raise exception 'could not serialize access due to concurrent update'
      using errcode = 'serialization_failure',
            detail = 'An attendee was added to an event that is deleted.';
  end if;
  return null;
end $$;
create or replace trigger look before update on crm.afresh
  for each statement execute function crm.look_afresh();

-- With an event its attendees go; an event that has some keeps its key.
create or replace function crm.event_gone() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off set jit = off as $$
declare
  ids bigint[];
begin
  if tg_op = 'DELETE' then
    ids := array(select g.event_id from gone g);
    delete from crm.event_attendees a where a.event_id = any(ids);
  else
    ids := array(select old.event_id
                  where not exists (select from crm.events e where e.event_id = old.event_id));
    if exists (select from crm.event_attendees a where a.event_id = any(ids)) then
      perform crm.attendees_refused(
        'update or delete on table "events" violates foreign key constraint '
        '"event_attendees_event_id_fkey" on table "event_attendees"',
        format('Key (event_id)=(%s) is still referenced from table "event_attendees".',
               old.event_id));
    end if;
  end if;
  if cardinality(ids) > 0
     and current_setting('transaction_isolation') in ('repeatable read', 'serializable') then
    perform set_config('crm.gone', ids::text, true);
    insert into crm.afresh (id) values (ids[1]);
    delete from crm.afresh where id = ids[1];
  end if;
  return null;
end $$;

-- Whoever may empty both tables may do so by one, as with CASCADE.  Whether there is
-- something is asked of the file: a snapshot may be older than the last attendee.
create or replace function crm.events_emptied() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if pg_relation_size('crm.event_attendees') > 0 then
    truncate crm.event_attendees;
  end if;
  return null;
end $$;

revoke all on function crm.event_there(), crm.look_afresh(), crm.event_gone(),
  crm.events_emptied() from public;

-- The new rows are n, as in calsync.watch: PostgreSQL keeps them once for both.
create or replace trigger calsync_event_there after insert on crm.event_attendees
  referencing new table as n for each statement execute function crm.event_there();
create or replace trigger calsync_event_moved after update on crm.event_attendees
  for each row when (old.event_id <> new.event_id) execute function crm.event_there();
create or replace trigger calsync_event_gone after delete on crm.events
  referencing old table as gone for each statement execute function crm.event_gone();
create or replace trigger calsync_event_renamed after update on crm.events
  for each row when (old.event_id <> new.event_id) execute function crm.event_gone();
create or replace trigger calsync_events_emptied after truncate on crm.events
  for each statement execute function crm.events_emptied();

-- Writing attendees -----------------------------------------------------------------

-- The relations that elements name, of events that are made or of those that were
-- there.  A person without an address can be no attendee here; a room can.
create or replace function crm.relations(items jsonb[], ids bigint[], made boolean)
returns table (event_id bigint, email text, name text, kind text, response text,
               user_id bigint, contact_id bigint, resource_id bigint, lead boolean)
language sql stable as $$
  select distinct on (i.event_id, r.email) i.event_id, r.*
    from unnest(items, ids) as i (item, event_id)
   cross join lateral (
     select a.address as email, a.name, coalesce(a.role, 'required'),
            coalesce(a.response, 'none'),
            case when a.person = 'user' then a.id::bigint end,
            case when a.person in ('contact', 'lead') then a.id::bigint end, null::bigint, a.person = 'lead'
       from jsonb_to_recordset(coalesce(i.item #> '{attendees,add}', '[]')
                               || coalesce(i.item #> '{attendees,change}', '[]'))
            as a (address text, name text, role text, response text, person text, id text)
      where a.address <> ''
     union all
     select coalesce(lower(q.email), 'resource:' || q.resource_id), q.name, 'resource',
            'none', null, null, q.resource_id, false
       from jsonb_to_recordset(coalesce(i.item #> '{rooms,add}', '[]')) as r (resource text)
       join crm.resources q on q.resource_id = r.resource::bigint) r
   where (i.item ->> 'crm_id' is null) = made
   order by i.event_id, r.email
$$;

-- The rows of new events as they were stored, each with whether it is a lead's.
create or replace function crm.make_attendees(items jsonb[], ids bigint[])
returns table (made crm.event_attendees, lead boolean)
language plpgsql set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
begin
  -- A new event has no relations yet: without ON CONFLICT this is a sixth cheaper.
  return query
  with r as materialized (select q.* from crm.relations(items, ids, true) q),
  made as (
    insert into crm.event_attendees as a (
        event_id, email, name, kind, response, user_id, contact_id, resource_id)
    select r.event_id, r.email, r.name, r.kind, r.response, r.user_id, r.contact_id,
           r.resource_id
      from r
    returning a)
  select m.a, (m.a).contact_id = any(array(select r.contact_id from r where r.lead))
    from made m;
end $$;

create or replace function crm.put_attendees(items jsonb[], ids bigint[]) returns void
language plpgsql set enable_seqscan = off set jit = off as $$
begin
  insert into crm.event_attendees as x (
      event_id, email, name, kind, response, user_id, contact_id, resource_id)
  select r.event_id, r.email, r.name, r.kind, r.response, r.user_id, r.contact_id,
         r.resource_id
    from crm.relations(items, ids, false) r
  on conflict (event_id, email) do update set
    name = coalesce(excluded.name, x.name),
    kind = excluded.kind,
    response = excluded.response,
    user_id = coalesce(excluded.user_id, x.user_id),
    contact_id = coalesce(excluded.contact_id, x.contact_id),
    resource_id = coalesce(excluded.resource_id, x.resource_id);
end $$;

-- By ctid: with any other form the planner may read the whole table while its
-- size is not known yet.
create or replace function crm.drop_attendees(items jsonb[]) returns void
language sql set enable_seqscan = off set jit = off as $$
  delete from crm.event_attendees where ctid = any(array(
    select x.ctid
      from unnest(items) as u (item)
     cross join lateral jsonb_to_record(u.item) as i (
             crm_id bigint, attendees jsonb, rooms jsonb)
     cross join lateral (
       select a.ctid from crm.event_attendees a
        where a.event_id = i.crm_id
          and (i.attendees -> 'remove' ? a.email
               or (a.kind = 'resource' and exists (
                     select from jsonb_array_elements(i.rooms -> 'remove') r
                      where a.resource_id::text in (r #>> '{}', r ->> 'resource'))))
       offset 0) x
     where jsonb_array_length(i.attendees -> 'remove') > 0
        or jsonb_array_length(i.rooms -> 'remove') > 0))
$$;
