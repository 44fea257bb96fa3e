/* rpki/vrp.c — records sorted into a table, and what covers a prefix.
 *
 * Prefixes sorted by address and then length stand behind everything that covers them.  So the last
 * one that is not behind the wanted prefix either covers it, or lies in whatever does: that is
 * found by going outwards.  A trie would take a node a bit, or pointers; this takes 21 octets a
 * prefix of IPv4, and a search touches a few cache lines once `start` has cut it down. */
#include "rpki/vrp.h"

#include <assert.h>
#include <stdlib.h>

#include "base/check.h"

#define START_BITS 16u
#define STARTS ((1u << START_BITS) + 1)

static_assert(sizeof(struct vrp_key) == 24, "records are sorted in place: no more than needed");

struct vrp_key vrp_key_of(const struct vrp *vrp)
{
	struct vrp_key key = { .asn = vrp->asn,
			       .len_bits = vrp->prefix.len_bits,
			       .len_bits_max = vrp->len_bits_max };

	for (uint32_t i = 0; i < 8; i++) {
		key.high = key.high << 8 | vrp->prefix.octet[i];
		key.low = key.low << 8 | vrp->prefix.octet[8 + i];
	}
	return key;
}

struct vrp vrp_of_key(enum family family, const struct vrp_key *key)
{
	struct vrp vrp = { .prefix = { .family = (uint8_t)family, .len_bits = key->len_bits },
			   .len_bits_max = key->len_bits_max,
			   .asn = key->asn };

	for (uint32_t i = 0; i < 8; i++) {
		vrp.prefix.octet[i] = (uint8_t)(key->high >> (56 - 8 * i));
		vrp.prefix.octet[8 + i] = (uint8_t)(key->low >> (56 - 8 * i));
	}
	return vrp;
}

static int prefix_order(const struct vrp_key *a, const struct vrp_key *b)
{
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	return (int)a->len_bits - (int)b->len_bits;
}

int vrp_key_compare(const struct vrp_key *a, const struct vrp_key *b)
{
	int order = prefix_order(a, b);

	if (order != 0)
		return order;
	if (a->asn != b->asn)
		return a->asn < b->asn ? -1 : 1;
	return (int)b->len_bits_max - (int)a->len_bits_max;
}

/* The first `bits` of a word. */
static uint64_t word_mask(uint32_t bits)
{
	return bits == 0 ? 0 : bits >= 64 ? UINT64_MAX : ~(UINT64_MAX >> bits);
}

bool vrp_key_covers(const struct vrp_key *outer, const struct vrp_key *inner)
{
	uint32_t low_bits = outer->len_bits > 64 ? outer->len_bits - 64u : 0;

	return outer->len_bits <= inner->len_bits &&
	       ((outer->high ^ inner->high) & word_mask(outer->len_bits)) == 0 &&
	       ((outer->low ^ inner->low) & word_mask(low_bits)) == 0;
}

/* --- lists ------------------------------------------------------------------------------------ */

struct fault vrp_list_add(struct vrp_list *list, const struct vrp_key *key)
{
	if (list->count == VRPS_MAX || !heap_grow(list->heap, (void **)&list->key, &list->room,
						  list->count + 1, sizeof *list->key))
		return fault_of(FAULT_LIMIT, 0);
	list->key[list->count++] = *key;
	return fault_none();
}

static int by_key(const void *a, const void *b)
{
	return vrp_key_compare(a, b);
}

void vrp_list_sort(struct vrp_list *list)
{
	bool is_sorted = true;
	uint32_t kept = 0;

	for (uint32_t i = 1; i < list->count && is_sorted; i++)
		is_sorted = vrp_key_compare(&list->key[i - 1], &list->key[i]) < 0;
	if (is_sorted)
		return;
	qsort(list->key, list->count, sizeof *list->key, by_key);
	for (uint32_t i = 0; i < list->count; i++) {
		if (kept == 0 || vrp_key_compare(&list->key[kept - 1], &list->key[i]) != 0)
			list->key[kept++] = list->key[i];
	}
	list->count = kept;
}

void vrp_list_fini(struct vrp_list *list)
{
	if (list->heap != NULL)
		heap_free(list->heap, list->key, list->room * sizeof *list->key);
	*list = (struct vrp_list){ 0 };
}

/* --- the table -------------------------------------------------------------------------------- */

static uint32_t prefixes_count(const struct vrp_list *list)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < list->count; i++)
		count += i == 0 || prefix_order(&list->key[i - 1], &list->key[i]) != 0 ? 1 : 0;
	return count;
}

static bool table_room(struct heap *heap, enum family family, struct vrp_table *table)
{
	table->high = heap_array(heap, table->prefix_count, sizeof *table->high);
	if (family == FAMILY_IPV6)
		table->low = heap_array(heap, table->prefix_count, sizeof *table->low);
	table->around = heap_array(heap, table->prefix_count, sizeof *table->around);
	table->first = heap_array(heap, table->prefix_count + 1u, sizeof *table->first);
	table->len_bits = heap_array(heap, table->prefix_count, sizeof *table->len_bits);
	table->asn = heap_array(heap, table->count, sizeof *table->asn);
	table->len_bits_max = heap_array(heap, table->count, sizeof *table->len_bits_max);
	table->start = heap_array(heap, STARTS, sizeof *table->start);
	return table->high != NULL && (family == FAMILY_IPV4 || table->low != NULL) &&
	       table->around != NULL && table->first != NULL && table->len_bits != NULL &&
	       table->asn != NULL && table->len_bits_max != NULL && table->start != NULL;
}

static struct vrp_key prefix_at(const struct vrp_table *table, uint32_t number)
{
	return (struct vrp_key){ .high = table->high[number],
				 .low = table->low == NULL ? 0 : table->low[number],
				 .len_bits = table->len_bits[number] };
}

/* The one before it covers it, or something around that one does, or nothing. */
static uint32_t around_of(const struct vrp_table *table, uint32_t number)
{
	struct vrp_key key = prefix_at(table, number);

	for (uint32_t at = number; number != 0 && (at == number || table->around[at] != at);) {
		at = at == number ? number - 1 : table->around[at];
		struct vrp_key outer = prefix_at(table, at);
		if (vrp_key_covers(&outer, &key))
			return at;
	}
	return number;
}

static void table_fill(struct vrp_table *table, const struct vrp_list *list)
{
	uint32_t number = 0;
	uint32_t next_start = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct vrp_key *key = &list->key[i];
		table->asn[i] = key->asn;
		table->len_bits_max[i] = key->len_bits_max;
		if (i != 0 && prefix_order(key - 1, key) == 0)
			continue;
		table->high[number] = key->high;
		if (table->low != NULL)
			table->low[number] = key->low;
		table->len_bits[number] = key->len_bits;
		table->first[number] = i;
		for (; next_start <= key->high >> (64 - START_BITS); next_start++)
			table->start[next_start] = number;
		table->around[number] = around_of(table, number);
		number++;
	}
	CHECK(number == table->prefix_count);
	table->first[number] = list->count;
	for (; next_start < STARTS; next_start++)
		table->start[next_start] = number;
}

struct fault vrp_table_make(struct heap *heap, enum family family, const struct vrp_list *list,
			    struct vrp_table *out)
{
	*out = (struct vrp_table){ .prefix_count = prefixes_count(list), .count = list->count };
	if (list->count == 0)
		return fault_none();
	if (!table_room(heap, family, out)) {
		vrp_table_fini(heap, out);
		return fault_of(FAULT_LIMIT, 0);
	}
	table_fill(out, list);
	return fault_none();
}

void vrp_table_fini(struct heap *heap, struct vrp_table *table)
{
	heap_free(heap, table->high, table->prefix_count * sizeof *table->high);
	heap_free(heap, table->low, table->prefix_count * sizeof *table->low);
	heap_free(heap, table->around, table->prefix_count * sizeof *table->around);
	heap_free(heap, table->first, (table->prefix_count + 1u) * sizeof *table->first);
	heap_free(heap, table->len_bits, table->prefix_count * sizeof *table->len_bits);
	heap_free(heap, table->asn, table->count * sizeof *table->asn);
	heap_free(heap, table->len_bits_max, table->count * sizeof *table->len_bits_max);
	heap_free(heap, table->start, STARTS * sizeof *table->start);
	*table = (struct vrp_table){ 0 };
}

struct vrp_key vrp_table_key(const struct vrp_table *table, uint32_t prefix_number, uint32_t number)
{
	struct vrp_key key = prefix_at(table, prefix_number);

	key.asn = table->asn[number];
	key.len_bits_max = table->len_bits_max[number];
	return key;
}

bool vrp_table_next(const struct vrp_table *table, struct vrp_walk *walk, struct vrp_key *out)
{
	if (walk->number == table->count)
		return false;
	while (table->first[walk->prefix_number + 1] <= walk->number)
		walk->prefix_number++;
	*out = vrp_table_key(table, walk->prefix_number, walk->number++);
	return true;
}

/* --- what covers a prefix --------------------------------------------------------------------- */

/* The last prefix not behind `key`'s, which is in the table or not; false: all are. */
static bool last_not_behind(const struct vrp_table *table, const struct vrp_key *key, uint32_t *out)
{
	uint32_t block = (uint32_t)(key->high >> (64 - START_BITS));

	if (table->count == 0)
		return false;
	uint32_t low = table->start[block];
	uint32_t high = table->start[block + 1];
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		struct vrp_key at = prefix_at(table, middle);
		if (prefix_order(&at, key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	*out = low - 1;
	return low != 0;
}

bool vrp_table_around(const struct vrp_table *table, uint32_t *number)
{
	uint32_t outer = table->around[*number];

	if (outer == *number)
		return false;
	*number = outer;
	return true;
}

bool vrp_table_cover(const struct vrp_table *table, const struct vrp_key *key, uint32_t *number)
{
	if (!last_not_behind(table, key, number))
		return false;
	do {
		struct vrp_key at = prefix_at(table, *number);
		if (vrp_key_covers(&at, key))
			return true;
	} while (vrp_table_around(table, number));
	return false;
}

bool vrp_table_max(const struct vrp_table *table, uint32_t number, uint32_t asn,
		   uint8_t *len_bits_max)
{
	uint32_t low = table->first[number];
	uint32_t end = table->first[number + 1];
	uint32_t high = end;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (table->asn[middle] < asn)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == end || table->asn[low] != asn)
		return false;
	*len_bits_max = table->len_bits_max[low];
	return true;
}

uint64_t vrp_table_octets(const struct vrp_table *table)
{
	uint64_t a_prefix = sizeof *table->high + sizeof *table->around + sizeof *table->first +
			    sizeof *table->len_bits + (table->low == NULL ? 0 : sizeof *table->low);

	return table->count == 0 ? 0 :
				   table->prefix_count * a_prefix +
					   table->count * (uint64_t)(sizeof *table->asn +
								     sizeof *table->len_bits_max) +
					   STARTS * sizeof *table->start;
}
