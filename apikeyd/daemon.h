/* daemon.h - the services that one daemon is made of, put together by main and handed down. */
#ifndef APIKEYD_DAEMON_H
#define APIKEYD_DAEMON_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct bindings;
struct clock;
struct config;
struct cursors;
struct data_dir;
struct digests;
struct engine;
struct alerts;
struct backup_made;
struct events;
struct people;
struct hasher;
struct keeper;
struct lockout;
struct logins;
struct refusals;
struct registry;
struct sightings;
struct stats;
struct tally;
struct worker;
struct writer;

struct daemon {
	_Atomic(struct config *)
		config; /* in force; former ones live on until the end, since any thread may read them */
	const char *config_file; /* NULL: the default */
	int workers_asked; /* by the command line, before what is configured; not above 0: none */
	struct clock *clock;
	struct engine *engine; /* NULL: sealed */
	struct people *people;
	struct registry *registry;
	struct cursors *cursors;
	struct lockout *lockout; /* the store thread's */
	struct logins *logins;
	struct data_dir *dir;
	struct writer *writer;
	struct hasher *hasher;
	struct keeper *keeper;
	struct bindings *bindings;
	struct events *events;
	struct digests *digests;
	struct refusals *refusals;
	struct alerts *alerts;
	struct worker **workers;
	struct stats **stats;         /* what each worker counts */
	struct sightings **sightings; /* and what it meets */
	struct tally **tallies;       /* and what it counts for those who watch */
	unsigned worker_count;
	uid_t uid;
	int64_t started_at;
	_Atomic(struct backup_made *) last_backup; /* see backups.h */
	atomic_uint connections;
	atomic_ulong accepted, refused; /* connections since the start */
	int64_t full_at;         /* when its disk was full and it said so; the store thread's */
	atomic_long store_bytes; /* on the disk, as of a second ago */
};

/* Any thread; valid until the daemon ends. */
static inline const struct config *daemon_config(const struct daemon *d)
{
	return atomic_load_explicit(&d->config, memory_order_acquire);
}

#endif
