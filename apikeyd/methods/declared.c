/* declared.c - keys that small files declare: made once, when a file is first met, and then keys like any other. */
#include "apikeyd/methods/declared.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/announce.h"
#include "apikeyd/clock.h"
#include "apikeyd/config.h"
#include "apikeyd/hash_work.h"
#include "apikeyd/log.h"
#include "apikeyd/methods/common.h"
#include "apikeyd/methods/declared_file.h"
#include "apikeyd/methods/methods.h"

#define PARAMS_MAX 65536 /* bytes of a file's parameters, as of any call */
#define NOTE "declared/"

/* A call of key.import by the local root, who has written the file. */
struct declared {
	struct call call; /* first: the writer hands it back */
	struct buffer params;
	char path[PATH_MAX];
	const char *file; /* within path */
	sem_t *done;      /* NULL: nobody waits */
};

/* What the file's key is known by; it depends on the pepper. */
static enum apikey_error identify(
	struct call *call, char out[2 * DIGEST_BYTES + 1], struct failure *why)
{
	static const char *const forms[] = {"plaintext", "sha256", "bcrypt"};
	struct text secret = {"", 0};
	uint8_t digest[DIGEST_BYTES];

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (arg_set(&call->args, forms[i]) != NULL)
			secret = arg_text(&call->args, forms[i]);
	if (registry_digest(call->daemon->registry, secret, digest, why) != APIKEY_OK)
		return why->code;
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return APIKEY_OK;
}

/* With nothing to do the change stays empty. */
static enum apikey_error make_once(struct declared *d, struct failure *why)
{
	struct call *call = &d->call;
	const char *note = pool_printf(&call->pool, NOTE "%s", d->file);
	char identity[2 * DIGEST_BYTES + 1];
	struct text noted = {0};

	if (identify(call, identity, why) != APIKEY_OK ||
		call_ops(call)->note_get(call_store(call), &call->pool, note, &noted, why) !=
			APIKEY_OK)
		return why->code;
	if (noted.data != NULL && text_equal(noted, text_of(identity)))
		return APIKEY_OK;
	if (key_import(call, why) != APIKEY_OK)
		return why->code;
	if (call->again)
		return APIKEY_OK;
	return call_ops(call)->note_put(call_store(call), note, text_of(identity), why);
}

static enum apikey_error on_run(struct writer_job *job, struct store *store, struct failure *why)
{
	struct declared *d = (struct declared *)job;
	struct call *call = &d->call;
	const struct text params = {(const char *)d->params.data, d->params.len};

	(void)store;
	registry_abandon(call->daemon->registry, &call->change);
	call->result.len = 0;
	call->again = false;
	if (args_parse(call->method, params, &call->args, why) != APIKEY_OK)
		return why->code;
	return make_once(d, why);
}

static void free_declared(struct declared *d)
{
	sem_t *done = d->done;

	buffer_wipe(&d->params);
	buffer_wipe(&d->call.result);
	pool_free(&d->call.pool);
	free(d);
	if (done != NULL)
		sem_post(done);
}

static void give_up(struct declared *d, const struct failure *why)
{
	registry_abandon(d->call.daemon->registry, &d->call.change);
	log_error("%s: declares no key that can be made: %s", d->path, why->text);
	free_declared(d);
}

static void give_up_waiting(struct declared *d)
{
	struct failure why;

	fail(&why, APIKEY_BUSY, "too much waits already; the next start or reload reads it again");
	give_up(d, &why);
}

static void on_hashed(struct hasher_job *job, enum apikey_error outcome)
{
	struct declared *d = (struct declared *)((struct hash_work *)job)->call;

	if (outcome != APIKEY_OK ||
		writer_submit_again(d->call.daemon->writer, &d->call.job) != APIKEY_OK)
		give_up_waiting(d);
}

/* A key that begins like one known by its bcrypt may be that one, which the hasher has to look at first. */
static void look_first(struct declared *d)
{
	struct hash_work *work = d->call.work;

	work->job.run = hash_work_run;
	work->job.done = on_hashed;
	work->job.favoured = true;
	if (hasher_submit(d->call.daemon->hasher, HASHER_KEYS, &work->job) != APIKEY_OK)
		give_up_waiting(d);
}

static void on_done(struct writer_job *job, enum apikey_error outcome, const struct failure *why)
{
	struct declared *d = (struct declared *)job;
	struct call *call = &d->call;

	if (outcome != APIKEY_OK) {
		give_up(d, why);
	} else if (call->again) {
		look_first(d);
	} else {
		registry_apply(call->daemon->registry, &call->change);
		announce_change(call->daemon, &call->change, text_of(call->caller.user),
			text_of(call->method->name), call->now);
		free_declared(d);
	}
}

static struct declared *declared_new(struct daemon *daemon, const char *dir, const char *file)
{
	struct declared *d = calloc(1, sizeof *d);
	struct call *call;

	if (d == NULL)
		abort();
	call = &d->call;
	call->job.run = on_run;
	call->job.done = on_done;
	call->daemon = daemon;
	call->method = &method_table[METHOD_KEY_IMPORT];
	call->caller.authenticated = true;
	call->caller.role = ROLE_ADMIN;
	snprintf(call->caller.user, sizeof call->caller.user, "root");
	call->now = clock_wall(daemon->clock);
	call->result.max = d->params.max = PARAMS_MAX;
	call->change.pool = &call->pool;
	snprintf(d->path, sizeof d->path, "%s/%s", dir, file);
	d->file = d->path + strlen(dir) + 1;
	return d;
}

/* Returns how many are on their way: one or none. */
static unsigned submit(struct daemon *daemon, const char *dir, const char *file, sem_t *done)
{
	struct declared *d = declared_new(daemon, dir, file);
	struct failure why = {0};

	if (declared_file_read(d->path, &d->params, &why) != APIKEY_OK) {
		log_error("%s", why.text);
	} else {
		d->done = done;
		if (writer_submit(daemon->writer, &d->call.job) == APIKEY_OK)
			return 1;
		log_error("%s: too much waits for the store; read it again later", d->path);
		d->done = NULL;
	}
	free_declared(d);
	return 0;
}

static int is_declaration(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && entry->d_name[0] != '.' && strcmp(dot, ".conf") == 0;
}

void declared_make(struct daemon *d, bool wait)
{
	const char *dir = daemon_config(d)->declared_keys;
	struct dirent **files = NULL;
	unsigned submitted = 0;
	sem_t done;
	int count;

	if (dir[0] == '\0' || d->engine == NULL)
		return;
	count = scandir(dir, &files, is_declaration, alphasort);
	if (count < 0)
		log_error("%s: %s", dir, strerror(errno));
	sem_init(&done, 0, 0);
	for (int i = 0; i < count; i++) {
		submitted += submit(d, dir, files[i]->d_name, wait ? &done : NULL);
		free(files[i]);
	}
	free(files);
	while (wait && submitted-- > 0)
		while (sem_wait(&done) != 0)
			;
	sem_destroy(&done);
}
