/* error.c - the words for errors and verdicts, and one error with its sentence. */
#include "protocol/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const error_names[APIKEY_ERROR_COUNT] = {
	[APIKEY_OK] = "ok",
	[APIKEY_BAD_REQUEST] = "bad_request",
	[APIKEY_TOO_LARGE] = "too_large",
	[APIKEY_UNKNOWN_METHOD] = "unknown_method",
	[APIKEY_INVALID_ARGUMENT] = "invalid_argument",
	[APIKEY_UNAUTHENTICATED] = "unauthenticated",
	[APIKEY_FORBIDDEN] = "forbidden",
	[APIKEY_NOT_FOUND] = "not_found",
	[APIKEY_CONFLICT] = "conflict",
	[APIKEY_LIMIT_REACHED] = "limit_reached",
	[APIKEY_LOCKED_OUT] = "locked_out",
	[APIKEY_BUSY] = "busy",
	[APIKEY_UNAVAILABLE] = "unavailable",
	[APIKEY_OUTCOME_UNKNOWN] = "outcome_unknown",
	[APIKEY_INTERNAL] = "internal",
	[APIKEY_UNREACHABLE] = "unreachable",
	[APIKEY_TIMED_OUT] = "timed_out",
	[APIKEY_BROKEN] = "broken",
	[APIKEY_NO_MEMORY] = "no_memory",
};

static const char *const code_names[APIKEY_CODE_COUNT] = {
	[APIKEY_CODE_MALFORMED] = "malformed",
	[APIKEY_CODE_NOT_FOUND] = "not_found",
	[APIKEY_CODE_REVOKED] = "revoked",
	[APIKEY_CODE_EXPIRED] = "expired",
	[APIKEY_CODE_DISABLED] = "disabled",
	[APIKEY_CODE_OWNER_DISABLED] = "owner_disabled",
	[APIKEY_CODE_TENANT_DISABLED] = "tenant_disabled",
	[APIKEY_CODE_IP_DENIED] = "ip_denied",
	[APIKEY_CODE_SCOPE_MISSING] = "scope_missing",
	[APIKEY_CODE_UNITS_EXCEEDED] = "units_exceeded",
	[APIKEY_CODE_RATE_LIMITED] = "rate_limited",
	[APIKEY_CODE_QUOTA_EXCEEDED] = "quota_exceeded",
	[APIKEY_CODE_OK] = "ok",
};

const char *apikey_error_name(enum apikey_error error)
{
	return (unsigned)error < APIKEY_ERROR_COUNT ? error_names[error] : "unknown";
}

const char *apikey_code_name(enum apikey_code code)
{
	return (unsigned)code < APIKEY_CODE_COUNT ? code_names[code] : "unknown";
}

static bool is_name(const char *word, const char *name, size_t len)
{
	return strlen(word) == len && memcmp(word, name, len) == 0;
}

enum apikey_error error_from_name(const char *name, size_t len)
{
	for (enum apikey_error e = APIKEY_BAD_REQUEST; e <= APIKEY_INTERNAL; e++)
		if (is_name(error_names[e], name, len))
			return e;
	return APIKEY_BROKEN;
}

enum apikey_code code_from_name(const char *name, size_t len)
{
	for (enum apikey_code c = 0; c < APIKEY_CODE_COUNT; c++)
		if (is_name(code_names[c], name, len))
			return c;
	return APIKEY_CODE_COUNT;
}

/* Strings on the wire are UTF-8, so a cut one may not end within a character. */
static void drop_last_character(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && ((unsigned char)text[len - 1] & 0xc0) == 0x80)
		len--;
	if (len > 0)
		len--;
	text[len] = '\0';
}

enum apikey_error fail(struct failure *why, enum apikey_error code, const char *format, ...)
{
	va_list args;
	int len;

	why->code = code;
	why->full = false;
	va_start(args, format);
	len = vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	if (len >= (int)sizeof(why->text))
		drop_last_character(why->text);
	return code;
}
