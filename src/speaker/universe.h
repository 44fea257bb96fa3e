/* speaker/universe.h — every prefix of a load as a dense number, so that what a member holds is an
 * array.
 *
 * A grid is a run of prefixes of one length, one behind the other, one a family: their numbers are
 * arithmetic.  Others are looked up.
 * Owns    its arrays, from the heap it was given
 * Faults  LIMIT when memory is out; CONFLICT: a second grid of the family
 * Thread  one at a time while it is filled, any after */
#ifndef SPEAKER_UNIVERSE_H
#define SPEAKER_UNIVERSE_H

#include <stdbool.h>

#include "base/fault.h"
#include "net/prefix.h"
#include "speaker/names.h"

#define UNIVERSE_GRID_BITS_MAX 64u
#define UNIVERSE_NONE UINT32_MAX

struct universe_grid {
	uint64_t first; /* the network's leading 64 bits; IPv4 in the upper half */
	uint32_t count; /* 0 = no grid */
	uint32_t number;
	uint8_t len_bits;
	uint8_t shift;
};

struct universe {
	struct universe_grid grid[FAMILY_COUNT];
	struct names others; /* octets of length and address, tag = family */
	uint32_t grid_count;
};

void universe_init(struct universe *universe, struct heap *heap, struct hash_key key);
void universe_fini(struct universe *universe);

/* `count` prefixes from `first` on, a multiple of eight bits long and at most
 * UNIVERSE_GRID_BITS_MAX; before the first universe_add. */
MUST_USE struct fault universe_add_grid(struct universe *universe, const struct prefix *first,
					uint32_t count);
MUST_USE struct fault universe_add(struct universe *universe, const struct prefix *prefix,
				   uint32_t *number);

/* UNIVERSE_NONE for a prefix that was never added. */
uint32_t universe_find(const struct universe *universe, const struct prefix *prefix);
struct prefix universe_prefix_of(const struct universe *universe, uint32_t number);

static inline uint32_t universe_count(const struct universe *universe)
{
	return universe->grid_count + universe->others.count;
}

/* The number of the grid's prefix whose leading bits are `value`. */
static inline uint32_t universe_on_grid(const struct universe_grid *grid, uint64_t value)
{
	uint64_t place = (value - grid->first) >> grid->shift;

	return place < grid->count ? grid->number + (uint32_t)place : UNIVERSE_NONE;
}

#endif
