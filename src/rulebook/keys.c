/* rulebook/keys.c — the table, and values in and out of it. */
#include "rulebook/keys.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/decimal.h"
#include "net/asn.h"

#define ROUTES_MAX 100000000u
#define RETRY_S_MAX 86400u
#define PATH_LEN_MAX 1000u
#define COMMUNITIES_MAX 16000u

#define AT(field) offsetof(struct rulebook, field)
#define RULE(field) AT(rules.field)

static const char *const policies[] = {
	[PLAN_POLICY_OFF] = "off",
	[PLAN_POLICY_LOG] = "log",
	[PLAN_POLICY_DROP] = "drop",
};
static const char *const limit_actions[] = {
	[LIMIT_ACTION_WARN] = "warn",
	[LIMIT_ACTION_BLOCK] = "block",
	[LIMIT_ACTION_SHUT] = "shut",
};
static const char *const waitings[] = {
	[RULEBOOK_WAITING_NONE] = "none",
	[RULEBOOK_WAITING_FIRST_COME] = "first-come",
	[RULEBOOK_WAITING_SMALLEST_FIRST] = "smallest-first",
};
static const char *const ipv6_only_lans[] = {
	[IPV6_ONLY_LAN_OFF] = "off",
	[IPV6_ONLY_LAN_TRANSLATE] = "translate",
	[IPV6_ONLY_LAN_REQUIRE] = "require",
};
static const char *const next_hops[] = {
	[PLAN_NEXT_HOP_MEMBER] = "member",
	[PLAN_NEXT_HOP_OWN] = "own",
};

#define CHOICES(list) .choice = (list), .choice_count = sizeof(list) / sizeof *(list)

#define POLICY(field) \
	{ \
		.name = "policy", .type = PARAMETER_CHOICE, .offset = RULE(field), \
		CHOICES(policies), .expects = "off, log or drop" \
	}

#define YES(parameter_name, field) \
	{ \
		.name = (parameter_name), .type = PARAMETER_YES, .offset = AT(field), \
		.expects = "yes or no" \
	}

#define NUMBER(parameter_name, kind, field, least, most, what) \
	{ \
		.name = (parameter_name), .type = (kind), .offset = AT(field), .min = (least), \
		.max = (most), .expects = (what) \
	}

#define WINDOW(parameter_name, family, bits, what) \
	{ \
		.name = (parameter_name), .type = PARAMETER_WINDOW, \
		.offset = RULE(len_bits_min[family]), .other = RULE(len_bits_max[family]), \
		.max = (bits), .expects = (what) \
	}

#define ASNS(field, count_field, most) \
	{ \
		.name = "networks", .type = PARAMETER_ASNS, .offset = RULE(field), \
		.other = RULE(count_field), .max = (most), \
		.expects = "an AS number from 1 to 4294967295, or one too many" \
	}

#define DAYS(parameter_name, field) \
	NUMBER(parameter_name, PARAMETER_U32, field, 0, RULEBOOK_DAYS_MAX, \
	       "a number of days from 0 to 36500")

/* Pools have the same parameters: lengths of what is given out, and the conditions. */
#define POOL(index, bits) \
	{ \
		NUMBER("default", PARAMETER_U8, pool[index].default_len_bits, 8, bits, \
		       "a prefix length from 8 to " #bits), \
			NUMBER("largest", PARAMETER_U8, pool[index].largest_len_bits, 8, bits, \
			       "a prefix length from 8 to " #bits), \
			NUMBER("smallest", PARAMETER_U8, pool[index].smallest_len_bits, 8, bits, \
			       "a prefix length from 8 to " #bits), \
			YES("must_hold_ipv6", pool[index].must_hold_ipv6), \
			YES("never_held", pool[index].never_held), \
			YES("one_place", pool[index].one_place), \
			{ .name = "waiting_list", \
			  .type = PARAMETER_CHOICE, \
			  .offset = AT(pool[index].waiting), \
			  CHOICES(waitings), \
			  .expects = "none, first-come or smallest-first" }, \
			DAYS("quarantine_days", pool[index].quarantine_days), \
			DAYS("return_days", pool[index].return_days), \
			YES("transfer", pool[index].transfer), \
			DAYS("hold_days", pool[index].hold_days), \
			DAYS("review_days", pool[index].review_days), \
			NUMBER("review_percent", PARAMETER_U8, pool[index].review_percent, 0, 100, \
			       "a number from 0 to 100"), \
	}

const struct key_row key_rows[RULEBOOK_KEY_COUNT] = {
	[RULEBOOK_PEOPLE] = { "", "", { { 0 } } },
	[RULEBOOK_MALFORMED] = { "malformed", "what RFC 7606 treats as a withdrawal", { { 0 } } },
	[RULEBOOK_AS_SET] = { "as-set", "AS_SET and confederations in paths", { { 0 } } },
	[RULEBOOK_FIRST_AS] = { "first-as", "the path begins with the member", { { 0 } } },
	[RULEBOOK_OWN_AS] = { "own-as", "the exchange's own number in the path", { { 0 } } },
	[RULEBOOK_PATH_LENGTH] = { "path-length",
				   "the longest path; max: AS numbers",
				   { NUMBER("max", PARAMETER_U16, rules.path_len_max, 1,
					    PATH_LEN_MAX, "a number from 1 to 1000") } },
	[RULEBOOK_COMMUNITIES] = { "communities",
				   "most communities of a kind; max: how many",
				   { NUMBER("max", PARAMETER_U16, rules.communities_max, 0,
					    COMMUNITIES_MAX, "a number from 0 to 16000") } },
	[RULEBOOK_BOGON_ASN] = { "bogon-asn",
				 "AS numbers not for public use; check: yes or no",
				 { YES("check", rules.check_bogon_asns) } },
	[RULEBOOK_TRANSIT_FREE] = { "transit-free",
				    "not behind another member; networks: a list of AS numbers",
				    { ASNS(transit_free, transit_free_count,
					   PLAN_TRANSIT_FREE_MAX) } },
	[RULEBOOK_NEVER_VIA] = { "never-via-route-server",
				 "nowhere in a path; networks: a list of AS numbers",
				 { ASNS(never_via, never_via_count, PLAN_NEVER_VIA_MAX) } },
	[RULEBOOK_ROUTE_LEAK] = { "route-leak", "Only to Customer (RFC 9234)", { { 0 } } },
	[RULEBOOK_NEXT_HOP] = { "next-hop",
				"accept: member = any address of the member, own = the session's",
				{ { .name = "accept",
				    .type = PARAMETER_CHOICE,
				    .offset = RULE(next_hop_policy),
				    CHOICES(next_hops),
				    .expects = "member or own" } } },
	[RULEBOOK_ASPA] = { "aspa-invalid",
			    "paths against ASPA; policy: off, log or drop",
			    { POLICY(aspa_policy) } },
	[RULEBOOK_BLACKHOLE] = { "blackhole",
				 "RFC 7999; offered, next_hop: addresses, ipv4, ipv6: from length",
				 { YES("offered", rules.blackhole),
				   { .name = "next_hop",
				     .type = PARAMETER_NEXT_HOPS,
				     .offset = RULE(blackhole_next_hop),
				     .other = RULE(has_blackhole_next_hop),
				     .max = FAMILY_COUNT,
				     .expects = "an address, at most one of each family" },
				   NUMBER("ipv4", PARAMETER_U8,
					  rules.blackhole_len_bits_min[FAMILY_IPV4], 8, 32,
					  "a prefix length from 8 to 32"),
				   NUMBER("ipv6", PARAMETER_U8,
					  rules.blackhole_len_bits_min[FAMILY_IPV6], 16, 128,
					  "a prefix length from 16 to 128") } },
	[RULEBOOK_PREFIX_LENGTH] = { "prefix-length",
				     "shortest and longest; ipv4, ipv6: as 8-24",
				     { WINDOW("ipv4", FAMILY_IPV4, 32,
					      "two prefix lengths up to 32, the shorter first, as "
					      "8-24"),
				       WINDOW("ipv6", FAMILY_IPV6, 128,
					      "two prefix lengths up to 128, the shorter first, as "
					      "16-48") } },
	[RULEBOOK_PEERING_LAN] = { "peering-lan", "the exchange's own LANs", { { 0 } } },
	[RULEBOOK_BOGON_PREFIX] = { "bogon-prefix",
				    "prefixes not for public use; check, also: a list of prefixes",
				    { YES("check", rules.check_bogons),
				      { .name = "also",
					.type = PARAMETER_PREFIXES,
					.offset = RULE(bogon),
					.other = RULE(bogon_count),
					.max = PLAN_BOGONS_MAX,
					.expects =
						"a prefix without host bits, or one too many" } } },
	[RULEBOOK_RPKI] = { "rpki-invalid",
			    "origins against ROAs; policy: off, log or drop",
			    { POLICY(rpki_policy) } },
	[RULEBOOK_IRR] = { "irr",
			   "against the member's as-set; policy: off, log or drop",
			   { POLICY(irr_policy) } },
	[RULEBOOK_MAX_PREFIXES] = { "max-prefixes",
				    "ipv4, ipv6: how many; action: warn, block, shut; "
				    "warn_percent; retry_s",
				    { NUMBER("ipv4", PARAMETER_U32, rules.routes_max[FAMILY_IPV4],
					     1, ROUTES_MAX, "a number from 1 to 100000000"),
				      NUMBER("ipv6", PARAMETER_U32, rules.routes_max[FAMILY_IPV6],
					     1, ROUTES_MAX, "a number from 1 to 100000000"),
				      { .name = "action",
					.type = PARAMETER_CHOICE,
					.offset = RULE(limit_action),
					CHOICES(limit_actions),
					.expects = "warn, block or shut" },
				      NUMBER("warn_percent", PARAMETER_U8, rules.warn_percent, 1,
					     100, "a number from 1 to 100"),
				      NUMBER("retry_s", PARAMETER_U32, rules.retry_s, 0,
					     RETRY_S_MAX,
					     "a number of seconds from 0 to 86400") } },
	[RULEBOOK_IPV6_ONLY_LAN] = { "ipv6-only-lan",
				     "RFC 8950 and the others; policy: off, translate, require",
				     { { .name = "policy",
					 .type = PARAMETER_CHOICE,
					 .offset = RULE(ipv6_only_lan),
					 CHOICES(ipv6_only_lans),
					 .expects = "off, translate or require" } } },
	[RULEBOOK_SESSION] = { "session", "sessions that are not as registered", { { 0 } } },
	[RULEBOOK_POOL_PEERING_V4] = { "pool-peering-v4", "addresses of the LAN", POOL(0, 32) },
	[RULEBOOK_POOL_PEERING_V6] = { "pool-peering-v6", "the same, IPv6", POOL(1, 128) },
	[RULEBOOK_POOL_REGISTRY_V4] = { "pool-registry-v4",
					"blocks delegated to holders: sizes and conditions",
					POOL(2, 32) },
	[RULEBOOK_POOL_REGISTRY_V6] = { "pool-registry-v6", "the same, IPv6", POOL(3, 128) },
};

/* --- values in -------------------------------------------------------------------------------- */

static void *field(struct rulebook *book, size_t offset)
{
	return (uint8_t *)book + offset;
}

static const void *field_of(const struct rulebook *book, size_t offset)
{
	return (const uint8_t *)book + offset;
}

bool parameter_is_list(const struct parameter *parameter)
{
	return parameter->type == PARAMETER_ASNS || parameter->type == PARAMETER_PREFIXES ||
	       parameter->type == PARAMETER_NEXT_HOPS;
}

void parameter_clear(struct rulebook *book, const struct parameter *parameter)
{
	if (parameter->type == PARAMETER_NEXT_HOPS) {
		bool *has = field(book, parameter->other);
		for (uint32_t i = 0; i < FAMILY_COUNT; i++)
			has[i] = false;
	} else {
		*(uint32_t *)field(book, parameter->other) = 0;
	}
}

static bool number_take(struct rulebook *book, const struct parameter *parameter, const char *text)
{
	uint32_t number = 0;

	if (!decimal_u32(text, parameter->max, &number) || number < parameter->min)
		return false;
	if (parameter->type == PARAMETER_U8)
		*(uint8_t *)field(book, parameter->offset) = (uint8_t)number;
	else if (parameter->type == PARAMETER_U16)
		*(uint16_t *)field(book, parameter->offset) = (uint16_t)number;
	else
		*(uint32_t *)field(book, parameter->offset) = number;
	return true;
}

static bool window_take(struct rulebook *book, const struct parameter *parameter, const char *text)
{
	const char *dash = strchr(text, '-');
	char first[8];
	uint32_t min = 0;
	uint32_t max = 0;

	if (dash == NULL || (size_t)(dash - text) >= sizeof first)
		return false;
	(void)snprintf(first, sizeof first, "%.*s", (int)(dash - text), text);
	if (!decimal_u32(first, parameter->max, &min) ||
	    !decimal_u32(dash + 1, parameter->max, &max) || min > max)
		return false;
	*(uint8_t *)field(book, parameter->offset) = (uint8_t)min;
	*(uint8_t *)field(book, parameter->other) = (uint8_t)max;
	return true;
}

static bool choice_take(struct rulebook *book, const struct parameter *parameter, const char *text)
{
	for (uint32_t i = 0; i < parameter->choice_count; i++) {
		if (parameter->choice[i] == NULL || strcmp(parameter->choice[i], text) != 0)
			continue;
		*(uint32_t *)field(book, parameter->offset) = i;
		return true;
	}
	return false;
}

static bool asn_take(struct rulebook *book, const struct parameter *parameter, const char *text)
{
	uint32_t *list = field(book, parameter->offset);
	uint32_t *count = field(book, parameter->other);

	return *count < parameter->max && asn_parse(text, &list[*count]) && ++*count != 0;
}

static bool prefix_take(struct rulebook *book, const struct parameter *parameter, const char *text)
{
	struct prefix *list = field(book, parameter->offset);
	uint32_t *count = field(book, parameter->other);
	bool had_host_bits = false;

	return *count < parameter->max && strchr(text, '/') != NULL &&
	       prefix_parse(text, &list[*count], &had_host_bits) && !had_host_bits && ++*count != 0;
}

static bool next_hop_take(struct rulebook *book, const struct parameter *parameter,
			  const char *text)
{
	struct address *list = field(book, parameter->offset);
	bool *has = field(book, parameter->other);
	struct address address;

	if (!address_parse(text, &address) || has[address.family])
		return false;
	has[address.family] = true;
	list[address.family] = address;
	return true;
}

bool parameter_take(struct rulebook *book, const struct parameter *parameter, const char *text)
{
	switch (parameter->type) {
	case PARAMETER_U8:
	case PARAMETER_U16:
	case PARAMETER_U32:
		return number_take(book, parameter, text);
	case PARAMETER_YES:
		*(bool *)field(book, parameter->offset) = strcmp(text, "yes") == 0;
		return strcmp(text, "yes") == 0 || strcmp(text, "no") == 0;
	case PARAMETER_WINDOW:
		return window_take(book, parameter, text);
	case PARAMETER_CHOICE:
		return choice_take(book, parameter, text);
	case PARAMETER_ASNS:
		return asn_take(book, parameter, text);
	case PARAMETER_PREFIXES:
		return prefix_take(book, parameter, text);
	case PARAMETER_NEXT_HOPS:
		return next_hop_take(book, parameter, text);
	case PARAMETER_NONE:
		break;
	}
	return false;
}

/* --- values out ------------------------------------------------------------------------------- */

static void asns_print(const struct rulebook *book, const struct parameter *parameter,
		       struct text_sink out)
{
	const uint32_t *list = field_of(book, parameter->offset);
	const uint32_t *count = field_of(book, parameter->other);

	(void)text_put_text(out, "[");
	for (uint32_t i = 0; i < *count; i++)
		(void)text_put(out, "%s%u", i == 0 ? "" : ", ", list[i]);
	(void)text_put_text(out, "]");
}

static void prefixes_print(const struct rulebook *book, const struct parameter *parameter,
			   struct text_sink out)
{
	const struct prefix *list = field_of(book, parameter->offset);
	const uint32_t *count = field_of(book, parameter->other);
	char text[PREFIX_TEXT_MAX];

	(void)text_put_text(out, "[");
	for (uint32_t i = 0; i < *count; i++) {
		prefix_print(&list[i], text);
		(void)text_put(out, "%s\"%s\"", i == 0 ? "" : ", ", text);
	}
	(void)text_put_text(out, "]");
}

static void next_hops_print(const struct rulebook *book, const struct parameter *parameter,
			    struct text_sink out)
{
	const struct address *list = field_of(book, parameter->offset);
	const bool *has = field_of(book, parameter->other);
	char text[ADDRESS_TEXT_MAX];
	bool is_first = true;

	(void)text_put_text(out, "[");
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		if (!has[i])
			continue;
		address_print(&list[i], text);
		(void)text_put(out, "%s\"%s\"", is_first ? "" : ", ", text);
		is_first = false;
	}
	(void)text_put_text(out, "]");
}

void parameter_print(const struct rulebook *book, const struct parameter *parameter,
		     struct text_sink out)
{
	const void *at = field_of(book, parameter->offset);

	switch (parameter->type) {
	case PARAMETER_U8:
		(void)text_put(out, "%u", *(const uint8_t *)at);
		break;
	case PARAMETER_U16:
		(void)text_put(out, "%u", *(const uint16_t *)at);
		break;
	case PARAMETER_U32:
		(void)text_put(out, "%u", *(const uint32_t *)at);
		break;
	case PARAMETER_YES:
		(void)text_put_text(out, *(const bool *)at ? "yes" : "no");
		break;
	case PARAMETER_WINDOW:
		(void)text_put(out, "%u-%u", *(const uint8_t *)at,
			       *(const uint8_t *)field_of(book, parameter->other));
		break;
	case PARAMETER_CHOICE:
		(void)text_put_text(out, parameter->choice[*(const uint32_t *)at]);
		break;
	case PARAMETER_ASNS:
		asns_print(book, parameter, out);
		break;
	case PARAMETER_PREFIXES:
		prefixes_print(book, parameter, out);
		break;
	case PARAMETER_NEXT_HOPS:
		next_hops_print(book, parameter, out);
		break;
	case PARAMETER_NONE:
		break;
	}
}

/* --- names ------------------------------------------------------------------------------------ */

const char *rulebook_key_name(enum rulebook_key key)
{
	CHECK(key < RULEBOOK_KEY_COUNT);
	return key_rows[key].name;
}

void rulebook_keys_print(struct text_sink out)
{
	for (uint32_t key = RULEBOOK_PEOPLE + 1; key < RULEBOOK_KEY_COUNT; key++)
		(void)text_put(out, "  %-24s %s\n", key_rows[key].name, key_rows[key].help);
}

/* Keys are called as the reasons are; what an IRR says has two. */
enum rulebook_key rulebook_key_of(enum reason reason)
{
	const char *name = reason_name(reason);

	if (strcmp(name, "irr-origin") == 0 || strcmp(name, "irr-prefix") == 0)
		return RULEBOOK_IRR;
	for (uint32_t key = RULEBOOK_PEOPLE + 1; key < RULEBOOK_KEY_COUNT; key++) {
		if (strcmp(key_rows[key].name, name) == 0)
			return (enum rulebook_key)key;
	}
	return RULEBOOK_PEOPLE;
}

const struct rulebook_clause *rulebook_clause_of(const struct rulebook *book, enum rulebook_key key)
{
	return key == RULEBOOK_PEOPLE ? NULL : &book->clause[book->clause_of[key]];
}

const struct rulebook_clause *rulebook_clause_at(const struct rulebook *book, const char *number)
{
	for (uint32_t i = 0; i < book->clause_count; i++) {
		if (strcmp(book->clause[i].number, number) == 0)
			return &book->clause[i];
	}
	return NULL;
}
