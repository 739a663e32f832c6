/* slot_keep.c - pages and a log of counters, on the disk. */
#include "apikeyd/store/slot_keep_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apikeyd/engine/pages.h"
#include "apikeyd/engine/usage.h"
#include "apikeyd/store/slot_marks.h"

#define PLACES_AT 2048         /* where in the header the log's places stand */
#define LOG_STEP (1024 * 1024) /* bytes that the log grows by, and has at least */
#define SLOTS_AHEAD 32         /* are fetched together */
#define LOG_SHARE 4            /* of the mapping's size: so long the log may get */

enum apikey_error keep_failed(const struct slot_keep *k, const char *what, struct failure *why)
{
	fail(why, APIKEY_UNAVAILABLE, "%s: %s: %s", k->kind->name, what, strerror(errno));
	why->full = errno == ENOSPC;
	return why->code;
}

/* ---- opening --------------------------------------------------------------------------------------------------- */

static size_t pages_of(size_t bytes)
{
	return (bytes + SLOT_PAGE_BYTES - 1) / SLOT_PAGE_BYTES;
}

static bool log_grow(struct slot_keep *k, size_t bytes)
{
	if (bytes <= k->log_bytes)
		return true;
	errno = posix_fallocate(k->log.fd, (off_t)k->log_bytes, (off_t)(bytes - k->log_bytes));
	if (errno != 0)
		return false;
	k->log_bytes = bytes;
	return true;
}

/* A head of zeros was never written. */
static enum apikey_error look_for_any(struct slot_keep *k, size_t kept, struct failure *why)
{
	static const char unwritten[sizeof k->kind->magic];
	char head[sizeof unwritten] = {0};

	if (kept > SLOT_HEADER_BYTES && pread(k->pages.fd, head, sizeof head, 0) != sizeof head)
		return keep_failed(k, "what was kept cannot be read", why);
	k->any = memcmp(head, k->kind->magic, sizeof head) == 0;
	if (!k->any && memcmp(head, unwritten, sizeof head) != 0)
		return fail(why, APIKEY_INTERNAL, "%s.kept is damaged", k->kind->name);
	return APIKEY_OK;
}

static enum apikey_error open_all(
	struct slot_keep *k, const char *dir, size_t *kept, struct failure *why)
{
	if (!direct_file_open(&k->pages, dir, k->kind->name, ".kept", kept) ||
		!direct_file_open(&k->log, dir, k->kind->name, ".log", &k->log_bytes))
		return keep_failed(k, "cannot open", why);
	if (look_for_any(k, *kept, why) != APIKEY_OK)
		return why->code;
	if (!log_grow(k, LOG_STEP))
		return keep_failed(k, "cannot grow", why);
	k->since = pages_sparse(pages_of(k->most));
	if (k->since == NULL || !slot_run_open(&k->run))
		return fail(why, APIKEY_NO_MEMORY, "memory ended");
	return APIKEY_OK;
}

enum apikey_error slot_keep_open(const char *dir, const struct slot_kind *kind, size_t most,
	struct slot_keep **out, size_t *kept, struct failure *why)
{
	struct slot_keep *k = calloc(1, sizeof *k);

	if (k == NULL)
		return fail(why, APIKEY_NO_MEMORY, "memory ended");
	k->kind = kind;
	k->most = most;
	direct_file_init(&k->pages);
	direct_file_init(&k->log);
	turn_init(&k->turn);
	if (open_all(k, dir, kept, why) != APIKEY_OK) {
		slot_keep_close(k);
		return why->code;
	}
	*out = k;
	return APIKEY_OK;
}

void slot_keep_close(struct slot_keep *k)
{
	if (k == NULL)
		return;
	direct_file_close(&k->pages);
	direct_file_close(&k->log);
	slot_run_close(&k->run);
	if (k->since != NULL)
		pages_free(k->since, pages_of(k->most));
	turn_destroy(&k->turn);
	free(k);
}

enum apikey_error slot_keep_grow(struct slot_keep *k, size_t from, size_t to, struct failure *why)
{
	int error = posix_fallocate(k->pages.fd, (off_t)from, (off_t)(to - from));

	if (error == 0)
		return APIKEY_OK;
	errno = error;
	return keep_failed(k, "cannot grow", why);
}

bool slot_keep_any(const struct slot_keep *k)
{
	return k->any;
}

/* ---- where the log ends ---------------------------------------------------------------------------------------- */

static struct log_places *places_of(const struct slot_mapping *m)
{
	return (struct log_places *)(void *)(m->base + PLACES_AT);
}

static void note_place(const struct slot_keep *k, const struct slot_mapping *m)
{
	log_places_put(places_of(m), &k->place);
}

static void log_restart(struct slot_keep *k, const struct slot_mapping *m)
{
	k->place = (struct log_place){.generation = k->place.generation + 1};
	k->place.check[0] = k->place.generation;
	note_place(k, m);
}

void slot_keep_resume(struct slot_keep *k, const struct slot_mapping *m)
{
	k->place = log_places_get(places_of(m));
	if (k->place.generation == 0 || k->place.blocks * LOG_BLOCK_BYTES > k->log_bytes)
		log_restart(k, m);
}

void slot_keep_touch(struct slot_keep *k, size_t page, size_t end)
{
	memset(k->since + page, 1, end - page);
}

/* ---- pages ----------------------------------------------------------------------------------------------------- */

/* The next run of pages that are in the log, from *page on, which moves past it; none: 0. */
static size_t next_pages(struct slot_keep *k, const struct slot_mapping *m, size_t *page)
{
	size_t pages = pages_of(m->bytes), run = 0;

	while (*page < pages && !k->since[*page])
		++*page;
	for (; *page < pages && k->since[*page] && run < RUN_PAGES; run++, ++*page)
		slot_copy(k->run.words + run * RUN_PAGE_WORDS, m->base + *page * SLOT_PAGE_BYTES,
			RUN_PAGE_WORDS);
	return run;
}

bool keep_checkpoint(struct slot_keep *k, const struct slot_mapping *m)
{
	size_t page = SLOT_HEADER_BYTES / SLOT_PAGE_BYTES, run;

	while ((run = next_pages(k, m, &page)) > 0)
		if (!direct_file_write(&k->pages, k->run.words, run * SLOT_PAGE_BYTES,
			    (page - run) * SLOT_PAGE_BYTES))
			return false;
	if (fdatasync(k->pages.fd) != 0)
		return false;
	memset(k->since, 0, pages_of(m->bytes));
	log_restart(k, m);
	return true;
}

/* The head has no mark: it is compared. */
static bool keep_head(struct slot_keep *k, const struct slot_mapping *m)
{
	uint64_t *copy = k->run.words;

	slot_copy(copy, m->base, RUN_PAGE_WORDS);
	if (memcmp(copy, k->head, sizeof k->head) == 0)
		return true;
	if (!direct_file_write(&k->pages, k->run.words, SLOT_PAGE_BYTES, 0) ||
		fdatasync(k->pages.fd) != 0)
		return false;
	memcpy(k->head, copy, sizeof k->head);
	return true;
}

/* ---- the log --------------------------------------------------------------------------------------------------- */

uint32_t keep_slot_count(const struct slot_keep *k, const struct slot_mapping *m)
{
	return (uint32_t)((m->bytes - SLOT_HEADER_BYTES) / k->kind->slot_size);
}

char *keep_slot_at(const struct slot_keep *k, const struct slot_mapping *m, uint32_t slot)
{
	return m->base + SLOT_HEADER_BYTES + (size_t)slot * k->kind->slot_size;
}

void keep_in_log(struct slot_keep *k, uint32_t slot)
{
	k->since[(SLOT_HEADER_BYTES + (size_t)slot * k->kind->slot_size) / SLOT_PAGE_BYTES] = 1;
}

/* Writes the blocks that lie in the run, which goes on at `place` then. */
static bool log_append(struct slot_keep *k, const struct slot_mapping *m, size_t blocks)
{
	if (!direct_file_write(&k->log, k->run.words, blocks * SLOT_PAGE_BYTES,
		    k->place.blocks * LOG_BLOCK_BYTES))
		return false;
	slot_log_advance(&k->place, &k->run, blocks);
	note_place(k, m);
	return true;
}

static bool log_sync(struct slot_keep *k, const struct slot_mapping *m)
{
	if (fdatasync(k->log.fd) == 0)
		return true;
	__atomic_store_n(&places_of(m)->gap, 1, __ATOMIC_RELAXED);
	return false;
}

/* Where a slot is filled from the front, a line that ends with zeros is the last that need be fetched. */
static size_t used_bytes(const struct slot_kind *kind, const void *slot)
{
	size_t bytes = CACHE_LINE;
	uint64_t end[2];

	if (!kind->packed)
		return kind->slot_size;
	for (; bytes < kind->slot_size; bytes += CACHE_LINE) {
		slot_copy(end, (const char *)slot + bytes - sizeof end, 2);
		if ((end[0] | end[1]) == 0)
			break;
	}
	return bytes;
}

static void log_slot(struct slot_keep *k, struct log_writing *w, uint32_t slot, const void *from)
{
	slot_log_put(w, slot, from, used_bytes(k->kind, from));
	keep_in_log(k, slot);
}

/* Which blocks are there after a failed sync nobody knows, a second one would not say (fsync(2)), and what follows a gap
 * is not replayed. So their pages are brought into NAME.kept, and a first block, of any slot, ends the old log. The
 * caller has the turn. */
static bool log_mend(struct slot_keep *k, const struct slot_mapping *m)
{
	struct log_writing w;

	if (__atomic_load_n(&places_of(m)->gap, __ATOMIC_RELAXED) == 0)
		return true;
	if (!keep_checkpoint(k, m))
		return false;
	slot_log_begin(&w, &k->run, &k->place);
	log_slot(k, &w, 0, keep_slot_at(k, m, 0));
	if (!log_append(k, m, slot_log_end(&w)))
		return false;
	__atomic_store_n(&places_of(m)->gap, 0, __ATOMIC_RELAXED);
	return log_sync(k, m);
}

/* Room for a run, if need be by a checkpoint. The caller has the turn. */
static bool log_ready(struct slot_keep *k, const struct slot_mapping *m)
{
	size_t wanted, most = LOG_SHARE * m->bytes + RUN_BYTES;

	if (!log_mend(k, m))
		return false;
	wanted = k->place.blocks * LOG_BLOCK_BYTES + RUN_BYTES;
	if (wanted <= most && log_grow(k, (wanted + LOG_STEP - 1) / LOG_STEP * LOG_STEP))
		return true;
	return keep_checkpoint(k, m) && log_grow(k, LOG_STEP);
}

/* The next marked slots, from *slot on, which moves past them. Counters of keys that are used by chance are in no cache, so
 * all are fetched before the first is looked at. */
static unsigned next_slots(const struct slot_keep *k, const struct slot_mapping *m, uint32_t *slot,
	uint32_t found[SLOTS_AHEAD])
{
	uint32_t end = keep_slot_count(k, m);
	unsigned count = 0;

	while (count < SLOTS_AHEAD && slot_marks_next(m->changed, CHANGED_KEEP, slot, end)) {
		__builtin_prefetch(keep_slot_at(k, m, *slot));
		found[count++] = (*slot)++;
	}
	return count;
}

/* Takes the mark off before it looks: what is counted from here on marks the slot again. */
static size_t fill_run(struct slot_keep *k, const struct slot_mapping *m, uint32_t *slot)
{
	uint32_t found[SLOTS_AHEAD];
	struct log_writing w;
	unsigned count = 1;

	slot_log_begin(&w, &k->run, &k->place);
	while (count > 0 && slot_log_has_room(&w, SLOTS_AHEAD, k->kind->slot_size)) {
		count = next_slots(k, m, slot, found);
		for (unsigned i = 0; i < count; i++) {
			slot_marks_take(&m->changed[found[i]], 1, CHANGED_KEEP);
			log_slot(k, &w, found[i], keep_slot_at(k, m, found[i]));
		}
	}
	return slot_log_end(&w);
}

/* What could not be written is marked again, for the next time. */
static void mark_again(struct slot_keep *k, const struct slot_mapping *m, size_t blocks)
{
	struct log_entry entry;

	for (size_t i = 0; i < blocks; i++)
		for (size_t at = 0; slot_log_next(slot_log_block(&k->run, i), &at, &entry);)
			slot_marks_put(&m->changed[entry.slot], 1, CHANGED_KEEP);
}

/* One run of slots; *more says whether there may be others. */
static bool keep_run(struct slot_keep *k, const struct slot_mapping *m, uint32_t *slot, bool *more)
{
	size_t blocks;

	if (!log_ready(k, m))
		return false;
	blocks = fill_run(k, m, slot);
	*more = blocks > 0;
	if (blocks == 0 || log_append(k, m, blocks))
		return true;
	mark_again(k, m, blocks);
	return false;
}

enum apikey_error slot_keep_sync(
	struct slot_keep *k, const struct slot_mapping *m, struct failure *why)
{
	uint32_t slot = 0;
	bool more = true, some = false, ok;

	turn_begin(&k->turn, false);
	ok = log_mend(k, m) && keep_head(k, m);
	turn_end(&k->turn);
	while (ok && more &&
		slot_marks_next(m->changed, CHANGED_KEEP, &slot, keep_slot_count(k, m))) {
		turn_begin(&k->turn, false);
		ok = keep_run(k, m, &slot, &more);
		turn_end(&k->turn);
		some = true;
	}
	if (some && !log_sync(k, m))
		ok = false;
	return ok ? APIKEY_OK : keep_failed(k, "what was counted cannot be written", why);
}

/* Word by word, since somebody may be reading them. */
static void clear_words(char *at, size_t bytes)
{
	uint64_t *words = (uint64_t *)(void *)at;

	for (size_t i = 0; i < bytes / sizeof *words; i++)
		__atomic_store_n(&words[i], 0, __ATOMIC_RELAXED);
}

static bool zero_on_disk(struct slot_keep *k, const struct slot_mapping *m, uint32_t slot)
{
	static const uint64_t zeros[SLOT_PAGE_BYTES / sizeof(uint64_t)];
	struct log_writing w;

	if (!log_ready(k, m))
		return false;
	slot_log_begin(&w, &k->run, &k->place);
	log_slot(k, &w, slot, zeros);
	return log_append(k, m, slot_log_end(&w)) && log_sync(k, m);
}

/* The disk first: a slot that is zero in the mapping is taken at the next start for one that was never used. */
bool slot_keep_zero(struct slot_keep *k, const struct slot_mapping *m, uint32_t slot)
{
	bool ok;

	turn_begin(&k->turn, true);
	ok = zero_on_disk(k, m, slot);
	if (ok) {
		clear_words(keep_slot_at(k, m, slot), k->kind->slot_size);
		__atomic_store_n(&m->changed[slot], 0, __ATOMIC_RELEASE);
	}
	turn_end(&k->turn);
	return ok;
}
