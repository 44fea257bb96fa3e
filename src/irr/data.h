/* irr/data.h — the sets of all members at one moment, and who differs between two moments.
 * Owns    counted, like a set; holds a use of each set
 * Faults  LIMIT: memory
 * Thread  any once filled */
#ifndef IRR_DATA_H
#define IRR_DATA_H

#include "irr/set.h"

#define IRR_MEMBERS_MAX 4096u

struct irr_member {
	uint32_t asn;
	struct irr_set *set; /* never NULL */
};

struct irr_data {
	_Atomic uint32_t users;
	struct heap heap;
	uint32_t count;
	struct irr_member *member; /* ascending */
};

/* Takes a use of each set; members in any order, each once. */
MUST_USE struct fault irr_data_new(const struct irr_member *members, uint32_t count,
				   struct irr_data **out);
struct irr_data *irr_data_ref(struct irr_data *data); /* NULL is allowed, here and below */
void irr_data_unref(struct irr_data *data);

/* NULL: nothing was heard of the member. */
const struct irr_set *irr_data_of(const struct irr_data *data, uint32_t asn);

/* The member's set is another in `after`, or there in only one of them. */
bool irr_data_differs(const struct irr_data *before, const struct irr_data *after, uint32_t asn);

#endif
