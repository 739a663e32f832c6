/* listener.c - the listening sockets: made or taken over, and accepting within the caps. */
#include "apikeyd/listener.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "apikeyd/log.h"
#include "apikeyd/mailbox.h"

#define BACKLOG 1024
#define ACCEPTS_A_TURN 64
#define PAUSE_MS                                                                                   \
	100 /* without free descriptors a listener fires without end: left alone for this long */
#define CALM_S 1 /* seconds without a failure after which one is over */

struct listener {
	struct listeners *all;
	enum socket_kind kind;
	int fd;
	struct peer_rule rule;
	struct event *readable, *pause, *calm;
	unsigned failures; /* to accept, since the last time that all was well */
	char path[sizeof((struct sockaddr_un *)0)->sun_path]; /* empty: inherited */
};

struct listeners {
	struct listener list[SOCKET_COUNT];
	struct daemon *daemon;
	struct peer_counts *peers;
	unsigned next_worker;
};

static const char *const file_names[SOCKET_COUNT] = {
	[SOCKET_VERIFY] = "verify.sock", [SOCKET_ADMIN] = "admin.sock"};

/* Whether somebody listens there, perhaps too busy to answer: only a refusal says that nobody does. */
static bool alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool dead = fd >= 0 &&
		    connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
		    (errno == ECONNREFUSED || errno == ENOENT);

	if (fd >= 0)
		close(fd);
	return !dead;
}

static int bind_fresh(int fd, const struct sockaddr_un *address)
{
	struct stat st;

	if (lstat(address->sun_path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode)) {
			log_error("%s exists and is no socket", address->sun_path);
			return EX_CANTCREAT;
		}
		if (alive(address)) {
			log_error("%s: another process listens there", address->sun_path);
			return EX_UNAVAILABLE;
		}
		unlink(address->sun_path);
	}
	if (bind(fd, (const struct sockaddr *)address, sizeof *address) == 0)
		return EX_OK;
	log_error("%s: cannot be made: %s", address->sun_path, strerror(errno));
	return EX_CANTCREAT;
}

static int make_socket(struct listener *l, const char *runtime, const char *mode, gid_t group)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int code;

	if (snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", runtime,
		    file_names[l->kind]) >= (int)sizeof address.sun_path) {
		log_error("the socket path %s/%s is too long; a path may have %zu bytes", runtime,
			file_names[l->kind], sizeof address.sun_path - 1);
		return EX_CONFIG;
	}
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0) {
		log_error("no socket: %s", strerror(errno));
		return EX_OSERR;
	}
	if ((code = bind_fresh(l->fd, &address)) != EX_OK)
		return code;
	memcpy(l->path, address.sun_path, sizeof l->path);
	/* umask is 077: nobody else can connect before mode and group are right */
	if (chown(l->path, (uid_t)-1, group) != 0 || chmod(l->path, config_mode(mode)) != 0 ||
		listen(l->fd, BACKLOG) != 0) {
		log_error("%s: %s", l->path, strerror(errno));
		return EX_OSERR;
	}
	return EX_OK;
}

static int take_socket(struct listener *l, int fd)
{
	l->fd = fd;
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0)
		return EX_OK;
	log_error("the socket handed over for %s: %s", file_names[l->kind], strerror(errno));
	return EX_OSERR;
}

/* The one directory, not those above it; any user may look for a socket in it. */
static int make_runtime(const char *path)
{
	if (mkdir(path, 0700) == 0 ? chmod(path, 0755) == 0 : errno == EEXIST)
		return EX_OK;
	log_error("%s: cannot be made: %s", path, strerror(errno));
	return EX_CANTCREAT;
}

static int open_listener(
	struct listener *l, const char *runtime, const char *mode, const char *group, int inherited)
{
	int code;

	l->rule = peer_rule_of(mode, group);
	if (inherited >= 0)
		return take_socket(l, inherited);
	if ((code = make_runtime(runtime)) != EX_OK)
		return code;
	return make_socket(l, runtime, mode, l->rule.group);
}

int listeners_open(const char *runtime, const struct config *config,
	const int inherited[SOCKET_COUNT], struct listeners **out)
{
	const char *modes[] = {
		[SOCKET_VERIFY] = config->verify_mode, [SOCKET_ADMIN] = config->admin_mode};
	const char *groups[] = {
		[SOCKET_VERIFY] = config->verify_group, [SOCKET_ADMIN] = config->admin_group};
	struct listeners *all = calloc(1, sizeof *all);
	int code = all != NULL ? EX_OK : EX_OSERR;

	for (int kind = 0; code == EX_OK && kind < SOCKET_COUNT; kind++)
		all->list[kind] =
			(struct listener){.all = all, .kind = (enum socket_kind)kind, .fd = -1};
	for (int kind = 0; code == EX_OK && kind < SOCKET_COUNT; kind++)
		code = open_listener(
			&all->list[kind], runtime, modes[kind], groups[kind], inherited[kind]);
	if (code != EX_OK && all != NULL) {
		listeners_close(all);
		return code;
	}
	*out = all;
	return code;
}

static void refuse(struct listener *l, int fd, const struct caller *caller, const char *reason)
{
	atomic_fetch_add(&l->all->daemon->refused, 1);
	log_debug("uid %u refused on %s: %s", (unsigned)caller->uid, file_names[l->kind], reason);
	close(fd);
}

/* Peer first, limits second, work third. */
static void admit(struct listener *l, int fd)
{
	struct daemon *d = l->all->daemon;
	const struct config *config = daemon_config(d);
	struct caller caller;
	unsigned own_cap;

	if (!peer_check(fd, &l->rule, &caller)) {
		refuse(l, fd, &caller, "not in the group");
		return;
	}
	if (atomic_load(&d->connections) >= (unsigned)config->max_connections) {
		refuse(l, fd, &caller, "too many connections");
		return;
	}
	own_cap = caller.uid == 0 || caller.uid == d->uid
			  ? UINT32_MAX
			  : (unsigned)config->max_connections_per_uid;
	if (!peer_count_take(l->all->peers, caller.uid, own_cap)) {
		refuse(l, fd, &caller, "too many connections of this uid");
		return;
	}
	if (l->kind == SOCKET_ADMIN && config->trust_peer)
		peer_trust(&caller, d->uid);
	if (l->kind == SOCKET_ADMIN && !caller.authenticated)
		peer_link(&caller, d->people);
	atomic_fetch_add(&d->connections, 1);
	atomic_fetch_add(&d->accepted, 1);
	mailbox_adopt(d->workers[l->all->next_worker++ % d->worker_count], fd, l->kind, &caller);
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;

	(void)fd;
	(void)what;
	event_add(l->readable, NULL);
}

static void on_calm(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;

	(void)fd;
	(void)what;
	log_notice("%s: connections are accepted again; %u more such warnings were held back",
		file_names[l->kind], l->failures - 1);
	l->failures = 0;
}

/* Only the first failure is told, and when it is over: it may last. */
static void pause_accepting(struct listener *l)
{
	static const struct timeval pause = {.tv_usec = PAUSE_MS * 1000}, calm = {.tv_sec = CALM_S};

	if (l->failures++ == 0)
		log_warning("%s: no connection can be accepted for now: %s", file_names[l->kind],
			strerror(errno));
	event_del(l->readable);
	event_add(l->pause, &pause);
	event_add(l->calm, &calm);
}

static void on_connect(evutil_socket_t listening, short what, void *arg)
{
	struct listener *l = arg;

	(void)what;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			admit(l, fd);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			pause_accepting(l);
		return;
	}
}

void listeners_start(
	struct listeners *all, struct event_base *base, struct daemon *d, struct peer_counts *peers)
{
	all->daemon = d;
	all->peers = peers;
	for (int kind = 0; kind < SOCKET_COUNT; kind++) {
		struct listener *l = &all->list[kind];

		l->readable = event_new(base, l->fd, EV_READ | EV_PERSIST, on_connect, l);
		l->pause = event_new(base, -1, 0, on_pause_over, l);
		l->calm = event_new(base, -1, 0, on_calm, l);
		if (l->readable == NULL || l->pause == NULL || l->calm == NULL ||
			event_add(l->readable, NULL) != 0)
			abort();
	}
}

void listeners_close(struct listeners *all)
{
	if (all == NULL)
		return;
	for (int kind = 0; kind < SOCKET_COUNT; kind++) {
		struct listener *l = &all->list[kind];
		struct event *events[] = {l->readable, l->pause, l->calm};

		for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
			if (events[i] != NULL)
				event_free(events[i]);
		if (l->path[0] != '\0')
			unlink(l->path);
		if (l->fd >= 0)
			close(l->fd);
	}
	free(all);
}
