/* registry/import_apply.c — the changes of an import made in one transaction.
 *
 * Removals first: an address that goes from one member to another must be free before it is given.
 * The book of slots is read before them, so that a new session is not put where one ended in the
 * same change. */
#include <stdio.h>

#include "base/check.h"
#include "registry/importing.h"

struct applying {
	struct store *store;
	struct complaints *complaints;
	struct slots slots;
	int64_t member_id;     /* of the member that changes are made to */
	uint32_t member_asn;   /* 0 = none yet */
	int64_t connection_id; /* added last */
};

static struct fault removal_apply(struct applying *applying, const struct registry_change *change)
{
	switch (change->kind) {
	case CHANGE_ADDRESS_REMOVE:
		return address_delete(applying->store, &change->address);
	case CHANGE_CONNECTION_REMOVE:
		return connection_delete(applying->store, change->connection_id);
	case CHANGE_MEMBER_REMOVE:
		return member_delete(applying->store, change->asn);
	case CHANGE_NONE:
	case CHANGE_MEMBER_ADD:
	case CHANGE_MEMBER_NAME:
	case CHANGE_MEMBER_MACRO:
	case CHANGE_CONNECTION_ADD:
	case CHANGE_LIMIT:
	case CHANGE_ADDRESS_ADD:
	case CHANGE_FACT_ADD:
	case CHANGE_FACT_EDIT:
	case CHANGE_FACT_REMOVE:
		break;
	}
	return fault_none();
}

static struct fault connection_make(struct applying *applying, const struct registry_change *change)
{
	struct registry_member member = {
		.asn = change->asn,
		.routes_max = { change->routes_to[0], change->routes_to[1] },
	};

	if (applying->member_asn != change->asn) {
		TRY(member_find(applying->store, change->asn, &applying->member_id));
		applying->member_asn = change->asn;
	}
	return connection_insert(applying->store, applying->member_id, &member,
				 &applying->connection_id);
}

static struct fault addition_apply(struct applying *applying, const struct registry_change *change)
{
	switch (change->kind) {
	case CHANGE_MEMBER_ADD:
		applying->member_asn = change->asn;
		return member_insert(applying->store, change->asn, change->to, change->macro,
				     &applying->member_id);
	case CHANGE_MEMBER_NAME:
		return member_rename(applying->store, change->asn, change->to);
	case CHANGE_MEMBER_MACRO:
		return member_macro_set(applying->store, change->asn, change->to);
	case CHANGE_CONNECTION_ADD:
		return connection_make(applying, change);
	case CHANGE_LIMIT:
		return connection_limit_set(applying->store, change->connection_id, change->family,
					    change->routes_to[change->family]);
	case CHANGE_ADDRESS_ADD:
		return address_insert(applying->store, &applying->slots,
				      change->connection_id != 0 ? change->connection_id :
								   applying->connection_id,
				      &change->address, applying->complaints);
	case CHANGE_NONE:
	case CHANGE_ADDRESS_REMOVE:
	case CHANGE_CONNECTION_REMOVE:
	case CHANGE_MEMBER_REMOVE:
	case CHANGE_FACT_ADD:
	case CHANGE_FACT_EDIT:
	case CHANGE_FACT_REMOVE:
		break;
	}
	return fault_none();
}

static struct fault changes_apply(struct store *store, const struct registry_import *import,
				  struct complaints *complaints)
{
	struct applying applying = { .store = store, .complaints = complaints };

	TRY(slots_read(store, &applying.slots));
	for (uint32_t i = 0; i < import->change_count; i++)
		TRY(removal_apply(&applying, &import->change[i]));
	for (uint32_t i = 0; i < import->change_count; i++)
		TRY(addition_apply(&applying, &import->change[i]));
	return fault_none();
}

/* What the file says beside, now that what it is said of is there. */
static struct fault facts_apply(struct importing *importing, struct store *store)
{
	struct complaints judged = { 0 };
	struct complaints *complaints = importing->complaints;

	importing->complaints = &judged; /* it was judged before */
	struct fault fault = importing_judge(importing);
	importing->complaints = complaints;
	if (!failed(fault))
		fault = importing_facts_write(importing, store);
	return fault;
}

/* Only errors: the warnings were said when the difference was worked out the first time. */
static void errors_take(const struct complaints *from, struct complaints *to)
{
	for (uint32_t i = 0; i < from->count; i++) {
		if (!from->list[i].is_warning)
			complain(to, false, "%s", from->list[i].text);
	}
}

struct fault registry_import_apply(struct store *store, const struct registry_exchange *exchange,
				   const struct ixf_list *file,
				   struct registry_import_options options, uint64_t digest,
				   struct complaints *complaints)
{
	struct heap heap = heap_libc();
	struct registry_import import CLEAN(registry_import_fini);
	struct complaints again = { 0 };
	struct importing importing = { .exchange = exchange,
				       .file = file,
				       .options = options,
				       .complaints = complaints,
				       .heap = heap_libc() };

	registry_list_init(&importing.held, &importing.heap);
	registry_import_init(&import, &heap);
	struct fault fault = store_begin(store);
	if (!failed(fault)) {
		fault = registry_import_plan(store, exchange, file, options, &import, &again);
		errors_take(&again, complaints);
	}
	if (!failed(fault) && import.digest != digest) {
		complain(complaints, false,
			 "the registry has changed since the difference was shown; look at the new "
			 "one and confirm it");
		fault = fault_of(FAULT_CONFLICT, 0);
	}
	if (!failed(fault))
		fault = changes_apply(store, &import, complaints);
	if (!failed(fault))
		fault = facts_apply(&importing, store);
	importing_fini(&importing);
	return transaction_end(store, fault, "import", complaints);
}
