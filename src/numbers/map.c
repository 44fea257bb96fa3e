/* numbers/map.c — every delegation laid over the cells it touches. */
#include "numbers/map.h"

#include "base/check.h"

static const enum map_cell cell_of[DELEGATION_STATES] = {
	[DELEGATION_GRANTED] = MAP_GRANTED,     [DELEGATION_HELD] = MAP_HELD,
	[DELEGATION_RETURNING] = MAP_RETURNING, [DELEGATION_QUARANTINE] = MAP_QUARANTINE,
	[DELEGATION_ENDED] = MAP_FREE,
};

struct mapping {
	enum map_cell *cell;
	uint8_t cell_bits;
};

/* Of a cell that it fills a block is all; of others it is a part, beside what is there. */
static void lay(struct mapping *mapping, struct space_block block, enum map_cell kind)
{
	uint32_t from = (uint32_t)(block.at >> mapping->cell_bits);

	if (block.size_bits < mapping->cell_bits) {
		mapping->cell[from] = mapping->cell[from] == kind ? kind : MAP_SEVERAL;
		return;
	}
	for (uint32_t i = 0; i < 1u << (block.size_bits - mapping->cell_bits); i++)
		mapping->cell[from + i] = kind;
}

static void lay_kept(struct mapping *mapping, struct space_block block)
{
	uint32_t from = (uint32_t)(block.at >> mapping->cell_bits);

	if (block.size_bits < mapping->cell_bits)
		return;
	for (uint32_t i = 0; i < 1u << (block.size_bits - mapping->cell_bits); i++) {
		if (mapping->cell[from + i] == MAP_FREE)
			mapping->cell[from + i] = MAP_KEPT;
	}
}

uint32_t numbers_map(const struct numbers_book *book, int64_t pool_id, uint32_t cells_max,
		     enum map_cell out[MAP_CELLS_MAX], uint8_t *cell_bits)
{
	const struct numbers_pool *pool = numbers_pool_of(book, pool_id);
	struct mapping mapping = { .cell = out };
	uint8_t bits = 0;

	CHECK(pool != NULL && cells_max >= 1 && cells_max <= MAP_CELLS_MAX);
	while (bits < space_bits_of(&pool->prefix) && 2u << bits <= cells_max)
		bits++;
	mapping.cell_bits = *cell_bits = (uint8_t)(space_bits_of(&pool->prefix) - bits);
	for (uint32_t i = 0; i < 1u << bits; i++)
		out[i] = MAP_FREE;
	for (uint32_t pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < book->delegation_count; i++) {
			const struct numbers_delegation *at = &book->delegation[i];
			struct prefix prefix = at->prefix;
			struct space_block block;
			if (at->pool_id != pool_id || at->state == DELEGATION_ENDED)
				continue;
			if (pass == 1 && at->state == DELEGATION_GRANTED && at->kept_len_bits != 0)
				prefix.len_bits = at->kept_len_bits;
			prefix_mask(&prefix);
			CHECK(space_block_of(&pool->prefix, &prefix, &block));
			if (pass == 0)
				lay(&mapping, block, cell_of[at->state]);
			else
				lay_kept(&mapping, block);
		}
	}
	return 1u << bits;
}
