/* declared_file.c - a small file that declares a key, read by libconfuse. */
#include "apikeyd/methods/declared_file.h"

#include <confuse.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apikeyd/config_text.h"
#include "protocol/keytext.h"
#include "protocol/writer.h"

#define SPAN_MAX 1000000 /* of any unit: its seconds fit into what a limit may have */

/* Each writes the value of an option; false: it cannot be what it must. */
typedef bool write_fn(struct buffer *b, cfg_opt_t *opt);

static bool write_string(struct buffer *b, cfg_opt_t *opt)
{
	write_str(b, cfg_opt_getnstr(opt, 0));
	return true;
}

static bool write_number(struct buffer *b, cfg_opt_t *opt)
{
	write_int(b, cfg_opt_getnint(opt, 0));
	return true;
}

static bool write_list(struct buffer *b, cfg_opt_t *opt)
{
	write_array(b, cfg_opt_size(opt));
	for (unsigned i = 0; i < cfg_opt_size(opt); i++)
		write_str(b, cfg_opt_getnstr(opt, i));
	return true;
}

/* 100/60s, or m, h, d */
static bool write_rate(struct buffer *b, const char *text)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = {1, 60, 3600, 86400};
	const char *unit;
	long long limit, span;
	char letter, rest;

	if (sscanf(text, "%18lld/%18lld%c%c", &limit, &span, &letter, &rest) != 3 ||
		span > SPAN_MAX || span < 0 || (unit = strchr(units, letter)) == NULL)
		return false;
	write_map(b, 2);
	write_str(b, "window");
	write_int(b, span * seconds[unit - units]);
	write_str(b, "limit");
	write_int(b, limit);
	return true;
}

/* 1000/day, or 500/month:units */
static bool write_quota(struct buffer *b, const char *text)
{
	char period[16], of[16] = "requests", rest;
	long long limit;
	int read = sscanf(text, "%18lld/%15[a-z]:%15[a-z]%c", &limit, period, of, &rest);

	if (read != (strchr(text, ':') != NULL ? 3 : 2))
		return false;
	write_map(b, 3);
	write_str(b, "period");
	write_str(b, period);
	write_str(b, "of");
	write_str(b, of);
	write_str(b, "limit");
	write_int(b, limit);
	return true;
}

static bool write_each(
	struct buffer *b, cfg_opt_t *opt, bool (*write_one)(struct buffer *b, const char *text))
{
	write_array(b, cfg_opt_size(opt));
	for (unsigned i = 0; i < cfg_opt_size(opt); i++)
		if (!write_one(b, cfg_opt_getnstr(opt, i)))
			return false;
	return true;
}

static bool write_rates(struct buffer *b, cfg_opt_t *opt)
{
	return write_each(b, opt, write_rate);
}

static bool write_quotas(struct buffer *b, cfg_opt_t *opt)
{
	return write_each(b, opt, write_quota);
}

/* The first line of what systemd hands over under that name (systemd.exec(5)). */
static bool write_credential(struct buffer *b, cfg_opt_t *opt)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY"), *name = cfg_opt_getnstr(opt, 0);
	char path[PATH_MAX], key[KEYTEXT_MAX + 2];
	size_t len;
	ssize_t n;
	int fd;

	if (dir == NULL || strchr(name, '/') != NULL ||
		snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path ||
		(fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return false;
	n = read(fd, key, sizeof key);
	close(fd);
	len = n > 0 ? (size_t)n : 0;
	if (len > 0 && memchr(key, '\n', len) != NULL)
		len = (size_t)((char *)memchr(key, '\n', len) - key);
	write_text(b, (struct text){key, len});
	explicit_bzero(key, sizeof key);
	return n >= 0;
}

/* What may stand in a file, and the parameter that it becomes. */
static const struct field {
	const char *name, *param;
	cfg_type_t type;
	bool list;
	write_fn *write;
	const char *otherwise;
} fields[] = {
	{"name", "name", CFGT_STR, false, write_string, ""},
	{"key", "plaintext", CFGT_STR, false, write_string, ""},
	{"credential", "plaintext", CFGT_STR, false, write_credential,
		"there is no such credential"},
	{"sha256", "sha256", CFGT_STR, false, write_string, ""},
	{"bcrypt", "bcrypt", CFGT_STR, false, write_string, ""},
	{"prefix", "prefix", CFGT_STR, false, write_string, ""},
	{"tenant", "tenant", CFGT_STR, false, write_string, ""},
	{"owner", "owner", CFGT_STR, false, write_string, ""},
	{"env", "env", CFGT_STR, false, write_string, ""},
	{"plan", "plan", CFGT_STR, false, write_string, ""},
	{"email", "email", CFGT_STR, false, write_string, ""},
	{"notes", "notes", CFGT_STR, false, write_string, ""},
	{"units_per_request", "units_per_request", CFGT_INT, false, write_number, ""},
	{"expires_at", "expires_at", CFGT_INT, false, write_number, ""},
	{"scopes", "scopes", CFGT_STR, true, write_list, ""},
	{"ip_allow", "ip_allow", CFGT_STR, true, write_list, ""},
	{"rate", "rate", CFGT_STR, true, write_rates, "must read as 100/60s"},
	{"quota", "quota", CFGT_STR, true, write_quotas, "must read as 1000/day or 5/month:units"},
};
#define FIELDS (sizeof fields / sizeof fields[0])

static void make_options(cfg_opt_t out[FIELDS + 1])
{
	for (size_t i = 0; i < FIELDS; i++) {
		const char *name = fields[i].name;

		if (fields[i].list)
			out[i] = (cfg_opt_t)CFG_STR_LIST(name, NULL, CFGF_NODEFAULT);
		else if (fields[i].type == CFGT_INT)
			out[i] = (cfg_opt_t)CFG_INT(name, 0, CFGF_NODEFAULT);
		else
			out[i] = (cfg_opt_t)CFG_STR(name, NULL, CFGF_NODEFAULT);
	}
	out[FIELDS] = (cfg_opt_t)CFG_END();
}

static enum apikey_error write_params(
	cfg_t *cfg, const char *path, struct buffer *out, struct failure *why)
{
	char notes[NAME_MAX + 32];
	uint16_t count = 0;
	size_t at;

	snprintf(notes, sizeof notes, "declared in %s", basename(path));

	write_array(out, 1);
	at = write_map_begin(out);
	for (size_t i = 0; i < FIELDS; i++) {
		cfg_opt_t *opt = cfg_getopt(cfg, fields[i].name);

		if (cfg_opt_size(opt) == 0)
			continue;
		write_str(out, fields[i].param);
		if (!fields[i].write(out, opt))
			return fail(why, APIKEY_INVALID_ARGUMENT, "%s: %s: %s", path,
				fields[i].name, fields[i].otherwise);
		count++;
	}
	if (cfg_size(cfg, "notes") == 0) {
		write_str(out, "notes");
		write_str(out, notes);
		count++;
	}
	write_map_end(out, at, count);
	return APIKEY_OK;
}

enum apikey_error declared_file_read(const char *path, struct buffer *out, struct failure *why)
{
	cfg_opt_t opts[FIELDS + 1];
	cfg_t *cfg;

	make_options(opts);
	cfg = cfg_init(opts, CFGF_NONE);
	if (cfg == NULL)
		abort();
	if (config_text_parse(cfg, path, why) == APIKEY_OK)
		write_params(cfg, path, out, why);
	cfg_free(cfg);
	return why->code;
}
