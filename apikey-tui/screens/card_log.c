/* card_log.c - what happened to a key: alerts, and who changed it; panes of its card. */
#include <string.h>

#include "apikey-tui/format.h"
#include "apikey-tui/screens/card.h"

#define ENTRIES 20

/* The key's own id; as opened it may have been a prefix. */
static void put_object(struct apikey_params *params, const void *arg, int64_t time)
{
	const struct card *card = arg;

	(void)time;
	apikey_put_string(params, "object", member(model_key(card->console->model), "id"));
	apikey_put_int(params, "limit", ENTRIES);
}

void card_log_open(struct card *card)
{
	card->alerts = (struct question){.method = "alert.list", .put = put_object, .arg = card};
	card->audit = (struct question){.method = "audit.list", .put = put_object, .arg = card};
}

static void put_nothing(struct sheet *s, const struct question *q, const char *none)
{
	sheet_heading(s, PAINT_DIM,
		*q->trouble != '\0' ? q->trouble
		: q->answer != NULL ? none
				    : "waiting");
}

void card_alerts(void *arg, struct sheet *s)
{
	const struct card *card = arg;
	const struct apikey_value *alerts = apikey_get(card->alerts.answer, "alerts");
	char ago[FORMAT_SIZE], text[512];

	for (size_t i = 0; i < apikey_count(alerts); i++) {
		const struct apikey_value *alert = apikey_at(alerts, i);

		format_ago(apikey_int(apikey_get(alert, "at"), 0), card->console->time, ago);
		snprintf(text, sizeof text, "%.64s: %.400s", member(alert, "kind"),
			member(alert, "detail"));
		sheet_put(s, ago, PAINT_WARN, text);
	}
	if (apikey_count(alerts) == 0)
		put_nothing(s, &card->alerts, "none");
}

void card_audit(void *arg, struct sheet *s)
{
	const struct card *card = arg;
	const struct apikey_value *entries = apikey_get(card->audit.answer, "entries");
	char ago[FORMAT_SIZE], text[512];

	for (size_t i = 0; i < apikey_count(entries); i++) {
		const struct apikey_value *entry = apikey_at(entries, i);
		bool ok = strcmp(member(entry, "outcome"), "ok") == 0;

		format_ago(apikey_int(apikey_get(entry, "at"), 0), card->console->time, ago);
		snprintf(text, sizeof text, "%.64s by %.64s%s%.64s%s%.200s",
			member(entry, "action"), member(entry, "actor"), ok ? "" : ": ",
			ok ? "" : member(entry, "outcome"),
			*member(entry, "detail") != '\0' ? ", " : "", member(entry, "detail"));
		sheet_put(s, ago, ok ? PAINT_PLAIN : PAINT_BAD, text);
	}
	if (apikey_count(entries) == 0)
		put_nothing(s, &card->audit, "nothing");
}
