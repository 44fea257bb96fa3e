/* rib/table.h — the prefixes of one family in one shard, and the routes held for each.
 *
 * Shape   a prefix has a dense number, so its entry, and in IPv6 its key, stand in chunked arrays.
 *         An entry holds one route and one sent path in place, more in arrays.  Entries are found
 *         by a keyed hash: prefixes are a stranger's choice.
 * Owns    entries, their arrays, and the user counts of the attribute sets they name
 * Bound   TABLE_ENTRIES_MAX prefixes; ROUTES_MAX routes a prefix; SENT_PATHS_MAX sent paths
 * Faults  LIMIT when a bound or memory is reached
 * Thread  the owner of the shard */
#ifndef RIB_TABLE_H
#define RIB_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/hash.h"
#include "base/heap.h"
#include "net/identifier.h"
#include "net/prefix.h"
#include "rib/attr_table.h"

#define TABLE_CHUNK_ENTRIES 4096u
#define TABLE_ENTRIES_MAX (64u * 1024u * 1024u)
#define ROUTES_MAX 4096u
#define SENT_PATHS_MAX 64u

/* One session's route for the prefix. */
struct route {
	struct attr_id attr;
	struct session_id session;
	uint8_t reason;     /* enum reason; 0 = accepted */
	uint8_t generation; /* of the session's routes: an older one is stale */
	uint32_t since_s;   /* when this set arrived */
};

/* A path as last announced, in order of preference; who has it follows from the audiences. */
struct sent_path {
	struct attr_id attr;
	struct session_id session;
	uint16_t spare;
};

enum entry_flag {
	ENTRY_DIRTY = 1,    /* stands in the queue of prefixes to decide */
	ENTRY_NEW_PLAN = 2, /* during a change of plan: its sent paths are already of the new one */
	ENTRY_BURIED = 4,   /* nothing held or sent; kept until every reader knows */
	ENTRY_FREE = 8,
};

struct entry {
	union {
		struct route one; /* route_count <= 1 */
		struct route *many;
	} routes;
	union {
		struct sent_path one; /* sent_count <= 1 */
		struct sent_path *many;
	} sent;
	uint32_t stamp; /* the epoch in which it was last sent */
	uint32_t ipv4;  /* the prefix when IPv4, host order; in the free list the next, 0 ends */
	uint16_t route_count;
	uint16_t routes_room; /* of the arrays; 0 = in place */
	uint8_t sent_count;
	uint8_t sent_room;
	uint8_t len_bits;
	uint8_t flags; /* enum entry_flag */
};

struct entry_chunk {
	struct entry entry[TABLE_CHUNK_ENTRIES];
};

struct key_chunk {
	uint8_t octet[TABLE_CHUNK_ENTRIES][16];
};

struct table {
	struct heap *heap;
	struct hash_key key;
	enum family family;
	struct entry_chunk **chunks;
	struct key_chunk **keys; /* IPv6 only */
	uint32_t *chunk_stamp;   /* the highest stamp in the chunk */
	uint32_t *slots;         /* by hash; 0 = empty */
	uint32_t chunk_room;
	uint32_t key_room;
	uint32_t stamp_room;
	uint32_t chunk_count;
	uint32_t slot_count;   /* a power of two */
	uint32_t entries_used; /* highest number given out + 1; number 0 is never used */
	uint32_t entry_count;  /* entries in use, buried ones included */
	uint32_t buried_count;
	uint32_t free_first;
	uint64_t route_count;
	uint64_t refused_count;
};

MUST_USE struct fault table_init(struct table *table, enum family family, struct heap *heap,
				 struct hash_key key);
void table_fini(struct table *table, struct attr_table *attrs);

static inline struct entry *table_entry(const struct table *table, uint32_t index)
{
	return &table->chunks[index / TABLE_CHUNK_ENTRIES]->entry[index % TABLE_CHUNK_ENTRIES];
}

/* What finds a prefix in the tables of this key.  Of its bits those from TABLE_HASH_SPARE on name
 * no slot: they may say which of several tables has the prefix. */
#define TABLE_HASH_SPARE_BIT 32u
#define TABLE_HASH_SPARE_BITS 24u
uint64_t table_hash(struct hash_key key, const struct prefix *prefix);

/* The entry's number; 0 when the prefix is not there. */
uint32_t table_find(const struct table *table, const struct prefix *prefix);
uint32_t table_find_at(const struct table *table, const struct prefix *prefix, uint64_t hash);

/* The prefix will be asked for soon: what is needed is fetched meanwhile. */
static inline void table_expect(const struct table *table, uint64_t hash)
{
	__builtin_prefetch(&table->slots[(uint32_t)hash & (table->slot_count - 1)]);
}

/* The entry's number, made when it is not there. */
MUST_USE struct fault table_need(struct table *table, const struct prefix *prefix, uint64_t hash,
				 uint32_t *out);

void table_prefix_of(const struct table *table, uint32_t index, struct prefix *out);

/* Gives the number back; the entry holds and has sent nothing. */
void table_release(struct table *table, uint32_t index);

/* The routes of an entry, in no order. */
static inline struct route *entry_routes(struct entry *entry)
{
	return entry->routes_room == 0 ? &entry->routes.one : entry->routes.many;
}

static inline struct sent_path *entry_sent(struct entry *entry)
{
	return entry->sent_room == 0 ? &entry->sent.one : entry->sent.many;
}

struct route *entry_route_of(struct entry *entry, struct session_id session);

/* Adds room for one more route and counts it; the caller fills it. */
MUST_USE struct fault table_route_add(struct table *table, struct entry *entry, struct route **out);

/* Takes the route out; the caller has given back its attribute set. */
void table_route_remove(struct table *table, struct entry *entry, struct route *route);

/* Replaces the sent paths; attribute users are the caller's. */
MUST_USE struct fault table_sent_set(struct table *table, struct entry *entry,
				     const struct sent_path *paths, uint32_t count);

void table_stamp(struct table *table, uint32_t index, uint32_t epoch);

#endif
