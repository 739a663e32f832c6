/* key.c - the card of one key: everything about it. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/change.h"
#include "apikey-tui/format.h"
#include "apikey-tui/kit/sheet.h"
#include "apikey-tui/screens/screens.h"
#include "protocol/keytext.h"

#define LABEL_WIDTH 12
#define WIDE 120        /* from this width on the secrets have a column of their own */
#define JOINED_MAX 4608 /* 64 scopes */

struct card {
	struct console *console;
	char id[KEYTEXT_PREFIX_SIZE];
	struct sheet sheet, side;
};

/* Text that is there. */
static void put_text(struct sheet *s, const char *label, const char *text)
{
	if (*text != '\0')
		sheet_put(s, label, PAINT_PLAIN, text);
}

static void put_list(
	struct sheet *s, const char *label, const struct apikey_value *list, const char *none)
{
	char joined[JOINED_MAX];
	size_t at = 0;

	joined[0] = '\0';
	for (size_t i = 0; i < apikey_count(list) && at < sizeof joined; i++) {
		const char *item = apikey_string(apikey_at(list, i));

		at += (size_t)snprintf(joined + at, sizeof joined - at, "%s%s", i > 0 ? " " : "",
			item != NULL ? item : "");
	}
	sheet_put(s, label, at > 0 ? PAINT_PLAIN : PAINT_DIM, at > 0 ? joined : none);
}

static void put_status(const struct card *card, struct sheet *s, const char *status)
{
	static const struct {
		const char *status, *says;
		enum paint paint;
	} rows[] = {
		{"active", "active: it verifies", PAINT_GOOD},
		{"disabled", "disabled: denied until it is enabled again", PAINT_WARN},
		{"expired", "expired: denied", PAINT_WARN},
		{"revoked", "revoked: denied for good", PAINT_BAD},
	};

	(void)card;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].status, status) == 0)
			sheet_put(s, "Status", rows[i].paint, rows[i].says);
}

static void put_times(const struct card *card, struct sheet *s, const struct apikey_value *key)
{
	const struct apikey_value *expires = apikey_get(key, "expires_at"),
				  *used = apikey_get(key, "last_used_at");
	char time[FORMAT_SIZE], span[FORMAT_SIZE], text[4 * FORMAT_SIZE];

	format_time(apikey_int(apikey_get(key, "created_at"), 0), time);
	snprintf(text, sizeof text, "%s by %.64s", time, member(key, "created_by"));
	sheet_put(s, "Created", PAINT_PLAIN, text);
	format_time(apikey_int(expires, 0), time);
	format_ahead(apikey_int(expires, 0), card->console->time, span);
	snprintf(text, sizeof text, "%s, %s", time, span);
	sheet_put(s, "Expires", PAINT_PLAIN, apikey_type(expires) == APIKEY_INT ? text : "never");
	format_time(apikey_int(used, 0), time);
	format_ago(apikey_int(used, 0), card->console->time, span);
	snprintf(text, sizeof text, "%s, %s", time, span);
	sheet_put(s, "Last used", PAINT_PLAIN, apikey_type(used) == APIKEY_INT ? text : "never");
}

static void put_usage(struct sheet *s, const struct apikey_value *key)
{
	char requests[FORMAT_SIZE], units[FORMAT_SIZE], text[3 * FORMAT_SIZE];

	format_number(apikey_int(apikey_get(key, "requests"), 0), requests);
	format_number(apikey_int(apikey_get(key, "units"), 0), units);
	snprintf(text, sizeof text, "%s requests, %s units", requests, units);
	sheet_put(s, "Used", PAINT_PLAIN, text);
}

/* Metadata: a line for each member that is no container. */
static void put_meta(struct sheet *s, const struct apikey_value *meta)
{
	for (size_t i = 0; i < apikey_count(meta); i++) {
		const char *name = apikey_key_at(meta, i);
		const struct apikey_value *value = apikey_at(meta, i);
		char text[JOINED_MAX];

		if (name == NULL)
			continue;
		if (apikey_string(value) != NULL)
			snprintf(text, sizeof text, "%s = %s", name, apikey_string(value));
		else if (apikey_type(value) == APIKEY_INT)
			snprintf(text, sizeof text, "%s = %lld", name,
				(long long)apikey_int(value, 0));
		else if (apikey_type(value) == APIKEY_BOOL)
			snprintf(text, sizeof text, "%s = %s", name,
				apikey_bool(value, false) ? "true" : "false");
		else
			snprintf(text, sizeof text, "%s = (more: apikeyctl key show)", name);
		sheet_put(s, i == 0 ? "Metadata" : "", PAINT_PLAIN, text);
	}
}

static void put_secret(const struct card *card, struct sheet *s, const struct apikey_value *secret)
{
	const struct apikey_value *used = apikey_get(secret, "last_used_at"),
				  *ends = apikey_get(secret, "expires_at");
	char time[FORMAT_SIZE], text[256];

	sheet_put(s, "Secret", PAINT_TITLE, member(secret, "prefix"));
	format_time(apikey_int(apikey_get(secret, "created_at"), 0), time);
	snprintf(text, sizeof text, "made %s", time);
	sheet_put(s, "", PAINT_PLAIN, text);
	if (apikey_type(ends) == APIKEY_INT) {
		format_time(apikey_int(ends, 0), time);
		snprintf(text, sizeof text, "runs out %s", time);
		sheet_put(s, "", PAINT_WARN, text);
	}
	format_ago(apikey_int(used, 0), card->console->time, time);
	snprintf(text, sizeof text, "last used %s",
		apikey_type(used) == APIKEY_INT ? time : "never");
	if (*member(secret, "last_ip") != '\0')
		snprintf(text + strlen(text), sizeof text - strlen(text), " from %.64s",
			member(secret, "last_ip"));
	sheet_put(s, "", PAINT_PLAIN, text);
}

static void put_key(const struct card *card, struct sheet *s, const struct apikey_value *key)
{
	put_status(card, s, member(key, "status"));
	sheet_put(s, "Key", PAINT_PLAIN, member(key, "masked"));
	sheet_put(s, "Id", PAINT_PLAIN, member(key, "id"));
	put_text(s, "Owner", member(key, "owner"));
	put_text(s, "Tenant", member(key, "tenant"));
	put_text(s, "Environment", member(key, "env"));
	put_times(card, s, key);
	put_usage(s, key);
	put_list(s, "Scopes", apikey_get(key, "scopes"), "none");
	put_list(s, "Addresses", apikey_get(key, "ip_allow"), "any");
	put_text(s, "Plan", member(key, "plan"));
	put_text(s, "Email", member(key, "email"));
	put_text(s, "Notes", member(key, "notes"));
	put_meta(s, apikey_get(key, "meta"));
}

static void put_secrets(const struct card *card, struct sheet *s, const struct apikey_value *key)
{
	const struct apikey_value *secrets = apikey_get(key, "secrets");

	for (size_t i = 0; i < apikey_count(secrets); i++)
		put_secret(card, s, apikey_at(secrets, i));
}

static void draw_key(struct card *card, struct area area, const struct apikey_value *key)
{
	struct term *t = card->console->term;
	struct pen heading = pen_at(t, area_top(&area, 1), 0);
	struct area side;

	pen_put(&heading, PAINT_TITLE, member(key, "name"));
	if (area.h > 10)
		area_top(&area, 1);
	side = area;
	if (area.w >= WIDE) {
		area.w = area.w / 2 - 1;
		side.x += area.w + 2;
		side.w -= area.w + 2;
		sheet_begin(&card->side, t, side, LABEL_WIDTH);
		put_secrets(card, &card->side, key);
		sheet_end(&card->side);
	}
	sheet_begin(&card->sheet, t, area, LABEL_WIDTH);
	put_key(card, &card->sheet, key);
	if (side.x == area.x)
		put_secrets(card, &card->sheet, key);
	sheet_end(&card->sheet);
}

static void draw(struct console *c, void *state, struct area area)
{
	struct card *card = state;
	const struct apikey_value *key = model_key(c->model);
	const char *trouble = model_key_trouble(c->model);
	struct pen p = pen_at(c->term, area, 0);

	if (key != NULL)
		draw_key(card, area, key);
	else if (*trouble != '\0')
		pen_put(&p, PAINT_BAD, trouble);
	else
		pen_put(&p, PAINT_DIM, "Waiting for the daemon.");
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	struct card *card = state;

	(void)key;
	switch (row->action) {
	case ACTION_MOVE:
		sheet_move(&card->sheet, row->motion);
		card->side.top = card->sheet.top;
		break;
	case ACTION_DISABLE:
		change_toggle(c, model_key(c->model));
		break;
	case ACTION_REVOKE:
		change_revoke(c, model_key(c->model));
		break;
	case ACTION_BACK:
		return (struct wish){.kind = WISH_BACK};
	default:
		break;
	}
	return (struct wish){.kind = WISH_STAY};
}

static enum place place(const void *state)
{
	(void)state;
	return PLACE_KEY;
}

static void *open_card(struct console *c, const char *arg)
{
	struct card *card = calloc(1, sizeof *card);

	if (card == NULL)
		return NULL;
	card->console = c;
	snprintf(card->id, sizeof card->id, "%s", arg != NULL ? arg : "");
	model_watch(c->model, card->id);
	return card;
}

static void close_card(struct console *c, void *state)
{
	model_watch(c->model, NULL);
	free(state);
}

const struct screen key_screen = {
	.name = "key",
	.title = "Key",
	.open = open_card,
	.close = close_card,
	.place = place,
	.draw = draw,
	.act = act,
};
