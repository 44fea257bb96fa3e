/* view/memory.h — what the process holds, and what it may grow to with the limits in force.
 * Shape   a term for each thing that takes memory; all together are the formula.  `most_octets` is
 *         what `formula` says, worked out: products and sums of octets, each number with its noun
 * Owns    nothing
 * Thread  any */
#ifndef VIEW_MEMORY_H
#define VIEW_MEMORY_H

#include <stdint.h>

#define VIEW_MEMORY_FORMULA_MAX 192u

enum view_memory_kind {
	VIEW_MEMORY_ATTRIBUTES = 0, /* attribute sets, and whom they address */
	VIEW_MEMORY_ROUTES,         /* prefixes, their routes, and what was sent of them */
	VIEW_MEMORY_LOGS,           /* messages encoded once for everybody */
	VIEW_MEMORY_DECIDING,       /* what is decided and encoded in one go */
	VIEW_MEMORY_SESSIONS,       /* connections and their buffers, and the workers */
	VIEW_MEMORY_PLANS,          /* sessions and rules in force */
	VIEW_MEMORY_EVIDENCE,       /* what the RPKI and IRRs say */
	VIEW_MEMORY_PROGRAM,        /* all else, and what the allocator keeps */
	VIEW_MEMORY_COUNT,
};

struct view_memory_term {
	const char *name;
	uint64_t held_octets;
	uint64_t most_octets;
	char formula[VIEW_MEMORY_FORMULA_MAX];
};

struct view_memory {
	struct view_memory_term term[VIEW_MEMORY_COUNT]; /* by kind */
	uint64_t most_octets;                            /* of all of them */
};

#endif
