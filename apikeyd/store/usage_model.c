/* usage_model.c - what every store's usage rows share. */
#include "apikeyd/store/model.h"

const int64_t usage_step_seconds[USAGE_STEPS] = {
	[USAGE_MINUTE] = 60,
	[USAGE_HOUR] = 3600,
	[USAGE_DAY] = 86400,
};

enum apikey_error usage_spread(
	struct store *s, const struct usage_spread *spread, struct failure *why)
{
	const struct usage_owner *o = spread->owner;
	struct pool pool = {0};
	const struct text empty = text_of("");
	const struct {
		struct text who, secret;
	} rows[] = {
		{o->key, o->secret},
		{text_of(pool_printf(&pool, "@%.*s", (int)o->tenant.len, o->tenant.data)), empty},
		{text_of("*"), empty},
	};
	enum apikey_error error = APIKEY_OK;

	for (size_t i = 0; i < 3 * USAGE_STEPS && error == APIKEY_OK; i++) {
		enum usage_step step = i % USAGE_STEPS;
		struct usage_row row = {
			.at = spread->at - spread->at % usage_step_seconds[step],
			.secret = rows[i / USAGE_STEPS].secret,
			.counts = *spread->counts,
		};

		error = spread->add(s, step, rows[i / USAGE_STEPS].who, &row, why);
	}
	pool_free(&pool);
	return error;
}
