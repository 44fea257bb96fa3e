/* rib/decide.c — which paths of a prefix are announced, and who may have each.
 *
 * RFC 4271 9.1.2.2 as it applies to a route server whose sessions are all external:
 *   degree of preference: GRACEFUL_SHUTDOWN last (RFC 8326), otherwise equal
 *   a) shortest AS path   b) lowest ORIGIN   c) lowest MED among routes of the same neighbour AS
 *   d) external before internal: not done, all are external
 *   e) interior cost: not done, the LAN is one hop for everyone
 *   f) lowest BGP identifier   g) lowest neighbour address
 * MED alone makes a pairwise order that is not transitive.  So routes are ranked in two stages:
 * within one neighbour AS with MED, and the heads of those groups without it; the best head is
 * taken, and its group's next becomes its head.  That is a total order, whatever the order of
 * arrival.  Routes are sorted once, and the heads stand in a heap.
 *
 * The list stops when every session of the plan is served, whether it is up or not: so it does not
 * change when sessions come and go.  That is RFC 7947 2.3.2 without tables for each client. */
#include <stdlib.h>

#include "rib/look.h"
#include "rib/shard.h"

#include "base/check.h"

static int by_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* Below 0 when route a is better than b, above when worse, never 0 for two sessions; *step says
 * which comparison decided (enum decision_step). */
static int compare(const struct rib *rib, const struct route *a, const struct route *b,
		   bool with_med, uint8_t *step)
{
	const struct attr_set *x = attr_table_of(&rib->attrs, a->attr);
	const struct attr_set *y = attr_table_of(&rib->attrs, b->attr);
	const struct plan_session *from_a = plan_session_of(rib->plan, a->session);
	const struct plan_session *from_b = plan_session_of(rib->plan, b->session);
	int order;

	*step = STEP_PREFERENCE;
	if ((order = by_u32(x->least_preferred, y->least_preferred)) != 0)
		return order;
	*step = STEP_PATH_LENGTH;
	if ((order = by_u32(x->path_len, y->path_len)) != 0)
		return order;
	*step = STEP_ORIGIN;
	if ((order = by_u32(x->origin, y->origin)) != 0)
		return order;
	*step = STEP_MED;
	if (with_med && (order = by_u32(x->med, y->med)) != 0)
		return order;
	*step = STEP_ROUTER_ID;
	order = by_u32(rib->session[a->session.index].router_id,
		       rib->session[b->session.index].router_id);
	if (order != 0)
		return order;
	*step = STEP_ADDRESS;
	if (from_a != NULL && from_b != NULL &&
	    (order = address_compare(&from_a->address, &from_b->address)) != 0)
		return order;
	return by_u32(a->session.index, b->session.index);
}

uint8_t rib_step_between(const struct rib *rib, const struct route *better,
			 const struct route *worse)
{
	bool same_neighbour = attr_table_of(&rib->attrs, better->attr)->first_asn ==
			      attr_table_of(&rib->attrs, worse->attr)->first_asn;
	uint8_t step = STEP_NONE;

	(void)compare(rib, better, worse, same_neighbour, &step);
	return step;
}

/* --- ranking: groups of one neighbour AS, their heads in a heap ------------------------------- */

static uint32_t first_asn_of(const struct rib *rib, const struct route *route)
{
	return attr_table_of(&rib->attrs, route->attr)->first_asn;
}

/* By neighbour AS, within one by MED, too. */
static bool stands_before(const struct rib *rib, const struct route *a, const struct route *b)
{
	uint32_t asn_a = first_asn_of(rib, a);
	uint32_t asn_b = first_asn_of(rib, b);
	uint8_t step;

	return asn_a != asn_b ? asn_a < asn_b : compare(rib, a, b, true, &step) < 0;
}

struct sorting {
	const struct rib *rib;
	const struct route *routes;
};

static int order_compare(const void *left, const void *right, void *context)
{
	const struct sorting *sorting = context;
	const struct route *a = &sorting->routes[*(const uint16_t *)left];
	const struct route *b = &sorting->routes[*(const uint16_t *)right];

	return stands_before(sorting->rib, a, b) ? -1 : 1;
}

/* Few routes are sorted by hand: most prefixes that have several have two or three. */
static void order_sort(const struct rib *rib, struct ranking *ranking)
{
	enum { BY_HAND_MAX = 12 };
	struct sorting sorting = { rib, ranking->routes };
	uint16_t *order = ranking->order;

	if (ranking->count > BY_HAND_MAX) {
		qsort_r(order, ranking->count, sizeof *order, order_compare, &sorting);
		return;
	}
	for (uint32_t i = 1; i < ranking->count; i++) {
		uint16_t moving = order[i];
		uint32_t at = i;
		while (at != 0 && stands_before(rib, &ranking->routes[moving],
						&ranking->routes[order[at - 1]])) {
			order[at] = order[at - 1];
			at--;
		}
		order[at] = moving;
	}
}

static const struct route *head_of(const struct ranking *ranking, uint32_t group)
{
	return &ranking->routes[ranking->order[ranking->next[group]]];
}

/* The head at `at` goes down to where it is better than those below.  Without MED: they are of
 * different neighbours. */
static void heap_sink(const struct rib *rib, struct ranking *ranking, uint32_t at)
{
	uint16_t *heap = ranking->heap;
	uint16_t sinking = heap[at];
	uint8_t step;

	for (uint32_t child; (child = 2 * at + 1) < ranking->heap_count; at = child) {
		if (child + 1 < ranking->heap_count &&
		    compare(rib, head_of(ranking, heap[child + 1]), head_of(ranking, heap[child]),
			    false, &step) < 0)
			child++;
		if (compare(rib, head_of(ranking, sinking), head_of(ranking, heap[child]), false,
			    &step) < 0)
			break;
		heap[at] = heap[child];
	}
	heap[at] = sinking;
}

void rib_rank_begin(const struct rib *rib, const struct route *routes, uint32_t count,
		    struct ranking *out)
{
	CHECK(count <= ROUTES_MAX);
	out->routes = routes;
	out->count = 0;
	out->heap_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (routes[i].reason == 0)
			out->order[out->count++] = (uint16_t)i;
	}
	order_sort(rib, out);
	for (uint32_t i = 0; i < out->count; i++) {
		if (i == 0 || first_asn_of(rib, &routes[out->order[i]]) !=
				      first_asn_of(rib, &routes[out->order[i - 1]])) {
			out->heap[out->heap_count] = (uint16_t)out->heap_count;
			out->next[out->heap_count++] = (uint16_t)i;
		}
		out->end[out->heap_count - 1] = (uint16_t)(i + 1);
	}
	for (uint32_t i = out->heap_count / 2; i-- != 0;)
		heap_sink(rib, out, i);
}

const struct route *rib_rank_next(const struct rib *rib, struct ranking *ranking)
{
	if (ranking->heap_count == 0)
		return NULL;
	uint32_t group = ranking->heap[0];
	const struct route *best = head_of(ranking, group);
	if (++ranking->next[group] == ranking->end[group])
		ranking->heap[0] = ranking->heap[--ranking->heap_count];
	if (ranking->heap_count != 0)
		heap_sink(rib, ranking, 0);
	return best;
}

const struct session_set *rib_member_sessions(const struct rib *rib, struct session_id session,
					      bool old_plan)
{
	bool is_old = old_plan && rib->replan.before != NULL;
	const struct plan *plan = is_old ? rib->replan.before : rib->plan;
	const struct plan_session *from = plan_session_of(plan, session);

	return from == NULL ? NULL : &plan->member[from->member.index].sessions;
}

/* Whom the sender addresses: all that does not depend on what they agreed to. */
static bool addressed(const struct rib *rib, struct attr_id attr, struct session_id from,
		      bool old_plan, struct session_set *out)
{
	const struct attr_set *set = attr_table_of(&rib->attrs, attr);
	const struct rules_audience *audience = old_plan ? set->audience_old : set->audience;
	const struct session_set *own = rib_member_sessions(rib, from, old_plan);

	*out = audience == NULL ? rib->plan->all : audience->allowed;
	if (own != NULL)
		session_set_and_not(out, own);
	session_set_remove(out, from);
	return audience != NULL;
}

bool rib_audience(const struct rib *rib, enum family family, struct attr_id attr,
		  struct session_id from, bool old_plan, struct session_set *out)
{
	bool is_steered = addressed(rib, attr, from, old_plan, out);

	return rib_next_hop_narrow(rib, family, attr, old_plan, out) || is_steered;
}

bool rib_may_have(const struct rib *rib, enum family family, const struct sent_path *path,
		  bool old_plan, struct session_id session, uint8_t *prepend_count)
{
	const struct attr_set *set = attr_table_of(&rib->attrs, path->attr);
	const struct rules_audience *audience = old_plan ? set->audience_old : set->audience;
	const struct session_set *own = rib_member_sessions(rib, path->session, old_plan);

	*prepend_count = 0;
	if (path->session.index == session.index || (own != NULL && session_set_has(own, session)))
		return false;
	if (!rib_next_hop_suits(rib, family, path->attr, old_plan, session))
		return false;
	if (audience == NULL)
		return session_set_has(&rib->plan->all, session);
	for (uint8_t i = 1; i <= RULES_PREPEND_MAX; i++) {
		if (session_set_has(&audience->prepended[i], session))
			*prepend_count = i;
	}
	return session_set_has(&audience->allowed, session);
}

static struct sent_path path_of(const struct route *route)
{
	return (struct sent_path){ .attr = route->attr, .session = route->session };
}

/* The usual case, one route: no order to find. */
static uint32_t decide_one(const struct entry *entry, const struct route *routes,
			   struct sent_path *out)
{
	if (entry->route_count == 0 || routes[0].reason != 0)
		return 0;
	out[0] = path_of(&routes[0]);
	return 1;
}

/* Apart from rib_decide, so that one route pays for no sets and no marks. */
static __attribute__((noinline)) uint32_t decide_several(struct rib *rib, enum family family,
							 struct entry *entry, struct sent_path *out)
{
	struct ranking *ranking = &rib->ranking;
	struct session_set unserved = rib->plan->all;
	bool several = !session_set_is_empty(&rib->add_path[family]);
	uint32_t count = 0;

	rib_rank_begin(rib, entry_routes(entry), entry->route_count, ranking);
	while (count < SENT_PATHS_MAX) {
		const struct route *best = rib_rank_next(rib, ranking);
		struct session_set certain;
		if (best == NULL)
			break;
		(void)addressed(rib, best->attr, best->session, false, &certain);
		struct session_set possible = certain;
		/* Who can use the path only as it is connected now is not served for good. */
		rib_next_hop_foresee(rib, family, best->attr, &certain, &possible);
		if (session_set_meets(&possible, &unserved) ||
		    (several && count < RIB_ADD_PATH_MAX))
			out[count++] = path_of(best);
		session_set_and_not(&unserved, &certain);
		if (session_set_is_empty(&unserved) && (!several || count >= RIB_ADD_PATH_MAX))
			break;
	}
	return count;
}

uint32_t rib_decide(struct rib *rib, enum family family, struct entry *entry, struct sent_path *out)
{
	if (entry->route_count <= 1)
		return decide_one(entry, entry_routes(entry), out);
	return decide_several(rib, family, entry, out);
}
