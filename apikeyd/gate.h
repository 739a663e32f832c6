/* gate.h - the one gate: who may call what, whose things a caller reaches, and what it may grant.
 *
 * All of it follows from the method's row (protocol/method.h) and the caller; no handler decides it again. */
#ifndef APIKEYD_GATE_H
#define APIKEYD_GATE_H

#include "apikeyd/args.h"
#include "apikeyd/daemon.h"
#include "apikeyd/people.h"
#include "apikeyd/session.h"

/* Makes the caller that user, as of a version of people read before the look-up. */
void gate_become(struct caller *caller, const struct person *person, uint64_t version);
/* Makes a caller that is a user what that user is by now, or nobody where it is gone or disabled. True: something about it
 * is different, so what it had begun ends. */
bool gate_refresh(struct people *people, struct caller *caller);

/* The same for a connection, whose subscription ends with it. */
void gate_refresh_session(struct daemon *d, struct session *session);

/* Whether the caller may call the method over that socket. */
enum apikey_error gate_enter(const struct caller *caller, enum socket_kind socket,
	const struct method *method, struct failure *why);
/* Whether it reaches the tenant that the parameters name, if they do; else as if there were none of that name. */
enum apikey_error gate_args(
	const struct caller *caller, const struct args *args, struct failure *why);
/* Whether what belongs to the tenant is there for the caller; data NULL: what belongs to none. */
bool gate_sees(const struct caller *caller, struct text tenant);

/* Whether the caller may give a key all of these scopes (joined by single spaces): of the reserved ones those that its
 * role comes up to; where a key acts (own: its scopes), of the others those that it covers itself. */
enum apikey_error gate_grants(
	const struct caller *caller, struct text scopes, struct text own, struct failure *why);

#endif
