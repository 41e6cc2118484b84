# Completion for calsync: asks the programs, holds no list of its own.
# shellcheck shell=bash
_calsync() {
  local cur=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$(calsync --commands) --help --version" -- "$cur")
    return
  fi
  case $cur in
    -*)
      mapfile -t COMPREPLY < <(compgen -W "$(calsync "$command" --help 2>/dev/null |
        grep -oE -- '--[a-z][a-z-]*' | sort -u)" -- "$cur")
      ;;
    *)
      # Files only where a command or the option before takes one.
      case $command:${COMP_WORDS[COMP_CWORD - 1]} in
        *:--policy | *:--compare | *:--secret-file | *:--token-dir | *:--token-key | *:--out | *:--tee | *:--lock | *:--ca-file | *:--profiles | apply:* | fetch:* | normalize:* | match:* | reconcile:* | policy:*)
          mapfile -t COMPREPLY < <(compgen -f -- "$cur")
          ;;
        *) COMPREPLY=() ;;
      esac
      ;;
  esac
}
complete -F _calsync calsync
