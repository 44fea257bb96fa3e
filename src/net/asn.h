/* net/asn.h — AS numbers in text: "64500" or "AS64500", the whole text, RFC 5396 asplain; and in
 * lists.
 * Faults  false; *out is untouched
 * Thread  any */
#ifndef NET_ASN_H
#define NET_ASN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/octets.h"

/* Any number, 0 as well, which is nobody's: RFC 7607. */
bool asn_read(struct octets text, uint32_t *out);

/* One that somebody can have: not 0. */
bool asn_parse(const char *text, uint32_t *out);

/* In a list in ascending order. */
bool asn_is_among(const uint32_t *list, uint32_t count, uint32_t asn);

/* "AS" stands in front. */
bool asn_has_letters(struct octets text);

#endif
