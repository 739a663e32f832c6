/* main.c - the daemon from start to orderly stop. */
#include <signal.h>
#include <sodium/core.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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
#include "apikeyd/main_loop.h"
#include "apikeyd/methods/declared.h"
#include "apikeyd/notify.h"
#include "apikeyd/options.h"
#include "apikeyd/people.h"
#include "apikeyd/refusals.h"
#include "apikeyd/reload.h"
#include "apikeyd/threads.h"
#include "apikeyd/vitals.h"

#define WORKERS_DEFAULT_MAX 4

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
	struct main_loop *loop;
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

/* A shell lets it have fewer descriptors than connections are allowed: who comes then would wait, operators too. */
static void raise_descriptors(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
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
	struct failure why;

	p->ops = &store_sqlite;
	if (p->ops->open(p->options.data, &p->store, &why) != APIKEY_OK ||
		counters_open(p->options.data, &p->counters, &why) != APIKEY_OK) {
		log_error("%s", why.text);
		return why.code == APIKEY_UNAVAILABLE ? EX_CANTCREAT : EX_DATAERR;
	}
	data_dir_keep_reserve(p->dir);
	p->daemon.clock = clock_new(slot_file_head(p->counters.limits));
	p->daemon.started_at = clock_wall(p->daemon.clock);
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
	alerts_tick(d->alerts, clock_wall(p->daemon.clock));
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

static void serve(struct parts *p)
{
	const struct main_loop_options o = {.daemon = &p->daemon,
		.listeners = p->listeners,
		.peers = p->peers,
		.vitals = p->vitals};

	main_loop_run(p->loop, &o);
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
	main_loop_free(p->loop);
}

static int run(struct parts *p)
{
	struct daemon *d = &p->daemon;
	int code;

	if (!notify_sockets(p->inherited))
		return EX_CONFIG;
	d->uid = geteuid();
	d->worker_count = worker_count(daemon_config(d));
	p->loop = main_loop_new();
	if (p->loop == NULL)
		return EX_OSERR;
	if ((code = data_dir_open(p->options.data, &p->dir)) != EX_OK ||
		(code = listeners_open(p->options.runtime, daemon_config(d), p->inherited,
			 &p->listeners)) != EX_OK ||
		(code = open_store(p)) != EX_OK || (code = open_engine(p)) != EX_OK ||
		(code = load_keys(p)) != EX_OK ||
		(code = bootstrap_admin(d, d->started_at)) != EX_OK)
		return code;
	open_services(p);
	start(p);
	serve(p);
	listeners_close(p->listeners);
	p->listeners = NULL;
	announce_server(d, "server.stopping", "");
	threads_stop(d);
	audit_log_head(p->audit, clock_wall(p->daemon.clock), true);
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
	raise_descriptors();
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
