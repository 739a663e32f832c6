/* tokenfile.c - the token of the session, in a file that goes when its user is gone from this host. */
#include "apikeyctl/tokenfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apikeyctl/outfile.h"

#define FILE_NAME "apikeyctl.token"

char *tokenfile_path(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	char *path = NULL;

	if (!dir || *dir != '/' || asprintf(&path, "%s/" FILE_NAME, dir) < 0)
		return NULL;
	return path;
}

bool tokenfile_read(char out[TOKENFILE_SIZE])
{
	char *path = tokenfile_path();
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	ssize_t n = fd >= 0 ? read(fd, out, TOKENFILE_SIZE - 1) : -1;

	if (fd >= 0)
		close(fd);
	free(path);
	if (n <= 0)
		return false;
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return true;
}

bool tokenfile_write(const char *token)
{
	char *path = tokenfile_path();
	struct outfile file;
	bool ok;
	int error;

	errno = ENOENT;
	if (!path)
		return false;
	unlink(path);
	ok = outfile_open(&file, path);
	if (ok) {
		ok = outfile_write(&file, token);
		error = errno;
		outfile_close(&file, ok);
		errno = error;
	}
	free(path);
	return ok;
}

void tokenfile_remove(void)
{
	char *path = tokenfile_path();

	if (path)
		unlink(path);
	free(path);
}
