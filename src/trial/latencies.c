/* trial/latencies.c — times of single changes, and their percentiles. */
#include <stdlib.h>

#include "trial/generating.h"

#define PERCENTILE 99u

bool landing_add(struct generator *generator, struct landing landing)
{
	struct changes *changes = &generator->changes;

	if (!heap_grow(&generator->heap, (void **)&changes->landed, &changes->landed_room,
		       changes->landed_count + 1, sizeof *changes->landed))
		return false;
	changes->landed[changes->landed_count++] = landing;
	return true;
}

static int compare(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left;
	int64_t b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

struct trial_latency landings_between(struct generator *generator, struct instant from,
				      struct instant to)
{
	const struct changes *changes = &generator->changes;
	struct trial_latency latency = { 0 };
	int64_t *took = heap_array(&generator->heap, changes->landed_count + 1, sizeof *took);
	uint32_t count = 0;

	if (took == NULL)
		return latency;
	for (uint32_t i = 0; i < changes->landed_count; i++) {
		const struct landing *landed = &changes->landed[i];
		if (landed->sent.ns >= from.ns && landed->sent.ns < to.ns)
			took[count++] = landed->took_ns;
	}
	for (uint32_t i = 0; i < generator->load.prefix_count; i++) {
		const struct change *change = &changes->change[i];
		latency.unfinished += change->receivers != 0 && change->sent.ns >= from.ns &&
				      change->sent.ns < to.ns;
	}
	latency.count = count;
	if (count != 0) {
		qsort(took, count, sizeof *took, compare);
		/* The least value that so many hundredths of all do not exceed. */
		latency.median_s = (double)took[(count - 1) / 2] / 1e9;
		latency.p99_s = (double)took[((uint64_t)count * PERCENTILE + 99) / 100 - 1] / 1e9;
		latency.most_s = (double)took[count - 1] / 1e9;
	}
	heap_free(&generator->heap, took, (changes->landed_count + 1) * sizeof *took);
	return latency;
}
