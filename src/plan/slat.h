/* plan/slat.h — the specific local address table: one row a connection, with the addresses by which
 * other members' routers may know its port; and from it the form of a next hop that a receiver of
 * IPv4 routes can use.
 *
 * Shape   rows count from 1; 0 is "in no table".  Receivers are of two kinds: "extended" ones
 *         agreed to IPv6 next hops for IPv4 routes (RFC 8950), the others take IPv4 ones only.  A
 *         next hop of the receiver's kind is never changed; one of the other kind becomes the
 *         address of that kind in its row.
 * Owns    nothing: rows lie in the plan
 * Faults  LIMIT when memory is out or PLAN_SLAT_ROWS_MAX is reached
 * Thread  any once the plan is sealed
 * Source  RFC 8950, RFC 2545 3, draft-marenamat-grow-route-server-nh-translation */
#ifndef PLAN_SLAT_H
#define PLAN_SLAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "net/address.h"
#include "net/sessions.h"

#define PLAN_SLAT_ROWS_MAX SESSIONS_MAX
#define PLAN_SLAT_BLACKHOLE UINT16_MAX /* no row: where the exchange's blackholing leads */
#define PLAN_NEXT_HOP_OCTETS_MAX 32u   /* global and link-local */

struct plan;

struct plan_slat_row {
	uint32_t asn;
	bool has_ipv4;
	bool has_ipv6;
	bool has_link_local;
	bool is_on_ipv4;           /* its router has an IPv4 address on the LAN */
	struct address ipv4;       /* what receivers of IPv4 next hops are told */
	struct address ipv6;       /* what receivers of IPv6 next hops are told */
	struct address link_local; /* beside that */
};

/* An address that a row is known by. */
struct plan_slat_name {
	struct address address;
	uint16_t row;
};

/* What is to be known of a route's next hop: one of IPv4 or of IPv6, and whose. */
struct plan_next_hop {
	bool is_ipv6;
	uint16_t row; /* 0 = nobody's, or nothing is translated */
};

/* A next hop as it leaves; 0 octets = the route's own, unchanged. */
struct plan_next_hop_form {
	uint8_t len_octets; /* 0, 4, 16 or 32 */
	uint8_t octet[PLAN_NEXT_HOP_OCTETS_MAX];
};

/* Who of one kind of receivers can use a next hop. */
enum plan_next_hop_users {
	NEXT_HOP_USERS_ALL = 0,
	NEXT_HOP_USERS_ON_IPV4,    /* whose router has an IPv4 address on the LAN */
	NEXT_HOP_USERS_TAKES_IPV4, /* that, or one for translated next hops */
	NEXT_HOP_USERS_NONE,
};

/* Before the sessions that name it in their `slat`; *number is what they name. */
MUST_USE struct fault plan_slat_add(struct plan *plan, const struct plan_slat_row *row,
				    uint16_t *number);
MUST_USE struct fault plan_slat_name_add(struct plan *plan, const struct address *address,
					 uint16_t row);

/* Part of plan_seal: sorts the names, and gathers who has an IPv4 address. */
void plan_slat_seal(struct plan *plan);

/* The row that has the address; 0 when none has. */
uint16_t plan_slat_find(const struct plan *plan, const struct address *address);

/* NULL for 0 and PLAN_SLAT_BLACKHOLE. */
const struct plan_slat_row *plan_slat_row_of(const struct plan *plan, uint16_t row);

/* Next hops of IPv4 routes are translated under this plan. */
bool plan_translates(const struct plan *plan);

/* The form in which a receiver is told the next hop of an IPv4 route. */
struct plan_next_hop_form plan_next_hop_form(const struct plan *plan, struct plan_next_hop next_hop,
					     bool is_extended);
enum plan_next_hop_users plan_next_hop_users(const struct plan *plan, struct plan_next_hop next_hop,
					     bool is_extended);
const struct session_set *plan_users_of(const struct plan *plan, enum plan_next_hop_users users);

#endif
