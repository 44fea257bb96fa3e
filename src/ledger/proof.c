/* ledger/proof.c — proofs made and checked. */
#include "ledger/proof.h"

#include "base/check.h"

/* --- roots of stretches ----------------------------------------------------------------------- */

/* Of 2^bits leaves from `begin`, which is a multiple of that. */
static struct fault complete_root(struct hashes hashes, uint64_t begin, uint32_t bits,
				  struct merkle_hash *out)
{
	struct merkle_hash hash[TILE_WIDTH];
	uint32_t level = bits / TILE_BITS;
	uint32_t count = 1u << bits % TILE_BITS;

	TRY(hashes.read(hashes.context, level, begin >> level * TILE_BITS, count, hash));
	for (; count > 1; count /= 2) {
		for (uint32_t i = 0; i < count / 2; i++)
			hash[i] = merkle_node(&hash[2 * i], &hash[2 * i + 1]);
	}
	*out = hash[0];
	return fault_none();
}

/* Of leaves from `begin` to before `end`, as a subtree of the tree that ends there: complete
 * subtrees from the right, each joined to what is right of it. */
static struct fault stretch_root(struct hashes hashes, uint64_t begin, uint64_t end,
				 struct merkle_hash *out)
{
	bool is_first = true;

	CHECK(begin < end);
	while (end > begin) {
		struct merkle_hash hash;
		uint32_t bits = (uint32_t)__builtin_ctzll(end - begin);
		end -= UINT64_C(1) << bits;
		TRY(complete_root(hashes, end, bits, &hash));
		*out = is_first ? hash : merkle_node(&hash, out);
		is_first = false;
	}
	return fault_none();
}

struct fault proof_root(struct hashes hashes, uint64_t size, struct merkle_hash *out)
{
	if (size != 0)
		return stretch_root(hashes, 0, size, out);
	*out = merkle_empty();
	return fault_none();
}

/* --- making ----------------------------------------------------------------------------------- */

/* The largest power of two below `count`, which is at least 2. */
static uint64_t split_of(uint64_t count)
{
	return UINT64_C(1) << (63 - __builtin_clzll(count - 1));
}

static struct fault add(struct hashes hashes, uint64_t begin, uint64_t end, struct proof *out)
{
	CHECK(out->count < PROOF_HASHES_MAX);
	return stretch_root(hashes, begin, end, &out->hash[out->count++]);
}

/* Collected from the root down, and wanted from the leaf up. */
static void turn_round(struct proof *proof)
{
	for (uint32_t i = 0; i < proof->count / 2; i++) {
		struct merkle_hash hash = proof->hash[i];
		proof->hash[i] = proof->hash[proof->count - 1 - i];
		proof->hash[proof->count - 1 - i] = hash;
	}
}

struct fault proof_inclusion(struct hashes hashes, uint64_t index, uint64_t size, struct proof *out)
{
	uint64_t begin = 0;
	uint64_t end = size;

	out->count = 0;
	if (index >= size)
		return fault_of(FAULT_CONFLICT, 0);
	while (end - begin > 1) {
		uint64_t middle = begin + split_of(end - begin);
		bool is_left = index < middle;
		TRY(is_left ? add(hashes, middle, end, out) : add(hashes, begin, middle, out));
		begin = is_left ? begin : middle;
		end = is_left ? middle : end;
	}
	turn_round(out);
	return fault_none();
}

struct fault proof_consistency(struct hashes hashes, uint64_t from, uint64_t size,
			       struct proof *out)
{
	uint64_t begin = 0;
	uint64_t end = size;

	out->count = 0;
	if (from == 0 || from > size)
		return fault_of(FAULT_CONFLICT, 0);
	while (end != from) {
		uint64_t middle = begin + split_of(end - begin);
		bool is_left = from <= middle;
		TRY(is_left ? add(hashes, middle, end, out) : add(hashes, begin, middle, out));
		begin = is_left ? begin : middle;
		end = is_left ? middle : end;
	}
	/* The old tree's own root is known to who asks; a part of it is not. */
	if (begin != 0)
		TRY(add(hashes, begin, end, out));
	turn_round(out);
	return fault_none();
}

/* --- checking --------------------------------------------------------------------------------- */

bool proof_inclusion_holds(const struct proof *proof, uint64_t index, uint64_t size,
			   const struct merkle_hash *leaf, const struct merkle_hash *root)
{
	struct merkle_hash hash = *leaf;
	uint64_t node = index;
	uint64_t last = size - 1;

	if (index >= size)
		return false;
	for (uint32_t i = 0; i < proof->count; i++) {
		if (last == 0)
			return false;
		if ((node & 1) != 0 || node == last) {
			hash = merkle_node(&proof->hash[i], &hash);
			while ((node & 1) == 0 && node != 0) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			hash = merkle_node(&hash, &proof->hash[i]);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && merkle_equal(&hash, root);
}

static bool is_power_of_two(uint64_t value)
{
	return (value & (value - 1)) == 0;
}

bool proof_consistency_holds(const struct proof *proof, uint64_t from, uint64_t size,
			     const struct merkle_hash *from_root, const struct merkle_hash *root)
{
	uint64_t node = from - 1;
	uint64_t last = size - 1;
	/* A complete old tree is the first step of the path itself. */
	uint32_t next = from != 0 && is_power_of_two(from) ? 0 : 1;

	if (from == 0 || from > size)
		return false;
	if (from == size)
		return proof->count == 0 && merkle_equal(from_root, root);
	if (proof->count == 0)
		return false;
	struct merkle_hash old = next == 0 ? *from_root : proof->hash[0];
	struct merkle_hash new = old;
	while ((node & 1) != 0) {
		node >>= 1;
		last >>= 1;
	}
	for (; next < proof->count; next++) {
		const struct merkle_hash *hash = &proof->hash[next];
		if (last == 0)
			return false;
		if ((node & 1) != 0 || node == last) {
			old = merkle_node(hash, &old);
			new = merkle_node(hash, &new);
			while ((node & 1) == 0 && node != 0) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			new = merkle_node(&new, hash);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && merkle_equal(&old, from_root) && merkle_equal(&new, root);
}
