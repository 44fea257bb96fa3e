/* unit/text/columns.c — tables as a terminal shows them. */
#include <stdio.h>
#include <string.h>

#include "kit/tap.h"
#include "text/columns.h"
#include "text/utf8.h"

static const struct column three[] = { { "MEMBER", false }, { "ROUTES", true }, { "NAME", false } };

static void case_aligned(void)
{
	static const char expected[] = "MEMBER    ROUTES  NAME\n"
				       "AS64500        7  Z\xc3\xbcrich Net\n"
				       "AS201001  100000\n"
				       "\xe4\xbd\xa0\xe5\xa5\xbd           -  x\n";
	struct heap heap = heap_libc();
	struct text_buffer out CLEAN(text_buffer_fini);
	struct columns columns CLEAN(columns_fini);

	text_buffer_init(&out, &heap, 0);
	columns_init(&columns, &heap, text_buffer_sink(&out), three, 3, false);
	columns_cell(&columns, COLOUR_NONE, "AS%u", 64500u);
	columns_cell(&columns, COLOUR_GREEN, "%u", 7u);
	columns_cell(&columns, COLOUR_NONE, "Z\xc3\xbcrich Net");
	columns_cell(&columns, COLOUR_NONE, "AS%u", 201001u);
	columns_cell(&columns, COLOUR_NONE, "%u", 100000u);
	columns_cell(&columns, COLOUR_NONE, "%s", "");
	columns_cell(&columns, COLOUR_NONE, "\xe4\xbd\xa0\xe5\xa5\xbd");
	columns_cell(&columns, COLOUR_NONE, "-");
	columns_cell(&columns, COLOUR_NONE, "x");
	expect_true(columns_end(&columns));
	expect_text(text_buffer_of(&out), expected);
}

static void case_colour(void)
{
	struct heap heap = heap_libc();
	struct text_buffer out CLEAN(text_buffer_fini);
	struct columns columns CLEAN(columns_fini);

	text_buffer_init(&out, &heap, 0);
	columns_init(&columns, &heap, text_buffer_sink(&out), three, 2, true);
	columns_cell(&columns, COLOUR_RED, "down");
	columns_cell(&columns, COLOUR_NONE, "1");
	expect_true(columns_end(&columns));
	expect_text(text_buffer_of(&out), "\x1b[1mMEMBER\x1b[0m  \x1b[1mROUTES\x1b[0m\n"
					  "\x1b[31mdown\x1b[0m         1\n");
}

/* Only the last column gives way, and only where something of it is left to be seen. */
static void case_fit(void)
{
	static const struct {
		uint32_t line_max;
		const char *shown;
	} rows[] = {
		{ 0, "AS1          1  abcdefghijkl\n" },
		{ 28, "AS1          1  abcdefghijkl\n" },
		{ 27, "AS1          1  abcdefghij\xe2\x80\xa6\n" },
		{ 24, "AS1          1  abcdefg\xe2\x80\xa6\n" },
		{ 23, "AS1          1  abcdefghijkl\n" },
		{ 10, "AS1          1  abcdefghijkl\n" },
	};

	for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct heap heap = heap_libc();
		struct text_buffer out CLEAN(text_buffer_fini);
		struct columns columns CLEAN(columns_fini);
		text_buffer_init(&out, &heap, 0);
		columns_init(&columns, &heap, text_buffer_sink(&out), three, 3, false);
		columns_fit(&columns, rows[i].line_max);
		columns_cell(&columns, COLOUR_NONE, "AS1");
		columns_cell(&columns, COLOUR_NONE, "1");
		columns_cell(&columns, COLOUR_NONE, "abcdefghijkl");
		expect_true(columns_end(&columns));
		expect_text(strchr(text_buffer_of(&out), '\n') + 1, rows[i].shown);
	}
}

/* What strangers write into a name must not steer the terminal. */
static void case_hostile(void)
{
	static const struct {
		const char *text;
		const char *shown;
	} rows[] = {
		{ "a\x1b[2Jb", "a\xef\xbf\xbd[2Jb" },
		{ "a\nb\tc", "a\xef\xbf\xbd"
			     "b\xef\xbf\xbd"
			     "c" },
		{ "\xc2\x9b", "\xef\xbf\xbd" },
		{ "a\xe2\x80\xae"
		  "b",
		  "a\xef\xbf\xbd"
		  "b" },
		{ "\xff", "\xef\xbf\xbd" },
	};
	static const struct column one[] = { { "X", false } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct heap heap = heap_libc();
		struct text_buffer out CLEAN(text_buffer_fini);
		struct columns columns CLEAN(columns_fini);
		char expected[64];
		tap_row(rows[i].shown);
		text_buffer_init(&out, &heap, 0);
		columns_init(&columns, &heap, text_buffer_sink(&out), one, 1, false);
		columns_cell(&columns, COLOUR_NONE, "%s", rows[i].text);
		expect_true(columns_end(&columns));
		(void)snprintf(expected, sizeof expected, "X\n%s\n", rows[i].shown);
		expect_text(text_buffer_of(&out), expected);
	}
}

/* A cell is cut between characters; rows beyond the bound are put with the widths settled. */
static void case_bounds(void)
{
	static const struct column two[] = { { "A", false }, { "B", true } };
	struct heap heap = heap_libc();
	struct text_buffer out CLEAN(text_buffer_fini);
	struct columns columns CLEAN(columns_fini);
	char longest[400];

	for (uint32_t i = 0; i + 2 < sizeof longest; i += 2) {
		longest[i] = (char)0xc3;
		longest[i + 1] = (char)0xbc;
	}
	longest[sizeof longest - 2] = '\0';
	text_buffer_init(&out, &heap, 0);
	columns_init(&columns, &heap, text_buffer_sink(&out), two, 2, false);
	columns_cell(&columns, COLOUR_NONE, "%s", longest);
	columns_cell(&columns, COLOUR_NONE, "1");
	for (uint32_t i = 1; i < COLUMNS_ROWS_MAX; i++) {
		columns_cell(&columns, COLOUR_NONE, "x");
		columns_cell(&columns, COLOUR_NONE, "%u", i);
	}
	expect_true(out.len_octets > 0);
	uint32_t before = out.len_octets;
	columns_cell(&columns, COLOUR_NONE, "late");
	columns_cell(&columns, COLOUR_NONE, "123456");
	expect_u64(out.len_octets - before, 127 + 2 + 6 + 1);
	expect_true(columns_end(&columns));
}

static void case_empty_and_full(void)
{
	struct heap heap = heap_libc();
	struct text_buffer out CLEAN(text_buffer_fini);

	for (uint32_t room = 1; room <= 23; room++) {
		struct columns columns CLEAN(columns_fini);
		text_buffer_init(&out, &heap, room);
		columns_init(&columns, &heap, text_buffer_sink(&out), three, 3, false);
		expect_true(columns_end(&columns) == (room >= 21));
		text_buffer_fini(&out);
	}
}

static const struct tap_case cases[] = {
	{ "the last column is cut to the terminal", case_fit, 0 },
	{ "aligned", case_aligned, 0 },
	{ "colour", case_colour, 0 },
	{ "hostile cells", case_hostile, 0 },
	{ "bounds", case_bounds, 0 },
	{ "no row, no room", case_empty_and_full, 0 },
};
TAP_MAIN(cases)
