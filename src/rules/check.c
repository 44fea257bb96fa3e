/* rules/check.c — the import checks, each a function of plan, sender, attributes and prefix. */
#include "rules/check.h"

#include "rules/community.h"
#include "rules/next_hop.h"
#include "rules/path.h"

static bool in_list(const uint32_t *list, uint32_t count, uint32_t asn)
{
	for (uint32_t i = 0; i < count; i++) {
		if (list[i] == asn)
			return true;
	}
	return false;
}

struct path_finding rules_path_look(const struct plan *plan, const struct bgp_attrs *attrs)
{
	const struct plan_rules *rules = &plan->rules;
	struct bgp_path_walk walk = bgp_path_walk_of(attrs->as_path);
	struct path_finding found = { 0 };
	uint32_t last = 0;
	uint32_t asn;

	while (bgp_path_walk_next(&walk, &asn)) {
		if (asn == last)
			continue;
		last = asn;
		if (asn == plan->asn && found.own == 0)
			found.own = asn;
		if (found.bogon == 0 && rules_asn_is_bogon(asn))
			found.bogon = asn;
		if (found.transit_free == 0 && asn != attrs->first_asn &&
		    in_list(rules->transit_free, rules->transit_free_count, asn))
			found.transit_free = asn;
		if (found.never == 0 && in_list(rules->never_via, rules->never_via_count, asn))
			found.never = asn;
	}
	return found;
}

uint32_t rules_communities_count(const struct bgp_attrs *attrs)
{
	uint32_t most = attrs->communities.len_octets / BGP_COMMUNITY_OCTETS;
	uint32_t large = attrs->large.len_octets / BGP_LARGE_OCTETS;
	uint32_t extended = attrs->extended.len_octets / BGP_EXTENDED_OCTETS;

	if (large > most)
		most = large;
	return extended > most ? extended : most;
}

struct rules_case rules_case_of(const struct plan *plan, struct rules_evidence evidence,
				const struct plan_session *from, const struct bgp_attrs *attrs)
{
	return (struct rules_case){ .plan = plan,
				    .evidence = evidence,
				    .from = from,
				    .attrs = attrs,
				    .irr = from != NULL && plan->rules.irr_policy !=
								   PLAN_POLICY_OFF ?
						   irr_data_of(evidence.irr, from->asn) :
						   NULL,
				    .is_blackhole = rules_is_blackhole(attrs) };
}

struct rpki_path rules_path_walked(const struct rules_case *route)
{
	struct bgp_path_walk walk = bgp_path_walk_of(route->attrs->as_path);
	struct rpki_path path;
	uint32_t asn;

	rpki_path_begin(&path, route->evidence.rpki);
	while (bgp_path_walk_next(&walk, &asn))
		rpki_path_next(&path, asn);
	return path;
}

enum rpki_state rules_path_state(const struct rules_case *route)
{
	struct rpki_path path = rules_path_walked(route);

	return rpki_path_state(&path,
			       !route->attrs->has_as_set && !route->attrs->has_confederation);
}

enum rpki_state rules_origin_state(const struct rules_case *route, const struct prefix *prefix)
{
	return rpki_origin(route->evidence.rpki, prefix, route->attrs->origin_asn,
			   route->is_blackhole);
}

static bool is_leaked(const struct rules_case *route)
{
	return route->plan->rules.aspa_policy == PLAN_POLICY_DROP &&
	       rules_path_state(route) == RPKI_INVALID;
}

static bool has_bad_origin(const struct rules_case *route, const struct prefix *prefix)
{
	return route->plan->rules.rpki_policy == PLAN_POLICY_DROP &&
	       rules_origin_state(route, prefix) == RPKI_INVALID;
}

bool rules_irr_has_origin(const struct rules_case *route)
{
	return route->irr == NULL || irr_set_has_origin(route->irr, route->attrs->origin_asn);
}

bool rules_irr_has_prefix(const struct rules_case *route, const struct prefix *prefix)
{
	if (route->irr == NULL)
		return true;
	enum irr_match match = irr_set_match(route->irr, prefix, NULL);
	return match == IRR_MATCH_YES || (match == IRR_MATCH_LONGER && route->is_blackhole);
}

static bool irr_refuses(const struct rules_case *route)
{
	return route->irr != NULL && route->plan->rules.irr_policy == PLAN_POLICY_DROP;
}

enum reason rules_check_attrs(const struct rules_case *route)
{
	const struct plan *plan = route->plan;
	const struct bgp_attrs *attrs = route->attrs;

	if (attrs->is_malformed)
		return REASON_MALFORMED;
	if (attrs->has_as_set || attrs->has_confederation)
		return REASON_AS_SET;
	if (attrs->first_asn != route->from->asn)
		return REASON_FIRST_AS;
	struct path_finding found = rules_path_look(plan, attrs);
	if (found.own != 0)
		return REASON_OWN_AS;
	if (attrs->path_len > plan->rules.path_len_max)
		return REASON_PATH_LENGTH;
	if (rules_communities_count(attrs) > plan->rules.communities_max)
		return REASON_COMMUNITIES;
	if (found.bogon != 0 && plan->rules.check_bogon_asns)
		return REASON_BOGON_ASN;
	if (found.transit_free != 0)
		return REASON_TRANSIT_FREE;
	if (found.never != 0)
		return REASON_NEVER_VIA_ROUTE_SERVER;
	if (attrs->has_otc)
		return REASON_ROUTE_LEAK;
	if (!rules_next_hop_fits(plan, route->from, attrs))
		return REASON_NEXT_HOP;
	if (is_leaked(route))
		return REASON_ASPA_INVALID;
	if (irr_refuses(route) && !rules_irr_has_origin(route))
		return REASON_IRR_ORIGIN;
	return REASON_NONE;
}

const struct prefix *rules_lan_of(const struct plan *plan, const struct prefix *prefix)
{
	for (uint32_t i = 0; i < plan->lan_count; i++) {
		if (prefix_contains(&plan->lan[i], prefix))
			return &plan->lan[i];
	}
	return NULL;
}

const struct prefix *rules_also_bogon_of(const struct plan *plan, const struct prefix *prefix)
{
	for (uint32_t i = 0; i < plan->rules.bogon_count; i++) {
		if (prefix_contains(&plan->rules.bogon[i], prefix))
			return &plan->rules.bogon[i];
	}
	return NULL;
}

bool rules_length_fits(const struct plan *plan, const struct prefix *prefix, bool is_blackhole)
{
	if (is_blackhole && prefix->len_bits >= plan->rules.blackhole_len_bits_min[prefix->family])
		return true;
	return prefix->len_bits >= plan->rules.len_bits_min[prefix->family] &&
	       prefix->len_bits <= plan->rules.len_bits_max[prefix->family];
}

enum reason rules_check_prefix(const struct rules_case *route, const struct prefix *prefix)
{
	const struct plan *plan = route->plan;

	if (route->is_blackhole && !plan->rules.blackhole)
		return REASON_BLACKHOLE;
	if (!rules_length_fits(plan, prefix, route->is_blackhole))
		return REASON_PREFIX_LENGTH;
	if (rules_lan_of(plan, prefix) != NULL)
		return REASON_PEERING_LAN;
	if (plan->rules.check_bogons && rules_prefix_is_bogon(prefix))
		return REASON_BOGON_PREFIX;
	if (rules_also_bogon_of(plan, prefix) != NULL)
		return REASON_BOGON_PREFIX;
	if (has_bad_origin(route, prefix))
		return REASON_RPKI_INVALID;
	if (irr_refuses(route) && !rules_irr_has_prefix(route, prefix))
		return REASON_IRR_PREFIX;
	return REASON_NONE;
}

enum reason rules_check(const struct rules_case *route, const struct prefix *prefix)
{
	enum reason reason = rules_check_attrs(route);

	return reason != REASON_NONE ? reason : rules_check_prefix(route, prefix);
}
