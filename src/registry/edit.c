/* registry/edit.c — a member read, changed in memory, checked, and the difference written. */
#include "registry/edit.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "registry/fact_store.h"
#include "registry/inside.h"

struct editing {
	struct store *store;
	const struct registry_exchange *exchange;
	const struct registry_edit *edit;
	struct registry_list connections; /* as they are to be */
	struct registry_list before;      /* as they are, in the same order */
	struct slots slots;
	struct complaints *complaints;
	uint32_t errors_before;
};

static bool has_errors(const struct editing *editing)
{
	return editing->complaints->error_count != editing->errors_before;
}

/* The index of the address among the connection's; address_count when it is not there. */
static uint32_t address_at(const struct registry_member *member, const struct address *address)
{
	uint32_t at = 0;

	while (at < member->address_count && address_compare(&member->address[at], address) != 0)
		at++;
	return at;
}

static struct registry_member *connection_of(const struct registry_list *list,
					     const struct address *address)
{
	for (uint32_t i = 0; i < list->count; i++) {
		if (address_at(&list->item[i], address) < list->item[i].address_count)
			return &list->item[i];
	}
	return NULL;
}

static void choose(enum registry_choice choice, bool *out)
{
	if (choice != CHOICE_KEEP)
		*out = choice == CHOICE_YES;
}

static void text_set(struct editing *editing, const char *what, const char *text, char *out,
		     size_t room)
{
	if (text == NULL)
		return;
	if (strlen(text) >= room)
		complain(editing->complaints, false, "AS%u: %s is longer than %zu octets",
			 editing->edit->asn, what, room - 1);
	else
		(void)snprintf(out, room, "%s", text);
}

static void settings_change(struct editing *editing, struct registry_member *member)
{
	const struct registry_edit *edit = editing->edit;

	text_set(editing, "the password", edit->password, member->password,
		 sizeof member->password);
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		if (edit->has_routes_max[i])
			member->routes_max[i] = edit->routes_max[i];
		if (edit->has_local[i])
			member->local[i] = edit->local[i];
	}
	if (edit->has_link_local)
		member->link_local = edit->link_local;
	if (edit->has_slat_ipv4)
		member->slat_ipv4 = edit->slat_ipv4;
	choose(edit->takes_blackhole, &member->takes_blackhole);
	choose(edit->is_active, &member->is_active);
	choose(edit->add_path, &member->add_path);
	choose(edit->gtsm, &member->gtsm);
	choose(edit->allow_as2, &member->allow_as2);
	choose(edit->require_role, &member->require_role);
	choose(edit->extended_message, &member->extended_message);
	if (edit->has_limit_action)
		member->limit_action = edit->limit_action;
	if (edit->has_port)
		member->port = edit->port;
}

static void address_drop(struct editing *editing, const struct address *address)
{
	struct registry_member *member = connection_of(&editing->connections, address);
	char text[ADDRESS_TEXT_MAX];

	if (member == NULL) {
		address_print(address, text);
		complain(editing->complaints, false, "AS%u has no address %s", editing->edit->asn,
			 text);
		return;
	}
	for (uint32_t i = address_at(member, address) + 1; i < member->address_count; i++) {
		member->address[i - 1] = member->address[i];
		member->slot[i - 1] = member->slot[i];
	}
	member->address_count--;
}

/* Where added addresses go. */
static struct registry_member *target_of(struct editing *editing)
{
	const struct registry_edit *edit = editing->edit;
	struct registry_list *list = &editing->connections;

	if (edit->has_at)
		return connection_of(list, &edit->at);
	if (list->count == 1)
		return &list->item[0];
	complain(editing->complaints, false,
		 "AS%u has %u connections: name the one that gets the address with --at, by an "
		 "address that "
		 "it has, or make another connection with member add",
		 edit->asn, list->count);
	return NULL;
}

static void addresses_change(struct editing *editing)
{
	const struct registry_edit *edit = editing->edit;
	/* Looked for first: the connection is named by an address that may go. */
	struct registry_member *target = edit->add_count != 0 ? target_of(editing) : NULL;

	for (uint32_t i = 0; i < edit->remove_count; i++)
		address_drop(editing, &edit->remove[i]);
	for (uint32_t i = 0; target != NULL && i < edit->add_count; i++) {
		char text[ADDRESS_TEXT_MAX];
		address_print(&edit->add[i], text);
		if (connection_of(&editing->connections, &edit->add[i]) != NULL)
			complain(editing->complaints, false, "AS%u has the address %s already",
				 edit->asn, text);
		else if (target->address_count == REGISTRY_ADDRESSES_MAX)
			complain(editing->complaints, false,
				 "AS%u: a connection has at most %u addresses", edit->asn,
				 REGISTRY_ADDRESSES_MAX);
		else
			target->address[target->address_count++] = edit->add[i];
	}
}

/* All changes in memory, each complained of. */
static void change(struct editing *editing)
{
	const struct registry_edit *edit = editing->edit;
	struct registry_list *list = &editing->connections;
	struct unserved unserved = { 0 };
	const struct registry_member *only = edit->has_at ? connection_of(list, &edit->at) : NULL;
	uint32_t left = 0;

	if (edit->has_at && only == NULL) {
		char text[ADDRESS_TEXT_MAX];
		address_print(&edit->at, text);
		complain(editing->complaints, false, "AS%u has no address %s", edit->asn, text);
		return;
	}
	for (uint32_t i = 0; i < list->count; i++) {
		struct registry_member *member = &list->item[i];
		text_set(editing, "the name", edit->name, member->name, sizeof member->name);
		text_set(editing, "the AS macro", edit->as_macro, member->as_macro,
			 sizeof member->as_macro);
		if (only == NULL || only == member)
			settings_change(editing, member);
	}
	addresses_change(editing);
	for (uint32_t i = 0; i < list->count; i++) {
		left += list->item[i].address_count;
		if (list->item[i].address_count != 0)
			registry_member_check(editing->exchange, &list->item[i],
					      editing->complaints);
		unserved_take(&unserved, editing->exchange, &list->item[i]);
	}
	unserved_tell(&unserved, editing->complaints);
	if (left == 0)
		complain(editing->complaints, false,
			 "AS%u would have no address left; member remove removes the member",
			 edit->asn);
}

static bool is_removed(const struct registry_edit *edit, const struct address *address)
{
	for (uint32_t i = 0; i < edit->remove_count; i++) {
		if (address_compare(&edit->remove[i], address) == 0)
			return true;
	}
	return false;
}

/* Nobody else has what is added, and each gets a slot. */
static struct fault additions_place(struct editing *editing)
{
	const struct registry_edit *edit = editing->edit;
	struct holder holder;

	TRY(slots_read(editing->store, &editing->slots));
	for (uint32_t i = 0; i < edit->remove_count; i++) {
		const struct registry_member *from = connection_of(&editing->before,
								   &edit->remove[i]);
		CHECK(from != NULL);
		slot_give_back(&editing->slots, from->slot[address_at(from, &edit->remove[i])]);
	}
	for (uint32_t i = 0; i < edit->add_count; i++) {
		const struct address *address = &edit->add[i];
		struct registry_member *to = connection_of(&editing->connections, address);
		CHECK(to != NULL);
		TRY(address_holder(editing->store, address, &holder));
		if (holder.connection_id != 0 && !is_removed(edit, address))
			return taken_complain(editing->store, address, &holder,
					      editing->complaints);
		TRY(slot_take(&editing->slots, address, &to->slot[address_at(to, address)],
			      editing->complaints));
	}
	return fault_none();
}

static struct fault write(struct editing *editing)
{
	const struct registry_list *list = &editing->connections;
	const struct registry_list *before = &editing->before;

	TRY(additions_place(editing));
	TRY(member_update(editing->store, editing->edit->asn, list->item[0].name,
			  list->item[0].as_macro, editing->complaints));
	for (uint32_t i = 0; i < list->count; i++) {
		if (list->item[i].address_count != 0 &&
		    !connection_equal(&list->item[i], &before->item[i]))
			TRY(connection_write(editing->store, &list->item[i], editing->complaints));
	}
	for (uint32_t i = 0; i < list->count; i++) {
		if (list->item[i].address_count == 0)
			TRY(connection_delete(editing->store, &list->item[i], editing->complaints));
	}
	return editing->edit->profile != NULL ?
		       fact_write(editing->store, editing->edit->profile, editing->complaints) :
		       fault_none();
}

static struct fault read_change_write(struct editing *editing)
{
	struct fault fault = registry_member_get(editing->store, editing->edit->asn,
						 &editing->connections);

	if (fault.kind == FAULT_ABSENT)
		complain(editing->complaints, false, "AS%u is no member", editing->edit->asn);
	TRY(fault);
	TRY(registry_member_get(editing->store, editing->edit->asn, &editing->before));
	change(editing);
	return has_errors(editing) ? fault_of(FAULT_CONFLICT, 0) : write(editing);
}

struct fault registry_member_edit(struct store *store, const struct registry_exchange *exchange,
				  const struct registry_edit *edit, struct complaints *complaints)
{
	struct heap heap = heap_libc();
	struct editing editing = { .store = store,
				   .exchange = exchange,
				   .edit = edit,
				   .complaints = complaints,
				   .errors_before = complaints->error_count };
	char what[16];

	(void)snprintf(what, sizeof what, "AS%u", edit->asn);
	registry_list_init(&editing.connections, &heap);
	registry_list_init(&editing.before, &heap);
	struct fault fault = store_begin(store);
	if (!failed(fault))
		fault = read_change_write(&editing);
	registry_list_fini(&editing.connections);
	registry_list_fini(&editing.before);
	return transaction_end(store, fault, what, complaints);
}

static struct fault connection_drop(struct editing *editing, uint32_t asn, const struct address *at)
{
	struct registry_list *list = &editing->connections;
	char text[ADDRESS_TEXT_MAX];
	struct fault fault = registry_member_get(editing->store, asn, list);

	if (fault.kind == FAULT_ABSENT)
		complain(editing->complaints, false, "AS%u is no member", asn);
	TRY(fault);
	const struct registry_member *member = connection_of(list, at);
	address_print(at, text);
	if (member == NULL)
		complain(editing->complaints, false, "AS%u has no address %s", asn, text);
	else if (list->count == 1)
		complain(editing->complaints, false,
			 "AS%u has only this connection; member remove removes the member", asn);
	if (member == NULL || list->count == 1)
		return fault_of(FAULT_ABSENT, 0);
	return connection_delete(editing->store, member, editing->complaints);
}

struct fault registry_connection_remove(struct store *store, uint32_t asn, const struct address *at,
					struct complaints *complaints)
{
	struct heap heap = heap_libc();
	struct editing editing = { .store = store, .complaints = complaints };
	char what[16];

	(void)snprintf(what, sizeof what, "AS%u", asn);
	registry_list_init(&editing.connections, &heap);
	struct fault fault = store_begin(store);
	if (!failed(fault))
		fault = connection_drop(&editing, asn, at);
	registry_list_fini(&editing.connections);
	return transaction_end(store, fault, what, complaints);
}
