/* audit_chain.h - the chain that proves the audit log whole: what the daemon writes and anyone with the pepper checks.
 *
 * Every entry carries a MAC over its number, the MAC of the entry before it and all its fields, under a key that moves
 * on with every entry and cannot be turned back: k[i+1] = BLAKE2b(k[i] ‖ "next") (Bellare and Yee 1997, "Forward
 * integrity for secure audit logs"; Schneier and Kelsey 1999, "Secure audit logs to support computer forensics"). The
 * first key comes from the pepper, so that nobody who can only write the store can make or change an entry. Keys come
 * in blocks, each from the block before, so that the key of any entry is a few thousand steps away. What the chain
 * cannot show by itself, entries cut off at its end, the head does: number and MAC of the last entry, with a MAC of
 * their own. A store that was put back as a whole is found by a head noted elsewhere (the daemon's log).
 *
 * BLAKE2b is libsodium's (RFC 7693). Nothing here allocates or does I/O. */
#ifndef PROTOCOL_AUDIT_CHAIN_H
#define PROTOCOL_AUDIT_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/text.h"

#define CHAIN_BYTES 32
#define CHAIN_PEPPER_BYTES 32
#define CHAIN_BLOCK 4096 /* entries of one block of keys */
#define CHAIN_HEAD_BYTES (8 + 2 * CHAIN_BYTES)
#define CHAIN_PLACE_TEXT (20 + 1 + 2 * CHAIN_BYTES + 1) /* "SEQ:HEX" with its end */
#define CHAIN_NOTE                                                                                 \
	"audit_head" /* the note of the store that holds the head; empty: entries have no chain yet */
/* The action of the entry that a daemon makes when it starts on a log whose head it cannot trust; its object is the
 * number of the first entry in doubt. */
#define CHAIN_BROKEN_ACTION "audit.broken"

/* One entry of the audit log; data NULL where a field is not set. Text is borrowed. */
struct audit_record {
	int64_t seq; /* from 1, without gaps */
	int64_t at;
	struct text actor, action, object, tenant, outcome, detail;
	uint8_t mac[CHAIN_BYTES];
};

/* What all keys come from. Wipe it when it is no longer needed. */
struct chain_root {
	uint8_t entries[CHAIN_BYTES], head[CHAIN_BYTES];
};

/* A place in the chain: after entry seq. */
struct chain {
	int64_t seq;                /* of the last entry; 0: before the first */
	uint8_t mac[CHAIN_BYTES];   /* its MAC; all zero before the first */
	uint8_t key[CHAIN_BYTES];   /* of the next entry */
	uint8_t block[CHAIN_BYTES]; /* what the keys of the block after that one's come from */
};

void chain_root(const uint8_t pepper[CHAIN_PEPPER_BYTES], struct chain_root *out);
/* The place after entry seq (not negative), whose MAC it was. */
void chain_seek(const struct chain_root *root, int64_t seq, const uint8_t mac[CHAIN_BYTES],
	struct chain *out);
/* Gives the entry its number and MAC, and moves on past it. */
void chain_add(struct chain *chain, struct audit_record *entry);

/* The place of the last entry, with a MAC of its own, so that nobody can say that the log ends earlier. */
struct chain_head {
	int64_t seq;
	uint8_t mac[CHAIN_BYTES], proof[CHAIN_BYTES];
};

void chain_head_make(
	const struct chain_root *root, const struct chain *chain, struct chain_head *out);
/* As it is stored. */
void chain_head_write(const struct chain_head *head, uint8_t out[CHAIN_HEAD_BYTES]);
/* False for anything that was not made and written under this root. */
bool chain_head_read(const struct chain_root *root, struct text stored, struct chain_head *out);

/* A place as people note it: the number, a colon, the MAC in hexadecimal. */
void chain_place_format(int64_t seq, const uint8_t mac[CHAIN_BYTES], char out[CHAIN_PLACE_TEXT]);
bool chain_place_parse(const char *text, int64_t *seq, uint8_t mac[CHAIN_BYTES]);
void chain_mac_format(const uint8_t mac[CHAIN_BYTES], char out[2 * CHAIN_BYTES + 1]);
bool chain_mac_parse(struct text hex, uint8_t mac[CHAIN_BYTES]);

/* A check of the whole log, entry by entry. After the first fault nothing more is looked at. */
struct chain_check {
	struct chain chain;
	bool broken;
	int64_t broken_at; /* the number of the first entry that is not what it was */
	char reason[160];
	int64_t noted_seq; /* of a head noted before; 0: none */
	uint8_t noted_mac[CHAIN_BYTES];
};

void chain_check_begin(struct chain_check *check, const struct chain_root *root);
/* The head noted elsewhere that the log must still hold. */
void chain_check_note(struct chain_check *check, int64_t seq, const uint8_t mac[CHAIN_BYTES]);
/* The next entry in the order of numbers, lowest first, whatever they are; false once the chain is broken. */
bool chain_check_entry(struct chain_check *check, const struct audit_record *entry);
/* After the last entry, with the head (NULL: there is none). False: broken. */
bool chain_check_end(
	struct chain_check *check, const struct chain_root *root, const struct chain_head *head);

#endif
