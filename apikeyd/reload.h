/* reload.h - reading the configuration again while the daemon runs. */
#ifndef APIKEYD_RELOAD_H
#define APIKEYD_RELOAD_H

#include "apikeyd/config.h"
#include "apikeyd/daemon.h"
#include "protocol/error.h"

/* What is to be in force: what the file says, and over it what the command line does. */
enum apikey_error reload_read(const struct daemon *d, struct config *out, struct failure *why);
/* Reads the file and brings it into force, or leaves everything as it is (invalid_argument with file and line). Reads
 * the disk, so not for event loops; one thread at a time (the store's). */
enum apikey_error reload_config(struct daemon *d, struct failure *why);
/* Frees the configuration in force and all former ones. */
void reload_free(struct daemon *d);

#endif
