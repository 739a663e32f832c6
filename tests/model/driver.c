/* driver.c - an engine alone, which reads commands on standard input and answers one line each, for comparison with a
 * model.
 *
 * key UNITS_PER_REQUEST N_LIMITS (WHAT MOST)... N_SCOPES SCOPE... N_NETWORKS CIDR...   puts the key (again) ask
 * WALL_MS STEADY_MS COST UNITS DRY ADDRESS|- N_SCOPES SCOPE... CODE RETRY_AFTER MISSING(hex) (REMAINING RESET)...
 * span PERIOD SECONDS                                                                  BEGIN END INDEX */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/engine/engine.h"
#include "protocol/error.h"

#define WORDS_MAX 64
#define WORD_SIZE 80

static const char key_text[] = "legacy-key";

struct words {
	char text[WORDS_MAX][WORD_SIZE];
	struct text as_text[WORDS_MAX];
	size_t count;
};

static void die(const char *what)
{
	fprintf(stderr, "driver: %s\n", what);
	exit(1);
}

static int64_t number(void)
{
	int64_t n;

	if (scanf("%" SCNd64, &n) != 1)
		die("a number is missing");
	return n;
}

static void read_words(struct words *w)
{
	w->count = (size_t)number();
	if (w->count > WORDS_MAX)
		die("too many words");
	for (size_t i = 0; i < w->count; i++) {
		if (scanf("%79s", w->text[i]) != 1)
			die("a word is missing");
		w->as_text[i] = (struct text){w->text[i], strlen(w->text[i])};
	}
}

static void put_key(struct engine *e)
{
	static struct words scopes, networks;
	static struct cidr cidrs[WORDS_MAX];
	struct engine_secret secret = {.expires_at = ENGINE_NEVER};
	struct limit limits[LIMITS_MAX];
	struct engine_key key = {.expires_at = ENGINE_NEVER,
		.tenant = {"t", 1},
		.owner = {"o", 1},
		.secrets = &secret,
		.secret_count = 1,
		.limits = limits};

	key.units_per_request = (uint32_t)number();
	key.limit_count = (size_t)number();
	for (size_t i = 0; i < key.limit_count; i++) {
		limits[i].what = (uint32_t)number();
		limits[i].most = (uint32_t)number();
	}
	read_words(&scopes);
	read_words(&networks);
	for (size_t i = 0; i < networks.count; i++)
		if (cidr_parse(networks.as_text[i], &cidrs[i]) != NULL)
			die("no network");
	key.scopes = scopes.as_text;
	key.scope_count = scopes.count;
	key.cidrs = cidrs;
	key.cidr_count = networks.count;
	engine_digest(e, (struct text){key_text, sizeof key_text - 1}, secret.digest);
	if (!engine_put(e, &key))
		die("the engine does not take the key");
}

static void ask(struct engine *e)
{
	static struct now now;
	static struct words needs;
	struct verify_request request = {.key = {key_text, sizeof key_text - 1}};
	struct address address;
	struct verdict v;
	char text[WORD_SIZE];
	int64_t wall_ms = number();

	now_set(&now, wall_ms, number());
	request.cost = number();
	request.units = number();
	request.dry_run = number() != 0;
	if (scanf("%79s", text) != 1)
		die("an address is missing");
	if (strcmp(text, "-") != 0) {
		if (!address_parse((struct text){text, strlen(text)}, &address))
			die("no address");
		request.ip = &address;
	}
	read_words(&needs);
	request.needs = needs.as_text;
	request.need_count = (uint32_t)needs.count;
	engine_prepare(e, &request, 1);
	engine_verify(e, &request, &now, &v);
	printf("%s %" PRId64 " %" PRIx64, apikey_code_name(v.code), v.retry_after, v.missing);
	for (unsigned i = 0; i < v.limit_count; i++)
		printf(" %u %" PRId64, v.limits[i].remaining, v.limits[i].reset);
	putchar('\n');
	engine_release(&v);
}

static void span(void)
{
	enum period period = (enum period)number();
	struct span s = calendar_span(period, number());

	printf("%" PRId64 " %" PRId64 " %u\n", s.begin, s.end, s.index);
}

int main(void)
{
	static struct usage_slot usage;
	static struct limit_slot slot;
	struct engine_options options = {.brand = "ak", .usage = &usage, .limits = &slot};
	struct engine *e = engine_new(&options);
	char command[8];

	if (e == NULL)
		die("no engine");
	while (scanf("%7s", command) == 1) {
		if (strcmp(command, "key") == 0)
			put_key(e);
		else if (strcmp(command, "ask") == 0)
			ask(e);
		else if (strcmp(command, "span") == 0)
			span();
		else
			die("no such command");
	}
	engine_free(e);
	return 0;
}
