/* numbers/space.h — which blocks of a pool are free, and where the next one goes.
 *
 * A block is 2^size_bits addresses from an offset in its pool, a multiple of its size: a prefix by
 * another name, of either family.  A space is what is taken of a pool, in order; what lies between
 * is free, and falls into the largest blocks that are aligned.
 * Shape   taken blocks may lie in each other: room kept beside a block contains it
 * Owns    a space its list: space_init/_fini
 * Faults  LIMIT: memory is out
 * Bound   a pool has at most 2^SPACE_BITS_MAX addresses
 * Thread  one */
#ifndef NUMBERS_SPACE_H
#define NUMBERS_SPACE_H

#include "base/heap.h"
#include "net/prefix.h"
#include "numbers/policy.h"

#define SPACE_BITS_MAX 120u

__extension__ typedef unsigned __int128 space_wide; /* an offset, or a number of addresses */

struct space_block {
	space_wide at;
	uint8_t size_bits;
};

struct space {
	struct heap *heap;
	uint8_t size_bits; /* of the whole pool */
	bool is_sorted;
	uint32_t count;
	uint32_t room;
	struct space_block *taken;
};

void space_init(struct space *space, struct heap *heap, uint8_t size_bits);
void space_fini(struct space *space); /* for CLEAN */
MUST_USE struct fault space_take(struct space *space, struct space_block block);

/* Free blocks in order of their offsets, the largest that are aligned; `each` false ends it. */
void space_walk(struct space *space, bool (*each)(void *context, struct space_block block),
		void *context);

/* Nothing of the block is taken. */
bool space_is_free(struct space *space, struct space_block block);

/* Where a block of this size goes: TIGHTEST the lowest of the smallest free blocks that hold it,
 * SPARSE the lowest of the largest, which is the middle of the largest hole.  False: nowhere. */
bool space_place(struct space *space, uint8_t size_bits, enum numbers_placement placement,
		 struct space_block *out);

/* Addresses in free blocks, and of them those in blocks smaller than `size_bits`. */
void space_sum(struct space *space, uint8_t size_bits, space_wide *free, space_wide *fragments);

static inline space_wide space_size(uint8_t size_bits)
{
	return (space_wide)1 << size_bits;
}

/* The pool's own size; and a prefix in it as a block: false when it does not lie in it. */
uint8_t space_bits_of(const struct prefix *pool);
bool space_block_of(const struct prefix *pool, const struct prefix *inner, struct space_block *out);
struct prefix space_prefix_of(const struct prefix *pool, struct space_block block);

/* A number of addresses, decimal and exact. */
#define SPACE_TEXT_MAX 40u
void space_print(space_wide count, char out[SPACE_TEXT_MAX]);

#endif
