# lint.mk - what looks at the sources and the builds without being a test of its own.

C_FILES  = $(shell git ls-files '*.c' '*.h')
SH_FILES = $(shell git ls-files '*.sh') .ci/run
TIDY     = clang-tidy --quiet --warnings-as-errors='*'
LINT_FLAGS = -std=c17 -I. -D_GNU_SOURCE -DAPIKEY_VERSION='"$(VERSION)"' $(PKG_CFLAGS)

.PHONY: lint format check-format check-layers check-man check-units
lint: check-format check-layers check-man
	@echo "  CPPCHECK" && cppcheck --quiet --std=c11 --enable=warning,portability,performance --library=posix \
		--suppressions-list=tests/cppcheck.txt --error-exitcode=1 -j2 -D_GNU_SOURCE -DAPIKEY_VERSION='"$(VERSION)"' -I. $(filter %.c,$(C_FILES))
	@echo "  TIDY" && printf '%s\n' $(filter %.c,$(C_FILES)) | \
		xargs -P2 -n1 sh -c '$(TIDY) "$$@" -- $(subst ','\'',$(LINT_FLAGS)) 2>/dev/null' tidy
	@echo "  SHELLCHECK" && shellcheck $(SH_FILES)
	@echo "  PYFLAKES" && pyflakes3 $$(git ls-files '*.py')

format:
	clang-format -i $(C_FILES)
check-format:
	@echo "  FORMAT" && clang-format --dry-run -Werror $(C_FILES)
check-layers:
	@$(PYTHON) tests/layers.py
# mandoc cannot know manuals that are not installed here; and the options in one of them are the daemon's own words.
check-man: $(BUILD)/apikeyd
	@echo "  MANDOC"
	@! mandoc -T lint $(MAN_PAGES) 2>&1 | grep -v -e 'referenced manual not found' -e 'outdated mandoc.db'
	@docs/options.sh $(BUILD)/apikeyd | cmp - docs/apikeyd.conf.5 || { echo 'run "make man"' >&2; exit 1; }
.PHONY: man
man: $(BUILD)/apikeyd
	docs/options.sh $(BUILD)/apikeyd > $(BUILD)/apikeyd.conf.5 && cp $(BUILD)/apikeyd.conf.5 docs/

# The units as installed: no complaint, and next to no exposure (10 is the worst).
check-units: all
	@rm -rf $(BUILD)/units
	@$(MAKE) --no-print-directory install DESTDIR=$(abspath $(BUILD))/units PREFIX=/usr unitdir=/usr/lib/systemd/system
	@tests/systemd/units.sh $(BUILD)/units

# The same units in a booted system: root, debootstrap, systemd-nspawn, and a network the first time.
.PHONY: check-boot
check-boot: all
	tests/systemd/boot.sh $(BUILD)/boot $(BUILD)

# The whole suite under sanitizers, and everything built by both compilers.
.PHONY: check-asan check-tsan check-compilers
export ASAN_OPTIONS ?= detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS ?= print_stacktrace=1
export TSAN_OPTIONS ?= second_deadlock_stack=1
check-asan:
	@$(MAKE) --no-print-directory SAN=address,undefined BUILD=build/asan check
check-tsan:
	@$(MAKE) --no-print-directory SAN=thread BUILD=build/tsan check
# What stands in build/ is gcc's, Debian's cc.
check-compilers: all build-tests
	@$(MAKE) --no-print-directory CC=clang BUILD=build/clang all build-tests
.PHONY: build-tests
build-tests: $(addprefix $(BUILD)/tests/,$(UNIT_TESTS)) $(CHECK_PROGRAMS)
