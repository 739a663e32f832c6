/* bootstrap.h - the first administrator of a new store, where systemd hands over a credential for one.
 *
 * admin-password: the password of the user "admin". admin-token: a one-time code with which "admin" sets one. Without
 * either there is the local root, and never a password that others know. */
#ifndef APIKEYD_BOOTSTRAP_H
#define APIKEYD_BOOTSTRAP_H

#include "apikeyd/daemon.h"
#include "apikeyd/store/store.h"

#define BOOTSTRAP_USER "admin"
#define BOOTSTRAP_TOKEN_MIN 20 /* bytes: a code is not guessed */

/* At the start, when everything is loaded and before any thread. Does nothing where there is a user already. Returns 0, or
 * an exit code of sysexits.h with a line in the log. */
int bootstrap_admin(struct daemon *d, int64_t now);

#endif
