/* rib/attr_table.h — attribute sets, each kept once a session and counted.
 *
 * Shape   the packed form of bgp/attrs.h, found by its octets through a keyed hash: they are a
 *         stranger's.  What depends on the set alone is worked out once, when it comes in: the
 *         facts the decision compares, and whom its control communities address.  Sessions do not
 *         share sets: each pays in the account for what it brought, and for nothing else.
 * Owns    its records; x_ref/x_unref count users, the last one frees
 * Bound   ATTR_SETS_MAX sets
 * Faults  LIMIT when memory or numbers are out
 * Thread  the owner of the shard */
#ifndef RIB_ATTR_TABLE_H
#define RIB_ATTR_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/octets.h"
#include "bgp/attrs.h"
#include "plan/plan.h"
#include "rib/audience.h"

#define ATTR_SETS_MAX (64u * 1024u * 1024u)

/* A set's number in its table; 0 is none. */
struct attr_id {
	uint32_t index;
};

struct attr_set {
	uint64_t hash; /* of the packed octets */
	uint32_t users;
	uint32_t chain; /* next in the hash bucket */
	uint32_t packed_octets;
	uint32_t med;
	uint32_t first_asn;
	uint16_t path_len;
	uint8_t origin;
	bool least_preferred; /* GRACEFUL_SHUTDOWN, RFC 8326 */
	struct plan_next_hop next_hop;
	struct plan_next_hop next_hop_old; /* during a change of plan: what it was */
	struct session_id session;         /* who brought it, and pays for it */
	/* NULL = everyone, nothing prepended; the same pointer is the same audience. */
	const struct rules_audience *audience;
	const struct rules_audience *audience_old; /* during a change of plan: what it was */
	uint8_t packed[];
};

struct attr_table {
	struct heap *heap;
	struct hash_key key;
	struct attr_set **sets; /* by number */
	uint32_t *buckets;
	uint32_t sets_room;
	uint32_t sets_used; /* highest number given out + 1 */
	uint32_t set_count;
	uint32_t bucket_count; /* a power of two */
	uint32_t *free_next;   /* numbers to be used again */
	uint32_t free_room;
	uint32_t free_count;
	struct audience_table audiences;
};

MUST_USE struct fault attr_table_init(struct attr_table *table, struct heap *heap,
				      struct hash_key key);
void attr_table_fini(struct attr_table *table);

/* Where it is counted from now on what sessions hold; before the first set. */
void attr_table_account(struct attr_table *table, struct attr_account *account);

/* The session's set of these packed octets with one more user; made when it is new. */
MUST_USE struct fault attr_table_intern(struct attr_table *table, const struct plan *plan,
					struct session_id session, struct octets packed,
					struct attr_id *out);
void attr_table_ref(struct attr_table *table, struct attr_id id);
void attr_table_unref(struct attr_table *table, struct attr_id id);

/* Valid until its last user goes. */
static inline struct attr_set *attr_table_of(const struct attr_table *table, struct attr_id id)
{
	return table->sets[id.index];
}

static inline struct octets attr_set_packed(const struct attr_set *set)
{
	return octets_of(set->packed, set->packed_octets);
}

/* The same attributes, perhaps of two sessions. */
static inline bool attr_table_same(const struct attr_table *table, struct attr_id a,
				   struct attr_id b)
{
	const struct attr_set *left = attr_table_of(table, a);
	const struct attr_set *right = attr_table_of(table, b);

	return a.index == b.index || (left->hash == right->hash &&
				      octets_equal(attr_set_packed(left), attr_set_packed(right)));
}

/* A change of plan begins: every audience becomes the old one and is worked out anew. */
MUST_USE struct fault attr_table_replan(struct attr_table *table, const struct plan *plan);

/* It ended: the old ones go. */
void attr_table_forget_old(struct attr_table *table);

#endif
