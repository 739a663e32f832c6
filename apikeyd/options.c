/* options.c - the daemon's command line. */
#include "apikeyd/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#define WORKERS_MAX 64

static const char usage[] =
	"usage: apikeyd [--config FILE] [--data DIR] [--runtime DIR] [--workers N]\n"
	"               [--check-config] [--dump-config] [--version] [--help]\n";

static const char help[] =
	"\n"
	"Own the API keys of this host: verify them on verify.sock, manage them on admin.sock.\n"
	"\n"
	"  --config FILE   configuration (default: /etc/apikeyd/apikeyd.conf, if it is there)\n"
	"  --data DIR      store, counters and pepper (default: $STATE_DIRECTORY or "
	"/var/lib/apikeyd)\n"
	"  --runtime DIR   verify.sock and admin.sock (default: /run/apikeyd)\n"
	"  --workers N     threads that serve connections\n"
	"  --check-config  say whether the configuration is good, and end\n"
	"  --dump-config   print every option with its value and meaning, and end\n"
	"\n"
	"Try it:  apikeyd --data ./data --runtime ./run\n"
	"See apikeyd(8) and apikeyd.conf(5).\n";

enum {
	OPT_CONFIG = 1,
	OPT_DATA,
	OPT_RUNTIME,
	OPT_WORKERS,
	OPT_CHECK,
	OPT_DUMP,
	OPT_VERSION,
	OPT_HELP,
};

static const struct option long_options[] = {
	{"config", required_argument, NULL, OPT_CONFIG},
	{"data", required_argument, NULL, OPT_DATA},
	{"runtime", required_argument, NULL, OPT_RUNTIME},
	{"workers", required_argument, NULL, OPT_WORKERS},
	{"check-config", no_argument, NULL, OPT_CHECK},
	{"dump-config", no_argument, NULL, OPT_DUMP},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

static int wrong(const char *what)
{
	if (what != NULL)
		fprintf(stderr, "apikeyd: %s\n", what);
	fputs(usage, stderr);
	return EX_USAGE;
}

static int read_workers(const char *text, int *out)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end != '\0' || n < 1 || n > WORKERS_MAX)
		return wrong("--workers: must be 1 to 64");
	*out = (int)n;
	return -1;
}

static int take(int option, struct options *out)
{
	switch (option) {
	case OPT_CONFIG:
		out->config = optarg;
		return -1;
	case OPT_DATA:
		out->data = optarg;
		return -1;
	case OPT_RUNTIME:
		out->runtime = optarg;
		return -1;
	case OPT_WORKERS:
		return read_workers(optarg, &out->workers);
	case OPT_CHECK:
		out->check_config = true;
		return -1;
	case OPT_DUMP:
		out->dump_config = true;
		return -1;
	case OPT_VERSION:
		puts("apikeyd " APIKEY_VERSION);
		return EX_OK;
	case OPT_HELP:
		fputs(usage, stdout);
		fputs(help, stdout);
		return EX_OK;
	default:
		return wrong(NULL);
	}
}

int options_read(int argc, char **argv, struct options *out)
{
	const char *state = getenv("STATE_DIRECTORY");
	int option, code = -1;

	*out = (struct options){
		.data = state != NULL ? state : "/var/lib/apikeyd",
		.runtime = "/run/apikeyd",
		.workers = -1,
	};
	while (code < 0 && (option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		code = take(option, out);
	if (code < 0 && optind < argc)
		return wrong("takes no arguments but options");
	return code;
}
