/* tokenfile.h - the token of the session, in a file that goes when its user is gone from this host. */
#ifndef APIKEYCTL_TOKENFILE_H
#define APIKEYCTL_TOKENFILE_H

#include <stdbool.h>
#include <stddef.h>

#define TOKENFILE_SIZE 128 /* more than a token has */

/* The path, to be freed; NULL where there is no $XDG_RUNTIME_DIR. */
char *tokenfile_path(void);
/* False where there is none. The caller wipes it. */
bool tokenfile_read(char out[TOKENFILE_SIZE]);
/* With mode 0600, in the place of the one before. On false errno says why. */
bool tokenfile_write(const char *token);
void tokenfile_remove(void);

#endif
