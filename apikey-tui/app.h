/* app.h - the console: one loop over the terminal, the daemon and the clock. */
#ifndef TUI_APP_H
#define TUI_APP_H

#include <stdbool.h>

#include "apikey-tui/kit/term.h"

struct app_options {
	const char *socket; /* NULL: as apikey_open() finds it */
	bool read_only;
	struct term_options term;
};

/* Runs until the operator ends it or the terminal is gone. Returns an exit code. */
int app_run(const struct app_options *options);

#endif
