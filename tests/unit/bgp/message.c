/* unit/bgp/message.c — framing: every header has its answer, and a stream may come in any pieces.
 * */
#include "bgp/message.h"

#include "kit/random.h"
#include "kit/tap.h"

struct row {
	const char *name;
	uint16_t len_octets;
	uint8_t type;
	bool extended;
	uint8_t subcode; /* 0 = goes on */
};

static const struct row rows[] = {
	{ "RFC 4271 6.1: 18 octets", 18, BGP_KEEPALIVE, false, BGP_HEADER_BAD_LENGTH },
	{ "RFC 4271 6.1: 0 octets", 0, BGP_UPDATE, true, BGP_HEADER_BAD_LENGTH },
	{ "RFC 4271 6.1: 4,097 octets", 4097, BGP_UPDATE, false, BGP_HEADER_BAD_LENGTH },
	{ "RFC 4271 4.1: 4,096 octets", 4096, BGP_UPDATE, false, 0 },
	{ "RFC 8654 5: 65,535 octets that we did not offer to take", 65535, BGP_UPDATE, false,
	  BGP_HEADER_BAD_LENGTH },
	{ "RFC 8654 4: 65,535 octets", 65535, BGP_UPDATE, true, 0 },
	{ "RFC 8654 4: a NOTIFICATION of 4,097", 4097, BGP_NOTIFICATION, true, 0 },
	{ "RFC 8654 4: a ROUTE-REFRESH of 4,097", 4097, BGP_ROUTE_REFRESH, true, 0 },
	{ "RFC 8654 4: an OPEN of 4,097", 4097, BGP_OPEN, true, BGP_HEADER_BAD_LENGTH },
	{ "RFC 8654 4: a KEEPALIVE of 4,097", 4097, BGP_KEEPALIVE, true, BGP_HEADER_BAD_LENGTH },
	{ "RFC 4271 6.1: OPEN of 28", 28, BGP_OPEN, false, BGP_HEADER_BAD_LENGTH },
	{ "RFC 4271 4.2: OPEN of 29", 29, BGP_OPEN, false, 0 },
	{ "RFC 4271 6.1: UPDATE of 22", 22, BGP_UPDATE, false, BGP_HEADER_BAD_LENGTH },
	{ "RFC 4271 4.3: UPDATE of 23", 23, BGP_UPDATE, false, 0 },
	{ "RFC 4271 6.1: NOTIFICATION of 20", 20, BGP_NOTIFICATION, false, BGP_HEADER_BAD_LENGTH },
	{ "RFC 4271 4.5: NOTIFICATION of 21", 21, BGP_NOTIFICATION, false, 0 },
	{ "RFC 4271 4.4: KEEPALIVE of 20", 20, BGP_KEEPALIVE, false, BGP_HEADER_BAD_LENGTH },
	{ "RFC 2918 3: ROUTE-REFRESH of 22", 22, BGP_ROUTE_REFRESH, false, BGP_HEADER_BAD_LENGTH },
	{ "RFC 2918 3: ROUTE-REFRESH of 23", 23, BGP_ROUTE_REFRESH, false, 0 },
	{ "RFC 4271 6.1: type 0", 19, 0, false, BGP_HEADER_BAD_TYPE },
	{ "RFC 4271 6.1: type 6", 19, 6, false, BGP_HEADER_BAD_TYPE },
	{ "RFC 4271 6.1: type 255", 4096, 255, true, BGP_HEADER_BAD_TYPE },
};

static uint8_t octets[2 * BGP_EXTENDED_MESSAGE_OCTETS_MAX];

static void header_write(uint16_t len_octets, uint8_t type)
{
	struct wr wr = wr_of(octets, BGP_HEADER_OCTETS);

	wr_repeat(&wr, 0xff, 16);
	wr_u16(&wr, len_octets);
	wr_u8(&wr, type);
}

static void case_headers(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		struct bgp_message message;
		struct bgp_refusal refusal = { 0 };
		tap_row(row->name);
		header_write(row->len_octets, row->type);
		struct fault fault = bgp_message_next(octets_of(octets, BGP_HEADER_OCTETS),
						      row->extended, &message, &refusal);
		if (row->subcode == 0) {
			expect_true(!failed(bgp_message_next(octets_of(octets, row->len_octets),
							     row->extended, &message, &refusal)));
			expect_u64(message.body.len_octets, row->len_octets - 19u);
			continue;
		}
		/* Known from the header alone, whatever may follow. */
		expect_u64(fault.kind, FAULT_MALFORMED);
		expect_u64(refusal.code, BGP_ERROR_HEADER);
		expect_u64(refusal.subcode, row->subcode);
		if (row->subcode == BGP_HEADER_BAD_LENGTH)
			expect_octets(refusal.data, refusal.data_len_octets, octets + 16, 2);
		else
			expect_octets(refusal.data, refusal.data_len_octets, octets + 18, 1);
	}
}

/* RFC 4271 6.1: every octet of the marker counts. */
static void case_marker(void)
{
	for (uint32_t i = 0; i < 16; i++) {
		struct bgp_message message;
		struct bgp_refusal refusal = { 0 };
		header_write(19, BGP_KEEPALIVE);
		octets[i] ^= (uint8_t)(1u << i % 8);
		expect_u64(bgp_message_next(octets_of(octets, 19), false, &message, &refusal).kind,
			   FAULT_MALFORMED);
		expect_u64(refusal.subcode, BGP_HEADER_NOT_SYNCHRONIZED);
	}
}

/* A stream cut anywhere waits for the rest and asks for nothing else. */
static void case_pieces(void)
{
	struct random random = { tap_seed() };
	struct wr wr = wr_of(octets, sizeof octets);
	uint32_t written = 0;
	uint32_t seen = 0;
	uint32_t at = 0;

	for (; written < 500; written++) {
		uint32_t mark = bgp_message_begin(&wr, BGP_UPDATE);
		wr_repeat(&wr, (uint8_t)written, 4 + random_below(&random, 200));
		bgp_message_end(&wr, mark);
		bgp_keepalive_write(&wr);
	}
	expect_true(wr_ok(&wr));
	for (uint32_t have = 0; have <= wr.pos; have++) {
		struct bgp_message message;
		struct bgp_refusal refusal;
		struct fault fault = bgp_message_next(octets_of(octets + at, have - at), false,
						      &message, &refusal);
		if (failed(fault)) {
			expect_u64(fault.kind, FAULT_AGAIN);
			continue;
		}
		expect_u64(message.whole.len_octets, have - at);
		expect_u64(message.type, seen % 2 == 0 ? BGP_UPDATE : BGP_KEEPALIVE);
		at = have;
		seen++;
	}
	expect_u64(seen, 2 * written);
	expect_u64(at, wr.pos);
}

static const struct tap_case cases[] = {
	{ "every header has its answer", case_headers, 0 },
	{ "the marker", case_marker, 0 },
	{ "a stream in pieces", case_pieces, 0 },
};
TAP_MAIN(cases)
