/* backups.h - when the last backup was made, and where it is: kept in the store's notes, and told by stats.get. */
#ifndef APIKEYD_BACKUPS_H
#define APIKEYD_BACKUPS_H

#include "apikeyd/daemon.h"
#include "protocol/error.h"
#include "protocol/text.h"

struct backup_made {
	struct backup_made *before; /* which somebody may still read; freed with the last */
	int64_t at;                 /* seconds since 1970 */
	char path[];
};

/* From the store, before there are threads. */
enum apikey_error backups_load(struct daemon *d, struct failure *why);
/* Within a transaction of the store thread. */
enum apikey_error backups_put(struct daemon *d, int64_t at, struct text path, struct failure *why);
/* Any thread; valid until the daemon ends. NULL: none yet. */
const struct backup_made *backups_last(const struct daemon *d);
/* Once no thread can ask any more. */
void backups_free(struct daemon *d);

#endif
