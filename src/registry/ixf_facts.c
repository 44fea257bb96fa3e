/* registry/ixf_facts.c — what a member export says beside members and addresses: a row a name of
 * the schema, which field of which kind of fact it is. */
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "registry/ixf_reading.h"
#include "text/utf8.h"

struct row {
	const char *name;  /* in the export */
	const char *field; /* of the fact */
};

#define NUMBER_TEXT_MAX 24u

/* `where`, cut as it must be, with `tail` behind it. */
static void place_join(const char *where, const char *tail, char out[PLACE_MAX])
{
	(void)snprintf(out, PLACE_MAX, "%.90s%.36s", where, tail);
}

static void begin(struct ixf_reading *reading, enum fact_id kind, const char *key)
{
	fact_init(&reading->fact, kind, key);
	reading->said = 0;
}

/* Keeps the thing at hand; NULL when memory is out. */
static struct ixf_thing *keep(struct ixf_reading *reading, uint32_t asn)
{
	struct ixf_thing *thing = ixf_thing_add(reading->list, &reading->fact, reading->said);

	if (thing == NULL) {
		reading->memory_is_out = true;
		return NULL;
	}
	thing->asn = asn;
	thing->connection = reading->list->connection_count;
	return thing;
}

static void value_odd(struct ixf_reading *reading, const char *place, const char *value,
		      const char *wrong)
{
	if (reading->oddity_count[ODDITY_VALUE] == 0)
		(void)snprintf(reading->oddity_value, sizeof reading->oddity_value,
			       "\"%.24s\" %s; left out", value, wrong);
	ixf_odd(reading, ODDITY_VALUE, place);
}

static void say(struct ixf_reading *reading, const char *name, const char *text, const char *place)
{
	uint32_t field = fact_field_index(reading->fact.kind, name);
	char clean[FACT_VALUE_MAX];

	if (!utf8_clean(octets_of_text(text), " ", clean, sizeof clean))
		ixf_odd(reading, ODDITY_LONG_NAME, place);
	if (clean[strspn(clean, " ")] == '\0')
		return;
	const char *wrong = fact_set(&reading->fact, field, clean);
	if (wrong != NULL)
		value_odd(reading, place, clean, wrong);
	else
		reading->said |= UINT32_C(1) << field;
}

/* A list's items, each by itself: one that is wrong is left out. */
static void say_list(struct ixf_reading *reading, const char *name, const json_t *list,
		     const char *place)
{
	uint32_t field = fact_field_index(reading->fact.kind, name);
	char joined[FACT_VALUE_MAX] = "";

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		size_t len = strlen(joined);
		char clean[FACT_VALUE_MAX];
		if (text == NULL || text[0] == '\0')
			continue;
		if (!utf8_clean(octets_of_text(text), " ", clean, sizeof clean) ||
		    len + strlen(clean) + 2 > sizeof joined) {
			ixf_odd(reading, ODDITY_LONG_NAME, place);
			continue;
		}
		const char *wrong = fact_set(&reading->fact, field, clean);
		if (wrong != NULL)
			value_odd(reading, place, clean, wrong);
		else
			(void)snprintf(joined + len, sizeof joined - len, "%s%s",
				       len != 0 ? "\n" : "", clean);
	}
	if (fact_set(&reading->fact, field, joined) == NULL && joined[0] != '\0')
		reading->said |= UINT32_C(1) << field;
}

static void say_json(struct ixf_reading *reading, const char *name, const json_t *value,
		     const char *place)
{
	char number[NUMBER_TEXT_MAX];

	if (json_is_string(value)) {
		say(reading, name, json_string_value(value), place);
	} else if (json_is_integer(value)) {
		(void)snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT,
			       json_integer_value(value));
		say(reading, name, number, place);
	} else if (json_is_array(value)) {
		say_list(reading, name, value, place);
	} else if (json_is_null(value)) {
		ixf_odd(reading, ODDITY_NULL, place);
	} else if (value != NULL) {
		value_odd(reading, place, "", "is no text and no number");
	}
}

/* Each of the rows that the object has. */
static void say_rows(struct ixf_reading *reading, const json_t *object, const struct row *rows,
		     const char *where)
{
	char place[PLACE_MAX];

	for (; rows->name != NULL; rows++) {
		const json_t *value = json_object_get(object, rows->name);
		(void)snprintf(place, sizeof place, "%.90s.%.36s", where, rows->name);
		if (value != NULL)
			say_json(reading, rows->field, value, place);
	}
}

/* --- the exchange ----------------------------------------------------------------------------- */

static const struct row exchange_rows[] = {
	{ "ixp_id", "ixp_id" },
	{ "ixf_id", "ixf_id" },
	{ "shortname", "shortname" },
	{ "name", "name" },
	{ "country", "country" },
	{ "url", "url" },
	{ "peeringdb_id", "peeringdb_id" },
	{ "support_email", "support_email" },
	{ "support_phone", "support_phone" },
	{ "support_contact_hours", "support_contact_hours" },
	{ "emergency_email", "emergency_email" },
	{ "emergency_phone", "emergency_phone" },
	{ "emergency_contact_hours", "emergency_contact_hours" },
	{ "billing_email", "billing_email" },
	{ "billing_phone", "billing_phone" },
	{ "billing_contact_hours", "billing_contact_hours" },
	{ "peering_policy_list", "peering_policy_list" },
	{ "stats_api", "stats_api" },
	{ NULL, NULL },
};

static const struct row switch_rows[] = {
	{ "name", "name" },   { "colo", "colo" },         { "pdb_facility_id", "pdb_facility_id" },
	{ "city", "city" },   { "country", "country" },   { "manufacturer", "manufacturer" },
	{ "model", "model" }, { "software", "software" }, { NULL, NULL },
};

static const struct row vlan_rows[] = {
	{ "name", "name" },
	{ NULL, NULL },
};

/* {prefix, mask_length, looking_glass_urls}; a prefix that has its length already is taken, too. */
static void lan_say(struct ixf_reading *reading, const json_t *object, enum family family,
		    const char *where)
{
	static const char *const prefix_field[] = { "ipv4_prefix", "ipv6_prefix" };
	static const char *const glass_field[] = { "ipv4_looking_glasses", "ipv6_looking_glasses" };
	const char *text = ixf_text_of(object, "prefix");
	const json_t *bits = json_object_get(object, "mask_length");
	const json_t *glasses = json_object_get(object, "looking_glass_urls");
	char place[PLACE_MAX];
	char prefix[80];

	if (text != NULL && text[0] != '\0') {
		place_join(where, ".prefix", place);
		if (strchr(text, '/') != NULL)
			(void)snprintf(prefix, sizeof prefix, "%.64s", text);
		else if (json_is_string(bits))
			(void)snprintf(prefix, sizeof prefix, "%.64s/%.4s", text,
				       json_string_value(bits));
		else
			(void)snprintf(prefix, sizeof prefix, "%.60s/%" JSON_INTEGER_FORMAT, text,
				       json_integer_value(bits));
		say(reading, prefix_field[family], prefix, place);
	}
	place_join(where, ".looking_glass_urls", place);
	if (json_is_array(glasses))
		say_list(reading, glass_field[family], glasses, place);
}

/* The entry's own number.  False: it has none, and cannot be referred to. */
static bool key_of(struct ixf_reading *reading, const json_t *entry, const char *where,
		   char key[FACT_KEY_MAX])
{
	const json_t *id = json_object_get(entry, "id");
	uint32_t number = 0;
	char place[PLACE_MAX];

	place_join(where, ".id", place);
	if (json_is_integer(id) && json_integer_value(id) >= 0 &&
	    json_integer_value(id) <= FACT_NUMBER_MAX)
		number = (uint32_t)json_integer_value(id);
	else if (!json_is_string(id) ||
		 !decimal_u32(json_string_value(id), FACT_NUMBER_MAX, &number)) {
		value_odd(reading, place, "", "is no number, and the entry cannot be known by it");
		return false;
	}
	(void)snprintf(key, FACT_KEY_MAX, "%u", number);
	return true;
}

static void switches_say(struct ixf_reading *reading, const json_t *list, const char *where)
{
	char key[FACT_KEY_MAX];
	char place[PLACE_MAX];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		char tail[32];
		(void)snprintf(tail, sizeof tail, ".switch[%zu]", i);
		place_join(where, tail, place);
		if (!key_of(reading, entry, place, key))
			continue;
		begin(reading, FACT_SWITCH, key);
		say_rows(reading, entry, switch_rows, place);
		(void)keep(reading, 0);
	}
}

static void vlans_say(struct ixf_reading *reading, const json_t *list, const char *where)
{
	static const char *const names[FAMILY_COUNT] = { ".ipv4", ".ipv6" };
	char key[FACT_KEY_MAX];
	char place[PLACE_MAX];
	char inside[PLACE_MAX];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		char tail[32];
		(void)snprintf(tail, sizeof tail, ".vlan[%zu]", i);
		place_join(where, tail, place);
		if (!key_of(reading, entry, place, key))
			continue;
		begin(reading, FACT_VLAN, key);
		say_rows(reading, entry, vlan_rows, place);
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			place_join(place, names[f], inside);
			lan_say(reading, json_object_get(entry, names[f] + 1), (enum family)f,
				inside);
		}
		(void)keep(reading, 0);
	}
}

void ixf_facts_exchanges(struct ixf_reading *reading, const json_t *root)
{
	const json_t *list = json_object_get(root, "ixp_list");
	char place[PLACE_MAX];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		const json_t *ixf_id = json_object_get(entry, "ixf_id");
		(void)snprintf(place, sizeof place, "ixp_list[%zu]", i);
		if (i == 0) {
			begin(reading, FACT_EXCHANGE, "1");
			say_rows(reading, entry, exchange_rows, place);
			/* 0 stands for a number that is not given yet. */
			if (json_is_integer(ixf_id) && json_integer_value(ixf_id) == 0)
				reading->said &= ~(UINT32_C(1) << fact_field_index(
							   reading->fact.kind, "ixf_id"));
			(void)keep(reading, 0);
		} else {
			ixf_odd(reading, ODDITY_EXCHANGES, place);
		}
		switches_say(reading, json_object_get(entry, "switch"), place);
		vlans_say(reading, json_object_get(entry, "vlan"), place);
	}
}

/* --- members ---------------------------------------------------------------------------------- */

static void contact_say(struct ixf_reading *reading, const json_t *member, size_t index,
			uint32_t asn)
{
	static const struct row hours[] = { { "contact_hours", "hours" }, { NULL, NULL } };
	const json_t *email = json_array_get(json_object_get(member, "contact_email"), index);
	const json_t *phone = json_array_get(json_object_get(member, "contact_phone"), index);
	char number[NUMBER_TEXT_MAX];
	char place[PLACE_MAX];

	begin(reading, FACT_CONTACT, "");
	(void)snprintf(number, sizeof number, "%u", asn);
	say(reading, "asn", number, "");
	ixf_member_place(reading, ".contact_email", place);
	say_json(reading, "email", email, place);
	ixf_member_place(reading, ".contact_phone", place);
	say_json(reading, "phone", phone, place);
	ixf_member_place(reading, "", place);
	say_rows(reading, member, hours, place);
	/* The number alone tells nobody whom to call. */
	if ((reading->said & (reading->said - 1)) != 0)
		(void)keep(reading, asn);
}

void ixf_facts_member(struct ixf_reading *reading, const json_t *member, uint32_t asn)
{
	static const struct row rows[] = {
		{ "url", "url" },
		{ "peering_policy", "peering_policy" },
		{ "peering_policy_url", "peering_policy_url" },
		{ "member_since", "member_since" },
		{ NULL, NULL },
	};
	const char *type = ixf_text_of(member, "member_type");
	size_t emails = json_array_size(json_object_get(member, "contact_email"));
	size_t phones = json_array_size(json_object_get(member, "contact_phone"));
	bool has_hours = json_object_get(member, "contact_hours") != NULL;
	char number[NUMBER_TEXT_MAX];
	char place[PLACE_MAX];

	(void)snprintf(number, sizeof number, "%u", asn);
	begin(reading, FACT_MEMBER, number);
	ixf_member_place(reading, "", place);
	say_rows(reading, member, rows, place);
	ixf_member_place(reading, ".member_type", place);
	/* Which 0.7 did away with. */
	if (type != NULL)
		say(reading, "member_type", strcmp(type, "probono") == 0 ? "other" : type, place);
	if (reading->said != 0)
		(void)keep(reading, asn);
	for (size_t i = 0; i < emails || i < phones || (i == 0 && has_hours); i++)
		contact_say(reading, member, i, asn);
}

/* --- connections and addresses ---------------------------------------------------------------- */

static void port_say(struct ixf_reading *reading, const json_t *port, uint32_t asn,
		     const char *where)
{
	static const struct row rows[] = {
		{ "switch_id", "switch" },
		{ "if_speed", "speed_mbps" },
		{ "if_type", "if_type" },
		{ NULL, NULL },
	};

	begin(reading, FACT_PORT, "");
	say_rows(reading, port, rows, where);
	if (reading->said != 0)
		(void)keep(reading, asn);
}

static void state_say(struct ixf_reading *reading, const json_t *connection)
{
	const struct fact_field *field = reading->fact.kind->field;
	const char *state = ixf_text_of(connection, "state");
	char place[PLACE_MAX];

	ixf_connection_place(reading, ".state", place);
	if (!reading->is_idle) {
		say(reading, "state", "connected", place);
	} else if (fact_set(&reading->fact, 0, state) == NULL &&
		   strcmp(field->name, "state") == 0) {
		say(reading, "state", state, place);
	} else {
		ixf_odd(reading, ODDITY_STATE, place);
		say(reading, "state", "notconnected", place);
	}
}

void ixf_facts_connection(struct ixf_reading *reading, const json_t *connection, uint32_t asn)
{
	static const struct row rows[] = { { "connected_since", "connected_since" },
					   { NULL, NULL } };
	const json_t *ports = json_object_get(connection, "if_list");
	char place[PLACE_MAX];

	begin(reading, FACT_CONNECTION, "");
	ixf_connection_place(reading, "", place);
	say_rows(reading, connection, rows, place);
	state_say(reading, connection);
	(void)keep(reading, asn);
	if (json_array_size(ports) > IXF_PORTS_MAX) {
		complain(reading->complaints, false, "%s: %s.if_list: %zu ports; at most %u fit",
			 reading->file, place, json_array_size(ports), IXF_PORTS_MAX);
		return;
	}
	for (size_t i = 0; i < json_array_size(ports); i++) {
		char tail[32];
		(void)snprintf(tail, sizeof tail, ".if_list[%zu]", i);
		ixf_connection_place(reading, tail, place);
		port_say(reading, json_array_get(ports, i), asn, place);
	}
}

static void service_say(struct ixf_reading *reading, const json_t *object, const char *where)
{
	static const struct row rows[] = {
		{ "type", "service" },
		{ "os", "os" },
		{ "os_version", "os_version" },
		{ "daemon", "daemon" },
		{ "daemon_version", "daemon_version" },
		{ NULL, NULL },
	};
	const json_t *services = json_object_get(object, "services");

	if (json_array_size(services) > 1)
		ixf_odd(reading, ODDITY_SERVICES, where);
	if (json_array_size(services) != 0)
		say_rows(reading, json_array_get(services, 0), rows, where);
}

void ixf_facts_address(struct ixf_reading *reading, const json_t *vlan, const json_t *object,
		       const struct ixf_address *address)
{
	static const struct row rows[] = { { "as_macro", "as_macro" },
					   { "mac_addresses", "mac_addresses" },
					   { NULL, NULL } };
	static const struct row old[] = { { "mac_address", "mac_addresses" }, { NULL, NULL } };
	const json_t *server = json_object_get(object, "routeserver");
	char key[ADDRESS_TEXT_MAX];
	char place[PLACE_MAX];

	address_print(&address->address, key);
	begin(reading, FACT_ADDRESS, key);
	ixf_vlan_place(reading, address->address.family == FAMILY_IPV4 ? ".ipv4" : ".ipv6", "",
		       place);
	say_rows(reading, object, rows, place);
	/* Where 0.4 and 0.5 had it. */
	say_rows(reading, vlan, old, place);
	service_say(reading, object, place);
	if (json_is_boolean(server))
		say(reading, "routeserver", json_is_true(server) ? "yes" : "no", place);
	if (reading->said != 0)
		(void)keep(reading, address->asn);
}

/* Things lie by member here. */
void ixf_facts_check(const struct ixf_reading *reading)
{
	const struct ixf_list *list = reading->list;
	uint32_t contacts = 0;

	for (uint32_t i = 0; i < list->thing_count; i++) {
		const struct ixf_thing *thing = &list->thing[i];
		if (i != 0 && list->thing[i - 1].asn != thing->asn)
			contacts = 0;
		contacts += thing->kind == FACT_CONTACT ? 1 : 0;
		if (thing->kind == FACT_CONTACT && contacts == IXF_CONTACTS_MAX + 1)
			complain(reading->complaints, false, "%s: AS%u: more than %u contacts",
				 reading->file, thing->asn, IXF_CONTACTS_MAX);
	}
}
