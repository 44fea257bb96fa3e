/* demo/scene.c — members, attribute sets and routes of a scene. */
#include "demo/scene.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/mem.h"

#define SLOTS_MIN 1024u
#define ROOM_OVER_PERCENT 20u
#define ROOM_OVER 100u

static const struct hash_key key = { 0x64656d6f2f736365, 0x6e652f6b65792f31 };

void scene_init(struct scene *scene, struct heap *heap)
{
	*scene = (struct scene){ .heap = heap };
}

void scene_fini(struct scene *scene)
{
	for (uint32_t i = 0; i < scene->set_count; i++)
		heap_free(scene->heap, scene->set[i].octets, scene->set[i].len_octets);
	heap_free(scene->heap, scene->member, scene->member_room * sizeof *scene->member);
	heap_free(scene->heap, scene->set, scene->set_room * sizeof *scene->set);
	heap_free(scene->heap, scene->set_slot, scene->set_slots * sizeof *scene->set_slot);
	heap_free(scene->heap, scene->route, scene->route_room * sizeof *scene->route);
	*scene = (struct scene){ 0 };
}

/* --- members ---------------------------------------------------------------------------------- */

uint32_t scene_member_of(const struct scene *scene, uint32_t asn)
{
	for (uint32_t i = 0; i < scene->member_count; i++) {
		if (scene->member[i].asn == asn)
			return i;
	}
	return UINT32_MAX;
}

uint32_t scene_member_at(const struct scene *scene, const struct address *address)
{
	for (uint32_t i = 0; i < scene->member_count; i++) {
		const struct scene_member *member = &scene->member[i];
		if (member->has[address->family] &&
		    address_compare(&member->address[address->family], address) == 0)
			return i;
	}
	return UINT32_MAX;
}

struct fault scene_member_add(struct scene *scene, const struct scene_member *member)
{
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (member->has[f] && scene_member_at(scene, &member->address[f]) != UINT32_MAX)
			return fault_of(FAULT_CONFLICT, 0);
	}
	if (scene->member_count == SCENE_MEMBERS_MAX ||
	    !heap_grow(scene->heap, (void **)&scene->member, &scene->member_room,
		       scene->member_count + 1, sizeof *scene->member))
		return fault_of(FAULT_LIMIT, 0);
	scene->member[scene->member_count++] = *member;
	return fault_none();
}

/* --- attribute sets --------------------------------------------------------------------------- */

static struct fault slots_grow(struct scene *scene)
{
	if (scene->set_count * 2 < scene->set_slots)
		return fault_none();
	uint32_t wanted = scene->set_slots == 0 ? SLOTS_MIN : scene->set_slots * 2;
	uint32_t *fresh = heap_array(scene->heap, wanted, sizeof *fresh);
	if (fresh == NULL)
		return fault_of(FAULT_LIMIT, 0);
	for (uint32_t i = 0; i < scene->set_count; i++) {
		const struct scene_set *set = &scene->set[i];
		uint32_t at = (uint32_t)hash_octets(key, octets_of(set->octets, set->len_octets)) &
			      (wanted - 1);
		while (fresh[at] != 0)
			at = (at + 1) & (wanted - 1);
		fresh[at] = i + 1;
	}
	heap_free(scene->heap, scene->set_slot, scene->set_slots * sizeof *scene->set_slot);
	scene->set_slot = fresh;
	scene->set_slots = wanted;
	return fault_none();
}

static struct fault set_need(struct scene *scene, struct octets packed, uint32_t *number)
{
	TRY(slots_grow(scene));
	uint32_t at = (uint32_t)hash_octets(key, packed) & (scene->set_slots - 1);
	for (; scene->set_slot[at] != 0; at = (at + 1) & (scene->set_slots - 1)) {
		const struct scene_set *set = &scene->set[scene->set_slot[at] - 1];
		if (octets_equal(packed, octets_of(set->octets, set->len_octets))) {
			*number = scene->set_slot[at] - 1;
			return fault_none();
		}
	}
	struct scene_set set = { heap_take(scene->heap, packed.len_octets), packed.len_octets };
	if (set.octets == NULL)
		return fault_of(FAULT_LIMIT, 0);
	if (!heap_grow(scene->heap, (void **)&scene->set, &scene->set_room, scene->set_count + 1,
		       sizeof *scene->set)) {
		heap_free(scene->heap, set.octets, set.len_octets);
		return fault_of(FAULT_LIMIT, 0);
	}
	mem_copy(set.octets, packed.at, packed.len_octets);
	*number = scene->set_count;
	scene->set[scene->set_count++] = set;
	scene->set_slot[at] = scene->set_count;
	return fault_none();
}

/* --- routes ----------------------------------------------------------------------------------- */

static void next_hop_set(struct bgp_attrs *attrs, const struct address *address)
{
	struct octets octets = address_octets_of(address);

	attrs->next_hop_len_octets = (uint8_t)octets.len_octets;
	for (uint32_t i = 0; i < sizeof attrs->next_hop; i++)
		attrs->next_hop[i] = i < octets.len_octets ? octets.at[i] : 0;
}

static bool next_hop_is_known(const struct scene *scene, const struct bgp_attrs *attrs)
{
	if (attrs->next_hop_len_octets == 0)
		return false;
	struct address next_hop = bgp_attrs_next_hop(attrs);
	return scene_member_at(scene, &next_hop) != UINT32_MAX;
}

struct fault scene_route_add(struct scene *scene, uint32_t member, const struct prefix *prefix,
			     const struct bgp_attrs *attrs, uint32_t flags)
{
	static uint8_t packed[BGP_ATTRS_PACKED_MAX];
	const struct scene_member *from = &scene->member[member];
	struct wr wr = wr_of(packed, sizeof packed);
	struct bgp_attrs own = *attrs;
	uint32_t set = 0;

	if (!from->has[prefix->family])
		return fault_of(FAULT_ABSENT, 0);
	if ((flags & SCENE_KEEPS_NEXT_HOP) == 0 && !next_hop_is_known(scene, attrs))
		next_hop_set(&own, &from->address[prefix->family]);
	if (failed(bgp_attrs_path_facts(&own)))
		return fault_of(FAULT_MALFORMED, 0);
	bgp_attrs_pack(&own, &wr);
	if (!wr_ok(&wr) || scene->route_count == SCENE_ROUTES_MAX)
		return fault_of(FAULT_LIMIT, 0);
	TRY(set_need(scene, wr_octets_of(&wr), &set));
	if (!heap_grow(scene->heap, (void **)&scene->route, &scene->route_room,
		       scene->route_count + 1, sizeof *scene->route))
		return fault_of(FAULT_LIMIT, 0);
	scene->route[scene->route_count] = (struct scene_route){ .member = member,
								 .set = set,
								 .order = scene->route_count,
								 .is_over = (flags &
									     SCENE_OVER_LIMIT) != 0,
								 .prefix = *prefix };
	scene->route_count++;
	scene->member[member].route_count[prefix->family]++;
	return fault_none();
}

/* --- settling --------------------------------------------------------------------------------- */

static int by_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int by_prefix(const void *a, const void *b)
{
	const struct scene_route *x = a;
	const struct scene_route *y = b;
	int order = by_u32(x->member, y->member);

	if (order == 0)
		order = prefix_compare(&x->prefix, &y->prefix);
	return order != 0 ? order : by_u32(x->order, y->order);
}

static int by_set(const void *a, const void *b)
{
	const struct scene_route *x = a;
	const struct scene_route *y = b;
	int order = by_u32(x->member, y->member);

	if (order == 0)
		order = by_u32(x->prefix.family, y->prefix.family);
	if (order == 0)
		order = by_u32(x->is_over, y->is_over);
	if (order == 0)
		order = by_u32(x->set, y->set);
	return order != 0 ? order : prefix_compare(&x->prefix, &y->prefix);
}

/* One route a member and prefix, the last that came, and no more than its limit. */
static void routes_thin(struct scene *scene)
{
	uint32_t kept = 0;

	if (scene->route_count == 0)
		return;
	for (uint32_t i = 0; i < scene->member_count; i++) {
		for (uint32_t f = 0; f < FAMILY_COUNT; f++)
			scene->member[i].route_count[f] = 0;
	}
	qsort(scene->route, scene->route_count, sizeof *scene->route, by_prefix);
	for (uint32_t i = 0; i < scene->route_count; i++) {
		const struct scene_route *route = &scene->route[i];
		struct scene_member *member = &scene->member[route->member];
		bool is_replaced = i + 1 < scene->route_count && route[1].member == route->member &&
				   prefix_equal(&route[1].prefix, &route->prefix);
		uint32_t limit = member->routes_max[route->prefix.family];
		if (is_replaced)
			continue;
		if (route->is_over) {
			member->is_full[route->prefix.family] = true;
			scene->route[kept++] = *route;
			continue;
		}
		if (limit != 0 && member->route_count[route->prefix.family] >= limit) {
			scene->left_out++;
			continue;
		}
		member->route_count[route->prefix.family]++;
		scene->route[kept++] = *route;
	}
	scene->route_count = kept;
	qsort(scene->route, scene->route_count, sizeof *scene->route, by_set);
}

void scene_settle(struct scene *scene)
{
	routes_thin(scene);
	for (uint32_t i = 0; i < scene->member_count; i++) {
		struct scene_member *member = &scene->member[i];
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			uint32_t count = member->route_count[f];
			if (member->is_full[f])
				member->routes_max[f] = count;
			else if (member->routes_max[f] < count + ROOM_OVER)
				member->routes_max[f] = count + count / 100 * ROOM_OVER_PERCENT +
							ROOM_OVER;
		}
	}
}
