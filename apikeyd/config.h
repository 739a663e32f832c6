/* config.h - the daemon's configuration: one table of options, read by libconfuse. */
#ifndef APIKEYD_CONFIG_H
#define APIKEYD_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "protocol/error.h"

#define CONFIG_DEFAULT_FILE "/etc/apikeyd/apikeyd.conf"
#define CONFIG_ENVIRONMENTS_MAX 8

/* The values in force. Strings and lists are owned by the struct. */
struct config {
	int64_t workers;                /* 0: as many as processors, at most 4 */
	char *verify_mode, *admin_mode; /* octal */
	char *verify_group, *admin_group;
	int64_t max_connections, max_connections_per_uid;
	int64_t request_timeout; /* seconds a begun request may take to arrive */
	char *brand;
	char **environments; /* NULL-terminated; the first is the default */
	bool trust_peer;
	char *declared_keys;                            /* a directory; empty: none */
	char **verify_tenants;                          /* rules of binding.h */
	int64_t usage_fold;                             /* seconds */
	int64_t usage_minutes, usage_hours, usage_days; /* days */
	bool alert_limits, alert_dead_keys;
	int64_t alert_expiry_days, alert_asleep_days, alert_network_days,
		alert_unknown_keys; /* 0: none */
	char *log_level;
	struct config *former; /* what it replaced, kept since any thread may still read it */
};

/* Reads file (NULL: CONFIG_DEFAULT_FILE if it is there, else all defaults). Errors are invalid_argument with file and
 * line in *why. The caller frees *out with config_free(). */
enum apikey_error config_read(const char *file, struct config *out, struct failure *why);
void config_free(struct config *config);

/* For a reload: options of `fresh` that cannot change under way get the running value back, and a line in the log if
 * they differ. */
void config_keep_fixed(struct config *fresh, const struct config *running);

/* A commented file with the values of config. */
void config_dump(const struct config *config, FILE *out);
/* The level that log_level names. */
int config_log_level(const struct config *config);
/* A mode option as a number. */
unsigned config_mode(const char *octal);

#endif
