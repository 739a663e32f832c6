/* ctl.c - calls to the daemon on behalf of a command, and how they end. */
#include "apikeyctl/ctl.h"

#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "apikeyctl/json.h"
#include "protocol/text.h"

#define SAID_MAX 1024
#define REACH_MS 800  /* for a sign of life */
#define CALL_MS 10000 /* for one call */
#define RETRY_MS 50   /* between attempts to reach a daemon that restarts */
#define RETRIES 40

static void __attribute__((format(printf, 1, 0))) say(const char *format, va_list values)
{
	char text[SAID_MAX], shown[4 * SAID_MAX];

	vsnprintf(text, sizeof text, format, values);
	text_escape(text_of(text), shown, sizeof shown);
	fprintf(stderr, "apikeyctl: %s\n", shown);
}

void ctl_say(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	say(format, values);
	va_end(values);
}

static void print_json_error(const char *name, const char *text)
{
	printf("{\"error\":\"%s\",\"message\":", name);
	json_print_text(text);
	puts("}");
}

/* How the program ends after this error. */
static enum end end_of(enum apikey_error error)
{
	static const enum end ends[APIKEY_ERROR_COUNT] = {
		[APIKEY_OK] = END_DONE,
		[APIKEY_BAD_REQUEST] = END_FAILED,
		[APIKEY_TOO_LARGE] = END_FAILED,
		[APIKEY_UNKNOWN_METHOD] = END_FAILED,
		[APIKEY_INVALID_ARGUMENT] = END_USAGE,
		[APIKEY_UNAUTHENTICATED] = END_NOT_ALLOWED,
		[APIKEY_FORBIDDEN] = END_NOT_ALLOWED,
		[APIKEY_NOT_FOUND] = END_NOT_FOUND,
		[APIKEY_CONFLICT] = END_CONFLICT,
		[APIKEY_LIMIT_REACHED] = END_FAILED,
		[APIKEY_LOCKED_OUT] = END_NOT_ALLOWED,
		[APIKEY_BUSY] = END_FAILED,
		[APIKEY_UNAVAILABLE] = END_FAILED,
		[APIKEY_OUTCOME_UNKNOWN] = END_FAILED,
		[APIKEY_INTERNAL] = END_FAILED,
		[APIKEY_UNREACHABLE] = END_UNREACHABLE,
		[APIKEY_TIMED_OUT] = END_UNREACHABLE,
		[APIKEY_BROKEN] = END_FAILED,
		[APIKEY_NO_MEMORY] = END_FAILED,
	};

	return ends[error];
}

enum end ctl_fail(const struct ctl *ctl, enum apikey_error error, const char *text)
{
	const char *path = ctl->client ? apikey_socket(ctl->client) : "";
	const char *kind = strstr(path, "verify") ? "verify" : "admin";

	ctl_say("%s", text);
	if (error == APIKEY_UNREACHABLE || error == APIKEY_TIMED_OUT)
		fprintf(stderr,
			"  The daemon listens there while it runs: systemctl status "
			"apikeyd.service apikeyd-%s.socket\n"
			"  Only root and members of the group apikey-%s may connect (see: id).\n"
			"  It listens elsewhere? --socket PATH, or $APIKEYD_SOCKET.\n",
			kind, kind);
	if (ctl->format == FORMAT_JSON)
		print_json_error(apikey_error_name(error), text);
	return end_of(error);
}

enum end ctl_fail_within(const struct ctl *ctl, enum apikey_error error)
{
	const char *text = apikey_failure(ctl->client);

	ctl_say("the list is not whole: %s", text);
	if (ctl->format == FORMAT_JSON) {
		printf("\n],\"error\":\"%s\",\"message\":", apikey_error_name(error));
		json_print_text(text);
		puts("}");
	}
	return end_of(error);
}

enum end ctl_usage(const struct ctl *ctl, const char *format, ...)
{
	char text[SAID_MAX];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof text, format, values);
	va_end(values);
	ctl_say("%s", text);
	if (ctl->format == FORMAT_JSON)
		print_json_error("usage", text);
	return END_USAGE;
}

/* Whatever it answers, it is there. */
static enum apikey_error reach(struct ctl *ctl)
{
	enum apikey_error r = APIKEY_OK;

	if (ctl->reached || ctl->away != APIKEY_OK)
		return ctl->away;
	apikey_set_timeout(ctl->client, REACH_MS);
	r = apikey_call(ctl->client, "ping", NULL, NULL);
	apikey_set_timeout(ctl->client, ctl->patience != 0 ? ctl->patience : CALL_MS);
	ctl->reached = r != APIKEY_UNREACHABLE && r != APIKEY_TIMED_OUT && r != APIKEY_BROKEN;
	ctl->away = ctl->reached ? APIKEY_OK : r;
	return ctl->away;
}

/* A ping may have gone before, or is yet to come and will set its own. */
void ctl_wait_longer(struct ctl *ctl, int milliseconds)
{
	ctl->patience = milliseconds;
	if (ctl->reached)
		apikey_set_timeout(ctl->client, milliseconds);
}

enum apikey_error ctl_ask(struct ctl *ctl, const char *method, const struct apikey_params *params,
	const struct apikey_value **result)
{
	enum apikey_error r = reach(ctl);

	if (r != APIKEY_OK && result)
		*result = NULL;
	return r == APIKEY_OK ? apikey_call(ctl->client, method, params, result) : r;
}

enum end ctl_call(struct ctl *ctl, const char *method, struct apikey_params *params,
	const struct apikey_value **result)
{
	enum apikey_error r = ctl_ask(ctl, method, params, result);

	return r == APIKEY_OK ? END_DONE : ctl_fail(ctl, r, apikey_failure(ctl->client));
}

/* A daemon that has just gone may be back in a moment; one that was never there is not waited for. */
enum apikey_error ctl_try_change(struct ctl *ctl, const char *method, struct apikey_params *params,
	const char *request_id, const struct apikey_value **result)
{
	enum apikey_error r;

	apikey_put_string(params, "request_id", request_id);
	r = ctl_ask(ctl, method, params, result);
	for (int i = 0; ctl->reached && i < RETRIES &&
			(r == APIKEY_UNREACHABLE || r == APIKEY_OUTCOME_UNKNOWN);
		i++) {
		if (i > 0)
			(void)poll(NULL, 0, RETRY_MS);
		if (ctl->enter(ctl) != END_DONE)
			break; /* a new connection knows nobody */
		r = apikey_call(ctl->client, method, params, result);
	}
	return r;
}

enum end ctl_change(struct ctl *ctl, const char *method, struct apikey_params *params,
	const struct apikey_value **result)
{
	uint64_t random[2];
	char id[2 * 16 + 1];
	enum apikey_error r;

	if (getrandom(random, sizeof random, 0) != sizeof random)
		return ctl_fail(ctl, APIKEY_INTERNAL, "the system gives no random numbers");
	snprintf(id, sizeof id, "%016llx%016llx", (unsigned long long)random[0],
		(unsigned long long)random[1]);
	r = ctl_try_change(ctl, method, params, id, result);
	return r == APIKEY_OK ? END_DONE : ctl_fail(ctl, r, apikey_failure(ctl->client));
}
