# tests.mk - tests of the audit log: its chain alone, and the log and alerts on every store.
AUDIT_TESTS := $(addprefix $(BUILD)/tests/,chain_test log_test alert_store_test)
CHECK_PROGRAMS += $(AUDIT_TESTS)
$(AUDIT_TESTS): $(BUILD)/tests/%: $(BUILD)/obj/tests/audit/%.o \
	$(call objs,$(filter-out $(COUNTER_FILES),$(call srcs,apikeyd/store)) apikeyd/audit.c apikeyd/log.c apikeyd/pool.c \
	protocol/audit_chain.c protocol/error.c protocol/text.c tests/store/keys.c tests/store/world.c)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs sqlite3 libsodium libsystemd) -lunistring -lcmocka
