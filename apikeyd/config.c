/* config.c - the daemon's configuration: one table of options, read by libconfuse. */
#include "apikeyd/config.h"

#include <confuse.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apikeyd/binding.h"
#include "apikeyd/config_text.h"
#include "apikeyd/log.h"
#include "protocol/keytext.h"

enum option_type {
	OPTION_INT,
	OPTION_BOOL,
	OPTION_STRING,
	OPTION_LIST,
};

/* One option: adding one is a field in struct config and a row here. The sample file and the reading of files
 * come from these rows. */
struct option {
	const char *name;
	enum option_type type;
	size_t offset; /* into struct config */
	const char *preset;
	int64_t min, max;
	const char *(*check)(const char *value); /* of a string: NULL or the reason */
	bool reloadable;
	const char *help;
};

static const char *check_mode(const char *value)
{
	if (strlen(value) != 4 || value[0] != '0' || strspn(value, "01234567") != 4)
		return "must be four octal digits such as 0660";
	return NULL;
}

static const char *check_key_word(const char *value)
{
	return keytext_word_check(text_of(value));
}

static const char *check_group(const char *value)
{
	return value[0] == '\0' ? "must not be empty" : NULL;
}

static const struct {
	const char *name;
	enum log_level level;
} log_levels[] = {
	{"error", LOG_LEVEL_ERROR},
	{"warning", LOG_LEVEL_WARNING},
	{"notice", LOG_LEVEL_NOTICE},
	{"info", LOG_LEVEL_INFO},
	{"debug", LOG_LEVEL_DEBUG},
};
#define LOG_LEVELS (sizeof log_levels / sizeof log_levels[0])

static const char *check_log_level(const char *value)
{
	for (size_t i = 0; i < LOG_LEVELS; i++)
		if (strcmp(value, log_levels[i].name) == 0)
			return NULL;
	return "must be one of: error, warning, notice, info, debug";
}

#define FIELD(f) offsetof(struct config, f)
static const struct option options[] = {
	{"workers", OPTION_INT, FIELD(workers), "0", 0, 64, NULL, false,
		"Threads that serve connections; 0: as many as processors, at most 4."},
	{"verify_mode", OPTION_STRING, FIELD(verify_mode), "0660", 0, 0, check_mode, false,
		"Mode of verify.sock where systemd does not hand it over."},
	{"verify_group", OPTION_STRING, FIELD(verify_group), "apikey-verify", 0, 0, check_group,
		false,
		"Group that may connect to verify.sock; the daemon's own where there is no such "
		"group."},
	{"admin_mode", OPTION_STRING, FIELD(admin_mode), "0660", 0, 0, check_mode, false,
		"Mode of admin.sock where systemd does not hand it over."},
	{"admin_group", OPTION_STRING, FIELD(admin_group), "apikey-admin", 0, 0, check_group, false,
		"Group that may connect to admin.sock; the daemon's own where there is no such "
		"group."},
	{"max_connections", OPTION_INT, FIELD(max_connections), "4096", 1, 100000, NULL, true,
		"Connections at once; further ones are closed at once."},
	{"max_connections_per_uid", OPTION_INT, FIELD(max_connections_per_uid), "1024", 1, 100000,
		NULL, true, "Connections at once of one uid other than root and the daemon's own."},
	{"request_timeout", OPTION_INT, FIELD(request_timeout), "30", 1, 3600, NULL, true,
		"Seconds within which a begun request must have arrived."},
	{"brand", OPTION_STRING, FIELD(brand), "ak", 0, 0, check_key_word, false,
		"First word of every key this daemon makes."},
	{"environments", OPTION_LIST, FIELD(environments), "{live, test}", 0, 0, check_key_word,
		true,
		"Environments a key may be made for; the first is meant where none is named."},
	{"trust_peer", OPTION_BOOL, FIELD(trust_peer), "true", 0, 0, NULL, true,
		"Whether root and the daemon's own uid are administrators on admin.sock at once."},
	{"declared_keys", OPTION_STRING, FIELD(declared_keys), "", 0, 0, NULL, true,
		"Directory of files (*.conf) that each declare a key, made when the file is first "
		"met; \"\": none."},
	{"verify_tenants", OPTION_LIST, FIELD(verify_tenants), "{}", 0, 0, binding_check, false,
		"Whose keys a client may ask about: \"uid www-data: acme\", \"gid 2000: acme "
		"zeta\". One that no rule names may ask about any."},
	{"usage_fold", OPTION_INT, FIELD(usage_fold), "60", 1, 60, NULL, true,
		"Seconds from one writing of what was counted into the store to the next."},
	{"usage_minutes", OPTION_INT, FIELD(usage_minutes), "2", 1, 366, NULL, true,
		"Days for which usage is kept by the minute."},
	{"usage_hours", OPTION_INT, FIELD(usage_hours), "90", 1, 3660, NULL, true,
		"Days for which usage is kept by the hour."},
	{"usage_days", OPTION_INT, FIELD(usage_days), "1095", 1, 36600, NULL, true,
		"Days for which usage is kept by the day; at least as many as by the hour."},
	{"alert_limits", OPTION_BOOL, FIELD(alert_limits), "true", 0, 0, NULL, true,
		"Whether an alert tells when a key first reaches a limit in a day or period."},
	{"alert_dead_keys", OPTION_BOOL, FIELD(alert_dead_keys), "true", 0, 0, NULL, true,
		"Whether an alert tells that a revoked or expired key is used."},
	{"alert_expiry_days", OPTION_INT, FIELD(alert_expiry_days), "7", 0, 365, NULL, true,
		"Days before its expiry that an alert tells of a key; 0: never."},
	{"alert_asleep_days", OPTION_INT, FIELD(alert_asleep_days), "90", 0, 3650, NULL, true,
		"Days unused after which an alert tells that a key is used again; 0: never."},
	{"alert_network_days", OPTION_INT, FIELD(alert_network_days), "7", 0, 3650, NULL, true,
		"Days without a new network after which an alert tells of one; 0: never."},
	{"alert_unknown_keys", OPTION_INT, FIELD(alert_unknown_keys), "100", 0, 1000000, NULL, true,
		"Unknown keys from one network within a minute that are an alert; 0: never."},
	{"log_level", OPTION_STRING, FIELD(log_level), "info", 0, 0, check_log_level, true,
		"Least severe messages that are logged: error, warning, notice, info or debug."},
};
#define OPTIONS (sizeof options / sizeof options[0])

static void *field_of(const struct config *config, const struct option *option)
{
	return (char *)(uintptr_t)config + option->offset;
}

static const struct option *option_find(const char *name)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

/* Checks the value just read, while the line is still known. */
static int validate(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct option *option = option_find(opt->name);
	unsigned last = cfg_opt_size(opt) - 1;
	const char *reason;

	if (option->type == OPTION_INT) {
		long value = cfg_opt_getnint(opt, last);

		if (value >= option->min && value <= option->max)
			return 0;
		cfg_error(cfg, "%s: must be %" PRId64 " to %" PRId64, option->name, option->min,
			option->max);
		return -1;
	}
	if (option->check == NULL || (reason = option->check(cfg_opt_getnstr(opt, last))) == NULL)
		return 0;
	cfg_error(cfg, "%s: %s", option->name, reason);
	return -1;
}

static void make_confuse_options(cfg_opt_t out[OPTIONS + 1])
{
	for (size_t i = 0; i < OPTIONS; i++) {
		const struct option *o = &options[i];
		cfg_opt_t opts[] = {
			[OPTION_INT] = CFG_INT(o->name, atol(o->preset), CFGF_NONE),
			[OPTION_BOOL] =
				CFG_BOOL(o->name, strcmp(o->preset, "true") == 0, CFGF_NONE),
			[OPTION_STRING] = CFG_STR(o->name, o->preset, CFGF_NONE),
			[OPTION_LIST] =
				CFG_STR_LIST(o->name, (char *)(uintptr_t)o->preset, CFGF_NONE),
		};

		out[i] = opts[o->type];
	}
	out[OPTIONS] = (cfg_opt_t)CFG_END();
}

static char **copy_list(cfg_t *cfg, const char *name)
{
	unsigned count = cfg_size(cfg, name);
	char **list = calloc(count + 1, sizeof *list);

	for (unsigned i = 0; list != NULL && i < count; i++)
		list[i] = strdup(cfg_getnstr(cfg, name, i));
	return list;
}

static void copy_values(cfg_t *cfg, struct config *out)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		void *field = field_of(out, &options[i]);
		const char *name = options[i].name;

		switch (options[i].type) {
		case OPTION_INT:
			*(int64_t *)field = cfg_getint(cfg, name);
			break;
		case OPTION_BOOL:
			*(bool *)field = cfg_getbool(cfg, name);
			break;
		case OPTION_STRING:
			*(char **)field = strdup(cfg_getstr(cfg, name));
			break;
		case OPTION_LIST:
			*(char ***)field = copy_list(cfg, name);
			break;
		}
	}
}

static enum apikey_error check_whole(
	const struct config *config, const char *file, struct failure *why)
{
	unsigned count = 0;

	while (config->environments[count] != NULL)
		count++;
	if (count >= 1 && count <= CONFIG_ENVIRONMENTS_MAX)
		return APIKEY_OK;
	return fail(why, APIKEY_INVALID_ARGUMENT, "%s: environments: must hold 1 to %d", file,
		CONFIG_ENVIRONMENTS_MAX);
}

enum apikey_error config_read(const char *file, struct config *out, struct failure *why)
{
	cfg_opt_t opts[OPTIONS + 1];
	cfg_t *cfg;

	memset(out, 0, sizeof *out);
	memset(why, 0, sizeof *why);
	make_confuse_options(opts);
	cfg = cfg_init(opts, CFGF_NONE);
	if (cfg == NULL)
		return fail(why, APIKEY_NO_MEMORY, "memory ended");
	for (size_t i = 0; i < OPTIONS; i++)
		if (options[i].type == OPTION_INT || options[i].check != NULL)
			cfg_set_validate_func(cfg, options[i].name, validate);
	if (file == NULL && access(CONFIG_DEFAULT_FILE, F_OK) == 0)
		file = CONFIG_DEFAULT_FILE;
	if (file != NULL)
		config_text_parse(cfg, file, why);
	if (why->code == APIKEY_OK) {
		copy_values(cfg, out);
		check_whole(out, file, why);
	}
	if (why->code != APIKEY_OK)
		config_free(out);
	cfg_free(cfg);
	return why->code;
}

static void free_value(const struct config *config, const struct option *option)
{
	void *field = field_of(config, option);

	if (option->type == OPTION_STRING)
		free(*(char **)field);
	if (option->type == OPTION_LIST && *(char ***)field != NULL) {
		for (char **item = *(char ***)field; *item != NULL; item++)
			free(*item);
		free(*(char ***)field);
	}
}

void config_free(struct config *config)
{
	for (size_t i = 0; i < OPTIONS; i++)
		free_value(config, &options[i]);
	memset(config, 0, sizeof *config);
}

/* One with spaces in it is quoted, so that it is read back as it is. */
static void print_list(char *const *list, FILE *out)
{
	fputc('{', out);
	for (size_t i = 0; list[i] != NULL; i++)
		fprintf(out, strchr(list[i], ' ') != NULL ? "%s\"%s\"" : "%s%s", i > 0 ? ", " : "",
			list[i]);
	fputc('}', out);
}

static void print_value(const struct config *config, const struct option *option, FILE *out)
{
	void *field = field_of(config, option);

	switch (option->type) {
	case OPTION_INT:
		fprintf(out, "%" PRId64, *(int64_t *)field);
		break;
	case OPTION_BOOL:
		fputs(*(bool *)field ? "true" : "false", out);
		break;
	case OPTION_STRING:
		fprintf(out, "\"%s\"", *(char **)field);
		break;
	case OPTION_LIST:
		print_list(*(char ***)field, out);
		break;
	}
}

static bool same_list(char *const *a, char *const *b)
{
	while (*a != NULL && *b != NULL && strcmp(*a, *b) == 0) {
		a++;
		b++;
	}
	return *a == NULL && *b == NULL;
}

static bool same_value(const struct config *a, const struct config *b, const struct option *option)
{
	const void *left = field_of(a, option), *right = field_of(b, option);

	switch (option->type) {
	case OPTION_INT:
		return *(const int64_t *)left == *(const int64_t *)right;
	case OPTION_BOOL:
		return *(const bool *)left == *(const bool *)right;
	case OPTION_STRING:
		return strcmp(*(char *const *)left, *(char *const *)right) == 0;
	case OPTION_LIST:
		return same_list(*(char *const *const *)left, *(char *const *const *)right);
	}
	return false;
}

static char **clone_list(char *const *from)
{
	char **list;
	size_t count = 0;

	while (from[count] != NULL)
		count++;
	list = calloc(count + 1, sizeof *list);
	for (size_t i = 0; list != NULL && i < count; i++)
		list[i] = strdup(from[i]);
	return list;
}

void config_keep_fixed(struct config *fresh, const struct config *running)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		void *mine = field_of(fresh, &options[i]), *theirs = field_of(running, &options[i]);

		if (options[i].reloadable || same_value(fresh, running, &options[i]))
			continue;
		log_warning("%s has changed; it takes effect at the next start", options[i].name);
		free_value(fresh, &options[i]);
		if (options[i].type == OPTION_INT)
			*(int64_t *)mine = *(int64_t *)theirs;
		else if (options[i].type == OPTION_BOOL)
			*(bool *)mine = *(bool *)theirs;
		else if (options[i].type == OPTION_LIST)
			*(char ***)mine = clone_list(*(char ***)theirs);
		else
			*(char **)mine = strdup(*(char **)theirs);
	}
}

void config_dump(const struct config *config, FILE *out)
{
	fputs("# apikeyd.conf - what is not set here has the value shown.\n", out);
	for (size_t i = 0; i < OPTIONS; i++) {
		fprintf(out, "\n# %s%s\n%s = ", options[i].help,
			options[i].reloadable ? "" : " (takes effect at start)", options[i].name);
		print_value(config, &options[i], out);
		fputc('\n', out);
	}
}

int config_log_level(const struct config *config)
{
	for (size_t i = 0; i < LOG_LEVELS; i++)
		if (strcmp(config->log_level, log_levels[i].name) == 0)
			return (int)log_levels[i].level;
	return (int)LOG_LEVEL_INFO;
}

unsigned config_mode(const char *octal)
{
	return (unsigned)strtoul(octal, NULL, 8);
}
