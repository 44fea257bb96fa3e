/* cli/connection.c — a member's connections: where they are plugged in, what they speak with. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/facts.h"
#include "cli/values.h"
#include "registry/edit.h"
#include "text/columns.h"

#define LINE_MAX (4u * FACTS_LINE_MAX)

struct connecting {
	struct desk *desk;
	const struct arguments *arguments;
	uint32_t asn;
	struct registry_list list;
	const struct registry_member *at; /* the connection meant */
	uint32_t changed;
	char line[LINE_MAX]; /* what changed, for the log */
};

static bool at_find(struct connecting *connecting)
{
	struct desk *desk = connecting->desk;
	const char *text = argument_of(connecting->arguments, "at");
	struct address address;

	if (text == NULL && connecting->list.count == 1) {
		connecting->at = &connecting->list.item[0];
		return true;
	}
	if (text == NULL) {
		complain(desk->complaints, false,
			 "AS%u has %u connections: name one by an address of it, --at ADDRESS",
			 connecting->asn, connecting->list.count);
		return false;
	}
	if (!address_parse(text, &address)) {
		complain(desk->complaints, false, "--at \"%s\" is not an address", text);
		return false;
	}
	for (uint32_t i = 0; i < connecting->list.count; i++) {
		for (uint32_t j = 0; j < connecting->list.item[i].address_count; j++) {
			if (address_compare(&connecting->list.item[i].address[j], &address) == 0)
				connecting->at = &connecting->list.item[i];
		}
	}
	if (connecting->at == NULL)
		complain(desk->complaints, false, "AS%u has no address %s", connecting->asn, text);
	return connecting->at != NULL;
}

static bool member_find(struct connecting *connecting)
{
	struct desk *desk = connecting->desk;

	if (!value_asn(connecting->arguments->word[0], &connecting->asn, desk->complaints))
		return false;
	return desk_members(desk, connecting->asn, &connecting->list);
}

/* --- edit ------------------------------------------------------------------------------------- */

static struct fault fact_edit(struct connecting *connecting, struct fact *before)
{
	struct desk *desk = connecting->desk;
	struct fact after = *before;
	bool given = false;
	char who[FACT_KEY_MAX + 48];
	char changes[FACTS_LINE_MAX];

	if (!facts_take(desk, connecting->arguments, &after, &given))
		return fault_of(FAULT_CONFLICT, 0);
	if (!given || memcmp(before->value, after.value, sizeof after.value) == 0)
		return fault_none();
	TRY(fact_check(desk->store, &after, desk->complaints));
	TRY(fact_write(desk->store, &after, desk->complaints));
	(void)snprintf(who, sizeof who, "AS%u %s %s", connecting->asn, after.kind->noun, after.key);
	(void)facts_change_print(desk, who, before, &after, changes);
	size_t len = strlen(connecting->line);
	(void)snprintf(connecting->line + len, sizeof connecting->line - len, "%s%s",
		       len != 0 ? ", " : "", changes);
	connecting->changed++;
	return fault_none();
}

static struct fault get_or_init(struct connecting *connecting, enum fact_id id, const char *key,
				struct fact *out)
{
	struct fault fault = fact_get(connecting->desk->store, id, key, out);

	if (fault.kind != FAULT_ABSENT)
		return fault;
	fact_init(out, id, key);
	return fault_none();
}

struct ports {
	uint32_t count;
	struct fact last;
};

static bool port_take(void *context, const struct fact *fact)
{
	struct ports *ports = context;

	ports->count++;
	ports->last = *fact;
	return true;
}

/* The connection's only port, made when there is none. */
static struct fault port_edit(struct connecting *connecting, const char *connection)
{
	static const char *const names[] = { "switch", "port-name", "speed", "if-type" };
	struct desk *desk = connecting->desk;
	struct ports ports = { 0 };
	char key[FACT_KEY_MAX];
	bool is_meant = false;

	for (uint32_t i = 0; i < sizeof names / sizeof *names; i++)
		is_meant |= argument_given(connecting->arguments, names[i]);
	if (!is_meant)
		return fault_none();
	TRY(fact_walk(desk->store, FACT_PORT, "connection", connection, port_take, &ports));
	if (ports.count > 1) {
		complain(desk->complaints, false,
			 "the connection has %u ports: change one with plenum port edit ID",
			 ports.count);
		return fault_of(FAULT_CONFLICT, 0);
	}
	if (ports.count == 0) {
		TRY(fact_next_key(desk->store, FACT_PORT, key));
		fact_init(&ports.last, FACT_PORT, key);
		if (fact_set(&ports.last, fact_field_index(ports.last.kind, "connection"),
			     connection) != NULL)
			return fault_of(FAULT_MALFORMED, 0);
	}
	return fact_edit(connecting, &ports.last);
}

static struct fault facts_edit(struct connecting *connecting)
{
	const struct registry_member *at = connecting->at;
	char key[FACT_KEY_MAX];
	struct fact fact;

	(void)snprintf(key, sizeof key, "%" PRId64, at->connection_id);
	TRY(get_or_init(connecting, FACT_CONNECTION, key, &fact));
	TRY(fact_edit(connecting, &fact));
	TRY(port_edit(connecting, key));
	for (uint32_t i = 0; i < at->address_count; i++) {
		address_print(&at->address[i], key);
		TRY(get_or_init(connecting, FACT_ADDRESS, key, &fact));
		TRY(fact_edit(connecting, &fact));
	}
	return fault_none();
}

static bool edit_whole(struct connecting *connecting)
{
	struct desk *desk = connecting->desk;
	uint32_t errors_before = desk->complaints->error_count;
	struct fault fault = store_begin(desk->store);

	if (!failed(fault))
		fault = facts_edit(connecting);
	if (!failed(fault))
		fault = store_commit(desk->store);
	if (!failed(fault))
		return true;
	store_rollback(desk->store);
	if (desk->complaints->error_count == errors_before)
		complain(desk->complaints, false, "AS%u: %s; nothing was changed", connecting->asn,
			 store_why(desk->store, fault));
	return false;
}

static enum exit_code edit_found(struct connecting *connecting)
{
	struct desk *desk = connecting->desk;

	if (!at_find(connecting) || !edit_whole(connecting))
		return EXIT_COULD_NOT;
	if (connecting->changed == 0) {
		(void)text_put(desk->out, "AS%u: nothing to do: it is so already\n",
			       connecting->asn);
		return EXIT_DONE;
	}
	const char *state = argument_of(connecting->arguments, "state");
	if (state != NULL && strcmp(state, "connected") != 0)
		(void)text_put(desk->out, "Its sessions end, and are in no list of sessions until "
					  "--state connected.\n");
	return desk_changed(desk, "connection of AS%u changed: %s", connecting->asn,
			    connecting->line);
}

static enum exit_code with_member(struct desk *desk, const struct arguments *arguments,
				  enum exit_code (*act)(struct connecting *connecting))
{
	struct heap heap = heap_libc();
	struct connecting *connecting = heap_zero(&heap, sizeof *connecting);
	enum exit_code code = EXIT_COULD_NOT;

	if (connecting == NULL) {
		complain(desk->complaints, false, "out of memory");
		return code;
	}
	connecting->desk = desk;
	connecting->arguments = arguments;
	registry_list_init(&connecting->list, &heap);
	if (member_find(connecting))
		code = act(connecting);
	registry_list_fini(&connecting->list);
	heap_free(&heap, connecting, sizeof *connecting);
	return code;
}

enum exit_code command_connection_edit(struct desk *desk, const struct arguments *arguments)
{
	return with_member(desk, arguments, edit_found);
}

/* --- remove, and ports ------------------------------------------------------------------------ */

static enum exit_code remove_found(struct connecting *connecting)
{
	struct desk *desk = connecting->desk;
	const char *text = argument_of(connecting->arguments, "at");
	struct address address;

	if (text == NULL || !address_parse(text, &address)) {
		complain(desk->complaints, false,
			 "which connection?  Name it by an address of it: --at ADDRESS");
		return EXIT_COULD_NOT;
	}
	if (failed(registry_connection_remove(desk->store, connecting->asn, &address,
					      desk->complaints)))
		return EXIT_COULD_NOT;
	(void)text_put(desk->out, "AS%u: the connection with %s is removed\n", connecting->asn,
		       text);
	return desk_changed(desk, "connection of AS%u with %s removed", connecting->asn, text);
}

enum exit_code command_connection_remove(struct desk *desk, const struct arguments *arguments)
{
	return with_member(desk, arguments, remove_found);
}

/* One more port of a connection that has one: a bundle. */
static enum exit_code port_add_found(struct connecting *connecting)
{
	struct desk *desk = connecting->desk;
	char key[FACT_KEY_MAX];
	char connection[FACT_KEY_MAX];
	struct fact fact;

	if (!at_find(connecting))
		return EXIT_COULD_NOT;
	(void)snprintf(connection, sizeof connection, "%" PRId64, connecting->at->connection_id);
	struct fault fault = store_begin(desk->store);
	if (!failed(fault))
		fault = fact_next_key(desk->store, FACT_PORT, key);
	if (!failed(fault)) {
		fact_init(&fact, FACT_PORT, key);
		(void)fact_set(&fact, fact_field_index(fact.kind, "connection"), connection);
		fault = fact_edit(connecting, &fact);
	}
	if (!failed(fault) && connecting->changed == 0) {
		complain(desk->complaints, false,
			 "say of the port what is known: --switch, "
			 "--port-name, --speed, --if-type");
		fault = fault_of(FAULT_CONFLICT, 0);
	}
	if (!failed(fault))
		fault = store_commit(desk->store);
	if (failed(fault)) {
		store_rollback(desk->store);
		if (desk->complaints->error_count == 0)
			complain(desk->complaints, false, "AS%u: %s; nothing was changed",
				 connecting->asn, store_error(desk->store));
		return EXIT_COULD_NOT;
	}
	if (desk->serving != NULL)
		serving_tell(desk->serving, connecting->line);
	return EXIT_DONE;
}

enum exit_code command_port_add(struct desk *desk, const struct arguments *arguments)
{
	return with_member(desk, arguments, port_add_found);
}

/* --- list ------------------------------------------------------------------------------------- */

static const struct column list_columns[] = {
	{ "ID", true },     { "MEMBER", false },    { "STATE", false }, { "SPEED", true },
	{ "PORTS", false }, { "ADDRESSES", false }, { "NAME", false },
};

struct plugs {
	uint64_t speed_mbps;
	char text[160];
};

static bool plug_take(void *context, const struct fact *fact)
{
	struct plugs *plugs = context;
	size_t len = strlen(plugs->text);
	int64_t speed = 0;

	if (fact_number(fact, "speed_mbps", &speed))
		plugs->speed_mbps += (uint64_t)speed;
	(void)snprintf(plugs->text + len, sizeof plugs->text - len, "%s%s%s%s",
		       len != 0 ? ", " : "",
		       fact_of(fact, "switch")[0] != '\0' ? fact_of(fact, "switch") : "?",
		       fact_of(fact, "name")[0] != '\0' ? ":" : "", fact_of(fact, "name"));
	return true;
}

static struct fault row_print(const struct desk *desk, const struct registry_member *member,
			      struct columns *columns)
{
	struct plugs plugs = { 0 };
	struct fact fact;
	char key[FACT_KEY_MAX];
	char addresses[REGISTRY_ADDRESSES_MAX * (ADDRESS_TEXT_MAX + 2u)] = "";
	size_t len = 0;

	(void)snprintf(key, sizeof key, "%" PRId64, member->connection_id);
	struct fault fault = fact_get(desk->store, FACT_CONNECTION, key, &fact);
	if (fault.kind == FAULT_ABSENT)
		fact_init(&fact, FACT_CONNECTION, key);
	else
		TRY(fault);
	TRY(fact_walk(desk->store, FACT_PORT, "connection", key, plug_take, &plugs));
	for (uint32_t i = 0; i < member->address_count; i++) {
		char text[ADDRESS_TEXT_MAX];
		address_print(&member->address[i], text);
		len += (size_t)snprintf(addresses + len, sizeof addresses - len, "%s%s%s",
					i != 0 ? ", " : "", text,
					member->no_session[i] ? " (no session)" : "");
		if (len >= sizeof addresses)
			break;
	}
	columns_cell(columns, COLOUR_NONE, "%s", key);
	columns_cell(columns, COLOUR_BOLD, "AS%u", member->asn);
	columns_cell(columns, member->is_idle ? COLOUR_YELLOW : COLOUR_NONE, "%s",
		     fact_of(&fact, "state"));
	char speed[VALUE_TEXT_MAX] = "-";
	if (plugs.speed_mbps != 0)
		value_speed_print(plugs.speed_mbps, speed);
	columns_cell(columns, COLOUR_NONE, "%s", speed);
	columns_cell(columns, COLOUR_NONE, "%s", plugs.text[0] != '\0' ? plugs.text : "-");
	columns_cell(columns, COLOUR_NONE, "%s", addresses);
	columns_cell(columns, COLOUR_NONE, "%s", member->name);
	return fault_none();
}

static bool rows_print(struct desk *desk, const struct registry_list *list)
{
	struct heap heap = heap_libc();
	struct columns columns CLEAN(columns_fini) = { 0 };
	struct fault fault = fault_none();

	columns_init(&columns, &heap, desk->out, list_columns,
		     sizeof list_columns / sizeof *list_columns, desk->has_colour);
	columns_fit(&columns, desk->columns);
	for (uint32_t i = 0; i < list->count && !failed(fault); i++)
		fault = row_print(desk, &list->item[i], &columns);
	if (failed(fault)) {
		complain(desk->complaints, false, "the registry cannot be read: %s",
			 store_error(desk->store));
		return false;
	}
	return columns_end(&columns);
}

static bool rows_json(struct desk *desk, const struct registry_list *list)
{
	struct json json;
	bool ok = true;

	json_init(&json, desk->out, 2);
	json_array_open(&json);
	for (uint32_t i = 0; i < list->count && ok; i++) {
		json_object_open(&json);
		json_field_u64(&json, "asn", list->item[i].asn);
		json_field_text(&json, "name", list->item[i].name);
		ok = facts_connection_json(desk, &list->item[i], &json);
		json_object_close(&json);
	}
	json_array_close(&json);
	return json_done(&json) && ok;
}

enum exit_code command_connection_list(struct desk *desk, const struct arguments *arguments)
{
	struct heap heap = heap_libc();
	struct registry_list list CLEAN(registry_list_fini);
	uint32_t asn = 0;

	registry_list_init(&list, &heap);
	if (arguments->word_count != 0 && !value_asn(arguments->word[0], &asn, desk->complaints))
		return EXIT_COULD_NOT;
	if (!desk_members(desk, asn, &list))
		return EXIT_COULD_NOT;
	return (argument_yes(arguments, "json") ? rows_json(desk, &list) :
						  rows_print(desk, &list)) ?
		       EXIT_DONE :
		       EXIT_COULD_NOT;
}

/* --- add -------------------------------------------------------------------------------------- */

static enum exit_code add_found(struct connecting *connecting)
{
	static const char *const limit[] = { "max-prefix4", "max-prefix6" };
	struct desk *desk = connecting->desk;
	const struct registry_member *first = &connecting->list.item[0];
	struct registry_member member = { .asn = connecting->asn };
	uint32_t from = 0;

	(void)snprintf(member.name, sizeof member.name, "%s", first->name);
	for (const char *text;
	     (text = argument_next(connecting->arguments, "ip", &from)) != NULL;) {
		if (member.address_count == REGISTRY_ADDRESSES_MAX)
			complain(desk->complaints, false, "more than %u addresses",
				 REGISTRY_ADDRESSES_MAX);
		else if (!address_parse(text, &member.address[member.address_count++]))
			complain(desk->complaints, false, "--ip \"%s\" is not an address", text);
	}
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		member.routes_max[f] = argument_number(connecting->arguments, limit[f], 0,
						       REGISTRY_ROUTES_MAX, 0, desk->complaints);
	if (desk->complaints->error_count != 0 ||
	    failed(registry_member_add(desk->store, &desk->config->exchange, &member,
				       desk->complaints)))
		return EXIT_COULD_NOT;
	(void)text_put(desk->out, "AS%u: a connection with %u address%s is added\n",
		       connecting->asn, member.address_count,
		       member.address_count == 1 ? "" : "es");
	return desk_changed(desk, "connection of AS%u added", connecting->asn);
}

enum exit_code command_connection_add(struct desk *desk, const struct arguments *arguments)
{
	return with_member(desk, arguments, add_found);
}
