/* keyfile.h - a key as it is handed in: never as an argument, where others could read it. */
#ifndef APIKEYCTL_KEYFILE_H
#define APIKEYCTL_KEYFILE_H

#include <stddef.h>
#include <sys/types.h>

#define KEYFILE_MAX 512 /* bytes read: more than a key may have */

/* Reads the first line, without its end, from the file (NULL or "-": standard input). Returns its length, or -1 with
 * errno set. The caller wipes the key. */
ssize_t keyfile_read(const char *path, char *key, size_t size);

#endif
