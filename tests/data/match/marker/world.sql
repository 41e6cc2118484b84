set calsync.origin = 'sync';
update crm.origin set space = '9f1c2b3a-4d5e-4f60';
insert into crm.events (event_id, external_id, original_date, assigned_to, subject, starts_at, ends_at,
    all_day, time_zone, deleted, created_at, modified_at) overriding system value values
  (201, null, '', 1, 'Other', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (202, null, '', 2, 'Other', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (203, null, '', 1, 'Other', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', true,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (204, null, '', 1, 'Other', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (205, 'u205', '', 1, 'Other', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z'),
  (206, 'u206', '', 1, 'Other', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z', false, 'Europe/Berlin', false,
   '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z');
insert into calsync.meeting (id, uid, crm_id, owner, state, made_run, made, changed) values
  (20, 'u20', '204', '1', 'active', 'r0', '2026-11-02T08:00:00Z', '2026-11-02T08:00:00Z'),
  (21, 'u206', '206', '1', 'active', 'r0', '2026-11-02T08:00:00Z', '2026-11-02T08:00:00Z');
insert into calsync.copy (account, id, meeting, calendar, role, state, etag, digest, starts, ends, confirmed) values
  (1, 'AX', 21, '', 'organizer', 'present', 'e', 'd', '2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z',
   '2026-11-02T08:00:00Z');
