/* rules/explain.c — each import check by itself, with what was found and what is allowed.
 *
 * The same questions as rules/check.c asks, one at a time and without an end at the first failure:
 * a person wants to see all that is wrong with a route. */
#include <stdarg.h>
#include <stdio.h>

#include "bgp/attr_policy.h"
#include "rules/check.h"
#include "rules/community.h"
#include "rules/next_hop.h"
#include "rules/path.h"

struct question {
	const struct rules_case *route;
	const struct plan *plan;
	const struct plan_session *from;
	const struct bgp_attrs *attrs;
	const struct prefix *prefix;
	char *detail; /* RULES_DETAIL_MAX */
};

__attribute__((format(printf, 2, 3))) static void say(const struct question *question,
						      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(question->detail, RULES_DETAIL_MAX, format, arguments);
	va_end(arguments);
}

static bool malformed(const struct question *question)
{
	uint8_t code = question->attrs->fault_attr;
	const char *name = bgp_attr_name(code);

	if (question->attrs->is_malformed && code != 0)
		say(question, "attribute %u%s%s", code, name != NULL ? " " : "",
		    name != NULL ? name : "");
	return !question->attrs->is_malformed;
}

static bool as_set(const struct question *question)
{
	if (question->attrs->has_confederation)
		say(question, "a confederation segment");
	else if (question->attrs->has_as_set)
		say(question, "an AS_SET");
	return !question->attrs->has_as_set && !question->attrs->has_confederation;
}

static bool first_as(const struct question *question)
{
	uint32_t first = question->attrs->first_asn;
	uint32_t member = question->from->asn;

	if (first == member)
		say(question, "AS%u", first);
	else if (question->attrs->path_asn_count == 0)
		say(question, "the path is empty, the member is AS%u", member);
	else if (first == 0)
		say(question, "the path begins with a set, the member is AS%u", member);
	else
		say(question, "the path begins with AS%u, the member is AS%u", first, member);
	return first == member;
}

static bool own_as(const struct question *question)
{
	struct path_finding found = rules_path_look(question->plan, question->attrs);

	if (found.own != 0)
		say(question, "AS%u is the exchange's", found.own);
	return found.own == 0;
}

static bool path_length(const struct question *question)
{
	uint32_t len = question->attrs->path_len;
	uint32_t max = question->plan->rules.path_len_max;

	say(question, "%u, at most %u", len, max);
	return len <= max;
}

static bool communities(const struct question *question)
{
	uint32_t count = rules_communities_count(question->attrs);
	uint32_t max = question->plan->rules.communities_max;

	say(question, "%u of a kind, at most %u", count, max);
	return count <= max;
}

static bool bogon_asn(const struct question *question)
{
	struct path_finding found = rules_path_look(question->plan, question->attrs);

	if (!question->plan->rules.check_bogon_asns) {
		say(question, "not checked at this exchange");
		return true;
	}
	if (found.bogon != 0)
		say(question, "AS%u is %s", found.bogon, rules_asn_bogon_kind(found.bogon));
	return found.bogon == 0;
}

static bool transit_free(const struct question *question)
{
	struct path_finding found = rules_path_look(question->plan, question->attrs);

	if (found.transit_free != 0)
		say(question, "AS%u stands behind AS%u", found.transit_free,
		    question->attrs->first_asn);
	return found.transit_free == 0;
}

static bool never_via(const struct question *question)
{
	struct path_finding found = rules_path_look(question->plan, question->attrs);

	if (found.never != 0)
		say(question, "AS%u", found.never);
	return found.never == 0;
}

static bool route_leak(const struct question *question)
{
	if (question->attrs->has_otc)
		say(question, "OTC was set by AS%u", question->attrs->otc);
	return !question->attrs->has_otc;
}

static uint32_t owner_of(const struct plan *plan, const struct address *address)
{
	const struct plan_session *session = plan_session_at(plan, address);
	const struct plan_slat_row *row = plan_slat_row_of(plan, plan_slat_find(plan, address));

	return session != NULL ? session->asn : row != NULL ? row->asn : 0;
}

static bool next_hop(const struct question *question)
{
	const struct plan *plan = question->plan;
	struct address address = bgp_attrs_next_hop(question->attrs);
	uint32_t asn = question->from->asn;
	char text[ADDRESS_TEXT_MAX];

	if (rules_next_hop_fits(plan, question->from, question->attrs)) {
		address_print(&address, text);
		say(question, "%s", text);
		return true;
	}
	if (plan_member_has_address(plan, question->from, &address))
		(void)rules_link_local_of(question->attrs, &address);
	uint32_t owner = owner_of(plan, &address);
	address_print(&address, text);
	if (owner != 0 && owner != asn)
		say(question, "%s is an address of AS%u, not of AS%u", text, owner, asn);
	else if (owner != 0)
		say(question, "%s is the member's, but not this session's own", text);
	else
		say(question, "%s is not registered for AS%u", text, asn);
	return false;
}

static bool blackhole(const struct question *question)
{
	if (!rules_is_blackhole(question->attrs))
		return true;
	if (question->plan->rules.blackhole)
		say(question, "BLACKHOLE 65535:666 is set");
	else
		say(question, "BLACKHOLE 65535:666 is set, and the service is not offered");
	return question->plan->rules.blackhole;
}

static bool prefix_length(const struct question *question)
{
	uint32_t len = question->prefix->len_bits;
	uint32_t min = question->plan->rules.len_bits_min[question->prefix->family];
	uint32_t max = question->plan->rules.len_bits_max[question->prefix->family];
	bool fits = rules_length_fits(question->plan, question->prefix,
				      rules_is_blackhole(question->attrs));

	if (!fits && len > max)
		say(question, "/%u is longer than /%u", len, max);
	else if (!fits)
		say(question, "/%u is shorter than /%u", len, min);
	else if (len > max)
		say(question, "/%u, to be blackholed", len);
	else
		say(question, "/%u, from /%u to /%u", len, min, max);
	return fits;
}

static bool peering_lan(const struct question *question)
{
	const struct prefix *lan = rules_lan_of(question->plan, question->prefix);
	char text[PREFIX_TEXT_MAX];

	if (lan == NULL)
		return true;
	prefix_print(lan, text);
	say(question, "lies in %s", text);
	return false;
}

static bool bogon_prefix(const struct question *question)
{
	char text[PREFIX_TEXT_MAX];
	struct prefix within;
	const char *kind;
	const struct prefix *also = rules_also_bogon_of(question->plan, question->prefix);

	if (also != NULL) {
		prefix_print(also, text);
		say(question, "lies in %s, which the rule book adds", text);
		return false;
	}
	if (!question->plan->rules.check_bogons) {
		say(question, "not checked at this exchange");
		return true;
	}
	if (!rules_prefix_bogon_of(question->prefix, &within, &kind))
		return true;
	prefix_print(&within, text);
	if (within.len_bits == 0)
		say(question, "%s", kind);
	else
		say(question, "lies in %s: %s", text, kind);
	return false;
}

/* --- what the RPKI says ----------------------------------------------------------------------- */

#define COVERING_MAX 3u /* that fit into a detail */

/* "203.0.113.0/24-28 AS64496": the length behind the dash where it is longer. */
static int vrp_print(const struct vrp *vrp, char *out, size_t room)
{
	char text[PREFIX_TEXT_MAX];

	prefix_print(&vrp->prefix, text);
	if (vrp->len_bits_max == vrp->prefix.len_bits)
		return snprintf(out, room, "%s AS%u", text, vrp->asn);
	return snprintf(out, room, "%s-%u AS%u", text, vrp->len_bits_max, vrp->asn);
}

/* As many as fit, and how many more there are. */
static void covering_print(const struct question *question, const char *state)
{
	struct vrp vrp[COVERING_MAX];
	uint32_t count = rpki_covering(question->route->evidence.rpki, question->prefix, vrp,
				       COVERING_MAX);
	char list[RULES_DETAIL_MAX] = "";
	size_t len = 0;
	uint32_t said = 0;

	while (said < count && said < COVERING_MAX) {
		char one[PREFIX_TEXT_MAX + 32];
		int one_len = vrp_print(&vrp[said], one, sizeof one);
		if (one_len < 0 || len + (size_t)one_len + 32 > sizeof list)
			break;
		len += (size_t)snprintf(list + len, sizeof list - len, "%s%s",
					said == 0 ? "" : ", ", one);
		said++;
	}
	if (said < count)
		say(question, "%s: %s and %u more", state, list, count - said);
	else
		say(question, "%s: %s", state, list);
}

static bool policy_says(const struct question *question, enum plan_policy policy,
			enum rpki_state state)
{
	if (policy == PLAN_POLICY_OFF)
		say(question, "not checked at this exchange");
	else if (state == RPKI_NOT_CHECKED)
		say(question, "not checked: there is no data");
	return policy != PLAN_POLICY_DROP || state != RPKI_INVALID;
}

static bool rpki_invalid(const struct question *question)
{
	enum plan_policy policy = question->plan->rules.rpki_policy;
	enum rpki_state state = rules_origin_state(question->route, question->prefix);

	if (state == RPKI_NOT_FOUND)
		say(question, "not found: no ROA covers it");
	else if (state == RPKI_VALID)
		covering_print(question, "valid");
	else if (state == RPKI_INVALID)
		covering_print(question,
			       policy == PLAN_POLICY_LOG ? "invalid, only logged" : "invalid");
	return policy_says(question, policy, state);
}

static bool aspa_invalid(const struct question *question)
{
	enum plan_policy policy = question->plan->rules.aspa_policy;
	enum rpki_state state = rules_path_state(question->route);
	struct rpki_path path = rules_path_walked(question->route);

	if (state == RPKI_NOT_FOUND)
		say(question, "unknown: not every network in it names its providers");
	else if (state == RPKI_VALID)
		say(question, "valid");
	else if (state == RPKI_INVALID && path.bad_customer != 0)
		say(question, "AS%u is no provider of AS%u%s", path.bad_provider, path.bad_customer,
		    policy == PLAN_POLICY_LOG ? ", only logged" : "");
	else if (state == RPKI_INVALID)
		say(question, "the path is empty, or holds a set%s",
		    policy == PLAN_POLICY_LOG ? ", only logged" : "");
	return policy_says(question, policy, state);
}

/* --- what the IRR says ------------------------------------------------------------------------ */

static bool irr_says(const struct question *question, bool passes)
{
	enum plan_policy policy = question->plan->rules.irr_policy;

	if (policy == PLAN_POLICY_OFF)
		say(question, "not checked at this exchange");
	else if (question->route->irr == NULL)
		say(question, "not checked: the member's as-set was not heard");
	return policy != PLAN_POLICY_DROP || passes;
}

static const char *logged(const struct question *question)
{
	return question->plan->rules.irr_policy == PLAN_POLICY_LOG ? ", only logged" : "";
}

static bool irr_origin(const struct question *question)
{
	const struct irr_set *set = question->route->irr;
	bool passes = rules_irr_has_origin(question->route);
	uint32_t asn = question->attrs->origin_asn;

	if (set != NULL && passes)
		say(question, "AS%u is one of the %u in it", asn, set->origin_count);
	else if (set != NULL)
		say(question, "AS%u is none of the %u in it%s", asn, set->origin_count,
		    logged(question));
	return irr_says(question, passes);
}

static bool irr_prefix(const struct question *question)
{
	const struct irr_set *set = question->route->irr;
	bool passes = rules_irr_has_prefix(question->route, question->prefix);
	struct irr_window window;
	char text[PREFIX_TEXT_MAX];

	if (set != NULL && irr_set_match(set, question->prefix, &window) == IRR_MATCH_NONE) {
		say(question, "none of its %u prefixes covers it%s", set->window_count,
		    logged(question));
	} else if (set != NULL) {
		prefix_print(&window.prefix, text);
		say(question, "%s%s is registered for lengths %u to %u%s", passes ? "" : "only ",
		    text, window.len_bits_min, window.len_bits_max, passes ? "" : logged(question));
	}
	return irr_says(question, passes);
}

bool rules_check_one(enum reason reason, const struct rules_case *route,
		     const struct prefix *prefix, char detail[RULES_DETAIL_MAX])
{
	static bool (*const checks[REASON_COUNT])(const struct question *) = {
		[REASON_MALFORMED] = malformed,
		[REASON_AS_SET] = as_set,
		[REASON_FIRST_AS] = first_as,
		[REASON_OWN_AS] = own_as,
		[REASON_PATH_LENGTH] = path_length,
		[REASON_COMMUNITIES] = communities,
		[REASON_BOGON_ASN] = bogon_asn,
		[REASON_TRANSIT_FREE] = transit_free,
		[REASON_NEVER_VIA_ROUTE_SERVER] = never_via,
		[REASON_ROUTE_LEAK] = route_leak,
		[REASON_NEXT_HOP] = next_hop,
		[REASON_ASPA_INVALID] = aspa_invalid,
		[REASON_IRR_ORIGIN] = irr_origin,
		[REASON_BLACKHOLE] = blackhole,
		[REASON_PREFIX_LENGTH] = prefix_length,
		[REASON_PEERING_LAN] = peering_lan,
		[REASON_BOGON_PREFIX] = bogon_prefix,
		[REASON_RPKI_INVALID] = rpki_invalid,
		[REASON_IRR_PREFIX] = irr_prefix,
	};
	struct question question = {
		route, route->plan, route->from, route->attrs, prefix, detail
	};

	detail[0] = '\0';
	return reason >= REASON_COUNT || checks[reason] == NULL || checks[reason](&question);
}
