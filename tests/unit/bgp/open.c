/* unit/bgp/open.c — OPEN in and out: a row changes one thing. */
#include "bgp/open.h"

#include "bgp/attrs.h"
#include "kit/random.h"
#include "kit/tap.h"
#include "unit/bgp/story.h"

struct row {
	const char *name;
	uint8_t subcode; /* of the OPEN error; 255 = accepted */
	uint8_t body[64];
	uint8_t len;
};

#define BODY(...) .body = { __VA_ARGS__ }, .len = sizeof((uint8_t[]){ __VA_ARGS__ })
#define HEAD 4, 0x03, 0xe8, 0, 90, 10, 0, 0, 1
#define AS4(a, b, c, d) 65, 4, a, b, c, d

static const struct row rows[] = {
	{ "no parameters", 255, BODY(HEAD, 0) },
	{ "RFC 4271 6.2: version 3", BGP_OPEN_VERSION, BODY(3, 0x03, 0xe8, 0, 90, 10, 0, 0, 1, 0) },
	{ "RFC 7607: AS 0", BGP_OPEN_PEER_AS, BODY(4, 0, 0, 0, 90, 10, 0, 0, 1, 0) },
	{ "RFC 7607: AS 0 in the capability", BGP_OPEN_PEER_AS,
	  BODY(HEAD, 8, 2, 6, AS4(0, 0, 0, 0)) },
	{ "RFC 6286: identifier 0", BGP_OPEN_ROUTER_ID, BODY(4, 0x03, 0xe8, 0, 90, 0, 0, 0, 0, 0) },
	{ "hold time 1", BGP_OPEN_HOLD_TIME, BODY(4, 0x03, 0xe8, 0, 1, 10, 0, 0, 1, 0) },
	{ "hold time 2", BGP_OPEN_HOLD_TIME, BODY(4, 0x03, 0xe8, 0, 2, 10, 0, 0, 1, 0) },
	{ "hold time 3", 255, BODY(4, 0x03, 0xe8, 0, 3, 10, 0, 0, 1, 0) },
	{ "hold time 0", 255, BODY(4, 0x03, 0xe8, 0, 0, 10, 0, 0, 1, 0) },
	{ "parameters beyond the message", BGP_OPEN_UNSPECIFIC,
	  BODY(HEAD, 9, 2, 6, AS4(0, 0, 3, 0xe8)) },
	{ "octets behind the parameters", BGP_OPEN_UNSPECIFIC,
	  BODY(HEAD, 8, 2, 6, AS4(0, 0, 3, 0xe8), 0) },
	{ "a parameter overruns", BGP_OPEN_UNSPECIFIC, BODY(HEAD, 8, 2, 7, AS4(0, 0, 3, 0xe8)) },
	{ "a capability overruns", BGP_OPEN_UNSPECIFIC, BODY(HEAD, 8, 2, 6, 65, 5, 0, 0, 3, 0xe8) },
	{ "a four-octet AS of three", BGP_OPEN_UNSPECIFIC, BODY(HEAD, 7, 2, 5, 65, 3, 0, 0, 3) },
	{ "unknown parameter", BGP_OPEN_PARAMETER, BODY(HEAD, 2, 1, 0) },
	{ "unknown capability", 255, BODY(HEAD, 4, 2, 2, 200, 0) },
	{ "RFC 9072: extended form, short", 255,
	  BODY(HEAD, 255, 255, 0, 9, 2, 0, 6, AS4(0, 0, 3, 0xe8)) },
	{ "RFC 9072: the short length says nothing", 255,
	  BODY(HEAD, 1, 255, 0, 9, 2, 0, 6, AS4(0, 0, 3, 0xe8)) },
	{ "RFC 9072: extended length 0", 255, BODY(HEAD, 255, 255, 0, 0) },
	{ "RFC 9072: beyond the message", BGP_OPEN_UNSPECIFIC,
	  BODY(HEAD, 255, 255, 0, 9, 2, 0, 6) },
	{ "RFC 9234: two roles that differ", BGP_OPEN_ROLE, BODY(HEAD, 8, 2, 6, 9, 1, 2, 9, 1, 3) },
	{ "RFC 9234: the same role twice", 255, BODY(HEAD, 8, 2, 6, 9, 1, 2, 9, 1, 2) },
	{ "RFC 9234: a role that means none here", BGP_OPEN_ROLE, BODY(HEAD, 5, 2, 3, 9, 1, 255) },
	{ "RFC 9234: a role of two octets", BGP_OPEN_UNSPECIFIC, BODY(HEAD, 6, 2, 4, 9, 2, 2, 2) },
	{ "RFC 7911: direction 4 is not understood", 255, BODY(HEAD, 8, 2, 6, 69, 4, 0, 1, 1, 4) },
	{ "a multiprotocol capability of three octets", BGP_OPEN_UNSPECIFIC,
	  BODY(HEAD, 7, 2, 5, 1, 3, 0, 1, 0) },
	{ "RFC 6793 9: AS_TRANS is nobody's number", BGP_OPEN_PEER_AS,
	  BODY(HEAD, 8, 2, 6, AS4(0, 0, 0x5b, 0xa0)) },
	{ "RFC 5492 4: several parameters", 255, BODY(HEAD, 8, 2, 2, 2, 0, 2, 2, 70, 0) },
	{ "a capability cut in its header", BGP_OPEN_UNSPECIFIC, BODY(HEAD, 3, 2, 1, 2) },
	{ "a parameter cut in its header", BGP_OPEN_UNSPECIFIC, BODY(HEAD, 1, 2) },
	{ "an empty capabilities parameter", 255, BODY(HEAD, 2, 2, 0) },
	{ "RFC 9072: an unknown parameter", BGP_OPEN_PARAMETER,
	  BODY(HEAD, 255, 255, 0, 3, 1, 0, 0) },
	{ "RFC 9072: a parameter longer than all", BGP_OPEN_UNSPECIFIC,
	  BODY(HEAD, 255, 255, 0, 3, 2, 0xff, 0xff) },
	{ "RFC 9072: octets behind", BGP_OPEN_UNSPECIFIC, BODY(HEAD, 255, 255, 0, 0, 0) },
	{ "RFC 9072: cut in its length", BGP_OPEN_UNSPECIFIC, BODY(HEAD, 255, 255, 0) },
	{ "a host name with escapes", 255, BODY(HEAD, 8, 2, 6, 73, 4, 3, 0, 0x1b, 0) },
	{ "dynamic capability, LLGR, version: unknown here", 255,
	  BODY(HEAD, 8, 2, 6, 67, 0, 71, 0, 75, 0) },
};

static void case_opens(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bgp_open open;
		struct bgp_refusal refusal = { 0 };
		tap_row(rows[i].name);
		struct fault fault = bgp_open_read(octets_of(rows[i].body, rows[i].len), &open,
						   &refusal);
		expect_true(failed(fault) == (rows[i].subcode != 255));
		if (rows[i].subcode == 255)
			continue;
		expect_u64(refusal.code, BGP_ERROR_OPEN);
		expect_u64(refusal.subcode, rows[i].subcode);
	}
	/* Every cut of a good one is refused, and never read beyond. */
	for (uint8_t len = 0; len < rows[16].len; len++) {
		struct bgp_open open;
		struct bgp_refusal refusal;
		expect_true(failed(bgp_open_read(octets_of(rows[16].body, len), &open, &refusal)));
	}
}

/* A row is a capability that is ignored for what is wrong with it: nothing of it counts. */
static void case_capabilities_ignored(void)
{
	static const struct row ignored[] = {
		{ "RFC 2918: refresh with an octet", 0, BODY(HEAD, 5, 2, 3, 2, 1, 0) },
		{ "RFC 7313: enhanced refresh with an octet", 0, BODY(HEAD, 5, 2, 3, 70, 1, 0) },
		{ "RFC 8654: extended message with an octet", 0, BODY(HEAD, 5, 2, 3, 6, 1, 0) },
		{ "RFC 8950: five octets", 0, BODY(HEAD, 9, 2, 7, 5, 5, 0, 1, 0, 1, 0) },
		{ "RFC 8950: seven octets", 0, BODY(HEAD, 11, 2, 9, 5, 7, 0, 1, 0, 1, 0, 2, 0) },
		{ "RFC 4724: one octet", 0, BODY(HEAD, 5, 2, 3, 64, 1, 0) },
		{ "RFC 4724: five octets", 0, BODY(HEAD, 9, 2, 7, 64, 5, 0, 120, 0, 1, 1) },
		{ "RFC 7911: three octets", 0, BODY(HEAD, 7, 2, 5, 69, 3, 0, 1, 1) },
		{ "RFC 7911: direction 0", 0, BODY(HEAD, 8, 2, 6, 69, 4, 0, 1, 1, 0) },
		{ "RFC 7911: a good one and direction 4", 0,
		  BODY(HEAD, 12, 2, 10, 69, 8, 0, 2, 1, 3, 0, 1, 1, 4) },
	};

	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) {
		struct bgp_open open;
		struct bgp_refusal refusal;
		tap_row(ignored[i].name);
		expect_true(!failed(bgp_open_read(octets_of(ignored[i].body, ignored[i].len), &open,
						  &refusal)));
		expect_u64(open.malformed_capabilities, 1);
		expect_true(!open.refresh && !open.enhanced_refresh && !open.extended_message);
		expect_true(!open.extended_next_hop && !open.graceful_restart);
		expect_true(!open.add_path_send[0] && !open.add_path_receive[0]);
		expect_true(!open.add_path_send[1] && !open.add_path_receive[1]);
	}
}

/* As many capabilities as an OPEN holds. */
static void case_many_capabilities(void)
{
	static uint8_t body[BGP_MESSAGE_OCTETS_MAX];
	static const uint8_t head[] = { HEAD, 255, 255 };
	struct wr wr = wr_of(body, BGP_MESSAGE_OCTETS_MAX - BGP_HEADER_OCTETS);
	struct bgp_open open;
	struct bgp_refusal refusal;

	wr_octets(&wr, octets_of(head, sizeof head));
	wr_u16(&wr, 3 + 2 * 2000);
	wr_u8(&wr, 2);
	wr_u16(&wr, 2 * 2000);
	for (uint32_t i = 0; i < 2000; i++) {
		wr_u8(&wr, i % 2 == 0 ? 2 : 200);
		wr_u8(&wr, 0);
	}
	expect_true(wr_ok(&wr));
	expect_true(!failed(bgp_open_read(wr_octets_of(&wr), &open, &refusal)));
	expect_true(open.refresh);
	expect_u64(open.unknown_capabilities, 1000);
}

/* RFC 4760 8: who names no family means IPv4; who names only another does not. */
static void case_families(void)
{
	static const uint8_t none[] = { HEAD, 0 };
	static const uint8_t vpn[] = { HEAD, 8, 2, 6, 1, 4, 0, 1, 0, 128 };
	static const uint8_t ipv6[] = { HEAD, 8, 2, 6, 1, 4, 0, 2, 0xff, 1 };
	struct bgp_open open;
	struct bgp_refusal refusal;

	expect_true(!failed(bgp_open_read(octets_of(none, sizeof none), &open, &refusal)));
	expect_true(open.families[FAMILY_IPV4] && !open.families[FAMILY_IPV6]);
	expect_true(!failed(bgp_open_read(octets_of(vpn, sizeof vpn), &open, &refusal)));
	expect_true(!open.families[FAMILY_IPV4] && !open.families[FAMILY_IPV6]);
	expect_true(!failed(bgp_open_read(octets_of(ipv6, sizeof ipv6), &open, &refusal)));
	expect_true(!open.families[FAMILY_IPV4] && open.families[FAMILY_IPV6]);
}

/* RFC 4271 6.2: the data names the version we speak. */
static void case_version_data(void)
{
	static const uint8_t body[] = { 5, 0x03, 0xe8, 0, 90, 10, 0, 0, 1, 0 };
	static const uint8_t supported[] = { 0, 4 };
	struct bgp_open open;
	struct bgp_refusal refusal;

	expect_true(failed(bgp_open_read(octets_of(body, sizeof body), &open, &refusal)));
	expect_octets(refusal.data, refusal.data_len_octets, supported, 2);
}

/* Any OPEN we can offer is read back as it was; with any octet changed it is read or refused. */
static void case_any_open(void)
{
	struct random random = { tap_seed() };

	for (uint32_t i = 0; i < 20000; i++) {
		uint64_t bits = random_next(&random);
		struct bgp_open open = offer_of(1 + random_below(&random, 4000000000u),
						1 + random_below(&random, 4000000000u),
						(uint8_t)random_below(&random, 5));
		uint8_t octets[600];
		struct wr wr = wr_of(octets, sizeof octets);
		struct bgp_message message;
		struct bgp_refusal refusal;
		struct bgp_open back;
		if (open.asn == BGP_AS_TRANS)
			continue;
		open.hold_s = (uint16_t)(bits % 4 == 0 ? 0 : 3 + bits % 60000);
		open.role = (bits & 16) != 0 ? open.role : BGP_ROLE_NONE;
		open.refresh = (bits & 32) != 0;
		open.enhanced_refresh = (bits & 64) != 0;
		open.extended_next_hop = (bits & 128) != 0;
		open.extended_message = (bits & 256) != 0;
		open.families[FAMILY_IPV6] = (bits & 512) != 0;
		open.add_path_send[FAMILY_IPV6] = (bits & 1024) != 0;
		open.restarting = (bits & 2048) != 0;
		open.gr_notification = (bits & 4096) != 0;
		open.restart_s = (uint16_t)(bits >> 20 & 0xfff);
		bgp_open_write(&wr, &open);
		expect_true(
			!failed(bgp_message_next(wr_octets_of(&wr), false, &message, &refusal)));
		expect_true(!failed(bgp_open_read(message.body, &back, &refusal)));
		expect_octets(&back, sizeof back, &open, sizeof open);
		octets[19 + random_below(&random, wr.pos - 19)] ^=
			(uint8_t)(1 + random_below(&random, 255));
		if (failed(bgp_open_read(message.body, &back, &refusal)))
			expect_u64(refusal.code, BGP_ERROR_OPEN);
		else
			expect_true(back.asn != 0 && back.router_id != 0);
	}
}

static void case_open_returns(void)
{
	struct bgp_open open = offer_of(4200000001u, 7, BGP_ROLE_ROUTE_SERVER_CLIENT);
	uint8_t octets[512];
	struct wr wr = wr_of(octets, sizeof octets);
	struct bgp_message message;
	struct bgp_refusal refusal;
	struct bgp_open back;

	bgp_open_write(&wr, &open);
	expect_true(!failed(bgp_message_next(wr_octets_of(&wr), false, &message, &refusal)));
	expect_true(!failed(bgp_open_read(message.body, &back, &refusal)));
	expect_octets(&back, sizeof back, &open, sizeof open);
}

static const struct tap_case cases[] = {
	{ "every OPEN has its answer", case_opens, 0 },
	{ "malformed capabilities are ignored", case_capabilities_ignored, 0 },
	{ "two thousand capabilities", case_many_capabilities, 0 },
	{ "families", case_families, 0 },
	{ "the version we speak", case_version_data, 0 },
	{ "an OPEN reads back as it was written", case_open_returns, 0 },
	{ "any OPEN, and any octet changed", case_any_open, 0 },
};
TAP_MAIN(cases)
