/* unit/net/prefix.c — prefixes on the wire and in text. */
#include "net/prefix.h"

#include <string.h>

#include "base/mem.h"
#include "kit/random.h"
#include "kit/tap.h"

static void case_text(void)
{
	static const struct {
		const char *text;
		const char *printed; /* NULL: refused */
		bool had_host_bits;
	} texts[] = {
		{ "192.0.2.0/24", "192.0.2.0/24", false },
		{ "192.0.2.1/24", "192.0.2.0/24", true },
		{ "192.0.2.1", "192.0.2.1/32", false },
		{ "0.0.0.0/0", "0.0.0.0/0", false },
		{ "2001:DB8:0:0::/32", "2001:db8::/32", false },
		{ "2001:db8::1/32", "2001:db8::/32", true },
		{ "::/0", "::/0", false },
		{ "::1", "::1/128", false },
		{ "192.0.2.0/33", NULL, false },
		{ "192.0.2.0/", NULL, false },
		{ "192.0.2.0/024", NULL, false },
		{ "192.0.2.0/-1", NULL, false },
		{ "192.0.2.0/24x", NULL, false },
		{ "192.0.2.0/4294967320", NULL, false },
		{ "192.0.2/24", NULL, false },
		{ "192.0.02.0/24", NULL, false },
		{ " 192.0.2.0/24", NULL, false },
		{ "2001:db8::/129", NULL, false },
		{ "2001:db8:::/32", NULL, false },
		{ "fe80::1%eth0/64", NULL, false },
		{ "", NULL, false },
		{ "/24", NULL, false },
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct prefix prefix;
		char printed[PREFIX_TEXT_MAX];
		bool had = false;
		tap_row(texts[i].text);
		bool is_good = prefix_parse(texts[i].text, &prefix, &had);
		expect_true(is_good == (texts[i].printed != NULL));
		if (!is_good)
			continue;
		expect_true(had == texts[i].had_host_bits);
		prefix_print(&prefix, printed);
		expect_text(printed, texts[i].printed);
	}
}

/* RFC 4271 4.3: length, then as many octets as it takes; bits behind the length mean nothing. */
static void case_wire(void)
{
	struct random random = { tap_seed() };

	for (uint32_t i = 0; i < 100000; i++) {
		enum family family = (enum family)(i % 2);
		uint8_t len_bits = (uint8_t)random_next(&random);
		uint8_t octets[40];
		uint8_t again[40];
		for (uint32_t j = 0; j < sizeof octets; j++)
			octets[j] = (uint8_t)random_next(&random);
		octets[0] = len_bits;
		uint32_t have = random_below(&random, sizeof octets);
		uint32_t need = 1u + (len_bits + 7u) / 8u;
		struct rd rd = rd_of(octets, have);
		struct wr wr = wr_of(again, sizeof again);
		struct prefix prefix;
		struct fault fault = prefix_read_nlri(&rd, family, &prefix);
		if (have != 0 && len_bits > prefix_bits_max(family)) {
			expect_u64(fault.kind, FAULT_MALFORMED);
			continue;
		}
		if (have < need) {
			expect_u64(fault.kind, FAULT_SHORT);
			continue;
		}
		expect_true(!failed(fault));
		expect_u64(rd.pos, need);
		struct prefix masked = prefix;
		prefix_mask(&masked);
		expect_true(prefix_equal(&masked, &prefix));
		prefix_write_nlri(&wr, &prefix);
		expect_u64(wr.pos, need);
		expect_u64(prefix_nlri_octets(&prefix), need);
		struct rd again_rd = rd_of(again, wr.pos);
		struct prefix back;
		expect_true(!failed(prefix_read_nlri(&again_rd, family, &back)));
		expect_true(prefix_equal(&back, &prefix));
	}
}

/* Bit by bit, the slow way. */
static bool contains(const struct prefix *outer, const struct prefix *inner)
{
	bool all = outer->family == inner->family && outer->len_bits <= inner->len_bits;

	for (uint32_t bit = 0; all && bit < outer->len_bits; bit++)
		all = ((outer->octet[bit / 8] ^ inner->octet[bit / 8]) >> (7 - bit % 8) & 1) == 0;
	return all;
}

static struct prefix any(struct random *random)
{
	struct prefix prefix = { .family = (uint8_t)random_below(random, 2) };

	prefix.len_bits = (uint8_t)random_below(random, 24);
	for (uint32_t i = 0; i < 3; i++)
		prefix.octet[i] = (uint8_t)(random_below(random, 4) * 64);
	prefix_mask(&prefix);
	return prefix;
}

static void case_order(void)
{
	struct random random = { tap_seed() };
	uint32_t inside = 0;

	for (uint32_t i = 0; i < 200000; i++) {
		struct prefix a = any(&random);
		struct prefix b = any(&random);
		struct prefix c = any(&random);
		expect_true(prefix_contains(&a, &b) == contains(&a, &b));
		inside += contains(&a, &b) ? 1u : 0u;
		expect_true((prefix_compare(&a, &b) == 0) == prefix_equal(&a, &b));
		expect_true((prefix_compare(&a, &b) < 0) == (prefix_compare(&b, &a) > 0));
		if (prefix_compare(&a, &b) <= 0 && prefix_compare(&b, &c) <= 0)
			expect_true(prefix_compare(&a, &c) <= 0);
		struct address address = { .family = b.family };
		mem_copy(address.octet, b.octet, sizeof address.octet);
		struct prefix host = prefix_of_address(
			&address, (uint8_t)prefix_bits_max((enum family)b.family));
		expect_true(prefix_has_address(&a, &address) == contains(&a, &host));
	}
	expect_true(inside > 1000);
}

/* A range as prefixes, one behind the other, without a gap. */
static void case_range(void)
{
	static const struct {
		const char *first;
		const char *last;
		const char *prefixes[8];
	} rows[] = {
		{ "192.0.2.0", "192.0.2.255", { "192.0.2.0/24" } },
		{ "192.0.2.1",
		  "192.0.2.6",
		  { "192.0.2.1/32", "192.0.2.2/31", "192.0.2.4/31", "192.0.2.6/32" } },
		{ "0.0.0.0", "255.255.255.255", { "0.0.0.0/0" } },
		{ "255.255.255.254", "255.255.255.255", { "255.255.255.254/31" } },
		{ "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", { "::/0" } },
		{ "2001:db8::ffff",
		  "2001:db8::1:0",
		  { "2001:db8::ffff/128", "2001:db8::1:0/128" } },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct address at;
		struct address last;
		bool is_more = true;
		uint32_t count = 0;
		tap_row(rows[i].first);
		expect_true(address_parse(rows[i].first, &at) &&
			    address_parse(rows[i].last, &last));
		for (; is_more && address_compare(&at, &last) <= 0; count++) {
			struct prefix prefix = prefix_widest(&at, &last);
			struct address first = prefix_first(&prefix);
			struct address end = prefix_last(&prefix);
			char text[PREFIX_TEXT_MAX];
			prefix_print(&prefix, text);
			expect_true(count < 8 && rows[i].prefixes[count] != NULL);
			expect_text(text, rows[i].prefixes[count]);
			expect_true(address_compare(&first, &at) == 0);
			is_more = address_after(&end, &at);
		}
		expect_true(rows[i].prefixes[count] == NULL);
	}
}

static const struct tap_case cases[] = {
	{ "in text", case_text, 0 },
	{ "on the wire", case_wire, 0 },
	{ "order and inclusion", case_order, 0 },
	{ "range", case_range, 0 },
};
TAP_MAIN(cases)
