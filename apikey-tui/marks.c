/* marks.c - keys that are marked: their ids, in order, with the status that each had. */
#include "apikey-tui/marks.h"

#include <stdlib.h>
#include <string.h>

/* The place of an id, or where it would have to go. */
static size_t place_of(const struct marks *m, const char *id)
{
	size_t low = 0, high = m->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(m->all[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct marks *m, size_t place, const char *id)
{
	return place < m->count && strcmp(m->all[place].id, id) == 0;
}

bool marks_has(const struct marks *m, const char *id)
{
	return is_at(m, place_of(m, id), id);
}

static bool make_room(struct marks *m)
{
	size_t room = m->room == 0 ? 64 : 2 * m->room;
	struct mark *larger;

	if (m->count < m->room)
		return true;
	larger = realloc(m->all, room * sizeof *larger);
	if (larger == NULL)
		return false;
	m->all = larger;
	m->room = room;
	return true;
}

bool marks_put(struct marks *m, const char *id, const char *status)
{
	size_t place = place_of(m, id), len = strlen(id);

	if (!is_at(m, place, id)) {
		if (len == 0 || len >= KEY_ID_SIZE || m->count == MARKS_MAX || !make_room(m))
			return false;
		memmove(m->all + place + 1, m->all + place, (m->count - place) * sizeof *m->all);
		memcpy(m->all[place].id, id, len + 1);
		m->count++;
	}
	m->all[place].status = *status;
	return true;
}

void marks_drop(struct marks *m, const char *id)
{
	size_t place = place_of(m, id);

	if (!is_at(m, place, id))
		return;
	m->count--;
	memmove(m->all + place, m->all + place + 1, (m->count - place) * sizeof *m->all);
}

size_t marks_count(const struct marks *m, const char *statuses)
{
	size_t count = 0;

	for (size_t i = 0; i < m->count; i++)
		count += m->all[i].status != '\0' && strchr(statuses, m->all[i].status) != NULL;
	return count;
}

void marks_clear(struct marks *m)
{
	free(m->all);
	memset(m, 0, sizeof *m);
}
