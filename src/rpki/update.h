/* rpki/update.h — what a cache says between a Cache Response and an End of Data: gathered, and then
 * applied as a whole or not at all.
 *
 * Shape   announcements and withdrawals in the order they came; a full answer begins with nothing,
 *         any other with the snapshot there is.  A record that is announced twice, or withdrawn
 *         without being there, makes the whole wrong; an ASPA takes the place of its customer's
 *         last one
 * Owns    what it gathered, from the heap it was given, until rpki_update_clear
 * Bound   VRPS_MAX changes of either family, and what an aspa_list holds
 * Faults  LIMIT · MALFORMED: the code is the enum rtr_error to tell the cache
 * Thread  one at a time
 * Source  RFC 8210 5.6, 8.2; draft-ietf-sidrops-8210bis 5.12 */
#ifndef RPKI_UPDATE_H
#define RPKI_UPDATE_H

#include "rpki/rtr.h"

struct vrp_change {
	struct vrp_key key;
	uint32_t order; /* of its coming */
	bool announces;
};

struct rpki_update {
	struct heap *heap;
	bool is_full;
	struct vrp_change *change[FAMILY_COUNT];
	uint32_t count[FAMILY_COUNT];
	uint32_t room[FAMILY_COUNT];
	struct aspa_list aspas; /* no provider: a withdrawal */
};

void rpki_update_begin(struct rpki_update *update, struct heap *heap, bool is_full);
MUST_USE struct fault rpki_update_add(struct rpki_update *update, const struct rtr_pdu *pdu);
bool rpki_update_is_empty(const struct rpki_update *update);

/* What `before` (NULL: nothing) becomes by it; `before` stays as it is. */
MUST_USE struct fault rpki_update_apply(struct rpki_update *update, const struct rpki_data *before,
					bool has_aspas, struct rpki_data **out);
void rpki_update_clear(struct rpki_update *update); /* twice is allowed */

#endif
