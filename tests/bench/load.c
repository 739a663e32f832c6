/* load.c - the load generator: options in, one JSON line out. */
#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "tests/bench/drive.h"

static const char usage[] =
	"usage: load --socket PATH --keys FILE [--protocol "
	"verify|verify-full|redis-get|redis-set|redis-hset|redis-count|redis-verify|echo]\n"
	"            [--connections N] [--depth D] [--rate N] [--seconds S] [--warm-up S] [--size "
	"BYTES]\n"
	"            [--skew EXPONENT] [--random SEED] [--each-once] [--server PID]\n";

struct settings {
	const char *socket, *keys, *protocol;
	double connections, depth, rate, seconds, warm_up, size, skew, random, server;
	int each_once;
};

/* A number from min to max, or the end of the program. */
static double number(const char *name, const char *text, double min, double max)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end != '\0' || !(value >= min && value <= max))
		errx(EX_USAGE, "--%s %s: must be a number from %g to %g", name, text, min, max);
	return value;
}

static void read_settings(struct settings *s, int argc, char *argv[])
{
	const struct {
		const char *name;
		const char **text;
		double *number, min, max;
	} rows[] = {
		{"socket", &s->socket, NULL, 0, 0},
		{"keys", &s->keys, NULL, 0, 0},
		{"protocol", &s->protocol, NULL, 0, 0},
		{"connections", NULL, &s->connections, 1, CONNECTIONS_MAX},
		{"depth", NULL, &s->depth, 1, DEPTH_MAX},
		{"rate", NULL, &s->rate, 0, 1e9},
		{"seconds", NULL, &s->seconds, 0, 86400},
		{"warm-up", NULL, &s->warm_up, 0, 86400},
		{"size", NULL, &s->size, 1, REQUEST_MAX - 256},
		{"skew", NULL, &s->skew, 0, 0.999},
		{"server", NULL, &s->server, 1, 1 << 30},
		{"random", NULL, &s->random, 0, 1e15},
	};
	enum { COUNT = sizeof(rows) / sizeof(rows[0]) };
	struct option options[COUNT + 2] = {
		[COUNT] = {"each-once", no_argument, &s->each_once, 1},
	};
	int at;

	for (int i = 0; i < COUNT; i++)
		options[i] = (struct option){rows[i].name, required_argument, NULL, 1};
	for (int c; (c = getopt_long(argc, argv, "", options, &at)) != -1;) {
		if (c == '?')
			errx(EX_USAGE, "%s", usage);
		if (c == 1 && rows[at].text != NULL)
			*rows[at].text = optarg;
		else if (c == 1)
			*rows[at].number =
				number(rows[at].name, optarg, rows[at].min, rows[at].max);
	}
	if (s->socket == NULL || s->keys == NULL || optind != argc)
		errx(EX_USAGE, "%s", usage);
}

static void report(const struct settings *s, const struct keys *keys, const struct drive_result *r)
{
	static const struct {
		const char *name;
		double fraction;
	} percentiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};

	printf("{\"protocol\": \"%s\", \"connections\": %.0f, \"depth\": %.0f, \"keys\": %" PRIu32,
		s->protocol, s->connections, s->depth, keys->count);
	printf(", \"answers\": %" PRIu64
	       ", \"seconds\": %.3f, \"per_second\": %.0f, \"work\": %.3f",
		r->answers, r->seconds, (double)r->answers / r->seconds, r->work);
	if (s->server > 0)
		printf(", \"server_work\": %.3f", r->server_work);
	printf(", \"answer_bytes\": %.1f, \"us\": {", r->answer_bytes);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++)
		printf("\"%s\": %.2f, ", percentiles[i].name,
			(double)histogram_at(&r->latency, percentiles[i].fraction) / 1e3);
	printf("\"max\": %.2f}}\n", (double)r->latency.max / 1e3);
}

int main(int argc, char *argv[])
{
	struct settings s = {.protocol = "verify",
		.connections = 50,
		.depth = 16,
		.seconds = 2,
		.warm_up = 0.5,
		.size = 150,
		.random = 1};
	struct keys keys = {0};
	static struct drive_result result; /* too large for a stack */

	read_settings(&s, argc, argv);

	struct drive_options options = {
		.socket = s.socket,
		.protocol = protocol_find(s.protocol),
		.connections = (unsigned)s.connections,
		.depth = (unsigned)s.depth,
		.rate = s.rate,
		.warm_up = s.warm_up,
		.seconds = s.seconds,
		.size = (unsigned)s.size,
		.server = (pid_t)s.server,
	};

	if (options.protocol == NULL)
		errx(EX_USAGE, "no protocol %s\n%s", s.protocol, usage);
	keys_read(&keys, s.keys);
	keys.state = (uint64_t)s.random;
	keys.in_order = s.each_once;
	if (s.skew > 0)
		keys_skew(&keys, s.skew);
	drive(&options, &keys, &result);
	report(&s, &keys, &result);
	free(keys.data);
	return 0;
}
