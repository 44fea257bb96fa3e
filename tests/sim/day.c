/* sim/day.c — twenty-four hours in which all that can happen happens, mixed.
 *
 * Ordinary events come as the weights of script.c have them.  Between them stands an agenda: each
 * kind of day.h so many times, at instants drawn from the seed.  Who cannot come yet comes a little
 * later.  At the end everything heals, everyone holds what the model says, and when all have gone
 * the server holds what it held in the beginning. */
#include "sim/day.h"

#include <stdio.h>

#include "base/check.h"
#include "rib/shard.h"

#define DAY_S 86400
#define PAUSE_MS_MAX 20000u
#define HOUR_S 3600
#define TIMES 3u /* each kind */
#define LATER_S 60
#define RECOVER_S 5
#define LATE_S 7200 /* behind the day, at most, for who could not come before */
#define LEFT_S 900  /* for what is kept of sessions that are gone to be let go */
/* Tables keep a chunk, queues the room they had. */
#define SHARD_LEFT_OCTETS (2u * 1024u * 1024u)
#define WORKER_LEFT_OCTETS (16u * 1024u)

/* --- what others of the day need -------------------------------------------------------------- */

void day_mix(struct world *world, struct span time)
{
	struct instant end = instant_add(world->net.now, time);

	while (world->net.now.ns < end.ns && !world->has_failed) {
		int64_t left_ms = instant_since(end, world->net.now).ns / NS_PER_MS;
		uint32_t most = left_ms < PAUSE_MS_MAX ? (uint32_t)left_ms + 1 : PAUSE_MS_MAX;
		script_event(world);
		world_run(world,
			  instant_add(world->net.now, span_ms(random_below(&world->random, most))));
		world->step++;
	}
}

bool day_hears(const struct world *world, uint32_t slot)
{
	const struct member *member = &world->member[slot];
	const struct truth *truth = &world->truth[slot];
	uint32_t place = bgp_session_established_place(&member->fsm);

	if (!bit_has(world->net.brisk, slot) || !bit_has(world->in_plan, slot) || !truth->is_up ||
	    place == BGP_CONNECTIONS || member->conn[place] != truth->conn)
		return false;
	return truth->agreed.families[FAMILY_IPV4] && !member->is_frozen && !member->is_deaf &&
	       member->read_octets == 0 && !truth->conn->is_reset &&
	       truth->conn->to_member.stalled_until.ns <= world->net.now.ns;
}

bool day_is_sound(const struct world *world, uint32_t slot)
{
	const struct member *member = &world->member[slot];
	const struct net_conn *conn = world->truth[slot].conn;

	if (slot % 2 != 0 || !day_hears(world, slot) || conn->to_server.len != 0 ||
	    conn->to_server.stalled_until.ns > world->net.now.ns)
		return false;
	uint32_t place = bgp_session_established_place(&member->fsm);
	return member->out_at[place] == member->out_len[place];
}

uint32_t day_sound(struct world *world, uint32_t but)
{
	uint32_t first = random_below(&world->random, SIM_SLOTS);

	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		uint32_t slot = (first + i) % SIM_SLOTS;
		if (slot != but && day_is_sound(world, slot) && !bit_has(world->limited, slot))
			return slot;
	}
	return SIM_SLOTS;
}

uint32_t day_links(const struct world *world)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < world->worker_count; i++) {
		for (uint32_t j = 0; j < NET_NUMBERS_MAX; j++)
			count += world->worker[i]->link_of[j] != NULL ? 1 : 0;
	}
	return count;
}

uint64_t day_worker_octets(const struct world *world)
{
	uint64_t octets = 0;

	for (uint32_t i = 0; i < world->worker_count; i++)
		octets += world->heap[i].used_octets;
	return octets;
}

/* Who has a good line is there and well, if it can be. */
void day_recover(struct world *world)
{
	if ((world->in_plan & world->net.brisk) != world->net.brisk &&
	    !shards_are_judging(world->shards)) {
		world->in_plan |= world->net.brisk;
		(void)world_replan(world);
	}
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		struct member *member = &world->member[i];
		if (!bit_has(world->net.brisk, i))
			continue;
		member->is_frozen = member->is_deaf = false;
		member->read_octets = 0;
		member->read_gap = (struct span){ 0 };
		if (member->is_wanted && member->habits.families[FAMILY_IPV4])
			continue;
		member_drop(world, i, false);
		member_habits_draw(world, i);
		member->habits.families[FAMILY_IPV4] = true;
		member->habits.is_active = true;
		member_come(world, i);
	}
	world_run(world, instant_add(world->net.now, span_s(RECOVER_S)));
}

/* --- an hour ---------------------------------------------------------------------------------- */

/* Every second member reads nothing for an hour, while the others have much to say. */
static bool hour_deaf(struct world *world)
{
	struct instant end = instant_add(world->net.now, span_s(HOUR_S));
	uint32_t first = random_below(&world->random, 2);

	for (uint32_t i = first; i < SIM_SLOTS; i += 2)
		world->member[i].is_deaf = true;
	while (world->net.now.ns < end.ns && !world->has_failed) {
		script_churn(world);
		world_run(world, instant_add(world->net.now,
					     span_ms(1 + random_below(&world->random, 60000))));
		/* Who was lost comes back, and is no better. */
		for (uint32_t i = first; i < SIM_SLOTS; i += 2)
			world->member[i].is_deaf = true;
	}
	for (uint32_t i = first; i < SIM_SLOTS; i += 2)
		world->member[i].is_deaf = false;
	if (!world->has_failed)
		script_settle(world);
	return true;
}

/* --- the agenda ------------------------------------------------------------------------------- */

struct kind {
	const char *name;
	bool (*run)(struct world *world); /* false: it could not come now */
};

static const struct kind kinds[] = {
	{ "flood of strangers", flood_strangers },
	{ "flood from a member's address", flood_own_address },
	{ "half-open flood", flood_half_open },
	{ "OPEN by the octet", flood_trickle_open },
	{ "session by the octet", flood_trickle_session },
	{ "prefixes over the limit", storm_limit },
	{ "leak of a table", storm_leak },
	{ "sets never seen", storm_fresh },
	{ "paths and communities at their caps", storm_capped },
	{ "colliding sets", storm_colliding },
	{ "flaps", storm_flaps },
	{ "hour in which one in two is deaf", hour_deaf },
	{ "no descriptors", trouble_descriptors },
	{ "disk full", trouble_disk_full },
	{ "database locked", trouble_locked },
	{ "clock a year forward", trouble_clock_forward },
	{ "clock a year back", trouble_clock_back },
};
#define KINDS (sizeof kinds / sizeof *kinds)

struct agenda {
	struct instant at[KINDS][TIMES]; /* not set: it came */
	uint32_t came[KINDS];
};

static void agenda_draw(struct world *world, struct agenda *agenda)
{
	*agenda = (struct agenda){ 0 };
	for (uint32_t i = 0; i < KINDS; i++) {
		for (uint32_t j = 0; j < TIMES; j++)
			agenda->at[i][j] = instant_add(
				world->net.now,
				span_s(LATER_S + random_below(&world->random, DAY_S - HOUR_S)));
	}
}

static void agenda_step(struct world *world, struct agenda *agenda)
{
	for (uint32_t i = 0; i < KINDS && !world->has_failed; i++) {
		for (uint32_t j = 0; j < TIMES && !world->has_failed; j++) {
			struct instant *at = &agenda->at[i][j];
			if (!instant_due(*at, world->net.now))
				continue;
			world_trace(world, "script: %s", kinds[i].name);
			if (kinds[i].run(world)) {
				*at = (struct instant){ 0 };
				agenda->came[i]++;
			} else {
				day_recover(world);
				*at = instant_add(world->net.now, span_s(1));
			}
		}
	}
}

static bool agenda_is_done(const struct agenda *agenda)
{
	for (uint32_t i = 0; i < KINDS; i++) {
		if (agenda->came[i] != TIMES)
			return false;
	}
	return true;
}

static void agenda_tell(const struct agenda *agenda)
{
	for (uint32_t i = 0; i < KINDS; i++)
		printf("%s%s %u", i % 5 == 0 ? "\n# " : ", ", kinds[i].name, agenda->came[i]);
	printf("\n");
}

/* --- the end ---------------------------------------------------------------------------------- */

/* A log keeps a segment to write into. */
static bool logs_are_short(const struct rib *rib)
{
	for (uint32_t i = 0; i < RIB_PROFILES_MAX; i++) {
		if (rib->profile[i].used && rib->profile[i].log.segment_count > 1)
			return false;
	}
	return true;
}

/* All go; what was kept for them goes after; then the server is as it was before they came. */
static void everyone_goes(struct world *world, const uint64_t shard_octets[SHARDS_MAX])
{
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		member_go(world, i, BGP_CEASE_HARD_RESET, true);
		member_drop(world, i, true);
	}
	world_run(world, instant_add(world->net.now, span_s(LEFT_S)));
	for (uint32_t i = 0; i < world->shard_count; i++) {
		uint64_t octets = world->shards->shard[i].heap.used_octets;
		struct rib_counts counts;
		rib_counts_of(world->shards->shard[i].rib, &counts);
		if (counts.prefixes[0] + counts.prefixes[1] + counts.attr_sets != 0)
			world_fail(world, "shard %u has %llu prefixes and %llu sets of nobody", i,
				   (unsigned long long)(counts.prefixes[0] + counts.prefixes[1]),
				   (unsigned long long)counts.attr_sets);
		if (!logs_are_short(world->shards->shard[i].rib))
			world_fail(world, "the logs of shard %u hold %llu octets for nobody", i,
				   (unsigned long long)counts.log_octets);
		if (octets > shard_octets[i] + counts.log_octets + SHARD_LEFT_OCTETS)
			world_fail(world, "shard %u holds %llu octets after the day, %llu before",
				   i, (unsigned long long)octets,
				   (unsigned long long)shard_octets[i]);
	}
	for (uint32_t i = 0; i < world->worker_count; i++) {
		uint64_t octets = world->heap[i].used_octets;
		if (octets > world->worker_base_octets[i] + WORKER_LEFT_OCTETS)
			world_fail(world, "worker %u holds %llu octets after the day, %llu before",
				   i, (unsigned long long)octets,
				   (unsigned long long)world->worker_base_octets[i]);
	}
}

void script_day(struct world *world)
{
	struct instant end = instant_add(world->net.now, span_s(DAY_S));
	struct instant last = instant_add(end, span_s(LATE_S));
	uint64_t shard_octets[SHARDS_MAX];
	struct agenda agenda;

	world->swarm &= ~SCRIPT_EVENT_BITS; /* all kinds come */
	world->prefix_count = SIM_PREFIXES_ALL;
	world->net.brisk = 0x577; /* some have good lines */
	for (uint32_t i = 0; i < world->shard_count; i++)
		shard_octets[i] = world->shards->shard[i].heap.used_octets;
	recorder_begin(world);
	agenda_draw(world, &agenda);
	while (!world->has_failed && world->net.now.ns < last.ns &&
	       (world->net.now.ns < end.ns || !agenda_is_done(&agenda))) {
		day_mix(world, span_s(1));
		agenda_step(world, &agenda);
	}
	agenda_tell(&agenda);
	script_tell(world);
	if (!world->has_failed && !agenda_is_done(&agenda))
		world_fail(world, "something did not come all day");
	script_end(world);
	if (!world->has_failed)
		recorder_check(world);
	if (!world->has_failed)
		everyone_goes(world, shard_octets);
	recorder_end(world);
}
