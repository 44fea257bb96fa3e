/* unit/tables/text.c — tables as text and as JSON: what each line says, and the place of what is
 * wrong. */
#include "kit/random.h"
#include "kit/tap.h"
#include "reading.h"

static struct reading reading;

struct row {
	const char *name;
	const char *kind;
	const char *text;
	const char *found[4];
};

static const struct row rows[] = {
	{ "network, length, origins",
	  "network, length and origins",
	  "1.0.0.0\t24\t15169\n2001::\t32\t6939_1101,25192\n2.0.0.0\t8\t4294967295\n",
	  { "- 0 1.0.0.0/24 15169@0", "- 0 2001::/32 6939@0 1101@1 25192@1",
	    "- 0 2.0.0.0/8 4294967295@0" } },
	{ "lists by AS number",
	  "lists of prefixes by AS number",
	  "1: 12.51.30.0/24,45.162.79.0/24\n64512: 2001:db8::/32\n",
	  { "- 0 12.51.30.0/24 1@0", "- 0 45.162.79.0/24 1@0", "- 0 2001:db8::/32 64512@0" } },
	{ "prefix and origin, with comments, without a last line end",
	  "prefix and origin",
	  "; made by hand\n\n1.0.0.0/24\t15169\r\n# more\nf8f0:1100::/24\t40443",
	  { "- 0 1.0.0.0/24 15169@0", "- 0 f8f0:1100::/24 40443@0" } },
	{ "prefixes alone", "prefixes", "0.0.0.0/0\n::/0\n", { "- 0 0.0.0.0/0", "- 0 ::/0" } },
	{ "bits behind the length are cleared", "prefixes", "10.1.2.3/8\n", { "- 0 10.0.0.0/8" } },
	{ "bgpdump -m of a table",
	  "bgpdump -m text",
	  "TABLE_DUMP2|1277971199|B|202.249.2.169|2497|1.9.0.0/16|2497 2914 {4788,9}|EGP|"
	  "202.249.2.169|0|7|2914:420 no-export 1:2:3|AG|4788 1.2.3.4|\n"
	  "TABLE_DUMP2|1|B|2001:db8::1|2497|2001:db8::/32||IGP|2001:db8::2|0|0||NAG||\n",
	  { "202.249.2.169 2497 1.9.0.0/16 2497 2914 4788* 9* o1 202.249.2.169/4 m7 c2 l1 a8",
	    "2001:db8::1 2497 2001:db8::/32 o0 2001:db8::2/16 m0 c0 l0 a0" } },
	{ "bgpdump -m of UPDATEs",
	  "bgpdump -m text",
	  "BGP4MP_ET|1445565678.509481|STATE|206.220.231.55|3856|1|2\n"
	  "BGP4MP|1445565678|W|192.0.2.1|64512|10.0.0.0/8\n"
	  "BGP4MP|1445565678|A|192.0.2.1|64512|10.0.0.0/8|64512|INCOMPLETE|192.0.2.9|0|0||NAG||\n",
	  { "W 192.0.2.1 64512 10.0.0.0/8",
	    "192.0.2.1 64512 10.0.0.0/8 64512 o2 192.0.2.9/4 m0 c0 l0 a0" } },
	{ "bgpdump -m with path identifiers",
	  "bgpdump -m text",
	  "TABLE_DUMP2_AP|1|B|192.0.2.1|64512|10.0.0.0/8|59|64512|IGP|192.0.2.9|0|0||NAG||\n",
	  { "192.0.2.1 64512 10.0.0.0/8#59 64512 o0 192.0.2.9/4 m0 c0 l0 a0" } },
	{ "JSON of paths",
	  "JSON paths",
	  "{\"10.0.0.0/8\": {\"rrc00\": {\"7018\": \"7018 3491\", \"4777\": \"4777 {1,2}\"}, "
	  "\"rrc06\":{}},\n \"2001:db8::/32\" : {\"rrc06\":{ \"4777\":\"4777\" } } }\n",
	  { "- 7018 10.0.0.0/8 7018 3491 o2 -/0 m0 c0 l0 a0",
	    "- 4777 10.0.0.0/8 4777 1* 2* o2 -/0 m0 c0 l0 a0",
	    "- 4777 2001:db8::/32 4777 o2 -/0 m0 c0 l0 a0" } },
};

#define ROW_COUNT (sizeof rows / sizeof *rows)

static void every_kind(void)
{
	static const uint32_t pieces[] = { 0, 1, 13 };

	for (uint32_t i = 0; i < ROW_COUNT * 3; i++) {
		const struct row *row = &rows[i / 3];
		uint32_t count = 0;
		tap_row(row->name);
		reading.piece = pieces[i % 3];
		reading_run(&reading, octets_of_text(row->text));
		expect_text(reading_complaint(&reading), "");
		expect_text(reading.counts.kind, row->kind);
		while (count < 4 && row->found[count] != NULL) {
			expect_text(reading.found[count].text, row->found[count]);
			count++;
		}
		expect_u64(reading.found_count, count);
		expect_u64(reading.heap.used_octets, 0);
	}
	tap_row(NULL);
}

#define DUMP "TABLE_DUMP2|1|B|192.0.2.1|64512|10.0.0.0/8|"
#define NO_TABLE \
	"t: this is no routing table: neither MRT, nor JSON of paths, nor text of one of the " \
	"kinds 'network TAB length TAB origin', 'prefix TAB origin', 'ASN: prefix,prefix', " \
	"prefixes alone, what bgpdump -m prints, or BIRD's 'show route all'"

static const struct {
	const char *text;
	const char *complaint;
} bad[] = {
	{ "", "t: the file is empty" },
	{ "# nothing\n\n; at all\n", "t: there are only comments in the file" },
	{ "hello, world\n", NO_TABLE },
	{ "\x01\x02\x03\x04\xff\xfe garbage", NO_TABLE },
	{ "<html><body>404</body></html>", NO_TABLE },
	{ "1.0.0.0\t24\t15169\n1.0.0.0\t33\t1\n",
	  "t:2:9: '33' is not a prefix length of that network" },
	{ "1.0.0.0\t24\t15169\n1.0.0.300\t24\t1\n",
	  "t:2:1: '1.0.0.300' is not a network like 192.0.2.0" },
	{ "1.0.0.0\t24\t1_\n", "t:1:14: '' is not an AS number" },
	{ "1.0.0.0\t24\t4294967296\n", "t:1:12: '4294967296' is not an AS number" },
	{ "1.0.0.0\t24\t1 x\n", "t:1:14: 'x' is not the end of the line" },
	{ "1.0.0.0\t24\n", "t:1:11: '' is not an AS number" },
	{ "1.0.0.0/8\t1\n1.0.0.0/8\n", "t:2:10: '' is not an AS number" },
	{ "1.0.0.0/8\t1\n1.0.0.0/08\t1\n",
	  "t:2:1: '1.0.0.0/08' is not a prefix like 192.0.2.0/24" },
	{ "1.0.0.0/8\n1.0.0.0/8 1\n", "t:2:11: '1' is not the end of the line" },
	{ "1.0.0.0/8\n\x7f\x80\n", "t:2:1: '?\?' is not a prefix like 192.0.2.0/24" },
	{ "1: 1.0.0.0/8,\n", "t:1:14: '' is not a prefix like 192.0.2.0/24" },
	{ "1: 1.0.0.0/8\nx: 1.0.0.0/8\n", "t:2:1: 'x' is not an AS number" },
	{ "1: 1.0.0.0/8\n2\n", "t:2:2: '' is not a list: ':' is missing" },
	{ DUMP "x|IGP|192.0.2.1|0|0||NAG||\n", "t:1:44: 'x' is not an AS path" },
	{ DUMP "0|IGP|192.0.2.1|0|0||NAG||\n", "t:1:44: '0' is not an AS path" },
	{ DUMP "1 {2|IGP|192.0.2.1|0|0||NAG||\n", "t:1:44: '1 {2' is not an AS path" },
	{ DUMP "1|IGPX|192.0.2.1|0|0||NAG||\n", "t:1:46: 'IGPX' is not IGP, EGP or INCOMPLETE" },
	{ DUMP "1|IGP|192.0.2|0|0||NAG||\n", "t:1:50: '192.0.2' is not the address of a next hop" },
	{ DUMP "1|IGP|192.0.2.1|0|0|65536:1|NAG||\n",
	  "t:1:64: '65536:1' is not a list of communities" },
	{ DUMP "1|IGP|192.0.2.1|0|0||XX||\n", "t:1:65: 'XX' is not AG or NAG" },
	{ DUMP "1|IGP|192.0.2.1|0|-1||NAG||\n", "t:1:62: '-1' is not a MED" },
	{ "TABLE_DUMP2|1|X|192.0.2.1|64512|10.0.0.0/8\n", "t:1:15: 'X' is not A, B, W or STATE" },
	{ "TABLE_DUMP2|1|W|192.0.2.1|64512|10.0.0.0/8\nnoise\n",
	  "t:2:1: 'noise' is not a type of record that bgpdump -m prints" },
	{ "{\"10.0.0.0/8\": {\"rrc00\": {\"7018\": \"7018",
	  "t: octet 39: the file ends inside the JSON: it is cut, fetch it again" },
	{ "{\"10.0.0.0/8\": {\"rrc00\": {\"7018\": 5}}}",
	  "t: octet 35: an AS path in quotes is expected here" },
	{ "{\"10.0.0.0/99\": {}}",
	  "t: octet 14: what ends here is not a prefix like \"192.0.2.0/24\"" },
	{ "{\"10.0.0.0/8\": {}} x", "t: octet 19: something follows the end of the JSON" },
	{ "{\"10.0.0.0/8\": {},}", "t: octet 19: a key in quotes is expected here" },
	{ "{\"10.0.0.0/8\": {} \"11.0.0.0/8\": {}}", "t: octet 19: a ',' or '}' is expected here" },
	{ "{\"10.0.0.0/8\\u0000\": {}}",
	  "t: octet 12: a string here is only plain ASCII without escapes" },
};

static void every_fault(void)
{
	for (uint32_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		tap_row(bad[i].text);
		reading_run(&reading, octets_of_text(bad[i].text));
		expect_true(failed(reading.fault));
		expect_text(reading_complaint(&reading), bad[i].complaint);
		expect_u64(reading.complaints.count, 1);
		expect_u64(reading.heap.used_octets, 0);
	}
	tap_row(NULL);
}

/* A line of more octets than may be; the input is made as it is asked for. */
static struct fault endless_read(struct source *source, uint8_t *out, uint32_t room_octets,
				 uint32_t *len_octets, struct complaints *complaints)
{
	(void)complaints;
	source->taken_octets += room_octets;
	memset(out, source->taken_octets == room_octets ? '1' : 'a', room_octets);
	*len_octets = room_octets;
	return fault_none();
}

static void line_bound(void)
{
	struct source source = { .read = endless_read };
	struct heap heap = heap_libc();
	struct table_request request = { .heap = &heap,
					 .file = "t",
					 .source = &source,
					 .taker = { &reading, reading_take, NULL } };

	struct fault fault = table_read(&request, &reading.counts, &reading.complaints);
	expect_u64(fault.kind, FAULT_LIMIT);
	expect_text(
		reading_complaint(&reading),
		"t: octet 0: the line that begins here is longer than 4194304 octets: this is no "
		"table as text");
	expect_true(heap.peak_octets < 3u * TABLE_RECORD_OCTETS_MAX);
	expect_u64(heap.used_octets, 0);
}

/* Whatever stands in an octet, and wherever it ends. */
static void every_octet_changed(void)
{
	struct random random = { .state = tap_seed() };
	uint8_t text[1024];

	for (uint32_t i = 0; i < ROW_COUNT * 400; i++) {
		const struct row *row = &rows[i % ROW_COUNT];
		uint32_t len = (uint32_t)strlen(row->text);
		tap_row(row->name);
		mem_copy(text, row->text, len);
		text[random_below(&random, len)] = (uint8_t)random_next(&random);
		if (random_below(&random, 2) == 0)
			len = random_below(&random, len + 1);
		reading_run(&reading, octets_of(text, len));
		expect_u64(reading.heap.used_octets, 0);
		expect_true(failed(reading.fault) == (reading.complaints.count != 0));
	}
	tap_row(NULL);
}

static void too_many_origins(void)
{
	char text[4096] = "1.0.0.0\t24\t1";
	size_t len = strlen(text);

	for (uint32_t i = 1; i <= TABLE_ORIGINS_MAX; i++) {
		text[len++] = '_';
		text[len++] = '1';
	}
	reading_run(&reading, octets_of_text(text));
	expect_u64(reading.fault.kind, FAULT_MALFORMED);
	expect_text(reading_complaint(&reading),
		    "t:1:524: '1' is not taken: there are too many origins");
	text[len - 2] = '\0';
	reading_run(&reading, octets_of_text(text));
	expect_u64(reading.fault.kind, FAULT_NONE);
	expect_u64(reading.counts.routes, 1);
}

static const struct tap_case cases[] = {
	{ "every kind of text is read, in pieces of any size", every_kind, 0 },
	{ "what is wrong is told with its place", every_fault, 0 },
	{ "a line has a largest size", line_bound, 0 },
	{ "any octet changed does no harm", every_octet_changed, 0 },
	{ "a prefix has a largest number of origins", too_many_origins, 0 },
};

TAP_MAIN(cases)
