/* alerts.h - what somebody may have to know, found off the verify path, kept in the store, told once.
 *
 * Workers note what they meet (sightings.h); once a second what waits is judged on the store thread against the key and
 * the options, and each minute it is looked for keys that expire soon. An alert is told once for its key (or network)
 * and period; the store remembers which. */
#ifndef APIKEYD_ALERTS_H
#define APIKEYD_ALERTS_H

#include "apikeyd/daemon.h"
#include "apikeyd/store/store.h"

struct alerts;

/* Never NULL. The workers' sightings must be there. */
struct alerts *alerts_new(struct daemon *d);
/* After the writer has stopped. */
void alerts_free(struct alerts *a);
/* Once a second, one thread. */
void alerts_tick(struct alerts *a, int64_t now);
/* After the writer has stopped, and before the workers are freed: judges what waits yet. */
void alerts_finish(struct alerts *a, int64_t now);
/* Store thread: a key was made or changed, and may expire soon. */
void alerts_key(struct alerts *a, const struct key_record *key, int64_t now);

#endif
