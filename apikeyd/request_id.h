/* request_id.h - request_id: what was asked before under the same one gets the same answer.
 *
 * Both run on the store thread, in the transaction of the call that names one. */
#ifndef APIKEYD_REQUEST_ID_H
#define APIKEYD_REQUEST_ID_H

#include "apikeyd/call.h"

#define REQUEST_ID_LIFE 86400 /* seconds for which a request_id gives the first outcome again */

/* Whether the actor's request_id in row was answered before; then call->replayed, and call->result is that answer.
 * APIKEY_CONFLICT: it was, with other parameters. Fills in the digest of row, which request_id_keep() wants. */
enum apikey_error request_id_replay(
	struct call *call, struct request_record *row, struct failure *why);
/* Keeps the answer of a call that request_id_replay() knew nothing of. */
enum apikey_error request_id_keep(
	const struct call *call, struct request_record *row, struct failure *why);

#endif
