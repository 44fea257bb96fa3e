/* unit/base/rd_wr.c — the reader and the writer: nothing behind the end, failure that stays. */
#include "base/rd.h"
#include "base/wr.h"

#include <string.h>

#include "kit/random.h"
#include "kit/tap.h"

/* What was written in any widths is read back in the same. */
static void case_there_and_back(void)
{
	struct random random = { tap_seed() };

	for (uint32_t round = 0; round < 5000; round++) {
		uint8_t octets[64];
		uint32_t size = random_below(&random, sizeof octets);
		struct wr wr = wr_of(octets, size);
		uint64_t seed = random.state;
		uint32_t written = 0;
		uint32_t count = 0;
		for (;; count++) {
			uint32_t width = 1u << random_below(&random, 4);
			uint64_t value = random_next(&random);
			if (width == 1)
				wr_u8(&wr, value & 0xff);
			else if (width == 2)
				wr_u16(&wr, value & 0xffff);
			else if (width == 4)
				wr_u32(&wr, (uint32_t)value);
			else
				wr_u64(&wr, value);
			if (!wr_ok(&wr))
				break;
			written += width;
			expect_u64(wr.pos, written);
		}
		expect_u64(wr_left(&wr), 0);
		expect_u64(wr_octets_of(&wr).len_octets, 0);
		struct rd rd = rd_of(octets, written);
		random.state = seed;
		for (uint32_t i = 0; i < count; i++) {
			uint32_t width = 1u << random_below(&random, 4);
			uint64_t value = random_next(&random);
			if (width == 1)
				expect_u64(rd_u8(&rd), value & 0xff);
			else if (width == 2)
				expect_u64(rd_u16(&rd), value & 0xffff);
			else if (width == 4)
				expect_u64(rd_u32(&rd), value & 0xffffffff);
			else
				expect_u64(rd_u64(&rd), value);
		}
		expect_true(rd_done(&rd));
		expect_u64(rd_u8(&rd), 0);
		expect_true(!rd_ok(&rd) && !rd_done(&rd) && !rd_more(&rd));
	}
}

/* After one failure every read gives nothing, even where octets are left. */
static void case_failure_stays(void)
{
	static const uint8_t octets[] = { 1, 2, 3, 4, 5 };
	struct rd rd = rd_of(octets, sizeof octets);
	uint8_t copy[4] = { 9, 9, 9, 9 };

	expect_u64(rd_u8(&rd), 1);
	expect_u64(rd_take(&rd, 5).len_octets, 0);
	expect_true(!rd_ok(&rd));
	expect_u64(rd_u8(&rd), 0);
	expect_u64(rd_left(&rd), 0);
	expect_u64(rd_rest(&rd).len_octets, 0);
	rd_copy(&rd, copy, sizeof copy);
	expect_u64(copy[0] + copy[1] + copy[2] + copy[3], 0);
	/* A length that no reader has. */
	rd = rd_of(octets, sizeof octets);
	rd_skip(&rd, UINT32_MAX);
	expect_true(!rd_ok(&rd));
}

/* A child sees its own stretch; one that does not fit fails both. */
static void case_children(void)
{
	static const uint8_t octets[] = { 1, 2, 3, 4, 5 };
	struct rd rd = rd_of(octets, sizeof octets);
	struct rd child = rd_sub(&rd, 2);

	expect_u64(rd_u16(&child), 0x0102);
	expect_true(rd_done(&child));
	expect_u64(rd_u8(&child), 0);
	expect_true(!rd_ok(&child) && rd_ok(&rd));
	expect_u64(rd_u8(&rd), 3);
	child = rd_sub(&rd, 3);
	expect_true(!rd_ok(&child) && !rd_ok(&rd));
	rd = rd_of(octets, 0);
	child = rd_sub(&rd, 0);
	expect_true(rd_done(&child) && rd_done(&rd));
}

/* A value too wide for its field is a failure, and a failed writer gives nothing out. */
static void case_writer(void)
{
	uint8_t octets[8];
	struct wr wr = wr_of(octets, sizeof octets);

	wr_u8(&wr, 256);
	expect_true(!wr_ok(&wr));
	wr_rewind(&wr, 0);
	wr_u16(&wr, 65536);
	expect_true(!wr_ok(&wr));
	wr_rewind(&wr, 0);
	uint32_t mark = wr_mark(&wr);
	wr_u16(&wr, 0);
	wr_repeat(&wr, 7, 3);
	wr_fill_u16(&wr, mark, wr.pos - 2);
	expect_true(wr_ok(&wr));
	expect_octets(octets, wr.pos, "\0\3\7\7\7", 5);
	wr_octets(&wr, octets_of("abcd", 4));
	expect_true(!wr_ok(&wr));
	expect_u64(wr_octets_of(&wr).len_octets, 0);
	wr_rewind(&wr, 5);
	wr_octets(&wr, octets_of("abc", 3));
	expect_octets(octets, wr.pos, "\0\3\7\7\7abc", 8);
	wr_fill_u8(&wr, 8, 1);
	expect_true(!wr_ok(&wr));
	wr_rewind(&wr, 8);
	wr_fill_u16(&wr, 7, 1);
	expect_true(!wr_ok(&wr));
}

static const struct tap_case cases[] = {
	{ "there and back", case_there_and_back, 0 },
	{ "failure stays", case_failure_stays, 0 },
	{ "children", case_children, 0 },
	{ "the writer", case_writer, 0 },
};
TAP_MAIN(cases)
