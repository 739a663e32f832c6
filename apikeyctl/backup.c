/* backup.c - a copy of the store, written by the daemon. */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/table.h"

static const struct column columns[] = {
	{"Copy", "path", KIND_TEXT, true},
	{"Size", "bytes", KIND_BYTES, true},
	{NULL, NULL, KIND_TEXT, false},
};

/* As the daemon has to name it, whose directory is another; false where it is too long. */
static bool absolute(const char *file, char out[PATH_MAX])
{
	char here[PATH_MAX];

	if (file[0] == '/')
		return snprintf(out, PATH_MAX, "%s", file) < PATH_MAX;
	return getcwd(here, sizeof here) && snprintf(out, PATH_MAX, "%s/%s", here, file) < PATH_MAX;
}

static enum end run(struct ctl *ctl, const struct arguments *args)
{
	struct apikey_params *params = apikey_params_new();
	const struct apikey_value *result;
	char path[PATH_MAX];
	enum end end;

	if (!params)
		return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	ctl_wait_longer(ctl, -1);
	if (absolute(args->words[0], path)) {
		apikey_put_string(params, "path", path);
		end = ctl_call(ctl, "backup.create", params, &result);
	} else {
		end = ctl_usage(ctl, "the path is too long");
	}
	if (end == END_DONE)
		table_facts(ctl, columns, result);
	apikey_params_free(params);
	return end;
}

const struct command backup = {
	.words = "backup",
	.arguments = "FILE",
	.help = "Have the store copied to a new file, while it serves.",
	.least = 1,
	.most = 1,
	.examples = {"apikeyctl backup /var/lib/apikeyd/backup-2026-11-21.db"},
	.run = run,
};
