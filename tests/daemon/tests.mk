# tests.mk - unit tests and fuzzers of the daemon's pure pieces.

args_sources        := apikeyd/args.c apikeyd/arg_value.c apikeyd/limits.c apikeyd/engine/address.c apikeyd/engine/scope.c \
                       protocol/buffer.c protocol/error.c protocol/method.c protocol/reader.c protocol/text.c protocol/writer.c
unit_args_test      := $(args_sources)
unit_libs_args_test := -lunistring
unit_bcrypt_test    := apikeyd/bcrypt.c protocol/text.c
unit_libs_bcrypt_test := $(LIBCRYPT) -lunistring
unit_foreign_test   := apikeyd/foreign.c protocol/text.c
unit_libs_foreign_test := -lunistring
unit_hasher_test    := apikeyd/hasher.c
unit_histogram_test := apikeyd/histogram.c
fuzz_args           := $(args_sources)
fuzz_verify         := $(args_sources) apikeyd/methods/verify_read.c protocol/frame.c
fuzz_libs_verify    := -lunistring
fuzz_libs_args      := -lunistring
unit_slot_file_test := $(filter-out %/counters.c,$(COUNTER_FILES)) apikeyd/engine/pages.c protocol/error.c \
                       tests/unit/slots.c
unit_slot_fault_test := $(unit_slot_file_test)
unit_libs_slot_fault_test := -Wl,--wrap=open,--wrap=pwrite,--wrap=pread,--wrap=fdatasync,--wrap=posix_fallocate
unit_fold_test      := $(wildcard apikeyd/fold*.c) $(wildcard apikeyd/store/memory*.c) $(COUNTER_FILES) \
                       $(addprefix apikeyd/store/,audit_model.c cursor.c model.c packed.c people_model.c usage_pack.c) \
                       $(addprefix apikeyd/engine/,pages.c resource.c usage.c) apikeyd/pool.c protocol/error.c \
                       protocol/text.c
unit_libs_fold_test := -lunistring
unit_recent_test    := apikeyd/recent.c
unit_clock_test     := apikeyd/clock.c apikeyd/engine/calendar.c
unit_libs_clock_test := -Wl,--wrap=clock_gettime

# What is loaded before the daemon's libraries: a wall clock that tests can move under it, memory that ends, a disk that
# fails.
PRELOADED := $(addprefix $(BUILD)/tests/,fake_clock.so failing_memory.so failing_disk.so)
$(PRELOADED): $(BUILD)/tests/%.so: tests/daemon/%.c
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) $(filter-out -fPIE -fsanitize=%,$(CFLAGS)) -fPIC -shared -o $@ $<
check-blackbox: $(PRELOADED)
unit_tally_test     := apikeyd/tally.c apikeyd/key_reply.c apikeyd/store/model.c apikeyd/pool.c \
                       apikeyd/engine/address.c protocol/buffer.c protocol/error.c protocol/keytext.c protocol/reader.c \
                       protocol/text.c protocol/writer.c
unit_libs_tally_test := -lunistring
unit_usage_pack_test := apikeyd/store/usage_pack.c apikeyd/store/packed.c apikeyd/pool.c protocol/text.c protocol/error.c
unit_libs_usage_pack_test := -lunistring
unit_text_holds_test := apikeyd/store/model.c apikeyd/pool.c protocol/error.c protocol/text.c
unit_libs_text_holds_test := -lunistring

# The gate, with people behind it and no daemon around it.
unit_gate_test      := apikeyd/gate.c apikeyd/people.c apikeyd/pool.c apikeyd/store/people_model.c \
                       protocol/error.c protocol/method.c $(sort $(wildcard apikeyd/engine/*.c)) \
                       protocol/keytext.c protocol/text.c
unit_libs_gate_test := -lsodium -lunistring
fuzz_pack           := $(unit_usage_pack_test)
fuzz_libs_pack      := -lunistring
