/* key.c - the card of one key: everything about it, in as many panes as there is room for. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/change.h"
#include "apikey-tui/format.h"
#include "apikey-tui/screens/card.h"
#include "apikey-tui/screens/screens.h"

#define TALL 12 /* lines with which there is room for an empty one */

/* In the order of their weight. */
static const struct pane panes[] = {
	{"Key", 3, CARD_LABEL, .put = card_facts},
	{"Limits", 1, CARD_LABEL, .put = card_limits},
	{"Usage", 4, .fill = card_usage_draw},
	{"Secrets", 2, .put = card_secrets},
	{"Denied", 1, CARD_LABEL, .put = card_denied},
	{"Alerts", 1, CARD_LABEL, .put = card_alerts},
	{"Audit", 3, CARD_LABEL, .put = card_audit},
};

static void keep(struct question *q, const struct console *c)
{
	question_keep(q, c->model, c->now, c->time);
}

static void draw_key(struct card *card, struct area area, const struct apikey_value *key)
{
	struct term *t = card->console->term;
	struct pen heading = pen_at(t, area_top(&area, 1), 0);

	pen_put(&heading, PAINT_TITLE, member(key, "name"));
	if (area.h > TALL)
		area_top(&area, 1);
	panes_draw(&card->panes, t, area);
}

static void draw(struct console *c, void *state, struct area area)
{
	struct card *card = state;
	const struct apikey_value *key = model_key(c->model);
	const char *trouble = model_key_trouble(c->model);
	struct pen p = pen_at(c->term, area, 0);

	if (key != NULL) {
		card_limits_refill(card);
		keep(&card->explain, c);
		keep(&card->usage, c);
		keep(&card->denials, c);
		keep(&card->alerts, c);
		keep(&card->audit, c);
		draw_key(card, area, key);
	} else if (*trouble != '\0') {
		pen_put(&p, PAINT_BAD, trouble);
	} else {
		pen_put(&p, PAINT_DIM, "Waiting for the daemon.");
	}
}

/* ---- what can be done ---- */

/* Another screen about this key. */
static struct wish open_over(const struct console *c, const struct screen *screen)
{
	const char *id = member(model_key(c->model), "id");

	if (*id == '\0')
		return (struct wish){.kind = WISH_STAY};
	return (struct wish){WISH_OPEN, screen, id};
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	struct card *card = state;

	switch (row->action) {
	case ACTION_MOVE:
		panes_move(&card->panes, row->motion);
		break;
	case ACTION_PANE:
		panes_turn(&card->panes, key == TERM_BACKTAB ? -1 : 1);
		break;
	case ACTION_CURSOR:
		card_usage_move(card, key == 'h' ? -1 : 1);
		break;
	case ACTION_RANGE:
		card_usage_range(card);
		break;
	case ACTION_DISABLE:
		change_toggle(c, model_key(c->model));
		break;
	case ACTION_DELETE:
		change_delete(c, model_key(c->model));
		break;
	case ACTION_REVOKE:
		change_revoke(c, model_key(c->model));
		break;
	case ACTION_END_GRACE:
		change_end_grace(c, model_key(c->model));
		break;
	case ACTION_EDIT:
		return open_over(c, &edit_screen);
	case ACTION_ROTATE:
		return open_over(c, &rotate_screen);
	case ACTION_EXPLAIN:
		return open_over(c, &explain_screen);
	case ACTION_EXAMPLES:
		return open_over(c, &examples_screen);
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
	card->panes = (struct panes){
		.panes = panes, .count = sizeof panes / sizeof panes[0], .arg = card};
	card_limits_open(card);
	card_usage_open(card);
	card_log_open(card);
	model_watch(c->model, card->id);
	return card;
}

static void close_card(struct console *c, void *state)
{
	struct card *card = state;

	question_drop(&card->explain);
	question_drop(&card->usage);
	question_drop(&card->denials);
	question_drop(&card->alerts);
	question_drop(&card->audit);
	model_watch(c->model, NULL);
	free(card);
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
