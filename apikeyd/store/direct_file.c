/* direct_file.c - writing past the page cache where the file system can. */
#include "apikeyd/store/direct_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void direct_file_init(struct direct_file *f)
{
	f->fd = f->direct_fd = -1;
}

bool direct_file_open(
	struct direct_file *f, const char *dir, const char *name, const char *suffix, size_t *size)
{
	const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof path, "%s/%s%s", dir, name, suffix);
	f->fd = open(path, flags, 0600);
	if (f->fd < 0 || fstat(f->fd, &st) != 0)
		return false;
	*size = (size_t)st.st_size;
	f->direct_fd = open(path, flags | O_DIRECT, 0600);
	return true;
}

void direct_file_close(struct direct_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->direct_fd >= 0)
		close(f->direct_fd);
	direct_file_init(f);
}

static bool write_all(int fd, const char *data, size_t size, size_t at)
{
	ssize_t n = 0;

	for (size_t done = 0; done < size; done += (size_t)n) {
		n = pwrite(fd, data + done, size - done, (off_t)(at + done));
		if (n <= 0)
			return false;
	}
	return true;
}

/* Some file systems take O_DIRECT, but not every write. */
bool direct_file_write(const struct direct_file *f, const void *data, size_t size, size_t at)
{
	return (f->direct_fd >= 0 && write_all(f->direct_fd, data, size, at)) ||
	       write_all(f->fd, data, size, at);
}
