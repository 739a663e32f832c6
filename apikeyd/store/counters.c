/* counters.c - all the counter files of a data directory. */
#include "apikeyd/store/counters.h"

enum apikey_error counters_open(const char *dir, struct counters *out, struct failure *why)
{
	*out = (struct counters){0};
	if (slot_file_open(dir, &slots_usage, &out->usage, why) == APIKEY_OK &&
		slot_file_open(dir, &slots_denials, &out->denials, why) == APIKEY_OK &&
		slot_file_open(dir, &slots_resources, &out->resources, why) == APIKEY_OK &&
		slot_file_open(dir, &slots_limits, &out->limits, why) == APIKEY_OK)
		return APIKEY_OK;
	counters_close(out);
	return why->code;
}

void counters_close(struct counters *c)
{
	slot_file_close(c->usage);
	slot_file_close(c->denials);
	slot_file_close(c->resources);
	slot_file_close(c->limits);
	*c = (struct counters){0};
}

enum apikey_error counters_sync(struct counters *c, struct failure *why)
{
	struct slot_file *const all[] = {c->usage, c->denials, c->resources, c->limits};
	enum apikey_error error = APIKEY_OK;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (slot_file_sync(all[i], why) != APIKEY_OK)
			error = why->code;
	return error;
}

enum apikey_error counters_claim_secret(struct counters *c, uint32_t slot, struct failure *why)
{
	if (slot_file_claim(c->usage, slot, why) != APIKEY_OK)
		return why->code;
	return slot_file_cover(c->denials, slot, why);
}

enum apikey_error counters_take_secret(struct counters *c, uint32_t *slot, struct failure *why)
{
	enum apikey_error error = slot_file_take(c->usage, slot, why);

	if (error != APIKEY_OK)
		return error;
	error = slot_file_follow(c->denials, *slot, why);
	if (error != APIKEY_OK)
		slot_file_give_back(c->usage, *slot);
	return error;
}

void counters_loaded(struct counters *c)
{
	slot_file_loaded(c->usage);
	slot_file_loaded(c->resources);
	slot_file_loaded(c->limits);
}
