/* record.h - a key with its secrets as one run of bytes, so that a start reads one column and not forty. */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "apikeyd/store/store.h"

/* The texts of a key, in the order in which every stored form of it has them: i is below KEY_TEXTS. */
#define KEY_TEXTS 13
struct text key_text_get(const struct key_record *key, size_t i);
void key_text_set(struct key_record *key, size_t i, struct text t);

/* Encoded into the pool: a checksum that finds damage (but stops no forger), then the fields in their order, numbers as
 * LEB128 (DWARF 5, 7.6), text with its length before it. It has no version of its own: a store makes its records anew
 * when it migrates. */
struct text record_encode(struct pool *pool, const struct key_record *key);
/* The mirror: false unless the bytes are exactly one whole record. Its text is borrowed from them. */
bool record_decode(struct text bytes, struct key_record *out);

#endif
