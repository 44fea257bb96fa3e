/* sim/sets.c — prefixes and attribute sets.
 *
 * The prefixes are few, so that members meet on them; some are such that no exchange takes them.
 * Sets are numbered by their packed octets, so that what was sent and what arrives are compared by
 * number. */
#include "base/check.h"
#include "base/hash.h"
#include "base/mem.h"
#include "sim/world.h"

#define SLOTS (2u * SIM_SETS_MAX)

/* --- prefixes --------------------------------------------------------------------------------- */

static struct prefix prefix_ipv4(uint32_t number)
{
	static const struct prefix odd[] = {
		{ FAMILY_IPV4, 32, { 50, 0, 0, 1 } },    /* only for a blackhole */
		{ FAMILY_IPV4, 32, { 50, 0, 3, 9 } },    /* likewise */
		{ FAMILY_IPV4, 25, { 50, 0, 4, 128 } },  /* too long */
		{ FAMILY_IPV4, 24, { 192, 168, 3, 0 } }, /* bogon */
		{ FAMILY_IPV4, 24, { 185, 1, 2, 0 } },   /* in the LAN */
		{ FAMILY_IPV4, 0, { 0 } },               /* a default route */
		{ FAMILY_IPV4, 23, { 50, 1, 0, 0 } },    /* right under one rule set only */
	};
	uint32_t odd_count = sizeof odd / sizeof *odd;

	if (number < odd_count)
		return odd[number];
	return (struct prefix){ FAMILY_IPV4, 24, { 50, 0, (uint8_t)number, 0 } };
}

static struct prefix prefix_ipv6(uint32_t number)
{
	static const struct prefix odd[] = {
		{ FAMILY_IPV6, 128, { 0x2a, 0, 0, 1, [15] = 7 } },
		{ FAMILY_IPV6, 64, { 0x2a, 0, 0, 2 } },
		{ FAMILY_IPV6, 32, { 0x20, 0x01, 0x0d, 0xb8 } },
		{ FAMILY_IPV6, 64, { 0x20, 0x01, 0x07, 0xf8 } },
	};
	uint32_t odd_count = sizeof odd / sizeof *odd;

	if (number < odd_count)
		return odd[number];
	return (struct prefix){ FAMILY_IPV6, 48, { 0x2a, 0, 0, 9, 0, (uint8_t)number } };
}

struct prefix sim_prefix(uint32_t number)
{
	if (number >= SIM_LEAK)
		return (struct prefix){ FAMILY_IPV4,
					24,
					{ 60, (uint8_t)((number - SIM_LEAK) >> 8),
					  (uint8_t)(number - SIM_LEAK) } };
	if (number == SIM_BEACON)
		return (struct prefix){ FAMILY_IPV4, 24, { 70 } };
	return number < SIM_PREFIXES_IPV4 ? prefix_ipv4(number) :
					    prefix_ipv6(number - SIM_PREFIXES_IPV4);
}

uint32_t sim_prefix_number(const struct prefix *prefix)
{
	uint32_t leaked = SIM_LEAK + ((uint32_t)prefix->octet[1] << 8 | prefix->octet[2]);
	struct prefix known;

	for (uint32_t i = 0; i <= SIM_BEACON; i++) {
		known = sim_prefix(i);
		if (prefix_equal(prefix, &known))
			return i;
	}
	known = sim_prefix(leaked);
	return leaked < SIM_PREFIXES_ALL && prefix_equal(prefix, &known) ? leaked :
									   SIM_PREFIXES_ALL;
}

/* --- numbers of sets -------------------------------------------------------------------------- */

uint32_t set_number(struct world *world, struct octets packed)
{
	uint64_t hash = hash_octets((struct hash_key){ 1, 2 }, packed);
	uint32_t at = (uint32_t)hash % SLOTS;

	for (; world->set_slot[at] != 0; at = (at + 1) % SLOTS) {
		uint32_t number = world->set_slot[at] - 1;
		if (octets_equal(packed, set_packed(world, number)))
			return number;
	}
	CHECK(world->set_count < SIM_SETS_MAX && packed.len_octets <= SIM_PACKED_MAX &&
	      packed.len_octets <= SIM_SETS_OCTETS - world->set_octets);
	world->set[world->set_count] = (struct set){ world->set_octets,
						     (uint16_t)packed.len_octets };
	mem_copy(world->set_octet + world->set_octets, packed.at, packed.len_octets);
	world->set_octets += packed.len_octets;
	world->set_slot[at] = ++world->set_count;
	return world->set_count - 1;
}

struct octets set_packed(const struct world *world, uint32_t number)
{
	CHECK(number < world->set_count);
	return octets_of(world->set_octet + world->set[number].at, world->set[number].len_octets);
}

/* --- random sets ------------------------------------------------------------------------------ */

struct draft {
	struct bgp_attrs attrs;
	uint8_t path[1200];
	uint8_t communities[64];
	uint8_t large[96];
	uint8_t extended[32];
	uint8_t unknown[32];
	uint8_t aggregator[8];
};

static uint32_t pick(struct world *world, const uint32_t *list, uint32_t count)
{
	return list[random_below(&world->random, count)];
}

static void path_draw(struct world *world, uint32_t slot, struct draft *draft)
{
	static const uint32_t usual[] = { 5001, 5002, 5003, 300001 };
	static const uint32_t bad[] = { 64512, 174, 5099, 23456, 4200000001u };
	struct wr wr = wr_of(draft->path, sizeof draft->path);
	uint32_t count = 1 + random_below(&world->random, 4);
	bool is_bad = world_chance(world, 12);

	if (world_chance(world, 40))
		count = 65 + random_below(&world->random, 190); /* long, and near a full segment */
	wr_u8(&wr, BGP_SEGMENT_SEQUENCE);
	wr_u8(&wr, count);
	wr_u32(&wr, is_bad && world_chance(world, 4) ? 5001 : world_asn(world, slot));
	for (uint32_t i = 1; i < count; i++)
		wr_u32(&wr, pick(world, usual, 4));
	if (is_bad && count > 1 && world_chance(world, 2)) {
		wr_rewind(&wr, wr.pos - 4);
		wr_u32(&wr, world_chance(world, 4) ? world->rs_asn : pick(world, bad, 5));
	}
	if (is_bad && world_chance(world, 4)) {
		wr_u8(&wr, BGP_SEGMENT_SET);
		wr_u8(&wr, 2);
		wr_u32(&wr, 5001);
		wr_u32(&wr, 5002);
	}
	draft->attrs.as_path = wr_octets_of(&wr);
}

static bool has_item(const struct wr *list, struct octets item)
{
	struct rd rd = rd_of_octets(wr_octets_of(list));

	while (rd_more(&rd)) {
		if (octets_equal(rd_take(&rd, item.len_octets), item))
			return true;
	}
	return false;
}

/* Once each: a list with repetitions would not come back as it was. */
static void item_add(struct wr *list, const struct wr *item)
{
	if (!has_item(list, wr_octets_of(item)))
		wr_octets(list, wr_octets_of(item));
}

static uint32_t peer_draw(struct world *world)
{
	uint32_t asn = world_asn(world, random_below(&world->random, SIM_SLOTS));

	return asn;
}

static void standard_draw(struct world *world, struct draft *draft)
{
	struct wr list = wr_of(draft->communities, sizeof draft->communities);
	const uint32_t rs = world->rs_asn > UINT16_MAX ? 0 : world->rs_asn;
	const uint32_t high[] = { 0, rs, 65511, 65512, 65513, 65535, 3000 };

	for (uint32_t i = random_below(&world->random, 4); i != 0; i--) {
		uint8_t octets[4];
		struct wr item = wr_of(octets, sizeof octets);
		uint32_t upper = pick(world, high, 7);
		uint32_t lower = world_chance(world, 5) ? rs : peer_draw(world) & 0xffff;
		static const uint32_t known[] = { 666, 0, 0xff01, 0xff02 };
		if (upper == 65535)
			lower = pick(world, known, 4);
		wr_u16(&item, upper);
		wr_u16(&item, lower);
		item_add(&list, &item);
	}
	draft->attrs.communities = wr_octets_of(&list);
}

static void large_draw(struct world *world, struct draft *draft)
{
	static const uint32_t function[] = { 0, 0, 1, 1, 101, 102, 103, 1000, 1101 };
	struct wr list = wr_of(draft->large, sizeof draft->large);

	for (uint32_t i = random_below(&world->random, 3); i != 0; i--) {
		uint8_t octets[12];
		struct wr item = wr_of(octets, sizeof octets);
		wr_u32(&item, world_chance(world, 4) ? 5001 : world->rs_asn);
		wr_u32(&item, pick(world, function, 9));
		wr_u32(&item, world_chance(world, 4) ? 0 : peer_draw(world));
		item_add(&list, &item);
	}
	draft->attrs.large = wr_octets_of(&list);
}

static void rare_draw(struct world *world, struct draft *draft)
{
	static const uint8_t unknown[] = { 0xe0, 200, 0, 0xe0, 253, 3, 7, 7, 7 };
	static const uint8_t extended[] = { 0x00, 0x02, 0x13, 0x88, 0, 0, 0, 1 };
	struct wr wr = wr_of(draft->aggregator, sizeof draft->aggregator);

	draft->attrs.atomic_aggregate = world_chance(world, 6);
	if (world_chance(world, 6)) {
		wr_u32(&wr, world_chance(world, 2) ? 300001 : 5001);
		wr_u32(&wr, 0x32000001);
		draft->attrs.aggregator = wr_octets_of(&wr);
	}
	if (world_chance(world, 6))
		draft->attrs.unknown = octets_of(unknown, sizeof unknown);
	if (world_chance(world, 6))
		draft->attrs.extended = octets_of(extended, sizeof extended);
	if (world_chance(world, 24)) {
		draft->attrs.has_otc = true;
		draft->attrs.otc = 5001;
	}
}

static void next_hop_draw(struct world *world, uint32_t slot, enum family family,
			  struct bgp_attrs *attrs)
{
	/* The other session of the same member, if it has one, is a fifth number ahead. */
	uint32_t other = slot + SIM_MEMBERS < SIM_SLOTS ? slot + SIM_MEMBERS :
			 slot >= SIM_MEMBERS            ? slot - SIM_MEMBERS :
							  slot;
	uint32_t whose = world_chance(world, 3) ? other : slot;
	bool wants_ipv6 = family == FAMILY_IPV6 || world_chance(world, 4);

	if (world_chance(world, 20))
		whose = random_below(&world->random, SIM_SLOTS);
	struct address address = world_address(whose);
	if (wants_ipv6 && address.family == FAMILY_IPV4)
		address = world_address(whose == slot ? other : slot);
	if (family == FAMILY_IPV6 && address.family == FAMILY_IPV4) {
		address = (struct address){ FAMILY_IPV6, { 0x20, 1, 7, 0xf8 } };
		address.octet[15] = 0xee; /* nobody's */
	}
	struct octets octets = address_octets_of(&address);
	attrs->next_hop_len_octets = (uint8_t)octets.len_octets;
	mem_copy(attrs->next_hop, octets.at, octets.len_octets);
	if (octets.len_octets == 16 && world_chance(world, 3)) {
		attrs->next_hop_len_octets = 32;
		attrs->next_hop[16] = 0xfe;
		attrs->next_hop[17] = 0x80;
		attrs->next_hop[31] = (uint8_t)slot;
	}
}

uint32_t set_random(struct world *world, uint32_t slot, enum family family)
{
	static struct draft draft;
	uint8_t packed[SIM_PACKED_MAX * 2];
	struct wr wr = wr_of(packed, sizeof packed);
	uint32_t *recent = world->member[slot].recent[family];

	/* Sets are shared among prefixes. */
	if (world_chance(world, 2)) {
		uint32_t number = recent[random_below(&world->random, SIM_RECENT)];
		if (number != 0)
			return number - 1;
	}
	do {
		draft.attrs = (struct bgp_attrs){
			.origin = (uint8_t)random_below(&world->random, 3),
			.has_med = world_chance(world, 2),
		};
		if (draft.attrs.has_med)
			draft.attrs.med = random_below(&world->random, 3);
		path_draw(world, slot, &draft);
		if (!bit_has(world->swarm, 30)) {
			standard_draw(world, &draft);
			large_draw(world, &draft);
		}
		rare_draw(world, &draft);
		next_hop_draw(world, slot, family, &draft.attrs);
		CHECK(!failed(bgp_attrs_path_facts(&draft.attrs)));
		wr_rewind(&wr, 0);
		bgp_attrs_pack(&draft.attrs, &wr);
	} while (wr.pos > SIM_PACKED_MAX / 4);
	uint32_t number = set_number(world, wr_octets_of(&wr));
	recent[random_below(&world->random, SIM_RECENT)] = number + 1;
	return number;
}
