/* rib/replan.c — a new plan: held routes are judged again, a slice at a time.
 *
 * From rib_replan on what comes in is judged under the new plan.  Entries the walk has not reached
 * still have sent paths of the old audiences (rib_entry_is_old); both are kept until it ends, so
 * the difference of every entry is exact and nobody is sent what did not change. */
#include "base/check.h"
#include "rib/shard.h"
#include "rules/check.h"

static bool is_regrouped(const struct rib *rib, struct session_id session)
{
	const struct session_set *old = rib_member_sessions(rib, session, true);
	const struct session_set *new = rib_member_sessions(rib, session, false);

	return old == NULL || new == NULL ? old != new : !session_set_equal(old, new);
}

struct fault rib_replan(struct rib *rib, struct plan *plan)
{
	CHECK(!rib->replan.running);
	TRY(attr_table_replan(&rib->attrs, plan));
	struct plan *before = rib->plan;
	rib->plan = plan_ref(plan);
	rib->replan = (struct replan){
		.running = true, .family = FAMILY_IPV4, .place = 1, .before = before
	};
	for (uint16_t i = 0; i < SESSIONS_MAX; i++) {
		struct session_id session = { i };
		if (is_regrouped(rib, session))
			session_set_add(&rib->replan.regrouped, session);
	}
	rib_next_hop_note_change(rib);
	return fault_none();
}

bool rib_replanning(const struct rib *rib)
{
	return rib->replan.running;
}

bool rib_replan_waits(const struct rib *rib)
{
	const struct replan *replan = &rib->replan;

	return replan->running && rib->dirty[replan->family].count != 0 &&
	       replan->judged >= rib->table[replan->family].entries_used;
}

static void route_judge(struct rib *rib, enum family family, uint32_t index, struct route *route,
			bool *is_dirty)
{
	const struct attr_set *set = attr_table_of(&rib->attrs, route->attr);

	if (set->audience != NULL || set->audience_old != NULL ||
	    rib_next_hop_changes(rib, family, route->attr) ||
	    session_set_has(&rib->replan.regrouped, route->session))
		*is_dirty = true;
	*is_dirty |= rib_judge(rib, family, index, route);
}

static void entry_judge(struct rib *rib, enum family family, uint32_t index)
{
	struct entry *entry = table_entry(&rib->table[family], index);
	bool is_dirty = entry->route_count > 1;

	if ((entry->flags & ENTRY_FREE) != 0)
		return;
	struct route *routes = entry_routes(entry);
	for (uint32_t i = 0; i < entry->route_count; i++)
		route_judge(rib, family, index, &routes[i], &is_dirty);
	if (is_dirty)
		rib_mark_dirty(rib, family, index);
}

/* Marked entries behind the walk's place are compared with the new audiences: they may be passed
 * only when their difference was taken.  So the place moves on when the queue is empty. */
bool rib_replan_step(struct rib *rib, uint32_t entries_max)
{
	struct replan *replan = &rib->replan;

	if (!replan->running)
		return false;
	const struct table *table = &rib->table[replan->family];
	uint32_t stop = replan->judged + entries_max;
	if (stop > table->entries_used || stop < replan->judged)
		stop = table->entries_used;
	if (replan->judged == 0)
		replan->judged = 1;
	for (; replan->judged < stop; replan->judged++)
		entry_judge(rib, replan->family, replan->judged);
	if (rib->dirty[replan->family].count != 0)
		return true; /* flush first */
	for (; replan->place < replan->judged; replan->place++)
		table_entry(table, replan->place)->flags &= (uint8_t)~ENTRY_NEW_PLAN;
	if (replan->place < table->entries_used)
		return true;
	if (replan->family + 1 < FAMILY_COUNT) {
		replan->family = (enum family)(replan->family + 1);
		replan->place = 1;
		replan->judged = 0;
		return true;
	}
	plan_unref(replan->before);
	*replan = (struct replan){ 0 };
	attr_table_forget_old(&rib->attrs);
	return false;
}
