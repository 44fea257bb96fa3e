/* irr/set.c — drafts and sets. */
#include "irr/set.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "net/asn.h"

void irr_draft_init(struct irr_draft *draft, struct heap *heap)
{
	*draft = (struct irr_draft){ .heap = heap };
}

void irr_draft_fini(struct irr_draft *draft)
{
	heap_free(draft->heap, draft->window, draft->window_room * sizeof *draft->window);
	heap_free(draft->heap, draft->origin, draft->origin_room * sizeof *draft->origin);
	irr_draft_init(draft, draft->heap);
}

struct fault irr_draft_add(struct irr_draft *draft, const struct irr_window *window)
{
	if (window->len_bits_min < window->prefix.len_bits ||
	    window->len_bits_max < window->len_bits_min ||
	    window->len_bits_max > prefix_bits_max((enum family)window->prefix.family))
		return fault_of(FAULT_MALFORMED, 0);
	if (draft->window_count == IRR_WINDOWS_MAX ||
	    !heap_grow(draft->heap, (void **)&draft->window, &draft->window_room,
		       draft->window_count + 1, sizeof *draft->window))
		return fault_of(FAULT_LIMIT, 0);
	draft->window[draft->window_count++] = *window;
	return fault_none();
}

struct fault irr_draft_add_origin(struct irr_draft *draft, uint32_t asn)
{
	if (draft->origin_count == IRR_ORIGINS_MAX ||
	    !heap_grow(draft->heap, (void **)&draft->origin, &draft->origin_room,
		       draft->origin_count + 1, sizeof *draft->origin))
		return fault_of(FAULT_LIMIT, 0);
	draft->origin[draft->origin_count++] = asn;
	return fault_none();
}

/* --- sealing ---------------------------------------------------------------------------------- */

static int window_compare(const void *left, const void *right)
{
	const struct irr_window *a = left;
	const struct irr_window *b = right;
	int order = prefix_compare(&a->prefix, &b->prefix);

	if (order != 0)
		return order;
	if (a->len_bits_min != b->len_bits_min)
		return a->len_bits_min < b->len_bits_min ? -1 : 1;
	return (a->len_bits_max > b->len_bits_max) - (a->len_bits_max < b->len_bits_max);
}

static int origin_compare(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left;
	uint32_t b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/* Windows of one prefix that touch or overlap become one. */
static uint32_t windows_join(struct irr_window *window, uint32_t count)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct irr_window *last = kept != 0 ? &window[kept - 1] : NULL;
		if (last == NULL || !prefix_equal(&last->prefix, &window[i].prefix) ||
		    window[i].len_bits_min > last->len_bits_max + 1) {
			window[kept++] = window[i];
		} else if (window[i].len_bits_max > last->len_bits_max) {
			last->len_bits_max = window[i].len_bits_max;
		}
	}
	return kept;
}

static uint32_t origins_join(uint32_t *origin, uint32_t count)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (kept == 0 || origin[kept - 1] != origin[i])
			origin[kept++] = origin[i];
	}
	return kept;
}

static void index_make(struct irr_set *set)
{
	for (uint32_t i = set->window_count; i > 0; i--) {
		const struct prefix *prefix = &set->window[i - 1].prefix;
		set->first[prefix->family] = i - 1;
		set->counts[prefix->family]++;
		set->lengths[prefix->family][prefix->len_bits / 64] |= (uint64_t)1
								    << (prefix->len_bits % 64);
	}
}

struct fault irr_draft_seal(struct irr_draft *draft, struct irr_set **out)
{
	struct heap heap = heap_libc();
	struct irr_set *set = heap_zero(&heap, sizeof *set);

	if (draft->window_count != 0)
		qsort(draft->window, draft->window_count, sizeof *draft->window, window_compare);
	if (draft->origin_count != 0)
		qsort(draft->origin, draft->origin_count, sizeof *draft->origin, origin_compare);
	uint32_t windows = windows_join(draft->window, draft->window_count);
	uint32_t origins = origins_join(draft->origin, draft->origin_count);
	struct irr_window *window = windows != 0 ? heap_array(&heap, windows, sizeof *window) :
						   NULL;
	uint32_t *origin = origins != 0 ? heap_array(&heap, origins, sizeof *origin) : NULL;
	if (set == NULL || (windows != 0 && window == NULL) || (origins != 0 && origin == NULL)) {
		heap_free(&heap, window, windows * sizeof *window);
		heap_free(&heap, origin, origins * sizeof *origin);
		heap_free(&heap, set, sizeof *set);
		return fault_of(FAULT_LIMIT, 0);
	}
	mem_copy(window, draft->window, windows * sizeof *window);
	mem_copy(origin, draft->origin, origins * sizeof *origin);
	set->heap = heap;
	set->window = window;
	set->window_count = windows;
	set->origin = origin;
	set->origin_count = origins;
	index_make(set);
	atomic_init(&set->users, 1);
	irr_draft_fini(draft);
	*out = set;
	return fault_none();
}

struct irr_set *irr_set_ref(struct irr_set *set)
{
	if (set != NULL)
		atomic_fetch_add_explicit(&set->users, 1, memory_order_relaxed);
	return set;
}

void irr_set_unref(struct irr_set *set)
{
	if (set == NULL || atomic_fetch_sub_explicit(&set->users, 1, memory_order_acq_rel) != 1)
		return;
	struct heap heap = set->heap;
	heap_free(&heap, set->window, set->window_count * sizeof *set->window);
	heap_free(&heap, set->origin, set->origin_count * sizeof *set->origin);
	heap_free(&heap, set, sizeof *set);
}

/* --- asking ----------------------------------------------------------------------------------- */

bool irr_set_has_origin(const struct irr_set *set, uint32_t asn)
{
	return asn_is_among(set->origin, set->origin_count, asn);
}

/* The first window with a prefix not before this one; window_count when there is none. */
static uint32_t window_find(const struct irr_set *set, const struct prefix *prefix)
{
	uint32_t low = set->first[prefix->family];
	uint32_t high = low + set->counts[prefix->family];

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (prefix_compare(&set->window[middle].prefix, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum irr_match irr_set_match(const struct irr_set *set, const struct prefix *prefix,
			     struct irr_window *found)
{
	enum irr_match match = IRR_MATCH_NONE;
	struct prefix outer = *prefix;

	for (uint32_t len = prefix->len_bits + 1u; len-- > 0;) {
		if ((set->lengths[prefix->family][len / 64] >> (len % 64) & 1) == 0)
			continue;
		outer.len_bits = (uint8_t)len;
		prefix_mask(&outer);
		for (uint32_t i = window_find(set, &outer);
		     i < set->window_count && prefix_equal(&set->window[i].prefix, &outer); i++) {
			const struct irr_window *window = &set->window[i];
			bool fits = prefix->len_bits >= window->len_bits_min &&
				    prefix->len_bits <= window->len_bits_max;
			if (found != NULL && (fits || match == IRR_MATCH_NONE))
				*found = *window;
			if (fits)
				return IRR_MATCH_YES;
			match = IRR_MATCH_LONGER;
		}
	}
	return match;
}

static bool windows_equal(const struct irr_window *a, const struct irr_window *b)
{
	return window_compare(a, b) == 0;
}

bool irr_set_equal(const struct irr_set *a, const struct irr_set *b)
{
	if (a->window_count != b->window_count || a->origin_count != b->origin_count)
		return false;
	for (uint32_t i = 0; i < a->origin_count; i++) {
		if (a->origin[i] != b->origin[i])
			return false;
	}
	for (uint32_t i = 0; i < a->window_count; i++) {
		if (!windows_equal(&a->window[i], &b->window[i]))
			return false;
	}
	return true;
}
