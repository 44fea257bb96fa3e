/* rib/foresee.c — a walk that judges and changes nothing. */
#include "rib/foresee.h"

#include "rib/shard.h"
#include "rules/check.h"

void foresight_init(struct foresight *foresight, struct heap *heap)
{
	*foresight = (struct foresight){ .heap = heap };
}

void foresight_fini(struct foresight *foresight)
{
	if (foresight->heap != NULL)
		heap_free(foresight->heap, foresight->verdict,
			  foresight->room * sizeof *foresight->verdict);
	*foresight = (struct foresight){ 0 };
}

/* The place of a set's verdict; NULL without memory. */
static struct foresight_verdict *place_of(struct foresight *foresight, struct attr_id attr)
{
	uint32_t before = foresight->room;

	if (attr.index >= before) {
		if (!heap_grow(foresight->heap, (void **)&foresight->verdict, &foresight->room,
			       attr.index + 1, sizeof *foresight->verdict))
			return NULL;
		for (uint32_t i = before; i < foresight->room; i++)
			foresight->verdict[i] = (struct foresight_verdict){ 0 };
	}
	return &foresight->verdict[attr.index];
}

static enum reason attrs_judge(struct foresight *foresight, const struct attr_set *set,
			       const struct route *route, const struct rules_case *judged)
{
	struct foresight_verdict *known = place_of(foresight, route->attr);

	if (known == NULL)
		return rules_check_attrs(judged);
	if (!known->is_known || known->hash != set->hash || known->session != route->session.index)
		*known = (struct foresight_verdict){ .hash = set->hash,
						     .session = route->session.index,
						     .reason = (uint8_t)rules_check_attrs(judged),
						     .is_known = true };
	return (enum reason)known->reason;
}

struct foreseeing {
	const struct rib *rib;
	const struct plan *plan;
	struct foresight *foresight;
	foresight_each each;
	void *context;
};

static void route_foresee(const struct foreseeing *foreseeing, const struct prefix *prefix,
			  const struct route *route)
{
	const struct attr_set *set = attr_table_of(&foreseeing->rib->attrs, route->attr);
	const struct plan_session *from = plan_session_of(foreseeing->plan, route->session);
	struct bgp_attrs attrs;

	if (from == NULL || route->reason == REASON_MAX_PREFIXES ||
	    failed(bgp_attrs_unpack(attr_set_packed(set), &attrs)))
		return;
	struct rules_case judged = rules_case_of(foreseeing->plan, rib_evidence(foreseeing->rib),
						 from, &attrs);
	enum reason after = attrs_judge(foreseeing->foresight, set, route, &judged);
	if (after == REASON_NONE)
		after = rules_check_prefix(&judged, prefix);
	foreseeing->each(foreseeing->context, prefix, route, after);
}

bool rib_foresee(const struct rib *rib, enum family family, const struct plan *plan,
		 struct foresight *foresight, uint32_t entries_max, uint32_t *place,
		 foresight_each each, void *context)
{
	struct foreseeing foreseeing = { rib, plan, foresight, each, context };
	const struct table *table = &rib->table[family];
	uint32_t stop = *place + entries_max;

	if (stop > table->entries_used || stop < *place)
		stop = table->entries_used;
	if (*place == 0)
		*place = 1;
	for (; *place < stop; (*place)++) {
		struct entry *entry = table_entry(table, *place);
		struct prefix prefix;
		if ((entry->flags & ENTRY_FREE) != 0 || entry->route_count == 0)
			continue;
		table_prefix_of(table, *place, &prefix);
		const struct route *routes = entry_routes(entry);
		for (uint32_t i = 0; i < entry->route_count; i++)
			route_foresee(&foreseeing, &prefix, &routes[i]);
	}
	return *place < table->entries_used;
}
