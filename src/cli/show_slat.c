/* cli/show_slat.c — the specific local address table: by which addresses every port is known, what
 * the routers behind take, and whom that leaves out. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/show_session.h"
#include "cli/values.h"
#include "registry/fact_store.h"
#include "text/columns.h"

#define MACS_TEXT_MAX 128u
#define NOTES_MAX 3u

static const struct column table_columns[] = {
	{ "MEMBER", false }, { "MAC", false },   { "IPV6", false }, { "LINK-LOCAL", false },
	{ "IPV4", false },   { "TAKES", false }, { "NAME", false },
};

/* One connection. */
struct port_row {
	const struct registry_member *member;
	struct plan_slat_row slat;
	char macs[MACS_TEXT_MAX]; /* blanks between */
	bool takes_ipv4; /* a session of it is up and agreed to no IPv6 next hops for IPv4 */
	bool takes_ipv6; /* and one that did */
	uint32_t note_count;
	const char *note[NOTES_MAX];
};

struct slat {
	struct desk *desk;
	struct session_list sessions; /* none where nothing is served */
	bool translates;
	uint32_t note_count;
};

static bool has_address(const struct registry_member *member, const struct address *address)
{
	for (uint32_t i = 0; i < member->address_count; i++) {
		if (address_compare(&member->address[i], address) == 0)
			return true;
	}
	return false;
}

static void takes_find(const struct slat *slat, struct port_row *row)
{
	for (uint32_t i = 0; i < slat->sessions.count; i++) {
		const struct view_session *session = &slat->sessions.session[i];
		if (!session->is_established || !session->family[FAMILY_IPV4].is_agreed ||
		    !has_address(row->member, &session->address))
			continue;
		row->takes_ipv6 |= session->extended_next_hop;
		row->takes_ipv4 |= !session->extended_next_hop;
	}
}

static void macs_find(const struct slat *slat, struct port_row *row)
{
	size_t len = 0;

	for (uint32_t i = 0; i < row->member->address_count; i++) {
		char text[ADDRESS_TEXT_MAX];
		char mac[FACT_VALUE_MAX];
		struct fact fact;
		uint32_t from = 0;
		address_print(&row->member->address[i], text);
		if (failed(fact_get(slat->desk->store, FACT_ADDRESS, text, &fact)))
			continue;
		while (fact_list_next(fact_of(&fact, "mac_addresses"), &from, mac)) {
			size_t need = strlen(mac) + 1;
			if (strstr(row->macs, mac) != NULL || len + need >= sizeof row->macs)
				continue;
			len += (size_t)snprintf(row->macs + len, sizeof row->macs - len, "%s%s",
						len != 0 ? " " : "", mac);
		}
	}
}

static void note(struct port_row *row, const char *text)
{
	if (row->note_count < NOTES_MAX)
		row->note[row->note_count++] = text;
}

/* RFC 8950: whom the port cannot reach, or who cannot reach it, and what helps. */
static void notes_find(struct slat *slat, struct port_row *row)
{
	if (!slat->translates)
		return;
	if (!row->slat.has_ipv6)
		note(row, "no IPv6 address: who takes IPv6 next hops alone cannot reach it over "
			  "IPv4; member edit --add-ip");
	if (!row->slat.has_ipv4 && row->takes_ipv4)
		note(row, "can neither: its router takes IPv4 next hops only and has no IPv4 "
			  "address; RFC 8950, or member edit --slat-ipv4");
	else if (!row->slat.has_ipv4)
		note(row, "no IPv4 address: who takes IPv4 next hops only cannot reach it over "
			  "IPv4; member edit --slat-ipv4");
	slat->note_count += row->note_count;
}

static struct port_row row_make(struct slat *slat, const struct registry_member *member)
{
	struct port_row row = { .member = member,
				.slat = registry_slat_row(&slat->desk->config->exchange, member) };

	macs_find(slat, &row);
	takes_find(slat, &row);
	notes_find(slat, &row);
	return row;
}

static const char *takes_text(const struct port_row *row)
{
	return row->takes_ipv4 && row->takes_ipv6 ? "IPv4, IPv6" :
	       row->takes_ipv6                    ? "IPv6" :
	       row->takes_ipv4                    ? "IPv4" :
						    "-";
}

static void address_cell(struct columns *columns, bool is_set, const struct address *address)
{
	char text[ADDRESS_TEXT_MAX] = "-";

	if (is_set)
		address_print(address, text);
	columns_cell(columns, is_set ? COLOUR_NONE : COLOUR_DIM, "%s", text);
}

static void row_cells(const struct port_row *row, struct columns *columns)
{
	const struct plan_slat_row *slat = &row->slat;

	columns_cell(columns, COLOUR_BOLD, "AS%u", slat->asn);
	columns_cell(columns, COLOUR_NONE, "%s", row->macs[0] != '\0' ? row->macs : "-");
	address_cell(columns, slat->has_ipv6, &slat->ipv6);
	address_cell(columns, slat->has_link_local, &slat->link_local);
	address_cell(columns, slat->has_ipv4, &slat->ipv4);
	columns_cell(columns, COLOUR_NONE, "%s", takes_text(row));
	columns_cell(columns, COLOUR_NONE, "%s", row->member->name);
}

/* What IPv4 next hops become is the rule's; without it the table is only one for bilateral peers.
 */
static void notes_print(const struct slat *slat, const struct registry_list *list)
{
	struct desk *desk = slat->desk;

	if (!slat->translates)
		(void)text_put_text(desk->out,
				    "\nipv6_only_lan is off: the route server changes no next "
				    "hop.\n");
	if (slat->note_count != 0)
		(void)text_put_text(desk->out, "\n");
	for (uint32_t i = 0; i < list->count && slat->note_count != 0; i++) {
		struct slat again = *slat;
		struct port_row row = row_make(&again, &list->item[i]);
		for (uint32_t n = 0; n < row.note_count; n++)
			(void)text_put(desk->out, "AS%u %s: %s\n", row.slat.asn, row.member->name,
				       row.note[n]);
	}
}

static bool slat_print(struct slat *slat, const struct registry_list *list)
{
	struct heap heap = heap_libc();
	struct columns columns CLEAN(columns_fini) = { 0 };

	columns_init(&columns, &heap, slat->desk->out, table_columns,
		     sizeof table_columns / sizeof *table_columns, slat->desk->has_colour);
	columns_fit(&columns, slat->desk->columns);
	for (uint32_t i = 0; i < list->count; i++) {
		struct port_row row = row_make(slat, &list->item[i]);
		row_cells(&row, &columns);
	}
	if (!columns_end(&columns))
		return false;
	notes_print(slat, list);
	return true;
}

/* --- for programs ----------------------------------------------------------------------------- */

static void address_field(struct json *json, const char *name, bool is_set,
			  const struct address *address)
{
	if (is_set)
		json_field_address(json, name, address);
	else
		json_field_text(json, name, NULL);
}

static void macs_json(struct json *json, const char *macs)
{
	char mac[MACS_TEXT_MAX];

	json_field_array(json, "mac_addresses");
	while (*macs != '\0') {
		size_t len = strcspn(macs, " ");
		(void)snprintf(mac, sizeof mac, "%.*s", (int)len, macs);
		json_text(json, mac);
		macs += len + (macs[len] == ' ' ? 1 : 0);
	}
	json_array_close(json);
}

static void row_json(struct json *json, const struct port_row *row)
{
	json_object_open(json);
	json_field_u64(json, "asn", row->slat.asn);
	json_field_text(json, "name", row->member->name);
	json_field_array(json, "addresses");
	for (uint32_t i = 0; i < row->member->address_count; i++)
		json_address(json, &row->member->address[i]);
	json_array_close(json);
	macs_json(json, row->macs);
	address_field(json, "ipv6", row->slat.has_ipv6, &row->slat.ipv6);
	address_field(json, "link_local", row->slat.has_link_local, &row->slat.link_local);
	address_field(json, "ipv4", row->slat.has_ipv4, &row->slat.ipv4);
	json_field_bool(json, "is_on_ipv4", row->slat.is_on_ipv4);
	json_field_array(json, "takes");
	if (row->takes_ipv4)
		json_text(json, "ipv4");
	if (row->takes_ipv6)
		json_text(json, "ipv6");
	json_array_close(json);
	json_field_array(json, "notes");
	for (uint32_t i = 0; i < row->note_count; i++)
		json_text(json, row->note[i]);
	json_array_close(json);
	json_object_close(json);
}

static bool slat_json(struct slat *slat, const struct registry_list *list)
{
	struct json json;

	json_init(&json, slat->desk->out, 2);
	json_array_open(&json);
	for (uint32_t i = 0; i < list->count; i++) {
		struct port_row row = row_make(slat, &list->item[i]);
		row_json(&json, &row);
	}
	json_array_close(&json);
	return json_done(&json);
}

/* --- the command ------------------------------------------------------------------------------ */

enum exit_code command_show_slat(struct desk *desk, const struct arguments *arguments)
{
	struct heap heap = heap_libc();
	struct registry_list list CLEAN(registry_list_fini);
	struct slat slat = {
		.desk = desk,
		.translates = registry_rules_of(&desk->config->exchange).ipv6_only_lan !=
			      IPV6_ONLY_LAN_OFF
	};

	registry_list_init(&list, &heap);
	struct fault fault = registry_member_get(desk->store, 0, &list);
	if (failed(fault) && fault.kind != FAULT_ABSENT) {
		complain(desk->complaints, false, "the registry cannot be read: %s",
			 store_error(desk->store));
		return EXIT_COULD_NOT;
	}
	slat.sessions.heap = heap_libc();
	if (desk->serving != NULL &&
	    failed(serving_sessions(desk->serving, &slat.sessions.heap, &slat.sessions.session,
				    &slat.sessions.count))) {
		complain(desk->complaints, false, "out of memory");
		return EXIT_COULD_NOT;
	}
	bool ok = argument_yes(arguments, "json") ? slat_json(&slat, &list) :
						    slat_print(&slat, &list);
	sessions_free(&slat.sessions);
	if (!ok)
		return EXIT_COULD_NOT;
	return slat.note_count != 0 ? EXIT_FOUND : EXIT_DONE;
}
