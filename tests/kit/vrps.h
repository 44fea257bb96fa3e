/* kit/vrps.h — real VRPs, as the server reads them.
 * Owns    what is returned: rpki_data_unref
 * Faults  a failed expectation; a skipped case and NULL where the file is absent
 * Thread  one */
#ifndef KIT_VRPS_H
#define KIT_VRPS_H

#include "rpki/data.h"

/* "rpki/rpki-client.20250720T093135Z.json.bz2" */
struct rpki_data *vrps_load(const char *name);

#endif
