/* server/shards.c — shards and their locks. */
#include "server/shards.h"

#include <stdlib.h>

#include "base/check.h"

struct fault shards_new(struct hash_key key, struct plan *plan, uint32_t count, struct shards **out)
{
	struct heap heap = heap_libc();
	struct shards *shards = heap_zero(&heap, sizeof *shards);

	CHECK(count >= 1 && count <= SHARDS_MAX);
	if (shards == NULL)
		return fault_of(FAULT_LIMIT, 0);
	shards->key = key;
	for (; shards->count < count; shards->count++) {
		struct shard *shard = &shards->shard[shards->count];
		shard->heap = heap_libc();
		shard->rib = rib_new(&shard->heap, key, plan);
		if (shard->rib == NULL) {
			shards_free(shards);
			return fault_of(FAULT_LIMIT, 0);
		}
		rib_account(shard->rib, &shards->account);
		lock_init(&shard->lock, LOCK_SHARD);
	}
	*out = shards;
	return fault_none();
}

void shards_free(struct shards *shards)
{
	struct heap heap = heap_libc();

	if (shards == NULL)
		return;
	for (uint32_t i = 0; i < shards->count; i++) {
		rib_free(shards->shard[i].rib);
		CHECK(shards->shard[i].heap.used_octets == 0);
		lock_fini(&shards->shard[i].lock);
	}
	heap.used_octets = sizeof *shards;
	heap_free(&heap, shards, sizeof *shards);
}

struct rib *shard_enter(struct shard *shard)
{
	lock_take(&shard->lock);
	return shard->rib;
}

struct rib *shard_try(struct shard *shard)
{
	return lock_try(&shard->lock) ? shard->rib : NULL;
}

void shard_leave(struct shard *shard)
{
	uint32_t dirty_count = rib_dirty_count(shard->rib);
	bool is_judging = rib_replanning(shard->rib) || rib_rejudges_any(shard->rib);

	if (atomic_load_explicit(&shard->dirty_count, memory_order_relaxed) != dirty_count)
		atomic_store(&shard->dirty_count, dirty_count);
	if (atomic_load_explicit(&shard->is_judging, memory_order_relaxed) != is_judging)
		atomic_store(&shard->is_judging, is_judging);
	lock_give(&shard->lock);
}

bool shards_are_judging(const struct shards *shards)
{
	bool any = false;

	for (uint32_t i = 0; i < shards->count; i++)
		any |= atomic_load(&shards->shard[i].is_judging);
	return any;
}

struct fault shards_replan(struct shards *shards, struct plan *plan)
{
	struct fault first = fault_none();

	for (uint32_t i = 0; i < shards->count; i++) {
		struct rib *rib = shard_enter(&shards->shard[i]);
		struct fault fault = fault_none();
		if (rib_plan(rib) != plan)
			fault = rib_replanning(rib) ? fault_of(FAULT_AGAIN, 0) :
						      rib_replan(rib, plan);
		shard_leave(&shards->shard[i]);
		if (!failed(first))
			first = fault;
	}
	return first;
}

struct fault shards_evidence(struct shards *shards, struct rpki_data *rpki,
			     struct rpki_changes *changes)
{
	bool is_busy = false;

	for (uint32_t i = 0; i < shards->count; i++) {
		is_busy |= rib_rejudging(shard_enter(&shards->shard[i]));
		shard_leave(&shards->shard[i]);
	}
	if (is_busy)
		return fault_of(FAULT_AGAIN, 0);
	for (uint32_t i = 0; i < shards->count; i++) {
		struct rib *rib = shard_enter(&shards->shard[i]);
		CHECK(!failed(rib_evidence_change(rib, rpki, changes)));
		shard_leave(&shards->shard[i]);
	}
	return fault_none();
}
