/* unit/registry/ixf.c — member exports: what is read, what is odd, what is refused and where. */
#include "registry/ixf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/data.h"
#include "kit/tap.h"
#include "text/json_read.h"
#include "text/sink.h"

#define HEAD "{\"version\":\"1.0\",\"timestamp\":\"2026-01-05T10:00:00Z\",\"ixp_list\":[],"

/* One member with one connection, and what stands in its vlan_list. */
#define VLANS(vlans) \
	HEAD "\"member_list\":[{\"asnum\":201001,\"connection_list\":[{\"ixp_id\":1,\"vlan_" \
	     "list\":[" vlans "]}]}]}"

struct reading {
	struct heap heap;
	struct ixf_list list;
	struct complaints complaints;
	struct text_buffer dump;
	bool ok;
};

/* Members and addresses as lines. */
static void reading_dump(struct reading *reading)
{
	struct text_sink sink = text_buffer_sink(&reading->dump);
	char text[ADDRESS_TEXT_MAX];

	for (uint32_t i = 0; i < reading->list.member_count; i++) {
		const struct ixf_member *member = &reading->list.member[i];
		(void)text_put(sink, "AS%u|%s|%s", member->asn, member->name, member->as_macro);
		for (uint32_t j = 0; j < member->address_count; j++) {
			const struct ixf_address *address =
				&reading->list.address[member->address_first + j];
			address_print(&address->address, text);
			(void)text_put(sink, " %s/%u@%u%s", text, address->routes_max,
				       address->connection, address->no_session ? "-" : "");
		}
		(void)text_put(sink, "\n");
	}
}

static void reading_init(struct reading *reading, const char *text, size_t len)
{
	*reading = (struct reading){ .heap = heap_libc() };
	ixf_list_init(&reading->list, &reading->heap);
	text_buffer_init(&reading->dump, &reading->heap, 0);
	reading->ok = !failed(ixf_read("f", octets_of(text, (uint32_t)len), &reading->list,
				       &reading->complaints));
	expect_true(reading->ok == (reading->complaints.error_count == 0));
	reading_dump(reading);
}

static void reading_fini(struct reading *reading)
{
	ixf_list_fini(&reading->list);
	text_buffer_fini(&reading->dump);
	expect_u64(reading->heap.used_octets, 0);
}

static void case_read(void)
{
	static const char text[] = HEAD
		"\"member_list\":["
		"{\"asnum\":201002,\"name\":\"Two\",\"connection_list\":["
		"{\"ixp_id\":1,\"state\":\"active\",\"vlan_list\":[{\"vlan_id\":1,"
		"\"ipv4\":{\"address\":\"127.1.0.2\",\"max_prefix\":100,\"as_macro\":\"AS-TWO\"},"
		"\"ipv6\":{\"address\":\"FD00:1:0::2\",\"max_prefix\":50,\"as_macro\":\"AS-TWO6\","
		"\"routeserver\":true}}]},"
		"{\"ixp_id\":1,\"vlan_list\":[{\"ipv4\":{\"address\":\"127.1.0.3\",\"as_macro\":"
		"\"AS-TWO\"}}]}]},"
		"{\"asnum\":201001,\"name\":\"One\",\"connection_list\":[]}]}";
	struct reading reading;

	reading_init(&reading, text, strlen(text));
	expect_true(reading.ok);
	expect_u64(reading.complaints.count, 0);
	expect_text(text_buffer_of(&reading.dump),
		    "AS201001|One|\n"
		    "AS201002|Two|AS-TWO AS-TWO6 127.1.0.2/100@0 fd00:1::2/50@0 127.1.0.3/0@1\n");
	expect_text(reading.list.version, "1.0");
	reading_fini(&reading);
}

/* Each thing a line: what is said of it. */
static void things_dump(struct reading *reading)
{
	struct text_sink sink = text_buffer_sink(&reading->dump);

	text_buffer_clear(&reading->dump);
	for (uint32_t i = 0; i < reading->list.thing_count; i++) {
		const struct ixf_thing *thing = &reading->list.thing[i];
		const struct fact_kind *kind = fact_kind_of(thing->kind);
		(void)text_put(sink, "%s %s", kind->noun, thing->key);
		for (uint32_t j = 0; kind->field[j].name != NULL; j++) {
			const char *said = ixf_said(&reading->list, thing, j);
			if (said != NULL)
				(void)text_put(sink, " %s=%s", kind->field[j].name, said);
		}
		(void)text_put(sink, "\n");
	}
}

static void case_things(void)
{
	static const char text[] =
		"{\"version\":\"1.0\",\"timestamp\":\"2026-01-05T10:00:00Z\",\"ixp_list\":[{"
		"\"ixp_id\":7,\"ixf_id\":0,\"shortname\":\"IX\",\"country\":\"fi\","
		"\"url\":\"ix.example\",\"peering_policy_list\":[\"open\",\"closed\"],"
		"\"switch\":[{\"id\":3,\"name\":\"sw\",\"pdb_facility_id\":9}],"
		"\"vlan\":[{\"id\":0,\"ipv4\":{\"prefix\":\"127.1.0.0\",\"mask_length\":16,"
		"\"looking_glass_urls\":[\"https://lg.example/\"]}}]}],"
		"\"member_list\":[{\"asnum\":201001,\"member_type\":\"probono\","
		"\"member_since\":\"2020-01-11T00:00:00.5Z\",\"contact_email\":[\"a@b.example\"],"
		"\"contact_phone\":[\"+1\",\"+2\"],\"contact_hours\":\"24/7\","
		"\"connection_list\":["
		"{\"state\":\"quarantine\",\"if_list\":[{\"switch_id\":3,\"if_speed\":1000},"
		"{\"if_speed\":\"10000\"}],\"vlan_list\":[{\"ipv4\":{\"address\":\"127.1.0.1\","
		"\"routeserver\":false,\"mac_addresses\":[\"0200.0000.00AB\"]}}]},"
		"{\"vlan_list\":[{\"ipv4\":{\"address\":\"127.1.0.2\",\"services\":[{\"type\":"
		"\"ixroutecollector\",\"daemon\":\"bird\"}]}}]}]}]}";
	struct reading reading;

	reading_init(&reading, text, strlen(text));
	expect_true(reading.ok);
	expect_u64(reading.complaints.count, 0);
	expect_text(text_buffer_of(&reading.dump), "AS201001|| 127.1.0.1/0@0- 127.1.0.2/0@1\n");
	things_dump(&reading);
	expect_text(text_buffer_of(&reading.dump),
		    "exchange 1 ixp_id=7 shortname=IX country=FI url=http://ix.example"
		    " peering_policy_list=open\nclosed\n"
		    "switch 3 name=sw pdb_facility_id=9\n"
		    "vlan 0 ipv4_prefix=127.1.0.0/16 ipv4_looking_glasses=https://lg.example/\n"
		    "member 201001 member_type=other member_since=2020-01-11T00:00:00Z\n"
		    "contact  asn=201001 hours=24/7 email=a@b.example phone=+1\n"
		    "contact  asn=201001 hours=24/7 phone=+2\n"
		    "connection  state=quarantine\n"
		    "port  switch=3 speed_mbps=1000\nport  speed_mbps=10000\n"
		    "address 127.1.0.1 routeserver=no mac_addresses=02:00:00:00:00:ab\n"
		    "connection  state=connected\n"
		    "address 127.1.0.2 service=ixroutecollector daemon=bird\n");
	reading_fini(&reading);
}

/* Read all the same, with a warning that says where. */
static void case_odd(void)
{
	static const struct {
		const char *text;
		const char *said;
		const char *read;
	} rows[] = {
		{ "{\"version\":\"1.0\",\"member_list\":[]}", "f: no timestamp", "" },
		{ "{\"timestamp\":\"x\",\"member_list\":[]}", "f: no version", "" },
		{ "{\"timestamp\":\"x\",\"version\":\"2.0\",\"member_list\":[]}",
		  "f: version \"2.0\" is not known", "" },
		{ HEAD "\"member_list\":[null,null]}", "f: member_list[0] and 1 more: null", "" },
		{ HEAD "\"member_list\":[{\"asnum\":\"AS201001\",\"connection_list\":[]}]}",
		  "f: member_list[0].asnum: a number written as text", "AS201001||\n" },
		{ HEAD "\"member_list\":[{\"asnum\":201001}]}",
		  "f: member_list[0].connection_list: no list of connections", "AS201001||\n" },
		{ HEAD "\"member_list\":[{\"asnum\":201001,\"connection_list\":[null]}]}",
		  "f: member_list[0].connection_list[0]: null", "AS201001||\n" },
		{ VLANS("null"), "f: member_list[0].connection_list[0].vlan_list[0]: null",
		  "AS201001||\n" },
		{ VLANS("{\"ipv6\":null}"), "vlan_list[0].ipv6: null", "AS201001||\n" },
		{ VLANS("{\"ipv6\":{}}"), "vlan_list[0].ipv6.address: no address", "AS201001||\n" },
		{ VLANS("{\"ipv6\":{\"address\":\"127.1.0.1\"}}"),
		  "vlan_list[0].ipv6.address: an address of the other family",
		  "AS201001|| 127.1.0.1/0@0\n" },
		{ VLANS("{\"ipv4\":{\"address\":\"127.1.0.1\",\"max_prefix\":\"9\"}}"),
		  "vlan_list[0].ipv4.max_prefix: a number written as text",
		  "AS201001|| 127.1.0.1/9@0\n" },
		{ VLANS("{\"ipv4\":{\"address\":\"127.1.0.1\",\"max_prefix\":-1}}"),
		  "vlan_list[0].ipv4.max_prefix: no number of routes",
		  "AS201001|| 127.1.0.1/0@0\n" },
		{ VLANS("{\"ipv4\":{\"address\":\"127.1.0.1\",\"services\":[{\"type\":"
			"\"ixrouteserver\"}]}}"),
		  "own route server", "AS201001||\n" },
		{ HEAD "\"member_list\":[{\"asnum\":1,\"member_type\":\"routeserver\"}]}",
		  "f: member_list[0]: the exchange's own route server", "" },
		{ HEAD "\"member_list\":[{\"asnum\":201001,\"connection_list\":[{\"state\":"
		       "\"asleep\",\"vlan_list\":[{\"ipv4\":{\"address\":\"127.1.0.1\"}}]}]}]}",
		  "f: member_list[0].connection_list[0].state: a state that is not known",
		  "AS201001|| 127.1.0.1/0@0-\n" },
		{ HEAD "\"member_list\":[{\"asnum\":201001,\"url\":\"no url\","
		       "\"connection_list\":[]}]}",
		  "f: member_list[0].url: \"no url\" is not an address on the web",
		  "AS201001||\n" },
		{ HEAD "\"member_list\":[{\"asnum\":1,\"name\":\"A\",\"connection_list\":[]},"
		       "{\"asnum\":1,\"name\":\"B\",\"connection_list\":[]}]}",
		  "f: member_list[1].asnum: the AS number stands in the list before", "AS1|A|\n" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct reading reading;
		tap_row(rows[i].text);
		reading_init(&reading, rows[i].text, strlen(rows[i].text));
		expect_true(reading.ok);
		expect_u64(reading.complaints.count, 1);
		expect_true(strstr(reading.complaints.list[0].text, rows[i].said) != NULL);
		expect_text(text_buffer_of(&reading.dump), rows[i].read);
		reading_fini(&reading);
	}
}

static void case_refused(void)
{
	static const struct {
		const char *text;
		const char *said;
	} rows[] = {
		{ "", "f: empty" },
		{ "{", "f:1:1: " },
		{ "{\"a\":1,\n  \"b\":x}", "f:2:7: " },
		{ "{} {}", "f:1:4: end of file expected" },
		{ "{\"a\":1,\"a\":2}", "f:1:10: duplicate object key" },
		{ "{\"a\":\"\xff\"}", "f:1:" },
		{ "[]", "f: no IX-F member export: the document is not an object" },
		{ "{\"version\":\"1.0\"}", "member_list is missing" },
		{ "{\"member_list\":{}}", "member_list is not a list" },
		{ HEAD "\"member_list\":[7]}", "f: member_list[0]: not an object" },
		{ HEAD "\"member_list\":[{}]}", "f: member_list[0].asnum: not an AS number" },
		{ HEAD "\"member_list\":[{\"asnum\":0}]}", "member_list[0].asnum" },
		{ HEAD "\"member_list\":[{\"asnum\":4294967296}]}", "member_list[0].asnum" },
		{ HEAD "\"member_list\":[{\"asnum\":64500.5}]}", "member_list[0].asnum" },
		{ HEAD "\"member_list\":[{\"asnum\":1,\"connection_list\":{}}]}",
		  "f: member_list[0].connection_list: not a list" },
		{ HEAD "\"member_list\":[{\"asnum\":1,\"connection_list\":[{\"vlan_list\":7}]}]}",
		  "f: member_list[0].connection_list[0].vlan_list: not a list" },
		{ VLANS("{\"ipv4\":{\"address\":\"127.1.0.256\"}}"),
		  "vlan_list[0].ipv4.address: \"127.1.0.256\" is not an address" },
		{ VLANS("{},{\"ipv4\":\"127.1.0.1\"}"), "vlan_list[1].ipv4: not an object" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct reading reading;
		tap_row(rows[i].text);
		reading_init(&reading, rows[i].text, strlen(rows[i].text));
		expect_true(!reading.ok);
		expect_u64(reading.complaints.error_count, 1);
		if (strstr(reading.complaints.list[0].text, rows[i].said) == NULL)
			expect_text(reading.complaints.list[0].text, rows[i].said);
		reading_fini(&reading);
	}
}

/* A connection of more ports than any router has. */
static void case_ports(void)
{
	struct heap heap = heap_libc();

	for (uint32_t count = IXF_PORTS_MAX; count <= IXF_PORTS_MAX + 1; count++) {
		struct text_buffer text CLEAN(text_buffer_fini);
		struct reading reading;
		text_buffer_init(&text, &heap, 0);
		struct text_sink sink = text_buffer_sink(&text);
		(void)text_put(sink, HEAD "\"member_list\":[{\"asnum\":64500,\"name\":\"n\","
					  "\"connection_list\":[{\"if_list\":[{}");
		for (uint32_t i = 1; i < count; i++)
			(void)text_put_text(sink, ",{\"if_speed\":1000}");
		(void)text_put_text(sink, "],\"vlan_list\":[{\"ipv4\":{\"address\":"
					  "\"127.1.0.1\"}}]}]}]}");
		reading_init(&reading, text_buffer_of(&text), text.len_octets);
		expect_true(reading.ok == (count == IXF_PORTS_MAX));
		if (!reading.ok)
			expect_text(reading.complaints.list[reading.complaints.count - 1].text,
				    "f: member_list[0].connection_list[0].if_list: 257 ports; at "
				    "most 256 fit");
		reading_fini(&reading);
	}
}

/* However the member's entries are strewn over the file. */
static void case_contacts(void)
{
	struct heap heap = heap_libc();

	for (uint32_t count = IXF_CONTACTS_MAX; count <= IXF_CONTACTS_MAX + 1; count++) {
		struct text_buffer text CLEAN(text_buffer_fini);
		struct reading reading;
		text_buffer_init(&text, &heap, 0);
		struct text_sink sink = text_buffer_sink(&text);
		(void)text_put(sink, HEAD "\"member_list\":[{\"asnum\":64501,\"name\":\"m\"}");
		for (uint32_t i = 0; i < count; i++)
			(void)text_put(sink,
				       ",{\"asnum\":64500,\"name\":\"n\",\"contact_email\":"
				       "[\"a%u@net.example\"]},{\"asnum\":64501,\"name\":\"m\"}",
				       i);
		(void)text_put_text(sink, "]}");
		reading_init(&reading, text_buffer_of(&text), text.len_octets);
		expect_true(reading.ok == (count == IXF_CONTACTS_MAX));
		expect_u64(reading.complaints.error_count, count - IXF_CONTACTS_MAX);
		reading_fini(&reading);
	}
}

/* Every place that cannot be read at once, each error even behind many warnings. */
static void case_all_at_once(void)
{
	struct reading reading;
	struct heap heap = heap_libc();
	struct text_buffer text CLEAN(text_buffer_fini);

	text_buffer_init(&text, &heap, 0);
	(void)text_put(text_buffer_sink(&text), HEAD "\"member_list\":[");
	for (uint32_t i = 0; i < 100; i++)
		(void)text_put(text_buffer_sink(&text), "{\"asnum\":%s,\"connection_list\":[]},",
			       i % 10 == 0 ? "\"no\"" : "\"201001\"");
	(void)text_put(text_buffer_sink(&text), "null]}");
	reading_init(&reading, text_buffer_of(&text), text.len_octets);
	expect_u64(reading.complaints.error_count, 10);
	expect_u64(reading.complaints.count, 13);
	reading_fini(&reading);
}

static void case_bounds(void)
{
	char deep[2 * 200 + 1];
	struct complaints complaints = { 0 };
	struct reading reading;
	static const char marked[] = "\xef\xbb\xbf" HEAD "\"member_list\":[]}";

	memset(deep, '[', 200);
	memset(deep + 200, ']', 200);
	deep[400] = '\0';
	reading_init(&reading, deep, 400);
	expect_text(reading.complaints.list[0].text,
		    "f:1:33: more than 32 lists and objects inside each other");
	reading_fini(&reading);
	expect_true(json_read("f", octets_of(deep, 400), 399, 1, &complaints) == NULL);
	expect_text(complaints.list[0].text, "f: larger than 399 octets");
	reading_init(&reading, marked, strlen(marked));
	expect_true(reading.ok);
	reading_fini(&reading);
}

/* Every cut of a document is refused, at a place inside it. */
static void case_cuts(void)
{
	static const char text[] = VLANS("{\"ipv4\":{\"address\":\"127.1.0.1\"}}");

	for (size_t len = 0; len < sizeof text - 1; len++) {
		char *cut = malloc(len != 0 ? len : 1);
		struct reading reading;
		expect_true(cut != NULL);
		memcpy(cut, text, len);
		reading_init(&reading, cut, len);
		expect_true(!reading.ok);
		expect_u64(reading.complaints.count, 1);
		reading_fini(&reading);
		free(cut);
	}
}

static void case_real(void)
{
	static const struct {
		const char *name;
		uint32_t members;
		uint32_t addresses;
		uint32_t warnings;
	} rows[] = {
		{ "ixf/bcix.20171124.v0.6.json", 81, 182, 0 },
		{ "ixf/gr-ix.20171124.v0.6.json", 28, 74, 0 },
		{ "ixf/trex.20200205.v0.6.json", 18, 34, 1 },
		{ "ixf/qcix.20200314.v1.0.json", 19, 36, 2 },
		{ "ixf/arix/arix.20220129.v1.0.json", 16, 34, 2 },
		{ "ixf/arix/arix.20241002.v1.0.json", 20, 42, 2 },
	};
	char path[512];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct reading reading;
		size_t len = 0;
		if (!data_find(rows[i].name, path, sizeof path))
			tap_skip("no folder of real data: PLENUM_DATA or ../shared/data");
		char *text = data_read(path, &len);
		tap_row(rows[i].name);
		reading_init(&reading, text, len);
		expect_true(reading.ok);
		expect_u64(reading.list.member_count, rows[i].members);
		expect_u64(reading.list.address_count, rows[i].addresses);
		expect_u64(reading.complaints.count, rows[i].warnings);
		for (uint32_t j = 0; j < reading.complaints.count; j++)
			printf("# %s\n", reading.complaints.list[j].text);
		reading_fini(&reading);
		free(text);
	}
}

static const struct tap_case cases[] = {
	{ "members and addresses", case_read, 0 },
	{ "what is said of everything", case_things, 0 },
	{ "odd", case_odd, 0 },
	{ "refused", case_refused, 0 },
	{ "too many ports", case_ports, 0 },
	{ "too many contacts", case_contacts, 0 },
	{ "all at once", case_all_at_once, 0 },
	{ "bounds", case_bounds, 0 },
	{ "every cut", case_cuts, 0 },
	{ "real exports", case_real, 0 },
};
TAP_MAIN(cases)
