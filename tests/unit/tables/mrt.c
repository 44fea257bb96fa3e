/* unit/tables/mrt.c — MRT records octet by octet.  RFC 6396, RFC 8050. */
#include "kit/random.h"
#include "kit/tap.h"
#include "reading.h"

#define FILE_OCTETS_MAX 4096u
#define RECORDS_MAX 8u

/* A file put together in memory, and where its records begin. */
struct file {
	uint8_t octet[FILE_OCTETS_MAX];
	struct wr wr;
	uint32_t record[RECORDS_MAX + 1];
	uint32_t record_count;
};

static void file_begin(struct file *file)
{
	file->wr = wr_of(file->octet, sizeof file->octet);
	file->record_count = 0;
}

static uint32_t record_begin(struct file *file, uint32_t type, uint32_t subtype)
{
	file->record[file->record_count++] = file->wr.pos;
	wr_u32(&file->wr, 1000);
	wr_u16(&file->wr, type);
	wr_u16(&file->wr, subtype);
	wr_u32(&file->wr, 0);
	return file->wr.pos;
}

static void record_end(struct file *file, uint32_t mark)
{
	wr_fill_u16(&file->wr, mark - 2, file->wr.pos - mark);
	file->record[file->record_count] = file->wr.pos;
}

static void put(struct file *file, const void *octets, uint32_t len)
{
	wr_octets(&file->wr, octets_of(octets, len));
}

#define PUT(file, ...) \
	do { \
		static const uint8_t put_octets[] = { __VA_ARGS__ }; \
		put(file, put_octets, sizeof put_octets); \
	} while (0)

#define IPV6_1 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
#define IPV6_2 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2
#define LINK_LOCAL 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9
#define ORIGIN_IGP 0x40, 1, 1, 0
#define PATH_AS4 0x40, 2, 10, 2, 2, 0, 0, 0xfc, 0, 0, 3, 0xd, 0x40 /* 64512 200000 */
#define PATH_AS2 0x40, 2, 6, 2, 2, 0xfc, 0, 0x5b, 0xa0             /* 64512 AS_TRANS */
#define AS4_PATH 0xc0, 17, 10, 2, 2, 0, 0, 0xfc, 0, 0, 3, 0xd, 0x40
#define NEXT_HOP_V4 0x40, 3, 4, 192, 0, 2, 1
#define MED_5 0x80, 4, 4, 0, 0, 0, 5
#define COMMUNITY 0xc0, 8, 4, 0xfc, 0, 0, 1
#define LARGE 0xc0, 32, 12, 0, 0, 0xfc, 0, 0, 0, 0, 1, 0, 0, 0, 2

/* Two peers: 192.0.2.1 AS64512, 2001:db8::1 AS200000. */
static void peer_index(struct file *file)
{
	uint32_t mark = record_begin(file, 13, 1);

	PUT(file, 10, 0, 0, 1, 0, 1, 'v', 0, 2, 0, 1, 1, 1, 1, 192, 0, 2, 1, 0xfc, 0, 3, 2, 2, 2, 2,
	    IPV6_1, 0, 3, 0xd, 0x40);
	record_end(file, mark);
}

static void rib_v4(struct file *file)
{
	peer_index(file);
	uint32_t mark = record_begin(file, 13, 2);
	PUT(file, 0, 0, 0, 7, 24, 198, 51, 100, 0, 2);
	PUT(file, 0, 0, 0, 0, 0, 1, 0, 46, ORIGIN_IGP, PATH_AS4, NEXT_HOP_V4, MED_5, LARGE);
	PUT(file, 0, 1, 0, 0, 0, 2, 0, 31, ORIGIN_IGP, PATH_AS4, NEXT_HOP_V4, COMMUNITY);
	record_end(file, mark);
}

/* One entry with the abbreviated MP_REACH_NLRI of RFC 6396 4.3.4, one with the whole. */
static void rib_v6(struct file *file)
{
	peer_index(file);
	uint32_t mark = record_begin(file, 13, 4);
	PUT(file, 0, 0, 0, 8, 32, 0x20, 1, 0xd, 0xb8, 0, 2);
	PUT(file, 0, 1, 0, 0, 0, 1, 0, 53, ORIGIN_IGP, PATH_AS4, 0x80, 14, 33, 32, IPV6_1,
	    LINK_LOCAL);
	PUT(file, 0, 1, 0, 0, 0, 1, 0, 46, ORIGIN_IGP, PATH_AS4, 0x80, 14, 26, 0, 2, 1, 16, IPV6_2,
	    0, 32, 0x20, 1, 0xd, 0xb8);
	record_end(file, mark);
}

static void rib_add_path(struct file *file)
{
	peer_index(file);
	uint32_t mark = record_begin(file, 13, 8);
	PUT(file, 0, 0, 0, 7, 8, 10, 0, 2);
	PUT(file, 0, 0, 0, 0, 0, 1, 0, 0, 0, 77, 0, 24, ORIGIN_IGP, PATH_AS4, NEXT_HOP_V4);
	PUT(file, 0, 0, 0, 0, 0, 1, 0, 0, 0, 78, 0, 24, ORIGIN_IGP, PATH_AS4, NEXT_HOP_V4);
	record_end(file, mark);
}

static void dump_v4(struct file *file)
{
	uint32_t mark = record_begin(file, 12, 1);

	PUT(file, 0, 0, 0, 1, 198, 51, 100, 77, 24, 1, 0, 0, 0, 9, 192, 0, 2, 1, 0xfc, 0, 0, 33,
	    ORIGIN_IGP, PATH_AS2, NEXT_HOP_V4, AS4_PATH);
	record_end(file, mark);
}

static void dump_v6(struct file *file)
{
	uint32_t mark = record_begin(file, 12, 2);

	PUT(file, 0, 0, 0, 1, IPV6_1, 32, 1, 0, 0, 0, 9, IPV6_2, 0xfc, 0, 0, 37, ORIGIN_IGP,
	    PATH_AS2, 0x80, 14, 21, 0, 2, 1, 16, IPV6_2, 0);
	record_end(file, mark);
}

#define MARKER \
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, \
		0xff
#define UPDATE_AS4_BODY 0, 3, 16, 10, 1, 0, 24, ORIGIN_IGP, PATH_AS4, NEXT_HOP_V4, 8, 10, 16, 10, 2
#define UPDATE_AS4 MARKER, 0, 55, 2, UPDATE_AS4_BODY

static void message_as4(struct file *file)
{
	uint32_t mark = record_begin(file, 16, 4);

	PUT(file, 0, 3, 0xd, 0x40, 0, 0, 0xfc, 1, 0, 0, 0, 1, 192, 0, 2, 9, 192, 0, 2, 10,
	    UPDATE_AS4);
	record_end(file, mark);
}

static void message_et(struct file *file)
{
	uint32_t mark = record_begin(file, 17, 4);

	PUT(file, 0, 1, 2, 3, 0, 3, 0xd, 0x40, 0, 0, 0xfc, 1, 0, 0, 0, 1, 192, 0, 2, 9, 192, 0, 2,
	    10, UPDATE_AS4);
	record_end(file, mark);
}

/* Two-octet ASNs; IPv6 both withdrawn and announced. */
static void message_as2(struct file *file)
{
	uint32_t mark = record_begin(file, 16, 1);

	PUT(file, 0xfc, 0, 0xfc, 1, 0, 0, 0, 2, IPV6_1, IPV6_2, MARKER, 0, 87, 2, 0, 0, 0, 64,
	    ORIGIN_IGP, PATH_AS2, AS4_PATH, 0x80, 14, 26, 0, 2, 1, 16, IPV6_2, 0, 32, 0x20, 1, 0xd,
	    0xb8, 0x80, 15, 6, 0, 2, 1, 16, 0x20, 2);
	record_end(file, mark);
}

static void message_add_path(struct file *file)
{
	uint32_t mark = record_begin(file, 16, 9);

	PUT(file, 0, 3, 0xd, 0x40, 0, 0, 0xfc, 1, 0, 0, 0, 1, 192, 0, 2, 9, 192, 0, 2, 10, MARKER,
	    0, 53, 2, 0, 0, 0, 24, ORIGIN_IGP, PATH_AS4, NEXT_HOP_V4, 0, 0, 0, 5, 8, 10);
	record_end(file, mark);
}

static void old_update(struct file *file)
{
	uint32_t mark = record_begin(file, 5, 1);

	PUT(file, 0xfc, 0, 192, 0, 2, 9, 0xfc, 1, 192, 0, 2, 10, 0, 0, 0, 20, ORIGIN_IGP, PATH_AS2,
	    NEXT_HOP_V4, 8, 10);
	record_end(file, mark);
}

struct row {
	const char *name;
	void (*make)(struct file *file);
	/* It says its own length inside: one cut and shortened is always refused. */
	bool is_framed;
	const char *found[4];
};

static const struct row rows[] = {
	{ "RIB_IPV4_UNICAST",
	  rib_v4,
	  true,
	  { "192.0.2.1 64512 198.51.100.0/24 64512 200000 o0 192.0.2.1/4 m5 c0 l1 a0",
	    "2001:db8::1 200000 198.51.100.0/24 64512 200000 o0 192.0.2.1/4 m0 c1 l0 a0" } },
	{ "RIB_IPV6_UNICAST",
	  rib_v6,
	  true,
	  { "2001:db8::1 200000 2001:db8::/32 64512 200000 o0 2001:db8::1/32 m0 c0 l0 a0",
	    "2001:db8::1 200000 2001:db8::/32 64512 200000 o0 2001:db8::2/16 m0 c0 l0 a0" } },
	{ "RIB_IPV4_UNICAST_ADDPATH",
	  rib_add_path,
	  true,
	  { "192.0.2.1 64512 10.0.0.0/8#77 64512 200000 o0 192.0.2.1/4 m0 c0 l0 a0",
	    "192.0.2.1 64512 10.0.0.0/8#78 64512 200000 o0 192.0.2.1/4 m0 c0 l0 a0" } },
	{ "TABLE_DUMP of IPv4, AS4_PATH merged",
	  dump_v4,
	  true,
	  { "192.0.2.1 64512 198.51.100.0/24 64512 200000 o0 192.0.2.1/4 m0 c0 l0 a0" } },
	{ "TABLE_DUMP of IPv6",
	  dump_v6,
	  true,
	  { "2001:db8::2 64512 2001:db8::/32 64512 23456 o0 2001:db8::2/16 m0 c0 l0 a0" } },
	{ "BGP4MP_MESSAGE_AS4",
	  message_as4,
	  true,
	  { "W 192.0.2.9 200000 10.1.0.0/16",
	    "192.0.2.9 200000 10.0.0.0/8 64512 200000 o0 192.0.2.1/4 m0 c0 l0 a0",
	    "192.0.2.9 200000 10.2.0.0/16 64512 200000 o0 192.0.2.1/4 m0 c0 l0 a0" } },
	{ "BGP4MP_ET",
	  message_et,
	  true,
	  { "W 192.0.2.9 200000 10.1.0.0/16",
	    "192.0.2.9 200000 10.0.0.0/8 64512 200000 o0 192.0.2.1/4 m0 c0 l0 a0",
	    "192.0.2.9 200000 10.2.0.0/16 64512 200000 o0 192.0.2.1/4 m0 c0 l0 a0" } },
	{ "BGP4MP_MESSAGE of two-octet ASNs",
	  message_as2,
	  true,
	  { "W 2001:db8::1 64512 2002::/16",
	    "2001:db8::1 64512 2001:db8::/32 64512 200000 o0 2001:db8::2/16 m0 c0 l0 a0" } },
	{ "BGP4MP_MESSAGE_AS4_ADDPATH",
	  message_add_path,
	  true,
	  { "192.0.2.9 200000 10.0.0.0/8#5 64512 200000 o0 192.0.2.1/4 m0 c0 l0 a0" } },
	{ "the obsolete type BGP",
	  old_update,
	  false,
	  { "192.0.2.9 64512 10.0.0.0/8 64512 23456 o0 192.0.2.1/4 m0 c0 l0 a0" } },
};

#define ROW_COUNT (sizeof rows / sizeof *rows)

static struct reading reading;
static struct file file;

static void every_kind(void)
{
	static const uint32_t pieces[] = { 0, 1, 7 };

	for (uint32_t i = 0; i < ROW_COUNT * 3; i++) {
		const struct row *row = &rows[i / 3];
		uint32_t count = 0;
		tap_row(row->name);
		file_begin(&file);
		row->make(&file);
		reading.piece = pieces[i % 3];
		reading_run(&reading, wr_octets_of(&file.wr));
		expect_text(reading_complaint(&reading), "");
		while (count < 4 && row->found[count] != NULL) {
			expect_text(reading.found[count].text, row->found[count]);
			count++;
		}
		expect_u64(reading.found_count, count);
		expect_u64(reading.counts.routes + reading.counts.withdrawals, count);
		expect_u64(reading.counts.records, file.record_count);
		expect_u64(reading.counts.skipped_records + reading.counts.skipped_routes, 0);
		expect_u64(reading.heap.used_octets, 0);
	}
}

/* The file ends somewhere: SHORT everywhere but between records. */
static void every_cut(void)
{
	for (uint32_t i = 0; i < ROW_COUNT; i++) {
		tap_row(rows[i].name);
		file_begin(&file);
		rows[i].make(&file);
		for (uint32_t cut = 1; cut < file.wr.pos; cut++) {
			bool is_between = false;
			for (uint32_t j = 0; j < file.record_count; j++)
				is_between |= file.record[j] == cut;
			reading_run(&reading, octets_of(file.octet, cut));
			if (is_between) {
				expect_u64(reading.fault.kind, FAULT_NONE);
			} else if (cut >= 12) {
				expect_u64(reading.fault.kind, FAULT_SHORT);
				expect_true(strstr(reading_complaint(&reading), "it is cut") !=
					    NULL);
			} else {
				expect_true(failed(reading.fault));
			}
			expect_u64(reading.heap.used_octets, 0);
		}
	}
}

/* The last record is shorter than what it holds, or longer, and its header says so. */
static void every_wrong_length(void)
{
	for (uint32_t i = 0; i < ROW_COUNT; i++) {
		if (!rows[i].is_framed)
			continue;
		tap_row(rows[i].name);
		file_begin(&file);
		rows[i].make(&file);
		uint32_t start = file.record[file.record_count - 1];
		uint32_t whole = file.wr.pos - start - 12;
		for (uint32_t len = 0; len <= whole + 1; len++) {
			wr_fill_u16(&file.wr, start + 10, len);
			reading_run(&reading, octets_of(file.octet, start + 12 + len));
			expect_u64(reading.fault.kind, len == whole ? FAULT_NONE : FAULT_MALFORMED);
			expect_u64(reading.counts.skipped_records + reading.counts.skipped_routes,
				   0);
		}
	}
}

/* Whatever stands in an octet, reading ends, gives its memory back, and complains if it fails. */
static void every_octet_changed(void)
{
	struct random random = { .state = tap_seed() };

	for (uint32_t i = 0; i < ROW_COUNT; i++) {
		tap_row(rows[i].name);
		for (uint32_t at = 0; at < 400; at++) {
			file_begin(&file);
			rows[i].make(&file);
			if (at >= file.wr.pos)
				break;
			file.octet[at] ^= (uint8_t)(1 + random_below(&random, 255));
			reading_run(&reading, wr_octets_of(&file.wr));
			expect_u64(reading.heap.used_octets, 0);
			expect_true(failed(reading.fault) == (reading.complaints.count != 0));
		}
	}
}

static void refused(const char *complaint)
{
	reading_run(&reading, wr_octets_of(&file.wr));
	expect_u64(reading.fault.kind, FAULT_MALFORMED);
	expect_text(reading_complaint(&reading), complaint);
}

static void contradictions(void)
{
	file_begin(&file);
	uint32_t mark = record_begin(&file, 13, 2);
	PUT(&file, 0, 0, 0, 7, 8, 10, 0, 0);
	record_end(&file, mark);
	refused("t: octet 12: in the record of type 13, subtype 2 that begins at octet 0, routes "
		"come before the peer index: the file is damaged");

	file_begin(&file);
	rib_v4(&file);
	file.octet[file.record[1] + 12 + 11] = 2; /* low octet of the first entry's peer */
	refused("t: octet 133: in the record of type 13, subtype 2 that begins at octet 57, an "
		"entry names a peer beyond the peer index: the file is damaged");

	file_begin(&file);
	rib_v4(&file);
	file.octet[file.record[1] + 12 + 4] = 33;
	refused("t: octet 74: in the record of type 13, subtype 2 that begins at octet 57, the "
		"prefix does not parse: the file is damaged");

	file_begin(&file);
	dump_v4(&file);
	file.octet[12 + 8] = 33;
	reading_run(&reading, wr_octets_of(&file.wr));
	expect_u64(reading.fault.kind, FAULT_MALFORMED);
}

static void record_bound(void)
{
	file_begin(&file);
	peer_index(&file);
	uint32_t start = file.wr.pos;
	(void)record_begin(&file, 13, 2);
	file.octet[start + 8] = 1; /* 16 MiB */
	reading_run(&reading, wr_octets_of(&file.wr));
	expect_u64(reading.fault.kind, FAULT_LIMIT);
	expect_text(reading_complaint(&reading),
		    "t: octet 57: a record of type 13 claims 16777216 octets, at most 4194304 are "
		    "taken: the file is damaged or no MRT file");
	wr_rewind(&file.wr, start + 8);
	wr_u32(&file.wr, TABLE_RECORD_OCTETS_MAX + 1);
	reading_run(&reading, wr_octets_of(&file.wr));
	expect_u64(reading.fault.kind, FAULT_LIMIT);
	wr_rewind(&file.wr, start + 8);
	wr_u32(&file.wr, TABLE_RECORD_OCTETS_MAX);
	reading_run(&reading, wr_octets_of(&file.wr));
	expect_u64(reading.fault.kind, FAULT_SHORT);
}

static void passed_over(void)
{
	file_begin(&file);
	uint32_t mark = record_begin(&file, 48, 1);
	PUT(&file, 1, 2, 3);
	record_end(&file, mark);
	mark = record_begin(&file, 16, 5);
	record_end(&file, mark);
	message_as4(&file);
	file.octet[file.record[2] + 12 + 20 + 18] = 4; /* a KEEPALIVE of the wrong length */
	rib_v4(&file);
	file.octet[file.record[4] + 12 + 10 + 8 + 3] = 9; /* ORIGIN of the first entry */
	reading_run(&reading, wr_octets_of(&file.wr));
	expect_u64(reading.fault.kind, FAULT_NONE);
	expect_u64(reading.counts.records, 5);
	expect_u64(reading.counts.routes, 1);
	expect_u64(reading.counts.skipped_records, 3);
	expect_u64(reading.counts.skipped_routes, 1);
	expect_u64(reading.counts.skip_count, 4);
	expect_text(reading.counts.skips[0].why, "is of an unknown kind");
	expect_u64(reading.counts.skips[0].type, 48);
	expect_text(reading.counts.skips[1].why, "holds no UPDATE");
	expect_text(reading.counts.skips[2].why, "the BGP message has a wrong header");
	expect_text(reading.counts.skips[3].why, "ORIGIN has an undefined value");
	expect_true(reading.counts.skips[3].is_route);
}

/* Flags are the collector's in a table and the peer's in an UPDATE. */
static void flags_lost(void)
{
	file_begin(&file);
	rib_v4(&file);
	file.octet[file.record[1] + 12 + 10 + 8 + 24 + 7] = 0; /* LARGE_COMMUNITY */
	reading_run(&reading, wr_octets_of(&file.wr));
	expect_text(reading.found[0].text, rows[0].found[0]);
	expect_u64(reading.found_count, 2);
	expect_u64(reading.counts.mended_routes, 1);

	file_begin(&file);
	message_as4(&file);
	file.octet[12 + 20 + 19 + 2 + 3 + 2] = 0x80; /* ORIGIN */
	reading_run(&reading, wr_octets_of(&file.wr));
	expect_u64(reading.counts.routes, 0);
	expect_u64(reading.counts.skipped_routes, 2);
	expect_text(reading.counts.skips[0].why, "wrong attribute flags");
}

static void taker_stops(void)
{
	file_begin(&file);
	rib_v4(&file);
	reading.stop_after = 2;
	reading_run(&reading, wr_octets_of(&file.wr));
	expect_u64(reading.fault.kind, FAULT_CONFLICT);
	expect_u64(reading.fault.code, 7);
	expect_u64(reading.found_count, 1);
	expect_u64(reading.complaints.count, 0);
}

static struct heap inner;
static uint32_t calls_left;

static void *failing_resize(struct heap *heap, void *old, size_t old_size, size_t new_size)
{
	if (new_size > old_size && calls_left-- == 0)
		return NULL;
	void *fresh = inner.resize(&inner, old, old_size, new_size);
	heap->used_octets = inner.used_octets;
	return fresh;
}

static void memory_runs_out(void)
{
	uint32_t call = 0;

	file_begin(&file);
	rib_v4(&file);
	inner = heap_libc();
	reading.heap = (struct heap){ .resize = failing_resize };
	for (; call < 20; call++) {
		calls_left = call;
		reading_run(&reading, wr_octets_of(&file.wr));
		expect_u64(inner.used_octets, 0);
		if (!failed(reading.fault))
			break;
		expect_u64(reading.fault.kind, FAULT_LIMIT);
		expect_u64(reading.complaints.error_count, 1);
	}
	expect_true(call >= 3 && call < 20);
}

static const struct tap_case cases[] = {
	{ "every kind of record is read, in pieces of any size", every_kind, 0 },
	{ "a file cut at any octet is refused, saying that it is cut", every_cut, 0 },
	{ "a record shorter or longer than what it holds is refused", every_wrong_length, 0 },
	{ "any octet changed does no harm", every_octet_changed, 0 },
	{ "a record that contradicts itself is refused with its place", contradictions, 0 },
	{ "a record has a largest size", record_bound, 0 },
	{ "what cannot be used is passed over and counted with its reason", passed_over, 0 },
	{ "flags that a table lost are set right, those of an UPDATE are judged", flags_lost, 0 },
	{ "the taker's fault ends the reading", taker_stops, 0 },
	{ "memory that runs out at any call is told and given back", memory_runs_out, 0 },
};

TAP_MAIN(cases)
