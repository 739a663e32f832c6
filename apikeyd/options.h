/* options.h - the daemon's command line. */
#ifndef APIKEYD_OPTIONS_H
#define APIKEYD_OPTIONS_H

#include <stdbool.h>

struct options {
	const char *config, *data, *runtime;
	int workers; /* -1: as configured */
	bool check_config, dump_config;
};

/* Reads the command line. Returns -1 to go on, or the exit code to end with (help, version, wrong usage). */
int options_read(int argc, char **argv, struct options *out);

#endif
