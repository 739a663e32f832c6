/* term.c - the terminal: opened, resized, suspended, and put back as it was. */
#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "apikey-tui/kit/crash.h"
#include "apikey-tui/kit/private.h"

#define PASTE_ON "\033[?2004h" /* bracketed paste */
#define PASTE_OFF "\033[?2004l"
#define MOUSE_ON "\033[?1000;1006h" /* presses and releases, as SGR reports */
#define MOUSE_OFF "\033[?1000;1006l"

/* How a meaning is shown: a colour among 8 and among 256 (-1: the terminal's own), with attributes, and without any
 * colour. The 256 ones have contrast on black and on white. */
static const struct {
	short color8, color256;
	attr_t with, without;
} paints[PAINT_COUNT] = {
	[PAINT_PLAIN] = {-1, -1, A_NORMAL, A_NORMAL},
	[PAINT_DIM] = {-1, 243, A_NORMAL, A_NORMAL},
	[PAINT_TITLE] = {-1, -1, A_BOLD, A_BOLD},
	[PAINT_ACCENT] = {COLOR_CYAN, 32, A_NORMAL, A_BOLD},
	[PAINT_GOOD] = {COLOR_GREEN, 28, A_NORMAL, A_NORMAL},
	[PAINT_WARN] = {COLOR_YELLOW, 130, A_NORMAL, A_BOLD},
	[PAINT_BAD] = {COLOR_RED, 160, A_BOLD, A_BOLD},
	[PAINT_FIELD] = {-1, -1, A_UNDERLINE, A_UNDERLINE},
	[PAINT_BANNER] = {COLOR_RED, 160, A_REVERSE | A_BOLD, A_REVERSE | A_BOLD},
};

static const int ending_signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};

static int write_all(const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, data, len);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static bool wants_color(enum term_color color)
{
	const char *no_color = getenv("NO_COLOR");

	return color == COLOR_ALWAYS ||
	       (color == COLOR_AUTO && (no_color == NULL || *no_color == '\0'));
}

static void prepare_paints(struct term *t)
{
	bool color = wants_color(t->options.color) && has_colors();

	if (color) {
		start_color();
		use_default_colors();
	}
	for (int i = 0; i < PAINT_COUNT; i++) {
		short shade = COLORS >= 256 ? paints[i].color256 : paints[i].color8;

		t->attributes[i] = color ? paints[i].with : paints[i].without;
		if (color && shade >= 0 && init_pair((short)(i + 1), shade, -1) == OK)
			t->pairs[i] = (short)(i + 1);
	}
}

/* newterm() of the first terminal type that is known and can place the cursor. */
static SCREEN *open_screen(char *why, size_t size)
{
	const char *own = getenv("TERM"),
		   *types[] = {own != NULL ? own : "", "xterm-256color", "vt100"};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		SCREEN *screen = *types[i] != '\0' ? newterm(types[i], stdout, stdin) : NULL;

		if (screen != NULL && tigetstr("cup") != NULL) {
			if (i > 0)
				snprintf(why, size, "unknown terminal \"%.30s\": using %s",
					own != NULL ? own : "", types[i]);
			return screen;
		}
		if (screen != NULL) {
			endwin();
			delscreen(screen);
			break;
		}
	}
	snprintf(why, size, "the terminal \"%.40s\" cannot place a cursor", own != NULL ? own : "");
	return NULL;
}

static const char *capability(const char *name)
{
	const char *text = tigetstr(name);

	return text != NULL && text != (char *)-1 ? text : "";
}

/* What endwin() would send, for when it cannot be called any more. */
static void guard_against_crash(const struct term *t)
{
	char restore[256];

	snprintf(restore, sizeof restore, PASTE_OFF MOUSE_OFF "%s%s%s%s", capability("sgr0"),
		capability("cnorm"), capability("rmkx"), capability("rmcup"));
	crash_guard(restore, &t->modes_before);
}

/* Not by curses, which loses what comes fast. */
static void switch_mouse(const struct term *t, bool on)
{
	const char *sequence = on ? MOUSE_ON : MOUSE_OFF;

	if (t->mouse)
		write_all(sequence, strlen(sequence));
}

static void never_runs(int signal)
{
	(void)signal;
}

/* Curses ignores SIGTSTP while it draws, and so throws away one that waits to be read, unless it finds a handler. */
static void block_signals(struct term *t)
{
	const struct sigaction handled = {.sa_handler = never_runs};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof ending_signals / sizeof ending_signals[0]; i++)
		sigaddset(&set, ending_signals[i]);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGCONT);
	sigprocmask(SIG_BLOCK, &set, &t->signals_before);
	sigaction(SIGTSTP, &handled, &t->stop_before);
	t->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* Ctrl-S is a key here; else the terminal would stand still until Ctrl-Q. */
static void free_flow_keys(void)
{
	struct termios modes;

	if (tcgetattr(STDIN_FILENO, &modes) != 0)
		return;
	modes.c_iflag &= ~(tcflag_t)IXON;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
	def_prog_mode();
}

static void prepare_screen(struct term *t)
{
	guard_against_crash(t);
	set_escdelay(25);
	cbreak();
	noecho();
	nonl();
	free_flow_keys();
	typeahead(-1); /* a picture is sent whole */
	nodelay(stdscr, TRUE);
	meta(stdscr, TRUE);
	keypad(stdscr, TRUE);
	idlok(stdscr, TRUE);
	prepare_paints(t);
	input_prepare(t);
	write_all(PASTE_ON, strlen(PASTE_ON));
}

struct term *term_open(const struct term_options *options, char *why, size_t size)
{
	struct term *t = calloc(1, sizeof *t);

	*why = '\0';
	if (t == NULL || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		snprintf(why, size, "%s",
			t == NULL ? "memory ended" : "standard input and output are no terminal");
		free(t);
		return NULL;
	}
	t->options = *options;
	t->ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	tcgetattr(STDIN_FILENO, &t->modes_before);
	block_signals(t);
	t->screen = open_screen(why, size);
	if (t->screen == NULL || t->signals < 0) {
		term_close(t);
		return NULL;
	}
	prepare_screen(t);
	return t;
}

void term_close(struct term *t)
{
	if (t == NULL)
		return;
	if (t->screen != NULL) {
		write_all(PASTE_OFF, strlen(PASTE_OFF));
		switch_mouse(t, false);
		endwin();
		delscreen(t->screen);
		crash_unguard();
	}
	close(t->signals);
	signal(SIGHUP, SIG_IGN); /* of a terminal that is gone, and only now told */
	sigaction(SIGTSTP, &t->stop_before, NULL);
	sigprocmask(SIG_SETMASK, &t->signals_before, NULL);
	explicit_bzero(t, sizeof *t);
	free(t);
}

static void resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
		resizeterm(size.ws_row, size.ws_col);
}

/* As the shell expects it. Where there is nobody who could go on with it, such as under `ssh host apikey-tui`, the kernel
 * does not stop it. */
static void stop(void)
{
	const struct sigaction plain = {.sa_handler = SIG_DFL};
	struct sigaction handled;
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaction(SIGTSTP, &plain, &handled);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	sigaction(SIGTSTP, &handled, NULL);
}

static void resume(const struct term *t)
{
	reset_prog_mode();
	write_all(PASTE_ON, strlen(PASTE_ON));
	switch_mouse(t, true);
	resize();
	clearok(curscr, TRUE);
}

static void suspend(const struct term *t)
{
	write_all(PASTE_OFF, strlen(PASTE_OFF));
	switch_mouse(t, false);
	endwin();
	stop();
	resume(t);
}

void term_poll(const struct term *t, struct pollfd fds[2])
{
	fds[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = t->signals, .events = POLLIN};
}

bool term_signals(struct term *t, const struct pollfd fds[2])
{
	struct signalfd_siginfo info;

	while (read(t->signals, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGTSTP)
			suspend(t);
		else if (info.ssi_signo == SIGCONT)
			resume(t);
		else if (info.ssi_signo == SIGWINCH)
			resize();
		else
			return false;
	}
	return (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

bool term_mouse(struct term *t, bool on)
{
	switch_mouse(t, false);
	t->mouse = on && *capability("kmous") != '\0';
	switch_mouse(t, true);
	return t->mouse;
}

int term_rows(const struct term *t)
{
	(void)t;
	return LINES;
}

int term_cols(const struct term *t)
{
	(void)t;
	return COLS;
}

bool term_ascii(const struct term *t)
{
	return t->ascii;
}

bool term_accessible(const struct term *t)
{
	return t->options.accessible;
}

enum plot_symbols term_symbols(const struct term *t)
{
	if (t->ascii)
		return SYMBOLS_ASCII;
	return t->options.symbols == SYMBOLS_AUTO ? SYMBOLS_BLOCK : t->options.symbols;
}

void term_begin(struct term *t)
{
	t->cursor_y = t->cursor_x = 0;
	attr_set(A_NORMAL, 0, NULL);
	erase();
}

void term_cursor(struct term *t, int y, int x)
{
	t->cursor_y = y < LINES ? y : LINES - 1;
	t->cursor_x = x < COLS ? x : COLS - 1;
}

void term_show(struct term *t)
{
	move(t->cursor_y, t->cursor_x);
	refresh();
}

void term_forget(struct term *t)
{
	(void)t;
	clearok(curscr, TRUE);
}

/* RFC 4648, section 4. Returns the length; out has room for 4 characters for each 3 bytes begun, and a NUL. */
static size_t base64(const char *text, char *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = strlen(text), at = 0;

	for (size_t i = 0; i < len; i += 3) {
		unsigned triple = (unsigned)(unsigned char)text[i] << 16;

		triple |= i + 1 < len ? (unsigned)(unsigned char)text[i + 1] << 8 : 0;
		triple |= i + 2 < len ? (unsigned)(unsigned char)text[i + 2] : 0;
		out[at++] = digits[triple >> 18];
		out[at++] = digits[triple >> 12 & 63];
		out[at++] = i + 1 < len ? digits[triple >> 6 & 63] : '=';
		out[at++] = i + 2 < len ? digits[triple & 63] : '=';
	}
	out[at] = '\0';
	return at;
}

/* Within tmux the raw form would leave the text in a buffer of tmux; wrapped, it goes through to the terminal. */
void term_clipboard(struct term *t, const char *text)
{
	bool tmux = getenv("TMUX") != NULL;
	char encoded[4 * 256 / 3 + 8], message[sizeof encoded + 32];

	(void)t;
	if (strlen(text) > 256)
		return;
	base64(text, encoded);
	snprintf(message, sizeof message, "%s\033]52;c;%s\a%s", tmux ? "\033Ptmux;\033" : "",
		encoded, tmux ? "\033\\" : "");
	write_all(message, strlen(message));
	explicit_bzero(encoded, sizeof encoded);
	explicit_bzero(message, sizeof message);
}
