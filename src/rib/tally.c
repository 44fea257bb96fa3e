/* rib/tally.c — how many routes of each session are refused, and how many paths each is sent.
 *
 * Who has a path is written nowhere: it follows from the list of the prefix, the audiences and who
 * reads.  So it is worked out again from what flush.c and out.c send by, and cannot run away from
 * it: no counter has to be kept right over a lost place, a refresh or a change of plan.
 * A path that goes to nearly everybody, as most do, is counted once for all, and taken off again
 * from the few who lack it: a look at a prefix costs no look at every session. */
#include "base/check.h"
#include "rib/look.h"
#include "rib/shard.h"

/* Attribute sets below it fit any message: the shortest is 4,096 octets, and no form of a set on
 * the wire is as long as twice its packed one. */
#define SURELY_FITS_OCTETS 1800u

struct counting {
	struct rib *rib;
	enum family family;
	struct rib_tally *tally;
	struct session_set readers; /* who is sent this family's routes */
	uint32_t reader_count;
	bool has_add_path; /* some of them take several paths */
	uint32_t everyone; /* paths that all readers have but those in `lacked` */
	uint32_t lacked[SESSIONS_MAX];
	uint32_t plain[SESSIONS_MAX]; /* of `everyone`, those whose member alone lacks them */
};

static void readers_gather(struct counting *counting)
{
	const struct rib *rib = counting->rib;

	for (uint32_t i = 0; i < RIB_PROFILES_MAX; i++) {
		const struct profile *profile = &rib->profile[i];
		if (profile->used && profile->wire.family == counting->family)
			session_set_or(&counting->readers, &profile->sessions);
	}
	if (counting->family == FAMILY_IPV4)
		rib_next_hop_note_readers(counting->rib);
	session_set_and(&counting->readers, &rib->plan->all);
	counting->reader_count = session_set_count(&counting->readers);
	counting->has_add_path = !session_set_is_empty(&rib->add_path[counting->family]);
}

static void count_each(const struct session_set *set, uint32_t *count)
{
	struct session_id at;

	for (uint32_t next = 0; session_set_next(set, next, &at); next = at.index + 1u)
		count[at.index]++;
}

static void count_set(struct counting *counting, const struct session_set *set)
{
	struct session_set lacking = counting->readers;

	if (session_set_count(set) <= counting->reader_count / 2) {
		count_each(set, counting->tally->announced);
		return;
	}
	session_set_and_not(&lacking, set);
	count_each(&lacking, counting->lacked);
	counting->everyone++;
}

/* --- what fits no message --------------------------------------------------------------------- */

static bool fits(struct counting *counting, const struct bgp_wire_profile *wire,
		 struct batch_item item)
{
	uint8_t octets[BGP_EXTENDED_MESSAGE_OCTETS_MAX];
	struct wr out = wr_of(octets, bgp_profile_message_max(wire));
	uint32_t next = 0;

	batch_clear(&counting->rib->batch);
	return failed(batch_add(counting->rib, item)) || failed(batch_sort(counting->rib)) ||
	       !failed(batch_write(counting->rib, counting->family, wire, 0, &next, &out));
}

/* Takes those out for whom it makes a message longer than theirs may be: they were sent a
 * withdrawal instead. */
static void too_large_out(struct counting *counting, uint32_t index, const struct sent_path *path,
			  bool old_plan, struct session_set *set)
{
	const struct attr_set *attrs = attr_table_of(&counting->rib->attrs, path->attr);
	struct batch_item item = { .entry_index = index,
				   .attr = path->attr,
				   .from = path->session,
				   .is_old = old_plan &&
					     rib_next_hop_changes(counting->rib, counting->family,
								  path->attr) };

	if (attrs->packed_octets < SURELY_FITS_OCTETS)
		return;
	for (uint32_t i = 0; i < RIB_PROFILES_MAX; i++) {
		const struct profile *profile = &counting->rib->profile[i];
		if (!profile->used || profile->wire.family != counting->family)
			continue;
		struct session_set rest = profile->sessions;
		session_set_and(&rest, set);
		for (uint8_t n = RULES_PREPEND_MAX; n != UINT8_MAX; n--) {
			struct session_set part = rest;
			if (n != 0 && attrs->audience == NULL)
				continue;
			if (n != 0)
				session_set_and(&part, &attrs->audience->prepended[n]);
			session_set_and_not(&rest, &part);
			item.prepend_count = n;
			if (!session_set_is_empty(&part) && !fits(counting, &profile->wire, item))
				session_set_and_not(set, &part);
		}
	}
}

/* --- a prefix --------------------------------------------------------------------------------- */

/* One path, for all but its member: what most prefixes have. */
static bool count_plain(struct counting *counting, uint32_t index, struct entry *entry)
{
	const struct sent_path *path = entry_sent(entry);
	const struct attr_set *attrs = attr_table_of(&counting->rib->attrs, path->attr);

	if (entry->sent_count != 1 || attrs->audience != NULL ||
	    !rib_next_hop_is_for_readers(counting->rib, counting->family, path->attr) ||
	    attrs->packed_octets >= SURELY_FITS_OCTETS ||
	    rib_entry_is_old(counting->rib, counting->family, index))
		return false;
	counting->everyone++;
	counting->plain[path->session.index]++;
	return true;
}

static void count_paths(struct counting *counting, uint32_t index, struct entry *entry)
{
	struct rib *rib = counting->rib;
	bool old_plan = rib_entry_is_old(rib, counting->family, index);
	struct session_set served = { 0 };

	for (uint32_t i = 0; i < entry->sent_count; i++) {
		const struct sent_path *path = &entry_sent(entry)[i];
		struct session_set set;
		(void)rib_audience(rib, counting->family, path->attr, path->session, old_plan,
				   &set);
		session_set_and(&set, &counting->readers);
		session_set_and_not(&set, &served);
		session_set_or(&served, &set);
		session_set_and_not(&served, &rib->add_path[counting->family]);
		too_large_out(counting, index, path, old_plan, &set);
		count_set(counting, &set);
		if (!counting->has_add_path && session_set_equal(&served, &counting->readers))
			break;
	}
}

static void count_entry(struct counting *counting, uint32_t index, struct entry *entry)
{
	const struct route *routes = entry_routes(entry);

	for (uint32_t i = 0; i < entry->route_count; i++) {
		if (routes[i].reason != 0)
			counting->tally->refused[routes[i].session.index]++;
	}
	if (entry->sent_count != 0 && counting->reader_count != 0 &&
	    !count_plain(counting, index, entry))
		count_paths(counting, index, entry);
}

/* --- the walk --------------------------------------------------------------------------------- */

/* What was counted for all, to each. */
static void everyone_settle(struct counting *counting)
{
	struct session_id at;

	for (uint16_t i = 0; i < SESSIONS_MAX; i++) {
		struct session_id from = { i };
		struct session_set lacking = { 0 };
		if (counting->plain[i] == 0)
			continue;
		const struct session_set *own = rib_member_sessions(counting->rib, from, false);
		if (own != NULL)
			lacking = *own;
		session_set_add(&lacking, from);
		for (uint32_t next = 0; session_set_next(&lacking, next, &at); next = at.index + 1u)
			counting->lacked[at.index] += counting->plain[i];
	}
	for (uint32_t next = 0; session_set_next(&counting->readers, next, &at);
	     next = at.index + 1u) {
		CHECK(counting->lacked[at.index] <= counting->everyone);
		counting->tally->announced[at.index] += counting->everyone -
							counting->lacked[at.index];
	}
}

bool rib_look_tally(struct rib *rib, enum family family, uint32_t entries_max, uint32_t *place,
		    struct rib_tally *tally)
{
	const struct table *table = &rib->table[family];
	struct counting counting = { .rib = rib, .family = family, .tally = tally };
	uint32_t index = *place == 0 ? 1 : *place;

	readers_gather(&counting);
	for (uint32_t looked = 0; index < table->entries_used && looked < entries_max; looked++) {
		struct entry *entry = table_entry(table, index);
		if ((entry->flags & ENTRY_FREE) == 0)
			count_entry(&counting, index, entry);
		index++;
	}
	everyone_settle(&counting);
	*place = index;
	return index < table->entries_used;
}
