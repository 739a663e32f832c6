/* keyfile.c - a key as it is handed in: the first line of standard input or of a file. */
#include "apikeyctl/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "apikeyctl/ctl.h"

/* The first line, without its end. Returns its length, or -1 with errno set. */
static ssize_t read_key(int fd, char *key, size_t size)
{
	size_t len = 0;
	const char *newline = NULL;

	while (!newline && len < size) {
		ssize_t n = read(fd, key + len, size - len);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0)
			break;
		if (n > 0) {
			newline = memchr(key + len, '\n', (size_t)n);
			len += (size_t)n;
		}
	}
	if (newline)
		len = (size_t)(newline - key);
	if (len > 0 && key[len - 1] == '\r')
		len--;
	return (ssize_t)len;
}

ssize_t keyfile_read(const char *path, char *key, size_t size)
{
	int fd = path && strcmp(path, "-") != 0 ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	ssize_t len;

	if (fd < 0)
		return -1;
	if (isatty(fd))
		ctl_say("type or paste the key, then Enter");
	len = read_key(fd, key, size);
	if (fd != STDIN_FILENO)
		close(fd);
	return len;
}
