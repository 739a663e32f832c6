/* key_reply.h - a key as members of an answer: for a verify, and for the admin methods. */
#ifndef APIKEYD_KEY_REPLY_H
#define APIKEYD_KEY_REPLY_H

#include "apikeyd/engine/usage.h"
#include "apikeyd/store/store.h"
#include "protocol/buffer.h"

/* The members of a verify's answer that belong to this key alone, and those that all keys of the same tenant, owner,
 * environment and scopes share. Append to b and return how many members there are. */
uint8_t key_reply_own(struct buffer *b, const struct key_record *key);
uint8_t key_reply_shared(struct buffer *b, const struct key_record *key, const struct text *scopes,
	size_t scope_count);

/* The key's id, name and tenant out of what the two above wrote; borrowed from there. */
struct text key_reply_id(struct text own);
struct text key_reply_name(struct text own);
struct text key_reply_tenant(struct text shared);
/* The whole key as a map, with what has been counted for each of its secrets. Fields without a value are left out. Never
 * holds more of a secret than its masked form. */
void key_reply_full(struct buffer *b, const struct key_record *key, const struct usage_slot *usage,
	int64_t now);

#endif
