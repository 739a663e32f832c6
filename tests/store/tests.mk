# tests.mk - the stores' tests, the seed tool and the stores' benchmark.
STORE_OBJS := $(call objs,$(filter-out $(COUNTER_FILES),$(call srcs,apikeyd/store)) apikeyd/pool.c \
              protocol/error.c protocol/text.c)
STORE_LIBS := $(shell pkg-config --libs sqlite3) -lunistring
STORE_TESTS := $(addprefix $(BUILD)/tests/,store_test listing_test page_test note_test usage_test \
               store_file_test store_fault_test writer_test record_test plan_test people_test session_test)
CHECK_PROGRAMS += $(STORE_TESTS)

$(STORE_TESTS): $(BUILD)/tests/%: $(BUILD)/obj/tests/store/%.o $(STORE_OBJS) \
                      $(call objs,$(addprefix tests/store/,faults.c keys.c reading.c world.c))
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ $(STORE_LIBS) -lcmocka

$(BUILD)/tests/seed: $(BUILD)/obj/tests/bench/seed.o $(STORE_OBJS) $(call objs,protocol/keytext.c)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ $(STORE_LIBS) $(shell pkg-config --libs libsodium)

$(BUILD)/tests/store_bench: $(BUILD)/obj/tests/bench/store_bench.o $(STORE_OBJS)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ $(STORE_LIBS)
