-- The world of the crash tests: two users who sync, three clients.
insert into crm.users (user_id, email, name, time_zone) overriding system value values
  (1, 'ann@firm.test', 'Ann', 'Europe/Berlin'), (2, 'bob@firm.test', 'Bob', 'Europe/Berlin');
insert into crm.contacts (contact_id, type, first_name, last_name) overriding system value values
  (7, 'Client', 'Xia', 'Li'), (8, 'Client', 'Yan', 'Moor');
insert into crm.contact_emails (contact_id, email) values
  (7, 'xia@client.test'), (8, 'yan@client.test');
insert into calsync.connection (id, tenant, client_id) overriding system value values
  (1, 'firm.test', 'c0ffee');
insert into calsync.account (id, crm_user, mailbox, graph_user, connection, zone, since)
  overriding system value values
  (1, '1', 'ann@firm.test', 'g1', 1, 'Europe/Berlin', '2026-01-01T00:00:00Z'),
  (2, '2', 'bob@firm.test', 'g2', 1, 'Europe/Berlin', '2026-01-01T00:00:00Z');
-- A rule of the CRM's own, so that one event is refused.
create function crm.refuse() returns trigger language plpgsql as $$
begin
  if new.subject = 'Refuse me' then
    raise exception 'no such subject here' using errcode = '23514';
  end if;
  return new;
end $$;
create trigger refuse before insert or update on crm.events
  for each row execute function crm.refuse();
