/* demo/lans.c — the LANs of a scene, and members that move into one. */
#include <assert.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "demo/scene.h"

#define LAN_BITS_IPV4 20u /* addresses in the same block of this size share a LAN */
#define LAN_BITS_IPV6 64u
#define LAN_BITS_IPV4_MAX 24u /* at least so large */

static_assert(SCENE_MEMBERS_MAX <= UINT16_MAX, "a member's number is two octets of its address");

/* --- finding ---------------------------------------------------------------------------------- */

static uint32_t common_bits(const struct address *a, const struct address *b)
{
	uint32_t bits = 0;
	uint32_t most = prefix_bits_max((enum family)a->family);

	while (bits < most &&
	       ((a->octet[bits / 8] ^ b->octet[bits / 8]) >> (7 - bits % 8) & 1) == 0)
		bits++;
	return bits;
}

/* The first or last address of an IPv4 LAN is no host's: then the LAN is twice as large. */
static bool is_edge(const struct prefix *lan, const struct address *address)
{
	uint32_t mask = lan->len_bits == 0 ? UINT32_MAX : UINT32_MAX >> lan->len_bits;
	uint32_t host = address_ipv4_of(address) & mask;

	return lan->family == FAMILY_IPV4 && (host == 0 || host == mask);
}

static struct fault lan_take(struct scene *scene, const struct address *address)
{
	uint32_t block = address->family == FAMILY_IPV4 ? LAN_BITS_IPV4 : LAN_BITS_IPV6;
	struct prefix *lan = NULL;

	for (uint32_t i = 0; i < scene->lan_count && lan == NULL; i++) {
		struct address first = { .family = scene->lan[i].family };
		mem_copy(first.octet, scene->lan[i].octet, sizeof first.octet);
		if (first.family == address->family && common_bits(&first, address) >= block)
			lan = &scene->lan[i];
	}
	if (lan == NULL) {
		if (scene->lan_count == PLAN_LANS_MAX)
			return fault_of(FAULT_LIMIT, 0);
		lan = &scene->lan[scene->lan_count++];
		*lan = prefix_of_address(address, (uint8_t)(address->family == FAMILY_IPV4 ?
								    LAN_BITS_IPV4_MAX :
								    LAN_BITS_IPV6));
	}
	while (!prefix_has_address(lan, address) || is_edge(lan, address)) {
		lan->len_bits--;
		prefix_mask(lan);
	}
	return fault_none();
}

struct fault scene_lans_find(struct scene *scene)
{
	if (scene->lan_count != 0)
		return fault_none();
	/* Twice: a LAN that grew may have another address at its edge. */
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < scene->member_count; i++) {
			for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
				if (scene->member[i].has[f])
					TRY(lan_take(scene, &scene->member[i].address[f]));
			}
		}
	}
	return fault_none();
}

/* --- moving ----------------------------------------------------------------------------------- */

struct move {
	struct address from;
	struct address to;
};

static int by_from(const void *a, const void *b)
{
	const struct move *x = a;
	const struct move *y = b;

	return address_compare(&x->from, &y->from);
}

struct address scene_address(enum family family, uint32_t number)
{
	CHECK(number < SCENE_MEMBERS_MAX);
	if (family == FAMILY_IPV4)
		return address_ipv4(0x7f010001u + number);
	return (struct address){
		.family = FAMILY_IPV6,
		.octet = { 0xfd, 0x00, 0x00,
			   0x01, [14] = (uint8_t)((number + 1) >> 8), [15] = (uint8_t)(number + 1) }
	};
}

/* A next hop of the same length leaves the packed attributes as long as they were. */
static struct fault set_move(struct scene_set *set, const struct move *moves, uint32_t move_count)
{
	static uint8_t packed[BGP_ATTRS_PACKED_MAX];
	struct wr wr = wr_of(packed, sizeof packed);
	struct bgp_attrs attrs;

	TRY(bgp_attrs_unpack(octets_of(set->octets, set->len_octets), &attrs));
	if (attrs.next_hop_len_octets == 0)
		return fault_none();
	struct move wanted = { .from = bgp_attrs_next_hop(&attrs) };
	const struct move *move = bsearch(&wanted, moves, move_count, sizeof *moves, by_from);
	if (move == NULL)
		return fault_none();
	struct octets to = address_octets_of(&move->to);
	for (uint32_t i = 0; i < to.len_octets; i++)
		attrs.next_hop[i] = to.at[i];
	bgp_attrs_pack(&attrs, &wr);
	CHECK(wr_ok(&wr) && wr_octets_of(&wr).len_octets == set->len_octets);
	mem_copy(set->octets, packed, set->len_octets);
	return fault_none();
}

static uint32_t members_move(struct scene *scene, enum family family, bool everybody,
			     struct move *moves)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < scene->member_count; i++) {
		struct scene_member *member = &scene->member[i];
		struct address to = scene_address(family, i);
		if (!member->has[family] && !everybody)
			continue;
		if (member->has[family])
			moves[count++] = (struct move){ member->address[family], to };
		member->has[family] = true;
		member->address[family] = to;
	}
	qsort(moves, count, sizeof *moves, by_from);
	return count;
}

/* The look-up by octets is of no use afterwards: nothing is added to a scene that has its LANs. */
struct fault scene_gather(struct scene *scene, enum family family, bool everybody)
{
	struct fault fault = fault_none();
	struct move *moves = heap_array(scene->heap, scene->member_count + 1u, sizeof *moves);

	if (moves == NULL)
		return fault_of(FAULT_LIMIT, 0);
	uint32_t count = members_move(scene, family, everybody, moves);
	for (uint32_t i = 0; i < scene->set_count && !failed(fault); i++)
		fault = set_move(&scene->set[i], moves, count);
	heap_free(scene->heap, moves, (scene->member_count + 1u) * sizeof *moves);
	scene->lan_count = 0;
	return fault;
}
