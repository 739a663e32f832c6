/* turn.c - one at a time, and who is in a hurry goes first. */
#include "apikeyd/store/turn.h"

void turn_init(struct turn *t)
{
	*t = (struct turn){0};
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->over, NULL);
}

void turn_destroy(struct turn *t)
{
	pthread_cond_destroy(&t->over);
	pthread_mutex_destroy(&t->lock);
}

void turn_begin(struct turn *t, bool urgent)
{
	pthread_mutex_lock(&t->lock);
	t->urgent += urgent;
	while (t->taken || (!urgent && t->urgent > 0))
		pthread_cond_wait(&t->over, &t->lock);
	t->urgent -= urgent;
	t->taken = true;
	pthread_mutex_unlock(&t->lock);
}

void turn_end(struct turn *t)
{
	pthread_mutex_lock(&t->lock);
	t->taken = false;
	pthread_cond_broadcast(&t->over);
	pthread_mutex_unlock(&t->lock);
}
