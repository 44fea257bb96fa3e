/* rib/intake.c — routes in, and routes out when their session goes.
 *
 * Every change of what is held marks the prefix for a decision; nothing is decided here. */
#include "rib/shard.h"

#include "base/check.h"
#include "rules/check.h"

struct rib *rib_new(struct heap *heap, struct hash_key key, struct plan *plan)
{
	struct rib *rib = heap_zero(heap, sizeof *rib);

	if (rib == NULL)
		return NULL;
	rib->heap = heap;
	rib->plan = plan_ref(plan);
	struct fault fault = attr_table_init(&rib->attrs, heap, key);
	for (uint32_t i = 0; i < FAMILY_COUNT && !failed(fault); i++)
		fault = table_init(&rib->table[i], (enum family)i, heap, key);
	for (uint32_t i = 0; i < FAMILY_COUNT; i++)
		rib->epoch[i] = 1;
	if (failed(fault)) {
		rib_free(rib);
		return NULL;
	}
	return rib;
}

void rib_free(struct rib *rib)
{
	if (rib == NULL)
		return;
	for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
		for (uint32_t family = 0; family < FAMILY_COUNT; family++)
			rib_out_leave(rib, (struct session_id){ (uint16_t)i }, (enum family)family);
	}
	for (uint32_t i = 0; i < RIB_PROFILES_MAX; i++) {
		if (rib->profile[i].used)
			log_fini(&rib->profile[i].log);
	}
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		heap_free(rib->heap, rib->buried[i], rib->buried_room[i] * sizeof *rib->buried[i]);
		heap_free(rib->heap, rib->dirty[i].index,
			  rib->dirty[i].room * sizeof *rib->dirty[i].index);
		table_fini(&rib->table[i], &rib->attrs);
	}
	batch_fini(rib);
	attr_table_fini(&rib->attrs);
	plan_unref(rib->plan);
	plan_unref(rib->replan.before);
	rpki_data_unref(rib->rpki);
	rpki_changes_unref(rib->rejudge.changes);
	irr_data_unref(rib->irr);
	heap_free(rib->heap, rib, sizeof *rib);
}

struct plan *rib_plan(const struct rib *rib)
{
	return rib->plan;
}

/* Its routes of before a restart, kept, rank anew.  One walk under the lock: who restarts keeps its
 * identifier, nearly always. */
static void rank_anew(struct rib *rib, struct session_id session, enum family family)
{
	struct table *table = &rib->table[family];

	for (uint32_t index = 1; index < table->entries_used; index++) {
		if (entry_route_of(table_entry(table, index), session) != NULL)
			rib_mark_dirty(rib, family, index);
	}
}

void rib_session_identity(struct rib *rib, struct session_id session, uint32_t router_id)
{
	if (rib->session[session.index].router_id == router_id)
		return;
	rib->session[session.index].router_id = router_id;
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		if (session_set_has(&rib->announcers[i], session))
			rank_anew(rib, session, (enum family)i);
	}
}

void rib_account(struct rib *rib, struct attr_account *account)
{
	attr_table_account(&rib->attrs, account);
}

struct fault rib_attrs_take(struct rib *rib, struct session_id session, struct octets packed,
			    struct attr_id *out)
{
	return attr_table_intern(&rib->attrs, rib->plan, session, packed, out);
}

void rib_attrs_release(struct rib *rib, struct attr_id attr)
{
	attr_table_unref(&rib->attrs, attr);
}

static void refused_changed(struct table *table, uint8_t before, uint8_t after)
{
	if (before != 0 && after == 0)
		table->refused_count--;
	else if (before == 0 && after != 0)
		table->refused_count++;
}

static enum rib_held held_of(const struct route *route)
{
	if (route == NULL)
		return RIB_HELD_NOT;
	return route->reason == REASON_MAX_PREFIXES ? RIB_HELD_BLOCKED : RIB_HELD_COUNTED;
}

/* One that was only made for a route there was no memory for. */
static void entry_give_back(struct table *table, uint32_t index)
{
	const struct entry *entry = table_entry(table, index);

	if (entry->route_count == 0 && entry->sent_count == 0 && entry->flags == 0)
		table_release(table, index);
}

struct rib_prefix rib_prefix_of(const struct rib *rib, const struct prefix *prefix)
{
	return (struct rib_prefix){ *prefix, table_hash(rib->table[0].key, prefix) };
}

void rib_expect(const struct rib *rib, const struct rib_prefix *prefix)
{
	table_expect(&rib->table[prefix->prefix.family], prefix->hash);
}

struct fault rib_announce(struct rib *rib, const struct rib_prefix *prefix,
			  const struct rib_announcement *announcement, enum rib_held *before)
{
	struct session_id session = announcement->session;
	struct attr_id attr = announcement->attr;
	uint8_t reason = announcement->reason;

	CHECK(session.index < SESSIONS_MAX && attr.index != 0);
	enum family family = (enum family)prefix->prefix.family;
	struct table *table = &rib->table[family];
	uint8_t generation = rib->session[session.index].generation[family];
	uint32_t index = 0;

	TRY(table_need(table, &prefix->prefix, prefix->hash, &index));
	struct fault reserved = rib_dirty_reserve(rib, family);
	if (failed(reserved)) {
		entry_give_back(table, index);
		return reserved;
	}
	struct entry *entry = table_entry(table, index);
	struct route *route = entry_route_of(entry, session);
	*before = held_of(route);
	if (announcement->is_full && *before != RIB_HELD_COUNTED)
		reason = REASON_MAX_PREFIXES;
	if (route != NULL && route->attr.index == attr.index && route->reason == reason) {
		route->generation = generation;
		return fault_none();
	}
	session_set_add(&rib->announcers[family], session);
	attr_table_ref(&rib->attrs, attr);
	if (route == NULL) {
		struct fault fault = table_route_add(table, entry, &route);
		if (failed(fault)) {
			attr_table_unref(&rib->attrs, attr);
			entry_give_back(table, index);
			return fault;
		}
		refused_changed(table, 0, reason);
	} else {
		refused_changed(table, route->reason, reason);
		attr_table_unref(&rib->attrs, route->attr);
	}
	*route = (struct route){ .attr = attr,
				 .session = session,
				 .reason = reason,
				 .generation = generation,
				 .since_s = announcement->now_s };
	rib_mark_dirty(rib, family, index);
	return fault_none();
}

static void route_remove(struct rib *rib, enum family family, uint32_t index, struct route *route)
{
	struct table *table = &rib->table[family];

	struct entry *entry = table_entry(table, index);
	struct session_id session = route->session;

	refused_changed(table, route->reason, 0);
	attr_table_unref(&rib->attrs, route->attr);
	table_route_remove(table, entry, route);
	if (entry->route_count == 0 && (entry->flags & ENTRY_BURIED) == 0)
		rib->session[session.index].gone[family]++;
	rib_mark_dirty(rib, family, index);
}

enum rib_held rib_withdraw(struct rib *rib, struct session_id session,
			   const struct rib_prefix *prefix)
{
	enum family family = (enum family)prefix->prefix.family;
	uint32_t index = table_find_at(&rib->table[family], &prefix->prefix, prefix->hash);

	if (index == 0)
		return RIB_HELD_NOT;
	struct route *route = entry_route_of(table_entry(&rib->table[family], index), session);
	enum rib_held before = held_of(route);
	if (route != NULL)
		route_remove(rib, family, index, route);
	return before;
}

void rib_age(struct rib *rib, struct session_id session, enum family family)
{
	rib->session[session.index].generation[family]++;
}

static uint32_t slice_end(const struct table *table, uint32_t from, uint32_t entries_max)
{
	if (table->entries_used > from && table->entries_used - from > entries_max)
		return from + entries_max;
	return table->entries_used;
}

bool rib_sweep(struct rib *rib, struct session_id session, enum family family, bool all,
	       uint32_t entries_max, uint32_t *place, struct rib_removed *removed)
{
	struct table *table = &rib->table[family];
	uint8_t generation = rib->session[session.index].generation[family];
	uint32_t index = *place == 0 ? 1 : *place;
	uint32_t stop = slice_end(table, index, entries_max);

	for (; index < stop; index++) {
		struct entry *entry = table_entry(table, index);
		struct route *route = entry_route_of(entry, session);
		if (route == NULL || (!all && route->generation == generation))
			continue;
		if (held_of(route) == RIB_HELD_BLOCKED)
			removed->blocked++;
		else
			removed->counted++;
		route_remove(rib, family, index, route);
	}
	*place = index;
	return index < table->entries_used;
}

static void route_unblock(struct rib *rib, enum family family, uint32_t index, struct route *route,
			  const struct plan_session *from)
{
	const struct attr_set *set = attr_table_of(&rib->attrs, route->attr);
	struct bgp_attrs attrs;
	struct prefix prefix;

	CHECK(!failed(bgp_attrs_unpack(attr_set_packed(set), &attrs)));
	table_prefix_of(&rib->table[family], index, &prefix);
	struct rules_case judged = rules_case_of(rib->plan, rib_evidence(rib), from, &attrs);
	uint8_t reason = (uint8_t)rules_check(&judged, &prefix);
	refused_changed(&rib->table[family], route->reason, reason);
	route->reason = reason;
	rib_mark_dirty(rib, family, index);
}

bool rib_unblock(struct rib *rib, struct session_id session, enum family family,
		 uint32_t entries_max, uint32_t *place, uint32_t *room)
{
	const struct plan_session *from = plan_session_of(rib->plan, session);
	struct table *table = &rib->table[family];
	uint32_t index = *place == 0 ? 1 : *place;
	uint32_t stop = slice_end(table, index, entries_max);

	/* Every entry with a route has its place in the queue since the route came. */
	if (from == NULL)
		return false;
	for (; index < stop && *room != 0; index++) {
		struct route *route = entry_route_of(table_entry(table, index), session);
		if (held_of(route) != RIB_HELD_BLOCKED)
			continue;
		route_unblock(rib, family, index, route, from);
		(*room)--;
	}
	*place = index;
	return index < table->entries_used && *room != 0;
}

void rib_counts_of(const struct rib *rib, struct rib_counts *out)
{
	*out = (struct rib_counts){ .attr_sets = rib->attrs.set_count,
				    .memory_octets = rib->heap->used_octets,
				    .work_octets = sizeof *rib + batch_room_octets(&rib->batch),
				    .places_lost = rib->places_lost,
				    .too_large = rib->too_large,
				    .rejudged = rib->rejudge.judged };
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		const struct table *table = &rib->table[i];
		out->prefixes[i] = table->entry_count - table->buried_count;
		out->routes[i] = table->route_count;
		out->refused[i] = table->refused_count;
		out->dirty += rib->dirty[i].count;
	}
	for (uint32_t i = 0; i < RIB_PROFILES_MAX; i++) {
		if (rib->profile[i].used)
			out->log_octets += log_octets_memory(&rib->profile[i].log);
	}
	out->encoded_octets = rib_encoded_octets(rib);
}
