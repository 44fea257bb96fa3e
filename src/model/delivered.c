/* model/delivered.c — what is changed on the way out, and nothing else: prepends that were asked
 * for, the exchange's own communities taken off, OTC added, a blackhole's next hop and NO_EXPORT, a
 * next hop that the receiver can use.  RFC 7947 2.2, RFC 9234 5, RFC 7999 3.2, RFC 8950. */
#include "base/check.h"
#include "model/inside.h"
#include "model/next_hop.h"
#include "model/steer.h"

#define SEGMENT_ASNS_MAX 255u

/* The sender's AS number `prepends` times more, in the first sequence where there is room. */
static struct octets path_prepended(struct octets path, uint32_t asn, uint32_t prepends,
				    struct wr *out)
{
	struct rd rd = rd_of_octets(path);
	uint32_t mark = wr_mark(out);

	if (prepends == 0)
		return path;
	uint8_t type = rd_u8(&rd);
	uint8_t count = rd_u8(&rd);
	if (type == BGP_SEGMENT_SEQUENCE && count + prepends <= SEGMENT_ASNS_MAX) {
		wr_u8(out, type);
		wr_u8(out, count + prepends);
	} else {
		wr_u8(out, BGP_SEGMENT_SEQUENCE);
		wr_u8(out, prepends);
		rd = rd_of_octets(path);
	}
	for (uint32_t i = 0; i < prepends; i++)
		wr_u32(out, asn);
	wr_octets(out, rd_rest(&rd));
	return octets_of(out->start + mark, out->pos - mark);
}

static struct octets standard_left(const struct plan *plan, const struct bgp_attrs *attrs,
				   bool is_blackhole, struct wr *out)
{
	struct rd rd = rd_of_octets(attrs->communities);
	uint32_t mark = wr_mark(out);

	while (rd_more(&rd)) {
		uint16_t high = rd_u16(&rd);
		uint16_t low = rd_u16(&rd);
		if (steer_is_own_standard(plan, high, low))
			continue;
		wr_u16(out, high);
		wr_u16(out, low);
	}
	if (is_blackhole && !steer_has_standard(attrs, 0xffff, 0xff01)) {
		wr_u16(out, 0xffff);
		wr_u16(out, 0xff01);
	}
	return octets_of(out->start + mark, out->pos - mark);
}

static struct octets large_left(const struct plan *plan, const struct bgp_attrs *attrs,
				struct wr *out)
{
	struct rd rd = rd_of_octets(attrs->large);
	uint32_t mark = wr_mark(out);

	while (rd_more(&rd)) {
		struct octets item = rd_take(&rd, 12);
		struct rd inside = rd_of_octets(item);
		if (!steer_is_own_large(plan, rd_u32(&inside)))
			wr_octets(out, item);
	}
	return octets_of(out->start + mark, out->pos - mark);
}

static void next_hop_replace(struct bgp_attrs *attrs, struct octets octets)
{
	attrs->next_hop_len_octets = (uint8_t)octets.len_octets;
	for (uint32_t i = 0; i < sizeof attrs->next_hop; i++)
		attrs->next_hop[i] = i < octets.len_octets ? octets.at[i] : 0;
}

void model_delivered(const struct model *model, const struct model_path *path,
		     uint8_t scratch[MODEL_SCRATCH_OCTETS], struct bgp_attrs *out)
{
	const struct plan *plan = model->plan;
	const struct plan_session *from = plan_session_of(plan, path->from);
	const struct plan_session *to = plan_session_of(plan, path->to);
	struct wr wr = wr_of(scratch, MODEL_SCRATCH_OCTETS);
	struct model_next_hop told = { 0 };
	enum family family = (enum family)path->prefix.family;

	*out = model->set[path->set_number].attrs;
	bool is_blackhole = steer_has_standard(out, 65535, 666);
	if (family == FAMILY_IPV4)
		(void)model_next_hop(plan, out, to,
				     model->session[path->to.index].extended_next_hop, &told);
	out->as_path = path_prepended(out->as_path, from->asn, path->prepend_count, &wr);
	struct octets standard = standard_left(plan, out, is_blackhole, &wr);
	struct octets large = large_left(plan, out, &wr);
	out->communities = standard;
	out->large = large;
	if (plan->rules.add_otc && !out->has_otc) {
		out->has_otc = true;
		out->otc = plan->asn;
	}
	if (is_blackhole && plan->rules.has_blackhole_next_hop[family])
		next_hop_replace(out, address_octets_of(&plan->rules.blackhole_next_hop[family]));
	if (told.len_octets != 0)
		next_hop_replace(out, octets_of(told.octet, told.len_octets));
	CHECK(wr_ok(&wr));
	CHECK(!failed(bgp_attrs_path_facts(out)));
}
