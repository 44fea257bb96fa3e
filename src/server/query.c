/* server/query.c — what is so now: status, sessions and routes, for commands.
 *
 * Nothing is formatted or sent while a shard is held: prefixes are gathered in slices, sorted, and
 * each is then copied out by itself. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "rib/look.h"
#include "rules/check.h"
#include "server/memory.h"
#include "server/running.h"
#include "server/story.h"
#include "sys/process.h"

/* --- status ----------------------------------------------------------------------------------- */

static void counts_add(struct serving *serving, struct view_status *out)
{
	for (uint32_t i = 0; i < serving->shards->count; i++) {
		struct shard *shard = &serving->shards->shard[i];
		struct rib_counts counts;
		rib_counts_of(shard_enter(shard), &counts);
		shard_leave(shard);
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			out->prefixes[f] += counts.prefixes[f];
			out->routes[f] += counts.routes[f];
			out->refused[f] += counts.refused[f];
		}
		out->attribute_sets += counts.attr_sets;
		out->dirty += counts.dirty;
		out->table_octets += counts.memory_octets;
		out->log_octets += counts.log_octets;
		out->encoded_octets += counts.encoded_octets;
		out->places_lost += counts.places_lost;
		out->too_large += counts.too_large;
	}
}

static void database_look(struct serving *serving, struct view_status *out)
{
	struct follow_state state;

	follow_state(serving->follow, &state);
	out->is_database_away = state.is_away;
	out->database_away_since = state.away_since;
	(void)snprintf(out->database, sizeof out->database, "%s",
		       state.is_away ? state.words : store_name(serving->options->store));
}

void serving_status(struct serving *serving, struct view_status *out)
{
	struct plan *plan = serving_plan(serving);

	*out = (struct view_status){
		.asn = plan->asn,
		.router_id = plan->router_id,
		.now = process_wall(),
		.started_at = { serving->started_at.ns / NS_PER_S + process_wall_ahead_s() },
		.worker_count = serving->worker_count,
		.shard_count = serving->shards->count,
		.is_judging = shards_are_judging(serving->shards),
		.member_count = plan->member_count,
		.session_count = session_set_count(&plan->all),
		.established_count = atomic_load(&serving->shards->established_count),
		.memory_octets = process_memory_octets_at(serving->memory_fd),
	};
	(void)snprintf(out->name, sizeof out->name, "%s", plan->name);
	plan_unref(plan);
	serving_book(serving, &out->book);
	lock_take(&serving->plan_lock);
	out->plan_version = serving->plan_version;
	lock_give(&serving->plan_lock);
	if (!restart_is_over(&serving->restart)) {
		lock_take(&serving->restart.lock);
		out->awaited = session_set_count(&serving->restart.awaited);
		lock_give(&serving->restart.lock);
	}
	database_look(serving, out);
	counts_add(serving, out);
	memory_view(serving, out->memory_octets, &out->memory);
	confine_view(serving->confine, &out->confinement);
}

/* --- sessions --------------------------------------------------------------------------------- */

struct session_list {
	struct view_session *session;
	uint32_t count;
	uint32_t room;
};

static void sessions_add(struct worker *worker, void *context)
{
	struct session_list *list = context;

	for (uint32_t i = 0; i < SESSIONS_MAX && list->count < list->room; i++) {
		if (worker_view(worker, (struct session_id){ (uint16_t)i },
				&list->session[list->count]))
			list->count++;
	}
}

static int by_asn_and_address(const void *a, const void *b)
{
	const struct view_session *x = a;
	const struct view_session *y = b;

	if (x->asn != y->asn)
		return x->asn < y->asn ? -1 : 1;
	return address_compare(&x->address, &y->address);
}

struct fault serving_sessions(struct serving *serving, struct heap *heap, struct view_session **out,
			      uint32_t *count)
{
	struct session_list list = { 0 };

	list.session = heap_array(heap, SESSIONS_MAX, sizeof *list.session);
	if (list.session == NULL)
		return fault_of(FAULT_LIMIT, 0);
	list.room = SESSIONS_MAX;
	for (uint32_t i = 0; i < serving->worker_count; i++)
		worker_ask(serving->worker[i], sessions_add, &list);
	qsort(list.session, list.count, sizeof *list.session, by_asn_and_address);
	*out = list.session;
	*count = list.count;
	return fault_none();
}

/* As everywhere here, others may have the shard between two slices: what comes and goes meanwhile
 * may be counted or not. */
static void family_tally(struct serving *serving, enum family family, struct rib_tally *tally)
{
	for (uint32_t i = 0; i < serving->shards->count; i++) {
		struct shard *shard = &serving->shards->shard[i];
		uint32_t place = 0;
		bool more = true;
		while (more) {
			more = rib_look_tally(shard_enter(shard), family, SERVING_SLICE_ENTRIES,
					      &place, tally);
			shard_leave(shard);
		}
	}
}

struct fault serving_counts(struct serving *serving, struct heap *heap,
			    struct view_session *session, uint32_t count)
{
	struct rib_tally *tally = heap_array(heap, FAMILY_COUNT, sizeof *tally);

	if (tally == NULL)
		return fault_of(FAULT_LIMIT, 0);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		family_tally(serving, (enum family)f, &tally[f]);
		for (uint32_t i = 0; i < count; i++) {
			struct view_session_family *family = &session[i].family[f];
			family->refused = tally[f].refused[session[i].slot];
			family->announced = tally[f].announced[session[i].slot];
		}
	}
	heap_free(heap, tally, FAMILY_COUNT * sizeof *tally);
	return fault_none();
}

/* --- routes ----------------------------------------------------------------------------------- */

struct gathering {
	const struct serving_filter *filter;
	struct plan *plan;
	struct rpki_data *rpki;
	struct irr_data *irr;
	struct heap heap;
	struct prefix *prefix;
	uint32_t count;
	uint32_t room;
	bool is_out_of_memory;
};

static bool route_wanted(const struct serving_filter *filter, const struct plan *plan,
			 struct session_id session, uint8_t reason)
{
	const struct plan_session *from = plan_session_of(plan, session);

	return (!filter->refused_only || reason != 0) &&
	       (filter->asn == 0 || (from != NULL && from->asn == filter->asn));
}

static void gather(void *context, const struct prefix *prefix, const struct route *routes,
		   uint32_t route_count)
{
	struct gathering *gathering = context;
	const struct serving_filter *filter = gathering->filter;
	bool is_wanted = false;

	if (filter->has_prefix && !prefix_contains(&filter->prefix, prefix))
		return;
	for (uint32_t i = 0; i < route_count && !is_wanted; i++)
		is_wanted = route_wanted(filter, gathering->plan, routes[i].session,
					 routes[i].reason);
	if (!is_wanted)
		return;
	if (!heap_grow(&gathering->heap, (void **)&gathering->prefix, &gathering->room,
		       gathering->count + 1, sizeof *gathering->prefix)) {
		gathering->is_out_of_memory = true;
		return;
	}
	gathering->prefix[gathering->count++] = *prefix;
}

static void gather_all(struct serving *serving, struct gathering *gathering)
{
	const struct serving_filter *filter = gathering->filter;

	for (uint32_t i = 0; i < serving->shards->count; i++) {
		struct shard *shard = &serving->shards->shard[i];
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			uint32_t place = 0;
			bool more = (!filter->has_family || filter->family == f) &&
				    (!filter->has_prefix || filter->prefix.family == f);
			while (more) {
				more = rib_look_walk(shard_enter(shard), (enum family)f,
						     SERVING_SLICE_ENTRIES, &place, gather,
						     gathering);
				shard_leave(shard);
			}
		}
	}
}

static void gather_one(struct gathering *gathering)
{
	gathering->is_out_of_memory = !heap_grow(&gathering->heap, (void **)&gathering->prefix,
						 &gathering->room, 1, sizeof *gathering->prefix);
	if (!gathering->is_out_of_memory)
		gathering->prefix[gathering->count++] = gathering->filter->prefix;
}

static int by_prefix(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

/* The routes of one prefix.  False: the caller wants no more. */
static bool prefix_tell(struct serving *serving, const struct gathering *gathering,
			const struct prefix *prefix,
			bool (*each)(void *context, const struct view_route *route), void *context)
{
	struct look look CLEAN(look_fini) = { 0 };
	struct story story = { gathering->plan,
			       { gathering->rpki, gathering->irr },
			       process_wall_ahead_s() };
	struct heap heap = heap_libc();
	struct shard *shard = &serving->shards->shard[shards_number_of(serving->shards, prefix)];
	struct fault fault = rib_look(shard_enter(shard), prefix, false, &heap, &look);
	bool more = true;

	shard_leave(shard);
	if (failed(fault))
		return fault.kind == FAULT_ABSENT; /* it went meanwhile */
	for (uint32_t i = 0; i < look.route_count && more; i++) {
		struct view_route route;
		if (!route_wanted(gathering->filter, gathering->plan, look.route[i].session,
				  look.route[i].reason))
			continue;
		story_route(&story, prefix, &look.route[i], &route);
		more = each(context, &route);
	}
	return more;
}

struct fault serving_routes(struct serving *serving, const struct serving_filter *filter,
			    bool (*each)(void *context, const struct view_route *route),
			    void *context)
{
	struct gathering gathering = { .filter = filter,
				       .plan = serving_plan(serving),
				       .rpki = serving_rpki(serving),
				       .irr = serving_irr(serving),
				       .heap = heap_libc() };
	bool more = true;

	if (filter->has_prefix && filter->is_exact)
		gather_one(&gathering);
	else
		gather_all(serving, &gathering);
	if (!gathering.is_out_of_memory && gathering.count != 0)
		qsort(gathering.prefix, gathering.count, sizeof *gathering.prefix, by_prefix);
	for (uint32_t i = 0; i < gathering.count && more && !gathering.is_out_of_memory; i++)
		more = prefix_tell(serving, &gathering, &gathering.prefix[i], each, context);
	heap_free(&gathering.heap, gathering.prefix, gathering.room * sizeof *gathering.prefix);
	plan_unref(gathering.plan);
	rpki_data_unref(gathering.rpki);
	irr_data_unref(gathering.irr);
	return gathering.is_out_of_memory ? fault_of(FAULT_LIMIT, 0) : fault_none();
}

/* --- refusals --------------------------------------------------------------------------------- */

struct tally {
	const struct plan *plan;
	uint32_t asn;
	uint32_t (*count)[REASON_COUNT]; /* of each session */
};

static void tally_add(void *context, const struct prefix *prefix, const struct route *routes,
		      uint32_t route_count)
{
	struct tally *tally = context;
	struct serving_filter filter = { .asn = tally->asn, .refused_only = true };

	(void)prefix;
	for (uint32_t i = 0; i < route_count; i++) {
		if (route_wanted(&filter, tally->plan, routes[i].session, routes[i].reason))
			tally->count[routes[i].session.index][routes[i].reason]++;
	}
}

static void tally_all(struct serving *serving, struct tally *tally)
{
	for (uint32_t i = 0; i < serving->shards->count; i++) {
		struct shard *shard = &serving->shards->shard[i];
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			uint32_t place = 0;
			bool more = true;
			while (more) {
				more = rib_look_walk(shard_enter(shard), (enum family)f,
						     SERVING_SLICE_ENTRIES, &place, tally_add,
						     tally);
				shard_leave(shard);
			}
		}
	}
}

/* The member's sessions together. */
static uint64_t tally_of(const struct tally *tally, const struct plan_member *member,
			 enum reason reason)
{
	struct session_id at;
	uint64_t sum = 0;

	for (uint32_t next = 0; session_set_next(&member->sessions, next, &at);
	     next = at.index + 1u)
		sum += tally->count[at.index][reason];
	return sum;
}

static struct fault tally_list(const struct tally *tally, struct heap *heap,
			       struct view_refusals **out, uint32_t *count, uint32_t *room)
{
	for (uint32_t i = 0; i < tally->plan->member_count; i++) {
		const struct plan_member *member = &tally->plan->member[i];
		for (uint32_t j = 1; j < REASON_COUNT; j++) {
			uint64_t sum = tally_of(tally, member, (enum reason)j);
			if (sum == 0)
				continue;
			if (!heap_grow(heap, (void **)out, room, *count + 1, sizeof **out))
				return fault_of(FAULT_LIMIT, 0);
			(*out)[(*count)++] = (struct view_refusals){
				.asn = member->asn,
				.reason = reason_name((enum reason)j),
				.text = reason_sentence((enum reason)j),
				.count = sum
			};
			story_clause(tally->plan, j, &(*out)[*count - 1].clause);
		}
	}
	return fault_none();
}

struct fault serving_refusals(struct serving *serving, uint32_t asn, struct heap *heap,
			      struct view_refusals **out, uint32_t *count, uint32_t *room)
{
	struct plan *plan = serving_plan(serving);
	struct tally tally = { .plan = plan, .asn = asn };
	struct fault fault = fault_of(FAULT_LIMIT, 0);

	static_assert(REASON_COUNT <= VIEW_CHECKS_MAX, "every reason has its place");
	*out = NULL;
	*count = 0;
	*room = 0;
	tally.count = heap_array(heap, SESSIONS_MAX, sizeof *tally.count);
	if (tally.count != NULL) {
		tally_all(serving, &tally);
		fault = tally_list(&tally, heap, out, count, room);
	}
	heap_free(heap, tally.count, SESSIONS_MAX * sizeof *tally.count);
	plan_unref(plan);
	return fault;
}
