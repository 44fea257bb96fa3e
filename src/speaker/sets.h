/* speaker/sets.h — attribute sets as small numbers, the same for every way of writing them.
 *
 * What stands on the wire is named first, so that a set is read once however often it comes; what
 * it means is named second.  Speakers and models talk of the second number.
 * Owns    both lists, from the heap it was given
 * Faults  LIMIT when memory is out · MALFORMED: no route may have such attributes
 * Thread  one at a time */
#ifndef SPEAKER_SETS_H
#define SPEAKER_SETS_H

#include "bgp/update.h"
#include "speaker/names.h"

struct sets {
	struct names wire;
	struct names packed;
	uint32_t *packed_of; /* by wire number - 1 */
	uint32_t packed_of_room;
	uint8_t *scratch;    /* of the UPDATE reader */
	uint8_t *made;       /* an UPDATE or packed attributes in the making */
	bool is_lenient;     /* sets are equal when path, next hop and communities are */
	uint32_t *first_asn; /* by packed number - 1, of sets that came: who announced them */
	uint32_t first_asn_room;
};

enum sets_tag {
	SETS_AS4 = 1, /* four-octet ASNs */
	SETS_MP = 2,  /* the stretch begins with the head of MP_REACH_NLRI, up to its NLRI */
};

MUST_USE struct fault sets_init(struct sets *sets, struct heap *heap, struct hash_key key);
void sets_fini(struct sets *sets);

/* The number of a set that a model made; what follows from its path need not be filled in. */
MUST_USE struct fault sets_take(struct sets *sets, const struct bgp_attrs *attrs, uint32_t *number);

/* The first AS of a set that came in an UPDATE. */
static inline uint32_t sets_first_asn(const struct sets *sets, uint32_t number)
{
	return sets->first_asn[number - 1];
}

/* The number of the attributes on the wire, without MP_REACH_NLRI and MP_UNREACH_NLRI; the first
 * `head_octets` are the head of MP_REACH_NLRI.  0 when they were never met. */
uint32_t sets_find_wire(const struct sets *sets, uint32_t tag, struct octets attrs);
MUST_USE struct fault sets_take_wire(struct sets *sets, uint32_t tag, struct octets attrs,
				     uint32_t head_octets, uint32_t *number);

#endif
