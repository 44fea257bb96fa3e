/* registry/registry.c — members in the store. */
#include "registry/registry.h"

#include <stdio.h>
#include <string.h>

#include "rules/check.h"

const struct store_migration registry_migrations[] = {
	{ "CREATE TABLE member ("
	  " id INTEGER PRIMARY KEY, asn INTEGER NOT NULL UNIQUE CHECK (asn BETWEEN 1 AND "
	  "4294967295),"
	  " name TEXT NOT NULL, as_macro TEXT NOT NULL DEFAULT '') STRICT;"
	  "CREATE TABLE connection ("
	  " id INTEGER PRIMARY KEY, member_id INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,"
	  " routes_max_ipv4 INTEGER NOT NULL DEFAULT 0, routes_max_ipv6 INTEGER NOT NULL DEFAULT 0,"
	  " takes_blackhole INTEGER NOT NULL DEFAULT 0, is_active INTEGER NOT NULL DEFAULT 0,"
	  " add_path INTEGER NOT NULL DEFAULT 0, gtsm INTEGER NOT NULL DEFAULT 0,"
	  " password TEXT NOT NULL DEFAULT '') STRICT;"
	  "CREATE TABLE address ("
	  " slot INTEGER PRIMARY KEY CHECK (slot BETWEEN 0 AND 4095),"
	  " connection_id INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,"
	  " address TEXT NOT NULL UNIQUE) STRICT;" },
};
const uint32_t registry_migration_count = sizeof registry_migrations / sizeof *registry_migrations;

/* --- checks -------------------------------------------------------------------------------------
 * */

static const struct prefix *lan_of(const struct registry_exchange *exchange,
				   const struct address *address)
{
	for (uint32_t i = 0; i < exchange->lan_count; i++) {
		if (prefix_has_address(&exchange->lan[i], address))
			return &exchange->lan[i];
	}
	return NULL;
}

/* The first and the last address of an IPv4 LAN are nobody's. */
static bool is_edge(const struct prefix *lan, const struct address *address)
{
	uint32_t host_bits = prefix_bits_max((enum family)lan->family) - lan->len_bits;
	uint32_t ones = 0;
	uint32_t zeros = 0;

	for (uint32_t i = 0; i < host_bits; i++) {
		uint32_t bit = lan->len_bits + i;
		bool is_set = (address->octet[bit / 8] >> (7 - bit % 8) & 1) != 0;
		ones += is_set ? 1 : 0;
		zeros += is_set ? 0 : 1;
	}
	return zeros == host_bits ||
	       (lan->family == FAMILY_IPV4 && ones == host_bits && host_bits > 1);
}

static void address_check(const struct registry_exchange *exchange,
			  const struct registry_member *member, const struct address *address,
			  struct complaints *complaints)
{
	char text[ADDRESS_TEXT_MAX];
	const struct prefix *lan = lan_of(exchange, address);

	address_print(address, text);
	if (lan == NULL)
		complain(complaints, false,
			 "AS%u: %s lies in none of the exchange's LANs; give an address of a LAN",
			 member->asn, text);
	else if (is_edge(lan, address))
		complain(complaints, false, "AS%u: %s is the network's own address, not a host's",
			 member->asn, text);
}

void registry_member_check(const struct registry_exchange *exchange,
			   const struct registry_member *member, struct complaints *complaints)
{
	if (member->asn == 0)
		complain(complaints, false, "AS0 is nobody's number (RFC 7607)");
	else if (member->asn == exchange->asn)
		complain(complaints, false, "AS%u is the exchange's own number", member->asn);
	else if (rules_asn_is_bogon(member->asn))
		complain(complaints, true,
			 "AS%u is a private, reserved or documentation number: every route of this "
			 "member will be refused (bogon-asn)",
			 member->asn);
	if (member->name[0] == '\0')
		complain(complaints, false, "AS%u: the name is empty", member->asn);
	if (member->address_count == 0)
		complain(complaints, false, "AS%u: no address; give at least one with --ip",
			 member->asn);
	for (uint32_t i = 0; i < member->address_count; i++)
		address_check(exchange, member, &member->address[i], complaints);
}

/* --- writing ------------------------------------------------------------------------------------
 * */

static struct fault number_of(struct store *store, const char *sql, int64_t argument, int64_t *out,
			      bool *found)
{
	struct statement *statement CLEAN(store_finish) = NULL;

	TRY(store_prepare(store, sql, &statement));
	store_bind_int(statement, 1, argument);
	TRY(store_step(statement, found));
	if (*found)
		*out = store_int(statement, 0);
	return fault_none();
}

static struct fault member_need(struct store *store, const struct registry_member *member,
				int64_t *id)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool found = false;

	TRY(number_of(store, "SELECT id FROM member WHERE asn = ?1", member->asn, id, &found));
	if (found)
		return fault_none();
	TRY(store_prepare(store, "INSERT INTO member (asn, name, as_macro) VALUES (?1, ?2, ?3)",
			  &statement));
	store_bind_int(statement, 1, member->asn);
	store_bind_text(statement, 2, member->name);
	store_bind_text(statement, 3, member->as_macro);
	TRY(store_step(statement, &found));
	*id = store_last_row(store);
	return fault_none();
}

static struct fault connection_add(struct store *store, int64_t member_id,
				   const struct registry_member *member, int64_t *id)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row;

	TRY(store_prepare(store,
			  "INSERT INTO connection (member_id, routes_max_ipv4, routes_max_ipv6,"
			  " takes_blackhole, is_active, add_path, gtsm, password)"
			  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
			  &statement));
	store_bind_int(statement, 1, member_id);
	store_bind_int(statement, 2, member->routes_max[FAMILY_IPV4]);
	store_bind_int(statement, 3, member->routes_max[FAMILY_IPV6]);
	store_bind_int(statement, 4, member->takes_blackhole);
	store_bind_int(statement, 5, member->is_active);
	store_bind_int(statement, 6, member->add_path);
	store_bind_int(statement, 7, member->gtsm);
	store_bind_text(statement, 8, member->password);
	TRY(store_step(statement, &has_row));
	*id = store_last_row(store);
	return fault_none();
}

/* The lowest slot that is free. */
static struct fault address_add(struct store *store, int64_t connection_id,
				const struct address *address, struct complaints *complaints)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char text[ADDRESS_TEXT_MAX];
	bool has_row;

	address_print(address, text);
	TRY(store_prepare(store,
			  "INSERT INTO address (slot, connection_id, address) VALUES ("
			  " (SELECT min(free) FROM (SELECT 0 AS free UNION ALL"
			  "  SELECT slot + 1 FROM address)"
			  "  WHERE free NOT IN (SELECT slot FROM address)), ?1, ?2)",
			  &statement));
	store_bind_int(statement, 1, connection_id);
	store_bind_text(statement, 2, text);
	struct fault fault = store_step(statement, &has_row);
	if (fault.kind == FAULT_CONFLICT)
		complain(complaints, false,
			 "%s: somebody has this address already, or all %u are taken", text,
			 SESSIONS_MAX);
	return fault;
}

static struct fault member_write(struct store *store, const struct registry_member *member,
				 struct complaints *complaints)
{
	int64_t member_id = 0;
	int64_t connection_id = 0;

	TRY(member_need(store, member, &member_id));
	TRY(connection_add(store, member_id, member, &connection_id));
	for (uint32_t i = 0; i < member->address_count; i++)
		TRY(address_add(store, connection_id, &member->address[i], complaints));
	return fault_none();
}

struct fault registry_member_add(struct store *store, const struct registry_exchange *exchange,
				 const struct registry_member *member,
				 struct complaints *complaints)
{
	registry_member_check(exchange, member, complaints);
	if (complaints->error_count != 0)
		return fault_of(FAULT_CONFLICT, 0);
	TRY(store_begin(store));
	struct fault fault = member_write(store, member, complaints);
	if (!failed(fault))
		fault = store_commit(store);
	if (!failed(fault))
		return fault;
	if (complaints->error_count == 0)
		complain(complaints, false, "AS%u: %s", member->asn, store_error(store));
	store_rollback(store);
	return fault;
}

struct fault registry_member_remove(struct store *store, uint32_t asn,
				    struct complaints *complaints)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row;

	TRY(store_prepare(store, "DELETE FROM member WHERE asn = ?1", &statement));
	store_bind_int(statement, 1, asn);
	TRY(store_step(statement, &has_row));
	if (store_changes(store) != 0)
		return fault_none();
	complain(complaints, false, "AS%u is no member", asn);
	return fault_of(FAULT_ABSENT, 0);
}

/* --- reading ------------------------------------------------------------------------------------
 * */

static void row_read(struct statement *statement, struct registry_member *out)
{
	*out = (struct registry_member){
		.asn = (uint32_t)store_int(statement, 1),
		.routes_max = { (uint32_t)store_int(statement, 4),
				(uint32_t)store_int(statement, 5) },
		.takes_blackhole = store_int(statement, 6) != 0,
		.is_active = store_int(statement, 7) != 0,
		.add_path = store_int(statement, 8) != 0,
		.gtsm = store_int(statement, 9) != 0,
	};
	(void)snprintf(out->name, sizeof out->name, "%s", store_text(statement, 2));
	(void)snprintf(out->as_macro, sizeof out->as_macro, "%s", store_text(statement, 3));
	(void)snprintf(out->password, sizeof out->password, "%s", store_text(statement, 10));
}

/* The slots of the connection's addresses, beside them. */
static struct fault addresses_read(struct store *store, int64_t connection_id,
				   struct registry_member *out, uint16_t *slots)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(
		store, "SELECT slot, address FROM address WHERE connection_id = ?1 ORDER BY slot",
		&statement));
	store_bind_int(statement, 1, connection_id);
	TRY(store_step(statement, &has_row));
	while (has_row && out->address_count < REGISTRY_ADDRESSES_MAX) {
		slots[out->address_count] = (uint16_t)store_int(statement, 0);
		if (!address_parse(store_text(statement, 1), &out->address[out->address_count++]))
			return fault_of(FAULT_MALFORMED, 0);
		TRY(store_step(statement, &has_row));
	}
	return fault_none();
}

typedef struct fault (*connection_taker)(void *context, const struct registry_member *member,
					 const uint16_t *slots, bool *more);

static struct fault connections_walk(struct store *store, connection_taker take, void *context)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store,
			  "SELECT c.id, m.asn, m.name, m.as_macro, c.routes_max_ipv4,"
			  " c.routes_max_ipv6, c.takes_blackhole, c.is_active, c.add_path, c.gtsm,"
			  " c.password FROM connection c JOIN member m ON m.id = c.member_id"
			  " ORDER BY m.asn, c.id",
			  &statement));
	TRY(store_step(statement, &has_row));
	while (has_row) {
		struct registry_member member;
		uint16_t slots[REGISTRY_ADDRESSES_MAX];
		bool more = true;
		row_read(statement, &member);
		TRY(addresses_read(store, store_int(statement, 0), &member, slots));
		TRY(take(context, &member, slots, &more));
		if (!more)
			return fault_none();
		TRY(store_step(statement, &has_row));
	}
	return fault_none();
}

struct walk {
	bool (*each)(void *context, const struct registry_member *member);
	void *context;
};

static struct fault walk_take(void *context, const struct registry_member *member,
			      const uint16_t *slots, bool *more)
{
	const struct walk *walk = context;

	(void)slots;
	*more = walk->each(walk->context, member);
	return fault_none();
}

struct fault registry_walk(struct store *store,
			   bool (*each)(void *context, const struct registry_member *member),
			   void *context)
{
	struct walk walk = { each, context };

	return connections_walk(store, walk_take, &walk);
}

static struct fault plan_take(void *context, const struct registry_member *member,
			      const uint16_t *slots, bool *more)
{
	struct plan *plan = context;
	uint32_t last = plan->member_count == 0 ? 0 : plan->member[plan->member_count - 1].asn;

	*more = true;
	if (last != member->asn)
		TRY(plan_member_add(plan, member->asn, member->name));
	for (uint32_t i = 0; i < member->address_count; i++) {
		struct plan_session session = { .id = { slots[i] },
						.asn = member->asn,
						.address = member->address[i],
						.local = { .family = member->address[i].family },
						.port = 179,
						.is_active = member->is_active,
						.takes_blackhole = member->takes_blackhole,
						.add_path = member->add_path,
						.gtsm = member->gtsm,
						.routes_max = { member->routes_max[0],
								member->routes_max[1] } };
		session.password_len_octets = (uint8_t)strlen(member->password);
		for (uint32_t j = 0; j < session.password_len_octets; j++)
			session.password[j] = member->password[j];
		TRY(plan_session_add(plan, &session));
	}
	return fault_none();
}

struct fault registry_plan(struct store *store, const struct registry_exchange *exchange,
			   struct plan **out)
{
	struct plan *plan = plan_new();

	if (plan == NULL)
		return fault_of(FAULT_LIMIT, 0);
	plan->asn = exchange->asn;
	plan->router_id = exchange->router_id;
	(void)snprintf(plan->name, sizeof plan->name, "%s", exchange->name);
	plan->lan_count = exchange->lan_count;
	for (uint32_t i = 0; i < exchange->lan_count; i++)
		plan->lan[i] = exchange->lan[i];
	struct fault fault = connections_walk(store, plan_take, plan);
	if (failed(fault)) {
		plan_unref(plan);
		return fault;
	}
	plan_seal(plan);
	*out = plan;
	return fault_none();
}
