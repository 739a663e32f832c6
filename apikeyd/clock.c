/* clock.c - a steady clock that survives restarts, and a wall clock that does not leap. */
#include "apikeyd/clock.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apikeyd/log.h"

#define STEADY_MAX (INT64_C(1) << 41) /* ms, 69 years: a page that says more is damaged */

/* What there was of a leap. */
struct clock_step {
	int64_t since_ms; /* steady time since which it has been seen; 0: there is none */
	int64_t ahead_ms; /* how far the system's clock was ahead then */
};

enum clock_trust {
	CLOCK_FOLLOW,  /* take the system's time */
	CLOCK_LEAP,    /* a leap begins: report it, do not follow */
	CLOCK_WAIT,    /* it still holds */
	CLOCK_BELIEVE, /* a leap forward has held: report, follow */
	CLOCK_RETURN,  /* it is over without having been believed: report, follow */
};

struct clock {
	struct clock_page *page;
	int64_t base_ms;
	_Atomic int64_t ahead_ms;  /* wall time less steady time */
	_Atomic int64_t last_wall; /* the latest wall time told to anybody, in ms */
	struct clock_step step;
};

static int64_t read_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A number for this boot, drawn by the kernel; zero where /proc does not show it. */
static void read_boot_id(uint8_t out[CLOCK_BOOT_BYTES])
{
	char text[CLOCK_BOOT_BYTES * 2 + 5];
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : 0;

	memset(out, 0, CLOCK_BOOT_BYTES);
	for (ssize_t i = 0; i < n; i++) /* folded: it need only differ */
		out[i % CLOCK_BOOT_BYTES] = (uint8_t)(out[i % CLOCK_BOOT_BYTES] * 31 + text[i]);
	if (fd >= 0)
		close(fd);
}

/* The later of what is there and ms, which is noted. */
static int64_t advance(_Atomic int64_t *last, int64_t ms)
{
	int64_t seen = atomic_load_explicit(last, memory_order_relaxed);

	while (seen < ms && !atomic_compare_exchange_weak_explicit(
				    last, &seen, ms, memory_order_relaxed, memory_order_relaxed))
		;
	return seen > ms ? seen : ms;
}

/* Whether the base kept was made since the machine started. */
static bool same_boot(const struct clock_page *page, const uint8_t boot_id[CLOCK_BOOT_BYTES])
{
	static const uint8_t unknown[CLOCK_BOOT_BYTES];

	return memcmp(boot_id, unknown, CLOCK_BOOT_BYTES) != 0 &&
	       memcmp(boot_id, page->boot_id, CLOCK_BOOT_BYTES) == 0;
}

static bool is_sound(int64_t ms)
{
	return ms > -STEADY_MAX && ms < STEADY_MAX;
}

struct clock *clock_new(struct clock_page *page)
{
	struct clock *c = calloc(1, sizeof *c);
	int64_t boot = read_ms(CLOCK_BOOTTIME), last = atomic_load(&page->last_ms);
	uint8_t boot_id[CLOCK_BOOT_BYTES];

	if (c == NULL)
		abort();
	if (last < 0 || !is_sound(last)) {
		log_error("the steady clock was damaged and begins anew");
		atomic_store(&page->last_ms, last = 0);
	}
	read_boot_id(boot_id);
	if (!same_boot(page, boot_id) || !is_sound(page->base_ms) || boot + page->base_ms < last)
		page->base_ms = last - boot;
	memcpy(page->boot_id, boot_id, sizeof boot_id);
	c->page = page;
	c->base_ms = page->base_ms;
	c->ahead_ms = read_ms(CLOCK_REALTIME) - (boot + c->base_ms);
	return c;
}

void clock_free(struct clock *c)
{
	free(c);
}

void clock_read(struct clock *c, struct now *now)
{
	int64_t raw = read_ms(CLOCK_BOOTTIME) + c->base_ms;
	int64_t ahead = atomic_load_explicit(&c->ahead_ms, memory_order_relaxed);
	int64_t steady = advance(&c->page->last_ms, raw);

	now_set(now, advance(&c->last_wall, steady + ahead), steady);
}

int64_t clock_wall(struct clock *c)
{
	struct now now = {0};

	clock_read(c, &now);
	return now.wall;
}

/* What to make of a system's clock that is so far ahead of ours. */
static enum clock_trust judge(struct clock_step *step, int64_t ahead_ms, int64_t steady_ms)
{
	const int64_t most = CLOCK_STEP_MAX * 1000;
	bool leaping = ahead_ms > most || ahead_ms < -most, begun = step->since_ms != 0;

	if (!leaping) {
		step->since_ms = 0;
		return begun ? CLOCK_RETURN : CLOCK_FOLLOW;
	}
	if (!begun || ahead_ms - step->ahead_ms > most || step->ahead_ms - ahead_ms > most) {
		*step = (struct clock_step){steady_ms != 0 ? steady_ms : 1, ahead_ms};
		return CLOCK_LEAP;
	}
	if (ahead_ms < 0 || steady_ms - step->since_ms < CLOCK_STEP_HOLDS * 1000)
		return CLOCK_WAIT;
	step->since_ms = 0;
	return CLOCK_BELIEVE;
}

static void report_leap(int64_t ahead_ms)
{
	if (ahead_ms > 0)
		log_error("the system's clock went forward by %lld s; not followed unless it stays "
			  "so for %d s",
			(long long)(ahead_ms / 1000), CLOCK_STEP_HOLDS);
	else
		log_error("the system's clock went back by %lld s; not followed until a restart",
			(long long)(-ahead_ms / 1000));
}

void clock_tick(struct clock *c)
{
	int64_t steady = advance(&c->page->last_ms, read_ms(CLOCK_BOOTTIME) + c->base_ms);
	int64_t before = atomic_load_explicit(&c->ahead_ms, memory_order_relaxed);
	int64_t ahead = read_ms(CLOCK_REALTIME) - steady;
	enum clock_trust trust = judge(&c->step, ahead - before, steady);

	if (trust == CLOCK_LEAP)
		report_leap(ahead - before);
	else if (trust == CLOCK_BELIEVE)
		log_error("the system's clock has stayed %lld s ahead and is followed from now on",
			(long long)((ahead - before) / 1000));
	else if (trust == CLOCK_RETURN)
		log_notice("the system's clock is right again");
	if (trust != CLOCK_LEAP && trust != CLOCK_WAIT)
		atomic_store_explicit(&c->ahead_ms, ahead, memory_order_relaxed);
}
