/* bgp/update_attrs.c — each attribute against its rule.
 *
 * A table says for each known code which flags it must have, how long it may be, and the verdict
 * when either is wrong; a reader for the code looks inside.  RFC 7606 4: a length that leaves the
 * stretch makes the rest unreadable, which withdraws; NLRI was found without it. */
#include "bgp/update_attrs.h"

#include "base/mem.h"
#include "bgp/family.h"
#include "net/prefix.h"

typedef void (*attr_reader)(struct bgp_reading *, uint8_t code, struct octets value);

struct attr_rule {
	uint8_t flags;   /* OPTIONAL and TRANSITIVE as they must be */
	uint8_t verdict; /* enum bgp_verdict for wrong flags or length */
	uint16_t len_min;
	uint16_t len_max;
	uint16_t multiple; /* the length is one of this; 0 = any */
	attr_reader read;  /* NULL: the policy alone says what becomes of it */
};

#define WELL_KNOWN BGP_FLAG_TRANSITIVE
#define OPTIONAL_TRANSITIVE (BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE)
#define OPTIONAL_ONLY BGP_FLAG_OPTIONAL
#define ITEMS_FEW 16u /* compared one by one without a mark */

static void read_origin(struct bgp_reading *reading, uint8_t code, struct octets value)
{
	if (value.at[0] > BGP_ORIGIN_INCOMPLETE)
		bgp_update_blame(reading->update, BGP_WITHDRAW, code,
				 "ORIGIN has an undefined value");
	else
		reading->update->attrs.origin = value.at[0];
}

/* A two-octet path becomes a four-octet one in the scratch. */
static bool path_widen(struct bgp_reading *reading, struct octets value, struct octets *out)
{
	struct rd rd = rd_of_octets(value);
	uint32_t mark = wr_mark(&reading->scratch);

	while (rd_more(&rd)) {
		wr_u8(&reading->scratch, rd_u8(&rd));
		uint8_t count = rd_u8(&rd);
		wr_u8(&reading->scratch, count);
		for (uint32_t i = 0; i < count && rd_ok(&rd); i++)
			wr_u32(&reading->scratch, rd_u16(&rd));
	}
	*out = octets_of(reading->scratch.start + mark, reading->scratch.pos - mark);
	return rd_done(&rd) && wr_ok(&reading->scratch);
}

static void read_as_path(struct bgp_reading *reading, uint8_t code, struct octets value)
{
	struct bgp_update *update = reading->update;

	update->attrs.as_path = value;
	if (!reading->mode->as4 && !path_widen(reading, value, &update->attrs.as_path)) {
		bgp_update_blame(update, BGP_WITHDRAW, code, "AS_PATH is cut short");
		update->attrs.as_path = (struct octets){ 0 };
	}
}

static void read_next_hop(struct bgp_reading *reading, uint8_t code, struct octets value)
{
	(void)code;
	reading->update->attrs.next_hop_len_octets = 4;
	mem_copy(reading->update->attrs.next_hop, value.at, 4);
}

static uint32_t value_u32(struct octets value)
{
	struct rd rd = rd_of_octets(value);

	return rd_u32(&rd);
}

static void read_med(struct bgp_reading *reading, uint8_t code, struct octets value)
{
	(void)code;
	reading->update->attrs.has_med = true;
	reading->update->attrs.med = value_u32(value);
}

static void read_atomic_aggregate(struct bgp_reading *reading, uint8_t code, struct octets value)
{
	(void)code;
	(void)value;
	reading->update->attrs.atomic_aggregate = true;
}

/* RFC 7606 7.7; RFC 7607 2 for AS 0. */
static void read_aggregator(struct bgp_reading *reading, uint8_t code, struct octets value)
{
	struct rd rd = rd_of_octets(value);
	uint32_t asn = reading->mode->as4 ? rd_u32(&rd) : rd_u16(&rd);
	uint32_t address = rd_u32(&rd);

	if (!rd_done(&rd) || asn == 0) {
		bgp_update_blame(reading->update, BGP_DROP_ATTR, code, "AGGREGATOR is malformed");
		return;
	}
	uint32_t mark = wr_mark(&reading->scratch);
	wr_u32(&reading->scratch, asn);
	wr_u32(&reading->scratch, address);
	reading->update->attrs.aggregator = octets_of(reading->scratch.start + mark, 8);
}

static void read_otc(struct bgp_reading *reading, uint8_t code, struct octets value)
{
	(void)code;
	reading->update->attrs.has_otc = true;
	reading->update->attrs.otc = value_u32(value);
}

/* What stands for an item among those of its list; equal items have equal marks. */
static uint32_t item_mark(struct octets item)
{
	struct rd rd = rd_of_octets(item);
	uint32_t mark = 0;

	while (rd_more(&rd))
		mark = mark * 0x9e3779b1u + rd_u32(&rd);
	return mark;
}

/* Looks at all of them: without a way out the loop is made of vector instructions. */
static bool marks_have(const uint32_t *marks, uint32_t count, uint32_t wanted)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < count; i++)
		found |= marks[i] == wanted ? 1u : 0u;
	return found != 0;
}

static bool items_have(const uint8_t *items, uint32_t count, struct octets item)
{
	for (uint32_t i = 0; i < count; i++) {
		if (octets_equal(octets_of(items + i * item.len_octets, item.len_octets), item))
			return true;
	}
	return false;
}

struct item_list {
	struct octets value;
	uint32_t size;
	bool (*keep)(const uint8_t *); /* NULL: all */
	uint32_t *marks;               /* NULL: a short list, or one too long to look at twice */
	bool is_short;
};

static struct octets items_copy(struct wr *out, const struct item_list *list)
{
	const uint8_t *kept = out->start + out->pos;
	uint32_t count = 0;

	for (uint32_t at = 0; at < list->value.len_octets; at += list->size) {
		struct octets item = octets_of(list->value.at + at, list->size);
		uint32_t mark = list->marks != NULL ? item_mark(item) : 0;
		bool may_be_there = list->marks != NULL ? marks_have(list->marks, count, mark) :
							  list->is_short;
		if (list->keep != NULL && !list->keep(item.at))
			continue;
		if (may_be_there && items_have(kept, count, item))
			continue;
		if (list->marks != NULL)
			list->marks[count] = mark;
		wr_octets(out, item);
		count++;
	}
	return octets_of(kept, wr_ok(out) ? count * list->size : 0);
}

/* By itself, so that the array costs nothing where it is not used. */
__attribute__((noinline)) static struct octets items_copy_many(struct wr *out,
							       struct item_list *list)
{
	uint32_t marks[BGP_COMMUNITIES_ONCE_MAX];

	list->marks = marks;
	return items_copy(out, list);
}

/* Copies items of `size`, each once, those that `keep` lets through; at most the mode's maximum. */
static struct octets items_once(struct bgp_reading *reading, uint8_t code, struct octets value,
				uint32_t size, bool (*keep)(const uint8_t *))
{
	struct item_list list = { .value = value, .size = size, .keep = keep };
	uint32_t count = value.len_octets / size;

	if (count > reading->mode->communities_max) {
		bgp_update_blame(reading->update, BGP_WITHDRAW, code, "too many communities");
		return (struct octets){ 0 };
	}
	list.is_short = count <= ITEMS_FEW;
	if (list.is_short || count > BGP_COMMUNITIES_ONCE_MAX)
		return items_copy(&reading->scratch, &list);
	return items_copy_many(&reading->scratch, &list);
}

static void read_communities(struct bgp_reading *reading, uint8_t code, struct octets value)
{
	reading->update->attrs.communities = items_once(reading, code, value, BGP_COMMUNITY_OCTETS,
							NULL);
}

/* RFC 4360 2: non-transitive ones end at this border; RFC 8097 2 names one of them. */
static bool extended_is_transitive(const uint8_t *item)
{
	return (item[0] & 0x40) == 0;
}

static void read_extended(struct bgp_reading *reading, uint8_t code, struct octets value)
{
	reading->update->attrs.extended = items_once(reading, code, value, BGP_EXTENDED_OCTETS,
						     extended_is_transitive);
}

static void read_extended_ipv6(struct bgp_reading *reading, uint8_t code, struct octets value)
{
	reading->update->attrs.extended_ipv6 = items_once(
		reading, code, value, BGP_EXTENDED_IPV6_OCTETS, extended_is_transitive);
}

static void read_large(struct bgp_reading *reading, uint8_t code, struct octets value)
{
	reading->update->attrs.large = items_once(reading, code, value, BGP_LARGE_OCTETS, NULL);
}

/* RFC 6793 4.1 and 6: from a four-octet speaker these say nothing. */
static void read_as4(struct bgp_reading *reading, uint8_t code, struct octets value)
{
	if (reading->mode->as4)
		bgp_update_blame(reading->update, BGP_DROP_ATTR, code,
				 "AS4 attribute not expected");
	else if (code == BGP_ATTR_AS4_PATH)
		reading->seen->as4_path = value;
	else
		reading->seen->as4_aggregator = value;
}

/* RFC 4271 6.3: the data of an error in an attribute is the attribute; a malformed list has none.
 */
static void reset_mp(struct bgp_reading *reading, uint8_t code, uint8_t subcode, const char *text)
{
	struct octets data = subcode == BGP_UPDATE_MALFORMED_LIST ? (struct octets){ 0 } :
								    reading->whole;

	bgp_update_reset(reading->update, subcode, code, data, text);
}

/* AFI and SAFI of an MP attribute; false when the family is none that was negotiated. */
static bool mp_family(struct bgp_reading *reading, struct rd *rd, enum family *out)
{
	uint16_t afi = rd_u16(rd);
	uint8_t safi = rd_u8(rd);

	if (bgp_family_of(afi, safi, out) && reading->mode->families[*out])
		return true;
	reading->update->families_ignored++;
	return false;
}

static bool mp_next_hop_fits(const struct bgp_reading *reading, enum family family, uint8_t len)
{
	if (family == FAMILY_IPV4)
		return len == 4 || (reading->mode->extended_next_hop && (len == 16 || len == 32));
	return len == 16 || len == 32;
}

static void read_mp_reach(struct bgp_reading *reading, uint8_t code, struct octets value)
{
	struct bgp_update *update = reading->update;
	struct rd rd = rd_of_octets(value);
	enum family family;

	if (value.len_octets < 5) {
		reset_mp(reading, code, BGP_UPDATE_OPTIONAL_ATTR, "MP_REACH_NLRI is cut short");
		return;
	}
	if (!mp_family(reading, &rd, &family)) {
		reading->seen->mp_reach_is_ignored = true;
		return;
	}
	uint8_t len_octets = rd_u8(&rd);
	struct octets next_hop = rd_take(&rd, len_octets);
	rd_skip(&rd, 1);
	if (!rd_ok(&rd) || !mp_next_hop_fits(reading, family, len_octets)) {
		reset_mp(reading, code, BGP_UPDATE_MALFORMED_LIST,
			 "the next hop of MP_REACH_NLRI has an impossible length");
		return;
	}
	update->mp_next_hop_len_octets = len_octets;
	mem_copy(update->mp_next_hop, next_hop.at, len_octets);
	if (!bgp_nlri_check(rd_rest(&rd), family, &update->mp_reach))
		reset_mp(reading, code, BGP_UPDATE_OPTIONAL_ATTR,
			 "a prefix in MP_REACH_NLRI does not parse");
}

static void read_mp_unreach(struct bgp_reading *reading, uint8_t code, struct octets value)
{
	struct rd rd = rd_of_octets(value);
	enum family family;

	if (value.len_octets < 3) {
		reset_mp(reading, code, BGP_UPDATE_OPTIONAL_ATTR, "MP_UNREACH_NLRI is cut short");
		return;
	}
	if (!mp_family(reading, &rd, &family))
		return;
	reading->seen->mp_unreach_is_empty = !rd_more(&rd);
	if (!bgp_nlri_check(rd_rest(&rd), family, &reading->update->mp_unreach))
		reset_mp(reading, code, BGP_UPDATE_OPTIONAL_ATTR,
			 "a prefix in MP_UNREACH_NLRI does not parse");
}

/* The codes we know how to read; LOCAL_PREF and its like are read no further than their flags. */
static const struct attr_rule rules[256] = {
	[BGP_ATTR_ORIGIN] = { WELL_KNOWN, BGP_WITHDRAW, 1, 1, 0, read_origin },
	[BGP_ATTR_AS_PATH] = { WELL_KNOWN, BGP_WITHDRAW, 0, UINT16_MAX, 0, read_as_path },
	[BGP_ATTR_NEXT_HOP] = { WELL_KNOWN, BGP_WITHDRAW, 4, 4, 0, read_next_hop },
	[BGP_ATTR_MED] = { OPTIONAL_ONLY, BGP_WITHDRAW, 4, 4, 0, read_med },
	[BGP_ATTR_LOCAL_PREF] = { WELL_KNOWN, BGP_DROP_ATTR, 0, UINT16_MAX, 0, NULL },
	[BGP_ATTR_ATOMIC_AGGREGATE] = { WELL_KNOWN, BGP_DROP_ATTR, 0, 0, 0, read_atomic_aggregate },
	[BGP_ATTR_AGGREGATOR] = { OPTIONAL_TRANSITIVE, BGP_DROP_ATTR, 6, 8, 2, read_aggregator },
	[BGP_ATTR_COMMUNITIES] = { OPTIONAL_TRANSITIVE, BGP_WITHDRAW, BGP_COMMUNITY_OCTETS,
				   UINT16_MAX, BGP_COMMUNITY_OCTETS, read_communities },
	[BGP_ATTR_ORIGINATOR_ID] = { OPTIONAL_ONLY, BGP_DROP_ATTR, 0, UINT16_MAX, 0, NULL },
	[BGP_ATTR_CLUSTER_LIST] = { OPTIONAL_ONLY, BGP_DROP_ATTR, 0, UINT16_MAX, 0, NULL },
	[BGP_ATTR_MP_REACH] = { OPTIONAL_ONLY, BGP_RESET, 0, UINT16_MAX, 0, read_mp_reach },
	[BGP_ATTR_MP_UNREACH] = { OPTIONAL_ONLY, BGP_RESET, 0, UINT16_MAX, 0, read_mp_unreach },
	[BGP_ATTR_EXTENDED_COMMUNITIES] = { OPTIONAL_TRANSITIVE, BGP_WITHDRAW, BGP_EXTENDED_OCTETS,
					    UINT16_MAX, BGP_EXTENDED_OCTETS, read_extended },
	[BGP_ATTR_AS4_PATH] = { OPTIONAL_TRANSITIVE, BGP_DROP_ATTR, 6, UINT16_MAX, 2, read_as4 },
	[BGP_ATTR_AS4_AGGREGATOR] = { OPTIONAL_TRANSITIVE, BGP_DROP_ATTR, 8, 8, 0, read_as4 },
	[BGP_ATTR_EXTENDED_COMMUNITIES_IPV6] = { OPTIONAL_TRANSITIVE, BGP_WITHDRAW,
						 BGP_EXTENDED_IPV6_OCTETS, UINT16_MAX,
						 BGP_EXTENDED_IPV6_OCTETS, read_extended_ipv6 },
	[BGP_ATTR_LARGE_COMMUNITIES] = { OPTIONAL_TRANSITIVE, BGP_WITHDRAW, BGP_LARGE_OCTETS,
					 UINT16_MAX, BGP_LARGE_OCTETS, read_large },
	[BGP_ATTR_OTC] = { OPTIONAL_TRANSITIVE, BGP_WITHDRAW, 4, 4, 0, read_otc },
};

static bool is_known(uint8_t code)
{
	return rules[code].flags != 0;
}

/* RFC 4271 5 and 6.3: passed on when optional transitive, else dropped or fatal. */
static void read_unknown(struct bgp_reading *reading, uint8_t flags, uint8_t code,
			 struct octets value)
{
	struct bgp_seen *seen = reading->seen;

	if ((flags & BGP_FLAG_OPTIONAL) == 0) {
		bgp_update_reset(reading->update, BGP_UPDATE_UNKNOWN_WELL_KNOWN, code,
				 reading->whole, "an unknown attribute claims to be well-known");
		return;
	}
	if ((flags & BGP_FLAG_TRANSITIVE) == 0) {
		bgp_update_drop(reading->update, code);
		return;
	}
	if (seen->unknown_count == UNKNOWN_ATTRS_MAX) {
		bgp_update_blame(reading->update, BGP_WITHDRAW, code,
				 "too many unknown attributes");
		return;
	}
	uint32_t at = seen->unknown_count++;
	for (; at != 0 && seen->unknown_code[at - 1] > code; at--) {
		seen->unknown_code[at] = seen->unknown_code[at - 1];
		seen->unknown_value[at] = seen->unknown_value[at - 1];
	}
	seen->unknown_code[at] = code;
	seen->unknown_value[at] = value;
}

/* RFC 7606 3 c: wrong flags withdraw, but of an MP attribute they reset. */
static void flags_are_wrong(struct bgp_reading *reading, const struct attr_rule *rule, uint8_t code)
{
	if (rule->verdict == BGP_RESET)
		reset_mp(reading, code, BGP_UPDATE_ATTR_FLAGS, "MP attribute with wrong flags");
	else
		bgp_update_blame(reading->update, BGP_WITHDRAW, code, "wrong attribute flags");
}

/* True when the policy has settled it. */
static bool policy_settles(struct bgp_reading *reading, uint8_t code)
{
	switch ((enum bgp_attr_action)reading->policy->action[code]) {
	case BGP_ATTR_DISCARD:
		bgp_update_judge(reading->update, BGP_DROP_ATTR, code,
				 "the attribute does not belong on an exchange");
		return true;
	case BGP_ATTR_WITHDRAW:
		bgp_update_judge(reading->update, BGP_WITHDRAW, code,
				 "routes with the attribute are not taken");
		return true;
	case BGP_ATTR_PASS:
		break;
	}
	return false;
}

static void known_read(struct bgp_reading *reading, uint8_t flags, uint8_t code,
		       struct octets value)
{
	const struct attr_rule *rule = &rules[code];
	uint8_t kind = flags & (BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE);
	bool partial_is_wrong = (flags & BGP_FLAG_PARTIAL) != 0 && (flags & BGP_FLAG_OPTIONAL) == 0;

	if (kind != rule->flags || partial_is_wrong) {
		flags_are_wrong(reading, rule, code);
		return;
	}
	if (rule->verdict != BGP_RESET && policy_settles(reading, code))
		return;
	if (value.len_octets < rule->len_min || value.len_octets > rule->len_max ||
	    (rule->multiple != 0 && value.len_octets % rule->multiple != 0))
		bgp_update_blame(reading->update, (enum bgp_verdict)rule->verdict, code,
				 "wrong attribute length");
	else if (rule->read != NULL)
		rule->read(reading, code, value);
}

static void attr_read(struct bgp_reading *reading, uint8_t flags, uint8_t code, struct octets value)
{
	if (is_known(code))
		known_read(reading, flags, code, value);
	else if (!policy_settles(reading, code))
		read_unknown(reading, flags, code, value);
}

/* True when the code was there before: RFC 7606 3 g keeps the first, but two MP attributes reset.
 * */
static bool seen_before(struct bgp_reading *reading, uint8_t code)
{
	struct bgp_seen *seen = reading->seen;

	if (!bgp_seen_has(seen, code)) {
		seen->bits[code / 64] |= UINT64_C(1) << (code % 64);
		seen->count++;
		return false;
	}
	if (code == BGP_ATTR_MP_REACH || code == BGP_ATTR_MP_UNREACH)
		reset_mp(reading, code, BGP_UPDATE_MALFORMED_LIST, "an MP attribute stands twice");
	else
		bgp_update_blame(reading->update, BGP_DROP_ATTR, code,
				 "the attribute stands twice");
	return true;
}

static void unknown_join(struct bgp_reading *reading)
{
	struct wr *scratch = &reading->scratch;
	uint32_t mark = wr_mark(scratch);

	for (uint32_t i = 0; i < reading->seen->unknown_count; i++) {
		struct octets value = reading->seen->unknown_value[i];
		bool is_long = value.len_octets > UINT8_MAX;
		wr_u8(scratch, (uint32_t)(OPTIONAL_TRANSITIVE | BGP_FLAG_PARTIAL) |
				       (is_long ? (uint32_t)BGP_FLAG_EXTENDED_LENGTH : 0u));
		wr_u8(scratch, reading->seen->unknown_code[i]);
		if (is_long)
			wr_u16(scratch, value.len_octets);
		else
			wr_u8(scratch, value.len_octets);
		wr_octets(scratch, value);
	}
	if (wr_ok(scratch))
		reading->update->attrs.unknown = octets_of(scratch->start + mark,
							   scratch->pos - mark);
}

/* RFC 7606 4: what is behind cannot be read; when that is prefixes, nobody knows which. */
static void list_is_cut(struct bgp_reading *reading, uint8_t code)
{
	if (code == BGP_ATTR_MP_REACH || code == BGP_ATTR_MP_UNREACH)
		reset_mp(reading, code, BGP_UPDATE_MALFORMED_LIST,
			 "an MP attribute is longer than its list");
	else
		bgp_update_blame(reading->update, BGP_WITHDRAW, code,
				 "an attribute is longer than its list");
}

void bgp_update_attrs_read(struct octets attrs, const struct bgp_update_mode *mode,
			   struct bgp_seen *seen, struct bgp_update *out)
{
	struct rd rd = rd_of_octets(attrs);
	struct bgp_reading reading = { .mode = mode,
				       .policy = mode->policy != NULL ? mode->policy :
									&bgp_attr_policy_default,
				       .seen = seen,
				       .update = out,
				       .scratch = wr_of(mode->scratch, BGP_UPDATE_SCRATCH_OCTETS) };

	while (rd_more(&rd)) {
		uint32_t at = rd.pos;
		uint8_t flags = rd_u8(&rd);
		uint8_t code = rd_u8(&rd);
		uint32_t len = (flags & BGP_FLAG_EXTENDED_LENGTH) != 0 ? rd_u16(&rd) : rd_u8(&rd);
		struct octets value = rd_take(&rd, len);
		if (!rd_ok(&rd)) {
			list_is_cut(&reading, code);
			break;
		}
		reading.whole = octets_of(attrs.at + at, rd.pos - at);
		if (!seen_before(&reading, code))
			attr_read(&reading, flags, code, value);
	}
	bgp_update_path_judge(&reading);
	if (seen->unknown_count != 0)
		unknown_join(&reading);
	if (!wr_ok(&reading.scratch))
		bgp_update_blame(out, BGP_WITHDRAW, 0, "the attributes take too much room");
}
