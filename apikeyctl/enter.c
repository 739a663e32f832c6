/* enter.c - acting as somebody: by the session that `apikeyctl login` began, or by a key. */
#include "apikeyctl/enter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyctl/keyfile.h"
#include "apikeyctl/tokenfile.h"

static enum apikey_error call(
	struct ctl *ctl, const char *method, const char *name, const char *secret)
{
	struct apikey_params *params = apikey_params_new();
	enum apikey_error r = APIKEY_NO_MEMORY;

	if (params) {
		apikey_put_string(params, name, secret);
		r = ctl_ask(ctl, method, params, NULL);
	}
	apikey_params_free(params);
	return r;
}

static enum end enter_by_key(struct ctl *ctl, const char *path)
{
	char key[KEYFILE_MAX + 1];
	ssize_t len = keyfile_read(path, key, KEYFILE_MAX);
	enum apikey_error r;

	if (len < 0)
		return ctl_usage(ctl, "$APIKEYCTL_KEY_FILE: %s: %s", path, strerror(errno));
	key[len] = '\0';
	r = call(ctl, "auth.key", "key", key);
	explicit_bzero(key, sizeof key);
	return r == APIKEY_UNAUTHENTICATED ? ctl_fail(ctl, r, apikey_failure(ctl->client))
					   : END_DONE;
}

enum end enter(struct ctl *ctl)
{
	const char *key_file = getenv("APIKEYCTL_KEY_FILE");
	char token[TOKENFILE_SIZE];

	if (key_file && *key_file)
		return enter_by_key(ctl, key_file);
	if (!tokenfile_read(token))
		return END_DONE;
	if (call(ctl, "auth.resume", "token", token) == APIKEY_UNAUTHENTICATED) {
		ctl_say("your session is over: apikeyctl login");
		tokenfile_remove();
	}
	explicit_bzero(token, sizeof token);
	return END_DONE;
}
