/* cli/facts.c — facts taken from options, compared and listed: what the kinds' rows say is all that
 * is known here of any kind. */
#include "cli/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/values.h"
#include "text/columns.h"

#define LABEL "    %-18s"

/* --- from options ----------------------------------------------------------------------------- */

static bool is_list(const struct fact_field *field)
{
	return field->type == FACT_LIST || field->type == FACT_URLS || field->type == FACT_MACS;
}

/* Every time that the option stands, with a line break between. */
static void joined(const struct arguments *arguments, const char *option, char *out, size_t room)
{
	uint32_t from = 0;
	size_t len = 0;

	out[0] = '\0';
	for (const char *text; (text = argument_next(arguments, option, &from)) != NULL;) {
		if (len < room)
			len += (size_t)snprintf(out + len, room - len, "%s%s", len != 0 ? "\n" : "",
						text);
	}
}

static bool key_take(void *context, const struct fact *fact)
{
	(void)snprintf(context, FACT_KEY_MAX, "%s", fact->key);
	return true;
}

/* A switch goes by its number, and by its name where it is no number. */
static struct fault switch_named(const struct desk *desk, const char *text, char out[FACT_KEY_MAX])
{
	out[0] = '\0';
	if (text[strspn(text, "0123456789")] == '\0')
		return fault_none();
	return fact_walk(desk->store, FACT_SWITCH, "name", text, key_take, out);
}

bool facts_take(const struct desk *desk, const struct arguments *arguments, struct fact *fact,
		bool *given)
{
	struct complaints *complaints = desk->complaints;
	char key[FACT_KEY_MAX] = "";
	uint32_t errors_before = complaints->error_count;
	char list[2 * FACT_VALUE_MAX];

	for (uint32_t i = 0; fact->kind->field[i].name != NULL; i++) {
		const struct fact_field *field = &fact->kind->field[i];
		const char *text = field->option != NULL ? argument_of(arguments, field->option) :
							   NULL;
		if (text == NULL)
			continue;
		if (is_list(field)) {
			joined(arguments, field->option, list, sizeof list);
			text = list;
		}
		*given = true;
		bool is_switch = fact->kind->id == FACT_PORT && strcmp(field->name, "switch") == 0;
		if (is_switch && !failed(switch_named(desk, text, key)) && key[0] != '\0')
			text = key;
		const char *wrong = fact_set(fact, i, text);
		if (wrong != NULL && is_switch)
			wrong = "is neither the number nor the name of a switch; plenum switch "
				"list shows them";
		if (wrong != NULL && field->choices != NULL)
			complain(complaints, false, "--%s \"%s\" is none of: %s", field->option,
				 text, field->choices);
		else if (wrong != NULL)
			complain(complaints, false, "--%s \"%.80s\" %s", field->option, text,
				 wrong);
	}
	return complaints->error_count == errors_before;
}

/* --- shown ------------------------------------------------------------------------------------ */

/* For people: AS201001, 10G, a day, a list's items with ", " between. */
static const char *shown(const struct fact_field *field, const char *value,
			 char out[FACT_VALUE_MAX + 64])
{
	static const char midnight[] = "T00:00:00Z";
	uint32_t from = 0;
	char item[FACT_VALUE_MAX];
	char speed[VALUE_TEXT_MAX];
	size_t len = strlen(value);

	out[0] = '\0';
	if (field->type == FACT_TIME && len > strlen(midnight) &&
	    strcmp(value + len - strlen(midnight), midnight) == 0)
		(void)snprintf(out, FACT_VALUE_MAX, "%.*s", (int)(len - strlen(midnight)), value);
	else if (field->type == FACT_ASN && value[0] != '\0')
		(void)snprintf(out, FACT_VALUE_MAX, "AS%s", value);
	else if (field->type == FACT_SPEED && value[0] != '\0') {
		value_speed_print(strtoull(value, NULL, 10), speed);
		(void)snprintf(out, FACT_VALUE_MAX, "%s", speed);
	}
	if (out[0] != '\0')
		return out;
	len = 0;
	while (fact_list_next(value, &from, item) && len < FACT_VALUE_MAX + 64)
		len += (size_t)snprintf(out + len, FACT_VALUE_MAX + 64 - len, "%s%s",
					len != 0 ? ", " : "", item);
	return out;
}

static const char *name_of(const struct fact_field *field)
{
	return field->option != NULL ? field->option : field->name;
}

bool facts_change_print(const struct desk *desk, const char *who, const struct fact *before,
			const struct fact *after, char line[FACTS_LINE_MAX])
{
	char was[FACT_VALUE_MAX + 64];
	char becomes[FACT_VALUE_MAX + 64];
	size_t len = 0;

	line[0] = '\0';
	for (uint32_t i = 0; after->kind->field[i].name != NULL; i++) {
		const struct fact_field *field = &after->kind->field[i];
		if (strcmp(before->value[i], after->value[i]) == 0)
			continue;
		(void)shown(field, fact_at(before, i), was);
		(void)shown(field, fact_at(after, i), becomes);
		(void)text_put(desk->out, "%s: %s %s -> %s\n", who, name_of(field),
			       was[0] != '\0' ? was : "none",
			       becomes[0] != '\0' ? becomes : "none");
		/* Personal values stay out of logs. */
		if (len < FACTS_LINE_MAX)
			len += (size_t)snprintf(line + len, FACTS_LINE_MAX - len, "%s%s %s",
						len != 0 ? ", " : "", name_of(field),
						field->is_private  ? "changed" :
						becomes[0] != '\0' ? becomes :
								     "none");
	}
	return line[0] != '\0';
}

/* What nobody can say by an option is told only when it is not as usual. */
static bool is_told(const struct fact *fact, uint32_t field)
{
	return fact->kind->field[field].option != NULL ? fact_at(fact, field)[0] != '\0' :
							 fact->value[field][0] != '\0';
}

void facts_full_print(const struct desk *desk, const struct fact *fact)
{
	char value[FACT_VALUE_MAX + 64];

	for (uint32_t i = 0; fact->kind->field[i].name != NULL; i++) {
		if (is_told(fact, i))
			(void)text_put(desk->out, LABEL "%s\n", name_of(&fact->kind->field[i]),
				       shown(&fact->kind->field[i], fact_at(fact, i), value));
	}
}

static void list_json(struct json *json, const char *value)
{
	char item[FACT_VALUE_MAX];
	uint32_t from = 0;

	json_array_open(json);
	while (fact_list_next(value, &from, item))
		json_text(json, item);
	json_array_close(json);
}

void facts_json(struct json *json, const struct fact *fact)
{
	for (uint32_t i = 0; fact->kind->field[i].name != NULL; i++) {
		const struct fact_field *field = &fact->kind->field[i];
		const char *value = fact_at(fact, i);
		json_key(json, field->name);
		if (is_list(field))
			list_json(json, value);
		else if (value[0] == '\0')
			json_none(json);
		else if (fact_is_number(field))
			json_i64(json, strtoll(value, NULL, 10));
		else if (field->type == FACT_YES)
			json_bool(json, strcmp(value, "yes") == 0);
		else
			json_text(json, value);
	}
}

static void fact_json(struct json *json, const struct fact *fact)
{
	json_object_open(json);
	json_key(json, "id");
	if (fact->kind->key_is_text)
		json_text(json, fact->key);
	else
		json_i64(json, strtoll(fact->key, NULL, 10));
	facts_json(json, fact);
	json_object_close(json);
}

/* --- lists ------------------------------------------------------------------------------------ */

struct listing {
	struct json json;
	uint32_t used; /* a bit for each field that any fact says something in */
	uint32_t count;
	struct columns columns;
};

static bool used_take(void *context, const struct fact *fact)
{
	struct listing *listing = context;

	listing->count++;
	for (uint32_t i = 0; fact->kind->field[i].name != NULL; i++)
		listing->used |= (is_told(fact, i) ? UINT32_C(1) : 0) << i;
	return true;
}

static bool row_take(void *context, const struct fact *fact)
{
	struct listing *listing = context;
	char value[FACT_VALUE_MAX + 64];

	columns_cell(&listing->columns, COLOUR_BOLD, "%s", fact->key);
	for (uint32_t i = 0; fact->kind->field[i].name != NULL; i++) {
		if ((listing->used >> i & 1) == 0)
			continue;
		(void)shown(&fact->kind->field[i], fact_at(fact, i), value);
		columns_cell(&listing->columns, COLOUR_NONE, "%s", value[0] != '\0' ? value : "-");
	}
	return true;
}

static bool json_take(void *context, const struct fact *fact)
{
	struct listing *listing = context;

	fact_json(&listing->json, fact);
	return true;
}

static bool table_print(struct desk *desk, enum fact_id id, const char *field, const char *value,
			struct listing *listing)
{
	const struct fact_kind *kind = fact_kind_of(id);
	struct column column[FACT_FIELDS_MAX + 1];
	char header[FACT_FIELDS_MAX + 1][32];
	struct heap heap = heap_libc();
	uint32_t count = 0;

	column[count++] = (struct column){ "ID", false };
	for (uint32_t i = 0; kind->field[i].name != NULL; i++) {
		if ((listing->used >> i & 1) == 0 || count == COLUMNS_MAX)
			continue;
		(void)snprintf(header[count], sizeof header[count], "%s", name_of(&kind->field[i]));
		for (char *at = header[count]; *at != '\0'; at++)
			*at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
		column[count] = (struct column){ header[count], false };
		count++;
	}
	columns_init(&listing->columns, &heap, desk->out, column, count, desk->has_colour);
	columns_fit(&listing->columns, desk->columns);
	bool ok = !failed(fact_walk(desk->store, id, field, value, row_take, listing)) &&
		  columns_end(&listing->columns);
	columns_fini(&listing->columns);
	return ok;
}

bool facts_list(struct desk *desk, const struct arguments *arguments, enum fact_id id,
		const char *field, const char *value)
{
	struct listing listing = { 0 };
	struct fault fault = fault_none();
	bool ok = false;

	if (argument_yes(arguments, "json")) {
		json_init(&listing.json, desk->out, 2);
		json_array_open(&listing.json);
		fault = fact_walk(desk->store, id, field, value, json_take, &listing);
		json_array_close(&listing.json);
		ok = json_done(&listing.json);
	} else {
		fault = fact_walk(desk->store, id, field, value, used_take, &listing);
		ok = !failed(fault) &&
		     (listing.count != 0 ?
			      table_print(desk, id, field, value, &listing) :
			      text_put(desk->out, "no %s is recorded\n", fact_kind_of(id)->noun));
	}
	if (failed(fault))
		complain(desk->complaints, false, "the registry cannot be read: %s",
			 store_error(desk->store));
	return ok && !failed(fault);
}

enum exit_code facts_changed(struct desk *desk, enum fact_id id, const char *line)
{
	if (id == FACT_CONNECTION || id == FACT_ADDRESS)
		return desk_changed(desk, "%s", line);
	if (desk->serving != NULL)
		serving_tell(desk->serving, line);
	return EXIT_DONE;
}

/* --- of one member ---------------------------------------------------------------------------- */

struct showing {
	const struct desk *desk;
	struct json *json; /* NULL: lines */
};

static bool item_take(void *context, const struct fact *fact)
{
	const struct showing *showing = context;

	if (showing->json != NULL) {
		fact_json(showing->json, fact);
		return true;
	}
	(void)text_put(showing->desk->out, "\n  %s %s\n", fact->kind->noun, fact->key);
	facts_full_print(showing->desk, fact);
	return true;
}

static struct fault profile_get(const struct desk *desk, enum fact_id id, const char *key,
				struct fact *out)
{
	struct fault fault = fact_get(desk->store, id, key, out);

	if (fault.kind != FAULT_ABSENT)
		return fault;
	fact_init(out, id, key);
	return fault_none();
}

static bool read_end(const struct desk *desk, struct fault fault)
{
	if (failed(fault))
		complain(desk->complaints, false, "the registry cannot be read: %s",
			 store_error(desk->store));
	return !failed(fault);
}

bool facts_member_print(const struct desk *desk, uint32_t asn)
{
	struct showing showing = { .desk = desk };
	struct fact fact;
	char key[FACT_KEY_MAX];
	char value[FACT_VALUE_MAX + 64];

	(void)snprintf(key, sizeof key, "%u", asn);
	struct fault fault = profile_get(desk, FACT_MEMBER, key, &fact);
	for (uint32_t i = 0; !failed(fault) && fact.kind->field[i].name != NULL; i++) {
		if (fact_at(&fact, i)[0] != '\0')
			(void)text_put(desk->out, "  %-20s%s\n", name_of(&fact.kind->field[i]),
				       shown(&fact.kind->field[i], fact_at(&fact, i), value));
	}
	if (!failed(fault))
		fault = fact_walk(desk->store, FACT_CONTACT, "asn", key, item_take, &showing);
	if (!failed(fault))
		fault = fact_walk(desk->store, FACT_DOCUMENT, "asn", key, item_take, &showing);
	return read_end(desk, fault);
}

bool facts_member_json(const struct desk *desk, uint32_t asn, struct json *json)
{
	struct showing showing = { .desk = desk, .json = json };
	struct fact fact;
	char key[FACT_KEY_MAX];

	(void)snprintf(key, sizeof key, "%u", asn);
	struct fault fault = profile_get(desk, FACT_MEMBER, key, &fact);
	if (failed(fault))
		return read_end(desk, fault);
	facts_json(json, &fact);
	json_field_array(json, "contacts");
	fault = fact_walk(desk->store, FACT_CONTACT, "asn", key, item_take, &showing);
	json_array_close(json);
	json_field_array(json, "documents");
	if (!failed(fault))
		fault = fact_walk(desk->store, FACT_DOCUMENT, "asn", key, item_take, &showing);
	json_array_close(json);
	return read_end(desk, fault);
}

/* "port 3: switch 1, name Ethernet1, speed 10G" */
static bool port_take(void *context, const struct fact *fact)
{
	const struct showing *showing = context;
	char value[FACT_VALUE_MAX + 64];
	bool is_first = true;

	(void)text_put(showing->desk->out, LABEL, "port");
	for (uint32_t i = 1; fact->kind->field[i].name != NULL; i++) {
		if (fact_at(fact, i)[0] == '\0')
			continue;
		(void)text_put(showing->desk->out, "%s%s %s", is_first ? "" : ", ",
			       name_of(&fact->kind->field[i]),
			       shown(&fact->kind->field[i], fact_at(fact, i), value));
		is_first = false;
	}
	return text_put(showing->desk->out, " (port %s)\n", fact->key);
}

static void address_print_facts(const struct desk *desk, const char *address,
				const struct fact *fact)
{
	char value[FACT_VALUE_MAX + 64];

	for (uint32_t i = 0; fact->kind->field[i].name != NULL; i++) {
		char name[FACT_KEY_MAX];
		/* What is as usual is not said. */
		if (fact->value[i][0] == '\0')
			continue;
		(void)snprintf(name, sizeof name, "%s", name_of(&fact->kind->field[i]));
		(void)text_put(desk->out, LABEL "%s (%s)\n", name,
			       shown(&fact->kind->field[i], fact->value[i], value), address);
	}
}

bool facts_connection_print(const struct desk *desk, const struct registry_member *member)
{
	struct showing showing = { .desk = desk };
	struct fact fact;
	char key[FACT_KEY_MAX];

	(void)snprintf(key, sizeof key, "%" PRId64, member->connection_id);
	struct fault fault = profile_get(desk, FACT_CONNECTION, key, &fact);
	if (!failed(fault)) {
		facts_full_print(desk, &fact);
		fault = fact_walk(desk->store, FACT_PORT, "connection", key, port_take, &showing);
	}
	for (uint32_t i = 0; i < member->address_count && !failed(fault); i++) {
		address_print(&member->address[i], key);
		fault = profile_get(desk, FACT_ADDRESS, key, &fact);
		if (!failed(fault))
			address_print_facts(desk, key, &fact);
	}
	return read_end(desk, fault);
}

bool facts_connection_json(const struct desk *desk, const struct registry_member *member,
			   struct json *json)
{
	struct showing showing = { .desk = desk, .json = json };
	struct fact fact;
	char key[FACT_KEY_MAX];

	(void)snprintf(key, sizeof key, "%" PRId64, member->connection_id);
	struct fault fault = profile_get(desk, FACT_CONNECTION, key, &fact);
	if (failed(fault))
		return read_end(desk, fault);
	json_field_i64(json, "id", member->connection_id);
	facts_json(json, &fact);
	json_field_array(json, "ports");
	fault = fact_walk(desk->store, FACT_PORT, "connection", key, item_take, &showing);
	json_array_close(json);
	json_field_array(json, "address_details");
	for (uint32_t i = 0; i < member->address_count && !failed(fault); i++) {
		address_print(&member->address[i], key);
		fault = profile_get(desk, FACT_ADDRESS, key, &fact);
		if (!failed(fault))
			fact_json(json, &fact);
	}
	json_array_close(json);
	return read_end(desk, fault);
}
