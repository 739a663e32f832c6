/* fold_test.c - folds over counter files and a store in memory, where neither a disk nor a network is in the way. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "apikeyd/config.h"
#include "apikeyd/fold_state.h"
#include "tests/unit/unit.h"

#define BOOT_AT 16 /* where a counter file says in which boot it was written */
#define NOW 1700000000
#define FEW 16 /* slots of resources, where there are few */

static struct config config = {
	.usage_fold = 1, .usage_minutes = 1, .usage_hours = 1, .usage_days = 1};

/* What a daemon has of it. */
static struct world {
	char dir[32];
	struct store *store;
	struct counters counters;
	struct resources resources;
	struct fold *fold;
	struct writer_job *job; /* that waits for the store's thread */
	int64_t now;
	unsigned room; /* so many jobs are taken before its queue is full */
} w;

/* ---- what stands around a fold ------------------------------------------------------------------------------------- */

struct resources *engine_resources(struct engine *e)
{
	return (struct resources *)(void *)e;
}

enum apikey_error writer_submit(struct writer *writer, struct writer_job *job)
{
	(void)writer;
	if (w.room == 0)
		return APIKEY_BUSY;
	w.room--;
	w.job = job;
	return APIKEY_OK;
}

static void ok(enum apikey_error error)
{
	assert_int_equal(error, APIKEY_OK);
}

static void begin(void)
{
	struct failure why = {0};

	ok(store_memory.begin(w.store, &why));
}

static void commit(void)
{
	struct failure why = {0};

	ok(store_memory.commit(w.store, &why));
}

static void run_fold(void)
{
	fold_tick(w.fold, NULL, &config, w.now);
	while (w.job != NULL) {
		struct writer_job *job = w.job;

		w.job = NULL;
		begin();
		job->outcome = job->run(job, w.store, &job->why);
		commit();
		job->done(job, job->outcome, &job->why);
	}
}

static void start(void)
{
	struct failure why = {0};

	ok(counters_open(w.dir, &w.counters, &why));
	w.resources = (struct resources){.slots = slot_file_slots(w.counters.resources),
		.changed = slot_file_changed(w.counters.resources)};
	pthread_mutex_init(&w.resources.lock, NULL);
	w.fold = fold_new(&(struct fold_options){
		&store_memory, w.store, &w.counters, (struct engine *)(void *)&w.resources});
}

static void loaded(void)
{
	struct failure why = {0};

	ok(fold_load(w.fold, &why));
	counters_loaded(&w.counters);
	fold_ready(w.fold);
}

static void end(void)
{
	fold_free(w.fold);
	pthread_mutex_destroy(&w.resources.lock);
	counters_close(&w.counters);
}

static const struct slot_kind *const kinds[] = {
	&slots_usage, &slots_denials, &slots_resources, &slots_limits};
#define KINDS (sizeof kinds / sizeof *kinds)

static const char *path_of(size_t kind, const char *suffix)
{
	static char path[64];

	snprintf(path, sizeof path, "%s/%s%s", w.dir, kinds[kind]->name, suffix);
	return path;
}

/* What was not brought to the disk is lost: the next start is in another boot. */
static void end_without_power(void)
{
	end();
	for (size_t i = 0; i < KINDS; i++) {
		int fd = open(path_of(i, ""), O_RDWR);

		assert_int_equal(pwrite(fd, "another boot", 12, BOOT_AT), 12);
		close(fd);
	}
}

static int setup(void **state)
{
	struct failure why = {0};

	(void)state;
	w = (struct world){.dir = "/tmp/ak-fold-XXXXXX", .now = NOW, .room = UINT_MAX};
	return mkdtemp(w.dir) == NULL || store_memory.open(NULL, &w.store, &why) != APIKEY_OK;
}

static int teardown(void **state)
{
	static const char *const suffixes[] = {"", ".kept", ".log"};

	(void)state;
	store_memory.close(w.store);
	for (size_t i = 0; i < KINDS; i++)
		for (size_t k = 0; k < sizeof suffixes / sizeof *suffixes; k++)
			unlink(path_of(i, suffixes[k]));
	return rmdir(w.dir);
}

/* ---- secrets ----------------------------------------------------------------------------------------------------- */

static struct usage_owner owner_of(const char *prefix)
{
	return (struct usage_owner){text_of("k"), text_of("t"), text_of(prefix)};
}

static uint32_t make(const char *prefix)
{
	const struct usage_owner owner = owner_of(prefix);
	struct failure why = {0};
	uint32_t slot;

	ok(counters_take_secret(&w.counters, &slot, &why));
	fold_claim(w.fold, slot, &owner);
	return slot;
}

static void verify(uint32_t slot, const char *resource)
{
	struct usage_slot *usage = (struct usage_slot *)slot_file_slots(w.counters.usage) + slot;
	const struct resource_use use = {text_of(resource), slot, w.now, 0, true};

	usage->allowed++;
	usage->last_used_at = w.now;
	slot_file_changed(w.counters.usage)[slot] = CHANGED;
	resource_count(&w.resources, usage, &use);
}

static void sync_counters(void)
{
	struct failure why = {0};

	ok(counters_sync(&w.counters, &why));
}

static void leave(uint32_t slot, const char *prefix)
{
	const struct usage_owner owner = owner_of(prefix);
	struct failure why = {0};

	begin();
	ok(fold_leave(w.fold, slot, &owner, &why));
	commit();
	fold_gone(w.fold, slot);
}

static void count_resource(struct text name, int64_t at, const struct usage_counts *more, void *arg)
{
	(void)name;
	(void)at;
	*(int64_t *)arg += more->allowed;
}

/* What the slot's secret was asked for and is not in the store yet. */
static int64_t pending(uint32_t slot)
{
	int64_t sum = 0;

	fold_resources_pending(w.fold, slot, count_resource, &sum);
	return sum;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

/* A secret whose slot was another's has none of the other's resources, whenever the power fails. */
static void resources_stay_with_their_secret(void **state)
{
	const struct usage_owner later = owner_of("later");
	struct failure why = {0};
	uint32_t slot;

	(void)state;
	start();
	loaded();
	slot = make("former");
	verify(slot, "/r");
	sync_counters();
	assert_int_equal(pending(slot), 1);
	run_fold();
	assert_int_equal(pending(slot), 0);
	sync_counters();
	leave(slot, "former");
	run_fold();
	assert_int_equal(make("later"), slot);
	sync_counters();
	end_without_power();

	start();
	ok(counters_claim_secret(&w.counters, slot, &why));
	fold_claim(w.fold, slot, &later);
	loaded();
	assert_int_equal(pending(slot), 0);
	verify(slot, "/r");
	assert_int_equal(pending(slot), 1);
	end();
}

/* Where all slots that there can be are taken a fold looks at these and at no more. */
static void as_many_resources_as_there_can_be(void **state)
{
	static const struct slot_kind few = {.name = "resources.counters",
		.magic = "apikeyd resour 1",
		.slot_size = sizeof(struct resource_slot),
		.most = FEW,
		.what = "resources"};
	char name[] = "/a";
	struct failure why = {0};
	uint32_t slot;

	(void)state;
	start();
	slot_file_close(w.counters.resources);
	ok(slot_file_open(w.dir, &few, &w.counters.resources, &why));
	w.resources.slots = slot_file_slots(w.counters.resources);
	w.resources.changed = slot_file_changed(w.counters.resources);
	loaded();
	slot = make("k");
	for (int i = 0; i <= FEW; i++, name[1]++) {
		verify(slot, name);
		assert_int_equal(pending(slot), i < FEW ? 1 : 0);
		run_fold();
		assert_int_equal(pending(slot), 0);
		assert_true(fold_resources_pages(w.fold) <= FEW / RESOURCE_SLOTS_A_PAGE);
	}
	end();
}

static void count_row(const struct usage_row *row, void *arg)
{
	*(int64_t *)arg += row->counts.allowed;
}

/* What is in the store of a minute, of every verify or of those for a resource. */
static int64_t stored(const char *who, int64_t at)
{
	const struct usage_span span = {USAGE_MINUTE, at, at};
	struct failure why = {0};
	int64_t sum = 0;

	ok(store_memory.usage_query(w.store, &span, text_of(who), count_row, &sum, &why));
	return sum;
}

/* Whenever the store's queue has no room as a minute turns: the fold is done when it has, and of the minute that it was
 * for. */
static void a_turn_is_folded_once_there_is_room(void **state)
{
	int64_t minute = NOW / 60 * 60;
	uint32_t slot;

	(void)state;
	start();
	loaded();
	slot = make("k");
	run_fold();
	for (unsigned room = 0; room < 3; room++) {
		verify(slot, "/r");
		w.now = minute + 60;
		w.room = room;
		run_fold();
		verify(slot, "/r");
		w.room = UINT_MAX;
		w.now++;
		run_fold();
		assert_int_equal(stored("*", minute) + stored("*", minute + 60), 2);
		assert_int_equal(stored("#*", minute) + stored("#*", minute + 60), 2);
		assert_in_range(stored("*", minute), 1, 2);
		assert_in_range(stored("#*", minute), 1, 2);
		minute += 120;
		w.now = minute;
		run_fold();
	}
	end();
}

/* What a secret counted in a slot is told apart by its prefix, so it is known for as long as any of that is kept. */
static void who_has_left_is_known_as_long_as_what_it_did(void **state)
{
	struct failure why = {0};
	uint32_t slot;

	(void)state;
	start();
	loaded();
	slot = make("former");
	verify(slot, "/r");
	run_fold();
	leave(slot, "former");
	config.usage_hours = 3;
	for (unsigned day = 0; day < 5; day++) {
		bool known;

		run_fold();
		ok(store_memory.usage_leaver_known(w.store, slot, text_of("former"), &known, &why));
		assert_int_equal(known, day < 4);
		w.now += 86400;
	}
	config.usage_hours = 1;
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(resources_stay_with_their_secret, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_turn_is_folded_once_there_is_room, setup, teardown),
		cmocka_unit_test_setup_teardown(as_many_resources_as_there_can_be, setup, teardown),
		cmocka_unit_test_setup_teardown(
			who_has_left_is_known_as_long_as_what_it_did, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
