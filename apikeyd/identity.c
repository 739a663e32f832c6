/* identity.c - whom a connection acts as: its peer, somebody who has logged in, or a key. */
#include "apikeyd/identity.h"

#include <string.h>

#include "apikeyd/digests.h"
#include "apikeyd/gate.h"
#include "apikeyd/logins.h"

#define BIT(code) (UINT32_C(1) << APIKEY_CODE_##code)

/* What keeps a key from acting at all; its limits are for verifies. */
#define DENIED                                                                                     \
	(BIT(REVOKED) | BIT(EXPIRED) | BIT(DISABLED) | BIT(OWNER_DISABLED) |                       \
		BIT(TENANT_DISABLED) | BIT(IP_DENIED))

/* The greatest role first. */
static const struct text scopes[] = {
	{"apikeyd:admin", 13},
	{"apikeyd:keys", 12},
	{"apikeyd:read", 12},
};
static const enum role roles[] = {ROLE_ADMIN, ROLE_OPERATOR, ROLE_VIEWER};
#define ROLES (sizeof roles / sizeof roles[0])

enum role identity_role_of_key(struct engine *e, const uint8_t digest[DIGEST_BYTES],
	const struct now *now, char prefix[KEYTEXT_PREFIX_SIZE])
{
	struct verify_request request = {.needs = scopes, .need_count = ROLES, .cost = 1};
	struct verdict verdict;
	enum role role = ROLE_NONE;
	uint32_t applying;

	memcpy(request.digest, digest, DIGEST_BYTES);
	applying = engine_explain(e, &request, true, now, &verdict);
	for (size_t i = 0; i < ROLES && verdict.found && role == ROLE_NONE; i++)
		if ((applying & DENIED) == 0 && (verdict.missing >> i & 1) == 0)
			role = roles[i];
	if (role != ROLE_NONE && prefix != NULL && verdict.prefix.len < KEYTEXT_PREFIX_SIZE) {
		memcpy(prefix, verdict.prefix.data, verdict.prefix.len);
		prefix[verdict.prefix.len] = '\0';
	}
	engine_release(&verdict);
	return role;
}

bool identity_holds(struct daemon *d, const struct caller *caller, const struct login *login,
	const uint8_t key[DIGEST_BYTES], const struct now *now)
{
	if (login != NULL)
		return login_holds(login, now->wall);
	return caller->key[0] == '\0' ||
	       identity_role_of_key(d->engine, key, now, NULL) == caller->role;
}

static void end(struct daemon *d, struct session *s, const struct caller *next)
{
	logins_release(d->logins, s->login);
	s->login = NULL;
	s->caller = *next;
	digests_leave(d->digests, &s->subscription);
	memset(&s->subscription, 0, sizeof s->subscription);
}

void identity_refresh(struct daemon *d, struct session *s, const struct now *now, bool use)
{
	const struct caller nobody = {.uid = s->caller.uid, .pid = s->caller.pid};
	bool used = use && s->login != NULL;

	if (used ? !login_use(s->login, now->wall)
		 : !identity_holds(d, &s->caller, s->login, s->key, now))
		end(d, s, &nobody);
	gate_refresh_session(d, s);
}

void identity_take(
	struct daemon *d, struct session *s, const struct identity *identity, struct login *login)
{
	end(d, s, identity->peer ? &s->peer : &identity->caller);
	s->login = login;
	memcpy(s->key, identity->key, sizeof s->key);
}

void identity_drop(struct daemon *d, struct session *s)
{
	logins_release(d->logins, s->login);
	s->login = NULL;
}
