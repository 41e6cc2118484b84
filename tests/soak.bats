# Random worlds (tests/soak.bash).  SEED=n takes one of them; `make soak SEEDS=n`
# others, as many as are wanted.

setup_file() { load helper; load db; load e2e; e2e_start; }
teardown_file() { load helper; load db; load e2e; e2e_stop; }
setup() { load helper; load db; load e2e; load outward; load soak; }

@test "soak: random worlds 1 to 5 (L1 L3 L4)" { five 1; }
@test "soak: random worlds 6 to 10 (L1 L3 L4)" { five 6; }
@test "soak: random worlds 11 to 15 (L1 L3 L4)" { five 11; }
@test "soak: random worlds 16 to 20 (L1 L3 L4)" { five 16; }
