/* clock.h - the daemon's time: one place reads the clocks, everyone else is told.
 *
 * Rate limits run on a steady clock in milliseconds, which goes on over restarts and never back: the time since boot, and
 * a base that is kept in the head of the file of limits. After a reboot it goes on where it was.
 *
 * Expiry and quotas run on the wall clock, which under the running daemon never goes back and does not leap: it follows
 * small steps of the system's clock, but one of more than CLOCK_STEP_MAX is only reported. A step forward is believed when
 * it has held for CLOCK_STEP_HOLDS, a step back by the next start. */
#ifndef APIKEYD_CLOCK_H
#define APIKEYD_CLOCK_H

#include "apikeyd/engine/calendar.h"

#define CLOCK_STEP_MAX 60    /* seconds */
#define CLOCK_STEP_HOLDS 600 /* seconds */
#define CLOCK_BOOT_BYTES 16

/* What is kept; zeroed at first. */
struct clock_page {
	uint8_t boot_id[CLOCK_BOOT_BYTES]; /* of the boot that base_ms belongs to */
	int64_t base_ms;                   /* steady time less time since boot */
	_Atomic int64_t last_ms;           /* the latest steady time told to anybody */
};

struct clock;

/* The page outlives the clock. */
struct clock *clock_new(struct clock_page *page);
void clock_free(struct clock *c);
/* Any thread. *now is the reader's own, zeroed before the first time. */
void clock_read(struct clock *c, struct now *now);
/* The wall clock alone, for who asks seldom. */
int64_t clock_wall(struct clock *c);
/* Once a second, one thread: looks how the system's clock goes, and reports when it leaps. */
void clock_tick(struct clock *c);

#endif
