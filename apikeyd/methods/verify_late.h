/* verify_late.h - a verify of what may be a key known by its bcrypt: answered once the hasher has looked. */
#ifndef METHODS_VERIFY_LATE_H
#define METHODS_VERIFY_LATE_H

#include "apikeyd/call.h"
#include "apikeyd/foreign.h"
#include "apikeyd/hasher.h"

/* One that waits. It holds a copy of the request, since the client's bytes do not stay. */
struct verify_late {
	struct hasher_job job; /* first: the hasher hands it back */
	struct daemon *daemon;
	struct answer_route route;
	uint32_t msgid;
	int64_t now;
	uint8_t native[DIGEST_BYTES]; /* of the key asked for */
	struct foreign_key found[FOREIGN_FOUND_MAX];
	unsigned found_count;
	/* what came of it: for the worker */
	enum apikey_error outcome;       /* of the hasher */
	const struct foreign_key *match; /* one of found, or NULL */
	struct text key;                 /* within params */
	size_t params_len;
	uint8_t params[];
};

/* One for the request with these parameters, as they came, and this key, which lies within them; the other fields are the
 * caller's to fill in. Never NULL. */
struct verify_late *verify_late_new(struct text params, struct text key);
void verify_late_free(struct verify_late *late);
/* Hands it to the hasher; it comes back by route.recall. APIKEY_BUSY, APIKEY_UNAVAILABLE: it does not, and stays the
 * caller's. */
enum apikey_error verify_late_submit(struct verify_late *late);

#endif
