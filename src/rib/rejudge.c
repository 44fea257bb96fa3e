/* rib/rejudge.c — held routes judged again, and other evidence: only what it can touch, a slice at
 * a time.
 *
 * From rib_evidence_change on what comes in is judged by the new evidence.  The walk looks at every
 * prefix, which is a search in a short list, and judges the routes of those that changed. */
#include "base/check.h"
#include "rib/look.h"
#include "rib/shard.h"
#include "rules/check.h"

struct rules_evidence rib_evidence(const struct rib *rib)
{
	return (struct rules_evidence){ .rpki = rib->rpki, .irr = rib->irr };
}

struct rpki_data *rib_rpki(const struct rib *rib)
{
	return rib->rpki;
}

struct irr_data *rib_irr(const struct rib *rib)
{
	return rib->irr;
}

bool rib_judge(struct rib *rib, enum family family, uint32_t index, struct route *route)
{
	const struct plan_session *from = plan_session_of(rib->plan, route->session);
	const struct attr_set *set = attr_table_of(&rib->attrs, route->attr);
	struct table *table = &rib->table[family];
	struct bgp_attrs attrs;
	struct prefix prefix;

	if (from == NULL || route->reason == REASON_MAX_PREFIXES ||
	    failed(bgp_attrs_unpack(attr_set_packed(set), &attrs)))
		return false;
	table_prefix_of(table, index, &prefix);
	struct rules_case judged = rules_case_of(rib->plan, rib_evidence(rib), from, &attrs);
	uint8_t reason = (uint8_t)rules_check(&judged, &prefix);
	if (reason == route->reason)
		return false;
	if (route->reason == 0)
		table->refused_count++;
	else if (reason == 0)
		table->refused_count--;
	route->reason = reason;
	return true;
}

struct fault rib_evidence_change(struct rib *rib, struct rpki_data *rpki,
				 struct rpki_changes *changes)
{
	if (rib_rejudging(rib))
		return fault_of(FAULT_AGAIN, 0);
	struct rpki_data *before = rib->rpki;
	rib->rpki = rpki_data_ref(rpki);
	rpki_data_unref(before);
	if (rpki_changes_are_none(changes))
		return fault_none();
	rib->rejudge.changes = rpki_changes_ref(changes);
	rib->rejudge.family = FAMILY_IPV4;
	rib->rejudge.place = 1;
	return fault_none();
}

bool rib_rejudging(const struct rib *rib)
{
	return rib->rejudge.changes != NULL;
}

static bool path_is_touched(const struct rib *rib, const struct rpki_changes *changes,
			    const struct route *route)
{
	const struct attr_set *set = attr_table_of(&rib->attrs, route->attr);
	struct bgp_attrs attrs;
	uint32_t asn;

	CHECK(!failed(bgp_attrs_unpack(attr_set_packed(set), &attrs)));
	struct bgp_path_walk walk = bgp_path_walk_of(attrs.as_path);
	while (bgp_path_walk_next(&walk, &asn)) {
		if (rpki_changes_touch_customer(changes, asn))
			return true;
	}
	return false;
}

static void entry_rejudge(struct rib *rib, enum family family, uint32_t index)
{
	const struct rpki_changes *changes = rib->rejudge.changes;
	struct entry *entry = table_entry(&rib->table[family], index);
	bool is_dirty = false;
	struct prefix prefix;

	if ((entry->flags & ENTRY_FREE) != 0 || entry->route_count == 0)
		return;
	table_prefix_of(&rib->table[family], index, &prefix);
	/* Where nothing is refused for it no verdict hangs on it; another policy is a change of
	 * plan, which judges everything. */
	bool all = rib->plan->rules.rpki_policy == PLAN_POLICY_DROP &&
		   rpki_changes_touch(changes, &prefix);
	bool some = rib->plan->rules.aspa_policy == PLAN_POLICY_DROP &&
		    rpki_changes_has_paths(changes);
	if (!all && !some)
		return;
	struct route *routes = entry_routes(entry);
	for (uint32_t i = 0; i < entry->route_count; i++) {
		if (!all && !path_is_touched(rib, changes, &routes[i]))
			continue;
		rib->rejudge.judged++;
		is_dirty |= rib_judge(rib, family, index, &routes[i]);
	}
	if (is_dirty)
		rib_mark_dirty(rib, family, index);
}

static bool rpki_step(struct rib *rib, uint32_t entries_max)
{
	struct rejudge *rejudge = &rib->rejudge;

	if (!rib_rejudging(rib))
		return false;
	const struct table *table = &rib->table[rejudge->family];
	for (uint32_t i = 0; i < entries_max && rejudge->place < table->entries_used; i++)
		entry_rejudge(rib, rejudge->family, rejudge->place++);
	if (rejudge->place < table->entries_used)
		return true;
	if (rejudge->family + 1 < FAMILY_COUNT) {
		rejudge->family = (enum family)(rejudge->family + 1);
		rejudge->place = 1;
		return true;
	}
	rpki_changes_unref(rejudge->changes);
	rejudge->changes = NULL;
	return false;
}

/* --- as-sets ---------------------------------------------------------------------------------- */

void rib_irr_change(struct rib *rib, struct irr_data *irr)
{
	struct rejudge_irr *rejudge = &rib->rejudge_irr;
	struct irr_data *before = rib->irr;
	bool any = rejudge->is_under_way;

	for (uint32_t i = 0; i < rib->plan->session_end; i++) {
		const struct plan_session *session = &rib->plan->session[i];
		if (!session->used || !irr_data_differs(before, irr, session->asn))
			continue;
		session_set_add(&rejudge->touched, session->id);
		any = true;
	}
	rib->irr = irr_data_ref(irr);
	irr_data_unref(before);
	rejudge->is_under_way = any;
	rejudge->family = FAMILY_IPV4;
	rejudge->place = 1;
}

static void entry_rejudge_irr(struct rib *rib, enum family family, uint32_t index)
{
	struct entry *entry = table_entry(&rib->table[family], index);
	bool is_dirty = false;

	if ((entry->flags & ENTRY_FREE) != 0 || entry->route_count == 0)
		return;
	struct route *routes = entry_routes(entry);
	for (uint32_t i = 0; i < entry->route_count; i++) {
		if (!session_set_has(&rib->rejudge_irr.touched, routes[i].session))
			continue;
		rib->rejudge.judged++;
		is_dirty |= rib_judge(rib, family, index, &routes[i]);
	}
	if (is_dirty)
		rib_mark_dirty(rib, family, index);
}

static bool irr_step(struct rib *rib, uint32_t entries_max)
{
	struct rejudge_irr *rejudge = &rib->rejudge_irr;

	if (!rejudge->is_under_way)
		return false;
	const struct table *table = &rib->table[rejudge->family];
	for (uint32_t i = 0; i < entries_max && rejudge->place < table->entries_used; i++)
		entry_rejudge_irr(rib, rejudge->family, rejudge->place++);
	if (rejudge->place < table->entries_used)
		return true;
	rejudge->place = 1;
	rejudge->family = (enum family)(rejudge->family + 1);
	if (rejudge->family < FAMILY_COUNT)
		return true;
	*rejudge = (struct rejudge_irr){ 0 };
	return false;
}

bool rib_rejudges_any(const struct rib *rib)
{
	return rib_rejudging(rib) || rib->rejudge_irr.is_under_way;
}

bool rib_rejudge_step(struct rib *rib, uint32_t entries_max)
{
	bool more_irr = irr_step(rib, entries_max);

	return rpki_step(rib, entries_max) || more_irr;
}

/* --- for show --------------------------------------------------------------------------------- */

static void entry_states(const struct rib *rib, enum family family, uint32_t index,
			 struct rib_states *states)
{
	struct entry *entry = table_entry(&rib->table[family], index);
	const struct route *routes = entry_routes(entry);
	struct bgp_attrs attrs;
	struct prefix prefix;

	table_prefix_of(&rib->table[family], index, &prefix);
	for (uint32_t i = 0; i < entry->route_count; i++) {
		const struct attr_set *set = attr_table_of(&rib->attrs, routes[i].attr);
		if (failed(bgp_attrs_unpack(attr_set_packed(set), &attrs)) || attrs.is_malformed)
			continue;
		struct rules_case judged = rules_case_of(rib->plan, rib_evidence(rib), NULL,
							 &attrs);
		states->origin[rules_origin_state(&judged, &prefix)]++;
		states->path[rules_path_state(&judged)]++;
	}
}

bool rib_look_states(const struct rib *rib, enum family family, uint32_t entries_max,
		     uint32_t *place, struct rib_states *states)
{
	const struct table *table = &rib->table[family];
	uint32_t index = *place == 0 ? 1 : *place;

	for (uint32_t i = 0; i < entries_max && index < table->entries_used; i++, index++) {
		const struct entry *entry = table_entry(table, index);
		if ((entry->flags & ENTRY_FREE) == 0 && entry->route_count != 0)
			entry_states(rib, family, index, states);
	}
	*place = index;
	return index < table->entries_used;
}
