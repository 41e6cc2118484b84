set calsync.origin = 'sync';
insert into crm.events (event_id, external_id, original_date, assigned_to, subject, starts_at, ends_at,
    all_day, time_zone, deleted, created_at, modified_at) overriding system value values
  (101, null, '', 1, 'Pitch', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (102, null, '', 1, 'Pitch', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (103, null, '', 1, 'Pitch', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (104, null, '', 1, 'Pitch', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z');
insert into calsync.meeting (id, uid, slot, crm_id, owner, state, version, born, made_run, made, changed,
    base_graph, base_crm) values
  (12, 'u1', '', '101', '1', 'active', 3, 'graph', 'r0', '2026-11-02T08:00:00Z', '2026-11-02T08:00:00Z', '{"subject":"P"}', '{"subject":"P"}'),
  (13, 'u2', '', '102', '1', 'pending', 1, 'crm', 'r0', '2026-11-02T08:00:00Z', '2026-11-02T08:00:00Z', null, null),
  (14, 'u3', '', '103', '1', 'ended', 4, 'graph', 'r0', '2026-11-02T08:00:00Z', '2026-11-02T08:00:00Z', null, null),
  (15, 'u4', '', '104', '1', 'active', 2, 'graph', 'r0', '2026-11-02T08:00:00Z', '2026-11-02T08:00:00Z', null, null),
  (16, 'u5', '', '104', '1', 'ended', 5, 'graph', 'r0', '2026-11-02T08:00:00Z', '2026-11-02T08:00:00Z', null, null);
insert into calsync.copy (account, id, meeting, role, state, confirmed) values
  (1, 'A1', 12, 'organizer', 'gone', '2026-11-02T08:00:00Z');
insert into calsync.intent (id, run, account, meeting, crm_id, op, doc, place, transaction_id, mail, made,
    sent, outcome) overriding system value values
  (6, 'r0', 1, 13, '102', 'graph.update', '{}', '', 't6', '{}', '2026-11-21T08:00:00Z', null, null),
  (7, 'r0', 1, 13, '102', 'graph.create', '{}', '', 't7', '{}', '2026-11-21T08:00:00Z', '2026-11-21T08:00:00Z', null),
  (8, 'r0', 1, 12, '101', 'graph.create', '{}', '', 't8', '{}', '2026-11-21T08:00:00Z', '2026-11-21T08:00:00Z', 'moved');
