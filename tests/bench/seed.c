/* seed.c - writes any number of keys straight into a store, for load tests.
 *
 *   seed --data DIR --keys N [--scopes 2] [--full] --keys-out FILE
 *
 * DIR gets a pepper if it has none; FILE gets the full keys, one a line. --full gives
 * every key two rates, a quota and a network (10.0.0.0/8). The daemon can be started on DIR afterwards. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "apikeyd/store/sqlite.h"
#include "protocol/keytext.h"

#define PEPPER_BYTES 32
#define BATCH 20000 /* keys of one transaction */
#define MANY 200000 /* keys from which making the indexes at the end is quicker */
#define SCOPES_MAX 64

struct options {
	const char *data, *keys_out;
	long keys, scopes;
	int full;
};

struct seeding {
	struct options o;
	struct store *store;
	FILE *out;
	uint8_t pepper[PEPPER_BYTES];
	char scopes[SCOPES_MAX * 16];
	size_t scopes_len;
	struct text rate, quota, networks; /* data NULL: none */
	int64_t now;
};

static void die(const char *what)
{
	fprintf(stderr, "seed: %s\n", what);
	exit(1);
}

static void check(enum apikey_error error, const struct failure *why)
{
	if (error != APIKEY_OK)
		die(why->text);
}

/* A million keys need forty million random letters: a system call for each would take minutes. */
static uint32_t quick_random(uint32_t upper)
{
	static uint8_t pool[65536];
	static size_t left;

	for (;;) {
		uint8_t byte;

		if (left == 0) {
			randombytes_buf(pool, sizeof pool);
			left = sizeof pool;
		}
		byte = pool[--left];
		if (byte < 256 - 256 % upper)
			return byte % upper;
	}
}

static void get_pepper(struct seeding *s)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s/pepper", s->o.data);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) >= 0) {
		if (read(fd, s->pepper, PEPPER_BYTES) != PEPPER_BYTES)
			die("the pepper is not 32 bytes");
	} else {
		randombytes_buf(s->pepper, PEPPER_BYTES);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 || write(fd, s->pepper, PEPPER_BYTES) != PEPPER_BYTES)
			die("the pepper cannot be written");
	}
	close(fd);
}

/* BLAKE2b-256 over pepper and text, as the daemon does it. */
static void digest(const struct seeding *s, const char *text, uint8_t out[STORE_DIGEST_BYTES])
{
	uint8_t block[PEPPER_BYTES + KEYTEXT_MAX];
	size_t len = strlen(text);

	memcpy(block, s->pepper, PEPPER_BYTES);
	memcpy(block + PEPPER_BYTES, text, len);
	crypto_generichash(out, STORE_DIGEST_BYTES, block, PEPPER_BYTES + len, NULL, 0);
}

static void put_check_value(struct seeding *s)
{
	uint8_t sum[STORE_DIGEST_BYTES];
	char hex[2 * STORE_DIGEST_BYTES + 1];
	struct failure why;

	digest(s, "apikeyd pepper check", sum);
	sodium_bin2hex(hex, sizeof hex, sum, sizeof sum);
	check(store_sqlite.begin(s->store, &why), &why);
	check(store_sqlite.note_put(s->store, "pepper_check", text_of(hex), &why), &why);
	check(store_sqlite.commit(s->store, &why), &why);
}

static void make_key(struct seeding *s, long number)
{
	char text[KEYTEXT_OWN_SIZE], prefix[KEYTEXT_PREFIX_SIZE], name[32];
	struct key_record key;
	struct secret_record *secret = &key.secrets[0];
	struct failure why;

	memset(&key, 0, offsetof(struct key_record, secrets) + sizeof *secret);
	keytext_make("ak", "live", quick_random, text, prefix);
	key_id_make(quick_random, key.id);
	snprintf(name, sizeof name, "seed-%ld", number);
	key.name = text_of(name);
	key.tenant = text_of("default");
	key.owner = key.created_by = text_of("root");
	key.env = text_of("live");
	key.scopes = (struct text){s->scopes, s->scopes_len};
	key.rate = s->rate;
	key.quota = s->quota;
	key.ip_allow = s->networks;
	key.limit_slot = s->o.full ? (uint32_t)number + 1 : 0;
	key.created_at = secret->created_at = s->now;
	key.secret_count = 1;
	digest(s, text, secret->digest);
	secret->algorithm = DIGEST_BLAKE2B_PEPPERED;
	secret->pepper_id = 1;
	secret->prefix = text_of(prefix);
	snprintf(secret->last4, sizeof secret->last4, "%s", text + strlen(text) - 4);
	secret->slot = (uint32_t)number;
	check(store_sqlite.key_insert(s->store, &key, &why), &why);
	if (fprintf(s->out, "%s\n", text) < 0)
		die(strerror(errno));
}

static void make_keys(struct seeding *s)
{
	struct failure why;

	for (long done = 0; done < s->o.keys;) {
		check(store_sqlite.begin(s->store, &why), &why);
		for (long i = 0; i < BATCH && done < s->o.keys; i++)
			make_key(s, done++);
		check(store_sqlite.commit(s->store, &why), &why);
		store_sqlite.idle(s->store);
		if (done % 1000000 == 0)
			fprintf(stderr, "seed: %ld keys\n", done);
	}
}

static void fill_store(struct seeding *s)
{
	struct failure why;

	if (s->o.keys >= MANY)
		check(sqlite_drop_indexes(s->store, &why), &why);
	make_keys(s);
	if (s->o.keys >= MANY) {
		fprintf(stderr, "seed: indexes\n");
		check(sqlite_make_indexes(s->store, &why), &why);
	}
	put_check_value(s);
}

/* Limits so wide that a load never reaches them, as key.create would store them. */
static void fill_limits(struct seeding *s)
{
	static const char rate[] = "\x92\x82\xa6window\x3c\xa5limit\xce\x3b\x9a\xca\x00"
				   "\x82\xa6window\xcd\x0e\x10\xa5limit\xce\x77\x35\x94\x00";
	static const char quota[] = "\x91\x83\xa6period\xa5month\xa2of\xa8requests\xa5limit"
				    "\xce\x80\x00\x00\x00";

	s->rate = (struct text){rate, sizeof rate - 1};
	s->quota = (struct text){quota, sizeof quota - 1};
	s->networks = text_of("10.0.0.0/8");
}

static struct options parse(int argc, char **argv)
{
	static const struct option names[] = {
		{"data", required_argument, NULL, 'd'},
		{"keys", required_argument, NULL, 'k'},
		{"scopes", required_argument, NULL, 's'},
		{"keys-out", required_argument, NULL, 'o'},
		{"full", no_argument, NULL, 'f'},
		{NULL, 0, NULL, 0},
	};
	struct options o = {.scopes = 2};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == 'd')
			o.data = optarg;
		else if (c == 'k')
			o.keys = atol(optarg);
		else if (c == 's')
			o.scopes = atol(optarg);
		else if (c == 'o')
			o.keys_out = optarg;
		else if (c == 'f')
			o.full = 1;
	}
	if (o.data == NULL || o.keys_out == NULL || o.keys < 1 || o.scopes < 0 ||
		o.scopes > SCOPES_MAX)
		die("usage: seed --data DIR --keys N [--scopes 2] [--full] --keys-out FILE");
	return o;
}

int main(int argc, char **argv)
{
	struct seeding s = {.o = parse(argc, argv), .now = time(NULL)};
	struct failure why;

	umask(077);
	if (sodium_init() < 0)
		die("libsodium does not start");
	if (mkdir(s.o.data, 0700) != 0 && errno != EEXIST)
		die(strerror(errno));
	if ((s.out = fopen(s.o.keys_out, "we")) == NULL)
		die(strerror(errno));
	for (long i = 0; i < s.o.scopes; i++)
		s.scopes_len += (size_t)snprintf(s.scopes + s.scopes_len,
			sizeof s.scopes - s.scopes_len, "%sseed:scope%ld", i > 0 ? " " : "", i);
	if (s.o.full)
		fill_limits(&s);
	get_pepper(&s);
	check(store_sqlite.open(s.o.data, &s.store, &why), &why);
	fill_store(&s);
	store_sqlite.close(s.store);
	if (fclose(s.out) != 0)
		die(strerror(errno));
	return 0;
}
