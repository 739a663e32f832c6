/* grant.h - what a caller may give: keys within the caps of their tenant and owner, scopes within its own. */
#ifndef METHODS_GRANT_H
#define METHODS_GRANT_H

#include "apikeyd/call.h"

/* Whether its tenant is there and has room for one key more, and so its owner. A key that is on no plan goes on its
 * tenant's. Asked within the transaction that stores the key, so that no race passes a cap. */
enum apikey_error grant_place(struct call *call, struct key_record *key, struct failure *why);
/* Whether its owner has room for it, where the key is there already. */
enum apikey_error grant_owner(struct call *call, const struct key_record *key, struct failure *why);
/* Whether the caller may have a key with these scopes, joined by spaces, verify. */
enum apikey_error grant_scopes(struct call *call, struct text scopes, struct failure *why);

#endif
