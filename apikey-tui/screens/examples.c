/* examples.c - how a key is used: by whoever has it, and by the service that is shown it. */
#include <stdlib.h>

#include "apikey-tui/kit/sheet.h"
#include "apikey-tui/screens/screens.h"

static const struct {
	enum paint paint;
	const char *text;
} lines[] = {
	{PAINT_TITLE, "Whoever has the key, with curl"},
	{PAINT_PLAIN, "  curl -H \"Authorization: Bearer $KEY\" https://api.example.org/"},
	{PAINT_PLAIN, ""},
	{PAINT_TITLE, "The service, by script"},
	{PAINT_PLAIN, "  printf %s \"$KEY\" | apikeyctl verify --scope invoices:read"},
	{PAINT_PLAIN, ""},
	{PAINT_TITLE, "The service, in C with libapikey"},
	{PAINT_PLAIN, "  client = apikey_open(\"/run/apikeyd/verify.sock\");"},
	{PAINT_PLAIN, "  ask = (struct apikey_request){.key = key, .key_len = strlen(key)};"},
	{PAINT_PLAIN, "  if (apikey_verify(client, &ask, &verdict) == APIKEY_OK && verdict.valid)"},
	{PAINT_PLAIN, "          serve(verdict.key_id);"},
	{PAINT_PLAIN, ""},
	{PAINT_TITLE, "nginx, with a service of yours that verifies at /verify"},
	{PAINT_PLAIN, "  location /api/ { auth_request /verify; proxy_pass http://backend; }"},
	{PAINT_PLAIN,
		"  location = /verify { internal; proxy_pass http://unix:/run/verify.sock; }"},
	{PAINT_PLAIN, ""},
	{PAINT_DIM, "Any MessagePack-RPC client can ask the daemon: PROTOCOL.md is the wire."},
};

static void draw(struct console *c, void *state, struct area area)
{
	struct sheet *s = state;

	sheet_begin(s, c->term, area, 0);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		sheet_put(s, "", lines[i].paint, lines[i].text);
	sheet_end(s);
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	(void)c;
	(void)key;
	if (row->action == ACTION_MOVE)
		sheet_move(state, row->motion);
	return (struct wish){.kind = row->action == ACTION_BACK ? WISH_BACK : WISH_STAY};
}

static enum place place(const void *state)
{
	(void)state;
	return PLACE_DETAIL;
}

static void *open_examples(struct console *c, const char *arg)
{
	(void)c;
	(void)arg;
	return calloc(1, sizeof(struct sheet));
}

static void close_examples(struct console *c, void *state)
{
	(void)c;
	free(state);
}

const struct screen examples_screen = {
	.title = "Examples",
	.least = ROLE_VIEWER,
	.open = open_examples,
	.close = close_examples,
	.place = place,
	.draw = draw,
	.act = act,
};
