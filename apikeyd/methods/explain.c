/* explain.c - key.explain: what a verify would say, and why, check by check. */
#include <string.h>

#include "apikeyd/clock.h"
#include "apikeyd/limits.h"
#include "apikeyd/methods/common.h"
#include "apikeyd/methods/methods.h"
#include "protocol/writer.h"

/* A question with its answer. */
struct inquest {
	struct call *call;
	struct verify_request request;
	struct address ip;
	struct text needs[ENGINE_SCOPES_MAX];
	struct now now;
	struct verdict verdict;
	uint32_t applying;      /* bit n: code n denies */
	struct key_record *key; /* NULL: there is none */
	uint16_t checks;        /* written so far */
};

/* ---- the question -------------------------------------------------------------------------------------------------- */

static void read_question(struct inquest *x)
{
	const struct args *args = &x->call->args;
	struct verify_request *q = &x->request;
	const struct arg *arg;
	uint32_t count = 0;

	q->key = arg_text(args, "key");
	q->tenant = call_tenant(x->call); /* a key of another is unknown */
	q->units = arg_number(args, "units", 0);
	q->cost = arg_number(args, "cost", 1);
	if ((arg = arg_set(args, "ip")) != NULL && address_parse(arg->text, &x->ip))
		q->ip = &x->ip;
	if ((arg = arg_set(args, "scopes")) != NULL) {
		struct reader r = reader_of((const uint8_t *)arg->text.data, arg->text.len);

		if (read_array(&r, &count))
			for (uint32_t i = 0; i < count; i++)
				(void)read_str(&r, &x->needs[i]);
		q->needs = x->needs;
		q->need_count = count;
	}
}

/* The secret that ref names by its prefix, else the newest. */
static const struct secret_record *secret_of(const struct key_record *key, struct text ref)
{
	for (unsigned i = 0; i + 1 < key->secret_count; i++)
		if (text_equal(key->secrets[i].prefix, ref))
			return &key->secrets[i];
	return &key->secrets[key->secret_count - 1];
}

static void ask(struct inquest *x, bool any_key)
{
	x->applying =
		engine_explain(x->call->daemon->engine, &x->request, any_key, &x->now, &x->verdict);
	x->verdict.prefix = pool_text(&x->call->pool, x->verdict.prefix);
	engine_release(&x->verdict);
}

static enum apikey_error ask_by_id(struct inquest *x, struct text ref, struct failure *why)
{
	if (call_find_key(x->call, ref, &x->key, why) != APIKEY_OK)
		return why->code;
	memcpy(x->request.digest, secret_of(x->key, ref)->digest, DIGEST_BYTES);
	ask(x, true);
	return APIKEY_OK;
}

static enum apikey_error ask_by_key(struct inquest *x, struct failure *why)
{
	if (x->request.key.len <= KEYTEXT_MAX)
		engine_digest(x->call->daemon->engine, x->request.key, x->request.digest);
	ask(x, false);
	return x->verdict.found ? call_find_key(x->call, x->verdict.prefix, &x->key, why)
				: APIKEY_OK;
}

/* ---- the answer ---------------------------------------------------------------------------------------------------- */

static uint16_t number(struct buffer *b, const char *name, int64_t value)
{
	write_str(b, name);
	write_int(b, value);
	return 1;
}

static uint16_t expiry_numbers(const struct inquest *x, struct buffer *b)
{
	int64_t key = x->key->expires_at, grace = x->verdict.grace_ends;
	uint16_t members = number(b, "now", x->now.wall);

	if (key != STORE_NEVER)
		members += number(b, "expires_at", key);
	if (x->verdict.superseded && grace != ENGINE_NEVER)
		members += number(b, "grace_ends", grace);
	return members;
}

static uint16_t scope_numbers(const struct inquest *x, struct buffer *b)
{
	uint64_t missing = x->verdict.missing;

	write_str(b, "missing");
	write_array(b, (uint32_t)__builtin_popcountll(missing));
	for (uint32_t i = 0; i < x->request.need_count; i++)
		if (missing & (uint64_t)1 << i)
			write_text(b, x->request.needs[i]);
	return 1;
}

static uint32_t units_limit(const struct inquest *x)
{
	struct limit limits[LIMITS_MAX];
	uint32_t units_per_request;

	registry_limits(x->call->daemon->registry, x->key, limits, &units_per_request);
	return units_per_request;
}

static uint16_t units_numbers(const struct inquest *x, struct buffer *b)
{
	return number(b, "units", x->request.units) + number(b, "limit", units_limit(x));
}

static bool has_networks(const struct inquest *x)
{
	return x->key->ip_allow.len > 0;
}

static bool asks_for_scopes(const struct inquest *x)
{
	return x->request.need_count > 0;
}

static bool has_units_limit(const struct inquest *x)
{
	return units_limit(x) > 0;
}

/* What is checked of a key that exists, limits left out: whether there is anything to check, and its numbers. */
static const struct row {
	enum apikey_code code;
	bool (*concerned)(const struct inquest *x);
	uint16_t (*numbers)(const struct inquest *x, struct buffer *b);
} rows[] = {
	{APIKEY_CODE_REVOKED, NULL, NULL},
	{APIKEY_CODE_EXPIRED, NULL, expiry_numbers},
	{APIKEY_CODE_DISABLED, NULL, NULL},
	{APIKEY_CODE_OWNER_DISABLED, NULL, NULL},
	{APIKEY_CODE_TENANT_DISABLED, NULL, NULL},
	{APIKEY_CODE_IP_DENIED, has_networks, NULL},
	{APIKEY_CODE_SCOPE_MISSING, asks_for_scopes, scope_numbers},
	{APIKEY_CODE_UNITS_EXCEEDED, has_units_limit, units_numbers},
};

static bool denies(const struct inquest *x, enum apikey_code code)
{
	return (x->applying & UINT32_C(1) << code) != 0;
}

/* "check" and "outcome"; returns what ends the map. */
static size_t begin_check(
	struct inquest *x, struct buffer *b, enum apikey_code code, const char *outcome)
{
	size_t at = write_map_begin(b);

	write_str(b, "check");
	write_str(b, apikey_code_name(code));
	write_str(b, "outcome");
	write_str(b, outcome);
	x->checks++;
	return at;
}

static void write_bare(
	struct inquest *x, struct buffer *b, enum apikey_code code, const char *outcome)
{
	write_map_end(b, begin_check(x, b, code, outcome), 2);
}

static void write_row(struct inquest *x, struct buffer *b, const struct row *row)
{
	bool concerned = x->verdict.found && (row->concerned == NULL || row->concerned(x));
	size_t at = begin_check(x, b, row->code,
		!concerned             ? "skip"
		: denies(x, row->code) ? "fail"
				       : "pass");

	write_map_end(b, at, (uint16_t)(2 + (concerned && row->numbers ? row->numbers(x, b) : 0)));
}

/* What the question asks of a limit. */
static int64_t amount_of(const struct inquest *x, uint32_t what)
{
	if (!limit_is_quota(what))
		return x->request.cost;
	return limit_of(what) == OF_UNITS ? x->request.units : 1;
}

static void write_limit(struct inquest *x, struct buffer *b, const struct limit_view *view)
{
	uint32_t what = view->limit.what;
	bool quota = limit_is_quota(what);
	int64_t amount = amount_of(x, what);
	size_t at = begin_check(x, b, quota ? APIKEY_CODE_QUOTA_EXCEEDED : APIKEY_CODE_RATE_LIMITED,
		amount > view->remaining ? "fail" : "pass");

	write_str(b, quota ? "period" : "window");
	if (quota)
		write_str(b, limit_period_name(what));
	else
		write_int(b, what);
	write_str(b, "of");
	write_str(b, limit_of_name(what));
	write_map_end(b, at,
		4 + number(b, "limit", view->limit.most) + number(b, "asked", amount) +
			number(b, "remaining", view->remaining) + number(b, "reset", view->reset));
}

/* Each limit is a check of its own; where there is none of a kind, the kind is skipped. */
static void write_limits(struct inquest *x, struct buffer *b, enum apikey_code code)
{
	bool quota = code == APIKEY_CODE_QUOTA_EXCEEDED, any = false;

	for (unsigned i = 0; i < x->verdict.limit_count; i++)
		if (limit_is_quota(x->verdict.limits[i].limit.what) == quota) {
			write_limit(x, b, &x->verdict.limits[i]);
			any = true;
		}
	if (!any)
		write_bare(x, b, code, "skip");
}

static void write_checks(struct inquest *x, struct buffer *b)
{
	bool malformed = denies(x, APIKEY_CODE_MALFORMED), by_id = x->request.key.data == NULL;
	size_t at = write_array_begin(b);

	write_bare(x, b, APIKEY_CODE_MALFORMED, by_id ? "skip" : malformed ? "fail" : "pass");
	write_bare(x, b, APIKEY_CODE_NOT_FOUND,
		malformed                          ? "skip"
		: denies(x, APIKEY_CODE_NOT_FOUND) ? "fail"
						   : "pass");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		write_row(x, b, &rows[i]);
	write_limits(x, b, APIKEY_CODE_RATE_LIMITED);
	write_limits(x, b, APIKEY_CODE_QUOTA_EXCEEDED);
	write_array_end(b, at, x->checks);
}

static void write_answer(struct inquest *x, struct buffer *b)
{
	const struct verdict *v = &x->verdict;
	bool limited = v->code == APIKEY_CODE_RATE_LIMITED || v->code == APIKEY_CODE_QUOTA_EXCEEDED;
	size_t at = write_map_begin(b);
	uint16_t members = 3;

	write_str(b, "valid");
	write_bool(b, v->code == APIKEY_CODE_OK);
	write_str(b, "code");
	write_str(b, apikey_code_name(v->code));
	if (v->found) {
		write_str(b, "key_id");
		write_str(b, x->key->id);
		write_str(b, "prefix");
		write_text(b, v->prefix);
		members += 2;
	}
	if (limited && v->retry_after > 0)
		members += number(b, "retry_after", v->retry_after);
	write_str(b, "checks");
	write_checks(x, b);
	write_map_end(b, at, members);
}

enum apikey_error key_explain(struct call *call, struct failure *why)
{
	struct inquest *x = pool_alloc(&call->pool, sizeof *x);
	const struct arg *id = arg_set(&call->args, "id"), *key = arg_set(&call->args, "key");

	if ((id == NULL) == (key == NULL))
		return fail(why, APIKEY_INVALID_ARGUMENT,
			id == NULL ? "id: give it or key" : "id: give it or key, not both");
	if (call->daemon->engine == NULL)
		return fail(
			why, APIKEY_UNAVAILABLE, "the daemon is sealed: it has no usable pepper");
	x->call = call;
	clock_read(call->daemon->clock, &x->now);
	read_question(x);
	if ((id != NULL ? ask_by_id(x, id->text, why) : ask_by_key(x, why)) != APIKEY_OK)
		return why->code;
	write_answer(x, &call->result);
	return APIKEY_OK;
}
