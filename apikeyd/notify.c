/* notify.c - the door to systemd: readiness, watchdog, and sockets handed over. */
#include "apikeyd/notify.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "apikeyd/log.h"

static const char *const socket_names[SOCKET_COUNT] = {
	[SOCKET_VERIFY] = "verify", [SOCKET_ADMIN] = "admin"};

void notify_ready(const char *status)
{
	sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

/* 252 knows no Type=notify-reload yet and ignores the time; later ones want it. */
void notify_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
		(long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

void notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void notify_watchdog(void)
{
	sd_notify(0, "WATCHDOG=1");
}

uint64_t notify_watchdog_interval(void)
{
	uint64_t usec = 0;

	return sd_watchdog_enabled(0, &usec) > 0 ? usec : 0;
}

static bool take_socket(int fd, const char *name, int out[SOCKET_COUNT])
{
	for (int kind = 0; kind < SOCKET_COUNT; kind++) {
		if (strcmp(name, socket_names[kind]) != 0)
			continue;
		if (out[kind] >= 0 || sd_is_socket(fd, AF_UNIX, SOCK_STREAM, 1) <= 0) {
			log_error("the socket \"%s\" handed over is not one listening Unix stream "
				  "socket",
				name);
			return false;
		}
		out[kind] = fd;
		return true;
	}
	log_error("a socket was handed over as \"%s\"; it must be named \"verify\" or \"admin\"",
		name);
	return false;
}

bool notify_sockets(int out[SOCKET_COUNT])
{
	char **names = NULL;
	int count = sd_listen_fds_with_names(1, &names);
	bool ok = count >= 0;

	if (!ok)
		log_error("the sockets handed over cannot be taken: %s", strerror(-count));
	for (int kind = 0; kind < SOCKET_COUNT; kind++)
		out[kind] = -1;
	for (int i = 0; i < count; i++) {
		ok = take_socket(SD_LISTEN_FDS_START + i, names[i], out) && ok;
		free(names[i]);
	}
	free(names);
	return ok;
}
