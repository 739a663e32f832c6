# tests.mk - make check-faults: as often as it takes to be believed. make check runs the same tests a few times.
#   make check-faults              about ten minutes; power cuts and full disks need root, else they are skipped
.PHONY: check-faults
check-faults: all
	KILL_ROUNDS=200 POWER_CUTS=50 BIT_FLIPS=1000 ALLOCATION_STEP=1 $(PYTHON) -m pytest -q -rs $(PYTEST_ARGS) --build $(BUILD) tests/faults \
		tests/integration/test_durability.py tests/integration/test_bitrot.py tests/integration/test_clock.py
check-faults: $(PRELOADED)
