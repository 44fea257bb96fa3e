/* unit/rules/check.c — every import check: a row changes one thing and fails that check alone. */
#include "rules/check.h"

#include <string.h>

#include "base/mem.h"
#include "kit/random.h"
#include "kit/tap.h"

#define PATH_MAX_ASNS 80u

struct row {
	const char *name;
	enum reason reason;
	const char *detail; /* of the check that fails; NULL: not looked at */
	const char *prefix; /* NULL: a good one */
	uint32_t path[6];   /* empty: a good one */
	uint32_t path_len;  /* 0: as above; else so many of the member's own */
	uint8_t segment;    /* 0: a sequence */
	const char *next_hop;
	uint32_t otc;
	uint32_t communities;
	bool is_blackhole;
	bool offers_blackhole;
};

#define MEMBER 201001u

static const struct row rows[] = {
	{ "a good one", REASON_NONE, .prefix = NULL },
	{ "RFC 9774 3: a set", REASON_AS_SET, "an AS_SET", .segment = BGP_SEGMENT_SET },
	{ "RFC 5065 4: a confederation", REASON_AS_SET, "a confederation segment",
	  .segment = BGP_SEGMENT_CONFED_SEQUENCE },
	{ "RFC 7606 7.2: another first AS", REASON_FIRST_AS,
	  "the path begins with AS201009, the member is AS201001", .path = { 201009 } },
	{ "RFC 4271 9.1.2: our own AS", REASON_OWN_AS, "AS9033 is the exchange's",
	  .path = { MEMBER, 9033, 201002 } },
	{ "64 ASNs", REASON_NONE, .path_len = 64 },
	{ "65 ASNs", REASON_PATH_LENGTH, "65, at most 64", .path_len = 65 },
	{ "1,000 communities", REASON_NONE, .communities = 1000 },
	{ "1,001 communities", REASON_COMMUNITIES, "1001 of a kind, at most 1000",
	  .communities = 1001 },
	{ "RFC 6996: private use", REASON_BOGON_ASN, "AS64512 is for private use (RFC 6996)",
	  .path = { MEMBER, 64512 } },
	{ "RFC 6793: AS_TRANS", REASON_BOGON_ASN, "AS23456 is AS_TRANS (RFC 6793)",
	  .path = { MEMBER, 23456, 201002 } },
	{ "RFC 7300: the last", REASON_BOGON_ASN, "AS4294967295 is reserved (RFC 7300)",
	  .path = { MEMBER, 4294967295u } },
	{ "a transit-free network behind the member", REASON_TRANSIT_FREE,
	  "AS3356 stands behind AS201001", .path = { MEMBER, 3356, 201002 } },
	{ "one that asks not to be carried", REASON_NEVER_VIA_ROUTE_SERVER, "AS201007",
	  .path = { MEMBER, 201007 } },
	{ "RFC 9234 5: OTC from a member", REASON_ROUTE_LEAK, "OTC was set by AS201001",
	  .otc = MEMBER },
	{ "RFC 7948 4.8: another member's next hop", REASON_NEXT_HOP,
	  "195.69.144.2 is an address of AS201002, not of AS201001", .next_hop = "195.69.144.2" },
	{ "RFC 7948 4.8: nobody's next hop", REASON_NEXT_HOP,
	  "195.69.144.77 is not registered for AS201001", .next_hop = "195.69.144.77" },
	{ "RFC 4271 6.3: next hop 0.0.0.0", REASON_NEXT_HOP,
	  "0.0.0.0 is not registered for AS201001", .next_hop = "0.0.0.0" },
	{ "RFC 7948 4.8: another address of the member", REASON_NONE, .next_hop = "195.69.144.3" },
	{ "RFC 8950: an address of the member of the other family", REASON_NONE,
	  .next_hop = "2001:7f8:1::1" },
	{ "RFC 7999: no such service", REASON_BLACKHOLE,
	  "BLACKHOLE 65535:666 is set, and the service is not offered", .is_blackhole = true },
	{ "RFC 7999: a host to blackhole", REASON_NONE, .prefix = "50.1.2.3/32",
	  .is_blackhole = true, .offers_blackhole = true },
	{ "a host", REASON_PREFIX_LENGTH, "/32 is longer than /24", .prefix = "50.1.2.3/32" },
	{ "a /31 to blackhole", REASON_PREFIX_LENGTH, "/31 is longer than /24",
	  .prefix = "50.1.2.2/31", .is_blackhole = true, .offers_blackhole = true },
	{ "RFC 7454 6.1.3: a /25", REASON_PREFIX_LENGTH, "/25 is longer than /24",
	  .prefix = "50.1.2.0/25" },
	{ "a /7", REASON_PREFIX_LENGTH, "/7 is shorter than /8", .prefix = "50.0.0.0/7" },
	{ "a /8", REASON_NONE, .prefix = "50.0.0.0/8" },
	{ "a /49", REASON_PREFIX_LENGTH, "/49 is longer than /48", .prefix = "2a00:1:2::/49" },
	{ "a /15 of IPv6", REASON_PREFIX_LENGTH, "/15 is shorter than /16", .prefix = "2a00::/15" },
	{ "RFC 7454 6.1.6: the default route", REASON_PREFIX_LENGTH, "/0 is shorter than /8",
	  .prefix = "0.0.0.0/0" },
	{ "RFC 7454 6.1.5: the peering LAN", REASON_PEERING_LAN, "lies in 195.69.144.0/22",
	  .prefix = "195.69.144.0/22" },
	{ "RFC 7454 6.1.5: part of the peering LAN", REASON_PEERING_LAN, "lies in 195.69.144.0/22",
	  .prefix = "195.69.146.0/24" },
	{ "RFC 7454 6.1.5: the peering LAN of IPv6", REASON_PEERING_LAN, "lies in 2001:7f8:1::/48",
	  .prefix = "2001:7f8:1::/48" },
	{ "RFC 1918", REASON_BOGON_PREFIX, "lies in 10.0.0.0/8: private use (RFC 1918)",
	  .prefix = "10.1.0.0/16" },
	{ "RFC 3849", REASON_BOGON_PREFIX, "lies in 2001:db8::/32: documentation (RFC 3849)",
	  .prefix = "2001:db8:1::/48" },
	{ "RFC 4193", REASON_BOGON_PREFIX, "outside global unicast, 2000::/3 (RFC 4291)",
	  .prefix = "fd00:1::/32" },
	{ "RFC 7535: AS112", REASON_NONE, .prefix = "2001:4:112::/48" },
};

static struct plan *plan_make(bool offers_blackhole)
{
	static const struct {
		uint32_t asn;
		const char *address;
	} sessions[] = { { MEMBER, "195.69.144.1" },
			 { 201002, "195.69.144.2" },
			 { MEMBER, "195.69.144.3" },
			 { MEMBER, "2001:7f8:1::1" } };
	struct plan *plan = plan_new();

	plan->asn = 9033;
	plan->rules.blackhole = offers_blackhole;
	plan->rules.never_via[plan->rules.never_via_count++] = 201007;
	/* The member buys no transit itself: in front that is no leak. */
	plan->rules.transit_free[plan->rules.transit_free_count++] = MEMBER;
	plan->lan_count = 2;
	expect_true(prefix_parse("195.69.144.0/22", &plan->lan[0], NULL));
	expect_true(prefix_parse("2001:7f8:1::/48", &plan->lan[1], NULL));
	expect_true(!failed(plan_member_add(plan, MEMBER, "one")));
	expect_true(!failed(plan_member_add(plan, 201002, "two")));
	for (uint16_t i = 0; i < sizeof sessions / sizeof *sessions; i++) {
		struct plan_session session = { .id = { i }, .asn = sessions[i].asn };
		expect_true(address_parse(sessions[i].address, &session.address));
		expect_true(!failed(plan_session_add(plan, &session)));
	}
	plan_seal(plan);
	return plan;
}

static void path_write(const struct row *row, struct wr *wr)
{
	uint32_t count = row->path_len != 0 ? row->path_len : 2;

	for (uint32_t i = 0; row->path[0] != 0 && i < 6; i++)
		count = row->path[i] != 0 ? i + 1 : count;
	wr_u8(wr, row->segment != 0 ? row->segment : BGP_SEGMENT_SEQUENCE);
	wr_u8(wr, count);
	for (uint32_t i = 0; i < count; i++)
		wr_u32(wr, row->path[0] != 0 ? row->path[i] : MEMBER);
	expect_true(wr_ok(wr));
}

static void row_attrs(const struct row *row, struct bgp_attrs *attrs)
{
	static uint8_t path[2 + 4 * PATH_MAX_ASNS];
	static uint8_t communities[8192];
	struct wr path_wr = wr_of(path, sizeof path);
	struct wr communities_wr = wr_of(communities, sizeof communities);
	struct address next_hop;

	expect_true(
		address_parse(row->next_hop != NULL ? row->next_hop : "195.69.144.1", &next_hop));
	*attrs = (struct bgp_attrs){ .has_otc = row->otc != 0, .otc = row->otc };
	attrs->next_hop_len_octets = next_hop.family == FAMILY_IPV4 ? 4 : 16;
	mem_copy(attrs->next_hop, next_hop.octet, 16);
	path_write(row, &path_wr);
	attrs->as_path = wr_octets_of(&path_wr);
	if (row->is_blackhole)
		wr_u32(&communities_wr, 0xffff029a);
	for (uint32_t i = 0; i < row->communities; i++)
		wr_u32(&communities_wr, 0x00640000 + i);
	attrs->communities = wr_octets_of(&communities_wr);
	expect_true(!failed(bgp_attrs_path_facts(attrs)));
}

static void case_checks(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		struct plan *plan = plan_make(row->offers_blackhole);
		const struct plan_session *from = plan_session_of(plan, (struct session_id){ 0 });
		struct bgp_attrs attrs;
		struct prefix prefix;
		char detail[RULES_DETAIL_MAX];
		tap_row(row->name);
		row_attrs(row, &attrs);
		expect_true(prefix_parse(row->prefix != NULL ? row->prefix : "50.1.2.0/24", &prefix,
					 NULL));
		struct rules_case judged = rules_case_of(plan, (struct rules_evidence){ 0 }, from,
							 &attrs);
		expect_text(reason_name(rules_check(&judged, &prefix)), reason_name(row->reason));
		/* One by one: the same check is the first to fail, and it says why. */
		enum reason first = REASON_NONE;
		for (uint32_t r = REASON_NONE + 1; r < REASON_COUNT; r++) {
			bool passed = rules_check_one((enum reason)r, &judged, &prefix, detail);
			if (!passed && first == REASON_NONE)
				first = (enum reason)r;
			expect_true(passed || detail[0] != '\0');
			if (r == row->reason && row->detail != NULL)
				expect_text(detail, row->detail);
		}
		expect_text(reason_name(first), reason_name(row->reason));
		plan_unref(plan);
	}
}

/* RFC 7948 4.8, RFC 2545 3: the link-local address beside the next hop is nobody else's. */
static void case_link_local(void)
{
	static const struct {
		const char *name;
		const char *own;   /* registered for the next hop's port; NULL = none */
		const char *other; /* and for another member's */
		const char *link_local;
		bool fits;
		const char *detail;
	} link_rows[] = {
		{ "none is registered", NULL, NULL, "fe80::9", true, "2001:7f8:1::1" },
		{ "its own", "fe80::1", NULL, "fe80::1", true, "2001:7f8:1::1" },
		{ "not the one that is registered", "fe80::1", NULL, "fe80::9", false,
		  "fe80::9 is not registered for AS201001" },
		{ "another member's", NULL, "fe80::2", "fe80::2", false,
		  "fe80::2 is an address of AS201002, not of AS201001" },
		{ "all zero is none", "fe80::1", NULL, "::", true, "2001:7f8:1::1" },
	};

	for (size_t i = 0; i < sizeof link_rows / sizeof *link_rows; i++) {
		struct plan *plan = plan_new();
		struct plan_slat_row own = { .asn = MEMBER, .has_ipv6 = true };
		struct plan_slat_row other = { .asn = 201002 };
		struct plan_session session = { .asn = MEMBER };
		struct row row = { .next_hop = "2001:7f8:1::1" };
		struct prefix prefix = { .family = FAMILY_IPV4, .len_bits = 24, .octet = { 50 } };
		struct bgp_attrs attrs;
		struct address link_local;
		char detail[RULES_DETAIL_MAX];
		uint16_t number;
		tap_row(link_rows[i].name);
		expect_true(address_parse(row.next_hop, &own.ipv6));
		own.has_link_local = link_rows[i].own != NULL &&
				     address_parse(link_rows[i].own, &own.link_local);
		other.has_link_local = link_rows[i].other != NULL &&
				       address_parse(link_rows[i].other, &other.link_local);
		expect_true(!failed(plan_member_add(plan, MEMBER, "one")));
		expect_true(!failed(plan_slat_add(plan, &other, &number)));
		expect_true(!failed(plan_slat_add(plan, &own, &session.slat)));
		expect_true(address_parse("195.69.144.1", &session.address));
		expect_true(!failed(plan_session_add(plan, &session)));
		plan_seal(plan);
		row_attrs(&row, &attrs);
		expect_true(address_parse(link_rows[i].link_local, &link_local));
		mem_copy(attrs.next_hop + 16, link_local.octet, 16);
		attrs.next_hop_len_octets = 32;
		struct rules_case judged = rules_case_of(
			plan, (struct rules_evidence){ 0 },
			plan_session_of(plan, (struct session_id){ 0 }), &attrs);
		expect_true(rules_check_one(REASON_NEXT_HOP, &judged, &prefix, detail) ==
			    link_rows[i].fits);
		expect_text(detail, link_rows[i].detail);
		plan_unref(plan);
	}
}

/* An empty path, which is legal syntax, and one that begins with a set. */
static void case_paths_without_first_as(void)
{
	struct plan *plan = plan_make(false);
	const struct plan_session *from = plan_session_of(plan, (struct session_id){ 0 });
	struct prefix prefix = { .family = FAMILY_IPV4, .len_bits = 24, .octet = { 50, 1, 2 } };
	static const uint8_t set[] = { BGP_SEGMENT_SET, 1, 0, 0, 3, 0xe8 };
	struct bgp_attrs attrs = { .next_hop_len_octets = 4 };
	char detail[RULES_DETAIL_MAX];
	struct rules_case judged = rules_case_of(plan, (struct rules_evidence){ 0 }, from, &attrs);

	expect_u64(rules_check_attrs(&judged), REASON_FIRST_AS);
	expect_true(!rules_check_one(REASON_FIRST_AS, &judged, &prefix, detail));
	expect_text(detail, "the path is empty, the member is AS201001");
	attrs.as_path = octets_of(set, sizeof set);
	expect_true(!failed(bgp_attrs_path_facts(&attrs)));
	expect_true(!rules_check_one(REASON_FIRST_AS, &judged, &prefix, detail));
	expect_text(detail, "the path begins with a set, the member is AS201001");
	plan_unref(plan);
}

/* The comparisons and the list say the same of any prefix. */
static void case_bogons_agree(void)
{
	struct random random = { tap_seed() };
	struct prefix within;
	const char *kind;
	uint32_t bogons = 0;

	for (uint32_t high = 0; high < 65536; high++) {
		for (uint32_t len = 0; len <= 32; len++) {
			struct prefix prefix = { .family = FAMILY_IPV4, .len_bits = (uint8_t)len };
			static const uint8_t thirds[] = { 0, 2, 99, 100, 113, 255 };
			prefix.octet[0] = (uint8_t)(high >> 8);
			prefix.octet[1] = (uint8_t)high;
			prefix.octet[2] = thirds[random_below(&random, sizeof thirds)];
			prefix_mask(&prefix);
			bool fast = rules_prefix_is_bogon(&prefix);
			expect_true(fast == rules_prefix_bogon_of(&prefix, &within, &kind));
			bogons += fast ? 1u : 0u;
		}
	}
	expect_true(bogons > 100000);
	for (uint32_t i = 0; i < 2000000; i++) {
		static const uint8_t firsts[] = { 0x20, 0x20, 0x20, 0x3f, 0x2a, 0xfd, 0x00 };
		static const uint8_t seconds[] = { 0x01, 0x01, 0x02, 0xff, 0xfe, 0x00 };
		static const uint8_t others[] = { 0x00, 0x01, 0x02, 0x03, 0x04, 0x0d, 0xb8, 0x12 };
		struct prefix prefix = { .family = FAMILY_IPV6 };
		prefix.len_bits = (uint8_t)random_below(&random, 65);
		prefix.octet[0] = firsts[random_below(&random, sizeof firsts)];
		prefix.octet[1] = seconds[random_below(&random, sizeof seconds)];
		for (uint32_t j = 2; j < 8; j++)
			prefix.octet[j] = others[random_below(&random, sizeof others)];
		prefix_mask(&prefix);
		expect_true(rules_prefix_is_bogon(&prefix) ==
			    rules_prefix_bogon_of(&prefix, &within, &kind));
	}
	static const uint32_t edges[] = {
		0,      1,      23455,       23456,       23457,       64495,      64496,
		64511,  64512,  65534,       65535,       65536,       65551,      65552,
		131071, 131072, 4199999999u, 4200000000u, 4294967294u, 4294967295u
	};
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
		expect_true(rules_asn_is_bogon(edges[i]) ==
			    (rules_asn_bogon_kind(edges[i]) != NULL));
}

/* RFC 6890 and the special-purpose registries, by hand. */
static void case_bogons_by_hand(void)
{
	static const struct {
		const char *prefix;
		bool is_bogon;
	} known[] = {
		{ "0.0.0.0/8", true },        { "1.0.0.0/24", false },
		{ "10.0.0.0/8", true },       { "8.0.0.0/7", false },
		{ "100.64.0.0/10", true },    { "100.128.0.0/16", false },
		{ "127.0.0.0/24", true },     { "169.254.0.0/16", true },
		{ "169.253.0.0/16", false },  { "172.16.0.0/12", true },
		{ "172.31.255.0/24", true },  { "172.32.0.0/16", false },
		{ "192.0.0.0/24", true },     { "192.0.1.0/24", false },
		{ "192.0.2.0/24", true },     { "192.31.196.0/24", false },
		{ "192.88.99.0/24", true },   { "192.168.7.0/24", true },
		{ "192.175.48.0/24", false }, { "198.18.0.0/15", true },
		{ "198.20.0.0/16", false },   { "198.51.100.0/24", true },
		{ "203.0.113.0/24", true },   { "223.255.255.0/24", false },
		{ "224.0.0.0/4", true },      { "240.0.0.0/8", true },
		{ "255.255.255.0/24", true }, { "::/0", true },
		{ "2000::/3", false },        { "2001::/32", true },
		{ "2001:2::/48", true },      { "2001:3::/32", false },
		{ "2001:4:112::/48", false }, { "2001:4:113::/48", true },
		{ "2001:10::/28", true },     { "2001:20::/28", true },
		{ "2001:200::/32", false },   { "2001:db8::/32", true },
		{ "2001:7f8::/32", false },   { "2002:c000::/24", true },
		{ "3ffe::/16", true },        { "3fff::/20", true },
		{ "3fff:1000::/24", false },  { "2620:4f:8000::/48", false },
		{ "64:ff9b::/96", true },     { "fc00::/7", true },
		{ "fe80::/10", true },        { "ff00::/8", true },
		{ "4000::/3", true },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		struct prefix prefix;
		tap_row(known[i].prefix);
		expect_true(prefix_parse(known[i].prefix, &prefix, NULL));
		expect_true(rules_prefix_is_bogon(&prefix) == known[i].is_bogon);
	}
}

/* Names are for programs: each its own, found again. */
static void case_names(void)
{
	for (uint32_t i = 0; i < REASON_COUNT; i++) {
		enum reason reason = (enum reason)i;
		expect_u64(reason_of(reason_name(reason)), reason);
		expect_true(strlen(reason_sentence(reason)) > 10);
		expect_true(reason_reference(reason) != NULL);
	}
	expect_u64(reason_of("no such reason"), REASON_COUNT);
}

/* n of rs:1101:n, of a prefix too long and one too short; Euro-IX numbering. */
static void case_numbers(void)
{
	static const struct {
		enum reason reason;
		uint32_t number;
		uint32_t number_short;
	} known[] = {
		{ REASON_PREFIX_LENGTH, 1, 2 }, { REASON_BOGON_PREFIX, 3, 3 },
		{ REASON_PEERING_LAN, 3, 3 },   { REASON_BOGON_ASN, 4, 4 },
		{ REASON_PATH_LENGTH, 5, 5 },   { REASON_FIRST_AS, 7, 7 },
		{ REASON_NEXT_HOP, 8, 8 },      { REASON_TRANSIT_FREE, 14, 14 },
		{ REASON_COMMUNITIES, 15, 15 }, { REASON_RPKI_INVALID, 13, 13 },
		{ REASON_IRR_PREFIX, 9, 9 },    { REASON_IRR_ORIGIN, 10, 10 },
	};
	uint32_t with_number = 0;

	for (uint32_t i = 0; i < sizeof known / sizeof *known; i++) {
		tap_row(reason_name(known[i].reason));
		expect_u64(reason_number(known[i].reason, false), known[i].number);
		expect_u64(reason_number(known[i].reason, true), known[i].number_short);
	}
	for (uint32_t i = 0; i < REASON_COUNT; i++)
		with_number += reason_number((enum reason)i, false) != 0 ? 1 : 0;
	expect_u64(with_number, sizeof known / sizeof *known);
}

static const struct tap_case cases[] = {
	{ "every check", case_checks, 0 },
	{ "link-local next hops", case_link_local, 0 },
	{ "paths without a first AS", case_paths_without_first_as, 0 },
	{ "bogons: comparisons and list agree", case_bogons_agree, 0 },
	{ "bogons by hand", case_bogons_by_hand, 0 },
	{ "names", case_names, 0 },
	{ "numbers for looking glasses", case_numbers, 0 },
};
TAP_MAIN(cases)
