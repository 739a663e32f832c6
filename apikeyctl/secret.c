/* secret.c - a password or code as it is handed in: typed without echo, or a line from a descriptor. */
#include "apikeyctl/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define CTRL_C '\003'

/* One line without its end, byte by byte: what follows is another's. False at the end of the file, past the size, or at the
 * character that gives up. */
static bool read_line(int fd, char gives_up, char out[SECRET_SIZE])
{
	size_t len = 0;
	ssize_t n;
	char c = '\0';

	while (len < SECRET_SIZE - 1) {
		n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || c == '\n' || c == gives_up)
			break;
		out[len++] = c;
	}
	if (len > 0 && out[len - 1] == '\r')
		len--;
	out[len] = '\0';
	return len < SECRET_SIZE - 1 && c != gives_up && (len > 0 || c == '\n');
}

/* Signals that would end or stop the program wait until the echo is back. */
static void hold_signals(sigset_t *before)
{
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGQUIT);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGTSTP);
	sigprocmask(SIG_BLOCK, &held, before);
}

/* Ctrl-C is a character here, which ends the line, and gives up. */
static bool read_typed(int tty, const char *prompt, char out[SECRET_SIZE])
{
	struct termios before, silent;
	sigset_t signals;
	bool ok;

	if (tcgetattr(tty, &before) != 0)
		return false;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	silent.c_cc[VEOL] = CTRL_C;
	hold_signals(&signals);
	ok = tcsetattr(tty, TCSAFLUSH, &silent) == 0 &&
	     write(tty, prompt, strlen(prompt)) == (ssize_t)strlen(prompt) &&
	     read_line(tty, CTRL_C, out);
	tcsetattr(tty, TCSAFLUSH, &before);
	(void)!write(tty, "\n", 1);
	sigprocmask(SIG_SETMASK, &signals, NULL);
	return ok;
}

static enum end read_given(const struct ctl *ctl, const char *given, char out[SECRET_SIZE])
{
	char *end;
	long fd = strtol(given, &end, 10);

	if (*end != '\0' || fd < 0 || fd > 65535)
		return ctl_usage(ctl, "--password-fd: must be the number of a descriptor");
	if (!read_line((int)fd, '\0', out))
		return ctl_usage(ctl,
			"--password-fd: descriptor %ld gives no line of at most %d bytes", fd,
			SECRET_SIZE - 2);
	return END_DONE;
}

enum end secret_read(const struct ctl *ctl, const struct arguments *args, const char *prompt,
	char out[SECRET_SIZE])
{
	const char *given = arguments_get(args, "password-fd");
	enum end end = END_DONE;
	int tty;

	if (given)
		return read_given(ctl, given, out);
	tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0)
		return ctl_usage(ctl, "there is no terminal to ask on; say --password-fd N");
	if (!read_typed(tty, prompt, out))
		end = ctl_usage(ctl, "nothing was typed");
	close(tty);
	return end;
}

enum end secret_read_new(const struct ctl *ctl, const struct arguments *args, const char *prompt,
	char out[SECRET_SIZE])
{
	char again[SECRET_SIZE];
	enum end end = secret_read(ctl, args, prompt, out);

	if (end != END_DONE || arguments_get(args, "password-fd"))
		return end;
	end = secret_read(ctl, args, "The same again: ", again);
	if (end == END_DONE && strcmp(out, again) != 0)
		end = ctl_usage(ctl, "the two are not the same");
	explicit_bzero(again, sizeof again);
	return end;
}
