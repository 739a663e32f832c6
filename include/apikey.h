/* apikey.h - the client library of apikeyd: ask whether an API key is good, and call any method. */
#ifndef APIKEY_H
#define APIKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What can go wrong. Those up to APIKEY_INTERNAL travel on the wire under the name that
 * apikey_error_name() gives; the rest are found by the library itself. */
enum apikey_error {
	APIKEY_OK = 0,
	APIKEY_BAD_REQUEST,
	APIKEY_TOO_LARGE,
	APIKEY_UNKNOWN_METHOD,
	APIKEY_INVALID_ARGUMENT,
	APIKEY_UNAUTHENTICATED,
	APIKEY_FORBIDDEN,
	APIKEY_NOT_FOUND,
	APIKEY_CONFLICT,
	APIKEY_LIMIT_REACHED,
	APIKEY_LOCKED_OUT,
	APIKEY_BUSY,
	APIKEY_UNAVAILABLE,
	APIKEY_OUTCOME_UNKNOWN,
	APIKEY_INTERNAL,
	APIKEY_UNREACHABLE, /* no daemon at the socket, or no permission to open it */
	APIKEY_TIMED_OUT,   /* no answer within the time set; the connection is given up */
	APIKEY_BROKEN,      /* the peer does not speak the protocol */
	APIKEY_NO_MEMORY,
	APIKEY_ERROR_COUNT,
};

/* The verdicts of a verify, in the order in which they are checked. */
enum apikey_code {
	APIKEY_CODE_MALFORMED,
	APIKEY_CODE_NOT_FOUND,
	APIKEY_CODE_REVOKED,
	APIKEY_CODE_EXPIRED,
	APIKEY_CODE_DISABLED,
	APIKEY_CODE_OWNER_DISABLED,
	APIKEY_CODE_TENANT_DISABLED,
	APIKEY_CODE_IP_DENIED,
	APIKEY_CODE_SCOPE_MISSING,
	APIKEY_CODE_UNITS_EXCEEDED,
	APIKEY_CODE_RATE_LIMITED,
	APIKEY_CODE_QUOTA_EXCEEDED,
	APIKEY_CODE_OK,
	APIKEY_CODE_COUNT,
};

/* The word for an error or a verdict as the contract spells it ("not_found"). Static. */
const char *apikey_error_name(enum apikey_error error);
const char *apikey_code_name(enum apikey_code code);

#ifdef __cplusplus
}
#endif
#endif
