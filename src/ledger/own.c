/* ledger/own.c — records about the log itself: they are there to be read, and change nothing. */
#include "ledger/ledger.h"

static struct fault nothing_apply(struct store *store, const struct record *record,
				  struct complaints *complaints)
{
	(void)store;
	(void)record;
	(void)complaints;
	return fault_none();
}

const struct record_kind ledger_record_kinds[] = {
	{ "enforcement", nothing_apply },
	{ "key-replaced", nothing_apply },
	{ "rollback-accepted", nothing_apply },
	{ NULL, NULL },
};
