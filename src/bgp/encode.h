/* bgp/encode.h — writing UPDATE messages.
 *
 * Flags and lengths are made here, never copied from what was received.  Attributes stand in order
 * of their codes, MP_REACH_NLRI first (RFC 7606 5.1); one kind of NLRI a message.
 * Use     begin, bgp_encode_prefix until it refuses, end or cancel
 * Owns    nothing: writes into the caller's writer
 * Faults  LIMIT: the attributes leave no room for a prefix within the profile's message size
 * Thread  any
 * Source  RFC 4271 4.3, RFC 4760, RFC 8950, RFC 7911, RFC 6793, RFC 8654, RFC 4724 2 */
#ifndef BGP_ENCODE_H
#define BGP_ENCODE_H

#include "bgp/attrs.h"
#include "bgp/message.h"
#include "net/prefix.h"

/* What makes the octets for two sessions differ. */
struct bgp_wire_profile {
	enum family family;
	bool as4;               /* four-octet ASNs */
	bool addpath;           /* prefixes carry path identifiers */
	bool extended_next_hop; /* IPv4 prefixes may have IPv6 next hops */
	bool extended_message;  /* up to 65,535 octets */
};

static inline uint32_t bgp_profile_message_max(const struct bgp_wire_profile *profile)
{
	return profile->extended_message ? BGP_EXTENDED_MESSAGE_OCTETS_MAX : BGP_MESSAGE_OCTETS_MAX;
}

/* A route as it leaves. */
struct bgp_export {
	const struct bgp_attrs *attrs; /* its communities are replaced by those below */
	struct octets communities;
	struct octets large;
	struct octets extended; /* used when replace_extended */
	bool replace_extended;
	uint8_t prepend_count;
	uint32_t prepend_asn;
	bool add_otc; /* when the route has none */
	uint32_t otc;
	struct octets next_hop; /* instead of the route's: 4, 16 or 32 octets; 0 = its own */
};

struct bgp_encoder {
	struct wr *out;
	struct bgp_wire_profile profile;
	uint32_t mark;       /* of the message */
	uint32_t limit;      /* where it must end */
	uint32_t attrs_mark; /* of the total attribute length */
	uint32_t mp_mark;    /* of the MP attribute's length; 0 = none */
	bool is_withdraw;
	bool is_mp;
	uint32_t tail_octets; /* attributes that follow the MP attribute, parked before `limit` */
};

MUST_USE struct fault bgp_encode_announce_begin(struct bgp_encoder *encoder, struct wr *out,
						const struct bgp_wire_profile *profile,
						const struct bgp_export *export);
MUST_USE struct fault bgp_encode_withdraw_begin(struct bgp_encoder *encoder, struct wr *out,
						const struct bgp_wire_profile *profile);

/* False when the message is full; it stays as it was. */
bool bgp_encode_prefix(struct bgp_encoder *encoder, uint32_t path_id, const struct prefix *prefix);
void bgp_encode_end(struct bgp_encoder *encoder);

/* Takes the message back. */
void bgp_encode_cancel(struct bgp_encoder *encoder);

void bgp_encode_end_of_rib(struct wr *out, enum family family);

#endif
