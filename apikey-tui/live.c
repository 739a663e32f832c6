/* live.c - what keys are used for just now, second by second, from the digests that the daemon sends. */
#include "apikey-tui/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LATE 2          /* seconds that a digest may be on its way */
#define DECAY 0.9       /* of a key's rate, a second */
#define RATE_LEAST 0.05 /* under which a key is forgotten */

/* ---- seconds ---- */

static void drop_oldest(struct live *l)
{
	l->count--;
	memmove(l->allowed, l->allowed + 1, l->count * sizeof l->allowed[0]);
	memmove(l->denied, l->denied + 1, l->count * sizeof l->denied[0]);
	memmove(l->codes, l->codes + 1, l->count * sizeof l->codes[0]);
}

/* The place of a new second, in which nothing happened yet. */
static size_t add_second(struct live *l)
{
	if (l->count == LIVE_SECONDS)
		drop_oldest(l);
	l->allowed[l->count] = l->denied[l->count] = 0;
	memset(l->codes[l->count], 0, sizeof l->codes[0]);
	return l->count++;
}

static int by_rate(const void *a, const void *b)
{
	const struct live_key *x = a, *y = b;

	return (y->rate > x->rate) - (y->rate < x->rate);
}

static void decay(struct live *l)
{
	for (size_t i = 0; i < l->key_count; i++)
		l->keys[i].rate *= DECAY;
	while (l->key_count > 0 && l->keys[l->key_count - 1].rate < RATE_LEAST)
		l->key_count--;
}

/* Goes on to this second; a clock that was set begins anew from there. */
static void go_on(struct live *l, int64_t second)
{
	if (l->at == 0 || second < l->at - LATE || second > l->at + LIVE_SECONDS)
		l->at = second - 1;
	for (; l->at < second; l->at++) {
		add_second(l);
		decay(l);
	}
}

void live_tick(struct live *l, int64_t time)
{
	if (l->at != 0)
		go_on(l, time - LATE > l->at ? time - LATE : l->at);
}

/* ---- digests ---- */

static enum apikey_code code_of(const char *name)
{
	enum apikey_code code = 0;

	while (code < APIKEY_CODE_COUNT && strcmp(apikey_code_name(code), name) != 0)
		code++;
	return code;
}

static uint64_t count_of(const struct apikey_value *value)
{
	int64_t n = apikey_int(value, 0);

	return n > 0 ? (uint64_t)n : 0;
}

static void add_denied(struct live *l, size_t place, const struct apikey_value *denied)
{
	for (size_t i = 0; i < apikey_count(denied); i++) {
		const char *name = apikey_key_at(denied, i);
		enum apikey_code code = name != NULL ? code_of(name) : APIKEY_CODE_COUNT;
		uint64_t count = count_of(apikey_at(denied, i));

		l->denied[place] += count;
		if (code < APIKEY_CODE_COUNT)
			l->codes[place][code] += (uint32_t)count;
	}
}

/* The entry of this key: its own, a free one, or the least one's. */
static struct live_key *entry_of(struct live *l, const char *id)
{
	struct live_key *entry = &l->keys[LIVE_KEYS - 1];

	for (size_t i = 0; i < l->key_count; i++)
		if (strcmp(l->keys[i].id, id) == 0)
			return &l->keys[i];
	if (l->key_count < LIVE_KEYS)
		entry = &l->keys[l->key_count++];
	snprintf(entry->id, sizeof entry->id, "%s", id);
	entry->rate = 0;
	return entry;
}

static void add_key(struct live *l, const struct apikey_value *key)
{
	const char *id = apikey_string(apikey_get(key, "id")),
		   *name = apikey_string(apikey_get(key, "name"));
	struct live_key *entry;

	if (id == NULL || strlen(id) >= sizeof entry->id)
		return;
	entry = entry_of(l, id);
	entry->rate += (1 - DECAY) * (double)count_of(apikey_get(key, "verifies"));
	snprintf(entry->name, sizeof entry->name, "%s", name != NULL ? name : id);
}

void live_digest(struct live *l, const struct apikey_value *event)
{
	const struct apikey_value *top = apikey_get(event, "top");
	int64_t at = apikey_int(apikey_get(event, "at"), l->at), next = l->at + 1;
	size_t place;

	go_on(l, at >= next - 1 && at <= next + 1 ? next
						  : at); /* their beat and the second's differ */
	if (l->count == 0)
		return;
	place = l->count - 1;
	l->allowed[place] += count_of(apikey_get(event, "allowed"));
	add_denied(l, place, apikey_get(event, "denied"));
	for (size_t i = 0; i < apikey_count(top); i++)
		add_key(l, apikey_at(top, i));
	qsort(l->keys, l->key_count, sizeof l->keys[0], by_rate);
}

bool live_tells_of(const struct apikey_value *event, const char *id)
{
	const struct apikey_value *top = apikey_get(event, "top"),
				  *denied = apikey_get(event, "denied");
	uint64_t told = count_of(apikey_get(denied, apikey_code_name(APIKEY_CODE_MALFORMED))) +
			count_of(apikey_get(denied, apikey_code_name(APIKEY_CODE_NOT_FOUND)));

	for (size_t i = 0; i < apikey_count(top); i++) {
		const struct apikey_value *key = apikey_at(top, i);
		const char *used = apikey_string(apikey_get(key, "id"));

		if (used != NULL && strcmp(used, id) == 0)
			return true;
		told += count_of(apikey_get(key, "verifies"));
	}
	return count_of(apikey_get(event, "verifies")) > told;
}

uint64_t live_code(const struct live *l, enum apikey_code code)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < l->count; i++)
		sum += l->codes[i][code];
	return sum;
}
