/* alert_expiry.h - keys that expire soon. */
#ifndef APIKEYD_ALERT_EXPIRY_H
#define APIKEYD_ALERT_EXPIRY_H

#include "apikeyd/alert_pass.h"

/* Whether the key expires within the days that the option says, and was made for long enough to be worth it. */
bool alert_expires_soon(const struct alert_pass *a, const struct key_record *key);
/* Raises those of so many keys that have changed, if they still expire soon; of more than are told one by one, how many
 * others there were. */
enum apikey_error alert_expiring_keys(
	struct alert_pass *a, char (*ids)[KEY_ID_SIZE], unsigned count, struct failure *why);
/* Raises those of all keys whose expiry has come near since the last look; a mark in the store goes on behind them. */
enum apikey_error alert_expiring(struct alert_pass *a, struct failure *why);

#endif
