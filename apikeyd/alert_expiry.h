/* alert_expiry.h - keys that expire soon. */
#ifndef APIKEYD_ALERT_EXPIRY_H
#define APIKEYD_ALERT_EXPIRY_H

#include "apikeyd/alert_pass.h"

/* Whether the key expires within the days that the option says, and was made for long enough to be worth it. */
bool alert_expires_soon(const struct alert_pass *a, const struct key_record *key);
/* Raises the alert of one key if it still expires soon. */
enum apikey_error alert_expiring_key(struct alert_pass *a, const char *id, struct failure *why);
/* Raises those of all keys whose expiry has come near since the last look; a mark in the store goes on behind them. */
enum apikey_error alert_expiring(struct alert_pass *a, struct failure *why);

#endif
