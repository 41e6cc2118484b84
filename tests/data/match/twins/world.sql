set calsync.origin = 'sync';
insert into crm.events (event_id, external_id, original_date, assigned_to, subject, starts_at, ends_at,
    all_day, time_zone, deleted, created_at, modified_at) overriding system value values
  (101, 'u1', '', 1, 'Other', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (102, null, '', 1, 'PITCH ', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (103, 'u99', '', 1, 'Pitch', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (104, null, '', 1, 'Pitch', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', true,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (105, null, '', 3, 'pitch', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (106, null, '', 1, 'Pitch', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (107, null, '', 1, 'Day', '2026-12-02T00:00:00Z', '2026-12-03T00:00:00Z', true, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (108, 'u6', '2026-12-03', 1, 'One', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (109, 'u6', '2026-12-04', 1, 'Two', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (110, null, '', 2, 'Pitch', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z');
insert into calsync.meeting (id, uid, crm_id, owner, state, made_run, made, changed) values
  (20, 'u20', '106', '1', 'ended', 'r0', '2026-11-02T08:00:00Z', '2026-11-02T08:00:00Z');
