/* noun.h - what the commands about plans, tenants and users share: things with a name, made, shown, changed, deleted. */
#ifndef APIKEYCTL_NOUN_H
#define APIKEYCTL_NOUN_H

#include "apikeyctl/options.h"
#include "apikeyctl/table.h"

struct noun {
	const char *name;    /* "tenant" */
	const char *id;      /* the parameter that names one: "name" */
	const char *list;    /* the method that lists them, */
	const char *members; /* the array in its answer, */
	bool paged;          /* and whether that comes in pages */
	const char *none;    /* what is said where there are none */
	const struct column *columns;
};

/* Calls a method on what the first argument names, with the options, and shows what it answers. */
enum end noun_show(
	struct ctl *ctl, const struct arguments *args, const struct noun *noun, const char *method);
/* Likewise for one that changes something. */
enum end noun_change(
	struct ctl *ctl, const struct arguments *args, const struct noun *noun, const char *method);
/* Likewise, where the options are what changes. */
enum end noun_update(
	struct ctl *ctl, const struct arguments *args, const struct noun *noun, const char *method);
/* Asks before it, unless told not to: the answer must be "y", or with by_name the name. */
enum end noun_delete(struct ctl *ctl, const struct arguments *args, const struct noun *noun,
	const char *method, bool by_name);
/* All there are, as they come. */
enum end noun_list(struct ctl *ctl, const struct arguments *args, const struct noun *noun);

#endif
