/* registry/fact_store.c — statements made from the kinds' rows, and records made into statements.
 *
 * Every name in a statement is one of fact_kinds.c; values are bound. */
#include "registry/fact_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "registry/inside.h"

#define SQL_MAX 2048u
#define REMOVED "-removed"

struct sql {
	char text[SQL_MAX];
	size_t len;
};

static void sql_put(struct sql *sql, const char *first, const char *second, const char *third)
{
	int len = snprintf(sql->text + sql->len, SQL_MAX - sql->len, "%s%s%s", first, second,
			   third);

	CHECK(len >= 0 && sql->len + (size_t)len < SQL_MAX);
	sql->len += (size_t)len;
}

static void number_bind(struct statement *statement, int at, const char *text)
{
	if (text[0] == '\0')
		store_bind_text(statement, at, NULL);
	else
		store_bind_int(statement, at, strtoll(text, NULL, 10));
}

static void key_bind(struct statement *statement, int at, const struct fact_kind *kind,
		     const char *key)
{
	if (kind->key_is_text)
		store_bind_text(statement, at, key);
	else
		number_bind(statement, at, key);
}

static void value_bind(struct statement *statement, int at, const struct fact_field *field,
		       const char *value)
{
	if (fact_is_number(field))
		number_bind(statement, at, value);
	else
		store_bind_text(statement, at, value[0] != '\0' ? value : NULL);
}

/* --- reading ---------------------------------------------------------------------------------- */

static void select_put(struct sql *sql, const struct fact_kind *kind)
{
	sql_put(sql, "SELECT ", kind->key, "");
	for (const struct fact_field *field = kind->field; field->name != NULL; field++)
		sql_put(sql, ", ", field->name, "");
	sql_put(sql, " FROM ", kind->table, " WHERE ");
}

static void row_read(struct statement *statement, const struct fact_kind *kind, struct fact *out)
{
	fact_init(out, kind->id, store_text(statement, 0));
	for (uint32_t i = 0; kind->field[i].name != NULL; i++)
		(void)snprintf(out->value[i], FACT_VALUE_MAX, "%s",
			       store_text(statement, (int)i + 1));
}

struct fault fact_get(struct store *store, enum fact_id id, const char *key, struct fact *out)
{
	const struct fact_kind *kind = fact_kind_of(id);
	struct statement *statement CLEAN(store_finish) = NULL;
	struct sql sql = { .len = 0 };
	bool has_row = false;

	select_put(&sql, kind);
	sql_put(&sql, kind->key, " = ?1", "");
	TRY(store_prepare(store, sql.text, &statement));
	key_bind(statement, 1, kind, key);
	TRY(store_step(statement, &has_row));
	if (!has_row)
		return fault_of(FAULT_ABSENT, 0);
	row_read(statement, kind, out);
	return fault_none();
}

struct fault fact_walk(struct store *store, enum fact_id id, const char *field, const char *value,
		       bool (*each)(void *context, const struct fact *fact), void *context)
{
	const struct fact_kind *kind = fact_kind_of(id);
	struct statement *statement CLEAN(store_finish) = NULL;
	struct sql sql = { .len = 0 };
	struct fact fact;
	bool has_row = false;

	select_put(&sql, kind);
	if (field != NULL)
		sql_put(&sql, field, " = ?1", "");
	else
		sql_put(&sql, "1 = 1", "", "");
	sql_put(&sql, " ORDER BY ", kind->key, "");
	TRY(store_prepare(store, sql.text, &statement));
	if (field != NULL)
		value_bind(statement, 1, &kind->field[fact_field_index(kind, field)], value);
	TRY(store_step(statement, &has_row));
	while (has_row) {
		row_read(statement, kind, &fact);
		if (!each(context, &fact))
			break;
		TRY(store_step(statement, &has_row));
	}
	return fault_none();
}

struct fault fact_next_key(struct store *store, enum fact_id id, char out[FACT_KEY_MAX])
{
	const struct fact_kind *kind = fact_kind_of(id);
	struct statement *statement CLEAN(store_finish) = NULL;
	struct sql sql = { .len = 0 };
	bool has_row = false;

	CHECK(!kind->key_is_text);
	sql_put(&sql, "SELECT coalesce(max(", kind->key, "), 0) + 1 FROM ");
	sql_put(&sql, kind->table, "", "");
	TRY(store_prepare(store, sql.text, &statement));
	TRY(store_step(statement, &has_row));
	CHECK(has_row);
	(void)snprintf(out, FACT_KEY_MAX, "%" PRId64, store_int(statement, 0));
	return fault_none();
}

struct fault fact_connection_of(struct store *store, const char *address, char key[FACT_KEY_MAX],
				uint32_t *asn)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store,
			  "SELECT c.id, m.asn FROM address a"
			  " JOIN connection c ON c.id = a.connection_id"
			  " JOIN member m ON m.id = c.member_id WHERE a.address = ?1",
			  &statement));
	store_bind_text(statement, 1, address);
	TRY(store_step(statement, &has_row));
	if (!has_row)
		return fault_of(FAULT_ABSENT, 0);
	(void)snprintf(key, FACT_KEY_MAX, "%" PRId64, store_int(statement, 0));
	*asn = (uint32_t)store_int(statement, 1);
	return fault_none();
}

/* --- applying records ------------------------------------------------------------------------- */

static struct fault row_write(struct store *store, const struct fact *fact)
{
	const struct fact_kind *kind = fact->kind;
	struct statement *statement CLEAN(store_finish) = NULL;
	struct sql sql = { .len = 0 };
	char number[16];
	bool has_row = false;

	sql_put(&sql, "INSERT INTO ", kind->table, " (");
	sql_put(&sql, kind->key, "", "");
	for (const struct fact_field *field = kind->field; field->name != NULL; field++)
		sql_put(&sql, ", ", field->name, "");
	sql_put(&sql, ") VALUES (?1", "", "");
	for (uint32_t i = 0; kind->field[i].name != NULL; i++) {
		(void)snprintf(number, sizeof number, ", ?%u", i + 2);
		sql_put(&sql, number, "", "");
	}
	sql_put(&sql, ") ON CONFLICT (", kind->key, ") DO UPDATE SET ");
	for (uint32_t i = 0; kind->field[i].name != NULL; i++) {
		sql_put(&sql, i != 0 ? ", " : "", kind->field[i].name, " = excluded.");
		sql_put(&sql, kind->field[i].name, "", "");
	}
	TRY(store_prepare(store, sql.text, &statement));
	key_bind(statement, 1, kind, fact->key);
	for (uint32_t i = 0; kind->field[i].name != NULL; i++)
		value_bind(statement, (int)i + 2, &kind->field[i], fact->value[i]);
	return store_step(statement, &has_row);
}

static struct fault row_remove(struct store *store, const struct fact *fact)
{
	const struct fact_kind *kind = fact->kind;
	struct statement *statement CLEAN(store_finish) = NULL;
	struct sql sql = { .len = 0 };
	bool has_row = false;

	sql_put(&sql, "DELETE FROM ", kind->table, " WHERE ");
	sql_put(&sql, kind->key, " = ?1", "");
	TRY(store_prepare(store, sql.text, &statement));
	key_bind(statement, 1, kind, fact->key);
	return store_step(statement, &has_row);
}

/* A record's names have "-" where the database has "_". */
static void record_name_of(const char *name, char out[RECORD_NAME_MAX + 1])
{
	(void)snprintf(out, RECORD_NAME_MAX + 1, "%s", name);
	for (char *at = out; *at != '\0'; at++)
		*at = *at == '_' ? '-' : *at;
}

static bool record_value(const struct record *record, const char *column, bool is_number_field,
			 char *out, size_t room)
{
	char name[RECORD_NAME_MAX + 1];
	int64_t number = 0;

	record_name_of(column, name);
	out[0] = '\0';
	if (is_number_field) {
		if (!record_int_of(record, name, &number))
			return false;
		(void)snprintf(out, room, "%" PRId64, number);
		return true;
	}
	const char *text = record_text_of(record, name);
	if (text == NULL || strlen(text) >= room)
		return text == NULL;
	(void)snprintf(out, room, "%s", text);
	return true;
}

static bool fact_of_record(const struct record *record, struct fact *out)
{
	size_t len = strlen(record->type);
	size_t tail = strlen(REMOVED);
	char key[FACT_KEY_MAX];

	if (len > tail && strcmp(record->type + len - tail, REMOVED) == 0)
		len -= tail;
	for (uint32_t i = 0; i < FACT_KINDS; i++) {
		const struct fact_kind *kind = fact_kind_of((enum fact_id)i);
		if (strncmp(kind->record, record->type, len) != 0 || kind->record[len] != '\0')
			continue;
		if (!record_value(record, kind->key, !kind->key_is_text, key, sizeof key) ||
		    key[0] == '\0')
			return false;
		fact_init(out, kind->id, key);
		for (uint32_t j = 0; kind->field[j].name != NULL; j++)
			(void)record_value(record, kind->field[j].name,
					   fact_is_number(&kind->field[j]), out->value[j],
					   FACT_VALUE_MAX);
		return true;
	}
	return false;
}

static struct fault write_apply(struct store *store, const struct record *record,
				struct complaints *complaints)
{
	struct fact fact;

	if (fact_of_record(record, &fact))
		return row_write(store, &fact);
	complain(complaints, false, "a record of type %s has no key", record->type);
	return fault_of(FAULT_MALFORMED, 0);
}

static struct fault remove_apply(struct store *store, const struct record *record,
				 struct complaints *complaints)
{
	struct fact fact;

	if (fact_of_record(record, &fact))
		return row_remove(store, &fact);
	complain(complaints, false, "a record of type %s has no key", record->type);
	return fault_of(FAULT_MALFORMED, 0);
}

const struct record_kind fact_record_kinds[] = {
	{ "exchange-profile", write_apply },
	{ "exchange-profile" REMOVED, remove_apply },
	{ "switch", write_apply },
	{ "switch" REMOVED, remove_apply },
	{ "vlan", write_apply },
	{ "vlan" REMOVED, remove_apply },
	{ "organisation", write_apply },
	{ "organisation" REMOVED, remove_apply },
	{ "member-profile", write_apply },
	{ "member-profile" REMOVED, remove_apply },
	{ "connection-profile", write_apply },
	{ "connection-profile" REMOVED, remove_apply },
	{ "port", write_apply },
	{ "port" REMOVED, remove_apply },
	{ "address-profile", write_apply },
	{ "address-profile" REMOVED, remove_apply },
	{ "contact", write_apply },
	{ "contact" REMOVED, remove_apply },
	{ "document", write_apply },
	{ "document" REMOVED, remove_apply },
	{ NULL, NULL },
};

/* Personal columns, too: a value that was erased is empty here and in what the log gives. */
const struct derived_table fact_derived_tables[] = {
	{ "exchange_profile",
	  "id, ixp_id, ixf_id, shortname, name, country, url, peeringdb_id, support_email,"
	  " support_phone, support_contact_hours, emergency_email, emergency_phone,"
	  " emergency_contact_hours, billing_email, billing_phone, billing_contact_hours,"
	  " peering_policy_list, stats_api",
	  "id" },
	{ "switch", "id, name, colo, pdb_facility_id, city, country, manufacturer, model, software",
	  "id" },
	{ "vlan", "id, name, ipv4_prefix, ipv6_prefix, ipv4_looking_glasses, ipv6_looking_glasses",
	  "id" },
	{ "organisation", "id, name, legal_id, address, country, url, joined", "id" },
	{ "member_profile",
	  "member_asn, member_type, organisation, url, peering_policy, peering_policy_url,"
	  " member_since",
	  "member_asn" },
	{ "connection_profile", "connection_id, state, connected_since", "connection_id" },
	{ "port", "id, connection, switch, name, speed_mbps, if_type", "id" },
	{ "address_profile",
	  "address, routeserver, mac_addresses, as_macro, service, os, os_version, daemon,"
	  " daemon_version",
	  "address" },
	{ "contact", "id, asn, organisation, role, public, hours, name, email, phone, erased",
	  "id" },
	{ "document", "id, asn, organisation, title, version, sha256, signed_at, signed_by, erased",
	  "id" },
	{ NULL, NULL, NULL },
};

/* --- making records --------------------------------------------------------------------------- */

static void field_put(struct record *record, const char *column, bool is_number_field,
		      bool is_private, const char *value)
{
	char name[RECORD_NAME_MAX + 1];

	record_name_of(column, name);
	if (value[0] == '\0')
		return;
	if (is_number_field)
		record_int(record, name, strtoll(value, NULL, 10));
	else if (is_private)
		record_private(record, name, value);
	else
		record_text(record, name, value);
}

struct fault fact_record_send(struct store *store, const struct fact *fact, bool is_removal,
			      struct complaints *complaints)
{
	const struct fact_kind *kind = fact->kind;
	struct heap heap = heap_libc();
	struct record *record = heap_take(&heap, sizeof *record);
	char type[RECORD_NAME_MAX + 1];

	if (record == NULL)
		return fault_of(FAULT_LIMIT, 0);
	(void)snprintf(type, sizeof type, "%s%s", kind->record, is_removal ? REMOVED : "");
	record_begin(record, type, record_now_s());
	field_put(record, kind->key, !kind->key_is_text, false, fact->key);
	for (uint32_t i = 0; kind->field[i].name != NULL && !is_removal; i++)
		field_put(record, kind->field[i].name, fact_is_number(&kind->field[i]),
			  kind->field[i].is_private, fact->value[i]);
	struct fault fault = ledger_write(store, fact_record_kinds, record, complaints);
	heap_free(&heap, record, sizeof *record);
	return fault;
}

struct fault fact_write(struct store *store, const struct fact *fact, struct complaints *complaints)
{
	return fact_record_send(store, fact, false, complaints);
}
