/* key.h - what the methods about keys share. */
#ifndef METHODS_KEY_H
#define METHODS_KEY_H

#include "apikeyd/methods/methods.h"

/* The key that "id" names, if the caller may see it, else as if it did not exist; where what is done lets the key verify:
 * then the caller must have been able to give it its scopes. *out is the pool's. */
enum apikey_error key_find_granted(struct call *call, struct key_record **out, struct failure *why);
/* Makes another secret of the key: its text is answered once, wiped with the pool, and stored only as a digest. The
 * caller makes sure that there is room. */
enum apikey_error key_add_secret(struct call *call, struct key_record *key, struct failure *why);
/* Takes the key's next secret: with that prefix, made now, native; digest and last4 are the caller's to fill
 * in. */
struct secret_record *key_take_secret(
	struct call *call, struct key_record *key, struct text prefix);
/* Everything of a new key but its secret, from the parameters. */
enum apikey_error key_fill_new(struct call *call, struct key_record *key, struct failure *why);
/* Stores the audit row and notes the event, of that static type, of a change to a key. */
enum apikey_error key_record_change(
	struct call *call, const char *event, const struct key_record *key, struct failure *why);
/* The whole key with what has been counted for it. */
void key_write(struct call *call, struct buffer *b, const struct key_record *key);

/* key_rotate.c: does what "grace" of an update says, if it is given. */
enum apikey_error key_update_grace(struct call *call, struct key_record *key, struct failure *why);

#endif
