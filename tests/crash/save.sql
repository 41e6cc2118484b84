-- Remembers the rows of all tables; saved.restore() puts them back.  Many times
-- quicker than a new database for each crash.
create schema saved;
do $$
declare
  t regclass;
begin
  for t in select c.oid from pg_class c
            where c.relkind = 'r' and c.relnamespace in ('crm'::regnamespace, 'calsync'::regnamespace) loop
    execute format('create table saved.%I as table %s', replace(t::text, '.', '_'), t);
  end loop;
end $$;

create function saved.restore() returns void language plpgsql
set session_replication_role = replica as $$
declare
  t regclass;
  columns text;
begin
  for t, columns in
    select c.oid, (select string_agg(quote_ident(a.attname), ', ')
                     from pg_attribute a
                    where a.attrelid = c.oid and a.attnum > 0
                      and not a.attisdropped and a.attgenerated = '')
      from pg_class c
     where c.relkind = 'r' and c.relnamespace in ('crm'::regnamespace, 'calsync'::regnamespace) loop
    execute format('delete from %s', t);
    execute format('insert into %s (%s) overriding system value select %2$s from saved.%I',
                   t, columns, replace(t::text, '.', '_'));
  end loop;
end $$;
