/* bgp/attrs.h — the path attributes of a route: a view for reading, a packed form for keeping.
 *
 * Shape   the view borrows stretches of octets and holds the small values; AS_PATH is always in
 *         four-octet form, whatever the wire had.  The packed form is ours: equal attributes give
 *         equal octets, so it can be hashed and compared.
 * Owns    nothing; a view is valid as long as what it was read from
 * Faults  bgp_attrs_unpack fails on octets that bgp_attrs_pack did not write
 * Thread  any
 * Source  RFC 4271 4.3, RFC 4760, RFC 6793, RFC 1997, RFC 4360, RFC 5701, RFC 8092, RFC 9234 */
#ifndef BGP_ATTRS_H
#define BGP_ATTRS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/octets.h"
#include "base/rd.h"
#include "base/wr.h"
#include "net/address.h"

#define BGP_ATTRS_PACKED_MAX (80u * 1024u) /* a 64 KiB message, its 2-octet path widened */

enum bgp_attr_code {
	BGP_ATTR_ORIGIN = 1,
	BGP_ATTR_AS_PATH = 2,
	BGP_ATTR_NEXT_HOP = 3,
	BGP_ATTR_MED = 4,
	BGP_ATTR_LOCAL_PREF = 5,
	BGP_ATTR_ATOMIC_AGGREGATE = 6,
	BGP_ATTR_AGGREGATOR = 7,
	BGP_ATTR_COMMUNITIES = 8,
	BGP_ATTR_ORIGINATOR_ID = 9,
	BGP_ATTR_CLUSTER_LIST = 10,
	BGP_ATTR_MP_REACH = 14,
	BGP_ATTR_MP_UNREACH = 15,
	BGP_ATTR_EXTENDED_COMMUNITIES = 16,
	BGP_ATTR_AS4_PATH = 17,
	BGP_ATTR_AS4_AGGREGATOR = 18,
	BGP_ATTR_EXTENDED_COMMUNITIES_IPV6 = 25,
	BGP_ATTR_LARGE_COMMUNITIES = 32,
	BGP_ATTR_OTC = 35,
};

enum bgp_attr_flag {
	BGP_FLAG_OPTIONAL = 0x80,
	BGP_FLAG_TRANSITIVE = 0x40,
	BGP_FLAG_PARTIAL = 0x20,
	BGP_FLAG_EXTENDED_LENGTH = 0x10,
};

enum bgp_origin { BGP_ORIGIN_IGP = 0, BGP_ORIGIN_EGP = 1, BGP_ORIGIN_INCOMPLETE = 2 };

enum bgp_segment {
	BGP_SEGMENT_SET = 1,
	BGP_SEGMENT_SEQUENCE = 2,
	BGP_SEGMENT_CONFED_SEQUENCE = 3,
	BGP_SEGMENT_CONFED_SET = 4,
};

#define BGP_AS_TRANS 23456u

/* One item of each kind of communities. */
#define BGP_COMMUNITY_OCTETS 4u
#define BGP_EXTENDED_OCTETS 8u
#define BGP_EXTENDED_IPV6_OCTETS 20u
#define BGP_LARGE_OCTETS 12u

struct bgp_attrs {
	uint8_t origin;              /* enum bgp_origin */
	uint8_t next_hop_len_octets; /* 4, 16, or 32: global and link-local, RFC 2545 */
	uint8_t next_hop[32];
	bool has_med;
	bool atomic_aggregate;
	bool has_otc;
	uint32_t med;
	uint32_t otc;
	struct octets aggregator;    /* 0 or 8 octets: ASN(32) address(32) */
	struct octets as_path;       /* segments of four-octet ASNs */
	struct octets communities;   /* BGP_COMMUNITY_OCTETS each */
	struct octets extended;      /* BGP_EXTENDED_OCTETS each */
	struct octets extended_ipv6; /* BGP_EXTENDED_IPV6_OCTETS each */
	struct octets large;         /* BGP_LARGE_OCTETS each */
	struct octets unknown;       /* whole attributes, ascending by code, Partial set */

	/* Worked out from as_path. */
	uint16_t path_len;       /* RFC 4271 9.1.2.2 a: a set counts one */
	uint16_t path_asn_count; /* all ASNs, those in sets included */
	uint32_t first_asn;      /* leftmost; 0 when the path is empty or begins with a set */
	uint32_t origin_asn;     /* rightmost; 0 when the path is empty or ends with a set */
	bool has_as_set;
	bool has_confederation;

	/* Of a route treated as withdrawn this alone is kept: the attribute at fault. */
	bool is_malformed;
	uint8_t fault_attr; /* its code; 0 = none by itself */
};

/* Deterministic.  The writer fails when there is no room. */
void bgp_attrs_pack(const struct bgp_attrs *attrs, struct wr *out);

/* The view of what bgp_attrs_pack wrote. */
MUST_USE struct fault bgp_attrs_unpack(struct octets packed, struct bgp_attrs *out);

/* Fills the fields worked out from as_path.  MALFORMED: a segment of an unknown type, with no ASN
 * in it, cut short, or an AS 0 (RFC 7607). */
MUST_USE struct fault bgp_attrs_path_facts(struct bgp_attrs *attrs);

/* The global next hop. */
struct address bgp_attrs_next_hop(const struct bgp_attrs *attrs);

/* Walks the ASNs of a path, sets included: false at its end. */
struct bgp_path_walk {
	struct rd rd;
	uint32_t left;
	uint8_t segment;
};
struct bgp_path_walk bgp_path_walk_of(struct octets as_path);
bool bgp_path_walk_next(struct bgp_path_walk *walk, uint32_t *asn);

#endif
