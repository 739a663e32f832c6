/* unit.h - what every unit test includes: cmocka and the headers that it wants before it. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#undef fail /* cmocka's, without which there is no fail_msg() either; ours is in protocol/error.h */

#endif
