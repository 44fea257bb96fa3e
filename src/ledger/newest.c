/* ledger/newest.c — the log in slices, from its end. */
#include "ledger/newest.h"

#include "base/heap.h"
#include "ledger/record.h"

#define SLICE_LEAVES 1000 /* read at once */

struct fault ledger_walk_back(struct store *store, const char *type,
			      bool (*each)(void *context, uint64_t number, struct octets card),
			      void *context)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	int64_t before = INT64_MAX;
	bool has_row = true;
	bool more = true;

	TRY(store_prepare(store,
			  "SELECT number, card FROM ledger_leaf WHERE number < ?1"
			  " ORDER BY number DESC LIMIT ?2",
			  &statement));
	for (uint32_t in_slice = SLICE_LEAVES; more && in_slice == SLICE_LEAVES;) {
		store_bind_int(statement, 1, before);
		store_bind_int(statement, 2, SLICE_LEAVES);
		in_slice = 0;
		TRY(store_step(statement, &has_row));
		while (has_row && more) {
			struct octets card = octets_of_text(store_text(statement, 1));
			before = store_int(statement, 0);
			more = (type != NULL && !record_card_is(card, type)) ||
			       each(context, (uint64_t)before, card);
			in_slice++;
			if (more)
				TRY(store_step(statement, &has_row));
		}
	}
	return fault_none();
}

struct looking {
	struct record *record;
	struct wall at;
	struct fault fault;
};

static bool first_take(void *context, uint64_t number, struct octets card)
{
	struct looking *looking = context;

	(void)number;
	looking->fault = record_read(card, looking->record);
	if (!failed(looking->fault))
		looking->at.s = looking->record->at_s;
	return false;
}

struct fault ledger_newest(struct store *store, struct wall *out)
{
	struct heap heap = heap_libc();
	struct looking looking = { .record = heap_take(&heap, sizeof *looking.record) };

	if (looking.record == NULL)
		return fault_of(FAULT_LIMIT, 0);
	struct fault fault = ledger_walk_back(store, NULL, first_take, &looking);
	heap_free(&heap, looking.record, sizeof *looking.record);
	*out = looking.at;
	return failed(fault) ? fault : looking.fault;
}
