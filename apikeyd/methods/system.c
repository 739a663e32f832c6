/* system.c - hello, ping, and reading the configuration again. */
#include "apikeyd/methods/declared.h"
#include "apikeyd/methods/methods.h"
#include "apikeyd/reload.h"
#include "protocol/writer.h"

static void text_or_nil(struct buffer *b, const char *text)
{
	write_str(b, text[0] != '\0' ? text : NULL);
}

enum apikey_error system_hello(struct call *call, struct failure *why)
{
	struct buffer *b = &call->result;
	const struct caller *who = &call->caller;

	(void)why;
	write_map(b, 9);
	write_str(b, "server");
	write_str(b, "apikeyd");
	write_str(b, "version");
	write_str(b, APIKEY_VERSION);
	write_str(b, "protocol");
	write_int(b, 1);
	write_str(b, "socket");
	write_str(b, call->session->socket == SOCKET_VERIFY ? "verify" : "admin");
	write_str(b, "uid");
	write_int(b, who->uid);
	write_str(b, "authenticated");
	write_bool(b, who->authenticated);
	write_str(b, "user");
	text_or_nil(b, who->user);
	write_str(b, "role");
	write_str(b, who->authenticated ? role_name(who->role) : NULL);
	write_str(b, "tenant");
	text_or_nil(b, who->tenant);
	return APIKEY_OK;
}

enum apikey_error system_ping(struct call *call, struct failure *why)
{
	(void)why;
	write_map(&call->result, 1);
	write_str(&call->result, "time");
	write_int(&call->result, call->now);
	return APIKEY_OK;
}

enum apikey_error system_reload(struct call *call, struct failure *why)
{
	if (reload_config(call->daemon, why) != APIKEY_OK)
		return why->code;
	declared_make(call->daemon, false);
	write_map(&call->result, 1);
	write_str(&call->result, "reloaded");
	write_bool(&call->result, true);
	return APIKEY_OK;
}
