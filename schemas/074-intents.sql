-- repeatable
--
-- Delivery, first half: what is to be sent, and the moment before it is sent.
-- docs/stream.md section 9: planned, open, settled.

do $$
begin
  if to_regtype('calsync.delivery') is null then
    create type calsync.delivery as (
      n integer,            -- as the caller counts
      p jsonb,              -- the element of its list
      i calsync.intent,
      crm_id text,
      outcome text,         -- begin: go, moved, over_budget; settle: see there
      word text             -- settle: what the caller and the log are told
    );
  end if;
end $$;

-- The open intents of these accounts that this run has not dealt with yet, then those
-- that it planned and has not begun.  `age`: of an open one, seconds since it was sent.
create or replace function calsync.intents_due(run text, accounts bigint[])
returns setof json
language plpgsql stable set enable_seqscan = off set jit = off as $$
#variable_conflict use_variable
begin
  return query
  select json_build_object(
           'intent', i.id, 'account', i.account, 'mailbox', a.mailbox,
           'graph_user', a.graph_user, 'connection', a.connection,
           'zone', coalesce(a.zone, u.time_zone), 'op', i.op, 'open', i.sent is not null,
           'sent', calsync.instant(coalesce(i.sent, (select r.now from calsync.run r where r.id = run))),
           'age', greatest(0, extract(epoch from (
                    select r.now from calsync.run r where r.id = run) - i.sent)::bigint),
           'item', i.item, 'transaction', i.transaction_id, 'body', i.body,
           'if_match', i.if_match, 'doc', i.doc)
    from (select distinct x from unnest(accounts) x) k(account)
   cross join lateral (
     select y.* from calsync.intent y
      where y.account = k.account and y.outcome is null
        and case when y.sent is null then y.run = run
                 else y.looked is distinct from run end
     offset 0) i
    join calsync.account a on a.id = i.account
    left join calsync.crm_user() u on u.user_id = a.crm_user
   order by (i.sent is null), i.account, i.place, i.id
   limit 200;
end $$;

-- The intents of a list, locked in order, with the links and CRM events they are about.
create or replace function calsync.intent_read(list jsonb) returns calsync.delivery[]
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  ids bigint[] := array(select (l ->> 'intent')::bigint from jsonb_array_elements(list) l);
begin
  perform from calsync.intent i where i.id = any(ids) order by i.id for update;
  perform from calsync.meeting m
    where m.id = any(array(select i.meeting from calsync.intent i where i.id = any(ids)))
    order by m.id for update;
  perform calsync.lock_events(array(
    select distinct coalesce(i.crm_id, m.crm_id)
      from calsync.intent i left join calsync.meeting m on m.id = i.meeting
     where i.id = any(ids) and coalesce(i.crm_id, m.crm_id) is not null order by 1));
  return (
    select array_agg(row(coalesce((l.p ->> 'n')::integer, l.n::integer), l.p, i,
                         coalesce(i.crm_id, m.crm_id), null, null)::calsync.delivery
                     order by l.n)
      from jsonb_array_elements(list) with ordinality l(p, n)
      join calsync.intent i on i.id = (l.p ->> 'intent')::bigint
      left join calsync.meeting m on m.id = i.meeting);
end $$;

-- `moved` for what is not planned by this run, whose link or CRM event is not the one
-- it was made from, or whose release is used, void or of something else.
create or replace function calsync.begin_judge(d calsync.delivery[])
returns calsync.delivery[]
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  ids text[] := array(select distinct x.crm_id from unnest(d) x where x.crm_id is not null);
begin
  perform from calsync.hold h
    where h.id = any(array(select (x.i).hold from unnest(d) x)) order by h.id for update;
  return (
    select array_agg(row(x.n, x.p, x.i, x.crm_id,
             case when (x.i).outcome is not null or (x.i).sent is not null
                    or (x.i).run is distinct from x.p ->> 'run'
                    or x.turn > 1
                    or (x.i).doc #>> '{expect,digest}' <> coalesce(s.digest, '')
                    or ((x.i).doc ->> 'meeting' is not null
                        and (m.id is null or m.state in ('ended', 'pending')
                             or m.version is distinct from
                                ((x.i).doc #>> '{expect,version}')::integer))
                    or ((x.i).doc ->> 'meeting' is null and (x.i).op = 'graph.create'
                        and ((not calsync.is_series((x.i).doc)
                              and calsync.has_link(x.crm_id, (x.i).doc ->> 'slot'))
                             or calsync.is_made_again((x.i).account, (x.i).doc)))
                    or ((x.i).hold is not null and h.id is null)
                  then 'moved' end, null)::calsync.delivery order by x.n)
      from (select y.*, greatest(
                     row_number() over (partition by (y.i).id order by y.n),
                     case when (y.i).op = 'graph.create' then row_number() over (
                       partition by (y.i).op, y.crm_id, (y.i).doc ->> 'slot' order by y.n)
                     end,
                     case when (y.i).hold is not null then row_number() over (
                       partition by (y.i).hold order by y.n) end) as turn
              from unnest(d) y) x
      left join (select k.crm_id, calsync.crm_digest(k.doc) as digest
                   from calsync.snapshot(ids) k) s on s.crm_id = x.crm_id
      left join lateral (select y.* from calsync.meeting y
                          where y.id = (x.i).meeting offset 0) m on true
      left join lateral (
        select y.id from calsync.hold y
         where y.id = (x.i).hold and y.released_at is not null and y.consumed is null
           and y.void is null and y.account = (x.i).account and y.op = (x.i).op
           and (y.meeting = (x.i).meeting or y.crm_id = x.crm_id
                or ((x.i).op = 'graph.mark' and y.item = (x.i).item)) offset 0) h on true);
end $$;

-- What Exchange was expected to mail because of us, and what we deleted: of the run,
-- of each mailbox in it, of each address and (either side) each mailbox in 24 hours;
-- deletions that a user's cleanup asked for use up nothing.
-- What was refused or certainly not sent does not count; what is not known does.
create or replace function calsync.intent_spent(run text, now timestamptz, accounts bigint[])
returns jsonb
language plpgsql stable set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
#variable_conflict use_variable
begin
  return (
    with sent as materialized (
      select i.run, i.account, i.op, i.mail,
             i.doc #>> '{why,rule}' is not distinct from 'cleanup' as asked
        from calsync.intent i
       where i.sent > now - interval '1 day' and i.outcome is distinct from 'refused')
    select jsonb_build_object(
      'run', (select coalesce(sum(cardinality(s.mail)), 0) from sent s where s.run = run),
      'mailbox', (select coalesce(jsonb_object_agg(k.account, k.mails), '{}')
                    from (select s.account, sum(cardinality(s.mail)) as mails
                            from sent s where s.run = run group by s.account) k),
      'person', (select coalesce(jsonb_object_agg(k.address, k.mails), '{}')
                   from (select a.address, count(*) as mails
                           from sent s cross join lateral unnest(s.mail) a(address)
                          group by a.address) k),
      'deletes', (select coalesce(jsonb_object_agg(k.account, k.n), '{}')
                    from (select d.account, count(*) as n
                            from (select s.account from sent s
                                   where s.op = 'graph.delete' and not s.asked
                                  union all
                                  select l.account from calsync.log l
                                   where l.code = 'crm.delete' and l.kind = 'op'
                                     and l.outcome = 'done'
                                     and l.rule is distinct from 'cleanup'
                                     and l.account = any(accounts)
                                     and l.at > now - interval '1 day') d
                           group by d.account) k)));
end $$;

-- Ops of this day; where one of these is limited nobody else counts meanwhile.
create or replace function calsync.begin_day(d calsync.delivery[], now timestamptz)
returns bigint
language plpgsql as $$
begin
  return case when exists (select from unnest(d) x
                            where (x.i).doc #>> '{limits,day}' is not null)
              then calsync.day_lock(now) else 0 end;
end $$;

-- Lets through, in the caller's order, what the limits of each op allow.
create or replace function calsync.begin_count(d calsync.delivery[], spent jsonb)
returns calsync.delivery[]
language plpgsql as $$
declare
  x calsync.delivery;
  lim jsonb;
  box text;
  address text;
  mails integer;
  deletes integer;
  total integer := spent ->> 'run';
  boxes jsonb := spent -> 'mailbox';
  people jsonb := spent -> 'person';
  gone jsonb := spent -> 'deletes';
  today bigint := spent ->> 'day';
  judged calsync.delivery[] := '{}';
begin
  foreach x in array d loop
    if x.outcome is null then
      lim := (x.i).doc -> 'limits';
      box := (x.i).account;
      mails := cardinality((x.i).mail);
      deletes := case when (x.i).op = 'graph.delete' then 1 else 0 end;
      if (mails > 0 and (
            total + mails > (lim ->> 'run')::integer
            or coalesce((boxes ->> box)::integer, 0) + mails > (lim ->> 'mailbox')::integer
            or (select max(coalesce((people ->> a)::integer, 0)) from unnest((x.i).mail) a)
               + 1 > (lim ->> 'person')::integer))
         or (deletes > 0 and coalesce((gone ->> box)::integer, 0) + 1
                             > (lim ->> 'deletes')::integer)
         or today + 1 > (lim ->> 'day')::bigint then
        x.outcome := 'over_budget';
      else
        x.outcome := 'go';
        total := total + mails;
        today := today + case when lim ->> 'day' is not null then 1 else 0 end;
        boxes := boxes || jsonb_build_object(
          box, coalesce((boxes ->> box)::integer, 0) + mails);
        gone := gone || jsonb_build_object(
          box, coalesce((gone ->> box)::integer, 0) + deletes);
        foreach address in array (x.i).mail loop
          people := people || jsonb_build_object(
            address, coalesce((people ->> address)::integer, 0) + 1);
        end loop;
      end if;
    end if;
    judged := judged || x;
  end loop;
  return judged;
end $$;

-- In one transaction: counted against the budgets, the release used up, the body and
-- the time stored, and for a create the link made that its answer will complete.
-- What does not go is void.
create or replace function calsync.intent_begin(list json)
returns table (n integer, outcome text)
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  d calsync.delivery[];
  now timestamptz;
begin
  -- Budgets are everybody's: one session at a time counts and spends.
  perform pg_advisory_xact_lock(x'ca17'::integer, 0);
  d := calsync.begin_judge(calsync.intent_read(list::jsonb));
  if d is null then
    return;
  end if;
  now := d[1].p ->> 'now';
  d := calsync.begin_count(d, calsync.intent_spent(
         d[1].p ->> 'run', now, array(select distinct (x.i).account from unnest(d) x))
         || jsonb_build_object('day', calsync.begin_day(d, now)));
  perform calsync.day_add(now, (
    select count(*) from unnest(d) x
     where x.outcome = 'go' and (x.i).doc #>> '{limits,day}' is not null)::integer);
  with link as (
    insert into calsync.meeting (id, uid, slot, crm_id, owner, state, born, made_run,
                                 made, changed)
    select nextval('calsync.meeting_id'), 'pending:' || (x.i).transaction_id,
           coalesce((x.i).doc ->> 'slot', ''), x.crm_id, (x.i).doc ->> 'owner', 'pending',
           'crm', (x.i).run, now, now
      from unnest(d) x
     where x.outcome = 'go' and (x.i).op = 'graph.create' and (x.i).meeting is null
    returning id, uid)
  update calsync.intent i
     set sent = now, looked = i.run, body = x.p ->> 'body', if_match = x.p ->> 'if_match',
         meeting = coalesce(i.meeting, k.id)
    from unnest(d) x left join link k on k.uid = 'pending:' || (x.i).transaction_id
   where i.id = (x.i).id and x.outcome = 'go';
  update calsync.hold h set consumed = now
    from unnest(d) x where h.id = (x.i).hold and x.outcome = 'go';
  perform calsync.intent_settle((
    select json_agg(json_build_object('n', x.n, 'intent', (x.i).id, 'run', x.p -> 'run',
                                      'now', x.p -> 'now', 'outcome', x.outcome))
      from unnest(d) x
     where x.outcome <> 'go' and (x.i).outcome is null and (x.i).sent is null
       and not exists (select from unnest(d) y
                        where (y.i).id = (x.i).id and y.outcome = 'go')));
  return query select x.n, x.outcome from unnest(d) x order by x.n;
end $$;
