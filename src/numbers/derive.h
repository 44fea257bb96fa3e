/* numbers/derive.h — what needs no allocation on a LAN: IPv6 addresses and MAC addresses made of
 * the AS number and the number of the member's router.
 * Shape   prefix:ASHI:ASLO:RTRN, the AS number in two groups, then the router's, in the last 48
 *         bits; 0E:RN:AS:HI:AS:LO
 * Source  TREX Regional Exchanges, Tampere: addressing of the peering LAN
 * Thread  any */
#ifndef NUMBERS_DERIVE_H
#define NUMBERS_DERIVE_H

#include "net/prefix.h"

#define DERIVE_LAN_LEN_MAX 80u /* bits: a LAN must leave 48 */
#define DERIVE_MAC_ROUTER_MAX 255u
#define DERIVE_MAC_TEXT_MAX 18u

/* False: the LAN is not IPv6, or leaves too few bits; AS 0 and router 0 are none. */
bool derive_address(const struct prefix *lan, uint32_t asn, uint16_t router, struct address *out);

/* Whose the address would be; false: it is not of this form. */
bool derive_read(const struct prefix *lan, const struct address *address, uint32_t *asn,
		 uint16_t *router);

/* "0e:01:00:00:fb:f4", locally administered; false: no octet holds the router's number. */
bool derive_mac(uint32_t asn, uint16_t router, char out[DERIVE_MAC_TEXT_MAX]);

#endif
