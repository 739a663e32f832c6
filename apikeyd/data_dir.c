/* data_dir.c - the daemon's own directory: made, locked, with its disk reserve. */
#include "apikeyd/data_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sysexits.h>
#include <unistd.h>

#include "apikeyd/log.h"

struct data_dir {
	char path[PATH_MAX - NAME_MAX - 2]; /* room for a file's name after it */
	int dir_fd;
	bool not_again; /* the reserve could not be made where there seemed to be room: a quota, perhaps */
};

const char *data_dir_path(const struct data_dir *d)
{
	return d->path;
}

static int open_dir(struct data_dir *d)
{
	if (mkdir(d->path, 0700) != 0 && errno != EEXIST) {
		log_error("%s: cannot be made: %s", d->path, strerror(errno));
		return EX_CANTCREAT;
	}
	d->dir_fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->dir_fd < 0 || faccessat(d->dir_fd, ".", W_OK | X_OK, AT_EACCESS) != 0) {
		log_error("%s: not a directory this daemon can write to: %s", d->path,
			strerror(errno));
		return EX_NOPERM;
	}
	return EX_OK;
}

/* The lock is on the directory itself: no file to leave behind. */
static int lock_dir(struct data_dir *d)
{
	if (flock(d->dir_fd, LOCK_EX | LOCK_NB) == 0)
		return EX_OK;
	log_error("%s is in use by another apikeyd", d->path);
	return EX_TEMPFAIL;
}

int data_dir_open(const char *path, struct data_dir **out)
{
	struct data_dir *d = calloc(1, sizeof *d);
	int code;

	if (d == NULL)
		return EX_OSERR;
	d->dir_fd = -1;
	if (snprintf(d->path, sizeof d->path, "%s", path) >= (int)sizeof d->path) {
		log_error("the path of the data directory is too long");
		code = EX_CONFIG;
	} else if ((code = open_dir(d)) == EX_OK) {
		code = lock_dir(d);
	}
	if (code != EX_OK) {
		data_dir_close(d);
		return code;
	}
	*out = d;
	return EX_OK;
}

void data_dir_close(struct data_dir *d)
{
	if (d == NULL)
		return;
	if (d->dir_fd >= 0)
		close(d->dir_fd);
	free(d);
}

static bool make_reserve(const struct data_dir *d)
{
	int fd = openat(d->dir_fd, "reserve", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int error;

	if (fd < 0)
		return false;
	if ((error = posix_fallocate(fd, 0, RESERVE_BYTES)) != 0)
		log_warning("no disk reserve of %d bytes: %s", RESERVE_BYTES, strerror(error));
	close(fd);
	return error == 0;
}

void data_dir_keep_reserve(struct data_dir *d)
{
	(void)make_reserve(d);
}

void data_dir_renew_reserve(struct data_dir *d)
{
	struct statvfs fs;
	struct stat st;

	if (d->not_again ||
		(fstatat(d->dir_fd, "reserve", &st, 0) == 0 && st.st_size >= RESERVE_BYTES) ||
		fstatvfs(d->dir_fd, &fs) != 0 || fs.f_bavail * fs.f_frsize < 2 * RESERVE_BYTES)
		return;
	d->not_again = !make_reserve(d);
	if (!d->not_again)
		log_notice("there is room for the disk reserve again");
}

bool data_dir_free_reserve(struct data_dir *d)
{
	struct stat st;
	bool had = fstatat(d->dir_fd, "reserve", &st, 0) == 0 && st.st_size > 0;

	if (had)
		log_error("the disk is full: the reserve is given up for revoke and disable");
	return had && unlinkat(d->dir_fd, "reserve", 0) == 0;
}
