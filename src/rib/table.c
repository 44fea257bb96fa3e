/* rib/table.c — prefixes and routes.
 *
 * Entries are found through an array of slots, probed one after the other from the place that the
 * hash names.  A slot holds an entry's number and six more bits of its hash, so a prefix that is
 * not there is known as such without a look at other prefixes' entries, which lie anywhere in
 * memory: most of the cost of a new prefix was that look.
 *
 * Invariants
 *  1. Number 0 is never given out, so an empty slot is 0.
 *  2. An entry in use stands in exactly one slot, with no empty one between its hash's place and
 *     it; one in the free list has ENTRY_FREE.
 *  3. routes_room == 0 means at most one route, in place; the same for sent.
 *  4. route_count of the table = the sum over entries; refused_count the part with a reason. */
#include "rib/table.h"

#include <assert.h>

#include "base/check.h"
#include "base/mem.h"

#define SLOTS_MIN 1024u
#define SLOT_NUMBER_BITS 26u
#define SLOT_NUMBER_MASK ((1u << SLOT_NUMBER_BITS) - 1u)
#define ROUTES_ROOM_MIN 4u

static_assert(TABLE_ENTRIES_MAX <= SLOT_NUMBER_MASK + 1u, "a slot holds every entry's number");
static_assert(TABLE_HASH_SPARE_BIT + TABLE_HASH_SPARE_BITS <= 32 + SLOT_NUMBER_BITS,
	      "what a slot holds of a hash is not spare");

static struct fault slots_resize(struct table *table, uint32_t count);

struct fault table_init(struct table *table, enum family family, struct heap *heap,
			struct hash_key key)
{
	*table = (struct table){ .heap = heap, .key = key, .family = family, .entries_used = 1 };
	return slots_resize(table, SLOTS_MIN);
}

static void entry_fini(struct table *table, struct attr_table *attrs, struct entry *entry)
{
	struct route *routes = entry_routes(entry);
	struct sent_path *sent = entry_sent(entry);

	for (uint32_t i = 0; i < entry->route_count; i++)
		attr_table_unref(attrs, routes[i].attr);
	for (uint32_t i = 0; i < entry->sent_count; i++)
		attr_table_unref(attrs, sent[i].attr);
	if (entry->routes_room != 0)
		heap_free(table->heap, entry->routes.many, entry->routes_room * sizeof *routes);
	if (entry->sent_room != 0)
		heap_free(table->heap, entry->sent.many, entry->sent_room * sizeof *sent);
}

void table_fini(struct table *table, struct attr_table *attrs)
{
	for (uint32_t i = 1; i < table->entries_used; i++) {
		struct entry *entry = table_entry(table, i);
		if ((entry->flags & ENTRY_FREE) == 0)
			entry_fini(table, attrs, entry);
	}
	for (uint32_t i = 0; i < table->chunk_count; i++) {
		heap_free(table->heap, table->chunks[i], sizeof *table->chunks[i]);
		if (table->keys != NULL)
			heap_free(table->heap, table->keys[i], sizeof *table->keys[i]);
	}
	heap_free(table->heap, table->chunks, table->chunk_room * sizeof *table->chunks);
	heap_free(table->heap, table->keys, table->key_room * sizeof *table->keys);
	heap_free(table->heap, table->chunk_stamp, table->stamp_room * sizeof *table->chunk_stamp);
	heap_free(table->heap, table->slots, table->slot_count * sizeof *table->slots);
	*table = (struct table){ 0 };
}

static uint32_t prefix_ipv4(const struct prefix *prefix)
{
	return (uint32_t)prefix->octet[0] << 24 | (uint32_t)prefix->octet[1] << 16 |
	       (uint32_t)prefix->octet[2] << 8 | prefix->octet[3];
}

static uint64_t half_of(const uint8_t *octet)
{
	uint64_t half = 0;

	mem_copy(&half, octet, sizeof half);
	return half;
}

uint64_t table_hash(struct hash_key key, const struct prefix *prefix)
{
	if (prefix->family == FAMILY_IPV4)
		return hash_words(key, prefix_ipv4(prefix), prefix->len_bits);
	return hash_words(key, half_of(prefix->octet) ^ prefix->len_bits,
			  half_of(prefix->octet + 8));
}

static uint8_t *entry_key(const struct table *table, uint32_t index)
{
	return table->keys[index / TABLE_CHUNK_ENTRIES]->octet[index % TABLE_CHUNK_ENTRIES];
}

void table_prefix_of(const struct table *table, uint32_t index, struct prefix *out)
{
	const struct entry *entry = table_entry(table, index);

	*out = (struct prefix){ .family = (uint8_t)table->family, .len_bits = entry->len_bits };
	if (table->family == FAMILY_IPV4) {
		out->octet[0] = (uint8_t)(entry->ipv4 >> 24);
		out->octet[1] = (uint8_t)(entry->ipv4 >> 16);
		out->octet[2] = (uint8_t)(entry->ipv4 >> 8);
		out->octet[3] = (uint8_t)entry->ipv4;
	} else {
		mem_copy(out->octet, entry_key(table, index), 16);
	}
}

static bool entry_is(const struct table *table, uint32_t index, const struct prefix *prefix)
{
	const struct entry *entry = table_entry(table, index);

	if (entry->len_bits != prefix->len_bits)
		return false;
	if (table->family == FAMILY_IPV4)
		return entry->ipv4 == prefix_ipv4(prefix);
	const uint8_t *key = entry_key(table, index);
	return half_of(key) == half_of(prefix->octet) &&
	       half_of(key + 8) == half_of(prefix->octet + 8);
}

static uint32_t slot_of(uint64_t hash, uint32_t index)
{
	return (uint32_t)(hash >> (32 + SLOT_NUMBER_BITS)) << SLOT_NUMBER_BITS | index;
}

/* The first slot from the hash's place on that is empty, or whose entry has the prefix. */
static uint32_t slot_find(const struct table *table, uint64_t hash, const struct prefix *prefix)
{
	uint32_t mask = table->slot_count - 1;
	uint32_t tag = slot_of(hash, 0);
	uint32_t at = (uint32_t)hash & mask;

	for (uint32_t slot; (slot = table->slots[at]) != 0; at = (at + 1) & mask) {
		if ((slot & ~SLOT_NUMBER_MASK) == tag &&
		    entry_is(table, slot & SLOT_NUMBER_MASK, prefix))
			break;
	}
	return at;
}

static uint64_t entry_hash(const struct table *table, uint32_t index)
{
	struct prefix prefix;

	table_prefix_of(table, index, &prefix);
	return table_hash(table->key, &prefix);
}

/* All entries into empty slots.  Each one's place is anywhere in memory: those of some are fetched
 * together. */
static void slots_fill(struct table *table)
{
	enum { AT_ONCE = 16 };
	uint32_t mask = table->slot_count - 1;

	for (uint32_t first = 1; first < table->entries_used; first += AT_ONCE) {
		uint32_t end = first + AT_ONCE < table->entries_used ? first + AT_ONCE :
								       table->entries_used;
		uint64_t hash[AT_ONCE];
		for (uint32_t i = first; i < end; i++) {
			hash[i - first] = entry_hash(table, i);
			table_expect(table, hash[i - first]);
		}
		for (uint32_t i = first; i < end; i++) {
			uint32_t at = (uint32_t)hash[i - first] & mask;
			if ((table_entry(table, i)->flags & ENTRY_FREE) != 0)
				continue;
			while (table->slots[at] != 0)
				at = (at + 1) & mask;
			table->slots[at] = slot_of(hash[i - first], i);
		}
	}
}

static struct fault slots_resize(struct table *table, uint32_t count)
{
	uint32_t *fresh = heap_array(table->heap, count, sizeof *fresh);

	if (fresh == NULL)
		return fault_of(FAULT_LIMIT, 0);
	heap_free(table->heap, table->slots, table->slot_count * sizeof *table->slots);
	table->slots = fresh;
	table->slot_count = count;
	slots_fill(table);
	return fault_none();
}

/* Empties a slot.  What stands behind it and would not be found any more moves up. */
static void slot_clear(struct table *table, uint32_t at)
{
	uint32_t mask = table->slot_count - 1;

	for (uint32_t next = (at + 1) & mask; table->slots[next] != 0; next = (next + 1) & mask) {
		uint32_t index = table->slots[next] & SLOT_NUMBER_MASK;
		uint32_t home = (uint32_t)entry_hash(table, index) & mask;
		if (((next - home) & mask) < ((next - at) & mask))
			continue;
		table->slots[at] = table->slots[next];
		at = next;
	}
	table->slots[at] = 0;
}

uint32_t table_find(const struct table *table, const struct prefix *prefix)
{
	return table_find_at(table, prefix, table_hash(table->key, prefix));
}

uint32_t table_find_at(const struct table *table, const struct prefix *prefix, uint64_t hash)
{
	return table->slots[slot_find(table, hash, prefix)] & SLOT_NUMBER_MASK;
}

static struct fault chunk_add(struct table *table)
{
	uint32_t need = table->chunk_count + 1;

	if (!heap_grow(table->heap, (void **)&table->chunks, &table->chunk_room, need,
		       sizeof *table->chunks) ||
	    !heap_grow(table->heap, (void **)&table->chunk_stamp, &table->stamp_room, need,
		       sizeof *table->chunk_stamp))
		return fault_of(FAULT_LIMIT, 0);
	struct entry_chunk *chunk = heap_take(table->heap, sizeof *chunk);
	if (chunk == NULL)
		return fault_of(FAULT_LIMIT, 0);
	if (table->family == FAMILY_IPV6) {
		struct key_chunk *keys = NULL;
		if (heap_grow(table->heap, (void **)&table->keys, &table->key_room, need,
			      sizeof *table->keys))
			keys = heap_take(table->heap, sizeof *keys);
		if (keys == NULL) {
			heap_free(table->heap, chunk, sizeof *chunk);
			return fault_of(FAULT_LIMIT, 0);
		}
		table->keys[table->chunk_count] = keys;
	}
	chunk->entry[0].flags = ENTRY_FREE; /* number 0 */
	table->chunks[table->chunk_count] = chunk;
	table->chunk_stamp[table->chunk_count] = 0;
	table->chunk_count = need;
	return fault_none();
}

static struct fault entry_take(struct table *table, uint32_t *out)
{
	if (table->free_first != 0) {
		*out = table->free_first;
		table->free_first = table_entry(table, *out)->ipv4;
		return fault_none();
	}
	if (table->entries_used == TABLE_ENTRIES_MAX)
		return fault_of(FAULT_LIMIT, 0);
	if (table->entries_used / TABLE_CHUNK_ENTRIES >= table->chunk_count)
		TRY(chunk_add(table));
	*out = table->entries_used++;
	return fault_none();
}

struct fault table_need(struct table *table, const struct prefix *prefix, uint64_t hash,
			uint32_t *out)
{
	uint32_t at = slot_find(table, hash, prefix);

	*out = table->slots[at] & SLOT_NUMBER_MASK;
	if (*out != 0)
		return fault_none();
	/* At most thirteen in sixteen are taken: a look ends in a line or two of the cache. */
	if (table->entry_count >= table->slot_count / 16 * 13) {
		TRY(slots_resize(table, table->slot_count * 2));
		at = slot_find(table, hash, prefix);
	}
	TRY(entry_take(table, out));
	struct entry *entry = table_entry(table, *out);
	*entry = (struct entry){ .len_bits = prefix->len_bits };
	if (table->family == FAMILY_IPV4)
		entry->ipv4 = prefix_ipv4(prefix);
	else
		mem_copy(entry_key(table, *out), prefix->octet, 16);
	table->slots[at] = slot_of(hash, *out);
	table->entry_count++;
	return fault_none();
}

void table_release(struct table *table, uint32_t index)
{
	struct entry *entry = table_entry(table, index);
	struct prefix prefix;

	CHECK(entry->route_count == 0 && entry->sent_count == 0);
	CHECK((entry->flags & ENTRY_FREE) == 0);
	table_prefix_of(table, index, &prefix);
	uint32_t at = slot_find(table, table_hash(table->key, &prefix), &prefix);
	CHECK((table->slots[at] & SLOT_NUMBER_MASK) == index);
	slot_clear(table, at);
	entry_fini(table, NULL, entry);
	*entry = (struct entry){ .ipv4 = table->free_first, .flags = ENTRY_FREE };
	table->free_first = index;
	table->entry_count--;
}

struct route *entry_route_of(struct entry *entry, struct session_id session)
{
	struct route *routes = entry_routes(entry);

	for (uint32_t i = 0; i < entry->route_count; i++) {
		if (routes[i].session.index == session.index)
			return &routes[i];
	}
	return NULL;
}

static struct fault routes_widen(struct table *table, struct entry *entry)
{
	uint32_t room = entry->routes_room == 0 ? ROUTES_ROOM_MIN : entry->routes_room * 2u;
	struct route *fresh = heap_take(table->heap, room * sizeof *fresh);

	if (fresh == NULL)
		return fault_of(FAULT_LIMIT, 0);
	mem_copy(fresh, entry_routes(entry), entry->route_count * sizeof *fresh);
	if (entry->routes_room != 0)
		heap_free(table->heap, entry->routes.many, entry->routes_room * sizeof *fresh);
	entry->routes.many = fresh;
	entry->routes_room = (uint16_t)room;
	return fault_none();
}

struct fault table_route_add(struct table *table, struct entry *entry, struct route **out)
{
	uint32_t room = entry->routes_room == 0 ? 1 : entry->routes_room;

	if (entry->route_count == ROUTES_MAX)
		return fault_of(FAULT_LIMIT, 0);
	if (entry->route_count == room)
		TRY(routes_widen(table, entry));
	*out = &entry_routes(entry)[entry->route_count++];
	table->route_count++;
	return fault_none();
}

void table_route_remove(struct table *table, struct entry *entry, struct route *route)
{
	struct route *routes = entry_routes(entry);

	CHECK(route >= routes && route < routes + entry->route_count);
	*route = routes[--entry->route_count];
	table->route_count--;
	if (entry->route_count == 1 && entry->routes_room != 0) {
		struct route last = routes[0];
		heap_free(table->heap, routes, entry->routes_room * sizeof *routes);
		entry->routes_room = 0;
		entry->routes.one = last;
	}
}

struct fault table_sent_set(struct table *table, struct entry *entry, const struct sent_path *paths,
			    uint32_t count)
{
	CHECK(count <= SENT_PATHS_MAX);
	struct sent_path *fresh = NULL;

	if (count > 1 && count != entry->sent_room) {
		fresh = heap_take(table->heap, count * sizeof *fresh);
		if (fresh == NULL)
			return fault_of(FAULT_LIMIT, 0);
	}
	if (entry->sent_room != 0 && (count <= 1 || fresh != NULL)) {
		heap_free(table->heap, entry->sent.many, entry->sent_room * sizeof *fresh);
		entry->sent_room = 0;
	}
	if (fresh != NULL) {
		entry->sent.many = fresh;
		entry->sent_room = (uint8_t)count;
	}
	entry->sent_count = (uint8_t)count;
	mem_copy(entry_sent(entry), paths, count * sizeof *paths);
	return fault_none();
}

void table_stamp(struct table *table, uint32_t index, uint32_t epoch)
{
	table_entry(table, index)->stamp = epoch;
	table->chunk_stamp[index / TABLE_CHUNK_ENTRIES] = epoch;
}
