/* export/ixf.c — the walk through the registry that becomes a member export.
 *
 * An address is in the VLAN whose prefix holds it; where VLANs are recorded without prefixes, in
 * the one that has none of its family.  Where no VLAN is recorded, the LANs of exchange.yaml are
 * taken for them, the first of each family together. */
#include "export/ixf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "export/ixf_inside.h"
#include "ledger/newest.h"

#define LEAVES_LOOKED_AT_MAX 4096u

const char *const ixf_family_key[FAMILY_COUNT] = { "ipv4", "ipv6" };

/* --- values ----------------------------------------------------------------------------------- */

void ixf_text_field(struct json *json, const char *name, const char *value)
{
	if (value[0] != '\0')
		json_field_text(json, name, value);
}

void ixf_number_field(struct json *json, const char *name, const char *value)
{
	if (value[0] != '\0')
		json_field_i64(json, name, strtoll(value, NULL, 10));
}

void ixf_list_field(struct json *json, const char *name, const char *list)
{
	char item[FACT_VALUE_MAX];
	uint32_t from = 0;

	if (list[0] == '\0')
		return;
	json_field_array(json, name);
	while (fact_list_next(list, &from, item))
		json_text(json, item);
	json_array_close(json);
}

/* All fields of a fact under their own names. */
static void fact_fields(struct json *json, const struct fact *fact)
{
	for (uint32_t i = 0; fact->kind->field[i].name != NULL; i++) {
		const struct fact_field *field = &fact->kind->field[i];
		if (fact_is_number(field))
			ixf_number_field(json, field->name, fact_at(fact, i));
		else if (field->type == FACT_LIST)
			ixf_list_field(json, field->name, fact_at(fact, i));
		else
			ixf_text_field(json, field->name, fact_at(fact, i));
	}
}

/* Nothing said when there is none. */
struct fault ixf_fact_or_none(struct store *store, enum fact_id id, const char *key,
			      struct fact *out)
{
	struct fault fault = fact_get(store, id, key, out);

	if (fault.kind != FAULT_ABSENT)
		return fault;
	fact_init(out, id, key);
	return fault_none();
}

/* --- when the data became what it is ---------------------------------------------------------- */

static bool is_of_members(const char *type)
{
	static const char *const begins[] = { "member", "connection" };

	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
		if (strncmp(type, begins[i], strlen(begins[i])) == 0)
			return true;
	}
	for (const struct record_kind *kind = fact_record_kinds; kind->type != NULL; kind++) {
		if (strcmp(type, kind->type) == 0)
			return true;
	}
	return false;
}

struct dating {
	struct record *record;
	uint32_t count;
	struct wall at;
};

static bool card_date(void *context, uint64_t number, struct octets card)
{
	struct dating *dating = context;

	(void)number;
	if (failed(record_read(card, dating->record)))
		return true;
	dating->at.s = dating->record->at_s;
	return !is_of_members(dating->record->type) && ++dating->count < LEAVES_LOOKED_AT_MAX;
}

/* The time of the last record that says anything of this list. */
static struct fault timestamp_of(struct store *store, char out[UTC_TEXT_MAX])
{
	struct heap heap = heap_libc();
	struct dating dating = { .record = heap_take(&heap, sizeof *dating.record) };

	if (dating.record == NULL)
		return fault_of(FAULT_LIMIT, 0);
	struct fault fault = ledger_walk_back(store, NULL, card_date, &dating);
	heap_free(&heap, dating.record, sizeof *dating.record);
	utc_print(dating.at, out);
	return fault;
}

/* --- the exchange ----------------------------------------------------------------------------- */

static bool switch_print(void *context, const struct fact *fact)
{
	struct ixf_exporting *exporting = context;

	json_object_open(&exporting->json);
	ixf_number_field(&exporting->json, "id", fact->key);
	fact_fields(&exporting->json, fact);
	json_object_close(&exporting->json);
	return true;
}

static void lan_print(struct json *json, enum family family, const struct prefix *prefix,
		      const char *glasses)
{
	struct address address = { .family = prefix->family };
	char text[ADDRESS_TEXT_MAX];

	for (uint32_t i = 0; i < sizeof address.octet; i++)
		address.octet[i] = prefix->octet[i];
	address_print(&address, text);
	json_field_object(json, ixf_family_key[family]);
	json_field_text(json, "prefix", text);
	json_field_u64(json, "mask_length", prefix->len_bits);
	ixf_list_field(json, "looking_glass_urls", glasses);
	json_object_close(json);
}

static void vlan_print(struct json *json, const struct ixf_vlan *vlan, const char *name,
		       const char *const glasses[FAMILY_COUNT])
{
	json_object_open(json);
	json_field_i64(json, "id", vlan->id);
	ixf_text_field(json, "name", name);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (vlan->has_prefix[f])
			lan_print(json, (enum family)f, &vlan->prefix[f], glasses[f]);
	}
	json_object_close(json);
}

static bool vlan_take(void *context, const struct fact *fact)
{
	struct ixf_exporting *exporting = context;
	const char *const prefixes[] = { fact_of(fact, "ipv4_prefix"),
					 fact_of(fact, "ipv6_prefix") };
	const char *const glasses[] = { fact_of(fact, "ipv4_looking_glasses"),
					fact_of(fact, "ipv6_looking_glasses") };

	if (exporting->vlan_count == IXF_VLANS_MAX)
		return false;
	struct ixf_vlan *vlan = &exporting->vlan[exporting->vlan_count++];
	*vlan = (struct ixf_vlan){ .id = strtoll(fact->key, NULL, 10) };
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		vlan->has_prefix[f] = prefixes[f][0] != '\0' &&
				      prefix_parse(prefixes[f], &vlan->prefix[f], NULL);
	vlan_print(&exporting->json, vlan, fact_of(fact, "name"), glasses);
	return true;
}

static void vlans_make(struct ixf_exporting *exporting)
{
	static const char *const none[] = { "", "" };
	uint32_t count[FAMILY_COUNT] = { 0 };

	for (uint32_t i = 0; i < exporting->exchange->lan_count; i++) {
		const struct prefix *lan = &exporting->exchange->lan[i];
		struct ixf_vlan *vlan = &exporting->vlan[count[lan->family]++];
		vlan->has_prefix[lan->family] = true;
		vlan->prefix[lan->family] = *lan;
	}
	exporting->vlan_count = count[0] > count[1] ? count[0] : count[1];
	for (uint32_t i = 0; i < exporting->vlan_count; i++) {
		exporting->vlan[i].id = i + 1;
		vlan_print(&exporting->json, &exporting->vlan[i], "Peering LAN", none);
	}
}

static struct fault vlans_print(struct ixf_exporting *exporting)
{
	static_assert(IXF_VLANS_MAX >= PLAN_LANS_MAX, "each LAN may be a VLAN");

	json_field_array(&exporting->json, "vlan");
	TRY(fact_walk(exporting->store, FACT_VLAN, NULL, NULL, vlan_take, exporting));
	if (exporting->vlan_count == 0)
		vlans_make(exporting);
	json_array_close(&exporting->json);
	return fault_none();
}

static struct fault exchange_print(struct ixf_exporting *exporting, const struct fact *facts)
{
	struct json *json = &exporting->json;

	json_field_array(json, "ixp_list");
	json_object_open(json);
	fact_fields(json, facts);
	json_field_array(json, "switch");
	TRY(fact_walk(exporting->store, FACT_SWITCH, NULL, NULL, switch_print, exporting));
	json_array_close(json);
	TRY(vlans_print(exporting));
	json_object_close(json);
	json_array_close(json);
	return fault_none();
}

/* What the schema insists on; where nothing is recorded, what can be known. */
static struct fault exchange_facts(struct ixf_exporting *exporting, struct fact *out,
				   struct complaints *complaints)
{
	uint32_t ixp_id = fact_field_index(fact_kind_of(FACT_EXCHANGE), "ixp_id");
	uint32_t ixf_id = fact_field_index(fact_kind_of(FACT_EXCHANGE), "ixf_id");
	uint32_t shortname = fact_field_index(fact_kind_of(FACT_EXCHANGE), "shortname");

	TRY(ixf_fact_or_none(exporting->store, FACT_EXCHANGE, "1", out));
	if (out->value[ixp_id][0] == '\0')
		(void)snprintf(out->value[ixp_id], FACT_VALUE_MAX, "1");
	if (out->value[shortname][0] == '\0')
		(void)snprintf(out->value[shortname], FACT_VALUE_MAX, "%s",
			       exporting->exchange->name);
	if (out->value[ixf_id][0] == '\0') {
		(void)snprintf(out->value[ixf_id], FACT_VALUE_MAX, "0");
		complain(complaints, true,
			 "no ixf_id: 0 is written; ask ixpdb-admin@euro-ix.net for one, then "
			 "plenum exchange edit --ixf-id N");
	}
	exporting->ixp_id = strtoll(out->value[ixp_id], NULL, 10);
	return fault_none();
}

struct fault ixf_export_print(struct store *store, const struct registry_exchange *exchange,
			      const struct ixf_export *how, struct text_sink out,
			      struct complaints *complaints)
{
	struct ixf_exporting exporting = { .store = store, .exchange = exchange, .how = how };
	char timestamp[UTC_TEXT_MAX];
	struct fact facts;

	TRY(exchange_facts(&exporting, &facts, complaints));
	TRY(timestamp_of(store, timestamp));
	json_init(&exporting.json, out, 2);
	json_object_open(&exporting.json);
	json_field_text(&exporting.json, "version", "1.0");
	json_field_text(&exporting.json, "generator", "plenum");
	json_field_text(&exporting.json, "timestamp",
			how->timestamp != NULL ? how->timestamp : timestamp);
	TRY(exchange_print(&exporting, &facts));
	TRY(ixf_members_print(&exporting));
	json_object_close(&exporting.json);
	return json_done(&exporting.json) ? fault_none() : fault_of(FAULT_SHORT, 0);
}
