-- repeatable
--
-- apply_page and the changes of the CRM: what a record settled is acknowledged, what
-- time or policy may take back sleeps, and a hold whose cause is gone is void.
--
-- A change goes only in the transaction that settles it.  Rows that a record does not
-- name stay: somebody wrote after the record was read.

-- Does this run's policy let an event have a copy in several mailboxes of its own
-- (owner.unsynced_out = copies)?
create or replace function calsync.run_copies(run text) returns boolean
language plpgsql stable as $$
begin
  return coalesce((select r.policy ->> 'owner.unsynced_out' = 'copies'
                     from calsync.run r where r.id = run_copies.run), false);
end $$;

-- What this account settles it settles for itself: each other account that these
-- changes go to gets rows of its own.
create or replace function calsync.apply_share(named bigint[], account bigint)
returns void
language plpgsql set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  this constant bigint := apply_share.account;
  mine bigint[];
begin
  -- Two mailboxes that settle the same change take turns.
  mine := array(select c.seq from calsync.change c
                 where c.seq = any(named) and c.for_account is null
                 order by c.seq for update);
  if cardinality(mine) = 0 or this is null then
    return;
  end if;
  insert into calsync.change (xid, at, crm_id, op, part, origin, app, usr, for_account, of)
  select c.xid, c.at, c.crm_id, c.op, c.part, c.origin, c.app, c.usr, r.account, c.seq
    from calsync.change c
    join calsync.change_routes(array(select distinct x.crm_id from calsync.change x
                                      where x.seq = any(mine)), true) r
      on r.crm_id = c.crm_id and r.account <> this
   where c.seq = any(mine) order by c.seq, r.account;
  update calsync.change c set for_account = this
   where c.seq = any(mine)
     and exists (select from calsync.change x where x.of = c.seq);
end $$;

create or replace function calsync.apply_acknowledge(named bigint[], account bigint,
                                                     run text) returns void
language plpgsql set enable_seqscan = off set jit = off as $$
begin
  if cardinality(named) > 0 and calsync.run_copies(run) then
    perform calsync.apply_share(named, account);
    delete from calsync.change c
     where (c.seq = any(named) or c.of = any(named))
       and calsync.is_for(c, apply_acknowledge.account, named);
  else
    delete from calsync.change where seq = any(named);
  end if;
end $$;

-- Whether a row is one that this account may settle, of those that a record names.
-- One of an account that has no part in the event any more is named where there is no
-- mailbox.
create or replace function calsync.is_for(c calsync.change, account bigint, named bigint[])
returns boolean language sql immutable as $$
  select case when account is null then c.seq = any(named)
              else coalesce(c.for_account = account, c.seq = any(named)) end
$$;

-- What came in through one of several copies is news for the others.
create or replace function calsync.apply_tell_others(w calsync.work[]) returns void
language plpgsql set enable_seqscan = off set jit = off as $$
begin
  insert into calsync.change (crm_id, op, part, origin, for_account)
  select x.crm_id, 'update', 'event', 'sync', m.slot::bigint
    from unnest(w) x
   cross join lateral (
     select y.id, y.slot, y.state, y.born from calsync.meeting y
      where y.crm_id = x.crm_id offset 0) m
   where x.outcome is null and x.content and x.op in ('crm.update', 'crm.delete')
     and m.id <> x.meeting and m.state = 'active' and m.born = 'crm' and m.slot <> ''
     and not exists (select from calsync.change c
                      where c.crm_id = x.crm_id and c.reason is null
                        and (c.for_account is null or c.for_account = m.slot::bigint));
end $$;

-- Lets changes sleep.  items: [{"crm_id","changes":[],"reason","due","account",
-- "policy_digest"}].  One row per CRM event (and account that has its own) stays, the
-- last one, which says who made the change; an event that was listed without any gets
-- one.  `copies`: as of run_copies.
create or replace function calsync.apply_sleep(items jsonb, copies boolean) returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
begin
  with item as materialized (
    select distinct on (i.crm_id) i.*
      from jsonb_to_recordset(items) i (
        crm_id text, changes bigint[], reason text, due timestamptz, account bigint,
        policy_digest text)
     where i.crm_id is not null order by i.crm_id),
  kept as materialized (
    select i.*, k.seq, k.all_of_it
      from item i
      left join lateral (
       -- Not max(): that would be looked for from the end of the table.
       select (array_agg(c.seq order by c.seq desc))[1] as seq,
              array_agg(c.seq) as all_of_it
         from calsync.change c
        where c.crm_id = i.crm_id
          and case when copies
                then ((c.seq = any(i.changes) or c.of = any(i.changes))
                      and calsync.is_for(c, i.account, i.changes))
                  or (c.reason is not null
                      and (c.for_account is null or c.for_account = i.account))
                else c.seq = any(i.changes) or c.reason is not null end
        group by c.for_account) k on true),
  gone as (
    delete from calsync.change where seq = any(array(
      select x.seq from kept k cross join lateral unnest(k.all_of_it) x(seq)
       where x.seq <> k.seq))),
  asleep as (
    update calsync.change c
       set reason = k.reason, due = k.due, account = k.account,
           policy_digest = k.policy_digest
      from kept k
     where c.seq = k.seq and c.seq = any(array(select x.seq from kept x))
       and row(c.reason, c.due, c.account, c.policy_digest)
           is distinct from row(k.reason, k.due, k.account, k.policy_digest))
  insert into calsync.change (crm_id, op, part, reason, due, account, policy_digest)
  select k.crm_id, 'insert', 'event', k.reason, k.due, k.account, k.policy_digest
    from kept k where k.seq is null;
end $$;

-- CRM events that were listed without a change, and that have to come again, get one.
-- Gives the new rows.
create or replace function calsync.apply_pend(ids text[])
returns table (crm_id text, seq bigint)
language plpgsql set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
begin
  return query
  insert into calsync.change as x (crm_id, op, part)
  select distinct i.id, 'insert', 'event' from unnest(ids) i(id)
   where i.id is not null
     and not exists (select from calsync.change c where c.crm_id = i.id)
  returning x.crm_id, x.seq;
end $$;

-- Changes that this page settles go.  Skips of CRM events let theirs sleep unless they
-- are final; one that names none leaves all as it is.
create or replace function calsync.apply_changes(w calsync.work[], o jsonb[], page jsonb)
returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
declare
  now constant timestamptz := page ->> 'now';
  -- Of a section that broke off even a reason without a time may be no answer.
  complete constant boolean := coalesce((page #>> '{cursor,complete}')::boolean, false);
  this constant bigint := page ->> 'account';
  run constant text := page ->> 'run';
  sleeping jsonb;
  listed text[];
begin
  perform calsync.apply_acknowledge(array(
    select jsonb_array_elements_text(o[x.n] -> 'changes')::bigint
      from unnest(w) x
     where x.outcome is null and jsonb_typeof(o[x.n] -> 'changes') = 'array'
    union all
    select jsonb_array_elements_text(s -> 'changes')::bigint
      from jsonb_array_elements(page -> 'skips') s
     where jsonb_typeof(s -> 'changes') = 'array'
       and (s ->> 'crm_id' is null or s ->> 'id' is not null
            or coalesce((s ->> 'final')::boolean, false))), this, run);
  with skip as materialized (
    select s.crm_id, s.changes, s.reason, s.due,
           s.changes is not null or s.due > now or (s.due is null and complete) as sleeps
      from jsonb_to_recordset(page -> 'skips') s (
        id text, crm_id text, changes bigint[], reason text, due timestamptz, final boolean)
     where s.crm_id is not null and s.id is null and not coalesce(s.final, false)
       -- Without changes: only if nothing else remembers the event.
       and (s.changes is not null or not exists (
              select from calsync.change c where c.crm_id = s.crm_id))
    union all
    -- What cannot be read is looked at again when it was changed, or somebody asks.
    select p.crm_id, p.changes, p.code, null, true
      from jsonb_to_recordset(page -> 'problems') p (
        crm_id text, changes bigint[], code text)
     where p.crm_id is not null)
  select jsonb_agg(jsonb_build_object(
           'crm_id', k.crm_id, 'changes', k.changes, 'reason', k.reason, 'due', k.due,
           'account', page -> 'account',
           'policy_digest', coalesce(page ->> 'policy_digest', '')))
           filter (where k.sleeps),
         array_agg(k.crm_id) filter (where k.sleeps is not true)
    into sleeping, listed
    from skip k;
  if sleeping is not null then
    if calsync.run_copies(run) then
      perform calsync.apply_share(array(
        select jsonb_array_elements_text(s -> 'changes')::bigint
          from jsonb_array_elements(sleeping) s
         where jsonb_typeof(s -> 'changes') = 'array'), this);
    end if;
    perform calsync.apply_sleep(sleeping, calsync.run_copies(run));
  end if;
  perform calsync.apply_pend(listed);
end $$;

-- A hold is void once its event was decided on without one: what it held is gone, or
-- is no longer stopped.  A record that leaves its event pending says nothing.
create or replace function calsync.apply_void_holds(w calsync.work[], writes jsonb[],
                                                    page jsonb)
returns void
language plpgsql set enable_seqscan = off set jit = off as $$
declare
  this constant bigint := page ->> 'account';
begin
  if not exists (select from calsync.hold h
                  where h.account = this and h.consumed is null and h.void is null) then
    return;
  end if;
  with skip as materialized (
    select s ->> 'id' as id, s ->> 'crm_id' as crm_id,
           -- What waits for the next day's number sleeps, and is not settled.
           (coalesce(jsonb_typeof(s -> 'changes'), '') = 'array'
              and s ->> 'reason' <> 'limit')
             or coalesce((s ->> 'final')::boolean, false)
             or s ->> 'reason' in ('unchanged', 'removed') as settles
      from jsonb_array_elements(page -> 'skips') s)
  update calsync.hold h set void = (page ->> 'now')::timestamptz
   where h.account = this and h.consumed is null and h.void is null
     and (exists (select from unnest(w) x
                   where x.outcome is null and (x.content or x.op = 'link.adopt')
                     and (x.meeting = h.meeting or x.crm_id = h.crm_id))
          or exists (select from skip s
                      where s.settles and (s.id = h.item or s.crm_id = h.crm_id)))
     and not exists (select from skip s
                      where not s.settles and (s.id = h.item or s.crm_id = h.crm_id))
     and not exists (select from unnest(writes) u
                      where (u ->> 'meeting')::bigint = h.meeting
                         or u ->> 'crm_id' = h.crm_id or u ->> 'id' = h.item);
end $$;

-- What was planned and never sent is void once its account's next section is there:
-- its meetings come again as candidates.
create or replace function calsync.apply_void_planned(page jsonb) returns void
language plpgsql set enable_seqscan = off set jit = off as $$
begin
  if coalesce((page #>> '{cursor,complete}')::boolean, false) then
    update calsync.intent i
       set outcome = 'void', settled = (page ->> 'now')::timestamptz,
           doc = calsync.bare_op(i.doc)
     where i.account = (page ->> 'account')::bigint
       and i.outcome is null and i.sent is null and i.run <> page ->> 'run';
  end if;
end $$;
