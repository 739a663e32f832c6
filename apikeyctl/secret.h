/* secret.h - a password or code as it is handed in: typed without echo, or a line from a descriptor. */
#ifndef APIKEYCTL_SECRET_H
#define APIKEYCTL_SECRET_H

#include "apikeyctl/ctl.h"
#include "apikeyctl/options.h"

#define SECRET_SIZE 1100 /* more than a password may have, terminated */

/* The option that names the descriptor. */
#define SECRET_OPTION                                                                              \
	{                                                                                          \
		.name = "password-fd", .value = "N",                                               \
		.help = "read it from this descriptor, a line each; 0: standard input",            \
		.type = OPTION_INT                                                                 \
	}

/* Reads one secret into out, which the caller wipes: the next line of --password-fd, or else what is typed after the
 * prompt on the terminal. Says what is wrong where there is neither. */
enum end secret_read(const struct ctl *ctl, const struct arguments *args, const char *prompt,
	char out[SECRET_SIZE]);
/* The same for a new one, which is typed twice. */
enum end secret_read_new(const struct ctl *ctl, const struct arguments *args, const char *prompt,
	char out[SECRET_SIZE]);

#endif
