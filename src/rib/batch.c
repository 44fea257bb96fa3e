/* rib/batch.c — prefixes grouped by what they are announced with, and written as messages.
 *
 * Items are sorted so that those with the same audience, attribute set and prepends stand together:
 * one message carries as many prefixes as fit.  Items for one session come last, so that the
 * stretch everyone reads is not interrupted by them. */
#include "rib/shard.h"

#include "base/check.h"
#include "base/mem.h"
#include "rib/export.h"

#define BATCH_ROOM_MIN 256u

void batch_clear(struct batch *batch)
{
	batch->item_count = 0;
	batch->set_count = 0;
	batch->octets = 0;
	batch->is_alone_known = false;
}

uint64_t batch_room_octets(const struct batch *batch)
{
	return batch->item_room * sizeof *batch->items + batch->set_room * sizeof *batch->sets +
	       batch->order_room * sizeof *batch->order;
}

void batch_fini(struct rib *rib)
{
	struct batch *batch = &rib->batch;

	heap_free(rib->heap, batch->items, batch->item_room * sizeof *batch->items);
	heap_free(rib->heap, batch->sets, batch->set_room * sizeof *batch->sets);
	heap_free(rib->heap, batch->order, batch->order_room * sizeof *batch->order);
	*batch = (struct batch){ 0 };
}

/* Sets recur: most changes of a batch concern the same few.  The newest are looked at first. */
struct fault batch_keep_set(struct rib *rib, const struct session_set *set,
			    struct log_audience *out)
{
	enum { LOOK_BACK_SETS = 32 };
	struct batch *batch = &rib->batch;
	uint32_t stop = batch->set_count > LOOK_BACK_SETS ? batch->set_count - LOOK_BACK_SETS : 0;

	out->form = LOG_FORM_SET;
	for (uint32_t i = batch->set_count; i > stop; i--) {
		if (session_set_equal(&batch->sets[i - 1], set)) {
			out->value = (i - 1) & LOG_VALUE_MASK;
			return fault_none();
		}
	}
	if (!heap_grow(rib->heap, (void **)&batch->sets, &batch->set_room, batch->set_count + 1,
		       sizeof *batch->sets))
		return fault_of(FAULT_LIMIT, 0);
	batch->sets[batch->set_count] = *set;
	batch->octets += sizeof *set;
	out->value = batch->set_count++ & LOG_VALUE_MASK;
	return fault_none();
}

static int64_t item_order(const struct batch_item *a, const struct batch_item *b)
{
	bool a_only = a->audience.form == LOG_FORM_ONLY;
	bool b_only = b->audience.form == LOG_FORM_ONLY;

	if (a->for_add_path != b->for_add_path)
		return a->for_add_path ? 1 : -1;
	if (a_only != b_only)
		return a_only ? 1 : -1;
	if (a->audience.form != b->audience.form)
		return (int64_t)a->audience.form - b->audience.form;
	if (a->audience.value != b->audience.value)
		return (int64_t)a->audience.value - b->audience.value;
	if (a->attr.index != b->attr.index)
		return (int64_t)a->attr.index - b->attr.index;
	if (a->prepend_count != b->prepend_count)
		return (int64_t)a->prepend_count - b->prepend_count;
	if (a->is_old != b->is_old)
		return a->is_old ? 1 : -1;
	if (a->from.index != b->from.index)
		return (int64_t)a->from.index - b->from.index;
	return (int64_t)a->entry_index - b->entry_index;
}

static bool is_behind(const struct batch *batch, uint32_t a, uint32_t b)
{
	return item_order(&batch->items[a], &batch->items[b]) > 0;
}

/* Behind the last that stands in order from `at` on. */
static uint32_t run_end(const struct batch *batch, const uint32_t *order, uint32_t at)
{
	for (at++; at < batch->item_count && !is_behind(batch, order[at - 1], order[at]); at++)
		continue;
	return at;
}

/* Two runs of `from` into one of `to`. */
static void runs_merge(const struct batch *batch, const uint32_t *from, uint32_t at,
		       uint32_t middle, uint32_t end, uint32_t *to)
{
	uint32_t second = middle;

	for (uint32_t out = at; out < end; out++) {
		bool is_second = at == middle ||
				 (second < end && is_behind(batch, from[at], from[second]));
		to[out] = is_second ? from[second++] : from[at++];
	}
}

/* Changes come in runs, a member's UPDATEs behind another's: neighbouring runs become one until
 * there is one, and what is in order costs no more than a look. */
struct fault batch_sort(struct rib *rib)
{
	struct batch *batch = &rib->batch;
	uint32_t count = batch->item_count;
	uint32_t room = count > BATCH_ROOM_MIN ? count : BATCH_ROOM_MIN;

	if (!heap_grow(rib->heap, (void **)&batch->order, &batch->order_room, 2 * room,
		       sizeof *batch->order))
		return fault_of(FAULT_LIMIT, 0);
	uint32_t *from = batch->order;
	uint32_t *to = batch->order + count;
	for (uint32_t i = 0; i < count; i++)
		from[i] = i;
	while (count != 0 && run_end(batch, from, 0) < count) {
		for (uint32_t at = 0, end = 0; at < count; at = end) {
			uint32_t middle = run_end(batch, from, at);
			end = middle < count ? run_end(batch, from, middle) : count;
			runs_merge(batch, from, at, middle, end, to);
		}
		uint32_t *merged = to;
		to = from;
		from = merged;
	}
	if (from != batch->order)
		mem_copy(batch->order, from, count * sizeof *from);
	return fault_none();
}

static bool same_group(const struct batch_item *a, const struct batch_item *b)
{
	return a->for_add_path == b->for_add_path && a->attr.index == b->attr.index &&
	       a->prepend_count == b->prepend_count && a->is_old == b->is_old &&
	       a->audience.form == b->audience.form && a->audience.value == b->audience.value;
}

/* As many prefixes of the group as fit; the first item that is not in. */
static uint32_t prefixes_put(const struct rib *rib, enum family family, uint32_t first,
			     struct bgp_encoder *encoder)
{
	const struct batch *batch = &rib->batch;
	const struct batch_item *head = &batch->items[batch->order[first]];
	uint32_t at = first;

	for (; at < batch->item_count; at++) {
		const struct batch_item *item = &batch->items[batch->order[at]];
		struct prefix prefix;
		if (!same_group(head, item))
			break;
		table_prefix_of(&rib->table[family], item->entry_index, &prefix);
		if (!bgp_encode_prefix(encoder, item->from.index + 1u, &prefix))
			break;
	}
	return at;
}

struct fault batch_write(struct rib *rib, enum family family, const struct bgp_wire_profile *wire,
			 uint32_t first, uint32_t *next, struct wr *out)
{
	const struct batch *batch = &rib->batch;
	const struct batch_item *head = &batch->items[batch->order[first]];
	struct bgp_encoder encoder;

	if (head->attr.index == 0) {
		TRY(bgp_encode_withdraw_begin(&encoder, out, wire));
	} else {
		struct export_room room;
		struct bgp_export export;
		export_fill(rib, wire, head, &room, &export);
		TRY(bgp_encode_announce_begin(&encoder, out, wire, &export));
	}
	uint32_t at = prefixes_put(rib, family, first, &encoder);
	if (at == first) {
		bgp_encode_cancel(&encoder);
		return fault_of(FAULT_LIMIT, 0);
	}
	bgp_encode_end(&encoder);
	*next = at;
	return fault_none();
}

uint32_t rib_write_too_large(struct rib *rib, enum family family,
			     const struct bgp_wire_profile *wire, uint32_t first, struct wr *out)
{
	struct bgp_encoder encoder;

	rib->too_large++;
	CHECK(!failed(bgp_encode_withdraw_begin(&encoder, out, wire)));
	uint32_t at = prefixes_put(rib, family, first, &encoder);
	CHECK(at != first);
	bgp_encode_end(&encoder);
	return at;
}
