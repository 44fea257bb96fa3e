/* ledger/merkle.c — hashes of the tree and its right edge. */
#include "ledger/merkle.h"

#include <assert.h>
#include <sodium.h>

#include "base/check.h"
#include "base/mem.h"

static_assert(MERKLE_HASH_OCTETS == crypto_hash_sha256_BYTES, "a hash of the tree is SHA-256");

#define PREFIX_LEAF 0u
#define PREFIX_NODE 1u

struct merkle_hash merkle_leaf(struct octets leaf)
{
	static const uint8_t prefix = PREFIX_LEAF;
	crypto_hash_sha256_state state;
	struct merkle_hash hash;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, &prefix, 1);
	(void)crypto_hash_sha256_update(&state, leaf.at, leaf.len_octets);
	(void)crypto_hash_sha256_final(&state, hash.octet);
	return hash;
}

struct merkle_hash merkle_node(const struct merkle_hash *left, const struct merkle_hash *right)
{
	uint8_t pair[1 + 2 * MERKLE_HASH_OCTETS] = { PREFIX_NODE };
	struct merkle_hash hash;

	mem_copy(pair + 1, left->octet, MERKLE_HASH_OCTETS);
	mem_copy(pair + 1 + MERKLE_HASH_OCTETS, right->octet, MERKLE_HASH_OCTETS);
	(void)crypto_hash_sha256(hash.octet, pair, sizeof pair);
	return hash;
}

struct merkle_hash merkle_empty(void)
{
	static const uint8_t nothing;
	struct merkle_hash hash;

	(void)crypto_hash_sha256(hash.octet, &nothing, 0);
	return hash;
}

bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->octet, b->octet, MERKLE_HASH_OCTETS) == 0;
}

/* --- as text ---------------------------------------------------------------------------------- */

void merkle_print(const struct merkle_hash *hash, char out[MERKLE_HEX_MAX])
{
	static const char digits[] = "0123456789abcdef";

	for (uint32_t i = 0; i < MERKLE_HASH_OCTETS; i++) {
		out[2 * i] = digits[hash->octet[i] >> 4];
		out[2 * i + 1] = digits[hash->octet[i] & 15];
	}
	out[MERKLE_HEX_MAX - 1] = '\0';
}

/* 16 for what is no digit. */
static uint32_t digit_of(char c)
{
	return c >= '0' && c <= '9' ? (uint32_t)(c - '0') :
	       c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10 :
				      16;
}

bool merkle_parse(const char *text, uint32_t len, struct merkle_hash *out)
{
	if (len != MERKLE_HEX_MAX - 1)
		return false;
	for (uint32_t i = 0; i < MERKLE_HASH_OCTETS; i++) {
		uint32_t high = digit_of(text[2 * i]);
		uint32_t low = digit_of(text[2 * i + 1]);
		if (high > 15 || low > 15)
			return false;
		out->octet[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* --- the right edge --------------------------------------------------------------------------- */

void merkle_edge_add(struct merkle_edge *edge, const struct merkle_hash *leaf,
		     void (*made)(void *context, uint32_t level, uint64_t index,
				  const struct merkle_hash *hash),
		     void *context)
{
	struct merkle_hash hash = *leaf;
	uint32_t level = 0;

	CHECK(edge->size < UINT64_C(1) << MERKLE_LEVELS_MAX);
	/* As a carry in a sum: what is complete on both sides becomes one. */
	for (uint64_t left = edge->size; (left & 1) != 0; left >>= 1) {
		CHECK(edge->count != 0);
		hash = merkle_node(&edge->root[--edge->count], &hash);
		level++;
		if (made != NULL)
			made(context, level, edge->size >> level, &hash);
	}
	edge->root[edge->count++] = hash;
	edge->size++;
}

struct merkle_hash merkle_edge_root(const struct merkle_edge *edge)
{
	if (edge->count == 0)
		return merkle_empty();
	struct merkle_hash hash = edge->root[edge->count - 1];
	for (uint32_t i = edge->count - 1; i-- > 0;)
		hash = merkle_node(&edge->root[i], &hash);
	return hash;
}
