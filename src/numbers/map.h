/* numbers/map.h — a pool as a row of equal cells, for a picture of it.
 * Shape   cells of 2^n addresses from the pool's first to its last
 * Owns    nothing: fills the caller's cells
 * Bound   MAP_CELLS_MAX cells
 * Thread  any */
#ifndef NUMBERS_MAP_H
#define NUMBERS_MAP_H

#include "numbers/book.h"

#define MAP_CELLS_MAX 1024u

enum map_cell {
	MAP_FREE = 0,
	MAP_KEPT, /* free, kept for the growth of who is beside it */
	MAP_GRANTED,
	MAP_HELD,
	MAP_RETURNING,
	MAP_QUARANTINE,
	MAP_SEVERAL, /* of different states */
	MAP_CELLS,
};

/* How many cells of the most that there may be; *cell_bits: addresses of one, as a power of two. */
uint32_t numbers_map(const struct numbers_book *book, int64_t pool_id, uint32_t cells_max,
		     enum map_cell out[MAP_CELLS_MAX], uint8_t *cell_bits);

#endif
