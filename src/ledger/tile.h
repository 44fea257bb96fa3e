/* ledger/tile.h — what the tiles of a tree are called and how wide they are.
 * Shape   tile/LEVEL/INDEX, tile/entries/INDEX; an index in groups of three digits, all but the
 *         last behind an "x": 1234067 is x001/x234/067; ".p/WIDTH" behind one that is not full
 * Source  c2sp.org/tlog-tiles
 * Thread  any */
#ifndef LEDGER_TILE_H
#define LEDGER_TILE_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/proof.h"

#define TILE_LEVEL_ENTRIES UINT32_MAX
#define TILE_LEVELS_MAX 8u /* as 2^63 leaves have */
#define TILE_PATH_MAX 64u

/* How many full tiles a level has, and how wide the partial one behind them is; 0 = there is
 * none. */
uint64_t tile_full_count(uint32_t level, uint64_t size);
uint32_t tile_partial_width(uint32_t level, uint64_t size);

void tile_path_print(uint32_t level, uint64_t index, uint32_t width, char out[TILE_PATH_MAX]);

#endif
