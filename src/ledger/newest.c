/* ledger/newest.c — the last card's time. */
#include "ledger/newest.h"

#include "base/heap.h"
#include "ledger/record.h"

struct fault ledger_newest(struct store *store, struct wall *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	struct heap heap = heap_libc();
	bool has_row = false;

	*out = (struct wall){ 0 };
	TRY(store_prepare(store, "SELECT card FROM ledger_leaf ORDER BY number DESC LIMIT 1",
			  &statement));
	TRY(store_step(statement, &has_row));
	if (!has_row)
		return fault_none();
	struct record *record = heap_take(&heap, sizeof *record);
	if (record == NULL)
		return fault_of(FAULT_LIMIT, 0);
	struct fault fault = record_read(octets_of_text(store_text(statement, 0)), record);
	if (!failed(fault))
		out->s = record->at_s;
	heap_free(&heap, record, sizeof *record);
	return fault;
}
