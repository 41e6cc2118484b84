# fetch: mailboxes that cannot be read, throttling, tokens.
load fetch

# Mailboxes that cannot be read --------------------------------------------------------

@test "fetch: F056 P-009 C5 a user without a mailbox in the cloud is told, the others go on" {
  local code
  for code in ResourceNotFound Request_ResourceNotFound ErrorInvalidUser; do
    mode "{\"user.unknown\":\"$code\"}"
    roster cy@firm.test bob@firm.test nobody@firm.test >in
    fetch 1 in one
    is "$(brief one | grep -E 'cy|nobody|problem|bob' | sort)" "[bob@firm.test
[cy@firm.test
[nobody@firm.test
bob@firm.test] true
cy@firm.test] false no_mailbox 404
nobody@firm.test] false no_mailbox 404
problem no_mailbox 404
problem no_mailbox 404"
  done
  # Graph's code and the id that Microsoft's support asks for were read.
  jq -es 'map(select(.type == "problem"))[0].detail | test("code MailboxNotEnabledForRESTAPI, request-id [0-9a-f-]{36}$")' one
}

@test "fetch: a mailbox that the app may not read is told, the others go on" {
  roster dee@firm.test bob@firm.test >in
  fetch 1 in one
  is "$(brief one | grep -E '\]|problem' | sort)" "bob@firm.test] true
dee@firm.test] false auth 403
problem auth 403"
}

@test "fetch: F179 only the mailboxes of the roster are asked for" {
  roster bob@firm.test >in
  fetch 0 in one
  [ "$(sim requests | jq '[.value[].target | select(startswith("/v1.0/") and (contains("/users/bob%40firm.test/") | not))] | length')" -eq 0 ]
}

@test "fetch: a user with a gate gets an empty incomplete section and no request" {
  MERGE='{"gate":"no_mailbox","window":null}' roster ann@firm.test >in
  fetch 0 in one
  is "$(brief one)" "[ann@firm.test
ann@firm.test] false"
  [ "$(sim_count requests)" -eq 0 ]
}

@test "fetch: P-106 an error of Graph before any event is one problem, and the next run tries again" {
  first_read ann@firm.test
  fault '{"kind":"status","status":500,"path":"delta","count":-1}'
  fetch 1 again two
  is "$(brief two)" "[ann@firm.test
problem graph_error 500
ann@firm.test] false graph_error 500"
  sim_call DELETE fault >/dev/null
  next_roster two >third
  fetch 0 third three
  is "$(brief three)" "[ann@firm.test
ann@firm.test] true"
}

@test "fetch: F164 C4 a mailbox that hangs is given up, the others go on" {
  fault '{"kind":"stall","path":"ann","at":"start","amount":0,"count":-1}'
  roster ann@firm.test bob@firm.test >in
  fetch 1 in one --timeout 1 --patience 2
  is "$(brief one | grep -E 'ann|problem|bob@firm.test\]')" "bob@firm.test] true
[ann@firm.test
problem graph_error -
ann@firm.test] false graph_error -"
}

@test "fetch: L5 F164 one that hangs first does not make the others unreachable" {
  fault '{"kind":"stall","path":"ann","at":"start","amount":0,"count":-1}'
  roster ann@firm.test bob@firm.test >in
  fetch 1 in one --timeout 1 --patience 0 --concurrency 1
  is "$(brief one | grep '\]')" "ann@firm.test] false graph_error -
bob@firm.test] true"
}

@test "fetch: C4 waiting for a turn does not count as time of a request" {
  mode '{"latency_ms":400}'
  roster ann@firm.test bob@firm.test ann@firm.test bob@firm.test ann@firm.test bob@firm.test >in
  fetch 0 in one --concurrency 1 --timeout 1
  [ "$(brief one | grep -c '\] true')" -eq 6 ]
  grep -q ' repeated=0 ' err
}

# Throttling -----------------------------------------------------------------------------

@test "fetch: F158 C6 Retry-After in every form is waited for, and other mailboxes go on" {
  local after
  mode '{"delta.page":2}'
  for after in 0.3 '"date:1"' '"1.0001"' null 0 '"soon"'; do
    forget_requests
    fault "{\"kind\":\"status\",\"status\":429,\"code\":\"TooManyRequests\",\"retryAfter\":$after,\"path\":\"ann.*skiptoken\"}"
    roster ann@firm.test bob@firm.test >in
    fetch 0 in one --page-size 6
    is "$(brief one | grep '\]' | sort)" "ann@firm.test] true
bob@firm.test] true"
    nobody_hurried
    grep -q ' repeated=1 throttled=1 ' err
    sim_call DELETE fault >/dev/null
  done
}

@test "fetch: C6 C16 a Retry-After beyond all patience gives the mailbox up at once" {
  fault '{"kind":"status","status":429,"retryAfter":86400,"path":"ann","count":-1}'
  roster ann@firm.test bob@firm.test >in
  fetch 1 in one
  is "$(brief one | grep -E 'ann|problem')" "[ann@firm.test
problem graph_error 429
ann@firm.test] false graph_error 429"
  # Whichever was done first.
  brief one | grep -q 'bob@firm.test\] true'
  [ "$(asked '^/v1.0/users/ann')" -eq 1 ]
}

@test "fetch: 5xx, spurious 412 and gateway pages are asked again" {
  local status
  for status in 500 502 503 504 509 412 408; do
    fault "{\"kind\":\"status\",\"status\":$status,\"body\":\"html\",\"path\":\"delta\",\"count\":2}"
    roster ann@firm.test >in
    fetch 0 in one
    [ "$(brief one | grep -c 'ann@firm.test\] true')" -eq 1 ]
    grep -q ' repeated=2 ' err
    sim_call DELETE fault >/dev/null
  done
}

@test "fetch: MailboxConcurrency is never reached, two calendars of a mailbox included" {
  add "$(jq -cn '{events: [range(12) | {key: "s\(.)", organizer: "ann@firm.test", subject: "S\(.)", start: "2026-11-2\(3 + . % 5)T10:00",
    recurrence: {pattern: {type: "daily"}, range: {type: "numbered", numberOfOccurrences: 3}}}]}')"
  mode '{"delta.master":"never"}'
  roster ann@firm.test ann@firm.test >in
  fetch 0 in one
  next_roster one >again
  mapfile -t all < <(printf '{"as":"ann@firm.test","do":"touch","event":"s%d"}\n' $(seq 0 11))
  acts "${all[@]}"
  mode '{"latency_ms":10}'
  fetch 0 again two
  [ "$(brief two | grep -c 'series.end 4 true')" -eq 24 ]
  [ "$(sim_count violations)" -eq 0 ]
  grep -q ' throttled=0 ' err
}

# Tokens -----------------------------------------------------------------------------------

@test "fetch: F157 a refused secret ends its mailboxes with auth and the program with 77" {
  (umask 077 && echo wrong >bad)
  SECRET=$PWD/bad
  roster ann@firm.test bob@firm.test >in
  fetch 77 in one
  is "$(brief one)" "[ann@firm.test
problem auth -
ann@firm.test] false auth -
[bob@firm.test
problem auth -
bob@firm.test] false auth -"
  [ "$(asked token)" -eq 1 ]
  grep -q 'msg="no token: the login refuses this connection" connection=1 error=invalid_client code=7000215' err
}

@test "fetch: of two connections the refused one does not stop the other" {
  roster ann@firm.test bob@firm.test | jq -c 'if .type == "run" then .connections += [.connections[0] + {id: 2, client_id: "nobody"}]
    elif .account == 2 then .connection = 2 else . end' >in
  fetch 77 in one
  is "$(brief one | grep '\]' | sort)" "ann@firm.test] true
bob@firm.test] false auth -"
}

@test "fetch: a login that fails for the moment is asked again" {
  fault '{"kind":"status","status":503,"path":"token","count":2}'
  roster ann@firm.test >in
  fetch 0 in one
  [ "$(asked token)" -eq 3 ]
}

@test "fetch: a token that ends in the middle of a round is renewed once" {
  fault '{"kind":"status","status":401,"code":"InvalidAuthenticationToken","path":"skiptoken"}'
  roster ann@firm.test >in
  fetch 0 in one --page-size 5
  [ "$(brief one | grep -c '^singleInstance')" -eq 4 ]
  [ "$(asked token)" -ge 2 ]
}

@test "fetch: tokens are renewed before they end" {
  mode '{"token.lifetime":1,"latency_ms":300}'
  roster ann@firm.test >in
  fetch 0 in one --page-size 2
  [ "$(asked 'oauth2')" -gt 1 ]
  [ "$(sim requests | jq '[.value[] | select(.status == 401)] | length')" -eq 0 ]
}

@test "fetch: a token that is refused again and again is an error of the connection" {
  fault '{"kind":"status","status":401,"code":"InvalidAuthenticationToken","path":"^/v1.0","count":-1}'
  roster ann@firm.test bob@firm.test >in
  fetch 77 in one
  is "$(brief one | grep '\]' | sed 's/auth .*/auth/' | sort)" "ann@firm.test] false auth
bob@firm.test] false auth"
  [ "$(asked oauth2)" -le 2 ]
}

# graphsim's clock is not ours: the assertion is made again by the login's.
@test "fetch: a certificate instead of a secret, and a wrong clock" {
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=app -keyout app.key -out app.pem 2>/dev/null
  add "$(jq -cn --rawfile pem app.pem '{tenants: [{id: "vendor", domains: ["vendor.test"], apps: [{client_id: "certified", certificate: $pem}]}],
    users: [{upn: "val@vendor.test"}]}')"
  CONNECTION="{\"tenant\":\"vendor\",\"client_id\":\"certified\",\"secret_file\":null,\"certificate_file\":\"$PWD/app.pem\",\"key_file\":\"$PWD/app.key\"}"
  roster val@vendor.test >in
  chmod 640 app.key
  fetch_fails 78 in
  grep -q 'app.key can be read by others' err
  chmod 600 app.key
  fetch 0 in one
  [ "$(brief one | grep -c 'val@vendor.test\] true')" -eq 1 ]
  grep -q 'msg="the clock of this machine is wrong" seconds=' err
}

@test "fetch: a secret that others can read is refused before anything is sent" {
  echo s3cret >open
  chmod 604 open
  SECRET=$PWD/open
  roster ann@firm.test >in
  fetch_fails 78 in
  grep -q 'the secret in .*/open can be read by others' err
  SECRET=$PWD/missing
  roster ann@firm.test >in
  fetch_fails 78 in
  [ "$(sim_count requests)" -eq 0 ]
}

@test "fetch: L8 C14 no token, secret, subject or delta link in any message" {
  fault '{"kind":"status","status":500,"path":"skiptoken","count":3}'
  fault '{"kind":"status","status":401,"path":"skiptoken","count":1}'
  roster ann@firm.test cy@firm.test >in
  fetch 1 in one --page-size 5 -v -v
  [ "$(wc -l <err)" -gt 1 ]
  run ! grep -iE 's3cret|bearer|skiptoken|deltatoken|Review|Standup|https://[^ ]*[?]' err
  token=$(curl -sS --cacert "$SIM/ca.pem" -d grant_type=client_credentials -d client_id=calsync -d client_secret=s3cret \
    --data-urlencode "scope=$URL/.default" "$URL/firm/oauth2/v2.0/token" | jq -r .access_token)
  run ! grep -F "${token:0:16}" err
}

# Keep this one last.
@test "fetch: every line that these tests have seen meets its schema" { every_line_is_valid; }
