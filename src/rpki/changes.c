/* rpki/changes.c — two sorted tables walked side by side. */
#include "rpki/changes.h"

#include "base/check.h"
#include "net/asn.h"

/* Changes come in order, so what covers a prefix comes before it. */
static struct fault prefix_note(struct vrp_list *list, const struct vrp_key *key)
{
	if (list->count != 0 && vrp_key_covers(&list->key[list->count - 1], key))
		return fault_none();
	return vrp_list_add(list, key);
}

static struct fault family_compare(struct rpki_changes *changes, enum family family,
				   const struct vrp_table *before, const struct vrp_table *after)
{
	struct vrp_walk old_walk = { 0 };
	struct vrp_walk new_walk = { 0 };
	struct vrp_key old;
	struct vrp_key new;
	bool has_old = vrp_table_next(before, &old_walk, &old);
	bool has_new = vrp_table_next(after, &new_walk, &new);

	while (has_old || has_new) {
		int order = !has_new ? -1 : !has_old ? 1 : vrp_key_compare(&old, &new);
		if (order != 0)
			TRY(prefix_note(&changes->prefixes[family], order < 0 ? &old : &new));
		changes->vrps_removed += order < 0 ? 1 : 0;
		changes->vrps_added += order > 0 ? 1 : 0;
		if (order <= 0)
			has_old = vrp_table_next(before, &old_walk, &old);
		if (order >= 0)
			has_new = vrp_table_next(after, &new_walk, &new);
	}
	return fault_none();
}

static struct fault customer_note(struct rpki_changes *changes, uint32_t customer)
{
	if (!heap_grow(&changes->heap, (void **)&changes->customer, &changes->customer_room,
		       changes->customer_count + 1, sizeof *changes->customer))
		return fault_of(FAULT_LIMIT, 0);
	changes->customer[changes->customer_count++] = customer;
	return fault_none();
}

static struct fault aspas_compare(struct rpki_changes *changes, const struct aspa_table *before,
				  const struct aspa_table *after)
{
	uint32_t i = 0;
	uint32_t j = 0;

	while (i < before->count || j < after->count) {
		const struct aspa_entry *old = i < before->count ? &before->entry[i] : NULL;
		const struct aspa_entry *new = j < after->count ? &after->entry[j] : NULL;
		bool takes_old = new == NULL || (old != NULL && old->customer <= new->customer);
		bool takes_new = old == NULL || (new != NULL &&new->customer <= old->customer);
		if (!takes_old || !takes_new || !aspa_entry_equal(before, old, after, new))
			TRY(customer_note(changes, takes_old ? old->customer : new->customer));
		i += takes_old ? 1 : 0;
		j += takes_new ? 1 : 0;
	}
	return fault_none();
}

static struct fault changes_fill(struct rpki_changes *changes, const struct rpki_data *before,
				 const struct rpki_data *after)
{
	static const struct rpki_data empty;
	const struct rpki_data *old = before == NULL ? &empty : before;
	const struct rpki_data *new = after == NULL ? &empty : after;

	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		changes->prefixes[i].heap = &changes->heap;
		TRY(family_compare(changes, (enum family)i, &old->vrps[i], &new->vrps[i]));
	}
	return aspas_compare(changes, &old->aspas, &new->aspas);
}

struct fault rpki_changes_make(const struct rpki_data *before, const struct rpki_data *after,
			       struct rpki_changes **out)
{
	struct heap heap = heap_libc();
	struct rpki_changes *changes = heap_zero(&heap, sizeof *changes);

	if (changes == NULL)
		return fault_of(FAULT_LIMIT, 0);
	changes->heap = heap;
	atomic_init(&changes->users, 1);
	struct fault fault = changes_fill(changes, before, after);
	if (failed(fault)) {
		rpki_changes_unref(changes);
		return fault;
	}
	*out = changes;
	return fault;
}

struct rpki_changes *rpki_changes_ref(struct rpki_changes *changes)
{
	atomic_fetch_add_explicit(&changes->users, 1, memory_order_relaxed);
	return changes;
}

void rpki_changes_unref(struct rpki_changes *changes)
{
	if (changes == NULL ||
	    atomic_fetch_sub_explicit(&changes->users, 1, memory_order_acq_rel) != 1)
		return;
	for (uint32_t i = 0; i < FAMILY_COUNT; i++)
		vrp_list_fini(&changes->prefixes[i]);
	heap_free(&changes->heap, changes->customer,
		  changes->customer_room * sizeof *changes->customer);
	struct heap heap = changes->heap;
	heap_free(&heap, changes, sizeof *changes);
	CHECK(heap.used_octets == 0);
}

bool rpki_changes_are_none(const struct rpki_changes *changes)
{
	return changes->prefixes[0].count == 0 && changes->prefixes[1].count == 0 &&
	       !rpki_changes_has_paths(changes);
}

/* None lies in another: only the last that is not behind can cover. */
bool rpki_changes_touch(const struct rpki_changes *changes, const struct prefix *prefix)
{
	const struct vrp_list *list = &changes->prefixes[prefix->family];
	struct vrp vrp = { .prefix = *prefix };
	struct vrp_key key = vrp_key_of(&vrp);
	uint32_t low = 0;
	uint32_t high = list->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct vrp_key *at = &list->key[middle];
		bool is_behind = at->high != key.high ? at->high > key.high :
				 at->low != key.low   ? at->low > key.low :
							at->len_bits > key.len_bits;
		if (is_behind)
			high = middle;
		else
			low = middle + 1;
	}
	return low != 0 && vrp_key_covers(&list->key[low - 1], &key);
}

bool rpki_changes_has_paths(const struct rpki_changes *changes)
{
	return changes->customer_count != 0;
}

bool rpki_changes_touch_customer(const struct rpki_changes *changes, uint32_t asn)
{
	return asn_is_among(changes->customer, changes->customer_count, asn);
}
