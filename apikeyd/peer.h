/* peer.h - who is at the other end of a connection, and how many of them at once. */
#ifndef APIKEYD_PEER_H
#define APIKEYD_PEER_H

#include <stdbool.h>

#include "apikeyd/binding.h"
#include "apikeyd/daemon.h"
#include "apikeyd/people.h"
#include "apikeyd/session.h"

/* Who may use a socket, besides root and the daemon itself. */
struct peer_rule {
	gid_t group;
	bool anyone; /* the configured mode is open to others */
};

/* The rule of a socket with that configured mode and group name. */
struct peer_rule peer_rule_of(const char *mode, const char *group);

/* Reads the peer's credentials (SO_PEERCRED and SO_PEERGROUPS, unix(7)) into *caller, who is an administrator at once if
 * trusted. False if the rule does not let it in, whatever the file's mode says now. */
bool peer_check(int fd, const struct peer_rule *rule, struct caller *caller);
/* Makes a caller of admin.sock what its uid alone lets it be. */
void peer_trust(struct caller *caller, uid_t own);
/* Makes it the user that its account of this host is linked to, if any. */
void peer_link(struct caller *caller, struct people *people);

/* Binds the session to the tenants whose keys the peer may ask about, which it owns; they live as long as the bindings. */
void peer_bind(int fd, const struct bindings *bindings, struct session *session);

/* Connections by uid. One thread takes, any gives back. */
struct peer_counts;
struct peer_counts *peer_counts_new(void);
void peer_counts_free(struct peer_counts *counts);
/* False when the uid has max already. */
bool peer_count_take(struct peer_counts *counts, uid_t uid, unsigned max);
void peer_count_give_back(struct peer_counts *counts, uid_t uid);

#endif
