/* rules/next_hop.h — whose a route's next hop is, under the plan's table of addresses.
 * Owns    nothing
 * Thread  any
 * Source  RFC 7948 4.8, RFC 2545 3, RFC 7999 3.2 */
#ifndef RULES_NEXT_HOP_H
#define RULES_NEXT_HOP_H

#include <stdbool.h>

#include "bgp/attrs.h"
#include "plan/plan.h"

/* The link-local part of a next hop; false when it has none. */
bool rules_link_local_of(const struct bgp_attrs *attrs, struct address *out);

/* The global part is an address of the member; the link-local one is nobody else's, and is the one
 * registered beside the global one, where one is. */
bool rules_next_hop_fits(const struct plan *plan, const struct plan_session *from,
			 const struct bgp_attrs *attrs);

/* What decides who can use the route's next hop as IPv4's, and in which form. */
struct plan_next_hop rules_next_hop_of(const struct plan *plan, const struct bgp_attrs *attrs);

#endif
