/* hash_work.h - what a handler wants of the worker for slow hashes before it is called again. */
#ifndef APIKEYD_HASH_WORK_H
#define APIKEYD_HASH_WORK_H

#include "apikeyd/foreign.h"
#include "apikeyd/hasher.h"
#include "apikeyd/password.h"

struct call;

/* In the call's pool, to the end of the call. */
struct hash_work {
	struct hasher_job job; /* first: the hasher hands it back */
	struct call *call;
	/* what is to be done: a password checked, then a new one made unless the first was wrong */
	bool check, make;
	uint8_t digest[PASSWORD_DIGEST_BYTES]; /* of the one to check */
	const char *hash;                      /* what it is checked against; NULL: in vain */
	uint8_t new_digest[PASSWORD_DIGEST_BYTES];
	/* or instead, in the lane for keys: whether a key is one of these */
	struct text key;
	struct foreign_key found[FOREIGN_FOUND_MAX];
	unsigned found_count;
	/* Store thread: the queue is full, so the handler will not be called again. NULL: nothing to take back. */
	void (*refused)(struct call *call);
	/* what came of it */
	bool finished;
	enum apikey_error error;
	bool matches;
	char made[PASSWORD_HASH_SIZE];
};

/* As hasher_job.run. */
void hash_work_run(struct hasher_job *job);

#endif
