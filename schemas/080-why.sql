-- repeatable
--
-- calsync why: the story of one event, in words.  Codes, names of fields and
-- addresses; never a subject or a text.

-- What a skip or a problem means; codes that say it themselves are not here.
create or replace function calsync.reason_words(code text) returns text
language sql immutable as $$
  select coalesce((select w.words from (values
    ('user_off', 'its user''s sync is off'),
    ('ended', 'the link was ended before; nothing brings it back by itself'),
    ('draft', 'it is a draft that was not sent yet'),
    ('timezone', 'its time zone cannot be resolved'),
    ('window_past', 'it starts too early for the window'),
    ('window_future', 'it starts too late for the window'),
    ('backfill', 'it was there before the sync was switched on'),
    ('private', 'it is private'),
    ('private_contact', 'a private contact is on it'),
    ('recurring', 'it repeats'),
    ('recurring_out', 'it repeats, and series of the CRM do not go out'),
    ('organizer_external', 'somebody outside the firm organizes it'),
    ('waiting_organizer', 'its organizer does not sync yet'),
    ('not_organizer', 'only the organizer''s mailbox could change it; what Outlook says next will count'),
    ('not_marked', 'nobody marked it'),
    ('internal', 'only people of the firm are on it'),
    ('unmatched', 'nobody on it is a contact'),
    ('suspected_mirror', 'it seems to be another program''s copy of an event that is in the CRM already; calsync user pick lets it in'),
    ('imported', 'it came into the CRM by an import'),
    ('owner_off', 'its owner''s mailbox is not synced'),
    ('direction', 'the direction is switched off'),
    ('first_run', 'it was the mailbox''s first run, in which nothing goes out'),
    ('mail_held', 'people would be mailed, and no budget or permission lets that pass'),
    ('in_flight', 'an earlier write of it is still under way'),
    ('own_post', 'it may be our own event, whose answer is not known yet'),
    ('match_ambiguous', 'several events on the other side could be it'),
    ('delete_max', 'too many deletions at once; all are held'),
    ('incomplete', 'the mailbox could not be read to its end'),
    ('inactive', 'it ended too long ago'),
    ('conflict', 'both sides changed'),
    ('crm_deleted', 'it was deleted in the CRM'),
    ('crm_changed', 'the CRM changed it'),
    ('past', 'the meeting is over'),
    ('equal_shifts', 'many events moved by the same time at once; all are held'),
    ('body_cut', 'the CRM holds only a part of its text'),
    ('people_cut', 'it has more people than are read from the CRM; none of them is exchanged'),
    ('oscillation', 'Outlook''s side undid it three times; it waits for somebody''s leave'))
    as w (code, words) where w.code = reason_words.code), replace(code, '_', ' '))
$$;

create or replace function calsync.outcome_words(op text, outcome text) returns text
language sql immutable as $$
  select case
    when outcome = 'planned' then 'to be ' || d.done
    when outcome = 'held' then 'held, not done'
    when outcome = 'moved' then 'put off: it was changed meanwhile'
    when outcome = 'mail_moved' then 'put off: more people than foreseen would be mailed'
    when outcome = 'over_budget' then 'put off: the mail budget was used up meanwhile'
    when outcome = 'not_applied' then 'not ' || d.done || ': Outlook said yes and changed nothing'
    when outcome = 'unknown' then 'sent; no answer said whether it was done'
    when outcome in ('refused', 'failed') then 'not ' || d.done || ': refused'
    when outcome in ('locked', 'late') then 'put off: there was no time for it'
    when outcome = 'joined' then 'found in another mailbox too'
    when outcome = 'took_over' then 'taken over from another mailbox'
    when outcome in ('done', 'adopted') then d.done
    else d.done || ', ' || outcome end
    from (select case op
      when 'crm.create' then 'made in the CRM'
      when 'crm.update' then 'changed in the CRM'
      when 'crm.delete' then 'deleted in the CRM'
      when 'graph.create' then 'made in Outlook'
      when 'graph.update' then 'changed in Outlook'
      when 'graph.delete' then 'deleted in Outlook'
      when 'graph.respond' then 'answered in Outlook'
      when 'graph.mark' then 'categorised in Outlook'
      when 'link.adopt' then 'linked, as it is on both sides'
      when 'link.base' then 'agreed anew'
      when 'link.copy' then 'noted in this mailbox'
      when 'link.drop' then 'gone from this mailbox'
      when 'link.end' then 'no longer synced'
      when 'hold' then 'held' else op end) d(done)
$$;

-- The meetings that `event` names: a Graph id, a CRM id, a uid, or meeting:12.
create or replace function calsync.why_meetings(event text) returns setof bigint
language sql stable as $$
  select m.id from calsync.meeting m
   where m.crm_id = event or m.uid = event or 'meeting:' || m.id = event
  union
  select c.meeting from calsync.copy c where c.id = event
$$;

-- One row per decision, the latest first, then what is so now.  `part`: event,
-- past, now.
create or replace function calsync.admin_why(event text, most integer default 20)
returns table (part text, at timestamptz, run text, mailbox text, said text, rule text,
               evidence text, policy text, mail text[])
language plpgsql stable as $$
#variable_conflict use_column
declare
  ms constant bigint[] := array(select calsync.why_meetings($1));
  crm constant text[] := array(select m.crm_id from calsync.meeting m
                                where m.id = any(ms) and m.crm_id is not null
                               union select $1);
  items constant text[] := array(select c.id from calsync.copy c where c.meeting = any(ms)
                                 union select s.id from calsync.seen s where s.uid = $1
                                 union select $1);
begin
  return query
    select 'event', m.changed, m.made_run,
           (select min(a.mailbox) from calsync.account a where a.crm_user = m.owner and a.events),
           format('meeting %s, CRM event %s, %s, made in %s%s', m.id, coalesce(m.crm_id, '-'),
             m.state, case m.born when 'crm' then 'the CRM' else 'Outlook' end,
             coalesce(', ended: ' || m.ended, '')), null::text, null::text, null::text, null::text[]
      from calsync.meeting m
     where m.id = any(ms)
    union all
    select 'event', c.confirmed, null, a.mailbox,
           format('the %s''s copy, %s', c.role, case c.state when 'present' then 'there' else c.state end),
           null, null, null, null
      from calsync.copy c left join calsync.account a on a.id = c.account
     where c.meeting = any(ms);
  return query
    select 'past', l.at, l.run, a.mailbox,
           case l.kind
             when 'op' then calsync.outcome_words(coalesce(case when l.code = 'hold' then h.op end, l.code), l.outcome)
             when 'skip' then 'left alone: ' || calsync.reason_words(l.code)
             else 'failed: ' || calsync.reason_words(l.code) end
             || coalesce(' (' || coalesce(i.fields, array_to_string(h.fields, ', ')) || ')', '')
             || coalesce('; released by ' || h.released_by, '')
             || coalesce('; ' || coalesce(l.detail, l.sqlstate), ''),
           l.rule, l.evidence, l.policy,
           case when l.code = 'hold' then null when l.outcome in ('done', 'unknown', 'not_applied') then i.mail end
      from (select * from calsync.log l
             where l.meeting = any(ms) or l.crm_id = any(crm) or l.item = any(items)
             order by l.id desc limit most) l
      left join calsync.account a on a.id = l.account
      left join lateral (
        select x.mail, (select string_agg(k.key, ', ') from jsonb_object_keys(
                 case jsonb_typeof(x.doc -> 'set') when 'object' then x.doc -> 'set' end) k(key)) as fields
          from calsync.intent x
         where l.code = x.op and (x.meeting = l.meeting or x.crm_id = l.crm_id)
           and l.at in (x.made, x.sent, x.settled)
         order by x.id desc limit 1) i on l.code like 'graph.%'
      left join lateral (
        select x.op, x.fields, x.released_by from calsync.hold x
         where (x.meeting = l.meeting or x.crm_id = l.crm_id) and x.made <= l.at
         order by x.id desc limit 1) h on l.code = 'hold'
     order by l.id desc;
  return query
    select 'now', h.made, null::text, h.mailbox,
           format('held as number %s: %s%s; %s', h.id, h.op,
             coalesce(' (' || nullif(array_to_string(h.fields, ', '), '') || ')', ''),
             calsync.reason_words(h.reason)
             || case when h.released_at is not null then '; released, goes out in the next run' else '' end),
           h.rule, h.evidence, h.policy, h.mail
      from calsync.held h
     where h.meeting = any(ms) or h.crm_id = any(crm)
    union all
    select 'now', i.sent, i.run, a.mailbox,
           i.op || case when i.sent is null then ': planned, goes out with this run'
                        else ': sent, and no answer yet said whether it was done' end,
           null, null, null, i.mail
      from calsync.intent i left join calsync.account a on a.id = i.account
     where i.outcome is null and (i.meeting = any(ms) or i.crm_id = any(crm) or i.item = any(items))
    union all
    select 'now', g.due, null, a.mailbox,
           'will be read again: ' || calsync.reason_words(g.reason), null, null, null, null
      from calsync.again g left join calsync.account a on a.id = g.account
     where g.id = any(items)
    union all
    select 'now', s.at, null, a.mailbox, 'left alone: ' || calsync.reason_words(s.reason),
           null, null, null, null
      from calsync.seen s left join calsync.account a on a.id = s.account
     where s.id = any(items)
    union all
    select 'now', min(c.at), null, a.mailbox,
           case when c.reason is null then 'a change in the CRM waits for the next run'
                else 'a change in the CRM sleeps: ' || calsync.reason_words(c.reason) end,
           null, null, null, null
      from calsync.change c left join calsync.account a on a.id = c.account
     where c.crm_id = any(crm)
     group by c.reason, a.mailbox;
end $$;
