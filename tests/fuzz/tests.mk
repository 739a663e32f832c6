# tests.mk - make fuzz: each tests/fuzz/NAME_fuzz.c over the real files, FUZZ_SECONDS long, from its seeds in
# corpus/NAME. What a run finds stays in build/; an input worth keeping is copied to corpus/ by hand.
#   make fuzz FUZZ_SECONDS=600        make fuzz FUZZERS=frame

FUZZ_CC      ?= clang
FUZZ_SECONDS ?= 20
FUZZERS      ?= $(sort $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c)))
FUZZ_CFLAGS  := -std=c17 -O1 -g $(WARN) -I. -D_GNU_SOURCE -DAPIKEY_VERSION='"$(VERSION)"' $(PKG_CFLAGS) \
                -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# fuzz_NAME: sources it is linked with; fuzz_libs_NAME: libraries. A row may stand in any tests.mk.
fuzz_frame   := protocol/frame.c protocol/reader.c
fuzz_keytext := protocol/keytext.c protocol/text.c
fuzz_text    := protocol/text.c
fuzz_client  := $(LIBRARY)
fuzz_record  := $(addprefix apikeyd/,pool.c store/model.c store/packed.c store/record.c) protocol/error.c protocol/text.c
fuzz_cursor  := $(fuzz_record) apikeyd/store/cursor.c protocol/audit_chain.c
fuzz_export  := apikeyctl/audit_export.c apikeyctl/json.c protocol/audit_chain.c protocol/error.c protocol/text.c \
                protocol/buffer.c protocol/params.c protocol/reader.c protocol/value.c protocol/writer.c
fuzz_libs_keytext := -lunistring
fuzz_libs_text    := -lunistring
fuzz_libs_record  := -lunistring
fuzz_libs_cursor  := -lunistring -lsodium
fuzz_libs_client  := $(LIBS_library)
fuzz_libs_export  := -lunistring -ljansson -lsodium $(LIBS_library)

.SECONDEXPANSION:
$(BUILD)/fuzz/%: tests/fuzz/%_fuzz.c $$(fuzz_$$*) $(wildcard *.h */*.h */*/*.h)
	@mkdir -p $(@D)
	@echo "  FUZZ  $@"
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -o $@ $(filter %.c,$^) $(fuzz_libs_$*)

# The seeds alone, then inputs grown from a copy of them.
.PHONY: fuzz $(addprefix fuzz-,$(FUZZERS))
fuzz: $(addprefix fuzz-,$(FUZZERS))
$(addprefix fuzz-,$(FUZZERS)): fuzz-%: $(BUILD)/fuzz/%
	@mkdir -p $(BUILD)/fuzz/corpus/$*
	@cp tests/fuzz/corpus/$*/* $(BUILD)/fuzz/corpus/$*/
	@echo "  RUN   $< $(FUZZ_SECONDS) s"
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -max_len=6000 -timeout=10 -rss_limit_mb=1024 -verbosity=0 \
		-print_final_stats=1 -artifact_prefix=$(BUILD)/fuzz/$*- $(BUILD)/fuzz/corpus/$* \
		2> $(BUILD)/fuzz/$*.log || { tail -n 60 $(BUILD)/fuzz/$*.log; exit 1; }
	@sed -n 's/^stat::number_of_executed_units: */        inputs: /p' $(BUILD)/fuzz/$*.log
