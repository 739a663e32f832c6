/* import_twice.h - finds keys that stand twice among those of a dry run, which leaves nothing behind to run into. */
#ifndef APIKEYCTL_IMPORT_TWICE_H
#define APIKEYCTL_IMPORT_TWICE_H

#include <stddef.h>

#include "include/apikey.h"

struct import_twice;

/* Never NULL. */
struct import_twice *import_twice_new(void);
void import_twice_free(struct import_twice *t);
/* The line before this one whose key, or whose prefix, the answer to a dry run has too; 0: there is none. */
size_t import_twice_find(struct import_twice *t, size_t line, const struct apikey_value *key);

#endif
