/* registry/records.h — every kind of record there is, and every table that records make.
 *
 * A room of records adds its lists to those of all, in registry/apply.c; whoever replays the log
 * goes by them.
 * Owns    nothing
 * Faults  CONFLICT with a complaint · those of the store
 * Thread  any */
#ifndef REGISTRY_RECORDS_H
#define REGISTRY_RECORDS_H

#include "base/complaint.h"
#include "ledger/record.h"

/* Members, connections and their addresses. */
extern const struct record_kind registry_record_kinds[];
extern const struct derived_table registry_derived_tables[];

/* Of all rooms; ended by NULL. */
extern const struct record_kind *const registry_kind_lists[];
extern const struct derived_table *const registry_table_lists[];

/* Gives members of a database from before the log their records; nothing when the log has begun or
 * nobody is a member.  In a transaction of its own. */
MUST_USE struct fault registry_records_begin(struct store *store, struct complaints *complaints);

#endif
