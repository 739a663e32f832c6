/* main_loop.h - what the main thread does while the daemon serves: it accepts connections, obeys signals, tells systemd
 * that all threads live, and does what is due each second. */
#ifndef APIKEYD_MAIN_LOOP_H
#define APIKEYD_MAIN_LOOP_H

#include "apikeyd/daemon.h"
#include "apikeyd/listener.h"
#include "apikeyd/vitals.h"

struct main_loop;

/* All of it stays until the loop has returned; what listens is closed before the loop is freed. */
struct main_loop_options {
	struct daemon *daemon;
	struct listeners *listeners;
	struct peer_counts *peers;
	struct vitals *vitals;
};

/* Takes over SIGTERM, SIGINT and SIGHUP, so that they interrupt no thread: call before there is any. One that comes before
 * the loop waits for it. NULL: there is no descriptor left, which has been logged. */
struct main_loop *main_loop_new(void);
/* Says that the daemon is ready; returns once a signal has said that it should stop. */
void main_loop_run(struct main_loop *l, const struct main_loop_options *options);
/* NULL is nothing to free. */
void main_loop_free(struct main_loop *l);

#endif
