/* rpki/json.h — VRPs and ASPAs from the JSON that rpki-client and Routinator write, as a stream: a
 * tree of 700,000 objects would take half a gigabyte.
 *
 * Shape   {"roas": [{"asn": 64496 or "AS64496", "prefix": "203.0.113.0/24", "maxLength": 28}, ...],
 *         "aspas": [{"customer_asid" or "customer": ..., "providers": [...]}, ...], ...}; other
 *         names are passed over
 * Owns    nothing; what the parser needs is given back
 * Bound   RPKI_JSON_DEPTH_MAX collections in each other, RPKI_JSON_OCTETS_MAX octets, about
 *         RPKI_JSON_VALUE_OCTETS_MAX of one value, and what a draft holds
 * Faults  whatever the source says · MALFORMED, SHORT (cut) and LIMIT, with a complaint that names
 *         the octet and the record.  A file with one bad record is refused as a whole: half of what
 *         holders said makes other routes invalid
 * Thread  one a call */
#ifndef RPKI_JSON_H
#define RPKI_JSON_H

#include "base/source.h"
#include "rpki/data.h"

#define RPKI_JSON_DEPTH_MAX 16u
#define RPKI_JSON_OCTETS_MAX (UINT64_C(1) << 30)
#define RPKI_JSON_VALUE_OCTETS_MAX (256u * 1024u) /* of a value, or of blanks between two */

/* `file` is only named in complaints. */
MUST_USE struct fault rpki_json_read(const char *file, struct source *source,
				     struct rpki_draft *draft, struct complaints *complaints);

#endif
