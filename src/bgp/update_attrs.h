/* bgp/update_attrs.h — the attributes of an UPDATE, one by one; for update*.c.
 * Owns    nothing
 * Thread  any
 * Source  RFC 7606 3 to 7 */
#ifndef BGP_UPDATE_ATTRS_H
#define BGP_UPDATE_ATTRS_H

#include "bgp/update.h"

#define UNKNOWN_ATTRS_MAX 64u /* of one route; more withdraw it */

/* Which attribute codes have been met. */
struct bgp_seen {
	uint64_t bits[4];
	uint32_t count;
	bool mp_unreach_is_empty;
	bool mp_reach_is_ignored; /* of a family that was not negotiated */
	struct octets as4_path;
	struct octets as4_aggregator;
	uint32_t unknown_count;
	uint8_t unknown_code[UNKNOWN_ATTRS_MAX]; /* ascending */
	struct octets unknown_value[UNKNOWN_ATTRS_MAX];
};

/* The arrays stay as they are: unknown_count says how much of them means something. */
static inline void bgp_seen_init(struct bgp_seen *seen)
{
	for (uint32_t i = 0; i < 4; i++)
		seen->bits[i] = 0;
	seen->count = 0;
	seen->mp_unreach_is_empty = false;
	seen->mp_reach_is_ignored = false;
	seen->as4_path = (struct octets){ 0 };
	seen->as4_aggregator = (struct octets){ 0 };
	seen->unknown_count = 0;
}

static inline bool bgp_seen_has(const struct bgp_seen *seen, uint8_t code)
{
	return (seen->bits[code / 64] >> (code % 64) & 1) != 0;
}

/* One UPDATE being read. */
struct bgp_reading {
	const struct bgp_update_mode *mode;
	const struct bgp_attr_policy *policy;
	struct bgp_seen *seen;
	struct bgp_update *update;
	struct octets whole; /* the attribute being read, with its header */
	struct wr scratch;
};

void bgp_update_attrs_read(struct octets attrs, const struct bgp_update_mode *mode,
			   struct bgp_seen *seen, struct bgp_update *out);

/* After the last attribute: the path's facts, and what is wrong with it. */
void bgp_update_path_judge(struct bgp_reading *reading);

/* The attribute is left out, which says nothing of the message. */
void bgp_update_drop(struct bgp_update *update, uint8_t attr);

/* The graver verdict stays, with its reason.  Blame: the message is malformed too. */
void bgp_update_judge(struct bgp_update *update, enum bgp_verdict verdict, uint8_t attr,
		      const char *text);
void bgp_update_blame(struct bgp_update *update, enum bgp_verdict verdict, uint8_t attr,
		      const char *text);
void bgp_update_reset(struct bgp_update *update, uint8_t subcode, uint8_t attr, struct octets data,
		      const char *text);

/* False when the stretch is not a run of whole prefixes. */
bool bgp_nlri_check(struct octets octets, enum family family, struct bgp_nlri *out);

#endif
