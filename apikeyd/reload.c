/* reload.c - reading the configuration again while the daemon runs. */
#include "apikeyd/reload.h"

#include <stdlib.h>

#include "apikeyd/announce.h"
#include "apikeyd/log.h"
#include "apikeyd/notify.h"

enum apikey_error reload_read(const struct daemon *d, struct config *out, struct failure *why)
{
	if (config_read(d->config_file, out, why) == APIKEY_OK && d->workers_asked > 0)
		out->workers = d->workers_asked;
	return why->code;
}

static enum apikey_error take(struct daemon *d, struct config *fresh, struct failure *why)
{
	struct config *running = atomic_load(&d->config);

	if (reload_read(d, fresh, why) != APIKEY_OK)
		return why->code;
	config_keep_fixed(fresh, running);
	fresh->former = running;
	log_set_level((enum log_level)config_log_level(fresh));
	atomic_store_explicit(&d->config, fresh, memory_order_release);
	return APIKEY_OK;
}

enum apikey_error reload_config(struct daemon *d, struct failure *why)
{
	struct config *fresh = calloc(1, sizeof *fresh);

	if (fresh == NULL)
		return fail(why, APIKEY_NO_MEMORY, "memory ended");
	notify_reloading();
	if (take(d, fresh, why) != APIKEY_OK) {
		log_error("configuration refused, the old one stays: %s", why->text);
		free(fresh);
	} else {
		log_notice("configuration read again");
		announce_server(d, "server.reloaded", "");
	}
	notify_ready(d->engine != NULL ? "serving" : "sealed: no usable pepper");
	return why->code;
}

void reload_free(struct daemon *d)
{
	struct config *config = atomic_load(&d->config);

	while (config != NULL) {
		struct config *former = config->former;

		config_free(config);
		free(config);
		config = former;
	}
}
