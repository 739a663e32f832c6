/* turn.h - one at a time, and who is in a hurry goes first: unlike a mutex, whoever comes again at once does not go ahead
 * of who has been waiting. */
#ifndef STORE_TURN_H
#define STORE_TURN_H

#include <pthread.h>
#include <stdbool.h>

struct turn {
	pthread_mutex_t lock;
	pthread_cond_t over;
	unsigned urgent; /* how many wait that are in a hurry */
	bool taken;
};

void turn_init(struct turn *t);
void turn_destroy(struct turn *t);
/* Waits until nobody has it, and, unless in a hurry itself, nobody waits that is. */
void turn_begin(struct turn *t, bool urgent);
void turn_end(struct turn *t);

#endif
