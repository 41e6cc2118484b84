# `make soak SEEDS=n`: random worlds (tests/soak.bash) beyond those of soak.bats.

setup_file() { load ../helper; load ../db; load ../e2e; e2e_start; }
teardown_file() { load ../helper; load ../db; load ../e2e; e2e_stop; }
setup() { load ../helper; load ../db; load ../e2e; load ../outward; load ../soak; }

@test "soak: as many more as were asked for" {
  local seed
  for ((seed = 1001; seed <= 1000 + ${SEEDS:-100}; seed++)); do
    echo "seed $seed"
    world_of "$seed"
  done
}
