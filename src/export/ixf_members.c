/* export/ixf_members.c — members with their connections and addresses, and the route server's own
 * entry. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "export/ixf_inside.h"
#include "rules/bogon.h"

/* --- connections ------------------------------------------------------------------------------ */

/* The index of the address's VLAN; IXF_VLANS_MAX = none that is known. */
static uint32_t vlan_of(const struct ixf_exporting *exporting, const struct address *address)
{
	uint32_t without = IXF_VLANS_MAX;
	uint32_t without_count = 0;

	for (uint32_t i = 0; i < exporting->vlan_count; i++) {
		const struct ixf_vlan *vlan = &exporting->vlan[i];
		if (!vlan->has_prefix[address->family]) {
			without = i;
			without_count++;
		} else if (prefix_has_address(&vlan->prefix[address->family], address)) {
			return i;
		}
	}
	return without_count == 1 ? without : IXF_VLANS_MAX;
}

static bool is_in_lan(const struct registry_exchange *exchange, const struct address *address)
{
	for (uint32_t i = 0; i < exchange->lan_count; i++) {
		if (prefix_has_address(&exchange->lan[i], address))
			return true;
	}
	return false;
}

static void service_print(struct json *json, const struct fact *facts)
{
	const char *type = fact_of(facts, "service");

	if (type[0] == '\0')
		return;
	json_field_array(json, "services");
	json_object_open(json);
	json_field_text(json, "type", type);
	ixf_text_field(json, "os", fact_of(facts, "os"));
	ixf_text_field(json, "os_version", fact_of(facts, "os_version"));
	ixf_text_field(json, "daemon", fact_of(facts, "daemon"));
	ixf_text_field(json, "daemon_version", fact_of(facts, "daemon_version"));
	json_object_close(json);
	json_array_close(json);
}

static struct fault address_print_object(struct ixf_exporting *exporting,
					 const struct registry_member *member, uint32_t index)
{
	struct json *json = &exporting->json;
	const struct address *address = &member->address[index];
	uint32_t routes_max = member->routes_max[address->family];
	char text[ADDRESS_TEXT_MAX];
	struct fact facts;

	address_print(address, text);
	TRY(ixf_fact_or_none(exporting->store, FACT_ADDRESS, text, &facts));
	const char *macro = fact_of(&facts, "as_macro");
	json_field_object(json, ixf_family_key[address->family]);
	json_field_text(json, "address", text);
	json_field_bool(json, "routeserver", fact_yes(&facts, "routeserver"));
	if (exporting->how->is_full && routes_max != 0)
		json_field_u64(json, "max_prefix", routes_max);
	ixf_text_field(json, "as_macro", macro[0] != '\0' ? macro : member->as_macro);
	ixf_list_field(json, "mac_addresses", fact_of(&facts, "mac_addresses"));
	service_print(json, &facts);
	json_object_close(json);
	return fault_none();
}

/* Addresses in a VLAN: one of each family an entry. */
static struct fault vlan_addresses_print(struct ixf_exporting *exporting,
					 const struct registry_member *member, uint32_t vlan)
{
	struct json *json = &exporting->json;
	bool is_done[REGISTRY_ADDRESSES_MAX] = { false };

	for (uint32_t i = 0; i < member->address_count; i++) {
		const struct address *first = &member->address[i];
		bool has_family[FAMILY_COUNT] = { false };
		if (is_done[i] || !is_in_lan(exporting->exchange, first) ||
		    vlan_of(exporting, first) != vlan)
			continue;
		json_object_open(json);
		if (vlan != IXF_VLANS_MAX)
			json_field_i64(json, "vlan_id", exporting->vlan[vlan].id);
		for (uint32_t j = i; j < member->address_count; j++) {
			const struct address *address = &member->address[j];
			if (is_done[j] || has_family[address->family] ||
			    !is_in_lan(exporting->exchange, address) ||
			    vlan_of(exporting, address) != vlan)
				continue;
			has_family[address->family] = true;
			is_done[j] = true;
			TRY(address_print_object(exporting, member, j));
		}
		json_object_close(json);
	}
	return fault_none();
}

static bool port_print(void *context, const struct fact *fact)
{
	struct json *json = &((struct ixf_exporting *)context)->json;

	json_object_open(json);
	ixf_number_field(json, "switch_id", fact_of(fact, "switch"));
	ixf_number_field(json, "if_speed", fact_of(fact, "speed_mbps"));
	ixf_text_field(json, "if_type", fact_of(fact, "if_type"));
	json_object_close(json);
	return true;
}

static struct fault connection_print(struct ixf_exporting *exporting,
				     const struct registry_member *member)
{
	struct json *json = &exporting->json;
	char key[FACT_KEY_MAX];
	struct fact facts;

	(void)snprintf(key, sizeof key, "%" PRId64, member->connection_id);
	TRY(ixf_fact_or_none(exporting->store, FACT_CONNECTION, key, &facts));
	json_object_open(json);
	json_field_i64(json, "ixp_id", exporting->ixp_id);
	ixf_text_field(json, "state", fact_of(&facts, "state"));
	ixf_text_field(json, "connected_since", fact_of(&facts, "connected_since"));
	json_field_array(json, "if_list");
	TRY(fact_walk(exporting->store, FACT_PORT, "connection", key, port_print, exporting));
	json_array_close(json);
	json_field_array(json, "vlan_list");
	for (uint32_t i = 0; i < exporting->vlan_count; i++)
		TRY(vlan_addresses_print(exporting, member, i));
	TRY(vlan_addresses_print(exporting, member, IXF_VLANS_MAX));
	json_array_close(json);
	json_object_close(json);
	return fault_none();
}

/* --- members ---------------------------------------------------------------------------------- */

#define CONTACTS_SHOWN_MAX 16u

/* What the form shows of a member's contacts. */
struct contacts {
	bool is_full;
	uint32_t count;
	char email[CONTACTS_SHOWN_MAX][FACT_VALUE_MAX];
	char phone[CONTACTS_SHOWN_MAX][FACT_VALUE_MAX];
	char hours[FACT_VALUE_MAX];
};

static bool contact_take(void *context, const struct fact *fact)
{
	struct contacts *contacts = context;

	if (!contacts->is_full && !fact_yes(fact, "public"))
		return true;
	if (contacts->hours[0] == '\0')
		(void)snprintf(contacts->hours, FACT_VALUE_MAX, "%s", fact_of(fact, "hours"));
	(void)snprintf(contacts->email[contacts->count], FACT_VALUE_MAX, "%s",
		       fact_of(fact, "email"));
	(void)snprintf(contacts->phone[contacts->count], FACT_VALUE_MAX, "%s",
		       fact_of(fact, "phone"));
	return ++contacts->count < CONTACTS_SHOWN_MAX;
}

static void contact_list_print(struct json *json, const char *name, char (*list)[FACT_VALUE_MAX],
			       uint32_t count)
{
	bool is_open = false;

	for (uint32_t i = 0; i < count; i++) {
		if (list[i][0] != '\0' && !is_open)
			json_field_array(json, name);
		is_open |= list[i][0] != '\0';
		if (list[i][0] != '\0')
			json_text(json, list[i]);
	}
	if (is_open)
		json_array_close(json);
}

static struct fault contacts_print(struct ixf_exporting *exporting, const char *asn)
{
	struct json *json = &exporting->json;
	struct contacts contacts = { .is_full = exporting->how->is_full };

	TRY(fact_walk(exporting->store, FACT_CONTACT, "asn", asn, contact_take, &contacts));
	contact_list_print(json, "contact_email", contacts.email, contacts.count);
	contact_list_print(json, "contact_phone", contacts.phone, contacts.count);
	ixf_text_field(json, "contact_hours", contacts.hours);
	return fault_none();
}

/* The connections from *at on that are one member's; *at moves behind them. */
static struct fault member_print(struct ixf_exporting *exporting, const struct registry_list *list,
				 uint32_t *at)
{
	const struct registry_member *first = &list->item[*at];
	struct json *json = &exporting->json;
	struct fact facts;
	char asn[FACT_KEY_MAX];

	(void)snprintf(asn, sizeof asn, "%u", first->asn);
	TRY(ixf_fact_or_none(exporting->store, FACT_MEMBER, asn, &facts));
	json_object_open(json);
	json_field_u64(json, "asnum", first->asn);
	ixf_text_field(json, "member_type", fact_of(&facts, "member_type"));
	ixf_text_field(json, "name", first->name);
	ixf_text_field(json, "url", fact_of(&facts, "url"));
	ixf_text_field(json, "peering_policy", fact_of(&facts, "peering_policy"));
	ixf_text_field(json, "peering_policy_url", fact_of(&facts, "peering_policy_url"));
	ixf_text_field(json, "member_since", fact_of(&facts, "member_since"));
	TRY(contacts_print(exporting, asn));
	json_field_array(json, "connection_list");
	for (; *at < list->count && list->item[*at].asn == first->asn; (*at)++)
		TRY(connection_print(exporting, &list->item[*at]));
	json_array_close(json);
	json_object_close(json);
	return fault_none();
}

static bool is_shown(const struct ixf_exporting *exporting, uint32_t asn)
{
	return exporting->how->is_full || exporting->exchange->is_trial || !rules_asn_is_bogon(asn);
}

/* --- the route server's own entry ------------------------------------------------------------- */

static void server_address_print(struct ixf_exporting *exporting, const struct address *address)
{
	struct json *json = &exporting->json;
	uint32_t vlan = vlan_of(exporting, address);
	char text[ADDRESS_TEXT_MAX];

	address_print(address, text);
	json_object_open(json);
	if (vlan != IXF_VLANS_MAX)
		json_field_i64(json, "vlan_id", exporting->vlan[vlan].id);
	json_field_object(json, ixf_family_key[address->family]);
	json_field_text(json, "address", text);
	json_field_array(json, "services");
	json_object_open(json);
	json_field_text(json, "type", "ixrouteserver");
	json_field_text(json, "daemon", "plenum");
	json_object_close(json);
	json_array_close(json);
	json_object_close(json);
	json_object_close(json);
}

static void server_print(struct ixf_exporting *exporting)
{
	const struct registry_exchange *exchange = exporting->exchange;
	struct json *json = &exporting->json;
	bool is_in_any = false;

	for (uint32_t i = 0; i < exchange->listen_count; i++)
		is_in_any |= is_in_lan(exchange, &exchange->listen[i].address);
	if (!is_in_any || !is_shown(exporting, exchange->asn))
		return;
	json_object_open(json);
	json_field_u64(json, "asnum", exchange->asn);
	json_field_text(json, "member_type", "ixp");
	json_field_text(json, "name", exchange->name);
	json_field_array(json, "connection_list");
	json_object_open(json);
	json_field_i64(json, "ixp_id", exporting->ixp_id);
	json_field_text(json, "state", "connected");
	json_field_array(json, "vlan_list");
	for (uint32_t i = 0; i < exchange->listen_count; i++) {
		if (is_in_lan(exchange, &exchange->listen[i].address))
			server_address_print(exporting, &exchange->listen[i].address);
	}
	json_array_close(json);
	json_object_close(json);
	json_array_close(json);
	json_object_close(json);
}

struct fault ixf_members_print(struct ixf_exporting *exporting)
{
	struct heap heap = heap_libc();
	struct registry_list list CLEAN(registry_list_fini);
	bool is_server_out = false;

	registry_list_init(&list, &heap);
	TRY(registry_member_get(exporting->store, 0, &list));
	json_field_array(&exporting->json, "member_list");
	for (uint32_t at = 0; at < list.count;) {
		uint32_t asn = list.item[at].asn;
		if (!is_server_out && asn > exporting->exchange->asn) {
			server_print(exporting);
			is_server_out = true;
		}
		if (is_shown(exporting, asn))
			TRY(member_print(exporting, &list, &at));
		else
			while (at < list.count && list.item[at].asn == asn)
				at++;
	}
	if (!is_server_out)
		server_print(exporting);
	json_array_close(&exporting->json);
	return fault_none();
}
