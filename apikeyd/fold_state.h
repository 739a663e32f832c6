/* fold_state.h - what the files of a fold share; nobody else includes it. */
#ifndef APIKEYD_FOLD_STATE_H
#define APIKEYD_FOLD_STATE_H

#include <stdatomic.h>

#include "apikeyd/fold.h"
#include "apikeyd/fold_marks.h"
#include "apikeyd/fold_sums.h"
#include "apikeyd/store/writer.h"

#define BITE_PAGES 64 /* written in one job: a few milliseconds */

/* A slot whose secret is gone, or about to be. */
struct leaver {
	struct leaver *next;
	uint32_t slot;
	struct usage_owner owner;
	struct pool pool;
	bool gone;   /* nothing counts there any more */
	bool folded; /* the last of it, in a transaction that is not committed yet */
};

/* What one job has done that would have to be undone. */
struct bite {
	struct pool pool;
	struct resource_undo *resource_undo;
	uint32_t resource_pages[BITE_PAGES];
	unsigned resource_page_count;
	struct marks_undo *undo; /* newest first */
	uint32_t pages[BITE_PAGES];
	unsigned page_count;
	struct sums sums;
};

struct fold {
	struct writer_job job; /* first: the writer hands it back */
	struct fold_options o;
	struct marks *marks;
	struct fold_resources *resources;
	struct leaver *leavers;
	/* of the fold under way */
	struct writer *writer;
	atomic_bool running;
	atomic_bool cut;            /* the last one came to an end where the writer had no room */
	struct fold_survey *survey; /* under way: the fold waits */
	int64_t now, keep[USAGE_STEPS]; /* seconds */
	int64_t latest;                 /* time that a count can be given */
	unsigned stage;
	uint32_t next; /* page to look at */
	struct bite bite;
	bool more;
	/* the ticking thread's own */
	int64_t seconds; /* since the last one */
	int64_t minute;  /* of the last one */
};

/* fold_page.c: adds to the packs and sums what a page's slots have beyond their marks, and moves the marks. */
enum apikey_error fold_page(struct fold *f, uint32_t page, struct failure *why);
/* Remembers a mark before it is changed, so that the bite can be undone. */
void fold_keep_mark(struct fold *f, uint32_t slot);
enum apikey_error fold_store_marks(struct fold *f, uint32_t page, struct failure *why);

/* fold_resources.c: the same for what verifies were for. */
struct fold_resources *fold_resources_new(void);
void fold_resources_free(struct fold_resources *r);
/* At start, after the marks of secrets: who has a chain gets it back. */
enum apikey_error fold_resources_load(struct fold *f, struct failure *why);
/* As much as one job may do, from page f->next on; f->more says whether there is more. */
enum apikey_error fold_resources_bite(struct fold *f, struct failure *why);
/* The last of a secret's; they are free once that is committed: fold_resources_drop(). */
enum apikey_error fold_resources_leave(struct fold *f, uint32_t slot, struct failure *why);
void fold_resources_drop(struct fold *f, uint32_t slot);
void fold_resources_undo(struct fold *f);
/* Under which name its rows stand; the pool's. */
struct text fold_resources_who(struct pool *pool, uint32_t slot, uint32_t tag);
void fold_resources_pending(struct fold *f, uint32_t slot, fold_count_fn *fn, void *arg);
/* The same of a page of the slots of resources, those of a tenant's secrets (0: of all); false: none of it has changed. */
uint32_t fold_resources_pages(const struct fold *f);
bool fold_resources_pending_in(
	struct fold *f, uint32_t page, uint32_t tenant, fold_count_fn *fn, void *arg);
/* Prepares slots for new ones; on the store thread. */
void fold_resources_refill(struct fold *f);

#endif
