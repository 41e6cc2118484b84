# policy: the shipped profiles, what is made from the table of keys, and the
# program that explains them.  Files of policy are golden cases.
load helper

P() { tool policy --profiles "$TOP/profiles" "$@"; }

# cells PROFILE: key, value, mark (*, - or nothing) of a column of profiles.tsv.
cells() {
  awk -F'\t' -v name="$1" '
    /^#/ { next }
    $1 == "key" { for (i = 2; i <= NF; i++) if ($i == name) column = i; next }
    { value = $column; mark = ""
      if (value == "-") { value = $2; mark = "-" }
      if (sub(/\*$/, "", value)) mark = "*"
      print $1 "\t" value "\t" mark }' "$DATA/policy/profiles.tsv"
}

# profile NAME: the file has a line for each cell, in the table's order, with
# "# *" where the cell has a star, none where it has a dash; and it loads.
# What is not built yet stands as a comment.
profile() {
  P keys -j | jq -r 'select(.later) | [.key, .default] | @tsv' >"$BATS_TEST_TMPDIR/later"
  cells "$1" | awk -F'\t' '
    NR == FNR { later[$1] = $2; next }
    $3 == "-" { next }
    { line = $1 " = " $2 }
    $1 in later && $2 != later[$1] { print "# " line " # " ($3 == "*" ? "* " : "") "not yet"; next }
    { print line ($3 == "*" ? " # *" : "") }' "$BATS_TEST_TMPDIR/later" - >"$BATS_TEST_TMPDIR/want"
  grep -E '^(# )?[a-z_.]+ = ' "$TOP/profiles/$1.policy" | sed 's/  *#/ #/' \
    >"$BATS_TEST_TMPDIR/got"
  diff -u "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/got"
  P --set "profile=$1" -j show | jq -r '[.key, .value] | @tsv' | unordered >"$BATS_TEST_TMPDIR/shown"
  cells "$1" | awk -F'\t' -v OFS='\t' '
    NR == FNR { later[$1] = $2; next }
    $1 in later { $2 = later[$1] }
    { print $1, $2 }' "$BATS_TEST_TMPDIR/later" - | unordered | diff -u - "$BATS_TEST_TMPDIR/shown"
}

# The items of each list in one order.
unordered() { jq -Rr 'split("\t") | [.[0], (.[1] | split(", ") | sort | join(", "))] | @tsv'; }

@test "policy: profile practifi is the product's column" { profile practifi; }
@test "policy: profile salesexec is the product's column" { profile salesexec; }
@test "policy: profile interaction is the product's column" { profile interaction; }
@test "policy: profile smartcloud is the product's column" { profile smartcloud; }
@test "policy: profile opencrm is the product's column" { profile opencrm; }

@test "policy: the built-in defaults are the default column, and so is the profile default" {
  tool policy -j show | jq -r '[.key, .value, .origin] | @tsv' >"$BATS_TEST_TMPDIR/got"
  cells default | awk -F'\t' '{ print $1 "\t" $2 "\tdefault" }' | diff -u - "$BATS_TEST_TMPDIR/got"
  P --set profile=default -j show | jq -r '[.key, .value] | @tsv' |
    diff -u <(cut -f 1,2 "$BATS_TEST_TMPDIR/got") -
  run -0 P --set profile=default check
  [ "$output" = "good: 88 of 88 keys set, with profile default" ]
}

@test "policy: the man page's keys and profiles/default.policy are made from the table" {
  run -0 "$TOP/scripts/policy-page" --check
}

@test "policy: interaction limits what the firm may say (I-033)" {
  local v
  for v in window.stop=1d window.stop=90d window.past_in=90d direction.events=off mail.allow=none; do
    run -0 P --set profile=interaction --set "$v" check
  done
  for v in window.stop=0d window.stop=91d window.stop=never window.past_in=enabled-30d \
    direction.events=both mail.allow=users; do
    run -78 --separate-stderr P --set profile=interaction --set "$v" check
    [ -z "$output" ]
    [[ $stderr == "--set: ${v%=*} = ${v#*=} is not what profile interaction allows: "* ]]
  done
}

@test "policy: keys tells each key, wrapped for a page" {
  run -0 --separate-stderr tool policy keys private.mode direction.tasks
  [ "${lines[0]}" = "direction.tasks = off" ]
  [ "${lines[1]}" = "    word: off, to_crm, to_graph, both; users: narrow; not yet: only the" ]
  [ "${lines[4]}" = "private.mode = skip" ]
  [ "${lines[5]}" = "    word: skip, manual, no_attendees, full; users: narrow" ]
  run -0 tool policy keys
  [ "$(grep -c '^[a-z]' <<<"$output")" -eq 88 ]
  [ -z "$(awk 'length > 78' <<<"$output")" ]
  [ "$(tool policy keys -j | jq -r 'select(.allowed and .meaning and .requirements and .default) | .key' | wc -l)" -eq 88 ]
}

@test "policy: show is a table with origins" {
  printf 'run.in = 5min\n' >"$BATS_TEST_TMPDIR/firm.policy"
  run -0 --separate-stderr tool policy -p "$BATS_TEST_TMPDIR/firm.policy" show run.in run.out
  [ "${lines[0]}" = "KEY                       VALUE  ORIGIN" ]
  [ "${lines[1]}" = "run.in                    5min   firm.policy:1" ]
  [ "${lines[2]}" = "run.out                   15min  default" ]
  CALSYNC_POLICY=$BATS_TEST_TMPDIR/firm.policy run -0 --separate-stderr tool policy show run.in
  [ "${lines[1]}" = "run.in                    5min   firm.policy:1" ]
}

@test "policy: a wrong call is a usage error" {
  local args
  for args in "" "shw" "check run.in" "show no.key" "keys run.inn" "--nope show"; do
    # shellcheck disable=SC2086
    run -64 --separate-stderr tool policy $args
    [ -z "$output" ]
  done
  run -64 --separate-stderr tool policy show run.inn
  [[ $stderr == *"there is no key 'run.inn'; the nearest is run.in"* ]]
}

@test "policy: help, version, options, and a full disk" {
  run -0 --separate-stderr tool policy --help
  [[ ${lines[0]} == "usage: policy "* ]]
  run -0 --separate-stderr tool policy --version
  [ "$output" = "policy (calsync) $(cat "$TOP/VERSION")" ]
  run -0 --separate-stderr tool policy --options
  [[ $output == *--profiles* ]]
  # shellcheck disable=SC2016
  run -74 --separate-stderr bash -c '"$1" keys >/dev/full' - "$BIN/policy"
}
