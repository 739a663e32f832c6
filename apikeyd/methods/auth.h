/* auth.h - what the handlers about logins, passwords and sessions share. */
#ifndef METHODS_AUTH_H
#define METHODS_AUTH_H

#include "apikeyd/hash_work.h"
#include "apikeyd/methods/common.h"

/* The record of that name, in the pool; NULL where there is none or it is disabled. */
enum apikey_error auth_find_user(
	struct call *call, struct text username, struct user_record **out, struct failure *why);
/* The user that the parameter names, or the caller; the caller itself and administrators alone have it, for anybody else
 * it is not there. */
enum apikey_error auth_named_user(struct call *call, struct user_record **out, struct failure *why);
/* Whether the caller is that user, by whatever way it came in. */
bool auth_is_self(const struct call *call, const struct user_record *user);
/* The digest of a secret parameter. */
enum apikey_error auth_digest(
	struct call *call, const char *param, uint8_t out[DIGEST_BYTES], struct failure *why);
/* The digest of a code as typed. */
enum apikey_error auth_code_digest(
	struct call *call, struct text code, uint8_t out[DIGEST_BYTES], struct failure *why);

/* Begins a work in the call's pool; the handler is called again when it is done, with call->work set. */
struct hash_work *auth_begin_work(struct call *call);
/* What the hasher had to say, once it is done. */
enum apikey_error auth_work_outcome(const struct call *call, struct failure *why);

/* Begins the work of a new password, if the user may have it; else the reason, naming the parameter. */
enum apikey_error auth_begin_password(
	struct call *call, const char *param, struct text username, struct failure *why);
/* When that is done: puts it into the record, which is the caller's to store. */
enum apikey_error auth_take_password(
	struct call *call, struct user_record *user, struct failure *why);

/* Counts an attempt on the user's password, or says that the name is locked. */
enum apikey_error auth_try(struct call *call, struct text username, struct failure *why);
/* As hash_work.refused: the attempt that the parameter `username` (or else the caller) was counted for was not made. */
void auth_not_tried(struct call *call);

/* Likewise stores it, ends every session of the user and opens the lock on the name. */
enum apikey_error auth_change_password(
	struct call *call, struct user_record *user, struct failure *why);
/* The audit row of something that the user did before being known to the connection. */
enum apikey_error auth_audit_as(struct call *call, struct text actor, struct text tenant,
	struct text object, struct failure *why);

#endif
