/* speaker/universe.c — grids by arithmetic, the rest by name. */
#include "speaker/universe.h"

#include "base/check.h"
#include "base/mem.h"

#define PREFIX_OCTETS 17u

void universe_init(struct universe *universe, struct heap *heap, struct hash_key key)
{
	*universe = (struct universe){ 0 };
	names_init(&universe->others, heap, key);
}

void universe_fini(struct universe *universe)
{
	names_fini(&universe->others);
}

static uint64_t leading(const struct prefix *prefix)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < 8; i++)
		value = value << 8 | prefix->octet[i];
	return value;
}

struct fault universe_add_grid(struct universe *universe, const struct prefix *first,
			       uint32_t count)
{
	struct universe_grid *grid = &universe->grid[first->family];

	CHECK(first->len_bits % 8 == 0 && first->len_bits != 0);
	CHECK(first->len_bits <= UNIVERSE_GRID_BITS_MAX && universe->others.count == 0);
	if (grid->count != 0)
		return fault_of(FAULT_CONFLICT, 0);
	*grid = (struct universe_grid){
		.first = leading(first),
		.count = count,
		.number = universe->grid_count,
		.len_bits = first->len_bits,
		.shift = (uint8_t)(UNIVERSE_GRID_BITS_MAX - first->len_bits),
	};
	universe->grid_count += count;
	return fault_none();
}

static struct octets key_of(const struct prefix *prefix, uint8_t key[PREFIX_OCTETS])
{
	key[0] = prefix->len_bits;
	mem_copy(key + 1, prefix->octet, sizeof prefix->octet);
	return octets_of(key, PREFIX_OCTETS);
}

static uint32_t grid_find(const struct universe *universe, const struct prefix *prefix)
{
	const struct universe_grid *grid = &universe->grid[prefix->family];

	if (grid->count == 0 || grid->len_bits != prefix->len_bits)
		return UNIVERSE_NONE;
	return universe_on_grid(grid, leading(prefix));
}

struct fault universe_add(struct universe *universe, const struct prefix *prefix, uint32_t *number)
{
	uint8_t key[PREFIX_OCTETS];

	*number = grid_find(universe, prefix);
	if (*number != UNIVERSE_NONE)
		return fault_none();
	TRY(names_take(&universe->others, prefix->family, key_of(prefix, key), number));
	*number += universe->grid_count - 1;
	return fault_none();
}

uint32_t universe_find(const struct universe *universe, const struct prefix *prefix)
{
	uint8_t key[PREFIX_OCTETS];
	uint32_t number = grid_find(universe, prefix);

	if (number != UNIVERSE_NONE)
		return number;
	number = names_find(&universe->others, prefix->family, key_of(prefix, key));
	return number == 0 ? UNIVERSE_NONE : universe->grid_count + number - 1;
}

struct prefix universe_prefix_of(const struct universe *universe, uint32_t number)
{
	struct prefix prefix = { 0 };

	CHECK(number < universe_count(universe));
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		const struct universe_grid *grid = &universe->grid[f];
		if (number < grid->number || number - grid->number >= grid->count)
			continue;
		uint64_t value = grid->first + ((uint64_t)(number - grid->number) << grid->shift);
		prefix = (struct prefix){ .family = (uint8_t)f, .len_bits = grid->len_bits };
		for (uint32_t i = 0; i < 8; i++)
			prefix.octet[i] = (uint8_t)(value >> (56 - 8 * i));
		return prefix;
	}
	uint32_t name = number - universe->grid_count;
	struct octets key = names_of(&universe->others, name + 1);
	prefix.family = (uint8_t)universe->others.list[name].tag;
	prefix.len_bits = key.at[0];
	mem_copy(prefix.octet, key.at + 1, sizeof prefix.octet);
	return prefix;
}
