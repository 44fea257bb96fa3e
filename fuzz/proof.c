/* fuzz/proof.c — proofs over a tree whose size and leaf the tape chooses: they hold, and no other
 * hash, index or size does; the tiles cover the tree.
 * Reaches proof_root proof_inclusion proof_inclusion_holds proof_consistency
 *         proof_consistency_holds tile_full_count tile_partial_width tile_path_print */
#include "target.h"

#include <string.h>

#include "base/rd.h"
#include "ledger/tile.h"

#define LEAVES_MAX 600u

static struct merkle_hash at_level[2][LEAVES_MAX];
static bool is_made;

static void tree_make(void)
{
	for (uint32_t i = 0; i < LEAVES_MAX; i++) {
		uint8_t octets[2] = { (uint8_t)(i >> 8), (uint8_t)i };
		at_level[0][i] = merkle_leaf(octets_of(octets, sizeof octets));
	}
	for (uint32_t tile = 0; (tile + 1) * TILE_WIDTH <= LEAVES_MAX; tile++) {
		struct merkle_edge edge = { 0 };
		for (uint32_t i = 0; i < TILE_WIDTH; i++)
			merkle_edge_add(&edge, &at_level[0][tile * TILE_WIDTH + i], NULL, NULL);
		at_level[1][tile] = merkle_edge_root(&edge);
	}
	is_made = true;
}

static struct fault hashes_read(void *context, uint32_t level, uint64_t first, uint32_t count,
				struct merkle_hash out[TILE_WIDTH])
{
	(void)context;
	MUST(level < 2 && count <= TILE_WIDTH &&
	     first + count <= LEAVES_MAX >> (TILE_BITS * level));
	for (uint32_t i = 0; i < count; i++)
		out[i] = at_level[level][first + i];
	return fault_none();
}

static void tiles_try(uint64_t size)
{
	char path[TILE_PATH_MAX];

	for (uint32_t level = 0; level < TILE_LEVELS_MAX; level++) {
		uint64_t hashes = size >> (TILE_BITS * level);
		uint32_t width = tile_partial_width(level, size);
		MUST(tile_full_count(level, size) * TILE_WIDTH + width == hashes);
		tile_path_print(level, tile_full_count(level, size),
				width != 0 ? width : TILE_WIDTH, path);
		MUST(strncmp(path, "tile/", 5) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hashes hashes = { .read = hashes_read };
	struct rd tape = rd_of(data, (uint32_t)size);
	struct merkle_hash root;
	struct merkle_hash from_root;
	struct proof proof;

	if (!is_made)
		tree_make();
	uint64_t count = 1 + rd_u16(&tape) % LEAVES_MAX;
	uint64_t index = rd_u16(&tape) % count;
	uint64_t from = 1 + rd_u16(&tape) % count;
	uint8_t place = rd_u8(&tape);
	uint8_t bit = rd_u8(&tape);
	tiles_try(rd_u64(&tape) >> 1);
	MUST(!failed(proof_root(hashes, count, &root)));
	MUST(!failed(proof_root(hashes, from, &from_root)));
	MUST(!failed(proof_inclusion(hashes, index, count, &proof)));
	MUST(proof_inclusion_holds(&proof, index, count, &at_level[0][index], &root));
	MUST(count == 1 || !proof_inclusion_holds(&proof, (index + 1) % count, count,
						  &at_level[0][index], &root));
	if (proof.count != 0) {
		proof.hash[place % proof.count].octet[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		MUST(!proof_inclusion_holds(&proof, index, count, &at_level[0][index], &root));
	}
	MUST(!failed(proof_consistency(hashes, from, count, &proof)));
	MUST(proof_consistency_holds(&proof, from, count, &from_root, &root));
	if (proof.count != 0) {
		proof.hash[place % proof.count].octet[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		MUST(!proof_consistency_holds(&proof, from, count, &from_root, &root));
	}
	return 0;
}
