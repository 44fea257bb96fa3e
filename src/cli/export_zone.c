/* cli/export_zone.c — plenum export zone. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/command.h"
#include "export/zone.h"
#include "ledger/newest.h"

#define CONTACT_DEFAULT "hostmaster."

struct zoning {
	struct heap heap;
	struct zone_address *address;
	uint32_t count;
	uint32_t room;
	bool memory_is_out;
	char contact[ZONE_DOMAIN_MAX + 1];
	struct zone_settings settings;
};

static bool each_connection(void *context, const struct registry_member *member)
{
	struct zoning *zoning = context;

	for (uint32_t i = 0; i < member->address_count; i++) {
		if (!heap_grow(&zoning->heap, (void **)&zoning->address, &zoning->room,
			       zoning->count + 1, sizeof *zoning->address)) {
			zoning->memory_is_out = true;
			return false;
		}
		zoning->address[zoning->count++] = (struct zone_address){
			.address = member->address[i], .asn = member->asn
		};
	}
	return true;
}

static void name_check(const char *option, const char *name, struct complaints *complaints)
{
	if (!zone_domain_is_good(name))
		complain(
			complaints, false,
			"--%s \"%.64s\" is no domain name: letters, digits and \"-\", dots between",
			option, name);
}

static bool settings_take(const struct arguments *arguments, struct zoning *zoning,
			  struct complaints *complaints)
{
	struct zone_settings *settings = &zoning->settings;
	const char *contact = argument_of(arguments, "contact");
	const char *server = NULL;
	uint32_t from = 0;

	settings->domain = argument_of(arguments, "domain");
	while ((server = argument_next(arguments, "ns", &from)) != NULL) {
		name_check("ns", server, complaints);
		if (settings->server_count == ZONE_SERVERS_MAX)
			complain(complaints, false, "--ns: more than %u", ZONE_SERVERS_MAX);
		else
			settings->server[settings->server_count++] = server;
	}
	if (settings->domain == NULL)
		complain(complaints, false, "--domain is missing: what names end in");
	else
		name_check("domain", settings->domain, complaints);
	if (settings->server_count == 0)
		complain(complaints, false, "--ns is missing: a name server of the zone");
	if (complaints->error_count != 0)
		return false;
	if (contact == NULL)
		(void)snprintf(zoning->contact, sizeof zoning->contact, CONTACT_DEFAULT "%s",
			       settings->domain);
	settings->contact = contact != NULL ? contact : zoning->contact;
	name_check("contact", settings->contact, complaints);
	return complaints->error_count == 0;
}

/* The zone of this name; without a name all are listed. */
static bool zone_find(struct desk *desk, const char *wanted, struct prefix *out)
{
	const struct registry_exchange *exchange = &desk->config->exchange;
	struct prefix zones[ZONES_MAX];
	char name[ZONE_NAME_MAX];

	for (uint32_t lan = 0; lan < exchange->lan_count; lan++) {
		uint32_t count = zone_split(&exchange->lan[lan], zones);
		for (uint32_t i = 0; i < count; i++) {
			zone_name(&zones[i], name);
			*out = zones[i];
			if (wanted == NULL)
				(void)text_put(desk->out, "%s\n", name);
			else if (strcasecmp(name, wanted) == 0)
				return true;
		}
	}
	return false;
}

static enum exit_code zone_export(struct desk *desk, const struct arguments *arguments,
				  struct zoning *zoning)
{
	struct prefix zone;

	if (!settings_take(arguments, zoning, desk->complaints))
		return EXIT_COULD_NOT;
	if (!zone_find(desk, arguments->word[0], &zone)) {
		complain(desk->complaints, false,
			 "%.80s is no zone of a LAN; plenum export zone lists them",
			 arguments->word[0]);
		return EXIT_COULD_NOT;
	}
	struct fault fault = registry_walk(desk->store, each_connection, zoning);
	if (!failed(fault) && zoning->memory_is_out)
		fault = fault_of(FAULT_LIMIT, 0);
	struct wall newest = { 0 };
	if (!failed(fault))
		fault = ledger_newest(desk->store, &newest);
	zoning->settings.serial = (uint32_t)newest.s;
	if (failed(fault)) {
		complain(desk->complaints, false, "the registry cannot be read: %s",
			 fault.kind == FAULT_LIMIT ? "out of memory" : store_error(desk->store));
		return EXIT_COULD_NOT;
	}
	if (argument_yes(arguments, "parent"))
		zone_print_parent(&zone, &zoning->settings, desk->out);
	else
		zone_print(&zone, zoning->address, zoning->count, &zoning->settings, desk->out);
	return EXIT_DONE;
}

enum exit_code command_export_zone(struct desk *desk, const struct arguments *arguments)
{
	struct heap heap = heap_libc();
	struct prefix none;

	if (arguments->word_count == 0) {
		(void)zone_find(desk, NULL, &none);
		return EXIT_DONE;
	}
	struct zoning *zoning = heap_zero(&heap, sizeof *zoning);
	if (zoning == NULL) {
		complain(desk->complaints, false, "out of memory");
		return EXIT_COULD_NOT;
	}
	zoning->heap = heap;
	enum exit_code code = zone_export(desk, arguments, zoning);
	heap_free(&zoning->heap, zoning->address, zoning->room * sizeof *zoning->address);
	heap_free(&heap, zoning, sizeof *zoning);
	return code;
}
