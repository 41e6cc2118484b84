# calsync-lib.bash: what the calsync-* scripts share.  Sourced, not run.
# shellcheck shell=bash

# die STATUS MESSAGE [HINT]; what it quotes may be anything.
die() {
  echo "$me: error: ${2//[$'\001'-$'\010'$'\013'-$'\037'$'\177']/?}" >&2
  [ $# -lt 3 ] || echo "$me: hint: $3" >&2
  exit "$1"
}

# Where lock and captures live: a directory of our own, mode 0700, so that
# nobody else can hold our lock or read a capture.
state_dir() {
  local d=${CALSYNC_STATE:-}
  if [ -z "$d" ]; then
    if [ -w /var/lib/calsync ]; then
      d=/var/lib/calsync
    elif [ -n "${HOME:-}" ]; then
      d=${XDG_STATE_HOME:-$HOME/.local/state}/calsync
    else
      die 78 "no place for the lock file" "set CALSYNC_STATE to a directory"
    fi
  fi
  [ -d "$d" ] || (umask 077 && mkdir -p "$d") || die 78 "cannot create $d"
  echo "$d"
}

# ask_db SQL [psql option ...]: run a query, unaligned; variables by -v.
ask_db() {
  local sql=$1
  shift
  command -v psql >/dev/null || die 69 "psql is not installed" "apt-get install postgresql-client"
  local out more state='' status=0
  # The answer goes straight on, what psql complains of comes back here, SQLSTATE first.
  { out=$(PGOPTIONS="-c timezone=UTC -c datestyle=ISO ${PGOPTIONS:-}" \
    psql -X -q -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -v SHOW_CONTEXT=never \
    "$@" ${db:+-d "$db"} -f - <<<"$sql" 2>&1 >&3) || status=$?; } 3>&1
  if [[ $out == *'ERROR:  '?????': '* ]]; then
    out=${out#*ERROR:  } state=${out:0:5}
    out=${out:7}
    for more in DETAIL HINT QUERY 'LINE [0-9]*' LOCATION; do out=${out%%$'\n'$more: *}; done
  fi
  case $status in
    0) [ -z "$out" ] || echo "$out" >&2 ;;
    2) die 69 "${out:-the database cannot be reached}" ;;
    *)
      case $state:$out in
        *'schema "calsync" does not exist'* | *'relation "calsync.'*'does not exist'* | *'function calsync.'*'does not exist'*)
          die 78 "$out" "run calsync setup first"
          ;;
        42501:*'no CRM user'*) die 77 "$out" "an administrator ties it to a user: calsync account login ADDRESS ROLE" ;;
        42501:'permission denied'*) die 77 "$out" "grant the login calsync_user, calsync_read or, to change something, calsync_admin" ;;
        42501:*) die 77 "$out" ;;
        *'invalid input syntax for type timestamp'* | *'date/time field value out of range'*)
          die 64 "a time is needed, such as 2026-11-21 or 2026-11-21T09:00:00Z"
          ;;
        22003:* | 22P02:*) die 64 "$out" ;;
        *) die 78 "$out" ;;
      esac
      ;;
  esac
}

# Rows as a table for people, or one JSON object a line with --json.
show_rows() { # SQL [psql option ...]
  if [ -n "${json:-}" ]; then
    ask_db "select to_json(r)::text from ($1) r" -At "${@:2}"
  else
    # Characters that turn the direction of a line stay out of a table.
    ask_db "$1" --pset=border=1 --pset=footer=off --pset=null=- "${@:2}" |
      LC_ALL=C sed 's/\xe2\x80[\x8e\x8f\xaa-\xae]/?/g; s/\xe2\x81[\xa6-\xa9]/?/g'
  fi
}

# A plan is signed by the digest beside it: PLAN.sum.
plan_digest() { sha256sum <"$1" | cut -d' ' -f1; }
sign_plan() {
  (umask 077 && plan_digest "$1" >"$1.sum.new" && mv -f "$1.sum.new" "$1.sum") 2>/dev/null || die 74 "cannot write $1.sum"
}

# check_row own|user KEY VALUE: would it count for a user, under the policy file $policy,
# else under the firm's value that the database knows?  64 or 78 if not.
check_row() {
  local firm given=()
  # What is wrong for everybody is told in the parser's words.
  CALSYNC_POLICY='' "$CALSYNC_BIN/policy" --profiles "$CALSYNC_DATADIR/profiles" -q --set "$2=$3" check >/dev/null || exit 78
  if [ -n "${policy:-}" ]; then
    given=(--policy "$policy")
  else
    firm=$(ask_db "select calsync.firm_policy(:'key')" -At -v key="$2") || exit $?
    [ -n "$firm" ] || return 0
    given=(--set "$2=$firm" --set users.edit=yes)
  fi
  "$CALSYNC_BIN/policy" --profiles "$CALSYNC_DATADIR/profiles" -q "${given[@]}" "--$1" "$2=$3" check >/dev/null || exit $?
}

# The policy file $policy as one JSON object; null without one.
policy_json() {
  [ -n "${policy:-}" ] || { echo null; return; }
  "$CALSYNC_BIN/policy" --profiles "$CALSYNC_DATADIR/profiles" --policy "$policy" show --json |
    jq -cs 'map({(.key): .value}) | add'
}
