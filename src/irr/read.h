/* irr/read.h — as-sets expanded: what bgpq4 -j says, and plain files.
 *
 * Shape   JSON: one object with one array, of objects {"prefix", "exact", "greater-equal",
 *         "less-equal"} or, asked with -t, of AS numbers; nothing behind it.  Plain: an item a
 *         line, a prefix with a range operator of RFC 2622 or without (192.0.2.0/24, ^+, ^26,
 *         ^24-28), or AS64500; # begins a comment
 * Owns    nothing: adds to the caller's draft
 * Faults  MALFORMED with at_octet · LIMIT
 * Bound   IRR_READ_OCTETS_MAX octets
 * Thread  any */
#ifndef IRR_READ_H
#define IRR_READ_H

#include "base/octets.h"
#include "irr/set.h"

#define IRR_READ_OCTETS_MAX (256u * 1024u * 1024u)

/* Both shapes; the first letter that is no blank tells which. */
MUST_USE struct fault irr_read(struct octets text, struct irr_draft *draft);

/* The line and column, from 1, of a fault's octet. */
void irr_place_of(struct octets text, uint32_t at_octet, uint32_t *line, uint32_t *column);

/* RFC 2622 5.1: AS-FOO, AS64500:AS-FOO:AS-BAR, AS64500, or with the registry's name RIPE::AS-FOO.
 * Nothing that a program could take for an option, a path or a second argument. */
#define IRR_NAME_MAX 127u
bool irr_name_is_good(const char *name);

#endif
