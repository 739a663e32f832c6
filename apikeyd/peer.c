/* peer.c - who is at the other end of a connection, and how many of them at once. */
#include "apikeyd/peer.h"

#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uthash.h>

#include "apikeyd/config.h"
#include "apikeyd/gate.h"
#include "apikeyd/log.h"

#define ENTRY_MAX 4096  /* bytes of what passwd(5) says of one account */
#define GROUPS_GUESS 64 /* of a peer, before asking again */

struct peer_rule peer_rule_of(const char *mode, const char *group)
{
	const struct group *entry = getgrnam(group);

	if (entry == NULL)
		log_debug("there is no group %s; the daemon's own group is meant", group);
	return (struct peer_rule){
		.group = entry != NULL ? entry->gr_gid : getegid(),
		.anyone = (config_mode(mode) & 06) == 06,
	};
}

/* The kernel says ERANGE, and how much it has, to somebody who is in more groups than fit. */
static bool in_group(int fd, gid_t primary, gid_t wanted)
{
	socklen_t len = GROUPS_GUESS * sizeof(gid_t);
	gid_t *groups = malloc(len), *bigger;
	bool found = primary == wanted;
	int failed = -1;

	if (groups != NULL)
		failed = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len);
	if (failed != 0 && errno == ERANGE && (bigger = realloc(groups, len)) != NULL) {
		groups = bigger;
		failed = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len);
	}
	for (size_t i = 0; failed == 0 && !found && i < len / sizeof *groups; i++)
		found = groups[i] == wanted;
	free(groups);
	return found;
}

bool peer_check(int fd, const struct peer_rule *rule, struct caller *caller)
{
	struct ucred cred;
	socklen_t len = sizeof cred;

	memset(caller, 0, sizeof *caller);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return false;
	caller->uid = cred.uid;
	caller->pid = cred.pid;
	return cred.uid == 0 || cred.uid == geteuid() || rule->anyone ||
	       in_group(fd, cred.gid, rule->group);
}

void peer_trust(struct caller *caller, uid_t own)
{
	if (caller->uid != 0 && caller->uid != own)
		return;
	caller->authenticated = true;
	caller->role = ROLE_ADMIN;
	snprintf(caller->user, sizeof caller->user, "%s", "root");
}

void peer_link(struct caller *caller, struct people *people)
{
	uint64_t version = people_version(people);
	struct passwd entry, *found = NULL;
	struct person person;
	char text[ENTRY_MAX];

	if (people_have_accounts(people) &&
		getpwuid_r(caller->uid, &entry, text, sizeof text, &found) == 0 && found != NULL &&
		people_of_account(people, text_of(found->pw_name), &person) && !person.disabled)
		gate_become(caller, &person, version);
}

static bool answers_to(const void *peer, bool group, unsigned id)
{
	const int *fd = peer;
	struct ucred cred;
	socklen_t len = sizeof cred;

	if (getsockopt(*fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return true; /* rather bound too much than too little */
	return group ? in_group(*fd, cred.gid, id) : cred.uid == id;
}

void peer_bind(int fd, const struct bindings *bindings, struct session *session)
{
	struct text tenants[BINDING_TENANTS_MAX];
	unsigned count;

	if (!bindings_any(bindings) ||
		(count = bindings_of(bindings, answers_to, &fd, tenants)) == 0)
		return;
	session->bound = calloc(count, sizeof *tenants);
	if (session->bound == NULL)
		abort();
	memcpy(session->bound, tenants, count * sizeof *tenants);
	session->bound_count = count;
}

struct uid_count {
	uid_t uid;
	unsigned count;
	UT_hash_handle hh;
};

struct peer_counts {
	pthread_mutex_t lock;
	struct uid_count *by_uid;
};

struct peer_counts *peer_counts_new(void)
{
	struct peer_counts *counts = calloc(1, sizeof *counts);

	if (counts == NULL)
		abort();
	pthread_mutex_init(&counts->lock, NULL);
	return counts;
}

void peer_counts_free(struct peer_counts *counts)
{
	struct uid_count *entry, *next;

	if (counts == NULL)
		return;
	HASH_ITER (hh, counts->by_uid, entry, next) {
		HASH_DEL(counts->by_uid, entry);
		free(entry);
	}
	pthread_mutex_destroy(&counts->lock);
	free(counts);
}

static struct uid_count *entry_of(struct peer_counts *counts, uid_t uid)
{
	struct uid_count *entry;

	HASH_FIND(hh, counts->by_uid, &uid, sizeof uid, entry);
	if (entry != NULL)
		return entry;
	entry = calloc(1, sizeof *entry);
	if (entry == NULL)
		abort();
	entry->uid = uid;
	HASH_ADD(hh, counts->by_uid, uid, sizeof entry->uid, entry);
	return entry;
}

bool peer_count_take(struct peer_counts *counts, uid_t uid, unsigned max)
{
	struct uid_count *entry;
	bool ok;

	pthread_mutex_lock(&counts->lock);
	entry = entry_of(counts, uid);
	ok = entry->count < max;
	entry->count += ok;
	pthread_mutex_unlock(&counts->lock);
	return ok;
}

void peer_count_give_back(struct peer_counts *counts, uid_t uid)
{
	struct uid_count *entry;

	pthread_mutex_lock(&counts->lock);
	entry = entry_of(counts, uid);
	if (--entry->count == 0) {
		HASH_DEL(counts->by_uid, entry);
		free(entry);
	}
	pthread_mutex_unlock(&counts->lock);
}
