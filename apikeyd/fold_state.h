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
	struct marks_undo *undo; /* newest first */
	uint32_t pages[BITE_PAGES];
	unsigned page_count;
	struct sums sums;
};

struct fold {
	struct writer_job job; /* first: the writer hands it back */
	struct fold_options o;
	struct marks *marks;
	struct leaver *leavers;
	/* of the fold under way */
	struct writer *writer;
	atomic_bool running;
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

#endif
