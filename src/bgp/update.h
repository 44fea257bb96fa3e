/* bgp/update.h — reading one UPDATE, with RFC 7606's graded answers.
 *
 * Shape   withdrawn-len(16) withdrawn attributes-len(16) attributes nlri; everything is checked
 *         here, so that walking the NLRI afterwards cannot fail.
 * Owns    nothing: views into the message and into the mode's scratch, valid until the next read
 * Faults  none: the verdict says it all
 * Thread  one at a time for each scratch
 * Source  RFC 4271 4.3 and 6.3, RFC 7606, RFC 4760, RFC 8950, RFC 6793, RFC 9774, RFC 5065, RFC
 *         7607 */
#ifndef BGP_UPDATE_H
#define BGP_UPDATE_H

#include "base/rd.h"
#include "bgp/attr_policy.h"
#include "bgp/attrs.h"
#include "bgp/message.h"

/* Graver outcomes are larger, so two verdicts join by taking the larger.  RFC 7606 2 and 3 (h). */
enum bgp_verdict {
	BGP_KEEP = 0,
	BGP_DROP_ATTR, /* attribute discard: the route is kept */
	BGP_WITHDRAW,  /* treat as withdraw */
	BGP_RESET,     /* NOTIFICATION and the end of the session */
};

enum bgp_update_subcode {
	BGP_UPDATE_MALFORMED_LIST = 1,
	BGP_UPDATE_UNKNOWN_WELL_KNOWN = 2,
	BGP_UPDATE_MISSING_WELL_KNOWN = 3,
	BGP_UPDATE_ATTR_FLAGS = 4,
	BGP_UPDATE_ATTR_LENGTH = 5,
	BGP_UPDATE_INVALID_ORIGIN = 6,
	BGP_UPDATE_INVALID_NEXT_HOP = 8,
	BGP_UPDATE_OPTIONAL_ATTR = 9,
	BGP_UPDATE_INVALID_NETWORK = 10,
	BGP_UPDATE_MALFORMED_PATH = 11,
};

#define BGP_UPDATE_SCRATCH_OCTETS (3u * 65536u)
#define BGP_PATH_ASNS_MAX 750u
#define BGP_COMMUNITIES_MAX 1000u
#define BGP_COMMUNITIES_ONCE_MAX 1024u /* of longer lists, repeated ones are not taken out */

struct bgp_update_mode {
	bool as4;                    /* four-octet ASNs were negotiated */
	bool families[FAMILY_COUNT]; /* negotiated; others are ignored */
	bool extended_next_hop;      /* RFC 8950 for IPv4 */
	uint16_t path_asns_max;
	uint16_t communities_max;             /* of each kind */
	const struct bgp_attr_policy *policy; /* NULL: the default one */
	uint8_t *scratch;                     /* BGP_UPDATE_SCRATCH_OCTETS */
};

struct bgp_nlri {
	bool present;
	enum family family;
	struct rd rd; /* prefixes, all checked */
};

struct bgp_update {
	enum bgp_verdict verdict;
	struct bgp_refusal refusal; /* when the verdict is BGP_RESET */
	uint8_t fault_attr;         /* code of the attribute that gave the verdict; 0 = none */
	const char *fault_text;     /* what is wrong, for the log; NULL when nothing is */
	bool is_malformed;          /* something is wrong; not just left out by policy */
	uint64_t dropped[4];        /* the codes of attributes that were discarded, a bit each */
	uint32_t families_ignored;  /* MP attributes of families not negotiated */
	bool has_attrs;
	struct bgp_attrs attrs; /* next hop of the classic NLRI */
	uint8_t mp_next_hop_len_octets;
	uint8_t mp_next_hop[32];
	struct bgp_nlri withdrawn; /* classic IPv4 */
	struct bgp_nlri reach;     /* classic IPv4 */
	struct bgp_nlri mp_reach;
	struct bgp_nlri mp_unreach;
	bool is_end_of_rib;
	enum family end_of_rib_family;
};

void bgp_update_read(struct octets body, const struct bgp_update_mode *mode,
		     struct bgp_update *out);

/* The attribute of this code was discarded, for an error or as the exchange takes none. */
static inline bool bgp_update_dropped(const struct bgp_update *update, uint8_t code)
{
	return (update->dropped[code / 64] >> (code % 64) & 1) != 0;
}

/* What is kept of routes that are treated as withdrawn: which attribute was at fault. */
void bgp_update_fault_attrs(const struct bgp_update *update, struct bgp_attrs *out);

/* The attributes for the NLRI of MP_REACH_NLRI: the same with its next hop. */
void bgp_update_mp_attrs(const struct bgp_update *update, struct bgp_attrs *out);

#endif
