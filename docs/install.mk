# install.mk - the packages that are needed, and where the results go. The one table below is what install puts down
# and uninstall takes away.

DEPS_BUILD := gcc libc6-dev make pkg-config libconfuse-dev libcrypt-dev libevent-dev libjansson-dev libmsgpack-dev libncurses-dev \
              libsodium-dev libsqlite3-dev libsystemd-dev libunistring-dev uthash-dev
DEPS_CHECK := libcmocka-dev mandoc neovim python3-msgpack python3-pytest python3-pytest-xdist strace tmux
# For the linters, the fuzzers, the units and the bench.
DEPS_MORE  := clang clang-format clang-tidy cppcheck git libclang-rt-14-dev pyflakes3 redis-server shellcheck systemd

# Packages are the one step that needs root: with it (or with sudo that asks nothing) this installs them, without it
# this prints the command. Quiet when all are there.
.PHONY: deps deps-build deps-check
deps: DEPS := $(DEPS_BUILD) $(DEPS_CHECK) $(DEPS_MORE)
deps-check: DEPS := $(DEPS_BUILD) $(DEPS_CHECK)
deps-build: DEPS := $(DEPS_BUILD)
deps deps-check deps-build:
	@docs/deps.sh $(DEPS)

bindir     ?= $(PREFIX)/bin
sbindir    ?= $(PREFIX)/sbin
includedir ?= $(PREFIX)/include
mandir     ?= $(PREFIX)/share/man
docdir     ?= $(PREFIX)/share/doc/apikeyd
confdir    ?= /etc/apikeyd
MAN_PAGES  := $(wildcard docs/*.[1358])
CONFIG     := $(DESTDIR)$(confdir)/apikeyd.conf

# file : installed as : mode
INSTALL := \
    $(BUILD)/apikeyd:$(sbindir)/apikeyd:755 \
    $(BUILD)/apikeyctl:$(bindir)/apikeyctl:755 \
    $(BUILD)/apikey-tui:$(bindir)/apikey-tui:755 \
    $(BUILD)/libapikey.a:$(libdir)/libapikey.a:644 \
    $(BUILD)/libapikey.so:$(libdir)/libapikey.so.$(VERSION):644 \
    $(BUILD)/apikey.pc:$(libdir)/pkgconfig/apikey.pc:644 \
    docs/completion/apikeyctl.bash:$(PREFIX)/share/bash-completion/completions/apikeyctl:644 \
    docs/completion/_apikeyctl:$(PREFIX)/share/zsh/vendor-completions/_apikeyctl:644 \
    docs/completion/apikeyctl.fish:$(PREFIX)/share/fish/vendor_completions.d/apikeyctl.fish:644 \
    include/apikey.h:$(includedir)/apikey.h:644 \
    README.md:$(docdir)/README.md:644 \
    LICENSE:$(docdir)/LICENSE:644 \
    protocol/PROTOCOL.md:$(docdir)/PROTOCOL.md:644 \
    systemd/apikeyd.sysusers:$(PREFIX)/lib/sysusers.d/apikeyd.conf:644 \
    systemd/apikeyd.tmpfiles:$(PREFIX)/lib/tmpfiles.d/apikeyd.conf:644 \
    $(foreach u,$(wildcard systemd/*.service systemd/*.socket),$(u):$(unitdir)/$(notdir $(u)):644) \
    $(foreach m,$(MAN_PAGES),$(m):$(mandir)/man$(subst .,,$(suffix $(m)))/$(notdir $(m)):644)
# link : what it points to
LINKS := $(libdir)/$(SONAME):libapikey.so.$(VERSION) $(libdir)/libapikey.so:$(SONAME)

field = $(word $(1),$(subst :, ,$(2)))
define install_one
	@install -D -m $(call field,3,$(1)) $(call field,1,$(1)) $(DESTDIR)$(call field,2,$(1))

endef
define link_one
	@ln -sf $(call field,2,$(1)) $(DESTDIR)$(call field,1,$(1))

endef

# The units name their programs under /usr. An existing configuration is never touched.
# apikey.pc holds the PREFIX of this very call.
.PHONY: install uninstall $(BUILD)/apikey.pc
install: all $(BUILD)/apikey.pc
	$(foreach i,$(INSTALL),$(call install_one,$(i)))
	$(foreach l,$(LINKS),$(call link_one,$(l)))
	@sed -i 's|=/usr/|=$(PREFIX)/|' $(DESTDIR)$(unitdir)/apikeyd.service
	@mkdir -p $(dir $(CONFIG))
	@test -e $(CONFIG) || (umask 022 && $(BUILD)/apikeyd --config /dev/null --dump-config > $(CONFIG))
	@echo "  INSTALL  $(DESTDIR)$(PREFIX), $(CONFIG)"
	@test -n "$(DESTDIR)" || echo 'Next: ldconfig && systemd-sysusers && systemd-tmpfiles --create &&' \
		'systemctl daemon-reload && systemctl enable --now apikeyd'

# A configuration that somebody changed stays.
uninstall:
	@if [ -x $(DESTDIR)$(sbindir)/apikeyd ] && \
		$(DESTDIR)$(sbindir)/apikeyd --config /dev/null --dump-config 2>/dev/null | cmp -s - $(CONFIG); \
		then rm -f $(CONFIG); fi
	@test ! -e $(CONFIG) || echo "  KEEP     $(CONFIG)"
	@rm -f $(foreach i,$(INSTALL) $(LINKS),$(DESTDIR)$(call field,$(if $(filter $(i),$(LINKS)),1,2),$(i)))
	@rmdir $(DESTDIR)$(docdir) $(dir $(CONFIG)) 2>/dev/null || true
	@echo "  REMOVE   $(DESTDIR)$(PREFIX)"

# The console in the README, as it is.
.PHONY: demo pictures
pictures: all
	@BUILD=$(BUILD) docs/picture.sh
demo: deps-build
	@$(MAKE) -s --no-print-directory all
	@BUILD=$(BUILD) docs/demo.sh
