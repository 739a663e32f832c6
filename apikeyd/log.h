/* log.h - the daemon's log: lines on standard error, or journal entries with fields under systemd. */
#ifndef APIKEYD_LOG_H
#define APIKEYD_LOG_H

#include "protocol/text.h"

/* syslog's numbers, as the journal wants them. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* Finds out whether standard error is the journal's. Before it, lines go to standard error. Any thread may log. */
void log_open(void);
void log_set_level(enum log_level level);
void log_at(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A change somebody made, with the journal fields APIKEYD_ACTION, APIKEYD_ACTOR, APIKEYD_OBJECT. Text is escaped. */
void log_change(struct text actor, struct text action, struct text object, struct text tenant);

#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_at(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
