/* data_dir.h - the daemon's own directory: made, locked, with its pepper and its disk reserve. */
#ifndef APIKEYD_DATA_DIR_H
#define APIKEYD_DATA_DIR_H

#include <stdbool.h>

#include "apikeyd/engine/engine.h"
#include "apikeyd/store/store.h"

#define RESERVE_BYTES                                                                              \
	(8 * 1024 * 1024) /* given up so that revoke and disable still work on a full disk */

struct data_dir;

/* Makes the directory if it is missing and takes its lock, so that no second daemon can. Returns 0, or an exit code of
 * sysexits.h with a line in the log. */
int data_dir_open(const char *path, struct data_dir **out);
void data_dir_close(struct data_dir *d);
const char *data_dir_path(const struct data_dir *d);

/* Keeps the reserve file in place, as far as the disk allows. */
void data_dir_keep_reserve(struct data_dir *d);
/* Once there is room again, for it and as much besides: one that was given up. One thread. */
void data_dir_renew_reserve(struct data_dir *d);
/* Frees its space; false if there was none. */
bool data_dir_free_reserve(struct data_dir *d);

/* Reads the pepper: the systemd credential "pepper" if there is one, else the file; a new store gets a new one. *sealed is
 * set, with the reason in the log, when there is none or it is not this store's. Returns as data_dir_open(). */
int data_dir_pepper(struct data_dir *d, const struct store_ops *ops, struct store *store,
	uint8_t out[PEPPER_BYTES], bool *sealed);

#endif
