/* What bgpq4 -j prints and plain files: taken whole or refused with the place. */
#include <stdio.h>
#include <string.h>

#include "irr/read.h"
#include "kit/tap.h"

static struct fault taken(const char *text, struct irr_set **set)
{
	static struct heap heap;
	struct irr_draft draft;

	heap = heap_libc();
	irr_draft_init(&draft, &heap);
	struct fault fault = irr_read(octets_of_text(text), &draft);
	*set = NULL;
	if (!failed(fault))
		fault = irr_draft_seal(&draft, set);
	irr_draft_fini(&draft);
	return fault;
}

/* Every window and origin in one line, as plain files have them. */
static void listed(const struct irr_set *set, char *out, size_t room)
{
	size_t len = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < set->window_count; i++) {
		char text[PREFIX_TEXT_MAX];
		prefix_print(&set->window[i].prefix, text);
		len += (size_t)snprintf(out + len, room - len, "%s^%u-%u ", text,
					set->window[i].len_bits_min, set->window[i].len_bits_max);
	}
	for (uint32_t i = 0; i < set->origin_count; i++)
		len += (size_t)snprintf(out + len, room - len, "AS%u ", set->origin[i]);
}

static void good(void)
{
	static const struct {
		const char *text;
		const char *listed;
	} rows[] = {
		{ "", "" },
		{ "{ \"p\": [\n] }\n", "" },
		{ "{ \"p\": [\n { \"prefix\": \"20.1.0.0\\/16\", \"exact\": true },\n"
		  "{ \"prefix\": \"20.0.0.0\\/8\", \"exact\": false, \"less-equal\": 24 },"
		  "{ \"prefix\": \"2a01::\\/32\", \"exact\": false, \"greater-equal\": 48, "
		  "\"less-equal\": 48 } ] }",
		  "20.0.0.0/8^8-24 20.1.0.0/16^16-16 2a01::/32^48-48 " },
		{ "{\"p\": [7,\n 4200000000,7]}", "AS7 AS4200000000 " },
		{ "# all\n 20.1.0.0/16\n20.2.0.0/16^+ # and what is in it\n\n20.3.0.0/16^24\r\n"
		  "20.4.0.0/16^20-24\n20.5.0.0/16^-\nAS64500 AS1\n2a01::/32",
		  "20.1.0.0/16^16-16 20.2.0.0/16^16-32 20.3.0.0/16^24-24 20.4.0.0/16^20-24 "
		  "20.5.0.0/16^17-32 2a01::/32^32-32 AS1 AS64500 " },
		{ "20.1.0.0/16^16-20\n20.1.0.0/16^21-22\n20.1.0.0/16^24\n20.1.0.0/16^18-19",
		  "20.1.0.0/16^16-22 20.1.0.0/16^24-24 " },
	};

	for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char out[512];
		struct irr_set *set;
		expect_true(!failed(taken(rows[i].text, &set)));
		listed(set, out, sizeof out);
		expect_text(out, rows[i].listed);
		irr_set_unref(set);
	}
}

static void bad(void)
{
	static const char *const rows[] = {
		"{",
		"{}",
		"[]",
		"{ \"p\": [ 1, ] }",
		"{ \"p\": [ 1 2 ] }",
		"{ \"p\": [ -1 ] }",
		"{ \"p\": [ 01 ] }",
		"{ \"p\": [ 4294967296 ] }",
		"{ \"p\": [ true ] }",
		"{ \"p\": [ 1 ] } x",
		"{ \"p\": [ 1 ], \"q\": [ 2 ] }",
		"{ \"p\": [ { \"prefix\": \"20.1.0.0/33\", \"exact\": true } ] }",
		"{ \"p\": [ { \"prefix\": \"20.1.0.1/16\", \"exact\": true } ] }",
		"{ \"p\": [ { \"prefix\": \"20.1.0.0\", \"exact\": true } ] }",
		"{ \"p\": [ { \"prefix\": \"20.1.0.0/16\", \"exact\": maybe } ] }",
		"{ \"p\": [ { \"prefix\": \"20.1.0.0/16\", \"less-equal\": 8 } ] }",
		"{ \"p\": [ { \"prefix\": \"20.1.0.0/16\", \"less-equal\": 33 } ] }",
		"{ \"p\": [ { \"prefix\": \"20.1.0.0/16\", \"odd\": 3 } ] }",
		"{ \"p\": [ { \"exact\": true } ] }",
		"{ \"p\": [ { \"prefix\": \"\\u0032\" } ] }",
		"<html>",
		"20.1.0.0",
		"20.1.0.1/16",
		"20.1.0.0/16^8",
		"20.1.0.0/16^24-20",
		"20.1.0.0/16^33",
		"20.1.0.0/16^",
		"20.1.0.0/32^-",
		"AS",
		"AS-FOO",
		"AS1\x01",
		"AS4294967296",
		"ERROR: no such object",
	};

	for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct irr_set *set;
		struct fault fault = taken(rows[i], &set);
		expect_u64(fault.kind, FAULT_MALFORMED);
		expect_true(set == NULL && fault.at_octet <= strlen(rows[i]));
	}
}

/* An answer that was cut off is never taken for a shorter one. */
static void every_cut(void)
{
	static const char whole[] =
		"{ \"p\": [ { \"prefix\": \"20.1.0.0\\/16\", \"exact\": true }, 7 ] }";

	for (uint32_t len = 1; len + 1 < sizeof whole; len++) {
		char part[sizeof whole];
		struct irr_set *set;
		(void)snprintf(part, sizeof part, "%.*s", (int)len, whole);
		expect_true(failed(taken(part, &set)));
	}
}

static void places(void)
{
	struct irr_set *set;
	static const char text[] = "20.1.0.0/16\n  20.2.0.0/99\n";
	struct fault fault = taken(text, &set);
	uint32_t line = 0;
	uint32_t column = 0;

	irr_place_of(octets_of_text(text), fault.at_octet, &line, &column);
	expect_u64(line, 2);
	expect_u64(column, 3);
}

static void names(void)
{
	static const char *const yes[] = { "AS-FOO",
					   "as-foo",
					   "AS64500",
					   "AS64500:AS-FOO",
					   "AS-FOO:AS64500:AS-BAR_2",
					   "RIPE::AS-FOO",
					   "ARIN-NONAUTH::AS64500:AS-FOO" };
	static const char *const no[] = { "",         "-h",       "AS",       "AS-",
					  "FOO",      "AS-FOO;x", "AS-FOO x", "AS64500:AS64501",
					  ":AS-FOO",  "AS-FOO:",  "::AS-FOO", "../AS-FOO",
					  "AS-F/O",   "-x::AS-F", "AS-FOO\n", "AS-F\xc3\xb6",
					  "AS64500:", "RIPE::" };
	char longer[IRR_NAME_MAX + 2] = "AS-";

	for (uint32_t i = 3; i <= IRR_NAME_MAX; i++)
		longer[i] = 'A';
	for (uint32_t i = 0; i < sizeof yes / sizeof *yes; i++)
		expect_true(irr_name_is_good(yes[i]));
	for (uint32_t i = 0; i < sizeof no / sizeof *no; i++)
		expect_true(!irr_name_is_good(no[i]));
	expect_true(!irr_name_is_good(longer));
	longer[IRR_NAME_MAX] = '\0';
	expect_true(irr_name_is_good(longer));
}

static const struct tap_case cases[] = {
	{ "both shapes", good, 0 },
	{ "what is neither is refused", bad, 0 },
	{ "no cut of an answer is an answer", every_cut, 0 },
	{ "where it is wrong", places, 0 },
	{ "names of as-sets", names, 0 },
};

TAP_MAIN(cases)
