/* journal.c - the latest events that the daemon told, as many as are kept. */
#include "apikey-tui/journal.h"

/* Views of one thing share a number. */
static void count_missed(struct journal *j, int64_t seq)
{
	if (j->follows != 0 && seq > j->follows + 1)
		j->missed += (uint64_t)(seq - j->follows - 1);
	j->follows = seq > j->follows ? seq : j->follows;
	j->latest = seq > j->latest ? seq : j->latest;
}

void journal_add(struct journal *j, struct apikey_value *params)
{
	struct apikey_value **place = &j->events[j->added % JOURNAL_KEPT];

	count_missed(j, apikey_int(apikey_get(apikey_at(params, 0), "seq"), 0));
	apikey_value_free(*place);
	*place = params;
	j->added++;
}

void journal_pass(struct journal *j, const struct apikey_value *event)
{
	count_missed(j, apikey_int(apikey_get(event, "seq"), 0));
}

void journal_resume(struct journal *j, int64_t seq)
{
	j->follows = seq;
}

const struct apikey_value *journal_at(const struct journal *j, uint64_t number)
{
	if (number >= j->added || j->added - number > JOURNAL_KEPT)
		return NULL;
	return apikey_at(j->events[number % JOURNAL_KEPT], 0);
}

void journal_free(struct journal *j)
{
	for (size_t i = 0; i < JOURNAL_KEPT; i++)
		apikey_value_free(j->events[i]);
}
