# People sign in themselves (auth = delegated, delegated_any): what connects them,
# what their tokens reach, and what becomes of a token that is refused or cannot
# be stored.  The whole pipeline against graphsim.

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; load signin; }


# A world whose people have not signed in, under a policy of these lines.
# delegated WORLD POLICY-LINE ...
delegated() {
  e2e_fresh "$(jq -c '. + {
      tenants: [{id: "firm", domains: ["firm.test"], apps: [{client_id: "calsync", consent: false}]}],
      modes: {"device.interval": 1}}' <<<"$1")" || return 1
  sim mode '{"device.interval":1}' >/dev/null
  TOKENS=$BATS_TEST_TMPDIR/tokens
  firm_policy "auth = ${AUTH:-delegated}" 'mail.model = strict' "${@:2}"
  sql "delete from calsync.account; delete from calsync.connection" >/dev/null
  calsync org other_sync_off=yes
  calsync connection add --tenant "${TENANT:-firm}" --client-id calsync --token-dir "$TOKENS" --graph "$E2E_URL/v1.0" --login "$E2E_URL"
  C=$(sql "select id from calsync.connection")
  calsync account add ann@firm.test --since 2025-03-01T00:00:00Z
  calsync account add bob@firm.test --since 2025-03-01T00:00:00Z
  ANN=$(sql "select id from calsync.account where mailbox = 'ann@firm.test'")
  BOB=$(sql "select id from calsync.account where mailbox = 'bob@firm.test'")
}
# An administrator of both sides has authorised the firm.
authorized() {
  delegated "$@" || return 1
  calsync connection authorize "$C" >/dev/null
  sim act '{"do":"consent"}' >/dev/null
}
logins() { sim requests | jq -r '[.value[].target | select(endswith("/oauth2/v2.0/token"))] | length'; }
two_events() {
  jq -cn '{events: [
    {key: "a", organizer: "ann@firm.test", subject: "A", start: "2025-03-12T10:00", zone: "Europe/London", attendees: ["xia@client.test"]},
    {key: "b", organizer: "bob@firm.test", subject: "B", start: "2025-03-12T12:00", zone: "Europe/London", attendees: ["yan@client.test"]}]}'
}

@test "sign-in: nobody can connect before an administrator of both sides has authorised the firm (O-003)" {
  delegated "$(two_events)"
  run -78 connect ann
  grep -q "the connection is not authorized" "$BATS_TEST_TMPDIR/connect.err"
  grep -q "calsync connection authorize $C" "$BATS_TEST_TMPDIR/connect.err"
  # People who are no administrators here cannot say it.
  sql "do \$\$ begin create role calsync_test_nobody; exception when duplicate_object or unique_violation then null; end \$\$;
    grant usage on schema calsync to calsync_test_nobody"
  run ! sql "set role calsync_test_nobody; select calsync.admin_authorize($C)"
  [[ $output == *"permission denied"* ]] || { echo "$output"; false; }
  run -0 calsync connection authorize "$C"
  [ "$output" = "An administrator of the tenant consents at: $E2E_URL/firm/adminconsent?client_id=calsync" ]
  is "$(sql "select authorized_by = session_user, authorized_at is not null from calsync.connection")" 't|t'
  # Microsoft's side is still missing: the person cannot finish.
  calsync account connect ann@firm.test >/dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&- &
  until grep -q 'enter the code' "$BATS_TEST_TMPDIR/err"; do sleep 0.1; done
  run ! person ann@firm.test sign-in
  [[ $output == *"need admin approval"* ]]
  is "$(health)" "ann:auth_needed bob:auth_needed"
  # They ask an administrator, and go on with the same code.
  sim act '{"do":"consent"}' >/dev/null
  person ann@firm.test sign-in
  wait "$!"
  is "$(health)" "ann:ok bob:auth_needed"
}

@test "sign-in: the roles that have to may, others may not" {
  delegated '{}'
  sql "set role calsync_admin; select calsync.admin_authorize($C)" >/dev/null
  is "$(sql "set role calsync_admin; select calsync.admin_signin('Ann@firm.test') ->> 'mailbox'")" ann@firm.test
  sql "set role calsync_admin; select calsync.admin_signed_in($ANN)" >/dev/null
  is "$(health)" "ann:ok bob:auth_needed"
  sql "set role calsync_write; select calsync.apply_signin('{\"account\":$ANN,\"problems\":[{\"code\":\"auth_needed\"}]}')" >/dev/null
  is "$(health)" "ann:auth_needed bob:auth_needed"
  sql "set role calsync_admin; select calsync.admin_signed_in($ANN); select calsync.admin_signed_out($ANN)" >/dev/null
  is "$(health)" "ann:auth_needed bob:auth_needed"
  for f in "admin_signed_in($ANN)" "admin_signed_out($ANN)" "admin_authorize($C)" "admin_signin('ann@firm.test')"; do
    run ! sql "set role calsync_write; select calsync.$f"
    [[ $output == *"permission denied"* ]]
  done
  is "$(sql "set role calsync_read; select calsync.roster_org() -> 'connections' -> 0 ->> 'auth'")" delegated
}

@test "sign-in: who has not signed in is not synced; who has is, run after run, and is asked no more (S-002 O-004 SC-25)" {
  authorized "$(two_events)"
  is "$(sql "select code, count(*) from calsync.log where error group by 1")" "auth_needed|2"
  sync
  is "$(live)|$(logins)" "0|0"
  connect ann
  is "$(cat "$BATS_TEST_TMPDIR/connect.out")" "connected: ann@firm.test"
  sync
  is "$(subjects)" A
  sync_nothing
  # A day later, after all that was granted then, without anybody at a keyboard.
  later 1d
  ann update a '"set":{"subject":"A2"}'
  sync
  is "$(subjects)" A2
  connect bob
  sync
  is "$(subjects)" "A2 B"
  sync_nothing
  # auth_needed was told once for each, and never again.
  is "$(sql "select count(*) from calsync.log where code = 'auth_needed'")" 2
  is "$(stat -c %a "$TOKENS" "$TOKENS.key" "$TOKENS/$ANN.token" | paste -sd ' ')" "700 600 600"
  # No token anywhere else.
  run ! grep -rE '0\.R\.|eyJ0eXAi' "$BATS_TEST_TMPDIR" "$E2E_TEE" --include='*' --exclude-dir=state
}

@test "sign-in: every call goes to /me; no token is used for another's mailbox, both ways (S-003 SC-25)" {
  authorized "$(two_events)" 'direction.events = both' 'attendees.to_graph = all' 'mail.allow = all'
  connect ann
  make_clerk
  forget_requests
  sync
  later 15m
  crm_event New 2025-03-13T10:00Z 30 xia@client.test
  sync
  is "$(box ann | cut -d'|' -f2 | paste -sd ' ')" "A New"
  crm_edit New "subject = 'New 2'"
  later 15m
  sync
  is "$(box ann | cut -d'|' -f2 | paste -sd ' ')" "A New 2"
  [ "$(asked | wc -l)" -gt 4 ]
  # Everything that was asked for, inside batches too.
  run ! grep -vE '^/v1\.0/(me/|\$batch)' <(asked)
  run ! grep -iE '/calendars|users' <(asked)
  is "$(sim requests | jq -r '[.value[] | select(.status == 403)] | length')" 0
}

@test "sign-in: only the person of that mailbox; another one's sign-in is not stored" {
  authorized "$(two_events)"
  run -77 connect ann bob@firm.test
  grep -q "it was bob@firm.test who signed in, not ann@firm.test" "$BATS_TEST_TMPDIR/connect.err"
  run -77 connect ann ann@firm.test decline-sign-in
  grep -q "the sign-in was declined" "$BATS_TEST_TMPDIR/connect.err"
  [ ! -e "$TOKENS/$ANN.token" ]
  is "$(health)" "ann:auth_needed bob:auth_needed"
  # Nor can a file be moved.
  connect ann
  cp "$TOKENS/$ANN.token" "$TOKENS/$BOB.token"
  sql "update calsync.account set health = null" >/dev/null
  sync_ends 74
  is "$(subjects)|$(health)" "A|ann:ok bob:auth_needed"
}

@test "sign-in: a login that is overtaxed is asked less often; a code that expires is said so" {
  authorized "$(two_events)"
  fault '{"kind":"status","status":400,"body":"{\"error\":\"slow_down\"}","path":"v2.0/token","count":1}'
  connect ann
  # One second, then five more.
  is "$(logins)|$(health)" "2|ann:ok bob:auth_needed"
  faults_off
  calsync account connect bob@firm.test >/dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&- &
  until grep -q 'enter the code' "$BATS_TEST_TMPDIR/err"; do sleep 0.1; done
  later 15m
  status=0
  wait "$!" || status=$?
  is "$status" 75
  grep -q "nobody signed in before the code expired" "$BATS_TEST_TMPDIR/err"
}

@test "sign-in: a personal account is refused under delegated, and taken under delegated_any (O-002)" {
  local w
  w=$(jq -c '.users = [{upn: "ann@firm.test", name: "Ann", zone: "Europe/London", personal: true}, {upn: "bob@firm.test", name: "Bob", zone: "Europe/London"}]' <<<"$(two_events)")
  TENANT=common authorized "$w"
  run -77 connect ann
  grep -q "ann@firm.test is a personal account; auth = delegated takes business accounts only" "$BATS_TEST_TMPDIR/connect.err"
  is "$(health)" "ann:auth_needed bob:auth_needed"
  firm_policy 'auth = delegated_any' 'mail.model = strict'
  connect ann
  connect bob
  sync
  is "$(subjects)" "A B"
  # The firm thinks better of it.
  firm_policy 'auth = delegated' 'mail.model = strict'
  later 15m
  sync_ends 1
  is "$(health)|$(problems)" "ann:auth_needed bob:ok|auth_needed"
  sync_nothing
}

@test "sign-in: a sign-in that is revoked is told once; the others go on; signing in again heals it (S-002)" {
  local how
  authorized "$(two_events)"
  connect ann
  connect bob
  sync
  is "$(subjects)" "A B"
  for how in '"do":"revoke-sign-ins"' '"do":"set-user","set":{"mustInteract":true}'; do
    sim act "{\"as\":\"ann@firm.test\",$how}" >/dev/null
    ann update a '"set":{"subject":"A2"}'
    bob update b '"set":{"subject":"B2"}'
    later 15m
    sync_ends 1
    is "$(subjects)|$(health)|$(problems)" "A B2|ann:auth_needed bob:ok|auth_needed"
    forget_requests
    later 15m
    sync
    # Nobody asks for her token any more.
    is "$(problems)|$(logins)" "|1"
    sim act '{"as":"ann@firm.test","do":"set-user","set":{"mustInteract":false}}' >/dev/null
    connect ann
    sync
    is "$(subjects)|$(health)" "A2 B2|ann:ok bob:ok"
    sync_nothing
    ann update a '"set":{"subject":"A"}'
    bob update b '"set":{"subject":"B"}'
    later 15m
    sync
  done
}

@test "sign-in: disconnected, nothing of theirs is synced; what was stays" {
  authorized "$(two_events)"
  connect ann
  sync
  calsync account disconnect ann@firm.test
  [ ! -e "$TOKENS/$ANN.token" ]
  ann update a '"set":{"subject":"A2"}'
  later 15m
  sync
  is "$(subjects)|$(health)" "A|ann:auth_needed bob:auth_needed"
}

@test "failure: F155 a new refresh token is stored before it is used; if it cannot be, that is an alarm" {
  authorized "$(two_events)"
  connect ann
  sync
  before=$(crm_dump && state_dump)
  mkdir "$TOKENS/$ANN.new"
  forget_requests
  ann update a '"set":{"subject":"A2"}'
  later 15m
  sync_ends 74
  grep -q "the new refresh token is not stored" "$BATS_TEST_TMPDIR/ends"
  # The token that came with it was used for nothing.
  is "$(asked)" ""
  diff <(echo "$before") <(crm_dump && state_dump)
  rmdir "$TOKENS/$ANN.new"
  sync
  is "$(subjects)|$(health)" "A2|ann:ok bob:auth_needed"
}

@test "sign-in: several programs use one sign-in at once, and each use makes the one before worthless" {
  local n job jobs=()
  authorized "$(two_events)"
  sim mode '{"refresh.rotation":"revoke"}' >/dev/null
  connect ann
  sim fault '{"kind":"delay","amount":300,"count":-1,"path":"oauth2"}' >/dev/null
  tool roster --policy "$CALSYNC_POLICY" --profiles "$TOP/profiles" --now "$(sim_now)" --all >"$BATS_TEST_TMPDIR/roster.ndjson"
  for n in 1 2 3 4; do
    tool fetch -q "$BATS_TEST_TMPDIR/roster.ndjson" >"$BATS_TEST_TMPDIR/fetch.$n" 3>&- &
    jobs+=("$!")
  done
  for job in "${jobs[@]}"; do wait "$job"; done
  is "$(jq -s 'map(select(.type == "graph.event")) | length' "$BATS_TEST_TMPDIR"/fetch.?)" 4
  faults_off
  sync
  is "$(subjects)|$(health)" "A|ann:ok bob:auth_needed"
  sync_nothing
}

@test "failure: F155 killed at any step of a rotation: the next run works without a new sign-in" {
  local n status
  authorized "$(two_events)" 'direction.events = both'
  connect ann
  sync
  for n in 1 2 3; do
    later 2h
    ann update a "\"set\":{\"subject\":\"A$n\"}"
    status=0
    tool roster --policy "$CALSYNC_POLICY" --profiles "$TOP/profiles" --now "$(sim_now)" --all |
      CALSYNC_STOP_AFTER=$n tool fetch >/dev/null 2>&1 || status=$?
    is "$status" 100
    sync
    is "$(subjects)|$(health)" "A$n|ann:ok bob:auth_needed"
  done
}

@test "sign-in: a connection that is not prepared for what the policy says stops the run" {
  authorized "$(two_events)"
  firm_policy 'auth = app'
  sync_ends 78
  grep -q "auth = app, but connection $C is one on which people sign in themselves" "$BATS_TEST_TMPDIR/ends"
  e2e_fresh
  firm_policy 'auth = delegated'
  sync_ends 78
  grep -q "auth = delegated, but connection 1 is that of an application" "$BATS_TEST_TMPDIR/ends"
  chmod 644 "$TOKENS.key"
  firm_policy 'auth = delegated'
  sql "delete from calsync.account; delete from calsync.connection" >/dev/null
  run -78 calsync connection add --tenant firm --client-id calsync --token-dir "$TOKENS"
  [[ $output == *"others can read it"* ]]
}

@test "sign-in: who ends the command ends the wait for the person, and nothing is kept (O-003)" {
  authorized "$(two_events)"
  CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" account connect ann@firm.test 2>"$BATS_TEST_TMPDIR/told" 3>&- &
  local job=$! n
  for n in {1..100}; do ! grep -q 'enter the code' "$BATS_TEST_TMPDIR/told" || break; sleep 0.1; done
  pgrep -f "^$E2E_SIM/bin/connect" >/dev/null
  kill -TERM "$job"
  for n in {1..30}; do pgrep -f "^$E2E_SIM/bin/connect" >/dev/null || break; sleep 0.1; done
  run ! pgrep -f "^$E2E_SIM/bin/connect"
  wait "$job" || :
  is "$(find "$TOKENS" -name '*.token')" ""
  is "$(health)" "ann:auth_needed bob:auth_needed"
}
