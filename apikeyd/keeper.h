/* keeper.h - a thread that looks after the files once a second: syncs the counters, measures the store. */
#ifndef APIKEYD_KEEPER_H
#define APIKEYD_KEEPER_H

#include "apikeyd/daemon.h"
#include "apikeyd/store/counters.h"

struct keeper;

/* A power cut costs at most what was counted since the last sync; a kill -9 costs nothing. dir and counters stay until
 * keeper_stop(). Never NULL. */
struct keeper *keeper_start(struct daemon *d, const char *dir, struct counters *counters);
void keeper_stop(struct keeper *k);

#endif
