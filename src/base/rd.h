/* base/rd.h — the bounds-checked reader through which all octets from outside come.
 *
 * Failure is sticky: after one, every read gives zero and an empty stretch.  Use no value before
 * rd_ok; loop on rd_more; end on rd_done, so that trailing octets are seen.  A nested length makes
 * a child with rd_sub; a child cannot see past its end, and a child that does not fit fails both.
 * Owns    nothing
 * Thread  one at a time */
#ifndef BASE_RD_H
#define BASE_RD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/octets.h"

struct rd {
	const uint8_t *start;
	uint32_t pos;
	uint32_t end;
	bool bad;
};

static inline struct rd rd_of(const void *start, uint32_t len_octets)
{
	return (struct rd){ .start = start, .pos = 0, .end = len_octets, .bad = false };
}

static inline struct rd rd_of_octets(struct octets octets)
{
	return rd_of(octets.at, octets.len_octets);
}

static inline bool rd_ok(const struct rd *rd)
{
	return !rd->bad;
}

static inline uint32_t rd_left(const struct rd *rd)
{
	return rd->bad ? 0 : rd->end - rd->pos;
}

/* There is something left and nothing has failed. */
static inline bool rd_more(const struct rd *rd)
{
	return rd_left(rd) != 0;
}

/* All was read and nothing has failed. */
static inline bool rd_done(const struct rd *rd)
{
	return !rd->bad && rd->pos == rd->end;
}

static inline void rd_fail(struct rd *rd)
{
	rd->bad = true;
}

static inline bool rd_want(struct rd *rd, uint32_t count)
{
	if (rd->bad || rd->end - rd->pos < count)
		rd->bad = true;
	return !rd->bad;
}

static inline uint8_t rd_u8(struct rd *rd)
{
	return rd_want(rd, 1) ? rd->start[rd->pos++] : 0;
}

static inline uint16_t rd_u16(struct rd *rd)
{
	if (!rd_want(rd, 2))
		return 0;
	const uint8_t *at = rd->start + rd->pos;
	rd->pos += 2;
	return (uint16_t)((at[0] << 8) | at[1]);
}

static inline uint32_t rd_u32(struct rd *rd)
{
	if (!rd_want(rd, 4))
		return 0;
	const uint8_t *at = rd->start + rd->pos;
	rd->pos += 4;
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint64_t rd_u64(struct rd *rd)
{
	uint64_t high = rd_u32(rd);
	return high << 32 | rd_u32(rd);
}

/* The next `count` octets, borrowed; empty after a failure. */
static inline struct octets rd_take(struct rd *rd, uint32_t count)
{
	if (!rd_want(rd, count))
		return (struct octets){ 0 };
	struct octets octets = { .at = rd->start + rd->pos, .len_octets = count };
	rd->pos += count;
	return octets;
}

/* All that is left. */
static inline struct octets rd_rest(struct rd *rd)
{
	return rd_take(rd, rd_left(rd));
}

static inline void rd_skip(struct rd *rd, uint32_t count)
{
	if (rd_want(rd, count))
		rd->pos += count;
}

/* A child of the next `count` octets.  When they are not there, parent and child are both bad. */
static inline struct rd rd_sub(struct rd *rd, uint32_t count)
{
	struct octets inside = rd_take(rd, count);
	return (struct rd){ .start = inside.at, .end = inside.len_octets, .bad = rd->bad };
}

/* Copies the next `count` octets into `out`; zeroes them after a failure. */
void rd_copy(struct rd *rd, void *out, uint32_t count);

#endif
