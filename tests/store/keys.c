/* keys.c - keys for the stores' tests: made from a number, compared field by field. */
#include "tests/store/keys.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const owners[] = {"root", "anna", "bert", "carla-of-the-long-name"};
static const char *const tenants[] = {"default", "acme", "zeta"};

static struct text made(struct pool *pool, const char *word, unsigned n)
{
	return text_of(pool_printf(pool, "%s%u", word, n));
}

const char *test_id(unsigned n)
{
	static char id[KEY_ID_SIZE];

	snprintf(id, sizeof id, "k_Id%08u", n % 100000000);
	return id;
}

void test_add_secret(struct pool *pool, struct key_record *key, unsigned n)
{
	unsigned i = key->secret_count++;
	struct secret_record *s = &key->secrets[i];

	memset(s, 0, sizeof *s);
	for (size_t k = 0; k < sizeof s->digest; k++)
		s->digest[k] = (uint8_t)(n >> (8 * (k % 4)) ^ k ^ i << 7);
	s->digest[5] = (uint8_t)i;
	s->algorithm = DIGEST_BLAKE2B_PEPPERED;
	s->pepper_id = 1 + i;
	s->prefix = text_of(
		pool_printf(pool, "ak_live_%c%07u%s", 'A' + (int)(n % 26), n, i > 0 ? "x" : ""));
	if (i > 1)
		s->prefix = text_of(pool_printf(pool, "ak_live_%u_%u", n, i));
	snprintf(s->last4, sizeof s->last4, "%04u", n % 10000);
	s->created_at = 1000 + i;
	s->expires_at = i % 2 == 0 ? STORE_NEVER : 5000;
	s->revoked = i % 3 == 2;
	s->slot = n * 16 + i;
	s->requests_before = i == 0 ? 0 : INT64_MAX - n;
	if (n % 6 == 1 && i == 0) {
		s->algorithm = DIGEST_BCRYPT;
		s->bcrypt = made(pool, "$2b$10$", n);
	}
}

/* Every third key has all there is. */
static void set_optional(struct pool *pool, struct key_record *key, unsigned n)
{
	key->plan = made(pool, "plan", n);
	key->email = made(pool, "Someone+", n);
	key->notes = text_of(pool_printf(pool, "100%% of it\nfor_%u", n));
	key->ip_allow = text_of("10.0.0.0/8 ::1");
	key->rate = (struct text){"\x91\x00\xff", 3};
	key->quota = (struct text){"", 0};
	key->meta = (struct text){"\x80", 1};
	key->units_per_request = INT64_MAX;
	key->past = (struct past_usage){INT64_MAX, n, 1700000000};
	key->limit_slot = n + 1;
}

struct key_record *test_key(struct pool *pool, unsigned n)
{
	struct key_record *key = pool_alloc(pool, sizeof *key);

	memcpy(key->id, test_id(n), KEY_ID_SIZE);
	key->name = made(pool,
		n % 5 == 0 ? "Gr\xc3\xbc\xc3\x9f"
			     "e "
			   : "name ",
		n % 40);
	key->tenant = text_of(tenants[n % 7 == 0 ? 1 : n % 11 == 0 ? 2 : 0]);
	key->owner = text_of(owners[n % 13 % 4]);
	key->env = text_of("live");
	key->created_by = text_of("root");
	key->scopes = n % 2 == 0 ? text_of("") : text_of("invoices:read invoices:write");
	key->created_at = 1000 + n;
	key->expires_at = n % 4 == 0 ? 2000 + n % 100 : STORE_NEVER;
	key->revoked_at = n % 9 == 0 ? 1500 : STORE_NEVER;
	key->disabled = n % 8 == 1;
	if (n % 3 == 0)
		set_optional(pool, key, n);
	test_add_secret(pool, key, n);
	if (n % 10 == 3)
		test_add_secret(pool, key, n);
	return key;
}

static bool same_text(struct text a, struct text b)
{
	return (a.data == NULL) == (b.data == NULL) && a.len == b.len &&
	       (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool same_secret(const struct secret_record *a, const struct secret_record *b)
{
	return memcmp(a->digest, b->digest, sizeof a->digest) == 0 &&
	       a->algorithm == b->algorithm && a->pepper_id == b->pepper_id &&
	       same_text(a->prefix, b->prefix) && strcmp(a->last4, b->last4) == 0 &&
	       a->created_at == b->created_at && a->expires_at == b->expires_at &&
	       a->revoked == b->revoked && a->slot == b->slot &&
	       a->requests_before == b->requests_before && same_text(a->bcrypt, b->bcrypt);
}

bool test_same(const struct key_record *a, const struct key_record *b)
{
	if (a->secret_count != b->secret_count)
		return false;
	for (unsigned i = 0; i < a->secret_count; i++)
		if (!same_secret(&a->secrets[i], &b->secrets[i]))
			return false;
	return strcmp(a->id, b->id) == 0 && same_text(a->name, b->name) &&
	       same_text(a->tenant, b->tenant) && same_text(a->owner, b->owner) &&
	       same_text(a->env, b->env) && same_text(a->plan, b->plan) &&
	       same_text(a->email, b->email) && same_text(a->notes, b->notes) &&
	       same_text(a->created_by, b->created_by) && same_text(a->scopes, b->scopes) &&
	       same_text(a->ip_allow, b->ip_allow) && same_text(a->rate, b->rate) &&
	       same_text(a->quota, b->quota) && same_text(a->meta, b->meta) &&
	       a->units_per_request == b->units_per_request && a->created_at == b->created_at &&
	       a->expires_at == b->expires_at && a->revoked_at == b->revoked_at &&
	       a->disabled == b->disabled && a->past.requests == b->past.requests &&
	       a->past.units == b->past.units && a->past.last_used_at == b->past.last_used_at &&
	       a->limit_slot == b->limit_slot;
}

char *test_directory(void)
{
	const char *tmp = getenv("TMPDIR");
	char *path = NULL;

	if (asprintf(&path, "%s/store-test-XXXXXX", tmp != NULL ? tmp : "/tmp") < 0 ||
		mkdtemp(path) == NULL)
		abort();
	return path;
}

void test_remove_directory(char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d != NULL)
		closedir(d);
	rmdir(dir);
	free(dir);
}
