# tests.mk - the tests. A unit test links its own file, what its row names, and nothing else.

# name : sources it links
unit_frame_test   := protocol/frame.c
UNIT_TESTS        := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*_test.c))

include $(wildcard tests/*/tests.mk)

define unit_rule
$(BUILD)/tests/$(1): $(BUILD)/obj/tests/unit/$(1).o $$(call objs,$$(unit_$(1)))
	@mkdir -p $$(@D)
	@echo "  LINK  $$@"
	$$(Q)$$(CC) -pie $$(LDFLAGS) -o $$@ $$^ $$(unit_libs_$(1)) -lcmocka
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call unit_rule,$(t))))

# Tests at a time: each has daemons, files and terminals of its own and mostly waits, so one more than there are processors.
CHECK_JOBS ?= $(shell expr $$(nproc) + 1)

# As with the demo, what is missing is installed first, and only then asked about its flags.
.PHONY: check check-unit check-blackbox
check: deps-check
	@$(MAKE) --no-print-directory check-unit check-layers check-blackbox
check-unit: $(addprefix $(BUILD)/tests/,$(UNIT_TESTS)) $(CHECK_PROGRAMS)
	@printf '%s\n' $^ | xargs -P$(CHECK_JOBS) -I@ sh -c \
		'echo "  TEST  @"; @ > @.log 2>&1 || { echo "  FAILED @"; cat @.log; exit 1; }'
check-blackbox: all
	$(PYTHON) -m pytest -q -n $(CHECK_JOBS) $(PYTEST_ARGS) --build $(BUILD) tests
