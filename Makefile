# apikeyd - builds everything into build/. One file, not recursive; sources are found by folder.
#
#   make            everything                     make check        all tests
#   make demo       the whole way, once            make check-asan   the same under ASan and UBSan
#   make deps       packages (root)                make check-tsan   under TSan
#   make lint       clang-tidy, cppcheck           make check-layers who may include whom
#   make fuzz       libFuzzer, short               make bench        against redis-server
#   make install    DESTDIR, PREFIX                make format       clang-format

VERSION  := 0.1.0
SONAME   := libapikey.so.0
BUILD    ?= build
PREFIX   ?= /usr
DESTDIR  ?=
PYTHON   ?= /usr/bin/python3
SAN      ?=
COUNTS   ?= 1
V        ?= 0
Q        := $(if $(filter 1,$(V)),,@)

libdir   ?= $(PREFIX)/lib/$(shell $(CC) -print-multiarch 2>/dev/null)
unitdir  ?= $(PREFIX)/lib/systemd/system

pkgs     := libevent_core libsodium sqlite3 libsystemd libconfuse
PKG_CFLAGS := $(shell pkg-config --cflags $(pkgs) msgpack jansson ncursesw 2>/dev/null)

WARN     := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef -Wvla
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fPIE $(if $(SAN),,-D_FORTIFY_SOURCE=2)
LDHARDEN := -Wl,-z,relro,-z,now -Wl,--as-needed
OPT      ?= -O2
# The daemon as one whole, which a verify pays a seventh less for; tests are linked from the same objects, one by one.
# Not for clang, whose link would want lld. `make FAST=` links sooner.
FAST     ?= $(if $(SAN)$(findstring clang,$(CC)),,-O3 -flto=auto -ffat-lto-objects)
CFLAGS   ?= -g
override CFLAGS += -std=c17 $(OPT) $(WARN) $(HARDEN) -I. -D_GNU_SOURCE -DAPIKEY_VERSION='"$(VERSION)"' \
            $(if $(filter 0,$(COUNTS)),-DENGINE_COUNTS=0) \
            $(if $(SAN),-DSANITIZED -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
override LDFLAGS += $(LDHARDEN) -pthread $(if $(SAN),-fsanitize=$(SAN)) -fno-lto

# ---- what is made of what ---------------------------------------------------------------------------------
srcs      = $(sort $(wildcard $(addsuffix /*.c,$(1))))
objs      = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
PROTOCOL := $(call srcs,protocol)
# What libapikey is: the client and the pieces of protocol/ that it stands on.
LIBRARY  := $(addprefix protocol/,buffer.c client.c client_call.c client_io.c client_verify.c error.c frame.c \
            params.c reader.c value.c writer.c)
# The daemon's end of the wire knows nothing of the client's, nor of msgpack-c; the store in memory is there for tests.
CLIENT   := $(filter protocol/client% protocol/params.c protocol/value.c,$(PROTOCOL))
DAEMON   := $(filter-out apikeyd/store/memory%,$(call srcs,apikeyd apikeyd/engine apikeyd/store apikeyd/methods)) \
            $(filter-out $(CLIENT),$(PROTOCOL))
# Of the store, what a store of keys does without.
COUNTER_FILES := $(wildcard apikeyd/store/slot_*.c) $(addprefix apikeyd/store/,counters.c direct_file.c turn.c)
CTL      := $(call srcs,apikeyctl) apikey-tui/kit/plot.c $(PROTOCOL)
TUI      := $(call srcs,apikey-tui apikey-tui/kit apikey-tui/screens) \
            $(filter-out protocol/audit_chain.c,$(PROTOCOL))

# Sanitizers have a crypt_r of their own in front, for which the linker would leave the library out.
LIBCRYPT := -Wl,--no-as-needed -lcrypt -Wl,--as-needed
LIBS_apikeyd    = $(shell pkg-config --libs $(pkgs)) -lunistring $(LIBCRYPT)
LIBS_apikeyctl  = $(shell pkg-config --libs jansson libsodium msgpack sqlite3) -lunistring
LIBS_apikey-tui = $(shell pkg-config --libs ncursesw msgpack) -lunistring
LIBS_library    = $(shell pkg-config --libs msgpack)

PROGRAMS := $(addprefix $(BUILD)/,apikeyd apikeyctl apikey-tui)
.DEFAULT_GOAL := all
.PHONY: all
all: $(PROGRAMS) $(BUILD)/libapikey.a $(BUILD)/libapikey.so $(BUILD)/apikey.pc

$(BUILD)/apikeyd: $(call objs,$(DAEMON))
$(BUILD)/apikeyctl: $(call objs,$(CTL))
$(BUILD)/apikey-tui: $(call objs,$(TUI))
$(call objs,$(DAEMON)): override CFLAGS += $(FAST)
$(BUILD)/apikeyd: override LDFLAGS += $(HARDEN) $(FAST)
$(PROGRAMS):
	@echo "  LINK  $@"
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ $(LIBS_$(notdir $@))

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/pic/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $< (shared)"
	$(Q)$(CC) $(CFLAGS) $(PKG_CFLAGS) -fPIC -MMD -MP -c -o $@ $<

$(BUILD)/libapikey.a: $(patsubst %.c,$(BUILD)/pic/%.o,$(LIBRARY))
	@echo "  AR    $@"
	$(Q)$(LD) -r -o $(@:.a=.o) $^ && objcopy --wildcard --keep-global-symbol='apikey_*' $(@:.a=.o)
	$(Q)rm -f $@ && ar rcs $@ $(@:.a=.o)

$(BUILD)/libapikey.so: $(patsubst %.c,$(BUILD)/pic/%.o,$(LIBRARY)) protocol/libapikey.map
	@echo "  LINK  $@"
	$(Q)$(CC) -shared $(filter-out -fPIE,$(LDFLAGS)) -Wl,-soname,$(SONAME) \
		-Wl,--version-script=protocol/libapikey.map -o $@ $(filter %.o,$^) $(LIBS_library)
	$(Q)ln -sf libapikey.so $(BUILD)/$(SONAME)

$(BUILD)/apikey.pc: protocol/apikey.pc.in Makefile
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(libdir)|' -e 's|@VERSION@|$(VERSION)|' $< > $@

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d $(BUILD)/pic/*/*.d)

.PHONY: clean
clean:
	rm -rf build

include tests/tests.mk
include tests/lint.mk
include docs/install.mk
