/* bgp/family.h — address families as the wire names them.
 * Shape   AFI(16), SAFI(8) nearly everywhere
 * Owns    nothing
 * Thread  any
 * Source  RFC 4760 3 and 6, IANA's registries of AFIs and SAFIs */
#ifndef BGP_FAMILY_H
#define BGP_FAMILY_H

#include <stdbool.h>
#include <stdint.h>

#include "net/identifier.h"

#define BGP_AFI_IPV4 1u
#define BGP_AFI_IPV6 2u
#define BGP_SAFI_UNICAST 1u

static inline uint32_t bgp_family_afi(enum family family)
{
	return family == FAMILY_IPV6 ? BGP_AFI_IPV6 : BGP_AFI_IPV4;
}

/* False when it is none that an exchange carries; then *out is IPv4. */
static inline bool bgp_family_of(uint32_t afi, uint32_t safi, enum family *out)
{
	*out = afi == BGP_AFI_IPV6 ? FAMILY_IPV6 : FAMILY_IPV4;
	return (afi == BGP_AFI_IPV4 || afi == BGP_AFI_IPV6) && safi == BGP_SAFI_UNICAST;
}

#endif
