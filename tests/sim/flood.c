/* sim/flood.c — connections of those who mean ill.
 *
 * While they come, a member that is known and was away comes back: it must be up within
 * UP_MS.  The server may hold no more streams and memory than is said here, and tell no more. */
#include "base/check.h"
#include "sim/day.h"

#define UP_MS 2000
#define TICK_MS 10
#define CALLERS_A_TICK 20u /* two thousand a second */
#define STANDING_MAX (NET_CONNS_MAX - 100u)
#define LULL_MS 300      /* of the flood alone, before the member comes */
#define MIXED_ONE_IN 20u /* ticks with an ordinary event, once the member is there */
#define AFTER_S 6        /* more than WORKER_ENDING_S */
#define AWAY_S 7         /* for a member that left to be gone for the server, too */
#define TOLD_MAX 40u     /* lines about callers in one flood */
#define OPEN_WAIT_S 36   /* BGP_OPEN_WAIT_S, then WORKER_ENDING_S, then the last octets' way */
#define TRICKLE_HOLD_S 200
#define STREAM_OCTETS 8192u /* of a stream that says its last word */

/* --- the member that comes back --------------------------------------------------------------- */

static bool is_welcome(const struct world *world, uint32_t slot)
{
	const struct peer *peer = &world->worker[slot % world->worker_count]->peer[slot];

	return bit_has(world->in_plan, slot) && bit_has(world->net.brisk, slot) &&
	       !bit_has(world->limited, slot) && !instant_is_set(peer->blocked_until) &&
	       !bgp_damping_holds(&peer->fsm.damping, world->net.now);
}

/* SIM_SLOTS: nobody can be the one. */
static uint32_t newcomer_draw(struct world *world, uint32_t but)
{
	uint32_t first = random_below(&world->random, SIM_SLOTS);

	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		uint32_t slot = (first + i) % SIM_SLOTS;
		if (slot == but || !is_welcome(world, slot))
			continue;
		struct member *member = &world->member[slot];
		member_go(world, slot, BGP_CEASE_ADMIN_SHUTDOWN, true);
		member_drop(world, slot, true);
		world->short_one_in = 0;
		world_run(world, instant_add(world->net.now, span_s(AWAY_S)));
		member_habits_draw(world, slot);
		member->habits.is_active = true;
		member->restarted = false;
		member->read_octets = 0;
		member->read_gap = (struct span){ 0 };
		if (!world->truth[slot].is_up && is_welcome(world, slot))
			return slot;
		member_come(world, slot);
	}
	return SIM_SLOTS;
}

/* --- callers ---------------------------------------------------------------------------------- */

struct flood {
	uint32_t slot;   /* whose address; SIM_SLOTS: of nobody known */
	uint32_t a_tick; /* callers */
	bool stays;      /* whoever got in never goes by itself */
};

/* Those that stand: some go when the server has closed, some never do, some say an octet. */
static void callers_live(struct world *world, const struct flood *flood)
{
	static const uint8_t octet[1] = { 0xff };
	uint32_t standing = 0;

	for (uint32_t i = 0; i < world->net.conn_end; i++) {
		struct net_conn *conn = &world->net.conn[i];
		if (conn->state == NET_FREE || !conn->is_idle || !conn->member_has)
			continue;
		bool is_over = net_member_sees_end(conn);
		if (++standing > STANDING_MAX || (is_over && conn->stream % 4 != 0) ||
		    (!flood->stays && conn->state == NET_STANDS && conn->stream % 8 == 1))
			net_member_close(&world->net, conn, conn->stream % 2 == 0);
		else if (conn->state == NET_STANDS && !is_over && conn->stream % 16 == 2)
			(void)net_member_write(&world->net, conn, octets_of(octet, 1));
	}
}

static void callers_come(struct world *world, const struct flood *flood)
{
	for (uint32_t i = 0; i < flood->a_tick; i++) {
		uint32_t slot = flood->slot != SIM_SLOTS ?
					flood->slot :
					SIM_SLOTS + random_below(&world->random, 100);
		struct net_conn *conn = net_call(&world->net, slot);
		if (conn == NULL)
			return;
		conn->is_idle = true;
		world->callers++;
	}
}

static void tick(struct world *world, const struct flood *flood)
{
	callers_live(world, flood);
	callers_come(world, flood);
	world->short_one_in = 0;
	world_run(world, instant_add(world->net.now, span_ms(TICK_MS)));
}

/* --- what must hold --------------------------------------------------------------------------- */

static uint32_t idle_streams(const struct world *world, bool of_strangers, int64_t age_s)
{
	struct instant before = { world->net.now.ns - span_s(age_s).ns };
	uint32_t count = 0;

	for (uint32_t i = 0; i < world->net.conn_end; i++) {
		const struct net_conn *conn = &world->net.conn[i];
		bool is_held = conn->state != NET_FREE && conn->is_idle && conn->server_has &&
			       conn->connect_at.ns <= before.ns;
		count += is_held && (conn->slot >= SIM_SLOTS) == of_strangers ? 1 : 0;
	}
	return count;
}

/* A stranger has no stream, and an address of a member two, and for a while those that are told to
 * go. */
static void check_during(struct world *world, uint32_t links_before, uint64_t octets_before)
{
	uint32_t links = day_links(world);
	uint64_t octets = day_worker_octets(world);
	uint32_t more_max = world->worker_count * WORKER_ENDING_MAX + 3 * SIM_SLOTS;

	if (idle_streams(world, true, 0) != 0)
		world_fail(world, "%u strangers have a stream", idle_streams(world, true, 0));
	if (links > links_before + more_max)
		world_fail(world, "%u streams in a flood, %u before", links, links_before);
	if (octets > octets_before + (uint64_t)more_max * STREAM_OCTETS +
			     (uint64_t)SIM_SLOTS * RIB_WINDOW_OCTETS)
		world_fail(world, "the workers grew from %llu to %llu octets in a flood",
			   (unsigned long long)octets_before, (unsigned long long)octets);
}

static void check_after(struct world *world, uint32_t told_before)
{
	world_run(world, instant_add(world->net.now, span_s(AFTER_S)));
	uint32_t left = idle_streams(world, false, 0);
	if (left > 2 * SIM_SLOTS)
		world_fail(world, "%u streams of a flood that is over", left);
	if (world->told[TOLD_CALLERS] - told_before > TOLD_MAX)
		world_fail(world, "a flood was told in %u lines",
			   world->told[TOLD_CALLERS] - told_before);
}

static void come_within(struct world *world, uint32_t slot, const struct flood *flood)
{
	struct instant start = world->net.now;

	member_come(world, slot);
	while (!world->has_failed &&
	       !(world->truth[slot].is_up && member_is_up(&world->member[slot])) &&
	       instant_since(world->net.now, start).ns <= span_ms(UP_MS).ns)
		tick(world, flood);
	int64_t took_ns = instant_since(world->net.now, start).ns;
	if (took_ns > world->longest_up_ns)
		world->longest_up_ns = took_ns;
	if (took_ns > span_ms(UP_MS).ns)
		world_fail(world, "member %u was not up in %u ms of a flood", slot, UP_MS);
}

static bool flood(struct world *world, struct flood *flood)
{
	uint32_t newcomer = newcomer_draw(world, flood->slot);

	if (newcomer == SIM_SLOTS || world->has_failed)
		return false;
	uint32_t links = day_links(world);
	uint32_t told = world->told[TOLD_CALLERS];
	uint64_t octets = day_worker_octets(world);
	uint64_t callers = world->callers;
	struct instant lull = instant_add(world->net.now, span_ms(LULL_MS));
	struct instant end = instant_add(world->net.now, span_ms(LULL_MS + UP_MS));
	while (world->net.now.ns < lull.ns && !world->has_failed)
		tick(world, flood);
	come_within(world, newcomer, flood);
	check_during(world, links, octets);
	while (world->net.now.ns < end.ns && !world->has_failed) {
		if (world_chance(world, MIXED_ONE_IN))
			script_event(world);
		tick(world, flood);
	}
	check_during(world, links, octets);
	world_trace(world, "script: %llu callers came, told in %u lines",
		    (unsigned long long)(world->callers - callers),
		    world->told[TOLD_CALLERS] - told);
	check_after(world, told);
	script_callers_go(world);
	return true;
}

bool flood_strangers(struct world *world)
{
	struct flood how = { .slot = SIM_SLOTS, .a_tick = CALLERS_A_TICK };

	return flood(world, &how);
}

bool flood_own_address(struct world *world)
{
	struct flood how = { .slot = random_below(&world->random, SIM_SLOTS),
			     .a_tick = CALLERS_A_TICK };

	return bit_has(world->in_plan, how.slot) && flood(world, &how);
}

/* They get in, say nothing, and never go. */
bool flood_half_open(struct world *world)
{
	struct flood how = { .slot = random_below(&world->random, SIM_SLOTS),
			     .a_tick = 1,
			     .stays = true };

	if (!bit_has(world->in_plan, how.slot))
		return false;
	member_drop(world, how.slot, true);
	if (!flood(world, &how))
		return false;
	/* Of those that stayed none is waited for longer than an OPEN may take. */
	struct instant end = instant_add(world->net.now, span_s(OPEN_WAIT_S + 1));
	how.a_tick = 0;
	while (world->net.now.ns < end.ns && !world->has_failed)
		tick(world, &how);
	uint32_t left = idle_streams(world, false, OPEN_WAIT_S);
	if (left != 0)
		world_fail(world, "%u streams wait for an OPEN too long", left);
	member_come(world, how.slot);
	return true;
}

/* --- an octet a minute ------------------------------------------------------------------------ */

static bool has_trickling(const struct world *world, uint32_t slot)
{
	for (uint32_t i = 0; i < world->net.conn_end; i++) {
		const struct net_conn *conn = &world->net.conn[i];
		if (conn->state != NET_FREE && conn->slot == slot && conn->server_has &&
		    conn->to_server.trickle_gap.ns != 0)
			return true;
	}
	return false;
}

static bool trickle_await(struct world *world, uint32_t slot, int64_t most_s)
{
	struct instant end = instant_add(world->net.now, span_s(most_s));

	while (has_trickling(world, slot) && world->net.now.ns < end.ns && !world->has_failed)
		world_run(world, instant_add(world->net.now, span_ms(500)));
	return !has_trickling(world, slot);
}

/* A member's OPEN comes so. */
bool flood_trickle_open(struct world *world)
{
	uint32_t slot = random_below(&world->random, SIM_SLOTS);

	if (!is_welcome(world, slot))
		return false;
	struct member *member = &world->member[slot];
	member_drop(world, slot, true);
	world_run(world, instant_add(world->net.now, span_s(AWAY_S)));
	member_habits_draw(world, slot);
	member->habits.is_active = true;
	world->net.trickling = UINT32_C(1) << slot;
	member_come(world, slot);
	world_run(world, instant_add(world->net.now, span_s(1)));
	bool came = has_trickling(world, slot);
	world->net.trickling = 0;
	if (came && !trickle_await(world, slot, OPEN_WAIT_S))
		world_fail(world, "session %u waits for an OPEN that comes an octet a minute",
			   slot);
	return came;
}

/* What a session says comes so from now on: that keeps no hold timer from expiring. */
bool flood_trickle_session(struct world *world)
{
	uint32_t slot = random_below(&world->random, SIM_SLOTS);
	struct truth *truth = &world->truth[slot];

	if (!truth->is_up || truth->agreed.hold_s == 0 || !world->member[slot].is_wanted)
		return false;
	net_trickle(&world->net, truth->conn, span_s(60));
	if (!trickle_await(world, slot, TRICKLE_HOLD_S))
		world_fail(world, "session %u stands on an octet a minute", slot);
	return true;
}
