/* sim/special.c — attribute sets of somebody who means ill: never said before, as large as a
 * message takes, or such that their hashes meet. */
#include "base/check.h"
#include "base/hash.h"
#include "base/mem.h"
#include "rib/shard.h"
#include "sim/world.h"

#define COLLIDING_BITS 10u
#define TRIES_MAX (1u << 16)
#define ASNS_IN_SEGMENT 255u
#define CAPPED_ASNS_MAX 300u
/* As many as still fit beside the path, which a two-octet neighbour is sent twice. */
#define CAPPED_COMMUNITIES_MAX 500u

struct draft {
	struct bgp_attrs attrs;
	uint8_t path[4 * (CAPPED_ASNS_MAX + 1) + 16];
	uint8_t communities[4 * CAPPED_COMMUNITIES_MAX];
	uint8_t packed[SIM_PACKED_MAX];
};

static void path_make(const struct world *world, uint32_t slot, uint32_t count, struct draft *draft)
{
	struct wr wr = wr_of(draft->path, sizeof draft->path);
	uint32_t left = count;

	while (left != 0) {
		uint32_t part = left < ASNS_IN_SEGMENT ? left : ASNS_IN_SEGMENT;
		wr_u8(&wr, BGP_SEGMENT_SEQUENCE);
		wr_u8(&wr, part);
		for (uint32_t i = 0; i < part; i++)
			wr_u32(&wr, left == count && i == 0 ? world_asn(world, slot) : 5001 + i);
		left -= part;
	}
	draft->attrs.as_path = wr_octets_of(&wr);
}

/* Under nobody's meaning, and in order, so that they come back as they were. */
static void communities_make(uint32_t count, struct draft *draft)
{
	struct wr wr = wr_of(draft->communities, sizeof draft->communities);

	for (uint32_t i = 0; i < count; i++) {
		wr_u16(&wr, 3000);
		wr_u16(&wr, i);
	}
	draft->attrs.communities = wr_octets_of(&wr);
}

static struct octets draft_pack(uint32_t slot, struct draft *draft)
{
	struct address address = world_address(slot);
	struct octets octets = address_octets_of(&address);
	struct wr wr = wr_of(draft->packed, sizeof draft->packed);

	draft->attrs.next_hop_len_octets = (uint8_t)octets.len_octets;
	mem_copy(draft->attrs.next_hop, octets.at, octets.len_octets);
	CHECK(!failed(bgp_attrs_path_facts(&draft->attrs)));
	bgp_attrs_pack(&draft->attrs, &wr);
	CHECK(wr_ok(&wr));
	return wr_octets_of(&wr);
}

static void fresh_make(struct world *world, uint32_t slot, struct draft *draft)
{
	draft->attrs = (struct bgp_attrs){ .has_med = true, .med = 1000 + world->fresh++ };
	path_make(world, slot, 2 + random_below(&world->random, 3), draft);
	communities_make(random_below(&world->random, 4), draft);
}

uint32_t set_fresh(struct world *world, uint32_t slot)
{
	static struct draft draft;

	fresh_make(world, slot, &draft);
	return set_number(world, draft_pack(slot, &draft));
}

uint32_t set_capped(struct world *world, uint32_t slot)
{
	static struct draft draft;

	fresh_make(world, slot, &draft);
	uint32_t at_cap = world->plan->rules.path_len_max + (world_chance(world, 4) ? 1u : 0u);
	path_make(world, slot, world_chance(world, 2) ? at_cap : CAPPED_ASNS_MAX, &draft);
	communities_make(CAPPED_COMMUNITIES_MAX - random_below(&world->random, 2), &draft);
	return set_number(world, draft_pack(slot, &draft));
}

/* With the key of a shard, which nobody outside has; or with one that somebody guessed. */
uint32_t set_colliding(struct world *world, uint32_t slot, bool has_key)
{
	static struct draft draft;
	struct hash_key key = { 0 };
	struct octets packed = { 0 };

	if (has_key)
		key = world->shards->shard[0].rib->attrs.key;
	for (uint32_t i = 0; i < TRIES_MAX; i++) {
		fresh_make(world, slot, &draft);
		packed = draft_pack(slot, &draft);
		if ((hash_octets(key, packed) & ((1u << COLLIDING_BITS) - 1)) == 0)
			break;
	}
	return set_number(world, packed);
}
