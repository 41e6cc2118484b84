# A user's cleanup: the copies that the sync made go, on the sides that policy names;
# originals stay.  And disabling, which loses nothing.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

# Plainly, not in a condition: there the shell would not stop at what fails.
twice() {
  "$1"
  echo "again, after runs that break off"
  E2E_BREAK=1
  "$1"
}
calsync() { CALSYNC_BIN=$E2E_SIM/bin "$TOP/scripts/calsync" "$@"; }
# Ann's: A1, A2 born in the CRM, O1, O2 in Outlook with Xia.
four() {
  begin "$(world "$(meeting O1 ann 2025-03-12T10:00 xia@client.test)" "$(meeting O2 ann 2025-03-13T10:00 xia@client.test)")" salesexec "$@"
  crm_event A1 2025-03-20T14:00Z 30 xia@client.test
  crm_event A2 2025-03-21T14:00Z 30 bob@firm.test
  turn
  is "$(writes)" "POST ann A1 []
POST ann A2 []"
  is "$(subjects)" "A1 A2 O1 O2"
}
links() { sql "select concat(state, ':', ended, ' ', count(*)) from calsync.meeting group by state, ended order by 1"; }

sc25() {
  four
  sql "select calsync.admin_account('{\"user\":\"ann@firm.test\",\"enabled\":false}')" >/dev/null
  crm_edit A1 "subject = 'A1!'"
  ann update O1 '"set":{"subject":"O1!"}'
  turn
  wrote_nothing
  is "$(subjects)" "A1! A2 O1 O2"
  is "$(box ann | cut -d'|' -f2 | paste -sd' ')" "O1! O2 A1 A2"

  run -0 --separate-stderr calsync user cleanup --yes ann@firm.test
  [[ $output == "Cleanup of ann@firm.test: 2 events go from Microsoft 365, 2 from the CRM (cleanup = both); originals stay."* ]]
  [[ $output == *"Exchange tells 0 people, with 0 mails."*"The next run does it (request 1)."* ]]
  turn
  is "$(writes)" "DELETE ann A1
DELETE ann A2"
  is "$(mails)" ""
  is "$(subjects)" "A1! A2"
  is "$(box ann | cut -d'|' -f2 | paste -sd' ')" "O1! O2"
  is "$(links)" "ended:cleanup 4"
  is "$(sql "select events from calsync.account where mailbox = 'ann@firm.test'")" f
  is "$(sql "select outcome from calsync.cleanup")" "done"
  is "$(sql "select distinct rule, policy from calsync.log where run in ('$E2E_TOLD', 'broken-$E2E_TOLD') and kind = 'op' and code ~ 'delete'")" "cleanup|cleanup = both"
  later 15m
  sync_nothing

  # Switched on again, she starts afresh.
  sql "select calsync.admin_account('{\"user\":\"ann@firm.test\",\"enabled\":true}')" >/dev/null
  turn
  is "$(writes)" "POST ann A1! []
POST ann A2 []"
  is "$(mails)" ""
  is "$(subjects)" "A1! A2 O1! O2"
  is "$(box ann | cut -d'|' -f2 | paste -sd' ')" "O1! O2 A1! A2"
  is "$(links)" "active: 4"
}
@test "scenario: SC-25 disable and cleanup (S-012 S-013 S-014 S-015)" { twice sc25; }

# In one world: an event that was on both sides before, one of the CRM's with people,
# one of Outlook's, one of Bob's; a budget of one mail, a breaker of one deletion.
stays() {
  fresh_out "$(world "$(meeting Twin ann 2025-03-12T10:00 xia@client.test)" "$(meeting O1 ann 2025-03-13T10:00 bob@firm.test xia@client.test)" \
    "$(meeting O2 ann 2025-03-14T10:00 xia@client.test)" "$(meeting Bobs bob 2025-03-17T10:00 ann@firm.test xia@client.test)")" \
    practifi 'cleanup = both' 'delete.max = 1' 'delete.max_day = 1' 'delete.to_graph = delete'
  crm_event Twin 2025-03-12T10:00Z 60 xia@client.test
  sql "truncate calsync.change"
  quiet_run
  crm_event C1 2025-03-20T14:00Z 30 xia@client.test yan@client.test
  crm_event C2 2025-03-21T14:00Z 30
  turn
  is "$(writes)" "POST ann C1 [xia yan]
POST ann C2 []"
  is "$(subjects)" "Bobs C1 C2 O1 O2 Twin"
  is "$(sql "select string_agg(born, ' ' order by base_graph::json ->> 'subject') from calsync.meeting")" "graph crm crm graph graph both"

  out_policy practifi 'cleanup = both' 'delete.max = 1' 'delete.max_day = 1' 'mail.per_run = 1'
  run -0 --separate-stderr calsync user cleanup --dry-run ann@firm.test --policy "$CALSYNC_POLICY"
  [[ $output == "Cleanup of ann@firm.test: 2 events go from Microsoft 365, 2 from the CRM (cleanup = both); originals stay."$'\n'"Exchange tells 2 people, with 2 mails."* ]]
  is "$(sql "select count(*) from calsync.cleanup")" 0
  run -64 --separate-stderr calsync user cleanup ann@firm.test </dev/null
  [[ $stderr == *"nobody is there to say yes"* ]]
  run -0 --separate-stderr calsync user cleanup --yes --stay ann@firm.test
  is "$(sql "select events from calsync.account where mailbox = 'ann@firm.test'")" t
  # The breaker lets three deletions pass, the budget not the two mails.
  turn
  is "$(writes)" "DELETE ann C2"
  is "$(mails)" ""
  is "$(subjects)" "Bobs C1 C2 Twin"
  is "$(sql "select op, reason, mail from calsync.held")" "graph.delete|mail_held|{xia@client.test,yan@client.test}"
  is "$(sql "select coalesce(outcome, 'open') from calsync.cleanup")" open
  # Meanwhile she goes on: what is new comes in, and is not swept away with the rest.
  ann create - "\"event\":$(meeting New ann 2025-03-18T10:00 xia@client.test)"
  turn
  wrote_nothing
  is "$(subjects)" "Bobs C1 C2 New Twin"
  sql "select calsync.admin_release(id) from calsync.held" >/dev/null
  turn
  is "$(writes)" "DELETE ann C1"
  is "$(mails)" "cancellation xia C1
cancellation yan C1"
  is "$(sql "select outcome from calsync.cleanup")" "done"
  # Nothing comes back, whatever is done to what is left (S-015).
  ann update O1 '"set":{"subject":"O1!"}'
  crm_edit C1 "subject = 'C1!'"
  turn
  wrote_nothing
  is "$(subjects)" "Bobs C1! C2 New Twin"
  is "$(box ann | cut -d'|' -f2 | paste -sd' ')" "Twin O1! O2 Bobs New"
  is "$(links)" "active: 3
ended:cleanup 4"
  mails_foreseen
}
@test "cleanup: --stay: mails are held to their budget, the breaker is not asked, what was on both sides stays, nothing comes back (S-013 S-014 S-015)" { twice stays; }

@test "cleanup: a user's own, by the policy's side and leave; asked for twice, cancelled" {
  four 'cleanup = graph' 'users.edit = yes'
  sql "do \$\$ begin create role calsync_test_ann login; exception when duplicate_object or unique_violation then null; end \$\$;
    grant calsync_user to calsync_test_ann; select calsync.admin_login('{\"user\":\"ann@firm.test\",\"login\":\"calsync_test_ann\"}')" >/dev/null
  own() { PGUSER=calsync_test_ann calsync user cleanup --db "host=$PGHOST dbname=$PGDATABASE" "$@"; }
  run -0 --separate-stderr own --dry-run
  [[ $output == "Cleanup of you: 2 events go from Microsoft 365, 0 from the CRM (cleanup = graph); originals stay."* ]]
  run -0 --separate-stderr own --yes
  run -0 --separate-stderr own --yes
  is "$(sql "select count(*), min(asked_by) from calsync.cleanup")" "1|calsync_test_ann"
  run -0 --separate-stderr own --cancel
  turn
  wrote_nothing
  is "$(sql "select outcome from calsync.cleanup")" cancelled
  run -0 --separate-stderr own --yes
  turn
  is "$(writes)" "DELETE ann A1
DELETE ann A2"
  is "$(subjects)" "A1 A2 O1 O2"
  is "$(links)" "active: 2
ended:cleanup 2"
  out_policy salesexec 'cleanup = off'
  run -78 --separate-stderr calsync user cleanup --yes ann@firm.test
  [[ $stderr == *"the policy has no cleanup (cleanup = off)"* ]]
  run -78 --separate-stderr calsync user cleanup --yes cy@firm.test
  [[ $stderr == *"there is no account of cy@firm.test"* ]]
}
