/* rib/export.h — an attribute set as it leaves: communities scrubbed, the next hop one that the
 * receiver can use, or that of a blackhole.
 * Owns    nothing: views into the set and the shard's scratch, valid until the next
 * Thread  the owner of the shard */
#ifndef RIB_EXPORT_H
#define RIB_EXPORT_H

#include "rib/shard.h"

struct export_room {
	struct bgp_attrs attrs;
	struct plan_next_hop_form next_hop;
};

/* What the item announces, for a wire profile.  `out` borrows from the set, from *room, which is
 * filled for it, and from the shard's scratch. */
void export_fill(struct rib *rib, const struct bgp_wire_profile *wire,
		 const struct batch_item *item, struct export_room *room, struct bgp_export *out);

#endif
