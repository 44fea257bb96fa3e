/* ledger/merkle.h — the Merkle tree over ordered leaves: hashes, and the right edge that is enough
 * to add a leaf.
 * Source  RFC 6962 2.1: leaf = SHA-256(0 || leaf), node = SHA-256(1 || left || right)
 * Owns    nothing: plain values
 * Thread  any */
#ifndef LEDGER_MERKLE_H
#define LEDGER_MERKLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/octets.h"

#define MERKLE_HASH_OCTETS 32u
#define MERKLE_HEX_MAX (2u * MERKLE_HASH_OCTETS + 1u)
#define MERKLE_LEVELS_MAX 63u

struct merkle_hash {
	uint8_t octet[MERKLE_HASH_OCTETS];
};

struct merkle_hash merkle_leaf(struct octets leaf);
struct merkle_hash merkle_node(const struct merkle_hash *left, const struct merkle_hash *right);
struct merkle_hash merkle_empty(void); /* the root of no leaves */
bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b);

/* Lower-case hexadecimal digits, and nothing else is read. */
void merkle_print(const struct merkle_hash *hash, char out[MERKLE_HEX_MAX]);
bool merkle_parse(const char *text, uint32_t len, struct merkle_hash *out);

/* Roots of the complete subtrees that the leaves so far fall into, the largest first: one for each
 * bit of `size` that is set. */
struct merkle_edge {
	uint64_t size; /* leaves */
	uint32_t count;
	struct merkle_hash root[MERKLE_LEVELS_MAX + 1];
};

/* Adds a leaf.  `made` (may be NULL) is told of each complete subtree of two leaves and more. */
void merkle_edge_add(struct merkle_edge *edge, const struct merkle_hash *leaf,
		     void (*made)(void *context, uint32_t level, uint64_t index,
				  const struct merkle_hash *hash),
		     void *context);
struct merkle_hash merkle_edge_root(const struct merkle_edge *edge);

#endif
