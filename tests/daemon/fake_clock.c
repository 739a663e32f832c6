/* fake_clock.c - preloaded into a daemon: its wall clock is as many seconds off as the file $FAKE_CLOCK says, eight bytes
 * in the machine's order, at any moment. Other clocks stay as they are. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t *offset;

__attribute__((constructor)) static void map_offset(void)
{
	const char *path = getenv("FAKE_CLOCK");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *page = fd >= 0 ? mmap(NULL, 8, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (page == MAP_FAILED)
		abort();
	close(fd);
	offset = page;
}

/* The C library's own is the one that this stands in front of. */
int clock_gettime(clockid_t id, struct timespec *tp)
{
	int result = (int)syscall(SYS_clock_gettime, id, tp);

	if (result == 0 && id == CLOCK_REALTIME)
		tp->tv_sec += atomic_load(offset);
	return result;
}

time_t time(time_t *timer)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (timer != NULL)
		*timer = now.tv_sec;
	return now.tv_sec;
}
