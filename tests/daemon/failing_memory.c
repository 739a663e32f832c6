/* failing_memory.c - loaded before the daemon's libraries: from the n-th allocation on, counted from when a test says so,
 * some fail. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the test writes into the file $FAILING_MEMORY, and reads there. */
struct plan {
	atomic_uint first,
		count; /* the first to fail, from 1, and how many from there on; 0: none */
	atomic_uint seen;
};

static struct plan *plan;

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FAILING_MEMORY");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	plan = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (plan == MAP_FAILED)
		plan = NULL;
	close(fd);
}

static int fails(void)
{
	unsigned count = plan == NULL ? 0 : atomic_load(&plan->count), n;

	if (count == 0)
		return 0;
	n = atomic_fetch_add(&plan->seen, 1) + 1;
	if (n < atomic_load(&plan->first) || n - atomic_load(&plan->first) >= count)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t nmemb, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t nmemb, size_t size)
{
	return fails() ? NULL : __libc_calloc(nmemb, size);
}

void *realloc(void *ptr, size_t size)
{
	return fails() ? NULL : __libc_realloc(ptr, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : __libc_memalign(alignment, size);
}
