-- A stand-in for calsync's functions: canned answers, and faults on demand, so
-- that match and apply are tested for what a real schema seldom does.
create schema calsync;

create table calsync.known (account bigint, id text, digest text);
create table calsync.context (id text, doc json);
-- What was called, and which pages were committed.
create table calsync.call (no serial, pid int default pg_backend_pid(), what text, arg jsonb);
create table calsync.page (no serial, pid int default pg_backend_pid(), page jsonb, bases text);
create sequence calsync.tries;

create function calsync.match_known(account bigint, ids text[], digests text[])
returns setof int language plpgsql stable as $$
begin
  return query
  select u.n::int
    from unnest(ids, digests) with ordinality u(id, digest, n)
    join calsync.known k on k.id = u.id and k.digest = u.digest
                        and k.account = match_known.account
   order by u.n desc;
end $$;

-- Everybody is user 1.
create function calsync.match_people(addresses text[])
returns table (n int, person text, id text, name text, type text, private boolean,
               field text, account bigint, synced boolean)
language plpgsql stable as $$
begin
  return query
  select u.n::int, 'user', '1', null::text, null::text, null::boolean, null::text, 1::bigint,
         true
    from unnest(addresses) with ordinality u(a, n);
end $$;

-- Rows come in no order, and json_agg prints line ends.
create function calsync.match_context(account bigint, items json, first boolean, at timestamptz)
returns table (n int, doc json) language plpgsql security definer as $$
declare
  id text;
  tries int := (select count(*) from pg_locks
                 where locktype = 'advisory' and classid = 99 and pid = pg_backend_pid());
begin
  for id in select i->>'id' from json_array_elements(items) i loop
    if id = 'NOTICE' then raise warning 'secret subject %', id; end if;
    if id = 'RAISE' then raise exception 'secret subject %', id; end if;
    if id = 'CANCEL' then raise exception 'too long' using errcode = '57014'; end if;
    -- A session's locks stay when its transaction fails: they count.
    if id = 'RETRY' and tries < 2 then
      perform pg_advisory_lock(99, tries);
      raise exception 'again' using errcode = '40001';
    end if;
    if id = 'LOST' then perform pg_terminate_backend(pg_backend_pid()); end if;
    if id = 'WRITE' then insert into calsync.call (what) values ('match'); end if;
  end loop;
  return query
  select (i->>'n')::int, coalesce(c.doc, json_build_object(
           'link', null, 'base', null, 'crm', null, 'crm_digest', null,
           'rooms', i->'rooms', 'seen', null, 'owner', null))
    from json_array_elements(items) i
    left join calsync.context c on c.id = i->>'id'
   where i->>'id' <> 'FORGET'
   order by 1 desc;
end $$;

create function calsync.match_crm(account bigint, items json, at timestamptz)
returns table (n int, doc json) language plpgsql stable as $$
begin
  return query
  select (i->>'n')::int, json_build_object('crm', c.doc, 'syncing', array[account])
    from json_array_elements(items) i
    left join calsync.context c on c.id = i->>'crm_id'
   order by 1 desc;
end $$;

create function calsync.apply_lock(account bigint) returns boolean language sql as $$
  insert into calsync.call (what, arg) values ('lock', to_jsonb(account));
  select pg_try_advisory_lock(77, account::int)
$$;

create function calsync.apply_unlock(account bigint) returns boolean language sql as $$
  insert into calsync.call (what, arg) values ('unlock', to_jsonb(account));
  select pg_advisory_unlock(77, account::int)
$$;

create function calsync.run_begin(run json) returns void language sql as $$
  insert into calsync.call (what, arg) values ('begin', run::jsonb)
$$;

create function calsync.run_end(run json) returns void language sql as $$
  insert into calsync.call (what, arg) values ('end', run::jsonb)
$$;

create function calsync.apply_page(page jsonb, bases text)
returns table (n int, result json) language plpgsql security definer as $$
declare
  op jsonb;
  id text;
begin
  insert into calsync.page (page, bases) values (page, bases);
  n := 0;
  for op in select * from jsonb_array_elements(page->'ops') loop
    n := n + 1;
    id := op->>'id';
    if id = 'RETRY' and nextval('calsync.tries') < 3 then
      raise exception 'again' using errcode = '40001'; end if;
    if id = 'DEADLOCK' and nextval('calsync.tries') > 0 then
      raise exception 'x' using errcode = '40P01'; end if;
    if id = 'MOVED' then raise exception 'moved' using errcode = 'CS001'; end if;
    if id = 'RAISE' then raise exception 'secret subject'; end if;
    if id = 'DENIED' then raise exception 'x' using errcode = '42501'; end if;
    if id = 'LOST' and nextval('calsync.tries') < 2 then
      perform pg_terminate_backend(pg_backend_pid()); end if;
    if id = 'DEAD' then perform pg_terminate_backend(pg_backend_pid()); end if;
    if id = 'SLOW' then perform pg_sleep(0.5); end if;
    if id = 'FORGET' then continue; end if;
    result := json_build_object(
      'outcome', case id when 'FAIL' then 'failed' when 'JOIN' then 'joined'
                         when 'STALE' then 'moved' else 'done' end,
      'meeting', n, 'crm_id', '10' || n,
      'code', case id when 'FAIL' then '23514' end);
    return next;
  end loop;
end $$;

-- An account's fault is its number: 4000 fails with all others, 4001 was moved,
-- 4002 loses the connection once.
create function calsync.apply_cursors(pages json)
returns table (n int, outcome text) language plpgsql security definer as $$
declare
  p json;
  accounts int[] := array(select (i->>'account')::int from json_array_elements(pages) i);
begin
  insert into calsync.call (what, arg) values ('cursors', to_jsonb(accounts));
  if 4000 = any(accounts) then raise exception 'secret subject'; end if;
  if 4002 = any(accounts) and nextval('calsync.tries') < 2 then
    perform pg_terminate_backend(pg_backend_pid()); end if;
  n := 0;
  for p in select * from json_array_elements(pages) loop
    n := n + 1;
    outcome := case when (p->>'account')::int = 4001 then 'moved'
                    when not pg_try_advisory_xact_lock(77, (p->>'account')::int) then 'locked'
                    else 'done' end;
    if outcome = 'done' then insert into calsync.page (page) values (p::jsonb); end if;
    return next;
  end loop;
end $$;

grant usage on schema calsync to public;
grant all on all tables in schema calsync to public;
grant all on all sequences in schema calsync to public;
