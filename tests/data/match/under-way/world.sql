set calsync.origin = 'sync';
insert into crm.events (event_id, external_id, original_date, assigned_to, subject, starts_at, ends_at,
    all_day, time_zone, deleted, created_at, modified_at) overriding system value values
  (101, null, '', 1, 'Review', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (102, null, '', 1, 'Pitch', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z');
insert into crm.event_attendees (event_id, email, contact_id) values (101, 'xia@client.test', 7);
insert into calsync.meeting (id, uid, crm_id, owner, state, version, made_run, made, changed) values
  (12, 'u1', '101', '1', 'active', 3, 'r0', '2026-11-02T08:00:00Z', '2026-11-02T08:00:00Z'),
  (13, 'u3', '102', '1', 'active', 3, 'r0', '2026-11-02T08:00:00Z', '2026-11-02T08:00:00Z');
insert into calsync.copy (account, id, meeting, digest, role, confirmed) values
  (1, 'A1', 12, '07ff628487dcae5f2f5870eabcaed6d5', 'organizer', '2026-11-02T08:00:00Z'), (1, 'A3', 13, 'x', 'organizer', '2026-11-02T08:00:00Z');
insert into calsync.hold (id, meeting, crm_id, account, op, digest, reason, made) overriding system value values
  (3, 12, '101', 1, 'graph.update', '6b1e', 'mail_held', '2026-11-20T09:00:00Z'), (4, 12, '101', 1, 'graph.update', '6b1f', 'past', '2026-11-20T09:00:00Z');
insert into calsync.intent (id, run, account, meeting, crm_id, op, doc, place, transaction_id, mail, made,
    sent, outcome) overriding system value values
  (7, 'r0', 1, 12, '101', 'graph.update', '{}', '', 't7', '{xia@client.test}', '2026-11-21T08:00:00Z', '2026-11-21T08:00:00Z', null),
  (8, 'r0', 1, null, '900', 'graph.create', '{}', '', 't8', '{xia@client.test}', '2026-11-21T08:00:00Z', '2026-11-21T08:00:00Z', null),
  (9, 'r0', 2, null, '901', 'graph.create', '{}', '', 't9', '{}', '2026-11-21T08:00:00Z', null, null);
