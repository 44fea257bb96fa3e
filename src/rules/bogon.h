/* rules/bogon.h — numbers and addresses that have no business in the public Internet.
 * Owns    nothing
 * Thread  any
 * Source  RFC 6890 and IANA's special-purpose registries, RFC 7454 6.1, RFC 5398, RFC 6793, RFC
 *         6996, RFC 7300, RFC 7607 */
#ifndef RULES_BOGON_H
#define RULES_BOGON_H

#include <stdbool.h>
#include <stdint.h>

#include "net/prefix.h"

/* For private use, documentation or reserved: no route with it in its path passes. */
bool rules_asn_is_bogon(uint32_t asn);

/* "private use (RFC 6996)"; NULL when it is none. */
const char *rules_asn_bogon_kind(uint32_t asn);

/* Looked at for every prefix that comes in: a few comparisons. */
bool rules_prefix_is_bogon(const struct prefix *prefix);

/* What the prefix lies in, and what that is for; false when it is none.  A walk through the list.
 * */
bool rules_prefix_bogon_of(const struct prefix *prefix, struct prefix *within, const char **kind);

/* The list itself, for filters elsewhere: the entry at *at, which moves (0 at first).  An entry
 * with is_exception lies in a wider one and is none.  False at the end.  Not in the list: the
 * default route, and IPv6 outside 2000::/3. */
bool rules_bogon_next(uint32_t *at, struct prefix *out, bool *is_exception);

#endif
