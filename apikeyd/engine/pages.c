/* pages.c - reserve first, open later: a table of addresses that never moves. */
#include "apikeyd/engine/pages.h"

#include <stdint.h>
#include <sys/mman.h>

void *pages_reserve(size_t size)
{
	size_t whole = size + HUGE_PAGE, before;
	char *start =
		mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (start == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)start % HUGE_PAGE;
	if (before > 0)
		munmap(start, before);
	munmap(start + before + size, HUGE_PAGE - before);
	start += before;
	madvise(start, size, MADV_HUGEPAGE); /* a wish: small pages do as well, slower */
	return start;
}

bool pages_open(void *start, size_t size)
{
	return mprotect(start, size, PROT_READ | PROT_WRITE) == 0;
}

void pages_free(void *start, size_t size)
{
	munmap(start, size);
}
