/* main.c - the operators' console: options, then the loop. */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/actions.h"
#include "apikey-tui/app.h"

#define EXIT_WRONG_USAGE 2

static const char usage[] =
	"usage: apikey-tui [--socket PATH] [--read-only] [--symbols auto|braille|block|ascii]\n"
	"                  [--accessible] [--color auto|always|never] [--dump-keys]\n"
	"\n"
	"The console of apikeyd: see keys and their use, create, disable and revoke them.\n"
	"\n"
	"  --socket PATH     the daemon's socket ($APIKEYD_SOCKET, /run/apikeyd/admin.sock)\n"
	"  --read-only       offer nothing that changes anything\n"
	"  --symbols WHICH   what graphs are drawn with\n"
	"  --accessible      no lines, no graphs, nothing that moves\n"
	"  --color WHEN      colours (auto: not under NO_COLOR)\n"
	"  --dump-keys       print what each key does, and end\n"
	"  --version, --help\n"
	"\n"
	"Press ? in the console for what can be done. More: man apikey-tui\n";

static const struct option long_options[] = {
	{"socket", required_argument, NULL, 's'},
	{"read-only", no_argument, NULL, 'r'},
	{"symbols", required_argument, NULL, 'y'},
	{"accessible", no_argument, NULL, 'a'},
	{"color", required_argument, NULL, 'c'},
	{"dump-keys", no_argument, NULL, 'd'},
	{"version", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const char *const colors[] = {
	[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never", NULL};
static const char *const symbols[] = {[SYMBOLS_AUTO] = "auto",
	[SYMBOLS_BRAILLE] = "braille",
	[SYMBOLS_BLOCK] = "block",
	[SYMBOLS_ASCII] = "ascii",
	NULL};

/* The place of a word in a list; ends the program with a message where it is not there. */
static unsigned choose(const char *const *words, const char *option, const char *word)
{
	for (unsigned i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	fprintf(stderr, "apikey-tui: --%s cannot be \"%s\"\n%s", option, word, usage);
	exit(EXIT_WRONG_USAGE);
}

int main(int argc, char **argv)
{
	struct app_options options = {0};
	int option;

	setlocale(LC_CTYPE, "");
	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		switch (option) {
		case 's':
			options.socket = optarg;
			break;
		case 'r':
			options.read_only = true;
			break;
		case 'y':
			options.term.symbols =
				(enum plot_symbols)choose(symbols, "symbols", optarg);
			break;
		case 'a':
			options.term.accessible = true;
			break;
		case 'c':
			options.term.color = (enum term_color)choose(colors, "color", optarg);
			break;
		case 'd':
			actions_dump(stdout);
			return 0;
		case 'v':
			puts("apikey-tui " APIKEY_VERSION);
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return EXIT_WRONG_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "apikey-tui: unexpected \"%s\"\n%s", argv[optind], usage);
		return EXIT_WRONG_USAGE;
	}
	return app_run(&options);
}
