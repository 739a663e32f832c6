# tests.mk - tests of passwords, the lock on names, tokens, sessions and cursors.
unit_password_test      := apikeyd/password.c protocol/text.c
unit_libs_password_test := -lsodium -lunistring
unit_lockout_test       := apikeyd/lockout.c protocol/text.c
unit_libs_lockout_test  := -lunistring
unit_cursors_test       := apikeyd/cursors.c apikeyd/pool.c protocol/text.c
unit_libs_cursors_test  := -lsodium -lunistring
unit_token_test         := apikeyd/token.c apikeyd/pool.c protocol/keytext.c protocol/text.c
unit_libs_token_test    := -lsodium -lunistring

CHECK_PROGRAMS += $(BUILD)/tests/logins_test
$(BUILD)/tests/logins_test: $(BUILD)/obj/tests/auth/logins_test.o \
	$(call objs,$(filter-out $(COUNTER_FILES),$(call srcs,apikeyd/store)) apikeyd/logins.c apikeyd/log.c \
	apikeyd/pool.c protocol/error.c protocol/text.c)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs sqlite3 libsystemd) -lunistring -lcmocka
