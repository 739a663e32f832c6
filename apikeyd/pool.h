/* pool.h - memory that lives as long as one job and is freed as a whole. */
#ifndef APIKEYD_POOL_H
#define APIKEYD_POOL_H

#include <stddef.h>

#include "protocol/text.h"

struct pool_block;

/* Zero-initialise. */
struct pool {
	struct pool_block *blocks;
};

/* Zeroed, aligned for any type, never NULL: the daemon ends cleanly when memory ends. */
void *pool_alloc(struct pool *pool, size_t size);
/* A terminated copy; data NULL stays NULL. */
struct text pool_text(struct pool *pool, struct text t);
char *pool_printf(struct pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Frees everything, overwritten with zero first. */
void pool_free(struct pool *pool);

#endif
