# cli: what all programs promise.  One function a promise; one test a program
# and promise.  Nothing here needs a database or a server: the streams hold no
# record that would.
load helper

setup_file() {
  local run end
  run='{"type":"run","id":"r","now":"2026-11-21T09:00:00Z","schema":1,"policy":{}}'
  end='{"type":"end","from":"test","sections":0,"records":0}'
  cd "$BATS_FILE_TMPDIR" || return 1
  printf '%s\n' "$run" "$end" >good
  printf '%s\n' "$run" >noend
  printf '%s\n' "$run" '{"type":"end","from":"test","sections":0,"records":1}' >wrong
  printf '%s\n' "$run" "$end" >whole
  head -c 20 whole >cut
  {
    echo "$run"
    printf '{"type":"news","a":"'
    head -c 4194304 /dev/zero | tr '\0' x
    printf '"}\n%s\n' "$end"
  } >long
  printf '%s\n{"type":"news","a":"\xff"}\n%s\n' "$run" "$end" >utf8
  printf '%s\n{"type":"news","a":"\0"}\n%s\n' "$run" "$end" >nul
  printf '%s\n{"type":"news","a":"\\u0000"}\n%s\n' "$run" "$end" >escaped-nul
  printf '%s\n\n%s\n' "$run" "$end" >blank
  printf '\xef\xbb\xbf%s\n%s\n' "$run" "$end" >bom
  printf '%s\n{"a":1,"type":"news"}\n%s\n' "$run" "$end" >late-type
  printf '%s\n{"type":1}\n%s\n' "$run" "$end" >number-type
  printf '%s\n%s\n%s\n' "$run" "$end" "$run" >after
  printf '%s\n' '{"type":"news"}' "$end" >norun
  {
    echo "$run"
    yes '{"type":"news","text":"a record that nobody knows is passed on"}' |
      head -20000
    echo "$end"
  } >big
}

setup() {
  IN=$BATS_FILE_TMPDIR
}

# The last line of stderr that tells of an error.
error_line() {
  grep -E ' level=error ' <<<"$stderr" | tail -1
}

help_text() {
  run -0 --separate-stderr tool "$1" --help
  [[ ${lines[0]} == "usage: $1 "* ]]
  [ -z "$stderr" ]
  run -0 --separate-stderr tool "$1" -h
  [[ ${lines[0]} == "usage: $1 "* ]]
}

version() {
  run -0 --separate-stderr tool "$1" --version
  [ "$output" = "$1 (calsync) $(cat "$TOP/VERSION")" ]
}

# The list for completion names exactly the options that --help shows.
options() {
  run -0 --separate-stderr tool "$1" --options
  diff <(printf '%s\n' "${lines[@]}" | cut -f1) \
    <(tool "$1" --help | sed -n 's/^ .*\(--[a-z0-9.-]*\) .*/\1/p')
  [[ $output == *$'\n--help\t-h\t\t'* ]]
}

unknown_option() {
  run -64 --separate-stderr tool "$1" --no-such-option <"$IN/good"
  [ -z "$output" ]
  [ "${#stderr_lines[@]}" -eq 1 ]
  [[ $stderr == *' msg="unknown option --no-such-option; try --help"' ]]
}

empty_run() {
  run -0 --separate-stderr tool "$1" <"$IN/good"
  [ "${lines[0]}" = "$(head -1 "$IN/good")" ]
  [ "${lines[1]}" = "{\"type\":\"end\",\"from\":\"$1\",\"sections\":0,\"records\":0}" ]
  [ "${#lines[@]}" -eq 2 ]
  [ "${#stderr_lines[@]}" -eq 1 ]
  [[ $stderr == *" tool=$1 "*' level=info msg="done" status=0 '* ]]
}

# refused PROGRAM FILE WHY: ends with 65, says why, writes no end record.
refused() {
  run -65 --separate-stderr tool "$1" <"$IN/$2"
  [[ $(error_line) == *"$3"* ]] || {
    echo "stderr: $stderr"
    return 1
  }
  ! grep -q '"type":"end"' <<<"$output"
}

empty_input() {
  run -65 --separate-stderr tool "$1" </dev/null
  [ -z "$output" ]
  [[ $(error_line) == *'msg="input without end record" lines=0' ]]
}

cut_input() {
  refused "$1" noend 'msg="input without end record" lines=1'
  refused "$1" cut 'line=1 why="cut off: no line end"'
}

wrong_count() {
  refused "$1" wrong 'line=2 why="wrong number of records"'
}

after_the_end() {
  run -65 --separate-stderr tool "$1" <"$IN/after"
  [[ $(error_line) == *'line=3 why="it follows the end record"' ]]
}

long_line() {
  refused "$1" long 'line=2 why="longer than 4 MiB"'
}

bad_bytes() {
  refused "$1" utf8 'line=2 why="not UTF-8"'
  refused "$1" nul 'line=2 why="a NUL byte"'
  refused "$1" escaped-nul 'line=2 why="byte 20: a NUL character"'
  refused "$1" bom 'line=1 why="no object that begins with its type"'
}

bad_lines() {
  refused "$1" blank 'line=2 why="no object that begins with its type"'
  refused "$1" late-type 'line=2 why="no object that begins with its type"'
  refused "$1" number-type 'line=2 why="no object that begins with its type"'
  refused "$1" norun 'line=1 why="the first record is no run record"'
}

unknown_records() {
  tool "$1" <"$IN/big" >"$BATS_TEST_TMPDIR/out"
  diff <(head -n -1 "$IN/big") <(head -n -1 "$BATS_TEST_TMPDIR/out")
}

full_disk() {
  # shellcheck disable=SC2016
  run -74 --separate-stderr bash -c '"$0" <"$1" >/dev/full' "$BIN/$1" "$IN/good"
  [[ $(error_line) == *'msg="cannot write: '* ]]
}

# An ignored SIGPIPE is inherited; the program must die of it all the same.
broken_pipe() {
  # shellcheck disable=SC2016
  run -141 --separate-stderr bash -c \
    'trap "" PIPE; "$0" <"$1" | head -1 >/dev/null; exit "${PIPESTATUS[0]}"' \
    "$BIN/$1" "$IN/big"
  [ -z "$stderr" ]
}

closed_descriptors() {
  # shellcheck disable=SC2016
  run -65 --separate-stderr bash -c '"$0" <&-' "$BIN/$1"
  # shellcheck disable=SC2016
  run -74 --separate-stderr bash -c '"$0" <"$1" >&-' "$BIN/$1" "$IN/good"
  # shellcheck disable=SC2016
  run -0 bash -c '"$0" <"$1" 2>&-' "$BIN/$1" "$IN/good"
  [ "${#lines[@]}" -eq 2 ]
}

# What a pure stage is linked with, and what it may do once it reads.
pure() {
  run -0 ldd "$BIN/$1"
  [[ $output == *libyajl* ]]
  [[ $output != *libpq* ]]
  [[ $output != *libcurl* ]]
}

confined() {
  local pid files want=0 deadline=$((SECONDS + 20))
  mkfifo "$BATS_TEST_TMPDIR/in"
  "$BIN/$1" <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" \
    2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- &
  pid=$!
  exec 5>"$BATS_TEST_TMPDIR/in"
  # A program flushes before it waits: then it has read, and is confined.
  head -1 "$IN/good" >&5
  until [ -s "$BATS_TEST_TMPDIR/out" ] || [ "$SECONDS" -gt "$deadline" ]; do :; done
  files=$(sed -n 's/^Max open files *\([0-9]*\) .*/\1/p' "/proc/$pid/limits")
  tail -1 "$IN/good" >&5
  exec 5>&-
  wait "$pid"
  # Sanitizers open files of their own.
  [[ $B != *asan* ]] || want=$files
  [ "$files" -eq "$want" ]
}

@test "normalize: --help is on stdout" { help_text normalize; }
@test "normalize: --version" { version normalize; }
@test "normalize: --options is what --help shows" { options normalize; }
@test "normalize: an unknown option is a usage error" { unknown_option normalize; }
@test "normalize: an empty run passes, with one line on stderr" { empty_run normalize; }
@test "normalize: empty input is refused" { empty_input normalize; }
@test "normalize: input without end record gives none" { cut_input normalize; }
@test "normalize: a wrong count is refused" { wrong_count normalize; }
@test "normalize: nothing may follow the end" { after_the_end normalize; }
@test "normalize: a line over the limit is refused with its number" { long_line normalize; }
@test "normalize: what is not UTF-8 is refused" { bad_bytes normalize; }
@test "normalize: malformed lines are refused with their number" { bad_lines normalize; }
@test "normalize: unknown records pass byte for byte" { unknown_records normalize; }
@test "normalize: a full disk is an error" { full_disk normalize; }
@test "normalize: a broken pipe ends it quietly" { broken_pipe normalize; }
@test "normalize: closed descriptors" { closed_descriptors normalize; }
@test "normalize: is linked with no way out" { pure normalize; }
@test "normalize: can open nothing once it reads" { confined normalize; }

@test "reconcile: --help is on stdout" { help_text reconcile; }
@test "reconcile: --version" { version reconcile; }
@test "reconcile: --options is what --help shows" { options reconcile; }
@test "reconcile: an unknown option is a usage error" { unknown_option reconcile; }
@test "reconcile: an empty run passes, with one line on stderr" { empty_run reconcile; }
@test "reconcile: empty input is refused" { empty_input reconcile; }
@test "reconcile: input without end record gives none" { cut_input reconcile; }
@test "reconcile: a wrong count is refused" { wrong_count reconcile; }
@test "reconcile: nothing may follow the end" { after_the_end reconcile; }
@test "reconcile: a line over the limit is refused with its number" { long_line reconcile; }
@test "reconcile: what is not UTF-8 is refused" { bad_bytes reconcile; }
@test "reconcile: malformed lines are refused with their number" { bad_lines reconcile; }
@test "reconcile: unknown records pass byte for byte" { unknown_records reconcile; }
@test "reconcile: a full disk is an error" { full_disk reconcile; }
@test "reconcile: a broken pipe ends it quietly" { broken_pipe reconcile; }
@test "reconcile: closed descriptors" { closed_descriptors reconcile; }
@test "reconcile: is linked with no way out" { pure reconcile; }
@test "reconcile: can open nothing once it reads" { confined reconcile; }

@test "match: --help is on stdout" { help_text match; }
@test "match: --version" { version match; }
@test "match: --options is what --help shows" { options match; }
@test "match: an unknown option is a usage error" { unknown_option match; }
@test "match: an empty run passes, with one line on stderr" { empty_run match; }
@test "match: empty input is refused" { empty_input match; }
@test "match: input without end record gives none" { cut_input match; }
@test "match: a wrong count is refused" { wrong_count match; }
@test "match: nothing may follow the end" { after_the_end match; }
@test "match: a line over the limit is refused with its number" { long_line match; }
@test "match: what is not UTF-8 is refused" { bad_bytes match; }
@test "match: malformed lines are refused with their number" { bad_lines match; }
@test "match: unknown records pass byte for byte" { unknown_records match; }
@test "match: a full disk is an error" { full_disk match; }
@test "match: a broken pipe ends it quietly" { broken_pipe match; }
@test "match: closed descriptors" { closed_descriptors match; }

@test "apply: --help is on stdout" { help_text apply; }
@test "apply: --version" { version apply; }
@test "apply: --options is what --help shows" { options apply; }
@test "apply: an unknown option is a usage error" { unknown_option apply; }
@test "apply: an empty run passes, with one line on stderr" { empty_run apply; }
@test "apply: empty input is refused" { empty_input apply; }
@test "apply: input without end record gives none" { cut_input apply; }
@test "apply: a wrong count is refused" { wrong_count apply; }
@test "apply: nothing may follow the end" { after_the_end apply; }
@test "apply: a line over the limit is refused with its number" { long_line apply; }
@test "apply: what is not UTF-8 is refused" { bad_bytes apply; }
@test "apply: malformed lines are refused with their number" { bad_lines apply; }
@test "apply: unknown records pass byte for byte" { unknown_records apply; }
@test "apply: a full disk is an error" { full_disk apply; }
@test "apply: a broken pipe ends it quietly" { broken_pipe apply; }
@test "apply: closed descriptors" { closed_descriptors apply; }

@test "fetch: --help is on stdout" { help_text fetch; }
@test "fetch: --version" { version fetch; }
@test "fetch: --options is what --help shows" { options fetch; }
@test "fetch: an unknown option is a usage error" { unknown_option fetch; }
@test "fetch: an empty run passes, with one line on stderr" { empty_run fetch; }
@test "fetch: empty input is refused" { empty_input fetch; }
@test "fetch: input without end record gives none" { cut_input fetch; }
@test "fetch: a wrong count is refused" { wrong_count fetch; }
@test "fetch: nothing may follow the end" { after_the_end fetch; }
@test "fetch: a line over the limit is refused with its number" { long_line fetch; }
@test "fetch: what is not UTF-8 is refused" { bad_bytes fetch; }
@test "fetch: malformed lines are refused with their number" { bad_lines fetch; }
@test "fetch: unknown records pass byte for byte" { unknown_records fetch; }
@test "fetch: a full disk is an error" { full_disk fetch; }
@test "fetch: a broken pipe ends it quietly" { broken_pipe fetch; }
@test "fetch: closed descriptors" { closed_descriptors fetch; }

@test "roster: --help is on stdout" { help_text roster; }
@test "roster: --version" { version roster; }
@test "roster: --options is what --help shows" { options roster; }
@test "roster: an unknown option is a usage error" { unknown_option roster; }
