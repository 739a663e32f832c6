/* card.h - what the card of a key is made of: panes, each put together by a function of its own. */
#ifndef TUI_CARD_H
#define TUI_CARD_H

#include "apikey-tui/console.h"
#include "apikey-tui/kit/graph.h"
#include "apikey-tui/kit/panes.h"
#include "apikey-tui/question.h"
#include "protocol/keytext.h"

#define CARD_LABEL 10  /* cells for labels */
#define CARD_POINTS 60 /* of the usage graph, at most */
#define CARD_RANGES 3  /* spans of time that it can show */

struct card {
	struct console *console;
	char id[KEYTEXT_PREFIX_SIZE]; /* or a prefix, as it was asked for */
	struct panes panes;
	struct question explain, usage, denials, alerts, audit;
	/* the usage graph */
	unsigned range;
	int64_t cursor; /* the time of the step that is pointed at; 0: none */
};

/* The panes; arg is the card. */
void card_facts(void *arg, struct sheet *s);
void card_limits(void *arg, struct sheet *s);
void card_usage_draw(void *arg, struct area area);
void card_secrets(void *arg, struct sheet *s);
void card_denied(void *arg, struct sheet *s);
void card_alerts(void *arg, struct sheet *s);
void card_audit(void *arg, struct sheet *s);

/* Another span of time. */
void card_usage_range(struct card *card);
/* Moves the cursor by so many steps; the first time it appears at the latest one. */
void card_usage_move(struct card *card, int by);

/* Prepare the questions of the panes. */
void card_limits_open(struct card *card);
void card_usage_open(struct card *card);
void card_log_open(struct card *card);

/* Asks again in time while a limit that was used fills up, which no event tells; full ones ask for nothing. */
void card_limits_refill(struct card *card);

#endif
