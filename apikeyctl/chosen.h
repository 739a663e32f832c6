/* chosen.h - the keys that a command is about: named one by one, or by what they have in common. */
#ifndef APIKEYCTL_CHOSEN_H
#define APIKEYCTL_CHOSEN_H

#include "apikeyctl/key.h"

/* Zero-initialise. */
struct chosen {
	const struct apikey_value **keys;
	size_t count;
	struct apikey_value **held; /* what they are pieces of */
	size_t held_count;
};

/* Looks up what the words name. */
enum end chosen_by_words(struct ctl *ctl, const struct arguments *args, struct chosen *out);
/* Looks up what a filter lets through: "status:disabled owner:ada tenant:acme billing", as in the console. Of these, those
 * in one of the states (words with spaces between; NULL: in any). */
enum end chosen_by_filter(
	struct ctl *ctl, const char *filter, const char *states, struct chosen *out);
void chosen_free(struct chosen *chosen);

#endif
