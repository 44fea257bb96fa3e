/* unit/bgp/notification.c — NOTIFICATION in, out and in words. */
#include "bgp/notification.h"

#include <string.h>

#include "base/mem.h"
#include "kit/random.h"
#include "kit/tap.h"

struct row {
	const char *name;
	const char *words;
	uint8_t body[64];
	uint8_t len;
};

#define BODY(...) .body = { __VA_ARGS__ }, .len = sizeof((uint8_t[]){ __VA_ARGS__ })

static const struct row rows[] = {
	{ "RFC 4271 6.5", "Hold timer expired (4/0)", BODY(4, 0) },
	{ "RFC 4271 6.1: the length in question",
	  "Message header error / bad message length (1/2), data 0x1001", BODY(1, 2, 0x10, 1) },
	{ "RFC 6608 3",
	  "Finite state machine error / unexpected message in OpenConfirm (5/2), data 0x02",
	  BODY(5, 2, 2) },
	{ "RFC 9234 4.2", "OPEN error / role mismatch (2/11)", BODY(2, 11) },
	{ "RFC 9687 4", "Send hold timer expired (8/0)", BODY(8, 0) },
	{ "RFC 9384", "Cease / BFD down (6/10)", BODY(6, 10) },
	{ "RFC 7313 5", "ROUTE-REFRESH error / invalid message length (7/1), data 0xff",
	  BODY(7, 1, 255) },
	{ "unknown code", "unknown error (99/7)", BODY(99, 7) },
	{ "unknown subcode", "Cease (6/200)", BODY(6, 200) },
	{ "RFC 4486 4: the limit",
	  "Cease / maximum number of prefixes reached (6/1), at most 4 ipv6 prefixes",
	  BODY(6, 1, 0, 2, 1, 0, 0, 0, 4) },
	{ "RFC 4486 4: something else", "Cease / maximum number of prefixes reached (6/1)",
	  BODY(6, 1, 0, 2, 1) },
	{ "RFC 9003 2", "Cease / administrative shutdown (6/2): back at noon",
	  BODY(6, 2, 12, 'b', 'a', 'c', 'k', ' ', 'a', 't', ' ', 'n', 'o', 'o', 'n') },
	{ "RFC 9003 2: no communication", "Cease / administrative reset (6/4)", BODY(6, 4) },
	{ "RFC 9003 2: an empty one", "Cease / administrative reset (6/4)", BODY(6, 4, 0) },
	{ "RFC 9003 3: longer than its message",
	  "Cease / administrative shutdown (6/2), with a communication longer than the message",
	  BODY(6, 2, 3, 'a', 'b') },
	{ "RFC 9003 2: octets behind it", "Cease / administrative shutdown (6/2): ab",
	  BODY(6, 2, 2, 'a', 'b', 'c') },
	{ "UTF-8 of two, three and four octets",
	  "Cease / administrative shutdown (6/2): \xc3\xbc\xe2\x82\xac\xf0\x9f\x8c\x90",
	  BODY(6, 2, 9, 0xc3, 0xbc, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x8c, 0x90) },
	{ "an escape sequence", "Cease / administrative shutdown (6/2): \\x1b[31m\\x5c",
	  BODY(6, 2, 6, 0x1b, '[', '3', '1', 'm', '\\') },
	{ "C1 control, right-to-left override, byte order mark",
	  "Cease / administrative shutdown (6/2): \\xc2\\x9b\\xe2\\x80\\xae\\xef\\xbb\\xbf",
	  BODY(6, 2, 8, 0xc2, 0x9b, 0xe2, 0x80, 0xae, 0xef, 0xbb, 0xbf) },
	{ "overlong, surrogate, too large, cut short",
	  "Cease / administrative shutdown (6/2): "
	  "\\xc0\\xaf\\xe0\\x80\\x80\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80\\xf5\\xe2\\x82",
	  BODY(6, 2, 15, 0xc0, 0xaf, 0xe0, 0x80, 0x80, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80,
	       0xf5, 0xe2, 0x82) },
	{ "a NUL", "Cease / administrative shutdown (6/2): a\\x00b", BODY(6, 2, 3, 'a', 0, 'b') },
	{ "RFC 8538 3.1: what is in a hard reset",
	  "Cease / hard reset (6/9): Cease / administrative shutdown (6/2): ab",
	  BODY(6, 9, 6, 2, 2, 'a', 'b') },
	{ "RFC 8538 3.1: nothing in it", "Cease / hard reset (6/9)", BODY(6, 9) },
	{ "long data is cut",
	  "UPDATE error / malformed attribute list (3/1), data "
	  "0x000102030405060708090a0b0c0d0e0f...",
	  BODY(3, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16) },
};

static void case_words(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bgp_refusal refusal;
		char words[BGP_NOTIFICATION_TEXT_MAX];
		tap_row(rows[i].name);
		expect_true(!failed(
			bgp_notification_read(octets_of(rows[i].body, rows[i].len), &refusal)));
		bgp_notification_print(&refusal, words);
		expect_text(words, rows[i].words);
	}
}

static void case_read_back(void)
{
	struct random random = { tap_seed() };

	for (uint32_t i = 0; i < 20000; i++) {
		uint8_t body[BGP_NOTIFICATION_DATA_MAX + 2];
		uint8_t octets[BGP_MESSAGE_OCTETS_MAX];
		struct wr wr = wr_of(octets, sizeof octets);
		uint32_t len = random_below(&random, i % 64 == 0 ? sizeof body : 300);
		char words[BGP_NOTIFICATION_TEXT_MAX];
		struct bgp_refusal refusal;
		struct bgp_message message;
		for (uint32_t j = 0; j < len; j++)
			body[j] = (uint8_t)random_next(&random);
		if (len != 0)
			body[0] = (uint8_t)random_below(&random, 9);
		struct fault fault = bgp_notification_read(octets_of(body, len), &refusal);
		expect_true(failed(fault) == (len < 2));
		if (failed(fault))
			continue;
		bgp_notification_print(&refusal, words);
		for (const char *at = words; *at != '\0'; at++)
			expect_true((uint8_t)*at >= 0x20 && *at != 0x7f);
		bgp_notification_write(&wr, &refusal);
		struct bgp_refusal fault_out;
		expect_true(
			!failed(bgp_message_next(wr_octets_of(&wr), false, &message, &fault_out)));
		expect_octets(message.body.at, message.body.len_octets, body, len);
	}
}

/* The longest text of octets that must all be escaped, in a hard reset, is printed whole. */
static void case_longest(void)
{
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_ADMIN_RESET);
	char text[300];
	char words[BGP_NOTIFICATION_TEXT_MAX];

	memset(text, 1, sizeof text - 1);
	text[sizeof text - 1] = '\0';
	bgp_notification_say(&refusal, text);
	expect_u64(refusal.data_len_octets, 256);
	refusal = bgp_refusal_hard(&refusal);
	expect_u64(refusal.data_len_octets, 258);
	bgp_notification_print(&refusal, words);
	const char *said = strstr(words, "(6/4): ");
	expect_true(said != NULL);
	expect_u64(strlen(said), strlen("(6/4): ") + 255 * 4);
}

/* RFC 9003 2: the text is UTF-8, so it is cut between characters. */
static void case_cut_between_characters(void)
{
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_ADMIN_SHUTDOWN);
	char text[300];

	memset(text, 'a', 254);
	text[254] = '\xe2';
	text[255] = '\x82';
	text[256] = '\xac';
	text[257] = '\0';
	bgp_notification_say(&refusal, text);
	expect_u64(refusal.data[0], 254);
	text[255] = '\0';
	text[254] = 'b';
	bgp_notification_say(&refusal, text);
	expect_u64(refusal.data[0], 255);
}

/* RFC 4271 4: never longer than 4,096 octets, and all the data when it fits. */
static void case_borrowed_data(void)
{
	static uint8_t data[70000];
	static uint8_t octets[BGP_MESSAGE_OCTETS_MAX];
	static const uint32_t lengths[] = { 0, 1, 258, 259, 4075, 4076, 65535 };

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct wr wr = wr_of(octets, sizeof octets);
		struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_REFRESH, 1);
		uint32_t written = lengths[i] < 4075 ? lengths[i] : 4075;
		for (uint32_t j = 0; j < sizeof data; j++)
			data[j] = (uint8_t)(j * 7);
		bgp_refusal_data(&refusal, octets_of(data, lengths[i]));
		bgp_notification_write(&wr, &refusal);
		expect_true(wr_ok(&wr));
		expect_octets(octets + 21, wr.pos - 21, data, written);
	}
}

/* RFC 4486 4 */
static void case_limit(void)
{
	static const uint8_t ipv4[] = { 0, 1, 1, 0, 1, 0x86, 0xa0 };
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_MAX_PREFIXES);

	bgp_notification_limit(&refusal, FAMILY_IPV4, 100000);
	expect_octets(refusal.data, refusal.data_len_octets, ipv4, sizeof ipv4);
}

static const struct tap_case cases[] = {
	{ "in words", case_words, 0 },
	{ "anything is read, printed harmlessly and written back", case_read_back, 0 },
	{ "the longest text", case_longest, 0 },
	{ "texts are cut between characters", case_cut_between_characters, 0 },
	{ "data longer than is kept", case_borrowed_data, 0 },
	{ "maximum prefixes name the limit", case_limit, 0 },
};
TAP_MAIN(cases)
