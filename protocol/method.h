/* method.h - the one table of methods: names, who may call them where, and what they take.
 *
 * The daemon's gate stands on these rows, and tests hold PROTOCOL.md against them. Adding a method is a row here and a
 * handler of the same id in apikeyd/methods/. */
#ifndef PROTOCOL_METHOD_H
#define PROTOCOL_METHOD_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/text.h"

enum role {
	ROLE_NONE, /* anyone who could connect */
	ROLE_VIEWER,
	ROLE_OPERATOR,
	ROLE_ADMIN,
};

enum socket_kind {
	SOCKET_VERIFY,
	SOCKET_ADMIN,
	SOCKET_COUNT,
};

enum method_id {
	METHOD_VERIFY,
	METHOD_HELLO,
	METHOD_PING,
	METHOD_KEY_CREATE,
	METHOD_KEY_LIST,
	METHOD_KEY_GET,
	METHOD_KEY_UPDATE,
	METHOD_KEY_DISABLE,
	METHOD_KEY_ENABLE,
	METHOD_KEY_REVOKE,
	METHOD_KEY_DELETE,
	METHOD_KEY_ROTATE,
	METHOD_KEY_IMPORT,
	METHOD_KEY_EXPLAIN,
	METHOD_PLAN_CREATE,
	METHOD_PLAN_LIST,
	METHOD_PLAN_GET,
	METHOD_PLAN_UPDATE,
	METHOD_PLAN_DELETE,
	METHOD_TENANT_CREATE,
	METHOD_TENANT_LIST,
	METHOD_TENANT_GET,
	METHOD_TENANT_UPDATE,
	METHOD_TENANT_DISABLE,
	METHOD_TENANT_ENABLE,
	METHOD_TENANT_DELETE,
	METHOD_USER_CREATE,
	METHOD_USER_LIST,
	METHOD_USER_GET,
	METHOD_USER_UPDATE,
	METHOD_USER_DISABLE,
	METHOD_USER_ENABLE,
	METHOD_USER_DELETE,
	METHOD_AUTH_LOGIN,
	METHOD_AUTH_RESUME,
	METHOD_AUTH_KEY,
	METHOD_AUTH_LOGOUT,
	METHOD_AUTH_WHOAMI,
	METHOD_AUTH_RECOVER,
	METHOD_USER_SET_PASSWORD,
	METHOD_USER_RECOVERY_CODES,
	METHOD_USER_SESSIONS,
	METHOD_USER_END_SESSIONS,
	METHOD_ALERT_LIST,
	METHOD_AUDIT_LIST,
	METHOD_AUDIT_VERIFY,
	METHOD_EVENTS_SUBSCRIBE,
	METHOD_EVENTS_UNSUBSCRIBE,
	METHOD_BACKUP_CREATE,
	METHOD_STATS_GET,
	METHOD_USAGE_QUERY,
	METHOD_DAEMON_RELOAD,
	METHOD_COUNT,
};

/* What a parameter must be. min and max bound bytes of text, the number, or the count of elements. */
enum param_type {
	PARAM_SECRET,  /* str or bin, any bytes: a key to verify; its faults are verdicts */
	PARAM_OPAQUE,  /* any UTF-8, shown only escaped: what strangers send along */
	PARAM_TEXT,    /* text_check() */
	PARAM_LINES,   /* text_check() with newlines */
	PARAM_LABEL,   /* text_check(); min and max are of characters */
	PARAM_WORD,    /* word_check(): tenant, owner, environment, plan */
	PARAM_REF,     /* a key id or prefix: printable ASCII without spaces */
	PARAM_CHOICE,  /* one of `choices` */
	PARAM_CHOICES, /* an array of them */
	PARAM_INT,
	PARAM_TIME, /* seconds since 1970, to the year 9999 */
	PARAM_BOOL,
	PARAM_SCOPES,  /* array of scopes; a granted one may end in '*' */
	PARAM_NEEDS,   /* array of scopes asked for: no '*' */
	PARAM_CIDRS,   /* array of networks */
	PARAM_ADDRESS, /* one address */
	PARAM_META,    /* map, nested at most 4 deep, max bytes encoded */
	PARAM_CURSOR,  /* what `next` of an earlier answer said */
	PARAM_RATES,   /* array of {"window", "limit"} */
	PARAM_QUOTAS,  /* array of {"period", "of", "limit"} */
};

enum param_flag {
	PARAM_REQUIRED = 1,
	PARAM_CLEARS = 2, /* nil is allowed and empties the field */
};

struct param {
	const char *name;
	enum param_type type;
	unsigned flags;
	int64_t min, max;
	const char *const *choices; /* NULL-terminated */
};

/* Whose things a method is about; every row says it. */
enum reach {
	REACH_UNSAID,
	REACH_CALLER, /* the caller itself: nothing of anybody */
	REACH_TENANT, /* what belongs to tenants: to a caller of one tenant the others' is not there */
	REACH_DAEMON, /* what belongs to none: for callers of every tenant alone */
};

struct method {
	const char *name;
	const char *help; /* one sentence */
	enum role least;
	enum reach reach;
	bool on_verify; /* served on verify.sock too; admin.sock serves all */
	bool changes;   /* takes request_id, is audited, runs in a transaction */
	bool vital;     /* takes something from somebody, so may use the reserve of a full disk */
	bool heavy;     /* its answer may be long: one at a time on a connection */
	const struct param *params;
	unsigned param_count;
};

#define REQUEST_ID_MAX 64 /* characters of the request_id that every changing method takes */

extern const struct method method_table[METHOD_COUNT];

#define ACCOUNT_MAX_BYTES 64 /* of the name of an account of this host */
#define CAP_MAX 1000000000   /* of keys of a tenant or user */
#define METHOD_PARAMS_MAX 24
#define GRACE_MAX (366 * 86400) /* seconds that a superseded secret may still verify */
#define TIME_MAX 253402300799   /* the last second of the year 9999 */

/* The method's id, or METHOD_COUNT. */
enum method_id method_find(struct text name);
const char *role_name(enum role role);

#endif
