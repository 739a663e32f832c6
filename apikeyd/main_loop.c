/* main_loop.c - what the main thread does while the daemon serves. */
#include "apikeyd/main_loop.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "apikeyd/alerts.h"
#include "apikeyd/clock.h"
#include "apikeyd/digests.h"
#include "apikeyd/log.h"
#include "apikeyd/logins.h"
#include "apikeyd/methods/declared.h"
#include "apikeyd/notify.h"
#include "apikeyd/refusals.h"
#include "apikeyd/reload.h"
#include "apikeyd/store/writer.h"

#define WATCHDOG_SIGNS                                                                             \
	4 /* of life in the time within which systemd wants one: so long threads have to answer */

struct main_loop {
	struct main_loop_options o;
	struct event_base *base;
	int signal_fd;
	bool reload_due; /* it was asked for, and the store's queue was full */
};

static int open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

struct main_loop *main_loop_new(void)
{
	struct main_loop *l = calloc(1, sizeof *l);

	if (l == NULL)
		abort();
	l->signal_fd = open_signals();
	l->base = event_base_new();
	if (l->signal_fd >= 0 && l->base != NULL)
		return l;
	log_error("no descriptor for signals and events: %s", strerror(errno));
	main_loop_free(l);
	return NULL;
}

void main_loop_free(struct main_loop *l)
{
	if (l == NULL)
		return;
	if (l->base != NULL)
		event_base_free(l->base);
	if (l->signal_fd >= 0)
		close(l->signal_fd);
	free(l);
}

static void stop(struct main_loop *l, int signo)
{
	log_notice("%s: stopping", strsignal(signo));
	notify_stopping();
	event_base_loopbreak(l->base);
}

struct reload_job {
	struct writer_job job;
	struct daemon *daemon;
};

static enum apikey_error run_reload(
	struct writer_job *job, struct store *store, struct failure *why)
{
	(void)store;
	return reload_config(((struct reload_job *)job)->daemon, why);
}

static void end_reload(struct writer_job *job, enum apikey_error outcome, const struct failure *why)
{
	(void)why; /* reload_config() has logged it */
	if (outcome == APIKEY_OK)
		declared_make(((struct reload_job *)job)->daemon, false);
	free(job);
}

/* Reads a file, so it is done where the disk may be waited for. What cannot be taken now is due at the next second. */
static void reload(struct main_loop *l)
{
	struct daemon *d = l->o.daemon;
	struct reload_job *job = calloc(1, sizeof *job);

	l->reload_due = true;
	if (job == NULL)
		return;
	job->job.run = run_reload;
	job->job.done = end_reload;
	job->daemon = d;
	if (writer_submit(d->writer, &job->job) == APIKEY_OK)
		l->reload_due = false;
	else
		free(job);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct signalfd_siginfo info;
	struct main_loop *l = arg;

	(void)what;
	while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
		if (info.ssi_signo == SIGHUP)
			reload(l);
		else
			stop(l, (int)info.ssi_signo);
}

static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	struct main_loop *l = arg;

	(void)fd;
	(void)what;
	if (vitals_check(l->o.vitals))
		notify_watchdog();
}

static void on_second(evutil_socket_t fd, short what, void *arg)
{
	struct main_loop *l = arg;
	struct daemon *d = l->o.daemon;
	int64_t now = clock_wall(d->clock);

	(void)fd;
	(void)what;
	digests_tick(d->digests);
	refusals_tick(d->refusals, now);
	alerts_tick(d->alerts, now);
	logins_tick(d->logins, now);
	if (l->reload_due)
		reload(l);
}

static void must_add(struct event *event, const struct timeval *period)
{
	if (event == NULL || event_add(event, period) != 0)
		abort();
}

void main_loop_run(struct main_loop *l, const struct main_loop_options *options)
{
	const struct daemon *d = options->daemon;
	uint64_t usec = notify_watchdog_interval() / WATCHDOG_SIGNS;
	struct timeval watchdog = {
		.tv_sec = (time_t)(usec / 1000000), .tv_usec = (suseconds_t)(usec % 1000000)};
	const struct timeval second = {.tv_sec = 1};
	struct event *events[] = {
		event_new(l->base, l->signal_fd, EV_READ | EV_PERSIST, on_signal, l),
		event_new(l->base, -1, EV_PERSIST, on_second, l),
		event_new(l->base, -1, EV_PERSIST, on_watchdog, l),
	};

	l->o = *options;
	must_add(events[0], NULL);
	must_add(events[1], &second);
	if (usec > 0)
		must_add(events[2], &watchdog);
	listeners_start(l->o.listeners, l->base, l->o.daemon, l->o.peers);
	notify_ready(d->engine != NULL ? "serving" : "sealed: no usable pepper");
	log_notice("apikeyd %s serves with %u workers", APIKEY_VERSION, d->worker_count);
	event_base_dispatch(l->base);
	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		event_free(events[i]);
}
