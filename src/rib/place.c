/* rib/place.c — readers that lose their place, and gone prefixes kept until every reader knows.
 *
 * Who is slow is judged by how long ago the segment after its own was opened, not by how far behind
 * the others it is: a healthy reader is never cut because the log is busy. */
#include "base/check.h"
#include "rib/shard.h"

static uint32_t sooner(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The epoch from which on the session may lack something; UINT32_MAX when it lacks nothing. */
static uint32_t complete_until(const struct out *out)
{
	uint32_t until = UINT32_MAX;

	if (out->state == OUT_STATE_COPYING)
		until = sooner(out->copying->withdraw_mark, out->copying->next_mark);
	else if (out->state == OUT_STATE_READING &&
		 (out->is_pulled || !log_cursor_is_at_end(&out->cursor)))
		until = out->cursor.segment->epoch;
	return out->wants_copy ? sooner(until, out->want_withdraw_mark) : until;
}

static uint32_t all_complete_until(const struct rib *rib, enum family family)
{
	uint32_t until = UINT32_MAX;

	for (uint32_t i = 0; i < rib->plan->session_end; i++) {
		uint32_t one = complete_until(&rib->session[i].out[family]);
		if (one < until)
			until = one;
	}
	return until;
}

void rib_bury(struct rib *rib, enum family family, uint32_t index)
{
	struct entry *entry = table_entry(&rib->table[family], index);

	if ((entry->flags & ENTRY_BURIED) != 0)
		return;
	/* Without memory for the list the entry just stays; the next change of its prefix buries
	 * it. */
	if (!heap_grow(rib->heap, (void **)&rib->buried[family], &rib->buried_room[family],
		       rib->buried_count[family] + 1, sizeof *rib->buried[family]))
		return;
	entry->flags |= ENTRY_BURIED;
	rib->buried[family][rib->buried_count[family]++] = index;
	rib->table[family].buried_count++;
}

void rib_unbury(struct rib *rib, enum family family)
{
	struct table *table = &rib->table[family];
	uint32_t kept = 0;

	if (rib->buried_count[family] == 0)
		return;
	uint32_t until = all_complete_until(rib, family);
	if (until != UINT32_MAX && until == rib->unburied_until[family])
		return;
	rib->unburied_until[family] = until;
	for (uint32_t i = 0; i < rib->buried_count[family]; i++) {
		uint32_t index = rib->buried[family][i];
		struct entry *entry = table_entry(table, index);
		bool is_gone = entry->route_count == 0 && entry->sent_count == 0;
		if (is_gone && (entry->stamp >= until || (entry->flags & ENTRY_DIRTY) != 0)) {
			rib->buried[family][kept++] = index;
			continue;
		}
		entry->flags &= (uint8_t)~ENTRY_BURIED;
		table->buried_count--;
		if (is_gone)
			table_release(table, index);
	}
	rib->buried_count[family] = kept;
}

bool rib_copy_begin(struct rib *rib, struct session_id session, enum family family)
{
	struct out *out = &rib->session[session.index].out[family];

	if (out->wants_copy && !out->is_pulled)
		out->wants_copy = failed(rib_copying_start(rib, session, family, out->want_mark,
							   out->want_withdraw_mark));
	return !out->wants_copy;
}

void rib_copy_want(struct rib *rib, struct session_id session, enum family family, uint32_t mark,
		   uint32_t withdraw_mark)
{
	struct out *out = &rib->session[session.index].out[family];

	out->want_mark = out->wants_copy ? sooner(out->want_mark, mark) : mark;
	out->want_withdraw_mark = out->wants_copy ? sooner(out->want_withdraw_mark, withdraw_mark) :
						    withdraw_mark;
	out->wants_copy = true;
	(void)rib_copy_begin(rib, session, family);
}

static void lose_place(struct rib *rib, struct session_id session, enum family family,
		       uint32_t mark)
{
	rib_copy_want(rib, session, family, mark, mark);
	rib->places_lost++;
}

void rib_out_lose_all(struct rib *rib, enum family family, uint32_t mark)
{
	for (uint32_t i = 0; i < rib->plan->session_end; i++) {
		struct out *out = &rib->session[i].out[family];
		if (out->state != OUT_STATE_READING)
			continue;
		lose_place(rib, (struct session_id){ (uint16_t)i }, family,
			   sooner(out->cursor.segment->epoch, mark));
	}
}

static bool is_slow(const struct rib *rib, const struct out *out, struct instant now)
{
	const struct log *log = &rib->profile[out->profile_index].log;
	uint64_t held = log_octets_held(log);

	if (out->is_pulled || out->cursor.segment->next == NULL || held < RIB_WINDOW_OCTETS / 4)
		return false;
	int64_t patience_ms = held >= RIB_WINDOW_OCTETS ? RIB_LAG_FULL_MS : RIB_LAG_MS;
	struct span behind = instant_since(now, out->cursor.segment->next->opened_at);
	return behind.ns > span_ms(patience_ms).ns;
}

bool rib_out_relieve(struct rib *rib, struct instant now, struct session_id *to_end)
{
	uint32_t slowest = UINT32_MAX;
	bool is_over = false;

	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		enum family family = (enum family)f;
		for (uint32_t i = 0; i < rib->plan->session_end; i++) {
			struct out *out = &rib->session[i].out[family];
			if (out->state == OUT_STATE_READING && !out->wants_copy &&
			    is_slow(rib, out, now))
				lose_place(rib, (struct session_id){ (uint16_t)i }, family,
					   out->cursor.segment->epoch);
			if (rib->buried_count[family] > RIB_BURIED_MAX &&
			    complete_until(out) < slowest) {
				slowest = complete_until(out);
				to_end->index = (uint16_t)i;
				is_over = true;
			}
		}
		rib_unbury(rib, family);
	}
	return is_over;
}
