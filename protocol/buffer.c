/* buffer.c - a flat byte buffer with a hard maximum. */
#include "protocol/buffer.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 256

/* Not realloc(): it would leave a copy of what may be a secret in freed memory. */
static bool grow(struct buffer *b, size_t need)
{
	size_t cap = b->cap > 0 ? b->cap : FIRST_CAP;
	uint8_t *data;

	while (cap < need && cap <= b->max / 2)
		cap *= 2;
	if (cap < need || cap > b->max)
		cap = b->max;
	data = malloc(cap > 0 ? cap : 1);
	if (data == NULL)
		return false;
	if (b->len > 0)
		memcpy(data, b->data, b->len);
	if (b->cap > 0)
		explicit_bzero(b->data, b->cap);
	free(b->data);
	b->data = data;
	b->cap = cap;
	return true;
}

uint8_t *buffer_reserve(struct buffer *b, size_t n)
{
	if (b->failed || b->len > b->max || n > b->max - b->len) {
		b->failed = true;
		return NULL;
	}
	if ((b->data == NULL || n > b->cap - b->len) && !grow(b, b->len + n)) {
		b->failed = true;
		return NULL;
	}
	return b->data + b->len;
}

void buffer_append(struct buffer *b, const void *data, size_t n)
{
	uint8_t *to = buffer_reserve(b, n);

	if (to == NULL || n == 0)
		return;
	memcpy(to, data, n);
	b->len += n;
}

void buffer_consume(struct buffer *b, size_t n)
{
	b->len -= n;
	if (b->len > 0 && n > 0)
		memmove(b->data, b->data + n, b->len);
}

void buffer_free(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){.max = b->max};
}

void buffer_wipe(struct buffer *b)
{
	if (b->cap > 0)
		explicit_bzero(b->data, b->cap);
	buffer_free(b);
}
