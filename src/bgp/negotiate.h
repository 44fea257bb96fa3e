/* bgp/negotiate.h — what two OPENs agree on, and whether a neighbour's OPEN is acceptable.
 * Owns    nothing
 * Faults  CONFLICT: `refusal` holds the NOTIFICATION
 * Thread  any
 * Source  RFC 4271 6.2 and 6.8, RFC 5492 5, RFC 6286, RFC 6793, RFC 8654, RFC 8950, RFC 9234 4.2 */
#ifndef BGP_NEGOTIATE_H
#define BGP_NEGOTIATE_H

#include "bgp/open.h"

struct bgp_session_config {
	struct bgp_open offer; /* our OPEN */
	uint32_t peer_asn;
	bool is_active; /* we connect too */
	bool require_role;
	bool require_extended_next_hop; /* of who carries IPv4, RFC 8950 */
	bool allow_as2;
	bool damps; /* who fails again and again is held off */
};

/* What both sides can do, and what they said. */
struct bgp_negotiated {
	struct bgp_open peer;
	uint16_t hold_s;
	uint16_t keepalive_s;
	bool families[FAMILY_COUNT];
	bool as4;
	bool add_path_send[FAMILY_COUNT]; /* we to them */
	bool extended_next_hop;
	bool extended_send;    /* both said that they take long messages */
	bool graceful_restart; /* both can, RFC 4724 */
	bool gr_notification;  /* a NOTIFICATION is survivable too, RFC 8538 */
	bool refresh;
	bool enhanced_refresh;
};

struct bgp_negotiated bgp_negotiate(const struct bgp_open *ours, const struct bgp_open *theirs);

MUST_USE struct fault bgp_open_judge(const struct bgp_session_config *config,
				     const struct bgp_open *open, struct bgp_refusal *refusal);

/* Of two connections to one neighbour, one made by each side: the side with the larger identifier,
 * then AS number, keeps its own. */
bool bgp_collision_ours_stays(const struct bgp_open *ours, const struct bgp_open *theirs);

#endif
