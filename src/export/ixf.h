/* export/ixf.h — the list of members for PeeringDB, IXPDB and peering managers: IX-F 1.0.
 *
 * The public form has no contact that is not marked public, no limits, and no member whose number
 * is private or for documentation; the full form has all, for the exchange itself.  What is not
 * known is left out; nothing is null.  The time stamp is that of the data: the same data gives the
 * same octets.
 * Shape   euro-ix/json-schemas, versions/ixp-member-list-1.0.schema.json; members ascending by
 *         AS number, the route server as one of them
 * Owns    nothing
 * Faults  those of the store · SHORT: the sink refused
 * Bound   IXF_VLANS_MAX VLANs
 * Thread  that of the store */
#ifndef EXPORT_IXF_H
#define EXPORT_IXF_H

#include "registry/fact_store.h"
#include "registry/registry.h"
#include "text/sink.h"

#define IXF_VLANS_MAX 64u

struct ixf_export {
	bool is_full;
	const char *timestamp; /* RFC 3339; NULL = that of the data */
};

/* What the exchange should still find out is a warning. */
MUST_USE struct fault ixf_export_print(struct store *store,
				       const struct registry_exchange *exchange,
				       const struct ixf_export *how, struct text_sink out,
				       struct complaints *complaints);

#endif
