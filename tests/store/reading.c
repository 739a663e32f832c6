/* reading.c - a plain reading of what a listing of keys is, to hold stores against. */
#include "tests/store/reading.h"

#include <string.h>

static bool contains(struct text haystack, struct text needle)
{
	for (size_t at = 0; haystack.data != NULL && at + needle.len <= haystack.len; at++)
		if (strncasecmp(haystack.data + at, needle.data, needle.len) == 0)
			return true;
	return false;
}

static bool matches(const struct key_record *key, struct text needle)
{
	const struct text fields[] = {
		text_of(key->id), key->name, key->owner, key->email, key->notes};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (contains(fields[i], needle))
			return true;
	for (unsigned i = 0; i < key->secret_count; i++)
		if (contains(key->secrets[i].prefix, needle))
			return true;
	return false;
}

static bool selected(const struct key_record *key, const struct key_query *q)
{
	return (q->tenant.data == NULL || text_equal(q->tenant, key->tenant)) &&
	       (q->owner.data == NULL || text_equal(q->owner, key->owner)) &&
	       (q->status == STATUS_ANY || q->status == key_status_of(key, q->now)) &&
	       (q->match.data == NULL || matches(key, q->match));
}

static int compare_text(struct text a, struct text b)
{
	size_t shorter = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.data, b.data, shorter);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

struct past_usage reading_used(uint32_t slot, void *arg)
{
	(void)arg;
	return (struct past_usage){slot * 7 % 13, slot * 5 % 11, slot % 3 == 0 ? 0 : slot % 29};
}

static int64_t number(const struct key_query *q, const struct key_record *key)
{
	struct past_usage sum = key->past;
	enum key_sort sort = q->sort;

	for (unsigned i = 0; i < key->secret_count; i++) {
		struct past_usage more = reading_used(key->secrets[i].slot, NULL);

		sum.requests = usage_plus(sum.requests, more.requests);
		sum.units = usage_plus(sum.units, more.units);
		sum.last_used_at =
			more.last_used_at > sum.last_used_at ? more.last_used_at : sum.last_used_at;
	}
	return sort == SORT_STATUS ? key_status_of(key, q->now)
	       : sort == SORT_EXPIRES
		       ? (key->expires_at == STORE_NEVER ? INT64_MAX : key->expires_at)
	       : sort == SORT_USED     ? sum.last_used_at
	       : sort == SORT_REQUESTS ? sum.requests
	       : sort == SORT_UNITS    ? sum.units
				       : 0;
}

static struct text newest_prefix(const struct key_record *key)
{
	return key->secrets[key->secret_count - 1].prefix;
}

static int compare(
	const struct key_query *q, const struct key_record *a, const struct key_record *b)
{
	enum key_sort sort = q->sort;
	int64_t x = number(q, a), y = number(q, b);
	int order = sort == SORT_NAME     ? compare_text(a->name, b->name)
		    : sort == SORT_OWNER  ? compare_text(a->owner, b->owner)
		    : sort == SORT_TENANT ? compare_text(a->tenant, b->tenant)
		    : sort == SORT_PREFIX ? compare_text(newest_prefix(a), newest_prefix(b))
					  : (x > y) - (x < y);

	return order != 0 ? order : strcmp(a->id, b->id); /* ids rise with creation here */
}

unsigned reading_list(const struct key_query *q, struct key_record *const *all, unsigned many,
	const struct key_record **out)
{
	unsigned count = 0;

	for (unsigned n = 0; n < many; n++) {
		unsigned at = count;

		if (all[n] == NULL || !selected(all[n], q))
			continue;
		for (; at > 0 && (compare(q, out[at - 1], all[n]) > 0) != q->descending; at--)
			out[at] = out[at - 1];
		out[at] = all[n];
		count++;
	}
	return count;
}
