/* bgp/update_path.c — the path of an UPDATE, once all its attributes are known.
 *
 * A two-octet speaker says AS_TRANS for what it cannot write and carries the whole numbers along in
 * AS4_PATH and AS4_AGGREGATOR; here they come together again, in whatever order they stood. */
#include "bgp/update_attrs.h"

/* RFC 6793 6: confederation segments have no place in an AS4_PATH; the rest of it counts. */
static struct octets as4_path_clean(struct bgp_reading *reading, struct octets as4_path)
{
	struct rd rd = rd_of_octets(as4_path);
	uint32_t mark = wr_mark(&reading->scratch);

	while (rd_more(&rd)) {
		uint32_t at = rd.pos;
		uint8_t type = rd_u8(&rd);
		rd_skip(&rd, rd_u8(&rd) * 4u);
		if (!rd_ok(&rd))
			return as4_path; /* malformed: found out when it is walked */
		if (type == BGP_SEGMENT_CONFED_SEQUENCE || type == BGP_SEGMENT_CONFED_SET)
			bgp_update_blame(reading->update, BGP_DROP_ATTR, BGP_ATTR_AS4_PATH,
					 "AS4_PATH has a confederation segment");
		else
			wr_octets(&reading->scratch, octets_of(as4_path.at + at, rd.pos - at));
	}
	return octets_of(reading->scratch.start + mark, reading->scratch.pos - mark);
}

/* RFC 6793 4.2.3: as many leading ASNs of AS_PATH as AS4_PATH lacks, then AS4_PATH. */
static void as4_path_join(struct bgp_reading *reading, const struct bgp_attrs *as4)
{
	struct bgp_attrs *attrs = &reading->update->attrs;
	struct bgp_path_walk walk = bgp_path_walk_of(attrs->as_path);
	uint32_t lead = (uint32_t)attrs->path_len - as4->path_len;
	uint32_t mark = wr_mark(&reading->scratch);

	while (lead != 0) {
		uint32_t count = lead > UINT8_MAX ? UINT8_MAX : lead;
		wr_u8(&reading->scratch, BGP_SEGMENT_SEQUENCE);
		wr_u8(&reading->scratch, count);
		for (uint32_t i = 0, asn = 0; i < count && bgp_path_walk_next(&walk, &asn); i++)
			wr_u32(&reading->scratch, asn);
		lead -= count;
	}
	wr_octets(&reading->scratch, as4->as_path);
	if (wr_ok(&reading->scratch))
		attrs->as_path = octets_of(reading->scratch.start + mark,
					   reading->scratch.pos - mark);
	if (failed(bgp_attrs_path_facts(attrs)))
		bgp_update_blame(reading->update, BGP_WITHDRAW, BGP_ATTR_AS4_PATH,
				 "AS_PATH and AS4_PATH do not join");
}

static void as4_path_merge(struct bgp_reading *reading)
{
	struct bgp_attrs *attrs = &reading->update->attrs;
	struct bgp_attrs as4 = { 0 };

	if (reading->seen->as4_path.len_octets == 0)
		return;
	as4.as_path = as4_path_clean(reading, reading->seen->as4_path);
	if (failed(bgp_attrs_path_facts(&as4))) {
		bgp_update_blame(reading->update, BGP_DROP_ATTR, BGP_ATTR_AS4_PATH,
				 "AS4_PATH is malformed");
		return;
	}
	/* RFC 9774 3: a set in either path is one too many. */
	attrs->has_as_set |= as4.has_as_set;
	if (as4.path_len != 0 && as4.path_len <= attrs->path_len && !attrs->has_as_set)
		as4_path_join(reading, &as4);
}

/* RFC 6793 4.2.3: an AGGREGATOR of another AS than AS_TRANS was made behind the AS4 attributes:
 * neither of them counts any more. */
static void as4_merge(struct bgp_reading *reading)
{
	struct bgp_attrs *attrs = &reading->update->attrs;
	struct octets wide = reading->seen->as4_aggregator;
	struct rd rd = rd_of_octets(attrs->aggregator);

	if (wide.len_octets != 0 && rd_more(&rd)) {
		if (rd_u32(&rd) != BGP_AS_TRANS)
			return;
		struct rd wide_rd = rd_of_octets(wide);
		if (rd_u32(&wide_rd) != 0)
			attrs->aggregator = wide;
		else
			bgp_update_blame(reading->update, BGP_DROP_ATTR, BGP_ATTR_AS4_AGGREGATOR,
					 "AS4_AGGREGATOR is malformed");
	}
	as4_path_merge(reading);
}

/* What can be said only when all attributes are known. */
void bgp_update_path_judge(struct bgp_reading *reading)
{
	struct bgp_update *update = reading->update;

	if (failed(bgp_attrs_path_facts(&update->attrs))) {
		bgp_update_blame(update, BGP_WITHDRAW, BGP_ATTR_AS_PATH, "AS_PATH is malformed");
		return;
	}
	if (!reading->mode->as4)
		as4_merge(reading);
	if (update->attrs.path_asn_count > reading->mode->path_asns_max)
		bgp_update_blame(update, BGP_WITHDRAW, BGP_ATTR_AS_PATH, "AS_PATH is too long");
	if (update->attrs.has_confederation)
		bgp_update_blame(update, BGP_WITHDRAW, BGP_ATTR_AS_PATH,
				 "AS_PATH has a confederation segment");
}
