/* server/foresee.c — a proposed plan held against every shard, a slice at a time.
 *
 * Between slices the shard is everybody's, so BGP goes on; what changes meanwhile is seen or not,
 * as it comes. */
#include <stdio.h>
#include <stdlib.h>

#include "rib/foresee.h"
#include "server/running.h"
#include "server/story.h"
#include "sys/process.h"

/* Rows by session, reason before and reason after: a number in the list, from 1. */
struct gathering {
	struct view_foresight *out;
	const struct plan *plan;
	const struct plan *proposed;
	uint32_t *row; /* [SESSIONS_MAX][REASON_COUNT][REASON_COUNT] */
	bool memory_is_out;
};

#define CELLS ((size_t)SESSIONS_MAX * REASON_COUNT * REASON_COUNT)

static const char *name_of(enum reason reason)
{
	return reason == REASON_NONE ? NULL : reason_name(reason);
}

static void row_begin(struct gathering *gathering, const struct plan_session *session,
		      enum reason before, enum reason after, uint32_t *row)
{
	struct view_foresight *out = gathering->out;
	struct view_clause clause;

	if (!heap_grow(&out->heap, (void **)&out->row, &out->row_room, out->row_count + 1,
		       sizeof *out->row)) {
		gathering->memory_is_out = true;
		return;
	}
	struct view_foreseen *item = &out->row[out->row_count++];
	*item = (struct view_foreseen){ .asn = session->asn,
					.before = name_of(before),
					.after = name_of(after) };
	story_clause(gathering->plan, before, &clause);
	(void)snprintf(item->clause_before, sizeof item->clause_before, "%s", clause.number);
	story_clause(gathering->proposed, after, &clause);
	(void)snprintf(item->clause_after, sizeof item->clause_after, "%s", clause.number);
	*row = out->row_count;
}

static void route_take(void *context, const struct prefix *prefix, const struct route *route,
		       enum reason after)
{
	struct gathering *gathering = context;
	struct view_foresight *out = gathering->out;
	enum reason before = (enum reason)route->reason;
	const struct plan_session *session = plan_session_of(gathering->proposed, route->session);

	out->route_count++;
	if (before == after || session == NULL)
		return;
	out->refused += before == REASON_NONE;
	out->accepted += after == REASON_NONE;
	out->moved += before != REASON_NONE && after != REASON_NONE;
	/* A member's sessions are told of together: by the first of them. */
	const struct plan_member *member = plan_member_of(gathering->proposed, session->asn);
	struct session_id first = session->id;
	(void)session_set_next(&member->sessions, 0, &first);
	uint32_t *row =
		&gathering->row[((size_t)first.index * REASON_COUNT + before) * REASON_COUNT +
				after];
	if (*row == 0)
		row_begin(gathering, session, before, after, row);
	if (*row == 0)
		return;
	struct view_foreseen *item = &out->row[*row - 1];
	item->count++;
	if (item->sample_count < VIEW_SAMPLES_MAX)
		item->sample[item->sample_count++] = *prefix;
}

static void shard_foresee(struct gathering *gathering, struct shard *shard)
{
	struct heap heap = heap_libc();
	struct foresight foresight CLEAN(foresight_fini);

	foresight_init(&foresight, &heap);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		uint32_t place = 0;
		bool more = true;
		while (more) {
			more = rib_foresee(shard_enter(shard), (enum family)f, gathering->proposed,
					   &foresight, SERVING_SLICE_ENTRIES, &place, route_take,
					   gathering);
			shard_leave(shard);
		}
	}
}

static int by_member(const void *one, const void *other)
{
	const struct view_foreseen *a = one;
	const struct view_foreseen *b = other;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return a->asn < b->asn ? -1 : a->asn > b->asn;
}

struct fault serving_foresee(struct serving *serving, struct plan *proposed,
			     struct view_foresight *out)
{
	struct heap heap = heap_libc();
	struct instant begun = process_now();
	struct plan *plan = serving_plan(serving);
	struct gathering gathering = { .out = out, .plan = plan, .proposed = proposed };

	*out = (struct view_foresight){ .heap = heap_libc() };
	gathering.row = heap_array(&heap, CELLS, sizeof *gathering.row);
	for (uint32_t i = 0; i < serving->shards->count && gathering.row != NULL; i++)
		shard_foresee(&gathering, &serving->shards->shard[i]);
	bool is_done = gathering.row != NULL && !gathering.memory_is_out;
	if (out->row_count > 1)
		qsort(out->row, out->row_count, sizeof *out->row, by_member);
	out->took = instant_since(process_now(), begun);
	heap_free(&heap, gathering.row, CELLS * sizeof *gathering.row);
	plan_unref(plan);
	return is_done ? fault_none() : fault_of(FAULT_LIMIT, 0);
}
