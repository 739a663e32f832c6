/* call.h - one call of a method other than verify, from the gate to its answer. */
#ifndef APIKEYD_CALL_H
#define APIKEYD_CALL_H

#include "apikeyd/args.h"
#include "apikeyd/daemon.h"
#include "apikeyd/pool.h"
#include "apikeyd/registry.h"
#include "apikeyd/session.h"
#include "apikeyd/store/writer.h"
#include "protocol/buffer.h"

#define ANSWER_MAX (1024 * 1024) /* bytes of one answer */

struct call;
struct verify_late;
struct hash_work;
struct identity;
struct login;

/* Writes exactly one value into call->result, or returns the error with *why filled in. Run again from the start where
 * the writer has to. */
typedef enum apikey_error handler_fn(struct call *call, struct failure *why);

/* Takes a finished answer to its connection; may be called on any thread, and the connection may be gone. */
struct answer_route {
	void (*deliver)(void *worker, uint64_t connection, struct buffer *reply, bool heavy);
	/* Sends a message ahead of the answer; otherwise as deliver. */
	void (*tell)(void *worker, uint64_t connection, struct buffer *message);
	/* Takes a verify back to the worker, which answers it; it is the worker's from then on. */
	void (*recall)(void *worker, uint64_t connection, struct verify_late *late);
	/* Likewise makes the connection act as somebody else, before what is delivered after it; takes over the hold. */
	void (*become)(void *worker, uint64_t connection, const struct identity *identity,
		struct login *login);
	void *worker;
	uint64_t connection;
};

struct call {
	struct writer_job job; /* first: the writer hands it back */
	struct daemon *daemon;
	const struct method *method;
	handler_fn *handler;
	struct caller caller;
	uint32_t msgid;
	int64_t now;
	struct args args;
	struct buffer result;
	struct text once; /* encoded member with a secret: answered, and kept nowhere */
	/* for calls on the store thread */
	struct pool pool;
	struct change change;
	struct answer_route route;
	struct login *login; /* held: by which the caller acts; NULL: none, or else */
	uint8_t key[32];     /* the digest of the key by which it acts */
	bool replayed;       /* the answer is that of an earlier call with this request_id */
	bool handled;        /* the handler was called at least once */
	/* A handler that has more to look at than may keep others waiting sets `again` to be called once more, behind
	 * whatever waits; what it has so far it keeps in the pool, and what it has changed is committed and in force. */
	bool again;
	void *progress; /* NULL on the first call */
	/* Likewise one that wants a slow hash made first, set with `again`; see methods/auth.h. */
	struct hash_work *work;
	struct identity *
		become; /* whom the connection acts as once the commit is on disk; NULL: as before */
	void (*between)(
		struct call *call); /* NULL, or called before `again`, outside any transaction */
	void (*end)(struct call *call); /* NULL, or frees what the pool does not */
	/* for calls on the worker */
	struct session *session;
	struct buffer *after; /* messages to follow the answer */
};

#endif
