-- The tables that the peer writes.
create table meeting (
  id bigint generated always as identity primary key, mailbox int not null,
  gid text not null, change_key text, uid text, type text, master text,
  subject text, preview text, start_at timestamp, end_at timestamp,
  start_tz text, all_day bool, cancelled bool, organizer text,
  is_organizer bool, location text, join_url text, web_link text, show_as text,
  sensitivity text, importance text, recurrence jsonb, modified timestamptz,
  unique (mailbox, gid));
create table attendee (
  meeting_id bigint not null references meeting on delete cascade, email text not null,
  name text, type text, response text, contact_id bigint, primary key (meeting_id, email));
create index on attendee (contact_id);
create table contact (id bigint primary key, email text not null unique, name text);
create table sync_state (
  mailbox int, gid text, change_key text, hash text, seen timestamptz default now(),
  primary key (mailbox, gid));
create table delta (mailbox int primary key, link text);
