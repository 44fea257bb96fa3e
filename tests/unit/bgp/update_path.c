/* unit/bgp/update_path.c — paths of two-octet speakers made whole, and UPDATEs as large as they
 * get. */
#include "base/mem.h"
#include "bgp/update.h"
#include "kit/tap.h"

#define O 0x80 /* optional */
#define T 0x40 /* transitive */
#define TRANS 0x5b, 0xa0
#define WIDE(n) 0, 3, 0, n

struct row {
	const char *name;
	enum bgp_verdict verdict;
	bool has_as_set;
	uint8_t attrs[80];
	uint8_t attrs_len;
	uint32_t path[6]; /* 0 ends it */
	uint32_t aggregator;
};

#define ATTRS(...) .attrs = { __VA_ARGS__ }, .attrs_len = sizeof((uint8_t[]){ __VA_ARGS__ })
#define PATH(...) T, 2, sizeof((uint8_t[]){ __VA_ARGS__ }), __VA_ARGS__
#define PATH4(...) O | T, 17, sizeof((uint8_t[]){ __VA_ARGS__ }), __VA_ARGS__
#define AGGREGATOR(...) O | T, 7, 6, __VA_ARGS__, 10, 0, 0, 1
#define AGGREGATOR4(...) O | T, 18, 8, __VA_ARGS__, 10, 0, 0, 2

static const struct row rows[] = {
	{ "two octets alone", BGP_KEEP, false, ATTRS(PATH(2, 2, 3, 0xe8, 0, 7)), { 1000, 7 }, 0 },
	{ "RFC 6793 4.2.3: the same length",
	  BGP_KEEP,
	  false,
	  ATTRS(PATH(2, 1, TRANS), PATH4(2, 1, WIDE(1))),
	  { 0x30001 },
	  0 },
	{ "RFC 6793 4.2.3: a leading AS stays",
	  BGP_KEEP,
	  false,
	  ATTRS(PATH(2, 2, 3, 0xe8, TRANS), PATH4(2, 1, WIDE(1))),
	  { 1000, 0x30001 },
	  0 },
	{ "AS4_PATH before AS_PATH",
	  BGP_KEEP,
	  false,
	  ATTRS(PATH4(2, 1, WIDE(1)), PATH(2, 2, 3, 0xe8, TRANS)),
	  { 1000, 0x30001 },
	  0 },
	{ "RFC 6793 4.2.3: a longer AS4_PATH is ignored",
	  BGP_KEEP,
	  false,
	  ATTRS(PATH(2, 1, TRANS), PATH4(2, 2, WIDE(1), WIDE(2))),
	  { 23456 },
	  0 },
	{ "RFC 6793 6: a malformed AS4_PATH is discarded",
	  BGP_DROP_ATTR,
	  false,
	  ATTRS(PATH(2, 1, TRANS), PATH4(2, 2, WIDE(1))),
	  { 23456 },
	  0 },
	{ "RFC 6793 6: of an odd length",
	  BGP_DROP_ATTR,
	  false,
	  ATTRS(PATH(2, 1, TRANS), PATH4(2, 1, WIDE(1), 0)),
	  { 23456 },
	  0 },
	{ "RFC 7607 2: AS 0 in AS4_PATH",
	  BGP_DROP_ATTR,
	  false,
	  ATTRS(PATH(2, 1, TRANS), PATH4(2, 1, 0, 0, 0, 0)),
	  { 23456 },
	  0 },
	{ "RFC 6793 6: a confederation segment goes, the rest stays",
	  BGP_DROP_ATTR,
	  false,
	  ATTRS(PATH(2, 2, 3, 0xe8, TRANS), PATH4(3, 1, WIDE(9), 2, 1, WIDE(1))),
	  { 1000, 0x30001 },
	  0 },
	{ "RFC 9774 3: a set in AS_PATH", BGP_KEEP, true, ATTRS(PATH(1, 1, 3, 0xe8)), { 1000 }, 0 },
	{ "RFC 9774 3: a set in AS4_PATH",
	  BGP_KEEP,
	  true,
	  ATTRS(PATH(2, 1, TRANS), PATH4(1, 1, WIDE(1))),
	  { 23456 },
	  0 },
	{ "RFC 9774 3: a set in an AS4_PATH that is too long",
	  BGP_KEEP,
	  true,
	  ATTRS(PATH(2, 1, TRANS), PATH4(2, 1, WIDE(1), 1, 1, WIDE(2))),
	  { 23456 },
	  0 },
	{ "a two-octet AGGREGATOR",
	  BGP_KEEP,
	  false,
	  ATTRS(PATH(2, 1, 3, 0xe8), AGGREGATOR(3, 0xe8)),
	  { 1000 },
	  1000 },
	{ "RFC 6793 4.2.3: AS4_AGGREGATOR counts",
	  BGP_KEEP,
	  false,
	  ATTRS(PATH(2, 1, 3, 0xe8), AGGREGATOR(TRANS), AGGREGATOR4(WIDE(5))),
	  { 1000 },
	  0x30005 },
	{ "RFC 6793 4.2.3: not behind another AGGREGATOR, and then AS4_PATH neither",
	  BGP_KEEP,
	  false,
	  ATTRS(PATH(2, 1, TRANS), PATH4(2, 1, WIDE(1)), AGGREGATOR4(WIDE(5)), AGGREGATOR(0, 9)),
	  { 23456 },
	  9 },
	{ "AS4_AGGREGATOR by itself says nothing",
	  BGP_KEEP,
	  false,
	  ATTRS(PATH(2, 1, TRANS), PATH4(2, 1, WIDE(1)), AGGREGATOR4(WIDE(5))),
	  { 0x30001 },
	  0 },
	{ "RFC 6793 6: AS4_AGGREGATOR of seven octets",
	  BGP_DROP_ATTR,
	  false,
	  ATTRS(PATH(2, 1, 3, 0xe8), AGGREGATOR(TRANS), O | T, 18, 7, 0, 3, 0, 5, 10, 0, 0),
	  { 1000 },
	  23456 },
	{ "RFC 7607 2: AS 0 in AS4_AGGREGATOR",
	  BGP_DROP_ATTR,
	  false,
	  ATTRS(PATH(2, 1, 3, 0xe8), AGGREGATOR(TRANS), AGGREGATOR4(0, 0, 0, 0)),
	  { 1000 },
	  23456 },
};

static uint8_t scratch[BGP_UPDATE_SCRATCH_OCTETS];
static uint8_t body[BGP_EXTENDED_MESSAGE_OCTETS_MAX];

static struct bgp_update_mode mode_of(bool as4)
{
	return (struct bgp_update_mode){ .as4 = as4,
					 .families = { true, true },
					 .path_asns_max = BGP_PATH_ASNS_MAX,
					 .communities_max = UINT16_MAX,
					 .scratch = scratch };
}

static void read_attrs(const struct bgp_update_mode *mode, struct octets attrs,
		       struct bgp_update *out)
{
	static const uint8_t rest[] = { T, 1, 1, 0, T, 3, 4, 10, 0, 0, 1 };
	static const uint8_t nlri[] = { 24, 50, 1, 2 };
	struct wr wr = wr_of(body, sizeof body);

	wr_u16(&wr, 0);
	wr_u16(&wr, attrs.len_octets + (uint32_t)sizeof rest);
	wr_octets(&wr, attrs);
	wr_octets(&wr, octets_of(rest, sizeof rest));
	wr_octets(&wr, octets_of(nlri, sizeof nlri));
	expect_true(wr_ok(&wr));
	bgp_update_read(wr_octets_of(&wr), mode, out);
}

static void case_two_octets(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bgp_update_mode mode = mode_of(false);
		struct bgp_update update;
		uint32_t asn = 0;
		uint32_t at = 0;
		tap_row(rows[i].name);
		read_attrs(&mode, octets_of(rows[i].attrs, rows[i].attrs_len), &update);
		expect_u64(update.verdict, rows[i].verdict);
		expect_true(update.attrs.has_as_set == rows[i].has_as_set);
		struct bgp_path_walk walk = bgp_path_walk_of(update.attrs.as_path);
		for (; bgp_path_walk_next(&walk, &asn); at++)
			expect_u64(asn, rows[i].path[at]);
		expect_u64(rows[i].path[at], 0);
		expect_true(rows[i].has_as_set || update.attrs.path_len == at);
		struct rd rd = rd_of_octets(update.attrs.aggregator);
		expect_u64(rd_u32(&rd), rows[i].aggregator);
	}
}

/* RFC 7606 7.2 and the bound on paths: long ones are read, the longest are withdrawn. */
static void case_long_paths(void)
{
	static const struct {
		uint32_t asns;
		uint32_t per_segment;
		enum bgp_verdict verdict;
	} paths[] = {
		{ 255, 255, BGP_KEEP },       { 256, 255, BGP_KEEP },
		{ 300, 1, BGP_KEEP },         { 750, 255, BGP_KEEP },
		{ 751, 255, BGP_WITHDRAW },   { 2049, 255, BGP_WITHDRAW },
		{ 16000, 255, BGP_WITHDRAW }, { 10000, 1, BGP_WITHDRAW },
	};
	static uint8_t attrs[65000];

	for (size_t i = 0; i < 2 * (sizeof paths / sizeof *paths); i++) {
		bool as4 = i % 2 == 0;
		uint32_t left = paths[i / 2].asns;
		struct bgp_update_mode mode = mode_of(as4);
		struct bgp_update update;
		struct wr wr = wr_of(attrs, sizeof attrs);
		wr_u8(&wr, T | BGP_FLAG_EXTENDED_LENGTH);
		wr_u8(&wr, BGP_ATTR_AS_PATH);
		wr_u16(&wr, 0);
		while (left != 0) {
			uint32_t count = left < paths[i / 2].per_segment ? left :
									   paths[i / 2].per_segment;
			wr_u8(&wr, BGP_SEGMENT_SEQUENCE);
			wr_u8(&wr, count);
			for (uint32_t j = 0; j < count; j++) {
				if (as4)
					wr_u32(&wr, 1000);
				else
					wr_u16(&wr, 1000);
			}
			left -= count;
		}
		wr_fill_u16(&wr, 2, wr.pos - 4);
		expect_true(wr_ok(&wr));
		read_attrs(&mode, wr_octets_of(&wr), &update);
		expect_u64(update.verdict, paths[i / 2].verdict);
		expect_u64(update.attrs.path_len, paths[i / 2].asns);
	}
}

/* Every code there is in one UPDATE: those of other trades are discarded, two MP attributes that
 * are cut short reset; without them, what is unknown is carried and what is too much withdraws. */
static void case_every_code(void)
{
	for (uint32_t most = 0; most <= 256; most += 64) {
		static uint8_t attrs[4000];
		struct bgp_update_mode mode = mode_of(true);
		struct bgp_update update;
		struct wr wr = wr_of(attrs, sizeof attrs);
		uint32_t unknown = 0;
		uint32_t discarded = 0;
		bool has_discarded = false;
		static const uint8_t path[] = { PATH(2, 1, 0, 0, 3, 0xe8) };
		wr_octets(&wr, octets_of(path, sizeof path));
		for (uint32_t code = 0; code < 256 && unknown < most; code++) {
			bool is_known = bgp_attr_name((uint8_t)code) != NULL;
			bool is_discarded = bgp_attr_policy_default.action[code] ==
					    BGP_ATTR_DISCARD;
			if (is_known && (!is_discarded || code <= 10))
				continue;
			wr_u8(&wr, O | T);
			wr_u8(&wr, code);
			wr_u8(&wr, 1);
			wr_u8(&wr, code);
			unknown += is_discarded ? 0u : 1u;
			discarded += is_discarded ? 1u : 0u;
			has_discarded |= is_discarded;
		}
		read_attrs(&mode, wr_octets_of(&wr), &update);
		for (uint32_t code = 0; code < 256; code++)
			discarded -= bgp_update_dropped(&update, (uint8_t)code) ? 1u : 0u;
		expect_u64(discarded, 0);
		expect_u64(update.verdict, unknown > 64  ? BGP_WITHDRAW :
					   has_discarded ? BGP_DROP_ATTR :
							   BGP_KEEP);
		expect_true(unknown > 64 || !update.is_malformed);
		expect_u64(update.attrs.unknown.len_octets, 4 * (unknown > 64 ? 64 : unknown));
	}
	static const uint8_t mp[] = { O, 14, 1, 0, O, 15, 1, 0 };
	struct bgp_update_mode mode = mode_of(true);
	struct bgp_update update;
	read_attrs(&mode, octets_of(mp, sizeof mp), &update);
	expect_u64(update.verdict, BGP_RESET);
}

/* RFC 4271 5: an unknown one goes on with the Partial bit, in canonical form. */
static void case_unknown_form(void)
{
	static const uint8_t attrs[] = {
		PATH(2, 1, 0, 0, 3, 0xe8), O | T | 0x1f, 200, 0, 2, 7, 8, O | T, 99, 0,
	};
	static const uint8_t kept[] = { O | T | 0x20, 99, 0, O | T | 0x20, 200, 2, 7, 8 };
	struct bgp_update_mode mode = mode_of(true);
	struct bgp_update update;

	read_attrs(&mode, octets_of(attrs, sizeof attrs), &update);
	expect_u64(update.verdict, BGP_KEEP);
	expect_octets(update.attrs.unknown.at, update.attrs.unknown.len_octets, kept, sizeof kept);
}

/* A table by code may also withdraw, or let pass what the default leaves out. */
static void case_policy(void)
{
	static const uint8_t attrs[] = {
		PATH(2, 1, 0, 0, 3, 0xe8), O | T, 40, 1, 7, O | T, 99, 1, 7
	};
	struct bgp_attr_policy policy = bgp_attr_policy_default;
	struct bgp_update_mode mode = mode_of(true);
	struct bgp_update update;

	mode.policy = &policy;
	policy.action[40] = BGP_ATTR_PASS;
	policy.action[99] = BGP_ATTR_DISCARD;
	read_attrs(&mode, octets_of(attrs, sizeof attrs), &update);
	expect_u64(update.verdict, BGP_DROP_ATTR);
	expect_u64(update.attrs.unknown.len_octets, 4);
	expect_u64(update.attrs.unknown.at[1], 40);
	policy.action[99] = BGP_ATTR_WITHDRAW;
	read_attrs(&mode, octets_of(attrs, sizeof attrs), &update);
	expect_u64(update.verdict, BGP_WITHDRAW);
	expect_true(!update.is_malformed);
}

/* RFC 8092 5 and RFC 4360 2: as many as a message holds; each once where that is asked for. */
static void case_many_communities(void)
{
	static const struct {
		uint8_t code;
		uint8_t size;
		uint32_t count;
		uint32_t distinct;
		uint32_t kept;
	} lists[] = {
		{ 8, 4, 16, 16, 16 },          { 8, 4, 17, 5, 5 },
		{ 8, 4, 1000, 1000, 1000 },    { 8, 4, 1024, 1000, 1000 },
		{ 8, 4, 16000, 16000, 16000 }, { 32, 12, 1000, 999, 999 },
		{ 32, 12, 5000, 5000, 5000 },  { 16, 8, 900, 300, 300 },
		{ 25, 20, 200, 50, 50 },
	};
	static uint8_t attrs[65000];

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		static const uint8_t path[] = { PATH(2, 1, 0, 0, 3, 0xe8) };
		struct bgp_update_mode mode = mode_of(true);
		struct bgp_update update;
		struct wr wr = wr_of(attrs, sizeof attrs);
		wr_octets(&wr, octets_of(path, sizeof path));
		wr_u8(&wr, O | T | BGP_FLAG_EXTENDED_LENGTH);
		wr_u8(&wr, lists[i].code);
		wr_u16(&wr, lists[i].count * lists[i].size);
		for (uint32_t j = 0; j < lists[i].count; j++) {
			wr_repeat(&wr, 0, lists[i].size - 4u);
			wr_u32(&wr, j % lists[i].distinct);
		}
		expect_true(wr_ok(&wr));
		read_attrs(&mode, wr_octets_of(&wr), &update);
		expect_u64(update.verdict, BGP_KEEP);
		uint32_t len = update.attrs.communities.len_octets + update.attrs.large.len_octets +
			       update.attrs.extended.len_octets +
			       update.attrs.extended_ipv6.len_octets;
		expect_u64(len, lists[i].kept * lists[i].size);
		mode.communities_max = 999;
		read_attrs(&mode, wr_octets_of(&wr), &update);
		expect_u64(update.verdict, lists[i].count > 999 ? BGP_WITHDRAW : BGP_KEEP);
	}
}

static const struct tap_case cases[] = {
	{ "paths of two-octet speakers", case_two_octets, 0 },
	{ "long paths", case_long_paths, 0 },
	{ "every code in one UPDATE", case_every_code, 0 },
	{ "the form of an unknown attribute", case_unknown_form, 0 },
	{ "another policy", case_policy, 0 },
	{ "many communities", case_many_communities, 0 },
};
TAP_MAIN(cases)
