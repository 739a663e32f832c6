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

.PHONY: check check-unit check-blackbox
check-unit: $(addprefix $(BUILD)/tests/,$(UNIT_TESTS)) $(CHECK_PROGRAMS)
	@for t in $^; do echo "  TEST  $$t"; $$t || exit 1; done
check-blackbox: all
	$(PYTHON) -m pytest -q $(PYTEST_ARGS) --build $(BUILD) tests
check: check-unit check-layers check-blackbox
