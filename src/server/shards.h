/* server/shards.h — the table, split by prefix into shards with a lock each.
 *
 * A prefix belongs to one shard, named by the spare bits of the keyed hash that finds it there.
 * Any worker puts routes in and takes octets out under the shard's lock; its owner, the worker of
 * the same number modulo their count, decides and encodes.  dirty_count and encoded tell the others
 * without the lock.
 * Owns    the shards and their memory
 * Faults  LIMIT when memory is out
 * Thread  any, through shard_enter and shard_leave */
#ifndef SERVER_SHARDS_H
#define SERVER_SHARDS_H

#include <stdatomic.h>

#include "rib/out.h"
#include "server/lock.h"

#define SHARDS_MAX 16u

struct shard {
	struct lock lock;
	struct heap heap;
	struct rib *rib;
	_Atomic uint32_t dirty_count; /* prefixes that wait for a decision */
	_Atomic bool is_judging;      /* a change of plan is under way */
	_Atomic uint64_t encoded;     /* flushes so far */
	uint8_t apart[128];           /* octets, so that no two share a line of a cache */
};

struct shards {
	uint32_t count;
	struct hash_key key;
	_Atomic uint32_t established_count; /* sessions of all workers */
	struct attr_account account;        /* of all shards together */
	struct shard shard[SHARDS_MAX];
};

/* `count` from 1 to SHARDS_MAX. */
MUST_USE struct fault shards_new(struct hash_key key, struct plan *plan, uint32_t count,
				 struct shards **out);
void shards_free(struct shards *shards); /* NULL is allowed */

struct rib *shard_enter(struct shard *shard);

/* The same; NULL while somebody else is in it. */
struct rib *shard_try(struct shard *shard);

/* Notes for the others how many prefixes wait. */
void shard_leave(struct shard *shard);

/* Of the prefix with this table_hash. */
static inline uint32_t shards_number_at(const struct shards *shards, uint64_t hash)
{
	uint32_t spare = (uint32_t)(hash >> TABLE_HASH_SPARE_BIT) &
			 ((1u << TABLE_HASH_SPARE_BITS) - 1u);

	return spare % shards->count;
}

static inline uint32_t shards_number_of(const struct shards *shards, const struct prefix *prefix)
{
	return shards_number_at(shards, table_hash(shards->key, prefix));
}

/* Held routes are still being judged under the plan. */
bool shards_are_judging(const struct shards *shards);

/* The new plan in every shard.  AGAIN while the last one is still being applied in one, LIMIT when
 * memory is out for one: the others have it, and the same call again is for the rest.  No session
 * that the new plan does not have may still hold routes. */
MUST_USE struct fault shards_replan(struct shards *shards, struct plan *plan);

/* Other evidence in every shard, with what differs from before.  AGAIN: the last change is not
 * through in one, and nothing was done.  One thread alone may call this. */
MUST_USE struct fault shards_evidence(struct shards *shards, struct rpki_data *rpki,
				      struct rpki_changes *changes);

#endif
