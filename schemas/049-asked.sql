-- repeatable
--
-- An event that match asks about: an element of match_context's items.  match/asked.c
-- writes its fields, in this order.
do $$
begin
  if to_regtype('calsync.asked') is null then
    create type calsync.asked as (
      n integer, id text, uid text, original_date text, slots text[], addresses text[],
      rooms json, organizer text, organizer_user text, synced boolean, owner_from text,
      "start" text, "end" text, all_day boolean, subject text, guests text[], marker text,
      transaction text, guid boolean, first text, master text);
  end if;
end $$;
