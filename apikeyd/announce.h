/* announce.h - what happened, told to the log and to subscribers. */
#ifndef APIKEYD_ANNOUNCE_H
#define APIKEYD_ANNOUNCE_H

#include "apikeyd/daemon.h"
#include "apikeyd/registry.h"

/* A change that is on the disk and in force: its events and its entries of the audit log. Store thread. */
void announce_change(struct daemon *d, const struct change *change, struct text actor,
	struct text action, int64_t now);
/* Something that the daemon itself does or meets, as an event of topic server, of that static type ("server.started").
 * Any thread, once there are workers. */
void announce_server(struct daemon *d, const char *type, const char *detail);

#endif
