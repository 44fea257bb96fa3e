/* rib/foresee.h — what another plan would make of the routes that are held, with nothing changed.
 *
 * The same judgement as a change of plan makes (rib/rejudge.c), for a rule book that is only
 * proposed.  What depends on the attributes alone is worked out once a set and session, and kept
 * between slices under the set's hash: a number may be another set's by then.
 * Owns    a foresight its memory: foresight_init/_fini
 * Faults  without memory every route is judged by itself: slower, the same
 * Thread  the owner of the shard
 * Source  the same checks as rules/check.h */
#ifndef RIB_FORESEE_H
#define RIB_FORESEE_H

#include "rib/rib.h"
#include "rules/reason.h"

struct foresight_verdict {
	uint64_t hash; /* of the set */
	uint16_t session;
	uint8_t reason; /* enum reason of the attributes alone */
	bool is_known;
};

/* One for each shard. */
struct foresight {
	struct heap *heap;
	struct foresight_verdict *verdict; /* by number of the set */
	uint32_t room;
};

void foresight_init(struct foresight *foresight, struct heap *heap);
void foresight_fini(struct foresight *foresight); /* for CLEAN */

/* Each held route of a family with what `plan` makes of it, `entries_max` entries a call from
 * *place on (0 at first); those that wait for room below a limit are left out, as no plan judges
 * them.  True while there is more. */
typedef void (*foresight_each)(void *context, const struct prefix *prefix,
			       const struct route *route, enum reason after);
bool rib_foresee(const struct rib *rib, enum family family, const struct plan *plan,
		 struct foresight *foresight, uint32_t entries_max, uint32_t *place,
		 foresight_each each, void *context);

#endif
