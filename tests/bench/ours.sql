-- Users and contacts of the generated mailboxes, in the built-in CRM.
insert into crm.users (user_id, email, name)
  overriding system value
  select i + 1, 'user' || i || '@contoso.example', 'User ' || i from generate_series(0, :n - 1) i;
insert into crm.contacts (contact_id, last_name) overriding system value select id, name from bench_contact;
insert into crm.contact_emails (contact_id, email, rank) select id, email, 1 from bench_contact;
-- A firm's contacts are there before calsync is: nothing was noted of them.
drop table bench_contact;
truncate calsync.person_change;
select calsync.admin_org('{"domains":["contoso.example"]}');
