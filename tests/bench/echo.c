/* echo.c - the limit: answers every so many bytes with so many, one read and one write a batch, and does nothing else.
 *
 * usage: echo SOCKET REQUEST_BYTES ANSWER_BYTES */
#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#define INPUT_SIZE (64 * 1024)
#define ANSWERS_MAX 1024 /* in one write */
#define EVENTS 128
#define DESCRIPTORS_MAX 8192

struct server {
	size_t request, answer; /* bytes */
	uint8_t *answers;
	uint8_t input[INPUT_SIZE];
	size_t begun[DESCRIPTORS_MAX]; /* bytes of a request that is not whole yet, by connection */
	int epoll, listener;
};

static void watch(struct server *s, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		err(EX_OSERR, "epoll_ctl");
}

static void listen_at(struct server *s, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		errx(EX_USAGE, "%s: too long for a socket", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	unlink(path);
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->listener < 0 ||
		bind(s->listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(s->listener, SOMAXCONN) != 0)
		err(EX_CANTCREAT, "%s", path);
	watch(s, s->listener);
}

static void accept_one(struct server *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0 || fd >= DESCRIPTORS_MAX)
		err(EX_OSERR, "accept");
	s->begun[fd] = 0;
	watch(s, fd);
}

static void serve(struct server *s, int fd)
{
	ssize_t n = recv(fd, s->input, sizeof(s->input), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		close(fd);
		return;
	}
	s->begun[fd] += (size_t)n;
	while (s->begun[fd] >= s->request) {
		size_t due = s->begun[fd] / s->request;
		size_t now = due < ANSWERS_MAX ? due : ANSWERS_MAX;

		s->begun[fd] -= now * s->request;
		if (send(fd, s->answers, now * s->answer, MSG_NOSIGNAL) < 0)
			return; /* the next read says why */
	}
}

int main(int argc, char *argv[])
{
	static struct server s;
	struct epoll_event events[EVENTS];

	if (argc != 4 || (s.request = strtoul(argv[2], NULL, 10)) == 0 ||
		(s.answer = strtoul(argv[3], NULL, 10)) == 0)
		errx(EX_USAGE, "usage: echo SOCKET REQUEST_BYTES ANSWER_BYTES");
	s.answers = calloc(ANSWERS_MAX, s.answer);
	s.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s.answers == NULL || s.epoll < 0)
		err(EX_OSERR, "start");
	listen_at(&s, argv[1]);
	for (;;) {
		int n = epoll_wait(s.epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == s.listener)
				accept_one(&s);
			else
				serve(&s, events[i].data.fd);
		}
	}
}
