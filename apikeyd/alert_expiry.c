/* alert_expiry.c - keys that expire soon. */
#include "apikeyd/alert_expiry.h"

#include <inttypes.h>
#include <stdlib.h>

#include "apikeyd/config.h"
#include "apikeyd/store/model.h"

#define DAY 86400
#define HOUR 3600
#define EXPIRY_NOTE "alert_expiry" /* the store's note: expiries up to here have been looked at */
#define EXPIRY_PAGE 100
#define EXPIRY_PAGES 20      /* of one look */
#define EXPIRY_ONE_BY_ONE 20 /* alerts of one look; one more says how many others there are */
#define SHORT_LIFE DAY       /* a key that was made for less is not worth an alert */

static int64_t horizon(const struct alert_pass *a)
{
	return a->now + daemon_config(a->daemon)->alert_expiry_days * DAY;
}

bool alert_expires_soon(const struct alert_pass *a, const struct key_record *key)
{
	return key->expires_at != STORE_NEVER && key->expires_at > a->now &&
	       key->expires_at <= horizon(a) && key->revoked_at == STORE_NEVER &&
	       key->expires_at - key->created_at >= SHORT_LIFE;
}

static enum apikey_error raise_expiring(
	struct alert_pass *a, const struct key_record *key, struct failure *why)
{
	int64_t left = key->expires_at - a->now;
	bool days = left >= 2 * DAY;

	return alert_about(a, ALERT_EXPIRING, key, key->expires_at,
		pool_printf(&a->pool, "%s: expires in %" PRId64 " %s", key->name.data,
			left / (days ? DAY : HOUR), days ? "days" : "hours"),
		why);
}

/* There may be one of this second already. */
static enum apikey_error raise_others(struct alert_pass *a, int64_t count, struct failure *why)
{
	const void *last = a->last;
	struct alert_record alert = {
		.at = a->now,
		.kind = alert_kind_name(ALERT_EXPIRING),
		.object = text_of("others"),
		.period = a->now,
		.detail =
			text_of(pool_printf(&a->pool, "%" PRId64 " more keys expire soon", count)),
	};

	for (; a->last == last; alert.period++)
		if (alert_raise(a, ALERT_EXPIRING, &alert, why) != APIKEY_OK)
			return why->code;
	return APIKEY_OK;
}

static enum apikey_error look_at_key(struct alert_pass *a, const char *id, struct failure *why)
{
	struct key_record *key = pool_alloc(&a->pool, sizeof *key);
	enum apikey_error error =
		alert_ops(a)->key_get(alert_store(a), &a->pool, text_of(id), key, why);

	if (error == APIKEY_NOT_FOUND) /* it has gone meanwhile */
		return APIKEY_OK;
	if (error != APIKEY_OK || !alert_expires_soon(a, key))
		return error;
	return raise_expiring(a, key, why);
}

enum apikey_error alert_expiring_keys(
	struct alert_pass *a, char (*ids)[KEY_ID_SIZE], unsigned count, struct failure *why)
{
	unsigned told = 0, i;

	for (i = 0; i < count && told < EXPIRY_ONE_BY_ONE; i++) {
		const void *last = a->last;

		if (look_at_key(a, ids[i], why) != APIKEY_OK)
			return why->code;
		told += a->last != last;
	}
	return i < count ? raise_others(a, count - i, why) : APIKEY_OK;
}

/* One page of keys by expiry; false after the last that is within the horizon. */
static bool look_at_page(struct alert_pass *a, struct key_query *query, int64_t *told,
	int64_t *others, struct failure *why)
{
	struct key_page page;

	why->code = alert_ops(a)->key_list(alert_store(a), &a->pool, query, &page, why);
	if (why->code != APIKEY_OK)
		return false;
	for (unsigned i = 0; i < page.count; i++) {
		const struct key_record *key = page.keys[i];

		if (key->expires_at == STORE_NEVER || key->expires_at > horizon(a))
			return false;
		if (!alert_expires_soon(a, key))
			continue;
		if (++*told > EXPIRY_ONE_BY_ONE)
			++*others;
		else if (raise_expiring(a, key, why) != APIKEY_OK)
			return false;
	}
	query->cursor = page.next;
	return page.next.data != NULL;
}

static enum apikey_error read_mark(struct alert_pass *a, int64_t *mark, struct failure *why)
{
	struct text note;

	if (alert_ops(a)->note_get(alert_store(a), &a->pool, EXPIRY_NOTE, &note, why) != APIKEY_OK)
		return why->code;
	*mark = note.data != NULL ? strtoll(note.data, NULL, 10) : 0;
	if (*mark < a->now)
		*mark = a->now;
	return APIKEY_OK;
}

enum apikey_error alert_expiring(struct alert_pass *a, struct failure *why)
{
	struct key_query query = {.sort = SORT_EXPIRES, .limit = EXPIRY_PAGE, .now = a->now};
	int64_t mark = 0, told = 0, others = 0;

	why->code = APIKEY_OK;
	if (read_mark(a, &mark, why) != APIKEY_OK)
		return why->code;
	if (daemon_config(a->daemon)->alert_expiry_days == 0 || mark >= horizon(a))
		return APIKEY_OK;
	query.cursor = cursor_make(
		&a->pool, &query, &(struct key_position){.number = mark, .row = INT64_MAX});
	for (int i = 0; i < EXPIRY_PAGES && look_at_page(a, &query, &told, &others, why); i++)
		;
	if (why->code != APIKEY_OK || (others > 0 && raise_others(a, others, why) != APIKEY_OK))
		return why->code;
	return alert_ops(a)->note_put(alert_store(a), EXPIRY_NOTE,
		text_of(pool_printf(&a->pool, "%" PRId64, horizon(a))), why);
}
