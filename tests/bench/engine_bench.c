/* engine_bench.c - what a verify costs in the engine alone: ns at several sizes and turns, and bytes a key.
 *
 *   engine_bench [KEYS...]     1000 1000000 10000000 where none are named */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apikeyd/engine/engine.h"

#define KEY_LEN 55
#define QUESTIONS (1 << 20) /* asked in a round, drawn at random from all keys */
#define ROUNDS 3
#define NOW 1700000000

#define TEXT(s) ((struct text){s, sizeof(s) - 1})

/* Of the processor's time, so that other work on the machine counts little. */
static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t mix(uint64_t n)
{
	n += 0x9e3779b97f4a7c15; /* splitmix64, Vigna 2015 */
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9;
	n = (n ^ (n >> 27)) * 0x94d049bb133111eb;
	return n ^ (n >> 31);
}

/* The n-th key: of the right length and shape, and as good as random. */
static void key_of(uint64_t n, char out[KEY_LEN + 1])
{
	static const char digits[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	uint64_t word = 0;

	memcpy(out, "ak_live_", 8);
	for (int i = 8; i < KEY_LEN; i++) {
		if (i % 8 == 0)
			word = mix(n * 8 + (uint64_t)i / 8);
		out[i] = digits[word % 62];
		word /= 62;
	}
	out[16] = '_';
	out[KEY_LEN] = '\0';
}

/* Resident bytes of this process. */
static size_t resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	if (f == NULL || fscanf(f, "%*u %lu", &pages) != 1)
		exit(1);
	fclose(f);
	return pages * 4096;
}

static void put_key(struct engine *e, size_t n)
{
	char key[KEY_LEN + 1], own[64];
	struct engine_secret secret = {.expires_at = ENGINE_NEVER, .slot = (uint32_t)n};
	struct text scopes[] = {TEXT("invoices:read"), TEXT("orders:write")};
	struct engine_key k = {
		.expires_at = ENGINE_NEVER,
		.tenant = TEXT("default"),
		.owner = TEXT("root"),
		.scopes = scopes,
		.scope_count = 2,
		.shared = TEXT(
			"?tenant?default?owner?root?env?live?scopes??invoices:read?orders:write"),
		.own_members = 2,
		.shared_members = 4,
		.secret_count = 1,
	};
	int len = snprintf(own, sizeof own, "?key_id?k_%010zu?name?service-%04zu", n, n % 10000);

	key_of(n, key);
	engine_digest(e, (struct text){key, KEY_LEN}, secret.digest);
	secret.prefix = (struct text){key, 16};
	k.own = (struct text){own, (size_t)len};
	k.secrets = &secret;
	if (!engine_put(e, &k))
		exit(1);
}

/* Reads the answer as a reply would. */
static unsigned copy_answer(const struct verdict *v)
{
	static char reply[512];
	char *at = reply;

	at = mempcpy(at, v->prefix.data, v->prefix.len);
	at = mempcpy(at, v->own.data, v->own.len);
	at = mempcpy(at, v->shared.data, v->shared.len);
	return v->code == APIKEY_CODE_OK && at > reply;
}

static double round_of(struct engine *e, const char (*keys)[KEY_LEN + 1], size_t turn)
{
	static struct verify_request requests[ENGINE_TURN];
	struct now now = {0};
	size_t good = 0;
	double start = seconds();

	now_set(&now, NOW * INT64_C(1000), NOW * INT64_C(1000));
	for (size_t i = 0; i < QUESTIONS; i += turn) {
		for (size_t j = 0; j < turn; j++)
			requests[j].key = (struct text){keys[i + j], KEY_LEN};
		engine_prepare(e, requests, turn);
		for (size_t j = 0; j < turn; j++) {
			struct verdict v;

			engine_verify(e, &requests[j], &now, &v);
			good += copy_answer(&v);
			engine_release(&v);
		}
	}
	if (good != QUESTIONS)
		exit(1);
	return (seconds() - start) / QUESTIONS * 1e9;
}

static double best_of(struct engine *e, const char (*keys)[KEY_LEN + 1], size_t turn)
{
	double best = round_of(e, keys, turn);

	for (int i = 1; i < ROUNDS; i++) {
		double ns = round_of(e, keys, turn);

		best = ns < best ? ns : best;
	}
	return best;
}

static void measure(size_t count, char (*keys)[KEY_LEN + 1])
{
	size_t usage_bytes = count * sizeof(struct usage_slot), before;
	struct usage_slot *usage = aligned_alloc(sizeof *usage, usage_bytes);
	struct engine_options options = {.brand = "ak", .usage = usage, .expected_keys = count};
	struct engine_stats stats;
	struct engine *e;
	double start;

	if (usage == NULL)
		exit(1);
	memset(usage, 0, usage_bytes);
	for (size_t i = 0; i < QUESTIONS; i++)
		key_of(mix(i) % count, keys[i]);
	before = resident();
	start = seconds();
	e = engine_new(&options);
	if (e == NULL)
		exit(1);
	for (size_t i = 0; i < count; i++)
		put_key(e, i);
	start = seconds() - start;
	engine_stats(e, &stats);
	printf("%9zu keys: %3.0f B resident a key, %3.0f by its own account (and 64 of usage); "
	       "put %4.0f ns\n",
		count, (double)(resident() - before) / (double)count,
		(double)stats.bytes / (double)count, start / (double)count * 1e9);
	for (size_t turn = 1; turn <= ENGINE_TURN; turn *= turn == 1 ? 16 : 4)
		printf("%9s turn of %2zu: %5.0f ns a verify\n", "", turn,
			best_of(e, (const char(*)[KEY_LEN + 1]) keys, turn));
	engine_free(e);
	free(usage);
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = {1000, 1000000, 10000000};
	char(*keys)[KEY_LEN + 1] = malloc(sizeof *keys * QUESTIONS);

	if (keys == NULL)
		return 1;
	for (int i = 1; i < argc; i++)
		measure(strtoull(argv[i], NULL, 10), keys);
	for (size_t i = 0; argc == 1 && i < sizeof sizes / sizeof sizes[0]; i++)
		measure(sizes[i], keys);
	free(keys);
	return 0;
}
