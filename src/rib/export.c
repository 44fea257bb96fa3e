/* rib/export.c — what receivers get to see of a set. */
#include "rib/export.h"

#include "base/check.h"

static void next_hop_fill(struct rib *rib, const struct bgp_wire_profile *wire,
			  const struct batch_item *item, bool is_blackhole,
			  struct export_room *room, struct bgp_export *out)
{
	const struct attr_set *set = attr_table_of(&rib->attrs, item->attr);
	const struct plan *plan = item->is_old ? rib->replan.before : rib->plan;
	struct plan_next_hop next_hop = item->is_old ? set->next_hop_old : set->next_hop;

	if (is_blackhole && plan->rules.has_blackhole_next_hop[wire->family])
		out->next_hop = address_octets_of(&plan->rules.blackhole_next_hop[wire->family]);
	if (wire->family != FAMILY_IPV4 || next_hop.row == 0)
		return;
	room->next_hop = plan_next_hop_form(plan, next_hop, wire->extended_next_hop);
	if (room->next_hop.len_octets != 0)
		out->next_hop = octets_of(room->next_hop.octet, room->next_hop.len_octets);
}

void export_fill(struct rib *rib, const struct bgp_wire_profile *wire,
		 const struct batch_item *item, struct export_room *room, struct bgp_export *out)
{
	const struct attr_set *set = attr_table_of(&rib->attrs, item->attr);
	const struct plan *plan = rib->plan;
	struct bgp_attrs *attrs = &room->attrs;
	struct wr wr = wr_of(rib->scratch, sizeof rib->scratch);

	CHECK(!failed(bgp_attrs_unpack(attr_set_packed(set), attrs)));
	*out = (struct bgp_export){ .attrs = attrs,
				    .communities = attrs->communities,
				    .large = attrs->large,
				    .prepend_count = item->prepend_count,
				    .prepend_asn = attrs->first_asn,
				    .add_otc = plan->rules.add_otc,
				    .otc = plan->asn };
	if (rules_has_own_extended(plan, attrs)) {
		out->replace_extended = true;
		out->extended = rules_export_extended(plan, attrs, &wr);
	}
	bool is_blackhole = set->audience != NULL && rules_is_blackhole(attrs);
	next_hop_fill(rib, wire, item, is_blackhole, room, out);
	if (set->audience == NULL && attrs->large.len_octets == 0)
		return;
	out->communities = rules_export_communities(plan, attrs, is_blackhole, &wr);
	out->large = rules_export_large(plan, attrs, &wr);
}
