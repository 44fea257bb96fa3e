/* rib/look.c — copies of what a shard knows about a prefix. */
#include "rib/look.h"

#include <assert.h>

#include "base/check.h"
#include "base/mem.h"
#include "rib/shard.h"

static_assert(SENT_PATHS_MAX <= 64, "look_receiver.given has a bit for each");

/* --- one prefix ------------------------------------------------------------------------------- */

/* Room for the copy: all routes, their attributes, and the receivers. */
static struct fault look_room(struct look *look, const struct rib *rib, struct entry *entry,
			      bool with_receivers)
{
	const struct route *routes = entry_routes(entry);
	uint32_t octets = 0;

	for (uint32_t i = 0; i < entry->route_count; i++)
		octets += attr_table_of(&rib->attrs, routes[i].attr)->packed_octets;
	look->route = heap_array(look->heap, entry->route_count, sizeof *look->route);
	look->octets_room = octets + 1;
	look->octets = heap_take(look->heap, look->octets_room);
	look->receiver_count = with_receivers ? session_set_count(&rib->plan->all) : 0;
	if (look->receiver_count != 0)
		look->receiver = heap_array(look->heap, look->receiver_count,
					    sizeof *look->receiver);
	look->route_count = entry->route_count;
	if (look->route == NULL || look->octets == NULL ||
	    (look->receiver_count != 0 && look->receiver == NULL))
		return fault_of(FAULT_LIMIT, 0);
	return fault_none();
}

/* The numbers of the entry's routes: the accepted ones by rank, then the refused. */
static uint32_t routes_rank(struct rib *rib, const struct route *routes, uint32_t count,
			    uint32_t *order)
{
	uint32_t ranked = 0;

	rib_rank_begin(rib, routes, count, &rib->ranking);
	for (const struct route *best; (best = rib_rank_next(rib, &rib->ranking)) != NULL;)
		order[ranked++] = (uint32_t)(best - routes);
	uint32_t total = ranked;
	for (uint32_t i = 0; i < count; i++) {
		if (routes[i].reason != 0)
			order[total++] = i;
	}
	CHECK(total == count);
	return ranked;
}

static void route_copy(const struct rib *rib, enum family family, struct look *look,
		       const struct route *route, uint32_t *at_octet, struct look_route *out)
{
	struct octets packed = attr_set_packed(attr_table_of(&rib->attrs, route->attr));

	mem_copy(look->octets + *at_octet, packed.at, packed.len_octets);
	*out = (struct look_route){
		.session = route->session,
		.reason = route->reason,
		.is_stale = route->generation !=
			    rib->session[route->session.index].generation[family],
		.since_s = route->since_s,
		.packed = octets_of(look->octets + *at_octet, packed.len_octets),
	};
	*at_octet += packed.len_octets;
}

static void listed_note(struct look *look, struct entry *entry)
{
	const struct sent_path *sent = entry_sent(entry);

	for (uint32_t i = 0; i < entry->sent_count; i++) {
		for (uint32_t j = 0; j < look->route_count; j++) {
			struct look_route *route = &look->route[j];
			if (route->session.index != sent[i].session.index || route->rank == 0)
				continue;
			route->is_listed = true;
			look->listed[look->listed_count++] = j;
			break;
		}
	}
}

static enum withheld withheld_of(const struct rib *rib, enum family family,
				 const struct sent_path *path, bool old_plan,
				 struct session_id session, uint8_t *prepend_count)
{
	const struct plan_session *from = plan_session_of(rib->plan, path->session);
	const struct plan_session *to = plan_session_of(rib->plan, session);

	if (rib_may_have(rib, family, path, old_plan, session, prepend_count))
		return WITHHELD_NOT;
	if (from == NULL || to == NULL || from->member.index == to->member.index)
		return WITHHELD_OWN;
	if (!rib_next_hop_suits(rib, family, path->attr, old_plan, session))
		return WITHHELD_NEXT_HOP;
	return WITHHELD_STEERED;
}

static void receiver_note(const struct rib *rib, enum family family, uint32_t index,
			  struct session_id session, struct look_receiver *out)
{
	struct entry *entry = table_entry(&rib->table[family], index);
	const struct sent_path *sent = entry_sent(entry);
	bool several = session_set_has(&rib->add_path[family], session);
	bool old_plan = rib_entry_is_old(rib, family, index);

	*out = (struct look_receiver){ .session = session,
				       .extended_next_hop = session_set_has(&rib->extended_next_hop,
									    session) };
	for (uint32_t i = 0; i < entry->sent_count && (several || out->given_count == 0); i++) {
		uint8_t prepend_count = 0;
		enum withheld why = withheld_of(rib, family, &sent[i], old_plan, session,
						&prepend_count);
		if (i == 0)
			out->withheld_best = (uint8_t)why;
		if (why != WITHHELD_NOT)
			continue;
		if (out->given_count++ == 0)
			out->prepend_count = prepend_count;
		out->given |= UINT64_C(1) << i;
	}
}

static void receivers_note(const struct rib *rib, enum family family, uint32_t index,
			   struct look *look)
{
	struct session_id at;
	uint32_t count = 0;

	for (uint32_t next = 0;
	     count < look->receiver_count && session_set_next(&rib->plan->all, next, &at);
	     next = at.index + 1u)
		receiver_note(rib, family, index, at, &look->receiver[count++]);
	CHECK(count == look->receiver_count);
}

struct fault rib_look(struct rib *rib, const struct prefix *prefix, bool with_receivers,
		      struct heap *heap, struct look *out)
{
	enum family family = (enum family)prefix->family;
	uint32_t index = table_find(&rib->table[family], prefix);
	uint32_t order[ROUTES_MAX];
	uint32_t at_octet = 0;

	*out = (struct look){ .heap = heap, .prefix = *prefix };
	if (index == 0)
		return fault_of(FAULT_ABSENT, 0);
	struct entry *entry = table_entry(&rib->table[family], index);
	if (entry->route_count == 0)
		return fault_of(FAULT_ABSENT, 0);
	struct fault fault = look_room(out, rib, entry, with_receivers);
	if (failed(fault)) {
		look_fini(out);
		return fault;
	}
	const struct route *routes = entry_routes(entry);
	uint32_t ranked = routes_rank(rib, routes, entry->route_count, order);
	for (uint32_t i = 0; i < entry->route_count; i++) {
		struct look_route *route = &out->route[i];
		route_copy(rib, family, out, &routes[order[i]], &at_octet, route);
		route->rank = i < ranked ? i + 1 : 0;
		if (i != 0 && i < ranked)
			route->step = rib_step_between(rib, &routes[order[i - 1]],
						       &routes[order[i]]);
	}
	listed_note(out, entry);
	if (with_receivers)
		receivers_note(rib, family, index, out);
	return fault_none();
}

void look_fini(struct look *look)
{
	if (look->heap == NULL)
		return;
	heap_free(look->heap, look->route, look->route_count * sizeof *look->route);
	heap_free(look->heap, look->receiver, look->receiver_count * sizeof *look->receiver);
	heap_free(look->heap, look->octets, look->octets_room);
	*look = (struct look){ 0 };
}

/* --- many prefixes ---------------------------------------------------------------------------- */

bool rib_look_walk(const struct rib *rib, enum family family, uint32_t entries_max, uint32_t *place,
		   void (*each)(void *context, const struct prefix *prefix,
				const struct route *routes, uint32_t route_count),
		   void *context)
{
	const struct table *table = &rib->table[family];
	uint32_t index = *place == 0 ? 1 : *place;
	uint32_t looked = 0;

	for (; index < table->entries_used && looked < entries_max; index++, looked++) {
		struct entry *entry = table_entry(table, index);
		struct prefix prefix;
		if ((entry->flags & ENTRY_FREE) != 0 || entry->route_count == 0)
			continue;
		table_prefix_of(table, index, &prefix);
		each(context, &prefix, entry_routes(entry), entry->route_count);
	}
	*place = index;
	return index < table->entries_used;
}

bool rib_look_cover(const struct rib *rib, const struct prefix *prefix, struct prefix *out)
{
	const struct table *table = &rib->table[prefix->family];
	struct prefix at = *prefix;

	for (uint32_t len = prefix->len_bits + 1u; len-- != 0;) {
		at.len_bits = (uint8_t)len;
		prefix_mask(&at);
		uint32_t index = table_find(table, &at);
		if (index != 0 && table_entry(table, index)->route_count != 0) {
			*out = at;
			return true;
		}
	}
	return false;
}
