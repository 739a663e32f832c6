/* crash.h - a terminal that is put back even where the program dies of a fault of its own. */
#ifndef KIT_CRASH_H
#define KIT_CRASH_H

#include <termios.h>

/* From now on a fatal signal (SIGSEGV, SIGABRT, …) writes this text to standard output, sets the modes of standard
 * input, and then kills as it would have. Both are copied. One terminal a process. */
void crash_guard(const char *restore, const struct termios *modes);
/* No longer. */
void crash_unguard(void);

#endif
