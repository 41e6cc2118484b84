# Files of events, copied into the CRM when policy says so.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; }

files() { sql "select e.subject, f.name, f.kind, f.content_type, f.size, left(convert_from(f.content, 'UTF8'), 5) from crm.event_files f join crm.events e using (event_id) order by 1, 2"; }
attach() { ann attach "$1" "\"file\":$2"; } # EVENT FILE
text() { # NAME TEXT
  jq -cn --arg n "$1" --arg t "$2" '{name: $n, contentBytes: ($t | @base64)}'
}
asked() { sim requests | jq '[.[] | select(.path? // .target? // "" | test("/attachments"))] | length'; }

@test "files: C-069 P-049 I-029 a file on an event is an attachment of its CRM event, when policy says so" {
  e2e_fresh "$(world "$(meeting e ann 2025-03-12T10:00 xia@client.test bob@firm.test)" \
    "$(meeting n ann 2025-03-13T10:00 zed@nowhere.test)")"
  attach e "$(text a.txt hello)"
  attach n "$(text secret.txt never)"
  firm_policy
  sync
  is "$(files)" ""
  sync_nothing
  [ "$(sim requests | grep -c /attachments)" -eq 0 ]

  firm_policy 'attachments = to_crm'
  attach e "$(text b.txt "two of them")"
  attach e '{"name":"mail","kind":"item"}'
  attach e '{"name":"drive","kind":"reference"}'
  attach e '{"name":"pixel.png","size":100,"inline":true}'
  later 15m
  sync
  is "$(files)" "e|a.txt|file|text/plain|5|hello
e|b.txt|file|text/plain|11|two o
e|drive|reference|text/plain|0|
e|mail|item|text/plain|0|"
  is "$(ops)" "crm.file done,link.base done"
  is "$(sql "select evidence from calsync.log where code = 'crm.file'")" "4 files"
  # The bytes are in no stream and no log.
  run -1 grep -r -e dHdvIG9m -e "two of them" "$E2E_TEE"
  sync_nothing

  # One is replaced, one added, one taken off: each is read once, and what the CRM has stays.
  later 15m
  attach e "$(text a.txt HELLO)"
  attach e "$(text c.txt third)"
  attach e '{"name":"b.txt","gone":true}'
  sync
  is "$(files)" "e|a.txt|file|text/plain|5|HELLO
e|b.txt|file|text/plain|11|two o
e|c.txt|file|text/plain|5|third
e|drive|reference|text/plain|0|
e|mail|item|text/plain|0|"
  is "$(sql "select evidence from calsync.log where code = 'crm.file' order by id desc limit 1")" "2 files"
  sync_nothing
  # An event that is touched is looked at, and nothing is read.
  later 15m
  ann touch e
  sync
  is "$(ops)" "link.base done"
  is "$(sql "select count(*) from calsync.file_due")" 0
  sync_nothing
}

@test "files: what is too large is named and told; what cannot be read is tried again, and nothing else waits for it" {
  e2e_fresh "$(world "$(meeting e ann 2025-03-12T10:00 xia@client.test)" "$(meeting f ann 2025-03-13T10:00 xia@client.test)")"
  firm_policy 'attachments = to_crm'
  sql "update calsync.adapter set limits = limits || '{\"file\":1000}'" >/dev/null
  attach e '{"name":"big.bin","size":1001}'
  attach e "$(text a.txt hello)"
  attach f "$(text f.txt fine)"
  fault '{"kind":"status","status":403,"code":"ErrorAccessDenied","path":"/attachments","count":1}'
  sync_ends 1
  [ "$(live)" = 2 ]
  is "$(problems)" graph_error
  is "$(sql "select count(*), min(tries) from calsync.file_due")" "1|1"
  is "$(files | cut -d '|' -f 2)" f.txt
  later 15m
  sync_ends 1
  is "$(problems)" too_big
  is "$(sql "select subject, name, size, content is null from crm.event_files join crm.events using (event_id) order by 1, 2")" "e|a.txt|5|f
e|big.bin|1001|t
f|f.txt|4|f"
  sync_nothing
}
