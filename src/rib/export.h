/* rib/export.h — an attribute set as it leaves: communities scrubbed, next hop of a blackhole.
 * Owns    nothing: views into the set and the scratch
 * Thread  the owner of the shard */
#ifndef RIB_EXPORT_H
#define RIB_EXPORT_H

#include "rib/shard.h"

#define EXPORT_SCRATCH_OCTETS 66000u

struct export_scratch {
	struct bgp_attrs attrs;
	uint8_t octets[EXPORT_SCRATCH_OCTETS];
};

/* `out` borrows from the set and from the scratch. */
void export_fill(const struct rib *rib, enum family family, struct attr_id attr,
		 uint8_t prepend_count, struct export_scratch *scratch, struct bgp_export *out);

#endif
