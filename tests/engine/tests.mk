# tests.mk - the engine's tests link the engine, key text and text, and nothing else: that proves it pure.

ENGINE      := $(call srcs,apikeyd/engine) protocol/keytext.c protocol/text.c
ENGINE_LIBS := -lsodium -lunistring
ENGINE_TESTS := address_test calendar_test digest_test engine_limit_test engine_memory_test \
                engine_model_test engine_test engine_threads_test limit_test scope_test source_test table_test

unit_address_test        := apikeyd/engine/address.c
unit_calendar_test       := apikeyd/engine/calendar.c
unit_limit_test          := apikeyd/engine/limit.c apikeyd/engine/calendar.c
unit_scope_test          := apikeyd/engine/scope.c protocol/text.c
unit_source_test         := apikeyd/engine/source.c apikeyd/engine/address.c protocol/text.c
unit_table_test          := apikeyd/engine/table.c apikeyd/engine/pages.c
unit_digest_test         := apikeyd/engine/digest.c apikeyd/engine/blake2b4.c
unit_engine_test         := $(ENGINE) tests/engine/world.c
unit_engine_limit_test   := $(ENGINE) tests/engine/world.c
unit_engine_memory_test  := $(ENGINE) tests/engine/world.c
unit_engine_model_test   := $(ENGINE) tests/engine/world.c
unit_engine_threads_test := $(ENGINE) tests/engine/world.c
$(foreach t,$(ENGINE_TESTS),$(eval unit_libs_$(t) := $(ENGINE_LIBS)))
unit_libs_engine_memory_test += -Wl,--wrap=calloc,--wrap=mprotect

# build/tests/engine_bench [KEYS...]: ns a verify and bytes a key, without sockets.
$(BUILD)/tests/engine_bench: $(call objs,tests/bench/engine_bench.c $(ENGINE))
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ $(ENGINE_LIBS)
