# calsync-plan.jq: tables for people out of reconcile's stream.  $table: ops, or
# mails, a row a recipient; $table = total: one line.

# A private event shows no subject; a plan is read over shoulders.
def private: [.set.sensitivity, .base.graph.sensitivity, .base.crm.sensitivity] | any(. != null and . != "normal");
def when: (.start // .set.start // .base.graph.start // .copy.start // "") | sub(":00Z$"; "Z");
# What is held, and a skip for what is held still, name it.
def named: if .op == "hold" then .held else . end;
def event: if private or .why.private or (named | has("subject") and .subject == null) then "(private)"
  elif named | has("subject") then named.subject
  else (.set.subject // .set.name // .base.graph.subject // .base.crm.subject // (if .crm_id then "CRM event \(.crm_id)" else "" end)) end;
def act: if .op == "hold" then "hold \(.held.op)" else .op end;
def mailed: if .op == "hold" then (.held.mail // []) else (.mail // []) end;
def fields: (if .op == "hold" then (.held.fields // []) else (.set // {} | keys_unsorted) end)
  # Start, end, zone and the flag go together: to people they are one.
  | if index("start") then ["time"] + (. - ["start", "end", "zone", "all_day"]) else . end | join(", ");
# Why one person would be mailed.
def cause($who):
  (if .op == "hold" then .held.op else .op end) as $op
  | (if $op == "graph.create" then "invitation"
     elif $op == "graph.delete" or (.attendees.remove // [] | map(.address? // .) | index($who)) then "cancellation"
     elif .attendees.add // [] | map(.address) | index($who) then "invitation"
     elif $op == "graph.mark" then "update: categories"
     else "update: \(fields)" end)
    + (if .op == "hold" then " (held: \(.reason))" else "" end);
def told: (.why.evidence // "") | gsub("start, end, zone, all_day"; "time");
def cells: map(. // "" | tostring | gsub("[[:cntrl:]\u200e\u200f\u202a-\u202e\u2066-\u2069]"; " ") | .[0:60]) | @tsv;

if $table == "ops" then
  inputs
  | if .type == "op" then [act, when, event, .why.rule, told, .why.policy, (.mail // [] | length)]
    elif .type == "skip" then ["skip", .due, event, .reason, .why.evidence, .why.policy, 0]
    elif .type == "problem" then ["problem", "", "", .code, .detail, "", 0]
    else empty end
  | cells
elif $table == "mails" then
  foreach inputs as $r ({}; if $r.type == "mailbox" then .box = $r.mailbox else . end; . + {$r})
  | .box as $box | .r | select(.type == "op")
  | mailed[] as $who | [$who, $box, when, event, cause($who)] | cells
else
  reduce (inputs | select(.type == "op")) as $r ({mails: 0, who: {}, held: 0};
    .mails += ($r.mail // [] | length)
    | .who += ($r.mail // [] | map({key: ., value: 1}) | from_entries)
    | .held += if $r.op == "hold" then 1 else 0 end)
  | "Mails: \(.mails), to \(.who | length) people. Held: \(.held)."
end
