-- repeatable
--
-- How people set calsync up, and what the firm's policy lets them do.  Each admin_
-- function takes one JSON object; a member that is missing stays as it is.  A wrong
-- value fails with SQLSTATE 22023 and a sentence for people.

create or replace function calsync.admin_refuse(what text) returns void
language plpgsql as $$
begin
  raise exception '%', what using errcode = '22023';
end $$;

-- What policy says -------------------------------------------------------------
-- Policy is a file.  The database knows it as the last command of an administrator
-- or the last run read it; until then nothing is known, and nothing refused.

create or replace function calsync.firm_policy(key text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select o.policy ->> firm_policy.key from calsync.org o
$$;

create or replace function calsync.policy_seen() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update calsync.org o set policy = new.policy
   where new.policy is not null and o.policy is distinct from new.policy;
  return null;
end $$;
create or replace trigger policy_seen after insert on calsync.run
  for each row execute function calsync.policy_seen();

-- A key ends in the first four digits of the text digest of what stands before its
-- last dash, so that a mistyped one is noticed.  Who sells keys replaces this.
create or replace function calsync.licence_valid(licence text) returns boolean
language sql immutable as $$
  select coalesce(licence ~ '.-[0-9a-f]{4}$'
    and right(licence, 4) = left(calsync.text_digest(left(licence, -5)), 4), false)
$$;

-- The words of a list in a policy.
create or replace function calsync.policy_words(policy jsonb, key text) returns text[]
language sql immutable as $$
  select regexp_split_to_array(policy ->> key, '\s*,\s*')
$$;

-- Why the tier does not let anybody set calsync up, or null.
create or replace function calsync.tier_refusal(policy jsonb) returns text
language sql stable as $$
  select format('the tier %s may not configure the sync (license = tier): Professional '
                'and Strategic may', coalesce(o.licence_tier, '(none)'))
    from calsync.org o
   where tier_refusal.policy ->> 'license' = 'tier'
     and coalesce(lower(o.licence_tier) not in ('professional', 'strategic'), true)
$$;

-- Contact types that policy names and the CRM's administration does not define; all
-- are fine while it has defined none.
create or replace function calsync.types_refusal(policy jsonb) returns text
language sql stable as $$
  select format('%s: there is no contact type %s; there are: %s', k.key, ltrim(t.name, '!'),
                array_to_string(o.contact_types, ', '))
    from calsync.org o
   cross join unnest(array['select.types', 'attendees.exclude_types']) k(key)
   cross join lateral unnest(calsync.policy_words(types_refusal.policy, k.key)) t(name)
   where o.contact_types is not null and t.name not in ('all', 'none')
     and ltrim(t.name, '!') <> all(o.contact_types)
   limit 1
$$;

-- Why the firm or a user may not be switched on under this policy, or null.
create or replace function calsync.enable_refusal(policy jsonb) returns text
language sql stable as $$
  select coalesce(calsync.tier_refusal(p), calsync.types_refusal(p), case
    when p ->> 'license' = 'seats' and o.seats is null
      then 'the firm has no licence (license = seats): state how many users it is for: calsync org seats=N'
    when p ->> 'license' = 'key' and not calsync.licence_valid(o.licence)
      then 'the activation key is ' || case when o.licence is null then 'missing' else 'wrong' end
           || ' (license = key): calsync org licence=KEY'
    when 'other_sync_off' = any(calsync.policy_words(p, 'enable.rules'))
         and (p ->> 'direction.events' in ('to_graph', 'both')
              or p ->> 'direction.public' in ('to_graph', 'both'))
         and o.other_sync_off_by is null
      then 'nobody has stated that every other calendar sync is off (enable.rules = '
           'other_sync_off); switch them off, then: calsync org other_sync_off=yes'
    end)
    from calsync.org o cross join (values (enable_refusal.policy)) v(p)
$$;

create or replace function calsync.admin_may(enables boolean) returns void
language plpgsql as $$
declare
  policy jsonb := (select o.policy from calsync.org o);
  why text := case when enables then calsync.enable_refusal(policy)
                   else calsync.tier_refusal(policy) end;
begin
  if why is not null then
    perform calsync.admin_refuse(why);
  end if;
end $$;

-- The policy that is in force: all keys.
create or replace function calsync.admin_policy(policy json) returns void
language sql as $$
  update calsync.org o set policy = admin_policy.policy::jsonb
$$;

-- Setting up -------------------------------------------------------------------
-- {"tenant","client_id","cloud","graph","login","auth","secret_file","token_dir",
--  "token_key","id"}
create or replace function calsync.admin_connection(c json) returns bigint
language plpgsql as $$
declare
  got bigint := (c ->> 'id')::bigint;
begin
  perform calsync.admin_may(enables => false);
  if got is null then
    if coalesce(btrim(c ->> 'tenant'), '') = '' or coalesce(btrim(c ->> 'client_id'), '') = '' then
      perform calsync.admin_refuse('a connection needs tenant and client_id');
    end if;
    insert into calsync.connection (tenant, client_id, auth, token_dir, token_key)
    values (c ->> 'tenant', c ->> 'client_id', coalesce(c ->> 'auth', 'app'),
            c ->> 'token_dir', c ->> 'token_key')
    on conflict (tenant, client_id) do update set tenant = excluded.tenant
    returning id into got;
  end if;
  update calsync.connection x
     set tenant = coalesce(c ->> 'tenant', x.tenant),
         client_id = coalesce(c ->> 'client_id', x.client_id),
         cloud = coalesce(c ->> 'cloud', x.cloud),
         graph = coalesce(rtrim(c ->> 'graph', '/'), x.graph),
         login = coalesce(rtrim(c ->> 'login', '/'), x.login),
         auth = coalesce(c ->> 'auth', x.auth),
         secret_file = coalesce(c ->> 'secret_file', x.secret_file),
         token_dir = coalesce(c ->> 'token_dir', x.token_dir),
         token_key = coalesce(c ->> 'token_key', x.token_key),
         authorized_by = case when coalesce(c ->> 'auth', x.auth) <> 'app' then x.authorized_by end,
         authorized_at = case when coalesce(c ->> 'auth', x.auth) <> 'app' then x.authorized_at end,
         health = case when c -> 'health' is null then x.health else c ->> 'health' end
   where x.id = got;
  if not found then
    perform calsync.admin_refuse('there is no connection ' || got);
  end if;
  perform calsync.signin_due(a) from calsync.account a where a.connection = got;
  return got;
end $$;

-- A connection goes only when no account is reached through it.
create or replace function calsync.admin_connection_remove(id bigint) returns void
language plpgsql as $$
#variable_conflict use_variable
declare
  boxes text := (select string_agg(a.mailbox, ', ' order by a.mailbox)
                   from calsync.account a where a.connection = id);
begin
  if boxes is not null then
    perform calsync.admin_refuse(format('connection %s is that of %s', id, boxes));
  end if;
  delete from calsync.connection c where c.id = id;
  if not found then
    perform calsync.admin_refuse('there is no connection ' || id);
  end if;
end $$;

-- {"user":"ann@firm.test" (or "crm_user":"1"),"mailbox","connection","graph_user",
--  "zone","enabled":true,"primary":true,"since","health","due_now"}: the account of
-- that CRM user.  mailbox defaults to the user's address, graph_user to the mailbox,
-- connection to the only one.  "group": the Graph id of a Microsoft 365 group: the account
-- is that of a public calendar, whose CRM user stands for it, and by its connection a
-- member of the group signs in.  It takes no seat.  Of a user with several mailboxes the primary one is
-- synced.  No more users than the firm has seats, and none while the policy's rules
-- for enabling are not met.
create or replace function calsync.admin_account(c json) returns bigint
language plpgsql set jit = off as $$
declare
  who text := coalesce(c ->> 'crm_user', (
    select p.id from calsync.crm_person() p
     where p.email = lower(c ->> 'user') and p.person = 'user' order by p.rank limit 1));
  box text := lower(c ->> 'mailbox');
  link bigint := (c ->> 'connection')::bigint;
  got bigint;
  switched_on boolean;
  named text := coalesce('groups/' || nullif(c ->> 'group', ''), c ->> 'graph_user');
begin
  if who is null or not exists (select from calsync.crm_user() u where u.user_id = who) then
    perform calsync.admin_refuse('the CRM has no active user ' ||
                                 coalesce(c ->> 'user', c ->> 'crm_user', '(none given)'));
  end if;
  if link is not null and not exists (select from calsync.connection where id = link) then
    perform calsync.admin_refuse('there is no connection ' || link);
  end if;
  select a.id into got from calsync.account a
   where a.crm_user = who and (box is null or a.mailbox = box) order by a.id limit 1;
  switched_on := coalesce((c ->> 'enabled')::boolean, got is null)
     and not exists (select from calsync.account a where a.id = got and a.events);
  if switched_on then
    perform calsync.admin_may(enables => true);
  end if;
  if got is null then
    box := coalesce(box, (select u.email from calsync.crm_user() u where u.user_id = who));
    if link is null and (select count(*) from calsync.connection x
                          where c ->> 'group' is null or x.auth <> 'app') = 1 then
      select id into link from calsync.connection x
       where c ->> 'group' is null or x.auth <> 'app';
    end if;
    insert into calsync.account (crm_user, mailbox, graph_user, connection)
    values (who, box, coalesce(named, box), link)
    returning id into got;
  end if;
  update calsync.account a
     set graph_user = coalesce(named, a.graph_user),
         connection = coalesce(link, a.connection),
         zone = coalesce(c ->> 'zone', a.zone),
         since = coalesce((c ->> 'since')::timestamptz,
                          case when (c ->> 'enabled')::boolean and not a.events
                               then now() else a.since end),
         events = coalesce((c ->> 'enabled')::boolean, a.events),
         due_now = coalesce((c ->> 'due_now')::boolean,
                            (c ->> 'enabled')::boolean or a.due_now, a.due_now),
         health = case when c -> 'health' is null then a.health else c ->> 'health' end
   where a.id = got;
  if exists (select from calsync.account a left join calsync.connection x on x.id = a.connection
              where a.id = got and a.graph_user like 'groups/%' and coalesce(x.auth, 'app') = 'app') then
    perform calsync.admin_refuse('Microsoft 365 shows a group''s calendar to its members only, to no '
      'application: name a connection on which people sign in (calsync connection add --token-dir)');
  end if;
  perform calsync.signin_due(a) from calsync.account a where a.id = got;
  if (c ->> 'primary')::boolean then
    update calsync.account a set is_primary = false
     where a.crm_user = who and a.id <> got and a.is_primary;
    update calsync.account a set is_primary = true where a.id = got;
  end if;
  if switched_on then
    perform calsync.cleanup_lift(who);
  end if;
  if (select count(distinct a.crm_user) from calsync.account a
       where a.events and coalesce(a.graph_user, '') not like 'groups/%')
     > (select o.seats from calsync.org o for update) then
    perform calsync.admin_refuse('no seat is left: ' || (select o.seats from calsync.org o)
                                 || ' users can be synced');
  end if;
  return got;
end $$;

-- Everybody who has an account, in one step: all of them or none.  Gives how many
-- were switched.
create or replace function calsync.admin_accounts(enabled boolean) returns bigint
language sql as $$
  select count(calsync.admin_account(json_build_object(
           'crm_user', a.crm_user, 'mailbox', a.mailbox, 'enabled', enabled)))
    from calsync.account a where a.events <> enabled
$$;

-- {"user","login"}: the database role under which that CRM user works; empty: none.
create or replace function calsync.admin_login(c json) returns void
language plpgsql as $$
declare
  who text := (select p.id from calsync.crm_person() p
                where p.email = lower(c ->> 'user') and p.person = 'user' order by p.rank limit 1);
begin
  if who is null then
    perform calsync.admin_refuse('the CRM has no active user ' ||
                                 coalesce(c ->> 'user', '(none given)'));
  end if;
  if c ->> 'login' <> '' and not exists (
       select from pg_roles r
        where r.rolname = c ->> 'login' and pg_has_role(r.oid, 'calsync_user', 'member')) then
    perform calsync.admin_refuse(format(
      'there is no role %1$s that is a member of calsync_user: create it, and: grant calsync_user to %1$I',
      c ->> 'login'));
  end if;
  delete from calsync.login l where l.crm_user = who;
  insert into calsync.login (usr, crm_user)
  select c ->> 'login', who where coalesce(c ->> 'login', '') <> ''
  on conflict (usr) do update set crm_user = excluded.crm_user;
end $$;

-- A user's own value of a policy key; null takes it away.
create or replace function calsync.admin_setting(account bigint, key text, value text)
returns void language plpgsql as $$
#variable_conflict use_variable
begin
  perform calsync.admin_may(enables => false);
  if not exists (select from calsync.account a where a.id = account) then
    perform calsync.admin_refuse('there is no account ' || account);
  end if;
  if value is null then
    delete from calsync.setting s where s.account = account and s.key = key;
  else
    insert into calsync.setting as s (account, key, value) values (account, key, value)
    on conflict on constraint setting_pkey do update
      set value = excluded.value, set_by = session_user, set_at = now();
  end if;
end $$;

-- {"domains":["firm.test"],"enabled":true,"seats":5,"licence","licence_tier",
--  "other_sync_off":true,"contact_types":["Client"],"encrypted":["alt_email"],
--  "generation":"accept"}; the last says that these tables are the right ones although
--  they were restored.  What others have to state, and the licence, may always be said;
--  the rest takes a tier that may configure.
create or replace function calsync.admin_org(c json) returns void
language plpgsql as $$
begin
  update calsync.org o set
    domains = case when json_typeof(c -> 'domains') = 'array'
      then array(select lower(d) from json_array_elements_text(c -> 'domains') d)
      else o.domains end,
    seats = coalesce((c ->> 'seats')::integer, o.seats),
    licence = coalesce(c ->> 'licence', o.licence),
    licence_tier = coalesce(c ->> 'licence_tier', o.licence_tier),
    contact_types = case when json_typeof(c -> 'contact_types') = 'array'
      then array(select json_array_elements_text(c -> 'contact_types')) else o.contact_types end,
    other_sync_off_by = case when (c ->> 'other_sync_off')::boolean then session_user
      when not (c ->> 'other_sync_off')::boolean then null else o.other_sync_off_by end,
    other_sync_off_at = case when (c ->> 'other_sync_off')::boolean then now()
      when not (c ->> 'other_sync_off')::boolean then null else o.other_sync_off_at end,
    generation = case when c ->> 'generation' = 'accept' then calsync.generation()
                      else o.generation end;
  if json_typeof(c -> 'encrypted') = 'array' then
    perform calsync.admin_encrypted(array(select json_array_elements_text(c -> 'encrypted')));
  end if;
  if c -> 'domains' is not null or c -> 'contact_types' is not null then
    perform calsync.admin_may(enables => false);
  end if;
  if c ->> 'enabled' is not null then
    perform calsync.admin_switch((c ->> 'enabled')::boolean);
  end if;
end $$;

-- The firm's switch.  Under enable.rules = final it stays on.
create or replace function calsync.admin_switch(enabled boolean) returns void
language plpgsql as $$
#variable_conflict use_variable
begin
  if enabled then
    perform calsync.admin_may(enables => true);
  elsif (select o.enabled and 'final' = any(calsync.policy_words(o.policy, 'enable.rules'))
           from calsync.org o) then
    perform calsync.admin_refuse('once on, the firm stays on (enable.rules = final)');
  end if;
  update calsync.org o set enabled = admin_switch.enabled;
end $$;

-- Fields whose addresses nobody but the CRM can read: they match nobody.  Each is
-- told once, in the log; and what waits for such an address is looked at again.
create or replace function calsync.admin_encrypted(fields text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  before text[] := (select o.encrypted from calsync.org o);
begin
  update calsync.org o set encrypted = fields;
  insert into calsync.log (at, run, kind, stage, code, detail)
  select now(), '', 'problem', 'match', 'encrypted',
         'the field ' || f || ' is encrypted: nobody is matched by it'
    from unnest(fields) f where f <> all(before);
  perform calsync.note_people(array(
    select p.email from calsync.crm_person() p
     where p.field = any(fields || before)
       and (p.field = any(fields)) <> (p.field = any(before))));
end $$;

-- Read these items again in the next run (calsync retry): all with an error since
-- `since`, or one (a Graph id); with them the changes of the CRM that Graph refused.
-- Gives how many.
create or replace function calsync.admin_retry(since timestamptz, item text default null)
returns bigint language sql as $$
  with due as (
    update calsync.again g set due = '-infinity'
     where (admin_retry.item is null and g.since >= admin_retry.since)
        or g.id = admin_retry.item
    returning g.account),
  woken as (
    update calsync.change x set due = '-infinity'
     where x.reason in ('graph_error', 'not_applied', 'bad_record', 'too_big')
       and ((admin_retry.item is null and coalesce(x.due, x.at) >= admin_retry.since)
            or x.crm_id = admin_retry.item
            or x.crm_id in (select m.crm_id from calsync.copy c
                              join calsync.meeting m on m.id = c.meeting
                             where c.id = admin_retry.item))
    returning x.crm_id),
  asked as (
    update calsync.account a set health = null, health_at = null
     where a.health = 'no_cloud_mailbox' and admin_retry.item is null
    returning a.id)
  select (select count(*) from due) + (select count(*) from woken)
       + (select count(*) from asked)
$$;

-- The same for all that failed in the last retry.days of the policy.
create or replace function calsync.admin_retry_all(at timestamptz) returns bigint
language sql as $$
  select calsync.admin_retry(at - make_interval(
    days => coalesce(calsync.firm_policy('retry.days')::integer, 30)))
$$;
