/* registry/fact_inside.h — what the files of facts in the store share.
 * Owns    nothing
 * Faults  CONFLICT with a complaint · those of the store
 * Thread  that of the store */
#ifndef REGISTRY_FACT_INSIDE_H
#define REGISTRY_FACT_INSIDE_H

#include "registry/fact_store.h"

/* The fact as a record, or that it goes. */
MUST_USE struct fault fact_record_send(struct store *store, const struct fact *fact,
				       bool is_removal, struct complaints *complaints);

#endif
