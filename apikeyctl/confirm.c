/* confirm.c - asking before something is changed that cannot be undone. */
#include "apikeyctl/confirm.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apikeyctl/json.h"

static enum end unconfirmed(const struct ctl *ctl, const char *text)
{
	ctl_say("%s", text);
	if (ctl->format == FORMAT_JSON) {
		fputs("{\"error\":\"unconfirmed\",\"message\":", stdout);
		json_print_text(text);
		puts("}");
	}
	return END_UNCONFIRMED;
}

enum end confirm(const struct ctl *ctl, const char *question, const char *answer)
{
	char typed[512];

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return unconfirmed(
			ctl, "nothing was changed: without a terminal to ask on, say --yes");
	fprintf(stderr, "%s ", question);
	if (!fgets(typed, sizeof typed, stdin))
		typed[0] = '\0';
	typed[strcspn(typed, "\n")] = '\0';
	if (strcmp(typed, answer) == 0)
		return END_DONE;
	return unconfirmed(ctl, "nothing was changed");
}
