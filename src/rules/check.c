/* rules/check.c — the import checks, each a function of plan, sender, attributes and prefix. */
#include "rules/check.h"

#include <stdio.h>

#include "rules/community.h"

struct asn_range {
	uint32_t first;
	uint32_t last;
};

/* RFC 7607, 6793, 5398, 6996, 7300, IANA's reserved stretches. */
static const struct asn_range bogon_asns[] = {
	{ 0, 0 },
	{ 23456, 23456 },
	{ 64496, 65551 },
	{ 65552, 131071 },
	{ 4200000000u, 4294967295u },
};

/* Networks that buy no transit: seen behind somebody else they are leaked. */
static const uint32_t transit_free_asns[] = {
	174, 701, 1299, 2914, 3257, 3320, 3356, 5511, 6453, 6461, 6762, 6830, 7018, 12956,
};

struct bogon_prefix {
	uint32_t network;
	uint8_t len_bits;
};

/* RFC 6890 and its successors: these and everything in them.  Ascending. */
static const struct bogon_prefix bogons_ipv4[] = {
	{ 0x00000000, 8 },  /* 0.0.0.0 */
	{ 0x0a000000, 8 },  /* 10.0.0.0 */
	{ 0x64400000, 10 }, /* 100.64.0.0 */
	{ 0x7f000000, 8 },  /* 127.0.0.0 */
	{ 0xa9fe0000, 16 }, /* 169.254.0.0 */
	{ 0xac100000, 12 }, /* 172.16.0.0 */
	{ 0xc0000000, 24 }, /* 192.0.0.0 */
	{ 0xc0000200, 24 }, /* 192.0.2.0 */
	{ 0xc0a80000, 16 }, /* 192.168.0.0 */
	{ 0xc6120000, 15 }, /* 198.18.0.0 */
	{ 0xc6336400, 24 }, /* 198.51.100.0 */
	{ 0xcb007100, 24 }, /* 203.0.113.0 */
	{ 0xe0000000, 3 },  /* 224.0.0.0 */
};

static bool in_list(const uint32_t *list, uint32_t count, uint32_t asn)
{
	for (uint32_t i = 0; i < count; i++) {
		if (list[i] == asn)
			return true;
	}
	return false;
}

bool rules_asn_is_bogon(uint32_t asn)
{
	for (uint32_t i = 0; i < sizeof bogon_asns / sizeof *bogon_asns; i++) {
		if (asn >= bogon_asns[i].first && asn <= bogon_asns[i].last)
			return true;
	}
	return false;
}

/* Every accepted route passes here: whole words, no further than the list can hold it. */
static bool bogon_ipv4(const struct prefix *prefix)
{
	uint32_t network = (uint32_t)prefix->octet[0] << 24 | (uint32_t)prefix->octet[1] << 16 |
			   (uint32_t)prefix->octet[2] << 8 | prefix->octet[3];

	for (uint32_t i = 0; i < sizeof bogons_ipv4 / sizeof *bogons_ipv4; i++) {
		const struct bogon_prefix *bogon = &bogons_ipv4[i];
		if (bogon->network > network)
			return false;
		if (prefix->len_bits >= bogon->len_bits &&
		    (network ^ bogon->network) >> (32 - bogon->len_bits) == 0)
			return true;
	}
	return false;
}

/* Global unicast is 2000::/3; within it documentation, 6to4, Teredo, ORCHID and benchmarking. */
static bool bogon_ipv6(const struct prefix *prefix)
{
	const uint8_t *octet = prefix->octet;

	if (prefix->len_bits < 3 || (octet[0] & 0xe0) != 0x20)
		return true;
	if (prefix->len_bits >= 16 && octet[0] == 0x20 && octet[1] == 0x02)
		return true;
	if (prefix->len_bits >= 23 && octet[0] == 0x20 && octet[1] == 0x01 && octet[2] < 0x02)
		return true;
	if (prefix->len_bits >= 32 && octet[0] == 0x20 && octet[1] == 0x01 && octet[2] == 0x0d &&
	    octet[3] == 0xb8)
		return true;
	return prefix->len_bits >= 20 && octet[0] == 0x3f && octet[1] == 0xff && octet[2] < 0x10;
}

bool rules_prefix_is_bogon(const struct prefix *prefix)
{
	if (prefix->len_bits == 0)
		return true;
	return prefix->family == FAMILY_IPV4 ? bogon_ipv4(prefix) : bogon_ipv6(prefix);
}

struct path_finding {
	uint32_t own;
	uint32_t bogon;
	uint32_t transit_free;
	uint32_t never;
};

/* One walk answers the four questions about the ASNs of a path; 0 = none found. */
static struct path_finding path_look(const struct plan *plan, const struct bgp_attrs *attrs)
{
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
		if (asn >= 23456 && rules_asn_is_bogon(asn) && found.bogon == 0)
			found.bogon = asn;
		if (asn <= 12956 && asn != attrs->first_asn && found.transit_free == 0 &&
		    in_list(transit_free_asns, sizeof transit_free_asns / 4, asn))
			found.transit_free = asn;
		if (found.never == 0 &&
		    in_list(plan->rules.never_via, plan->rules.never_via_count, asn))
			found.never = asn;
	}
	return found;
}

static bool next_hop_fits(const struct plan *plan, const struct plan_session *from,
			  const struct bgp_attrs *attrs)
{
	struct address next_hop = bgp_attrs_next_hop(attrs);

	return plan_member_has_address(plan, from, &next_hop);
}

enum reason rules_check_attrs(const struct plan *plan, const struct plan_session *from,
			      const struct bgp_attrs *attrs)
{
	if (attrs->has_as_set || attrs->has_confederation)
		return REASON_AS_SET;
	if (attrs->first_asn != from->asn)
		return REASON_FIRST_AS;
	struct path_finding found = path_look(plan, attrs);
	if (found.own != 0)
		return REASON_OWN_AS;
	if (attrs->path_len > plan->rules.path_len_max)
		return REASON_PATH_LENGTH;
	if (found.bogon != 0 && plan->rules.check_bogons)
		return REASON_BOGON_ASN;
	if (found.transit_free != 0)
		return REASON_TRANSIT_FREE;
	if (found.never != 0)
		return REASON_NEVER_VIA_ROUTE_SERVER;
	if (attrs->has_otc)
		return REASON_ROUTE_LEAK;
	if (!next_hop_fits(plan, from, attrs))
		return REASON_NEXT_HOP;
	return REASON_NONE;
}

static bool in_lan(const struct plan *plan, const struct prefix *prefix)
{
	for (uint32_t i = 0; i < plan->lan_count; i++) {
		if (prefix_contains(&plan->lan[i], prefix))
			return true;
	}
	return false;
}

static bool is_host(const struct prefix *prefix)
{
	return prefix->len_bits == prefix_bits_max((enum family)prefix->family);
}

static bool length_fits(const struct plan *plan, const struct prefix *prefix, bool is_blackhole)
{
	if (is_blackhole && is_host(prefix))
		return true;
	return prefix->len_bits >= plan->rules.len_bits_min[prefix->family] &&
	       prefix->len_bits <= plan->rules.len_bits_max[prefix->family];
}

enum reason rules_check_prefix(const struct plan *plan, const struct plan_session *from,
			       const struct prefix *prefix, bool is_blackhole)
{
	(void)from;
	if (is_blackhole && !plan->rules.blackhole)
		return REASON_BLACKHOLE;
	if (!length_fits(plan, prefix, is_blackhole))
		return REASON_PREFIX_LENGTH;
	if (in_lan(plan, prefix))
		return REASON_PEERING_LAN;
	if (plan->rules.check_bogons && rules_prefix_is_bogon(prefix))
		return REASON_BOGON_PREFIX;
	return REASON_NONE;
}

enum reason rules_check(const struct plan *plan, const struct plan_session *from,
			const struct bgp_attrs *attrs, const struct prefix *prefix)
{
	enum reason reason = rules_check_attrs(plan, from, attrs);

	if (reason != REASON_NONE)
		return reason;
	return rules_check_prefix(plan, from, prefix, rules_is_blackhole(attrs));
}

bool rules_check_one(enum reason reason, const struct plan *plan, const struct plan_session *from,
		     const struct bgp_attrs *attrs, const struct prefix *prefix, char detail[128])
{
	struct path_finding found = path_look(plan, attrs);
	bool is_blackhole = rules_is_blackhole(attrs);
	struct address next_hop = bgp_attrs_next_hop(attrs);
	char text[ADDRESS_TEXT_MAX];
	uint32_t asn = 0;
	bool passed = true;

	detail[0] = '\0';
	switch (reason) {
	case REASON_AS_SET:
		return !attrs->has_as_set && !attrs->has_confederation;
	case REASON_FIRST_AS:
		(void)snprintf(detail, 128, "AS%u, the member is AS%u", attrs->first_asn,
			       from->asn);
		return attrs->first_asn == from->asn;
	case REASON_PATH_LENGTH:
		(void)snprintf(detail, 128, "%u of at most %u", attrs->path_len,
			       plan->rules.path_len_max);
		return attrs->path_len <= plan->rules.path_len_max;
	case REASON_OWN_AS:
		asn = found.own;
		break;
	case REASON_BOGON_ASN:
		asn = plan->rules.check_bogons ? found.bogon : 0;
		break;
	case REASON_TRANSIT_FREE:
		asn = found.transit_free;
		break;
	case REASON_NEVER_VIA_ROUTE_SERVER:
		asn = found.never;
		break;
	case REASON_ROUTE_LEAK:
		if (attrs->has_otc)
			(void)snprintf(detail, 128, "OTC is AS%u", attrs->otc);
		return !attrs->has_otc;
	case REASON_NEXT_HOP:
		address_print(&next_hop, text);
		(void)snprintf(detail, 128, "%s", text);
		return next_hop_fits(plan, from, attrs);
	case REASON_BLACKHOLE:
		return !is_blackhole || plan->rules.blackhole;
	case REASON_PREFIX_LENGTH:
		(void)snprintf(detail, 128, "/%u, allowed /%u to /%u", prefix->len_bits,
			       plan->rules.len_bits_min[prefix->family],
			       plan->rules.len_bits_max[prefix->family]);
		return length_fits(plan, prefix, is_blackhole);
	case REASON_PEERING_LAN:
		return !in_lan(plan, prefix);
	case REASON_BOGON_PREFIX:
		return !plan->rules.check_bogons || !rules_prefix_is_bogon(prefix);
	case REASON_NONE:
	case REASON_MALFORMED:
	case REASON_MAX_PREFIXES:
	case REASON_COUNT:
		return passed;
	}
	if (asn != 0)
		(void)snprintf(detail, 128, "AS%u", asn);
	return asn == 0;
}
