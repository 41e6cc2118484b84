-- The firm's people, as its CRM knows them. Bob's colleague Cy has no mailbox
-- here; Zed of nowhere.test is known to nobody yet.
insert into crm.users (email, name, time_zone) values
  ('ann@firm.test', 'Ann', 'Europe/Berlin'),
  ('bob@firm.test', 'Bob', 'Europe/London'),
  ('cy@firm.test', 'Cy', 'Europe/London');
insert into crm.contacts (first_name, last_name) values ('Xia', 'Li'), ('Yan', 'Moor');
insert into crm.contact_emails (contact_id, email)
  select contact_id, lower(first_name) || '@client.test' from crm.contacts;
insert into crm.resources (name, email) values ('Boardroom', 'boardroom@firm.test');
