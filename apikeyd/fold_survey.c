/* fold_survey.c - a look at what many secrets did, in bites between which other jobs go ahead. */
#include "apikeyd/fold_survey.h"

#include <stdlib.h>

static const struct survey_stage *const stages_by[] = {
	[FOLD_BY_SECRET] = survey_secrets,
	[FOLD_BY_RESOURCE] = survey_resources,
};

static void go_to(struct fold_survey *s, const struct survey_stage *stage)
{
	s->stage = stage;
	s->page = 0;
	s->at = s->o.span.from;
	s->after_len = 0;
}

void survey_tell_stored(
	const struct fold_survey *s, struct text name, int64_t at, struct usage_counts counts)
{
	const struct usage_counts less = {-counts.allowed, -counts.denied, -counts.units};

	s->o.fn(name, at, &counts, s->o.arg);
	s->o.fn(text_of(""), at, &less, s->o.arg);
}

struct fold_survey *fold_survey_begin(struct fold *f, const struct fold_survey_options *options)
{
	struct fold_survey *s;

	if (f->survey != NULL)
		return NULL;
	if ((s = calloc(1, sizeof *s)) == NULL)
		abort();
	s->fold = f;
	s->o = *options;
	s->who = text_of("#*");
	if (options->tenant.data != NULL) {
		s->who = text_of(pool_printf(
			&s->pool, "#@%.*s", (int)options->tenant.len, options->tenant.data));
		s->number = marks_tenant_number(f->marks, options->tenant);
		s->nobody = s->number == 0;
	}
	go_to(s, stages_by[options->by]);
	return f->survey = s;
}

enum apikey_error fold_survey_bite(struct fold_survey *s, bool *done, struct failure *why)
{
	bool over = false;

	why->code = APIKEY_OK;
	if (s->stage->run(s, &over, why) != APIKEY_OK)
		return why->code;
	if (over)
		go_to(s, s->stage + 1);
	*done = s->stage->run == NULL;
	return APIKEY_OK;
}

void fold_survey_end(struct fold_survey *s)
{
	if (s == NULL)
		return;
	s->fold->survey = NULL;
	survey_names_free(s);
	pool_free(&s->pool);
	free(s);
}
