/* sim/check.c — everybody against the model, and the server against its bounds. */
#include <stdio.h>

#include "base/check.h"
#include "rib/shard.h"
#include "sim/world.h"

/* Of a shard: what it is made of, and for each route and attribute set, and what the logs hold. */
#define SHARD_BASE_OCTETS (4u * 1024u * 1024u)
#define SHARD_ROUTE_OCTETS 1024u
#define SHARD_SET_OCTETS 8192u
/* Of a worker: a copy of the table waits unsent at most once for each session. */
#define LINK_OCTETS (BGP_EXTENDED_MESSAGE_OCTETS_MAX + (RIB_ADD_PATH_MAX + 6u) * 65536u)

struct comparison {
	struct world *world;
	struct model *model;
	uint32_t slot;
	bool is_of_one; /* prefix alone */
	uint32_t prefix;
	bool seen[SIM_SLOTS + 1][SIM_PREFIXES_ALL];
};

static void set_print(const struct world *world, const char *label, uint32_t set)
{
	struct bgp_attrs attrs;

	if (set == 0) {
		printf("#   %s nothing\n", label);
		return;
	}
	struct octets packed = set_packed(world, set - 1);
	CHECK(!failed(bgp_attrs_unpack(packed, &attrs)));
	printf("#   %s a path of %u from AS%u:", label, attrs.path_len, attrs.first_asn);
	for (uint32_t i = 0; i < packed.len_octets && i < 200; i++)
		printf(" %02x", packed.at[i]);
	printf("\n");
}

static void compare_one(struct world *world, uint32_t slot, uint32_t path_id, uint32_t prefix,
			uint32_t wanted)
{
	uint32_t held = world->member[slot].held[path_id][prefix];
	struct prefix at = sim_prefix(prefix);
	char text[PREFIX_TEXT_MAX];

	world->compared++;
	if (held == wanted || world->has_failed)
		return;
	prefix_print(&at, text);
	world_fail(world, "member %u does not hold what it must for %s (prefix %u, path %u)", slot,
		   text, prefix, path_id);
	set_print(world, "holds", held);
	set_print(world, "must hold", wanted);
}

static bool path_compare(void *context, const struct model_path *path)
{
	static uint8_t scratch[MODEL_SCRATCH_OCTETS];
	static uint8_t packed[BGP_ATTRS_PACKED_MAX];
	struct comparison *comparison = context;
	struct wr wr = wr_of(packed, sizeof packed);
	struct bgp_attrs attrs;
	uint32_t prefix = sim_prefix_number(&path->prefix);

	if (comparison->is_of_one && prefix != comparison->prefix)
		return true;
	model_delivered(comparison->model, path, scratch, &attrs);
	bgp_attrs_pack(&attrs, &wr);
	CHECK(wr_ok(&wr) && prefix < comparison->world->prefix_count && path->path_id <= SIM_SLOTS);
	comparison->seen[path->path_id][prefix] = true;
	compare_one(comparison->world, comparison->slot, path->path_id, prefix,
		    set_number(comparison->world, wr_octets_of(&wr)) + 1);
	return true;
}

static struct model *model_make(struct world *world, struct heap *heap)
{
	struct model *model = NULL;

	CHECK(!failed(model_new(heap, world->plan, &model)));
	model_evidence(model, (struct rules_evidence){ .rpki = world->rpki });
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		const struct truth *truth = &world->truth[i];
		const struct bgp_negotiated *agreed = &truth->agreed;
		struct session_id session = { (uint16_t)i };
		struct model_session facts = {
			.is_up = truth->is_up,
			.families = { agreed->families[0], agreed->families[1] },
			.add_path = { agreed->add_path_send[0], agreed->add_path_send[1] },
			.extended_next_hop = agreed->extended_next_hop,
			.router_id = truth->router_id,
		};
		model_session(model, session, &facts);
		for (uint32_t j = 0; j < world->prefix_count; j++) {
			struct prefix prefix = sim_prefix(j);
			if (truth->route[j].set == 0 || truth_is_blocked(world, i, j))
				continue;
			CHECK(!failed(model_announce(model, session, &prefix,
						     set_packed(world, truth->route[j].set - 1))));
		}
	}
	return model;
}

static void compare_family(struct world *world, struct model *model, uint32_t slot,
			   enum family family)
{
	static struct comparison comparison;

	comparison = (struct comparison){ .world = world, .model = model, .slot = slot };
	model_walk(model, (struct session_id){ (uint16_t)slot }, family, path_compare, &comparison);
	for (uint32_t i = 0; i <= SIM_SLOTS; i++) {
		for (uint32_t j = 0; j < world->prefix_count; j++) {
			if (prefix_family(j) == family && !comparison.seen[i][j])
				compare_one(world, slot, i, j, 0);
		}
	}
}

/* Of one prefix, without a path identifier or with one. */
void check_prefix(struct world *world, uint32_t slot, uint32_t prefix)
{
	static struct comparison comparison;
	struct heap heap = heap_libc();
	struct model *model = model_make(world, &heap);

	comparison = (struct comparison){
		.world = world, .model = model, .slot = slot, .is_of_one = true, .prefix = prefix
	};
	model_walk(model, (struct session_id){ (uint16_t)slot }, prefix_family(prefix),
		   path_compare, &comparison);
	for (uint32_t i = 0; i <= SIM_SLOTS; i++) {
		if (!comparison.seen[i][prefix])
			compare_one(world, slot, i, prefix, 0);
	}
	model_free(model);
	CHECK(heap.used_octets == 0);
}

void check_family(struct world *world, uint32_t slot, enum family family)
{
	struct heap heap = heap_libc();

	/* A blocked route may have been let in a moment ago, and nobody told so yet. */
	if (world->limited != 0 && world->limit_action == LIMIT_ACTION_BLOCK)
		return;

	truth_expire(world);
	struct model *model = model_make(world, &heap);
	compare_family(world, model, slot, family);
	model_free(model);
	CHECK(heap.used_octets == 0);
}

/* It can be expected to have caught up. */
static bool is_current(const struct world *world, uint32_t slot)
{
	const struct member *member = &world->member[slot];
	const struct truth *truth = &world->truth[slot];
	uint32_t place = bgp_session_established_place(&member->fsm);

	return member->is_wanted && !member->is_frozen && !member->is_deaf && truth->is_up &&
	       place < BGP_CONNECTIONS && member->conn[place] == truth->conn &&
	       truth->conn->to_member.len == 0 && truth->conn->to_server.len == 0;
}

static void check_session(struct world *world, struct model *model, uint32_t slot)
{
	const struct member *member = &world->member[slot];
	const struct truth *truth = &world->truth[slot];

	if (truth->is_up && truth->agreed.hold_s != 0 &&
	    instant_since(world->net.now, truth->conn->last_read_at).ns >
		    span_s(truth->agreed.hold_s + 1).ns)
		world_fail(world, "session %u is up although its hold time is over", slot);
	if (truth->is_up && truth->conn->ending != 0)
		world_fail(world, "session %u is up although it must have ended", slot);
	if (!is_current(world, slot))
		return;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (!truth->agreed.families[f])
			continue;
		compare_family(world, model, slot, (enum family)f);
		if (member->ends_of_rib[f] != 1)
			world_fail(world, "member %u got %u times End-of-RIB of %s", slot,
				   member->ends_of_rib[f], family_name((enum family)f));
		if (member->refreshing[f])
			world_fail(world, "member %u waits for the end of a refresh of %s", slot,
				   family_name((enum family)f));
	}
}

/* As many as there is room for are in; with room left, the others are about to be. */
static uint64_t check_limit(struct world *world, uint32_t slot, enum family family)
{
	const struct peer *peer = &world->worker[slot % world->worker_count]->peer[slot];
	uint32_t counted = 0;
	uint32_t blocked = 0;

	for (uint32_t i = 0; i < world->prefix_count; i++) {
		bool is_held = prefix_family(i) == family && world->truth[slot].route[i].set != 0;
		bool is_blocked = is_held && truth_is_blocked(world, slot, i);
		blocked += is_blocked ? 1 : 0;
		counted += is_held && !is_blocked ? 1 : 0;
	}
	if (peer->counts.blocked[family] != blocked ||
	    peer->counts.held[family] != counted + blocked)
		world_fail(world, "session %u counts %u of %s, %u blocked; it must be %u, %u", slot,
			   peer->counts.held[family], family_name(family),
			   peer->counts.blocked[family], counted + blocked, blocked);
	if (blocked != 0 && counted > SIM_LIMIT)
		world_fail(world, "session %u has %u of %s in, more than its limit", slot, counted,
			   family_name(family));
	if (blocked != 0 && counted < SIM_LIMIT && world->truth[slot].is_up &&
	    !instant_is_set(peer->unblock_at[family]) && !peer->unblock[family].is_running)
		world_fail(world, "session %u has room for %s routes that nobody lets in", slot,
			   family_name(family));
	return blocked;
}

/* What the shards hold, as numbers. */
static void check_counts(struct world *world, const struct model *model)
{
	uint64_t routes[FAMILY_COUNT] = { 0 };
	uint64_t refused[FAMILY_COUNT] = { 0 };

	for (uint32_t i = 0; i < world->shard_count; i++) {
		struct rib_counts counts;
		rib_counts_of(world->shards->shard[i].rib, &counts);
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			routes[f] += counts.routes[f];
			refused[f] += counts.refused[f];
		}
	}
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		uint64_t all = 0;
		uint64_t bad = 0;
		for (uint32_t i = 0; i < SIM_SLOTS; i++) {
			uint32_t of_session = 0;
			all += model_count(model, (struct session_id){ (uint16_t)i },
					   (enum family)f, &of_session);
			bad += of_session;
			uint64_t blocked = check_limit(world, i, (enum family)f);
			all += blocked;
			bad += blocked;
		}
		if (all != routes[f] || bad != refused[f])
			world_fail(world,
				   "the shards hold %u routes of %s, %u refused; it must be %u, %u",
				   (unsigned)routes[f], family_name((enum family)f),
				   (unsigned)refused[f], (unsigned)all, (unsigned)bad);
	}
}

void check_bounds(struct world *world)
{
	for (uint32_t i = 0; i < world->shard_count; i++) {
		const struct rib *rib = world->shards->shard[i].rib;
		struct rib_counts counts;
		rib_counts_of(rib, &counts);
		uint64_t bound = SHARD_BASE_OCTETS + 2 * counts.log_octets +
				 SHARD_SET_OCTETS * counts.attr_sets +
				 SHARD_ROUTE_OCTETS * (counts.routes[0] + counts.routes[1]);
		if (counts.memory_octets > bound)
			world_fail(world, "shard %u holds %llu octets, more than %llu", i,
				   (unsigned long long)counts.memory_octets,
				   (unsigned long long)bound);
		for (uint32_t j = 0; j < RIB_PROFILES_MAX; j++) {
			if (rib->profile[j].used &&
			    log_octets_held(&rib->profile[j].log) > 2 * RIB_WINDOW_OCTETS)
				world_fail(world, "a log of shard %u is over its window", i);
		}
	}
	for (uint32_t i = 0; i < world->worker_count; i++) {
		uint64_t links = 0;
		for (uint32_t j = 0; j < NET_NUMBERS_MAX; j++)
			links += world->worker[i]->link_of[j] != NULL ? 1 : 0;
		if (world->heap[i].used_octets > world->worker_base_octets[i] + links * LINK_OCTETS)
			world_fail(world, "worker %u holds %llu octets for %u streams", i,
				   (unsigned long long)world->heap[i].used_octets, (unsigned)links);
		if (world->worker[i]->mailbox.count != 0)
			world_fail(world, "a letter for worker %u was not taken", i);
	}
}

void check_all(struct world *world)
{
	struct heap heap = heap_libc();

	truth_expire(world);
	struct model *model = model_make(world, &heap);
	for (uint32_t i = 0; i < SIM_SLOTS && !world->has_failed; i++)
		check_session(world, model, i);
	if (!world->has_failed)
		check_counts(world, model);
	model_free(model);
	CHECK(heap.used_octets == 0);
	check_bounds(world);
	for (uint32_t i = 0; i < SIM_SLOTS; i++)
		world->truth[i].slack[0] = world->truth[i].slack[1] = 0;
	world->settled_changes = world->changes;
}
