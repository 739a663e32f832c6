/* cursors.h - where a listing goes on, as its reader holds it: sealed, so that it tells nothing of what others do.
 *
 * A place in the store is made of row numbers and names. A cursor is that place encrypted, and authenticated together
 * with whose listing it is of, so that it is good for no other. The scheme is SIV (Rogaway and Shrimpton, 2006): a
 * keyed hash of all of it is tag and nonce in one, so the same place is always the same cursor, and none has to be
 * kept. Thread-safe: nothing changes after cursors_new(). */
#ifndef APIKEYD_CURSORS_H
#define APIKEYD_CURSORS_H

#include <stdbool.h>
#include <stdint.h>

#include "apikeyd/pool.h"

struct cursors;

/* Whose listing a cursor is of: a method, asked by somebody of that tenant (empty: of all). */
struct cursor_scope {
	const char *method, *tenant;
};

/* Two keys derived from the pepper, which is not kept, so that cursors outlive a restart; pepper NULL: sealed, then
 * they do not. Never NULL. */
struct cursors *cursors_new(const uint8_t *pepper);
void cursors_free(struct cursors *c);
/* The cursor of a place (any bytes): base64url, in the pool. A place with data NULL stays what it is. */
struct text cursors_seal(const struct cursors *c, struct pool *pool,
	const struct cursor_scope *scope, struct text place);
/* Makes a cursor the place that it stands for, in the pool. False: it was not made for that scope. */
bool cursors_open(const struct cursors *c, struct pool *pool, const struct cursor_scope *scope,
	struct text *cursor);

#endif
