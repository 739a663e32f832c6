/* store_call.h - calls on the store thread: run in a transaction, run again where they ask for it, answered after the
 * commit. */
#ifndef APIKEYD_STORE_CALL_H
#define APIKEYD_STORE_CALL_H

#include "apikeyd/call.h"

/* Begins a call that is like this one, of which what call.h says of every call is filled in and the route, with these
 * parameters; it is copied, and they are. Its answer goes to the route, if it is not refused at once: invalid_argument,
 * or busy. */
enum apikey_error store_call(const struct call *like, struct text params, struct failure *why);

#endif
