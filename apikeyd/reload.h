/* reload.h - reading the configuration again while the daemon runs. */
#ifndef APIKEYD_RELOAD_H
#define APIKEYD_RELOAD_H

#include "apikeyd/daemon.h"
#include "protocol/error.h"

/* Reads the file and brings it into force, or leaves everything as it is (invalid_argument with file and line). Reads
 * the disk, so not for event loops; one thread at a time (the store's). */
enum apikey_error reload_config(struct daemon *d, struct failure *why);
/* Frees the configuration in force and all former ones. */
void reload_free(struct daemon *d);

#endif
