/* registry/apply.c — records of members and connections made rows: the only statements that write
 * these tables.
 *
 * A connection's record says all of it, its addresses too: those it does not name are taken from
 * it, those it names come to it from whoever had them, so that the order of two records of one
 * change does not matter. */
#include <string.h>

#include "registry/fact_store.h"
#include "ledger/ledger.h"
#include "registry/inside.h"
#include "registry/pools.h"
#include "registry/records.h"
#include "registry/rules.h"

/* The fields of a record; what is missing is remembered. */
struct fields {
	const struct record *record;
	const char *missing;
};

static int64_t number(struct fields *fields, const char *name)
{
	int64_t value = 0;

	if (!record_int_of(fields->record, name, &value))
		fields->missing = name;
	return value;
}

static const char *text(struct fields *fields, const char *name)
{
	const char *value = record_text_of(fields->record, name);

	if (value == NULL)
		fields->missing = name;
	return value != NULL ? value : "";
}

/* Records of before there was such a field have none. */
static const char *text_or_none(const struct fields *fields, const char *name)
{
	const char *value = record_text_of(fields->record, name);

	return value != NULL ? value : "";
}

static struct fault fields_end(const struct fields *fields, struct complaints *complaints)
{
	if (fields->missing == NULL)
		return fault_none();
	complain(complaints, false, "the record \"%s\" has no field \"%s\", or not of its kind",
		 fields->record->type, fields->missing);
	return fault_of(FAULT_MALFORMED, 0);
}

static struct fault member_apply(struct store *store, const struct record *record,
				 struct complaints *complaints)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	struct fields fields = { .record = record };
	bool has_row = false;

	TRY(store_prepare(store,
			  "INSERT INTO member (id, asn, name, as_macro) VALUES (?1, ?2, ?3, ?4)"
			  " ON CONFLICT (id) DO UPDATE SET asn = excluded.asn,"
			  " name = excluded.name, as_macro = excluded.as_macro",
			  &statement));
	store_bind_int(statement, 1, number(&fields, "id"));
	store_bind_int(statement, 2, number(&fields, "asn"));
	store_bind_text(statement, 3, text(&fields, "name"));
	store_bind_text(statement, 4, text(&fields, "as-macro"));
	TRY(fields_end(&fields, complaints));
	return store_step(statement, &has_row);
}

/* `sql` removes the row of the record's id. */
static struct fault row_remove(struct store *store, const char *sql, const struct record *record,
			       struct complaints *complaints)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	struct fields fields = { .record = record };
	bool has_row = false;

	TRY(store_prepare(store, sql, &statement));
	store_bind_int(statement, 1, number(&fields, "id"));
	TRY(fields_end(&fields, complaints));
	return store_step(statement, &has_row);
}

static struct fault member_removed_apply(struct store *store, const struct record *record,
					 struct complaints *complaints)
{
	return row_remove(store, "DELETE FROM member WHERE id = ?1", record, complaints);
}

static struct fault connection_removed_apply(struct store *store, const struct record *record,
					     struct complaints *complaints)
{
	return row_remove(store, "DELETE FROM connection WHERE id = ?1", record, complaints);
}

/* --- connections ------------------------------------------------------------------------------ */

#define CONNECTION_UPSERT \
	"INSERT INTO connection (id, member_id, routes_max_ipv4, routes_max_ipv6," \
	" takes_blackhole, is_active, add_path, gtsm, allow_as2, require_role," \
	" extended_message, limit_action, port, local_ipv4, local_ipv6, password, link_local," \
	" slat_ipv4) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15," \
	" ?16, ?17, ?18)" \
	" ON CONFLICT (id) DO UPDATE SET member_id = excluded.member_id," \
	" routes_max_ipv4 = excluded.routes_max_ipv4," \
	" routes_max_ipv6 = excluded.routes_max_ipv6," \
	" takes_blackhole = excluded.takes_blackhole, is_active = excluded.is_active," \
	" add_path = excluded.add_path, gtsm = excluded.gtsm," \
	" allow_as2 = excluded.allow_as2, require_role = excluded.require_role," \
	" extended_message = excluded.extended_message," \
	" limit_action = excluded.limit_action, port = excluded.port," \
	" local_ipv4 = excluded.local_ipv4, local_ipv6 = excluded.local_ipv6," \
	" password = excluded.password, link_local = excluded.link_local," \
	" slat_ipv4 = excluded.slat_ipv4"

static struct fault connection_row_write(struct store *store, struct fields *fields,
					 struct complaints *complaints)
{
	static const char *const numbers[] = { "routes-max-ipv4", "routes-max-ipv6",
					       "takes-blackhole", "is-active",
					       "add-path",        "gtsm",
					       "allow-as2",       "require-role",
					       "extended-message" };
	struct statement *statement CLEAN(store_finish) = NULL;
	int64_t member_id = 0;
	bool has_row = false;

	struct fault fault = member_find(store, (uint32_t)number(fields, "asn"), &member_id);
	if (fault.kind == FAULT_ABSENT)
		complain(complaints, false, "AS%lld of a connection's record is no member",
			 (long long)number(fields, "asn"));
	TRY(fault);
	TRY(store_prepare(store, CONNECTION_UPSERT, &statement));
	store_bind_int(statement, 1, number(fields, "id"));
	store_bind_int(statement, 2, member_id);
	for (int i = 0; i < (int)(sizeof numbers / sizeof *numbers); i++)
		store_bind_int(statement, i + 3, number(fields, numbers[i]));
	store_bind_text(statement, 12, text(fields, "limit-action"));
	store_bind_int(statement, 13, number(fields, "port"));
	store_bind_text(statement, 14, text(fields, "local-ipv4"));
	store_bind_text(statement, 15, text(fields, "local-ipv6"));
	store_bind_text(statement, 16, text(fields, "password"));
	store_bind_text(statement, 17, text_or_none(fields, "link-local"));
	store_bind_text(statement, 18, text_or_none(fields, "slat-ipv4"));
	TRY(fields_end(fields, complaints));
	return store_step(statement, &has_row);
}

static bool has_address(const struct record *record, const char *address)
{
	const char *named = NULL;
	uint32_t from = 0;

	while ((named = record_text_next(record, "address", &from)) != NULL) {
		if (strcmp(named, address) == 0)
			return true;
	}
	return false;
}

static struct fault address_delete(struct store *store, int64_t slot)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store, "DELETE FROM address WHERE slot = ?1", &statement));
	store_bind_int(statement, 1, slot);
	return store_step(statement, &has_row);
}

/* The slots of addresses that the connection has and the record does not name; at most
 * REGISTRY_ADDRESSES_MAX, since it had no more. */
static struct fault left_out_read(struct store *store, const struct record *record, int64_t id,
				  int64_t out[REGISTRY_ADDRESSES_MAX], uint32_t *count)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store, "SELECT slot, address FROM address WHERE connection_id = ?1",
			  &statement));
	store_bind_int(statement, 1, id);
	TRY(store_step(statement, &has_row));
	while (has_row) {
		if (!has_address(record, store_text(statement, 1))) {
			if (*count == REGISTRY_ADDRESSES_MAX)
				return fault_of(FAULT_LIMIT, 0);
			out[(*count)++] = store_int(statement, 0);
		}
		TRY(store_step(statement, &has_row));
	}
	return fault_none();
}

/* Whoever has the slot for another address gives it up. */
static struct fault address_write(struct store *store, int64_t id, int64_t slot,
				  const char *address)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	struct statement *other CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store, "DELETE FROM address WHERE slot = ?1 AND address <> ?2", &other));
	store_bind_int(other, 1, slot);
	store_bind_text(other, 2, address);
	TRY(store_step(other, &has_row));
	TRY(store_prepare(store,
			  "INSERT INTO address (slot, connection_id, address) VALUES (?1, ?2, ?3)"
			  " ON CONFLICT (address) DO UPDATE SET slot = excluded.slot,"
			  " connection_id = excluded.connection_id",
			  &statement));
	store_bind_int(statement, 1, slot);
	store_bind_int(statement, 2, id);
	store_bind_text(statement, 3, address);
	return store_step(statement, &has_row);
}

static struct fault connection_apply(struct store *store, const struct record *record,
				     struct complaints *complaints)
{
	struct fields fields = { .record = record };
	int64_t left_out[REGISTRY_ADDRESSES_MAX];
	uint32_t count = 0;
	uint32_t slot_from = 0;
	uint32_t address_from = 0;
	int64_t slot = 0;

	TRY(connection_row_write(store, &fields, complaints));
	int64_t id = number(&fields, "id");
	TRY(left_out_read(store, record, id, left_out, &count));
	for (uint32_t i = 0; i < count; i++)
		TRY(address_delete(store, left_out[i]));
	while (record_int_next(record, "slot", &slot_from, &slot)) {
		const char *address = record_text_next(record, "address", &address_from);
		if (address == NULL)
			fields.missing = "address";
		TRY(fields_end(&fields, complaints));
		TRY(address_write(store, id, slot, address));
	}
	return fault_none();
}

const struct record_kind registry_record_kinds[] = {
	{ "member", member_apply },
	{ "member-removed", member_removed_apply },
	{ "connection", connection_apply },
	{ "connection-removed", connection_removed_apply },
	{ NULL, NULL },
};

const struct derived_table registry_derived_tables[] = {
	{ "member", "id, asn, name, as_macro", "id" },
	{ "connection",
	  "id, member_id, routes_max_ipv4, routes_max_ipv6, takes_blackhole, is_active, add_path,"
	  " gtsm, allow_as2, require_role, extended_message, limit_action, port, local_ipv4,"
	  " local_ipv6, password, link_local, slat_ipv4",
	  "id" },
	{ "address", "slot, connection_id, address", "slot" },
	{ NULL, NULL, NULL },
};

const struct record_kind *const registry_kind_lists[] = {
	ledger_record_kinds, registry_record_kinds, fact_record_kinds,
	pools_record_kinds,  rules_record_kinds,    NULL
};
const struct derived_table *const registry_table_lists[] = { registry_derived_tables,
							     fact_derived_tables,
							     pools_derived_tables,
							     rules_derived_tables, NULL };
