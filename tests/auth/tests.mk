# tests.mk - tests of passwords, the lock on names, and sessions.
unit_password_test      := apikeyd/password.c protocol/text.c
unit_libs_password_test := -lsodium -lunistring
unit_lockout_test       := apikeyd/lockout.c protocol/text.c
unit_libs_lockout_test  := -lunistring
