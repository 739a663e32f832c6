/* foreign.c - keys of which only a bcrypt is known, by the public beginning of their text. */
#include "apikeyd/foreign.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct entry {
	struct foreign_key key;
	char tenant[WORD_MAX_BYTES + 1];
	size_t prefix_len;
	UT_hash_handle hh;
};

struct foreign {
	pthread_mutex_t lock; /* over what follows */
	struct entry *by_prefix;
	unsigned of_length[KEYTEXT_PREFIX_SIZE]; /* prefixes of each length */
	atomic_bool any;
};

struct foreign *foreign_new(void)
{
	struct foreign *f = calloc(1, sizeof *f);

	if (f == NULL)
		abort();
	pthread_mutex_init(&f->lock, NULL);
	return f;
}

static struct entry *find(const struct foreign *f, const char *prefix, size_t len)
{
	struct entry *entry;

	HASH_FIND(hh, f->by_prefix, prefix, len, entry);
	return entry;
}

static void drop(struct foreign *f, struct entry *entry)
{
	if (entry == NULL)
		return;
	HASH_DEL(f->by_prefix, entry);
	f->of_length[entry->prefix_len]--;
	free(entry);
}

void foreign_free(struct foreign *f)
{
	if (f == NULL)
		return;
	while (f->by_prefix != NULL)
		drop(f, f->by_prefix);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

void foreign_put(struct foreign *f, struct text tenant, const struct foreign_key *key)
{
	struct entry *entry = calloc(1, sizeof *entry);

	if (entry == NULL || tenant.len >= sizeof entry->tenant)
		abort();
	entry->key = *key;
	entry->prefix_len = strlen(key->prefix);
	memcpy(entry->tenant, tenant.data, tenant.len);
	pthread_mutex_lock(&f->lock);
	drop(f, find(f, key->prefix, entry->prefix_len));
	HASH_ADD_KEYPTR(hh, f->by_prefix, entry->key.prefix, entry->prefix_len, entry);
	f->of_length[entry->prefix_len]++;
	pthread_mutex_unlock(&f->lock);
	atomic_store_explicit(&f->any, true, memory_order_release);
}

void foreign_remove(struct foreign *f, struct text prefix)
{
	pthread_mutex_lock(&f->lock);
	drop(f, find(f, prefix.data, prefix.len));
	pthread_mutex_unlock(&f->lock);
}

bool foreign_any(const struct foreign *f)
{
	return atomic_load_explicit(&f->any, memory_order_acquire);
}

static bool may_be_about(const struct verify_request *request, struct text tenant)
{
	bool is = request->bound == NULL;

	for (unsigned i = 0; !is && i < request->bound_count; i++)
		is = text_equal(request->bound[i], tenant);
	return is && (request->tenant.data == NULL || text_equal(request->tenant, tenant));
}

struct candidate {
	const struct entry *entry;
	unsigned rank; /* so many of its tenant have longer beginnings */
};

static unsigned rank_of(const struct entry *entry, const struct candidate *before, unsigned count)
{
	unsigned rank = 0;

	for (unsigned i = 0; i < count; i++)
		rank += strcmp(before[i].entry->tenant, entry->tenant) == 0;
	return rank;
}

/* The longest beginnings first, of each tenant no more than there is room for in all. */
static unsigned find_all(struct foreign *f, const struct verify_request *request,
	struct candidate out[KEYTEXT_PREFIX_SIZE])
{
	struct text key = request->key;
	size_t len = key.len < KEYTEXT_PREFIX_SIZE ? key.len : KEYTEXT_PREFIX_SIZE - 1;
	const struct entry *entry;
	unsigned count = 0;

	for (; len > 0; len--) {
		entry = f->of_length[len] > 0 ? find(f, key.data, len) : NULL;
		if (entry == NULL || !may_be_about(request, text_of(entry->tenant)))
			continue;
		out[count] = (struct candidate){entry, rank_of(entry, out, count)};
		count += out[count].rank < FOREIGN_FOUND_MAX;
	}
	return count;
}

unsigned foreign_find(struct foreign *f, const struct verify_request *request,
	struct foreign_key out[FOREIGN_FOUND_MAX])
{
	struct candidate all[KEYTEXT_PREFIX_SIZE];
	unsigned total, count = 0;

	pthread_mutex_lock(&f->lock);
	total = find_all(f, request, all);
	for (unsigned rank = 0; rank < FOREIGN_FOUND_MAX; rank++)
		for (unsigned i = 0; i < total && count < FOREIGN_FOUND_MAX; i++)
			if (all[i].rank == rank)
				out[count++] = all[i].entry->key;
	pthread_mutex_unlock(&f->lock);
	return count;
}
