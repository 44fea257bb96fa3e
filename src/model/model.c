/* model/model.c — routes as announced, and from them what each receiver must hold. */
#include "model/model.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/mem.h"
#include "model/inside.h"
#include "model/next_hop.h"
#include "model/steer.h"

/* --- making ----------------------------------------------------------------------------------- */

struct fault model_new(struct heap *heap, struct plan *plan, struct model **out)
{
	struct model *model = heap_zero(heap, sizeof *model);

	if (model == NULL)
		return fault_of(FAULT_LIMIT, 0);
	model->heap = heap;
	model->plan = plan_ref(plan);
	*out = model;
	return fault_none();
}

void model_free(struct model *model)
{
	if (model == NULL)
		return;
	struct heap *heap = model->heap;
	for (uint32_t i = 0; i < model->prefix_count; i++)
		heap_free(heap, model->prefix[i].route,
			  model->prefix[i].room * sizeof *model->prefix[i].route);
	for (uint32_t i = 0; i < model->set_count; i++)
		heap_free(heap, model->set[i].octets, model->set[i].len_octets);
	heap_free(heap, model->prefix, model->prefix_room * sizeof *model->prefix);
	heap_free(heap, model->set, model->set_room * sizeof *model->set);
	heap_free(heap, model->prefix_slot, model->prefix_slots * sizeof *model->prefix_slot);
	heap_free(heap, model->set_slot, model->set_slots * sizeof *model->set_slot);
	plan_unref(model->plan);
	heap_free(heap, model, sizeof *model);
}

void model_evidence(struct model *model, struct rules_evidence evidence)
{
	model->evidence = evidence;
}

void model_session(struct model *model, struct session_id session,
		   const struct model_session *agreed)
{
	if (model->session[session.index].router_id != agreed->router_id) {
		for (uint32_t i = 0; i < model->prefix_count; i++)
			model->prefix[i].is_ranked = false;
	}
	model->session[session.index] = *agreed;
}

/* --- routes in -------------------------------------------------------------------------------- */

struct model_route *model_route_of(struct model_prefix *prefix, struct session_id session)
{
	for (uint32_t i = 0; i < prefix->count; i++) {
		if (prefix->route[i].session.index == session.index)
			return &prefix->route[i];
	}
	return NULL;
}

static uint8_t judge(const struct model *model, struct session_id session,
		     const struct prefix *prefix, uint32_t set)
{
	const struct plan_session *from = plan_session_of(model->plan, session);

	CHECK(from != NULL);
	struct rules_case judged = rules_case_of(model->plan, model->evidence, from,
						 &model->set[set].attrs);
	return (uint8_t)rules_check(&judged, prefix);
}

struct fault model_announce(struct model *model, struct session_id session,
			    const struct prefix *prefix, struct octets packed)
{
	uint32_t number = 0;
	uint32_t set = 0;

	TRY(model_prefix_need(model, prefix, &number));
	TRY(model_set_need(model, packed, &set));
	struct model_prefix *held = &model->prefix[number];
	struct model_route *route = model_route_of(held, session);
	if (route == NULL) {
		if (!heap_grow(model->heap, (void **)&held->route, &held->room, held->count + 1,
			       sizeof *held->route))
			return fault_of(FAULT_LIMIT, 0);
		route = &held->route[held->count++];
	}
	*route = (struct model_route){ .session = session,
				       .set = set,
				       .reason = judge(model, session, prefix, set) };
	held->is_ranked = false;
	return fault_none();
}

static void route_remove(struct model_prefix *prefix, struct model_route *route)
{
	*route = prefix->route[--prefix->count];
	prefix->is_ranked = false;
}

void model_withdraw(struct model *model, struct session_id session, const struct prefix *prefix)
{
	uint32_t number = model_prefix_find(model, prefix);
	struct model_route *route = number == UINT32_MAX ?
					    NULL :
					    model_route_of(&model->prefix[number], session);

	if (route != NULL)
		route_remove(&model->prefix[number], route);
}

/* --- the decision ----------------------------------------------------------------------------- */

/* Below 0: a before b. */
static int compare(const struct model *model, const struct model_route *a,
		   const struct model_route *b, bool with_med)
{
	const struct bgp_attrs *x = &model->set[a->set].attrs;
	const struct bgp_attrs *y = &model->set[b->set].attrs;
	bool low_x = steer_has_standard(x, 65535, 0);
	bool low_y = steer_has_standard(y, 65535, 0);
	uint32_t id_x = model->session[a->session.index].router_id;
	uint32_t id_y = model->session[b->session.index].router_id;

	if (low_x != low_y)
		return low_x ? 1 : -1;
	if (x->path_len != y->path_len)
		return x->path_len < y->path_len ? -1 : 1;
	if (x->origin != y->origin)
		return x->origin < y->origin ? -1 : 1;
	uint32_t med_x = x->has_med ? x->med : 0;
	uint32_t med_y = y->has_med ? y->med : 0;
	if (with_med && med_x != med_y)
		return med_x < med_y ? -1 : 1;
	if (id_x != id_y)
		return id_x < id_y ? -1 : 1;
	const struct plan_session *from_x = plan_session_of(model->plan, a->session);
	const struct plan_session *from_y = plan_session_of(model->plan, b->session);
	return address_compare(&from_x->address, &from_y->address);
}

/* Of route[from..count) the one that comes first: the best of each neighbour AS by MED, then the
 * best of those without. */
static uint32_t first_of(const struct model *model, const struct model_route *route, uint32_t from,
			 uint32_t count)
{
	uint32_t best = UINT32_MAX;

	for (uint32_t i = from; i < count; i++) {
		uint32_t neighbour = model->set[route[i].set].attrs.first_asn;
		bool leads = true;
		for (uint32_t j = from; j < count && leads; j++)
			leads = j == i || model->set[route[j].set].attrs.first_asn != neighbour ||
				compare(model, &route[i], &route[j], true) < 0;
		if (leads &&
		    (best == UINT32_MAX || compare(model, &route[i], &route[best], false) < 0))
			best = i;
	}
	return best;
}

/* Accepted routes by rank, then the refused. */
static void rank(const struct model *model, struct model_prefix *prefix)
{
	struct model_route *route = prefix->route;
	uint32_t accepted = 0;

	for (uint32_t i = 0; i < prefix->count; i++) {
		if (route[i].reason != 0)
			continue;
		struct model_route swap = route[accepted];
		route[accepted++] = route[i];
		route[i] = swap;
	}
	for (uint32_t place = 0; place + 1 < accepted; place++) {
		uint32_t best = first_of(model, route, place, accepted);
		struct model_route swap = route[place];
		route[place] = route[best];
		route[best] = swap;
	}
	prefix->accepted_count = accepted;
	prefix->is_ranked = true;
}

static bool may_have(const struct model *model, const struct model_prefix *prefix,
		     const struct model_route *route, struct session_id receiver,
		     uint8_t *prepend_count)
{
	const struct plan_session *to = plan_session_of(model->plan, receiver);
	const struct plan_session *from = plan_session_of(model->plan, route->session);
	const struct bgp_attrs *attrs = &model->set[route->set].attrs;
	struct model_next_hop next_hop;

	if (to->asn == from->asn)
		return false;
	if (prefix->prefix.family == FAMILY_IPV4 &&
	    !model_next_hop(model->plan, attrs, to,
			    model->session[receiver.index].extended_next_hop, &next_hop))
		return false;
	return steer_allows(model->plan, attrs, to, prepend_count);
}

/* False: the caller has enough. */
static bool prefix_walk(struct model *model, uint32_t number, struct session_id receiver,
			bool (*each)(void *context, const struct model_path *path), void *context)
{
	struct model_prefix *prefix = &model->prefix[number];
	bool several = model->session[receiver.index].add_path[prefix->prefix.family];

	if (!prefix->is_ranked)
		rank(model, prefix);
	for (uint32_t i = 0; i < prefix->accepted_count; i++) {
		const struct model_route *route = &prefix->route[i];
		struct model_path path = { .prefix = prefix->prefix,
					   .prefix_number = number,
					   .from = route->session,
					   .to = receiver,
					   .set_number = route->set };
		if (!may_have(model, prefix, route, receiver, &path.prepend_count))
			continue;
		path.path_id = several ? route->session.index + 1u : 0;
		if (!each(context, &path))
			return false;
		if (!several)
			return true;
	}
	return true;
}

void model_walk(struct model *model, struct session_id receiver, enum family family,
		bool (*each)(void *context, const struct model_path *path), void *context)
{
	const struct model_session *session = &model->session[receiver.index];

	if (!session->is_up || !session->families[family])
		return;
	for (uint32_t i = 0; i < model->prefix_count; i++) {
		if (model->prefix[i].prefix.family == family &&
		    !prefix_walk(model, i, receiver, each, context))
			return;
	}
}
