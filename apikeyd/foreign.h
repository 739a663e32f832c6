/* foreign.h - keys of which only a bcrypt is known, by the public beginning of their text. Any thread. */
#ifndef APIKEYD_FOREIGN_H
#define APIKEYD_FOREIGN_H

#include "apikeyd/bcrypt.h"
#include "apikeyd/engine/engine.h"
#include "protocol/keytext.h"

#define FOREIGN_FOUND_MAX 4 /* of keys with such a beginning: what one wrong key may cost */

/* One that a text may be. */
struct foreign_key {
	char prefix[KEYTEXT_PREFIX_SIZE];
	char bcrypt[BCRYPT_BYTES + 1];
	uint8_t digest[DIGEST_BYTES]; /* what it has in the engine */
};

struct foreign;

/* Never NULL. */
struct foreign *foreign_new(void);
void foreign_free(struct foreign *f);
/* Takes the place of one with that prefix. */
void foreign_put(struct foreign *f, struct text tenant, const struct foreign_key *key);
void foreign_remove(struct foreign *f, struct text prefix);
/* Whether there has been one since the start; costs next to nothing. */
bool foreign_any(const struct foreign *f);
/* Copies those that the request's key begins like and whose tenants it may be about: the longest beginning of each tenant
 * first, then the next of each, so that no tenant's keys keep another's from being found. Returns how many there are. */
unsigned foreign_find(struct foreign *f, const struct verify_request *request,
	struct foreign_key out[FOREIGN_FOUND_MAX]);

#endif
