/* password.c - new passwords: by whoever knows the old one, by a one-time code, by the local root. */
#include <string.h>

#include "apikeyd/methods/auth.h"
#include "apikeyd/methods/methods.h"
#include "apikeyd/token.h"
#include "protocol/writer.h"

#define CODES 10         /* that a user has at once */
#define RESET_LIFE 86400 /* seconds for which a code that an administrator asked for is good */

static void write_user(struct call *call, const struct user_record *user)
{
	write_map(&call->result, 1);
	write_str(&call->result, "username");
	write_text(&call->result, user->username);
}

/* ---- user.set_password ----------------------------------------------------------------------------------------- */

/* The local root, who could as well write the store. */
static bool is_local_root(const struct caller *who)
{
	return who->role == ROLE_ADMIN && who->person == 0 && who->key[0] == '\0';
}

static enum apikey_error begin_change(
	struct call *call, const struct user_record *user, struct failure *why)
{
	bool known = !is_local_root(&call->caller) && user->password.data != NULL;
	struct hash_work *work;

	if (!is_local_root(&call->caller) && !auth_is_self(call, user))
		return fail(why, APIKEY_FORBIDDEN,
			"nobody chooses another's password: user.recovery_codes gives a code with "
			"which the user sets a new one");
	if (known && arg_set(&call->args, "old_password") == NULL)
		return fail(why, APIKEY_INVALID_ARGUMENT, "old_password: is missing");
	if (auth_begin_password(call, "password", user->username, why) != APIKEY_OK)
		return why->code;
	if (!known)
		return APIKEY_OK;
	if (auth_try(call, user->username, why) != APIKEY_OK)
		return why->code;
	work = call->work;
	work->check = true;
	work->hash = user->password.data;
	work->refused = auth_not_tried;
	return auth_digest(call, "old_password", work->digest, why);
}

static enum apikey_error end_change(
	struct call *call, struct user_record *user, struct failure *why)
{
	const struct hash_work *work = call->work;

	if (work->error != APIKEY_OK && work->check)
		auth_not_tried(call);
	if (work->error == APIKEY_OK && work->check &&
		(!work->matches || !text_equal(user->password, text_of(work->hash))))
		return fail(why, APIKEY_FORBIDDEN, "the old password is wrong");
	if (auth_change_password(call, user, why) != APIKEY_OK ||
		call_audit(call, user->username, user->tenant, (struct text){0}, why) != APIKEY_OK)
		return why->code;
	write_user(call, user);
	return APIKEY_OK;
}

enum apikey_error user_set_password(struct call *call, struct failure *why)
{
	struct user_record *user;

	if (auth_named_user(call, &user, why) != APIKEY_OK)
		return why->code;
	return call->work == NULL ? begin_change(call, user, why) : end_change(call, user, why);
}

/* ---- auth.recover ---------------------------------------------------------------------------------------------- */

/* The user that the code is good for, and its digest. */
static enum apikey_error find_by_code(struct call *call, struct user_record **out,
	uint8_t digest[DIGEST_BYTES], struct failure *why)
{
	struct text username = arg_text(&call->args, "username");
	bool found;

	if (auth_find_user(call, username, out, why) != APIKEY_OK ||
		auth_code_digest(call, arg_text(&call->args, "code"), digest, why) != APIKEY_OK ||
		call_ops(call)->code_find(
			call_store(call), username, digest, call->now, &found, why) != APIKEY_OK)
		return why->code;
	return found && *out != NULL ? APIKEY_OK
				     : fail(why, APIKEY_UNAUTHENTICATED, "wrong user name or code");
}

/* A code has eighty bits of chance, so nobody guesses one and there is no lock: it opens the one on the name. */
enum apikey_error auth_recover(struct call *call, struct failure *why)
{
	struct text username = arg_text(&call->args, "username");
	uint8_t digest[DIGEST_BYTES];
	struct user_record *user;

	if (find_by_code(call, &user, digest, why) != APIKEY_OK)
		return why->code;
	if (call->work == NULL)
		return auth_begin_password(call, "new_password", username, why);
	if (call_ops(call)->code_delete(call_store(call), username, digest, why) != APIKEY_OK ||
		auth_change_password(call, user, why) != APIKEY_OK ||
		auth_audit_as(call, username, user->tenant, username, why) != APIKEY_OK)
		return why->code;
	write_user(call, user);
	return APIKEY_OK;
}

/* ---- user.recovery_codes --------------------------------------------------------------------------------------- */

static enum apikey_error make_code(struct call *call, const struct user_record *user,
	int64_t expires_at, struct buffer *shown, struct failure *why)
{
	uint8_t digest[DIGEST_BYTES];
	char code[CODE_SIZE];

	code_make(code);
	if (auth_code_digest(call, text_of(code), digest, why) != APIKEY_OK ||
		call_ops(call)->code_put(
			call_store(call), user->username, digest, expires_at, why) != APIKEY_OK)
		return why->code;
	write_str(shown, code);
	explicit_bzero(code, sizeof code);
	return APIKEY_OK;
}

/* Ten for oneself, in place of those there were; one for another, in addition to them. */
static enum apikey_error make_codes(
	struct call *call, const struct user_record *user, int64_t expires_at, struct failure *why)
{
	struct buffer shown = {.max = CODES * (CODE_SIZE + 1)};
	unsigned count = expires_at == STORE_NEVER ? CODES : 1;
	enum apikey_error error = APIKEY_OK;

	if (expires_at == STORE_NEVER)
		error = call_ops(call)->code_delete(call_store(call), user->username, NULL, why);
	for (unsigned i = 0; error == APIKEY_OK && i < count; i++)
		error = make_code(call, user, expires_at, &shown, why);
	if (error == APIKEY_OK)
		call_once_array(call, "codes", &shown, count);
	buffer_wipe(&shown);
	return error;
}

enum apikey_error user_recovery_codes(struct call *call, struct failure *why)
{
	struct user_record *user;
	int64_t expires_at;

	if (auth_named_user(call, &user, why) != APIKEY_OK)
		return why->code;
	expires_at = auth_is_self(call, user) ? STORE_NEVER : call->now + RESET_LIFE;
	if (make_codes(call, user, expires_at, why) != APIKEY_OK)
		return why->code;
	write_map(&call->result, 2);
	write_str(&call->result, "username");
	write_text(&call->result, user->username);
	write_str(&call->result, "expires_at");
	if (expires_at != STORE_NEVER)
		write_int(&call->result, expires_at);
	else
		write_nil(&call->result);
	return call_audit(call, user->username, user->tenant, (struct text){0}, why);
}
