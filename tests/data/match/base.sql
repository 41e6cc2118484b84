-- The world that all cases begin with: two users who sync, one who does not,
-- a contact, a contact that is private, a lead, three rooms.
insert into crm.users (user_id, email, name, time_zone) overriding system value values
  (1, 'ann@firm.test', 'Ann', 'Europe/Berlin'), (2, 'bob@firm.test', 'Bob', 'Europe/Berlin'),
  (3, 'cy@firm.test', 'Cy', 'Europe/Berlin');
insert into crm.user_emails (user_id, email) values (3, 'cy.alt@firm.test');
insert into crm.contacts (contact_id, kind, type, first_name, last_name, private)
  overriding system value values
  (7, 'contact', 'Client', 'Xia', 'Li', false), (8, 'contact', 'Prospect', 'Yan', 'Moor', true),
  (9, 'lead', null, null, 'Zed', false);
insert into crm.contact_emails (contact_id, email, label, rank) values
  (7, 'xia@client.test', 'email', 1), (7, 'xia@home.test', 'alt_email', 2),
  (8, 'yan@client.test', 'email', 1), (9, 'zed@new.test', 'email', 1),
  (9, 'cy@firm.test', 'email', 1);
insert into crm.resources (resource_id, name, email) overriding system value values
  (1, 'Boardroom', 'room@firm.test'), (2, 'Hall', null), (3, 'Hall', null);
insert into calsync.connection (id, tenant, client_id) overriding system value values
  (1, 'firm.test', 'c0ffee');
insert into calsync.account (id, crm_user, mailbox, graph_user, connection, zone, since)
  overriding system value values
  (1, '1', 'ann@firm.test', 'g1', 1, 'Europe/Berlin', '2026-01-01T00:00:00Z'),
  (2, '2', 'bob@firm.test', 'g2', 1, 'Europe/Berlin', '2026-02-01T00:00:00Z');
