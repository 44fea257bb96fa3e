/* net/identifier.h — dense numbers of sessions and members, and address families.
 * Owns    nothing
 * Bound   SESSIONS_MAX sessions, MEMBERS_MAX members
 * Thread  any */
#ifndef NET_IDENTIFIER_H
#define NET_IDENTIFIER_H

#include <stdint.h>

#define SESSIONS_MAX 4096u
#define MEMBERS_MAX 4096u

/* One BGP session slot: a member's address.  Stable while the address stays registered. */
struct session_id {
	uint16_t index;
};

struct member_id {
	uint16_t index;
};

/* AFI 1 and 2, SAFI 1: all that an exchange carries. */
enum family {
	FAMILY_IPV4 = 0,
	FAMILY_IPV6 = 1,
	FAMILY_COUNT = 2,
};

static inline const char *family_name(enum family family)
{
	return family == FAMILY_IPV4 ? "ipv4" : "ipv6";
}

#endif
