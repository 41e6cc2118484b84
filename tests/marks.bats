# Our categories in Outlook (category.write): what is synced is marked, what failed
# says so, in both mail models; and whom that mails.
# shellcheck disable=SC2154

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; }

# Categories of an event in a mailbox, sorted: cats ann SUBJECT.
cats() { of_box "$1" "$2" '.categories | sort | join(", ")'; }
# The mailbox's own list: "Salesforce=preset7 ...".
colors() { sim "events?mailbox=$1@firm.test" | jq -r '[.categories | to_entries[] | "\(.key)=\(.value)"] | sort | join(" ")'; }
# The writes to events.
on_events() { writes | grep -v ' color,displayName$'; }
person() { echo "{\"address\":\"$1\",\"response\":\"accepted\"}"; } # who has accepted

own_meeting() {
  begin '{}' smartcloud
  ann create - "\"event\":$(MORE='{"categories":["Own"]}' meeting e1 ann 2025-03-12T10:00 "$(person bob@firm.test)" xia@client.test)"
  bob add-category e1 '"category":"Red"'
  later 15m
  sync
  is "$(on_events)" "PATCH ann e1 categories"
  is "$(cats ann e1)" "Own, Salesforce, Status: Tracked successfully."
  is "$(cats bob e1)" "Red"
  is "$(mails)" "$(by_model '' 'update bob e1
update xia e1')"
  is "$(colors ann)" "Salesforce=preset7 Sync Error=preset0"
  # Bob's copy waited for Ann's.
  sync
  is "$(on_events)" "PATCH(guest) bob e1 categories"
  is "$(cats bob e1)" "Red, Salesforce, Status: Tracked successfully."
  nobody_mailed_this_run
  sync_nothing
  later 15m
  sync_nothing
  is "$(events)" "Ann|03-12 10:00|11:00|e1|bob:accepted xia:none"
  mails_foreseen
}
nobody_mailed_this_run() { is "$(mails)" ""; }
@test "marks: what is shared gets ours beside the user's, on both copies (C-038 C-040)" { in_both_models own_meeting; }
