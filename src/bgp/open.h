/* bgp/open.h — the OPEN message and its capabilities.
 * Shape   version(8) my-as(16) hold(16) router-id(32) parameters, plain or extended (RFC 9072)
 * Owns    nothing: a plain value
 * Faults  MALFORMED: `refusal` holds the NOTIFICATION
 * Thread  any
 * Source  RFC 4271 4.2 and 6.2, RFC 5492, RFC 6793, RFC 6286, RFC 7607, RFC 9072, RFC 4760, RFC
 *         2918, RFC 7313, RFC 4724, RFC 8538, RFC 8654, RFC 8950, RFC 7911, RFC 9234 */
#ifndef BGP_OPEN_H
#define BGP_OPEN_H

#include "base/wr.h"
#include "bgp/message.h"
#include "net/identifier.h"

#define BGP_VERSION 4u
#define BGP_HOLD_S_MIN 3u

enum bgp_open_subcode {
	BGP_OPEN_UNSPECIFIC = 0,
	BGP_OPEN_VERSION = 1,
	BGP_OPEN_PEER_AS = 2,
	BGP_OPEN_ROUTER_ID = 3,
	BGP_OPEN_PARAMETER = 4,
	BGP_OPEN_HOLD_TIME = 6,
	BGP_OPEN_CAPABILITY = 7,
	BGP_OPEN_ROLE = 11,
};

/* RFC 5492 4 */
enum bgp_capability {
	BGP_CAPABILITY_MULTIPROTOCOL = 1,
	BGP_CAPABILITY_REFRESH = 2,
	BGP_CAPABILITY_EXTENDED_NEXT_HOP = 5,
	BGP_CAPABILITY_EXTENDED_MESSAGE = 6,
	BGP_CAPABILITY_ROLE = 9,
	BGP_CAPABILITY_GRACEFUL_RESTART = 64,
	BGP_CAPABILITY_AS4 = 65,
	BGP_CAPABILITY_ADD_PATH = 69,
	BGP_CAPABILITY_ENHANCED_REFRESH = 70,
};

/* RFC 9234 4.1 */
enum bgp_role {
	BGP_ROLE_PROVIDER = 0,
	BGP_ROLE_ROUTE_SERVER = 1,
	BGP_ROLE_ROUTE_SERVER_CLIENT = 2,
	BGP_ROLE_CUSTOMER = 3,
	BGP_ROLE_PEER = 4,
	BGP_ROLE_NONE = 255,
};

struct bgp_open {
	uint32_t asn;
	uint32_t router_id; /* host order */
	uint16_t hold_s;    /* seconds; 0 = no keepalives, else >= BGP_HOLD_S_MIN */
	uint8_t role;       /* enum bgp_role */
	bool as4;
	bool refresh;
	bool enhanced_refresh;
	bool extended_message;
	bool extended_next_hop; /* IPv4 unicast with IPv6 next hops */
	bool families[FAMILY_COUNT];
	bool any_family;                  /* some multiprotocol capability was there */
	bool add_path_send[FAMILY_COUNT]; /* the sender of this OPEN can send several paths */
	bool add_path_receive[FAMILY_COUNT];
	bool graceful_restart;
	bool restarting;      /* R bit */
	bool gr_notification; /* N bit, RFC 8538 */
	uint16_t restart_s;
	bool gr_families[FAMILY_COUNT];
	bool gr_forwarding[FAMILY_COUNT]; /* F bit */
	uint16_t unknown_capabilities;
	uint16_t malformed_capabilities; /* of those ignored */
};

MUST_USE struct fault bgp_open_read(struct octets body, struct bgp_open *out,
				    struct bgp_refusal *refusal);

/* A whole message.  Every capability the value names; the extended form only when it must be. */
void bgp_open_write(struct wr *out, const struct bgp_open *open);

#endif
