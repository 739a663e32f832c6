/* sqlite_alert.c - alerts, and the networks that keys are used from, in the SQLite store. */
#include <sqlite3.h>

#include "apikeyd/store/sqlite.h"

enum apikey_error sqlite_alert_put(
	struct store *s, const struct alert_record *alert, bool *fresh, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_ALERT_PRUNE);

	*fresh = false;
	sqlite3_bind_int64(stmt, 1, alert->at - STORE_ALERTS_KEPT);
	if (sqlite_change(s, stmt, why) != APIKEY_OK)
		return why->code;
	stmt = sqlite_take(s, SQL_ALERT_PUT);
	sqlite3_bind_int64(stmt, 1, alert->at);
	bind_text(stmt, 2, alert->kind);
	bind_text(stmt, 3, alert->object);
	sqlite3_bind_int64(stmt, 4, alert->period);
	bind_text(stmt, 5, alert->tenant);
	bind_text(stmt, 6, alert->detail);
	if (sqlite_change(s, stmt, why) != APIKEY_OK)
		return why->code;
	*fresh = sqlite3_changes(s->db) > 0;
	return APIKEY_OK;
}

enum apikey_error sqlite_alert_list(struct store *s, struct pool *pool,
	const struct alert_query *query, struct alert_page *out, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_ALERT_LIST);
	enum apikey_error error;

	*out = (struct alert_page){.alerts = pool_alloc(pool, query->limit * sizeof *out->alerts)};
	sqlite3_bind_int64(stmt, 1, query->before == 0 ? INT64_MAX : query->before);
	bind_text(stmt, 2, query->kind);
	bind_text(stmt, 3, query->object);
	bind_text(stmt, 4, query->tenant);
	sqlite3_bind_int64(stmt, 5, query->since);
	while ((error = sqlite_next(s, stmt, &out->more, why)) == APIKEY_OK && out->more &&
		out->count < query->limit)
		out->alerts[out->count++] = (struct alert_record){
			.seq = column_number(stmt, 0),
			.at = column_number(stmt, 1),
			.kind = pool_text(pool, column_text(stmt, 2)),
			.object = pool_text(pool, column_text(stmt, 3)),
			.period = column_number(stmt, 4),
			.tenant = pool_text(pool, column_text(stmt, 5)),
			.detail = pool_text(pool, column_text(stmt, 6)),
		};
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_network_list(struct store *s, struct pool *pool, const char *key,
	struct network_record *out, unsigned *count, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_NETWORK_LIST);
	enum apikey_error error;
	bool more;

	*count = 0;
	bind_text(stmt, 1, text_of(key));
	while ((error = sqlite_next(s, stmt, &more, why)) == APIKEY_OK && more &&
		*count < STORE_NETWORKS_MAX)
		out[(*count)++] = (struct network_record){
			.network = pool_text(pool, column_text(stmt, 0)),
			.first_at = column_number(stmt, 1),
			.last_at = column_number(stmt, 2),
		};
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_network_put(
	struct store *s, const char *key, const struct network_record *network, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_NETWORK_PUT);

	bind_text(stmt, 1, text_of(key));
	bind_text(stmt, 2, network->network);
	sqlite3_bind_int64(stmt, 3, network->first_at);
	sqlite3_bind_int64(stmt, 4, network->last_at);
	if (sqlite_change(s, stmt, why) != APIKEY_OK)
		return why->code;
	stmt = sqlite_take(s, SQL_NETWORK_PRUNE);
	bind_text(stmt, 1, text_of(key));
	sqlite3_bind_int64(stmt, 2, STORE_NETWORKS_MAX);
	return sqlite_change(s, stmt, why);
}
