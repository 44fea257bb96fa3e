/* rib/flush.c — decides changed prefixes and encodes what differs from what was sent.
 *
 * A batch is one call: decide, compare, group, encode, and only then are the sent paths and stamps
 * those of the new state.  So between calls what was sent and what the logs hold agree, and a
 * reader may join or leave.  When memory runs out in between, every reader of the family loses its
 * place and is brought up to date from the table: nothing can be missed. */
#include "rib/shard.h"

#include "base/check.h"

struct change {
	struct rib *rib;
	enum family family;
	uint32_t index;
	struct entry *entry;
	bool old_plan;
	uint32_t new_count;
	struct sent_path *new_paths; /* the shard's, SENT_PATHS_MAX of them */
};

bool rib_entry_is_old(const struct rib *rib, enum family family, uint32_t index)
{
	const struct replan *replan = &rib->replan;

	if (!replan->running ||
	    (table_entry(&rib->table[family], index)->flags & ENTRY_NEW_PLAN) != 0)
		return false;
	return family > replan->family || (family == replan->family && index >= replan->place);
}

struct fault rib_dirty_reserve(struct rib *rib, enum family family)
{
	struct dirty_queue *queue = &rib->dirty[family];
	uint32_t need = rib->table[family].entries_used;

	if (queue->room >= need)
		return fault_none();
	uint32_t old_room = queue->room;
	if (!heap_grow(rib->heap, (void **)&queue->index, &queue->room, need, sizeof *queue->index))
		return fault_of(FAULT_LIMIT, 0);
	/* The part that had wrapped round goes behind the old end: there is at least as much new
	 * room. */
	uint32_t wrapped = queue->head + queue->count > old_room ?
				   queue->head + queue->count - old_room :
				   0;
	for (uint32_t i = 0; i < wrapped; i++)
		queue->index[old_room + i] = queue->index[i];
	return fault_none();
}

void rib_mark_dirty(struct rib *rib, enum family family, uint32_t index)
{
	struct dirty_queue *queue = &rib->dirty[family];
	struct entry *entry = table_entry(&rib->table[family], index);

	if ((entry->flags & ENTRY_DIRTY) != 0)
		return;
	CHECK(queue->count < queue->room);
	entry->flags |= ENTRY_DIRTY;
	queue->index[(queue->head + queue->count) % queue->room] = index;
	queue->count++;
}

static uint32_t dirty_pop(struct rib *rib, enum family family)
{
	struct dirty_queue *queue = &rib->dirty[family];
	uint32_t index = queue->index[queue->head];

	queue->head = (queue->head + 1) % queue->room;
	queue->count--;
	table_entry(&rib->table[family], index)->flags &= (uint8_t)~ENTRY_DIRTY;
	return index;
}

uint32_t rib_dirty_count(const struct rib *rib)
{
	return rib->dirty[FAMILY_IPV4].count + rib->dirty[FAMILY_IPV6].count;
}

/* --- who gets what ---------------------------------------------------------------------------- */

/* No session but the sender's own of its member reads this family: "all but one" says it. */
static bool sender_is_alone(const struct rib *rib, enum family family, struct session_id from)
{
	const struct plan_session *session = plan_session_of(rib->plan, from);
	struct session_id at;

	if (session == NULL)
		return true;
	const struct session_set *own = &rib->plan->member[session->member.index].sessions;
	for (uint32_t next = 0; session_set_next(own, next, &at); next = at.index + 1u) {
		if (at.index != from.index &&
		    rib->session[at.index].out[family].state != OUT_STATE_OUT)
			return false;
	}
	return true;
}

/* Prefixes of one sender come in runs. */
static bool sender_is_alone_again(struct rib *rib, enum family family, struct session_id from)
{
	struct batch *batch = &rib->batch;

	if (!batch->is_alone_known || batch->alone.index != from.index) {
		batch->is_alone = sender_is_alone(rib, family, from);
		batch->alone = from;
		batch->is_alone_known = true;
	}
	return batch->is_alone;
}

static struct fault item_for_set(struct change *change, struct batch_item item,
				 const struct session_set *set)
{
	struct session_id only;
	struct session_id second;

	if (!session_set_next(set, 0, &only))
		return fault_none();
	/* Most sets have a second at once: cheaper than a count. */
	if (!session_set_next(set, only.index + 1u, &second)) {
		item.audience = (struct log_audience){ .form = LOG_FORM_ONLY, .value = only.index };
	} else {
		TRY(batch_keep_set(change->rib, set, &item.audience));
	}
	return batch_add(change->rib, item);
}

/* One announcement for each number of prepends. */
static struct fault items_announce(struct change *change, const struct sent_path *path,
				   const struct session_set *set, bool for_add_path)
{
	const struct rules_audience *audience =
		attr_table_of(&change->rib->attrs, path->attr)->audience;
	struct batch_item item = { .entry_index = change->index,
				   .attr = path->attr,
				   .from = path->session,
				   .for_add_path = for_add_path };
	struct session_set rest = *set;

	for (uint8_t i = 1; audience != NULL && i <= RULES_PREPEND_MAX; i++) {
		struct session_set part = rest;
		session_set_and(&part, &audience->prepended[i]);
		session_set_and_not(&rest, &part);
		item.prepend_count = i;
		TRY(item_for_set(change, item, &part));
	}
	item.prepend_count = 0;
	return item_for_set(change, item, &rest);
}

static struct fault items_withdraw(struct change *change, struct session_id from,
				   const struct session_set *set, bool for_add_path)
{
	struct batch_item item = { .entry_index = change->index,
				   .from = from,
				   .for_add_path = for_add_path };

	return item_for_set(change, item, set);
}

static const struct session_set *prepended_of(const struct rules_audience *audience, uint32_t count)
{
	static const struct session_set nobody;

	return audience == NULL ? &nobody : &audience->prepended[count];
}

static bool same_blackhole(const struct change *change)
{
	const struct plan_rules *old = &change->rib->replan.before->rules;
	const struct plan_rules *new = &change->rib->plan->rules;
	enum family family = change->family;

	return old->has_blackhole_next_hop[family] == new->has_blackhole_next_hop[family] &&
	       address_compare(&old->blackhole_next_hop[family],
			       &new->blackhole_next_hop[family]) == 0;
}

/* Of `who`, which has the old path, leaves those for whom the new one is the same octets. */
static bool path_stays(const struct change *change, const struct sent_path *old,
		       const struct sent_path *path, struct session_set *who)
{
	const struct attr_set *set = attr_table_of(&change->rib->attrs, path->attr);

	if (!change->old_plan)
		return attr_table_same(&change->rib->attrs, old->attr, path->attr);
	/* A set that came since knows nothing of the old plan. */
	if (old->attr.index != path->attr.index)
		return false;
	if (set->audience != NULL && set->audience->is_blackhole && !same_blackhole(change))
		return false;
	for (uint32_t i = 1; i <= RULES_PREPEND_MAX; i++) {
		const struct session_set *before = prepended_of(set->audience_old, i);
		const struct session_set *now = prepended_of(set->audience, i);
		struct session_set other = *before;
		session_set_or(&other, now);
		struct session_set both = *before;
		session_set_and(&both, now);
		session_set_and_not(&other, &both);
		session_set_and_not(who, &other);
	}
	rib_next_hop_keep_same(change->rib, change->family, path->attr, who);
	return true;
}

/* Both were announced to the same sessions in the same form. */
static bool same_path(const struct change *change, const struct sent_path *a,
		      const struct sent_path *b)
{
	const struct attr_set *set = attr_table_of(&change->rib->attrs, a->attr);

	return a->attr.index == b->attr.index &&
	       (!change->old_plan ||
		(set->audience == set->audience_old &&
		 (set->audience == NULL || !set->audience->is_blackhole ||
		  same_blackhole(change)) &&
		 !session_set_has(&change->rib->replan.regrouped, a->session) &&
		 !rib_next_hop_changes(change->rib, change->family, a->attr)));
}

/* Sessions that get one path: from each path, in order, those that have none yet. */
static struct fault items_single(struct change *change)
{
	struct rib *rib = change->rib;
	const struct sent_path *old = entry_sent(change->entry);
	struct session_set *old_set = rib->before;
	struct session_set had = { 0 };
	struct session_set has = { 0 };

	for (uint32_t i = 0; i < change->entry->sent_count; i++) {
		(void)rib_audience(rib, change->family, old[i].attr, old[i].session,
				   change->old_plan, &old_set[i]);
		session_set_and_not(&old_set[i], &rib->add_path[change->family]);
		session_set_and_not(&old_set[i], &had);
		session_set_or(&had, &old_set[i]);
	}
	for (uint32_t j = 0; j < change->new_count; j++) {
		const struct sent_path *path = &change->new_paths[j];
		struct session_set set;
		(void)rib_audience(rib, change->family, path->attr, path->session, false, &set);
		session_set_and_not(&set, &rib->add_path[change->family]);
		session_set_and_not(&set, &has);
		session_set_or(&has, &set);
		for (uint32_t i = 0; i < change->entry->sent_count; i++) {
			struct session_set kept = old_set[i];
			if (path_stays(change, &old[i], path, &kept))
				session_set_and_not(&set, &kept);
		}
		TRY(items_announce(change, path, &set, false));
	}
	session_set_and_not(&had, &has);
	struct session_id from = change->entry->sent_count == 0 ? (struct session_id){ 0 } :
								  old[0].session;
	return items_withdraw(change, from, &had, false);
}

/* ADD-PATH receivers: every path for itself, named by its sender.  RFC 7911. */
static struct fault items_several(struct change *change)
{
	struct rib *rib = change->rib;
	const struct sent_path *old = entry_sent(change->entry);
	const struct session_set *receivers = &rib->add_path[change->family];
	struct session_set set;
	struct session_set before;

	for (uint32_t j = 0; j < change->new_count; j++) {
		const struct sent_path *path = &change->new_paths[j];
		(void)rib_audience(rib, change->family, path->attr, path->session, false, &set);
		session_set_and(&set, receivers);
		for (uint32_t i = 0; i < change->entry->sent_count; i++) {
			if (old[i].session.index != path->session.index)
				continue;
			(void)rib_audience(rib, change->family, old[i].attr, old[i].session,
					   change->old_plan, &before);
			if (path_stays(change, &old[i], path, &before))
				session_set_and_not(&set, &before);
		}
		TRY(items_announce(change, path, &set, true));
	}
	for (uint32_t i = 0; i < change->entry->sent_count; i++) {
		(void)rib_audience(rib, change->family, old[i].attr, old[i].session,
				   change->old_plan, &before);
		session_set_and(&before, receivers);
		for (uint32_t j = 0; j < change->new_count; j++) {
			const struct sent_path *path = &change->new_paths[j];
			if (path->session.index != old[i].session.index)
				continue;
			(void)rib_audience(rib, change->family, path->attr, path->session, false,
					   &set);
			session_set_and_not(&before, &set);
		}
		TRY(items_withdraw(change, old[i].session, &before, true));
	}
	return fault_none();
}

static bool is_plain(const struct change *change, struct attr_id attr)
{
	const struct attr_set *set = attr_table_of(&change->rib->attrs, attr);

	if (set->audience != NULL)
		return false;
	if (!change->old_plan)
		return rib_next_hop_is_for_readers(change->rib, change->family, attr);
	return set->audience_old == NULL &&
	       rib_next_hop_is_for_all(change->rib, change->family, attr, true) &&
	       rib_next_hop_is_for_all(change->rib, change->family, attr, false);
}

/* The usual change: at most one path before and one after, from the same sender, for everyone. */
static bool items_plain(struct change *change, struct fault *fault)
{
	const struct sent_path *old = entry_sent(change->entry);
	uint32_t old_count = change->entry->sent_count;
	struct session_id from = old_count != 0 ? old[0].session : change->new_paths[0].session;

	if (old_count > 1 || change->new_count > 1 || old_count + change->new_count == 0 ||
	    (old_count == 1 && change->new_count == 1 &&
	     change->new_paths[0].session.index != from.index) ||
	    (change->old_plan && old_count == 1 && change->new_count == 1 &&
	     change->new_paths[0].attr.index == old[0].attr.index) ||
	    (old_count == 1 && !is_plain(change, old[0].attr)) ||
	    (change->new_count == 1 && !is_plain(change, change->new_paths[0].attr)) ||
	    !sender_is_alone_again(change->rib, change->family, from))
		return false;
	struct batch_item item = { .entry_index = change->index,
				   .from = from,
				   .audience = { .form = LOG_FORM_ALL_BUT, .value = from.index } };
	if (change->new_count == 1)
		item.attr = change->new_paths[0].attr;
	*fault = batch_add(change->rib, item);
	if (!failed(*fault) && change->rib->batch.has_add_path) {
		item.for_add_path = true;
		*fault = batch_add(change->rib, item);
	}
	return true;
}

static bool nothing_changed(const struct change *change)
{
	const struct sent_path *old = entry_sent(change->entry);

	if (change->new_count != change->entry->sent_count)
		return false;
	for (uint32_t i = 0; i < change->new_count; i++) {
		if (old[i].session.index != change->new_paths[i].session.index ||
		    !same_path(change, &old[i], &change->new_paths[i]))
			return false;
	}
	return true;
}

/* What is sent is now the new list.  Its sets gain a user before the old ones lose theirs. */
static struct fault sent_replace(struct change *change)
{
	struct rib *rib = change->rib;
	struct sent_path *old = rib->replaced;
	uint32_t old_count = change->entry->sent_count;

	for (uint32_t i = 0; i < old_count; i++)
		old[i] = entry_sent(change->entry)[i];
	TRY(table_sent_set(&rib->table[change->family], change->entry, change->new_paths,
			   change->new_count));
	for (uint32_t i = 0; i < change->new_count; i++)
		attr_table_ref(&rib->attrs, change->new_paths[i].attr);
	for (uint32_t i = 0; i < old_count; i++) {
		/* The batch still names the old set's number only through new paths: it may go. */
		attr_table_unref(&rib->attrs, old[i].attr);
	}
	return fault_none();
}

static struct fault change_decide(struct rib *rib, enum family family, uint32_t index)
{
	struct change change = { .rib = rib,
				 .family = family,
				 .index = index,
				 .entry = table_entry(&rib->table[family], index),
				 .new_paths = rib->decided };
	struct fault fault = fault_none();

	change.old_plan = rib_entry_is_old(rib, family, index);
	change.new_count = rib_decide(rib, family, change.entry, change.new_paths);
	if (!nothing_changed(&change)) {
		if (!items_plain(&change, &fault)) {
			fault = items_single(&change);
			if (!failed(fault) && rib->batch.has_add_path)
				fault = items_several(&change);
		}
		TRY(fault);
		TRY(sent_replace(&change));
	}
	if (change.old_plan)
		change.entry->flags |= ENTRY_NEW_PLAN;
	return fault_none();
}

/* --- encoding --------------------------------------------------------------------------------- */

static bool audience_meets(const struct rib *rib, const struct profile *profile,
			   struct log_audience audience)
{
	if (audience.form == LOG_FORM_SET)
		return session_set_meets(&rib->batch.sets[audience.value], &profile->sessions);
	struct session_id session = { (uint16_t)audience.value };
	bool has = session_set_has(&profile->sessions, session);
	return audience.form == LOG_FORM_ONLY ? has : profile->session_count > (has ? 1u : 0u);
}

/* The batch once more, for one profile. */
static struct fault profile_encode(struct rib *rib, struct profile *profile, struct instant now)
{
	const struct batch *batch = &rib->batch;
	enum family family = profile->wire.family;
	uint32_t kept_set = UINT32_MAX;
	uint64_t kept_segment = 0;
	struct log_audience kept = { 0 };

	for (uint32_t next = 0; next < batch->item_count;) {
		const struct batch_item *item = &batch->items[batch->order[next]];
		uint32_t first = next;
		struct wr wr;
		if (item->for_add_path != profile->wire.addpath ||
		    !audience_meets(rib, profile, item->audience)) {
			next++;
			continue;
		}
		TRY(log_room(&profile->log, bgp_profile_message_max(&profile->wire),
			     &rib->epoch[family], now, &wr));
		if (failed(batch_write(rib, family, &profile->wire, first, &next, &wr)))
			next = rib_write_too_large(rib, family, &profile->wire, first, &wr);
		struct log_audience audience = item->audience;
		if (audience.form == LOG_FORM_SET) {
			if (kept_set != audience.value ||
			    kept_segment != profile->log.newest->number)
				TRY(log_keep_set(&profile->log, &batch->sets[audience.value],
						 &kept));
			kept_set = audience.value;
			kept_segment = profile->log.newest->number;
			audience = kept;
		}
		log_commit(&profile->log, wr.pos, audience);
	}
	return fault_none();
}

static bool window_is_full(const struct rib *rib, enum family family)
{
	for (uint32_t i = 0; i < RIB_PROFILES_MAX; i++) {
		const struct profile *profile = &rib->profile[i];
		if (profile->used && profile->wire.family == family &&
		    log_octets_held(&profile->log) >= RIB_WINDOW_OCTETS)
			return true;
	}
	return false;
}

static struct fault batch_encode(struct rib *rib, enum family family, struct instant now)
{
	TRY(batch_sort(rib));
	for (uint32_t i = 0; i < RIB_PROFILES_MAX; i++) {
		struct profile *profile = &rib->profile[i];
		if (profile->used && profile->wire.family == family && profile->session_count != 0)
			TRY(profile_encode(rib, profile, now));
	}
	return fault_none();
}

/* Stamps what the batch changed, and buries what is gone; false: what could not be buried is marked
 * again. */
static bool batch_stamp(struct rib *rib, enum family family)
{
	struct table *table = &rib->table[family];
	bool is_whole = true;

	for (uint32_t i = 0; i < rib->batch_count; i++) {
		uint32_t index = rib->batch_index[i];
		struct entry *entry = table_entry(table, index);
		table_stamp(table, index, rib->epoch[family]);
		if (entry->route_count == 0 && entry->sent_count == 0 &&
		    failed(rib_bury(rib, family, index))) {
			rib_mark_dirty(rib, family, index);
			is_whole = false;
		}
	}
	return is_whole;
}

/* False: memory is out; what was not decided stays marked. */
static bool family_flush(struct rib *rib, enum family family, struct instant now)
{
	struct fault fault = fault_none();

	batch_clear(&rib->batch);
	rib->batch.has_add_path = !session_set_is_empty(&rib->add_path[family]);
	rib->batch_count = 0;
	if (family == FAMILY_IPV4)
		rib_next_hop_note_readers(rib);
	while (rib->dirty[family].count != 0 && rib->batch_count < RIB_BATCH_PREFIXES &&
	       rib->batch.octets < RIB_BATCH_OCTETS && !failed(fault)) {
		uint32_t index = dirty_pop(rib, family);
		uint32_t items_before = rib->batch.item_count;
		fault = change_decide(rib, family, index);
		const struct entry *entry = table_entry(&rib->table[family], index);
		if (failed(fault))
			rib_mark_dirty(rib, family, index);
		if (rib->batch.item_count != items_before || failed(fault) ||
		    (entry->route_count == 0 && entry->sent_count == 0))
			rib->batch_index[rib->batch_count++] = index;
	}
	if (!failed(fault))
		fault = batch_encode(rib, family, now);
	if (failed(fault)) {
		rib->epoch[family]++;
		(void)batch_stamp(rib, family);
		rib_out_lose_all(rib, family, rib->epoch[family]);
		return false;
	}
	bool is_whole = batch_stamp(rib, family);
	rib_unbury(rib, family);
	return is_whole;
}

enum rib_flush rib_flush(struct rib *rib, struct instant now)
{
	bool is_short = false;
	bool more = false;

	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		enum family family = (enum family)i;
		if (rib->dirty[family].count == 0 || window_is_full(rib, family))
			continue;
		is_short |= !family_flush(rib, family, now);
		more |= rib->dirty[family].count != 0 && !window_is_full(rib, family);
	}
	return is_short ? RIB_FLUSH_SHORT : more ? RIB_FLUSH_MORE : RIB_FLUSH_DONE;
}

uint64_t rib_encoded_octets(const struct rib *rib)
{
	uint64_t octets = 0;

	for (uint32_t i = 0; i < RIB_PROFILES_MAX; i++) {
		if (rib->profile[i].used)
			octets += rib->profile[i].log.octets_encoded;
	}
	return octets;
}
