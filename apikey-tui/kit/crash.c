/* crash.c - a terminal that is put back even where the program dies of a fault of its own. */
#include "apikey-tui/kit/crash.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define STACK_SIZE 65536 /* of the handler: where the fault is that the stack is full */

static const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGSYS};

/* A handler is given nothing, so what it needs cannot be anywhere else. */
static struct {
	char restore[256];
	size_t len;
	struct termios modes;
	char stack[STACK_SIZE];
} guard;

/* Only what is allowed within a signal; the handler is gone by now, so that the signal sent again kills. */
static void restore_and_die(int number)
{
	(void)!write(STDOUT_FILENO, guard.restore, guard.len);
	tcsetattr(STDIN_FILENO, TCSANOW, &guard.modes);
	raise(number);
}

static void handle(void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESETHAND | SA_ONSTACK};

	for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
		sigaction(fatal[i], &action, NULL);
}

void crash_guard(const char *restore, const struct termios *modes)
{
	stack_t stack = {.ss_sp = guard.stack, .ss_size = sizeof guard.stack};

	guard.len = (size_t)snprintf(guard.restore, sizeof guard.restore, "%s", restore);
	if (guard.len >= sizeof guard.restore)
		return;
	guard.modes = *modes;
	sigaltstack(&stack, NULL);
	handle(restore_and_die);
}

void crash_unguard(void)
{
	handle(SIG_DFL);
}
