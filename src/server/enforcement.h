/* server/enforcement.h — which rule book this server enforces, as a record: when it is another than
 * it said last.
 * Owns    nothing
 * Faults  those of the store; nothing is recorded then, and the next change tries again
 * Thread  whoever holds the record; in no transaction */
#ifndef SERVER_ENFORCEMENT_H
#define SERVER_ENFORCEMENT_H

#include "base/complaint.h"
#include "plan/plan.h"
#include "store/store.h"

MUST_USE struct fault enforcement_record(struct store *store, const struct plan *plan);

#endif
