# shellcheck shell=bash
# trace: where a test failed, noted when it fails.  bats notes its place before every
# command, by a DEBUG trap: 0.2 ms each, a fifth of the time of the whole suite.
# A bats whose functions have other names goes on as it is.
if [ "${BATS_TRACE_LEVEL:-0}" -eq 0 ] &&
  declare -F bats_debug_trap bats_error_trap bats_capture_stack_trace bats_check_status_from_trap >/dev/null; then
  bats_debug_trap() { trap - DEBUG; }
  bats_error_trap() {
    bats_check_status_from_trap
    bats_capture_stack_trace
    BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
  }
fi
