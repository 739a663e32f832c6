/* worker.c - a thread with an event loop of its own, an inbox, and what its connections share. */
#include "apikeyd/worker.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "apikeyd/log.h"
#include "apikeyd/sightings.h"
#include "apikeyd/tally.h"

int64_t worker_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec;
}

void worker_post(struct worker *w, struct worker_message *message)
{
	uint64_t one = 1;
	bool was_empty;

	message->next = NULL;
	pthread_mutex_lock(&w->lock);
	was_empty = w->inbox == NULL;
	*w->inbox_last = message;
	w->inbox_last = &message->next;
	pthread_mutex_unlock(&w->lock);
	if (was_empty && write(w->wake_fd, &one, sizeof one) < 0)
		log_error(
			"a worker cannot be woken"); /* an eventfd only fails when it is full: then it is awake */
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	struct worker_message *message, *next;
	uint64_t ignored;

	(void)what;
	if (read(fd, &ignored, sizeof ignored) < 0)
		return;
	pthread_mutex_lock(&w->lock);
	message = w->inbox;
	w->inbox = NULL;
	w->inbox_last = &w->inbox;
	pthread_mutex_unlock(&w->lock);
	for (; message != NULL; message = next) {
		next = message->next;
		message->run(w, message);
	}
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;

	(void)fd;
	(void)what;
	w->o.tick(w);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	pthread_setname_np(pthread_self(), "worker");
	while (!w->quits) {
		event_base_loop(w->base, EVLOOP_ONCE);
		w->o.flush(w);
	}
	return NULL;
}

static void *must(void *p)
{
	if (p == NULL)
		abort(); /* at start: memory or descriptors ended */
	return p;
}

struct worker *worker_start(const struct worker_options *options)
{
	static const struct timeval second = {.tv_sec = 1};
	struct worker *w = must(calloc(1, sizeof *w));

	w->o = *options;
	w->inbox_last = &w->inbox;
	w->publications_last = &w->publications;
	w->in = must(malloc(options->in_size));
	for (unsigned i = 0; i < WORKER_UNSENT; i++)
		w->unsent[i].answers.max = 4 * ANSWER_MAX;
	w->sightings = sightings_new();
	w->tally = tally_new();
	w->batch = verify_batch_new(options->daemon, &w->stats, w->sightings, w->tally);
	pthread_mutex_init(&w->lock, NULL);
	w->base = must(event_base_new());
	if ((w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) < 0)
		abort();
	w->wake = must(event_new(w->base, w->wake_fd, EV_READ | EV_PERSIST, on_wake, w));
	w->tick = must(event_new(w->base, -1, EV_PERSIST, on_tick, w));
	event_add(w->wake, NULL);
	event_add(w->tick, &second);
	if (pthread_create(&w->thread, NULL, worker_main, w) != 0)
		abort();
	return w;
}

void worker_quit(struct worker *w)
{
	w->quits = true;
	event_base_loopbreak(w->base);
}

void worker_wait(struct worker *w)
{
	pthread_join(w->thread, NULL);
}

void worker_free(struct worker *w)
{
	on_wake(w->wake_fd, 0, w); /* what was posted after the end of the loop */
	event_free(w->wake);
	event_free(w->tick);
	event_base_free(w->base);
	close(w->wake_fd);
	pthread_mutex_destroy(&w->lock);
	verify_batch_free(w->batch);
	sightings_free(w->sightings);
	tally_free(w->tally);
	for (unsigned i = 0; i < WORKER_UNSENT; i++)
		buffer_wipe(&w->unsent[i].answers);
	free(w->in);
	free(w);
}
