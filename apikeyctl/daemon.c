/* daemon.c - the daemon itself: how it is, what it counts, reading its configuration again. */
#include <stdio.h>
#include <time.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/table.h"

/* ---- stats and daemon status: two views of one answer ---- */

static const struct column stats_columns[] = {
	{"Version", "version", KIND_TEXT, true},
	{"Uptime", "uptime", KIND_SPAN, true},
	{"Keys", "keys", KIND_NUMBER, true},
	{"Secrets", "secrets", KIND_NUMBER, true},
	{"Requests", "requests", KIND_NUMBER, true},
	{"Errors", "errors", KIND_NUMBER, true},
	{"Connections", "connections", KIND_NUMBER, true},
	{"  accepted", "accepted", KIND_NUMBER, true},
	{"  refused", "refused", KIND_NUMBER, true},
	{"Verify p50", "latency_ns.p50", KIND_NANOS, true},
	{"  p90", "latency_ns.p90", KIND_NANOS, true},
	{"  p99", "latency_ns.p99", KIND_NANOS, true},
	{"  p99.9", "latency_ns.p999", KIND_NANOS, true},
	{"  max", "latency_ns.max", KIND_NANOS, true},
	{"Verifies ok", "verifies.ok", KIND_NUMBER, true},
	{"  malformed", "verifies.malformed", KIND_NUMBER, true},
	{"  not_found", "verifies.not_found", KIND_NUMBER, true},
	{"  revoked", "verifies.revoked", KIND_NUMBER, true},
	{"  expired", "verifies.expired", KIND_NUMBER, true},
	{"  disabled", "verifies.disabled", KIND_NUMBER, true},
	{"  owner_disabled", "verifies.owner_disabled", KIND_NUMBER, true},
	{"  tenant_disabled", "verifies.tenant_disabled", KIND_NUMBER, true},
	{"  ip_denied", "verifies.ip_denied", KIND_NUMBER, true},
	{"  scope_missing", "verifies.scope_missing", KIND_NUMBER, true},
	{"  units_exceeded", "verifies.units_exceeded", KIND_NUMBER, true},
	{"  rate_limited", "verifies.rate_limited", KIND_NUMBER, true},
	{"  quota_exceeded", "verifies.quota_exceeded", KIND_NUMBER, true},
	{"Unknown, no ip", "unknown_from.none", KIND_NUMBER, true},
	{"  loopback", "unknown_from.loopback", KIND_NUMBER, true},
	{"  private", "unknown_from.private", KIND_NUMBER, true},
	{"  ipv4", "unknown_from.ipv4", KIND_NUMBER, true},
	{"  ipv6", "unknown_from.ipv6", KIND_NUMBER, true},
	{"Memory", "memory_bytes", KIND_BYTES, true},
	{"Store", "store_bytes", KIND_BYTES, true},
	{NULL, NULL, KIND_TEXT, false},
};

static const struct column status_columns[] = {
	{"Version", "version", KIND_TEXT, true},
	{"Sealed", "sealed", KIND_BOOL, true},
	{"Started", "started_at", KIND_TIME, true},
	{"Uptime", "uptime", KIND_SPAN, true},
	{"Workers", "workers", KIND_NUMBER, true},
	{"Connections", "connections", KIND_NUMBER, true},
	{"Keys", "keys", KIND_NUMBER, true},
	{"Memory", "memory_bytes", KIND_BYTES, true},
	{"Store", "store_bytes", KIND_BYTES, true},
	{NULL, NULL, KIND_TEXT, false},
};

static enum end run_stats(struct ctl *ctl, const struct arguments *args)
{
	const struct apikey_value *result;
	enum end end = ctl_call(ctl, "stats.get", NULL, &result);

	(void)args;
	if (end == END_DONE)
		table_facts(ctl, stats_columns, result);
	return end;
}

const struct command stats = {
	.words = "stats",
	.arguments = "",
	.help = "Show what the daemon has counted and measured.",
	.examples = {"apikeyctl stats", "apikeyctl stats --json | jq .verifies"},
	.run = run_stats,
};

/* A daemon without its pepper answers, but cannot verify. */
static enum end run_status(struct ctl *ctl, const struct arguments *args)
{
	const struct apikey_value *result;
	enum end end = ctl_call(ctl, "stats.get", NULL, &result);

	(void)args;
	if (end != END_DONE)
		return end;
	table_facts(ctl, status_columns, result);
	if (!apikey_bool(apikey_get(result, "sealed"), false))
		return END_DONE;
	ctl_say("the daemon is sealed: it has no usable pepper and answers no verify");
	return END_FAILED;
}

const struct command daemon_status = {
	.words = "daemon status",
	.arguments = "",
	.help = "Say how the daemon is; fails where it is away or sealed.",
	.examples = {"apikeyctl daemon status", "apikeyctl daemon status --json"},
	.run = run_status,
};

/* ---- daemon reload ---- */

static const struct column reload_columns[] = {
	{"Reloaded", "reloaded", KIND_BOOL, true},
	{NULL, NULL, KIND_TEXT, false},
};

static enum end run_reload(struct ctl *ctl, const struct arguments *args)
{
	const struct apikey_value *result;
	enum end end = ctl_call(ctl, "daemon.reload", NULL, &result);

	(void)args;
	if (end != END_DONE)
		return end;
	if (ctl->format == FORMAT_TABLE)
		ctl_say("the daemon has read its configuration again");
	else
		table_facts(ctl, reload_columns, result);
	return END_DONE;
}

const struct command daemon_reload = {
	.words = "daemon reload",
	.arguments = "",
	.help = "Have the configuration read again, wait, and report.",
	.examples = {"apikeyctl daemon reload"},
	.run = run_reload,
};

/* ---- hello and ping ---- */

static const struct column hello_columns[] = {
	{"Server", "server", KIND_TEXT, true},
	{"Version", "version", KIND_TEXT, true},
	{"Protocol", "protocol", KIND_NUMBER, true},
	{"Socket", "socket", KIND_TEXT, true},
	{"User id", "uid", KIND_NUMBER, true},
	{"Known", "authenticated", KIND_BOOL, true},
	{"User", "user", KIND_TEXT, true},
	{"Role", "role", KIND_TEXT, true},
	{"Tenant", "tenant", KIND_TEXT, true},
	{NULL, NULL, KIND_TEXT, false},
};

static enum end run_hello(struct ctl *ctl, const struct arguments *args)
{
	const struct apikey_value *result;
	struct apikey_params *params = apikey_params_new();
	enum end end;

	(void)args;
	if (!params)
		return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	apikey_put_string(params, "client", "apikeyctl " APIKEY_VERSION);
	end = ctl_call(ctl, "hello", params, &result);
	apikey_params_free(params);
	if (end == END_DONE)
		table_facts(ctl, hello_columns, result);
	return end;
}

const struct command hello = {
	.words = "hello",
	.arguments = "",
	.help = "Say which daemon answers, and as whom you are known.",
	.examples = {"apikeyctl hello", "apikeyctl --socket /run/apikeyd/verify.sock hello"},
	.run = run_hello,
};

static const struct column ping_columns[] = {
	{"Time", "time", KIND_TIME, true},
	{NULL, NULL, KIND_TEXT, false},
};

static enum end run_ping(struct ctl *ctl, const struct arguments *args)
{
	const struct apikey_value *result;
	struct timespec begin, end_time;
	double us;
	enum end end;

	(void)args;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	end = ctl_call(ctl, "ping", NULL, &result);
	clock_gettime(CLOCK_MONOTONIC, &end_time);
	if (end != END_DONE)
		return end;
	us = (double)(end_time.tv_sec - begin.tv_sec) * 1e6 +
	     (double)(end_time.tv_nsec - begin.tv_nsec) / 1e3;
	if (ctl->format == FORMAT_TABLE)
		printf("%s answered within %.0f us\n", apikey_socket(ctl->client), us);
	else
		table_facts(ctl, ping_columns, result);
	return END_DONE;
}

const struct command ping = {
	.words = "ping",
	.arguments = "",
	.help = "Say whether the daemon answers, and how soon.",
	.examples = {"apikeyctl ping", "until apikeyctl ping; do sleep 1; done"},
	.run = run_ping,
};
