/* bgp/attr_policy.h — which attributes an exchange passes on, by code.
 *
 * Attributes of other trades, and those that once were defined and no longer are, do not belong
 * here: passed on unread they have reset sessions far away.  What is not in the table is unknown
 * and goes through RFC 4271's rules for that.
 * Owns    nothing
 * Thread  any
 * Source  IANA's registry of path attributes; RFC 4271 5 */
#ifndef BGP_ATTR_POLICY_H
#define BGP_ATTR_POLICY_H

#include <stdint.h>

enum bgp_attr_action {
	BGP_ATTR_PASS = 0,
	BGP_ATTR_DISCARD,  /* the route goes on without it */
	BGP_ATTR_WITHDRAW, /* the route goes too */
};

struct bgp_attr_policy {
	uint8_t action[256]; /* enum bgp_attr_action by code; not for MP_REACH and MP_UNREACH */
};

extern const struct bgp_attr_policy bgp_attr_policy_default;

/* "AS_PATH"; NULL when nobody has named the code. */
const char *bgp_attr_name(uint8_t code);

#endif
