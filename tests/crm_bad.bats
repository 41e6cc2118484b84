# Rows of the CRM that cannot be read: logged by the CRM's key, once, and looked at again
# when somebody changed them or asks for it (L5, U11).
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

bad() { sql "select code, crm_id from calsync.log where kind = 'problem' and error"; }
retry() { "$TOP/scripts/calsync-retry" "$@"; }

@test "L5: a row of the CRM that cannot be read is told once, with its key; a change or a retry brings it again (U11)" {
  begin "$(world "$(meeting kept ann 2025-03-12T10:00 xia@client.test)")" "${both_ways[@]}" 'unmatched.mode = sync'
  crm_event Bad 12025-03-12T10:00Z 60 xia@client.test
  crm_event Good 2025-03-13T10:00Z 60 xia@client.test
  # A linked one goes bad as well.
  sql "update crm.events set starts_at = '12025-03-12T10:00Z', ends_at = '12025-03-12T11:00Z' where subject = 'kept'" >/dev/null
  later 15m
  sync_ends 1
  is "$(writes)" 'POST ann Good [xia]'
  is "$(bad | sort)" "bad_record|$(crm_id kept)
bad_record|$(crm_id Bad)"
  rm "$E2E_TEE/match.ndjson" # passes on what the CRM has
  sync
  is "$(bad | wc -l)" 2
  # Asked for.
  export CALSYNC_LIBEXEC=$TOP/scripts CALSYNC_BIN=$BIN
  is "$(retry "$(crm_id Bad)")" '1 to be read again in the next run'
  sync_ends 1
  is "$(bad | wc -l)" 2
  sync
  # Put right.
  crm_move Bad 2025-03-14T10:00Z
  crm_move kept 2025-03-12T12:00Z
  later 15m
  sync
  is "$(writes)" $'PATCH ann kept end,start\nPOST ann Bad [xia]'
  sync_nothing
}
