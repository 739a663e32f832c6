/* main.c - the daemon from start to orderly stop. */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <sodium/core.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "apikeyd/alerts.h"
#include "apikeyd/announce.h"
#include "apikeyd/backups.h"
#include "apikeyd/binding.h"
#include "apikeyd/bootstrap.h"
#include "apikeyd/clock.h"
#include "apikeyd/config.h"
#include "apikeyd/cursors.h"
#include "apikeyd/data_dir.h"
#include "apikeyd/digests.h"
#include "apikeyd/listener.h"
#include "apikeyd/lockout.h"
#include "apikeyd/log.h"
#include "apikeyd/logins.h"
#include "apikeyd/mailbox.h"
#include "apikeyd/methods/declared.h"
#include "apikeyd/notify.h"
#include "apikeyd/options.h"
#include "apikeyd/people.h"
#include "apikeyd/refusals.h"
#include "apikeyd/reload.h"
#include "apikeyd/threads.h"
#include "apikeyd/vitals.h"

#define WORKERS_DEFAULT_MAX 4
#define WATCHDOG_SIGNS                                                                             \
	4 /* of life in the time within which systemd wants one: so long threads have to answer */

/* Everything that lives as long as the daemon, in the order in which it is made. */
struct parts {
	struct options options;
	int inherited[SOCKET_COUNT];
	struct data_dir *dir;
	const struct store_ops *ops;
	struct store *store;
	struct audit *audit;
	struct counters counters;
	struct listeners *listeners;
	struct peer_counts *peers;
	struct event_base *base;
	int signal_fd;
	struct vitals *vitals;
	struct daemon daemon;
};

/* Secrets are in this process: no core dumps, no tracing, no files that others can read. */
static void harden(void)
{
	struct rlimit none = {0, 0};

	umask(077);
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

/* The signals are read from a descriptor by the main thread's loop, and interrupt no thread; one that comes before the
 * loop waits for it. Call before any thread. */
static int open_signals(struct parts *p)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	p->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (p->signal_fd >= 0)
		return EX_OK;
	log_error("no descriptor for signals: %s", strerror(errno));
	return EX_OSERR;
}

static int open_config(struct parts *p)
{
	struct config *config = calloc(1, sizeof *config);
	struct failure why;

	if (config == NULL)
		return EX_OSERR;
	p->daemon.config_file = p->options.config;
	p->daemon.workers_asked = p->options.workers;
	if (reload_read(&p->daemon, config, &why) != APIKEY_OK) {
		log_error("%s", why.text);
		free(config);
		return EX_CONFIG;
	}
	log_set_level((enum log_level)config_log_level(config));
	atomic_store(&p->daemon.config, config);
	return EX_OK;
}

static int open_store(struct parts *p)
{
	struct now now = {0};
	struct failure why;

	p->ops = &store_sqlite;
	if (p->ops->open(p->options.data, &p->store, &why) != APIKEY_OK ||
		counters_open(p->options.data, &p->counters, &why) != APIKEY_OK) {
		log_error("%s", why.text);
		return why.code == APIKEY_UNAVAILABLE ? EX_CANTCREAT : EX_DATAERR;
	}
	data_dir_keep_reserve(p->dir);
	p->daemon.clock = clock_new(slot_file_head(p->counters.limits));
	clock_read(p->daemon.clock, &now);
	p->daemon.started_at = now.wall;
	return EX_OK;
}

static size_t expected_keys(struct parts *p)
{
	struct store_size size;
	struct failure why;

	return p->ops->size(p->store, &size, &why) == APIKEY_OK ? (size_t)size.keys : 0;
}

static int open_engine(struct parts *p)
{
	struct engine_options o = {
		.brand = daemon_config(&p->daemon)->brand,
		.usage = slot_file_slots(p->counters.usage),
		.denials = slot_file_slots(p->counters.denials),
		.resources = slot_file_slots(p->counters.resources),
		.limits = slot_file_slots(p->counters.limits),
		.usage_changed = slot_file_changed(p->counters.usage),
		.denials_changed = slot_file_changed(p->counters.denials),
		.resources_changed = slot_file_changed(p->counters.resources),
		.limits_changed = slot_file_changed(p->counters.limits),
		.expected_keys = expected_keys(p),
	};
	bool sealed;
	int code = data_dir_pepper(p->dir, p->ops, p->store, o.pepper, &sealed);

	if (code == EX_OK && !sealed)
		p->daemon.engine = engine_new(&o);
	if (code == EX_OK) {
		p->audit = audit_new(p->ops, p->store, sealed ? NULL : o.pepper);
		p->daemon.cursors = cursors_new(sealed ? NULL : o.pepper);
	}
	sodium_memzero(o.pepper, sizeof o.pepper);
	return code == EX_OK && !sealed && p->daemon.engine == NULL ? EX_OSERR : code;
}

static int load_keys(struct parts *p)
{
	struct people *people = p->daemon.people = people_new(p->daemon.engine);
	struct logins *logins = p->daemon.logins = logins_new(&p->daemon, p->ops);
	struct registry_options o = {.ops = p->ops,
		.store = p->store,
		.engine = p->daemon.engine,
		.people = people,
		.logins = logins,
		.audit = p->audit,
		.counters = &p->counters};
	struct failure why;

	p->daemon.registry = registry_new(&o);
	if (audit_open(p->audit, p->daemon.started_at, &why) == APIKEY_OK &&
		registry_load(p->daemon.registry, &why) == APIKEY_OK &&
		backups_load(&p->daemon, &why) == APIKEY_OK)
		return EX_OK;
	log_error("%s", why.text);
	return EX_DATAERR;
}

static int64_t wall_time(struct parts *p)
{
	struct now now = {0};

	clock_read(p->daemon.clock, &now);
	return now.wall;
}

static void publish_to_workers(struct event_message *message, void *arg)
{
	struct daemon *d = arg;

	for (unsigned i = 0; i < d->worker_count; i++)
		mailbox_publish(d->workers[i], message);
}

/* What serves, but for the threads that it is done on. */
static void open_services(struct parts *p)
{
	struct daemon *d = &p->daemon;

	p->peers = peer_counts_new();
	d->events = events_new(publish_to_workers, d);
	d->digests = digests_new(d);
	d->bindings = bindings_new(daemon_config(d)->verify_tenants);
	d->refusals = refusals_new(d);
	d->lockout = lockout_new();
	d->alerts = alerts_new(d);
}

static void start(struct parts *p)
{
	struct daemon *d = &p->daemon;
	const struct threads_options o = {.ops = p->ops,
		.store = p->store,
		.dir = p->dir,
		.counters = &p->counters,
		.peers = p->peers};

	threads_start(d, &o);
	p->vitals = vitals_new(d);
	alerts_tick(d->alerts, wall_time(p));
	announce_server(d, "server.started", APIKEY_VERSION);
	if (d->engine == NULL)
		announce_server(d, "server.sealed", "no usable pepper");
	declared_make(d, true);
}

static unsigned worker_count(const struct config *config)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (config->workers > 0)
		return (unsigned)config->workers;
	if (processors < 1)
		return 1;
	return processors > WORKERS_DEFAULT_MAX ? WORKERS_DEFAULT_MAX : (unsigned)processors;
}

/* ---- the loop of the main thread: signals, the watchdog, the counters' sync ------------------------------------ */

static void stop(struct parts *p, int signo)
{
	log_notice("%s: stopping", strsignal(signo));
	notify_stopping();
	event_base_loopbreak(p->base);
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

/* Reads a file, so it is done where the disk may be waited for. */
static void reload(struct parts *p)
{
	struct reload_job *job = calloc(1, sizeof *job);

	if (job == NULL)
		return;
	job->job.run = run_reload;
	job->job.done = end_reload;
	job->daemon = &p->daemon;
	if (writer_submit(p->daemon.writer, &job->job) != APIKEY_OK)
		free(job);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct signalfd_siginfo info;
	struct parts *p = arg;

	(void)what;
	while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
		if (info.ssi_signo == SIGHUP)
			reload(p);
		else
			stop(p, (int)info.ssi_signo);
}

static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	struct parts *p = arg;

	(void)fd;
	(void)what;
	if (vitals_check(p->vitals))
		notify_watchdog();
}

static void on_second(evutil_socket_t fd, short what, void *arg)
{
	struct parts *p = arg;

	(void)fd;
	(void)what;
	digests_tick(p->daemon.digests);
	refusals_tick(p->daemon.refusals, wall_time(p));
	alerts_tick(p->daemon.alerts, wall_time(p));
	logins_tick(p->daemon.logins, wall_time(p));
}

static void must_add(struct event *event, const struct timeval *period)
{
	if (event == NULL || event_add(event, period) != 0)
		abort();
}

static void serve(struct parts *p)
{
	uint64_t usec = notify_watchdog_interval() / WATCHDOG_SIGNS;
	struct timeval watchdog = {
		.tv_sec = (time_t)(usec / 1000000), .tv_usec = (suseconds_t)(usec % 1000000)};
	const struct timeval second = {.tv_sec = 1};
	struct event *events[] = {
		event_new(p->base, p->signal_fd, EV_READ | EV_PERSIST, on_signal, p),
		event_new(p->base, -1, EV_PERSIST, on_second, p),
		event_new(p->base, -1, EV_PERSIST, on_watchdog, p),
	};

	must_add(events[0], NULL);
	must_add(events[1], &second);
	if (usec > 0)
		must_add(events[2], &watchdog);
	listeners_start(p->listeners, p->base, &p->daemon, p->peers);
	notify_ready(p->daemon.engine != NULL ? "serving" : "sealed: no usable pepper");
	log_notice("apikeyd %s serves with %u workers", APIKEY_VERSION, p->daemon.worker_count);
	event_base_dispatch(p->base);
	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		event_free(events[i]);
}

static void close_all(struct parts *p)
{
	listeners_close(p->listeners);
	vitals_free(p->vitals);
	backups_free(&p->daemon);
	registry_free(p->daemon.registry);
	people_free(p->daemon.people);
	audit_free(p->audit);
	cursors_free(p->daemon.cursors);
	engine_free(p->daemon.engine);
	refusals_free(p->daemon.refusals);
	lockout_free(p->daemon.lockout);
	logins_free(p->daemon.logins);
	alerts_free(p->daemon.alerts);
	digests_free(p->daemon.digests);
	events_free(p->daemon.events);
	peer_counts_free(p->peers);
	bindings_free(p->daemon.bindings);
	clock_free(p->daemon.clock);
	counters_close(&p->counters);
	if (p->store != NULL)
		p->ops->close(p->store);
	data_dir_close(p->dir);
	reload_free(&p->daemon);
	if (p->base != NULL)
		event_base_free(p->base);
}

static int run(struct parts *p)
{
	struct daemon *d = &p->daemon;
	int code;

	if (!notify_sockets(p->inherited))
		return EX_CONFIG;
	d->uid = geteuid();
	d->worker_count = worker_count(daemon_config(d));
	if ((code = open_signals(p)) != EX_OK ||
		(code = data_dir_open(p->options.data, &p->dir)) != EX_OK ||
		(code = listeners_open(p->options.runtime, daemon_config(d), p->inherited,
			 &p->listeners)) != EX_OK ||
		(code = open_store(p)) != EX_OK || (code = open_engine(p)) != EX_OK ||
		(code = load_keys(p)) != EX_OK ||
		(code = bootstrap_admin(d, d->started_at)) != EX_OK)
		return code;
	p->base = event_base_new();
	if (p->base == NULL)
		return EX_OSERR;
	open_services(p);
	start(p);
	serve(p);
	listeners_close(p->listeners);
	p->listeners = NULL;
	announce_server(d, "server.stopping", "");
	threads_stop(d);
	audit_log_head(p->audit, wall_time(p), true);
	return EX_OK;
}

int main(int argc, char **argv)
{
	static struct parts parts;
	struct parts *p = &parts;
	int code = options_read(argc, argv, &p->options);

	if (code >= 0)
		return code;
	log_open();
	harden();
	if (sodium_init() < 0) {
		log_error("libsodium cannot be set up");
		return EX_OSERR;
	}
	code = open_config(p);
	if (code == EX_OK && p->options.dump_config)
		config_dump(daemon_config(&p->daemon), stdout);
	else if (code == EX_OK && !p->options.check_config)
		code = run(p);
	close_all(p);
	return code;
}
