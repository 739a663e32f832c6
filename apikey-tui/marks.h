/* marks.h - keys that are marked: their ids, in order, with the status that each had. */
#ifndef TUI_MARKS_H
#define TUI_MARKS_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/keytext.h"

#define MARKS_MAX 10000

struct mark {
	char id[KEY_ID_SIZE];
	char status; /* its first letter */
};

/* Zero-initialise. */
struct marks {
	struct mark *all; /* sorted by id */
	size_t count, room;
};

bool marks_has(const struct marks *m, const char *id);
/* False: it is no id, there are MARKS_MAX already, or there is no memory. */
bool marks_put(struct marks *m, const char *id, const char *status);
void marks_drop(struct marks *m, const char *id);
/* How many have one of these letters of status. */
size_t marks_count(const struct marks *m, const char *statuses);
void marks_clear(struct marks *m);

#endif
