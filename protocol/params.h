/* params.h - the inside of apikey_params. */
#ifndef PROTOCOL_PARAMS_H
#define PROTOCOL_PARAMS_H

#include "protocol/buffer.h"
#include "protocol/error.h"

/* APIKEY_OK if the parameters (NULL: none) are whole and can be written; else what went wrong. */
enum apikey_error params_check(const struct apikey_params *params, struct failure *why);
/* The most bytes that params_write() can add. */
size_t params_size(const struct apikey_params *params);
/* Writes them as one map. */
void params_write(const struct apikey_params *params, struct buffer *out);

#endif
