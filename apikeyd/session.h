/* session.h - what a connection is to the methods: who calls, over which socket, and what it has subscribed to. */
#ifndef APIKEYD_SESSION_H
#define APIKEYD_SESSION_H

#include <stdbool.h>
#include <sys/types.h>

#include "protocol/keytext.h"
#include "protocol/method.h"

struct login;

/* Who is asking. */
struct caller {
	uid_t uid;
	pid_t pid;
	bool authenticated;
	enum role role;
	char user[WORD_MAX_BYTES + 1];
	char tenant[WORD_MAX_BYTES + 1]; /* empty: every tenant */
	uint64_t person;                 /* the serial of a user (people.h); 0: it is none */
	uint64_t seen;                   /* the version of people that role and tenant are of */
	char key[KEY_ID_SIZE]; /* the key that acts, which bounds what it may grant; empty: none */
	char session[SESSION_ID_SIZE]; /* that it has logged in to; empty: none */
};

/* Which events go to the connection. */
struct subscription {
	bool active;
	int64_t topics;                  /* bit n: topic n of the table of methods */
	char key[KEY_ID_SIZE];           /* empty: any */
	char tenant[WORD_MAX_BYTES + 1]; /* empty: any */
	bool own;                        /* by the numbers of its tenant, see events.h */
	int64_t after;                   /* only events with a greater number */
	uint32_t watch;                  /* of the topic usage, see digests.h; 0: none */
};

struct session {
	enum socket_kind socket;
	struct caller caller;
	struct caller peer;  /* what the caller is without a login */
	struct login *login; /* by which it acts; NULL: none */
	uint8_t key[32];     /* the digest of that by which it acts, where caller.key is set */
	struct subscription subscription;
	struct text *bound; /* the tenants whose keys it may ask about (binding.h); NULL: any */
	unsigned bound_count;
};

#endif
