/* unit/text/screen.c — what passes the door before a terminal, and what does not. */
#include "text/screen.h"

#include <string.h>

#include "base/fault.h"
#include "kit/tap.h"

static void case_rows(void)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{ "plain, with\ttab\n", "plain, with\ttab\n" },
		{ "\x1b[1mbold\x1b[0m \x1b[31mred\x1b[0m",
		  "\x1b[1mbold\x1b[0m \x1b[31mred\x1b[0m" },
		{ "Z\xc3\xbcrich \xe2\x82\xac", "Z\xc3\xbcrich \xe2\x82\xac" },
		{ "\x1b]0;title\x07", "?]0;title?" },
		{ "\x1b[2J", "?[2J" },
		{ "\x1b[8mhidden", "?[8mhidden" },
		{ "\x1b", "?" },
		{ "back\b\rand \x7f", "back??and ?" },
		{ "C1 \xc2\x9b"
		  "2J",
		  "C1 ?2J" },
		{ "turned \xe2\x80\xaemoc", "turned ?moc" },
		{ "no UTF-8 \xff\xc3", "no UTF-8 ??" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct heap heap = heap_libc();
		struct text_buffer out CLEAN(text_buffer_fini);
		struct text_screen screen;
		tap_row(rows[i].out);
		text_buffer_init(&out, &heap, 0);
		struct text_sink sink = text_screen_init(&screen, text_buffer_sink(&out));
		expect_true(text_put_text(sink, rows[i].in));
		expect_text(text_buffer_of(&out), rows[i].out);
	}
}

/* A NUL is an octet like others, and a sink that is full is told of. */
static void case_bounds(void)
{
	struct heap heap = heap_libc();
	struct text_buffer out CLEAN(text_buffer_fini);
	struct text_screen screen;

	text_buffer_init(&out, &heap, 4);
	struct text_sink sink = text_screen_init(&screen, text_buffer_sink(&out));
	expect_true(text_put_octets(sink, "a\0b", 3));
	expect_text(text_buffer_of(&out), "a?b");
	expect_true(text_put_octets(sink, "c", 1));
	expect_true(!text_put_octets(sink, "\x1b", 1));
	expect_true(!text_put_octets(sink, "d", 1));
}

static const struct tap_case cases[] = {
	{ "what passes", case_rows, 0 },
	{ "bounds", case_bounds, 0 },
};
TAP_MAIN(cases)
