/* bgp/attrs.c — packing and the facts of a path.
 *
 * Packed form: flags(8) origin(8) next-hop-length(8) next-hop, MED(32), OTC(32) and the attribute
 * at fault(8) where flagged, path facts, then each stretch as length(16) octets in a fixed
 * order. */
#include "bgp/attrs.h"

#include "base/mem.h"

enum packed_flag {
	PACKED_MED = 1,
	PACKED_ATOMIC = 2,
	PACKED_OTC = 4,
	PACKED_SET = 8,
	PACKED_CONFEDERATION = 16,
	PACKED_MALFORMED = 32,
};

static void stretch_pack(struct octets octets, struct wr *out)
{
	wr_u16(out, octets.len_octets);
	wr_octets(out, octets);
}

void bgp_attrs_pack(const struct bgp_attrs *attrs, struct wr *out)
{
	uint32_t flags = (attrs->has_med ? PACKED_MED : 0u) |
			 (attrs->atomic_aggregate ? PACKED_ATOMIC : 0u) |
			 (attrs->has_otc ? PACKED_OTC : 0u) |
			 (attrs->has_as_set ? PACKED_SET : 0u) |
			 (attrs->has_confederation ? PACKED_CONFEDERATION : 0u) |
			 (attrs->is_malformed ? PACKED_MALFORMED : 0u);

	wr_u8(out, flags);
	wr_u8(out, attrs->origin);
	wr_u8(out, attrs->next_hop_len_octets);
	wr_octets(out, octets_of(attrs->next_hop, attrs->next_hop_len_octets));
	if (attrs->has_med)
		wr_u32(out, attrs->med);
	if (attrs->has_otc)
		wr_u32(out, attrs->otc);
	if (attrs->is_malformed)
		wr_u8(out, attrs->fault_attr);
	wr_u16(out, attrs->path_len);
	wr_u16(out, attrs->path_asn_count);
	wr_u32(out, attrs->first_asn);
	wr_u32(out, attrs->origin_asn);
	stretch_pack(attrs->as_path, out);
	stretch_pack(attrs->communities, out);
	stretch_pack(attrs->large, out);
	stretch_pack(attrs->aggregator, out);
	stretch_pack(attrs->extended, out);
	stretch_pack(attrs->extended_ipv6, out);
	stretch_pack(attrs->unknown, out);
}

static struct octets stretch_unpack(struct rd *rd)
{
	return rd_take(rd, rd_u16(rd));
}

struct fault bgp_attrs_unpack(struct octets packed, struct bgp_attrs *out)
{
	struct rd rd = rd_of_octets(packed);
	uint8_t flags = rd_u8(&rd);

	*out = (struct bgp_attrs){ .origin = rd_u8(&rd), .next_hop_len_octets = rd_u8(&rd) };
	if (out->next_hop_len_octets > sizeof out->next_hop)
		return fault_at(FAULT_MALFORMED, 0, rd.pos);
	rd_copy(&rd, out->next_hop, out->next_hop_len_octets);
	out->has_med = (flags & PACKED_MED) != 0;
	out->atomic_aggregate = (flags & PACKED_ATOMIC) != 0;
	out->has_otc = (flags & PACKED_OTC) != 0;
	out->has_as_set = (flags & PACKED_SET) != 0;
	out->has_confederation = (flags & PACKED_CONFEDERATION) != 0;
	if (out->has_med)
		out->med = rd_u32(&rd);
	if (out->has_otc)
		out->otc = rd_u32(&rd);
	out->is_malformed = (flags & PACKED_MALFORMED) != 0;
	if (out->is_malformed)
		out->fault_attr = rd_u8(&rd);
	out->path_len = rd_u16(&rd);
	out->path_asn_count = rd_u16(&rd);
	out->first_asn = rd_u32(&rd);
	out->origin_asn = rd_u32(&rd);
	out->as_path = stretch_unpack(&rd);
	out->communities = stretch_unpack(&rd);
	out->large = stretch_unpack(&rd);
	out->aggregator = stretch_unpack(&rd);
	out->extended = stretch_unpack(&rd);
	out->extended_ipv6 = stretch_unpack(&rd);
	out->unknown = stretch_unpack(&rd);
	return rd_done(&rd) ? fault_none() : fault_at(FAULT_MALFORMED, 0, rd.pos);
}

/* One segment's ASNs; false when one is 0. */
static bool segment_facts(struct bgp_attrs *attrs, struct rd *asns, uint8_t type, bool is_first)
{
	uint32_t asn = 0;

	for (bool at_start = true; rd_more(asns); at_start = false) {
		asn = rd_u32(asns);
		if (asn == 0)
			return false;
		if (is_first && at_start && type == BGP_SEGMENT_SEQUENCE)
			attrs->first_asn = asn;
		attrs->path_asn_count++;
		if (type == BGP_SEGMENT_SEQUENCE)
			attrs->path_len++;
	}
	attrs->origin_asn = type == BGP_SEGMENT_SEQUENCE ? asn : 0;
	if (type == BGP_SEGMENT_SET)
		attrs->path_len++;
	attrs->has_as_set |= type == BGP_SEGMENT_SET || type == BGP_SEGMENT_CONFED_SET;
	attrs->has_confederation |= type == BGP_SEGMENT_CONFED_SEQUENCE ||
				    type == BGP_SEGMENT_CONFED_SET;
	return rd_ok(asns);
}

struct fault bgp_attrs_path_facts(struct bgp_attrs *attrs)
{
	struct rd rd = rd_of_octets(attrs->as_path);

	attrs->path_len = 0;
	attrs->path_asn_count = 0;
	attrs->first_asn = 0;
	attrs->origin_asn = 0;
	attrs->has_as_set = false;
	attrs->has_confederation = false;
	for (bool is_first = true; rd_more(&rd); is_first = false) {
		uint32_t at = rd.pos;
		uint8_t type = rd_u8(&rd);
		uint8_t count = rd_u8(&rd);
		struct rd asns = rd_sub(&rd, count * 4u);
		if (!rd_ok(&rd))
			return fault_at(FAULT_SHORT, 0, at);
		if (type < BGP_SEGMENT_SET || type > BGP_SEGMENT_CONFED_SET || count == 0)
			return fault_at(FAULT_MALFORMED, 0, at);
		if (!segment_facts(attrs, &asns, type, is_first))
			return fault_at(FAULT_MALFORMED, 0, at);
	}
	return fault_none();
}

struct address bgp_attrs_next_hop(const struct bgp_attrs *attrs)
{
	struct address address = { .family = attrs->next_hop_len_octets == 4 ? FAMILY_IPV4 :
									       FAMILY_IPV6 };

	mem_copy(address.octet, attrs->next_hop, attrs->next_hop_len_octets == 4 ? 4 : 16);
	return address;
}

struct bgp_path_walk bgp_path_walk_of(struct octets as_path)
{
	return (struct bgp_path_walk){ .rd = rd_of_octets(as_path) };
}

bool bgp_path_walk_next(struct bgp_path_walk *walk, uint32_t *asn)
{
	while (walk->left == 0) {
		if (!rd_more(&walk->rd))
			return false;
		walk->segment = rd_u8(&walk->rd);
		walk->left = rd_u8(&walk->rd);
	}
	*asn = rd_u32(&walk->rd);
	walk->left--;
	return rd_ok(&walk->rd);
}
