/* rib/out.c — what each session is sent.
 *
 * Invariants
 *  1. A READING session holds exactly what the sent paths of all entries say, less what the log
 *     holds behind its cursor.
 *  2. A COPYING session holds that for every entry stamped before its mark (or before next_mark and
 *     already passed); what it may lack bears a newer stamp.
 *  3. An entry that is gone stays buried until no session may lack its withdrawal: its stamp is
 *     older than every session's place.
 *  4. A pass that ends with nothing stamped since it began ends in READING, at the end of the log,
 *     in the same call: nothing can come between. */
#include "rib/out.h"

#include <assert.h>

#include "base/check.h"
#include "base/mem.h"
#include "rib/shard.h"

static_assert(sizeof(struct copying) + 16 <= RIB_COPYING_OCTETS, "what a copy is said to take");
static_assert(sizeof(struct rib) <= 4u * 1024u * 1024u, "what a shard is said to take");

static bool profile_equal(const struct bgp_wire_profile *a, const struct bgp_wire_profile *b)
{
	return a->family == b->family && a->as4 == b->as4 && a->addpath == b->addpath &&
	       a->extended_next_hop == b->extended_next_hop &&
	       a->extended_message == b->extended_message;
}

static struct profile *profile_need(struct rib *rib, const struct bgp_wire_profile *wire)
{
	struct profile *vacant = NULL;

	for (uint32_t i = 0; i < RIB_PROFILES_MAX; i++) {
		struct profile *profile = &rib->profile[i];
		if (profile->used && profile_equal(&profile->wire, wire))
			return profile;
		if (vacant == NULL && (!profile->used || profile->session_count == 0))
			vacant = profile;
	}
	if (vacant == NULL)
		return NULL;
	if (vacant->used)
		log_fini(&vacant->log);
	*vacant = (struct profile){ .wire = *wire, .used = true };
	log_init(&vacant->log, rib->heap);
	return vacant;
}

static struct out *out_of(struct rib *rib, struct session_id session, enum family family)
{
	CHECK(session.index < SESSIONS_MAX && family < FAMILY_COUNT);
	return &rib->session[session.index].out[family];
}

/* -> COPYING.  A reader is complete up to its place; someone new holds nothing. */
struct fault rib_copying_start(struct rib *rib, struct session_id session, enum family family,
			       uint32_t mark, uint32_t withdraw_mark)
{
	struct out *out = out_of(rib, session, family);

	if (out->copying == NULL)
		out->copying = heap_take(rib->heap, sizeof *out->copying);
	if (out->copying == NULL)
		return fault_of(FAULT_LIMIT, 0);
	rib->epoch[family]++;
	*out->copying = (struct copying){ .mark = mark,
					  .withdraw_mark = withdraw_mark,
					  .next_mark = rib->epoch[family],
					  .is_first_pass = true };
	log_cursor_drop(&rib->profile[out->profile_index].log, &out->cursor);
	out->state = OUT_STATE_COPYING;
	return fault_none();
}

/* While nobody took several paths, lists ended where everyone was served. */
static void decide_overlaps_again(struct rib *rib, enum family family)
{
	for (uint32_t i = 1; i < rib->table[family].entries_used; i++) {
		if (table_entry(&rib->table[family], i)->route_count > 1)
			rib_mark_dirty(rib, family, i);
	}
}

struct fault rib_out_join(struct rib *rib, struct session_id session,
			  const struct bgp_wire_profile *wire)
{
	struct out *out = out_of(rib, session, wire->family);
	struct profile *profile = profile_need(rib, wire);

	if (profile == NULL)
		return fault_of(FAULT_LIMIT, 0);
	CHECK(out->state == OUT_STATE_OUT);
	out->profile_index = (uint8_t)(profile - rib->profile);
	TRY(rib_copying_start(rib, session, wire->family, 0, UINT32_MAX));
	out->is_pulled = false;
	session_set_add(&profile->sessions, session);
	profile->session_count++;
	if (wire->family == FAMILY_IPV4 && wire->extended_next_hop)
		session_set_add(&rib->extended_next_hop, session);
	if (wire->addpath) {
		if (session_set_is_empty(&rib->add_path[wire->family])) {
			decide_overlaps_again(rib, wire->family);
			out->awaits_decision = true;
		}
		session_set_add(&rib->add_path[wire->family], session);
	}
	return fault_none();
}

void rib_out_leave(struct rib *rib, struct session_id session, enum family family)
{
	struct out *out = out_of(rib, session, family);

	if (out->state == OUT_STATE_OUT)
		return;
	struct profile *profile = &rib->profile[out->profile_index];
	log_cursor_drop(&profile->log, &out->cursor);
	heap_free(rib->heap, out->copying, sizeof *out->copying);
	session_set_remove(&profile->sessions, session);
	CHECK(profile->session_count != 0);
	profile->session_count--;
	session_set_remove(&rib->add_path[family], session);
	if (family == FAMILY_IPV4)
		session_set_remove(&rib->extended_next_hop, session);
	*out = (struct out){ 0 };
	rib_unbury(rib, family);
}

void rib_out_refresh(struct rib *rib, struct session_id session, enum family family)
{
	struct out *out = out_of(rib, session, family);
	uint32_t complete_until;

	if (out->state == OUT_STATE_OUT)
		return;
	if (out->state == OUT_STATE_READING) {
		complete_until = out->cursor.segment->epoch;
	} else {
		complete_until = out->copying->withdraw_mark;
		if (out->copying->next_mark < complete_until)
			complete_until = out->copying->next_mark;
	}
	rib_copy_want(rib, session, family, 0, complete_until);
}

bool rib_out_is_past_copy(const struct rib *rib, struct session_id session, enum family family)
{
	const struct out *out = &rib->session[session.index].out[family];

	/* Paths beyond the first were not listed before it came: they belong to its table, too. */
	if (out->wants_copy || (out->awaits_decision && rib->dirty[family].count != 0))
		return false;
	return out->state != OUT_STATE_COPYING || !out->copying->is_first_pass;
}

/* --- copying ---------------------------------------------------------------------------------- */

static void chunk_load(struct rib *rib, enum family family, struct copying *copying)
{
	const struct table *table = &rib->table[family];
	uint32_t chunk = copying->place / TABLE_CHUNK_ENTRIES;

	for (uint32_t word = 0; word < TABLE_CHUNK_ENTRIES / 64; word++)
		copying->wanted[word] = 0;
	copying->chunk_loaded = true;
	if (table->chunk_stamp[chunk] < copying->mark)
		return;
	uint32_t stop = table->entries_used - copying->place;
	if (stop > TABLE_CHUNK_ENTRIES)
		stop = TABLE_CHUNK_ENTRIES;
	for (uint32_t i = 0; i < stop; i++) {
		const struct entry *entry = &table->chunks[chunk]->entry[i];
		if ((entry->flags & ENTRY_FREE) == 0 && entry->stamp >= copying->mark &&
		    (entry->sent_count != 0 || entry->stamp >= copying->withdraw_mark))
			copying->wanted[i / 64] |= UINT64_C(1) << (i % 64);
	}
}

/* Which paths an ADD-PATH receiver that lost its place still holds is not known: all that it is not
 * to have are withdrawn, those of sessions that the plan has no more included. */
static struct fault withdraw_others(struct rib *rib, struct session_id session, enum family family,
				    uint32_t index)
{
	struct entry *entry = table_entry(&rib->table[family], index);
	struct session_set others = rib->announcers[family];
	struct session_id at;
	uint8_t prepend_count;

	session_set_remove(&others, session);
	for (uint32_t i = 0; i < entry->sent_count; i++) {
		const struct sent_path *path = &entry_sent(entry)[i];
		if (rib_may_have(rib, family, path, rib_entry_is_old(rib, family, index), session,
				 &prepend_count))
			session_set_remove(&others, path->session);
	}
	for (uint32_t next = 0; session_set_next(&others, next, &at); next = at.index + 1u) {
		struct batch_item item = { .entry_index = index,
					   .from = at,
					   .for_add_path = true,
					   .audience = { .form = LOG_FORM_ONLY,
							 .value = session.index } };
		TRY(batch_add(rib, item));
	}
	return fault_none();
}

/* The paths of an entry that one session is to have, as items. */
static struct fault entry_items(struct rib *rib, struct session_id session, enum family family,
				uint32_t index, bool may_withdraw)
{
	struct entry *entry = table_entry(&rib->table[family], index);
	const struct sent_path *sent = entry_sent(entry);
	bool add_path = session_set_has(&rib->add_path[family], session);
	bool old_plan = rib_entry_is_old(rib, family, index);
	struct batch_item item = { .entry_index = index,
				   .for_add_path = add_path,
				   .audience = { .form = LOG_FORM_ONLY, .value = session.index } };
	uint32_t given = 0;

	for (uint32_t i = 0; i < entry->sent_count && (given == 0 || add_path); i++) {
		uint8_t prepend_count = 0;
		if (!rib_may_have(rib, family, &sent[i], old_plan, session, &prepend_count))
			continue;
		item.attr = sent[i].attr;
		item.from = sent[i].session;
		item.prepend_count = prepend_count;
		item.is_old = old_plan && rib_next_hop_changes(rib, family, sent[i].attr);
		TRY(batch_add(rib, item));
		given++;
	}
	if (given == 0 && may_withdraw && !add_path) {
		item.attr = (struct attr_id){ 0 };
		return batch_add(rib, item);
	}
	if (add_path && may_withdraw)
		return withdraw_others(rib, session, family, index);
	return fault_none();
}

/* Items of the first `entries_max` wanted entries of the loaded chunk; how many there were. */
static struct fault chunk_items(struct rib *rib, struct session_id session, enum family family,
				const struct copying *copying, uint32_t entries_max,
				uint32_t *entry_count)
{
	batch_clear(&rib->batch);
	*entry_count = 0;
	for (uint32_t word = 0; word < TABLE_CHUNK_ENTRIES / 64; word++) {
		uint64_t bits = copying->wanted[word];
		while (bits != 0 && *entry_count < entries_max) {
			uint32_t bit = (uint32_t)__builtin_ctzll(bits);
			bits &= bits - 1;
			uint32_t index = copying->place + word * 64 + bit;
			const struct entry *entry = table_entry(&rib->table[family], index);
			(*entry_count)++;
			if ((entry->flags & ENTRY_FREE) != 0)
				continue;
			bool may_withdraw = entry->stamp >= copying->withdraw_mark;
			TRY(entry_items(rib, session, family, index, may_withdraw));
		}
	}
	return batch_sort(rib);
}

/* Writes the batch as far as it fits; the first item that did not. */
static uint32_t items_write(struct rib *rib, enum family family,
			    const struct bgp_wire_profile *wire, struct wr *copy)
{
	uint32_t next = 0;

	while (next < rib->batch.item_count) {
		uint32_t first = next;
		if (!failed(batch_write(rib, family, wire, first, &next, copy)))
			continue;
		/* It may be the room here that is too small, not the message. */
		if (wr_left(copy) < bgp_profile_message_max(wire))
			break;
		next = rib_write_too_large(rib, family, wire, first, copy);
	}
	return next;
}

/* Takes the first `entries` off what is wanted, but for those with items from `next` on. */
static uint32_t wanted_settle(struct rib *rib, struct copying *copying, uint32_t entries,
			      uint32_t next)
{
	uint64_t left[TABLE_CHUNK_ENTRIES / 64] = { 0 };
	uint32_t done = entries;

	for (uint32_t i = next; i < rib->batch.item_count; i++) {
		uint32_t at = rib->batch.items[rib->batch.order[i]].entry_index - copying->place;
		uint64_t bit = UINT64_C(1) << (at % 64);
		done -= (left[at / 64] & bit) == 0 ? 1 : 0;
		left[at / 64] |= bit;
	}
	if (done == 0)
		return 0;
	for (uint32_t word = 0; word < TABLE_CHUNK_ENTRIES / 64; word++) {
		for (; entries != 0 && copying->wanted[word] != 0; entries--) {
			uint64_t lowest = copying->wanted[word] & -copying->wanted[word];
			copying->wanted[word] &= ~lowest;
		}
	}
	for (uint32_t word = 0; word < TABLE_CHUNK_ENTRIES / 64; word++)
		copying->wanted[word] |= left[word];
	return done;
}

static bool chunk_is_done(const struct copying *copying)
{
	uint64_t any = 0;

	for (uint32_t word = 0; word < TABLE_CHUNK_ENTRIES / 64; word++)
		any |= copying->wanted[word];
	return any == 0;
}

/* Writes items of the loaded chunk; what does not fit stays wanted.  With several paths a prefix
 * the messages of one group may fill the room before any prefix is complete: then fewer prefixes
 * are taken, down to one, which fits (rib_copy_octets_min).  True when the chunk is done. */
static bool chunk_write(struct rib *rib, struct session_id session, enum family family,
			struct copying *copying, const struct bgp_wire_profile *wire,
			struct wr *copy)
{
	uint32_t mark = wr_mark(copy);
	uint32_t entries = 0;

	for (uint32_t most = TABLE_CHUNK_ENTRIES; most != 0; most = entries / 2) {
		if (failed(chunk_items(rib, session, family, copying, most, &entries)))
			return false;
		uint32_t next = items_write(rib, family, wire, copy);
		if (entries == 0 || wanted_settle(rib, copying, entries, next) != 0)
			break;
		wr_rewind(copy, mark);
	}
	return chunk_is_done(copying);
}

static bool stamped_since(const struct table *table, uint32_t mark)
{
	for (uint32_t i = 0; i < table->chunk_count; i++) {
		if (table->chunk_stamp[i] >= mark)
			return true;
	}
	return false;
}

/* A pass is over: -> READING, or another pass for what was sent to others meanwhile. */
static void pass_end(struct rib *rib, enum family family, struct out *out, struct instant now)
{
	struct copying *copying = out->copying;
	struct profile *profile = &rib->profile[out->profile_index];

	if (!stamped_since(&rib->table[family], copying->next_mark) &&
	    !failed(log_cursor_at_end(&profile->log, &rib->epoch[family], now, &out->cursor))) {
		heap_free(rib->heap, copying, sizeof *copying);
		out->copying = NULL;
		out->state = OUT_STATE_READING;
		rib_unbury(rib, family);
		return;
	}
	copying->mark = copying->next_mark;
	copying->withdraw_mark = copying->next_mark;
	copying->next_mark = ++rib->epoch[family];
	copying->is_first_pass = false;
	copying->place = 0;
	copying->chunk_loaded = false;
}

/* Copies until the writer is nearly full or the session reads the log again. */
static enum rib_pull copy_on(struct rib *rib, struct session_id session, enum family family,
			     struct out *out, struct instant now, struct wr *copy)
{
	enum { PASSES_MAX = 4 };
	const struct bgp_wire_profile *wire = &rib->profile[out->profile_index].wire;
	const struct table *table = &rib->table[family];
	uint32_t start = copy->pos;

	for (uint32_t pass = 0; pass < PASSES_MAX && out->state == OUT_STATE_COPYING; pass++) {
		struct copying *copying = out->copying;
		while (copying->place / TABLE_CHUNK_ENTRIES < table->chunk_count) {
			if (!copying->chunk_loaded)
				chunk_load(rib, family, copying);
			/* There is room for a prefix at least: nothing written is no memory. */
			if (!chunk_write(rib, session, family, copying, wire, copy))
				return copy->pos != start ? RIB_PULL_COPIED : RIB_PULL_SHORT;
			copying->place += TABLE_CHUNK_ENTRIES;
			copying->chunk_loaded = false;
		}
		pass_end(rib, family, out, now);
	}
	return copy->pos != start || out->state == OUT_STATE_COPYING ? RIB_PULL_COPIED :
								       RIB_PULL_NOTHING;
}

/* --- reading ---------------------------------------------------------------------------------- */

static void parts_add(struct rib_parts *parts, const uint8_t *at, uint32_t len_octets)
{
	struct octets *last = parts->part_count == 0 ? NULL : &parts->part[parts->part_count - 1];

	if (last != NULL && last->at + last->len_octets == at)
		last->len_octets += len_octets;
	else
		parts->part[parts->part_count++] = octets_of(at, len_octets);
	parts->len_octets += len_octets;
}

/* Walks from the cursor over what is for the session, as far as the parts hold. */
static void parts_gather(struct session_id session, struct log_cursor at, struct rib_parts *parts)
{
	parts->part_count = 0;
	parts->len_octets = 0;
	for (;;) {
		struct log_segment *segment = at.segment;
		while (at.record_index < segment->record_count) {
			const struct log_record *record = &segment->record[at.record_index];
			if (parts->part_count == RIB_PULL_PARTS ||
			    parts->len_octets >= RIB_PULL_OCTETS)
				goto full;
			if (log_audience_has(segment, record->audience, session))
				parts_add(parts, segment->octets + record->at_octet,
					  record->len_octets);
			at.record_index++;
		}
		if (segment->next == NULL)
			break;
		at = (struct log_cursor){ .segment = segment->next };
	}
full:
	parts->end = at;
}

uint32_t rib_copy_need(const struct rib *rib, struct session_id session, enum family family)
{
	const struct out *out = &rib->session[session.index].out[family];

	return out->state == OUT_STATE_COPYING || out->wants_copy ?
		       rib_copy_octets_min(&rib->profile[out->profile_index].wire) :
		       0;
}

enum rib_pull rib_pull(struct rib *rib, struct session_id session, enum family family,
		       struct instant now, struct rib_parts *parts, struct wr *copy)
{
	struct out *out = out_of(rib, session, family);

	if (!rib_copy_begin(rib, session, family))
		return RIB_PULL_SHORT;
	if (out->state == OUT_STATE_COPYING) {
		enum rib_pull copied = copy_on(rib, session, family, out, now, copy);
		if (copied != RIB_PULL_NOTHING)
			return copied;
	}
	if (out->state != OUT_STATE_READING || log_cursor_is_at_end(&out->cursor))
		return RIB_PULL_NOTHING;
	struct log *log = &rib->profile[out->profile_index].log;
	parts_gather(session, out->cursor, parts);
	if (parts->part_count == 0) {
		log_cursor_move(log, &out->cursor, parts->end);
		return RIB_PULL_NOTHING;
	}
	parts->first = out->cursor.segment;
	parts->last = parts->end.segment;
	log_pin(parts->first);
	log_pin(parts->last);
	out->is_pulled = true;
	return RIB_PULL_PARTS_READY;
}

/* The cursor after `sent_octets`, which end inside a message: after that message, the rest copied.
 * */
static struct log_cursor cursor_after(struct session_id session, struct log_cursor at,
				      uint32_t sent_octets, struct wr *rest)
{
	while (sent_octets != 0) {
		struct log_segment *segment = at.segment;
		if (at.record_index == segment->record_count) {
			CHECK(segment->next != NULL);
			at = (struct log_cursor){ .segment = segment->next };
			continue;
		}
		const struct log_record *record = &segment->record[at.record_index++];
		if (!log_audience_has(segment, record->audience, session))
			continue;
		if (record->len_octets > sent_octets) {
			wr_octets(rest, octets_of(segment->octets + record->at_octet + sent_octets,
						  record->len_octets - sent_octets));
			sent_octets = 0;
		} else {
			sent_octets -= record->len_octets;
		}
	}
	return at;
}

void rib_pulled(struct rib *rib, struct session_id session, enum family family,
		const struct rib_parts *parts, uint32_t sent_octets, struct wr *rest)
{
	struct out *out = out_of(rib, session, family);
	struct log *log = &rib->profile[out->profile_index].log;

	CHECK(sent_octets <= parts->len_octets);
	CHECK(out->state == OUT_STATE_READING);
	struct log_cursor to = parts->end;
	if (sent_octets != parts->len_octets)
		to = cursor_after(session, out->cursor, sent_octets, rest);
	log_cursor_move(log, &out->cursor, to);
	out->is_pulled = false;
	log_unpin(log, parts->first);
	log_unpin(log, parts->last);
	(void)rib_copy_begin(rib, session, family);
}

bool rib_out_is_live(const struct rib *rib, struct session_id session, enum family family)
{
	const struct out *out = &rib->session[session.index].out[family];

	return out->state == OUT_STATE_READING && !out->wants_copy;
}

bool rib_out_is_complete(const struct rib *rib, struct session_id session, enum family family)
{
	const struct out *out = &rib->session[session.index].out[family];

	return out->state == OUT_STATE_OUT ||
	       (out->state == OUT_STATE_READING && !out->wants_copy &&
		log_cursor_is_at_end(&out->cursor) && rib->dirty[family].count == 0);
}
