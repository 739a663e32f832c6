/* stats.c - the daemon's counters, latencies, connections, memory and store size. */
#include "apikeyd/stats.h"

#include <stdio.h>
#include <unistd.h>

#include "apikeyd/backups.h"
#include "apikeyd/engine/engine.h"
#include "apikeyd/methods/methods.h"
#include "protocol/writer.h"

/* The sum over all workers. */
struct sum {
	uint64_t requests, errors;
	uint64_t verifies[APIKEY_CODE_COUNT], unknown[SOURCE_COUNT];
	uint64_t latency[HISTOGRAM_BUCKETS];
};

static uint64_t load(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void add_worker(struct sum *sum, const struct stats *s)
{
	sum->requests += load(&s->requests);
	sum->errors += load(&s->errors);
	for (unsigned code = 0; code < APIKEY_CODE_COUNT; code++)
		sum->verifies[code] += load(&s->verifies[code]);
	for (unsigned source = 0; source < SOURCE_COUNT; source++)
		sum->unknown[source] += load(&s->unknown[source]);
	histogram_add(sum->latency, &s->latency[0]);
	histogram_add(sum->latency, &s->latency[1]);
}

/* Bytes resident (proc(5), statm); 0 if that cannot be read. */
static int64_t resident_bytes(void)
{
	long total, resident = 0;
	FILE *in = fopen("/proc/self/statm", "re");

	if (in == NULL)
		return 0;
	if (fscanf(in, "%ld %ld", &total, &resident) != 2)
		resident = 0;
	fclose(in);
	return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

static void member(struct buffer *b, const char *name, int64_t value)
{
	write_str(b, name);
	write_int(b, value);
}

static void write_verifies(struct buffer *b, const struct sum *sum)
{
	write_str(b, "verifies");
	write_map(b, APIKEY_CODE_COUNT);
	for (unsigned code = 0; code < APIKEY_CODE_COUNT; code++)
		member(b, apikey_code_name((enum apikey_code)code), (int64_t)sum->verifies[code]);
}

static void write_unknown(struct buffer *b, const struct sum *sum)
{
	write_str(b, "unknown_from");
	write_map(b, SOURCE_COUNT);
	for (unsigned source = 0; source < SOURCE_COUNT; source++)
		member(b, source_name((enum source)source), (int64_t)sum->unknown[source]);
}

static void write_latency(struct buffer *b, const struct sum *sum)
{
	static const struct {
		const char *name;
		double p;
	} percentiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1}};

	write_str(b, "latency_ns");
	write_map(b, sizeof percentiles / sizeof percentiles[0]);
	for (size_t i = 0; i < sizeof percentiles / sizeof percentiles[0]; i++)
		member(b, percentiles[i].name,
			(int64_t)histogram_percentile(sum->latency, percentiles[i].p));
}

static void write_last_backup(struct buffer *b, const struct backup_made *made)
{
	write_str(b, "last_backup");
	if (made == NULL) {
		write_nil(b);
		return;
	}
	write_map(b, 2);
	member(b, "at", made->at);
	write_str(b, "path");
	write_str(b, made->path);
}

/* What all that is asked here comes to. */
static void write_all(struct buffer *b, const struct daemon *d)
{
	struct engine_stats engine = {0};
	struct sum sum = {0};

	for (unsigned i = 0; i < d->worker_count; i++)
		add_worker(&sum, d->stats[i]);
	if (d->engine != NULL)
		engine_stats(d->engine, &engine);
	member(b, "workers", d->worker_count);
	member(b, "connections", atomic_load(&d->connections));
	member(b, "accepted", (int64_t)atomic_load(&d->accepted));
	member(b, "refused", (int64_t)atomic_load(&d->refused));
	member(b, "requests", (int64_t)sum.requests);
	member(b, "errors", (int64_t)sum.errors);
	member(b, "keys", (int64_t)engine.keys);
	member(b, "secrets", (int64_t)engine.secrets);
	member(b, "store_bytes", atomic_load(&d->store_bytes));
	member(b, "store_queue", writer_queue_length(d->writer));
	member(b, "memory_bytes", resident_bytes());
	member(b, "engine_bytes", (int64_t)engine.bytes);
	write_last_backup(b, backups_last(d));
	write_verifies(b, &sum);
	write_unknown(b, &sum);
	write_latency(b, &sum);
}

/* Those of one tenant would learn from the rest what others do. */
enum apikey_error stats_get(struct call *call, struct failure *why)
{
	const struct daemon *d = call->daemon;
	struct buffer *b = &call->result;
	bool all = call->caller.tenant[0] == '\0';

	(void)why;
	write_map(b, all ? 21 : 5);
	write_str(b, "version");
	write_str(b, APIKEY_VERSION);
	write_str(b, "sealed");
	write_bool(b, d->engine == NULL);
	member(b, "time", call->now);
	member(b, "started_at", d->started_at);
	member(b, "uptime", call->now - d->started_at);
	if (all)
		write_all(b, d);
	return APIKEY_OK;
}
