/* registry/inside.h — what the files of this folder share: statements that write a member.
 *
 * All of them run inside the caller's transaction.
 * Owns    a book of slots is a plain value
 * Faults  CONFLICT with a complaint · those of the store
 * Thread  that of the store */
#ifndef REGISTRY_INSIDE_H
#define REGISTRY_INSIDE_H

#include "registry/registry.h"

/* Which slots were taken when it was read.  One given back meanwhile is used only when nothing
 * else is free, so that a session and its successor do not meet in one change. */
struct slots {
	bool is_taken[SESSIONS_MAX];
	uint32_t from; /* none below is free */
};

MUST_USE struct fault slots_read(struct store *store, struct slots *out);

/* The lan that holds the address; NULL when none does. */
const struct prefix *registry_lan_of(const struct registry_exchange *exchange,
				     const struct address *address);

/* The number alone: whose it may not be, and what the rules say of it. */
void registry_asn_check(const struct registry_exchange *exchange, uint32_t asn,
			struct complaints *complaints);
void registry_address_check(const struct registry_exchange *exchange, const char *who,
			    const struct address *address, struct complaints *complaints);

/* Why no member may have the address, to stand behind it; NULL when one may. */
const char *registry_address_wrong(const struct registry_exchange *exchange,
				   const struct address *address);

/* False: registry_member_check says an error that is no address's. */
bool registry_connection_is_sound(const struct registry_exchange *exchange,
				  const struct registry_member *member);

/* --- unserved.c: what members want and the exchange does not offer, told once for all ------- */

#define TALLY_NAMED_MAX 3u

/* Members, taken in order of their numbers; the first of them by name. */
struct tally {
	uint32_t count;
	uint32_t last_asn;
	uint32_t asn[TALLY_NAMED_MAX];
};

struct unserved {
	struct tally no_listener[FAMILY_COUNT]; /* nothing listens on the family they have */
	struct tally no_blackhole;
};

void unserved_take(struct unserved *unserved, const struct registry_exchange *exchange,
		   const struct registry_member *member);
void unserved_take_address(struct unserved *unserved, const struct registry_exchange *exchange,
			   uint32_t asn, const struct address *address);
void unserved_tell(const struct unserved *unserved, struct complaints *complaints);

/* *id of the member of this number; ABSENT when there is none. */
MUST_USE struct fault member_find(struct store *store, uint32_t asn, int64_t *id);
MUST_USE struct fault member_insert(struct store *store, uint32_t asn, const char *name,
				    const char *as_macro, int64_t *id);
MUST_USE struct fault member_update(struct store *store, uint32_t asn, const char *name,
				    const char *as_macro);
MUST_USE struct fault member_rename(struct store *store, uint32_t asn, const char *name);
MUST_USE struct fault member_macro_set(struct store *store, uint32_t asn, const char *as_macro);
MUST_USE struct fault member_delete(struct store *store, uint32_t asn);
MUST_USE struct fault connection_insert(struct store *store, int64_t member_id,
					const struct registry_member *member, int64_t *id);
MUST_USE struct fault connection_update(struct store *store, const struct registry_member *member);
MUST_USE struct fault connection_limit_set(struct store *store, int64_t id, enum family family,
					   uint32_t routes_max);
MUST_USE struct fault connection_delete(struct store *store, int64_t id);
MUST_USE struct fault address_insert(struct store *store, struct slots *slots,
				     int64_t connection_id, const struct address *address,
				     struct complaints *complaints);
MUST_USE struct fault address_delete(struct store *store, const struct address *address);

/* Ends a transaction: commits when `fault` is none, else takes all back and says why if nobody
 * has.  `what` begins the sentence. */
MUST_USE struct fault transaction_end(struct store *store, struct fault fault, const char *what,
				      struct complaints *complaints);

#endif
