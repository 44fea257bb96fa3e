/* sim/storm.c — routes of those who mean ill, or know no better.
 *
 * While they come, another member says something of a prefix of its own, the beacon: BEACON_MS
 * later every member with a good line must hold what the model says of it. */
#include "base/check.h"
#include "rib/shard.h"
#include "sim/day.h"

#define BEACON_MS 500
#define TICK_MS 10
#define FRESH_A_TICK 100u /* ten thousand sets a second */
#define STORM_MS 1000
#define LEAK_PATH_PREFIXES 16u
#define LEAK_MEND_S 60
#define LIMIT_SAID 20u /* more than SIM_LIMIT */
#define LIMIT_MS 5000  /* till a limit that was passed shows */
#define COLLIDING 128u
#define CHAIN_MAX 24u /* of one bucket, whatever strangers say */

/* --- the beacon ------------------------------------------------------------------------------- */

static void beacon_say(struct world *world, uint32_t slot)
{
	uint32_t prefix = SIM_BEACON;

	world->member[slot].own[prefix] = set_fresh(world, slot) + 1;
	member_say_routes(world, slot, &prefix, 1);
}

static void beacon_check(struct world *world, uint32_t slot)
{
	const struct truth *truth = &world->truth[slot];

	if (truth->is_up && truth->route[SIM_BEACON].set != world->member[slot].own[SIM_BEACON])
		world_fail(world, "an update of member %u was not read in %u ms", slot, BEACON_MS);
	for (uint32_t i = 0; i < SIM_SLOTS && !world->has_failed; i++) {
		if (day_hears(world, i))
			check_prefix(world, i, SIM_BEACON);
	}
}

/* The storm of one member, `say` a tick, and what it does to the others. */
static bool storm(struct world *world, uint32_t slot,
		  void (*say)(struct world *world, uint32_t slot))
{
	uint32_t other = day_sound(world, slot);

	if (slot == SIM_SLOTS || other == SIM_SLOTS)
		return false;
	world->short_one_in = 0;
	for (uint32_t ms = 0; ms < STORM_MS && !world->has_failed; ms += TICK_MS) {
		if (ms == STORM_MS - BEACON_MS)
			beacon_say(world, other);
		say(world, slot);
		world_run(world, instant_add(world->net.now, span_ms(TICK_MS)));
	}
	if (!world->has_failed)
		beacon_check(world, other);
	return true;
}

/* --- storms ----------------------------------------------------------------------------------- */

static void say_fresh(struct world *world, uint32_t slot)
{
	for (uint32_t i = 0; i < FRESH_A_TICK; i++) {
		uint32_t at = random_below(&world->random, SIM_PREFIXES_IPV4);
		world->member[slot].own[at] = set_fresh(world, slot) + 1;
		member_say_routes(world, slot, &at, 1);
		world->fresh_said++;
	}
}

bool storm_fresh(struct world *world)
{
	return storm(world, day_sound(world, SIM_SLOTS), say_fresh);
}

static void say_capped(struct world *world, uint32_t slot)
{
	uint32_t at = random_below(&world->random, SIM_PREFIXES_IPV4);

	world->member[slot].own[at] = set_capped(world, slot) + 1;
	member_say_routes(world, slot, &at, 1);
}

bool storm_capped(struct world *world)
{
	return storm(world, day_sound(world, SIM_SLOTS), say_capped);
}

/* As fast as the connection takes them. */
static void say_flaps(struct world *world, uint32_t slot)
{
	const struct truth *truth = &world->truth[slot];

	for (uint32_t i = 0; i < NET_PIPE_OCTETS / 64; i++) {
		uint32_t at = random_below(&world->random, 3);
		bool is_there = world->member[slot].own[at] != 0;
		if (!truth->is_up || truth->conn->mark_count > NET_MARKS_MAX / 2)
			return;
		world->member[slot].own[at] = is_there ? 0 :
							 set_random(world, slot, FAMILY_IPV4) + 1;
		member_say_routes(world, slot, &at, 1);
		world->flaps_said++;
	}
}

bool storm_flaps(struct world *world)
{
	return storm(world, day_sound(world, SIM_SLOTS), say_flaps);
}

/* --- hashes that meet ------------------------------------------------------------------------- */

static uint32_t chain_longest(const struct world *world)
{
	uint32_t longest = 0;

	for (uint32_t i = 0; i < world->shard_count; i++) {
		const struct attr_table *table = &world->shards->shard[i].rib->attrs;
		for (uint32_t j = 0; j < table->bucket_count; j++) {
			uint32_t len = 0;
			for (uint32_t at = table->buckets[j]; at != 0; at = table->sets[at]->chain)
				len++;
			longest = len > longest ? len : longest;
		}
	}
	return longest;
}

/* Who guesses the key finds chains as short as ever; with the key itself they grow long, and all is
 * still right. */
bool storm_colliding(struct world *world)
{
	uint32_t slot = day_sound(world, SIM_SLOTS);
	bool has_key = world_chance(world, 2);

	if (slot == SIM_SLOTS)
		return false;
	for (uint32_t i = 0; i < COLLIDING && !world->has_failed; i++) {
		uint32_t at = SIM_LEAK + i;
		world->member[slot].own[at] = set_colliding(world, slot, has_key) + 1;
		member_say_routes(world, slot, &at, 1);
	}
	world_run(world, instant_add(world->net.now, span_s(2)));
	uint32_t chain = chain_longest(world);
	world_trace(world, "script: colliding sets, the longest chain %u", chain);
	if (!has_key && chain > CHAIN_MAX)
		world_fail(world, "a chain of %u sets", chain);
	script_settle(world);
	storm_mend(world, slot);
	return true;
}

/* --- too many --------------------------------------------------------------------------------- */

/* What it should not have said goes. */
void storm_mend(struct world *world, uint32_t slot)
{
	static uint32_t list[SIM_LEAK_PREFIXES];

	for (uint32_t i = 0; i < SIM_LEAK_PREFIXES; i++) {
		list[i] = SIM_LEAK + i;
		world->member[slot].own[list[i]] = 0;
	}
	member_say_routes(world, slot, list, SIM_LEAK_PREFIXES);
}

static void storm_silence(struct world *world, uint32_t slot)
{
	for (uint32_t i = 0; i < SIM_PREFIXES_IPV4; i++) {
		world->member[slot].own[i] = 0;
		member_say_routes(world, slot, &i, 1);
	}
	world_run(world, instant_add(world->net.now, span_s(1)));
}

static void say_leak(struct world *world, uint32_t slot, uint32_t count)
{
	static uint32_t list[SIM_LEAK_PREFIXES];

	for (uint32_t i = 0; i < count; i++) {
		list[i] = SIM_LEAK + i;
		world->member[slot].own[list[i]] = i % LEAK_PATH_PREFIXES == 0 ?
							   set_fresh(world, slot) + 1 :
							   world->member[slot].own[list[i - 1]];
	}
	member_say_routes(world, slot, list, count);
}

/* The member may have SIM_LIMIT prefixes from now on, or as many as the rule book lets. */
static bool limit_give(struct world *world, uint32_t slot, bool is_limited)
{
	if (shards_are_judging(world->shards))
		return false;
	world->limited = is_limited ? UINT32_C(1) << slot : 0;
	world->limit_action = (enum plan_limit_action)random_below(&world->random,
								   LIMIT_ACTION_COUNT);
	return world_replan(world);
}

/* It is shut, or its routes are blocked, or it is said: as its limit has it. */
static void limit_check(struct world *world, uint32_t slot, uint32_t told_before)
{
	const struct plan_session *session = plan_session_of(world->plan,
							     (struct session_id){ (uint16_t)slot });
	const struct peer *peer = &world->worker[slot % world->worker_count]->peer[slot];
	enum plan_limit_action action = plan_limit_action_for(world->plan, session);
	bool was_shut = peer->block == BLOCK_PREFIXES;

	if (action == LIMIT_ACTION_SHUT ? !was_shut || world->truth[slot].is_up : was_shut)
		world_fail(world, "session %u was%s shut for its limit", slot,
			   was_shut ? "" : " not");
	if (action == LIMIT_ACTION_BLOCK && peer->counts.blocked[FAMILY_IPV4] == 0)
		world_fail(world, "session %u is over its limit and nothing is blocked", slot);
	if (world->told[TOLD_LIMIT] == told_before)
		world_fail(world, "that session %u is over its limit was not told", slot);
	world->limits_passed[action]++;
}

static bool too_many(struct world *world, bool is_limited, uint32_t count)
{
	uint32_t slot = day_sound(world, SIM_SLOTS);
	uint32_t told = world->told[TOLD_LIMIT];

	if (slot == SIM_SLOTS)
		return false;
	/* What is in already stays in under any limit. */
	storm_silence(world, slot);
	if (!limit_give(world, slot, is_limited))
		return false;
	script_settle(world);
	if (world->has_failed || !day_is_sound(world, slot))
		return false;
	say_leak(world, slot, count);
	world_run(world, instant_add(world->net.now, span_ms(LIMIT_MS)));
	if (is_limited)
		limit_check(world, slot, told);
	else if (truth_count(world, slot, FAMILY_IPV4) < count)
		world_fail(world, "%u routes of a leak are held, of %u",
			   truth_count(world, slot, FAMILY_IPV4), count);
	if (!world->has_failed)
		script_settle(world);
	day_mix(world, span_s(LEAK_MEND_S));
	storm_mend(world, slot);
	return true;
}

bool storm_limit(struct world *world)
{
	return too_many(world, true, LIMIT_SAID);
}

bool storm_leak(struct world *world)
{
	return too_many(world, world_chance(world, 2), SIM_LEAK_PREFIXES);
}
