/* notify.h - the door to systemd: readiness, watchdog, and sockets handed over. Everything is a no-op without it. */
#ifndef APIKEYD_NOTIFY_H
#define APIKEYD_NOTIFY_H

#include <stdint.h>

#include "protocol/method.h"

void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
void notify_watchdog(void);
/* Microseconds between the signs of life that systemd wants; 0: none. */
uint64_t notify_watchdog_interval(void);

/* Fills in the listening sockets that systemd passed under the names "verify" and "admin" (sd_listen_fds_with_names(3)),
 * -1 where there is none. Returns false, with a line in the log, for one of another name or that is no listening Unix
 * stream socket, and where what was said of them is no truth. Call once, before any thread. */
bool notify_sockets(int out[SOCKET_COUNT]);

#endif
