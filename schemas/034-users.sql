-- repeatable
--
-- What CRM users do for themselves, under their own database role: a member of
-- calsync_user that admin_login has tied to them.  They reach nothing but what these
-- functions show and change.

-- The CRM user who asks; null: somebody else.
create or replace function calsync.me() returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select l.crm_user from calsync.login l where l.usr = session_user
$$;

-- Who asks, if users may edit what is theirs.
create or replace function calsync.user_may() returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  who text := calsync.me();
begin
  if who is null then
    raise exception '% is no CRM user''s role', session_user using errcode = '42501';
  end if;
  if calsync.firm_policy('users.edit') is distinct from 'yes' then
    raise exception 'an administrator does this (users.edit = no)' using errcode = '42501';
  end if;
  if not (select o.enabled from calsync.org o) then
    raise exception 'the firm''s sync is off' using errcode = '42501';
  end if;
  return who;
end $$;

-- One's own sync, on or off.
create or replace function calsync.user_switch(enabled boolean) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  who text := calsync.user_may();
  box text;
begin
  for box in select a.mailbox from calsync.account a
              where a.crm_user = who and a.events <> enabled order by a.id loop
    perform calsync.admin_account(json_build_object(
      'crm_user', who, 'mailbox', box, 'enabled', enabled));
  end loop;
end $$;

-- One's own value of a policy key; null takes it away.  What users may not set, or
-- not so far, roster leaves out.
create or replace function calsync.user_setting(key text, value text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  who text := calsync.user_may();
  box bigint;
begin
  if not (select o.policy from calsync.org o) ? user_setting.key then
    raise exception 'there is no key %', user_setting.key using errcode = '22023';
  end if;
  for box in select a.id from calsync.account a where a.crm_user = who loop
    perform calsync.admin_setting(box, user_setting.key, user_setting.value);
  end loop;
end $$;

-- What one's own cleanup would remove, or will (admin_cleanup).
create or replace function calsync.user_cleanup(c json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  return calsync.admin_cleanup(jsonb_build_object('crm_user', calsync.user_may())::json, c);
end $$;

-- The same for the command: somebody of whom there is nothing to tell is told why.
create or replace function calsync.user_show()
returns table (mailbox text, enabled boolean, last_change timestamptz, last_read timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  if pg_has_role(session_user, 'calsync_admin', 'member') then
    null;
  elsif calsync.me() is null then
    raise exception '% is no CRM user''s role', session_user using errcode = '42501';
  elsif not exists (select from calsync.account a where a.crm_user = calsync.me()) then
    raise exception 'you have no mailbox that is synced: an administrator makes the account (calsync account add ADDRESS)'
      using errcode = '42501';
  end if;
  return query select * from calsync.user_status();
end $$;

-- Last Automatic Sync: one's own; those who set calsync up see everybody's.
create or replace function calsync.user_status()
returns table (mailbox text, enabled boolean, last_change timestamptz, last_read timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select a.mailbox, a.events, a.last_change, a.last_read from calsync.account a
   where a.crm_user = calsync.me() or pg_has_role(session_user, 'calsync_admin', 'member')
   order by a.mailbox
$$;
