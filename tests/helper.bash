# shellcheck shell=bash
# helper: what every bats file loads.  The programs are in $B/bin.
bats_require_minimum_version 1.5.0
# shellcheck source=tests/trace.bash
. "$(dirname "${BASH_SOURCE[0]}")/trace.bash"

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
B=${B:-build/release}
case $B in
  /*) BIN=$B/bin ;;
  *) BIN=$TOP/$B/bin ;;
esac
DATA=$TOP/tests/data
export LC_ALL=C.UTF-8

# tool NAME [argument ...]: run one of the programs.
tool() {
  local name=$1
  shift
  "$BIN/$name" "$@"
}

# sim_control METHOD CALL [JSON]: the answer of graphsim, whose control address is
# in $SIM_CONTROL; fails unless it is a success.  Short answers take no
# process: tests make some ten thousand such calls.
sim_control() {
  local LC_ALL=C address=${SIM_CONTROL#http://} status line link length=0
  exec {link}<>"/dev/tcp/${address/://}" || return 1
  printf '%s /__sim/%s HTTP/1.0\r\nContent-Length: %s\r\n\r\n%s' "$1" "$2" "${#3}" "${3:-}" >&"$link"
  read -r _ status _ <&"$link"
  while IFS= read -r line <&"$link" && [ "$line" != $'\r' ]; do
    [[ $line != [Cc]ontent-[Ll]ength:* ]] || length=${line//[!0-9]/}
  done
  # bash reads byte by byte: what is longer is quicker with a process.
  if [ "$length" -gt 0 ] && [ "$length" -lt 2000 ]; then
    IFS= read -r -N "$length" line <&"$link"
    printf %s "$line"
  else
    cat <&"$link"
  fi
  exec {link}>&-
  [[ $status == 2?? ]]
}
# sim_count LOG: how many lines outbox, writes, requests or violations has.
sim_count() {
  [[ $(sim_control GET "$1") =~ ^'{"count":'([0-9]+), ]] || return 1
  echo "${BASH_REMATCH[1]}"
}

# expect_err FILE REGEXES: each line of REGEXES (a file) is found in FILE, and
# each warning and error of FILE is one of them.  Notes are not looked at.
expect_err() {
  local regex line bad=0
  [ -e "$2" ] || set -- "$1" /dev/null
  while IFS= read -r regex; do
    grep -qE -- "$regex" "$1" || {
      echo "not on stderr: $regex"
      bad=1
    }
  done <"$2"
  while IFS= read -r line; do
    grep -qEf "$2" <<<"$line" || {
      echo "unexpected on stderr: $line"
      bad=1
    }
  done < <(grep -vE ' level=(info|debug) ' "$1")
  return "$bad"
}

# golden STAGE CASE: run STAGE in tests/data/STAGE/CASE with the arguments of
# the file args (one a line) on in.ndjson; compare status (rc, default 0),
# stdout (out.ndjson) and stderr (err, a regex a line).
golden() {
  local dir=$DATA/$1/$2 status=0 want=0 in=/dev/null args=()
  local got=${BATS_TEST_TMPDIR:?}
  [ ! -e "$dir/args" ] || mapfile -t args <"$dir/args"
  [ ! -e "$dir/in.ndjson" ] || in=$dir/in.ndjson
  [ ! -e "$dir/rc" ] || want=$(<"$dir/rc")
  (cd "$dir" && tool "$1" "${args[@]}") <"$in" >"$got/out" 2>"$got/err" ||
    status=$?
  if [ "$status" -ne "$want" ]; then
    echo "status $status, expected $want; stderr:"
    cat "$got/err"
    return 1
  fi
  diff -u "$dir/out.ndjson" "$got/out" || return 1
  expect_err "$got/err" "$dir/err"
}
