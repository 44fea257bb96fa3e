/* unit/bgp/update.c — malformed UPDATEs and their verdicts: a row changes one thing.
 * RFC 7606 throughout; the clause stands in the row's name. */
#include "bgp/update.h"
#include "base/mem.h"
#include "kit/tap.h"
#include "net/prefix.h"

#define O 0x80 /* optional */
#define T 0x40 /* transitive */
#define ORIGIN_IGP T, 1, 1, 0
#define PATH T, 2, 6, 2, 1, 0, 0, 0x03, 0xe8
#define NEXT_HOP T, 3, 4, 10, 0, 0, 1
#define BASE ORIGIN_IGP, PATH, NEXT_HOP
#define NLRI 24, 50, 1, 2

struct row {
	const char *name;
	enum bgp_verdict verdict;
	uint8_t subcode; /* when the session is reset */
	uint8_t attrs[120];
	uint8_t attrs_len;
	uint8_t nlri[16];
	uint8_t nlri_len;
};

#define ATTRS(...) .attrs = { __VA_ARGS__ }, .attrs_len = sizeof((uint8_t[]){ __VA_ARGS__ })
#define WITH(...) .nlri = { __VA_ARGS__ }, .nlri_len = sizeof((uint8_t[]){ __VA_ARGS__ })

static const struct row rows[] = {
	{ "whole and well", BGP_KEEP, 0, ATTRS(BASE), WITH(NLRI) },
	{ "3 d: ORIGIN missing", BGP_WITHDRAW, 0, ATTRS(PATH, NEXT_HOP), WITH(NLRI) },
	{ "3 d: AS_PATH missing", BGP_WITHDRAW, 0, ATTRS(ORIGIN_IGP, NEXT_HOP), WITH(NLRI) },
	{ "3 d: NEXT_HOP missing", BGP_WITHDRAW, 0, ATTRS(ORIGIN_IGP, PATH), WITH(NLRI) },
	{ "7.1: ORIGIN of two octets", BGP_WITHDRAW, 0, ATTRS(T, 1, 2, 0, 0, PATH, NEXT_HOP),
	  WITH(NLRI) },
	{ "7.1: ORIGIN of none", BGP_WITHDRAW, 0, ATTRS(T, 1, 0, PATH, NEXT_HOP), WITH(NLRI) },
	{ "7.1: ORIGIN 3", BGP_WITHDRAW, 0, ATTRS(T, 1, 1, 3, PATH, NEXT_HOP), WITH(NLRI) },
	{ "3 c: ORIGIN optional", BGP_WITHDRAW, 0, ATTRS(O | T, 1, 1, 0, PATH, NEXT_HOP),
	  WITH(NLRI) },
	{ "3 c: ORIGIN partial", BGP_WITHDRAW, 0, ATTRS(T | 0x20, 1, 1, 0, PATH, NEXT_HOP),
	  WITH(NLRI) },
	{ "7.2: segment of type 0", BGP_WITHDRAW, 0,
	  ATTRS(ORIGIN_IGP, T, 2, 6, 0, 1, 0, 0, 3, 0xe8, NEXT_HOP), WITH(NLRI) },
	{ "7.2: segment of type 5", BGP_WITHDRAW, 0,
	  ATTRS(ORIGIN_IGP, T, 2, 6, 5, 1, 0, 0, 3, 0xe8, NEXT_HOP), WITH(NLRI) },
	{ "7.2: segment without an ASN", BGP_WITHDRAW, 0,
	  ATTRS(ORIGIN_IGP, T, 2, 2, 2, 0, NEXT_HOP), WITH(NLRI) },
	{ "7.2: segment overruns", BGP_WITHDRAW, 0,
	  ATTRS(ORIGIN_IGP, T, 2, 6, 2, 2, 0, 0, 3, 0xe8, NEXT_HOP), WITH(NLRI) },
	{ "7.2: a stray octet behind the path", BGP_WITHDRAW, 0,
	  ATTRS(ORIGIN_IGP, T, 2, 7, 2, 1, 0, 0, 3, 0xe8, 2, NEXT_HOP), WITH(NLRI) },
	{ "RFC 7607: AS 0 in the path", BGP_WITHDRAW, 0,
	  ATTRS(ORIGIN_IGP, T, 2, 6, 2, 1, 0, 0, 0, 0, NEXT_HOP), WITH(NLRI) },
	{ "RFC 5065 5: confederation segment", BGP_WITHDRAW, 0,
	  ATTRS(ORIGIN_IGP, T, 2, 6, 3, 1, 0, 0, 3, 0xe8, NEXT_HOP), WITH(NLRI) },
	{ "4: empty AS_PATH is legal here", BGP_KEEP, 0, ATTRS(ORIGIN_IGP, T, 2, 0, NEXT_HOP),
	  WITH(NLRI) },
	{ "7.3: NEXT_HOP of five octets", BGP_WITHDRAW, 0,
	  ATTRS(ORIGIN_IGP, PATH, T, 3, 5, 10, 0, 0, 1, 0), WITH(NLRI) },
	{ "7.4: MED of three octets", BGP_WITHDRAW, 0, ATTRS(BASE, O, 4, 3, 0, 0, 1), WITH(NLRI) },
	{ "7.5: LOCAL_PREF is discarded", BGP_DROP_ATTR, 0, ATTRS(BASE, T, 5, 4, 0, 0, 0, 1),
	  WITH(NLRI) },
	{ "7.5: LOCAL_PREF of any length", BGP_DROP_ATTR, 0, ATTRS(BASE, T, 5, 1, 9), WITH(NLRI) },
	{ "7.6: ATOMIC_AGGREGATE with an octet", BGP_DROP_ATTR, 0, ATTRS(BASE, T, 6, 1, 0),
	  WITH(NLRI) },
	{ "7.7: AGGREGATOR of seven octets", BGP_DROP_ATTR, 0,
	  ATTRS(BASE, O | T, 7, 7, 0, 0, 3, 0xe8, 10, 0, 0), WITH(NLRI) },
	{ "7.7: AGGREGATOR of six from a four-octet speaker", BGP_DROP_ATTR, 0,
	  ATTRS(BASE, O | T, 7, 6, 3, 0xe8, 10, 0, 0, 1), WITH(NLRI) },
	{ "RFC 7607: AGGREGATOR of AS 0", BGP_DROP_ATTR, 0,
	  ATTRS(BASE, O | T, 7, 8, 0, 0, 0, 0, 10, 0, 0, 1), WITH(NLRI) },
	{ "7.8: COMMUNITIES of five octets", BGP_WITHDRAW, 0,
	  ATTRS(BASE, O | T, 8, 5, 0, 1, 0, 2, 0), WITH(NLRI) },
	{ "7.8: COMMUNITIES of none", BGP_WITHDRAW, 0, ATTRS(BASE, O | T, 8, 0), WITH(NLRI) },
	{ "7.9: ORIGINATOR_ID is discarded", BGP_DROP_ATTR, 0, ATTRS(BASE, O, 9, 4, 1, 1, 1, 1),
	  WITH(NLRI) },
	{ "7.10: CLUSTER_LIST is discarded", BGP_DROP_ATTR, 0, ATTRS(BASE, O, 10, 4, 1, 1, 1, 1),
	  WITH(NLRI) },
	{ "7.14: extended communities of nine", BGP_WITHDRAW, 0,
	  ATTRS(BASE, O | T, 16, 9, 0, 2, 0, 1, 0, 0, 0, 1, 0), WITH(NLRI) },
	{ "RFC 8092 6: large communities of thirteen", BGP_WITHDRAW, 0,
	  ATTRS(BASE, O | T, 32, 13, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0), WITH(NLRI) },
	{ "RFC 6793 6: AS4_PATH from a four-octet speaker", BGP_DROP_ATTR, 0,
	  ATTRS(BASE, O | T, 17, 6, 2, 1, 0, 0, 3, 0xe8), WITH(NLRI) },
	{ "RFC 9234 5: OTC of three octets", BGP_WITHDRAW, 0, ATTRS(BASE, O | T, 35, 3, 0, 0, 1),
	  WITH(NLRI) },
	{ "attribute 28 without a value", BGP_DROP_ATTR, 0, ATTRS(BASE, O | T | 0x20, 28, 0),
	  WITH(NLRI) },
	{ "attribute 40, all zero", BGP_DROP_ATTR, 0, ATTRS(BASE, O | T | 0x20, 40, 4, 0, 0, 0, 0),
	  WITH(NLRI) },
	{ "unknown, optional transitive", BGP_KEEP, 0, ATTRS(BASE, O | T, 0xf0, 2, 1, 2),
	  WITH(NLRI) },
	{ "unknown, optional non-transitive", BGP_KEEP, 0, ATTRS(BASE, O, 0xf0, 2, 1, 2),
	  WITH(NLRI) },
	{ "unknown, well-known", BGP_RESET, 2, ATTRS(BASE, T, 99, 1, 0), WITH(NLRI) },
	{ "3 g: ORIGIN twice keeps the first", BGP_DROP_ATTR, 0, ATTRS(BASE, T, 1, 1, 2),
	  WITH(NLRI) },
	{ "3 g: MP_UNREACH twice", BGP_RESET, 1, ATTRS(BASE, O, 15, 3, 0, 2, 1, O, 15, 3, 0, 2, 1),
	  WITH(NLRI) },
	{ "3 h: withdraw beats discard", BGP_WITHDRAW, 0,
	  ATTRS(T, 1, 1, 7, PATH, NEXT_HOP, O | T, 7, 1, 0), WITH(NLRI) },
	{ "4: a stray octet behind the attributes", BGP_WITHDRAW, 0, ATTRS(BASE, T), WITH(NLRI) },
	{ "4: the last attribute overruns", BGP_WITHDRAW, 0, ATTRS(BASE, O, 4, 4, 0, 0),
	  WITH(NLRI) },
	{ "5.2: an error and no prefix", BGP_RESET, 1, ATTRS(T, 1, 1, 7), .nlri_len = 0 },
	{ "5.3: a prefix of 33 bits", BGP_RESET, 10, ATTRS(BASE), WITH(33, 50, 1, 2, 3, 4) },
	{ "5.3: a prefix cut short", BGP_RESET, 10, ATTRS(BASE), WITH(24, 50, 1) },
	{ "5.3: MP_REACH of four octets", BGP_RESET, 9, ATTRS(BASE, O, 14, 4, 0, 2, 1, 16),
	  WITH(NLRI) },
	{ "5.3: MP_UNREACH of two octets", BGP_RESET, 9, ATTRS(BASE, O, 15, 2, 0, 2), WITH(NLRI) },
	{ "5.3: MP_UNREACH with wrong flags", BGP_RESET, 4, ATTRS(BASE, T, 15, 3, 0, 2, 1),
	  WITH(NLRI) },
	{ "7.11: an MP next hop of nine octets", BGP_RESET, 1,
	  ATTRS(ORIGIN_IGP, PATH, O, 14, 14, 0, 2, 1, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0),
	  .nlri_len = 0 },
	{ "7.1: ORIGIN 2", BGP_KEEP, 0, ATTRS(T, 1, 1, 2, PATH, NEXT_HOP), WITH(NLRI) },
	{ "7.1: ORIGIN 255", BGP_WITHDRAW, 0, ATTRS(T, 1, 1, 255, PATH, NEXT_HOP), WITH(NLRI) },
	{ "3 c: AS_PATH optional", BGP_WITHDRAW, 0,
	  ATTRS(ORIGIN_IGP, O | T, 2, 6, 2, 1, 0, 0, 3, 0xe8, NEXT_HOP), WITH(NLRI) },
	{ "3 c: NEXT_HOP not transitive", BGP_WITHDRAW, 0,
	  ATTRS(ORIGIN_IGP, PATH, 0, 3, 4, 10, 0, 0, 1), WITH(NLRI) },
	{ "3 c: MED transitive", BGP_WITHDRAW, 0, ATTRS(BASE, O | T, 4, 4, 0, 0, 0, 1),
	  WITH(NLRI) },
	{ "3 c: LOCAL_PREF optional", BGP_WITHDRAW, 0, ATTRS(BASE, O, 5, 4, 0, 0, 0, 1),
	  WITH(NLRI) },
	{ "3 c: AGGREGATOR not transitive", BGP_WITHDRAW, 0,
	  ATTRS(BASE, O, 7, 8, 0, 0, 3, 0xe8, 10, 0, 0, 1), WITH(NLRI) },
	{ "3 c: COMMUNITIES not transitive", BGP_WITHDRAW, 0, ATTRS(BASE, O, 8, 4, 0, 1, 0, 1),
	  WITH(NLRI) },
	{ "3 c: COMMUNITIES well-known", BGP_WITHDRAW, 0, ATTRS(BASE, T, 8, 4, 0, 1, 0, 1),
	  WITH(NLRI) },
	{ "3 c: large communities not transitive", BGP_WITHDRAW, 0,
	  ATTRS(BASE, O, 32, 12, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3), WITH(NLRI) },
	{ "3 c: OTC not transitive", BGP_WITHDRAW, 0, ATTRS(BASE, O, 35, 4, 0, 0, 3, 0xe8),
	  WITH(NLRI) },
	{ "3 c: MP_REACH transitive", BGP_RESET, 4,
	  ATTRS(ORIGIN_IGP, PATH, O | T, 14, 5, 0, 2, 1, 0, 0), WITH(NLRI) },
	{ "RFC 4271 4.3: the unused flag bits are ignored", BGP_KEEP, 0,
	  ATTRS(T | 0x0f, 1, 1, 0, PATH, NEXT_HOP), WITH(NLRI) },
	{ "RFC 4271 4.3: extended length of a short one", BGP_KEEP, 0,
	  ATTRS(T | 0x10, 1, 0, 1, 0, PATH, NEXT_HOP), WITH(NLRI) },
	{ "RFC 4271 5.1.5: partial on an optional one", BGP_KEEP, 0,
	  ATTRS(BASE, O | T | 0x20, 8, 4, 0, 1, 0, 1), WITH(NLRI) },
	{ "7.4: MED of none", BGP_WITHDRAW, 0, ATTRS(BASE, O, 4, 0), WITH(NLRI) },
	{ "7.4: MED of five octets", BGP_WITHDRAW, 0, ATTRS(BASE, O, 4, 5, 0, 0, 1, 0, 0),
	  WITH(NLRI) },
	{ "7.7: AGGREGATOR of nine octets", BGP_DROP_ATTR, 0,
	  ATTRS(BASE, O | T, 7, 9, 0, 0, 3, 0xe8, 10, 0, 0, 1, 0), WITH(NLRI) },
	{ "7.9: ORIGINATOR_ID of any length", BGP_DROP_ATTR, 0, ATTRS(BASE, O, 9, 0), WITH(NLRI) },
	{ "7.14: extended communities of none", BGP_WITHDRAW, 0, ATTRS(BASE, O | T, 16, 0),
	  WITH(NLRI) },
	{ "7.14: an unknown type is no error", BGP_KEEP, 0,
	  ATTRS(BASE, O | T, 16, 8, 0x3f, 0xff, 1, 2, 3, 4, 5, 6), WITH(NLRI) },
	{ "7.15: IPv6 extended communities of none", BGP_WITHDRAW, 0, ATTRS(BASE, O | T, 25, 0),
	  WITH(NLRI) },
	{ "RFC 8092 6: large communities of none", BGP_WITHDRAW, 0, ATTRS(BASE, O | T, 32, 0),
	  WITH(NLRI) },
	{ "RFC 9234 5: OTC of five octets", BGP_WITHDRAW, 0,
	  ATTRS(BASE, O | T, 35, 5, 0, 0, 3, 0xe8, 0), WITH(NLRI) },
	{ "RFC 9234 5: OTC twice keeps the first", BGP_DROP_ATTR, 0,
	  ATTRS(BASE, O | T, 35, 4, 0, 0, 3, 0xe8, O | T, 35, 4, 0, 0, 3, 0xe9), WITH(NLRI) },
	{ "AIGP with wrong flags is discarded all the same", BGP_DROP_ATTR, 0,
	  ATTRS(BASE, O | T, 26, 1, 0), WITH(NLRI) },
	{ "attribute 40 claims to be well-known", BGP_DROP_ATTR, 0, ATTRS(BASE, T, 40, 1, 0),
	  WITH(NLRI) },
	{ "unknown, well-known, without a value", BGP_RESET, 2, ATTRS(BASE, T, 99, 0), WITH(NLRI) },
	{ "unknown twice", BGP_DROP_ATTR, 0, ATTRS(BASE, O | T, 99, 0, O | T, 99, 1, 7),
	  WITH(NLRI) },
	{ "3 g: MP_REACH twice", BGP_RESET, 1,
	  ATTRS(ORIGIN_IGP, PATH, O, 14, 9, 0, 1, 1, 4, 10, 0, 0, 1, 0, O, 14, 9, 0, 1, 1, 4, 10, 0,
		0, 1, 0),
	  .nlri_len = 0 },
	{ "4: three stray octets behind the attributes", BGP_WITHDRAW, 0, ATTRS(BASE, O | T, 99, 5),
	  WITH(NLRI) },
	{ "4: MP_REACH overruns beside other prefixes", BGP_RESET, 1,
	  ATTRS(BASE, O, 14, 40, 0, 2, 1, 16), WITH(NLRI) },
	{ "4: MP_UNREACH overruns", BGP_RESET, 1, ATTRS(BASE, O, 15, 9, 0, 2, 1), WITH(NLRI) },
	{ "5.2: an error and only prefixes to withdraw", BGP_RESET, 1,
	  ATTRS(T, 1, 1, 7, O, 15, 6, 0, 1, 1, 16, 50, 1), .nlri_len = 0 },
	{ "5.2: what is discarded needs no prefix", BGP_DROP_ATTR, 0,
	  ATTRS(T, 5, 4, 0, 0, 0, 1, O, 15, 6, 0, 1, 1, 16, 50, 1), .nlri_len = 0 },
	{ "5.2: prefixes of a family that was not negotiated", BGP_WITHDRAW, 0,
	  ATTRS(T, 1, 1, 7, PATH, O, 14, 9, 0, 25, 70, 4, 10, 0, 0, 1, 0), .nlri_len = 0 },
	{ "3 d: MP_REACH needs no NEXT_HOP", BGP_KEEP, 0,
	  ATTRS(ORIGIN_IGP, PATH, O, 14, 12, 0, 1, 1, 4, 10, 0, 0, 1, 0, 16, 50, 1),
	  .nlri_len = 0 },
	{ "3 d: MP_REACH without AS_PATH", BGP_WITHDRAW, 0,
	  ATTRS(ORIGIN_IGP, O, 14, 12, 0, 1, 1, 4, 10, 0, 0, 1, 0, 16, 50, 1), .nlri_len = 0 },
	{ "5.3: a prefix of 255 bits", BGP_RESET, 10, ATTRS(BASE), WITH(255, 50, 1, 2, 3, 4) },
	{ "5.3: an MP prefix of 33 bits", BGP_RESET, 9,
	  ATTRS(ORIGIN_IGP, PATH, O, 14, 15, 0, 1, 1, 4, 10, 0, 0, 1, 0, 33, 50, 1, 2, 3, 0),
	  .nlri_len = 0 },
	{ "5.3: an MP prefix cut short", BGP_RESET, 9,
	  ATTRS(ORIGIN_IGP, PATH, O, 14, 11, 0, 1, 1, 4, 10, 0, 0, 1, 0, 16, 50), .nlri_len = 0 },
	{ "5.3: an IPv6 prefix of 129 bits", BGP_RESET, 9,
	  ATTRS(O, 15, 21, 0, 2, 1, 129, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7),
	  .nlri_len = 0 },
	{ "5.3: an MP_UNREACH prefix cut short", BGP_RESET, 9, ATTRS(O, 15, 5, 0, 2, 1, 32, 1),
	  .nlri_len = 0 },
	{ "7.11: a next hop longer than the attribute", BGP_RESET, 1,
	  ATTRS(ORIGIN_IGP, PATH, O, 14, 6, 0, 1, 1, 4, 10, 0), .nlri_len = 0 },
	{ "7.11: a next hop of none", BGP_RESET, 1,
	  ATTRS(ORIGIN_IGP, PATH, O, 14, 5, 0, 1, 1, 0, 0), .nlri_len = 0 },
	{ "RFC 8950 4: an IPv6 next hop that was not negotiated", BGP_RESET, 1,
	  ATTRS(ORIGIN_IGP, PATH, O, 14, 24, 0, 1, 1, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4,
		5, 6, 0, 16, 50, 1),
	  .nlri_len = 0 },
	{ "RFC 7911: path identifiers that were not agreed, readable", BGP_KEEP, 0, ATTRS(BASE),
	  WITH(0, 0, 0, 0, 8, 50) },
	{ "RFC 7911: path identifiers that were not agreed", BGP_RESET, 10, ATTRS(BASE),
	  WITH(0, 0, 0, 1, 24, 50, 0, 0) },
	{ "RFC 9234 5: OTC of AS 0 is one", BGP_KEEP, 0, ATTRS(BASE, O | T, 35, 4, 0, 0, 0, 0),
	  WITH(NLRI) },
	{ "AFI 0", BGP_KEEP, 0, ATTRS(BASE, O, 14, 5, 0, 0, 1, 0, 0), WITH(NLRI) },
	{ "SAFI 255", BGP_KEEP, 0, ATTRS(BASE, O, 14, 5, 0, 1, 255, 0, 0), WITH(NLRI) },
	{ "a family that was not negotiated", BGP_KEEP, 0, ATTRS(BASE, O, 15, 3, 0, 25, 70),
	  WITH(NLRI) },
};

static struct bgp_update_mode mode_of(void)
{
	static uint8_t scratch[BGP_UPDATE_SCRATCH_OCTETS];

	return (struct bgp_update_mode){ .as4 = true,
					 .families = { true, true },
					 .path_asns_max = BGP_PATH_ASNS_MAX,
					 .communities_max = BGP_COMMUNITIES_MAX,
					 .scratch = scratch };
}

static void row_body(const struct row *row, struct wr *wr)
{
	wr_u16(wr, 0);
	wr_u16(wr, row->attrs_len);
	wr_octets(wr, octets_of(row->attrs, row->attrs_len));
	wr_octets(wr, octets_of(row->nlri, row->nlri_len));
	expect_true(wr_ok(wr));
}

static void case_verdicts(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t octets[256];
		struct wr wr = wr_of(octets, sizeof octets);
		struct bgp_update_mode mode = mode_of();
		struct bgp_update update;
		tap_row(rows[i].name);
		row_body(&rows[i], &wr);
		bgp_update_read(wr_octets_of(&wr), &mode, &update);
		expect_u64(update.verdict, rows[i].verdict);
		expect_true((update.verdict == BGP_KEEP) == (update.fault_text == NULL));
		expect_true(update.verdict == BGP_KEEP || update.verdict == BGP_DROP_ATTR ||
			    update.is_malformed);
		if (rows[i].verdict == BGP_RESET) {
			expect_u64(update.refusal.code, BGP_ERROR_UPDATE);
			expect_u64(update.refusal.subcode, rows[i].subcode);
		}
	}
}

/* RFC 7606 3 b: lengths beyond the message end the session; every other cut has some verdict. */
static void case_cuts(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t octets[256];
		struct wr wr = wr_of(octets, sizeof octets);
		struct bgp_update_mode mode = mode_of();
		struct bgp_update update;
		row_body(&rows[i], &wr);
		for (uint32_t len = 0; len < wr.pos; len++) {
			bgp_update_read(octets_of(octets, len), &mode, &update);
			bool inside = len < 4u + rows[i].attrs_len;
			expect_true(!inside || update.verdict == BGP_RESET);
			expect_true(!inside || update.refusal.subcode == BGP_UPDATE_MALFORMED_LIST);
		}
	}
}

/* RFC 4724 2 */
static void case_end_of_rib(void)
{
	static const uint8_t ipv4[] = { 0, 0, 0, 0 };
	static const uint8_t ipv6[] = { 0, 0, 0, 6, O, 15, 3, 0, 2, 1 };
	static const uint8_t junk[] = { 0, 0, 0, 10, O, 15, 3, 0, 2, 1, ORIGIN_IGP };
	struct bgp_update_mode mode = mode_of();
	struct bgp_update update;

	bgp_update_read(octets_of(ipv4, sizeof ipv4), &mode, &update);
	expect_true(update.is_end_of_rib && update.end_of_rib_family == FAMILY_IPV4);
	bgp_update_read(octets_of(ipv6, sizeof ipv6), &mode, &update);
	expect_true(update.is_end_of_rib && update.end_of_rib_family == FAMILY_IPV6);
	bgp_update_read(octets_of(junk, sizeof junk), &mode, &update);
	expect_true(!update.is_end_of_rib);
}

/* RFC 8092 5, RFC 8097 2: twice is once; what is not transitive ends here. */
static void case_communities(void)
{
	static const uint8_t twice[] = { O | T, 8, 12, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2 };
	static const uint8_t kept[] = { 0, 1, 0, 2, 0, 1, 0, 3 };
	static const uint8_t local[] = { O | T, 16, 8, 0x43, 0, 0, 0, 0, 0, 0, 2 };
	static const uint8_t base[] = { BASE };
	static const uint8_t nlri[] = { NLRI };
	uint8_t octets[128];
	struct wr wr = wr_of(octets, sizeof octets);
	struct bgp_update_mode mode = mode_of();
	struct bgp_update update;

	wr_u16(&wr, 0);
	wr_u16(&wr, sizeof base + sizeof twice + sizeof local);
	wr_octets(&wr, octets_of(base, sizeof base));
	wr_octets(&wr, octets_of(twice, sizeof twice));
	wr_octets(&wr, octets_of(local, sizeof local));
	wr_octets(&wr, octets_of(nlri, sizeof nlri));
	bgp_update_read(wr_octets_of(&wr), &mode, &update);
	expect_u64(update.verdict, BGP_KEEP);
	expect_octets(update.attrs.communities.at, update.attrs.communities.len_octets, kept,
		      sizeof kept);
	expect_u64(update.attrs.extended.len_octets, 0);
}

/* RFC 6793 4.2.3: what a two-octet speaker could not carry comes back from AS4_PATH. */
static void case_two_octets(void)
{
	static const uint8_t body[] = { 0,     0,  0,    41,   ORIGIN_IGP, T,        2,    8,
					2,     3,  0x03, 0xe8, 0x5b,       0xa0,     0x5b, 0xa0,
					O | T, 17, 10,   2,    2,          0,        3,    0,
					1,     0,  3,    0,    2,          NEXT_HOP, NLRI };
	struct bgp_update_mode mode = mode_of();
	struct bgp_update update;
	uint32_t asn[3] = { 0 };

	mode.as4 = false;
	uint8_t octets[sizeof body];
	mem_copy(octets, body, sizeof body);
	octets[3] = sizeof body - 4 - 4;
	bgp_update_read(octets_of(octets, sizeof octets), &mode, &update);
	expect_u64(update.verdict, BGP_KEEP);
	struct bgp_path_walk walk = bgp_path_walk_of(update.attrs.as_path);
	for (uint32_t i = 0; i < 3; i++)
		expect_true(bgp_path_walk_next(&walk, &asn[i]));
	expect_u64(asn[0], 1000);
	expect_u64(asn[1], 0x30001);
	expect_u64(asn[2], 0x30002);
	expect_u64(update.attrs.path_len, 3);
}

/* RFC 7606 3 b and 3 i: withdrawn routes are checked like those announced. */
static void case_withdrawn(void)
{
	static const struct {
		const char *name;
		uint8_t subcode; /* 0 = kept */
		uint8_t len;
		uint8_t body[12];
	} rows_withdrawn[] = {
		{ "one", 0, 7, { 0, 3, 16, 50, 1, 0, 0 } },
		{ "none, nothing", 0, 4, { 0, 0, 0, 0 } },
		{ "of 33 bits", 10, 10, { 0, 6, 33, 50, 1, 2, 3, 4, 0, 0 } },
		{ "cut short", 10, 7, { 0, 3, 24, 50, 1, 0, 0 } },
		{ "longer than the message", 1, 7, { 0, 6, 16, 50, 1, 0, 0 } },
		{ "both lengths too long together", 1, 7, { 0, 3, 16, 50, 1, 0, 1 } },
		{ "no room for the second length", 1, 5, { 0, 3, 16, 50, 1 } },
		{ "65,535", 1, 4, { 0xff, 0xff, 0, 0 } },
	};

	for (size_t i = 0; i < sizeof rows_withdrawn / sizeof *rows_withdrawn; i++) {
		struct bgp_update_mode mode = mode_of();
		struct bgp_update update;
		tap_row(rows_withdrawn[i].name);
		bgp_update_read(octets_of(rows_withdrawn[i].body, rows_withdrawn[i].len), &mode,
				&update);
		expect_true((update.verdict == BGP_RESET) == (rows_withdrawn[i].subcode != 0));
		expect_true(rows_withdrawn[i].subcode == 0 ||
			    update.refusal.subcode == rows_withdrawn[i].subcode);
	}
}

/* RFC 4271 6.3: the data of an error in an attribute is the attribute as it came. */
static void case_reset_data(void)
{
	static const uint8_t unknown[] = { 0, 0, 0, 5, T, 99, 2, 7, 8, NLRI };
	static const uint8_t flags[] = { 0, 0, 0, 6, T, 15, 3, 0, 2, 1 };
	struct bgp_update_mode mode = mode_of();
	struct bgp_update update;

	bgp_update_read(octets_of(unknown, sizeof unknown), &mode, &update);
	expect_octets(update.refusal.data, update.refusal.data_len_octets, unknown + 4, 5);
	bgp_update_read(octets_of(flags, sizeof flags), &mode, &update);
	expect_u64(update.refusal.subcode, BGP_UPDATE_ATTR_FLAGS);
	expect_octets(update.refusal.data, update.refusal.data_len_octets, flags + 4, 6);
}

/* RFC 2545 3 and RFC 8950 4: the link-local half goes along; what is none does not. */
static void case_next_hops(void)
{
	static const struct {
		const char *name;
		uint16_t afi;
		uint8_t len;
		uint8_t second[2]; /* of the second half */
		bool is_extended;
		bool resets;
		uint8_t kept;
	} hops[] = {
		{ "IPv6, global", 2, 16, { 0, 0 }, false, false, 16 },
		{ "IPv6, global and link-local", 2, 32, { 0xfe, 0x80 }, false, false, 32 },
		{ "IPv6, global and another global", 2, 32, { 0x20, 0x01 }, false, false, 16 },
		{ "IPv6, global and nothing", 2, 32, { 0, 0 }, false, false, 16 },
		{ "IPv6, four octets", 2, 4, { 0, 0 }, false, true, 0 },
		{ "IPv6, 24 octets", 2, 24, { 0, 0 }, false, true, 0 },
		{ "IPv6, 48 octets", 2, 48, { 0, 0 }, false, true, 0 },
		{ "IPv6, 255 octets", 2, 255, { 0, 0 }, false, true, 0 },
		{ "IPv4, four octets", 1, 4, { 0, 0 }, false, false, 4 },
		{ "IPv4 over IPv6", 1, 16, { 0, 0 }, true, false, 16 },
		{ "IPv4 over IPv6, with link-local", 1, 32, { 0xfe, 0x80 }, true, false, 32 },
		{ "IPv4 over IPv6, not agreed", 1, 16, { 0, 0 }, false, true, 0 },
	};

	for (size_t i = 0; i < sizeof hops / sizeof *hops; i++) {
		static const uint8_t before[] = { ORIGIN_IGP, PATH };
		uint8_t octets[400];
		struct wr wr = wr_of(octets, sizeof octets);
		struct bgp_update_mode mode = mode_of();
		struct bgp_update update;
		struct bgp_attrs attrs;
		tap_row(hops[i].name);
		mode.extended_next_hop = hops[i].is_extended;
		wr_u16(&wr, 0);
		wr_u16(&wr, (uint32_t)sizeof before + 4u + 8u + hops[i].len);
		wr_octets(&wr, octets_of(before, sizeof before));
		wr_u8(&wr, O | BGP_FLAG_EXTENDED_LENGTH);
		wr_u8(&wr, 14);
		wr_u16(&wr, 8u + hops[i].len);
		wr_u16(&wr, hops[i].afi);
		wr_u8(&wr, 1);
		wr_u8(&wr, hops[i].len);
		for (uint32_t j = 0; j < hops[i].len; j++)
			wr_u8(&wr, j == 16 || j == 17 ? hops[i].second[j - 16] : j);
		wr_u8(&wr, 0xff); /* reserved: RFC 4760 3 ignores it */
		wr_u8(&wr, 16);
		wr_u16(&wr, 0x3201);
		bgp_update_read(wr_octets_of(&wr), &mode, &update);
		expect_u64(update.verdict, hops[i].resets ? BGP_RESET : BGP_KEEP);
		bgp_update_mp_attrs(&update, &attrs);
		expect_u64(attrs.next_hop_len_octets, hops[i].kept);
	}
}

/* RFC 4271 6.3: bits behind a prefix's length mean nothing. */
static void case_host_bits(void)
{
	static const uint8_t body[] = { 0, 0, 0, 20, BASE, 20, 50, 1, 0xff };
	struct bgp_update_mode mode = mode_of();
	struct bgp_update update;
	struct prefix prefix;
	uint8_t octets[sizeof body];

	mem_copy(octets, body, sizeof body);
	octets[3] = sizeof body - 8;
	bgp_update_read(octets_of(octets, sizeof octets), &mode, &update);
	expect_u64(update.verdict, BGP_KEEP);
	expect_true(!failed(prefix_read_nlri(&update.reach.rd, FAMILY_IPV4, &prefix)));
	expect_u64(prefix.octet[2], 0xf0);
}

static const struct tap_case cases[] = {
	{ "every malformed UPDATE has its verdict", case_verdicts, 0 },
	{ "every cut has a verdict", case_cuts, 0 },
	{ "End-of-RIB", case_end_of_rib, 0 },
	{ "communities come once", case_communities, 0 },
	{ "two-octet paths become whole", case_two_octets, 0 },
	{ "withdrawn routes", case_withdrawn, 0 },
	{ "what a reset says", case_reset_data, 0 },
	{ "next hops of MP_REACH", case_next_hops, 0 },
	{ "host bits", case_host_bits, 0 },
};
TAP_MAIN(cases)
