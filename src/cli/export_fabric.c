/* cli/export_fabric.c — plenum export arp, nd and mac. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "export/fabric.h"
#include "registry/fact_store.h"
#include "text/utf8.h"

struct gathering {
	struct heap heap;
	struct fabric_row *row;
	uint32_t count;
	uint32_t room;
	struct store *store;
	struct fault fault;
};

/* A router that changes its port may have two MAC addresses for a while: a row each. */
static bool row_add(struct gathering *gathering, const struct registry_member *member,
		    const struct address *address, const char *mac)
{
	if (!heap_grow(&gathering->heap, (void **)&gathering->row, &gathering->room,
		       gathering->count + 1, sizeof *gathering->row)) {
		gathering->fault = fault_of(FAULT_LIMIT, 0);
		return false;
	}
	struct fabric_row *row = &gathering->row[gathering->count++];
	*row = (struct fabric_row){ .asn = member->asn, .address = *address };
	(void)utf8_clean(octets_of_text(member->name), " ", row->name, sizeof row->name);
	(void)snprintf(row->mac, sizeof row->mac, "%s", mac);
	return true;
}

static bool address_add(struct gathering *gathering, const struct registry_member *member,
			const struct address *address)
{
	char key[ADDRESS_TEXT_MAX];
	char mac[FACT_VALUE_MAX];
	struct fact fact;
	uint32_t from = 0;

	address_print(address, key);
	struct fault fault = fact_get(gathering->store, FACT_ADDRESS, key, &fact);
	if (failed(fault) && fault.kind != FAULT_ABSENT) {
		gathering->fault = fault;
		return false;
	}
	if (failed(fault) || fact_of(&fact, "mac_addresses")[0] == '\0')
		return row_add(gathering, member, address, "");
	while (fact_list_next(fact_of(&fact, "mac_addresses"), &from, mac)) {
		if (!row_add(gathering, member, address, mac))
			return false;
	}
	return true;
}

static bool each_connection(void *context, const struct registry_member *member)
{
	struct gathering *gathering = context;

	/* What is in quarantine, disabled or not there yet has nothing to say on the LAN. */
	if (member->is_idle)
		return true;
	for (uint32_t i = 0; i < member->address_count; i++) {
		if (!address_add(gathering, member, &member->address[i]))
			return false;
	}
	return true;
}

/* A device's name stands among words of ip(8): nothing that ends a word or begins another. */
static bool device_is_good(const char *name)
{
	return strlen(name) != 0 && strlen(name) < FABRIC_DEVICE_MAX && name[0] != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@") ==
		       strlen(name);
}

static bool form_take(const struct arguments *arguments, enum fabric_form *form,
		      const char **device, struct complaints *complaints)
{
	const char *name = argument_of(arguments, "format");

	*form = argument_yes(arguments, "json") ? FABRIC_JSON : FABRIC_TEXT;
	*device = argument_of(arguments, "device");
	if (name != NULL && !fabric_form_of(name, form))
		complain(complaints, false, "--format \"%s\" is none of text, json and linux",
			 name);
	if (*form == FABRIC_LINUX && *device == NULL)
		complain(complaints, false, "--format linux needs --device, the interface's name");
	if (*device != NULL && !device_is_good(*device))
		complain(complaints, false, "--device \"%.32s\" is no interface's name", *device);
	return complaints->error_count == 0;
}

static enum exit_code table_export(struct desk *desk, const struct arguments *arguments,
				   enum fabric_table table)
{
	struct gathering gathering = { .heap = heap_libc(), .store = desk->store };
	enum fabric_form form = FABRIC_TEXT;
	const char *device = NULL;
	uint32_t without = 0;
	bool is_put = false;

	if (!form_take(arguments, &form, &device, desk->complaints))
		return EXIT_COULD_NOT;
	struct fault fault = registry_walk(desk->store, each_connection, &gathering);
	if (!failed(fault))
		fault = gathering.fault;
	if (failed(fault))
		complain(desk->complaints, false, "the registry cannot be read: %s",
			 fault.kind == FAULT_LIMIT ? "out of memory" : store_error(desk->store));
	else
		is_put = fabric_print(gathering.row, gathering.count, table, form, device,
				      desk->out, &without);
	if (is_put && without != 0)
		complain(desk->complaints, true,
			 "%u address%s without a MAC address that is recorded", without,
			 without == 1 ? "" : "es");
	heap_free(&gathering.heap, gathering.row, gathering.room * sizeof *gathering.row);
	return !is_put ? EXIT_COULD_NOT : without != 0 ? EXIT_FOUND : EXIT_DONE;
}

enum exit_code command_export_arp(struct desk *desk, const struct arguments *arguments)
{
	return table_export(desk, arguments, FABRIC_ARP);
}

enum exit_code command_export_nd(struct desk *desk, const struct arguments *arguments)
{
	return table_export(desk, arguments, FABRIC_ND);
}

enum exit_code command_export_mac(struct desk *desk, const struct arguments *arguments)
{
	return table_export(desk, arguments, FABRIC_MAC);
}
