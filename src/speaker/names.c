/* speaker/names.c — open addressing over numbers, at most half full. */
#include "speaker/names.h"

#include "base/check.h"
#include "base/mem.h"

#define SLOTS_MIN 1024u

void names_init(struct names *names, struct heap *heap, struct hash_key key)
{
	*names = (struct names){ .heap = heap, .key = key };
}

void names_fini(struct names *names)
{
	heap_free(names->heap, names->octets, names->octets_room);
	heap_free(names->heap, names->list, names->room * sizeof *names->list);
	heap_free(names->heap, names->slot, names->slot_room * sizeof *names->slot);
	*names = (struct names){ .heap = names->heap, .key = names->key };
}

struct octets names_of(const struct names *names, uint32_t number)
{
	CHECK(number != 0 && number <= names->count);
	const struct name *name = &names->list[number - 1];

	return octets_of(names->octets + name->at_octet, name->len_octets);
}

static uint64_t hash_of(const struct names *names, uint32_t tag, struct octets octets)
{
	struct hash_key key = { names->key.k0 ^ tag, names->key.k1 };

	return hash_octets(key, octets);
}

/* The slot that holds the stretch, or the free one where it belongs. */
static uint32_t slot_of(const struct names *names, uint64_t hash, uint32_t tag,
			struct octets octets)
{
	uint32_t mask = names->slot_room - 1;
	uint32_t at = (uint32_t)hash & mask;

	for (; names->slot[at] != 0; at = (at + 1) & mask) {
		const struct name *name = &names->list[names->slot[at] - 1];
		if (name->hash == hash && name->tag == tag &&
		    octets_equal(names_of(names, names->slot[at]), octets))
			break;
	}
	return at;
}

uint32_t names_find(const struct names *names, uint32_t tag, struct octets octets)
{
	if (names->slot_room == 0)
		return 0;
	return names->slot[slot_of(names, hash_of(names, tag, octets), tag, octets)];
}

static struct fault slots_grow(struct names *names)
{
	uint32_t room = names->slot_room == 0 ? SLOTS_MIN : names->slot_room * 2;
	uint32_t *slot = room == 0 ? NULL : heap_array(names->heap, room, sizeof *slot);

	if (slot == NULL)
		return fault_of(FAULT_LIMIT, 0);
	for (uint32_t i = 0; i < names->count; i++) {
		uint32_t at = (uint32_t)names->list[i].hash & (room - 1);
		while (slot[at] != 0)
			at = (at + 1) & (room - 1);
		slot[at] = i + 1;
	}
	heap_free(names->heap, names->slot, names->slot_room * sizeof *names->slot);
	names->slot = slot;
	names->slot_room = room;
	return fault_none();
}

struct fault names_take(struct names *names, uint32_t tag, struct octets octets, uint32_t *number)
{
	if (names->count >= names->slot_room / 2)
		TRY(slots_grow(names));
	uint64_t hash = hash_of(names, tag, octets);
	uint32_t at = slot_of(names, hash, tag, octets);
	if (names->slot[at] != 0) {
		*number = names->slot[at];
		return fault_none();
	}
	uint32_t end = 0;
	if (__builtin_add_overflow(names->octets_used, octets.len_octets, &end) ||
	    !heap_grow(names->heap, (void **)&names->octets, &names->octets_room, end, 1) ||
	    !heap_grow(names->heap, (void **)&names->list, &names->room, names->count + 1,
		       sizeof *names->list))
		return fault_of(FAULT_LIMIT, 0);
	if (octets.len_octets != 0)
		mem_copy(names->octets + names->octets_used, octets.at, octets.len_octets);
	names->list[names->count++] = (struct name){
		.hash = hash,
		.at_octet = names->octets_used,
		.len_octets = octets.len_octets,
		.tag = tag,
	};
	names->octets_used = end;
	names->slot[at] = *number = names->count;
	return fault_none();
}
