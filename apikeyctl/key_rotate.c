/* key_rotate.c - giving a key another secret, which is given out once. */
#include "apikeyctl/commands.h"
#include "apikeyctl/key.h"

#define GRACE_DEFAULT                                                                              \
	(7 * 86400) /* seconds: time to bring the new key to whoever has the old one */

static enum end run_rotate(struct ctl *ctl, const struct arguments *args)
{
	static const struct making making = {"key.rotate", "rotated", "rotate", "again"};
	struct apikey_params *params;
	enum end end = key_params(ctl, args, &params);

	if (end != END_DONE)
		return end;
	apikey_put_string(params, "id", args->words[0]);
	if (!arguments_get(args, "grace"))
		apikey_put_int(params, "grace", GRACE_DEFAULT);
	end = key_make(ctl, &making, params, arguments_get(args, "out"));
	apikey_params_free(params);
	return end;
}

static const struct option rotate_options[] = {
	{.name = "grace",
		.value = "TIME",
		.help = "how long older ones verify: 12h, 0; 7d if not given",
		.type = OPTION_SPAN,
		.param = "grace"},
	{.name = "out",
		.value = "FILE",
		.help = "write the key there, mode 0600",
		.type = OPTION_TEXT},
	{.name = NULL},
};

const struct command key_rotate = {
	.words = "key rotate",
	.arguments = "ID",
	.least = 1,
	.most = 1,
	.help = "Give a key a new secret and print it, this once; the old one runs out.",
	.options = rotate_options,
	.examples = {"apikeyctl key rotate ak_live_7Hq2mX9d --grace 24h",
		"apikeyctl key rotate k_9xQ2mX9dAb --grace 0 --out /etc/backup.key"},
	.run = run_rotate,
};
