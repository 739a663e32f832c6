/* outfile.c - a new file for a secret, which is there whole or not at all. */
#include "apikeyctl/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static void hold_signals(sigset_t *before)
{
	static const int ending[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE};
	sigset_t held;

	sigemptyset(&held);
	for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
		sigaddset(&held, ending[i]);
	sigprocmask(SIG_BLOCK, &held, before);
}

bool outfile_open(struct outfile *file, const char *path)
{
	int saved;

	file->path = path;
	hold_signals(&file->signals);
	file->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file->fd >= 0)
		return true;
	saved = errno;
	sigprocmask(SIG_SETMASK, &file->signals, NULL);
	errno = saved;
	return false;
}

bool outfile_write(struct outfile *file, const char *text)
{
	char newline = '\n';
	struct iovec parts[] = {{(char *)(size_t)text, strlen(text)}, {&newline, 1}};

	return writev(file->fd, parts, 2) == (ssize_t)parts[0].iov_len + 1 && fsync(file->fd) == 0;
}

void outfile_close(struct outfile *file, bool keep)
{
	close(file->fd);
	if (!keep)
		unlink(file->path);
	sigprocmask(SIG_SETMASK, &file->signals, NULL);
}
