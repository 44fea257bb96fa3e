/* bgp/damping.h — how long a neighbour whose connections fail again and again is held off.
 *
 * A few failures cost nothing: routers restart, and people try settings.  From then on each failure
 * doubles the wait, up to a minute, so that a neighbour without end of trouble is served once a
 * minute and one that is mended waits no longer than that.
 * Owns    nothing but its own value
 * Thread  the session's worker
 * Source  RFC 4271 8.1.1 (DampPeerOscillations) and 8.1.3 (IdleHoldTimer) */
#ifndef BGP_DAMPING_H
#define BGP_DAMPING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

#define BGP_DAMPING_FREE 5u      /* failures in a row before the first wait */
#define BGP_DAMPING_S_MIN 1      /* the first wait */
#define BGP_DAMPING_S_MAX 60     /* none is longer */
#define BGP_DAMPING_GOOD_S 60    /* up for so long makes good what was before */
#define BGP_DAMPING_FORGET_S 300 /* so long without a failure does, too */

struct bgp_damping {
	uint32_t failures; /* in a row */
	struct instant failed_at;
	struct instant until; /* held off till then; not set: it is not */
};

/* A connection failed after being established for `up` (0: it never was). */
void bgp_damping_fail(struct bgp_damping *damping, struct span up, struct instant now);

static inline bool bgp_damping_holds(const struct bgp_damping *damping, struct instant now)
{
	return instant_is_set(damping->until) && damping->until.ns > now.ns;
}

#endif
