/* model.h - what every store shares: which keys a query selects, in which order, from which cursor on. */
#ifndef STORE_MODEL_H
#define STORE_MODEL_H

#include "apikeyd/store/store.h"

/* What of a key decides whether a query selects it. Text is borrowed. */
struct key_summary {
	struct text tenant, owner;
	struct text haystack; /* id, name, prefixes, owner, email, notes, in lower case */
	int64_t expires_at;   /* or STORE_NEVER */
	bool revoked, disabled;
};

/* The haystack is made in the pool, the rest borrowed from the record. */
void key_summary_make(struct pool *pool, const struct key_record *key, struct key_summary *out);
/* needle: the query's match in lower case; data NULL selects without looking. */
bool key_selected(const struct key_summary *key, const struct key_query *query, struct text needle);

/* Whether it is somewhere in there: as memmem(), made for short texts in long ones. */
bool text_holds(struct text t, struct text needle);
/* A copy in lower case (ASCII only); data NULL stays NULL. */
struct text text_lower(struct pool *pool, struct text t);

/* Where a key stands in an order: by word, then number, then row; what the order does not use is zero. */
struct key_position {
	struct text word;
	int64_t number;
	int64_t row; /* order of creation */
};
/* The word is borrowed from the record. */
struct key_position key_position(
	const struct key_query *query, const struct key_record *key, int64_t row);
/* Adds what the slots have counted to a sum, and gives what of it the query sorts by. */
void slots_used(const struct key_query *query, const uint32_t *slots, unsigned count,
	struct past_usage *sum);
int64_t used_number(enum key_sort sort, const struct past_usage *sum);
/* One of those that stand in ascending order of their slots; NULL: it is not among them. */
struct slot_owner *slot_owner_find(struct slot_owner *slots, unsigned count, uint32_t slot);
/* Notes the prefixes of those that a key's secrets count in. */
void slot_owners_fill(
	struct pool *pool, struct slot_owner *slots, unsigned count, const struct key_record *key);
/* Bytewise, as memcmp(): below, equal or above zero. */
int key_position_compare(const struct key_position *a, const struct key_position *b);
/* The same in the query's direction. */
bool key_position_before(
	const struct key_query *query, const struct key_position *a, const struct key_position *b);

/* A sum over every field of the record and its secrets, which finds damage but stops no forger. Multiply and xor over
 * 64-bit words after FNV-1a (draft-eastlake-fnv). */
uint64_t key_checksum(const struct key_record *key);
uint64_t checksum_add(uint64_t sum, const void *data, size_t len);

/* Cursors (cursor.c): the position of a page's last key, bound to sort and direction. */
struct text cursor_make(
	struct pool *pool, const struct key_query *query, const struct key_position *last);
/* invalid_argument for one that cursor_make() did not make for this sort and direction. Words are the pool's. */
enum apikey_error cursor_read(struct pool *pool, const struct key_query *query,
	struct key_position *out, struct failure *why);
/* Whether a store can serve the query at all: sort and limit within bounds. */
enum apikey_error query_check(const struct key_query *query, struct failure *why);

/* audit_model.c: what every store's audit log shares. */
bool audit_selected(const struct audit_record *entry, const struct audit_query *query);
struct audit_record *audit_copy(struct pool *pool, const struct audit_record *entry);
/* Whether a listing may be served: limit within bounds; *at and *seq are the cursor's place, or where there is none the
 * one before the first entry in the query's order. */
enum apikey_error audit_place(struct pool *pool, const struct audit_query *query, int64_t *at,
	int64_t *seq, struct failure *why);
struct text audit_cursor(
	struct pool *pool, const struct audit_query *query, int64_t at, int64_t seq);
/* An entry must have got its place in the chain before it comes to a store. */
enum apikey_error audit_check(const struct audit_record *entry, struct failure *why);

/* Everything of the copy is the pool's. */
void plan_copy(struct pool *pool, const struct plan_record *from, struct plan_record *to);
enum apikey_error plan_not_found(
	struct text name, struct failure *why); /* a word: harmless to name */

/* people_model.c: likewise of tenants and users. */
void tenant_copy(struct pool *pool, const struct tenant_record *from, struct tenant_record *to);
enum apikey_error tenant_not_found(struct text name, struct failure *why);
void user_copy(struct pool *pool, const struct user_record *from, struct user_record *to);
enum apikey_error user_not_found(struct text username, struct failure *why);
/* Another user has the OS account. */
enum apikey_error account_taken(const struct user_record *user, struct failure *why);

/* Names ref where it looks like an id or a prefix, so that no unchecked text is echoed. */
enum apikey_error key_not_found(struct text ref, struct failure *why);

#endif
