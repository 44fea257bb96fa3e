/* tables/mrt_attrs.c — the attributes of a route in an MRT record.
 *
 * bgp/update_attrs.h reads and judges them, told that no family was negotiated so that it leaves
 * the MP attributes alone: TABLE_DUMP_V2 has MP_REACH_NLRI in the abbreviated form of RFC 6396
 * 4.3.4, next-hop-length(8) next-hop, while some writers put the whole attribute there.  The two
 * cannot be confused: the whole form begins with the high octet of an AFI, which is 0, and no next
 * hop is of length 0.
 *
 * Flags in a table are the collector's, and there are route servers whose dumps have none.  They
 * say nothing about the route, so they are set right before the attributes are judged; in an UPDATE
 * they are the peer's and are judged as they came. */
#include "base/mem.h"
#include "base/wr.h"
#include "tables/reader.h"

#define FLAGS_WELL_KNOWN BGP_FLAG_TRANSITIVE
#define FLAGS_OPTIONAL BGP_FLAG_OPTIONAL
#define FLAGS_KIND (BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE)

/* Of the attributes that mean something here; 0 = left as they are. */
static const uint8_t flags_right[UINT8_MAX + 1] = {
	[BGP_ATTR_ORIGIN] = FLAGS_WELL_KNOWN,
	[BGP_ATTR_AS_PATH] = FLAGS_WELL_KNOWN,
	[BGP_ATTR_NEXT_HOP] = FLAGS_WELL_KNOWN,
	[BGP_ATTR_MED] = FLAGS_OPTIONAL,
	[BGP_ATTR_LOCAL_PREF] = FLAGS_WELL_KNOWN,
	[BGP_ATTR_ATOMIC_AGGREGATE] = FLAGS_WELL_KNOWN,
	[BGP_ATTR_AGGREGATOR] = FLAGS_KIND,
	[BGP_ATTR_COMMUNITIES] = FLAGS_KIND,
	[BGP_ATTR_ORIGINATOR_ID] = FLAGS_OPTIONAL,
	[BGP_ATTR_CLUSTER_LIST] = FLAGS_OPTIONAL,
	[BGP_ATTR_MP_REACH] = FLAGS_OPTIONAL,
	[BGP_ATTR_MP_UNREACH] = FLAGS_OPTIONAL,
	[BGP_ATTR_EXTENDED_COMMUNITIES] = FLAGS_KIND,
	[BGP_ATTR_AS4_PATH] = FLAGS_KIND,
	[BGP_ATTR_AS4_AGGREGATOR] = FLAGS_KIND,
	[BGP_ATTR_EXTENDED_COMMUNITIES_IPV6] = FLAGS_KIND,
	[BGP_ATTR_LARGE_COMMUNITIES] = FLAGS_KIND,
	[BGP_ATTR_OTC] = FLAGS_KIND,
};

/* What RFC 7606 refuses for a malformed route is passed over here; a bound of an exchange on the
 * length of a path is the exchange's to apply. */
static struct bgp_update_mode mode_of(struct table_reader *reader, bool as4)
{
	return (struct bgp_update_mode){ .as4 = as4,
					 .path_asns_max = UINT16_MAX,
					 .communities_max = TABLE_COMMUNITIES_MAX,
					 .scratch = reader->scratch };
}

static bool mp_reach_read(struct octets value, struct table_mp *mp)
{
	struct rd rd = rd_of_octets(value);

	*mp = (struct table_mp){ .present = true };
	if (value.len_octets != 0 && value.at[0] != 0) {
		mp->next_hop = rd_take(&rd, rd_u8(&rd));
		return rd_done(&rd);
	}
	mp->afi = rd_u16(&rd);
	mp->safi = rd_u8(&rd);
	mp->next_hop = rd_take(&rd, rd_u8(&rd));
	rd_skip(&rd, 1);
	mp->nlri = rd_rest(&rd);
	return rd_ok(&rd);
}

static bool mp_unreach_read(struct octets value, struct table_mp *mp)
{
	struct rd rd = rd_of_octets(value);

	*mp = (struct table_mp){ .present = true, .afi = rd_u16(&rd), .safi = rd_u8(&rd) };
	mp->nlri = rd_rest(&rd);
	return rd_ok(&rd);
}

static uint8_t flags_wrong(uint8_t flags, uint8_t code)
{
	uint8_t right = flags_right[code];

	if (right == 0)
		return 0;
	uint8_t judged = FLAGS_KIND;
	if ((right & BGP_FLAG_OPTIONAL) == 0)
		judged |= BGP_FLAG_PARTIAL;
	return (flags ^ right) & judged;
}

struct attr {
	uint8_t flags;
	uint8_t code;
	struct octets value;
};

/* False when the list is cut; the reader of attributes tells it. */
static bool attr_next(struct rd *rd, struct attr *attr)
{
	attr->flags = rd_u8(rd);
	attr->code = rd_u8(rd);
	attr->value = rd_take(rd, (attr->flags & BGP_FLAG_EXTENDED_LENGTH) != 0 ? rd_u16(rd) :
										  rd_u8(rd));
	return rd_ok(rd);
}

static struct octets flags_mend(struct table_reader *reader, struct octets attrs)
{
	struct rd rd = rd_of_octets(attrs);
	struct wr wr = wr_of(reader->mended, sizeof reader->mended);
	struct attr attr;

	while (rd_more(&rd) && attr_next(&rd, &attr)) {
		bool is_long = (attr.flags & BGP_FLAG_EXTENDED_LENGTH) != 0;
		wr_u8(&wr, attr.flags ^ flags_wrong(attr.flags, attr.code));
		wr_u8(&wr, attr.code);
		if (is_long)
			wr_u16(&wr, attr.value.len_octets);
		else
			wr_u8(&wr, attr.value.len_octets);
		wr_octets(&wr, attr.value);
	}
	/* No longer than what a length of 16 bits gave. */
	return rd_done(&rd) && wr_ok(&wr) ? wr_octets_of(&wr) : attrs;
}

/* Finds the two MP attributes, and whether flags are wrong. */
static const char *attrs_scan(struct table_reader *reader, struct octets attrs,
			      bool *flags_are_wrong)
{
	struct rd rd = rd_of_octets(attrs);
	struct attr attr;

	reader->mp_reach.present = false;
	reader->mp_unreach.present = false;
	while (rd_more(&rd) && attr_next(&rd, &attr)) {
		uint8_t code = attr.code;
		struct octets value = attr.value;
		*flags_are_wrong |= flags_wrong(attr.flags, code) != 0;
		if (code == BGP_ATTR_MP_REACH && !mp_reach_read(value, &reader->mp_reach))
			return "MP_REACH_NLRI is malformed";
		if (code == BGP_ATTR_MP_UNREACH && !mp_unreach_read(value, &reader->mp_unreach))
			return "MP_UNREACH_NLRI is malformed";
	}
	return NULL;
}

const char *table_attrs_read(struct table_reader *reader, struct octets attrs, bool as4,
			     bool is_table)
{
	struct bgp_update_mode mode = mode_of(reader, as4);
	bool flags_are_wrong = false;
	const char *why = attrs_scan(reader, attrs, &flags_are_wrong);

	if (why != NULL)
		return why;
	if (is_table && flags_are_wrong) {
		attrs = flags_mend(reader, attrs);
		reader->counts->mended_routes++;
	}
	bgp_seen_init(&reader->seen);
	reader->update = (struct bgp_update){ 0 };
	bgp_update_attrs_read(attrs, &mode, &reader->seen, &reader->update);
	if (reader->update.verdict >= BGP_WITHDRAW)
		return reader->update.fault_text;
	/* Widened, a path of two-octet ASNs can outgrow what an attribute holds. */
	if (reader->update.attrs.as_path.len_octets > UINT16_MAX)
		return "AS_PATH is too long";
	return NULL;
}

bool table_attrs_mp_next_hop(struct table_reader *reader)
{
	struct bgp_attrs *attrs = &reader->update.attrs;
	struct octets next_hop = reader->mp_reach.next_hop;

	if (next_hop.len_octets != 4 && next_hop.len_octets != 16 && next_hop.len_octets != 32)
		return false;
	attrs->next_hop_len_octets = (uint8_t)next_hop.len_octets;
	mem_copy(attrs->next_hop, next_hop.at, next_hop.len_octets);
	return true;
}
