/* rehash.h - once a key that was imported as another system's hash has been seen, its native digest replaces that. */
#ifndef APIKEYD_REHASH_H
#define APIKEYD_REHASH_H

#include "apikeyd/daemon.h"
#include "apikeyd/engine/engine.h"

/* Has the store do it, in a transaction with its entry in the audit log; until then, and if it fails, the key goes on by
 * `former`, and another success tries again. Whoever asks a second time does no harm. Any thread but the store's. */
void rehash_later(struct daemon *d, struct text prefix, const uint8_t former[DIGEST_BYTES],
	const uint8_t native[DIGEST_BYTES], int64_t now);

#endif
