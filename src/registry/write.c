/* registry/write.c — changes of members and connections as records: registry/apply.c makes rows of
 * them. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "registry/fact_store.h"
#include "registry/inside.h"
#include "registry/pools.h"
#include "registry/records.h"

struct fault slots_read(struct store *store, struct slots *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	*out = (struct slots){ 0 };
	TRY(store_prepare(store, "SELECT slot FROM address", &statement));
	TRY(store_step(statement, &has_row));
	while (has_row) {
		uint64_t slot = (uint64_t)store_int(statement, 0);
		if (slot >= SESSIONS_MAX)
			return fault_of(FAULT_MALFORMED, 0);
		out->is_taken[slot] = true;
		TRY(store_step(statement, &has_row));
	}
	return fault_none();
}

/* The lowest that is free; one given back when nothing else is. */
struct fault slot_take(struct slots *slots, const struct address *address, uint16_t *out,
		       struct complaints *complaints)
{
	char text[ADDRESS_TEXT_MAX];

	for (uint32_t round = 0; round < 2; round++) {
		while (slots->from < SESSIONS_MAX && slots->is_taken[slots->from])
			slots->from++;
		if (slots->from < SESSIONS_MAX) {
			slots->is_taken[slots->from] = true;
			*out = (uint16_t)slots->from;
			return fault_none();
		}
		for (uint32_t i = 0; round == 0 && i < SESSIONS_MAX; i++)
			slots->is_taken[i] = slots->is_taken[i] && !slots->is_given_back[i];
		slots->from = 0;
	}
	address_print(address, text);
	complain(complaints, false, "%s: all %u sessions are taken", text, SESSIONS_MAX);
	return fault_of(FAULT_LIMIT, 0);
}

void slot_give_back(struct slots *slots, uint16_t slot)
{
	CHECK(slot < SESSIONS_MAX);
	slots->is_given_back[slot] = true;
}

struct fault member_find(struct store *store, uint32_t asn, int64_t *id)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool found = false;

	TRY(store_prepare(store, "SELECT id FROM member WHERE asn = ?1", &statement));
	store_bind_int(statement, 1, asn);
	TRY(store_step(statement, &found));
	if (!found)
		return fault_of(FAULT_ABSENT, 0);
	*id = store_int(statement, 0);
	return fault_none();
}

/* `sql` gives one number. */
static struct fault number_ask(struct store *store, const char *sql, int64_t *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store, sql, &statement));
	TRY(store_step(statement, &has_row));
	*out = has_row ? store_int(statement, 0) : 0;
	return fault_none();
}

/* --- members ---------------------------------------------------------------------------------- */

struct fault member_record_write(struct store *store, int64_t id, uint32_t asn, const char *name,
				 const char *as_macro, struct complaints *complaints)
{
	struct record record;

	record_begin(&record, "member", record_now_s());
	record_int(&record, "id", id);
	record_int(&record, "asn", asn);
	record_text(&record, "name", name);
	record_text(&record, "as-macro", as_macro);
	return ledger_write(store, registry_record_kinds, &record, complaints);
}

struct fault member_insert(struct store *store, uint32_t asn, const char *name,
			   const char *as_macro, struct complaints *complaints)
{
	int64_t id = 0;

	TRY(number_ask(store, "SELECT coalesce(max(id), 0) + 1 FROM member", &id));
	return member_record_write(store, id, asn, name, as_macro, complaints);
}

struct fault member_update(struct store *store, uint32_t asn, const char *name,
			   const char *as_macro, struct complaints *complaints)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char now_name[REGISTRY_TEXT_MAX];
	char now_macro[REGISTRY_TEXT_MAX];
	bool has_row = false;

	TRY(store_prepare(store, "SELECT id, name, as_macro FROM member WHERE asn = ?1",
			  &statement));
	store_bind_int(statement, 1, asn);
	TRY(store_step(statement, &has_row));
	if (!has_row)
		return fault_of(FAULT_ABSENT, 0);
	int64_t id = store_int(statement, 0);
	(void)snprintf(now_name, sizeof now_name, "%s", store_text(statement, 1));
	(void)snprintf(now_macro, sizeof now_macro, "%s", store_text(statement, 2));
	store_finish(&statement);
	if (name == NULL)
		name = now_name;
	if (as_macro == NULL)
		as_macro = now_macro;
	if (strcmp(name, now_name) == 0 && strcmp(as_macro, now_macro) == 0)
		return fault_none();
	return member_record_write(store, id, asn, name, as_macro, complaints);
}

struct fault member_delete(struct store *store, uint32_t asn, struct complaints *complaints)
{
	struct record record;
	int64_t id = 0;

	TRY(member_find(store, asn, &id));
	TRY(fact_erase_member(store, asn));
	record_begin(&record, "member-removed", record_now_s());
	record_int(&record, "id", id);
	record_int(&record, "asn", asn);
	return ledger_write(store, registry_record_kinds, &record, complaints);
}

/* --- connections ------------------------------------------------------------------------------ */

static void local_put(struct record *record, const char *name, const struct address *local)
{
	const struct address none = { .family = local->family };
	char text[ADDRESS_TEXT_MAX] = "";

	if (address_compare(local, &none) != 0)
		address_print(local, text);
	record_text(record, name, text);
}

static void connection_put(struct record *record, const struct registry_member *member)
{
	record_int(record, "id", member->connection_id);
	record_int(record, "asn", member->asn);
	for (uint32_t i = 0; i < member->address_count; i++) {
		char text[ADDRESS_TEXT_MAX];
		address_print(&member->address[i], text);
		record_int(record, "slot", member->slot[i]);
		record_text(record, "address", text);
	}
	record_int(record, "routes-max-ipv4", member->routes_max[FAMILY_IPV4]);
	record_int(record, "routes-max-ipv6", member->routes_max[FAMILY_IPV6]);
	record_int(record, "takes-blackhole", member->takes_blackhole);
	record_int(record, "is-active", member->is_active);
	record_int(record, "add-path", member->add_path);
	record_int(record, "gtsm", member->gtsm);
	record_int(record, "allow-as2", member->allow_as2);
	record_int(record, "require-role", member->require_role);
	record_int(record, "extended-message", member->extended_message);
	record_text(record, "limit-action", plan_limit_action_name(member->limit_action));
	record_int(record, "port", member->port);
	local_put(record, "local-ipv4", &member->local[FAMILY_IPV4]);
	local_put(record, "local-ipv6", &member->local[FAMILY_IPV6]);
	local_put(record, "link-local", &member->link_local);
	local_put(record, "slat-ipv4", &member->slat_ipv4);
	record_private(record, "password", member->password);
}

struct fault connection_write(struct store *store, struct registry_member *member,
			      struct complaints *complaints)
{
	struct record record;

	TRY(registry_slat_taken(store, member, complaints));
	if (member->connection_id == 0)
		TRY(number_ask(store, "SELECT coalesce(max(id), 0) + 1 FROM connection",
			       &member->connection_id));
	record_begin(&record, "connection", record_now_s());
	connection_put(&record, member);
	return ledger_write(store, registry_record_kinds, &record, complaints);
}

struct fault connection_delete(struct store *store, const struct registry_member *member,
			       struct complaints *complaints)
{
	struct record record;

	record_begin(&record, "connection-removed", record_now_s());
	record_int(&record, "id", member->connection_id);
	record_int(&record, "asn", member->asn);
	return ledger_write(store, registry_record_kinds, &record, complaints);
}

bool connection_equal(const struct registry_member *a, const struct registry_member *b)
{
	bool equal = a->asn == b->asn && a->connection_id == b->connection_id &&
		     a->takes_blackhole == b->takes_blackhole && a->is_active == b->is_active &&
		     a->add_path == b->add_path && a->gtsm == b->gtsm &&
		     a->allow_as2 == b->allow_as2 && a->require_role == b->require_role &&
		     a->extended_message == b->extended_message &&
		     a->limit_action == b->limit_action && a->port == b->port &&
		     address_compare(&a->link_local, &b->link_local) == 0 &&
		     address_compare(&a->slat_ipv4, &b->slat_ipv4) == 0 &&
		     a->address_count == b->address_count && strcmp(a->password, b->password) == 0;

	for (uint32_t i = 0; i < FAMILY_COUNT; i++)
		equal = equal && a->routes_max[i] == b->routes_max[i] &&
			address_compare(&a->local[i], &b->local[i]) == 0;
	for (uint32_t i = 0; equal && i < a->address_count; i++)
		equal = a->slot[i] == b->slot[i] &&
			address_compare(&a->address[i], &b->address[i]) == 0;
	return equal;
}

struct fault address_holder(struct store *store, const struct address *address, struct holder *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char text[ADDRESS_TEXT_MAX];
	bool has_row = false;

	address_print(address, text);
	*out = (struct holder){ 0 };
	TRY(store_prepare(
		store,
		"SELECT c.id, m.asn, m.name FROM address a JOIN connection c ON"
		" c.id = a.connection_id JOIN member m ON m.id = c.member_id WHERE a.address = ?1",
		&statement));
	store_bind_text(statement, 1, text);
	TRY(store_step(statement, &has_row));
	if (!has_row)
		return fault_none();
	out->connection_id = store_int(statement, 0);
	out->asn = (uint32_t)store_int(statement, 1);
	(void)snprintf(out->name, sizeof out->name, "%s", store_text(statement, 2));
	return fault_none();
}

/* A LAN is governed by its clause with or without a pool. */
static struct fault lan_cite_print(struct store *store, enum family family,
				   char out[NUMBERS_CITE_TEXT_MAX])
{
	struct numbers_pool lan = { .type = family == FAMILY_IPV4 ? POOL_PEERING_V4 :
								    POOL_PEERING_V6,
				    .prefix = { .family = (uint8_t)family } };
	struct numbers_rules rules;

	TRY(pools_rules(store, &rules));
	struct numbers_cite cite = numbers_cite_of(&rules, &lan,
						   numbers_reason_clause(NUMBERS_TAKEN));
	numbers_cite_print(&cite, rules.by, rules.decision, out);
	return fault_none();
}

struct fault taken_complain(struct store *store, const struct address *address,
			    const struct holder *holder, struct complaints *complaints)
{
	char text[ADDRESS_TEXT_MAX];
	char behind[NUMBERS_CITE_TEXT_MAX];

	TRY(lan_cite_print(store, (enum family)address->family, behind));
	address_print(address, text);
	complain(complaints, false, "%s: AS%u (%s) has this address already (%s)", text,
		 holder->asn, holder->name, behind);
	return fault_of(FAULT_CONFLICT, 0);
}

struct fault transaction_end(struct store *store, struct fault fault, const char *what,
			     struct complaints *complaints)
{
	if (!failed(fault))
		fault = pools_settle(store, record_now_s(), complaints);
	if (!failed(fault))
		fault = store_commit(store);
	if (!failed(fault))
		return fault;
	if (fault.kind == FAULT_SYSTEM || complaints->error_count == 0)
		complain(complaints, false, "%s: %s%s", what, store_why(store, fault),
			 fault.code == STORE_UNSURE ? "" : "; nothing was changed");
	store_rollback(store);
	return fault;
}
