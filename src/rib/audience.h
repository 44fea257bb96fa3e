/* rib/audience.h — whom attribute sets address, each kept once a session and counted.
 *
 * Shape   a rules_audience has a bit for every session, five times: far more than the attributes
 *         that it follows from.  Most sets of a session that steers its routes address the same, so
 *         they share it.  Sessions do not share: what one holds depends on nobody else.
 * Owns    its records; audience_keep adds a user, audience_unref takes one, the last one frees
 * Faults  LIMIT when memory is out
 * Thread  the owner of the shard; the account's counts are for any */
#ifndef RIB_AUDIENCE_H
#define RIB_AUDIENCE_H

#include <stdatomic.h>

#include "base/fault.h"
#include "base/hash.h"
#include "base/heap.h"
#include "net/identifier.h"
#include "rules/community.h"

/* What each session's attribute sets and audiences take, in all shards that share the account:
 * octets of records, with what the allocator and the tables of numbers need for each. */
struct attr_account {
	_Atomic uint64_t octets[SESSIONS_MAX];
};

static inline uint64_t attr_account_of(const struct attr_account *account,
				       struct session_id session)
{
	return atomic_load_explicit(&account->octets[session.index], memory_order_relaxed);
}

/* NULL: nobody counts. */
void attr_account_add(struct attr_account *account, struct session_id session, uint64_t octets);
void attr_account_take(struct attr_account *account, struct session_id session, uint64_t octets);

struct audience_table {
	struct heap *heap;
	struct hash_key key;
	struct attr_account *account;
	struct audience **buckets;
	uint32_t bucket_count; /* a power of two; 0 = none yet */
	uint32_t count;
	/* A change of plan makes those of the new one beside the old: each was paid for twice when
	 * it came, so these are paid for when the old ones are gone. */
	bool is_on_credit;
};

/* The same as `who`, with one user more; valid until its last user goes. */
MUST_USE struct fault audience_keep(struct audience_table *table, struct session_id session,
				    const struct rules_audience *who,
				    const struct rules_audience **out);

/* What was kept on credit is paid for; NULL is allowed. */
void audience_settle(struct audience_table *table, const struct rules_audience *who);

/* Both as audience_keep gave them out; NULL, which is everyone, is allowed. */
const struct rules_audience *audience_ref(const struct rules_audience *who);
void audience_unref(struct audience_table *table, const struct rules_audience *who);

/* None may be left. */
void audience_fini(struct audience_table *table);

#endif
