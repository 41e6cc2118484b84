# agree.jq: where both sides differ.  $crm: a row a linked CRM event that nothing
# waits for; input: the events of the mailboxes.  Prints what differs, nothing if none.
def brief: {start: (.start[0:16]), end: (.end[0:16]), subject, location: (.location // ""),
  show: ({busy: "Busy", oof: "OutOfOffice", workingElsewhere: "OutOfOffice"}[.showAs] // "Free"),
  people: ([.attendees[] | select(.type != "resource") | .address] | sort)};
[.[] | select(.isOrganizer and (.cancelled | not))] as $graph
| $crm[] as $c
| [$graph[] | select(.iCalUId == $c.uid)] as $g
| if $g | length != 1 then "\($c.subject): \($g | length) events in Outlook"
  else ($g[0] | brief) as $x | ($c | del(.uid)) as $y
  | if $x == $y then empty else "\($c.subject): Outlook \($x | tojson)\n  CRM \($y | tojson)" end end
