/* bcrypt.h - the only door to libcrypt: keys checked against hashes that other systems made of them. */
#ifndef APIKEYD_BCRYPT_H
#define APIKEYD_BCRYPT_H

#include <stdbool.h>

#include "protocol/text.h"

#define BCRYPT_BYTES 60 /* of every such hash, as text */
/* Its cost is a power of two: 4 is the least there is, and one of 14 takes a processor about a second. */
#define BCRYPT_COST_MIN 4
#define BCRYPT_COST_MAX 14

/* NULL if hash is one of form $2a$, $2b$ or $2y$ within the bounds, else what is wrong with it. */
const char *bcrypt_check(struct text hash);
/* Whether the hash, BCRYPT_BYTES and a NUL, is of the key: slow on purpose. Of a longer key bcrypt sees 72 bytes; one
 * that holds a NUL matches nothing. */
bool bcrypt_matches(struct text key, const char *hash);

#endif
