/* registry/import_apply.c — the changes of an import made in one transaction.
 *
 * All connections are changed in memory, and each that became another is one record.  The book of
 * slots is read before, so that a new session is not put where one ended in the same change. */
#include <stdio.h>

#include "base/check.h"
#include "registry/fact_store.h"
#include "registry/importing.h"

struct applying {
	struct store *store;
	struct complaints *complaints;
	struct slots slots;
	struct registry_list before; /* as they are */
	struct registry_list
		after;     /* as they are to be; those behind the end of `before` are new */
	uint32_t found_at; /* changes come in about the order of the list */
};

/* The connection of this number, among those that were there; it is one of them. */
static struct registry_member *connection_at(struct applying *applying, int64_t id)
{
	uint32_t count = applying->before.count;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = (applying->found_at + i) % count;
		if (applying->after.item[at].connection_id != id)
			continue;
		applying->found_at = at;
		return &applying->after.item[at];
	}
	return NULL;
}

static uint32_t address_at(const struct registry_member *member, const struct address *address)
{
	uint32_t at = 0;

	while (at < member->address_count && address_compare(&member->address[at], address) != 0)
		at++;
	return at;
}

/* --- what goes -------------------------------------------------------------------------------- */

static void all_give_back(struct applying *applying, struct registry_member *member)
{
	for (uint32_t i = 0; i < member->address_count; i++)
		slot_give_back(&applying->slots, member->slot[i]);
	member->address_count = 0;
}

static struct fault address_remove(struct applying *applying, const struct address *address)
{
	struct holder holder;

	TRY(address_holder(applying->store, address, &holder));
	struct registry_member *member = connection_at(applying, holder.connection_id);
	CHECK(member != NULL);
	uint32_t at = address_at(member, address);
	CHECK(at < member->address_count);
	slot_give_back(&applying->slots, member->slot[at]);
	for (uint32_t i = at + 1; i < member->address_count; i++) {
		member->address[i - 1] = member->address[i];
		member->slot[i - 1] = member->slot[i];
	}
	member->address_count--;
	return fault_none();
}

static struct fault connection_remove(struct applying *applying, int64_t id)
{
	struct registry_member *member = connection_at(applying, id);

	CHECK(member != NULL);
	TRY(connection_delete(applying->store, member, applying->complaints));
	all_give_back(applying, member);
	member->connection_id = 0;
	return fault_none();
}

static struct fault member_remove(struct applying *applying, uint32_t asn)
{
	TRY(member_delete(applying->store, asn, applying->complaints));
	for (uint32_t i = 0; i < applying->before.count; i++) {
		if (applying->after.item[i].asn != asn)
			continue;
		all_give_back(applying, &applying->after.item[i]);
		applying->after.item[i].connection_id = 0;
	}
	return fault_none();
}

static struct fault removal_apply(struct applying *applying, const struct registry_change *change)
{
	switch (change->kind) {
	case CHANGE_ADDRESS_REMOVE:
		return address_remove(applying, &change->address);
	case CHANGE_CONNECTION_REMOVE:
		return connection_remove(applying, change->connection_id);
	case CHANGE_MEMBER_REMOVE:
		return member_remove(applying, change->asn);
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

/* --- what comes ------------------------------------------------------------------------------- */

static struct fault connection_make(struct applying *applying, const struct registry_change *change)
{
	struct registry_list *list = &applying->after;

	if (!heap_grow(list->heap, (void **)&list->item, &list->room, list->count + 1,
		       sizeof *list->item))
		return fault_of(FAULT_LIMIT, 0);
	list->item[list->count++] = (struct registry_member){
		.asn = change->asn,
		.routes_max = { change->routes_to[0], change->routes_to[1] },
		.local = { { .family = FAMILY_IPV4 }, { .family = FAMILY_IPV6 } },
	};
	return fault_none();
}

/* What was recorded of an address is its last member's: a MAC address that went with it would let
 * him send in its place. */
static struct fault facts_clear(struct applying *applying, const struct address *address)
{
	struct fact fact;
	char key[ADDRESS_TEXT_MAX];

	address_print(address, key);
	struct fault fault = fact_get(applying->store, FACT_ADDRESS, key, &fact);
	if (fault.kind == FAULT_ABSENT)
		return fault_none();
	TRY(fault);
	return fact_remove(applying->store, FACT_ADDRESS, key, applying->complaints);
}

static struct fault address_add(struct applying *applying, const struct registry_change *change)
{
	const struct address *address = &change->address;
	struct registry_list *list = &applying->after;
	struct registry_member *to = change->connection_id != 0 ?
					     connection_at(applying, change->connection_id) :
					     &list->item[list->count - 1];
	struct holder holder;

	CHECK(to != NULL && to->address_count < REGISTRY_ADDRESSES_MAX);
	TRY(address_holder(applying->store, address, &holder));
	const struct registry_member *from = connection_at(applying, holder.connection_id);
	if (holder.connection_id != 0 && from != NULL &&
	    address_at(from, address) < from->address_count)
		return taken_complain(applying->store, address, &holder, applying->complaints);
	if (holder.connection_id != 0 && holder.asn != to->asn)
		TRY(facts_clear(applying, address));
	to->address[to->address_count] = *address;
	return slot_take(&applying->slots, address, &to->slot[to->address_count++],
			 applying->complaints);
}

static struct fault addition_apply(struct applying *applying, const struct registry_change *change)
{
	struct store *store = applying->store;
	struct complaints *complaints = applying->complaints;

	switch (change->kind) {
	case CHANGE_MEMBER_ADD:
		return member_insert(store, change->asn, change->to, change->macro, complaints);
	case CHANGE_MEMBER_NAME:
		return member_update(store, change->asn, change->to, NULL, complaints);
	case CHANGE_MEMBER_MACRO:
		return member_update(store, change->asn, NULL, change->to, complaints);
	case CHANGE_CONNECTION_ADD:
		return connection_make(applying, change);
	case CHANGE_LIMIT: {
		struct registry_member *member = connection_at(applying, change->connection_id);
		CHECK(member != NULL);
		member->routes_max[change->family] = change->routes_to[change->family];
		return fault_none();
	}
	case CHANGE_ADDRESS_ADD:
		return address_add(applying, change);
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

/* --- all of it -------------------------------------------------------------------------------- */

static struct fault connections_write(struct applying *applying)
{
	for (uint32_t i = 0; i < applying->after.count; i++) {
		struct registry_member *member = &applying->after.item[i];
		bool is_new = i >= applying->before.count;
		bool is_gone = !is_new && member->connection_id == 0;
		if (is_gone || (!is_new && connection_equal(member, &applying->before.item[i])))
			continue;
		TRY(connection_write(applying->store, member, applying->complaints));
	}
	return fault_none();
}

static struct fault changes_make(struct applying *applying, const struct registry_import *import)
{
	TRY(slots_read(applying->store, &applying->slots));
	TRY(registry_member_get(applying->store, 0, &applying->before));
	TRY(registry_member_get(applying->store, 0, &applying->after));
	for (uint32_t i = 0; i < import->change_count; i++)
		TRY(removal_apply(applying, &import->change[i]));
	for (uint32_t i = 0; i < import->change_count; i++)
		TRY(addition_apply(applying, &import->change[i]));
	return connections_write(applying);
}

static struct fault changes_apply(struct store *store, const struct registry_import *import,
				  struct complaints *complaints)
{
	struct applying applying = { .store = store, .complaints = complaints };
	struct heap heap = heap_libc();

	registry_list_init(&applying.before, &heap);
	registry_list_init(&applying.after, &heap);
	struct fault fault = changes_make(&applying, import);
	registry_list_fini(&applying.before);
	registry_list_fini(&applying.after);
	return fault;
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
