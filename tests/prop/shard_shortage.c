/* prop/shard_shortage.c — a shard whose heap has nothing at one place, or at some in a row. */
#include "prop/shard.h"

#define STEPS 160u

static struct {
	void *(*resize)(struct heap *heap, void *old, size_t old_size, size_t new_size);
	uint64_t asked;
	uint64_t nth; /* from 1; 0 = never */
	uint64_t len;
} shortage;

/* Less than there was can always be had. */
static void *short_resize(struct heap *heap, void *old, size_t old_size, size_t new_size)
{
	if (new_size > old_size && ++shortage.asked >= shortage.nth && shortage.nth != 0 &&
	    shortage.asked < shortage.nth + shortage.len)
		return NULL;
	return shortage.resize(heap, old, old_size, new_size);
}

static void shortage_lay(struct heap *heap, uint64_t nth, uint64_t len)
{
	shortage.resize = heap->resize;
	shortage.asked = 0;
	shortage.nth = nth;
	shortage.len = len;
	heap->resize = short_resize;
}

/* With nobody there nothing is left that somebody had, or that was half taken. */
static void all_end(struct world *world)
{
	struct rib_counts counts;

	for (uint32_t i = 0; i < SESSIONS; i++)
		session_end(world, i);
	world_settle(world);
	rib_counts_of(world->rib, &counts);
	expect_u64(counts.attr_sets, 0);
	expect_u64(counts.routes[FAMILY_IPV4], 0);
	expect_u64(counts.prefixes[FAMILY_IPV4], 0);
	expect_u64(counts.refused[FAMILY_IPV4], 0);
}

uint64_t shortage_run(uint64_t seed, uint64_t nth, uint64_t len)
{
	static void (*const events[])(struct world *) = {
		event_announce, event_announce, event_announce,      event_announce,
		event_repeat,   event_withdraw, event_time,          event_time,
		event_pull,     event_pull,     event_join_or_leave, event_join_or_leave,
		event_refresh,  event_slow,     event_places_lost,   event_replan,
		event_evidence, event_unblock,  event_routes_lost,
	};
	static struct world world;

	world_begin(&world, seed);
	world.has_shortage = true;
	shortage_lay(&world.heap, nth, len);
	for (uint32_t step = 0; step < STEPS; step++)
		events[random_below(&world.random, sizeof events / sizeof *events)](&world);
	uint64_t asked = shortage.asked;
	/* What was short is there again. */
	shortage.nth = 0;
	world_settle(&world);
	for (uint32_t step = 0; step < STEPS / 4; step++)
		event_announce(&world);
	world_settle(&world);
	all_end(&world);
	world_end(&world);
	return asked;
}

uint64_t shortage_begin_run(uint64_t nth)
{
	struct heap heap = heap_libc();
	struct plan *plan = plan_make(0);

	shortage_lay(&heap, nth, 1);
	struct rib *rib = rib_new(&heap, (struct hash_key){ 1, 7 }, plan);
	expect_true((rib == NULL) == (shortage.asked >= nth));
	rib_free(rib);
	plan_unref(plan);
	expect_u64(heap.used_octets, 0);
	return shortage.asked;
}
