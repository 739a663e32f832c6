/* plans.h - the plans in force, by name: what a key takes where it has nothing of its own. For one thread. */
#ifndef APIKEYD_PLANS_H
#define APIKEYD_PLANS_H

#include "apikeyd/store/store.h"

struct plans;

struct plans *plans_new(void);
void plans_free(struct plans *p);
/* Puts a copy in the place of the one of that name. */
void plans_set(struct plans *p, const struct plan_record *record);
void plans_remove(struct plans *p, struct text name);
/* NULL where there is none; lives until it is set or removed. */
const struct plan_record *plans_find(const struct plans *p, struct text name);

#endif
