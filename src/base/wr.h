/* base/wr.h — the bounds-checked writer.
 *
 * Failure is sticky: a write that does not fit, or a value too wide for its field, writes nothing
 * and makes wr_ok false.  wr_mark/wr_fill_* come back to a length field; wr_rewind takes back what
 * was written since a mark, and the failure with it.
 * Owns    nothing: writes into the caller's storage
 * Thread  one at a time */
#ifndef BASE_WR_H
#define BASE_WR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/octets.h"

struct wr {
	uint8_t *start;
	uint32_t pos;
	uint32_t end;
	bool bad;
};

static inline struct wr wr_of(void *start, uint32_t size_octets)
{
	return (struct wr){ .start = start, .pos = 0, .end = size_octets, .bad = false };
}

static inline bool wr_ok(const struct wr *wr)
{
	return !wr->bad;
}

static inline uint32_t wr_left(const struct wr *wr)
{
	return wr->bad ? 0 : wr->end - wr->pos;
}

static inline void wr_fail(struct wr *wr)
{
	wr->bad = true;
}

static inline bool wr_want(struct wr *wr, uint32_t count)
{
	if (wr->bad || wr->end - wr->pos < count)
		wr->bad = true;
	return !wr->bad;
}

static inline void wr_u8(struct wr *wr, uint32_t value)
{
	if (value > UINT8_MAX)
		wr->bad = true;
	if (wr_want(wr, 1))
		wr->start[wr->pos++] = (uint8_t)value;
}

static inline void wr_u16(struct wr *wr, uint32_t value)
{
	if (value > UINT16_MAX)
		wr->bad = true;
	if (!wr_want(wr, 2))
		return;
	wr->start[wr->pos++] = (uint8_t)(value >> 8);
	wr->start[wr->pos++] = (uint8_t)value;
}

static inline void wr_u32(struct wr *wr, uint32_t value)
{
	if (!wr_want(wr, 4))
		return;
	wr->start[wr->pos++] = (uint8_t)(value >> 24);
	wr->start[wr->pos++] = (uint8_t)(value >> 16);
	wr->start[wr->pos++] = (uint8_t)(value >> 8);
	wr->start[wr->pos++] = (uint8_t)value;
}

static inline void wr_u64(struct wr *wr, uint64_t value)
{
	wr_u32(wr, (uint32_t)(value >> 32));
	wr_u32(wr, (uint32_t)value);
}

static inline void wr_octets(struct wr *wr, struct octets octets)
{
	if (!wr_want(wr, octets.len_octets) || octets.len_octets == 0)
		return;
	memcpy(wr->start + wr->pos, octets.at, octets.len_octets);
	wr->pos += octets.len_octets;
}

/* `count` times the octet `value`. */
static inline void wr_repeat(struct wr *wr, uint8_t value, uint32_t count)
{
	if (!wr_want(wr, count) || count == 0)
		return;
	memset(wr->start + wr->pos, value, count);
	wr->pos += count;
}

static inline uint32_t wr_mark(const struct wr *wr)
{
	return wr->pos;
}

/* Takes back all since `mark`, a failure included. */
static inline void wr_rewind(struct wr *wr, uint32_t mark)
{
	wr->pos = mark;
	wr->bad = false;
}

/* Overwrites the 16-bit field at `mark`. */
static inline void wr_fill_u16(struct wr *wr, uint32_t mark, uint32_t value)
{
	if (value > UINT16_MAX || mark > wr->end || wr->end - mark < 2)
		wr->bad = true;
	if (wr->bad)
		return;
	wr->start[mark] = (uint8_t)(value >> 8);
	wr->start[mark + 1] = (uint8_t)value;
}

/* Overwrites the 8-bit field at `mark`. */
static inline void wr_fill_u8(struct wr *wr, uint32_t mark, uint32_t value)
{
	if (value > UINT8_MAX || mark >= wr->end)
		wr->bad = true;
	if (!wr->bad)
		wr->start[mark] = (uint8_t)value;
}

/* What was written so far, borrowed; empty after a failure. */
static inline struct octets wr_octets_of(const struct wr *wr)
{
	return octets_of(wr->start, wr->bad ? 0 : wr->pos);
}

#endif
