/* ledger/newest.h — the log from its end: who looks for what was said last reads no more than what
 * came after it.
 * Owns    nothing
 * Faults  those of the store · MALFORMED: the last card is none
 * Thread  that of the store */
#ifndef LEDGER_NEWEST_H
#define LEDGER_NEWEST_H

#include "base/instant.h"
#include "base/octets.h"
#include "store/store.h"

/* Cards from the newest back, of the type or, for NULL, of all; `each` false ends the walk, and may
 * not write the store. */
MUST_USE struct fault ledger_walk_back(struct store *store, const char *type,
				       bool (*each)(void *context, uint64_t number,
						    struct octets card),
				       void *context);

/* The time of the last card; 0 when there is none: unchanged data give unchanged documents. */
MUST_USE struct fault ledger_newest(struct store *store, struct wall *out);

#endif
