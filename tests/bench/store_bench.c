/* store_bench.c - what the SQLite store costs on a data directory made by seed: load, pages, searches, inserts; in
 * milliseconds of processor time, which other work on the machine disturbs least.
 *
 *   store_bench DIR      (adds a few thousand keys to it) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "apikeyd/store/store.h"

#define GROUPS 64
#define GROUP 64

static const struct store_ops *const ops = &store_sqlite;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void check(enum apikey_error error, const struct failure *why)
{
	if (error != APIKEY_OK) {
		fprintf(stderr, "store_bench: %s\n", why->text);
		exit(1);
	}
}

static bool count_key(const struct key_record *key, void *arg)
{
	long *count = arg;

	*count += key->secret_count;
	return true;
}

static void bench_load(struct store *s)
{
	struct failure why;
	double start = now_ms();
	long count = 0;

	check(ops->load(s, count_key, &count, &why), &why);
	printf("load            %8ld secrets %10.1f ms\n", count, now_ms() - start);
}

/* The first page, and the one after `skip` pages. */
static void bench_list(struct store *s, const char *what, struct key_query query, unsigned skip)
{
	double first = 0, last = 0;
	int64_t total = 0;
	char cursor[1024];

	for (unsigned i = 0; i <= skip; i++) {
		struct pool pool = {0};
		struct key_page page;
		struct failure why;
		double start = now_ms();

		check(ops->key_list(s, &pool, &query, &page, &why), &why);
		last = now_ms() - start;
		if (i == 0)
			first = last;
		total = page.total;
		query.cursor.len = page.next.len;
		query.cursor.data =
			page.next.len > 0 ? memcpy(cursor, page.next.data, page.next.len) : NULL;
		pool_free(&pool);
		if (query.cursor.data == NULL)
			break;
	}
	printf("%-28s total %8lld   first %8.2f ms   last %8.2f ms\n", what, (long long)total,
		first, last);
}

static void bench_lists(struct store *s)
{
	static const char *const sorts[] = {"created", "name", "owner", "tenant", "expires",
		"prefix", "status", "used", "requests", "units"};
	static const char *const matches[] = {
		"s", "ak", "live", "ak_live_", "seed-77777", "seed", "zzzzzz", "7Hq"};
	char what[64];

	for (int tenant = 0; tenant < 2; tenant++)
		for (int sort = 0; sort < SORT_COUNT; sort++) {
			struct key_query q = {
				.sort = (enum key_sort)sort, .limit = 100, .descending = sort == 1};

			if (tenant)
				q.tenant = text_of("default");
			snprintf(what, sizeof what, "%s%s", sorts[sort],
				tenant ? ", one tenant" : "");
			bench_list(s, what, q, 50);
		}
	bench_list(s, "revoked", (struct key_query){.status = STATUS_REVOKED, .limit = 100}, 3);
	bench_list(s, "active, root",
		(struct key_query){
			.status = STATUS_ACTIVE, .limit = 1000, .owner = text_of("root")},
		3);
	for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
		struct key_query q = {.match = text_of(matches[i]),
			.limit = 100,
			.sort = SORT_NAME,
			.tenant = text_of("default")};

		snprintf(what, sizeof what, "match %s", matches[i]);
		bench_list(s, what, q, 3);
	}
}

static void make_key(struct key_record *key, char prefix[32], char name[32])
{
	struct secret_record *secret = &key->secrets[0];

	memset(key, 0, sizeof *key);
	snprintf(key->id, sizeof key->id, "k_%06x%04x", (unsigned)rand() & 0xffffff,
		(unsigned)rand() & 0xffff);
	snprintf(prefix, 32, "ak_live_%08x%08x", (unsigned)rand(), (unsigned)rand());
	snprintf(name, 32, "bench-%d", rand());
	key->name = text_of(name);
	key->tenant = text_of("default");
	key->owner = text_of("root");
	key->secret_count = 1;
	secret->prefix = text_of(prefix);
	for (size_t i = 0; i < sizeof secret->digest; i++)
		secret->digest[i] = (uint8_t)rand();
}

static void insert_one(struct store *s)
{
	static int64_t seq;
	struct key_record key;
	char prefix[32], name[32];
	struct audit_record row = {.actor = text_of("root"), .action = text_of("key.create")};
	struct failure why;

	row.seq = ++seq;
	make_key(&key, prefix, name);
	check(ops->savepoint(s, &why), &why);
	check(ops->key_insert(s, &key, &why), &why);
	check(ops->audit_append(s, &row, &why), &why);
	check(ops->release(s, &why), &why);
}

static void bench_inserts(struct store *s)
{
	double start = now_ms(), commits = 0, running = 0;
	struct failure why;

	for (int g = 0; g < GROUPS; g++) {
		double at = now_ms();

		check(ops->begin(s, &why), &why);
		for (int i = 0; i < GROUP; i++)
			insert_one(s);
		running += now_ms() - at;
		at = now_ms();
		check(ops->commit(s, &why), &why);
		commits += now_ms() - at;
	}
	printf("insert, %d to a commit: %.1f us in all, %.1f us of it before the commit; a commit "
	       "%.2f ms\n",
		GROUP, (now_ms() - start) * 1e3 / (GROUPS * GROUP),
		running * 1e3 / (GROUPS * GROUP), commits / GROUPS);
}

int main(int argc, char **argv)
{
	struct store *s;
	struct failure why;
	double start = now_ms();
	unsigned seed;

	if (argc != 2)
		return 2;
	if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
		return 1;
	srand(seed);
	check(ops->open(argv[1], &s, &why), &why);
	printf("open            %10.1f ms\n", now_ms() - start);
	bench_load(s);
	bench_lists(s);
	bench_inserts(s);
	start = now_ms();
	ops->idle(s);
	printf("checkpoint      %10.1f ms\n", now_ms() - start);
	ops->close(s);
	return 0;
}
