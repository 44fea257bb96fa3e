/* rib/export.h — an attribute set as it leaves: communities scrubbed, next hop of a blackhole.
 * Owns    nothing: views into the set and the shard's scratch, valid until the next
 * Thread  the owner of the shard */
#ifndef RIB_EXPORT_H
#define RIB_EXPORT_H

#include "rib/shard.h"

/* `out` borrows from the set, from *attrs, which is filled for it, and from the shard's scratch. */
void export_fill(struct rib *rib, enum family family, struct attr_id attr, uint8_t prepend_count,
		 struct bgp_attrs *attrs, struct bgp_export *out);

#endif
