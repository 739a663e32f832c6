/* pool.c - memory that lives as long as one job and is freed as a whole. */
#include "apikeyd/pool.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POOL_BLOCK 4096

struct pool_block {
	struct pool_block *next;
	size_t used, size;
	alignas(max_align_t) char data[];
};

static struct pool_block *pool_grow(struct pool *pool, size_t size)
{
	size_t want = size > POOL_BLOCK ? size : POOL_BLOCK;
	struct pool_block *block = calloc(1, sizeof *block + want);

	if (block == NULL)
		abort(); /* a clean stop, never a wrong answer */
	block->size = want;
	block->next = pool->blocks;
	pool->blocks = block;
	return block;
}

void *pool_alloc(struct pool *pool, size_t size)
{
	struct pool_block *block = pool->blocks;
	size_t step = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	void *p;

	if (block == NULL || block->size - block->used < step)
		block = pool_grow(pool, step);
	p = block->data + block->used;
	block->used += step;
	return p;
}

struct text pool_text(struct pool *pool, struct text t)
{
	char *copy;

	if (t.data == NULL)
		return t;
	copy = pool_alloc(pool, t.len + 1);
	memcpy(copy, t.data, t.len);
	return (struct text){copy, t.len};
}

char *pool_printf(struct pool *pool, const char *format, ...)
{
	va_list args;
	char *out;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	out = pool_alloc(pool, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(out, (size_t)len + 1, format, args);
	va_end(args);
	return out;
}

void pool_free(struct pool *pool)
{
	while (pool->blocks != NULL) {
		struct pool_block *block = pool->blocks;

		pool->blocks = block->next;
		explicit_bzero(block->data, block->used);
		free(block);
	}
}
