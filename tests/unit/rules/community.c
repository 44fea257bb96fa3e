/* unit/rules/community.c — what communities order, and what is left of them for a receiver. */
#include "rules/community.h"

#include "kit/tap.h"

#define RS 9033u /* two octets */
#define WIDE_RS 263000u
#define MEMBERS 4u

/* Members AS1000, 1001, 1002 and 70000, a session each; the last takes blackholes. */
static const uint32_t asns[MEMBERS] = { 1000, 1001, 1002, 70000 };

struct row {
	const char *name;
	uint8_t allowed; /* a bit for each member */
	uint8_t prepended[RULES_PREPEND_MAX + 1];
	uint32_t standard[4]; /* 0 ends it */
	uint32_t large[3][3]; /* a global administrator of 0 ends it */
	bool is_wide;         /* the exchange's ASN is four octets wide */
};

#define STD(high, low) ((uint32_t)(high) << 16 | (low))

static const struct row rows[] = {
	{ "nothing said", 15, { 0 }, { 0 }, { { 0 } }, false },
	{ "another's communities", 15, { 0 }, { STD(2, 1000) }, { { 3, 0, 1000 } }, false },
	{ "not to one", 13, { 0 }, { STD(0, 1001) }, { { 0 } }, false },
	{ "not to one, large", 13, { 0 }, { 0 }, { { RS, 0, 1001 } }, false },
	{ "not to one of four octets", 7, { 0 }, { 0 }, { { RS, 0, 70000 } }, false },
	{ "not to one that is not here", 15, { 0 }, { STD(0, 7) }, { { RS, 0, 8 } }, false },
	{ "to nobody", 0, { 0 }, { STD(0, RS) }, { { 0 } }, false },
	{ "to nobody, 0:0", 0, { 0 }, { 0x10000, STD(0, 0) }, { { RS, 0, 0 } }, false },
	{ "to nobody, large", 0, { 0 }, { 0 }, { { RS, 0, 0 } }, false },
	{ "to one alone", 2, { 0 }, { STD(0, RS), STD(RS, 1001) }, { { 0 } }, false },
	{ "to one alone, in the other order",
	  2,
	  { 0 },
	  { STD(RS, 1001), STD(0, RS) },
	  { { 0 } },
	  false },
	{ "to one alone, mixed", 8, { 0 }, { STD(0, RS) }, { { RS, 1, 70000 } }, false },
	{ "to one and not to one: not",
	  0,
	  { 0 },
	  { STD(0, RS), STD(RS, 1001), STD(0, 1001) },
	  { { 0 } },
	  false },
	{ "to everybody", 15, { 0 }, { STD(RS, RS) }, { { RS, 1, 0 } }, false },
	{ "prepend once to one", 15, { 0, 1, 0, 0 }, { STD(65511, 1000) }, { { 0 } }, false },
	{ "prepend twice to one, large", 15, { 0, 0, 8, 0 }, { 0 }, { { RS, 102, 70000 } }, false },
	{ "prepend three times to all", 15, { 0, 0, 0, 15 }, { STD(65513, RS) }, { { 0 } }, false },
	{ "prepend three times to all, large",
	  15,
	  { 0, 0, 0, 15 },
	  { 0 },
	  { { RS, 103, 0 } },
	  false },
	{ "one peer beats all",
	  15,
	  { 0, 1, 0, 14 },
	  { STD(65513, RS), STD(65511, 1000) },
	  { { 0 } },
	  false },
	{ "of two for a peer the larger",
	  15,
	  { 0, 0, 0, 1 },
	  { STD(65513, 1000), STD(65511, 1000) },
	  { { RS, 102, 1000 } },
	  false },
	{ "of two for all the larger",
	  15,
	  { 0, 0, 15, 0 },
	  { STD(65511, RS) },
	  { { RS, 102, 0 } },
	  false },
	{ "informational ones order nothing",
	  15,
	  { 0 },
	  { 0 },
	  { { RS, 1000, 1001 }, { RS, 1101, 3 }, { RS, 1102, 0 } },
	  false },
	{ "prepend four times is no order",
	  15,
	  { 0 },
	  { STD(65514, RS) },
	  { { RS, 104, 0 } },
	  false },
	{ "RFC 7999 3: a blackhole goes to who takes it",
	  8,
	  { 0 },
	  { STD(65535, 666) },
	  { { 0 } },
	  false },
	{ "RFC 7999: a blackhole, not to that one",
	  0,
	  { 0 },
	  { STD(65535, 666) },
	  { { RS, 0, 70000 } },
	  false },
	{ "RFC 8326: graceful shutdown goes to all",
	  15,
	  { 0 },
	  { STD(65535, 0) },
	  { { 0 } },
	  false },
	{ "RFC 1997: NO_EXPORT is not for us", 15, { 0 }, { STD(65535, 65281) }, { { 0 } }, false },
	{ "wide: not to one", 13, { 0 }, { STD(0, 1001) }, { { 0 } }, true },
	{ "wide: to nobody", 0, { 0 }, { 0 }, { { WIDE_RS, 0, 0 } }, true },
	{ "wide: the low half of its number is somebody",
	  15,
	  { 0 },
	  { STD(0, WIDE_RS & 0xffff), STD(WIDE_RS & 0xffff, 1001) },
	  { { 0 } },
	  true },
};

static struct plan *plan_make(bool is_wide)
{
	struct plan *plan = plan_new();

	plan->asn = is_wide ? WIDE_RS : RS;
	for (uint16_t i = 0; i < MEMBERS; i++) {
		struct plan_session session = { .id = { i },
						.asn = asns[i],
						.takes_blackhole = i == 3,
						.address = address_ipv4(0x0a000001u + i) };
		expect_true(!failed(plan_member_add(plan, asns[i], "member")));
		expect_true(!failed(plan_session_add(plan, &session)));
	}
	plan_seal(plan);
	return plan;
}

static void row_attrs(const struct row *row, struct bgp_attrs *attrs)
{
	static uint8_t octets[128];
	struct wr wr = wr_of(octets, sizeof octets);

	*attrs = (struct bgp_attrs){ 0 };
	for (uint32_t i = 0; i < 4 && row->standard[i] != 0; i++)
		wr_u32(&wr, row->standard[i]);
	/* 0:0 is nothing that the table could end with. */
	if (row->standard[0] == 0x10000)
		wr_u32(&wr, 0);
	attrs->communities = octets_of(octets, wr.pos);
	for (uint32_t i = 0; i < 3 && row->large[i][0] != 0; i++) {
		for (uint32_t j = 0; j < 3; j++)
			wr_u32(&wr, row->large[i][j]);
	}
	attrs->large = octets_of(octets + attrs->communities.len_octets,
				 wr.pos - attrs->communities.len_octets);
}

static void case_audiences(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		struct plan *plan = plan_make(row->is_wide);
		struct rules_audience audience;
		struct bgp_attrs attrs;
		uint64_t prepended = 0;
		tap_row(row->name);
		row_attrs(row, &attrs);
		rules_audience_of(plan, &attrs, &audience);
		expect_u64(audience.allowed.word[0], row->allowed);
		for (uint32_t count = 1; count <= RULES_PREPEND_MAX; count++) {
			expect_u64(audience.prepended[count].word[0], row->prepended[count]);
			expect_u64(prepended & audience.prepended[count].word[0], 0);
			prepended |= audience.prepended[count].word[0];
		}
		expect_true(rules_is_steered(plan, &attrs) ||
			    (row->allowed == 15 && prepended == 0));
		plan_unref(plan);
	}
}

/* RFC 7947 2.2.4, RFC 7454 11: the exchange's own space is empty when a route leaves, all else is
 * as it came. */
static void case_scrubbed(void)
{
	static const uint32_t standard[] = { STD(0, 1001),     STD(RS, 1),        STD(RS, 1000),
					     STD(65511, 1000), STD(65513, RS),    STD(65514, 1000),
					     STD(65510, 7),    STD(1000, 1),      STD(65535, 65281),
					     STD(65535, 0),    STD(65535, 65284), STD(65535, 6) };
	static const uint32_t kept[] = { STD(65514, 1000),  STD(65510, 7), STD(1000, 1),
					 STD(65535, 65281), STD(65535, 0), STD(65535, 65284),
					 STD(65535, 6) };
	static const uint32_t large[][3] = { { RS, 0, 1001 }, { RS, 1, 1001 },  { RS, 101, 0 },
					     { RS, 1000, 7 }, { RS, 1101, 3 },  { RS, 1102, 2 },
					     { RS, 77, 77 },  { 1000, 1000, 1 } };
	/* Route target and route origin of the exchange, and of others; of two and four octets. */
	static const uint8_t extended[] = { 0, 2, RS >> 8, RS & 0xff, 0,       0,         0, 1,
					    0, 3, RS >> 8, RS & 0xff, 0,       0,         0, 2,
					    2, 2, 0,       0,         RS >> 8, RS & 0xff, 0, 3,
					    0, 2, 0x03,    0xe8,      0,       0,         0, 4,
					    1, 2, 0,       0,         RS >> 8, RS & 0xff, 0, 5 };
	uint8_t octets[256];
	uint8_t out_octets[256];
	uint8_t expected[64];
	struct wr wr = wr_of(octets, sizeof octets);
	struct wr out = wr_of(out_octets, sizeof out_octets);
	struct wr expected_wr = wr_of(expected, sizeof expected);
	struct plan *plan = plan_make(false);
	struct bgp_attrs attrs = { 0 };

	for (size_t i = 0; i < sizeof standard / 4; i++)
		wr_u32(&wr, standard[i]);
	attrs.communities = octets_of(octets, wr.pos);
	for (size_t i = 0; i < 8; i++) {
		for (uint32_t j = 0; j < 3; j++)
			wr_u32(&wr, large[i][j]);
	}
	attrs.large = octets_of(octets + attrs.communities.len_octets,
				wr.pos - attrs.communities.len_octets);
	attrs.extended = octets_of(extended, sizeof extended);
	for (size_t i = 0; i < sizeof kept / 4; i++)
		wr_u32(&expected_wr, kept[i]);
	struct octets left = rules_export_communities(plan, &attrs, false, &out);
	expect_octets(left.at, left.len_octets, expected, expected_wr.pos);
	left = rules_export_large(plan, &attrs, &out);
	expect_octets(left.at, left.len_octets, attrs.large.at + 84, 12);
	expect_true(rules_has_own_extended(plan, &attrs));
	left = rules_export_extended(plan, &attrs, &out);
	expect_octets(left.at, left.len_octets, extended + 24, 16);
	attrs.extended = octets_of(extended + 24, 16);
	expect_true(!rules_has_own_extended(plan, &attrs));
	plan_unref(plan);
}

/* RFC 7999 3.2: a blackhole route leaves with NO_EXPORT, once. */
static void case_no_export(void)
{
	struct plan *plan = plan_make(false);

	for (uint32_t has = 0; has <= 1; has++) {
		uint8_t octets[16];
		uint8_t out_octets[16];
		struct wr wr = wr_of(octets, sizeof octets);
		struct wr out = wr_of(out_octets, sizeof out_octets);
		wr_u32(&wr, STD(65535, 666));
		if (has != 0)
			wr_u32(&wr, 0xffffff01);
		struct bgp_attrs attrs = { .communities = wr_octets_of(&wr) };
		struct octets left = rules_export_communities(plan, &attrs, true, &out);
		expect_u64(left.len_octets, 8);
		expect_u64(left.at[7], 1);
	}
	plan_unref(plan);
}

static const struct tap_case cases[] = {
	{ "whom communities address", case_audiences, 0 },
	{ "what is left of them", case_scrubbed, 0 },
	{ "blackholes stay", case_no_export, 0 },
};
TAP_MAIN(cases)
