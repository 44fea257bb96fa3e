/* unit/net/asn.c — AS numbers in text and in lists. */
#include "net/asn.h"

#include "kit/tap.h"

static void case_text(void)
{
	static const struct {
		const char *text;
		bool is_number;
		uint32_t asn;
	} rows[] = {
		{ "64500", true, 64500 },
		{ "AS64500", true, 64500 },
		{ "as64500", true, 64500 },
		{ "aS1", true, 1 },
		{ "0", true, 0 },
		{ "AS0", true, 0 },
		{ "4294967295", true, 4294967295 },
		{ "4294967296", false, 0 },
		{ "AS", false, 0 },
		{ "A", false, 0 },
		{ "", false, 0 },
		{ "AS-64500", false, 0 },
		{ "ASAS1", false, 0 },
		{ "AS 1", false, 0 },
		{ "AS064500", false, 0 },
		{ "1.10", false, 0 },
		{ "64500x", false, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint32_t asn = 77;
		tap_row(rows[i].text);
		expect_true(asn_read(octets_of_text(rows[i].text), &asn) == rows[i].is_number);
		expect_u64(asn, rows[i].is_number ? rows[i].asn : 77);
		bool is_somebodys = rows[i].is_number && rows[i].asn != 0;
		asn = 77;
		expect_true(asn_parse(rows[i].text, &asn) == is_somebodys);
		expect_u64(asn, is_somebodys ? rows[i].asn : 77);
	}
}

/* Every number in and around lists of every length. */
static void case_among(void)
{
	static const uint32_t list[] = { 0, 2, 4, 6, 8, 4294967295 };
	enum { LIST_COUNT = sizeof list / sizeof *list };

	for (uint32_t count = 0; count <= LIST_COUNT; count++) {
		for (uint32_t asn = 0; asn < 10; asn++)
			expect_true(asn_is_among(list, count, asn) ==
				    (asn % 2 == 0 && asn / 2 < count && asn <= 8));
		expect_true(asn_is_among(list, count, 4294967295) == (count == LIST_COUNT));
	}
}

static const struct tap_case cases[] = {
	{ "text", case_text, 0 },
	{ "among others", case_among, 0 },
};
TAP_MAIN(cases)
