/* unit/export/zone.c — where zones are cut and what is in them; MAC addresses made uniform. */
#include <string.h>

#include "export/fabric.h"
#include "export/zone.h"
#include "kit/tap.h"

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix;

	expect_true(prefix_parse(text, &prefix, NULL));
	return prefix;
}

/* RFC 2317 4; RFC 3596 2.5. */
static void case_split(void)
{
	static const struct {
		const char *lan;
		uint32_t count;
		const char *first;
		const char *last;
	} rows[] = {
		{ "192.0.2.0/24", 1, "2.0.192.in-addr.arpa", "2.0.192.in-addr.arpa" },
		{ "192.0.2.64/26", 1, "64/26.2.0.192.in-addr.arpa", "64/26.2.0.192.in-addr.arpa" },
		{ "192.0.2.8/32", 1, "8/32.2.0.192.in-addr.arpa", "8/32.2.0.192.in-addr.arpa" },
		{ "203.0.112.0/22", 4, "112.0.203.in-addr.arpa", "115.0.203.in-addr.arpa" },
		{ "127.1.0.0/16", 1, "1.127.in-addr.arpa", "1.127.in-addr.arpa" },
		{ "10.128.0.0/9", 128, "128.10.in-addr.arpa", "255.10.in-addr.arpa" },
		{ "2001:db8:1::/64", 1, "0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
		  "0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa" },
		{ "2001:db8::/30", 4, "8.b.d.0.1.0.0.2.ip6.arpa", "b.b.d.0.1.0.0.2.ip6.arpa" },
		{ "2001:db8::/33", 8, "0.8.b.d.0.1.0.0.2.ip6.arpa", "7.8.b.d.0.1.0.0.2.ip6.arpa" },
		{ "fd00:1::/63", 2, "0.0.0.0.0.0.0.0.1.0.0.0.0.0.d.f.ip6.arpa",
		  "1.0.0.0.0.0.0.0.1.0.0.0.0.0.d.f.ip6.arpa" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct prefix lan = prefix_of(rows[i].lan);
		struct prefix zones[ZONES_MAX];
		char name[ZONE_NAME_MAX];
		tap_row(rows[i].lan);
		uint32_t count = zone_split(&lan, zones);
		expect_u64(count, rows[i].count);
		zone_name(&zones[0], name);
		expect_text(name, rows[i].first);
		zone_name(&zones[count - 1], name);
		expect_text(name, rows[i].last);
	}
}

static void case_zone(void)
{
	const char *const addresses[] = { "192.0.2.70", "192.0.2.66", "192.0.2.1", "2001:db8::1",
					  "192.0.2.127" };
	const uint32_t asns[] = { 64500, 64500, 64501, 64500, 64499 };
	struct zone_settings settings = { .domain = "ix.example",
					  .contact = "hostmaster.ix.example",
					  .serial = 7,
					  .server_count = 2,
					  .server = { "ns1.ix.example", "ns2.ix.example" } };
	struct zone_address rows[5];
	struct heap heap = heap_libc();
	struct text_buffer buffer CLEAN(text_buffer_fini);
	struct prefix zone = prefix_of("192.0.2.64/26");

	for (size_t i = 0; i < 5; i++) {
		rows[i].asn = asns[i];
		expect_true(address_parse(addresses[i], &rows[i].address));
	}
	text_buffer_init(&buffer, &heap, 0);
	zone_print(&zone, rows, 5, &settings, text_buffer_sink(&buffer));
	expect_text(text_buffer_of(&buffer),
		    "; 64/26.2.0.192.in-addr.arpa\n"
		    "$ORIGIN 64/26.2.0.192.in-addr.arpa.\n$TTL 3600\n"
		    "@\tIN SOA\tns1.ix.example. hostmaster.ix.example. 7 3600 600 1209600 600\n"
		    "\tIN NS\tns1.ix.example.\n\tIN NS\tns2.ix.example.\n"
		    "127\tIN PTR\tas64499.ix.example.\n"
		    "66\tIN PTR\tas64500.ix.example.\n"
		    "70\tIN PTR\tas64500-2.ix.example.\n");
	text_buffer_clear(&buffer);
	zone = prefix_of("192.0.2.8/30");
	zone_print_parent(&zone, &settings, text_buffer_sink(&buffer));
	expect_text(text_buffer_of(&buffer),
		    "; for the zone 2.0.192.in-addr.arpa\n$ORIGIN 2.0.192.in-addr.arpa.\n"
		    "8/30\tIN NS\tns1.ix.example.\n\tIN NS\tns2.ix.example.\n"
		    "8\tIN CNAME\t8.8/30\n9\tIN CNAME\t9.8/30\n10\tIN CNAME\t10.8/30\n"
		    "11\tIN CNAME\t11.8/30\n");
}

static void case_domains(void)
{
	static const char *const good[] = { "example", "ix.example", "a-b.c1",
					    "xn--bcher-kva.example" };
	static const char *const bad[] = { "",    ".",    "a.",  ".a",   "a..b",        "-a",
					   "a-",  "a-.b", "a b", "a\nb", "b\xc3\xbc-r", "a/b",
					   "a_b", "a;b" };

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		tap_row(good[i]);
		expect_true(zone_domain_is_good(good[i]));
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		tap_row(bad[i]);
		expect_true(!zone_domain_is_good(bad[i]));
	}
}

static void case_macs(void)
{
	static const struct {
		const char *text;
		const char *mac; /* NULL: none */
	} rows[] = {
		{ "0e:01:00:00:fb:f4", "0e:01:00:00:fb:f4" },
		{ "0E-01-00-00-FB-F4", "0e:01:00:00:fb:f4" },
		{ "0e01.0000.fbf4", "0e:01:00:00:fb:f4" },
		{ "0e010000fbf4", "0e:01:00:00:fb:f4" },
		{ "", NULL },
		{ "0e:01:00:00:fb", NULL },
		{ "0e:01:00:00:fb:f4:00", NULL },
		{ "0e:01:00:00:fb:f4:", NULL },
		{ "0e:1:00:00:fb:f4", NULL },
		{ "0g:01:00:00:fb:f4", NULL },
		{ "00:00:00:00:00:00", NULL },
		{ "ff:ff:ff:ff:ff:ff", NULL },
		{ "01:00:5e:00:00:01", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char mac[FABRIC_MAC_MAX];
		tap_row(rows[i].text);
		expect_true(fabric_mac_parse(rows[i].text, mac) == (rows[i].mac != NULL));
		if (rows[i].mac != NULL)
			expect_text(mac, rows[i].mac);
	}
}

static const struct tap_case cases[] = {
	{ "where zones are cut", case_split, 0 },
	{ "a zone and its delegation", case_zone, 0 },
	{ "domain names", case_domains, 0 },
	{ "MAC addresses", case_macs, 0 },
};

TAP_MAIN(cases)
