/* unit/sys/unpack.c — files of every packing, whole, in members, cut and damaged. */
#include "sys/unpack.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/mem.h"
#include "base/octets.h"
#include "kit/random.h"
#include "kit/tap.h"

#define PLAIN_OCTETS 300000u
#define PACKED_OCTETS_MAX (2u * PLAIN_OCTETS)

static uint8_t plain[2 * PLAIN_OCTETS];
static uint8_t packed[2 * PACKED_OCTETS_MAX];
static uint8_t got[2 * PLAIN_OCTETS + 1];
static char path[] = "/tmp/plenum-unpack-XXXXXX";
static struct complaints complaints;
static struct heap heap;

/* Half of it packs well, half of it not at all. */
static void plain_make(void)
{
	struct random random = { .state = tap_seed() };

	for (uint32_t i = 0; i < PLAIN_OCTETS; i++)
		plain[i] = i % 2 == 0 ? (uint8_t)random_next(&random) : (uint8_t)(i / 1000);
	mem_copy(plain + PLAIN_OCTETS, plain, PLAIN_OCTETS);
}

static uint32_t gzip_pack(uint8_t *out)
{
	z_stream stream = { 0 };

	(void)deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	stream.next_in = plain;
	stream.avail_in = PLAIN_OCTETS;
	stream.next_out = out;
	stream.avail_out = PACKED_OCTETS_MAX;
	(void)deflate(&stream, Z_FINISH);
	(void)deflateEnd(&stream);
	return PACKED_OCTETS_MAX - stream.avail_out;
}

static uint32_t bzip2_pack(uint8_t *out)
{
	unsigned len = PACKED_OCTETS_MAX;
	union {
		uint8_t *octets;
		char *text;
	} to = { .octets = out }, from = { .octets = plain };

	(void)BZ2_bzBuffToBuffCompress(to.text, &len, from.text, PLAIN_OCTETS, 1, 0, 0);
	return len;
}

static uint32_t zstd_pack(uint8_t *out)
{
	return (uint32_t)ZSTD_compress(out, PACKED_OCTETS_MAX, plain, PLAIN_OCTETS, 3);
}

static uint32_t xz_pack(uint8_t *out)
{
	size_t len = 0;

	(void)lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, plain, PLAIN_OCTETS, out, &len,
				      PACKED_OCTETS_MAX);
	return (uint32_t)len;
}

static uint32_t plain_pack(uint8_t *out)
{
	mem_copy(out, plain, PLAIN_OCTETS);
	return PLAIN_OCTETS;
}

static const struct {
	const char *name;
	uint32_t (*pack)(uint8_t *out);
} packings[] = {
	{ "gzip", gzip_pack },
	{ "bzip2", bzip2_pack },
	{ "zstd", zstd_pack },
	{ "xz", xz_pack },
};

#define PACKING_COUNT (sizeof packings / sizeof *packings)

static void file_make(uint32_t len)
{
	FILE *file = fopen(path, "wb");

	expect_true(file != NULL);
	if (file == NULL)
		return;
	expect_u64(fwrite(packed, 1, len, file), len);
	expect_u64(fclose(file), 0);
}

/* The whole file into `got`, asked for in pieces. */
static struct fault file_unpack(uint32_t piece, uint32_t *len)
{
	struct source *source = NULL;
	uint32_t count = 1;

	*len = 0;
	complaints.count = 0;
	struct fault fault = unpack_open(&heap, path, &source, &complaints);
	while (!failed(fault) && count != 0 && *len < sizeof got) {
		uint32_t room = (uint32_t)sizeof got - *len;
		fault = source->read(source, got + *len, room < piece ? room : piece, &count,
				     &complaints);
		*len += failed(fault) ? 0 : count;
	}
	if (!failed(fault))
		expect_u64(source->taken_octets, source->total_octets);
	unpack_close(source);
	expect_u64(heap.used_octets, 0);
	return fault;
}

static const char *complaint(void)
{
	return complaints.count != 0 ? complaints.list[0].text : "";
}

static void begin(void)
{
	heap = heap_libc();
	int fd = mkstemp(path);
	expect_true(fd >= 0);
	(void)close(fd);
	plain_make();
}

static void end(void)
{
	(void)unlink(path);
}

static void whole(void)
{
	uint32_t len = 0;

	begin();
	for (uint32_t i = 0; i <= PACKING_COUNT; i++) {
		tap_row(i < PACKING_COUNT ? packings[i].name : "plain");
		uint32_t packed_len = (i < PACKING_COUNT ? packings[i].pack : plain_pack)(packed);
		file_make(packed_len);
		expect_u64(file_unpack(i % 2 == 0 ? 1000 : 1u << 20, &len).kind, FAULT_NONE);
		expect_octets(got, len, plain, PLAIN_OCTETS);
	}
	end();
}

static void members(void)
{
	uint32_t len = 0;

	begin();
	for (uint32_t i = 0; i < PACKING_COUNT; i++) {
		tap_row(packings[i].name);
		uint32_t first = packings[i].pack(packed);
		uint32_t second = packings[i].pack(packed + first);
		file_make(first + second);
		expect_u64(file_unpack(4096, &len).kind, FAULT_NONE);
		expect_octets(got, len, plain, 2 * PLAIN_OCTETS);
	}
	end();
}

/* RFC 8878 3.1.2: such a frame is skipped, before, between and behind others. */
static void skippable(void)
{
	static const uint8_t frame[] = { 0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c' };
	uint32_t at = 0;
	uint32_t len = 0;

	begin();
	for (uint32_t i = 0; i < 2; i++) {
		mem_copy(packed + at, frame, sizeof frame);
		at += (uint32_t)sizeof frame;
		at += zstd_pack(packed + at);
	}
	mem_copy(packed + at, frame, sizeof frame);
	at += (uint32_t)sizeof frame;
	file_make(at);
	expect_u64(file_unpack(4096, &len).kind, FAULT_NONE);
	expect_octets(got, len, plain, 2 * PLAIN_OCTETS);
	file_make(at - 1);
	expect_u64(file_unpack(4096, &len).kind, FAULT_SHORT);
	end();
}

static void cut(void)
{
	char expected[256];
	uint32_t len = 0;

	begin();
	for (uint32_t i = 0; i < PACKING_COUNT; i++) {
		tap_row(packings[i].name);
		uint32_t packed_len = packings[i].pack(packed);
		const uint32_t cuts[] = {
			6, 7, 20, packed_len / 2, packed_len - 9, packed_len - 1
		};
		for (uint32_t j = 0; j < sizeof cuts / sizeof *cuts; j++) {
			file_make(cuts[j]);
			expect_u64(file_unpack(4096, &len).kind, FAULT_SHORT);
			(void)snprintf(expected, sizeof expected,
				       "%s: octet %u of the file: it ends inside its %s data: the "
				       "file is cut, fetch it again",
				       path, cuts[j], packings[i].name);
			expect_text(complaint(), expected);
		}
	}
	end();
}

static void followed(void)
{
	char expected[256];
	uint32_t len = 0;

	begin();
	for (uint32_t i = 0; i < PACKING_COUNT; i++) {
		tap_row(packings[i].name);
		uint32_t packed_len = packings[i].pack(packed);
		mem_copy(packed + packed_len, "junk", 4);
		file_make(packed_len + 4);
		expect_u64(file_unpack(4096, &len).kind, FAULT_MALFORMED);
		(void)snprintf(expected, sizeof expected,
			       "%s: octet %u of the file: the %s data ends here and something else "
			       "follows: the file is damaged",
			       path, packed_len, packings[i].name);
		expect_text(complaint(), expected);
	}
	end();
}

static void damaged(void)
{
	uint32_t len = 0;

	begin();
	for (uint32_t i = 0; i < PACKING_COUNT; i++) {
		tap_row(packings[i].name);
		uint32_t packed_len = packings[i].pack(packed);
		/* Without a checksum of its own a zstd frame may unpack to something else. */
		if (strcmp(packings[i].name, "zstd") == 0)
			packed[5] ^= 0xff;
		else
			packed[packed_len / 2] ^= 0x10;
		file_make(packed_len);
		struct fault fault = file_unpack(4096, &len);
		expect_true(failed(fault));
		expect_true(strstr(complaint(), "damaged") != NULL ||
			    strstr(complaint(), "memory") != NULL ||
			    strstr(complaint(), "cut") != NULL);
	}
	end();
}

static void not_there(void)
{
	struct source *source = NULL;

	heap = heap_libc();
	expect_u64(unpack_open(&heap, "/nonexistent/t", &source, &complaints).kind, FAULT_SYSTEM);
	expect_true(source == NULL);
	expect_text(complaint(), "/nonexistent/t: cannot open it: No such file or directory");
	complaints.count = 0;
	expect_u64(unpack_open(&heap, "/tmp", &source, &complaints).kind, FAULT_SYSTEM);
	expect_text(complaint(), "/tmp: cannot read it: Is a directory");
	expect_u64(heap.used_octets, 0);
}

static void empty(void)
{
	uint32_t len = 0;

	begin();
	file_make(0);
	expect_u64(file_unpack(4096, &len).kind, FAULT_NONE);
	expect_u64(len, 0);
	end();
}

static const struct tap_case cases[] = {
	{ "each packing gives back what was packed", whole, 0 },
	{ "several members are one stream", members, 0 },
	{ "skippable frames of zstd are skipped", skippable, 0 },
	{ "packed data that is cut is refused, saying where", cut, 0 },
	{ "what follows packed data is refused", followed, 0 },
	{ "damaged data is refused", damaged, 0 },
	{ "a file that is not there, and a directory", not_there, 0 },
	{ "an empty file is an empty stream", empty, 0 },
};

TAP_MAIN(cases)
