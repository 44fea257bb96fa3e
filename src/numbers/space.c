/* numbers/space.c — free blocks found by walking what is taken in order of offsets. */
#include "numbers/space.h"

#include <stdlib.h>

#include "base/check.h"

void space_init(struct space *space, struct heap *heap, uint8_t size_bits)
{
	CHECK(size_bits <= SPACE_BITS_MAX);
	*space = (struct space){ .heap = heap, .size_bits = size_bits, .is_sorted = true };
}

void space_fini(struct space *space)
{
	heap_free(space->heap, space->taken, space->room * sizeof *space->taken);
	space->taken = NULL;
	space->count = space->room = 0;
}

struct fault space_take(struct space *space, struct space_block block)
{
	CHECK(block.size_bits <= space->size_bits);
	CHECK((block.at & (space_size(block.size_bits) - 1)) == 0);
	if (!heap_grow(space->heap, (void **)&space->taken, &space->room, space->count + 1,
		       sizeof *space->taken))
		return fault_of(FAULT_LIMIT, 0);
	space->is_sorted = space->is_sorted &&
			   (space->count == 0 || space->taken[space->count - 1].at <= block.at);
	space->taken[space->count++] = block;
	return fault_none();
}

static int block_compare(const void *a, const void *b)
{
	const struct space_block *first = a;
	const struct space_block *second = b;

	if (first->at != second->at)
		return first->at < second->at ? -1 : 1;
	return first->size_bits > second->size_bits ? -1 : first->size_bits < second->size_bits;
}

static void sort(struct space *space)
{
	if (!space->is_sorted)
		qsort(space->taken, space->count, sizeof *space->taken, block_compare);
	space->is_sorted = true;
}

/* The largest aligned block from `at` that ends not behind `end`. */
static uint8_t bits_between(space_wide at, space_wide end)
{
	uint8_t bits = 0;

	while (bits < SPACE_BITS_MAX && (at & (((space_wide)2 << bits) - 1)) == 0 &&
	       (space_wide)2 << bits <= end - at)
		bits++;
	return bits;
}

static bool hole_walk(space_wide at, space_wide end,
		      bool (*each)(void *context, struct space_block block), void *context)
{
	while (at < end) {
		struct space_block block = { at, bits_between(at, end) };
		if (!each(context, block))
			return false;
		at += space_size(block.size_bits);
	}
	return true;
}

void space_walk(struct space *space, bool (*each)(void *context, struct space_block block),
		void *context)
{
	space_wide at = 0;
	bool more = true;

	sort(space);
	for (uint32_t i = 0; i < space->count && more; i++) {
		space_wide end = space->taken[i].at + space_size(space->taken[i].size_bits);
		if (space->taken[i].at > at)
			more = hole_walk(at, space->taken[i].at, each, context);
		at = end > at ? end : at;
	}
	if (more)
		(void)hole_walk(at, space_size(space->size_bits), each, context);
}

bool space_is_free(struct space *space, struct space_block block)
{
	space_wide end = block.at + space_size(block.size_bits);

	for (uint32_t i = 0; i < space->count; i++) {
		const struct space_block *taken = &space->taken[i];
		if (taken->at < end && block.at < taken->at + space_size(taken->size_bits))
			return false;
	}
	return end <= space_size(space->size_bits);
}

struct placing {
	uint8_t size_bits;
	enum numbers_placement placement;
	bool has_best;
	struct space_block best;
};

static bool placing_take(void *context, struct space_block block)
{
	struct placing *placing = context;

	if (block.size_bits < placing->size_bits)
		return true;
	bool is_better = placing->placement == PLACE_SPARSE ?
				 block.size_bits > placing->best.size_bits :
				 block.size_bits < placing->best.size_bits;
	if (!placing->has_best || is_better)
		placing->best = block;
	placing->has_best = true;
	/* Nothing is tighter than a hole that is filled. */
	return placing->placement == PLACE_SPARSE || block.size_bits != placing->size_bits;
}

bool space_place(struct space *space, uint8_t size_bits, enum numbers_placement placement,
		 struct space_block *out)
{
	struct placing placing = { .size_bits = size_bits, .placement = placement };

	space_walk(space, placing_take, &placing);
	*out = (struct space_block){ placing.best.at, size_bits };
	return placing.has_best;
}

struct summing {
	uint8_t size_bits;
	space_wide free;
	space_wide fragments;
};

static bool sum_take(void *context, struct space_block block)
{
	struct summing *summing = context;

	summing->free += space_size(block.size_bits);
	if (block.size_bits < summing->size_bits)
		summing->fragments += space_size(block.size_bits);
	return true;
}

void space_sum(struct space *space, uint8_t size_bits, space_wide *free, space_wide *fragments)
{
	struct summing summing = { .size_bits = size_bits };

	space_walk(space, sum_take, &summing);
	*free = summing.free;
	*fragments = summing.fragments;
}

/* --- prefixes --------------------------------------------------------------------------------- */

uint8_t space_bits_of(const struct prefix *pool)
{
	return (uint8_t)(prefix_bits_max((enum family)pool->family) - pool->len_bits);
}

static space_wide wide_of(const struct prefix *prefix)
{
	uint32_t octets = address_len_octets((enum family)prefix->family);
	space_wide value = 0;

	for (uint32_t i = 0; i < octets; i++)
		value = value << 8 | prefix->octet[i];
	return value;
}

bool space_block_of(const struct prefix *pool, const struct prefix *inner, struct space_block *out)
{
	if (!prefix_contains(pool, inner))
		return false;
	*out = (struct space_block){ wide_of(inner) - wide_of(pool), space_bits_of(inner) };
	return true;
}

struct prefix space_prefix_of(const struct prefix *pool, struct space_block block)
{
	uint32_t octets = address_len_octets((enum family)pool->family);
	space_wide value = wide_of(pool) + block.at;
	struct prefix prefix = { .family = pool->family,
				 .len_bits = (uint8_t)(prefix_bits_max((enum family)pool->family) -
						       block.size_bits) };

	for (uint32_t i = 0; i < octets; i++)
		prefix.octet[i] = (uint8_t)(value >> (8 * (octets - 1 - i)));
	return prefix;
}

void space_print(space_wide count, char out[SPACE_TEXT_MAX])
{
	uint8_t digit[SPACE_TEXT_MAX] = { 0 }; /* the lowest first */
	uint32_t digits = 1;

	/* Bit by bit, doubling: division of 128 bits would be a call out of this folder. */
	for (uint32_t bit = 128; bit-- > 0;) {
		uint32_t carry = (uint32_t)(count >> bit) & 1u;
		for (uint32_t i = 0; i < digits; i++) {
			uint32_t value = digit[i] * 2u + carry;
			carry = value >= 10 ? 1 : 0;
			digit[i] = (uint8_t)(value - carry * 10u);
		}
		if (carry != 0)
			digit[digits++] = 1;
	}
	CHECK(digits < SPACE_TEXT_MAX);
	for (uint32_t i = 0; i < digits; i++)
		out[i] = (char)('0' + digit[digits - 1 - i]);
	out[digits] = '\0';
}
