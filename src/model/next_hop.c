/* model/next_hop.c — the next hop that a receiver of an IPv4 route must be told, worked out from
 * the addresses that are registered: row by row, for this receiver alone. */
#include "model/next_hop.h"

#include "model/steer.h"

struct counterparts {
	bool has_ipv4;
	bool has_ipv6;
	bool has_link_local;
	struct address ipv4;
	struct address ipv6;
	struct address link_local;
};

static uint32_t row_of_session_at(const struct plan *plan, const struct address *address)
{
	const struct plan_session *session = plan_session_at(plan, address);

	return session != NULL ? session->slat : 0;
}

/* Whose port the address is at: by the sessions there, and by what is registered beside. */
static struct counterparts counterparts_of(const struct plan *plan, const struct address *address)
{
	uint32_t row_of_session = row_of_session_at(plan, address);
	struct counterparts found = { 0 };

	for (uint32_t i = 1; i < plan->slat_count; i++) {
		const struct plan_slat_row *row = &plan->slat[i];
		bool is_it = i == row_of_session ||
			     (row->has_ipv4 && address_compare(&row->ipv4, address) == 0) ||
			     (row->has_ipv6 && address_compare(&row->ipv6, address) == 0) ||
			     (row->has_link_local &&
			      address_compare(&row->link_local, address) == 0);
		if (!is_it)
			continue;
		found = (struct counterparts){ .has_ipv4 = row->has_ipv4,
					       .has_ipv6 = row->has_ipv6,
					       .has_link_local = row->has_link_local,
					       .ipv4 = row->ipv4,
					       .ipv6 = row->ipv6,
					       .link_local = row->link_local };
		return found;
	}
	return found;
}

static void put(struct model_next_hop *out, const struct address *address)
{
	struct octets octets = address_octets_of(address);

	for (uint32_t i = 0; i < octets.len_octets; i++)
		out->octet[out->len_octets++] = octets.at[i];
}

static bool has_ipv4(const struct plan *plan, const struct plan_session *to, bool on_the_lan)
{
	const struct plan_slat_row *row = to->slat == 0 ? NULL : &plan->slat[to->slat];

	if (to->address.family == FAMILY_IPV4)
		return true;
	return row != NULL && (on_the_lan ? row->is_on_ipv4 : row->has_ipv4);
}

bool model_next_hop(const struct plan *plan, const struct bgp_attrs *attrs,
		    const struct plan_session *to, bool is_extended, struct model_next_hop *out)
{
	bool is_ipv6 = attrs->next_hop_len_octets != 4;
	struct address own = bgp_attrs_next_hop(attrs);

	*out = (struct model_next_hop){ 0 };
	if (plan->rules.ipv6_only_lan == IPV6_ONLY_LAN_OFF)
		return !is_ipv6 || is_extended;
	struct counterparts known = counterparts_of(plan, &own);
	if (steer_has_standard(attrs, 65535, 666) &&
	    plan->rules.has_blackhole_next_hop[FAMILY_IPV4]) {
		is_ipv6 = false;
		known = (struct counterparts){
			.has_ipv6 = plan->rules.has_blackhole_next_hop[FAMILY_IPV6],
			.ipv6 = plan->rules.blackhole_next_hop[FAMILY_IPV6],
		};
	}
	if (is_extended && is_ipv6)
		return true;
	if (is_extended && known.has_ipv6) {
		put(out, &known.ipv6);
		if (known.has_link_local)
			put(out, &known.link_local);
		return true;
	}
	if (is_extended)
		return has_ipv4(plan, to, true);
	if (is_ipv6 && known.has_ipv4)
		put(out, &known.ipv4);
	return (!is_ipv6 || known.has_ipv4) && has_ipv4(plan, to, false);
}
