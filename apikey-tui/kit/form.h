/* form.h - fields to fill in, each checked where it stands. */
#ifndef KIT_FORM_H
#define KIT_FORM_H

#include "apikey-tui/kit/line.h"

#define FORM_FIELDS_MAX 12

struct form_field {
	const char *label, *hint; /* hint: half a sentence */
	/* NULL if the text is good, else the reason: a half sentence, static. */
	const char *(*check)(const char *text);
	size_t max; /* bytes */
};

enum form_result {
	FORM_STAYS,
	FORM_SUBMITS, /* and every field is good */
	FORM_CANCELS,
};

/* Fill in fields, count and button, then form_open(). */
struct form {
	const struct form_field *fields;
	unsigned count;
	const char *button;
	struct line lines[FORM_FIELDS_MAX];
	char faults[FORM_FIELDS_MAX][160];
	unsigned focus; /* count: the button */
	bool waits;     /* it was sent, and the answer is not there yet: it can only be left */
};

void form_open(struct form *f);
enum form_result form_key(struct form *f, const struct term_event *event);
void form_paste(struct form *f, const char *text);
/* Either of the two. */
enum form_result form_event(struct form *f, const struct term_event *event);
/* Says what is wrong with a field and goes there. */
void form_fault(struct form *f, unsigned field, const char *reason);
void form_draw(const struct form *f, struct term *t, struct area area);

#endif
