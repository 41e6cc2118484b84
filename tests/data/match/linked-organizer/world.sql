insert into crm.events (event_id, external_id, assigned_to, subject, description, starts_at, ends_at,
    time_zone, sync_status, source, created_at, modified_at) overriding system value values
  (101, 'u1', 1, 'Review', 'Agenda', '2026-11-24T09:00:00Z', '2026-11-24T10:00:00Z',
   'Europe/Berlin', 'Active', 'sync', '2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z');
insert into calsync.meeting_key (uid, original_date, slot, meeting) values ('u1', '', '', 12);
insert into calsync.meeting (id, uid, original_date, slot, crm_id, owner, state, version, made_run, made,
    changed, base_graph, base_crm) values
  (12, 'u1', '', '', '101', '1', 'active', 3, 'r0', '2026-11-02T08:00:00Z', '2026-11-02T08:00:00Z',
   '{"subject":"Review"}', '{"subject":"Review"}');
insert into calsync.copy (account, id, meeting, digest, role, state, original_date, starts, ends, confirmed) values
  (1, 'A1', 12, 'old', 'organizer', 'present', '', '2026-11-24T09:00:00Z', '2026-11-24T10:00:00Z', '2026-11-02T08:00:00Z');
insert into calsync.copy (account, id, meeting, digest, role, state, original_date, starts, ends, confirmed) values
  (2, 'B1', 12, 'old', 'attendee', 'present', '', '2026-11-24T09:00:00Z', '2026-11-24T10:00:00Z', '2026-11-02T08:00:00Z');
