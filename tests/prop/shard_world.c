/* prop/shard_world.c — a world begun, its time, settled and ended. */
#include "prop/shard.h"

void event_time(struct world *world)
{
	world->now = instant_add(world->now, span_ms(random_below(&world->random, 400)));
	(void)rib_flush(world->rib, world->now);
	(void)rib_replan_step(world->rib, 1 + random_below(&world->random, 9));
	(void)rib_rejudge_step(world->rib, 1 + random_below(&world->random, 9));
}

void world_settle(struct world *world)
{
	for (uint32_t round = 0;
	     round < 100 && (rib_replanning(world->rib) || rib_rejudging(world->rib)); round++)
		event_time(world);
	while (rib_flush(world->rib, world->now) == RIB_FLUSH_MORE)
		continue;
	expect_true(!rib_replanning(world->rib) && !rib_rejudging(world->rib) &&
		    rib_dirty_count(world->rib) == 0);
	for (uint32_t i = 0; i < SESSIONS; i++) {
		if (!world->receiver[i].joined)
			continue;
		for (uint32_t pulls = 0; pulls < 10000 && receiver_pull(world, i, true); pulls++)
			continue;
		expect_true(rib_out_is_complete(world->rib, (struct session_id){ (uint16_t)i },
						FAMILY_IPV4));
		expect_u64(world->receiver[i].stream_len, 0);
		expect_true(rib_out_is_past_copy(world->rib, (struct session_id){ (uint16_t)i },
						 FAMILY_IPV4));
	}
	truth_compare(world);
}

void world_begin(struct world *world, uint64_t seed)
{
	*world = (struct world){
		.seed = seed, .random = { seed }, .heap = heap_libc(), .now = { 1 }
	};
	world->swarm = (uint32_t)random_next(&world->random);
	world->plan = plan_make(0);
	world->rib = rib_new(&world->heap, (struct hash_key){ seed, 7 }, world->plan);
	expect_true(world->rib != NULL);
	for (uint32_t i = 0; i < SESSIONS; i++)
		rib_session_identity(world->rib, (struct session_id){ (uint16_t)i }, 100 + i);
}

void world_end(struct world *world)
{
	rib_free(world->rib);
	plan_unref(world->plan);
	rpki_data_unref(world->rpki);
	expect_u64(world->heap.used_octets, 0);
}
