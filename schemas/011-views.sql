-- Views of the state, for a CRM developer's screen.

create view calsync.held as
  select h.id, h.meeting, coalesce(h.crm_id, m.crm_id) as crm_id, h.item, h.account, a.mailbox,
         h.op, h.fields, h.mail, h.reason, h.rule, h.evidence, h.policy, h.made, h.released_by, h.released_at
    from calsync.hold h
    left join calsync.meeting m on m.id = h.meeting
    left join calsync.account a on a.id = h.account
   where h.consumed is null and h.void is null;

-- Enabled mailboxes that were not read completely for an hour, and why.
create view calsync.stale as
  select a.id as account, a.mailbox, a.last_read,
         coalesce(a.health, c.health) as health
    from calsync.account a left join calsync.connection c on c.id = a.connection
   where a.events and (a.last_read is null or a.last_read < now() - interval '1 hour');

create view calsync.conflicts as
  select l.at, l.run, l.account, l.meeting, m.crm_id, x.field, x.side, x.value
    from calsync.lost x
    join calsync.log l on l.id = x.log
    left join calsync.meeting m on m.id = l.meeting;

create view calsync.errors as
  select l.at, l.run, l.account, a.mailbox, l.item, l.meeting, l.kind, l.stage,
         l.code, l.outcome, l.sqlstate, l.evidence, l.detail, l.crm_id
    from calsync.log l left join calsync.account a on a.id = l.account
   where l.error;

-- The log as people read it: a row's message, and the system that the trouble is of.
create view calsync.journal as
  select l.id, l.at, l.error, l.kind, l.code,
         case when l.code = 'crm_error' or l.sqlstate is not null then 'CRM'
              when l.stage in ('fetch', 'normalize')
                or l.code in ('graph_error', 'auth', 'auth_needed', 'no_mailbox') then 'Microsoft 365'
              else 'calsync' end as system,
         coalesce(nullif(concat_ws('; ', l.evidence, l.detail), ''), l.outcome) as message,
         a.mailbox, l.outcome, l.rule, l.evidence, l.policy, l.sqlstate, l.meeting,
         coalesce(l.item, l.crm_id) as item, l.run
    from calsync.log l left join calsync.account a on a.id = l.account;

-- Each mail that Exchange was expected to send because of us.
create view calsync.mails as
  select i.sent as at, i.run, i.account, a.mailbox, i.meeting, i.op, r.address,
         i.outcome
    from calsync.intent i
    cross join lateral unnest(i.mail) as r(address)
    left join calsync.account a on a.id = i.account
   where i.sent is not null and i.outcome is distinct from 'refused';
