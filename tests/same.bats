# A re-read of everything: what came as the same bytes goes no further than fetch
# (fetch/same.c), and what is not the same is seen, whatever else it looks like.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

anew() { sql "update calsync.cursor set link = null, resume = null, round = null"; }
# Subjects of what fetch let through, how many it left out, and what match calls unchanged.
let_through() { jq -r 'select(.type == "graph.event") | .data.subject // empty' "$E2E_TEE/fetch.ndjson" | sort | paste -sd ' '; }
left_out() { counted fetch fetch.same; }
counted() { jq -s --arg name "$2" '[.[] | select(.type == "mailbox.end") | .counts[$name] // 0] | add' "$E2E_TEE/$1.ndjson"; }
known() { jq -r 'select(.type == "known") | .id' "$E2E_TEE/match.ndjson" | wc -l; }
marks() { sql "select count(raw) from (select raw from calsync.copy union all select raw from calsync.seen) x"; }

# Two of Ann's that are linked, two that are skipped, and a series.
firm() {
  world "$(meeting A ann 2025-03-12T10:00 xia@client.test)" "$(meeting B ann 2025-03-13T10:00 xia@client.test)" \
    "$(meeting C ann 2025-03-14T10:00 who@nowhere.test)" "$(meeting D ann 2025-03-17T10:00 who@nowhere.test)" \
    "$(MORE="{$(weekly 3 tuesday)}" meeting S ann 2025-03-18T10:00 xia@client.test)"
}

@test "L9: a re-read leaves out what came as it was, linked or skipped; another text behind the same etag is seen" {
  e2e_fresh "$(firm)"
  sync
  is "$(left_out)" 0
  is "$(marks)" 8
  anew
  sync_nothing
  is "$(let_through) / $(left_out)" " / 8"
  is "$(counted match match.unchanged)" 8
  is "$(known)" 0
  # From a link: all that comes is looked at.
  ann update A '"set":{"subject":"A2"}'
  sync
  is "$(let_through) / $(left_out)" "A2 / 0"
  is "$(ops)" "crm.update done"
  # Neither is believed: the etag, nor the size.
  anew
  fault '{"kind":"edit","from":"\"subject\":\"B\"","to":"\"subject\":\"X\"","count":-1}'
  sync
  faults_off
  is "$(let_through) / $(left_out)" "X / 7"
  is "$(subjects)" "A2 S S S X"
  # A series is its master, too: as a whole or not at all.
  local master="from calsync.seen where reason = 'series_master'" kept
  kept=$(sql "select format('digest = %L, raw = %s', digest, raw) $master")
  anew
  fault '{"kind":"edit","from":"\"subject\":\"S\"","to":"\"subject\":\"T\"","count":-1}'
  sync
  faults_off
  is "$(let_through) / $(left_out)" "B T / 3"
  is "$(subjects)" "A2 B T T T"
  # Even if the master was not noted, as something broke off between it and its dates.
  sql "update calsync.seen set $kept where reason = 'series_master'"
  anew
  sync
  is "$(let_through) / $(left_out)" "S / 4"
  is "$(subjects)" "A2 B S S S"
}

@test "L2: what a re-read left out was there, what is missing is asked for by id; other rules of time make all of it anew" {
  e2e_fresh "$(firm)"
  firm_policy 'delete.to_crm = delete'
  sync
  ann delete B
  ann delete D
  later 15m
  anew
  sync
  is "$(let_through) / $(left_out)" " / 6"
  is "$(subjects)" "A S S S"
  # Another version of calsync or of the zones is another stamp, as is another zone of
  # the mailbox: all is made anew and found to be the same, once.
  sql "update calsync.account set zone = 'Europe/Paris'"
  anew
  sync_nothing
  is "$(let_through) / $(left_out) / $(known)" "A C S / 0 / 6"
  anew
  sync_nothing
  is "$(let_through) / $(left_out) / $(known)" " / 6 / 0"
  # Who writes another digest need not know of marks.
  sql "update calsync.copy set digest = null where master is null or starts > '2025-03-24'"
  anew
  sync
  is "$(let_through) / $(left_out)" "A S / 1"
  is "$(jq -r 'select(.type == "candidate") | .event.subject' "$E2E_TEE/match.ndjson" | sort | paste -sd ' ')" "A S S"
  anew
  sync_nothing
  is "$(let_through) / $(left_out)" " / 6"
  # By hand, without the database: all of it, and no marks.
  anew
  "$BIN/roster" -q --all --now "$(sim_now)" | "$BIN/fetch" -q --no-db >"$BATS_TEST_TMPDIR/raw"
  is "$(jq -r 'select(.type == "graph.event") | .data.subject // empty' "$BATS_TEST_TMPDIR/raw" | sort | paste -sd ' ')" "A C S"
  is "$(grep -c '"raw":"' "$BATS_TEST_TMPDIR/raw")" 0
}

@test "L9: what the CRM changed is looked at, although Graph brings it as it was" {
  begin "$(firm)" "${both_ways[@]}"
  crm_edit A "subject = 'Ours'"
  anew
  sync
  is "$(writes)" "PATCH ann A subject"
  is "$(let_through) / $(left_out)" "A / 7"
  anew
  sync
  # Our own write has come back: other bytes, nothing new.
  is "$(let_through) / $(left_out) / $(known)" "Ours / 7 / 1"
  anew
  sync_nothing
  is "$(let_through) / $(left_out)" " / 8"
}
