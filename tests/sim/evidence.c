/* sim/evidence.c — what the RPKI says in the pretend world: some of the prefixes and origins that
 * members announce, drawn anew now and then. */
#include "base/check.h"
#include "world.h"

static const uint32_t origins[] = { 5001, 5002, 5003, 300001, 0 };

static uint32_t asn_draw(struct world *world)
{
	uint32_t drawn = random_below(&world->random, 8);

	return drawn < 5 ? origins[drawn] :
			   world_asn(world, random_below(&world->random, SIM_SLOTS));
}

static void vrp_draw(struct world *world, struct rpki_draft *draft)
{
	struct vrp vrp = { .prefix = sim_prefix(random_below(&world->random, SIM_PREFIXES)),
			   .asn = asn_draw(world) };

	if (vrp.prefix.len_bits >= 8 && world_chance(world, 4)) {
		vrp.prefix.len_bits = (uint8_t)(vrp.prefix.len_bits -
						random_below(&world->random, 8));
		prefix_mask(&vrp.prefix);
	}
	vrp.len_bits_max = vrp.prefix.len_bits;
	if (world_chance(world, 2) &&
	    vrp.len_bits_max + 8u <= prefix_bits_max((enum family)vrp.prefix.family))
		vrp.len_bits_max = (uint8_t)(vrp.len_bits_max + random_below(&world->random, 9));
	CHECK(!failed(rpki_draft_vrp(draft, &vrp)));
}

static void aspa_draw(struct world *world, struct rpki_draft *draft, uint32_t customer)
{
	CHECK(!failed(aspa_list_begin(&draft->aspas, customer)));
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		if (!world_chance(world, 3))
			CHECK(!failed(aspa_list_provider(&draft->aspas, world_asn(world, i))));
	}
	CHECK(!failed(aspa_list_provider(&draft->aspas, asn_draw(world))));
}

static struct rpki_data *data_draw(struct world *world)
{
	struct heap heap = heap_libc();
	struct rpki_data *data = NULL;
	struct rpki_draft draft;

	rpki_draft_init(&draft, &heap);
	draft.has_aspas = world_chance(world, 2);
	for (uint32_t i = random_below(&world->random, 12); i != 0; i--)
		vrp_draw(world, &draft);
	for (uint32_t i = 0; draft.has_aspas && i < 3; i++) {
		if (world_chance(world, 2))
			aspa_draw(world, &draft, origins[i]);
	}
	CHECK(!failed(rpki_data_make(&draft, &data)));
	rpki_draft_fini(&draft);
	return data;
}

bool world_evidence(struct world *world)
{
	struct rpki_data *data = world_chance(world, 5) ? NULL : data_draw(world);
	struct rpki_changes *changes = NULL;

	CHECK(!failed(rpki_changes_make(world->rpki, data, &changes)));
	bool is_through = !failed(shards_evidence(world->shards, data, changes));
	rpki_changes_unref(changes);
	if (!is_through) {
		rpki_data_unref(data);
		return false;
	}
	rpki_data_unref(world->rpki);
	world->rpki = data;
	world->changes++;
	for (uint32_t i = 0; i < world->worker_count; i++)
		world->net.port[i].is_woken = true;
	return true;
}
