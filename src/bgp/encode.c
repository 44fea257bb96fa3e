/* bgp/encode.c — UPDATE messages out.
 *
 * MP_REACH_NLRI stands first but grows last.  So the attributes behind it are written first, parked
 * at the end of the room the message may take, and moved down when the last prefix is in. */
#include "bgp/encode.h"

#include "base/check.h"
#include "base/mem.h"
#include "bgp/family.h"

#define OPTIONAL_TRANSITIVE ((uint32_t)(BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE))
#define SEGMENT_ASNS_MAX 255u

static void attr_header(struct wr *out, uint32_t flags, uint32_t code, uint32_t len_octets)
{
	bool is_long = len_octets > UINT8_MAX;

	wr_u8(out, flags | (is_long ? (uint32_t)BGP_FLAG_EXTENDED_LENGTH : 0u));
	wr_u8(out, code);
	if (is_long)
		wr_u16(out, len_octets);
	else
		wr_u8(out, len_octets);
}

static void attr_write(struct wr *out, uint32_t flags, uint32_t code, struct octets value)
{
	if (value.len_octets == 0)
		return;
	attr_header(out, flags, code, value.len_octets);
	wr_octets(out, value);
}

static void asn_write(struct wr *out, uint32_t asn, bool as4)
{
	if (as4)
		wr_u32(out, asn);
	else
		wr_u16(out, asn > UINT16_MAX ? BGP_AS_TRANS : asn);
}

/* The path's segments with the prepends in front, merged into the first sequence where they fit. */
static void path_segments(struct wr *out, const struct bgp_export *export, bool as4)
{
	struct rd rd = rd_of_octets(export->attrs->as_path);
	uint32_t left = export->prepend_count;
	bool is_first = true;

	while (rd_more(&rd) || left != 0) {
		uint8_t type = rd_more(&rd) ? rd_u8(&rd) : BGP_SEGMENT_SEQUENCE;
		uint8_t count = rd_more(&rd) ? rd_u8(&rd) : 0;
		struct rd asns = rd_sub(&rd, count * 4u);
		bool merges = is_first && type == BGP_SEGMENT_SEQUENCE &&
			      count + left <= SEGMENT_ASNS_MAX;
		if (is_first && left != 0 && !merges) {
			wr_u8(out, BGP_SEGMENT_SEQUENCE);
			wr_u8(out, left);
			for (uint32_t i = 0; i < left; i++)
				asn_write(out, export->prepend_asn, as4);
			left = 0;
		}
		wr_u8(out, type);
		wr_u8(out, count + left);
		for (; left != 0; left--)
			asn_write(out, export->prepend_asn, as4);
		while (rd_more(&asns))
			asn_write(out, rd_u32(&asns), as4);
		is_first = false;
	}
}

/* True when an ASN of the path needs four octets. */
static bool path_is_wide(const struct bgp_export *export)
{
	struct bgp_path_walk walk = bgp_path_walk_of(export->attrs->as_path);
	uint32_t asn = export->prepend_count == 0 ? 0 : export->prepend_asn;

	do {
		if (asn > UINT16_MAX)
			return true;
	} while (bgp_path_walk_next(&walk, &asn));
	return false;
}

static void path_write(struct wr *out, const struct bgp_export *export, uint32_t code, bool as4)
{
	uint32_t flags = code == BGP_ATTR_AS_PATH ? (uint32_t)BGP_FLAG_TRANSITIVE :
						    OPTIONAL_TRANSITIVE;
	uint32_t longest = export->attrs->as_path.len_octets + export->prepend_count * 4u + 2u;
	uint32_t mark = wr_mark(out);
	bool is_long = longest > UINT8_MAX;

	attr_header(out, flags, code, is_long ? UINT16_MAX : 0);
	uint32_t start = wr_mark(out);
	path_segments(out, export, as4);
	if (is_long)
		wr_fill_u16(out, mark + 2, wr_mark(out) - start);
	else
		wr_fill_u8(out, mark + 2, wr_mark(out) - start);
}

static void aggregator_write(struct wr *out, const struct bgp_attrs *attrs, bool as4)
{
	struct rd rd = rd_of_octets(attrs->aggregator);

	if (attrs->aggregator.len_octets == 0)
		return;
	attr_header(out, OPTIONAL_TRANSITIVE, BGP_ATTR_AGGREGATOR, as4 ? 8 : 6);
	asn_write(out, rd_u32(&rd), as4);
	wr_u32(out, rd_u32(&rd));
}

/* RFC 6793 4.2.2: what a two-octet speaker cannot read rides along for those behind it. */
static void as4_write(struct wr *out, const struct bgp_export *export)
{
	struct rd rd = rd_of_octets(export->attrs->aggregator);

	if (path_is_wide(export) && !export->attrs->has_confederation)
		path_write(out, export, BGP_ATTR_AS4_PATH, true);
	if (rd_more(&rd) && rd_u32(&rd) > UINT16_MAX)
		attr_write(out, OPTIONAL_TRANSITIVE, BGP_ATTR_AS4_AGGREGATOR,
			   export->attrs->aggregator);
}

/* Unknown attributes keep their codes' order among the others: all known ones but OTC and LARGE are
 * below any that is passed on unknown, save a few; those are put where they belong. */
static void unknown_write(struct wr *out, struct octets unknown, uint32_t above, uint32_t below)
{
	struct rd rd = rd_of_octets(unknown);

	while (rd_more(&rd)) {
		uint32_t at = rd.pos;
		uint8_t flags = rd_u8(&rd);
		uint8_t code = rd_u8(&rd);
		rd_skip(&rd, (flags & BGP_FLAG_EXTENDED_LENGTH) != 0 ? rd_u16(&rd) : rd_u8(&rd));
		if (rd_ok(&rd) && code > above && code < below)
			wr_octets(out, octets_of(unknown.at + at, rd.pos - at));
	}
}

static struct octets next_hop_of(const struct bgp_export *export)
{
	const struct bgp_attrs *attrs = export->attrs;

	return export->next_hop.len_octets != 0 ?
		       export->next_hop :
		       octets_of(attrs->next_hop, attrs->next_hop_len_octets);
}

static void next_hop_write(struct wr *out, const struct bgp_export *export)
{
	attr_header(out, BGP_FLAG_TRANSITIVE, BGP_ATTR_NEXT_HOP, 4);
	wr_octets(out, next_hop_of(export));
}

static void attrs_write(struct wr *out, const struct bgp_export *export, bool as4, bool is_mp)
{
	const struct bgp_attrs *attrs = export->attrs;
	struct octets unknown = attrs->unknown;

	attr_header(out, BGP_FLAG_TRANSITIVE, BGP_ATTR_ORIGIN, 1);
	wr_u8(out, attrs->origin);
	path_write(out, export, BGP_ATTR_AS_PATH, as4);
	if (!is_mp)
		next_hop_write(out, export);
	if (attrs->has_med) {
		attr_header(out, BGP_FLAG_OPTIONAL, BGP_ATTR_MED, 4);
		wr_u32(out, attrs->med);
	}
	if (attrs->atomic_aggregate)
		attr_header(out, BGP_FLAG_TRANSITIVE, BGP_ATTR_ATOMIC_AGGREGATE, 0);
	aggregator_write(out, attrs, as4);
	attr_write(out, OPTIONAL_TRANSITIVE, BGP_ATTR_COMMUNITIES, export->communities);
	attr_write(out, OPTIONAL_TRANSITIVE, BGP_ATTR_EXTENDED_COMMUNITIES,
		   export->replace_extended ? export->extended : attrs->extended);
	if (!as4)
		as4_write(out, export);
	unknown_write(out, unknown, 0, BGP_ATTR_EXTENDED_COMMUNITIES_IPV6);
	attr_write(out, OPTIONAL_TRANSITIVE, BGP_ATTR_EXTENDED_COMMUNITIES_IPV6,
		   attrs->extended_ipv6);
	unknown_write(out, unknown, BGP_ATTR_EXTENDED_COMMUNITIES_IPV6, BGP_ATTR_LARGE_COMMUNITIES);
	attr_write(out, OPTIONAL_TRANSITIVE, BGP_ATTR_LARGE_COMMUNITIES, export->large);
	unknown_write(out, unknown, BGP_ATTR_LARGE_COMMUNITIES, BGP_ATTR_OTC);
	if (attrs->has_otc || export->add_otc) {
		attr_header(out, OPTIONAL_TRANSITIVE, BGP_ATTR_OTC, 4);
		wr_u32(out, attrs->has_otc ? attrs->otc : export->otc);
	}
	unknown_write(out, unknown, BGP_ATTR_OTC, UINT8_MAX + 1u);
}

/* The frame up to the attributes. */
static void message_start(struct bgp_encoder *encoder, struct wr *out,
			  const struct bgp_wire_profile *profile)
{
	uint32_t room = bgp_profile_message_max(profile);

	*encoder = (struct bgp_encoder){ .out = out, .profile = *profile };
	encoder->limit = wr_left(out) < room ? wr_mark(out) + wr_left(out) : wr_mark(out) + room;
	encoder->mark = bgp_message_begin(out, BGP_UPDATE);
}

static void mp_begin(struct bgp_encoder *encoder, uint32_t code)
{
	struct wr *out = encoder->out;

	encoder->is_mp = true;
	wr_u8(out, BGP_FLAG_OPTIONAL | BGP_FLAG_EXTENDED_LENGTH);
	wr_u8(out, code);
	encoder->mp_mark = wr_mark(out);
	wr_u16(out, 0);
	wr_u16(out, bgp_family_afi(encoder->profile.family));
	wr_u8(out, BGP_SAFI_UNICAST);
}

static struct fault began(struct bgp_encoder *encoder)
{
	if (wr_ok(encoder->out) && encoder->out->pos + encoder->tail_octets < encoder->limit)
		return fault_none();
	bgp_encode_cancel(encoder);
	return fault_of(FAULT_LIMIT, 0);
}

struct fault bgp_encode_announce_begin(struct bgp_encoder *encoder, struct wr *out,
				       const struct bgp_wire_profile *profile,
				       const struct bgp_export *export)
{
	struct octets next_hop = next_hop_of(export);
	bool is_mp = profile->family == FAMILY_IPV6 || next_hop.len_octets != 4;

	message_start(encoder, out, profile);
	wr_u16(out, 0);
	encoder->attrs_mark = wr_mark(out);
	wr_u16(out, 0);
	uint32_t start = wr_mark(out);
	attrs_write(out, export, profile->as4, is_mp);
	if (!wr_ok(out) || out->pos >= encoder->limit) {
		bgp_encode_cancel(encoder);
		return fault_of(FAULT_LIMIT, 0);
	}
	if (!is_mp) {
		wr_fill_u16(out, encoder->attrs_mark, out->pos - start);
		return began(encoder);
	}
	encoder->tail_octets = out->pos - start;
	mem_move(out->start + encoder->limit - encoder->tail_octets, out->start + start,
		 encoder->tail_octets);
	wr_rewind(out, start);
	if (encoder->limit - start < encoder->tail_octets + 9u + next_hop.len_octets) {
		bgp_encode_cancel(encoder);
		return fault_of(FAULT_LIMIT, 0);
	}
	mp_begin(encoder, BGP_ATTR_MP_REACH);
	wr_u8(out, next_hop.len_octets);
	wr_octets(out, next_hop);
	wr_u8(out, 0);
	return began(encoder);
}

struct fault bgp_encode_withdraw_begin(struct bgp_encoder *encoder, struct wr *out,
				       const struct bgp_wire_profile *profile)
{
	message_start(encoder, out, profile);
	encoder->is_withdraw = true;
	encoder->attrs_mark = wr_mark(out);
	wr_u16(out, 0);
	if (profile->family == FAMILY_IPV6) {
		encoder->attrs_mark = wr_mark(out);
		wr_u16(out, 0);
		mp_begin(encoder, BGP_ATTR_MP_UNREACH);
	} else {
		encoder->limit -= 2; /* the total attribute length behind the prefixes */
	}
	return began(encoder);
}

bool bgp_encode_prefix(struct bgp_encoder *encoder, uint32_t path_id, const struct prefix *prefix)
{
	struct wr *out = encoder->out;
	uint32_t need = prefix_nlri_octets(prefix) + (encoder->profile.addpath ? 4u : 0u);

	if (encoder->limit - encoder->tail_octets - out->pos < need)
		return false;
	if (encoder->profile.addpath)
		wr_u32(out, path_id);
	prefix_write_nlri(out, prefix);
	return true;
}

void bgp_encode_end(struct bgp_encoder *encoder)
{
	struct wr *out = encoder->out;

	if (encoder->is_mp) {
		wr_fill_u16(out, encoder->mp_mark, out->pos - encoder->mp_mark - 2u);
		mem_move(out->start + out->pos, out->start + encoder->limit - encoder->tail_octets,
			 encoder->tail_octets);
		out->pos += encoder->tail_octets;
		wr_fill_u16(out, encoder->attrs_mark, out->pos - encoder->attrs_mark - 2u);
	} else if (encoder->is_withdraw) {
		wr_fill_u16(out, encoder->attrs_mark, out->pos - encoder->attrs_mark - 2u);
		wr_u16(out, 0);
	}
	bgp_message_end(out, encoder->mark);
	CHECK(wr_ok(out));
}

void bgp_encode_cancel(struct bgp_encoder *encoder)
{
	wr_rewind(encoder->out, encoder->mark);
}

void bgp_encode_end_of_rib(struct wr *out, enum family family)
{
	uint32_t mark = bgp_message_begin(out, BGP_UPDATE);

	wr_u16(out, 0);
	if (family == FAMILY_IPV4) {
		wr_u16(out, 0);
	} else {
		wr_u16(out, 6);
		wr_u8(out, BGP_FLAG_OPTIONAL);
		wr_u8(out, BGP_ATTR_MP_UNREACH);
		wr_u8(out, 3);
		wr_u16(out, bgp_family_afi(family));
		wr_u8(out, BGP_SAFI_UNICAST);
	}
	bgp_message_end(out, mark);
}
