-- repeatable
--
-- Who may do what.  Applied last, after each change of any other file.
--
--   calsync_read    roster, fetch, match: reads state and CRM, writes nothing
--   calsync_write   apply: writes state, and events through the adapter
--   calsync_admin   people who set calsync up; the only ones to see lost values
--   calsync_user    people who work in the CRM: their own switch and settings
--
-- None can log in: grant one to the role that does.  The adapter grants the rights
-- on CRM tables.

revoke all on all tables in schema calsync from public;
revoke all on all functions in schema calsync from public;
grant usage on schema calsync to calsync_read, calsync_write, calsync_admin, calsync_user;
grant calsync_read to calsync_write, calsync_admin;

grant select on all tables in schema calsync to calsync_read;
revoke select on calsync.lost, calsync.conflicts, calsync.intent from calsync_read;
grant select on calsync.lost, calsync.conflicts, calsync.intent to calsync_admin;
-- What is under way, but not its content.
grant select (id, run, account, meeting, crm_id, item, op, mail, sent, outcome, wrote,
              transaction_id)
  on calsync.intent to calsync_read;

grant select, insert, update, delete
  on calsync.cursor, calsync.meeting_key, calsync.meeting, calsync.copy, calsync.seen,
     calsync.again, calsync.intent, calsync.hold, calsync.run
  to calsync_write;
grant select, insert, update, delete on calsync.change to calsync_write;
grant select, insert, update on calsync.day_ops to calsync_write;
grant select, insert, update, delete on calsync.file_due to calsync_write;
grant select, insert, delete on calsync.person_change to calsync_write;
grant select, delete on calsync.pick to calsync_write;
grant insert on calsync.log, calsync.lost to calsync_write;
grant update (link, resume) on calsync.cursor to calsync_admin;
grant select (log, field) on calsync.lost to calsync_write;
grant update (first, due_now, last_read, last_change, health, health_at) on calsync.account
  to calsync_write;
grant usage on sequence calsync.meeting_id, calsync.intent_id_seq, calsync.hold_id_seq
  to calsync_write;

grant select, insert, update, delete
  on calsync.org, calsync.connection, calsync.account, calsync.setting, calsync.login,
     calsync.pick
  to calsync_admin;
grant select, update on calsync.again, calsync.hold to calsync_admin;
grant select, insert, update on calsync.cleanup to calsync_admin;
grant update on calsync.cleanup to calsync_write;
grant update (due) on calsync.change to calsync_admin;

-- Functions by what they do.  Trigger functions and those that only they call get
-- no grant: nobody has to call them.
do $$
declare
  f record;
begin
  for f in
    select p.oid::regprocedure as sig, p.proname as name
      from pg_proc p
     where p.pronamespace = 'calsync'::regnamespace and p.prorettype <> 'trigger'::regtype
       and p.proname <> all('{signin_needed,note_people,watch_person,watch,watch_key,watch_differs,watch_triggers}')
  loop
    execute format('grant execute on function %s to %I', f.sig, case
      when f.name like 'admin\_%' or f.name = 'cleanup_lift' then 'calsync_admin'
      when f.name like 'user\_%' then 'calsync_user'
      when f.name ~ '^(apply|outward|intents?|begin|settle|run|put|remove|lock)_'
        or f.name in ('analyze_once', 'adapter_analyze', 'tidy',
                      'cleanup_end')
        then 'calsync_write'
      else 'calsync_read' end);
  end loop;
end $$;
grant execute on function calsync.signin_needed(bigint, text)
  to calsync_write, calsync_admin;
grant execute on function calsync.me(), calsync.firm_policy(text) to calsync_user;
grant execute on function calsync.user_status(), calsync.user_show() to calsync_admin;

-- These tables are the right ones until a restore makes others of them.
update calsync.org set generation = calsync.generation() where generation is null;
