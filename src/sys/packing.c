/* sys/packing.c — gzip, bzip2, zstd and xz through their libraries.
 * Source  RFC 1952 2.3.1; RFC 8878 3.1.1; the manuals of libbz2 and liblzma */
#include "sys/packing.h"

#include <assert.h>

#include "sys/unpack.h"

#define GZIP_ONLY (15 + 16) /* the largest window, and a gzip header rather than zlib's */
#define ZSTD_WINDOW_LOG_MAX 27

static_assert(1u << ZSTD_WINDOW_LOG_MAX == UNPACK_WINDOW_OCTETS_MAX, "the window's bound");

/* The libraries ask for pointers to octets that they only read. */
static uint8_t *unconst(const uint8_t *at)
{
	union {
		const uint8_t *from;
		uint8_t *to;
	} pointer = { .from = at };

	return pointer.to;
}

static void advance(struct packing_step *step, uint32_t in_left, uint32_t out_left)
{
	step->in += step->in_octets - in_left;
	step->in_octets = in_left;
	step->out += step->out_octets - out_left;
	step->out_octets = out_left;
}

static struct fault gzip_begin(union packing_state *state)
{
	state->gzip = (z_stream){ 0 };
	return inflateInit2(&state->gzip, GZIP_ONLY) == Z_OK ? fault_none() :
							       fault_of(FAULT_LIMIT, 0);
}

static struct fault gzip_step(union packing_state *state, struct packing_step *step)
{
	z_stream *stream = &state->gzip;

	stream->next_in = unconst(step->in);
	stream->avail_in = step->in_octets;
	stream->next_out = step->out;
	stream->avail_out = step->out_octets;
	int result = inflate(stream, Z_NO_FLUSH);
	advance(step, stream->avail_in, stream->avail_out);
	step->member_ended = result == Z_STREAM_END;
	if (result == Z_MEM_ERROR)
		return fault_of(FAULT_LIMIT, 0);
	return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR ?
		       fault_none() :
		       fault_of(FAULT_MALFORMED, 0);
}

static void gzip_end(union packing_state *state)
{
	(void)inflateEnd(&state->gzip);
}

static struct fault bzip2_begin(union packing_state *state)
{
	state->bzip2 = (bz_stream){ 0 };
	return BZ2_bzDecompressInit(&state->bzip2, 0, 0) == BZ_OK ? fault_none() :
								    fault_of(FAULT_LIMIT, 0);
}

static struct fault bzip2_step(union packing_state *state, struct packing_step *step)
{
	bz_stream *stream = &state->bzip2;
	union {
		uint8_t *octets;
		char *text;
	} in = { .octets = unconst(step->in) }, out = { .octets = step->out };

	stream->next_in = in.text;
	stream->avail_in = step->in_octets;
	stream->next_out = out.text;
	stream->avail_out = step->out_octets;
	int result = BZ2_bzDecompress(stream);
	advance(step, stream->avail_in, stream->avail_out);
	step->member_ended = result == BZ_STREAM_END;
	if (result == BZ_MEM_ERROR)
		return fault_of(FAULT_LIMIT, 0);
	return result == BZ_OK || result == BZ_STREAM_END ? fault_none() :
							    fault_of(FAULT_MALFORMED, 0);
}

static void bzip2_end(union packing_state *state)
{
	(void)BZ2_bzDecompressEnd(&state->bzip2);
}

static struct fault zstd_begin(union packing_state *state)
{
	state->zstd = ZSTD_createDStream();
	if (state->zstd == NULL)
		return fault_of(FAULT_LIMIT, 0);
	size_t result = ZSTD_DCtx_setParameter(state->zstd, ZSTD_d_windowLogMax,
					       ZSTD_WINDOW_LOG_MAX);
	return ZSTD_isError(result) ? fault_of(FAULT_LIMIT, 0) : fault_none();
}

static struct fault zstd_step(union packing_state *state, struct packing_step *step)
{
	ZSTD_inBuffer in = { .src = step->in, .size = step->in_octets };
	ZSTD_outBuffer out = { .dst = step->out, .size = step->out_octets };
	size_t result = ZSTD_decompressStream(state->zstd, &out, &in);

	advance(step, (uint32_t)(in.size - in.pos), (uint32_t)(out.size - out.pos));
	step->member_ended = result == 0;
	return ZSTD_isError(result) ? fault_of(FAULT_MALFORMED, 0) : fault_none();
}

static void zstd_end(union packing_state *state)
{
	(void)ZSTD_freeDStream(state->zstd);
}

static struct fault xz_begin(union packing_state *state)
{
	state->xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder(&state->xz, UNPACK_WINDOW_OCTETS_MAX, 0) == LZMA_OK ?
		       fault_none() :
		       fault_of(FAULT_LIMIT, 0);
}

static struct fault xz_step(union packing_state *state, struct packing_step *step)
{
	lzma_stream *stream = &state->xz;

	stream->next_in = step->in;
	stream->avail_in = step->in_octets;
	stream->next_out = step->out;
	stream->avail_out = step->out_octets;
	lzma_ret result = lzma_code(stream, LZMA_RUN);
	advance(step, (uint32_t)stream->avail_in, (uint32_t)stream->avail_out);
	step->member_ended = result == LZMA_STREAM_END;
	if (result == LZMA_MEM_ERROR || result == LZMA_MEMLIMIT_ERROR)
		return fault_of(FAULT_LIMIT, 0);
	return result == LZMA_OK || result == LZMA_STREAM_END || result == LZMA_BUF_ERROR ?
		       fault_none() :
		       fault_of(FAULT_MALFORMED, 0);
}

static void xz_end(union packing_state *state)
{
	lzma_end(&state->xz);
}

static const uint8_t gzip_magic[] = { 0x1f, 0x8b };
static const uint8_t bzip2_magic[] = { 'B', 'Z', 'h' };
static const uint8_t zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
static const uint8_t xz_magic[] = { 0xfd, '7', 'z', 'X', 'Z', 0 };

static_assert(sizeof xz_magic == PACKING_MAGIC_OCTETS_MAX, "the longest magic");

/* RFC 8878 3.1.2: frames of zstd that hold no data; the first octet's low half may be anything. */
static const uint8_t skippable_magic[] = { 0x50, 0x2a, 0x4d, 0x18 };

static const struct packing packings[] = {
	{ "gzip", { gzip_magic, sizeof gzip_magic }, gzip_begin, gzip_step, gzip_end },
	{ "bzip2", { bzip2_magic, sizeof bzip2_magic }, bzip2_begin, bzip2_step, bzip2_end },
	{ "zstd", { zstd_magic, sizeof zstd_magic }, zstd_begin, zstd_step, zstd_end },
	{ "xz", { xz_magic, sizeof xz_magic }, xz_begin, xz_step, xz_end },
};

#define ZSTD_PACKING (&packings[2])

const struct packing *packing_find(struct octets head)
{
	for (uint32_t i = 0; i < sizeof packings / sizeof *packings; i++) {
		uint32_t len = packings[i].magic.len_octets;
		if (head.len_octets >= len &&
		    octets_equal(octets_of(head.at, len), packings[i].magic))
			return &packings[i];
	}
	if (head.len_octets >= sizeof zstd_magic && (head.at[0] & 0xf0) == skippable_magic[0] &&
	    octets_equal(octets_of(head.at + 1, 3), octets_of(skippable_magic + 1, 3)))
		return ZSTD_PACKING;
	return NULL;
}
