set calsync.origin = 'sync';
insert into crm.events (event_id, external_id, original_date, assigned_to, subject, starts_at, ends_at,
    all_day, time_zone, deleted, created_at, modified_at) overriding system value values
  (102, null, '', 1, 'Pitch now', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (103, null, '', 1, 'Pitch', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', true,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (104, null, '', 3, 'Pitch', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z');
insert into crm.event_attendees (event_id, email, name, user_id, contact_id) values
  (102, 'xia@home.test', 'Xia at home', null, 7), (102, 'yan@client.test', null, null, 8),
  (102, 'bob@firm.test', null, 2, null), (102, 'by@hand.test', 'By Hand', null, null),
  (102, 'zed@old.test', null, null, 9), (104, 'cy@firm.test', null, 3, null), (104, 'bob@firm.test', null, 2, null);
insert into calsync.hold (id, crm_id, account, op, digest, reason, made, released_at) overriding system value values
  (3, '102', 1, 'graph.create', '6b1e', 'mail_held', '2026-11-20T09:00:00Z', '2026-11-21T08:00:00Z');
insert into calsync.hold (crm_id, account, op, digest, reason, made, consumed, void) values
  ('102', 1, 'graph.create', 'old', 'mail_held', '2026-11-20T09:00:00Z', now(), null),
  ('102', 1, 'graph.create', 'older', 'mail_held', '2026-11-20T09:00:00Z', null, now());
insert into calsync.setting (account, key, value) values (2, 'private.mode', 'skip');
insert into calsync.intent (id, run, account, meeting, crm_id, op, doc, place, transaction_id, mail, made,
    sent, outcome) overriding system value values
  (1, 'r0', 1, null, '7', 'graph.create', '{}', '', 't1', '{xia@client.test,else@x.test}', '2026-11-21T08:00:00Z', '2026-11-21T08:00:00Z', 'done'),
  (2, 'r0', 1, null, '7', 'graph.update', '{}', '', 't2', '{xia@client.test,xia@home.test}', '2026-11-20T09:00:01Z', '2026-11-20T09:00:01Z', null),
  (3, 'r0', 1, null, '7', 'graph.update', '{}', '', 't3', '{xia@client.test}', '2026-11-20T09:00:00Z', '2026-11-20T09:00:00Z', 'done'),
  (4, 'r0', 1, null, '7', 'graph.update', '{}', '', 't4', '{xia@client.test}', '2026-11-21T08:00:00Z', '2026-11-21T08:00:00Z', 'refused'),
  (5, 'r0', 1, null, '7', 'graph.update', '{}', '', 't5', '{xia@client.test}', '2026-11-21T08:00:00Z', null, null);
