/* rib/attr_table.c — interning.
 *
 * Invariants
 *  1. A set with users stands in exactly one bucket chain; its number is its place in `sets`.
 *  2. Numbers of sets that are gone stand in free_next, which has room for all of them: giving one
 *     back never needs memory.
 *  3. audience == NULL means everyone; audience_old and next_hop_old are looked at only during a
 *     change of plan.  A set is one user of each of its two audiences, though they be the same.
 *  4. The account of the set's session has set_octets of it, from its making to its end. */
#include "rib/attr_table.h"

#include "base/check.h"
#include "base/mem.h"
#include "rules/next_hop.h"

#define BUCKETS_MIN 256u
#define ALLOCATOR_OCTETS 16u
/* In sets, free_next and buckets: twice the room while it is copied, and what it is copied from. */
#define NUMBER_OCTETS (3u * (sizeof(struct attr_set *) + 2u * sizeof(uint32_t)))
#define SESSION_SPREAD 0x9e3779b1u /* equal sets of two sessions go to two buckets */

struct fault attr_table_init(struct attr_table *table, struct heap *heap, struct hash_key key)
{
	*table = (struct attr_table){ .heap = heap, .key = key, .sets_used = 1 };
	table->buckets = heap_array(heap, BUCKETS_MIN, sizeof *table->buckets);
	if (table->buckets == NULL)
		return fault_of(FAULT_LIMIT, 0);
	table->bucket_count = BUCKETS_MIN;
	table->audiences = (struct audience_table){ .heap = heap, .key = key };
	return fault_none();
}

static uint32_t *bucket_of(const struct attr_table *table, uint64_t hash, struct session_id session)
{
	uint32_t spread = (uint32_t)hash + session.index * SESSION_SPREAD;

	return &table->buckets[spread & (table->bucket_count - 1)];
}

void attr_table_account(struct attr_table *table, struct attr_account *account)
{
	CHECK(table->set_count == 0);
	table->audiences.account = account;
}

/* With the allocator's head, and its part of the arrays of numbers while they grow. */
static uint64_t set_octets(const struct attr_set *set)
{
	return sizeof *set + set->packed_octets + ALLOCATOR_OCTETS + NUMBER_OCTETS;
}

static void set_free(struct attr_table *table, struct attr_set *set)
{
	audience_unref(&table->audiences, set->audience_old);
	audience_unref(&table->audiences, set->audience);
	attr_account_take(table->audiences.account, set->session, set_octets(set));
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
	audience_fini(&table->audiences);
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
		uint32_t *bucket = bucket_of(table, set->hash, set->session);
		set->chain = *bucket;
		*bucket = i;
	}
}

/* The audience under the plan; NULL in *out for everyone. */
static struct fault audience_make(struct attr_table *table, const struct plan *plan,
				  struct session_id session, const struct bgp_attrs *attrs,
				  const struct rules_audience **out)
{
	struct rules_audience who;

	*out = NULL;
	if (!rules_is_steered(plan, attrs))
		return fault_none();
	rules_audience_of(plan, attrs, &who);
	return audience_keep(&table->audiences, session, &who, out);
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
			     struct session_id session, struct octets packed, uint64_t hash,
			     uint32_t *out)
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
		.session = session,
	};
	if (failed(audience_make(table, plan, session, &attrs, &set->audience))) {
		heap_free(table->heap, set, sizeof *set + packed.len_octets);
		table->free_next[table->free_count++] = *out;
		return fault_of(FAULT_LIMIT, 0);
	}
	set->audience_old = audience_ref(set->audience);
	/* Of a plan that it never knew: its rows are not this one's. */
	set->next_hop_old.is_ipv6 = set->next_hop.is_ipv6;
	mem_copy(set->packed, packed.at, packed.len_octets);
	attr_account_add(table->audiences.account, session, set_octets(set));
	table->sets[*out] = set;
	return fault_none();
}

struct fault attr_table_intern(struct attr_table *table, const struct plan *plan,
			       struct session_id session, struct octets packed, struct attr_id *out)
{
	uint64_t hash = hash_octets(table->key, packed);
	uint32_t index = *bucket_of(table, hash, session);

	while (index != 0) {
		struct attr_set *set = table->sets[index];
		if (set->hash == hash && set->session.index == session.index &&
		    octets_equal(attr_set_packed(set), packed)) {
			set->users++;
			out->index = index;
			return fault_none();
		}
		index = set->chain;
	}
	if (table->set_count >= table->bucket_count)
		buckets_double(table);
	TRY(set_make(table, plan, session, packed, hash, &index));
	uint32_t *bucket = bucket_of(table, hash, session);
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
	uint32_t *link = bucket_of(table, set->hash, set->session);
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
		audience_unref(&table->audiences, set->audience_old);
		set->audience_old = audience_ref(set->audience);
		audience_settle(&table->audiences, set->audience);
		set->next_hop_old = set->next_hop;
	}
}

/* All new ones are made before any takes its place: without memory for one nothing has changed. */
struct fault attr_table_replan(struct attr_table *table, const struct plan *plan)
{
	struct fault fault = fault_none();

	table->audiences.is_on_credit = true;
	for (uint32_t i = 1; i < table->sets_used && !failed(fault); i++) {
		struct attr_set *set = table->sets[i];
		const struct rules_audience *fresh = NULL;
		struct bgp_attrs attrs;
		if (set == NULL)
			continue;
		fault = bgp_attrs_unpack(attr_set_packed(set), &attrs);
		if (!failed(fault))
			fault = audience_make(table, plan, set->session, &attrs, &fresh);
		if (!failed(fault)) {
			audience_unref(&table->audiences, set->audience_old);
			set->audience_old = fresh;
			set->next_hop_old = rules_next_hop_of(plan, &attrs);
		}
	}
	table->audiences.is_on_credit = false;
	if (failed(fault)) {
		attr_table_forget_old(table);
		return fault;
	}
	for (uint32_t i = 1; i < table->sets_used; i++) {
		struct attr_set *set = table->sets[i];
		if (set == NULL)
			continue;
		const struct rules_audience *fresh = set->audience_old;
		set->audience_old = set->audience;
		set->audience = fresh;
		struct plan_next_hop next_hop = set->next_hop_old;
		set->next_hop_old = set->next_hop;
		set->next_hop = next_hop;
	}
	return fault_none();
}
