/* verify_late.c - a verify of what may be a key known by its bcrypt: answered once the hasher has looked. */
#include "apikeyd/methods/verify_late.h"

#include <stdlib.h>
#include <string.h>

#include "apikeyd/bcrypt.h"
#include "apikeyd/rehash.h"

struct verify_late *verify_late_new(struct text params, struct text key)
{
	struct verify_late *late = calloc(1, sizeof *late + params.len);

	if (late == NULL)
		abort();
	memcpy(late->params, params.data, params.len);
	late->params_len = params.len;
	late->key = (struct text){(const char *)late->params + (key.data - params.data), key.len};
	return late;
}

void verify_late_free(struct verify_late *late)
{
	explicit_bzero(late->params, late->params_len);
	free(late);
}

static void on_run(struct hasher_job *job)
{
	struct verify_late *late = (struct verify_late *)job;

	for (unsigned i = 0; i < late->found_count && late->match == NULL; i++)
		if (bcrypt_matches(late->key, late->found[i].bcrypt))
			late->match = &late->found[i];
}

/* The answer does not wait for the native digest: until the store has it, the key is found by what it had. */
static void on_done(struct hasher_job *job, enum apikey_error outcome)
{
	struct verify_late *late = (struct verify_late *)job;

	late->outcome = outcome;
	if (late->match != NULL)
		rehash_later(late->daemon, text_of(late->match->prefix), late->match->digest,
			late->native, late->now);
	late->route.recall(late->route.worker, late->route.connection, late);
}

enum apikey_error verify_late_submit(struct verify_late *late)
{
	late->job.run = on_run;
	late->job.done = on_done;
	return hasher_submit(late->daemon->hasher, HASHER_KEYS, &late->job);
}
