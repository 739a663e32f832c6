/* scope.h - scopes: what they may look like, and which grants cover which need. */
#ifndef ENGINE_SCOPE_H
#define ENGINE_SCOPE_H

#include <stdbool.h>

#include "protocol/text.h"

#define SCOPE_MAX_BYTES 64

/* NULL if s is [a-z0-9._:/-]{1,64} (granted: may end in one '*'), without a ".." part; else the reason. */
const char *scope_check(struct text s, bool granted);
/* Whether a granted scope covers a needed one. "*" stands for any rest, but "*" alone never for "apikeyd:…". */
bool scope_covers(struct text granted, struct text need);

/* Whether it lies in the reserved space of what a key may do to this daemon. */
bool scope_reserved(struct text s);

#endif
