/* net/deadline.h — which of many numbered things is due first: a binary heap that knows where each
 * number stands, so that a deadline can be moved.
 * Owns    its arrays, from the heap it was given
 * Bound   the count given at the start
 * Faults  LIMIT when memory is out
 * Thread  one at a time */
#ifndef NET_DEADLINE_H
#define NET_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/heap.h"
#include "base/instant.h"

struct deadlines {
	struct heap *heap;
	struct instant *at; /* by number; not set = not in the heap */
	uint32_t *order;    /* the heap: numbers */
	uint32_t *place;    /* by number: where in the heap */
	uint32_t count;
	uint32_t room;
};

MUST_USE struct fault deadlines_init(struct deadlines *deadlines, struct heap *heap, uint32_t room);
void deadlines_fini(struct deadlines *deadlines);

/* Moves the number's deadline; one that is not set takes it out. */
void deadlines_set(struct deadlines *deadlines, uint32_t number, struct instant at);

/* The soonest; not set when there is none. */
struct instant deadlines_soonest(const struct deadlines *deadlines);

/* Takes out one that is due; false when none is. */
bool deadlines_take_due(struct deadlines *deadlines, struct instant now, uint32_t *number);

#endif
