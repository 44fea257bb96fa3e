/* unit/web/head.c — heads that libmicrohttpd would take and others would read otherwise. */
#include <string.h>

#include "kit/tap.h"
#include "web/head.h"

#define GET "GET / HTTP/1.1\r\n"
#define HOST "Host: ix.example\r\n"

static const struct {
	const char *what;
	const char *text;
	uint32_t len; /* 0 = that of the text */
	int status;
} rows[] = {
	{ "plain", GET HOST "\r\n", 0, 200 },
	{ "more lines", GET HOST "Accept: */*\r\nX-Y:\t a b \r\n\r\n", 0, 200 },
	{ "HTTP/1.0", "GET / HTTP/1.0\r\n" HOST "\r\n", 0, 200 },
	{ "a length", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 12\r\n\r\n", 0, 200 },
	{ "octets behind it", GET HOST "\r\nGET ", 0, 200 },
	{ "nothing yet", "", 0, 0 },
	{ "half a line", "GET / HT", 0, 0 },
	{ "without the blank line", GET HOST, 0, 0 },
	{ "half a line end", GET HOST "\r", 0, 0 },
	{ "no host", GET "\r\n", 0, 400 },
	{ "two hosts", GET HOST HOST "\r\n", 0, 400 },
	{ "two hosts, in another case", GET HOST "hOST: x\r\n\r\n", 0, 400 },
	{ "two lengths", GET HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 0, 400 },
	{ "a list of lengths", GET HOST "Content-Length: 1, 1\r\n\r\n", 0, 400 },
	{ "a signed length", GET HOST "Content-Length: +1\r\n\r\n", 0, 400 },
	{ "no length", GET HOST "Content-Length: \r\n\r\n", 0, 400 },
	{ "a huge length", GET HOST "Content-Length: 99999999999999999999\r\n\r\n", 0, 400 },
	{ "chunked", GET HOST "Transfer-Encoding: chunked\r\n\r\n", 0, 400 },
	{ "chunked with a length",
	  GET HOST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 400 },
	{ "folded", GET HOST "X: a\r\n b\r\n\r\n", 0, 400 },
	{ "folded first line", GET " x\r\n" HOST "\r\n", 0, 400 },
	{ "a bare line feed", GET "Host: ix.example\n\r\n", 0, 400 },
	{ "a bare carriage return", GET "Host: ix\rX: y\r\n\r\n", 0, 400 },
	{ "a NUL in a value", GET "Host: i\0x\r\n\r\n", sizeof(GET "Host: i\0x\r\n\r\n") - 1, 400 },
	{ "a control in a value", GET "Host: i\x01x\r\n\r\n", 0, 400 },
	{ "a blank before the colon", GET "Host : ix\r\n\r\n", 0, 400 },
	{ "no name", GET ": ix\r\n\r\n", 0, 400 },
	{ "no colon", GET "Host\r\n\r\n", 0, 400 },
	{ "a blank line first", "\r\n" GET HOST "\r\n", 0, 400 },
	{ "an absolute URI", "GET http://x/ HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
	{ "a blank in the path", "GET /a b HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
	{ "no path", "GET  HTTP/1.1\r\n" HOST "\r\n", 0, 400 },
	{ "no version", "GET /\r\n" HOST "\r\n", 0, 400 },
	{ "HTTP/2", "PRI * HTTP/2.0\r\n\r\n", 0, 505 },
	{ "HTTP/1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", 0, 505 },
};

static void case_rows(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint32_t len = rows[i].len != 0 ? rows[i].len : (uint32_t)strlen(rows[i].text);
		const char *why = NULL;
		tap_row(rows[i].what);
		expect_u64((uint64_t)head_judge(octets_of(rows[i].text, len), &why),
			   (uint64_t)rows[i].status);
		expect_true((why != NULL) == (rows[i].status != 0 && rows[i].status != 200));
	}
}

/* Octet by octet a good head wants more until it is whole; what is bad is bad at once or later,
 * never good. */
static void case_prefixes(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint32_t len = rows[i].len != 0 ? rows[i].len : (uint32_t)strlen(rows[i].text);
		int last = 0;
		tap_row(rows[i].what);
		for (uint32_t cut = 0; cut <= len; cut++) {
			const char *why = NULL;
			int status = head_judge(octets_of(rows[i].text, cut), &why);
			expect_true(last == 0 || status == last);
			last = status;
		}
		expect_u64((uint64_t)last, (uint64_t)rows[i].status);
	}
}

static void case_too_long(void)
{
	static char text[HEAD_OCTETS_MAX + 1];
	const char *why = NULL;

	memset(text, 'a', sizeof text);
	memcpy(text, GET "X: ", strlen(GET "X: "));
	expect_u64((uint64_t)head_judge(octets_of(text, HEAD_OCTETS_MAX - 1), &why), 0);
	expect_u64((uint64_t)head_judge(octets_of(text, HEAD_OCTETS_MAX), &why), 431);
}

static const struct tap_case cases[] = {
	{ "heads", case_rows, 0 },
	{ "heads, octet by octet", case_prefixes, 0 },
	{ "a head too long", case_too_long, 0 },
};

TAP_MAIN(cases)
