/* registry/ixf.c — the walk through a member export. */
#include "registry/ixf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "base/decimal.h"
#include "base/mem.h"
#include "registry/ixf_reading.h"
#include "text/utf8.h"

static const char *const oddity_text[ODDITY_COUNT] = {
	[ODDITY_NULL] = "null where something belongs; left out",
	[ODDITY_TEXT_NUMBER] = "a number written as text",
	[ODDITY_EMPTY] = "no address in it; left out",
	[ODDITY_OTHER_FAMILY] = "an address of the other family; taken as what it is",
	[ODDITY_LONG_NAME] = "the name is too long; cut",
	[ODDITY_LONG_MACRO] = "the AS macros are too long together; some left out",
	[ODDITY_LIMIT] = "no number of routes; left out",
	[ODDITY_OWN_SERVER] = "the exchange's own route server; left out",
	[ODDITY_NO_LIST] = "no list of connections; the member has no address",
	[ODDITY_TWICE] = "the AS number stands in the list before; taken together",
	[ODDITY_STATE] = "a state that is not known; taken as notconnected",
	[ODDITY_VALUE] = NULL, /* oddity_value */
	[ODDITY_SERVICES] = "more than one service; the first is taken",
	[ODDITY_EXCHANGES] = "more than one exchange: members of all are taken together, and what "
			     "the first says of itself",
};

/* --- saying what is odd ----------------------------------------------------------------------- */

void ixf_odd(struct ixf_reading *reading, enum ixf_oddity oddity, const char *place)
{
	if (reading->oddity_count[oddity]++ == 0)
		(void)snprintf(reading->oddity_place[oddity], PLACE_MAX, "%s", place);
}

static void wrong(struct ixf_reading *reading, const char *place, const char *what)
{
	complain(reading->complaints, false, "%s: %s: %s", reading->file, place, what);
}

static void oddities_tell(const struct ixf_reading *reading)
{
	for (uint32_t i = 0; i < ODDITY_COUNT; i++) {
		uint32_t count = reading->oddity_count[i];
		char times[32] = "";
		if (count > 1)
			(void)snprintf(times, sizeof times, " and %u more", count - 1);
		if (count != 0)
			complain(reading->complaints, true, "%s: %s%s: %s", reading->file,
				 reading->oddity_place[i], times,
				 i == ODDITY_VALUE ? reading->oddity_value : oddity_text[i]);
	}
}

void ixf_member_place(const struct ixf_reading *reading, const char *tail, char out[PLACE_MAX])
{
	(void)snprintf(out, PLACE_MAX, "member_list[%u]%s", reading->member, tail);
}

void ixf_connection_place(const struct ixf_reading *reading, const char *tail, char out[PLACE_MAX])
{
	(void)snprintf(out, PLACE_MAX, "member_list[%u].connection_list[%u]%s", reading->member,
		       reading->connection, tail);
}

void ixf_vlan_place(const struct ixf_reading *reading, const char *family, const char *tail,
		    char out[PLACE_MAX])
{
	(void)snprintf(out, PLACE_MAX, "member_list[%u].connection_list[%u].vlan_list[%u]%s%s",
		       reading->member, reading->connection, reading->vlan, family, tail);
}

/* --- values ----------------------------------------------------------------------------------- */

/* False: neither a number in range nor text that is one. */
static bool number_read(struct ixf_reading *reading, const json_t *value, uint32_t max,
			const char *place, uint32_t *out)
{
	if (json_is_integer(value)) {
		json_int_t number = json_integer_value(value);
		*out = (uint32_t)number;
		return number >= 0 && number <= (json_int_t)max;
	}
	const char *text = json_string_value(value);
	if (text == NULL)
		return false;
	if (strncasecmp(text, "as", 2) == 0)
		text += 2;
	if (!decimal_u32(text, max, out))
		return false;
	ixf_odd(reading, ODDITY_TEXT_NUMBER, place);
	return true;
}

/* The text of a name in an object; NULL when it is not there or something else. */
const char *ixf_text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)) != NULL; at++) {
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	}
	return false;
}

/* In the order of the alphabet: the order of addresses shall not matter. */
static void macro_word_add(struct ixf_reading *reading, const char *word, const char *place)
{
	struct ixf_member *member = &reading->list->member[reading->list->member_count - 1];
	char *macro = member->as_macro;
	char behind[REGISTRY_TEXT_MAX];
	size_t len = strlen(macro);
	size_t at = 0;

	if (has_word(macro, word))
		return;
	if (len + strlen(word) + 2 > sizeof member->as_macro) {
		ixf_odd(reading, ODDITY_LONG_MACRO, place);
		return;
	}
	while (at < len && strcmp(macro + at, word) < 0) {
		at += strcspn(macro + at, " ");
		at += macro[at] == ' ' ? 1 : 0;
	}
	(void)snprintf(behind, sizeof behind, "%s", macro + at);
	bool is_last = behind[0] == '\0';
	at += is_last && len != 0 ?
		      (size_t)snprintf(macro + at, sizeof member->as_macro - at, " ") :
		      0;
	(void)snprintf(macro + at, sizeof member->as_macro - at, "%s%s%s", word, is_last ? "" : " ",
		       behind);
}

/* Each word once, whatever the order in which addresses say several. */
static void macro_add(struct ixf_reading *reading, const char *text, const char *place)
{
	char clean[REGISTRY_TEXT_MAX];
	char word[REGISTRY_TEXT_MAX];

	if (!utf8_clean(octets_of_text(text), " ", clean, sizeof clean)) {
		ixf_odd(reading, ODDITY_LONG_MACRO, place);
		return;
	}
	for (const char *at = clean; *at != '\0';) {
		size_t len = strcspn(at, " ");
		(void)snprintf(word, sizeof word, "%.*s", (int)len, at);
		if (len != 0)
			macro_word_add(reading, word, place);
		at += len + (at[len] == ' ' ? 1 : 0);
	}
}

/* --- addresses -------------------------------------------------------------------------------- */

static void address_take(struct ixf_reading *reading, const struct address *address,
			 uint32_t routes_max, bool uses_server)
{
	struct ixf_list *list = reading->list;

	if (!heap_grow(list->heap, (void **)&list->address, &list->address_room,
		       list->address_count + 1, sizeof *list->address)) {
		reading->memory_is_out = true;
		return;
	}
	list->address[list->address_count] = (struct ixf_address){
		.asn = list->member[list->member_count - 1].asn,
		.place = reading->member,
		.connection = list->connection_count,
		.order = list->address_count,
		.routes_max = routes_max,
		.address = *address,
		.no_session = !uses_server || reading->is_idle,
	};
	list->address_count++;
}

static bool is_own_server(const json_t *object)
{
	const json_t *services = json_object_get(object, "services");

	for (size_t i = 0; i < json_array_size(services); i++) {
		const char *type = ixf_text_of(json_array_get(services, i), "type");
		if (type != NULL && strcmp(type, "ixrouteserver") == 0)
			return true;
	}
	return false;
}

/* The part that is for one family: {address, as_macro, max_prefix, routeserver, services}. */
static void family_read(struct ixf_reading *reading, const json_t *vlan, const json_t *object,
			enum family family)
{
	const char *name = family == FAMILY_IPV4 ? ".ipv4" : ".ipv6";
	const char *text = ixf_text_of(object, "address");
	const json_t *limit = json_object_get(object, "max_prefix");
	struct address address;
	uint32_t routes_max = 0;
	char place[PLACE_MAX];

	ixf_vlan_place(reading, name, ".address", place);
	if (text == NULL || text[0] == '\0') {
		ixf_odd(reading, ODDITY_EMPTY, place);
		return;
	}
	if (!address_parse(text, &address)) {
		char what[96];
		(void)snprintf(what, sizeof what, "\"%.64s\" is not an address", text);
		wrong(reading, place, what);
		return;
	}
	if (address.family != (uint8_t)family)
		ixf_odd(reading, ODDITY_OTHER_FAMILY, place);
	if (is_own_server(object)) {
		ixf_odd(reading, ODDITY_OWN_SERVER, place);
		return;
	}
	ixf_vlan_place(reading, name, ".max_prefix", place);
	if (limit != NULL && !json_is_null(limit) &&
	    !number_read(reading, limit, REGISTRY_ROUTES_MAX, place, &routes_max)) {
		ixf_odd(reading, ODDITY_LIMIT, place);
		routes_max = 0;
	}
	ixf_vlan_place(reading, name, ".as_macro", place);
	const char *macro = ixf_text_of(object, "as_macro");
	if (macro != NULL)
		macro_add(reading, macro, place);
	address_take(reading, &address, routes_max,
		     !json_is_false(json_object_get(object, "routeserver")));
	if (!reading->memory_is_out)
		ixf_facts_address(reading, vlan, object,
				  &reading->list->address[reading->list->address_count - 1]);
}

/* In the order of the file, so that an export read again gives the same order. */
static void vlan_read(struct ixf_reading *reading, json_t *vlan)
{
	const char *name = NULL;
	json_t *object = NULL;
	char place[PLACE_MAX];

	json_object_foreach(vlan, name, object)
	{
		bool is_ipv4 = strcmp(name, "ipv4") == 0;
		if (!is_ipv4 && strcmp(name, "ipv6") != 0)
			continue;
		ixf_vlan_place(reading, is_ipv4 ? ".ipv4" : ".ipv6", "", place);
		if (json_is_object(object))
			family_read(reading, vlan, object, is_ipv4 ? FAMILY_IPV4 : FAMILY_IPV6);
		else if (json_is_null(object))
			ixf_odd(reading, ODDITY_NULL, place);
		else
			wrong(reading, place, "not an object with an address");
	}
}

/* --- connections and members ------------------------------------------------------------------ */

/* Not one of the words that say that it is in use. */
static bool is_idle(const json_t *connection)
{
	static const char *const states[] = { "active", "connected", "operational" };
	const char *state = ixf_text_of(connection, "state");

	for (size_t i = 0; state != NULL && i < sizeof states / sizeof *states; i++) {
		if (strcasecmp(state, states[i]) == 0)
			return false;
	}
	return state != NULL && state[0] != '\0';
}

static void connection_read(struct ixf_reading *reading, const json_t *connection)
{
	const json_t *vlans = json_object_get(connection, "vlan_list");
	const struct ixf_list *list = reading->list;
	char place[PLACE_MAX];

	reading->is_idle = is_idle(connection);
	ixf_facts_connection(reading, connection, list->member[list->member_count - 1].asn);
	ixf_connection_place(reading, ".vlan_list", place);
	if (json_is_null(vlans))
		ixf_odd(reading, ODDITY_NULL, place);
	else if (vlans != NULL && !json_is_array(vlans))
		wrong(reading, place, "not a list");
	for (reading->vlan = 0; reading->vlan < json_array_size(vlans); reading->vlan++) {
		json_t *vlan = json_array_get(vlans, reading->vlan);
		ixf_vlan_place(reading, "", "", place);
		if (json_is_object(vlan))
			vlan_read(reading, vlan);
		else if (json_is_null(vlan))
			ixf_odd(reading, ODDITY_NULL, place);
		else
			wrong(reading, place, "not an object");
	}
	reading->list->connection_count++;
}

static void connections_read(struct ixf_reading *reading, const json_t *member)
{
	const json_t *connections = json_object_get(member, "connection_list");
	char place[PLACE_MAX];

	ixf_member_place(reading, ".connection_list", place);
	if (connections == NULL || json_is_null(connections))
		ixf_odd(reading, ODDITY_NO_LIST, place);
	else if (!json_is_array(connections))
		wrong(reading, place, "not a list");
	for (reading->connection = 0; reading->connection < json_array_size(connections);
	     reading->connection++) {
		const json_t *connection = json_array_get(connections, reading->connection);
		ixf_connection_place(reading, "", place);
		if (json_is_object(connection))
			connection_read(reading, connection);
		else if (json_is_null(connection))
			ixf_odd(reading, ODDITY_NULL, place);
		else
			wrong(reading, place, "not an object");
	}
}

static void member_read(struct ixf_reading *reading, const json_t *member)
{
	struct ixf_list *list = reading->list;
	const char *name = ixf_text_of(member, "name");
	const char *type = ixf_text_of(member, "member_type");
	struct ixf_member out = { .place = reading->member };
	char place[PLACE_MAX];

	ixf_member_place(reading, ".asnum", place);
	if (!number_read(reading, json_object_get(member, "asnum"), UINT32_MAX, place, &out.asn) ||
	    out.asn == 0) {
		wrong(reading, place, "not an AS number from 1 to 4294967295");
		out.asn = 0;
	}
	ixf_member_place(reading, ".name", place);
	if (name != NULL && !utf8_clean(octets_of_text(name), " ", out.name, sizeof out.name))
		ixf_odd(reading, ODDITY_LONG_NAME, place);
	if (type != NULL && strcmp(type, "routeserver") == 0) {
		ixf_member_place(reading, "", place);
		ixf_odd(reading, ODDITY_OWN_SERVER, place);
		return;
	}
	if (!heap_grow(list->heap, (void **)&list->member, &list->member_room,
		       list->member_count + 1, sizeof *list->member)) {
		reading->memory_is_out = true;
		return;
	}
	list->member[list->member_count++] = out;
	ixf_facts_member(reading, member, out.asn);
	connections_read(reading, member);
}

static void member_list_read(struct ixf_reading *reading, const json_t *members)
{
	char place[PLACE_MAX];

	for (reading->member = 0; reading->member < json_array_size(members); reading->member++) {
		const json_t *member = json_array_get(members, reading->member);
		ixf_member_place(reading, "", place);
		if (json_is_object(member))
			member_read(reading, member);
		else if (json_is_null(member))
			ixf_odd(reading, ODDITY_NULL, place);
		else
			wrong(reading, place, "not an object");
	}
}

/* --- the document ----------------------------------------------------------------------------- */

static bool version_is_known(const char *version)
{
	static const char *const known[] = { "0.4", "0.5", "0.6", "0.7", "1.0" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (strcmp(version, known[i]) == 0)
			return true;
	}
	return false;
}

static void head_read(struct ixf_reading *reading, const json_t *root)
{
	const char *version = ixf_text_of(root, "version");

	if (version == NULL)
		complain(reading->complaints, true, "%s: no version; read as 1.0", reading->file);
	else if (!version_is_known(version))
		complain(reading->complaints, true,
			 "%s: version \"%.16s\" is not known; read as 1.0", reading->file, version);
	(void)snprintf(reading->list->version, sizeof reading->list->version, "%s",
		       version != NULL ? version : "1.0");
	if (ixf_text_of(root, "timestamp") == NULL)
		complain(reading->complaints, true,
			 "%s: no timestamp: nobody can tell how old the list is", reading->file);
}

/* {prefix, mask_length} of a VLAN; what is no prefix is passed over: it decides nothing. */
static void lan_read(struct ixf_list *list, const json_t *object)
{
	const char *text = ixf_text_of(object, "prefix");
	json_int_t len_bits = json_integer_value(json_object_get(object, "mask_length"));
	char whole[PREFIX_TEXT_MAX];

	if (text == NULL || list->lan_count == IXF_LANS_MAX || strchr(text, '/') != NULL ||
	    snprintf(whole, sizeof whole, "%s/%" JSON_INTEGER_FORMAT, text, len_bits) >=
		    (int)sizeof whole)
		return;
	list->lan_count += prefix_parse(whole, &list->lan[list->lan_count], NULL) ? 1 : 0;
}

static void lans_read(struct ixf_list *list, const json_t *root)
{
	const json_t *exchanges = json_object_get(root, "ixp_list");

	for (size_t i = 0; i < json_array_size(exchanges); i++) {
		const json_t *vlans = json_object_get(json_array_get(exchanges, i), "vlan");
		for (size_t j = 0; j < json_array_size(vlans); j++) {
			lan_read(list, json_object_get(json_array_get(vlans, j), "ipv4"));
			lan_read(list, json_object_get(json_array_get(vlans, j), "ipv6"));
		}
	}
}

/* Entries of one ASN become one. */
static void members_merge(struct ixf_reading *reading)
{
	struct ixf_list *list = reading->list;
	uint32_t kept = 0;
	char place[PLACE_MAX];

	if (list->member_count == 0)
		return;
	ixf_list_sort(list);
	for (uint32_t i = 1; i < list->member_count; i++) {
		struct ixf_member *into = &list->member[kept];
		const struct ixf_member *next = &list->member[i];
		if (next->asn != into->asn) {
			list->member[++kept] = *next;
			continue;
		}
		reading->member = next->place;
		ixf_member_place(reading, ".asnum", place);
		if (next->asn != 0)
			ixf_odd(reading, ODDITY_TWICE, place);
		if (into->name[0] == '\0')
			mem_copy(into->name, next->name, sizeof into->name);
		if (into->as_macro[0] == '\0')
			mem_copy(into->as_macro, next->as_macro, sizeof into->as_macro);
	}
	list->member_count = kept + 1;
}

static size_t seed_draw(void)
{
	size_t seed = 0;

	if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed || seed == 0)
		seed = 1;
	return seed;
}

struct fault ixf_read(const char *file, struct octets text, struct ixf_list *out,
		      struct complaints *complaints)
{
	struct ixf_reading reading = { .file = file, .list = out, .complaints = complaints };
	uint32_t errors_before = complaints->error_count;
	json_t *root = json_read(file, text, IXF_OCTETS_MAX, seed_draw(), complaints);
	const json_t *members = json_object_get(root, "member_list");

	if (root == NULL)
		return fault_of(FAULT_MALFORMED, 0);
	if (!json_is_array(members)) {
		complain(complaints, false, "%s: no IX-F member export: %s", file,
			 !json_is_object(root) ? "the document is not an object" :
			 members == NULL       ? "member_list is missing" :
						 "member_list is not a list");
	} else {
		head_read(&reading, root);
		lans_read(out, root);
		ixf_facts_exchanges(&reading, root);
		member_list_read(&reading, members);
		members_merge(&reading);
		ixf_list_join(out);
		ixf_facts_check(&reading);
		oddities_tell(&reading);
	}
	json_decref(root);
	if (reading.memory_is_out) {
		complain(complaints, false, "%s: out of memory", file);
		return fault_of(FAULT_LIMIT, 0);
	}
	return complaints->error_count == errors_before ? fault_none() :
							  fault_of(FAULT_MALFORMED, 0);
}
