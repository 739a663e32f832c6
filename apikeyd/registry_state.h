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

/* registry_slot.c: as whose a secret counts. */
struct usage_owner registry_owner(const struct key_record *key, const struct secret_record *secret);
/* Gives a new secret a slot, in which it counts from now on; a secret that goes leaves its own: fold_leave(). */
enum apikey_error registry_take_slot(struct registry *r, const struct key_record *key,
	struct secret_record *secret, struct failure *why);
enum apikey_error registry_leave_slot(struct registry *r, const struct key_record *key,
	const struct secret_record *secret, struct failure *why);
/* Gives the step's key a slot for its limits, if it wants one and has none. */
enum apikey_error registry_take_limits(
	struct registry *r, struct change_step *step, struct failure *why);

/* registry_put.c: brings the key into the engine as it is stored; with rehash a secret changes its digest in the same
 * step. False: memory has ended. */
bool registry_put(struct registry *r, const struct key_record *key, const struct rehash *rehash);

#endif
