/* keeper.c - a thread that looks after the files once a second: watches the clock, syncs the counters, measures the
 * store. */
#include "apikeyd/keeper.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "apikeyd/clock.h"
#include "apikeyd/data_dir.h"
#include "apikeyd/fold.h"
#include "apikeyd/log.h"
#include "apikeyd/registry.h"

#define QUIET_MS 60000 /* a disk that fails is complained of once in so long */

struct keeper {
	struct daemon *daemon;
	const char *dir;
	struct counters *counters;
	struct now now;
	int64_t quiet_until; /* of failed syncs, by the steady clock, in ms */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
};

/* Bytes on the disk of everything in the directory. */
static long directory_bytes(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	struct stat st;
	long bytes = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			S_ISREG(st.st_mode))
			bytes += st.st_blocks * 512;
	if (dir != NULL)
		closedir(dir);
	return bytes;
}

/* Waits for a second; false when it is time to end. */
static bool wait_a_second(struct keeper *k)
{
	struct timespec until;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&k->lock);
	while (!k->stop && pthread_cond_timedwait(&k->wake, &k->lock, &until) == 0)
		;
	stop = k->stop;
	pthread_mutex_unlock(&k->lock);
	return !stop;
}

static void sync_counters(struct keeper *k)
{
	struct failure why;

	if (counters_sync(k->counters, &why) == APIKEY_OK || k->now.steady_ms < k->quiet_until)
		return;
	log_error("%s; a power cut would lose it", why.text);
	k->quiet_until = k->now.steady_ms + QUIET_MS;
}

static void tick(struct keeper *k)
{
	clock_tick(k->daemon->clock);
	clock_read(k->daemon->clock, &k->now);
	fold_tick(registry_fold(k->daemon->registry), k->daemon->writer, daemon_config(k->daemon),
		k->now.wall);
}

static void *keeper_main(void *arg)
{
	struct keeper *k = arg;

	pthread_setname_np(pthread_self(), "keeper");
	for (;;) {
		sync_counters(k);
		data_dir_renew_reserve(k->daemon->dir);
		atomic_store(&k->daemon->store_bytes, directory_bytes(k->dir));
		if (!wait_a_second(k))
			return NULL;
		tick(k);
	}
}

struct keeper *keeper_start(struct daemon *d, const char *dir, struct counters *counters)
{
	struct keeper *k = calloc(1, sizeof *k);
	pthread_condattr_t attr;

	if (k == NULL)
		abort();
	k->daemon = d;
	k->dir = dir;
	k->counters = counters;
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->wake, &attr);
	pthread_condattr_destroy(&attr);
	tick(k); /* the fold of what was counted before the start goes ahead of whatever clients want */
	if (pthread_create(&k->thread, NULL, keeper_main, k) != 0)
		abort();
	return k;
}

void keeper_stop(struct keeper *k)
{
	pthread_mutex_lock(&k->lock);
	k->stop = true;
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	pthread_cond_destroy(&k->wake);
	pthread_mutex_destroy(&k->lock);
	free(k);
}
