/* rules/next_hop.c — next hops found in the table of addresses. */
#include "rules/next_hop.h"

#include "base/mem.h"
#include "rules/community.h"

#define GLOBAL_OCTETS 16u
#define BOTH_OCTETS 32u

bool rules_link_local_of(const struct bgp_attrs *attrs, struct address *out)
{
	const struct address none = { .family = FAMILY_IPV6 };

	*out = none;
	if (attrs->next_hop_len_octets != BOTH_OCTETS)
		return false;
	mem_copy(out->octet, attrs->next_hop + GLOBAL_OCTETS, sizeof out->octet);
	return address_compare(out, &none) != 0;
}

static bool link_local_fits(const struct plan *plan, const struct plan_session *from,
			    const struct bgp_attrs *attrs, const struct address *global)
{
	const struct plan_slat_row *own = plan_slat_row_of(plan, plan_slat_find(plan, global));
	const struct plan_slat_row *row;
	struct address link_local;

	if (!rules_link_local_of(attrs, &link_local))
		return true;
	if (own != NULL && own->has_link_local)
		return address_compare(&own->link_local, &link_local) == 0;
	row = plan_slat_row_of(plan, plan_slat_find(plan, &link_local));
	return row == NULL || row->asn == from->asn;
}

bool rules_next_hop_fits(const struct plan *plan, const struct plan_session *from,
			 const struct bgp_attrs *attrs)
{
	struct address global = bgp_attrs_next_hop(attrs);

	return plan_member_has_address(plan, from, &global) &&
	       link_local_fits(plan, from, attrs, &global);
}

struct plan_next_hop rules_next_hop_of(const struct plan *plan, const struct bgp_attrs *attrs)
{
	struct plan_next_hop next_hop = { .is_ipv6 = attrs->next_hop_len_octets != 4 };
	struct address address;

	if (!plan_translates(plan))
		return next_hop;
	if (plan->rules.has_blackhole_next_hop[FAMILY_IPV4] && rules_is_blackhole(attrs))
		return (struct plan_next_hop){ .row = PLAN_SLAT_BLACKHOLE };
	address = bgp_attrs_next_hop(attrs);
	next_hop.row = plan_slat_find(plan, &address);
	return next_hop;
}
