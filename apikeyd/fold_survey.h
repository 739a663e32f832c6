/* fold_survey.h - what the files of a survey share; nobody else includes it. */
#ifndef APIKEYD_FOLD_SURVEY_H
#define APIKEYD_FOLD_SURVEY_H

#include "apikeyd/engine/resource.h"
#include "apikeyd/fold_state.h"

struct leader {
	int64_t verifies;
	uint32_t slot;
};

/* The secrets that did most. */
struct top {
	int64_t verifies[USAGE_SLOTS_A_PAGE]; /* of the page that is looked at */
	struct leader leaders[FOLD_TOP_MAX];  /* the most first; by slot once all are known */
	struct slot_owner owners[FOLD_TOP_MAX];
	unsigned count;
};

struct fold_survey {
	struct fold *fold;
	struct fold_survey_options o;
	uint32_t number; /* of the tenant, as marks_tenant(); 0: all */
	bool nobody;     /* it has had no secret since the start */
	struct text who; /* whose rows of sums by resource */
	struct pool pool;
	const struct survey_stage *stage;
	/* where the stage goes on: at zero, and where the span begins, when it has just begun */
	uint32_t page;
	int64_t at;
	struct top top;
	struct name *names; /* the most first once all are counted */
	size_t after_len;
	char after[RESOURCE_NAME_MAX]; /* name of the last row that was read of s->at */
};

/* Does a few milliseconds' worth; *over says that that was the last of it. */
typedef enum apikey_error survey_fn(struct fold_survey *s, bool *over, struct failure *why);
struct survey_stage {
	survey_fn *run; /* NULL: after the last */
};

/* Tells what somebody did by the rows, where it is in the sums of all too: it is taken from the rest. */
void survey_tell_stored(
	const struct fold_survey *s, struct text name, int64_t at, struct usage_counts counts);

/* fold_top.c */
extern const struct survey_stage survey_secrets[];
/* A stage: what is not in the rows yet, by the names of the top's owners or none. */
survey_fn survey_tell_pending;

/* fold_names.c */
extern const struct survey_stage survey_resources[];
void survey_names_free(struct fold_survey *s);

#endif
