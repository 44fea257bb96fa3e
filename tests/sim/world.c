/* sim/world.c — the making of a world, its plans, and its clock. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "sim/world.h"

#define REPLAN_TRIES 20u
#define TURNS_MAX 400000u /* of one run: more is somebody going round in circles */

void world_fail(struct world *world, const char *format, ...)
{
	char text[SIM_TEXT_MAX];
	va_list list;

	if (world->has_failed)
		return;
	world->has_failed = true;
	va_start(list, format);
	(void)vsnprintf(text, sizeof text, format, list);
	va_end(list);
	printf("# seed %llu, step %u, %.6f s: %s\n", (unsigned long long)world->seed, world->step,
	       (double)world->net.now.ns / 1e9, text);
}

void world_trace(const struct world *world, const char *format, ...)
{
	va_list list;

	if (!world->traces)
		return;
	printf("# %u %.6f ", world->step, (double)world->net.now.ns / 1e9);
	va_start(list, format);
	(void)vprintf(format, list);
	va_end(list);
	printf("\n");
}

/* --- who is there ----------------------------------------------------------------------------- */

uint32_t world_asn(const struct world *world, uint32_t slot)
{
	static const uint32_t asns[SIM_MEMBERS] = { 1001, 1002,   1003,   1004, 1005,
						    1006, 201007, 201008, 1009 };

	return asns[slot % SIM_MEMBERS] + (bit_has(world->other_asn, slot) ? 1000u : 0u);
}

struct address world_address(uint32_t slot)
{
	struct address address = { FAMILY_IPV6, { 0x20, 0x01, 0x07, 0xf8 } };

	if (slot % 2 == 0)
		return address_ipv4(0xb9010201u + slot);
	address.octet[15] = (uint8_t)(slot + 1);
	return address;
}

static struct address address_at(void *context, uint32_t slot)
{
	(void)context;
	return world_address(slot);
}

static uint32_t slot_at(void *context, const struct address *address)
{
	(void)context;
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		struct address known = world_address(i);
		if (address_compare(address, &known) == 0)
			return i;
	}
	CHECK(false);
	return 0;
}

static bool member_answers(void *context, uint32_t slot)
{
	const struct world *world = context;

	return world->member[slot].is_wanted;
}

/* --- plans ------------------------------------------------------------------------------------ */

static void rules_fill(const struct world *world, struct plan_rules *rules)
{
	static const uint16_t path_lens[] = { 64, 3, 300, 64 };

	rules->path_len_max = path_lens[world->rules % 4];
	rules->blackhole = (world->rules / 4) % 4 != 0;
	rules->len_bits_max[FAMILY_IPV4] = (world->rules / 16) % 3 == 0 ? 23 : 24;
	rules->check_bogons = (world->rules / 64) % 4 != 0;
	rules->never_via_count = (world->rules / 256) % 2;
	rules->never_via[0] = 5099;
	rules->retry_s = 60;
	rules->rpki_policy = (enum plan_policy)((world->rules / 1024 + 2) % PLAN_POLICY_COUNT);
	rules->aspa_policy = (enum plan_policy)((world->rules / 4096 + 2) % PLAN_POLICY_COUNT);
	if ((world->rules / 512) % 2 == 0)
		rules->ipv6_only_lan = IPV6_ONLY_LAN_TRANSLATE;
	rules->add_otc = !bit_has(world->swarm, 28);
	if (!bit_has(world->swarm, 29)) {
		rules->has_blackhole_next_hop[FAMILY_IPV4] = true;
		rules->blackhole_next_hop[FAMILY_IPV4] = address_ipv4(0xb9010242);
		rules->has_blackhole_next_hop[FAMILY_IPV6] = true;
		rules->blackhole_next_hop[FAMILY_IPV6] = world_address(1);
		rules->blackhole_next_hop[FAMILY_IPV6].octet[14] = 0x66;
	}
}

/* Its port's other addresses are registered or not, as the variant of the rules has it. */
static struct plan_slat_row row_of(const struct world *world, uint32_t slot)
{
	struct address own = world_address(slot);
	bool is_ipv4 = own.family == FAMILY_IPV4;
	uint32_t bits = world->rules >> (10 + slot % 8);
	struct plan_slat_row row = {
		.asn = world_asn(world, slot),
		.has_ipv4 = is_ipv4 || (bits & 1) != 0,
		.has_ipv6 = !is_ipv4 || (bits & 1) != 0,
		.has_link_local = (bits & 2) != 0,
		.is_on_ipv4 = is_ipv4 || (bits & 5) == 5,
		.ipv4 = is_ipv4 ? own : address_ipv4(0xb9010280u + slot),
		.ipv6 = is_ipv4 ? world_address(1) : own,
		.link_local = { FAMILY_IPV6, { 0xfe, 0x80, [15] = (uint8_t)slot } },
	};

	if (is_ipv4)
		row.ipv6.octet[14] = (uint8_t)(slot + 1);
	return row;
}

static struct plan *plan_make(const struct world *world)
{
	struct plan *plan = plan_new();

	CHECK(plan != NULL);
	plan->asn = world->rs_asn;
	plan->router_id = 1000;
	plan->lan_count = 2;
	plan->lan[0] = (struct prefix){ FAMILY_IPV4, 24, { 185, 1, 2 } };
	plan->lan[1] = (struct prefix){ FAMILY_IPV6, 64, { 0x20, 0x01, 0x07, 0xf8 } };
	rules_fill(world, &plan->rules);
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		bool is_known = !bit_has(world->in_plan, i);
		for (uint32_t j = 0; j < i; j++)
			is_known |= bit_has(world->in_plan, j) &&
				    world_asn(world, j) == world_asn(world, i);
		if (!is_known)
			CHECK(!failed(plan_member_add(plan, world_asn(world, i), "member")));
	}
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		struct plan_session session = {
			.id = { (uint16_t)i },
			.asn = world_asn(world, i),
			.address = world_address(i),
			.port = BGP_PORT,
			.is_active = bit_has(world->active, i),
			.takes_blackhole = bit_has(world->blackhole, i),
			.add_path = bit_has(world->add_path, i) && world->capture.file == NULL,
			.allow_as2 = bit_has(world->as2, i),
		};
		if (bit_has(world->limited, i))
			session.routes_max[FAMILY_IPV4] = SIM_LIMIT;
		session.limit_action = bit_has(world->limited, i) ? world->limit_action :
								    LIMIT_ACTION_DEFAULT;
		if (!bit_has(world->in_plan, i))
			continue;
		struct plan_slat_row row = row_of(world, i);
		CHECK(!failed(plan_slat_add(plan, &row, &session.slat)));
		CHECK(!failed(plan_session_add(plan, &session)));
	}
	plan_seal(plan);
	return plan;
}

static void run_a_little(struct world *world)
{
	if (world_chance(world, 2))
		world_run(world, world->net.now);
}

bool world_replan(struct world *world)
{
	if (shards_are_judging(world->shards))
		return false;
	bool is_kept = world->recorder.store == NULL || recorder_settle(world);
	struct plan *plan = plan_make(world);
	world->plan_ends = 0;
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		struct session_id session = { (uint16_t)i };
		const struct plan_session *before = plan_session_of(world->plan, session);
		const struct plan_session *after = plan_session_of(plan, session);
		if (before != NULL && (after == NULL || after->asn != before->asn))
			world->plan_ends |= UINT32_C(1) << i;
	}
	for (uint32_t i = 0; i < world->worker_count; i++) {
		worker_replan_begin(world->worker[i], plan);
		for (uint32_t j = i; j < SIM_SLOTS; j += world->worker_count) {
			if (bit_has(world->plan_ends, j))
				truth_forget(world, j);
		}
		run_a_little(world);
	}
	/* No time passes here: whoever waits for memory would wait for ever. */
	for (uint32_t tries = 1; failed(shards_replan(world->shards, plan)); tries++) {
		if (tries == REPLAN_TRIES)
			world->short_one_in = 0;
		run_a_little(world);
	}
	plan_unref(world->plan);
	world->plan = plan;
	world->changes++;
	run_a_little(world);
	for (uint32_t i = 0; i < world->worker_count; i++) {
		worker_replan_end(world->worker[i]);
		world->net.port[i].is_woken = true;
		run_a_little(world);
	}
	world->plan_ends = 0;
	return is_kept;
}

/* --- memory that is short --------------------------------------------------------------------- */

/* The heaps' functions know no world. */
static struct {
	void *(*resize)(struct heap *heap, void *old, size_t old_size, size_t new_size);
	struct world *world;
} shortage;

static void *short_resize(struct heap *heap, void *old, size_t old_size, size_t new_size)
{
	struct world *world = shortage.world;

	if (world->short_one_in != 0 && new_size > old_size &&
	    world_chance(world, world->short_one_in))
		return NULL;
	return shortage.resize(heap, old, old_size, new_size);
}

static void heaps_make_short(struct world *world)
{
	shortage.resize = heap_libc().resize;
	shortage.world = world;
	for (uint32_t i = 0; i < world->worker_count; i++)
		world->heap[i].resize = short_resize;
	for (uint32_t i = 0; i < world->shard_count; i++)
		world->shards->shard[i].heap.resize = short_resize;
}

void world_starve(struct world *world, uint32_t one_in, struct span time)
{
	world->short_one_in = one_in;
	world->short_until = instant_add(world->net.now, time);
}

/* --- making and ending ------------------------------------------------------------------------ */

static void workers_make(struct world *world)
{
	world->worker_count = 1 + random_below(&world->random, SIM_WORKERS_MAX);
	world->shard_count = world->worker_count + random_below(&world->random, 2);
	net_init(&world->net, &world->random, world->worker_count);
	world->net.capture = &world->capture;
	world->net.withholds = world_chance(world, 2);
	world->net.address_of = address_at;
	world->net.slot_of = slot_at;
	world->net.member_answers = member_answers;
	world->net.server_read = truth_read;
	world->net.context = world;
	CHECK(!failed(shards_new((struct hash_key){ world->seed, 7 }, world->plan,
				 world->shard_count, &world->shards)));
	for (uint32_t i = 0; i < world->worker_count; i++) {
		world->heap[i] = heap_libc();
		struct worker_config config = { .heap = &world->heap[i],
						.port = &world->net.port[i].port,
						.shards = world->shards,
						.plan = world->plan,
						.watch = { truth_event, world },
						.number = i,
						.count = world->worker_count,
						.team = world->worker };
		CHECK(!failed(worker_new(&config, &world->worker[i])));
	}
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		struct port_endpoint at = { .address = { .family = (uint8_t)f }, .port = BGP_PORT };
		CHECK(!failed(worker_listen(world->worker[0], &at)));
	}
	for (uint32_t i = 0; i < world->worker_count; i++)
		world->worker_base_octets[i] = world->heap[i].used_octets;
	heaps_make_short(world);
}

void world_begin(struct world *world, uint64_t seed)
{
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		struct member *member = &world->member[i];
		bgp_session_init(&member->fsm, &(struct bgp_session_config){ 0 });
		member->is_wanted = member->is_frozen = member->is_deaf = false;
		member->conn[0] = member->conn[1] = member->calling = NULL;
		member->restarted = false;
		member->read_octets = 0;
		member->read_gap = (struct span){ 0 };
		member->read_at = (struct instant){ 0 };
		for (uint32_t j = 0; j < SIM_PREFIXES_ALL; j++)
			member->own[j] = 0;
		for (uint32_t j = 0; j < SIM_RECENT; j++)
			member->recent[0][j] = member->recent[1][j] = 0;
		for (uint32_t j = 0; j < sizeof member->held / sizeof member->held[0][0]; j++) {
			member->held[j / SIM_PREFIXES_ALL][j % SIM_PREFIXES_ALL] = 0;
			member->is_old[j / SIM_PREFIXES_ALL][j % SIM_PREFIXES_ALL] = false;
		}
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			member->refreshing[f] = false;
			member->ends_of_rib[f] = 0;
		}
		world->truth[i] = (struct truth){ 0 };
	}
	for (uint32_t i = 0; i < 2u * SIM_SETS_MAX && world->set_count != 0; i++)
		world->set_slot[i] = 0;
	world->set_count = world->set_octets = 0;
	world->prefix_count = SIM_PREFIXES;
	world->recorder.store = NULL;
	world->seed = seed;
	world->step = 0;
	world->random = (struct random){ seed };
	(void)random_next(&world->random);
	world->swarm = (uint32_t)random_next(&world->random);
	world->has_failed = false;
	world->traces = getenv("SIM_TRACE") != NULL;
	world->rs_asn = world_chance(world, 4) ? 400000 : 6777;
	world->in_plan = (UINT32_C(1) << SIM_SLOTS) - 1;
	world->other_asn = 0;
	world->active = (uint32_t)random_next(&world->random);
	world->blackhole = (uint32_t)random_next(&world->random);
	world->add_path = (uint32_t)random_next(&world->random);
	world->as2 = (uint32_t)random_next(&world->random);
	if (world->capture.file != NULL)
		world->as2 = 0;
	world->limited = bit_has(world->swarm, 31) ? 0 : 1u << random_below(&world->random, 14);
	world->limit_action = (enum plan_limit_action)random_below(&world->random,
								   LIMIT_ACTION_COUNT);
	world->rules = (uint32_t)random_next(&world->random);
	world->plan_ends = 0;
	world->short_one_in = 0;
	world->changes = world->settled_changes = world->compared = 0;
	world->fresh = 0;
	world->callers = world->flaps_said = world->fresh_said = 0;
	world->longest_up_ns = 0;
	for (uint32_t i = 0; i < SIM_EVENTS_MAX; i++)
		world->event_count[i] = 0;
	for (uint32_t i = 0; i < TOLD_KINDS; i++)
		world->told[i] = 0;
	for (uint32_t i = 0; i < LIMIT_ACTION_COUNT; i++)
		world->limits_passed[i] = 0;
	world->plan = plan_make(world);
	workers_make(world);
	for (uint32_t i = 0; i < SIM_SLOTS; i++)
		member_habits_draw(world, i);
}

void world_end(struct world *world)
{
	for (uint32_t i = 0; i < SIM_SLOTS; i++)
		world->plan_ends |= UINT32_C(1) << i;
	for (uint32_t i = 0; i < world->worker_count; i++)
		worker_end(world->worker[i], false);
	for (uint32_t i = 0; i < world->worker_count; i++) {
		worker_free(world->worker[i]);
		if (world->heap[i].used_octets != 0)
			world_fail(world, "worker %u left %llu octets behind", i,
				   (unsigned long long)world->heap[i].used_octets);
	}
	shards_free(world->shards);
	plan_unref(world->plan);
	rpki_data_unref(world->rpki);
	world->rpki = NULL;
}

/* --- the clock -------------------------------------------------------------------------------- */

/* One of those that have something to do, drawn at random; false: nobody has. */
static bool turn(struct world *world)
{
	uint32_t runnable[SIM_WORKERS_MAX + SIM_SLOTS];
	uint32_t count = 0;

	for (uint32_t i = 0; i < world->worker_count; i++) {
		if (net_port_is_runnable(&world->net.port[i]))
			runnable[count++] = i;
	}
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		if (member_is_runnable(world, i))
			runnable[count++] = SIM_WORKERS_MAX + i;
	}
	if (count == 0)
		return false;
	uint32_t who = runnable[random_below(&world->random, count)];
	if (who < SIM_WORKERS_MAX)
		worker_step(world->worker[who], (struct instant){ 0 });
	else
		member_step(world, who - SIM_WORKERS_MAX);
	return true;
}

static struct instant next_instant(const struct world *world, struct instant until)
{
	struct instant at = instant_sooner(until, net_soonest(&world->net));

	if (world->short_one_in != 0)
		at = instant_sooner(at, world->short_until);

	for (uint32_t i = 0; i < world->worker_count; i++)
		at = instant_sooner(at, world->net.port[i].sleeps_until);
	for (uint32_t i = 0; i < SIM_SLOTS; i++)
		at = instant_sooner(at, member_soonest(world, i));
	return at.ns < world->net.now.ns ? world->net.now : at;
}

__attribute__((noinline)) static void tell_restless(struct world *world)
{
	uint32_t workers = 0;
	uint32_t members = 0;

	for (uint32_t i = 0; i < world->worker_count; i++)
		workers |= (uint32_t)net_port_is_runnable(&world->net.port[i]) << i;
	for (uint32_t i = 0; i < SIM_SLOTS; i++)
		members |= (uint32_t)member_is_runnable(world, i) << i;
	world_fail(world, "the world does not come to rest; workers %x, members %x", workers,
		   members);
}

void world_run(struct world *world, struct instant until)
{
	for (uint32_t turns = 0; !world->has_failed; turns++) {
		if (turns == TURNS_MAX) {
			tell_restless(world);
			return;
		}
		net_advance(&world->net, world->net.now);
		if (world->short_one_in != 0 && instant_due(world->short_until, world->net.now))
			world->short_one_in = 0;
		if (turn(world))
			continue;
		struct instant at = next_instant(world, until);
		if (at.ns >= until.ns) {
			net_advance(&world->net, until);
			return;
		}
		CHECK(at.ns > world->net.now.ns || turns < TURNS_MAX);
		net_advance(&world->net, at);
	}
}
