/* keys.h - keys for the stores' tests: made from a number, compared field by field. */
#ifndef TESTS_KEYS_H
#define TESTS_KEYS_H

#include "apikeyd/store/store.h"

/* Key number n: deterministic, with fields set and not set, names that tie, all states. Its text is the pool's. */
struct key_record *test_key(struct pool *pool, unsigned n);
/* Adds one more secret. */
void test_add_secret(struct pool *pool, struct key_record *key, unsigned n);
/* The id of key number n. Static, until the next call. */
const char *test_id(unsigned n);

bool test_same(const struct key_record *a, const struct key_record *b);

/* A new empty directory under $TMPDIR, and its removal with all files in it. The caller frees the path. */
char *test_directory(void);
void test_remove_directory(char *dir);

#endif
