/* rib/export.c — what receivers get to see of a set. */
#include "rib/export.h"

#include "base/check.h"

void export_fill(struct rib *rib, enum family family, struct attr_id attr, uint8_t prepend_count,
		 struct bgp_attrs *attrs, struct bgp_export *out)
{
	const struct attr_set *set = attr_table_of(&rib->attrs, attr);
	const struct plan *plan = rib->plan;
	struct wr wr = wr_of(rib->scratch, sizeof rib->scratch);

	CHECK(!failed(bgp_attrs_unpack(attr_set_packed(set), attrs)));
	*out = (struct bgp_export){ .attrs = attrs,
				    .communities = attrs->communities,
				    .large = attrs->large,
				    .prepend_count = prepend_count,
				    .prepend_asn = attrs->first_asn,
				    .add_otc = plan->rules.add_otc,
				    .otc = plan->asn };
	if (rules_has_own_extended(plan, attrs)) {
		out->replace_extended = true;
		out->extended = rules_export_extended(plan, attrs, &wr);
	}
	if (set->audience == NULL && attrs->large.len_octets == 0)
		return;
	bool is_blackhole = rules_is_blackhole(attrs);
	out->communities = rules_export_communities(plan, attrs, is_blackhole, &wr);
	out->large = rules_export_large(plan, attrs, &wr);
	if (is_blackhole && plan->rules.has_blackhole_next_hop[family]) {
		out->replace_next_hop = true;
		out->next_hop = plan->rules.blackhole_next_hop[family];
	}
}
