/* common.h - what the handlers on the store thread share. */
#ifndef METHODS_COMMON_H
#define METHODS_COMMON_H

#include "apikeyd/call.h"

const struct store_ops *call_ops(const struct call *call);
struct store *call_store(const struct call *call);
/* The tenant that the call is about: the one it names, else the caller's; data NULL: every one. */
struct text call_tenant(const struct call *call);
/* When the tenant before the caller's of the same name was deleted, and the number of the entry that says so: what came
 * up to then is nobody's any more. Zero: there was none, or the caller sees all. */
struct past_life {
	int64_t at, seq;
};
enum apikey_error call_past_life(struct call *call, struct past_life *out, struct failure *why);
/* The key of that id or prefix, in the pool, if the caller may see it; else as if it did not exist. */
enum apikey_error call_find_key(
	struct call *call, struct text ref, struct key_record **out, struct failure *why);
/* The user that "username" names, likewise. */
enum apikey_error call_find_user(struct call *call, struct user_record **out, struct failure *why);
/* The place that the call's cursor stands for; data NULL: none was given. */
enum apikey_error call_cursor(struct call *call, struct text *place, struct failure *why);
/* Writes the member `next`: the cursor of a place, or nil where its data is NULL. */
void call_next(struct call *call, struct text place);
/* Stores the audit row of what was done to an object; tenant and detail may have data NULL. */
enum apikey_error call_audit(struct call *call, struct text object, struct text tenant,
	struct text detail, struct failure *why);

/* A secret that the answer holds and nothing keeps: the member `name` of the result, one text, or an array of `count`
 * that were written one after the other. */
void call_once(struct call *call, const char *name, struct text secret);
void call_once_array(
	struct call *call, const char *name, const struct buffer *secrets, unsigned count);

/* A field of an update: what is given replaces, nil empties, absent stays. */
void call_update_text(struct call *call, const char *name, struct text *field);
/* The same for encoded arrays, of which an empty one is none. */
void call_update_array(struct call *call, const char *name, struct text *field);
void call_update_number(struct call *call, const char *name, int64_t *field);

/* A number of which 0 says that there is none. */
void write_int_or_nil(struct buffer *b, int64_t n);

#endif
