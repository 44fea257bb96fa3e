/* bgp/refresh.h — ROUTE-REFRESH messages.
 * Shape   afi(16) subtype(8) safi(8)
 * Owns    nothing
 * Thread  any
 * Source  RFC 2918 3, RFC 7313 3.2 and 5 */
#ifndef BGP_REFRESH_H
#define BGP_REFRESH_H

#include "base/rd.h"
#include "base/wr.h"
#include "net/identifier.h"

enum bgp_refresh_kind {
	BGP_REFRESH_REQUEST = 0,
	BGP_REFRESH_BEGIN = 1, /* BoRR */
	BGP_REFRESH_END = 2,   /* EoRR */
};

/* What is wrong with one, in a NOTIFICATION.  RFC 7313 5. */
enum bgp_refresh_subcode {
	BGP_REFRESH_BAD_LENGTH = 1,
};

void bgp_refresh_write(struct wr *out, enum family family, enum bgp_refresh_kind kind);

#endif
