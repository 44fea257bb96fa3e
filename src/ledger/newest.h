/* ledger/newest.h — when the record was last added to: the time of what is made of it, so that
 * unchanged data give unchanged documents.
 * Owns    nothing
 * Faults  those of the store
 * Thread  that of the store */
#ifndef LEDGER_NEWEST_H
#define LEDGER_NEWEST_H

#include "base/instant.h"
#include "store/store.h"

/* The time of the last card; 0 when there is none. */
MUST_USE struct fault ledger_newest(struct store *store, struct wall *out);

#endif
