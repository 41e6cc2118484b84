-- repeatable
--
-- attachments = to_crm.  A section's transaction notes which events have files to be
-- looked at; apply reads them when all sections are committed, one file at a time, and
-- stores each in a transaction of its own.  What was not done stays noted.

create or replace function calsync.apply_files(w calsync.work[], o jsonb[], page jsonb)
returns void
language plpgsql set enable_seqscan = off set jit = off as $$
begin
  insert into calsync.file_due as f (account, id, meeting, due)
  select distinct on (x.id) (page ->> 'account')::bigint, x.id, x.meeting,
         (page ->> 'now')::timestamptz
    from unnest(w) x
   where x.outcome is null and x.content and (o[x.n] ->> 'files')::boolean
   order by x.id, x.n desc
  on conflict (id, account) do update set
    meeting = excluded.meeting, due = excluded.due, tries = 0;
end $$;

-- What is due of these accounts: {"account","mailbox","graph_user","connection","id",
-- "crm_id","most","known":[{"source","size","modified"}]}, at most 50.
create or replace function calsync.apply_files_due(accounts bigint[], at timestamptz)
returns setof json
language plpgsql set enable_seqscan = off set jit = off as $$
begin
  -- Whose link has ended keeps what it has.
  delete from calsync.file_due f
   where f.account = any(accounts)
     and not exists (select from calsync.meeting m
                      where m.id = f.meeting and m.state <> 'ended' and m.crm_id is not null);
  return query
  select json_build_object(
           'account', f.account, 'mailbox', a.mailbox, 'graph_user', a.graph_user,
           'connection', a.connection, 'id', f.id, 'crm_id', m.crm_id,
           'most', (select (d.limits ->> 'file')::bigint from calsync.adapter d),
           'known', (select coalesce(json_agg(json_build_object(
                              'source', r.source, 'size', r.size,
                              'modified', r.modified)), '[]')
                       from calsync.read_files(m.crm_id) r))
    from calsync.file_due f
    join calsync.meeting m on m.id = f.meeting
    join calsync.account a on a.id = f.account
   where f.account = any(accounts) and f.due <= at
   order by f.due, f.account, f.id
   limit 50;
end $$;

-- Null, or the SQLSTATE with which the CRM refuses it.  May be repeated.
create or replace function calsync.apply_file(crm_id text, item json, content text)
returns text
language plpgsql set jit = off as $$
declare
  old constant text := coalesce(current_setting('calsync.origin', true), '');
begin
  perform set_config('calsync.origin', 'sync', true);
  perform calsync.put_file(crm_id, item::jsonb, decode(content, 'base64'));
  perform set_config('calsync.origin', old, true);
  return null;
exception when others then
  if calsync.not_the_item(sqlstate) then
    raise;
  end if;
  return sqlstate;
end $$;

-- {"run","now","account","id","crm_id","done":true,"stored":2,"problems":["too_big"]}.
-- Not done: it is tried again, less and less often.
create or replace function calsync.apply_files_settle(doc json) returns void
language plpgsql set enable_seqscan = off set jit = off as $$
declare
  now constant timestamptz := doc ->> 'now';
  done constant boolean := (doc ->> 'done')::boolean;
begin
  if done then
    delete from calsync.file_due f
     where f.account = (doc ->> 'account')::bigint and f.id = doc ->> 'id';
  else
    update calsync.file_due f
       set tries = f.tries + 1, due = now + calsync.retry_delay(f.tries + 1)
     where f.account = (doc ->> 'account')::bigint and f.id = doc ->> 'id';
  end if;
  insert into calsync.log (at, run, account, calendar, item, crm_id, kind, error, stage,
                           code, outcome, rule, evidence, detail)
  select now, doc ->> 'run', (doc ->> 'account')::bigint, '', doc ->> 'id',
         doc ->> 'crm_id', 'op', false, 'apply', 'crm.file', 'done', 'files',
         (doc ->> 'stored') || ' files', null
   where (doc ->> 'stored')::integer > 0
  union all
  select now, doc ->> 'run', (doc ->> 'account')::bigint, '', doc ->> 'id',
         doc ->> 'crm_id', 'problem', true, 'apply', p, null, null, null,
         case p when 'too_big' then 'a file is larger than the CRM takes: it is named in the'
                                    ' CRM and stays in Microsoft 365'
                when 'limit' then 'more files than 50: the others stay in Microsoft 365'
                when 'crm_error' then 'the CRM refuses a file'
                else 'the files cannot be read now; they are tried again' end
    from json_array_elements_text(doc -> 'problems') p;
end $$;
