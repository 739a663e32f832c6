/* direct_file.h - a file that is written past the page cache (open(2), O_DIRECT) where the file system can. */
#ifndef STORE_DIRECT_FILE_H
#define STORE_DIRECT_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct direct_file {
	int fd, direct_fd; /* through the page cache; and past it, else -1 */
};

void direct_file_init(struct direct_file *f);
/* dir/name and suffix; *size is what it had. False with errno; direct_file_close() is due in any case. */
bool direct_file_open(
	struct direct_file *f, const char *dir, const char *name, const char *suffix, size_t *size);
void direct_file_close(struct direct_file *f);
/* data, size and place are multiples of 4096. False with errno: a part may be there. */
bool direct_file_write(const struct direct_file *f, const void *data, size_t size, size_t at);

#endif
