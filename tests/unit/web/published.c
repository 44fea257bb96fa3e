/* unit/web/published.c — the snapshot, and statistics and WHOIS made of it. */
#include <stdio.h>
#include <string.h>

#include "kit/tap.h"
#include "web/statistics.h"
#include "web/whois.h"

static struct published_network network_of(const char *first, const char *last,
					   enum published_status status, const char *holder)
{
	struct published_network network = { .status = status };

	expect_true(address_parse(first, &network.first) && address_parse(last, &network.last));
	(void)snprintf(network.handle, sizeof network.handle, "%s", first);
	(void)snprintf(network.name, sizeof network.name, "NET");
	(void)snprintf(network.holder_handle, sizeof network.holder_handle, "%s", holder);
	network.registered_at.s = 1767225600; /* 2026-01-01 */
	return network;
}

static struct published *example(void)
{
	struct published *published = published_new();
	struct published_entity entity = {
		.handle = "ORG-A", .name = "A Ltd", .country = "FI", .is_organisation = true
	};
	struct published_entity role = { .handle = "NOC-A",
					 .name = "A's operators",
					 .email = "noc@a.example",
					 .role = "noc",
					 .organisation = "org-a" };
	struct published_autnum autnum = { .asn = 64500, .name = "A", .holder_handle = "ORG-A" };
	const struct published_network networks[] = {
		network_of("192.0.2.64", "192.0.2.127", PUBLISHED_RESERVED, ""),
		network_of("192.0.2.0", "192.0.2.255", PUBLISHED_ALLOCATED, ""),
		network_of("192.0.2.10", "192.0.2.10", PUBLISHED_ASSIGNED, "ORG-A"),
		network_of("192.0.2.255", "192.0.2.255", PUBLISHED_ASSIGNED, "ORG-A"),
		network_of("2001:db8::", "2001:db8::ffff", PUBLISHED_ALLOCATED, ""),
		network_of("2001:db8::", "2001:db8::ff", PUBLISHED_ASSIGNED, "ORG-A"),
	};

	(void)snprintf(published->exchange, sizeof published->exchange, "Example-IX");
	(void)snprintf(published->registry, sizeof published->registry, "example-ix");
	(void)snprintf(published->country, sizeof published->country, "ZZ");
	published->asn = 64511;
	published->changed_at.s = 1767312000;
	expect_true(!failed(published_entity_add(published, &entity)));
	expect_true(!failed(published_entity_add(published, &role)));
	expect_true(!failed(published_autnum_add(published, &autnum)));
	for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
		expect_true(!failed(published_network_add(published, &networks[i])));
	published_seal(published);
	return published;
}

static void case_smallest(void)
{
	static const struct {
		const char *prefix;
		const char *handle;
		uint8_t status;
	} rows[] = {
		{ "192.0.2.10", "192.0.2.10", PUBLISHED_ASSIGNED },
		{ "192.0.2.11", "192.0.2.0", PUBLISHED_ALLOCATED },
		{ "192.0.2.64", "192.0.2.64", PUBLISHED_RESERVED },
		{ "192.0.2.127", "192.0.2.64", PUBLISHED_RESERVED },
		{ "192.0.2.128", "192.0.2.0", PUBLISHED_ALLOCATED },
		{ "192.0.2.0/25", "192.0.2.0", PUBLISHED_ALLOCATED },
		{ "192.0.2.64/26", "192.0.2.64", PUBLISHED_RESERVED },
		{ "192.0.2.255", "192.0.2.255", PUBLISHED_ASSIGNED },
		{ "192.0.2.0/23", NULL, 0 },
		{ "192.0.3.0", NULL, 0 },
		{ "0.0.0.0", NULL, 0 },
		{ "2001:db8::1", "2001:db8::", PUBLISHED_ASSIGNED },
		{ "2001:db8::100", "2001:db8::", PUBLISHED_ALLOCATED },
		{ "2001:db9::", NULL, 0 },
		{ "::", NULL, 0 },
	};
	struct published *published = example();

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct prefix prefix;
		tap_row(rows[i].prefix);
		expect_true(prefix_parse(rows[i].prefix, &prefix, NULL));
		struct address first = prefix_first(&prefix);
		struct address last = prefix_last(&prefix);
		const struct published_network *network = published_network_of(published, &first,
									       &last);
		expect_true((network != NULL) == (rows[i].handle != NULL));
		if (network == NULL || rows[i].handle == NULL)
			continue;
		expect_text(network->handle, rows[i].handle);
		expect_u64(network->status, rows[i].status);
	}
	published_unref(published);
}

static void case_statistics(void)
{
	struct published *published = example();
	struct web_answer answer CLEAN(answer_fini);

	answer_init(&answer);
	expect_true(statistics_is_path(published, "/delegated-example-ix-extended-latest"));
	expect_true(!statistics_is_path(published, "/delegated-other-extended-latest"));
	statistics_answer(published, &answer);
	expect_text(text_buffer_of(&answer.body),
		    "2|example-ix|20260102|16|20260101|20260102|+0000\n"
		    "example-ix|*|asn|*|1|summary\n"
		    "example-ix|*|ipv4|*|6|summary\n"
		    "example-ix|*|ipv6|*|9|summary\n"
		    "example-ix|FI|asn|64500|1||assigned|ORG-A\n"
		    "example-ix||ipv4|192.0.2.0|10||available|\n"
		    "example-ix|FI|ipv4|192.0.2.10|1|20260101|assigned|ORG-A\n"
		    "example-ix||ipv4|192.0.2.11|53||available|\n"
		    "example-ix||ipv4|192.0.2.64|64||reserved|\n"
		    "example-ix||ipv4|192.0.2.128|127||available|\n"
		    "example-ix|FI|ipv4|192.0.2.255|1|20260101|assigned|ORG-A\n"
		    "example-ix|FI|ipv6|2001:db8::|120|20260101|assigned|ORG-A\n"
		    "example-ix||ipv6|2001:db8::100|120||available|\n"
		    "example-ix||ipv6|2001:db8::200|119||available|\n"
		    "example-ix||ipv6|2001:db8::400|118||available|\n"
		    "example-ix||ipv6|2001:db8::800|117||available|\n"
		    "example-ix||ipv6|2001:db8::1000|116||available|\n"
		    "example-ix||ipv6|2001:db8::2000|115||available|\n"
		    "example-ix||ipv6|2001:db8::4000|114||available|\n"
		    "example-ix||ipv6|2001:db8::8000|113||available|\n");
	published_unref(published);
}

/* What an organisation has is in order, all of it and nobody else's. */
static void case_held(void)
{
	static const char *const handles[] = { "192.0.2.10", "192.0.2.255", "2001:db8::" };
	static const struct published_entity peering = { .handle = "PEERING-A", .asn = 64500 };
	static const struct published_entity stranger = { .handle = "NOC-B", .asn = 64501 };
	struct published *published = example();
	uint32_t count = 0;

	expect_true(!failed(published_entity_add(published, &peering)));
	expect_true(!failed(published_entity_add(published, &stranger)));
	published_seal(published);
	const struct published_entity *holder = published_entity_of(published, "ORG-A");
	expect_true(holder != NULL);
	for (uint32_t i = holder->network; i != PUBLISHED_NONE; count++) {
		expect_true(count < sizeof handles / sizeof *handles);
		expect_text(published->network[i].handle, handles[count]);
		i = published->network[i].next_held;
	}
	expect_u64(count, sizeof handles / sizeof *handles);
	expect_u64(published->autnum[holder->autnum].asn, 64500);
	expect_u64(published->autnum[holder->autnum].next_held, PUBLISHED_NONE);
	const struct published_entity *first = &published->entity[holder->contact];
	expect_text(first->handle, "NOC-A");
	expect_text(published->entity[first->next_held].handle, "PEERING-A");
	expect_u64(published->entity[first->next_held].next_held, PUBLISHED_NONE);
	published_unref(published);
}

static bool whois_says(const struct published *published, const char *question, const char *text)
{
	struct web_answer answer CLEAN(answer_fini);

	answer_init(&answer);
	whois_answer(published, octets_of_text(question), &answer);
	return strstr(text_buffer_of(&answer.body), text) != NULL;
}

static void case_whois(void)
{
	static const struct {
		const char *question;
		const char *text;
	} rows[] = {
		{ "192.0.2.10\r", "inetnum:        192.0.2.10 - 192.0.2.10\n" },
		{ "  192.0.2.10 ", "organisation:   ORG-A\norg-name:       A Ltd\n" },
		{ "192.0.2.10", "nic-hdl:        NOC-A\n" },
		{ "192.0.2.0/25", "status:         ALLOCATED\n" },
		{ "2001:db8::1", "inet6num:       2001:db8::/120\n" },
		{ "as64500", "aut-num:        AS64500\n" },
		{ "AS64500", "e-mail:         noc@a.example\n" },
		{ "org-a", "source:         EXAMPLE-IX\n" },
		{ "AS1", "%ERROR:101: no entries found\n" },
		{ "AS99999999999", "%ERROR:101: no entries found\n" },
		{ "10.0.0.1", "%ERROR:101: no entries found\n" },
		{ "nobody", "%ERROR:101: no entries found\n" },
		{ "", "ask for an address" },
		{ "help", "ask for an address" },
		{ "a\033[2Jb", "%ERROR:107" },
		{ "\xff\xfe", "%ERROR:107" },
	};
	struct published *published = example();

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tap_row(rows[i].question);
		expect_true(whois_says(published, rows[i].question, rows[i].text));
	}
	published_unref(published);
}

static const struct tap_case cases[] = {
	{ "the smallest network that holds it", case_smallest, 0 },
	{ "statistics add up to the last address", case_statistics, 0 },
	{ "who holds what", case_held, 0 },
	{ "WHOIS", case_whois, 0 },
};

TAP_MAIN(cases)
