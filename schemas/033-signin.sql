-- repeatable
--
-- auth = delegated: people sign in themselves, to the mailbox that is theirs.  Their
-- refresh tokens are in files; here is who has signed in, and who has to (again).

-- Nobody's fault: somebody has to sign in.  Told once, in the log.
create or replace function calsync.signin_needed(account bigint, detail text)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
begin
  update calsync.account a set health = 'auth_needed' where a.id = account and a.health is null;
  if found and detail is not null then
    insert into calsync.log (at, run, account, kind, error, stage, code, detail)
    values (now(), '', account, 'problem', true, 'fetch', 'auth_needed', detail);
  end if;
end $$;

-- An account of a connection on which people sign in waits for its person; on
-- another one nobody has to.
create or replace function calsync.signin_due(a calsync.account) returns void
language plpgsql as $$
begin
  if exists (select from calsync.connection c where c.id = a.connection and c.auth <> 'app') then
    if a.signed_in is null then
      perform calsync.signin_needed(a.id, 'nobody has signed in: calsync account connect');
    end if;
  else
    update calsync.account x set health = null, signed_in = null
     where x.id = a.id and (x.health = 'auth_needed' or x.signed_in is not null);
  end if;
end $$;

-- From apply: the login wants to see this person again.  The problem itself is in the
-- page's log.
create or replace function calsync.apply_signin(page jsonb) returns void
language plpgsql as $$
begin
  if page -> 'problems' @> '[{"code": "auth_needed"}]' then
    perform calsync.signin_needed((page ->> 'account')::bigint, null);
  end if;
end $$;

-- People may sign in through this connection from now on: said by an administrator
-- here who is, or has asked, one of the tenant (O-003).
create or replace function calsync.admin_authorize(id bigint) returns void
language plpgsql as $$
#variable_conflict use_variable
begin
  perform calsync.admin_may(enables => false);
  update calsync.connection c set authorized_by = session_user, authorized_at = now()
   where c.id = id and c.auth <> 'app';
  if not found then
    perform calsync.admin_refuse(format('connection %s is none on which people sign in', id));
  end if;
end $$;

-- What is needed to let this user (an address of theirs, or of their mailbox) sign in:
-- {"connection":{..},"account":2,"mailbox","graph_user"}; or why they cannot.
create or replace function calsync.admin_signin(who text) returns json
language plpgsql stable as $$
declare
  a calsync.account;
  c calsync.connection;
begin
  select x.* into a from calsync.account x
   where x.mailbox = lower(who)
      or x.crm_user = (select p.id from calsync.crm_person() p
                        where p.email = lower(who) and p.person = 'user' order by p.rank limit 1)
   order by x.mailbox is distinct from lower(who), x.is_primary desc, x.id limit 1;
  if a.id is null then
    perform calsync.admin_refuse(format('%s has no account: calsync account add %s', who, who));
  end if;
  select x.* into c from calsync.connection x where x.id = a.connection;
  if c.id is null or c.auth = 'app' then
    perform calsync.admin_refuse(format(
      '%s is not reached by a sign-in: its connection is that of an application', a.mailbox));
  end if;
  return json_build_object('connection', calsync.connection_json(c), 'account', a.id,
    'mailbox', a.mailbox, 'graph_user', a.graph_user, 'authorized', c.authorized_by is not null);
end $$;

-- The person has signed in.  What was read in another way is read anew.
create or replace function calsync.admin_signed_in(account bigint) returns void
language plpgsql as $$
#variable_conflict use_variable
begin
  update calsync.account a
     set signed_in = now(), due_now = true,
         health = case when a.health <> 'auth_needed' then a.health end
   where a.id = account;
  update calsync.cursor k set link = null, resume = null
   where k.account = account and (k.link is not null or k.resume is not null)
     and (k.link !~ '/me/' or k.resume !~ '/me/');
end $$;

create or replace function calsync.admin_signed_out(account bigint) returns void
language plpgsql as $$
#variable_conflict use_variable
begin
  update calsync.account a set signed_in = null where a.id = account;
  perform calsync.signin_due(a) from calsync.account a where a.id = account;
end $$;
