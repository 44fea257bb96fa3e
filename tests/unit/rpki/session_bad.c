/* unit/rpki/session_bad.c — RTR caches that say everything wrong that can be said: the error that
 * they are told, and that what was there before stays. */
#include <stdio.h>

#include "base/mem.h"
#include "stage.h"

/* --- bad caches ------------------------------------------------------------------------------- */

static void record_full(struct stage *stage)
{
	cache_response(stage, 2);
}

/* Each says one thing wrong: to a session that is current, or, with `begin`, inside an answer. */
static void bad_withdraw_unknown(struct stage *stage)
{
	cache_ipv4(stage, 2, 77, 1, false);
	cache_end(stage, 2, 2);
}

static void bad_announce_known(struct stage *stage)
{
	cache_ipv4(stage, 2, 1, 64496, true);
	cache_end(stage, 2, 2);
}

static void bad_twice(struct stage *stage)
{
	cache_ipv4(stage, 2, 9, 1, true);
	cache_ipv4(stage, 2, 9, 1, true);
	cache_end(stage, 2, 2);
}

static void bad_aspa_unknown(struct stage *stage)
{
	cache_aspa(stage, 5, UINT32_MAX, UINT32_MAX, false);
	cache_end(stage, 2, 2);
}

static void bad_aspa_unsorted(struct stage *stage)
{
	cache_aspa(stage, 5, 9, 8, true);
}

static void bad_aspa_same(struct stage *stage)
{
	cache_aspa(stage, 5, 9, 9, true);
}

static void bad_aspa_zero(struct stage *stage)
{
	cache_aspa(stage, 5, 0, 9, true);
}

static void bad_aspa_empty(struct stage *stage)
{
	cache_aspa(stage, 5, UINT32_MAX, UINT32_MAX, true);
}

static void bad_aspa_withdrawn_with(struct stage *stage)
{
	cache_aspa(stage, 5, 9, UINT32_MAX, false);
}

static void bad_aspa_odd(struct stage *stage)
{
	cache_head(stage, 2, RTR_ASPA, 0x100, 18);
	for (uint32_t i = 0; i < 10; i++)
		wr_u8(&stage->cache, 1);
}

static void prefix_with(struct stage *stage, uint32_t flags_and_lengths, uint32_t address)
{
	cache_head(stage, 2, RTR_IPV4_PREFIX, 0, 20);
	wr_u32(&stage->cache, flags_and_lengths);
	wr_u32(&stage->cache, address);
	wr_u32(&stage->cache, 1);
}

static void bad_max_short(struct stage *stage)
{
	prefix_with(stage, 1u << 24 | 24u << 16 | 23u << 8, 0x0a000000);
}

static void bad_max_long(struct stage *stage)
{
	prefix_with(stage, 1u << 24 | 24u << 16 | 33u << 8, 0x0a000000);
}

static void bad_len_long(struct stage *stage)
{
	prefix_with(stage, 1u << 24 | 33u << 16 | 33u << 8, 0x0a000000);
}

static void bad_host_bits(struct stage *stage)
{
	prefix_with(stage, 1u << 24 | 24u << 16 | 24u << 8, 0x0a000001);
}

static void bad_ipv6_len(struct stage *stage)
{
	cache_head(stage, 2, RTR_IPV6_PREFIX, 0, 32);
	wr_u32(&stage->cache, 1u << 24 | 129u << 16 | 129u << 8);
	wr_repeat(&stage->cache, 0, 20);
}

static void bad_length_small(struct stage *stage)
{
	cache_head(stage, 2, RTR_CACHE_RESPONSE, ID, 7);
}

static void bad_length_zero(struct stage *stage)
{
	cache_head(stage, 2, RTR_ERROR_REPORT + 1, 0, 0);
}

static void bad_length_other(struct stage *stage)
{
	cache_head(stage, 2, RTR_IPV4_PREFIX, 0, 21);
}

static void bad_length_huge(struct stage *stage)
{
	cache_head(stage, 2, RTR_ASPA, 0x100, 0xfffffff0);
}

static void bad_type(struct stage *stage)
{
	cache_head(stage, 2, 5, 0, 8);
}

static void bad_type_more(struct stage *stage)
{
	cache_head(stage, 2, 200, 0, 8);
}

static void bad_version(struct stage *stage)
{
	cache_ipv4(stage, 1, 9, 1, true);
}

static void bad_version_none(struct stage *stage)
{
	cache_ipv4(stage, 9, 9, 1, true);
}

static void bad_end_session(struct stage *stage)
{
	cache_head(stage, 2, RTR_END_OF_DATA, ID + 1, 24);
	wr_repeat(&stage->cache, 0, 16);
}

static void bad_refresh(struct stage *stage)
{
	cache_end_with(stage, 2, 2, 0, 50, 1000);
}

static void bad_refresh_max(struct stage *stage)
{
	cache_end_with(stage, 2, 2, 86401, 50, 172800);
}

static void bad_retry(struct stage *stage)
{
	cache_end_with(stage, 2, 2, 100, 0, 1000);
}

static void bad_retry_max(struct stage *stage)
{
	cache_end_with(stage, 2, 2, 100, 7201, 172800);
}

static void bad_expire(struct stage *stage)
{
	cache_end_with(stage, 2, 2, 100, 50, 599);
}

static void bad_expire_max(struct stage *stage)
{
	cache_end_with(stage, 2, 2, 100, 50, 172801);
}

static void bad_expire_all(struct stage *stage)
{
	cache_end_with(stage, 2, 2, UINT32_MAX, UINT32_MAX, UINT32_MAX);
}

static void bad_expire_below(struct stage *stage)
{
	cache_end_with(stage, 2, 2, 1000, 50, 1000);
}

static void bad_response_again(struct stage *stage)
{
	cache_response(stage, 2);
}

static void bad_query(struct stage *stage)
{
	cache_head(stage, 2, RTR_RESET_QUERY, 0, 8);
}

static void bad_reset(struct stage *stage)
{
	cache_head(stage, 2, RTR_CACHE_RESET, 0, 8);
}

static const struct bad {
	const char *name;
	void (*say)(struct stage *stage);
	enum rtr_error error;
} bads[] = {
	{ "withdrawal of an unknown record", bad_withdraw_unknown, RTR_UNKNOWN_WITHDRAWAL },
	{ "announcement of a known record", bad_announce_known, RTR_DUPLICATE },
	{ "a record twice", bad_twice, RTR_DUPLICATE },
	{ "withdrawal of an unknown ASPA", bad_aspa_unknown, RTR_UNKNOWN_WITHDRAWAL },
	{ "providers out of order", bad_aspa_unsorted, RTR_ASPA_PROVIDERS },
	{ "a provider twice", bad_aspa_same, RTR_ASPA_PROVIDERS },
	{ "AS 0 among providers", bad_aspa_zero, RTR_ASPA_PROVIDERS },
	{ "no provider", bad_aspa_empty, RTR_ASPA_PROVIDERS },
	{ "a withdrawal with providers", bad_aspa_withdrawn_with, RTR_ASPA_PROVIDERS },
	{ "an ASPA of an odd length", bad_aspa_odd, RTR_CORRUPT_DATA },
	{ "maximum below the length", bad_max_short, RTR_CORRUPT_DATA },
	{ "maximum too long", bad_max_long, RTR_CORRUPT_DATA },
	{ "length too long", bad_len_long, RTR_CORRUPT_DATA },
	{ "bits behind the length", bad_host_bits, RTR_CORRUPT_DATA },
	{ "IPv6 length too long", bad_ipv6_len, RTR_CORRUPT_DATA },
	{ "a PDU shorter than its head", bad_length_small, RTR_CORRUPT_DATA },
	{ "a PDU of no length", bad_length_zero, RTR_CORRUPT_DATA },
	{ "a length that its type has not", bad_length_other, RTR_CORRUPT_DATA },
	{ "a length beyond all bounds", bad_length_huge, RTR_CORRUPT_DATA },
	{ "type 5", bad_type, RTR_UNSUPPORTED_TYPE },
	{ "type 200", bad_type_more, RTR_UNSUPPORTED_TYPE },
	{ "another version", bad_version, RTR_UNEXPECTED_VERSION },
	{ "a version that there is not", bad_version_none, RTR_UNEXPECTED_VERSION },
	{ "End of Data of another session", bad_end_session, RTR_CORRUPT_DATA },
	{ "refresh 0", bad_refresh, RTR_CORRUPT_DATA },
	{ "refresh too long", bad_refresh_max, RTR_CORRUPT_DATA },
	{ "retry 0", bad_retry, RTR_CORRUPT_DATA },
	{ "retry too long", bad_retry_max, RTR_CORRUPT_DATA },
	{ "expire too short", bad_expire, RTR_CORRUPT_DATA },
	{ "expire too long", bad_expire_max, RTR_CORRUPT_DATA },
	{ "all intervals 2^32-1", bad_expire_all, RTR_CORRUPT_DATA },
	{ "expire not longer than refresh", bad_expire_below, RTR_CORRUPT_DATA },
	{ "a second Cache Response", bad_response_again, RTR_CORRUPT_DATA },
	{ "a query", bad_query, RTR_CORRUPT_DATA },
	{ "a Cache Reset in an answer", bad_reset, RTR_CORRUPT_DATA },
};

/* The error is told, the connection ends, and what was there stays. */
static void case_bad(void)
{
	for (uint32_t i = 0; i < sizeof bads / sizeof *bads; i++) {
		struct stage stage;
		tap_row(bads[i].name);
		stage_init(&stage);
		stage_follow(&stage, 2);
		stage_tick(&stage, 100);
		record_full(&stage);
		stage_hear(&stage);
		expect_u64(stage.orders, 0);
		bads[i].say(&stage);
		stage_hear(&stage);
		expect_error(&stage, bads[i].error);
		expect_u64(rpki_vrp_count(stage.session.data), 2);
		expect_true(stage.session.last_error[0] != '\0');
		/* The next query is for everything. */
		stage.orders = 0;
		stage_connect_now(&stage);
		expect_said(&stage, RTR_RESET_QUERY,
			    bads[i].error == RTR_ASPA_PROVIDERS ? 1 : RTR_VERSION_MAX);
		stage_fini(&stage);
	}
}

/* Outside an answer. */
static void case_out_of_place(void)
{
	struct stage stage;

	stage_init(&stage);
	stage_follow(&stage, 2);
	cache_ipv4(&stage, 2, 9, 1, true);
	stage_hear(&stage);
	expect_error(&stage, RTR_CORRUPT_DATA);
	stage_fini(&stage);
	stage_init(&stage);
	stage_follow(&stage, 2);
	cache_end(&stage, 2, 9);
	stage_hear(&stage);
	expect_error(&stage, RTR_CORRUPT_DATA);
	stage_fini(&stage);
	stage_init(&stage);
	stage_follow(&stage, 2);
	cache_notify(&stage, 2, ID + 1, 9);
	stage_hear(&stage);
	expect_error(&stage, RTR_CORRUPT_DATA);
	stage_fini(&stage);
	stage_init(&stage);
	stage_follow(&stage, 1);
	stage_tick(&stage, 100);
	cache_head(&stage, 1, RTR_CACHE_RESPONSE, ID + 1, 8); /* of another session */
	stage_hear(&stage);
	expect_error(&stage, RTR_CORRUPT_DATA);
	stage_fini(&stage);
	stage_init(&stage);
	stage_connect_now(&stage);
	cache_response(&stage, 2);
	cache_ipv4(&stage, 2, 1, 1, false); /* a withdrawal in a full answer */
	stage_hear(&stage);
	expect_error(&stage, RTR_UNKNOWN_WITHDRAWAL);
	stage_fini(&stage);
	/* ASPAs and router keys have no place in lower versions. */
	stage_init(&stage);
	stage_follow(&stage, 1);
	cache_head(&stage, 1, RTR_ASPA, 0x100, 16);
	stage_hear(&stage);
	expect_error(&stage, RTR_UNSUPPORTED_TYPE);
	stage_fini(&stage);
	stage_init(&stage);
	stage_follow(&stage, 0);
	cache_head(&stage, 0, RTR_ROUTER_KEY, 0x100, 36);
	stage_hear(&stage);
	expect_error(&stage, RTR_UNSUPPORTED_TYPE);
	stage_fini(&stage);
}

/* Every code there is and some there are not; none is answered with an error. */
static void case_errors(void)
{
	for (uint16_t code = 0; code < 20; code++) {
		struct stage stage;
		char name[32];
		(void)snprintf(name, sizeof name, "error %u", code);
		tap_row(name);
		stage_init(&stage);
		stage_follow(&stage, 2);
		cache_error(&stage, 2, code);
		stage_hear(&stage);
		expect_u64(stage.out.pos, 0);
		expect_true((stage.orders & RTR_ORDER_TELL) != 0);
		expect_true(((stage.orders & RTR_ORDER_CLOSE) != 0) == rtr_error_is_fatal(code));
		expect_u64(rpki_vrp_count(stage.session.data), 2);
		stage_fini(&stage);
	}
	/* One whose inner lengths lie. */
	struct stage stage;
	stage_init(&stage);
	stage_follow(&stage, 2);
	cache_head(&stage, 2, RTR_ERROR_REPORT, 1, 20);
	wr_u32(&stage.cache, 0xfffffff0);
	wr_u32(&stage.cache, 0);
	wr_u32(&stage.cache, 0);
	stage_hear(&stage);
	expect_u64(stage.out.pos, 0);
	expect_true((stage.orders & RTR_ORDER_CLOSE) != 0);
	stage_fini(&stage);
}

/* An answer in pieces of any size is the same answer. */
static void case_pieces(void)
{
	for (uint32_t step = 1; step < 60; step++) {
		struct stage stage;
		uint8_t whole[512];
		stage_init(&stage);
		stage_connect_now(&stage);
		cache_response(&stage, 2);
		for (uint8_t i = 0; i < 10; i++)
			cache_ipv4(&stage, 2, i, 1, true);
		cache_aspa(&stage, 5, 7, 9, true);
		cache_end(&stage, 2, 1);
		uint32_t len = stage.cache.pos;
		mem_copy(whole, stage.octets, len);
		uint32_t orders = 0;
		for (uint32_t at = 0; at < len; at += step) {
			struct wr out = wr_of(stage.said, sizeof stage.said);
			uint32_t part = len - at < step ? len - at : step;
			orders |= rtr_session_octets(&stage.session, octets_of(whole + at, part),
						     stage.now, &out);
		}
		expect_u64(orders, RTR_ORDER_CHANGED);
		expect_u64(rpki_vrp_count(stage.session.data), 10);
		stage_fini(&stage);
	}
}

/* A cache that makes us ask without end fills no buffer. */
static void case_answers_unasked(void)
{
	struct stage stage;

	stage_init(&stage);
	stage_connect_now(&stage);
	for (uint32_t i = 0; i < 100; i++)
		cache_error(&stage, (uint8_t)(i % 3), RTR_UNSUPPORTED_VERSION);
	stage_hear(&stage);
	expect_true((stage.orders & RTR_ORDER_CLOSE) != 0);
	stage_fini(&stage);
}

static const struct tap_case cases[] = {
	{ "everything wrong in an answer", case_bad, 0 },
	{ "everything out of place", case_out_of_place, 0 },
	{ "every error report", case_errors, 0 },
	{ "answers in pieces", case_pieces, 0 },
	{ "a cache that answers unasked", case_answers_unasked, 0 },
};

TAP_MAIN(cases)
