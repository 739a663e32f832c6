/* writer.h - the store thread: runs jobs one after the other and commits many of them together.
 *
 * A job's run() is called on the store thread inside a savepoint of an open transaction; when it fails, its changes
 * are taken back and the others go on. After the commit, done() is called on the store thread for each job of the
 * group, in order, with what became of it. A group closes at WRITER_GROUP_MAX jobs, after WRITER_GROUP_MS, or when
 * nothing waits. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "apikeyd/store/store.h"

#define WRITER_GROUP_MAX 64
#define WRITER_GROUP_MS 2
#define WRITER_QUEUE_MAX 4096 /* jobs waiting; past it, writer_submit() says busy */

struct writer;

/* Embedded as the first member of the caller's job; the caller owns it until done() has been called. */
struct writer_job {
	struct writer_job *next;
	enum apikey_error (*run)(struct writer_job *job, struct store *store, struct failure *why);
	/* outcome is that of run(), or of the commit where that failed. */
	void (*done)(struct writer_job *job, enum apikey_error outcome, const struct failure *why);
	bool vital; /* revoke and disable: may use the disk reserve when the disk is full */
	/* the writer's own */
	enum apikey_error outcome;
	struct failure why;
};

struct writer_options {
	const struct store_ops *ops;
	struct store *store;
	/* A job or a commit failed since the disk is full; NULL: nobody is told. Called on the store thread. */
	void (*full)(void *arg, const struct failure *why);
	/* Frees the disk reserve and returns true if there was one; NULL: no reserve. Called on the store thread. */
	bool (*free_reserve)(void *arg);
	/* The outcome of a commit is unknown: called after the done() of its group and of all that waited behind it, which
	 * is refused as unavailable: it was not begun. Nothing is taken any more. Must end the process. */
	void (*fatal)(void *arg);
	void *arg;
};

struct writer *writer_start(const struct writer_options *options);
/* Any thread. busy when the queue is full, unavailable when the writer has come to its end; then done() is not called. */
enum apikey_error writer_submit(struct writer *w, struct writer_job *job);
/* Likewise a job that has been run and has more to do: there is always room for it, only not once the writer stops. */
enum apikey_error writer_submit_again(struct writer *w, struct writer_job *job);
/* Runs what has been submitted, stops the thread, frees the writer. The store stays open. */
void writer_stop(struct writer *w);
unsigned writer_queue_length(struct writer *w);

#endif
