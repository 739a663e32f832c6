/* model.c - what every store shares: status, selection and order of keys. */
#include "apikeyd/store/model.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define REF_SHOWN_MAX 24 /* bytes; a key of ours has 50 or more */
#define SEPARATOR '\x1f' /* stands in no name, so that nothing is found across two fields */
#define CHECKSUM_FACTOR 0x9e3779b97f4a7c15u

static const char *const status_names[] = {
	[STATUS_ANY] = "any",
	[STATUS_ACTIVE] = "active",
	[STATUS_DISABLED] = "disabled",
	[STATUS_REVOKED] = "revoked",
	[STATUS_EXPIRED] = "expired",
};

const char *key_status_name(enum key_status status)
{
	return status_names[status];
}

static enum key_status status_at(bool revoked, int64_t expires_at, bool disabled, int64_t now)
{
	if (revoked)
		return STATUS_REVOKED;
	if (expires_at != STORE_NEVER && expires_at <= now)
		return STATUS_EXPIRED;
	return disabled ? STATUS_DISABLED : STATUS_ACTIVE;
}

enum key_status key_status_of(const struct key_record *key, int64_t now)
{
	return status_at(key->revoked_at != STORE_NEVER, key->expires_at, key->disabled, now);
}

static void lower(char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] += 'a' - 'A';
}

struct text text_lower(struct pool *pool, struct text t)
{
	char *copy;

	if (t.data == NULL)
		return t;
	copy = pool_alloc(pool, t.len + 1);
	memcpy(copy, t.data, t.len);
	lower(copy, t.len);
	return (struct text){copy, t.len};
}

void key_summary_make(struct pool *pool, const struct key_record *key, struct key_summary *out)
{
	struct text parts[5 + STORE_SECRETS_MAX] = {
		text_of(key->id), key->name, key->owner, key->email, key->notes};
	size_t count = 5 + key->secret_count, len = 0;
	char *p;

	for (unsigned i = 0; i < key->secret_count; i++)
		parts[5 + i] = key->secrets[i].prefix;
	for (size_t i = 0; i < count; i++)
		len += parts[i].len + 1;
	p = pool_alloc(pool, len);
	*out = (struct key_summary){
		.tenant = key->tenant,
		.owner = key->owner,
		.haystack = {p, len},
		.expires_at = key->expires_at,
		.revoked = key->revoked_at != STORE_NEVER,
		.disabled = key->disabled,
	};
	for (size_t i = 0; i < count; i++) {
		if (parts[i].len > 0)
			p = mempcpy(p, parts[i].data, parts[i].len);
		*p++ = SEPARATOR;
	}
	lower(p - len, len);
}

typedef uint8_t block __attribute__((vector_size(16)));

static block block_at(const char *p)
{
	block b;

	memcpy(&b, p, sizeof b);
	return b;
}

/* Looks for the first and the last byte at sixteen places at once, and closer where both are (Mula, "SIMD-friendly
 * algorithms for substring searching", generic SIMD). */
bool text_holds(struct text t, struct text needle)
{
	const char *p = t.data;
	size_t last = needle.len - 1, left;
	block first_byte, last_byte;

	if (needle.len == 0 || needle.len > t.len)
		return needle.len == 0;
	memset(&first_byte, needle.data[0], sizeof first_byte);
	memset(&last_byte, needle.data[last], sizeof last_byte);
	for (left = t.len; left >= last + sizeof(block); left -= sizeof(block)) {
		block both =
			(block)((block_at(p) == first_byte) & (block_at(p + last) == last_byte));
		uint64_t halves[2];

		memcpy(halves, &both, sizeof halves);
		if ((halves[0] | halves[1]) != 0 &&
			memmem(p, sizeof(block) + last, needle.data, needle.len) != NULL)
			return true;
		p += sizeof(block);
	}
	return left > 0 && memmem(p, left, needle.data, needle.len) != NULL;
}

bool key_selected(const struct key_summary *key, const struct key_query *query, struct text needle)
{
	if (query->tenant.data != NULL && !text_equal(query->tenant, key->tenant))
		return false;
	if (query->owner.data != NULL && !text_equal(query->owner, key->owner))
		return false;
	if (query->status != STATUS_ANY && query->status != status_at(key->revoked, key->expires_at,
								    key->disabled, query->now))
		return false;
	return needle.data == NULL || text_holds(key->haystack, needle);
}

void slots_used(const struct key_query *query, const uint32_t *slots, unsigned count,
	struct past_usage *sum)
{
	for (unsigned i = 0; query->used != NULL && i < count; i++) {
		struct past_usage more = query->used(slots[i], query->used_arg);

		sum->requests = usage_plus(sum->requests, more.requests);
		sum->units = usage_plus(sum->units, more.units);
		if (more.last_used_at > sum->last_used_at)
			sum->last_used_at = more.last_used_at;
	}
}

static int by_slot(const void *a, const void *b)
{
	uint32_t x = ((const struct slot_owner *)a)->slot, y = ((const struct slot_owner *)b)->slot;

	return (x > y) - (x < y);
}

struct slot_owner *slot_owner_find(struct slot_owner *slots, unsigned count, uint32_t slot)
{
	const struct slot_owner wanted = {.slot = slot};

	return count > 0 ? bsearch(&wanted, slots, count, sizeof *slots, by_slot) : NULL;
}

void slot_owners_fill(
	struct pool *pool, struct slot_owner *slots, unsigned count, const struct key_record *key)
{
	for (unsigned i = 0; i < key->secret_count; i++) {
		const struct secret_record *secret = &key->secrets[i];
		struct slot_owner *owner = slot_owner_find(slots, count, secret->slot);

		if (owner != NULL)
			owner->secret = pool_text(pool, secret->prefix);
	}
}

int64_t used_number(enum key_sort sort, const struct past_usage *sum)
{
	if (sort == SORT_USED)
		return sum->last_used_at;
	return sort == SORT_REQUESTS ? sum->requests : sum->units;
}

static int64_t number_used(const struct key_query *query, const struct key_record *key)
{
	struct past_usage sum = key->past;

	for (unsigned i = 0; i < key->secret_count; i++)
		slots_used(query, &key->secrets[i].slot, 1, &sum);
	return used_number(query->sort, &sum);
}

struct key_position key_position(
	const struct key_query *query, const struct key_record *key, int64_t row)
{
	struct key_position p = {.word = {"", 0}, .row = row};
	enum key_sort sort = query->sort;

	if (sort == SORT_NAME)
		p.word = key->name;
	else if (sort == SORT_OWNER)
		p.word = key->owner;
	else if (sort == SORT_TENANT)
		p.word = key->tenant;
	else if (sort == SORT_EXPIRES)
		p.number = key->expires_at == STORE_NEVER ? INT64_MAX : key->expires_at;
	else if (sort == SORT_PREFIX && key->secret_count > 0)
		p.word = key->secrets[key->secret_count - 1].prefix;
	else if (sort == SORT_STATUS)
		p.number = key_status_of(key, query->now);
	else if (sort >= SORT_USED)
		p.number = number_used(query, key);
	return p;
}

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

int key_position_compare(const struct key_position *a, const struct key_position *b)
{
	size_t shorter = a->word.len < b->word.len ? a->word.len : b->word.len;
	int order = shorter > 0 ? memcmp(a->word.data, b->word.data, shorter) : 0;

	if (order == 0)
		order = (a->word.len > b->word.len) - (a->word.len < b->word.len);
	if (order == 0)
		order = compare_numbers(a->number, b->number);
	return order != 0 ? order : compare_numbers(a->row, b->row);
}

bool key_position_before(
	const struct key_query *query, const struct key_position *a, const struct key_position *b)
{
	int order = key_position_compare(a, b);

	return query->descending ? order > 0 : order < 0;
}

static uint64_t mix(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * CHECKSUM_FACTOR;
	return sum ^ sum >> 32;
}

uint64_t checksum_add(uint64_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t word;

	for (; len >= sizeof word; len -= sizeof word, p += sizeof word) {
		memcpy(&word, p, sizeof word);
		sum = mix(sum, le64toh(word));
	}
	word = 0;
	if (len > 0)
		memcpy(&word, p, len);
	return mix(sum, le64toh(word));
}

/* The length goes in too, so that bytes cannot move from one field to the next; -1 is no text at all. */
static uint64_t add_text(uint64_t sum, struct text t)
{
	sum = mix(sum, t.data == NULL ? UINT64_MAX : t.len);
	return t.data == NULL ? sum : checksum_add(sum, t.data, t.len);
}

/* A field that came with a later version goes in only where it is set, so that older rows keep their sum. The place
 * tells one from another. */
static uint64_t add_later(uint64_t sum, uint64_t place, int64_t number)
{
	return number == 0 ? sum : mix(mix(sum, place), (uint64_t)number);
}

static uint64_t add_secret(uint64_t sum, const struct secret_record *s)
{
	const int64_t numbers[] = {
		s->algorithm, s->pepper_id, s->created_at, s->expires_at, s->revoked, s->slot};

	sum = checksum_add(sum, s->digest, sizeof s->digest);
	sum = add_text(sum, s->prefix);
	sum = add_text(sum, text_of(s->last4));
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sum = mix(sum, (uint64_t)numbers[i]);
	sum = add_later(sum, 1, s->requests_before);
	return s->bcrypt.data == NULL ? sum : add_text(mix(sum, 2), s->bcrypt);
}

uint64_t key_checksum(const struct key_record *key)
{
	const struct text texts[] = {text_of(key->id), key->name, key->tenant, key->owner, key->env,
		key->plan, key->email, key->notes, key->created_by, key->scopes, key->ip_allow,
		key->rate, key->quota, key->meta};
	const int64_t numbers[] = {key->units_per_request, key->created_at, key->expires_at,
		key->revoked_at, key->disabled, key->secret_count};
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		sum = add_text(sum, texts[i]);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sum = mix(sum, (uint64_t)numbers[i]);
	sum = add_later(sum, 1, key->past.requests);
	sum = add_later(sum, 2, key->past.units);
	sum = add_later(sum, 3, key->past.last_used_at);
	sum = add_later(sum, 4, key->limit_slot);
	for (unsigned i = 0; i < key->secret_count; i++)
		sum = add_secret(sum, &key->secrets[i]);
	return sum;
}

enum apikey_error query_check(const struct key_query *query, struct failure *why)
{
	if ((unsigned)query->sort >= SORT_COUNT)
		return fail(why, APIKEY_INVALID_ARGUMENT, "sort: no such order");
	if (query->limit < 1 || query->limit > STORE_PAGE_MAX)
		return fail(why, APIKEY_INVALID_ARGUMENT, "limit: must be from 1 to %d",
			STORE_PAGE_MAX);
	return APIKEY_OK;
}

void plan_copy(struct pool *pool, const struct plan_record *from, struct plan_record *to)
{
	*to = *from;
	to->name = pool_text(pool, from->name);
	to->rate = pool_text(pool, from->rate);
	to->quota = pool_text(pool, from->quota);
}

enum apikey_error plan_not_found(struct text name, struct failure *why)
{
	return fail(why, APIKEY_NOT_FOUND, "no plan %.*s", (int)name.len, name.data);
}

/* An id or a prefix is shown; what is longer may be a whole key that somebody has pasted. */
enum apikey_error key_not_found(struct text ref, struct failure *why)
{
	static const char harmless[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	for (size_t i = 0; i < ref.len; i++)
		if (memchr(harmless, ref.data[i], sizeof harmless - 1) == NULL)
			return fail(why, APIKEY_NOT_FOUND, "no such key");
	if (ref.len == 0 || ref.len > REF_SHOWN_MAX)
		return fail(why, APIKEY_NOT_FOUND, "no such key");
	return fail(why, APIKEY_NOT_FOUND, "no key %.*s", (int)ref.len, ref.data);
}
