/* record.c - a key with its secrets as bytes, written and read side by side. */
#include "apikeyd/store/record.h"

#include <endian.h>
#include <string.h>

#include "apikeyd/store/model.h"
#include "apikeyd/store/packed.h"

#define KEY_NUMBERS 32 /* bounds on the numbers of a key and of a secret, lengths included */
#define SECRET_NUMBERS 12

static const size_t text_fields[KEY_TEXTS] = {offsetof(struct key_record, name),
	offsetof(struct key_record, tenant), offsetof(struct key_record, owner),
	offsetof(struct key_record, env), offsetof(struct key_record, plan),
	offsetof(struct key_record, email), offsetof(struct key_record, notes),
	offsetof(struct key_record, created_by), offsetof(struct key_record, scopes),
	offsetof(struct key_record, ip_allow), offsetof(struct key_record, rate),
	offsetof(struct key_record, quota), offsetof(struct key_record, meta)};

struct text key_text_get(const struct key_record *key, size_t i)
{
	struct text t;

	memcpy(&t, (const char *)key + text_fields[i], sizeof t);
	return t;
}

void key_text_set(struct key_record *key, size_t i, struct text t)
{
	memcpy((char *)key + text_fields[i], &t, sizeof t);
}

static char *put_bytes(char *p, const void *data, size_t len)
{
	return len > 0 ? mempcpy(p, data, len) : p;
}

/* Borrowed; an empty text with in->data NULL when there are not that many. */
static struct text take_bytes(struct text *in, size_t len)
{
	struct text t = {in->data, len};

	if (in->data == NULL || len > in->len) {
		*in = (struct text){NULL, 0};
		return (struct text){"", 0};
	}
	in->data += len;
	in->len -= len;
	return t;
}

/* Text that is not set has the length 0, any other its length and one. */
static char *put_text(char *p, struct text t)
{
	p = packed_put(p, t.data == NULL ? 0 : (int64_t)t.len + 1);
	return put_bytes(p, t.data, t.len);
}

static struct text take_text(struct text *in)
{
	uint64_t len = (uint64_t)packed_take(in);

	return len == 0 ? (struct text){NULL, 0} : take_bytes(in, len - 1);
}

/* Text that has a place of fixed size in the record. */
static void take_string(struct text *in, char *out, size_t size)
{
	struct text t = take_text(in);

	if (t.len >= size) {
		*in = (struct text){NULL, 0};
		return;
	}
	put_bytes(out, t.data, t.len);
	out[t.len] = '\0';
}

static char *put_secret(char *p, const struct secret_record *s)
{
	p = put_bytes(p, s->digest, sizeof s->digest);
	p = packed_put(p, s->algorithm);
	p = packed_put(p, s->pepper_id);
	p = put_text(p, s->prefix);
	p = put_text(p, text_of(s->last4));
	p = packed_put(p, s->created_at);
	p = packed_put(p, s->expires_at);
	p = packed_put(p, s->revoked);
	p = packed_put(p, s->slot);
	p = packed_put(p, s->requests_before);
	return put_text(p, s->bcrypt);
}

static void take_secret(struct text *in, struct secret_record *s)
{
	struct text digest = take_bytes(in, sizeof s->digest);

	if (in->data == NULL)
		return;
	memcpy(s->digest, digest.data, sizeof s->digest);
	s->algorithm = (uint8_t)packed_take(in);
	s->pepper_id = (uint32_t)packed_take(in);
	s->prefix = take_text(in);
	take_string(in, s->last4, sizeof s->last4);
	s->created_at = packed_take(in);
	s->expires_at = packed_take(in);
	s->revoked = packed_take(in) != 0;
	s->slot = (uint32_t)packed_take(in);
	s->requests_before = packed_take(in);
	s->bcrypt = take_text(in);
}

static char *put_key(char *p, const struct key_record *key)
{
	p = put_text(p, text_of(key->id));
	for (size_t i = 0; i < KEY_TEXTS; i++)
		p = put_text(p, key_text_get(key, i));
	p = packed_put(p, key->units_per_request);
	p = packed_put(p, key->created_at);
	p = packed_put(p, key->expires_at);
	p = packed_put(p, key->revoked_at);
	p = packed_put(p, key->disabled);
	p = packed_put(p, key->past.requests);
	p = packed_put(p, key->past.units);
	p = packed_put(p, key->past.last_used_at);
	p = packed_put(p, key->limit_slot);
	p = packed_put(p, key->secret_count);
	for (unsigned i = 0; i < key->secret_count; i++)
		p = put_secret(p, &key->secrets[i]);
	return p;
}

static void take_key(struct text *in, struct key_record *key)
{
	int64_t secrets;

	take_string(in, key->id, sizeof key->id);
	for (size_t i = 0; i < KEY_TEXTS; i++)
		key_text_set(key, i, take_text(in));
	key->units_per_request = packed_take(in);
	key->created_at = packed_take(in);
	key->expires_at = packed_take(in);
	key->revoked_at = packed_take(in);
	key->disabled = packed_take(in) != 0;
	key->past.requests = packed_take(in);
	key->past.units = packed_take(in);
	key->past.last_used_at = packed_take(in);
	key->limit_slot = (uint32_t)packed_take(in);
	secrets = packed_take(in);
	key->secret_count = 0;
	if (secrets < 0 || secrets > STORE_SECRETS_MAX)
		*in = (struct text){NULL, 0};
	while (in->data != NULL && key->secret_count < secrets)
		take_secret(in, &key->secrets[key->secret_count++]);
}

static size_t size_bound(const struct key_record *key)
{
	size_t bound = sizeof(uint64_t) + sizeof key->id + KEY_NUMBERS * PACKED_MAX;

	for (size_t i = 0; i < KEY_TEXTS; i++)
		bound += key_text_get(key, i).len;
	for (unsigned i = 0; i < key->secret_count; i++)
		bound += sizeof key->secrets[i] + key->secrets[i].prefix.len +
			 key->secrets[i].bcrypt.len + SECRET_NUMBERS * PACKED_MAX;
	return bound;
}

struct text record_encode(struct pool *pool, const struct key_record *key)
{
	char *out = pool_alloc(pool, size_bound(key)), *body = out + sizeof(uint64_t);
	size_t len = (size_t)(put_key(body, key) - body);
	uint64_t sum = htole64(checksum_add(0, body, len));

	memcpy(out, &sum, sizeof sum);
	return (struct text){out, sizeof sum + len};
}

bool record_decode(struct text bytes, struct key_record *out)
{
	uint64_t sum;
	struct text in;

	if (bytes.data == NULL || bytes.len < sizeof sum)
		return false;
	memcpy(&sum, bytes.data, sizeof sum);
	in = (struct text){bytes.data + sizeof sum, bytes.len - sizeof sum};
	if (le64toh(sum) != checksum_add(0, in.data, in.len))
		return false;
	take_key(&in, out);
	return in.data != NULL && in.len == 0;
}
