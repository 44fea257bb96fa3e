/* ledger/proof.h — that a leaf is in a tree, and that a tree is the beginning of another: proofs
 * made from stored hashes, and checked with nothing but hashes.
 * Source  RFC 6962 2.1.1 and 2.1.2; the checks are those of RFC 9162 2.1.3.2 and 2.1.4.2
 * Owns    nothing: plain values
 * Faults  those of the source of hashes; CONFLICT: there is no such proof
 * Bound   PROOF_HASHES_MAX
 * Thread  any */
#ifndef LEDGER_PROOF_H
#define LEDGER_PROOF_H

#include "base/fault.h"
#include "ledger/merkle.h"

#define PROOF_HASHES_MAX 64u

#define TILE_BITS 8u
#define TILE_WIDTH 256u

struct proof {
	uint32_t count;
	struct merkle_hash hash[PROOF_HASHES_MAX];
};

/* Hashes as tiles have them: at level 0 those of leaves, at each higher one the roots of complete
 * subtrees of 256 below. */
struct hashes {
	/* `count` of them from `first`, at most TILE_WIDTH, all of one tile. */
	struct fault (*read)(void *context, uint32_t level, uint64_t first, uint32_t count,
			     struct merkle_hash out[TILE_WIDTH]);
	void *context;
};

/* The root of the first `size` leaves. */
MUST_USE struct fault proof_root(struct hashes hashes, uint64_t size, struct merkle_hash *out);

/* CONFLICT: index >= size, or from = 0, or from > size. */
MUST_USE struct fault proof_inclusion(struct hashes hashes, uint64_t index, uint64_t size,
				      struct proof *out);
MUST_USE struct fault proof_consistency(struct hashes hashes, uint64_t from, uint64_t size,
					struct proof *out);

bool proof_inclusion_holds(const struct proof *proof, uint64_t index, uint64_t size,
			   const struct merkle_hash *leaf, const struct merkle_hash *root);
bool proof_consistency_holds(const struct proof *proof, uint64_t from, uint64_t size,
			     const struct merkle_hash *from_root, const struct merkle_hash *root);

#endif
