-- The adapter contract: the half that is the same for every CRM.
--
-- An adapter is one SQL file (adapter-builtin.sql is the one that comes with
-- calsync).  It makes one row in calsync.adapter and these functions:
--
--   crm_user()      one row per CRM user; `category`: of one who stands for a public
--                   calendar, that of Outlook which its events get there, or null
--   crm_person()    one row per address of a user, contact or lead
--   crm_domains()   between which two domains, in the order of their letters, all
--                   addresses of users lie: (low, high).  Others are looked for among
--                   contacts and leads alone; wider than need be is allowed
--   crm_resource()  one row per room or piece of equipment
--   read_events(text[])      the events with these keys; null: all
--   read_attendees(text[])   their people and rooms; null: all
--   lock_events(text[])      locks these events until the transaction ends
--   put_events(jsonb[])      writes a batch, see below
--   put_event(jsonb)         writes one
--   put_shown(jsonb[])       optional: as put_events, but gives arrays: `ids` in place of
--                            the rows, and `events` and `attendees`, what read_events and
--                            read_attendees would now give of some of them.  What is not
--                            among the events is read.  It has to be what the CRM stored,
--                            not what it was given: another write would be told of else
--   remove_event(text)       deletes the way this CRM deletes
--   put_places(jsonb[])      makes resource calendars (locations.mode = create): of
--                            each {"name","address"} one that is active; it gives
--                            (n, id, made), made false where one has this address.
--                            Two sessions may ask for one place at a time: the
--                            address has to be unique
--   read_files(text)         the files of an event (attachments = to_crm): source, name,
--                            size, modified, as put_file got them
--   put_file(text, jsonb, bytea)   stores one: {"source","name","kind","type","size",
--                            "modified"}; in place of what has this source, or of the
--                            same content under another; no content: a name for people.
--                            Files larger than limits.file bytes are named only
--   put_persons(jsonb[])     makes people (unmatched.create): {"kind","name","address",
--                            "owner"}, kind being contact, lead, account or opportunity;
--                            gives (n, id) of what crm_person then shows for the
--                            address; no row for an address whose record was switched
--                            off.  calsync asks only for addresses that are nobody's
--   find_events(text[], text[], timestamptz[])   look-up by uid, for lost links
--   find_twins(...)          look-up for adoption, see adapter-builtin.sql
--   crm_guid(text[])         what an event is known by outside of this database, for
--                            policy's `marker`: (crm_id, guid).  It must be of this
--                            event alone, also among all copies of the database
--   find_guids(text[])       the way back: (n, crm_id); no row for what is no guid, or
--                            none of this CRM's
--   events_from(text, timestamptz)   keys of an owner's live events that start from
--                            there on
--   crm_relation(text[], text[])   who these people are (person, id): as
--                            crm_person, and also those who are not active
--   crm_record(text[], text[])   which of these records (kind, id) there are that an
--                            event can be about beside its people; only where `holds`
--                            names "related"
--   adapter_analyze()        statistics for the event tables
--
-- The readers are `language sql stable` without a SET clause: PostgreSQL then
-- puts them into the query that calls them, and the CRM's own indexes are used.
-- They are functions and not views, and nothing of calsync refers to a CRM table
-- by a foreign key: either would stop the CRM's own ALTER TABLE.
--
-- It also calls watch_person and watch, once per table that they are to look at.
--
-- Writes run under `calsync.origin` = 'sync' (a transaction-local setting), by
-- which capture triggers know our own writes.  A script that loads events sets it to
-- 'import' (`alter role etl set calsync.origin = 'import'` needs no code at all).

create table calsync.adapter (
  only_one boolean primary key default true check (only_one),
  crm text not null,
  version text not null,
  holds text[] not null,       -- members of the CRM's state that it can keep
  limits jsonb not null default '{}'   -- characters that a text member can hold
);

-- An event as the CRM has it, in the words of docs/stream.md section 6.  Dates
-- of all-day events are midnights in UTC, the end exclusive: they float.  One that
-- ends on the day it starts is taken for that day (snapshot).
create type calsync.event as (
  crm_id text, uid text, owner text, subject text, body text,
  start timestamptz, "end" timestamptz, zone text, all_day boolean,
  location text, show_as text, sensitivity text, reminder integer,
  online jsonb, recurrence text, recurrence_text text, series jsonb,
  event_type text, kind text, sync_status text, send_invites boolean,
  origin text, cancelled boolean, deleted boolean, categories text[],
  created timestamptz, modified timestamptz,
  url text                     -- where people find it, or what it is about; null: nowhere
);

-- A relation of an event: a person, or (person = 'resource') a room.
create type calsync.attendee as (
  crm_id text, address text, name text, role text, response text,
  person text, id text
);

-- put_events gets an array; of each element it reads
--   {"crm_id":"101", "key":{"uid":"..","original_date":""}, "owner":"1", "set":{..},
--    "attendees":{"add":[],"remove":[],"change":[]}, "rooms":{"add":[],"remove":[]}}
-- and nothing else.  Without crm_id it makes an event, active unless `set` says
-- otherwise.  `set` is a mask: a member that is not in it stays as it is; so do
-- attendees and rooms that are not named, and what is missing or null of the rest.
-- "restore":true, with crm_id: it was deleted, and is an active event again.
-- An adapter whose `holds` names them is also given, in `set` only, "primary"
-- ({"person":"contact","id":"7"}: whom the event is first about) and "related"
-- ({"record":"account","id":"1"}: what else it is about); it shows neither.
-- Text that is too long is cut by the adapter.  It gives a row (n, crm_id) per
-- element, n its 1-based place, none for an event that is not there; or it fails
-- as a whole.

-- The addresses whose person changed in this transaction: what skipped events
-- wait for (seen.waits, fetch_waiting).
create function calsync.note_people(addresses text[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into calsync.person_change (xid, address)
  select pg_current_xact_id(), calsync.text_digest(d.a)
    from (select distinct lower(a) as a from unnest(addresses) u(a) where a <> '') d
$$;

-- What the two kinds of capture below have in common.  The transition tables are n,
-- the new rows, and o, the old ones.  Which row was which: joined by primary key.
create function calsync.watch_key(tbl regclass) returns text
language plpgsql as $$
declare
  pk text := (select string_agg(format('n.%1$I = o.%1$I', a.attname), ' and ')
                from pg_index i
                join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
               where i.indrelid = tbl and i.indisprimary);
begin
  if pk is null then
    raise exception 'calsync: % has no primary key', tbl using errcode = '42P16';
  end if;
  return pk;
end $$;

-- Whether one of the columns was changed (null: any).
create function calsync.watch_differs(columns text[]) returns text
language sql as $$
  select coalesce(string_agg(format('n.%1$I is distinct from o.%1$I', c), ' or '),
                  'n is distinct from o')
    from unnest(columns) c
$$;

-- Three statement triggers calsync_KIND_... that call fn, and nobody else may.
create function calsync.watch_triggers(tbl regclass, kind text, fn text) returns void
language plpgsql as $$
declare
  how text;
begin
  execute format('revoke all on function calsync.%I() from public', fn);
  foreach how in array array['insert', 'update', 'delete'] loop
    execute format('drop trigger if exists calsync_%s_%s on %s', kind, how, tbl);
    execute format(
      'create trigger calsync_%5$s_%1$s after %1$s on %2$s referencing %3$s
       for each statement execute function calsync.%4$I()',
      how, tbl,
      case how when 'insert' then 'new table as n'
               when 'delete' then 'old table as o'
               else 'old table as o new table as n' end, fn, kind);
  end loop;
end $$;

-- Called by an adapter, once per table whose rows decide which addresses are
-- known.  `address` is an SQL expression over the row r that gives an address or
-- an array of them; `columns` are those whose change matters (null: any).  Makes
-- one capture function with static SQL and three statement triggers.  The
-- function is SECURITY DEFINER: CRM users need no right on calsync.
create function calsync.watch_person(tbl regclass, address text,
                                     columns text[] default null) returns void
language plpgsql as $$
declare
  fn text := 'person_' || tbl::oid;
  pk text := calsync.watch_key(tbl);
  differs text := calsync.watch_differs(columns);
begin
  execute format($f$
    create or replace function calsync.%1$I() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $b$
    begin
      if tg_op = 'INSERT' then
        perform calsync.note_people(array(
          select unnest(array[]::text[] || %2$s) from n r));
      elsif tg_op = 'DELETE' then
        perform calsync.note_people(array(
          select unnest(array[]::text[] || %2$s) from o r));
      else
        -- A row that is only on one side had its key changed.
        perform calsync.note_people(array(
          select unnest(array[]::text[] || %2$s) from (
            select n.* from n left join o on %3$s where o is null or %4$s) r
          union
          select unnest(array[]::text[] || %2$s) from (
            select o.* from o left join n on %3$s where n is null or %4$s) r));
      end if;
      return null;
    end $b$ $f$, fn, address, pk, differs);
  perform calsync.watch_triggers(tbl, 'person', fn);
end $$;

-- Called by an adapter, once per table whose rows are part of an event: captures
-- what people write there (calsync.change).  `part` is event or attendee, `event` an
-- SQL expression over the row r that gives the event's key, `columns` are those that
-- people edit (null: any).  `origin` is an expression over a new row that tells an
-- import, when the session does not say so itself.  `also` is one over the rows n and o
-- that tells a further change: an answer is one if it is a user's (rsvp).
--
-- A statement gives one row per event.  Not captured: our own writes, and writes
-- that change none of the columns.  As with watch_person the function has static
-- SQL and is SECURITY DEFINER: CRM users need no right on calsync.  A row that is
-- committed late is seen late; nobody keeps a place up to which all was read.
create function calsync.watch(tbl regclass, part text, event text, columns text[],
                              origin text default null,
                              also text default null) returns void
language plpgsql as $$
declare
  fn text := 'change_' || tbl::oid;
  pk text := calsync.watch_key(tbl);
  differs text := calsync.watch_differs(columns) || coalesce(' or (' || also || ')', '');
begin
  execute format($f$
    create or replace function calsync.%1$I() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $b$
    declare
      mark text := nullif(current_setting('calsync.origin', true), '');
      app text := nullif(current_setting('application_name', true), '');
    begin
      if mark = 'sync' then
        return null;
      end if;
      if tg_op = 'INSERT' then
        insert into calsync.change (crm_id, op, part, origin, app)
        select x.id, 'insert', %2$L, coalesce(mark, max(x.origin)), app
          from (select (%3$s)::text as id, (%4$s)::text as origin from n r) x
         where x.id is not null group by x.id order by x.id;
      elsif tg_op = 'DELETE' then
        insert into calsync.change (crm_id, op, part, origin, app)
        select distinct (%3$s)::text, 'delete', %2$L, mark, app from o r
         where (%3$s) is not null order by 1;
      else
        -- A row that is only on one side had its key changed.
        insert into calsync.change (crm_id, op, part, origin, app)
        select x.id, 'update', %2$L, mark, app
          from (select (%3$s)::text as id from (
                  select n.* from n left join o on %5$s where o is null or %6$s) r
                union
                select (%3$s)::text from (
                  select o.* from o left join n on %5$s where n is null or %6$s) r) x
         where x.id is not null order by x.id;
      end if;
      return null;
    end $b$ $f$, fn, part, event, coalesce(origin, 'null'), pk, differs);
  perform calsync.watch_triggers(tbl, 'change', fn);
end $$;

-- Subjects that differ only in case and outer blanks are the same (find_twins).
create function calsync.fold(x text) returns text
language sql immutable parallel safe as $$
  select lower(btrim(x, E' \t\r\n'))
$$;

-- The members that an adapter may or may not hold.
create function calsync.optional_members() returns text[]
language sql immutable parallel safe as $$
  select '{uid,subject,body,start,end,zone,all_day,location,show_as,sensitivity,
           reminder,online,recurrence,recurrence_text,series,event_type,kind,
           sync_status,send_invites,origin,cancelled,categories,created,modified,
           attendees,rooms}'::text[]
$$;

-- A start or end as the stream writes it: a date when all_day.
create function calsync.moment(t timestamptz, all_day boolean) returns text
language sql stable parallel safe as $$
  select case when all_day then to_char(t at time zone 'UTC', 'YYYY-MM-DD')
              else calsync.instant(t) end
$$;

-- Text of at most n characters; most is so short that nothing has to be counted.
create function calsync.short(x text, n integer) returns text
language sql immutable parallel safe as $$
  select case when octet_length(x) <= n then x else left(x, n) end
$$;

-- The people and rooms of these rows, at most 2,000 of each event: in the snapshot's
-- words, and put into the query that calls it.  Sorted once for all of them: an order
-- within the aggregates would be a sort for each event.
create function calsync.people_of(attendees calsync.attendee[])
returns table (crm_id text, people json, rooms json, more boolean)
language sql stable as $$
  select a.crm_id,
         to_json((array_agg(json_object(array[
           'address', calsync.short(a.address, 1000), 'name', calsync.short(a.name, 1000),
           'role', a.role, 'response', a.response, 'person', a.person, 'id', a.id]))
           filter (where a.person is distinct from 'resource'))[1:2000]),
         to_json((array_agg(json_object(array[
           'resource', a.id, 'name', calsync.short(a.name, 1000),
           'address', calsync.short(a.address, 1000)]))
           filter (where a.person = 'resource'))[1:2000]),
         count(*) > 2000
    from (select x.* from unnest(attendees) x
           order by x.crm_id,
                    case when x.person = 'resource' then x.id else x.address end) a
   group by a.crm_id
$$;

-- Members of the state that this adapter does not hold.
create function calsync.unheld_members() returns text[]
language plpgsql stable as $$
begin
  return array(select k from unnest(calsync.optional_members()) k
                where k <> all(select unnest(a.holds) from calsync.adapter a));
end $$;

-- An end: that of an all-day event is the next day at the least.
create function calsync.moment_after(start timestamptz, "end" timestamptz, all_day boolean)
returns text language sql stable parallel safe as $$
  select calsync.moment(case when all_day and "end" >= start
                             then greatest("end", start + interval '1 day') else "end" end,
                        all_day)
$$;

-- The CRM's present state of these events, docs/stream.md section 6: only what
-- the adapter holds.  An event that is not there gives no row.  Texts and lists are
-- bounded far beyond what Graph takes, so that no row is longer than a line of the
-- stream: 500,000 characters of description, 10,000 of other texts, 2,000 people.  Of
-- which of them the rest is missing says `cut`: {body,people}.
create function calsync.snapshot(ids text[]) returns table (crm_id text, doc jsonb)
language plpgsql stable set timezone = 'UTC' set jit = off as $$
#variable_conflict use_column
declare
  drops text[];
begin
  if cardinality(ids) = 0 then
    return;
  end if;
  drops := calsync.unheld_members();
  return query
    with people as materialized (
      select p.* from calsync.people_of(array(select r from calsync.read_attendees(ids) r)) p)
    -- Only who has an address shows one.
    select e.crm_id, to_jsonb(e) - drops - case when e.url is null then 'url' else '' end
                     - case when e.cut = '{}' then 'cut' else '' end
      from (select e.crm_id, e.uid, e.owner, calsync.short(e.subject, 10000) as subject,
                   calsync.short(e.body, 500000) as body,
                   calsync.moment(e.start, e.all_day) as start,
                   calsync.moment_after(e.start, e."end", e.all_day) as "end",
                   e.zone, e.all_day, calsync.short(e.location, 10000) as location,
                   e.show_as, e.sensitivity, e.reminder, e.online, e.recurrence, e.recurrence_text,
                   e.series, e.event_type, e.kind, e.sync_status, e.send_invites, e.origin,
                   e.cancelled, e.deleted, e.categories,
                   calsync.instant(e.created) as created,
                   calsync.instant(e.modified) as modified,
                   coalesce(p.people, '[]') as attendees, coalesce(p.rooms, '[]') as rooms,
                   calsync.short(e.url, 2000) as url,
                   array_remove(array[
                     case when char_length(e.body) > 500000
                           and 'body' <> all(drops) then 'body' end,
                     case when p.more then 'people' end], null) as cut
              from calsync.read_events(ids) e left join people p using (crm_id)) e;
end $$;

-- crm_base of an event's state: what can be compared of it.  Put together as text, for a
-- base is stored far more often than looked into.  The texts come as an object, whose
-- brace is taken off again: within one of them the quotes would be escaped.
create function calsync.base_text(e calsync.event, people json, rooms json) returns text
language sql stable as $$
  select '{"all_day":' || coalesce(e.all_day::text, 'null')
         || ',"reminder":' || coalesce(e.reminder::text, 'null')
         || ',"online":' || coalesce(e.online::text, 'null')
         || ',"series":' || coalesce(e.series::text, 'null')
         || ',"send_invites":' || coalesce(e.send_invites::text, 'null')
         || ',"cancelled":' || coalesce(e.cancelled::text, 'null')
         || ',"categories":' || coalesce(to_json(e.categories)::text, 'null')
         || ',"attendees":' || coalesce(people::text, '[]')
         || ',"rooms":' || coalesce(base_text.rooms::text, '[]') || ','
         || replace(json_object(array[
              'uid', e.uid, 'subject', calsync.short(e.subject, 10000),
              'body_digest', calsync.text_digest(calsync.short(e.body, 500000)),
              'start', calsync.moment(e.start, e.all_day),
              'end', calsync.moment_after(e.start, e."end", e.all_day), 'zone', e.zone,
              'location', calsync.short(e.location, 10000), 'show_as', e.show_as,
              'sensitivity', e.sensitivity, 'recurrence', e.recurrence,
              'recurrence_text', e.recurrence_text, 'event_type', e.event_type,
              'kind', e.kind])::text, '{"uid"', '"uid"')
$$;

-- The bases of these events, as an adapter gives them, without making the rest of their
-- state.  By hashing: a nested loop would compare each event with all people.
create function calsync.shown_bases(events calsync.event[], attendees calsync.attendee[])
returns table (crm_id text, base text)
language plpgsql stable set timezone = 'UTC' set enable_nestloop = off
set enable_mergejoin = off set jit = off as $$
#variable_conflict use_column
declare
  drops text[];
begin
  if events is null then
    return;
  end if;
  drops := array_replace(calsync.unheld_members(), 'body', 'body_digest');
  return query
    with people as materialized (
      select p.* from calsync.people_of(shown_bases.attendees) p)
    select b.crm_id, case when drops = '{}' then b.base
                          else (b.base::jsonb - drops)::text end
      from (select e.crm_id, calsync.base_text(e, p.people, p.rooms) as base
              from unnest(events) e left join people p using (crm_id)) b;
end $$;

create function calsync.snapshot_bases(ids text[]) returns table (crm_id text, base text)
language plpgsql stable set jit = off as $$
begin
  return query
    select b.* from calsync.shown_bases(array(select e from calsync.read_events(ids) e),
                                        array(select a from calsync.read_attendees(ids) a)) b;
end $$;

-- What a link's base keeps of the CRM's state: what can be compared, with the
-- text digest in place of the body.
create function calsync.crm_base(doc jsonb) returns jsonb
language sql stable parallel safe as $$
  select doc - '{crm_id,owner,created,modified,deleted,origin,sync_status,body,url,cut}'::text[]
         || case when doc ? 'body'
                 then jsonb_build_object('body_digest', calsync.text_digest(doc ->> 'body'))
                 else '{}' end
$$;

-- Stands for the CRM's state in `expect`: a mere touch does not change it, nor does
-- what only the sync writes when it has made a copy.
create function calsync.crm_digest(doc jsonb) returns text
language sql stable parallel safe as $$
  select calsync.text_digest((doc - '{created,modified,uid,sync_status,url}'::text[])::text)
$$;

-- Text cut to what a member can hold; null limit: as it is.  With an ellipsis if
-- asked: people then see that something is missing.  Characters are only counted where
-- the bytes are more.
create function calsync.cut(x text, max_chars integer, ellipsis boolean default false)
returns text language sql immutable parallel safe as $$
  select case when max_chars is null or octet_length(x) <= max_chars
                or char_length(x) <= max_chars then x
              when ellipsis then left(x, max_chars - 3) || '...'
              else left(x, max_chars) end
$$;
