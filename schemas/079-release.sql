-- repeatable
--
-- What people decide about the way out: held ops are released, and these tables are
-- declared to be the right ones.

-- {"id","outcome","op","mailbox","meeting","crm_id","fields","mail","reason",
-- "released_by","released_at"}.  Outcomes: `released` (also if it was before);
-- `unknown`, `used`, `void`: nothing was done.
create or replace function calsync.admin_release(id bigint) returns json
language plpgsql set jit = off as $$
#variable_conflict use_variable
declare
  h calsync.hold;
  word text;
begin
  select * into h from calsync.hold y where y.id = id for update;
  word := case when not found then 'unknown' when h.void is not null then 'void'
               when h.consumed is not null then 'used' else 'released' end;
  if word = 'released' then
    update calsync.hold y
       set released_by = coalesce(y.released_by, session_user),
           released_at = coalesce(y.released_at, clock_timestamp())
     where y.id = id returning * into h;
    update calsync.account a set due_now = true where a.id = h.account and not a.due_now;
    -- Nothing else would bring it back.
    insert into calsync.again (account, id, calendar, reason, due, since)
    select h.account, h.item,
           calsync.calendar_of(h.account, h.item),
           'released', r.now, r.now
      from (select coalesce(max(y.now), now()) as now from calsync.run y) r
     where h.op = 'graph.mark' and h.item is not null
    on conflict do nothing;
  end if;
  return json_strip_nulls(json_build_object(
    'id', id, 'outcome', word, 'op', h.op,
    'mailbox', (select a.mailbox from calsync.account a where a.id = h.account),
    'meeting', h.meeting, 'crm_id', h.crm_id, 'fields', h.fields, 'mail', h.mail,
    'reason', h.reason, 'released_by', h.released_by,
    'released_at', calsync.instant(h.released_at)));
end $$;

-- A mark of this database and these tables: a restored dump has others, and then nothing is deleted in Graph before somebody has said that the tables
-- are the right ones.  Compare with org.generation; null there: not set up yet.
create or replace function calsync.generation() returns text
language sql stable as $$
  select calsync.text_digest(concat_ws(' ',
    (select d.oid from pg_database d where d.datname = current_database()),
    'calsync.meeting'::regclass::oid,
    (select string_agg(distinct t.tgrelid::text, ' ' order by t.tgrelid::text)
       from pg_trigger t where t.tgname like 'calsync\_change\_%')))
$$;
