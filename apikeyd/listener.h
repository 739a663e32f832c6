/* listener.h - the listening sockets: made or taken over, and accepting within the caps. */
#ifndef APIKEYD_LISTENER_H
#define APIKEYD_LISTENER_H

#include "apikeyd/config.h"
#include "apikeyd/worker.h"

struct listeners;

/* Makes verify.sock and admin.sock in the directory runtime, which is made where it is missing, with their modes and
 * groups, or takes the inherited descriptors (-1: none). A file left over by a dead daemon is replaced, never one
 * that somebody listens on. Returns 0, or an exit code of sysexits.h with a line in the log. */
int listeners_open(const char *runtime, const struct config *config,
	const int inherited[SOCKET_COUNT], struct listeners **out);
/* Begins to accept on base; connections go to the daemon's workers in turn. */
void listeners_start(
	struct listeners *l, struct event_base *base, struct daemon *d, struct peer_counts *peers);
/* Accepts no more, and removes the files it made. */
void listeners_close(struct listeners *l);

#endif
