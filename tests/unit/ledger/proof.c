/* unit/ledger/proof.c — proofs: those published for Certificate Transparency's eight leaves, and
 * every one of trees of all sizes up to some hundred. */
#include "ledger/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/tap.h"
#include "ledger/tile.h"

#define LEAVES 300u

struct tree {
	uint32_t count;
	struct merkle_hash leaf[LEAVES];
};

/* MTH of RFC 6962 2.1, word for word. */
static struct merkle_hash tree_hash(const struct merkle_hash *leaf, uint64_t count)
{
	uint64_t split = 1;

	if (count == 0)
		return merkle_empty();
	if (count == 1)
		return *leaf;
	while (split * 2 < count)
		split *= 2;
	struct merkle_hash left = tree_hash(leaf, split);
	struct merkle_hash right = tree_hash(leaf + split, count - split);
	return merkle_node(&left, &right);
}

static struct fault tree_read(void *context, uint32_t level, uint64_t first, uint32_t count,
			      struct merkle_hash out[TILE_WIDTH])
{
	const struct tree *tree = context;

	expect_true(count != 0 && first / TILE_WIDTH == (first + count - 1) / TILE_WIDTH);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t begin = (first + i) << level * TILE_BITS;
		uint64_t span = UINT64_C(1) << level * TILE_BITS;
		expect_true(begin + span <= tree->count);
		out[i] = tree_hash(tree->leaf + begin, span);
	}
	return fault_none();
}

static const char *const published_leaves[] = {
	"",
	"00",
	"10",
	"2021",
	"3031",
	"40414243",
	"5051525354555657",
	"606162636465666768696a6b6c6d6e6f",
};

static void tree_published(struct tree *tree)
{
	for (tree->count = 0; tree->count < 8; tree->count++) {
		const char *hex = published_leaves[tree->count];
		uint8_t octets[16];
		uint32_t len = (uint32_t)strlen(hex) / 2;
		for (uint32_t i = 0; i < len; i++) {
			const char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
			octets[i] = (uint8_t)strtoul(pair, NULL, 16);
		}
		tree->leaf[tree->count] = merkle_leaf(octets_of(octets, len));
	}
}

static void proof_expect(const struct proof *proof, const char *const hex[3], uint32_t count)
{
	char text[MERKLE_HEX_MAX];

	expect_u64(proof->count, count);
	for (uint32_t i = 0; i < count; i++) {
		merkle_print(&proof->hash[i], text);
		expect_text(text, hex[i]);
	}
}

#define A "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
#define B "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
#define C "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
#define D "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
#define E "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
#define F "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
#define G "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
#define H "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"

static void case_published(void)
{
	static const struct {
		uint64_t index, size;
		uint32_t count;
		const char *hex[3];
	} inclusion[] = {
		{ 0, 1, 0, { NULL } },
		{ 0, 8, 3, { A, B, C } },
		{ 5, 8, 3, { D, E, F } },
		{ 2, 3, 1, { "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" } },
		{ 1,
		  5,
		  3,
		  { "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", B, D } },
	};
	static const struct {
		uint64_t from, size;
		uint32_t count;
		const char *hex[3];
	} consistency[] = {
		{ 1, 1, 0, { NULL } },       { 1, 8, 3, { A, B, C } }, { 6, 8, 3, { G, E, F } },
		{ 2, 5, 2, { B, D, NULL } }, { 6, 7, 3, { G, H, F } },
	};
	static struct tree tree;
	struct hashes hashes = { tree_read, &tree };
	struct proof proof;

	tree_published(&tree);
	for (size_t i = 0; i < sizeof inclusion / sizeof *inclusion; i++) {
		expect_true(!failed(
			proof_inclusion(hashes, inclusion[i].index, inclusion[i].size, &proof)));
		proof_expect(&proof, inclusion[i].hex, inclusion[i].count);
	}
	for (size_t i = 0; i < sizeof consistency / sizeof *consistency; i++) {
		expect_true(!failed(proof_consistency(hashes, consistency[i].from,
						      consistency[i].size, &proof)));
		proof_expect(&proof, consistency[i].hex, consistency[i].count);
	}
}

static void tree_made(struct tree *tree)
{
	for (tree->count = 0; tree->count < LEAVES; tree->count++)
		tree->leaf[tree->count] = merkle_leaf(octets_of(&tree->count, sizeof(uint32_t)));
}

/* Sizes of interest are all small ones, and those about a full tile. */
static bool is_asked(uint64_t size)
{
	return size <= 70 || (size >= 254 && size <= 259) || size == LEAVES;
}

/* A proof holds for what it proves, and for nothing else: not with one bit changed, one hash more,
 * one less, another index, another size. */
static void inclusion_expect(const struct tree *tree, uint64_t index, uint64_t size,
			     const struct merkle_hash *root)
{
	struct hashes hashes = { tree_read, (void *)(uintptr_t)tree };
	struct merkle_hash leaf = tree->leaf[index];
	struct proof proof;

	expect_true(!failed(proof_inclusion(hashes, index, size, &proof)));
	expect_true(proof_inclusion_holds(&proof, index, size, &leaf, root));
	/* Of two trees whose paths have one shape the size is not told apart; the root is signed
	 * together with it. */
	expect_true(!proof_inclusion_holds(&proof, index + 1, size, &leaf, root));
	expect_true(!proof_inclusion_holds(&proof, size, size, &leaf, root));
	leaf.octet[31] ^= 1;
	expect_true(!proof_inclusion_holds(&proof, index, size, &leaf, root));
	leaf.octet[31] ^= 1;
	for (uint32_t i = 0; i < proof.count; i++) {
		proof.hash[i].octet[i] ^= 0x80;
		expect_true(!proof_inclusion_holds(&proof, index, size, &leaf, root));
		proof.hash[i].octet[i] ^= 0x80;
	}
	proof.hash[proof.count++] = leaf;
	expect_true(!proof_inclusion_holds(&proof, index, size, &leaf, root));
	proof.count--;
	if (proof.count != 0) {
		proof.count--;
		expect_true(!proof_inclusion_holds(&proof, index, size, &leaf, root));
	}
}

static void case_inclusion(void)
{
	static struct tree tree;
	struct hashes hashes = { tree_read, &tree };
	struct proof proof;

	tree_made(&tree);
	for (uint64_t size = 0; size <= LEAVES; size++) {
		struct merkle_hash root;
		struct merkle_hash expected = tree_hash(tree.leaf, size);
		expect_true(!failed(proof_root(hashes, size, &root)));
		expect_true(merkle_equal(&root, &expected));
		expect_u64(proof_inclusion(hashes, size, size, &proof).kind, FAULT_CONFLICT);
		for (uint64_t index = 0; is_asked(size) && index < size; index++)
			inclusion_expect(&tree, index, size, &root);
	}
}

static void consistency_expect(const struct tree *tree, uint64_t from, uint64_t size)
{
	struct hashes hashes = { tree_read, (void *)(uintptr_t)tree };
	struct merkle_hash old = tree_hash(tree->leaf, from);
	struct merkle_hash root = tree_hash(tree->leaf, size);
	struct proof proof;

	expect_true(!failed(proof_consistency(hashes, from, size, &proof)));
	expect_true(proof_consistency_holds(&proof, from, size, &old, &root));
	if (from != size)
		expect_true(!proof_consistency_holds(&proof, from, size, &root, &old));
	old.octet[0] ^= 1;
	expect_true(!proof_consistency_holds(&proof, from, size, &old, &root));
	old.octet[0] ^= 1;
	root.octet[0] ^= 1;
	expect_true(!proof_consistency_holds(&proof, from, size, &old, &root));
	root.octet[0] ^= 1;
	for (uint32_t i = 0; i < proof.count; i++) {
		proof.hash[i].octet[31 - i] ^= 1;
		expect_true(!proof_consistency_holds(&proof, from, size, &old, &root));
		proof.hash[i].octet[31 - i] ^= 1;
	}
	proof.hash[proof.count++] = root;
	expect_true(!proof_consistency_holds(&proof, from, size, &old, &root));
	proof.count--;
	if (proof.count != 0) {
		proof.count--;
		expect_true(!proof_consistency_holds(&proof, from, size, &old, &root));
	}
}

static void case_consistency(void)
{
	static struct tree tree;
	struct hashes hashes = { tree_read, &tree };
	struct proof proof;

	tree_made(&tree);
	expect_u64(proof_consistency(hashes, 0, 5, &proof).kind, FAULT_CONFLICT);
	expect_u64(proof_consistency(hashes, 6, 5, &proof).kind, FAULT_CONFLICT);
	expect_true(!proof_consistency_holds(&proof, 0, 5, &tree.leaf[0], &tree.leaf[0]));
	for (uint64_t size = 1; size <= LEAVES; size++) {
		for (uint64_t from = 1; is_asked(size) && from <= size; from++)
			consistency_expect(&tree, from, size);
	}
}

static void case_tiles(void)
{
	static const struct {
		uint32_t level;
		uint64_t index;
		uint32_t width;
		const char *path;
	} rows[] = {
		{ 0, 0, 256, "tile/0/000" },
		{ 0, 1234067, 256, "tile/0/x001/x234/067" },
		{ 1, 999, 17, "tile/1/999.p/17" },
		{ 63, 1000, 255, "tile/63/x001/000.p/255" },
		{ TILE_LEVEL_ENTRIES, 273, 112, "tile/entries/273.p/112" },
	};
	char path[TILE_PATH_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tile_path_print(rows[i].level, rows[i].index, rows[i].width, path);
		expect_text(path, rows[i].path);
	}
	/* The example of c2sp.org/tlog-tiles. */
	expect_u64(tile_full_count(0, 70000), 273);
	expect_u64(tile_partial_width(0, 70000), 112);
	expect_u64(tile_full_count(1, 70000), 1);
	expect_u64(tile_partial_width(1, 70000), 17);
	expect_u64(tile_full_count(2, 70000), 0);
	expect_u64(tile_partial_width(2, 70000), 1);
	expect_u64(tile_partial_width(3, 70000), 0);
	expect_u64(tile_full_count(0, 256), 1);
	expect_u64(tile_partial_width(0, 256), 0);
	expect_u64(tile_partial_width(1, 256), 1);
	expect_u64(tile_full_count(TILE_LEVEL_ENTRIES, 70000), 273);
	expect_u64(tile_partial_width(60, UINT64_MAX), 0);
}

static const struct tap_case cases[] = {
	{ "published proofs", case_published, 0 },
	{ "inclusion, all sizes", case_inclusion, 0 },
	{ "consistency, all sizes", case_consistency, 0 },
	{ "tiles", case_tiles, 0 },
};

TAP_MAIN(cases)
