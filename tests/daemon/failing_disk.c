/* failing_disk.c - loaded before the daemon's libraries: while the file $FAILING_DISK is there, no data is synced. */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int fdatasync(int fildes)
{
	const char *path = getenv("FAILING_DISK");

	if (path == NULL || access(path, F_OK) != 0)
		return (int)syscall(SYS_fdatasync, fildes);
	errno = EIO;
	return -1;
}
