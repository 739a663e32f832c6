/* key.h - what the commands about keys share. */
#ifndef APIKEYCTL_KEY_H
#define APIKEYCTL_KEY_H

#include "apikeyctl/options.h"
#include "apikeyctl/table.h"

/* The columns of a list of keys, and of a key with --plain. */
extern const struct column key_columns[];

/* One key, whole. */
void key_print(const struct ctl *ctl, const struct apikey_value *key);
/* Looks one up; *key lives until the next call. */
enum end key_get(struct ctl *ctl, const char *ref, const struct apikey_value **key);
/* The options given as new parameters, which the caller frees; NULL unless END_DONE. */
enum end key_params(
	const struct ctl *ctl, const struct arguments *args, struct apikey_params **out);

#endif
