/* registry_state.h - what the files of the registry share; nobody else includes it. */
#ifndef APIKEYD_REGISTRY_STATE_H
#define APIKEYD_REGISTRY_STATE_H

#include "apikeyd/fold.h"
#include "apikeyd/foreign.h"
#include "apikeyd/logins.h"
#include "apikeyd/people.h"
#include "apikeyd/plans.h"
#include "apikeyd/registry.h"
#include "protocol/buffer.h"

struct registry {
	struct registry_options o;
	struct buffer own, shared; /* reused for every key */
	struct buffer shared_of,
		shared_of_next; /* what `shared` was encoded from: keys often come in runs of the same */
	uint8_t shared_members;
	struct plans *plans;
	struct fold *fold;
	struct foreign *foreign;
};

/* registry_put.c: brings the key into the engine as it is stored; with rehash a secret changes its digest in the same
 * step. False: memory has ended. */
bool registry_put(struct registry *r, const struct key_record *key, const struct rehash *rehash);

#endif
