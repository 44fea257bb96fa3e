/* sim/script.c — what happens, drawn from the seed.
 *
 * Each kind of event has a bit of the swarm; a seed that has it set leaves the kind out, so that
 * the others come in longer rows.  Between events the world runs for a while, mostly shorter than
 * anything takes. */
#include <stdio.h>

#include "base/check.h"
#include "rib/shard.h"
#include "sim/world.h"

#define SETTLE_S 120 /* after that whoever is still behind is starved */
#define HEAL_S 900   /* the longest anything waits: blocked members, timers of the restart */

static uint32_t slot_draw(struct world *world)
{
	return random_below(&world->random, SIM_SLOTS);
}

static enum family family_draw(struct world *world)
{
	return world_chance(world, 2) ? FAMILY_IPV6 : FAMILY_IPV4;
}

/* --- routes ----------------------------------------------------------------------------------- */

static void event_announce(struct world *world)
{
	uint32_t slot = slot_draw(world);
	uint32_t list[8];
	uint32_t count = 1 + random_below(&world->random, 8);
	enum family family = family_draw(world);
	uint32_t set = set_random(world, slot, family) + 1;

	for (uint32_t i = 0; i < count; i++) {
		list[i] = family == FAMILY_IPV4 ?
				  random_below(&world->random, SIM_PREFIXES_IPV4) :
				  SIM_PREFIXES_IPV4 +
					  random_below(&world->random,
						       SIM_PREFIXES - SIM_PREFIXES_IPV4);
		world->member[slot].own[list[i]] = set;
	}
	member_say_routes(world, slot, list, count);
}

static void event_withdraw(struct world *world)
{
	uint32_t slot = slot_draw(world);
	uint32_t list[6];
	uint32_t count = 1 + random_below(&world->random, 6);

	for (uint32_t i = 0; i < count; i++) {
		list[i] = random_below(&world->random, SIM_PREFIXES);
		world->member[slot].own[list[i]] = 0;
	}
	member_say_routes(world, slot, list, count);
}

/* Many changes in a row of few prefixes, all at once. */
static void event_flaps(struct world *world)
{
	uint32_t slot = slot_draw(world);
	uint32_t prefix = random_below(&world->random, SIM_PREFIXES);

	for (uint32_t i = random_below(&world->random, 30); i != 0; i--) {
		uint32_t at = (prefix + random_below(&world->random, 3)) % SIM_PREFIXES;
		world->member[slot].own[at] = world_chance(world, 2) ?
						      set_random(world, slot, prefix_family(at)) +
							      1 :
						      0;
		member_say_routes(world, slot, &at, 1);
	}
}

static void event_odd(struct world *world)
{
	uint32_t slot = slot_draw(world);
	uint32_t prefix = random_below(&world->random, SIM_PREFIXES);

	member_say_odd(world, slot, prefix, !bit_has(world->swarm, 27));
	/* The prefix is now as the server has it: say it anew some time. */
	if (world_chance(world, 2))
		member_say_routes(world, slot, &prefix, 1);
}

static void event_refresh(struct world *world)
{
	member_say_refresh(world, slot_draw(world), family_draw(world));
}

static void event_refresh_all(struct world *world)
{
	member_refresh_all(world, slot_draw(world), family_draw(world));
}

/* --- sessions --------------------------------------------------------------------------------- */

static void event_come(struct world *world)
{
	uint32_t slot = slot_draw(world);

	if (world->member[slot].is_wanted)
		return;
	world_trace(world, "script: %u comes", slot);
	member_habits_draw(world, slot);
	member_come(world, slot);
}

static void event_go(struct world *world)
{
	static const enum bgp_cease why[] = { BGP_CEASE_ADMIN_SHUTDOWN, BGP_CEASE_ADMIN_RESET,
					      BGP_CEASE_HARD_RESET, BGP_CEASE_DECONFIGURED };
	uint32_t slot = slot_draw(world);
	enum bgp_cease cease = why[random_below(&world->random, 4)];

	world_trace(world, "script: %u goes with cease %u", slot, (unsigned)cease);
	member_go(world, slot, cease, world_chance(world, 2));
}

static void event_crash(struct world *world)
{
	uint32_t slot = slot_draw(world);
	struct member *member = &world->member[slot];

	if (!member->is_wanted)
		return;
	world_trace(world, "script: %u crashes", slot);
	member_drop(world, slot, world_chance(world, 2));
	if (world_chance(world, 3))
		return; /* and stays away */
	member->restarted = true;
	if (world_chance(world, 3))
		member_habits_draw(world, slot);
	for (uint32_t i = 0; i < SIM_PREFIXES; i++) {
		if (world_chance(world, 8))
			member->own[i] = 0;
	}
	member_come(world, slot);
}

/* The member is gone and the server does not learn of it: nothing more arrives either way. */
static void event_vanish(struct world *world)
{
	uint32_t slot = slot_draw(world);
	struct member *member = &world->member[slot];
	uint32_t place = bgp_session_established_place(&member->fsm);

	if (!member->is_wanted || place == BGP_CONNECTIONS || member->conn[place] == NULL)
		return;
	struct net_conn *conn = member->conn[place];
	struct instant until = instant_add(world->net.now,
					   span_s(random_below(&world->random, 400)));
	world_trace(world, "script: %u vanishes", slot);
	conn->to_server.stalled_until = until;
	conn->to_member.stalled_until = until;
	if (world_chance(world, 2))
		return;
	member_drop(world, slot, false);
	member->restarted = true;
	member_come(world, slot);
}

static void event_stall(struct world *world)
{
	uint32_t slot = slot_draw(world);
	struct member *member = &world->member[slot];
	struct instant until = instant_add(world->net.now,
					   span_ms(random_below(&world->random, 30000)));

	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		if (member->conn[i] == NULL)
			continue;
		world_trace(world, "script: %u stalls", slot);
		if (world_chance(world, 2))
			member->conn[i]->to_server.stalled_until = until;
		else
			member->conn[i]->to_member.stalled_until = until;
	}
}

static void event_freeze(struct world *world)
{
	struct member *member = &world->member[slot_draw(world)];

	member->is_frozen = !member->is_frozen;
}

static void event_deafen(struct world *world)
{
	struct member *member = &world->member[slot_draw(world)];

	member->is_deaf = !member->is_deaf;
}

static void event_slow(struct world *world)
{
	struct member *member = &world->member[slot_draw(world)];
	bool is_slow = member->read_octets == 0;

	member->read_octets = is_slow ? 1 + random_below(&world->random, 500) : 0;
	/* Slow, but done within SETTLE_S. */
	member->read_gap = span_ms(
		is_slow ? random_below(&world->random, 20) * member->read_octets / 500 : 0);
}

/* Memory is short for the server, for a moment or longer. */
static void event_starve(struct world *world)
{
	uint32_t one_in = 1 + random_below(&world->random, 20);
	uint32_t most_ms = world_chance(world, 3) ? 60000 : 50;

	world_trace(world, "script: one allocation in %u fails", one_in);
	world_starve(world, one_in, span_ms(1 + random_below(&world->random, most_ms)));
}

/* Connections that never say an OPEN, from strangers and from members' own addresses; those that
 * are there say an octet each, or go when the server has closed. */
static void event_callers(struct world *world)
{
	static const uint8_t octet[1] = { 0xff };

	for (uint32_t i = 0; i < world->net.conn_end; i++) {
		struct net_conn *conn = &world->net.conn[i];
		if (conn->state == NET_FREE || !conn->is_idle || !conn->member_has)
			continue;
		if (net_member_sees_end(conn) || world_chance(world, 8))
			net_member_close(&world->net, conn, world_chance(world, 2));
		else if (conn->state == NET_STANDS)
			(void)net_member_write(&world->net, conn, octets_of(octet, 1));
	}
	for (uint32_t i = random_below(&world->random, SIM_CALLERS_MAX); i != 0; i--) {
		bool is_strange = !world_chance(world, 4);
		struct net_conn *conn = net_call(&world->net,
						 is_strange ? SIM_SLOTS + i : slot_draw(world));
		if (conn != NULL)
			conn->is_idle = true;
	}
}

void script_callers_go(struct world *world)
{
	for (uint32_t i = 0; i < world->net.conn_end; i++) {
		struct net_conn *conn = &world->net.conn[i];
		if (conn->state != NET_FREE && conn->is_idle && conn->member_has)
			net_member_close(&world->net, conn, true);
	}
}

/* Much to say, all the time. */
void script_churn(struct world *world)
{
	event_announce(world);
	event_withdraw(world);
	event_flaps(world);
}

/* --- the server ------------------------------------------------------------------------------- */

static void event_evidence(struct world *world)
{
	if (world_evidence(world))
		world_trace(world, "script: other VRPs, %u", rpki_vrp_count(world->rpki));
}

void script_replan(struct world *world)
{
	uint32_t slot = slot_draw(world);
	uint32_t bit = UINT32_C(1) << slot;

	if (shards_are_judging(world->shards))
		return;
	switch (random_below(&world->random, 6)) {
	case 0:
		world->in_plan ^= bit;
		break;
	case 1:
		world->other_asn ^= bit;
		break;
	case 2:
		world->blackhole ^= bit;
		world->add_path ^= bit;
		break;
	case 3:
		world->active ^= bit;
		break;
	default:
		world->rules = (uint32_t)random_next(&world->random);
		break;
	}
	world_trace(world, "script: another plan, slots %x", world->in_plan);
	if (!world_replan(world))
		return;
	/* Whose number is another now comes again under it. */
	if (bit_has(world->other_asn, slot) !=
	    (world->member[slot].fsm.config.offer.asn > 2000 &&
	     world->member[slot].fsm.config.offer.asn % 10000 > 2000)) {
		member_drop(world, slot, false);
		member_habits_draw(world, slot);
	}
}

/* Readers of the logs fall out, as if they had been much too slow. */
static void event_places_lost(struct world *world)
{
	struct rib *rib = shard_enter(&world->shards->shard[0]);
	enum family family = family_draw(world);

	rib_out_lose_all(rib, family, rib->epoch[family] + 1);
	shard_leave(&world->shards->shard[0]);
	for (uint32_t i = 0; i < world->worker_count; i++)
		world->net.port[i].is_woken = true;
	atomic_fetch_add(&world->shards->shard[0].encoded, 1);
}

static void event_time(struct world *world)
{
	static const uint32_t spans_s[] = { 1, 4, 12, 40, 100, 500 };
	uint32_t most = spans_s[random_below(&world->random, 6)];

	world_run(world,
		  instant_add(world->net.now, span_ms(random_below(&world->random, most * 1000))));
}

static void event_wall(struct world *world)
{
	world->net.wall_offset_s += world_chance(world, 2) ? 365 * 86400 : -365 * 86400;
}

/* --- settling --------------------------------------------------------------------------------- */

static bool pipe_is_quiet(const struct world *world, const struct net_pipe *pipe)
{
	return pipe->len == 0 || pipe->stalled_until.ns > world->net.now.ns;
}

static bool is_settled(const struct world *world)
{
	if (shards_are_judging(world->shards))
		return false;
	for (uint32_t i = 0; i < world->shard_count; i++) {
		if (rib_dirty_count(world->shards->shard[i].rib) != 0)
			return false;
	}
	for (uint32_t i = 0; i < world->net.conn_end; i++) {
		const struct net_conn *conn = &world->net.conn[i];
		if (conn->state == NET_FREE || conn->is_idle)
			continue;
		const struct member *member = &world->member[conn->slot];
		bool listens = !member->is_deaf && !member->is_frozen;
		if (conn->server_has && !pipe_is_quiet(world, &conn->to_server))
			return false;
		if (conn->member_has && listens && !pipe_is_quiet(world, &conn->to_member))
			return false;
	}
	return true;
}

void script_settle(struct world *world)
{
	struct instant end = instant_add(world->net.now, span_s(SETTLE_S));

	/* While memory is short nobody can be expected to catch up. */
	world->short_one_in = 0;
	do {
		world_run(world, instant_add(world->net.now, span_ms(300)));
		if (world->net.now.ns > end.ns && !world->has_failed)
			world_fail(world, "after %u s somebody is still behind", SETTLE_S);
	} while (!world->has_failed && !is_settled(world));
	if (!world->has_failed)
		check_all(world);
}

/* All obstacles go; then everybody must be up and hold what it must. */
void script_heal(struct world *world)
{
	world->short_one_in = 0;
	script_callers_go(world);
	for (uint32_t i = 0; i < world->net.conn_end; i++) {
		world->net.conn[i].to_server.stalled_until = (struct instant){ 0 };
		world->net.conn[i].to_member.stalled_until = (struct instant){ 0 };
	}
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		struct member *member = &world->member[i];
		member->is_frozen = member->is_deaf = false;
		member->read_octets = 0;
		member->read_gap = (struct span){ 0 };
		if (member->fsm.config.offer.asn != world_asn(world, i))
			member_drop(world, i, false);
		for (uint32_t j = 0; j < SIM_PREFIXES_IPV4 && bit_has(world->limited, i); j++) {
			member->own[j] = 0;
			member_say_routes(world, i, &j, 1);
		}
		member_come(world, i);
		/* A change of plan may have left both ends waiting to be called. */
		if (!bit_has(world->active, i) && !member->fsm.config.is_active) {
			struct bgp_session_config calls = member->fsm.config;
			calls.is_active = true;
			bgp_session_configure(&member->fsm, &calls, world->net.now);
		}
	}
	world_run(world, instant_add(world->net.now, span_s(HEAL_S)));
	for (uint32_t i = 0; i < SIM_SLOTS && !world->has_failed; i++) {
		if (bit_has(world->in_plan, i) && !world->truth[i].is_up)
			world_fail(world, "session %u does not come up", i);
	}
	if (!world->has_failed)
		script_settle(world);
}

/* --- the script ------------------------------------------------------------------------------- */

struct event {
	const char *name;
	void (*run)(struct world *world);
	uint32_t weight;
	uint32_t bit; /* of the swarm; 32 = always there */
};

static const struct event events[] = {
	{ "announcements", event_announce, 40, 32 },
	{ "withdrawals", event_withdraw, 12, 0 },
	{ "rows of changes", event_flaps, 4, 1 },
	{ "odd attributes", event_odd, 5, 2 },
	{ "refreshes asked for", event_refresh, 3, 3 },
	{ "refreshes said", event_refresh_all, 2, 4 },
	{ "members that come", event_come, 12, 32 },
	{ "that go", event_go, 3, 5 },
	{ "that crash", event_crash, 4, 6 },
	{ "that vanish", event_vanish, 1, 7 },
	{ "stalls", event_stall, 2, 8 },
	{ "freezes", event_freeze, 2, 9 },
	{ "deaf ones", event_deafen, 2, 10 },
	{ "slow ones", event_slow, 3, 11 },
	{ "plans", script_replan, 2, 12 },
	{ "places lost", event_places_lost, 2, 13 },
	{ "long waits", event_time, 4, 14 },
	{ "clocks set", event_wall, 1, 15 },
	{ "shortages of memory", event_starve, 1, 16 },
	{ "RPKI data", event_evidence, 3, 17 },
	{ "callers without OPEN", event_callers, 3, 18 },
	{ "comparisons", script_settle, 2, 32 },
};

static uint32_t weights_of(const struct world *world)
{
	uint32_t total = 0;

	for (uint32_t i = 0; i < sizeof events / sizeof *events; i++) {
		if (events[i].bit == 32 || !bit_has(world->swarm, events[i].bit))
			total += events[i].weight;
	}
	return total;
}

static void event_draw(struct world *world, uint32_t total)
{
	uint32_t drawn = random_below(&world->random, total);

	for (uint32_t i = 0; i < sizeof events / sizeof *events; i++) {
		if (events[i].bit != 32 && bit_has(world->swarm, events[i].bit))
			continue;
		if (drawn < events[i].weight) {
			world->event_count[i]++;
			events[i].run(world);
			return;
		}
		drawn -= events[i].weight;
	}
}

void script_event(struct world *world)
{
	event_draw(world, weights_of(world));
}

void script_tell(const struct world *world)
{
	for (uint32_t i = 0; i < sizeof events / sizeof *events; i++)
		printf("%s%s %u",
		       i == 0     ? "# " :
		       i % 8 == 0 ? ",\n# " :
				    ", ",
		       events[i].name, world->event_count[i]);
	printf("\n# %llu callers in floods, the longest way up in one %lld ms; %llu sets never "
	       "seen; "
	       "%llu flaps; over the limit: %u told, %u blocked, %u shut; "
	       "changes recorded: %u, refused: %u\n",
	       (unsigned long long)world->callers, (long long)(world->longest_up_ns / NS_PER_MS),
	       (unsigned long long)world->fresh_said, (unsigned long long)world->flaps_said,
	       world->limits_passed[LIMIT_ACTION_WARN], world->limits_passed[LIMIT_ACTION_BLOCK],
	       world->limits_passed[LIMIT_ACTION_SHUT], world->recorder.kept,
	       world->recorder.refused);
}

void script_end(struct world *world)
{
	if (!world->has_failed)
		script_settle(world);
	if (!world->has_failed)
		script_heal(world);
}

void script_run(struct world *world, uint32_t steps)
{
	uint32_t total = weights_of(world);

	for (; world->step < steps && !world->has_failed; world->step++) {
		event_draw(world, total);
		uint32_t pause_us = world_chance(world, 3) ? 100000 : 2000;
		world_run(world, instant_add(world->net.now,
					     span_us(random_below(&world->random, pause_us))));
	}
	script_end(world);
}
