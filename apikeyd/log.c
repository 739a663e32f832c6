/* log.c - the daemon's log: lines on standard error, or journal entries with fields under systemd. */
#include "apikeyd/log.h"

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024
#define FIELD_MAX_BYTES 256

static atomic_int threshold = LOG_LEVEL_INFO;
static bool to_journal;

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_NOTICE] = "notice",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

/* $JOURNAL_STREAM holds device:inode of the journal's stream; it is ours only if standard error still is that
 * (systemd.exec(5)). */
void log_open(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	if (stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
		fstat(STDERR_FILENO, &st) == 0)
		to_journal = st.st_dev == device && st.st_ino == inode;
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&threshold, (int)level, memory_order_relaxed);
}

static bool wanted(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&threshold, memory_order_relaxed);
}

void log_at(enum log_level level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list args;

	if (!wanted(level))
		return;
	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	if (to_journal)
		sd_journal_send("PRIORITY=%d", (int)level, "MESSAGE=%s", line, NULL);
	else
		fprintf(stderr, "apikeyd: %s: %s\n", level_names[level], line);
}

void log_change(struct text actor, struct text action, struct text object, struct text tenant)
{
	char who[FIELD_MAX_BYTES], what[FIELD_MAX_BYTES], on[FIELD_MAX_BYTES], of[FIELD_MAX_BYTES];

	if (!wanted(LOG_LEVEL_INFO))
		return;
	text_escape(actor, who, sizeof who);
	text_escape(action, what, sizeof what);
	text_escape(object, on, sizeof on);
	text_escape(tenant, of, sizeof of);
	if (to_journal)
		sd_journal_send("PRIORITY=%d", (int)LOG_LEVEL_INFO, "MESSAGE=%s %s by %s", what, on,
			who, "APIKEYD_ACTION=%s", what, "APIKEYD_OBJECT=%s", on, "APIKEYD_ACTOR=%s",
			who, "APIKEYD_TENANT=%s", of, NULL);
	else
		fprintf(stderr, "apikeyd: info: %s %s by %s\n", what, on, who);
}
