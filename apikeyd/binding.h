/* binding.h - which tenants' keys a client may ask about, by its uid or one of its groups. */
#ifndef APIKEYD_BINDING_H
#define APIKEYD_BINDING_H

#include <stdbool.h>

#include "protocol/text.h"

#define BINDING_TENANTS_MAX 16 /* of one client, by all rules together */

/* A rule reads "uid www-data: acme zeta" or "gid 2000: acme": a name or number, and tenants. NULL, or what is wrong. */
const char *binding_check(const char *rule);

struct bindings;

/* From rules that have passed the check, ended by NULL; names are looked up now. Never NULL. */
struct bindings *bindings_new(char *const *rules);
void bindings_free(struct bindings *b);
bool bindings_any(const struct bindings *b);
/* The tenants of whoever answers to these ids; is() says so of one. They live as long as the bindings. Returns how many
 * there are; 0: it is bound to none, and so may ask about any. */
unsigned bindings_of(const struct bindings *b,
	bool (*is)(const void *peer, bool group, unsigned id), const void *peer,
	struct text out[BINDING_TENANTS_MAX]);

#endif
