/* fold_names.c - which resources many secrets were asked for most in a span, and how often; in a room that is bounded.
 *
 * First all rows and what is not there yet are looked at for which were the most; then once more for what that was. The
 * sums that the rest is taken from come last: they hold at least what the resources have. */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "apikeyd/fold_survey.h"

/* What is looked at in one go: some three milliseconds. */
#define BITE_ROWS 2048
#define BITE_PAGES_DUE 512

struct name {
	UT_hash_handle hh;
	int64_t verifies;
	size_t len;
	char data[];
};

static struct name *find(const struct fold_survey *s, struct text name)
{
	struct name *found;

	HASH_FIND(hh, s->names, name.data, name.len, found);
	return found;
}

static void drop(struct fold_survey *s, struct name *n)
{
	HASH_DEL(s->names, n);
	free(n);
}

void survey_names_free(struct fold_survey *s)
{
	while (s->names != NULL)
		drop(s, s->names);
}

/* ---- which they are ------------------------------------------------------------------------------------------------ */

static int by_verifies(const struct name *a, const struct name *b)
{
	if (a->verifies != b->verifies)
		return a->verifies < b->verifies ? 1 : -1;
	return text_compare((struct text){a->data, a->len}, (struct text){b->data, b->len});
}

/* Leaves as many as may be kept, each less by what the first of the others has: nothing is overtaken by what was
 * forgotten. */
static void keep_most(struct fold_survey *s, unsigned most)
{
	struct name *n, *next;
	int64_t less = 0;
	unsigned count = 0;

	HASH_SORT(s->names, by_verifies);
	HASH_ITER (hh, s->names, n, next)
		if (count++ == most)
			less = n->verifies;
	count = 0;
	HASH_ITER (hh, s->names, n, next) {
		n->verifies -= less;
		if (count++ >= most)
			drop(s, n);
	}
}

static void count_name(struct text name, int64_t at, const struct usage_counts *counts, void *arg)
{
	struct fold_survey *s = arg;
	int64_t begin = usage_step_begin(s->o.span.step, at);
	struct name *n = find(s, name);

	if (name.len == 0 || begin < s->o.span.from || begin > s->o.span.to)
		return;
	if (n == NULL) {
		if (HASH_COUNT(s->names) == 2 * FOLD_NAMES_KEPT)
			keep_most(s, FOLD_NAMES_KEPT);
		if ((n = calloc(1, sizeof *n + name.len)) == NULL)
			abort();
		n->len = name.len;
		memcpy(n->data, name.data, name.len);
		HASH_ADD_KEYPTR(hh, s->names, n->data, n->len, n);
	}
	n->verifies += counts->allowed + counts->denied;
}

/* ---- where it is read from ----------------------------------------------------------------------------------------- */

struct reading {
	struct fold_survey *s;
	fold_count_fn *fn;
	unsigned left; /* rows that may be read yet */
};

static void read_row(const struct usage_row *row, void *arg)
{
	struct reading *r = arg;

	r->left--;
	r->s->after_len = row->name.len < RESOURCE_NAME_MAX ? row->name.len : RESOURCE_NAME_MAX;
	memcpy(r->s->after, row->name.data, r->s->after_len);
	r->fn(row->name, row->at, &row->counts, r->s);
}

/* Rows of the step at s->at. */
static enum apikey_error read_step(struct reading *r, struct failure *why)
{
	const struct fold_survey *s = r->s;
	char after[RESOURCE_NAME_MAX]; /* what is read goes into the survey's */
	const struct usage_list list = {
		s->o.span.step, s->at, s->who, {after, s->after_len}, r->left};

	memcpy(after, s->after, s->after_len);
	return s->fold->o.ops->usage_list(s->fold->o.store, &list, read_row, r, why);
}

/* Some more of the rows that have a name. */
static enum apikey_error read_rows(
	struct fold_survey *s, fold_count_fn *fn, bool *over, struct failure *why)
{
	struct reading r = {s, fn, BITE_ROWS};

	while (s->at <= s->o.span.to && r.left > 0) {
		if (read_step(&r, why) != APIKEY_OK)
			return why->code;
		if (r.left == 0)
			break;
		r.left--; /* for the look */
		s->at += usage_step_seconds[s->o.span.step];
		s->after_len = 0;
	}
	*over = s->at > s->o.span.to;
	return APIKEY_OK;
}

/* Some more of what is not in the rows yet. */
static void read_pending(struct fold_survey *s, fold_count_fn *fn, bool *over)
{
	unsigned left = BITE_PAGES_DUE;

	for (; !s->nobody && s->page < fold_resources_pages(s->fold) && left > 0; s->page++)
		left -= fold_resources_pending_in(s->fold, s->page, s->number, fn, s);
	*over = s->nobody || s->page >= fold_resources_pages(s->fold);
}

/* ---- the stages ---------------------------------------------------------------------------------------------------- */

static enum apikey_error rank_rows(struct fold_survey *s, bool *over, struct failure *why)
{
	return read_rows(s, count_name, over, why);
}

static enum apikey_error rank_pending(struct fold_survey *s, bool *over, struct failure *why)
{
	(void)why;
	read_pending(s, count_name, over);
	if (*over)
		keep_most(s, FOLD_NAMES_MAX);
	return APIKEY_OK;
}

/* What is counted has been counted in the sums before, so it is taken from the rest there. */
static void tell_name(struct text name, int64_t at, const struct usage_counts *counts, void *arg)
{
	const struct fold_survey *s = arg;

	if (name.len > 0 && find(s, name) != NULL)
		survey_tell_stored(s, name, at, *counts);
}

static enum apikey_error tell_rows(struct fold_survey *s, bool *over, struct failure *why)
{
	*over = s->names == NULL;
	return *over ? APIKEY_OK : read_rows(s, tell_name, over, why);
}

static enum apikey_error tell_pending(struct fold_survey *s, bool *over, struct failure *why)
{
	(void)why;
	read_pending(s, tell_name, over);
	return APIKEY_OK;
}

const struct survey_stage survey_resources[] = {
	{rank_rows},
	{rank_pending},
	{tell_rows},
	{tell_pending},
	{survey_tell_pending},
	{NULL},
};
