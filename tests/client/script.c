/* script.c - a daemon that follows a script, in a thread of its own. */
#include "tests/client/script.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/value.h"
#include "protocol/writer.h"

/* A script that cannot go on is a test that has failed; cmocka's asserts are not for threads. */
static void need(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "script: %s\n", what);
	abort();
}

static void ready(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	need(poll(&p, 1, SCRIPT_HANG_MS) == 1, "waited in vain");
}

static void send_all(struct script *s, const void *data, size_t len, size_t piece)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = send(s->fd, p, len < piece ? len : piece, MSG_NOSIGNAL);

		if (n < 0)
			return; /* the client has gone: its own asserts tell whether it may */
		p += n;
		len -= (size_t)n;
	}
}

static void reply(struct script *s, const struct step *step, size_t piece)
{
	struct buffer b = {.max = 64 << 20};

	write_array(&b, 4);
	write_int(&b, FRAME_REPLY);
	write_int(&b, s->msgids[step->request]);
	write_str(&b, step->error);
	if (step->len > 0)
		write_raw(&b, step->bytes, step->len);
	else
		write_nil(&b);
	need(!b.failed, "no room for the reply");
	send_all(s, b.data, b.len, piece);
	buffer_free(&b);
}

static void remember(struct script *s, const struct frame *f)
{
	unsigned i = s->requests++;

	need(i < SCRIPT_REQUESTS_MAX && f->method.len < sizeof s->methods[i], "not expected");
	s->msgids[i] = f->msgid;
	memcpy(s->methods[i], f->method.data, f->method.len);
	s->params[i] = value_decode(f->params, f->params_len);
}

static void read_request(struct script *s)
{
	struct frame f;
	size_t used;
	int got;

	while ((got = frame_next(&s->scan, s->in.data, s->in.len, &f, &used)) == 0) {
		ssize_t n;

		ready(s->fd);
		n = recv(s->fd, buffer_reserve(&s->in, 4096), 4096, 0);
		need(n > 0, "the client hung up before its request");
		s->in.len += (size_t)n;
	}
	need(got == 1 && f.fault == APIKEY_OK, "the client does not speak the protocol");
	remember(s, &f);
	buffer_consume(&s->in, used);
}

static void hang_up(struct script *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->in.len = 0;
	frame_scan_init(
		&s->scan, (struct frame_bounds){FRAME_MAX_ADMIN, FRAME_MAX_ELEMENTS, false});
}

static void await_end(struct script *s)
{
	char byte;

	ready(s->fd);
	need(recv(s->fd, &byte, 1, 0) <= 0, "the client says more than expected");
}

static void follow(struct script *s, const struct step *step)
{
	switch (step->type) {
	case STEP_ACCEPT:
		hang_up(s);
		ready(s->listener);
		s->fd = accept(s->listener, NULL, NULL);
		break;
	case STEP_READ:
		read_request(s);
		break;
	case STEP_REPLY:
		reply(s, step, SIZE_MAX);
		break;
	case STEP_TRICKLE:
		reply(s, step, 1);
		break;
	case STEP_RAW:
		send_all(s, step->bytes, step->len, SIZE_MAX);
		break;
	case STEP_CLOSE:
		hang_up(s);
		break;
	case STEP_AWAIT:
		await_end(s);
		break;
	case STEP_END:
		break;
	}
}

static void *run(void *arg)
{
	struct script *s = arg;

	for (const struct step *step = s->steps; step->type != STEP_END; step++)
		follow(s, step);
	return NULL;
}

void script_start(struct script *s, const struct step *steps)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	*s = (struct script){.fd = -1, .steps = steps, .in = {.max = 1 << 20}};
	hang_up(s);
	snprintf(s->path, sizeof s->path, "/tmp/apikey-script-%d.sock", (int)getpid());
	unlink(s->path);
	memcpy(address.sun_path, s->path, strlen(s->path));
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	need(bind(s->listener, (const struct sockaddr *)&address, sizeof address) == 0 &&
			listen(s->listener, 8) == 0,
		"cannot listen");
	need(pthread_create(&s->thread, NULL, run, s) == 0, "no thread");
}

void script_join(struct script *s)
{
	pthread_join(s->thread, NULL);
}

void script_free(struct script *s)
{
	hang_up(s);
	close(s->listener);
	unlink(s->path);
	buffer_free(&s->in);
	for (unsigned i = 0; i < s->requests; i++)
		apikey_value_free(s->params[i]);
}

struct apikey_client *script_open(const struct script *script)
{
	struct apikey_client *client = apikey_open(script->path);

	assert_non_null(client);
	apikey_set_timeout(client, SCRIPT_HANG_MS);
	return client;
}

void script_end(struct script *script, struct apikey_client *client)
{
	apikey_close(client);
	script_join(script);
	script_free(script);
}
