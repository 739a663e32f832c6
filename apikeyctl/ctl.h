/* ctl.h - what every command is given, and how it ends. */
#ifndef APIKEYCTL_CTL_H
#define APIKEYCTL_CTL_H

#include <stdbool.h>

#include "include/apikey.h"

enum format {
	FORMAT_TABLE, /* for people */
	FORMAT_PLAIN, /* one record a line, fields parted by tabs */
	FORMAT_JSON,
};

/* How the program ends. */
enum end {
	END_DONE = 0,
	END_FAILED = 1,
	END_USAGE = 2,
	END_NOT_FOUND = 3,
	END_NOT_ALLOWED = 4,
	END_UNREACHABLE = 5,
	END_CONFLICT = 6,
	END_UNCONFIRMED = 7, /* confirmation needed and no terminal, or it was not given */
	END_DENIED = 10,     /* verify */
	END_LIMITED = 11,
};

struct ctl {
	struct apikey_client *client; /* not connected yet */
	enum format format;
	bool color;             /* on standard output */
	bool reached;           /* the daemon has answered something */
	enum apikey_error away; /* why it has not; then nobody waits for it again */
	int patience;           /* milliseconds for a call; 0: as usual, negative: any time */
	enum end (*enter)(struct ctl *ctl); /* makes a new connection act as somebody */
};

/* Calls a method. A daemon that takes the connection and then says nothing is found out within a second by a ping before
 * the first call; after that each call may take its time. *result lives until the next call. */
enum apikey_error ctl_ask(struct ctl *ctl, const char *method, const struct apikey_params *params,
	const struct apikey_value **result);

/* Likewise; where it fails, says so and returns how the program must end, else END_DONE. result and params may be NULL. */
enum end ctl_call(struct ctl *ctl, const char *method, struct apikey_params *params,
	const struct apikey_value **result);
/* Likewise for a method that changes something: carries a request_id, and asks once more under the
 * same one where the connection or the outcome was lost, so that nothing is done twice. */
enum end ctl_change(struct ctl *ctl, const char *method, struct apikey_params *params,
	const struct apikey_value **result);

/* The same under a request_id of the caller's, and nothing is said. */
enum apikey_error ctl_try_change(struct ctl *ctl, const char *method, struct apikey_params *params,
	const char *request_id, const struct apikey_value **result);

/* Says on standard error what went wrong, and with --json on standard output too. Returns how the
 * program must end. */
enum end ctl_fail(const struct ctl *ctl, enum apikey_error error, const char *text);
/* The same for wrong usage: END_USAGE. */
enum end ctl_usage(const struct ctl *ctl, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Each call from now on may take so many milliseconds; negative: any time. */
void ctl_wait_longer(struct ctl *ctl, int milliseconds);
/* Says that a JSON array, the last member of its document, breaks off here, and ends both; on standard error in any
 * format. Returns how the program must end. */
enum end ctl_fail_within(const struct ctl *ctl, enum apikey_error error);
/* One line on standard error, escaped. */
void ctl_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
