-- Beside tests/stub.sql: a journal of outward writes over one plain table, for
-- apply's delivery alone.
create table calsync.queue (
  intent bigint primary key,
  run text not null default 'r1',
  account bigint not null default 1,
  op text not null,
  item text,
  transaction_id text,
  age bigint not null default 0,         -- seconds since it was sent
  body text,
  if_match text,
  doc json not null,
  begin_as text not null default 'go',   -- what intent_begin says
  sent text,                             -- the run that began it
  outcome text,
  settled json
);

create function calsync.intents_due(run text, accounts bigint[])
returns setof json language sql as $$
  select json_build_object('intent', q.intent, 'account', q.account,
           'mailbox', case q.account when 1 then 'ann@firm.test' else 'bob@firm.test' end,
           'graph_user', null, 'connection', 1, 'zone', 'Europe/Berlin', 'op', q.op,
           'open', q.sent is not null, 'age', q.age, 'item', q.item, 'transaction', q.transaction_id,
           'body', q.body, 'if_match', q.if_match, 'doc', q.doc)
    from calsync.queue q
   where q.outcome is null and q.account = any(accounts)
     and (q.sent is distinct from intents_due.run)
   order by q.sent is null, q.account, q.intent
   limit 200
$$;

create function calsync.intent_begin(list json)
returns table (n int, outcome text) language plpgsql as $$
declare
  i json;
begin
  insert into calsync.call (what, arg) values ('intent_begin', to_jsonb(json_array_length(list)));
  for i in select * from json_array_elements(list) loop
    n := (i->>'n')::int;
    update calsync.queue q set
           body = case when q.begin_as = 'go' then i->>'body' end,
           if_match = i->>'if_match',
           sent = case when q.begin_as = 'go' then i->>'run' end,
           outcome = nullif(q.begin_as, 'go')
     where q.intent = (i->>'intent')::bigint
     returning q.begin_as into outcome;
    return next;
  end loop;
end $$;

create function calsync.intent_settle(list json)
returns table (n int, result json) language plpgsql as $$
declare
  i json;
begin
  insert into calsync.call (what, arg) values ('intent_settle', to_jsonb(json_array_length(list)));
  for i in select * from json_array_elements(list) loop
    n := (i->>'n')::int;
    if i->>'code' = 'RAISE' then raise exception 'secret subject' using errcode = '22000'; end if;
    update calsync.queue q set settled = i, item = coalesce(q.item, i->>'item'),
           outcome = nullif(i->>'outcome', 'unknown')
     where q.intent = (i->>'intent')::bigint;
    result := json_build_object('outcome', i->>'outcome', 'crm_id', '101', 'meeting', 12);
    return next;
  end loop;
end $$;

grant all on all tables in schema calsync to public;
