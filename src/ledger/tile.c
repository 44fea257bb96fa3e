/* ledger/tile.c — names and widths of tiles. */
#include "ledger/tile.h"

#include <stdio.h>

#include "base/check.h"

static uint64_t hashes_at(uint32_t level, uint64_t size)
{
	uint32_t bits = level == TILE_LEVEL_ENTRIES ? 0 : level * TILE_BITS;

	return bits < 64 ? size >> bits : 0;
}

uint64_t tile_full_count(uint32_t level, uint64_t size)
{
	return hashes_at(level, size) / TILE_WIDTH;
}

uint32_t tile_partial_width(uint32_t level, uint64_t size)
{
	return (uint32_t)(hashes_at(level, size) % TILE_WIDTH);
}

void tile_path_print(uint32_t level, uint64_t index, uint32_t width, char out[TILE_PATH_MAX])
{
	uint64_t group = 1;
	int len = level == TILE_LEVEL_ENTRIES ? snprintf(out, TILE_PATH_MAX, "tile/entries") :
						snprintf(out, TILE_PATH_MAX, "tile/%u", level);

	CHECK(width != 0 && width <= TILE_WIDTH);
	while (group <= index / 1000)
		group *= 1000;
	for (; group != 0; group /= 1000)
		len += snprintf(out + len, TILE_PATH_MAX - (size_t)len, "/%s%03u",
				group > 1 ? "x" : "", (uint32_t)(index / group % 1000));
	if (width != TILE_WIDTH)
		len += snprintf(out + len, TILE_PATH_MAX - (size_t)len, ".p/%u", width);
	CHECK(len > 0 && (uint32_t)len < TILE_PATH_MAX);
}
