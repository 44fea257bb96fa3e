/* registry/genesis.c — records of what was there before there was a log. */
#include <stdio.h>

#include "registry/inside.h"
#include "registry/records.h"
#include "registry/verify.h"

static struct fault is_wanted(struct store *store, bool *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;

	*out = false;
	TRY(store_prepare(store,
			  "SELECT 1 FROM ledger_head h JOIN member m ON 1 = 1"
			  " WHERE h.id = 0 AND h.size = 0 LIMIT 1",
			  &statement));
	TRY(store_step(statement, out));
	return fault_none();
}

/* Members without a connection, too. */
static struct fault members_write(struct store *store, struct complaints *complaints)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	struct registry_member member;
	int64_t id = 0;
	bool has_row = true;

	TRY(store_prepare(store,
			  "SELECT id, asn, name, as_macro FROM member WHERE id > ?1 ORDER BY id"
			  " LIMIT 1",
			  &statement));
	while (has_row) {
		store_bind_int(statement, 1, id);
		TRY(store_step(statement, &has_row));
		if (!has_row)
			break;
		id = store_int(statement, 0);
		member.asn = (uint32_t)store_int(statement, 1);
		(void)snprintf(member.name, sizeof member.name, "%s", store_text(statement, 2));
		(void)snprintf(member.as_macro, sizeof member.as_macro, "%s",
			       store_text(statement, 3));
		store_reset(statement);
		TRY(member_record_write(store, id, member.asn, member.name, member.as_macro,
					complaints));
	}
	return fault_none();
}

static struct fault connections_write(struct store *store, struct complaints *complaints)
{
	struct heap heap = heap_libc();
	struct registry_list list CLEAN(registry_list_fini);

	registry_list_init(&list, &heap);
	TRY(registry_member_get(store, 0, &list));
	for (uint32_t i = 0; i < list.count; i++)
		TRY(connection_write(store, &list.item[i], complaints));
	return fault_none();
}

struct fault registry_records_begin(struct store *store, struct complaints *complaints)
{
	bool wanted = false;

	struct fault fault = store_begin(store);
	if (!failed(fault))
		fault = is_wanted(store, &wanted);
	if (!failed(fault) && wanted)
		fault = members_write(store, complaints);
	if (!failed(fault) && wanted)
		fault = connections_write(store, complaints);
	if (!failed(fault))
		fault = store_commit(store);
	if (!failed(fault))
		return fault;
	store_rollback(store);
	/* Damage is the likeliest cause, and has better words. */
	if (complaints->error_count == 0 && registry_check_store(store, complaints))
		complain(complaints, false, "members from before the log cannot be recorded: %s",
			 store_why(store, fault));
	return fault;
}
