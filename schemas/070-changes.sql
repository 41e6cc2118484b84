-- repeatable
--
-- apply_page and the changes of the CRM: what a record settled is acknowledged, what
-- time or policy may take back sleeps, and a hold whose cause is gone is void.
--
-- A change goes only in the transaction that settles it.  Rows that a record does not
-- name stay: somebody wrote after the record was read.

-- Lets changes sleep.  items: [{"crm_id","changes":[],"reason","due","account",
-- "policy_digest"}].  One row per CRM event stays, the last one, which says who made
-- the change; an event that was listed without any gets one.
create or replace function calsync.apply_sleep(items jsonb) returns void
language plpgsql set enable_seqscan = off set jit = off set timezone = 'UTC' as $$
begin
  with item as materialized (
    select distinct on (i.crm_id) i.*
      from jsonb_to_recordset(items) i (
        crm_id text, changes bigint[], reason text, due timestamptz, account bigint,
        policy_digest text)
     where i.crm_id is not null order by i.crm_id),
  kept as materialized (
    select i.*, k.seq
      from item i
     cross join lateral (
       -- Not max(): that would be looked for from the end of the table.
       select (array_agg(c.seq order by c.seq desc))[1] as seq from calsync.change c
        where c.crm_id = i.crm_id and (c.seq = any(i.changes) or c.reason is not null)) k),
  gone as (
    delete from calsync.change c using kept k
     where c.crm_id = k.crm_id and c.seq <> k.seq
       and (c.seq = any(k.changes) or c.reason is not null)),
  asleep as (
    update calsync.change c
       set reason = k.reason, due = k.due, account = k.account,
           policy_digest = k.policy_digest
      from kept k
     where c.seq = k.seq
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
  sleeping jsonb;
  listed text[];
begin
  delete from calsync.change where seq = any(array(
    select jsonb_array_elements_text(o[x.n] -> 'changes')::bigint
      from unnest(w) x
     where x.outcome is null and jsonb_typeof(o[x.n] -> 'changes') = 'array'
    union all
    select jsonb_array_elements_text(s -> 'changes')::bigint
      from jsonb_array_elements(page -> 'skips') s
     where jsonb_typeof(s -> 'changes') = 'array'
       and (s ->> 'crm_id' is null or s ->> 'id' is not null
            or coalesce((s ->> 'final')::boolean, false))));
  with skip as materialized (
    select s.crm_id, s.changes, s.reason, s.due,
           s.changes is not null or s.due > now or (s.due is null and complete) as sleeps
      from jsonb_to_recordset(page -> 'skips') s (
        id text, crm_id text, changes bigint[], reason text, due timestamptz, final boolean)
     where s.crm_id is not null and s.id is null and not coalesce(s.final, false)
       -- Without changes: only if nothing else remembers the event.
       and (s.changes is not null or not exists (
              select from calsync.change c where c.crm_id = s.crm_id)))
  select jsonb_agg(jsonb_build_object(
           'crm_id', k.crm_id, 'changes', k.changes, 'reason', k.reason, 'due', k.due,
           'account', page -> 'account',
           'policy_digest', coalesce(page ->> 'policy_digest', '')))
           filter (where k.sleeps),
         array_agg(k.crm_id) filter (where k.sleeps is not true)
    into sleeping, listed
    from skip k;
  if sleeping is not null then
    perform calsync.apply_sleep(sleeping);
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
