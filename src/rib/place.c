/* rib/place.c — readers that lose their place, and gone prefixes kept until every reader knows.
 *
 * Who is slow is judged by how long ago the segment after its own was opened, not by how far behind
 * the others it is: a healthy reader is never cut because the log is busy.
 *
 * Gone prefixes pile up where readers are slow, or where a neighbour brings ever new ones and
 * takes them back.  No router reads as fast as that can go, so it is not the readers' fault: the
 * neighbour ends long before they would. */
#include "base/check.h"
#include "rib/shard.h"

#define BURIED_FEW (RIB_BURIED_MAX / 16)
#define BURIED_MANY (RIB_BURIED_MAX / 2) /* who brought them is looked for */
#define GONE_MIN (RIB_BURIED_MAX / 4)    /* of one session, to be that */

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

struct fault rib_bury(struct rib *rib, enum family family, uint32_t index)
{
	struct entry *entry = table_entry(&rib->table[family], index);

	if ((entry->flags & ENTRY_BURIED) != 0)
		return fault_none();
	if (!heap_grow(rib->heap, (void **)&rib->buried[family], &rib->buried_room[family],
		       rib->buried_count[family] + 1, sizeof *rib->buried[family]))
		return fault_of(FAULT_LIMIT, 0);
	entry->flags |= ENTRY_BURIED;
	rib->buried[family][rib->buried_count[family]++] = index;
	rib->table[family].buried_count++;
	return fault_none();
}

static void gone_forget(struct rib *rib, enum family family)
{
	for (uint32_t i = 0; i < rib->plan->session_end; i++)
		rib->session[i].gone[family] = 0;
}

void rib_unbury(struct rib *rib, enum family family)
{
	struct table *table = &rib->table[family];
	uint32_t kept = 0;

	if (rib->buried_count[family] < BURIED_FEW)
		gone_forget(rib, family);
	if (rib->buried_count[family] == 0)
		return;
	uint32_t until = all_complete_until(rib, family);
	if (until != UINT32_MAX && until == rib->unburied_until[family])
		return;
	rib->unburied_until[family] = until;
	for (uint32_t i = 0; i < rib->buried_count[family]; i++) {
		uint32_t index = rib->buried[family][i];
		struct entry *entry = table_entry(table, index);
		/* One that waits for a decision is nobody's fault; the flush buries it anew. */
		bool is_gone = entry->route_count == 0 && entry->sent_count == 0 &&
			       (entry->flags & ENTRY_DIRTY) == 0;
		if (is_gone && entry->stamp >= until) {
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

/* Of the readers the one that may lack the oldest; false when nobody lacks anything. */
static bool slowest_of(const struct rib *rib, enum family family, struct session_id *out)
{
	uint32_t slowest = UINT32_MAX;

	for (uint32_t i = 0; i < rib->plan->session_end; i++) {
		uint32_t until = complete_until(&rib->session[i].out[family]);
		if (until >= slowest)
			continue;
		slowest = until;
		out->index = (uint16_t)i;
	}
	return slowest != UINT32_MAX;
}

/* More prefixes went with it than it may even have. */
static bool squanderer_of(struct rib *rib, enum family family, struct session_id *out)
{
	const struct plan *plan = rib->plan;
	uint32_t most = GONE_MIN;
	bool found = false;

	for (uint32_t i = 0; i < plan->session_end; i++) {
		uint32_t gone = rib->session[i].gone[family];
		uint32_t own = plan->session[i].routes_max[family];
		if (gone <= most || gone <= (own != 0 ? own : plan->rules.routes_max[family]))
			continue;
		most = gone;
		out->index = (uint16_t)i;
		found = true;
	}
	if (found)
		rib->session[out->index].gone[family] = 0;
	return found;
}

static void laggards_lose(struct rib *rib, enum family family, struct instant now)
{
	for (uint32_t i = 0; i < rib->plan->session_end; i++) {
		struct out *out = &rib->session[i].out[family];
		if (out->state == OUT_STATE_READING && !out->wants_copy && is_slow(rib, out, now))
			lose_place(rib, (struct session_id){ (uint16_t)i }, family,
				   out->cursor.segment->epoch);
	}
}

bool rib_out_relieve(struct rib *rib, struct instant now, struct session_id *to_end)
{
	bool is_over = false;

	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		enum family family = (enum family)f;
		laggards_lose(rib, family, now);
		/* Before anybody is blamed: whoever held most of them may have gone since. */
		rib_unbury(rib, family);
		uint32_t buried = rib->buried_count[family];
		if (!is_over && buried > BURIED_MANY)
			is_over = squanderer_of(rib, family, to_end);
		if (!is_over && buried > RIB_BURIED_MAX)
			is_over = slowest_of(rib, family, to_end);
	}
	return is_over;
}
