/* slot_kind.c - the counter files that there are. */
#include "apikeyd/store/slot_kind.h"

#include "apikeyd/engine/limit_slot.h"
#include "apikeyd/engine/resource.h"
#include "apikeyd/engine/usage.h"

const struct slot_kind slots_usage = {"usage.counters", "apikeyd usage 1\n",
	sizeof(struct usage_slot), 128u << 20, "secrets", true, false};
const struct slot_kind slots_denials = {"denials.counters", "apikeyd denial 1",
	sizeof(struct denial_slot), 128u << 20, "secrets", false, false};
const struct slot_kind slots_resources = {"resources.counters", "apikeyd resour 1",
	sizeof(struct resource_slot), 1u << 20, "resources", false, false};
const struct slot_kind slots_limits = {"limits.counters", "apikeyd limit 1\n",
	sizeof(struct limit_slot), 64u << 20, "keys with limits", true, true};
