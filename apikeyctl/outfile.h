/* outfile.h - a new file for a secret, which is there whole or not at all. */
#ifndef APIKEYCTL_OUTFILE_H
#define APIKEYCTL_OUTFILE_H

#include <signal.h>
#include <stdbool.h>

struct outfile {
	const char *path; /* borrowed */
	int fd;
	sigset_t signals; /* as they were */
};

/* Makes the file, mode 0600; it must not exist. From here to outfile_close() the signals that end a
 * program wait, so that none leaves half a file. On false errno says why. */
bool outfile_open(struct outfile *file, const char *path);
/* Writes the text as a line, through to the disk. */
bool outfile_write(struct outfile *file, const char *text);
/* Closes it, and removes it unless it is to be kept. */
void outfile_close(struct outfile *file, bool keep);

#endif
