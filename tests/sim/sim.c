/* sim/sim.c — the whole exchange against the naive model, a world for each seed.
 *
 * SEEDS=n runs n of them from TAP_SEED on; SIM_STEPS=n makes each longer; DAYS=n has so many run
 * for a day; SIM_TRACE=1 tells what happens; SIM_CAPTURE=file keeps what the server sent. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "kit/tap.h"
#include "sim/world.h"

#define SEEDS 300u
#define STEPS 250u
#define DAYS 3u
#define LIMIT_S 3000u

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void case_seeds(void)
{
	static struct world world;
	uint64_t first = tap_seed();
	uint64_t count = number_of("SEEDS", SEEDS);
	uint64_t compared = 0;

	if (getenv("SIM_CAPTURE") != NULL)
		capture_begin(&world.capture, getenv("SIM_CAPTURE"));
	for (uint64_t seed = first; seed < first + count; seed++) {
		printf("# seed %" PRIu64 "\n", seed);
		(void)fflush(stdout);
		world_begin(&world, seed);
		script_run(&world, (uint32_t)number_of("SIM_STEPS", STEPS));
		world_end(&world);
		compared += world.compared;
		if (world.has_failed)
			printf("# again: TAP_SEED=%" PRIu64 " SEEDS=1 SIM_TRACE=1 "
			       "build-address/tests/sim/sim\n",
			       seed);
		expect_true(!world.has_failed);
		if (world.has_failed)
			return;
	}
	if (world.capture.file != NULL)
		expect_true(fclose(world.capture.file) == 0);
	printf("# %" PRIu64 " times a member's path was compared\n", compared);
}

static void case_days(void)
{
	static struct world world;
	uint64_t first = tap_seed();
	uint64_t count = number_of("DAYS", DAYS);

	for (uint64_t seed = first; seed < first + count; seed++) {
		uint64_t peak_octets = 0;
		printf("# seed %" PRIu64 "\n", seed);
		(void)fflush(stdout);
		world_begin(&world, seed);
		script_day(&world);
		for (uint32_t i = 0; i < world.worker_count; i++)
			peak_octets += world.heap[i].peak_octets;
		if (world.has_failed)
			printf("# again: TAP_SEED=%" PRIu64 " DAYS=1 SIM_TRACE=1 "
			       "build-address/tests/sim/sim\n",
			       seed);
		expect_true(!world.has_failed);
		expect_true(world.has_failed || world.net.now.ns >= span_s(86400).ns);
		world_end(&world);
		printf("# %u events, %" PRIu64 " times a member's path was compared, %" PRIu64
		       " KiB of the workers at the most\n",
		       world.step, world.compared, peak_octets / 1024);
		if (world.has_failed)
			return;
	}
}

static const struct tap_case cases[] = {
	{ "every member holds what the model says", case_seeds, LIMIT_S },
	{ "days in which everything happens", case_days, LIMIT_S },
};
TAP_MAIN(cases)
