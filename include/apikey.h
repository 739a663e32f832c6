/* apikey.h - the client library of apikeyd: ask whether an API key is good, and call any method.
 *
 *   struct apikey_client *client = apikey_open("/run/apikeyd/verify.sock");
 *   struct apikey_request ask = {.key = key, .key_len = strlen(key), .ip = "203.0.113.9"};
 *   struct apikey_verdict verdict;
 *
 *   if (apikey_verify(client, &ask, &verdict) != APIKEY_OK)
 *           syslog(LOG_ERR, "%s", apikey_failure(client));   (no answer: deny)
 *   else if (verdict.valid)
 *           serve(verdict.key_id);
 *
 * A client is one connection, used by one thread at a time; any number of clients live side by
 * side. After a fork() the connection stays the parent's, and the child's next call makes one of
 * its own. There are no globals. The library prints nothing, exits never, installs no signal handler
 * and raises no SIGPIPE. All text is UTF-8, all times are seconds since 1970 UTC. Text that comes
 * from the daemon may have been chosen by strangers: escape it before it reaches a terminal. Memory
 * that held a key is overwritten when it is freed. */
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

/* ---- values: what the daemon answered, a tree that is read and never changed ----
 *
 * NULL is taken everywhere and reads as nil, so that apikey_int(apikey_get(apikey_get(v, "a"),
 * "b"), 0) needs no checks between. Pointers that come out of a value live as long as the value. */
struct apikey_value;

enum apikey_type {
	APIKEY_NIL,
	APIKEY_BOOL,
	APIKEY_INT,
	APIKEY_FLOAT,
	APIKEY_STRING,
	APIKEY_BYTES,
	APIKEY_ARRAY,
	APIKEY_MAP,
};

enum apikey_type apikey_type(const struct apikey_value *value);
/* The value, or the fallback where it is of another type (or an integer past 2^63-1). */
bool apikey_bool(const struct apikey_value *value, bool fallback);
int64_t apikey_int(const struct apikey_value *value, int64_t fallback);
double apikey_float(const struct apikey_value *value, double fallback);
/* The text (or bytes), always terminated, NULL where it is neither; it may hold a NUL before
 * apikey_length(). */
const char *apikey_string(const struct apikey_value *value);
size_t apikey_length(const struct apikey_value *value);
/* Elements of an array, entries of a map; 0 for anything else. */
size_t apikey_count(const struct apikey_value *value);
/* The element of an array, or the value of a map's entry, at this place; NULL past the end. */
const struct apikey_value *apikey_at(const struct apikey_value *value, size_t index);
/* The name of a map's entry at this place; NULL past the end or where it is no text. */
const char *apikey_key_at(const struct apikey_value *map, size_t index);
/* The value of this name in a map; NULL where there is none or it is nil. */
const struct apikey_value *apikey_get(const struct apikey_value *map, const char *name);
/* Frees a value that apikey_take() gave; NULL is allowed. Its parts are never freed alone. */
void apikey_value_free(struct apikey_value *value);

/* ---- parameters: what a method is called with ----
 *
 * A failure (no memory, over 64 KiB, unbalanced begin and end) is remembered and reported by the
 * call. Everything put in is copied. The same parameters may be sent any number of times. */
struct apikey_params;

struct apikey_params *apikey_params_new(void); /* NULL: no memory */
void apikey_params_free(struct apikey_params *params);
/* Each adds one named parameter; a NULL text adds nothing, apikey_put_nil() says nil. Within an
 * array name is NULL. */
void apikey_put_nil(struct apikey_params *params, const char *name);
void apikey_put_bool(struct apikey_params *params, const char *name, bool value);
void apikey_put_int(struct apikey_params *params, const char *name, int64_t value);
void apikey_put_float(struct apikey_params *params, const char *name, double value);
void apikey_put_string(struct apikey_params *params, const char *name, const char *value);
void apikey_put_text(struct apikey_params *params, const char *name, const char *data, size_t len);
/* An array; a NULL in it is a failure. */
void apikey_put_strings(
	struct apikey_params *params, const char *name, const char *const *values, size_t count);
/* What is put until the matching apikey_put_end() goes into this map or array. At most 5 in each
 * other. */
void apikey_put_map(struct apikey_params *params, const char *name);
void apikey_put_array(struct apikey_params *params, const char *name);
void apikey_put_end(struct apikey_params *params);

/* ---- a client ---- */
struct apikey_client;

/* Makes a client for the socket at this path; NULL means $APIKEYD_SOCKET, else
 * /run/apikeyd/admin.sock (services that only verify pass /run/apikeyd/verify.sock). Nothing is
 * connected yet. NULL: no memory. */
struct apikey_client *apikey_open(const char *socket);
/* Closes the connection, fails what is still unanswered, frees. Callbacks told of that connect no
 * more. Never from within a callback. NULL is allowed. */
void apikey_close(struct apikey_client *client);
/* The path in use. Lives as long as the client. */
const char *apikey_socket(const struct apikey_client *client);
/* A sentence about the last failure; empty before the first. Lives until the next call on the
 * client. */
const char *apikey_failure(const struct apikey_client *client);
/* How long a blocking call may take in all, in milliseconds; 5000 at first; negative: for ever. */
void apikey_set_timeout(struct apikey_client *client, int milliseconds);

/* ---- blocking calls ----
 *
 * They connect where there is no connection, and again where the daemon has closed an earlier one;
 * a call that fails with APIKEY_TIMED_OUT or APIKEY_BROKEN gives the connection up. A new
 * connection knows nothing of what was said on the old one (logins, subscriptions). Not to be
 * called from within a callback (APIKEY_BAD_REQUEST). */

/* Calls any method. params may be NULL. *result, where asked for, lives until the next call on this
 * client. APIKEY_UNREACHABLE after the connection was lost leaves open whether the daemon did what
 * was asked: a method that changes something takes the parameter request_id, with which asking
 * again is safe. */
enum apikey_error apikey_call(struct apikey_client *client, const char *method,
	const struct apikey_params *params, const struct apikey_value **result);

/* What is asked about a key. Zero-initialise; zero and NULL mean "not given". */
struct apikey_request {
	const char *key; /* any bytes, any number of them: what a stranger sent */
	size_t key_len;
	const char *ip;            /* the end client's address */
	const char *const *scopes; /* all are needed */
	size_t scope_count;
	const char *tenant;   /* the key must belong to it */
	const char *resource; /* what is asked for, counted in usage */
	const char *agent;    /* the end client's user agent */
	int64_t units;        /* how much of the thing is asked for */
	int64_t cost;         /* what it counts against rate limits; 0 is 1 */
	bool dry_run;         /* check, count nothing */
};

/* The answer. Where the daemon says nothing text and values are NULL, numbers 0. */
struct apikey_verdict {
	bool valid;
	enum apikey_code code; /* APIKEY_CODE_COUNT: one unknown to this library, never valid */
	const char *code_name; /* as the daemon said it */
	const char *key_id, *prefix, *name, *tenant, *owner, *env;
	const struct apikey_value *scopes;  /* array of text */
	const struct apikey_value *meta;    /* map */
	const struct apikey_value *missing; /* array of text: scopes lacking */
	const struct apikey_value *limits;  /* array of maps, one for each limit and quota */
	int64_t expires_at;
	int64_t retry_after; /* seconds until it would pass */
	int64_t grace_ends;
	bool superseded;                   /* an old secret, good until grace_ends */
	const struct apikey_value *result; /* the whole answer */
};

/* Asks about a key. A denial is APIKEY_OK with verdict->valid false; on an error valid is false as
 * well. A connection that is closed before the answer, as by a daemon that restarts, is replaced
 * and the question asked once more; it may then have been counted twice.
 * Everything in *verdict lives until the next call on this client. */
enum apikey_error apikey_verify(struct apikey_client *client, const struct apikey_request *request,
	struct apikey_verdict *verdict);
/* The two halves of it, for apikey_send(): the parameters of "verify", and its result.
 * APIKEY_BROKEN: no verdict. */
void apikey_put_request(struct apikey_params *params, const struct apikey_request *request);
enum apikey_error apikey_read_verdict(
	const struct apikey_value *result, struct apikey_verdict *verdict);

/* ---- without blocking, for an event loop ----
 *
 * Connect, send as much as you like, poll apikey_fd() for apikey_events() and call apikey_process()
 * when it is ready. Timeouts and reconnecting are the caller's: apikey_disconnect() gives up,
 * apikey_connect() begins anew. */

/* Called once for each apikey_send() that was taken: with the reply, or with the error (and
 * apikey_failure()) of the daemon or of the connection's end. result is NULL on an error and lives
 * for the callback, unless taken. A callback may send, connect and disconnect. */
typedef void apikey_reply_fn(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg);
/* Called for each notification, such as "event" with params [{"seq": …, "type": …}]. Likewise. */
typedef void apikey_notify_fn(struct apikey_client *client, const char *method,
	const struct apikey_value *params, void *arg);

/* Connects without waiting; done at once, or APIKEY_UNREACHABLE. OK where there is a connection
 * already. */
enum apikey_error apikey_connect(struct apikey_client *client);
/* Closes the connection; whatever is unanswered gets APIKEY_UNREACHABLE before this returns. */
void apikey_disconnect(struct apikey_client *client);
/* The connection's file descriptor, -1 where there is none; it changes with each connection. */
int apikey_fd(const struct apikey_client *client);
/* POLLIN, with POLLOUT while something waits to be sent; 0 where there is no connection. */
short apikey_events(const struct apikey_client *client);
/* Queues a call; apikey_process() sends it. done may be NULL. On an error (APIKEY_UNREACHABLE: not
 * connected; APIKEY_BUSY: 16 MiB wait to be sent; those of the parameters) done is not called. */
enum apikey_error apikey_send(struct apikey_client *client, const char *method,
	const struct apikey_params *params, apikey_reply_fn *done, void *arg);
/* Sends and reads what is possible without waiting and calls the callbacks. An error means that the
 * connection is gone, or was made before a fork() by another process, and everybody waiting has
 * been told. */
enum apikey_error apikey_process(struct apikey_client *client);
/* Waits until the connection is ready, at most so many milliseconds (negative: for ever), then
 * apikey_process(). APIKEY_OK also where nothing came. */
enum apikey_error apikey_wait(struct apikey_client *client, int milliseconds);
/* How many calls are unanswered. */
size_t apikey_pending(const struct apikey_client *client);
/* Notifications go to fn from now on; NULL: nowhere, the default. */
void apikey_on_notification(struct apikey_client *client, apikey_notify_fn *fn, void *arg);
/* Takes over the latest result, in a callback that of the callback, after a blocking call that of
 * the call: it lives on until apikey_value_free(). NULL: there is none. */
struct apikey_value *apikey_take(struct apikey_client *client);

#ifdef __cplusplus
}
#endif
#endif
