/* registry/write.c — the statements that change members, connections and addresses. */
#include <stdio.h>
#include <string.h>

#include "registry/inside.h"

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

/* The lowest that is free. */
static struct fault slot_take(struct store *store, struct slots *slots, uint32_t *out)
{
	for (uint32_t round = 0; round < 2; round++) {
		while (slots->from < SESSIONS_MAX && slots->is_taken[slots->from])
			slots->from++;
		if (slots->from < SESSIONS_MAX) {
			slots->is_taken[slots->from] = true;
			*out = slots->from;
			return fault_none();
		}
		if (round == 0)
			TRY(slots_read(store, slots));
	}
	return fault_of(FAULT_LIMIT, 0);
}

/* A statement without rows to read, with at most one number and two texts. */
static struct fault run(struct store *store, const char *sql, int64_t number, const char *first,
			const char *second)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store, sql, &statement));
	store_bind_int(statement, 1, number);
	if (first != NULL)
		store_bind_text(statement, 2, first);
	if (second != NULL)
		store_bind_text(statement, 3, second);
	return store_step(statement, &has_row);
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

struct fault member_insert(struct store *store, uint32_t asn, const char *name,
			   const char *as_macro, int64_t *id)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store,
			  "INSERT INTO member (id, asn, name, as_macro)"
			  " SELECT coalesce(max(id), 0) + 1, ?1, ?2, ?3 FROM member RETURNING id",
			  &statement));
	store_bind_int(statement, 1, asn);
	store_bind_text(statement, 2, name);
	store_bind_text(statement, 3, as_macro);
	TRY(store_step(statement, &has_row));
	*id = store_int(statement, 0);
	return store_step(statement, &has_row);
}

struct fault member_update(struct store *store, uint32_t asn, const char *name,
			   const char *as_macro)
{
	return run(store, "UPDATE member SET name = ?2, as_macro = ?3 WHERE asn = ?1", asn, name,
		   as_macro);
}

struct fault member_rename(struct store *store, uint32_t asn, const char *name)
{
	return run(store, "UPDATE member SET name = ?2 WHERE asn = ?1", asn, name, NULL);
}

struct fault member_macro_set(struct store *store, uint32_t asn, const char *as_macro)
{
	return run(store, "UPDATE member SET as_macro = ?2 WHERE asn = ?1", asn, as_macro, NULL);
}

struct fault connection_limit_set(struct store *store, int64_t id, enum family family,
				  uint32_t routes_max)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store,
			  family == FAMILY_IPV4 ?
				  "UPDATE connection SET routes_max_ipv4 = ?2 WHERE id = ?1" :
				  "UPDATE connection SET routes_max_ipv6 = ?2 WHERE id = ?1",
			  &statement));
	store_bind_int(statement, 1, id);
	store_bind_int(statement, 2, routes_max);
	return store_step(statement, &has_row);
}

struct fault member_delete(struct store *store, uint32_t asn)
{
	return run(store, "DELETE FROM member WHERE asn = ?1", asn, NULL, NULL);
}

struct fault connection_delete(struct store *store, int64_t id)
{
	return run(store, "DELETE FROM connection WHERE id = ?1", id, NULL, NULL);
}

struct fault address_delete(struct store *store, const struct address *address)
{
	char text[ADDRESS_TEXT_MAX];

	address_print(address, text);
	/* ?1 is any number here: the address alone says which row. */
	return run(store, "DELETE FROM address WHERE address = ?2 AND ?1 = 0", 0, text, NULL);
}

static void local_bind(struct statement *statement, int at, const struct address *local)
{
	const struct address none = { .family = local->family };
	char text[ADDRESS_TEXT_MAX] = "";

	if (address_compare(local, &none) != 0)
		address_print(local, text);
	store_bind_text(statement, at, text);
}

/* The settings, numbered as both statements below have them. */
static void settings_bind(struct statement *statement, const struct registry_member *member)
{
	store_bind_int(statement, 2, member->routes_max[FAMILY_IPV4]);
	store_bind_int(statement, 3, member->routes_max[FAMILY_IPV6]);
	store_bind_int(statement, 4, member->takes_blackhole);
	store_bind_int(statement, 5, member->is_active);
	store_bind_int(statement, 6, member->add_path);
	store_bind_int(statement, 7, member->gtsm);
	store_bind_text(statement, 8, member->password);
	store_bind_int(statement, 9, member->allow_as2);
	store_bind_int(statement, 10, member->require_role);
	store_bind_int(statement, 11, member->port);
	local_bind(statement, 12, &member->local[FAMILY_IPV4]);
	local_bind(statement, 13, &member->local[FAMILY_IPV6]);
	store_bind_int(statement, 14, member->extended_message);
	store_bind_text(statement, 15, plan_limit_action_name(member->limit_action));
}

struct fault connection_insert(struct store *store, int64_t member_id,
			       const struct registry_member *member, int64_t *id)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store,
			  "INSERT INTO connection (id, member_id, routes_max_ipv4,"
			  " routes_max_ipv6, takes_blackhole, is_active, add_path, gtsm, password,"
			  " allow_as2, require_role, port, local_ipv4, local_ipv6,"
			  " extended_message, limit_action)"
			  " SELECT coalesce(max(id), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
			  " ?10, ?11, ?12, ?13, ?14, ?15 FROM connection RETURNING id",
			  &statement));
	store_bind_int(statement, 1, member_id);
	settings_bind(statement, member);
	TRY(store_step(statement, &has_row));
	*id = store_int(statement, 0);
	return store_step(statement, &has_row);
}

struct fault connection_update(struct store *store, const struct registry_member *member)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store,
			  "UPDATE connection SET routes_max_ipv4 = ?2, routes_max_ipv6 = ?3,"
			  " takes_blackhole = ?4, is_active = ?5, add_path = ?6, gtsm = ?7,"
			  " password = ?8, allow_as2 = ?9, require_role = ?10, port = ?11,"
			  " local_ipv4 = ?12, local_ipv6 = ?13, extended_message = ?14,"
			  " limit_action = ?15 WHERE id = ?1",
			  &statement));
	store_bind_int(statement, 1, member->connection_id);
	settings_bind(statement, member);
	return store_step(statement, &has_row);
}

/* Says whose the address is already. */
static void taken_complain(struct store *store, const char *text, struct complaints *complaints)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;
	struct fault fault = store_prepare(
		store,
		"SELECT m.asn, m.name FROM address a JOIN connection c ON c.id = a.connection_id"
		" JOIN member m ON m.id = c.member_id WHERE a.address = ?1",
		&statement);

	if (!failed(fault)) {
		store_bind_text(statement, 1, text);
		fault = store_step(statement, &has_row);
	}
	if (!failed(fault) && has_row)
		complain(complaints, false, "%s: AS%lld (%s) has this address already", text,
			 (long long)store_int(statement, 0), store_text(statement, 1));
	else
		complain(complaints, false, "%s: somebody has this address already", text);
}

struct fault address_insert(struct store *store, struct slots *slots, int64_t connection_id,
			    const struct address *address, struct complaints *complaints)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char text[ADDRESS_TEXT_MAX];
	uint32_t slot = 0;
	bool has_row = false;

	address_print(address, text);
	struct fault fault = slot_take(store, slots, &slot);
	if (fault.kind == FAULT_LIMIT)
		complain(complaints, false, "%s: all %u sessions are taken", text, SESSIONS_MAX);
	TRY(fault);
	TRY(store_prepare(store,
			  "INSERT INTO address (slot, connection_id, address) VALUES (?1, ?2, ?3)"
			  " ON CONFLICT (address) DO NOTHING",
			  &statement));
	store_bind_int(statement, 1, slot);
	store_bind_int(statement, 2, connection_id);
	store_bind_text(statement, 3, text);
	TRY(store_step(statement, &has_row));
	if (store_changes(store) != 0)
		return fault_none();
	taken_complain(store, text, complaints);
	return fault_of(FAULT_CONFLICT, 0);
}

struct fault transaction_end(struct store *store, struct fault fault, const char *what,
			     struct complaints *complaints)
{
	if (!failed(fault))
		fault = store_commit(store);
	if (!failed(fault))
		return fault;
	if (fault.kind == FAULT_SYSTEM || complaints->error_count == 0)
		complain(complaints, false, "%s: %s; nothing was changed", what,
			 fault.kind == FAULT_SYSTEM ? store_error(store) : fault_word(fault));
	store_rollback(store);
	return fault;
}
