/* backups.c - when the last backup was made, and where it is: kept in the store's notes, and told by stats.get. */
#include "apikeyd/backups.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/pool.h"
#include "apikeyd/registry.h"

#define BACKUP_NOTE "last_backup" /* "time path" */

static void set_last(struct daemon *d, int64_t at, struct text path)
{
	struct backup_made *made = malloc(sizeof *made + path.len + 1);

	if (made == NULL)
		abort();
	made->before = atomic_load(&d->last_backup);
	made->at = at;
	memcpy(made->path, path.data, path.len);
	made->path[path.len] = '\0';
	atomic_store(&d->last_backup, made);
}

enum apikey_error backups_load(struct daemon *d, struct failure *why)
{
	struct registry *r = d->registry;
	struct pool pool = {0};
	struct text note = {0};
	enum apikey_error error =
		registry_ops(r)->note_get(registry_store(r), &pool, BACKUP_NOTE, &note, why);
	char *path = NULL;
	int64_t at = note.len > 0 ? strtoimax(note.data, &path, 10) : 0;

	if (error == APIKEY_OK && path != NULL && *path == ' ')
		set_last(d, at, text_of(path + 1));
	pool_free(&pool);
	return error;
}

enum apikey_error backups_put(struct daemon *d, int64_t at, struct text path, struct failure *why)
{
	struct registry *r = d->registry;
	struct pool pool = {0};
	size_t size = path.len + 24;
	char *note = pool_alloc(&pool, size);
	enum apikey_error error;

	snprintf(note, size, "%" PRId64 " %.*s", at, (int)path.len, path.data);
	error = registry_ops(r)->note_put(registry_store(r), BACKUP_NOTE, text_of(note), why);
	if (error == APIKEY_OK)
		set_last(d, at, path);
	pool_free(&pool);
	return error;
}

const struct backup_made *backups_last(const struct daemon *d)
{
	return atomic_load(&d->last_backup);
}

void backups_free(struct daemon *d)
{
	struct backup_made *before, *made = atomic_load(&d->last_backup);

	for (; made != NULL; made = before) {
		before = made->before;
		free(made);
	}
}
