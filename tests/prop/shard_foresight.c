/* prop/shard_foresight.c — what is foreseen of another plan is what it does. */
#include "prop/shard.h"

#include <string.h>

#include "rib/foresee.h"

#define UNSEEN UINT8_MAX

/* What was said of each route before, and what is held of it. */
struct verdicts {
	uint8_t now[SESSIONS][PREFIXES];
	uint8_t then[SESSIONS][PREFIXES];
	uint64_t routes;
};

static void verdict_note(void *context, const struct prefix *prefix, const struct route *route,
			 enum reason after)
{
	struct verdicts *verdicts = context;

	verdicts->routes++;
	expect_u64(verdicts->then[route->session.index][prefix->octet[1]], UNSEEN);
	verdicts->now[route->session.index][prefix->octet[1]] = route->reason;
	verdicts->then[route->session.index][prefix->octet[1]] = (uint8_t)after;
}

static void foresee(struct world *world, const struct plan *plan, struct verdicts *out)
{
	struct heap heap = heap_libc();
	struct foresight foresight;
	uint32_t place = 0;
	bool more = true;

	memset(out, UNSEEN, sizeof *out);
	out->routes = 0;
	foresight_init(&foresight, &heap);
	while (more)
		more = rib_foresee(world->rib, FAMILY_IPV4, plan, &foresight,
				   1 + random_below(&world->random, 7), &place, verdict_note, out);
	foresight_fini(&foresight);
	expect_u64(heap.used_octets, 0);
}

static void foreseen_compare(void *context, const struct prefix *prefix, const struct route *routes,
			     uint32_t route_count)
{
	const struct verdicts *verdicts = context;

	for (uint32_t i = 0; i < route_count; i++) {
		uint8_t then = verdicts->then[routes[i].session.index][prefix->octet[1]];
		/* What waits for room is judged by no plan. */
		expect_u64(routes[i].reason, then == UNSEEN ? REASON_MAX_PREFIXES : then);
	}
}

void foresights_run(uint64_t seed, uint64_t changes[2])
{
	enum { ROUNDS = 10, EVENTS = 120 };
	static struct world world;
	static struct verdicts verdicts;
	static struct verdicts before;

	world_begin(&world, seed);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint32_t place = 0;
		for (uint32_t i = 0; i < EVENTS; i++) {
			static void (*const events[])(struct world *) = {
				event_announce, event_announce, event_announce,
				event_withdraw, event_repeat,
			};
			events[random_below(&world.random, 5)](&world);
		}
		if (round % 3 == 0)
			event_evidence(&world);
		world_settle(&world);
		struct plan *plan = plan_propose(&world.random);
		foresee(&world, world.plan, &before);
		for (uint32_t i = 0; i < SESSIONS; i++)
			expect_octets(before.then[i], PREFIXES, before.now[i], PREFIXES);
		foresee(&world, plan, &verdicts);
		expect_true(!failed(rib_replan(world.rib, plan)));
		plan_unref(world.plan);
		world.plan = plan;
		world_settle(&world);
		while (rib_look_walk(world.rib, FAMILY_IPV4, 100, &place, foreseen_compare,
				     &verdicts))
			continue;
		for (uint32_t i = 0; i < SESSIONS * PREFIXES; i++) {
			uint8_t now = verdicts.now[i / PREFIXES][i % PREFIXES];
			uint8_t then = verdicts.then[i / PREFIXES][i % PREFIXES];
			changes[0] += now == REASON_NONE && then != REASON_NONE && then != UNSEEN;
			changes[1] += now != REASON_NONE && now != UNSEEN && then == REASON_NONE;
		}
	}
	world_end(&world);
}
