/* card.h - what the card of a key is made of: panes, each put together by a function of its own. */
#ifndef TUI_CARD_H
#define TUI_CARD_H

#include "apikey-tui/console.h"
#include "apikey-tui/kit/graph.h"
#include "apikey-tui/kit/panes.h"
#include "apikey-tui/kit/sheet.h"
#include "apikey-tui/question.h"
#include "protocol/keytext.h"

#define CARD_LABEL 10  /* cells for labels */
#define CARD_POINTS 60 /* of the usage graph, at most */
#define CARD_RANGES 3  /* spans of time that it can show */

enum card_pane {
	CARD_FACTS,
	CARD_LIMITS,
	CARD_USAGE,
	CARD_SECRETS,
	CARD_ALERTS,
	CARD_AUDIT,
	CARD_PANES,
};

struct card {
	struct console *console;
	char id[KEYTEXT_PREFIX_SIZE]; /* or a prefix, as it was asked for */
	struct panes panes;
	struct sheet sheets[CARD_PANES];
	struct question explain, usage, alerts, audit;
	/* the usage graph */
	unsigned range;
	int64_t cursor; /* the time of the step that is pointed at; 0: none */
};

/* Each puts its lines on the sheet; the sheet may be one that only measures. */
void card_facts(struct card *card, struct sheet *s, const struct apikey_value *key);
void card_secrets(struct card *card, struct sheet *s, const struct apikey_value *key);
void card_limits(struct card *card, struct sheet *s, const struct apikey_value *key);
void card_alerts(struct card *card, struct sheet *s, const struct apikey_value *key);
void card_audit(struct card *card, struct sheet *s, const struct apikey_value *key);

/* The usage graph fills what area it is given. */
void card_usage_draw(struct card *card, struct area area);
/* Another span of time. */
void card_usage_range(struct card *card);
/* Moves the cursor by so many steps; the first time it appears at the latest one. */
void card_usage_move(struct card *card, int by);

/* Questions of the panes above, begun with zero but for their console and id. */
void card_limits_open(struct card *card);
void card_usage_open(struct card *card);
void card_log_open(struct card *card);

#endif
