/* bulk.h - the same done to many keys: marked, asked about, done a few at a time, reported; disabling can be undone. */
#ifndef TUI_BULK_H
#define TUI_BULK_H

#include "apikey-tui/marks.h"
#include "apikey-tui/model.h"

#define BULK_AT_ONCE 8       /* calls under way; the daemon takes 16 of a connection */
#define UNDO_WITHIN 10000    /* milliseconds after the end of it */
#define BULK_REASON_SIZE 160 /* of the first failure's sentence */

struct console;

enum bulk_kind {
	BULK_DISABLE,
	BULK_ENABLE,
	BULK_REVOKE,
	BULK_DELETE,
};

/* Zero-initialise; the console has one. */
struct bulk {
	struct console *console; /* while it marks */
	struct marks marked;     /* by the operator */
	bool gathering;          /* all rows of the listing are being marked */
	/* ---- what is under way; idle while todo is empty */
	struct marks todo;
	enum bulk_kind kind;
	size_t next, pending, done, failed;
	size_t unknown; /* of those that failed: whether they were done */
	bool stopped;   /* the connection was lost: no more are sent */
	char reason[BULK_REASON_SIZE];
	/* ---- what was disabled last */
	struct marks undo, disabled;
	int64_t undo_until;
};

/* Marks every row of the listing of keys, or as many as may be. */
void bulk_mark_all(struct console *c);
/* Marks no more: the listing is to be another one. */
void bulk_stop_marking(struct console *c);
void bulk_unmark(struct console *c);
/* Says what would happen to the marked keys, asks for their number, then does it. */
void bulk_ask(struct console *c, enum bulk_kind kind);
/* One key has been disabled: it can be undone. */
void bulk_disabled(struct console *c, const char *id);
/* Enables what was disabled last, if that was not long ago. */
void bulk_undo(struct console *c);
void bulk_end(struct bulk *b);

#endif
