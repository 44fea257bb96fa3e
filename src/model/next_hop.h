/* model/next_hop.h — the next hop that one receiver of an IPv4 route must be told.
 * Owns    nothing
 * Thread  any
 * Source  RFC 8950, draft-marenamat-grow-route-server-nh-translation */
#ifndef MODEL_NEXT_HOP_H
#define MODEL_NEXT_HOP_H

#include "bgp/attrs.h"
#include "plan/plan.h"

/* 0 octets: the route's own. */
struct model_next_hop {
	uint8_t len_octets;
	uint8_t octet[32];
};

/* False: there is none that the receiver could use, so the route is not for it. */
bool model_next_hop(const struct plan *plan, const struct bgp_attrs *attrs,
		    const struct plan_session *to, bool is_extended, struct model_next_hop *out);

#endif
