/* model/steer.h — what a route's communities say about one receiver, read one by one.
 * Owns    nothing
 * Thread  any
 * Source  the table at the head of rules/community.h; RFC 7999, RFC 8326 */
#ifndef MODEL_STEER_H
#define MODEL_STEER_H

#include "bgp/attrs.h"
#include "plan/plan.h"

bool steer_has_standard(const struct bgp_attrs *attrs, uint16_t high, uint16_t low);

/* The receiver may have the route; how often it is prepended for it. */
bool steer_allows(const struct plan *plan, const struct bgp_attrs *attrs,
		  const struct plan_session *receiver, uint8_t *prepend_count);

/* A community that is the exchange's own, to be taken off on the way out. */
bool steer_is_own_standard(const struct plan *plan, uint16_t high, uint16_t low);
bool steer_is_own_large(const struct plan *plan, uint32_t global);

#endif
