/* Router configurations: whatever members and exchanges are called and whatever their passwords
 * hold, the file has the same lines, in plain letters. */
#include <stdio.h>
#include <string.h>

#include "export/router.h"
#include "kit/tap.h"

static struct text_buffer made(const struct router_vendor *vendor, const char *name,
			       const char *password, bool extended_next_hop)
{
	static struct heap heap;
	static bool has_heap;
	static struct router router;
	static struct registry_member member;
	struct registry_list list = { .item = &member, .count = 1 };
	struct registry_exchange exchange = { .asn = 64500, .lan_count = 2, .listen_count = 2 };
	struct router_order order = { .with_password = true,
				      .extended_next_hop = extended_next_hop };
	struct complaints complaints = { 0 };
	struct text_buffer buffer;

	if (!has_heap)
		heap = heap_libc();
	has_heap = true;
	member = (struct registry_member){
		.asn = 2001, .address_count = 2, .gtsm = true, .takes_blackhole = true
	};
	(void)snprintf(member.name, sizeof member.name, "%s", name);
	(void)snprintf(exchange.name, sizeof exchange.name, "%s", name);
	(void)snprintf(member.password, sizeof member.password, "%s", password);
	(void)prefix_parse("10.99.0.0/24", &exchange.lan[0], NULL);
	(void)prefix_parse("fd99::/64", &exchange.lan[1], NULL);
	(void)address_parse("10.99.0.1", &exchange.listen[0].address);
	(void)address_parse("fd99::1", &exchange.listen[1].address);
	exchange.listen[0].port = 1790;
	exchange.listen[1].port = 179;
	(void)address_parse("10.99.0.2", &member.address[0]);
	(void)address_parse("fd99::2", &member.address[1]);
	expect_true(router_fill(&router, &exchange, &list, &list, &order, &complaints));
	text_buffer_init(&buffer, &heap, 0);
	router_print(&router, vendor, text_buffer_sink(&buffer));
	return buffer;
}

static uint32_t lines_of(const char *text)
{
	uint32_t count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

/* The lines that carry a password, and the comment before it, may differ. */
static void no_letter_breaks_out(void)
{
	uint32_t checked = 0;

	for (const struct router_vendor *at = router_vendors; at->name != NULL; at++) {
		for (uint32_t octet = 1; octet < 256; octet++) {
			char name[] = "a ? b*/";
			char key[] = "a ? b";
			name[2] = (char)octet;
			key[2] = (char)octet;
			struct text_buffer plain = made(at, "a ? b*/", "a-x-b", octet % 2 == 0);
			struct text_buffer odd = made(at, name, key, octet % 2 == 0);
			uint32_t sessions = octet % 2 == 0 ? 1 : 2;
			bool is_told = strstr(text_buffer_of(&odd), "cannot be written") != NULL;
			expect_u64(lines_of(text_buffer_of(&odd)),
				   lines_of(text_buffer_of(&plain)) + (is_told ? sessions : 0));
			for (const char *letter = text_buffer_of(&odd); *letter != '\0'; letter++)
				checked += *letter == '\n' || *letter == '\t' ||
					   (*letter >= ' ' && *letter <= '~');
			expect_u64(checked, odd.len_octets);
			checked = 0;
			text_buffer_fini(&plain);
			text_buffer_fini(&odd);
		}
	}
}

/* A password is written so that this vendor reads the same, or not at all. */
static void passwords(void)
{
	static const struct {
		const char *vendor;
		const char *password;
		const char *line;
	} rows[] = {
		{ "bird", "it's $x \\", "password \"it's $x \\\";" },
		{ "bird", "a\"b", "password \"SET-THE-MD5-PASSWORD\";" },
		{ "frr", "a\"$b", " password a\"$b\n" },
		{ "frr", "a b", " password SET-THE-MD5-PASSWORD\n" },
		{ "openbgpd", "plain", "tcp md5sig password \"plain\"\n" },
		{ "openbgpd", "a\"$\\", "tcp md5sig key \"6122245c\"\n" },
		{ "junos", "a\"\\b", "authentication-key \"a\\\"\\\\b\";" },
		{ "ios-xr", "a?b", "password clear SET-THE-MD5-PASSWORD\n" },
		{ "eos", "a$b", "password 0 a$b\n" },
		{ "routeros", "a\"$?b", "tcp-md5-key=\"a\\\"\\$\\?b\"" },
		{ "routeros", "a\tb", "tcp-md5-key=\"SET-THE-MD5-PASSWORD\"" },
	};

	for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text_buffer text = made(router_vendor_of(rows[i].vendor), "x",
					       rows[i].password, false);
		expect_true(strstr(text_buffer_of(&text), rows[i].line) != NULL);
		text_buffer_fini(&text);
	}
}

static const struct tap_case cases[] = {
	{ "no letter of a name or password breaks out of its place", no_letter_breaks_out, 0 },
	{ "a password is written so that it is read back, or not at all", passwords, 0 },
};

TAP_MAIN(cases)
