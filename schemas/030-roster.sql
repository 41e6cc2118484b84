-- repeatable
--
-- What roster asks for, and the run's row.  `jit = off`: an estimate that is far too
-- high must not make PostgreSQL compile a small query.

-- {"schema":1,"domains":[..],"adapter":{"crm","holds"},"connections":[..],
--  "enabled":true,"spent":{"mails":0},"generation":"ok"}; see docs/stream.md sections 8
-- and 9.  `run` is the run's id: what it has sent already, if it goes on.
create or replace function calsync.roster_org(run text default null) returns json
language plpgsql stable as $$
declare
  ours text := (select o.generation from calsync.org o);
  theirs text;
begin
  if to_regprocedure('calsync.generation()') is not null then
    execute 'select calsync.generation()::text' into theirs;
  end if;
  return json_build_object(
    'schema', 1,
    'domains', (select to_json(o.domains) from calsync.org o),
    'adapter', (select json_build_object('crm', a.crm, 'holds', to_json(a.holds))
                  from calsync.adapter a),
    'connections', coalesce((
      select json_agg(calsync.connection_json(c) order by c.id)
        from calsync.connection c), '[]'),
    -- By which nobody is reached but groups: a member signs in, whatever auth says.
    'for_groups', coalesce((
      select json_agg(c.id order by c.id) from calsync.connection c
       where c.auth <> 'app' and not exists (
         select from calsync.account a
          where a.connection = c.id and coalesce(a.graph_user, '') not like 'groups/%')), '[]'),
    'enabled', (select o.enabled from calsync.org o),
    'spent', json_build_object('mails', coalesce((
      select sum(cardinality(i.mail))
        from calsync.run r join calsync.intent i on i.sent = r.now
       where r.id = roster_org.run), 0)),
    'generation', case when ours <> theirs then 'changed' else 'ok' end);
end $$;

-- A connection as the stream has it: of files the names, never what is in them.
create or replace function calsync.connection_json(c calsync.connection) returns json
language sql stable as $$
  select case c.auth
    when 'app' then json_build_object(
      'id', c.id, 'tenant', c.tenant, 'client_id', c.client_id, 'graph', c.graph,
      'login', c.login, 'secret_file', c.secret_file)
    else json_build_object(
      'id', c.id, 'tenant', c.tenant, 'client_id', c.client_id, 'graph', c.graph,
      'login', c.login, 'secret_file', c.secret_file, 'auth', c.auth,
      'token_dir', c.token_dir, 'token_key', c.token_key)
    end
$$;

-- Ops that were applied on this day, while limit.per_day counted them.
create or replace function calsync.roster_spent(at timestamptz) returns bigint
language sql stable as $$
  select coalesce((select d.ops from calsync.day_ops d
                    where d.day = (at at time zone 'UTC')::date), 0)
$$;

-- A cursor as the stream has it.
create or replace function calsync.cursor_json(c calsync.cursor) returns json
language sql stable as $$
  select json_build_object(
    'link', c.link,
    'window', json_build_object('start', calsync.instant(c.window_start),
                                'end', calsync.instant(c.window_end)),
    'issued', calsync.instant(c.issued),
    'resume', c.resume,
    'round', calsync.instant(c.round))
$$;

-- One JSON object per account, by id.  `gate` is the first reason of step 1 that
-- the database can know, or null; `gate_if_on` the one of a user who were not off;
-- `cleanup` the user's open request.  `due_now`: somebody asked for this mailbox, or
-- an item of it is to be read again, whatever its turn.  `changes`: the CRM has some
-- that would be written through it; `open`: a write has no outcome yet; `deletes`: how
-- many deletions by us, on either side, in 24 hours.  `copies` as in change_routes.
create or replace function calsync.roster_accounts(at timestamptz,
                                                   copies boolean default false)
returns setof json
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  routed bigint[] := array(
    select distinct r.account
      from calsync.change_targets(
             array(select w.crm_id from calsync.changes_awake(roster_accounts.at) w),
             copies, roster_accounts.at) r
     where r.account is not null);
begin
  return query
  select json_build_object(
    'account', a.id,
    'user', a.crm_user,
    'mailbox', a.mailbox,
    'graph_user', a.graph_user,
    'connection', a.connection,
    'zone', coalesce(a.zone, u.time_zone),
    'since', calsync.instant(a.since),
    'category', case when a.graph_user like 'groups/%' then u.category end,
    'settings', (select coalesce(json_object_agg(s.key, s.value order by s.key), '{}')
                   from calsync.setting s where s.account = a.id),
    'first', a.first,
    'gate', case when not a.events then 'user_off' else g.gate end,
    'gate_if_on', g.gate,
    'cleanup', (select json_build_object('request', k.id, 'upto', k.upto)
                  from calsync.cleanup k
                 where k.crm_user = a.crm_user and k.ended is null),
    'last_read', calsync.instant(a.last_read),
    'due_now', a.due_now or coalesce((
      select true from calsync.again g
       where g.account = a.id and g.due <= roster_accounts.at
       order by g.due limit 1), false),
    'changes', r.account is not null,
    'open', exists (select from calsync.intent i
                     where i.account = a.id and i.outcome is null and i.sent is not null),
    'deletes', (select count(*) from calsync.log l
                 where l.account = a.id and l.kind = 'op'
                   and l.code in ('crm.delete', 'graph.delete') and l.outcome = 'done'
                   -- What was asked for uses up nothing.
                   and l.rule is distinct from 'cleanup'
                   and l.at > roster_accounts.at - interval '24 hours'),
    'calendars', (
      select coalesce(json_agg(json_build_object(
               'calendar', k.calendar,
               'cursor', case when k.account is not null
                              then calsync.cursor_json(k) end) order by k.calendar),
               '[{"calendar":"","cursor":null}]')
        from calsync.cursor k where k.account = a.id and k.kind = 'events'))
    from calsync.account a
   cross join calsync.org o
    left join calsync.connection c on c.id = a.connection
    left join calsync.crm_user() u on u.user_id = a.crm_user
    left join unnest(routed) r(account) on r.account = a.id
   cross join lateral (select case
      when not o.enabled or u.user_id is null or not u.active then 'user_off'
      when coalesce(a.mailbox, '') = '' or coalesce(a.graph_user, '') = ''
        then 'no_mailbox'
      when not a.is_primary and exists (
             select from calsync.account b
              where b.crm_user = a.crm_user and b.id <> a.id and b.events)
        then 'no_primary_mailbox'
      when coalesce(u.email, '') = '' then 'no_email'
      when c.id is null then 'no_server'
      when c.health is not null then 'auth_needed'
      -- It may have been made since: asked once a day.
      when a.health = 'no_cloud_mailbox'
           and a.health_at <= roster_accounts.at - interval '1 day' then null
      else a.health end as gate) g
   -- Who was read longest ago comes first: a run that ends early starves nobody.
   order by a.last_read nulls first, a.id;
end $$;

-- The run's row.  Members of `run` that it does not know are left alone.
create or replace function calsync.run_begin(run json) returns void
language sql as $$
  insert into calsync.run (id, now, policy)
  values (run ->> 'id', (run ->> 'now')::timestamptz, run::jsonb -> 'policy')
  on conflict (id) do nothing
$$;

-- {"id":..,"verdict":..,"status":0,"counts":{..}}; status 0 to 255.
create or replace function calsync.run_end(run json) returns void
language plpgsql as $$
begin
  update calsync.run r
     set ended = clock_timestamp(),
         verdict = coalesce(run ->> 'verdict', r.verdict),
         status = coalesce((run ->> 'status')::integer, r.status),
         counts = r.counts || coalesce(run::jsonb -> 'counts', '{}')
   where r.id = run ->> 'id';
  perform calsync.cleanup_end();
  perform calsync.tidy();
  perform calsync.run_purge((select r.now from calsync.run r where r.id = run ->> 'id'));
end $$;

-- How long what is over is kept: settled intents, used and void holds for 90 days, the
-- log with its lost values, and runs, for a year.  Nothing that a decision needs is
-- older than a day; tombstones and what is open stay.  At most `many` rows of a table
-- are looked at, the oldest: a run never waits for a big clean-up.  SECURITY DEFINER:
-- apply may write the log and otherwise delete nothing of it.
create or replace function calsync.run_purge(at timestamptz, many integer default 2000)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
  short constant timestamptz := at - interval '90 days';
  long constant timestamptz := at - interval '1 year';
  old bigint[];
begin
  delete from calsync.intent where id = any(array(
    select i.id from (select x.id, x.settled from calsync.intent x
                       order by x.id limit many) i where i.settled < short));
  delete from calsync.hold where id = any(array(
    select h.id from (select x.id, least(x.consumed, x.void) as over from calsync.hold x
                       order by x.id limit many) h where h.over < short));
  old := array(select l.id from (select x.id, x.at from calsync.log x
                                  order by x.id limit many) l where l.at < long);
  if cardinality(old) > 0 then
    delete from calsync.lost where log = any(old);
    delete from calsync.log where id = any(old);
  end if;
  delete from calsync.run where id = any(array(
    select r.id from (select x.id, x.now from calsync.run x
                       order by x.begun limit many) r where r.now < long));
end $$;

-- What became of a run as a whole, told by who started it: {"id":..,"now":..,
-- "status":..,"stage":..}, the first stage that failed.  apply knows only its own part,
-- and of a run that broke off before it nothing.  `ended` is apply's: see apply_resolve.
create or replace function calsync.run_verdict(run json) returns void
language sql as $$
  insert into calsync.run as r (id, now, status, verdict)
  values (run ->> 'id', coalesce((run ->> 'now')::timestamptz, now()), (run ->> 'status')::integer,
          case run ->> 'status' when '1' then 'refused'
                                else (run ->> 'stage') || ' failed' end)
  on conflict (id) do update set
    status = excluded.status,
    verdict = case when excluded.status = 1
                   then case r.verdict when 'complete' then 'refused' else r.verdict end
                   when run ->> 'stage' = 'apply' then coalesce(r.verdict, excluded.verdict)
                   else excluded.verdict end
$$;

-- Forget changes of people that every mailbox has looked at (see fetch_waiting).
create or replace function calsync.tidy() returns void
language sql set jit = off as $$
  delete from calsync.person_change p
   where p.xid < (select coalesce(min(coalesce(k.horizon_before, '0'::xid8)),
                                  pg_snapshot_xmin(pg_current_snapshot()))
                    from calsync.account a
                    left join calsync.cursor k on k.account = a.id and k.kind = 'events'
                   where a.synced_xid is not null)
$$;

-- True while this account can be synced: enabled, healthy, and its connection.
create or replace function calsync.usable(a calsync.account) returns boolean
language sql stable as $$
  select a.events and a.health is null and exists (
    select from calsync.connection c where c.id = a.connection and c.health is null)
$$;

-- Changes that had no mailbox to go out through may have one now.
create or replace function calsync.wake_changes() returns void
language sql as $$
  update calsync.change c set reason = null, due = null, policy_digest = null
   where c.account is null and c.reason is not null
$$;

-- An account that becomes usable is news for the events that wait for it, and
-- for its own: nobody noted for it what changed while it was off.
-- With constraint_exclusion the planner sees that no contact is a user: else all of the
-- CRM's contacts would be read for each account.
create or replace function calsync.account_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
set constraint_exclusion = on as $$
begin
  if not calsync.usable(new) then
    new.synced_xid := null;
  elsif new.synced_xid is null then
    new.synced_xid := pg_current_xact_id();
    perform calsync.note_people(array(
      select p.email from calsync.crm_person() p
       where p.person = 'user' and p.id = new.crm_user
      union select new.mailbox));
    update calsync.seen s set due = '-infinity'
     where s.account = new.id and s.due is distinct from '-infinity';
    update calsync.copy c set due = '-infinity'
     where c.account = new.id and c.policy_digest is not null
       and c.due is distinct from '-infinity';
    perform calsync.wake_changes();
  end if;
  -- Of somebody's several mailboxes one is chosen, or only one is left.
  if tg_op = 'UPDATE' and (new.is_primary and not old.is_primary
       or old.events and not new.events and exists (
            select from calsync.account b
             where b.crm_user = new.crm_user and b.id <> new.id)) then
    perform calsync.wake_changes();
  end if;
  return new;
end $$;
-- Not for what apply writes there after each section.
create or replace trigger account_changed
  before insert or update of crm_user, mailbox, connection, events, health, is_primary, synced_xid
  on calsync.account for each row execute function calsync.account_changed();

-- Where this account's copies decide, or did, another copy now does: it is read in
-- the next run.
create or replace function calsync.deciders_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set jit = off as $$
begin
  insert into calsync.again as g (account, id, calendar, reason, due, since)
  select d.account, d.id, d.calendar, 'deciding', '-infinity', now()
    from (select c.meeting, max(c.role) as role from calsync.copy c
           where c.account = new.id and c.state = 'present' group by c.meeting) mine
   cross join lateral (
     select x.account, x.id, x.calendar, x.role
       from calsync.copy x join calsync.account a on a.id = x.account
      where x.meeting = mine.meeting and x.state = 'present'
        and x.account <> new.id and a.synced_xid is not null
      order by (x.role <> 'organizer'), x.account, x.id limit 1) other
   cross join lateral calsync.deciding_copy(array[mine.meeting]) d
   where (mine.role <> 'organizer', new.id) < (other.role <> 'organizer', other.account)
   order by d.account, d.id
  on conflict (id, account) do update set reason = excluded.reason, due = excluded.due;
  return null;
end $$;
create or replace trigger deciders_changed after update on calsync.account
  for each row when ((old.synced_xid is null) <> (new.synced_xid is null))
  execute function calsync.deciders_changed();

-- A connection's health decides for its accounts.
create or replace function calsync.connection_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update calsync.account set health = health where connection = new.id;
  return null;
end $$;
create or replace trigger connection_changed after update of health on calsync.connection
  for each row execute function calsync.connection_changed();
