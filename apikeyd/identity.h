/* identity.h - whom a connection acts as: its peer, somebody who has logged in, or a key. */
#ifndef APIKEYD_IDENTITY_H
#define APIKEYD_IDENTITY_H

#include "apikeyd/daemon.h"
#include "apikeyd/engine/engine.h"
#include "apikeyd/session.h"
#include "apikeyd/store/store.h"

/* What a handler makes of its connection, when the change is on the disk. */
struct identity {
	bool peer; /* what the peer is by itself; the rest is not looked at */
	struct caller caller;
	const struct session_record *session; /* NULL: a key acts, */
	uint8_t key[DIGEST_BYTES];            /* of this digest */
};

/* Makes the connection's caller what it is by now, or nobody: its session may be over, its key revoked, its user another.
 * What it has subscribed to ends with a change. With `use`, a request is being made, so that a session does not idle.
 * The connection's thread. */
void identity_refresh(struct daemon *d, struct session *s, const struct now *now, bool use);

/* The role that the key of this digest may act in by now, or none; prefix (may be NULL) is set to its public part. */
enum role identity_role_of_key(struct engine *e, const uint8_t digest[DIGEST_BYTES],
	const struct now *now, char prefix[KEYTEXT_PREFIX_SIZE]);

/* Whether that by which the caller acts still holds: a session (NULL: none), or a key of that digest. Any thread that holds
 * the session. */
bool identity_holds(struct daemon *d, const struct caller *caller, const struct login *login,
	const uint8_t key[DIGEST_BYTES], const struct now *now);

/* The connection's thread: makes it act as somebody, with a session that is held for it, or NULL. */
void identity_take(
	struct daemon *d, struct session *s, const struct identity *identity, struct login *login);
/* When it closes. */
void identity_drop(struct daemon *d, struct session *s);

#endif
