/* live.h - what keys are used for just now, second by second, from the digests that the daemon sends. */
#ifndef TUI_LIVE_H
#define TUI_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/apikey.h"
#include "protocol/keytext.h"

#define LIVE_SECONDS 240 /* kept */
#define LIVE_KEYS 32     /* kept; the least used go first */

/* A key with the verifies a second of the last ten seconds or so, the latest counting most. */
struct live_key {
	char id[KEY_ID_SIZE];
	char name[160];
	double rate;
};

/* Zero-initialise. The latest second is the last. */
struct live {
	uint64_t allowed[LIVE_SECONDS], denied[LIVE_SECONDS];
	uint32_t codes[LIVE_SECONDS][APIKEY_CODE_COUNT];
	size_t count;
	int64_t at;                      /* the latest second; 0: none yet */
	struct live_key keys[LIVE_KEYS]; /* the busiest first */
	size_t key_count;
};

/* Takes an event usage.digest. */
void live_digest(struct live *l, const struct apikey_value *event);
/* It is this second now: those before it of which nothing was told were quiet. */
void live_tick(struct live *l, int64_t time);
/* Whether a digest may tell of this key: it is among the most used, or some verifies were of keys that are not. */
bool live_tells_of(const struct apikey_value *event, const char *id);
/* Verifies with this code in the seconds kept. */
uint64_t live_code(const struct live *l, enum apikey_code code);

#endif
