/* fold_marks.h - how much of every secret's counters is in the store's packs already, as it stands in memory.
 *
 * A page of marks goes with a page of counter slots. All of it belongs to one thread, but what it reads of the counters
 * is being counted by others. */
#ifndef APIKEYD_FOLD_MARKS_H
#define APIKEYD_FOLD_MARKS_H

#include "apikeyd/engine/usage.h"
#include "apikeyd/store/counters.h"
#include "apikeyd/store/usage_pack.h"

struct marks;

/* What a slot's counters were at a moment, and of a secret's slot how much is in the packs. */
struct slot_mark {
	uint64_t allowed, units;
	uint64_t denied; /* only says whether there may be something in by_code */
	uint32_t tag;    /* of the secret */
	uint32_t tenant; /* a number of marks_tenant(); 0: the slot is nobody's */
};

/* What a slot has beyond its mark. */
struct difference {
	struct usage_entry more; /* its place, its tag */
	uint32_t tenant;
	int64_t at;                 /* the secret's last use */
	struct slot_mark mark;      /* what would be its mark then */
	struct denial_slot denials; /* likewise, if anything was denied */
	bool denied;
};

/* Never NULL. counters must outlive it. */
struct marks *marks_new(const struct counters *counters);
void marks_free(struct marks *m);
/* A secret counts in the slot from now on, from zero in the packs. */
void marks_claim(struct marks *m, uint32_t slot, const struct usage_owner *owner);
void marks_unclaim(struct marks *m, uint32_t slot);
/* The name of a number; the number of a name, 0 where no slot was ever of that tenant. */
struct text marks_tenant(const struct marks *m, uint32_t number);
uint32_t marks_tenant_number(const struct marks *m, struct text name);
/* The tag of the secret that a slot is of; false: it is nobody's. */
bool marks_tag(const struct marks *m, uint32_t slot, uint32_t *tag);
/* The number of the tenant whose a slot is; 0: it is nobody's. */
uint32_t marks_owner(const struct marks *m, uint32_t slot);
/* Whether a slot of those pages is a tenant's; 0: anybody's. */
bool marks_is_of(const struct marks *m, uint32_t slot, uint32_t tenant);
/* Pages that have any. */
uint32_t marks_pages(const struct marks *m);

/* False when there is none. */
bool marks_difference(const struct marks *m, uint32_t slot, struct difference *out);
/* What many slots have beyond their marks, added up by the minute of their last use. */
struct marks_sum {
	uint32_t tenant; /* only of its slots; 0: of any */
	int64_t minute;  /* where it begins; slots that follow each other are mostly of one */
	struct usage_vector more;
	/* Called when another minute begins, and for the last by the caller. */
	void (*full)(struct marks_sum *sum);
	void *arg;
};
/* Adds those of a page, as little as there is to look at: a million of them are added up in some thirty milliseconds. */
void marks_add_up(const struct marks *m, uint32_t page, struct marks_sum *sum);

/* Moves the mark to where the difference was taken. */
void marks_move(struct marks *m, uint32_t slot, const struct difference *d);

/* A slot's mark as it is, and taking it back to that. */
struct marks_undo {
	struct marks_undo *next; /* the caller's */
	uint32_t slot;
	struct slot_mark mark;
	struct denial_slot denials;
};
void marks_keep(const struct marks *m, uint32_t slot, struct marks_undo *out);
void marks_undo(struct marks *m, const struct marks_undo *before);

/* A page's marks as a pack, the pool's; and back, at start: where a power cut took counts that are in the packs
 * already, the counters get them back. */
struct text marks_pack(const struct marks *m, struct pool *pool, uint32_t page);
void marks_unpack(struct marks *m, uint32_t page, struct text pack);

#endif
