/* ledger/base64.h — RFC 4648 4, with its padding; the reader takes nothing else.
 * Owns    nothing
 * Thread  any */
#ifndef LEDGER_BASE64_H
#define LEDGER_BASE64_H

#include <stdbool.h>

#include "base/octets.h"

#define BASE64_LEN(octets) (((octets) + 2u) / 3u * 4u)

/* BASE64_LEN characters and a NUL. */
void base64_print(struct octets octets, char *out);

/* Exactly `len` octets, or at most `room`; false for what is no base64 or of another length. */
bool base64_read(struct octets text, uint8_t *out, uint32_t len);
bool base64_read_some(struct octets text, uint8_t *out, uint32_t room, uint32_t *len);

#endif
