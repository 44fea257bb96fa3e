/* unit/base/utc.c — times of UTC as text: known ones, every day there is, and what is none. */
#include "base/utc.h"

#include <stdio.h>

#include "kit/tap.h"

static void case_known(void)
{
	static const struct {
		int64_t s;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },          { 951782399, "2000-02-28T23:59:59Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },  { 951868800, "2000-03-01T00:00:00Z" },
		{ 1709164800, "2024-02-29T00:00:00Z" }, { 1795835539, "2026-11-28T03:12:19Z" },
		{ 4107542400, "2100-03-01T00:00:00Z" }, { UTC_S_MAX, "9999-12-31T23:59:59Z" },
	};
	char text[UTC_TEXT_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct wall again = { -1 };
		tap_row(rows[i].text);
		utc_print((struct wall){ rows[i].s }, text);
		expect_text(text, rows[i].text);
		expect_true(utc_read(octets_of_text(text), &again));
		expect_true(again.s == rows[i].s);
	}
}

/* What lies outside prints as the nearer end. */
static void case_outside(void)
{
	char text[UTC_TEXT_MAX];

	utc_print((struct wall){ -1 }, text);
	expect_text(text, "1970-01-01T00:00:00Z");
	utc_print((struct wall){ UTC_S_MAX + 1 }, text);
	expect_text(text, "9999-12-31T23:59:59Z");
}

/* One day after the other, by the rule of leap years as everybody learns it. */
static void case_every_day(void)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	char text[UTC_DAY_TEXT_MAX];
	char wanted[64];
	int64_t s = 0;

	for (uint32_t year = 1970; year <= 9999; year++) {
		bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
		for (uint32_t month = 1; month <= 12; month++) {
			uint32_t count = days[month - 1] + (month == 2 && is_leap ? 1u : 0u);
			for (uint32_t day = 1; day <= count; day++, s += UTC_DAY_S) {
				struct wall again = { -1 };
				(void)snprintf(wanted, sizeof wanted, "%04u-%02u-%02u", year, month,
					       day);
				utc_day_print((struct wall){ s + UTC_DAY_S - 1 }, text);
				expect_text(text, wanted);
				expect_true(utc_day_read(octets_of_text(wanted), &again));
				expect_true(again.s == s);
			}
		}
	}
	expect_true(s == UTC_S_MAX + 1);
}

static void case_refused(void)
{
	static const char *const rows[] = {
		"",
		"2026-11-28",
		"2026-11-28T03:12:19",
		"2026-11-28T03:12:19z",
		"2026-11-28 03:12:19Z",
		"2026-11-28T03:12:19ZZ",
		"2026-02-29T00:00:00Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-11-00T00:00:00Z",
		"2026-11-31T00:00:00Z",
		"2026-11-28T24:00:00Z",
		"2026-11-28T00:60:00Z",
		"2026-11-28T00:00:60Z",
		"1969-12-31T23:59:59Z",
		"2026-11-2:T00:00:00Z",
		"/026-11-28T00:00:00Z",
		"\xff\xff\xff\xff-11-28T00:00:00Z",
	};
	struct wall at = { 7 };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tap_row(rows[i]);
		expect_true(!utc_read(octets_of_text(rows[i]), &at));
		expect_true(at.s == 7);
	}
	expect_true(!utc_day_read(octets_of_text("2026-02-29"), &at));
	expect_true(!utc_day_read(octets_of_text("2026-02-28T"), &at));
	expect_true(!utc_day_read(octets_of_text("1969-12-31"), &at));
}

static const struct tap_case cases[] = {
	{ "known", case_known, 0 },
	{ "outside", case_outside, 0 },
	{ "every day", case_every_day, 0 },
	{ "refused", case_refused, 0 },
};
TAP_MAIN(cases)
