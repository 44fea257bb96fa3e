/* speaker/names.h — stretches of octets as small numbers: equal stretches have the same number.
 *
 * Numbers count from 1 in the order of meeting; 0 names nothing.  A tag keeps stretches apart that
 * mean different things.
 * Owns    copies of all stretches, from the heap it was given; nothing is ever taken out
 * Faults  LIMIT when memory is out
 * Thread  one at a time */
#ifndef SPEAKER_NAMES_H
#define SPEAKER_NAMES_H

#include <stdbool.h>

#include "base/fault.h"
#include "base/hash.h"
#include "base/heap.h"

struct name {
	uint64_t hash;
	uint32_t at_octet;
	uint32_t len_octets;
	uint32_t tag;
};

struct names {
	struct heap *heap;
	struct hash_key key;
	uint8_t *octets;
	uint32_t octets_used;
	uint32_t octets_room;
	struct name *list; /* number - 1 */
	uint32_t count;
	uint32_t room;
	uint32_t *slot; /* numbers by hash; 0 = free */
	uint32_t slot_room;
};

void names_init(struct names *names, struct heap *heap, struct hash_key key);
void names_fini(struct names *names);

/* 0 when it was never met. */
uint32_t names_find(const struct names *names, uint32_t tag, struct octets octets);
MUST_USE struct fault names_take(struct names *names, uint32_t tag, struct octets octets,
				 uint32_t *number);

/* Borrowed until the next names_take. */
struct octets names_of(const struct names *names, uint32_t number);

#endif
