# tests.mk - make bench: apikeyd against redis-server and a bare echo server, all in one run. docs/BENCHMARKS.md.
#   make bench                    under four minutes      make bench BENCH_SECONDS=1   quick
#   make bench BENCH_LARGE=1      10,000,000 keys too     make bench BENCH_ROUNDS=5    steadier

BENCH_SECONDS ?= 2
BENCH_ROUNDS  ?= 3
BENCH_LARGE   ?= 0

$(BUILD)/tests/load: $(call objs,$(addprefix tests/bench/,load.c drive.c histogram.c keys.c protocols.c))
$(BUILD)/tests/echo: $(call objs,tests/bench/echo.c)
$(BUILD)/tests/fanout: $(call objs,$(addprefix tests/bench/,fanout.c histogram.c))
$(BUILD)/tests/load $(BUILD)/tests/echo $(BUILD)/tests/fanout:
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ -lm

.PHONY: bench
bench: $(BUILD)/apikeyd $(addprefix $(BUILD)/tests/,load echo fanout seed)
	$(Q)$(MAKE) -s BUILD=$(BUILD)/uncounted COUNTS=0 $(BUILD)/uncounted/apikeyd
	$(PYTHON) tests/bench/bench.py --build $(BUILD) --seconds $(BENCH_SECONDS) --rounds $(BENCH_ROUNDS) \
		$(if $(filter 1,$(BENCH_LARGE)),--large)

unit_load_test := tests/bench/histogram.c tests/bench/protocols.c

# Whether time tells an unknown user from a wrong password; takes a minute or two.
.PHONY: bench-login
bench-login: $(BUILD)/apikeyd
	$(PYTHON) tests/bench/login_time.py $(BUILD)/apikeyd
