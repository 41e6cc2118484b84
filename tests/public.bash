# shellcheck shell=bash
# public: a group with a calendar, and the CRM calendar that stands for it.  Loaded
# after e2e, outward and signin.

GROUP=5a1e5000-0000-4000-8000-000000000001
# A world in which Sales is a group with a calendar, of which Bob is a member (MEMBERS: JSON), and a CRM
# calendar of that name; its account is read by a connection on which people sign in.
# public EVENTS POLICY-LINE ...
public() {
  fresh_out "$(jq -c --arg id "$GROUP" --argjson members "${MEMBERS:-[\"bob@firm.test\"]}" --argjson followers "${FOLLOWERS:-[]}" '. + {tenants: [{id: "firm", domains: ["firm.test"], apps: [{client_id: "calsync", secret: "s3cret"}, {client_id: "groups"}]}],
    groups: [{mail: "sales@firm.test", name: "Sales", id: $id, members: $members, followers: $followers, calendar: true}]}' <<<"$1")" "${@:2}"
  sim mode '{"device.interval":1}' >/dev/null
  sql "insert into crm.users (user_id, email, name, time_zone) overriding system value values (10, 'sales@firm.test', 'Sales', 'Europe/London')"
  calsync connection add --tenant firm --client-id groups --token-dir "$BATS_TEST_TMPDIR/tokens" --graph "$E2E_URL/v1.0" --login "$E2E_URL"
  calsync connection authorize "$(sql "select max(id) from calsync.connection")" >/dev/null
  calsync account add sales@firm.test --group "$GROUP" --since 2025-03-01T00:00:00Z
}
sales() { act "{\"as\":\"sales@firm.test\",\"do\":\"$1\",\"event\":\"$2\"${3:+,$3}}"; }
long() { MORE="{\"end\":\"$4\",\"subject\":\"$1\"}" meeting "$1" sales@firm.test "$2" "$3"; }
