/* backup.c - a copy of the store while it serves. */
#include <sys/stat.h>

#include "apikeyd/backups.h"
#include "apikeyd/methods/common.h"
#include "apikeyd/methods/methods.h"
#include "protocol/writer.h"

struct progress {
	struct store_backup *backup;
	bool done;
	struct failure why;
};

/* Between two transactions, since the store copies only then. */
static void step(struct call *call)
{
	struct progress *p = call->progress;

	if (!p->done && p->why.code == APIKEY_OK)
		(void)call_ops(call)->backup_step(p->backup, &p->done, &p->why);
}

static void end(struct call *call)
{
	struct progress *p = call->progress;

	if (p->backup != NULL)
		call_ops(call)->backup_end(p->backup);
	p->backup = NULL;
}

static enum apikey_error begin(struct call *call, const char *path, struct failure *why)
{
	struct progress *p = pool_alloc(&call->pool, sizeof *p);

	if (path[0] != '/')
		return fail(why, APIKEY_INVALID_ARGUMENT, "path: must begin with a slash");
	call->progress = p;
	call->between = step;
	call->end = end;
	return call_ops(call)->backup_begin(call_store(call), path, &p->backup, why);
}

static void write_copy(struct buffer *b, const char *path)
{
	struct stat st;

	write_map(b, 2);
	write_str(b, "path");
	write_str(b, path);
	write_str(b, "bytes");
	write_int(b, stat(path, &st) == 0 ? st.st_size : 0);
}

enum apikey_error backup_create(struct call *call, struct failure *why)
{
	struct text path = pool_text(&call->pool, arg_text(&call->args, "path"));
	struct progress *p = call->progress;

	if (p == NULL) {
		if (begin(call, path.data, why) != APIKEY_OK)
			return why->code;
		p = call->progress;
	}
	if (p->why.code != APIKEY_OK)
		return (*why = p->why).code;
	call->again = !p->done;
	if (!p->done)
		return APIKEY_OK;
	write_copy(&call->result, path.data);
	if (backups_put(call->daemon, call->now, path, why) != APIKEY_OK)
		return why->code;
	return call_audit(call, path, (struct text){0}, (struct text){0}, why);
}
