/* unit/base/decimal.c — numbers in text: the bounds, and what is none. */
#include "base/decimal.h"

#include "kit/tap.h"

static void case_numbers(void)
{
	static const struct {
		const char *text;
		uint64_t max;
		bool is_good;
		uint64_t value;
	} rows[] = {
		{ "0", 0, true, 0 },
		{ "7", 7, true, 7 },
		{ "8", 7, false, 0 },
		{ "10", 9, false, 0 },
		{ "4294967295", UINT32_MAX, true, UINT32_MAX },
		{ "4294967296", UINT32_MAX, false, 0 },
		{ "9223372036854775807", INT64_MAX, true, INT64_MAX },
		{ "9223372036854775808", INT64_MAX, false, 0 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, false, 0 },
		{ "184467440737095516150", UINT64_MAX, false, 0 },
		{ "", 9, false, 0 },
		{ "00", 9, false, 0 },
		{ "01", 9, false, 0 },
		{ "+1", 9, false, 0 },
		{ "-1", 9, false, 0 },
		{ " 1", 9, false, 0 },
		{ "1 ", 9, false, 0 },
		{ "1x", 99, false, 0 },
		{ "0x1", 99, false, 0 },
		{ "/", 99, false, 0 },
		{ ":", 99, false, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t value = 77;
		uint32_t narrow = 77;
		tap_row(rows[i].text);
		expect_true(decimal_read(octets_of_text(rows[i].text), rows[i].max, &value) ==
			    rows[i].is_good);
		expect_u64(value, rows[i].is_good ? rows[i].value : 77);
		if (rows[i].max > UINT32_MAX)
			continue;
		expect_true(decimal_u32(rows[i].text, (uint32_t)rows[i].max, &narrow) ==
			    rows[i].is_good);
		expect_u64(narrow, rows[i].is_good ? rows[i].value : 77);
	}
	uint64_t value = 77;
	expect_true(!decimal_read(octets_of("1\0002", 3), 99, &value));
	expect_true(decimal_read(octets_of("12", 1), 99, &value) && value == 1);
}

static void case_grouped(void)
{
	static const struct {
		uint64_t number;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1,000" },
		{ 1239032, "1,239,032" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[DECIMAL_GROUPED_MAX];
		decimal_grouped(rows[i].number, text);
		expect_text(text, rows[i].text);
	}
}

static const struct tap_case cases[] = {
	{ "numbers", case_numbers, 0 },
	{ "grouped", case_grouped, 0 },
};
TAP_MAIN(cases)
