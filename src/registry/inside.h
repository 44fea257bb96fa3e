/* registry/inside.h — what the files of this folder share: records that change a member.
 *
 * All of them are written inside the caller's transaction.
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
	bool is_given_back[SESSIONS_MAX];
	uint32_t from; /* none below is free */
};

MUST_USE struct fault slots_read(struct store *store, struct slots *out);
/* LIMIT with a complaint: none is free for `address`. */
MUST_USE struct fault slot_take(struct slots *slots, const struct address *address, uint16_t *out,
				struct complaints *complaints);
void slot_give_back(struct slots *slots, uint16_t slot);

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

/* --- slat.c --- */

/* What is wrong with the addresses that only the table has. */
void registry_slat_check(const struct registry_exchange *exchange,
			 const struct registry_member *member, struct complaints *complaints);

/* CONFLICT with a complaint: another connection has one of them. */
MUST_USE struct fault registry_slat_taken(struct store *store, const struct registry_member *member,
					  struct complaints *complaints);

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
	struct tally no_ipv6; /* where next hops are translated: nothing to tell instead */
	struct tally no_ipv4;
};

void unserved_take(struct unserved *unserved, const struct registry_exchange *exchange,
		   const struct registry_member *member);
void unserved_take_address(struct unserved *unserved, const struct registry_exchange *exchange,
			   uint32_t asn, const struct address *address);
void unserved_tell(const struct unserved *unserved, struct complaints *complaints);

/* Warns of MAC addresses that several members are recorded with. */
MUST_USE struct fault macs_verify(struct store *store, struct complaints *complaints);

/* --- write.c: changes as records, each complained of when it cannot be --------------------- */

/* *id of the member of this number; ABSENT when there is none. */
MUST_USE struct fault member_find(struct store *store, uint32_t asn, int64_t *id);
MUST_USE struct fault member_record_write(struct store *store, int64_t id, uint32_t asn,
					  const char *name, const char *as_macro,
					  struct complaints *complaints);
MUST_USE struct fault member_insert(struct store *store, uint32_t asn, const char *name,
				    const char *as_macro, struct complaints *complaints);

/* NULL keeps what is; nothing is recorded when nothing changes.  ABSENT: no such member. */
MUST_USE struct fault member_update(struct store *store, uint32_t asn, const char *name,
				    const char *as_macro, struct complaints *complaints);
MUST_USE struct fault member_delete(struct store *store, uint32_t asn,
				    struct complaints *complaints);

/* The connection as it is to be, addresses and their slots too; without a number it is new and
 * gets one. */
MUST_USE struct fault connection_write(struct store *store, struct registry_member *member,
				       struct complaints *complaints);
MUST_USE struct fault connection_delete(struct store *store, const struct registry_member *member,
					struct complaints *complaints);
bool connection_equal(const struct registry_member *a, const struct registry_member *b);

/* Whose connection has an address; connection_id 0 = nobody's. */
struct holder {
	int64_t connection_id;
	uint32_t asn;
	char name[REGISTRY_TEXT_MAX];
};

MUST_USE struct fault address_holder(struct store *store, const struct address *address,
				     struct holder *out);

/* CONFLICT, with a complaint that names the clause: an address is in one hand. */
MUST_USE struct fault taken_complain(struct store *store, const struct address *address,
				     const struct holder *holder, struct complaints *complaints);

/* Ends a transaction: commits when `fault` is none, else takes all back and says why if nobody
 * has.  `what` begins the sentence. */
MUST_USE struct fault transaction_end(struct store *store, struct fault fault, const char *what,
				      struct complaints *complaints);

#endif
