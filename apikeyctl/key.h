/* key.h - what the commands about keys share. */
#ifndef APIKEYCTL_KEY_H
#define APIKEYCTL_KEY_H

#include "apikeyctl/options.h"
#include "apikeyctl/table.h"

/* The columns of a list of keys, and of a key with --plain. */
extern const struct column key_columns[];

/* One key, whole. */
void key_print(const struct ctl *ctl, const struct apikey_value *key);
/* What is left of its limits, where it has any; on a terminal, under the card. */
void key_print_limits(struct ctl *ctl, const struct apikey_value *key);
/* Looks one up; *key lives until the next call. */
enum end key_get(struct ctl *ctl, const char *ref, const struct apikey_value **key);
/* A method that gives out a key's text, how it is spoken of, and what to do where the text is lost. */
struct making {
	const char *method, *done, *mend, *again; /* "revoke" it "and make another" */
};
/* Calls it, and shows the text once, or writes it to a new file (out_path NULL: none). */
enum end key_make(struct ctl *ctl, const struct making *making, struct apikey_params *params,
	const char *out_path);
/* The options given as new parameters, which the caller frees; NULL unless END_DONE. */
enum end key_params(
	const struct ctl *ctl, const struct arguments *args, struct apikey_params **out);

#endif
