/* pages.h - large runs of memory from the kernel, on huge pages where it has them. */
#ifndef ENGINE_PAGES_H
#define ENGINE_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#define HUGE_PAGE ((size_t)2 * 1024 * 1024)
#define CACHE_LINE 64 /* bytes */

/* Address space for size bytes (a multiple of HUGE_PAGE, and so aligned) that cannot be touched yet and costs
 * nothing. NULL when there is none. */
void *pages_reserve(size_t size);
/* Makes part of it usable, zeroed. False when memory ends (or its limit is reached). */
bool pages_open(void *start, size_t size);
/* size bytes that are zero, and take memory only where they are touched; small pages. NULL when there is no room. */
void *pages_sparse(size_t size);
void pages_free(void *start, size_t size);

#endif
