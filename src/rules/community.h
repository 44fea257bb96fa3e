/* rules/community.h — the communities with which members steer their routes.
 *
 * Standard (two-octet ASNs)      Large (any ASN)        Meaning
 *   0:peer                         rs:0:peer              do not announce to peer
 *   rs:peer                        rs:1:peer              announce to peer
 *   0:rs, 0:0                      rs:0:0                 announce to nobody (but rs:peer)
 *   rs:rs                          rs:1:0                 announce to everybody (the default)
 *   65511..65513:peer              rs:101..103:peer       prepend one to three times to peer
 *   65511..65513:rs                rs:101..103:0          prepend one to three times to everybody
 * What names one peer beats what names everybody; among those that name a peer, "do not" beats
 * "do", and the larger prepend the smaller.  65535:666 is BLACKHOLE, 65535:0 GRACEFUL_SHUTDOWN.
 * Everything in the exchange's own space is taken off when the route leaves, extended communities
 * of its number and Euro-IX's informational rs:1000, rs:1101 and rs:1102 among it: those are for
 * the looking glass, and members can neither set nor get them.  It shows rs:1000 on every route,
 * rs:1101 on refused ones, rs:1102 on what is accepted although a check that only logs speaks
 * against it (rules/reason.h).
 * Owns    nothing
 * Thread  any
 * Source  Euro-IX large community scheme, RFC 8195, RFC 7999, RFC 8326 */
#ifndef RULES_COMMUNITY_H
#define RULES_COMMUNITY_H

#include <stdbool.h>

#include "base/wr.h"
#include "bgp/attrs.h"
#include "net/sessions.h"
#include "plan/plan.h"

#define RULES_PREPEND_MAX 3u
#define RULES_NO_EXPORT 0xffffff01u /* RFC 1997 */

/* Whom a route addresses; its own sender is not taken out. */
struct rules_audience {
	struct session_set allowed;
	struct session_set prepended[RULES_PREPEND_MAX + 1]; /* by count; [0] is not used */
	bool is_blackhole;
};

/* Quick: anything at all in the attributes that makes the audience other than everyone. */
bool rules_is_steered(const struct plan *plan, const struct bgp_attrs *attrs);
void rules_audience_of(const struct plan *plan, const struct bgp_attrs *attrs,
		       struct rules_audience *out);

bool rules_is_blackhole(const struct bgp_attrs *attrs);
bool rules_is_graceful_shutdown(const struct bgp_attrs *attrs);

/* The community that keeps the route from this peer, naming it or everybody: 4 or 12 octets of the
 * attributes; empty when none does. */
struct octets rules_denial_of(const struct plan *plan, const struct bgp_attrs *attrs,
			      uint32_t peer_asn);

/* What is left of the communities for a receiver: nothing of the exchange's own space, and
 * NO_EXPORT added to a blackhole route. */
struct octets rules_export_communities(const struct plan *plan, const struct bgp_attrs *attrs,
				       bool is_blackhole, struct wr *out);
/* Extended communities whose administrator is the exchange: of two-octet and of four-octet ASNs. */
bool rules_has_own_extended(const struct plan *plan, const struct bgp_attrs *attrs);
struct octets rules_export_extended(const struct plan *plan, const struct bgp_attrs *attrs,
				    struct wr *out);
struct octets rules_export_large(const struct plan *plan, const struct bgp_attrs *attrs,
				 struct wr *out);

#endif
