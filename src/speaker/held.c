/* speaker/held.c — what a speaker holds. */
#include "speaker/inside.h"

#include "base/check.h"

#define SLOTS_MIN 64u

struct fault held_init(struct speakers *speakers, struct speaker *speaker)
{
	uint32_t count = universe_count(speakers->universe);

	if (speakers->set_count == 0)
		speakers->set_count = count;
	CHECK(speakers->set_count == count);
	if (count == 0)
		return fault_none();
	speaker->set = heap_take(speakers->heap, count * sizeof *speaker->set);
	if (speaker->set == NULL)
		return fault_of(FAULT_LIMIT, 0);
	/* Written, not only reserved: the kernel's work on first touch is done before it counts. */
	for (uint32_t i = 0; i < count; i++)
		speaker->set[i] = 0;
	return fault_none();
}

void held_fini(struct speakers *speakers, struct speaker *speaker)
{
	heap_free(speakers->heap, speaker->set, speakers->set_count * sizeof *speaker->set);
	heap_free(speakers->heap, speaker->paths.slot,
		  speaker->paths.room * sizeof *speaker->paths.slot);
	speaker->set = NULL;
	speaker->paths = (struct held_paths){ 0 };
}

void held_clear(struct speakers *speakers, struct speaker *speaker)
{
	if (speaker->view.held_count != 0) {
		for (uint32_t i = 0; i < speakers->set_count; i++)
			speaker->set[i] = 0;
	}
	heap_free(speakers->heap, speaker->paths.slot,
		  speaker->paths.room * sizeof *speaker->paths.slot);
	speaker->paths = (struct held_paths){ 0 };
	speaker->view.held_count = 0;
	speaker->view.digest = 0;
}

static struct held_path *path_slot(const struct held_paths *paths, uint32_t number,
				   uint32_t path_id)
{
	uint64_t hash = speaker_digest_of(number, path_id);
	uint32_t at = (uint32_t)(hash >> 32) & (paths->room - 1);

	for (;; at = (at + 1) & (paths->room - 1)) {
		struct held_path *slot = &paths->slot[at];
		if (!slot->was_used || (slot->number == number && slot->path_id == path_id))
			return slot;
	}
}

/* A fresh table without the slots that are no longer held. */
static struct fault paths_grow(struct speakers *speakers, struct held_paths *paths)
{
	uint32_t live = 0;
	struct held_paths fresh = { .room = SLOTS_MIN };

	for (uint32_t i = 0; i < paths->room; i++)
		live += paths->slot[i].set != 0;
	while (fresh.room / 4 < live + 1)
		fresh.room *= 2;
	fresh.slot = heap_array(speakers->heap, fresh.room, sizeof *fresh.slot);
	if (fresh.slot == NULL)
		return fault_of(FAULT_LIMIT, 0);
	for (uint32_t i = 0; i < paths->room; i++) {
		const struct held_path *old = &paths->slot[i];
		if (old->set == 0)
			continue;
		*path_slot(&fresh, old->number, old->path_id) = *old;
		fresh.used++;
	}
	heap_free(speakers->heap, paths->slot, paths->room * sizeof *paths->slot);
	*paths = fresh;
	return fault_none();
}

struct fault held_path_set(struct speakers *speakers, struct speaker *speaker, uint32_t number,
			   uint32_t path_id, uint32_t set)
{
	struct held_paths *paths = &speaker->paths;

	if (paths->used >= paths->room / 2)
		TRY(paths_grow(speakers, paths));
	struct held_path *slot = path_slot(paths, number, path_id);
	uint32_t old = slot->set;
	if (!slot->was_used) {
		if (set == 0)
			return fault_none();
		*slot = (struct held_path){ number, path_id, 0, true };
		paths->used++;
	}
	slot->set = set;
	speaker->view.digest += (set != 0 ? speaker_digest_of(number, set) : 0) -
				(old != 0 ? speaker_digest_of(number, old) : 0);
	speaker->view.held_count += (uint32_t)(set != 0) - (uint32_t)(old != 0);
	return fault_none();
}

uint32_t speaker_set_of(const struct speakers *speakers, uint32_t speaker, uint32_t number)
{
	CHECK(speaker < speakers->count && number < speakers->set_count);
	return speakers->speaker[speaker].set[number];
}

void speaker_walk(const struct speakers *speakers, uint32_t speaker,
		  bool (*path)(void *context, uint32_t number, uint32_t path_id, uint32_t set),
		  void *context)
{
	CHECK(speaker < speakers->count);
	const struct speaker *walked = &speakers->speaker[speaker];

	for (uint32_t i = 0; i < speakers->set_count && walked->set != NULL; i++) {
		if (walked->set[i] != 0 && !path(context, i, 0, walked->set[i]))
			return;
	}
	for (uint32_t i = 0; i < walked->paths.room; i++) {
		const struct held_path *slot = &walked->paths.slot[i];
		if (slot->set != 0 && !path(context, slot->number, slot->path_id, slot->set))
			return;
	}
}
