/* error.h - one error with its sentence, as it goes to the peer. */
#ifndef PROTOCOL_ERROR_H
#define PROTOCOL_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "include/apikey.h"

/* Longest sentence; a longer one is cut. It never holds a secret and never echoes input that has not
 * passed text_check(). */
#define FAILURE_TEXT_MAX 240

struct failure {
	enum apikey_error code;
	bool full; /* for want of room on the disk; fail() says that it is not */
	char text[FAILURE_TEXT_MAX];
};

/* Fills in *why and returns code, so that a function can say `return fail(why, APIKEY_..., "...")`. */
enum apikey_error fail(struct failure *why, enum apikey_error code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The error whose wire name is the len bytes at name; APIKEY_BROKEN if there is none. */
enum apikey_error error_from_name(const char *name, size_t len);
/* Likewise for a verdict; APIKEY_CODE_COUNT if there is none. */
enum apikey_code code_from_name(const char *name, size_t len);

#endif
