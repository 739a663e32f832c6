/* pages.c - reserve first, open later: a table of addresses that never moves. */
#include "apikeyd/engine/pages.h"

#include <stdint.h>
#include <sys/mman.h>

void *pages_reserve(size_t size)
{
	size_t whole = size + HUGE_PAGE, before;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	/* cppcheck-suppress invalidFunctionArg ; -1 is what MAP_ANONYMOUS asks for */
	char *start = mmap(NULL, whole, PROT_NONE, flags, -1, 0), *aligned;

	if (start == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)start % HUGE_PAGE;
	aligned = start + before;
	madvise(aligned, size, MADV_HUGEPAGE); /* a wish: small pages do as well, slower */
	munmap(aligned + size, HUGE_PAGE - before);
	if (before > 0)
		munmap(start, before);
	/* cppcheck-suppress deallocret ; only what lies before it was given back */
	return aligned;
}

bool pages_open(void *start, size_t size)
{
	return mprotect(start, size, PROT_READ | PROT_WRITE) == 0;
}

void *pages_sparse(size_t size)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	/* cppcheck-suppress invalidFunctionArg ; -1 is what MAP_ANONYMOUS asks for */
	void *start = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (start == MAP_FAILED)
		return NULL;
	return start;
}

void pages_free(void *start, size_t size)
{
	munmap(start, size);
}
