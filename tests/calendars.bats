# fetch: which calendars of a mailbox there are, and what is read of them.
load fetch

# roster's record where policy wants more than the default calendar.
wants() { # own|shared [KNOWN-JSON]
  MERGE="{\"calendars\":{\"which\":\"$1\",\"known\":${2:-[]}},\"first\":false${3:+,$3}}" roster ann@firm.test
}
# The sections, each with what came: "CALENDAR(subjects) complete".
told() {
  jq -rs --argjson names "$NAMES" 'reduce .[] as $r ({out: []};
    if $r.type == "mailbox" then .box = (if $r.calendar == "" then "" else $names[$r.calendar] // "?" end) + (if $r.gone then " gone" else "" end)
        + (if $r.shared then " of " + $r.shared else "" end) + (if $r.first then " first" else "" end) | .in = []
    elif $r.type == "graph.event" then .in += [$r.data.subject // empty | . + (if $r.by_id then "*" else "" end)]
    elif $r.type == "graph.removed" then .in += ["-"]
    elif $r.type == "problem" then .in += ["!" + $r.code]
    elif $r.type == "mailbox.end" then .out += ["\(.box)(\(.in | unique | join(" "))) \($r.complete)"]
    else . end) | .out[]' "$1"
}
list() { # ids by name, of Ann's calendars, as Graph lists them
  local token
  token=$(curl -sS --cacert "$SIM/ca.pem" -d grant_type=client_credentials -d client_id=calsync -d client_secret=s3cret \
    --data-urlencode "scope=$URL/.default" "$URL/firm/oauth2/v2.0/token" | jq -r .access_token)
  NAMES=$(curl -sS --cacert "$SIM/ca.pem" -H "Authorization: Bearer $token" "$URL/v1.0/users/ann@firm.test/calendars?\$top=100" | jq -c '[.value[] | {(.id): .name}] | add')
  forget_requests
}
calendar() { jq -r --arg n "$1" 'to_entries[] | select(.value == $n).key' <<<"$NAMES"; }
events_in() { add "{\"events\":[{\"key\":\"$1\",\"organizer\":\"ann@firm.test\",\"calendar\":\"$2\",\"subject\":\"$1\",\"start\":\"2026-11-23T09:00\"}]}"; }

@test "calendars: own: those that the user owns and can edit, each with its own round (P-057)" {
  act '{"as":"ann@firm.test","do":"add-calendar","calendar":"Third"}'
  events_in e2 Second
  events_in e3 Third
  list
  wants own >in
  fetch 0 in one
  is "$(told one | sort)" "(Alone Day off Outside Review Standup Standup late) true
Second first(e2) true
Third first(e3) true"
  # One list, and one after the other: the default one's is no more than a mailbox's.
  is "$(asked '/calendars[?]')$(asked '/calendars/[^/]+/calendarView/delta')" 12
  # The next time each goes on from its own link.
  jq -c 'select(.type == "mailbox.end") | .cursor' one >cursors
  act '{"as":"ann@firm.test","do":"move","event":"e2","calendar":"Third"}'
  forget_requests
  wants own "$(jq -c --arg a "$(calendar Second)" --arg b "$(calendar Third)" -s '[{calendar: $a, cursor: (.[] | select(.link | contains($a | @uri)))},
    {calendar: $b, cursor: (.[] | select(.link | contains($b | @uri)))}]' cursors)" "\"cursor\":$(jq -c 'select(.link | contains("/calendars/") | not)' cursors)" >again
  fetch 0 again two
  # Moved: alive by its id in the one, brought by the round in the other (L2).
  is "$(told two | sort)" "() true
Second(e2*) true
Third(e2) true"
  is "$(asked 'startDateTime=')" 0
}

@test "calendars: what is in no list any more is a section that says so, and nothing of it is gone (L2)" {
  list
  wants own '[{"calendar":"AAMkGone","cursor":null}]' >in
  NAMES=$(jq -c '. + {"AAMkGone": "Old"}' <<<"$NAMES")
  fetch 0 in one
  is "$(told one | sort)" "(Alone Day off Outside Review Standup Standup late) true
Old gone first() true
Second first() true"
  is "$(jq -c 'select(.type == "mailbox.end" and .records == 0) | [has("cursor"), .complete]' one | sort -u)" "[false,true]
[true,true]"
}

@test "calendars: a list that cannot be read costs nothing but itself; a first section waits for it" {
  list
  wants own '[{"calendar":"AAMkGone","cursor":null}]' >in
  fault '{"kind":"status","status":403,"path":"/calendars[?]","count":-1}'
  fetch 1 in one
  is "$(told one)" "(!graph_error Alone Day off Outside Review Standup Standup late) true"
  wants own '[]' '"first":true,"outward":true' >in
  fetch 1 in one
  is "$(told one)" " first(!graph_error Alone Day off Outside Review Standup Standup late) false"
}

@test "calendars: one that goes between the list and its round is left for the next run" {
  list
  wants own >in
  fault '{"kind":"status","status":404,"code":"ErrorItemNotFound","path":"/calendars/","count":-1}'
  fetch 0 in one
  is "$(told one | sort)" "(Alone Day off Outside Review Standup Standup late) true
Second first() false"
}

@test "calendars: shared: those of others too, through the calendar only (P-058)" {
  list
  wants shared >in
  fetch 0 in one
  is "$(told one | sort)" "(Alone Day off Outside Review Standup Standup late) true
Second first() true
Shared of dee@firm.test first() true"
}

@test "calendars: every line that the tests of this file have seen meets its schema" {
  every_line_is_valid
}
