/* unit/text/attributes.c — attributes in the field's notation, one row a form. */
#include <string.h>

#include "base/fault.h"
#include "kit/tap.h"
#include "text/attributes.h"

static const char *path_text(const uint8_t *octets, uint32_t len, struct text_buffer *buffer)
{
	text_buffer_clear(buffer);
	expect_true(attribute_as_path_put(octets_of(octets, len), text_buffer_sink(buffer)));
	return text_buffer_of(buffer);
}

static void case_as_path(void)
{
	static const uint8_t rows[][26] = {
		{ 2, 2, 0, 3, 0x11, 0x29, 0, 0, 0xfb, 0xf4 },
		{ 2, 1, 0, 0, 0, 1, 1, 2, 0, 0, 0, 2, 0, 0, 0, 3 },
		{ 1, 2, 0, 0, 0, 2, 0, 0, 0, 3, 2, 1, 0, 0, 0, 4 },
		{ 3, 2, 0, 0, 0, 5, 0, 0, 0, 6, 2, 1, 0, 0, 0, 4 },
		{ 4, 2, 0, 0, 0, 5, 0, 0, 0, 6 },
		{ 2, 2, 0, 0, 0, 5, 0 },
	};
	static const uint32_t len[] = { 10, 16, 16, 16, 10, 7 };
	static const char *const expected[] = { "201001 64500", "1 {2 3}", "{2 3} 4",
						"(5 6) 4",      "({5 6})", "" };
	struct heap heap = heap_libc();
	struct text_buffer buffer CLEAN(text_buffer_fini);

	text_buffer_init(&buffer, &heap, 0);
	for (uint32_t i = 0; i < sizeof len / sizeof *len; i++)
		expect_text(path_text(rows[i], len[i], &buffer), expected[i]);
	expect_text(path_text(rows[0], 0, &buffer), "");
}

static void communities_are(enum community_kind kind, const uint8_t *octets, uint32_t len,
			    const char *const *expected, uint32_t count)
{
	struct rd rd = rd_of(octets, len);
	char text[ATTRIBUTE_TEXT_MAX];

	for (uint32_t i = 0; i < count; i++) {
		expect_true(attribute_community_next(kind, &rd, text));
		expect_text(text, expected[i]);
	}
	expect_true(!attribute_community_next(kind, &rd, text));
}

static void case_communities(void)
{
	static const uint8_t standard[] = { 0xff, 0xff, 2, 0x9a, 0, 0, 0, 7, 9 };
	static const char *const standard_text[] = { "65535:666", "0:7" };
	static const uint8_t large[] = { 0, 0, 0xfb, 0xf4, 0, 0, 0, 0, 0, 3, 0x11, 0x29 };
	static const char *const large_text[] = { "64500:0:201001" };
	static const uint8_t extended[] = { 0,    2, 0xfb, 0xf4, 0,    0,    0, 1, /* */
					    0x41, 3, 192,  0,    2,    1,    0, 9, /* */
					    2,    2, 0,    3,    0x11, 0x29, 0, 5, /* */
					    0,    9, 0,    1,    0,    0,    0, 2, /* */
					    0x43, 0, 1,    2,    3,    4,    5, 6 };
	static const char *const extended_text[] = { "rt:64500:1", "ro:192.0.2.1:9", "rt:201001:5",
						     "9:1:2", "0x4300:0x010203040506" };
	static const uint8_t ipv6[] = { 0, 2, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0,
					0, 0, 0,    0, 0,   0,    0, 1, 0, 7 };
	static const char *const ipv6_text[] = { "rt:[2001:db8::1]:7" };

	communities_are(COMMUNITY_STANDARD, standard, sizeof standard, standard_text, 2);
	communities_are(COMMUNITY_LARGE, large, sizeof large, large_text, 1);
	communities_are(COMMUNITY_EXTENDED, extended, sizeof extended, extended_text, 5);
	communities_are(COMMUNITY_EXTENDED_IPV6, ipv6, sizeof ipv6, ipv6_text, 1);
	expect_text(attribute_community_name("65535:666"), "BLACKHOLE");
	expect_true(attribute_community_name("64500:666") == NULL);
}

static void case_rest(void)
{
	static const uint8_t unknown[] = { 0xe0, 99, 2, 0xab, 1, 0xf0, 100, 0, 1, 5, 0xe0, 9, 4 };
	static const uint8_t aggregator[] = { 0, 0, 0xfb, 0xf4, 192, 0, 2, 1 };
	uint8_t lengthy[3 + 200] = { 0xe0, 1, 200 };
	struct rd rd = rd_of(unknown, sizeof unknown);
	char text[ATTRIBUTE_TEXT_MAX];

	expect_true(attribute_unknown_next(&rd, text));
	expect_text(text, "type 99, 2 octets: 0xab01");
	expect_true(attribute_unknown_next(&rd, text));
	expect_text(text, "type 100, 1 octet: 0x05");
	expect_true(!attribute_unknown_next(&rd, text));
	rd = rd_of(lengthy, sizeof lengthy);
	expect_true(attribute_unknown_next(&rd, text));
	expect_text(text, "type 1, 200 octets: 0x0000000000000000000000000000000000000000...");
	expect_true(attribute_aggregator(octets_of(aggregator, 8), text));
	expect_text(text, "AS64500 192.0.2.1");
	expect_true(!attribute_aggregator(octets_of(aggregator, 0), text));
	expect_text(attribute_origin_name(0), "IGP");
	expect_text(attribute_origin_name(2), "incomplete");
	expect_text(attribute_origin_name(3), "unknown");
}

static const struct tap_case cases[] = {
	{ "AS paths, sets in braces, confederations in brackets", case_as_path, 0 },
	{ "communities of every kind", case_communities, 0 },
	{ "unknown attributes, aggregator, origin", case_rest, 0 },
};
TAP_MAIN(cases)
