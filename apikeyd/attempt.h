/* attempt.h - what is noted of an attempt that failed: an entry in the audit log.
 *
 * Any thread, and no waiting for the disk. */
#ifndef APIKEYD_ATTEMPT_H
#define APIKEYD_ATTEMPT_H

#include "apikeyd/call.h"

/* After a call that failed, past the gate. */
void attempt_failed(const struct call *call, const struct failure *why);
/* After one that the gate has not let in. */
void attempt_kept_out(struct daemon *d, const struct caller *caller, const struct method *method,
	const struct failure *why);

#endif
