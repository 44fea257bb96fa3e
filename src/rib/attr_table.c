/* rib/attr_table.c — interning.
 *
 * Invariants
 *  1. A set with users stands in exactly one bucket chain; its number is its place in `sets`.
 *  2. Numbers of sets that are gone stand in free_next, which has room for all of them: giving one
 *     back never needs memory.
 *  3. audience == NULL means everyone; audience_old and next_hop_old are looked at only during a
 *     change of plan. */
#include "rib/attr_table.h"

#include "base/check.h"
#include "base/mem.h"
#include "rules/next_hop.h"

#define BUCKETS_MIN 256u

struct fault attr_table_init(struct attr_table *table, struct heap *heap, struct hash_key key)
{
	*table = (struct attr_table){ .heap = heap, .key = key, .sets_used = 1 };
	table->buckets = heap_array(heap, BUCKETS_MIN, sizeof *table->buckets);
	if (table->buckets == NULL)
		return fault_of(FAULT_LIMIT, 0);
	table->bucket_count = BUCKETS_MIN;
	return fault_none();
}

static void set_free(struct attr_table *table, struct attr_set *set)
{
	if (set->audience_old != set->audience)
		heap_free(table->heap, set->audience_old, sizeof *set->audience_old);
	heap_free(table->heap, set->audience, sizeof *set->audience);
	table->packed_octets -= set->packed_octets;
	heap_free(table->heap, set, sizeof *set + set->packed_octets);
}

void attr_table_fini(struct attr_table *table)
{
	for (uint32_t i = 1; i < table->sets_used; i++) {
		if (table->sets[i] != NULL)
			set_free(table, table->sets[i]);
	}
	heap_free(table->heap, table->sets, table->sets_room * sizeof *table->sets);
	heap_free(table->heap, table->free_next, table->free_room * sizeof *table->free_next);
	heap_free(table->heap, table->buckets, table->bucket_count * sizeof *table->buckets);
	*table = (struct attr_table){ 0 };
}

/* More buckets; when memory is out the chains just grow longer. */
static void buckets_double(struct attr_table *table)
{
	uint32_t count = table->bucket_count * 2;
	uint32_t *fresh = heap_array(table->heap, count, sizeof *fresh);

	if (fresh == NULL)
		return;
	heap_free(table->heap, table->buckets, table->bucket_count * sizeof *table->buckets);
	table->buckets = fresh;
	table->bucket_count = count;
	for (uint32_t i = 1; i < table->sets_used; i++) {
		struct attr_set *set = table->sets[i];
		if (set == NULL)
			continue;
		uint32_t bucket = (uint32_t)set->hash & (count - 1);
		set->chain = fresh[bucket];
		fresh[bucket] = i;
	}
}

/* The audience under the plan; NULL in *out for everyone. */
static struct fault audience_make(struct attr_table *table, const struct plan *plan,
				  const struct bgp_attrs *attrs, struct rules_audience **out)
{
	*out = NULL;
	if (!rules_is_steered(plan, attrs))
		return fault_none();
	*out = heap_take(table->heap, sizeof **out);
	if (*out == NULL)
		return fault_of(FAULT_LIMIT, 0);
	rules_audience_of(plan, attrs, *out);
	return fault_none();
}

static struct fault number_take(struct attr_table *table, uint32_t *out)
{
	if (table->free_count != 0) {
		*out = table->free_next[--table->free_count];
		return fault_none();
	}
	if (table->sets_used == ATTR_SETS_MAX ||
	    !heap_grow(table->heap, (void **)&table->sets, &table->sets_room, table->sets_used + 1,
		       sizeof *table->sets) ||
	    !heap_grow(table->heap, (void **)&table->free_next, &table->free_room,
		       table->sets_used + 1, sizeof *table->free_next))
		return fault_of(FAULT_LIMIT, 0);
	*out = table->sets_used++;
	table->sets[*out] = NULL;
	return fault_none();
}

static struct fault set_make(struct attr_table *table, const struct plan *plan,
			     struct octets packed, uint64_t hash, uint32_t *out)
{
	struct bgp_attrs attrs;

	TRY(bgp_attrs_unpack(packed, &attrs));
	TRY(number_take(table, out));
	struct attr_set *set = heap_take(table->heap, sizeof *set + packed.len_octets);
	if (set == NULL) {
		table->free_next[table->free_count++] = *out;
		return fault_of(FAULT_LIMIT, 0);
	}
	*set = (struct attr_set){
		.hash = hash,
		.packed_octets = packed.len_octets,
		.med = attrs.has_med ? attrs.med : 0,
		.first_asn = attrs.first_asn,
		.path_len = attrs.path_len,
		.origin = attrs.origin,
		.least_preferred = rules_is_graceful_shutdown(&attrs),
		.next_hop = rules_next_hop_of(plan, &attrs),
	};
	if (failed(audience_make(table, plan, &attrs, &set->audience))) {
		heap_free(table->heap, set, sizeof *set + packed.len_octets);
		table->free_next[table->free_count++] = *out;
		return fault_of(FAULT_LIMIT, 0);
	}
	set->audience_old = set->audience;
	/* Of a plan that it never knew: its rows are not this one's. */
	set->next_hop_old.is_ipv6 = set->next_hop.is_ipv6;
	mem_copy(set->packed, packed.at, packed.len_octets);
	table->packed_octets += packed.len_octets;
	table->sets[*out] = set;
	return fault_none();
}

struct fault attr_table_intern(struct attr_table *table, const struct plan *plan,
			       struct octets packed, struct attr_id *out)
{
	uint64_t hash = hash_octets(table->key, packed);
	uint32_t index = table->buckets[(uint32_t)hash & (table->bucket_count - 1)];

	while (index != 0) {
		struct attr_set *set = table->sets[index];
		if (set->hash == hash && octets_equal(attr_set_packed(set), packed)) {
			set->users++;
			out->index = index;
			return fault_none();
		}
		index = set->chain;
	}
	if (table->set_count >= table->bucket_count)
		buckets_double(table);
	TRY(set_make(table, plan, packed, hash, &index));
	uint32_t *bucket = &table->buckets[(uint32_t)hash & (table->bucket_count - 1)];
	table->sets[index]->chain = *bucket;
	table->sets[index]->users = 1;
	*bucket = index;
	table->set_count++;
	out->index = index;
	return fault_none();
}

void attr_table_ref(struct attr_table *table, struct attr_id id)
{
	CHECK(id.index != 0 && table->sets[id.index] != NULL);
	table->sets[id.index]->users++;
}

void attr_table_unref(struct attr_table *table, struct attr_id id)
{
	struct attr_set *set = table->sets[id.index];

	CHECK(set != NULL && set->users != 0);
	if (--set->users != 0)
		return;
	uint32_t *link = &table->buckets[(uint32_t)set->hash & (table->bucket_count - 1)];
	while (*link != id.index) {
		CHECK(*link != 0);
		link = &table->sets[*link]->chain;
	}
	*link = set->chain;
	set_free(table, set);
	table->sets[id.index] = NULL;
	table->free_next[table->free_count++] = id.index;
	table->set_count--;
}

void attr_table_forget_old(struct attr_table *table)
{
	for (uint32_t i = 1; i < table->sets_used; i++) {
		struct attr_set *set = table->sets[i];
		if (set == NULL)
			continue;
		if (set->audience_old != set->audience)
			heap_free(table->heap, set->audience_old, sizeof *set->audience_old);
		set->audience_old = set->audience;
		set->next_hop_old = set->next_hop;
	}
}

/* All new ones are made before any takes its place: without memory for one nothing has changed. */
struct fault attr_table_replan(struct attr_table *table, const struct plan *plan)
{
	struct fault fault = fault_none();

	for (uint32_t i = 1; i < table->sets_used && !failed(fault); i++) {
		struct attr_set *set = table->sets[i];
		struct rules_audience *fresh = NULL;
		struct bgp_attrs attrs;
		if (set == NULL)
			continue;
		fault = bgp_attrs_unpack(attr_set_packed(set), &attrs);
		if (!failed(fault))
			fault = audience_make(table, plan, &attrs, &fresh);
		if (!failed(fault)) {
			set->audience_old = fresh;
			set->next_hop_old = rules_next_hop_of(plan, &attrs);
		}
	}
	if (failed(fault)) {
		attr_table_forget_old(table);
		return fault;
	}
	for (uint32_t i = 1; i < table->sets_used; i++) {
		struct attr_set *set = table->sets[i];
		if (set == NULL)
			continue;
		struct rules_audience *fresh = set->audience_old;
		set->audience_old = set->audience;
		set->audience = fresh;
		struct plan_next_hop next_hop = set->next_hop_old;
		set->next_hop_old = set->next_hop;
		set->next_hop = next_hop;
	}
	return fault_none();
}
