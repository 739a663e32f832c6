/* token.h - what the daemon gives out at random besides keys: tokens of sessions and one-time codes. */
#ifndef APIKEYD_TOKEN_H
#define APIKEYD_TOKEN_H

#include "apikeyd/pool.h"
#include "apikeyd/store/store.h"

#define TOKEN_BYTES 32  /* of chance in a token */
#define TOKEN_SIZE 48   /* "as_", base64url (RFC 4648, section 5), NUL */
#define CODE_LETTERS 16 /* of 32: 80 bits of chance in a code */
#define CODE_SIZE 20    /* in groups of four, NUL */

void token_make(char out[TOKEN_SIZE]);
void session_id_make(char out[SESSION_ID_SIZE]);
/* For people to write down: no letter looks like another. */
void code_make(char out[CODE_SIZE]);
/* A code as it was typed, in the pool, without what typing adds: dashes, spaces, capitals. */
struct text code_canonical(struct pool *pool, struct text typed);

#endif
