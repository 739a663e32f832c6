/* declared.h - keys that small files declare: made once, when a file is first met, and then keys like any other.
 *
 * What was made is noted by the file's name and the key, so that one that was revoked, changed or deleted since stays so;
 * a file that declares another key makes another. */
#ifndef METHODS_DECLARED_H
#define METHODS_DECLARED_H

#include <stdbool.h>

#include "apikeyd/daemon.h"

/* Has the store thread make what the files in the configured directory (*.conf) declare and is not made yet, and waits for
 * it where told to, which that thread itself must not. A file that is wrong is in the log, and holds up nothing. */
void declared_make(struct daemon *d, bool wait);

#endif
