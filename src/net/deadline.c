/* net/deadline.c — the heap of deadlines. */
#include "net/deadline.h"

#include "base/check.h"

struct fault deadlines_init(struct deadlines *deadlines, struct heap *heap, uint32_t room)
{
	*deadlines = (struct deadlines){ .heap = heap, .room = room };
	deadlines->at = heap_array(heap, room, sizeof *deadlines->at);
	deadlines->order = heap_array(heap, room, sizeof *deadlines->order);
	deadlines->place = heap_array(heap, room, sizeof *deadlines->place);
	if (deadlines->at != NULL && deadlines->order != NULL && deadlines->place != NULL)
		return fault_none();
	deadlines_fini(deadlines);
	return fault_of(FAULT_LIMIT, 0);
}

void deadlines_fini(struct deadlines *deadlines)
{
	heap_free(deadlines->heap, deadlines->at, deadlines->room * sizeof *deadlines->at);
	heap_free(deadlines->heap, deadlines->order, deadlines->room * sizeof *deadlines->order);
	heap_free(deadlines->heap, deadlines->place, deadlines->room * sizeof *deadlines->place);
	*deadlines = (struct deadlines){ 0 };
}

static bool is_sooner(const struct deadlines *deadlines, uint32_t a, uint32_t b)
{
	return deadlines->at[deadlines->order[a]].ns < deadlines->at[deadlines->order[b]].ns;
}

static void put(struct deadlines *deadlines, uint32_t place, uint32_t number)
{
	deadlines->order[place] = number;
	deadlines->place[number] = place;
}

static void swap(struct deadlines *deadlines, uint32_t a, uint32_t b)
{
	uint32_t number = deadlines->order[a];

	put(deadlines, a, deadlines->order[b]);
	put(deadlines, b, number);
}

static void sift(struct deadlines *deadlines, uint32_t place)
{
	while (place != 0 && is_sooner(deadlines, place, (place - 1) / 2)) {
		swap(deadlines, place, (place - 1) / 2);
		place = (place - 1) / 2;
	}
	for (;;) {
		uint32_t child = place * 2 + 1;
		if (child + 1 < deadlines->count && is_sooner(deadlines, child + 1, child))
			child++;
		if (child >= deadlines->count || !is_sooner(deadlines, child, place))
			return;
		swap(deadlines, place, child);
		place = child;
	}
}

static void take_out(struct deadlines *deadlines, uint32_t number)
{
	uint32_t place = deadlines->place[number];

	deadlines->count--;
	deadlines->at[number] = (struct instant){ 0 };
	if (place == deadlines->count)
		return;
	put(deadlines, place, deadlines->order[deadlines->count]);
	sift(deadlines, place);
}

void deadlines_set(struct deadlines *deadlines, uint32_t number, struct instant at)
{
	CHECK(number < deadlines->room);
	bool was_in = instant_is_set(deadlines->at[number]);

	if (!instant_is_set(at)) {
		if (was_in)
			take_out(deadlines, number);
		return;
	}
	deadlines->at[number] = at;
	if (!was_in)
		put(deadlines, deadlines->count++, number);
	sift(deadlines, deadlines->place[number]);
}

struct instant deadlines_soonest(const struct deadlines *deadlines)
{
	return deadlines->count == 0 ? (struct instant){ 0 } : deadlines->at[deadlines->order[0]];
}

bool deadlines_take_due(struct deadlines *deadlines, struct instant now, uint32_t *number)
{
	if (!instant_due(deadlines_soonest(deadlines), now))
		return false;
	*number = deadlines->order[0];
	take_out(deadlines, *number);
	return true;
}
